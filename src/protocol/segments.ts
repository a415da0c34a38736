/** The three segments of a token as bytes: each in the one spelling that an encoder would produce, and texts that are UTF-8. */
import { isUtf8 } from 'node:buffer'
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

/** In characters: a request header holds 16 KiB, so no longer token can arrive (facts/attacks.md 27). */
export const MAX_TOKEN = 16_384
/** The header of an unsigned token as Microsoft's code writes it, letter for letter. */
export const UNSIGNED_HEADER = '{"typ":"JWT","alg":"none"}'
/** The same as a segment. Nearly every user token begins so, and need not be decoded to know it. */
export const UNSIGNED_SEGMENT = Buffer.from(UNSIGNED_HEADER).toString('base64url')
const SEGMENT = /^[A-Za-z0-9_-]+$/

// Where segments are decoded, to be copied out or used up before another is: a buffer for each would cost as much again as
// decoding it. A token's text is longer than its bytes.
const PLACE = Buffer.allocUnsafeSlow(MAX_TOKEN)

/** Decodes a token; `name` says which one in refusals. */
export function decodeSegments(token: string, name: TokenName): Outcome<Segments> {
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
  const spelled = { header: token.slice(0, first), payload: token.slice(first + 1, second) }
  const signature = token.slice(second + 1)

  const header = spelled.header === UNSIGNED_SEGMENT ? UNSIGNED_HEADER : decode(spelled.header)
  if (header === undefined) return refuseShape(token, name, 'header')
  const payload = decode(spelled.payload)
  if (payload === undefined) return refuseShape(token, name, 'payload')
  if (signature !== '' && place(signature) === undefined) return refuseShape(token, name, 'signature')
  if (!isText(header, spelled.header)) return refuse('token_bad_utf8', { at: `${name} header` })
  if (!isText(payload, spelled.payload)) return refuse('token_bad_utf8', { at: `${name} payload` })
  return accept({ header, payload, signed: token.slice(0, second), signature })
}

// A signature's bytes. Those of one length, which nearly all signatures of a server's partners have, share a view: to make one takes
// longer than to fill it.
const SIGNATURE = Buffer.allocUnsafeSlow(MAX_TOKEN)
let signatureView = SIGNATURE.subarray(0, 256)

/** Both as bytes, to be used up before the next token is decoded. */
export function bytesOf({ signed, signature }: Pick<Segments, 'signed' | 'signature'>): {
  readonly signed: Buffer
  readonly signature: Buffer
} {
  const length = SIGNATURE.write(signature, 0, 'base64url')
  if (length !== signatureView.length) signatureView = SIGNATURE.subarray(0, length)
  return { signed: PLACE.subarray(0, PLACE.write(signed, 0, 'latin1')), signature: signatureView }
}

// Where the bytes of a segment end that begin where all do; undefined for another spelling of them (RFC 4648, 3.5): two spellings
// of one token would be two tokens.
function place(segment: string): number | undefined {
  const end = PLACE.write(segment, 0, 'base64url')
  return PLACE.toString('base64url', 0, end) === segment ? end : undefined
}

function decode(segment: string): string | undefined {
  const end = place(segment)
  return end === undefined ? undefined : PLACE.toString('utf8', 0, end)
}

// Bytes that are not UTF-8 are read as U+FFFD, so only texts that have it need a look at the bytes.
function isText(text: string, segment: string): boolean {
  return !text.includes('\ufffd') || isUtf8(Buffer.from(segment, 'base64url'))
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
