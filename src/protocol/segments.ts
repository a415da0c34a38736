/** The three segments of a token as bytes: each in the one spelling that an encoder would produce, and texts that are UTF-8. */
import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { accept, type Outcome, refuse } from './outcome.ts'

/** What a token is called in refusals. */
export type TokenName = 'token' | 'actortoken' | 'assertion'

/** What the segments of a token decode to. Nothing is proven yet. */
export interface Segments {
  readonly header: string
  readonly payload: string
  /** What the signature is made of: header and payload as they stand in the token. */
  readonly signed: string
  /** As it stands in the token, canonical base64url; empty for an unsigned one. */
  readonly signature: string
}

/** Where the bytes of a token lie, to be used up before the next token is decoded. */
export interface Placed extends Pick<Segments, 'signed' | 'signature'> {
  readonly headerEnd: number
  readonly payloadEnd: number
  readonly signatureEnd: number
}

/** In characters: a request header holds 16 KiB, so no longer token can arrive (facts/attacks.md 27). */
export const MAX_TOKEN = 16_384
const LENGTH_BYTES = 4
const SEGMENT = /^[A-Za-z0-9_-]+$/

// Where segments are decoded, to be copied out or used up before another token is: a buffer for each would cost as much again as
// decoding it. A token's text is longer than its bytes.
const PLACE = Buffer.allocUnsafeSlow(MAX_TOKEN + 3 * LENGTH_BYTES)

/** Decodes a token; `name` says which one in refusals. */
export function decodeSegments(token: string, name: TokenName): Outcome<Segments> {
  const placed = placeSegments(token, name)
  return placed.ok ? textsOf(placed.value, name) : placed
}

/** Decodes a token to bytes; `name` says which one in refusals. */
export function placeSegments(token: string, name: TokenName): Outcome<Placed> {
  if (token.length > MAX_TOKEN) {
    return refuse('token_too_large', {
      at: name,
      expected: `at most ${MAX_TOKEN} characters`,
      seen: `${token.length}`,
    })
  }
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  // Three segments, and only the last may be empty.
  if (first < 1 || second < first + 2 || token.indexOf('.', second + 1) !== -1)
    return refuseShape(token, name)
  const signature = token.slice(second + 1)

  const headerEnd = place(token.slice(0, first), 0)
  if (headerEnd === undefined) return refuseShape(token, name, 'header')
  const payloadEnd = place(token.slice(first + 1, second), headerEnd)
  if (payloadEnd === undefined) return refuseShape(token, name, 'payload')
  const signatureEnd = place(signature, payloadEnd)
  if (signatureEnd === undefined) return refuseShape(token, name, 'signature')
  return accept({ headerEnd, payloadEnd, signatureEnd, signed: token.slice(0, second), signature })
}

/** The texts of the token that was placed last. */
export function textsOf(
  { headerEnd, payloadEnd, signed, signature }: Placed,
  name: TokenName,
): Outcome<Segments> {
  const header = textAt(0, headerEnd)
  const payload = textAt(headerEnd, payloadEnd)
  if (header === undefined) return refuse('token_bad_utf8', { at: `${name} header` })
  if (payload === undefined) return refuse('token_bad_utf8', { at: `${name} payload` })
  return accept({ header, payload, signed, signature })
}

/** What a token is called where it is remembered. */
export interface TokenNames {
  /** Made in a tenth of the time of the hash. Others may have the same. */
  readonly mark: number
  /** SHA-256 in hexadecimal. */
  hash(): string
}

/**
 * The names of the token that was placed last: of its three byte strings, each with its length in four bytes before it, so that no
 * two tokens are joined to the same bytes.
 */
export function namesOf({ signatureEnd }: Placed): TokenNames {
  const bytes = PLACE.subarray(0, signatureEnd)
  return { mark: crc32(bytes), hash: () => hash('sha256', bytes, 'hex') }
}

/** Both as bytes, to be used up before the next token is decoded. */
export function bytesOf({ signed, signature }: Pick<Segments, 'signed' | 'signature'>): {
  readonly signed: Buffer
  readonly signature: Buffer
} {
  const middle = PLACE.write(signed, 0, 'latin1')
  const end = middle + PLACE.write(signature, middle, 'base64url')
  return { signed: PLACE.subarray(0, middle), signature: PLACE.subarray(middle, end) }
}

// A segment's length and bytes from `start` on; where they end, or undefined for another spelling of them (RFC 4648, 3.5): two
// spellings of one token would be two tokens.
function place(segment: string, start: number): number | undefined {
  const from = start + LENGTH_BYTES
  const end = from + PLACE.write(segment, from, 'base64url')
  if (PLACE.toString('base64url', from, end) !== segment) return undefined
  PLACE.writeUInt32BE(end - from, start)
  return end
}

// The text of a placed segment; undefined unless it is UTF-8. Bytes that are not are read as U+FFFD, so only texts that have it
// need a look at the bytes.
function textAt(start: number, end: number): string | undefined {
  const from = start + LENGTH_BYTES
  const text = PLACE.toString('utf8', from, end)
  return text.includes('\ufffd') && !isUtf8(PLACE.subarray(from, end)) ? undefined : text
}

// Only what could not be decoded is looked at letter by letter, which takes a microsecond.
function refuseShape(token: string, name: string, spelling?: 'header' | 'payload' | 'signature') {
  const segments = token.split('.')
  if (segments.length === 5) return refuse('token_encrypted', { at: name })
  const isShaped = segments.every((segment, at) => SEGMENT.test(segment) || (at === 2 && segment === ''))
  if (spelling !== undefined && isShaped) return refuse('token_bad_base64url', { at: `${name} ${spelling}` })
  return refuse('token_not_jwt', {
    at: name,
    expected: 'header.payload.signature',
    seen: `${segments.length} segments`,
  })
}
