/** Making X.509 certificates: the loader of the library, and the signing certificates that a server makes for itself. */
import { KeyObject, X509Certificate } from 'node:crypto'
import { type Certificate, readCertificate } from '../protocol/certificate.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import { LAB_KEY_MARK } from './exposure.ts'

/** Dear to load (21 packages), and needed only when something has to be made. It wants reflect-metadata there before it. */
export async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

export const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
}

// The extension that openssl shows as a comment; nothing decides by it.
const NETSCAPE_COMMENT = '2.16.840.1.113730.1.13'

// In DER: tag, length, characters. Good for up to 127 of them.
function ia5String(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x16, text.length, ...Buffer.from(text, 'latin1')])
}

/** A key pair and its certificate. */
export interface MadeKey {
  readonly certificate: Certificate
  readonly privateKey: KeyObject
}

export interface SigningWish {
  readonly subject: string
  readonly notBefore: EpochSeconds
  readonly notAfter: EpochSeconds
  /** Marks it as a key of a lab, which is good on one machine only. */
  readonly isLab: boolean
  /** Who issues it; absent: itself. */
  readonly authority?: MadeKey
}

/** Makes a certificate that signs tokens: RSA 2048, as the products have it. */
export async function makeSigningKey(wish: SigningWish): Promise<MadeKey> {
  const x509 = await loadX509()
  const { KeyUsagesExtension, KeyUsageFlags, Extension } = x509
  return make(wish, [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ...(wish.isLab ? [new Extension(NETSCAPE_COMMENT, false, ia5String(LAB_KEY_MARK))] : []),
  ])
}

const YEAR = 365 * 86_400

/** A TLS certificate for this machine that comes from nobody, and its key, in PEM: for those who want to be mistrusted. */
export async function makeStrangersTls(now: EpochSeconds): Promise<{ cert: string; key: string }> {
  const { ExtendedKeyUsageExtension, ExtendedKeyUsage, SubjectAlternativeNameExtension } = await loadX509()
  const wish = { subject: 'CN=localhost', notBefore: now - YEAR, notAfter: now + YEAR, isLab: true }
  const { certificate, privateKey } = await make(wish, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
  ])
  return {
    cert: new X509Certificate(Buffer.from(certificate.der, 'base64')).toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Makes the authority that issues a server’s signing certificates. */
export async function makeSigningAuthority(wish: Omit<SigningWish, 'authority'>): Promise<MadeKey> {
  const x509 = await loadX509()
  return make(wish, [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ...(wish.isLab ? [new x509.Extension(NETSCAPE_COMMENT, false, ia5String(LAB_KEY_MARK))] : []),
  ])
}

type Extensions = InstanceType<Awaited<ReturnType<typeof loadX509>>['Extension']>[]

async function make(
  { subject, notBefore, notAfter, authority }: SigningWish,
  extensions: Extensions,
): Promise<MadeKey> {
  const x509 = await loadX509()
  const keys = await crypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
  const common = {
    notBefore: new Date(notBefore * 1000),
    notAfter: new Date(notAfter * 1000),
    signingAlgorithm: RSA,
    extensions,
  }
  const made =
    authority === undefined
      ? await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: subject, keys })
      : await x509.X509CertificateGenerator.create({
          ...common,
          subject,
          issuer: new x509.X509Certificate(authority.certificate.der).subject,
          publicKey: keys.publicKey,
          signingKey: await importForSigning(authority.privateKey),
        })
  const certificate = readCertificate(Buffer.from(made.rawData).toString('base64'), 'certificate')
  if (!certificate.ok) throw new Error(`a certificate that was made here cannot be read: ${certificate.code}`)
  return { certificate: certificate.value, privateKey: KeyObject.from(keys.privateKey) }
}

function importForSigning(key: KeyObject): Promise<CryptoKey> {
  const der = key.export({ type: 'pkcs8', format: 'der' })
  return crypto.subtle.importKey('pkcs8', der, RSA, false, ['sign'])
}
