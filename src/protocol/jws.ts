/** The compact encoding: three segments, a header that may say little, and bytes that are checked before anything is believed. */
import { type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import type { Thumbprint } from './ids.ts'
import { accept, type Outcome, refuse } from './outcome.ts'
import { bytesOf, decodeSegments, type Segments, type TokenName, UNSIGNED_HEADER } from './segments.ts'
import { type JsonObject, kindOf, parseStrictObject } from './strict-json.ts'

/** A decoded token of which nothing is proven yet. */
export interface Jws extends Pick<Segments, 'signed' | 'signature'> {
  readonly header: { readonly alg: 'none' } | { readonly alg: 'RS256'; readonly x5t: Thumbprint }
  readonly payload: JsonObject
  /** Whether it is known that none of the payload's texts has a control character. */
  readonly isPrintable: boolean
}

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

/** Decodes and reads a token; `name` says which one in refusals. */
export function decodeJws(token: string, name: TokenName): Outcome<Jws> {
  const segments = decodeSegments(token, name)
  if (!segments.ok) return segments
  const { header, payload, signed, signature } = segments.value
  // As Microsoft's code writes it, letter for letter: that is seen in a quarter of the time that reading takes.
  const usual = readUsualHeader(header)
  const members = usual === undefined ? parse(header, `${name} header`, DEEPEST.header) : accept({})
  if (!members.ok) return members
  const claims = parse(payload, `${name} payload`, DEEPEST.payload)
  if (!claims.ok) return claims
  const read = usual === undefined ? readHeader(members.value, name) : accept(usual)
  if (!read.ok) return read
  return accept({
    header: read.value,
    payload: claims.value,
    isPrintable: !mayHide(payload),
    signed,
    signature,
  })
}

/** RSASSA-PKCS1-v1_5 with SHA-256 (RS256), and nothing else, whatever a header may say. */
export function signatureFits(jws: Jws, key: KeyObject): boolean {
  const { signed, signature } = bytesOf(jws)
  return verify('RSA-SHA256', signed, key, signature)
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

const signBytes = promisify(sign)
const QUICK_BITS = 2048

/**
 * A signer with a key that this process holds. Where no other signature is under way it signs at once, and once between two turns
 * of the event loop: to hand one to another thread takes longer than all else that is done around it. Those that come meanwhile go
 * to the threads of the pool, since a signature takes as long as ten checks of one; so does whatever a key of more than 2048 bits
 * signs, which takes ten times as long and more.
 */
export function localSigner(key: KeyObject): Signer {
  const isLarge = (key.asymmetricKeyDetails?.modulusLength ?? QUICK_BITS) > QUICK_BITS
  let underWay = 0
  let turn: Promise<void> | undefined
  const nextTurn = () =>
    new Promise<void>((done) => {
      setImmediate(() => {
        turn = undefined
        done()
      })
    })
  return distantSigner(async (bytes) => {
    underWay++
    try {
      if (isLarge || underWay > 1) return await signBytes('RSA-SHA256', bytes, key)
      if (turn !== undefined) await turn
      turn = nextTurn()
      return sign('RSA-SHA256', bytes, key)
    } finally {
      underWay--
    }
  })
}

/**
 * A signer whose key lives elsewhere: in another process, or in a device that never gives it away. `signDistant` gets the bytes
 * of RFC 7515, 5.1 and answers with their RSASSA-PKCS1-v1_5 signature over SHA-256.
 */
export function distantSigner(signDistant: (bytes: Uint8Array) => Promise<Uint8Array>): Signer {
  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  // A key has one header: all else in it is the same in every token.
  let last: { readonly x5t: Thumbprint; readonly text: string } | undefined
  return async (header, payload) => {
    if (last?.x5t !== header.x5t) last = { x5t: header.x5t, text: encoded(JSON.stringify(header)) }
    const signed = `${last.text}.${encoded(payload)}`
    const { buffer, byteOffset, length } = await signDistant(Buffer.from(signed, 'latin1'))
    return `${signed}.${Buffer.from(buffer, byteOffset, length).toString('base64url')}`
  }
}

/** A signed token around a payload. */
export function signJws(payload: string, key: SigningKey): Promise<string> {
  return key.sign({ typ: 'JWT', alg: 'RS256', x5t: key.x5t }, payload)
}

// What Microsoft's JavaScriptSerializer escapes beyond JSON.
const ESCAPED = ["'", '<', '>', '&', '\u0085', '\u2028', '\u2029'] as const
const ANY_ESCAPED = new RegExp(`[${ESCAPED.join('')}]`, 'g')

/** JSON as Microsoft's JavaScriptSerializer writes it: no blanks, and `' < > &` and odd line ends escaped (facts/clients.md 3). */
export function encodeJson(value: JsonObject): string {
  const text = JSON.stringify(value)
  // Tokens have none of them. To look for each takes a third of the time of an expression for all.
  if (!ESCAPED.some((one) => text.includes(one))) return text
  return text.replace(ANY_ESCAPED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const SIGNED = /^\{"typ":"JWT","alg":"RS256","x5t":"([A-Za-z0-9_-]{26}[AEIMQUYcgkosw048])"\}$/

function readUsualHeader(text: string): Jws['header'] | undefined {
  if (text === UNSIGNED_HEADER) return { alg: 'none' }
  const x5t = SIGNED.exec(text)?.[1]
  return x5t === undefined ? undefined : { alg: 'RS256', x5t: x5t as Thumbprint }
}

// JSON lets no control character but DEL stand in a text unless by an escape. To see that there is none takes a tenth of looking at
// each claim's letters.
function mayHide(payload: string): boolean {
  return payload.includes('\\') || payload.includes('\x7f')
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
  return Buffer.from(text, 'base64').toString('base64url') as Thumbprint
}

function parse(text: string, at: string, depth: number): Outcome<JsonObject> {
  return parseStrictObject(text, at, {
    depth,
    notJson: 'token_bad_json',
    duplicate: 'token_duplicate_member',
    tooDeep: 'token_too_deep',
  })
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value)
}
