/**
 * A partner's certificate as it is kept: everything that is read out of it stands beside it, and its key is made when the
 * first token is to be checked with it. Keys that OpenSSL holds are twice as large as all else that is known of a partner,
 * and reading a certificate takes six times as long as checking a signature.
 */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import type { Certificate } from '../protocol/certificate.ts'

/** What is known of a certificate without its key. */
export interface CertificateRecord extends Omit<Certificate, 'publicKey'> {
  readonly keyMark: number
}

// What is behind a getter of the class needs no function of its own in each certificate.
class KeptCertificate implements Certificate {
  /** DER, a character a byte: a quarter less than base64, and with less around it than a buffer. */
  readonly #bytes: string
  readonly x5t: Certificate['x5t']
  readonly subject: Certificate['subject']
  readonly notBefore: Certificate['notBefore']
  readonly notAfter: Certificate['notAfter']
  readonly #keyMark: number
  #publicKey: KeyObject | undefined

  constructor({ der, x5t, subject, notBefore, notAfter, keyMark }: CertificateRecord) {
    this.#bytes = Buffer.from(der, 'base64').toString('latin1')
    this.x5t = x5t
    this.subject = subject
    this.notBefore = notBefore
    this.notAfter = notAfter
    this.#keyMark = keyMark
  }

  get der(): string {
    return Buffer.from(this.#bytes, 'latin1').toString('base64')
  }

  get publicKey(): KeyObject {
    this.#publicKey ??= new X509Certificate(Buffer.from(this.#bytes, 'latin1')).publicKey
    return this.#publicKey
  }

  static markOf(certificate: Certificate): number | undefined {
    return #keyMark in certificate ? certificate.#keyMark : undefined
  }
}

/** A certificate that was read before, from what was noted of it then. */
export function keptCertificate(record: CertificateRecord): Certificate {
  return new KeptCertificate(record)
}

/** The same certificate without the key that was made of it. */
export function kept(certificate: Certificate): Certificate {
  return certificate instanceof KeptCertificate
    ? certificate
    : new KeptCertificate({ ...certificate, keyMark: keyMark(certificate) })
}

const MARK_BYTES = 6

/**
 * A number for a certificate's key, the first 48 bits of the SHA-256 of its SubjectPublicKeyInfo: equal keys have equal ones.
 * Others may have too, so it finds keys and does not tell them apart.
 */
export function keyMark(certificate: Certificate): number {
  const known = KeptCertificate.markOf(certificate)
  if (known !== undefined) return known
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest().readUIntBE(0, MARK_BYTES)
}

/** A number for its thumbprint, in the same way. */
export function thumbprintMark({ x5t }: Pick<Certificate, 'x5t'>): number {
  return Buffer.from(x5t, 'base64url').readUIntBE(0, MARK_BYTES)
}
