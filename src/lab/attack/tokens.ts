/**
 * Tokens for a target, good and bad, made with node:crypto alone: nothing here shares code with the code that reads or
 * makes tokens in earnest, and nothing here minds what it is asked to make.
 */
import { sign } from 'node:crypto'
import { type AttackKey, formatTargetAudience, mainUser, type Target } from './target.ts'

/** Raw parts: an object is written as JSON, text and bytes go in as they are. */
export type Part = object | string | Buffer

/** Claims to change; `undefined` takes one out. */
export type Claims = Readonly<Record<string, unknown>>

export const NONE = { typ: 'JWT', alg: 'none' } as const

/** The name-id issuer of Windows accounts. */
export const WINDOWS = 'urn:office:idp:activedirectory'

export function encode(part: Part): string {
  const bytes = Buffer.isBuffer(part) || typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(bytes as string).toString('base64url')
}

/**
 * The part of an id that names an odd value, out of the value alone: a vector keeps its id whatever is put before it. Letters
 * and digits stand as they are, everything else as its code.
 */
export function speltOut(value: unknown): string {
  const text = typeof value === 'string' ? value : `json ${JSON.stringify(value) ?? 'nothing'}`
  const parts = text.match(/[A-Za-z0-9]+|[^A-Za-z0-9]/gsu) ?? ['empty']
  return parts
    .map((part) => (/^[A-Za-z0-9]/.test(part) ? part : `x${part.codePointAt(0)?.toString(16)}`))
    .join('-')
    .slice(0, 60)
}

/** Any three parts as a token. */
export function raw(header: Part, payload: Part, signature: Buffer = Buffer.alloc(0)): string {
  return `${encode(header)}.${encode(payload)}.${signature.toString('base64url')}`
}

/** The parts of a token as they stand. */
export function partsOf(token: string): [header: string, payload: string, signature: string] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}

export interface Maker {
  readonly target: Target
  /** The audience of a good token, as text. */
  readonly aud: string
  /** Any header and payload with a true RS256 signature over them, whatever they say. */
  signed(header: Part, payload: Part, key?: AttackKey): string
  rs256(key?: AttackKey, more?: Claims): object
  /** The claims of a good actor token, in Microsoft’s order and kinds. */
  actorClaims(change?: Claims): Claims
  /** The claims of a good user token, without its actor token. */
  userClaims(change?: Claims): Claims
  /** An actor token, good but for the changes. */
  actor(claims?: Claims, header?: Claims, key?: AttackKey): string
  /** A user token around an actor token, good but for the changes. */
  forUser(actorToken?: unknown, claims?: Claims, header?: Claims): string
}

/** How long a good token lives: longer than the slowest run. */
const LIFE = 3_600
/** A good token began a while ago, for clocks differ. */
const AGE = 300

export function makerFor(target: Target): Maker {
  const { caller, now, key: callersKey } = target
  const aud = formatTargetAudience(target)
  const lifetime = { nbf: `${now - AGE}`, exp: `${now + LIFE}` }
  const { upn, smtp, sip, sid } = mainUser(target)

  const signed = (header: Part, payload: Part, key: AttackKey = callersKey) => {
    const text = `${encode(header)}.${encode(payload)}`
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), key.privateKey).toString('base64url')}`
  }
  const rs256 = (key: AttackKey = callersKey, more: Claims = {}) => ({
    ...{ typ: 'JWT', alg: 'RS256', x5t: key.x5t },
    ...more,
  })
  const actorClaims = (change: Claims = {}) => ({
    ...{ aud, iss: caller, ...lifetime, nameid: caller, trustedfordelegation: 'true' },
    ...change,
  })
  const userClaims = (change: Claims = {}) => ({
    ...{ aud, iss: caller, ...lifetime, nameid: upn ?? sid, nii: WINDOWS, upn, smtp, sip },
    ...change,
  })
  const actor = (claims: Claims = {}, header: Claims = {}, key: AttackKey = callersKey) =>
    signed(rs256(key, header), actorClaims(claims), key)
  return {
    ...{ target, aud, signed, rs256, actorClaims, userClaims, actor },
    forUser: (actorToken = actor(), claims = {}, header = {}) =>
      raw({ ...NONE, ...header }, { ...userClaims(claims), actortoken: actorToken }),
  }
}
