/** A certificate with its private key, as an administrator hands them over: PEM, or PFX with a password. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type Certificate, readCertificate } from './certificate.ts'
import { accept, type Outcome, refuse } from './outcome.ts'
import { readPfx } from './pfx.ts'

export interface ReadKeyMaterial {
  readonly certificate: Certificate
  readonly privateKey: KeyObject
  /** Base64 DER of the authority at the end of the chain that came along; absent for a self-signed certificate. */
  readonly root?: string
}

/** Reads PEM text: the private key, its certificate, and the chain above it if there is one, in any order. */
export function readPemKey(pem: string, password: string | undefined, at: string): Outcome<ReadKeyMaterial> {
  const unreadable = (seen: string) =>
    refuse('signing_key_unreadable', { at, expected: 'one private key and its certificate in PEM', seen })
  const keys = pem.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/g) ?? []
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const [key, ...more] = keys
  if (key === undefined || more.length > 0) return unreadable(`${keys.length} private keys`)
  try {
    const privateKey = createPrivateKey({ key, passphrase: password })
    return matched(privateKey, certificates, at)
  } catch {
    // What OpenSSL says about it helps nobody: a cut-off key and a wrong password read alike.
    return unreadable(
      password === undefined ? 'a private key that cannot be read without a password' : 'another password',
    )
  }
}

/** Reads base64 of a PFX. */
export async function readPfxKey(
  base64: string,
  password: string,
  at: string,
): Promise<Outcome<ReadKeyMaterial>> {
  const content = await readPfx(Buffer.from(base64, 'base64'), password, at)
  return content.ok ? matched(content.value.privateKey, content.value.certificates, at) : content
}

/** The certificate that the key belongs to; the others are the chain above it. */
function matched(privateKey: KeyObject, texts: readonly string[], at: string): Outcome<ReadKeyMaterial> {
  if (texts.length === 0)
    return refuse('signing_key_unreadable', { at, expected: 'a certificate', seen: 'none' })
  const publicKey = createPublicKey(privateKey)
  const all = texts.map((text) => new X509Certificate(derOf(text)))
  const leaf = all.find((one) => one.publicKey.equals(publicKey))
  if (leaf === undefined) {
    const seen = `${all.length === 1 ? 'a certificate' : `${all.length} certificates`} of another key`
    return refuse('signing_key_mismatch', { at, expected: 'the certificate of the private key', seen })
  }
  const certificate = readCertificate(leaf.raw.toString('base64'), at)
  if (!certificate.ok) return certificate
  const root = rootOf(leaf, all)
  return accept({
    certificate: certificate.value,
    privateKey,
    ...(root !== leaf && { root: root.raw.toString('base64') }),
  })
}

// The end of the chain above a certificate, none in it twice: two authorities may have certified each other.
function rootOf(one: X509Certificate, all: readonly X509Certificate[]): X509Certificate {
  const others = all.filter((other) => other !== one)
  const above = others.find((other) => one.checkIssued(other) && one.verify(other.publicKey))
  return above === undefined ? one : rootOf(above, others)
}

function derOf(text: string): string | Buffer {
  return text.startsWith('-----BEGIN') ? text : Buffer.from(text, 'base64')
}
