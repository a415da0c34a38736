/** The compact encoding: three segments, a header that may say little, and bytes that are checked before anything is believed. */
import { isUtf8 } from 'node:buffer'
import { type KeyObject, verify } from 'node:crypto'
import { CompactSign } from 'jose'
import type { Thumbprint } from './ids.ts'
import { accept, type Outcome, refuse } from './outcome.ts'
import { type JsonObject, kindOf, parseStrictObject } from './strict-json.ts'

/** A decoded token of which nothing is proven yet. */
export interface Jws {
  readonly header: { readonly alg: 'none' } | { readonly alg: 'RS256'; readonly x5t: Thumbprint }
  readonly payload: JsonObject
  readonly signed: string
  readonly signature: Buffer
}

/** A request header holds 16 KiB, so no longer token can arrive (facts/attacks.md 27). */
const MAX_TOKEN = 16_384
const SEGMENT = /^[A-Za-z0-9_-]+$/
const DEEPEST = { header: 4, payload: 8 } as const
// What could steer verification (RFC 7515 4.1.2, 4.1.3, 4.1.5, 4.1.6, 4.1.11; RFC 7797; RFC 7516) is refused, not ignored.
const FORBIDDEN = [
  'crit',
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'zip',
  'b64',
  'enc',
] as const satisfies readonly string[]

/** Decodes a token; `name` says which one in refusals. */
export function decodeJws(token: string, name: 'token' | 'actortoken' | 'assertion'): Outcome<Jws> {
  if (token.length > MAX_TOKEN) {
    return refuse('token_too_large', {
      at: name,
      expected: `at most ${MAX_TOKEN} characters`,
      seen: `${token.length}`,
    })
  }
  const segments = token.split('.')
  if (segments.length === 5) return refuse('token_encrypted', { at: name })
  const [head = '', body = '', tail = ''] = segments
  if (
    segments.length !== 3 ||
    !SEGMENT.test(head) ||
    !SEGMENT.test(body) ||
    !(tail === '' || SEGMENT.test(tail))
  ) {
    return refuse('token_not_jwt', {
      at: name,
      expected: 'header.payload.signature',
      seen: `${segments.length} segments`,
    })
  }
  const header = decodeObject(head, `${name} header`, DEEPEST.header)
  if (!header.ok) return header
  const payload = decodeObject(body, `${name} payload`, DEEPEST.payload)
  if (!payload.ok) return payload
  const signature = decodeBytes(tail, `${name} signature`)
  if (!signature.ok) return signature
  const read = readHeader(header.value, name)
  if (!read.ok) return read
  return accept({
    header: read.value,
    payload: payload.value,
    signed: `${head}.${body}`,
    signature: signature.value,
  })
}

/** RSASSA-PKCS1-v1_5 with SHA-256 (RS256), and nothing else, whatever a header may say. */
export function signatureFits(jws: Jws, key: KeyObject): boolean {
  return verify('RSA-SHA256', Buffer.from(jws.signed, 'ascii'), key, jws.signature)
}

/** The header of a token that is signed here: its members in the order in which the products write them. */
export interface SignedHeader {
  readonly typ: 'JWT'
  readonly alg: 'RS256'
  readonly x5t: Thumbprint
}

/** Makes a signed token in the compact form around a payload. */
export type Signer = (header: SignedHeader, payload: string) => Promise<string>

/** A key to sign with, and the name of the certificate that belongs to it. */
export interface SigningKey {
  readonly x5t: Thumbprint
  readonly sign: Signer
}

/** A signer with a key that this process holds. */
export function localSigner(key: KeyObject): Signer {
  return (header, payload) =>
    new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader({ ...header }).sign(key)
}

/**
 * A signer whose key lives elsewhere: in another process, or in a device that never gives it away. `sign` gets the bytes
 * of RFC 7515, 5.1 and answers with their RSASSA-PKCS1-v1_5 signature over SHA-256.
 */
export function distantSigner(sign: (bytes: Uint8Array) => Promise<Uint8Array>): Signer {
  return async (header, payload) => {
    const encoded = (text: string) => Buffer.from(text, 'utf8').toString('base64url')
    const signed = `${encoded(JSON.stringify(header))}.${encoded(payload)}`
    const signature = await sign(Buffer.from(signed, 'ascii'))
    return `${signed}.${Buffer.from(signature).toString('base64url')}`
  }
}

/** A signed token around a payload. */
export function signJws(payload: string, { x5t, sign }: SigningKey): Promise<string> {
  return sign({ typ: 'JWT', alg: 'RS256', x5t }, payload)
}

/** JSON as Microsoft's JavaScriptSerializer writes it: no blanks, and `' < > &` and odd line ends escaped (facts/clients.md 3). */
export function encodeJson(value: JsonObject): string {
  return JSON.stringify(value).replace(
    /['<>&\u0085\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function readHeader(header: JsonObject, name: string): Outcome<Jws['header']> {
  for (const member of FORBIDDEN) {
    if (Object.hasOwn(header, member)) return refuse(`header_${member}`, { at: `${name} header.${member}` })
  }
  const { alg, typ, x5t } = header
  if (typ !== undefined && !(typeof typ === 'string' && typ.toUpperCase() === 'JWT')) {
    return refuse('type_not_jwt', { at: `${name} header.typ`, expected: 'JWT', seen: shown(typ) })
  }
  if (alg === 'none') return accept({ alg })
  if (alg !== 'RS256') {
    return refuse('algorithm_not_allowed', { at: `${name} header.alg`, expected: 'RS256', seen: shown(alg) })
  }
  const thumbprint = typeof x5t === 'string' ? readThumbprint(x5t) : undefined
  if (thumbprint === undefined) {
    return refuse('thumbprint_missing', {
      at: `${name} header.x5t`,
      expected: 'the base64url SHA-1 of a certificate',
      seen: shown(x5t),
    })
  }
  return accept({ alg, x5t: thumbprint })
}

/** A thumbprint in either base64 alphabet, padded or not, as base64url; undefined if it is not 20 bytes of one. */
export function readThumbprint(text: string): Thumbprint | undefined {
  if (!/^[A-Za-z0-9+/_-]{27}=?$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 20 ? (bytes.toString('base64url') as Thumbprint) : undefined
}

function decodeObject(segment: string, at: string, depth: number): Outcome<JsonObject> {
  const bytes = decodeBytes(segment, at)
  if (!bytes.ok) return bytes
  if (!isUtf8(bytes.value)) return refuse('token_bad_utf8', { at })
  return parseStrictObject(bytes.value.toString('utf8'), at, {
    depth,
    notJson: 'token_bad_json',
    duplicate: 'token_duplicate_member',
    tooDeep: 'token_too_deep',
  })
}

// Only the one spelling that an encoder would produce (RFC 4648, 3.5): two spellings of one token are two cache entries.
function decodeBytes(segment: string, at: string): Outcome<Buffer> {
  const bytes = Buffer.from(segment, 'base64url')
  if (bytes.toString('base64url') !== segment) return refuse('token_bad_base64url', { at })
  return accept(bytes)
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value)
}
