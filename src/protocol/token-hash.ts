/** The names under which tokens are remembered: hashes, so that nobody finds a token in what is remembered of it. */
import { hash } from 'node:crypto'
import { MAX_TOKEN } from './jws.ts'

/** SHA-256 of a token's text, in hexadecimal: the name under which it stands in the record, too. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'hex')
}

const SEGMENTS = 3
const LENGTH_BYTES = 4
const JOINED = Buffer.allocUnsafeSlow(MAX_TOKEN + SEGMENTS * LENGTH_BYTES)

/**
 * SHA-256, in hexadecimal, of what the three segments of a signed token decode to, each with its length in four bytes before it,
 * so that no two tokens are joined to the same bytes. Undefined for what is no such token, or not in the one spelling that
 * decoding takes: that one must not pass for the token whose bytes it has.
 */
export function segmentsHash(token: string): string | undefined {
  if (token.length > MAX_TOKEN) return undefined
  const segments = token.split('.')
  if (segments.length !== SEGMENTS) return undefined
  let end = 0
  for (const segment of segments) {
    const start = end + LENGTH_BYTES
    const length = JOINED.write(segment, start, 'base64url')
    if (JOINED.toString('base64url', start, start + length) !== segment) return undefined
    JOINED.writeUInt32BE(length, end)
    end = start + length
  }
  return hash('sha256', JOINED.subarray(0, end), 'hex')
}
