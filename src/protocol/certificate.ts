/** X.509 certificates as partners hand them over, and the thumbprint that tokens name them by. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { errorCode } from './error-code.ts'
import type { EpochSeconds, Thumbprint } from './ids.ts'
import { accept, type Outcome, refuse } from './outcome.ts'

export interface Certificate {
  /** Base64 of the DER bytes, without line ends: what an auth metadata document carries. */
  readonly der: string
  readonly x5t: Thumbprint
  readonly subject: string
  readonly notBefore: EpochSeconds
  readonly notAfter: EpochSeconds
  readonly publicKey: KeyObject
}

const SMALLEST_KEY = 2048
// An even exponent has no inverse, 1 leaves the message as it is, and a huge one makes every check expensive.
const LARGEST_EXPONENT = 2n ** 32n
const ARMOUR = /-----BEGIN [A-Z0-9 ]+-----/g
const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Reads exactly one certificate: PEM, base64 of DER, or base64 of a PEM text (seen in the wild, facts/protocol.md 1.2).
 * `at` names the field in a refusal. A private key beside it is refused, so that none is stored by mistake.
 */
export function readCertificate(text: string, at: string): Outcome<Certificate> {
  const malformed = (seen: string) =>
    refuse('certificate_malformed', { at, expected: 'one certificate in PEM or base64 DER', seen })
  const pem = text.includes('-----BEGIN') ? text : fromBase64(text)
  if (pem === undefined) return malformed('text that is not base64')
  if (typeof pem === 'string') {
    const blocks = pem.match(ARMOUR) ?? []
    if (blocks.some(isOfPrivateKey)) return malformed('a private key')
    if (blocks.length !== 1) return malformed(`${blocks.length} PEM blocks`)
  }
  let x509: X509Certificate
  let publicKey: KeyObject
  try {
    x509 = new X509Certificate(pem)
    publicKey = x509.publicKey
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return malformed('something else')
  }
  if (typeof pem !== 'string' && pem.length !== x509.raw.length) return malformed('more than a certificate')
  const [notBefore, notAfter] = [seconds(x509.validFrom), seconds(x509.validTo)]
  // A time that cannot be read would never be over.
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) return malformed('a validity that is no time')
  const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {}
  if (publicKey.asymmetricKeyType !== 'rsa' || modulusLength < SMALLEST_KEY) {
    const seen = `${publicKey.asymmetricKeyType ?? 'unknown'} ${modulusLength || ''}`.trim()
    return refuse('certificate_weak', { at, expected: `RSA of at least ${SMALLEST_KEY} bits`, seen })
  }
  if (publicExponent < 3n || publicExponent % 2n === 0n || publicExponent > LARGEST_EXPONENT) {
    const expected = `an odd exponent from 3 to ${LARGEST_EXPONENT}`
    return refuse('certificate_weak', { at, expected, seen: `${publicExponent}` })
  }
  return accept({
    der: x509.raw.toString('base64'),
    x5t: Buffer.from(x509.fingerprint.replaceAll(':', ''), 'hex').toString('base64url') as Thumbprint,
    subject: x509.subject.replaceAll('\n', ', '),
    notBefore,
    notAfter,
    publicKey,
  })
}

/**
 * Reads one or more certificates in PEM, to be trusted as authorities of TLS: of any key, since OpenSSL judges them. Answers
 * with nothing but the certificates, so that whatever stood around them is neither kept nor shown.
 */
export function readAuthorities(text: string, at: string): Outcome<string> {
  const malformed = (seen: string) =>
    refuse('authority_malformed', { at, expected: 'one or more certificates in PEM', seen })
  const begun = text.match(ARMOUR) ?? []
  if (begun.some(isOfPrivateKey)) return malformed('a private key')
  const blocks = text.match(CERTIFICATE_BLOCK) ?? []
  if (blocks.length === 0 || blocks.length !== begun.length) return malformed(`${begun.length} PEM blocks`)
  try {
    return accept(blocks.map((block) => new X509Certificate(block).toString()).join(''))
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return malformed('something that is no certificate')
  }
}

/** The thumbprint as Windows shows it: 40 hexadecimal digits in upper case. */
export function hexThumbprint(x5t: Thumbprint): string {
  return Buffer.from(x5t, 'base64url').toString('hex').toUpperCase()
}

function isOfPrivateKey(armour: string): boolean {
  return armour.endsWith('PRIVATE KEY-----')
}

function fromBase64(text: string): Buffer | string | undefined {
  const compact = text.replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  const bytes = Buffer.from(compact, 'base64')
  return bytes.subarray(0, 10).toString('latin1') === '-----BEGIN' ? bytes.toString('latin1') : bytes
}

function seconds(date: string): EpochSeconds {
  return Math.floor(Date.parse(date) / 1000)
}
