/**
 * Many partners, each with a certificate and a key of its own. To make 100,000 keys of 2048 bits takes hours, so their
 * moduli are the products of pairs out of a few hundred primes: every key is another, and works, and none is worth anything
 * outside a bench. Certificates are one certificate with another modulus in it; nobody here asks for their signature.
 */
import { createHash, createPrivateKey, generatePrime } from 'node:crypto'
import { promisify } from 'node:util'
import { localSigner } from '../../dist/protocol/jws.js'
import { makeSigningKey } from '../../dist/server/x509.js'

const PRIME_BITS = 1_024
const EXPONENT = 65_537n
const DAY = 86_400

/** Makes `count` keys, by number from 0 on. */
export async function openKeyMaker(count, now) {
  const needed = Math.ceil((1 + Math.sqrt(1 + 8 * count)) / 2)
  const make = promisify(generatePrime)
  const primes = []
  while (primes.length < needed) {
    const some = await Promise.all(
      Array.from({ length: Math.min(16, needed - primes.length) }, () => make(PRIME_BITS, { bigint: true })),
    )
    primes.push(...some.filter((prime) => (prime - 1n) % EXPONENT !== 0n))
  }
  const { certificate } = await makeSigningKey({
    ...{ subject: 'CN=partner.example', notBefore: now - DAY, notAfter: now + 365 * DAY, isLab: true },
  })
  const template = Buffer.from(certificate.der, 'base64')
  const { n } = certificate.publicKey.export({ format: 'jwk' })
  const place = template.indexOf(Buffer.from(n, 'base64url'))
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  const spkiAt = template.indexOf(spki)

  const pairOf = (number) => {
    // The pairs in a triangle: 0; 1 2; 3 4 5; …
    const row = Math.floor((Math.sqrt(1 + 8 * number) - 1) / 2)
    const column = number - (row * (row + 1)) / 2
    return [primes[row + 1], primes[column]]
  }
  return {
    /** What there is to read of a certificate with the key of this number, the DER and its key in base64. */
    certificate(number) {
      const [p, q] = pairOf(number)
      const der = Buffer.from(template)
      bytesOf(p * q).copy(der, place)
      const { subject, notBefore, notAfter } = certificate
      const x5t = createHash('sha1').update(der).digest('base64url')
      const key = der.subarray(spkiAt, spkiAt + spki.length)
      return { der: der.toString('base64'), x5t, subject, notBefore, notAfter, key }
    },
    /** Signs with the key of this number. */
    signingKey(number) {
      const [p, q] = pairOf(number)
      const d = inverse(EXPONENT, (p - 1n) * (q - 1n))
      const jwk = {
        ...{ kty: 'RSA', e: 'AQAB', n: text(p * q), d: text(d), p: text(p), q: text(q) },
        ...{ dp: text(d % (p - 1n)), dq: text(d % (q - 1n)), qi: text(inverse(q, p)) },
      }
      const key = createPrivateKey({ key: jwk, format: 'jwk' })
      const { x5t } = this.certificate(number)
      return { x5t, sign: localSigner(key) }
    },
  }
}

/** The application of this number; ids are GUIDs. */
export function applicationOf(number) {
  const hex = number.toString(16).padStart(12, '0')
  return { appId: `5e7f0000-0000-4000-8000-${hex}`, realm: 'partners.example' }
}

function inverse(value, modulus) {
  let [a, b] = [modulus, value % modulus]
  let [x, y] = [0n, 1n]
  while (b > 1n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((y % modulus) + modulus) % modulus
}

function bytesOf(value) {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

function text(value) {
  return bytesOf(value).toString('base64url')
}
