/**
 * What a caller presented: an actor token alone, or one inside a user token. Until `open` has checked the signature, only
 * the two names needed to find the key can be read, and whether the claims are of a kind that could ever be accepted; the
 * claims themselves cannot.
 */
import { hash, type KeyObject } from 'node:crypto'
import { type ActorClaims, readActorClaims } from './actor-token.ts'
import { optionalText, requiredText } from './claims.ts'
import type { Thumbprint } from './ids.ts'
import { decodeJws, type Jws, signatureFits } from './jws.ts'
import { accept, type Outcome, type Refusal, refuse } from './outcome.ts'
import { kindOf } from './strict-json.ts'
import { readUserClaims, type UserClaims } from './user-token.ts'

/** Claims that a verified signature stands behind. `user` is there when the caller acts for one. */
export interface OpenedToken {
  readonly actor: ActorClaims
  readonly user?: UserClaims
}

export interface PresentedToken {
  /** The issuer that the signed token names, not yet believed. */
  readonly issuer: string
  /** The key that the signed token names, not yet believed. */
  readonly x5t: Thumbprint
  /** What is wrong with the presence, kind or lifetime of the claims, whoever signed them: good to refuse by, and no more. */
  readonly wrongClaims: Refusal | undefined
  /** Checks the signature with `key`, and only then hands the claims out. */
  open(key: KeyObject): Outcome<OpenedToken>
}

/** What an actor token said when its signature fitted `key`. It says so for ever, since the key and the text are the same. */
export interface ProvenActor {
  readonly key: KeyObject
  readonly x5t: Thumbprint
  readonly claims: ActorClaims
}

/** What was proven of an actor token of this very text; undefined where nothing was. */
export type FindProven = (actorToken: string) => ProvenActor | undefined

/**
 * Reads a token. What was proven of its actor token before is not read again; it counts for the key it was proven with, and for any
 * other the actor token is read and checked as if new.
 */
export function readPresentedToken(token: string, findProven?: FindProven): Outcome<PresentedToken> {
  const outer = decodeJws(token, 'token')
  if (!outer.ok) return outer
  const { header, payload, signature } = outer.value
  const carriesActor = Object.hasOwn(payload, 'actortoken')
  const inner = payload['actortoken']

  if (header.alg === 'RS256') {
    if (carriesActor) return refuse('actor_nested', { at: 'actortoken' })
    return present(outer.value)
  }
  if (signature.length > 0) return refuse('unsigned_with_signature', { at: 'token signature' })
  if (!carriesActor || inner === '') return refuse('unsigned_without_actor', { at: 'actortoken' })
  if (typeof inner !== 'string') {
    return refuse('claim_malformed', { at: 'actortoken', expected: 'a string', seen: kindOf(inner) })
  }
  const proven = findProven?.(inner)
  return proven === undefined ? presentAround(inner, outer.value) : presentProven(proven, inner, outer.value)
}

function presentAround(actorToken: string, outer: Jws): Outcome<PresentedToken> {
  const actor = decodeJws(actorToken, 'actortoken')
  if (!actor.ok) return actor
  if (Object.hasOwn(actor.value.payload, 'actortoken'))
    return refuse('actor_nested', { at: 'actortoken.actortoken' })
  return present(actor.value, outer)
}

function presentProven(proven: ProvenActor, actorToken: string, outer: Jws): Outcome<PresentedToken> {
  const claims = withUser(proven.claims, outer)
  return accept({
    issuer: proven.claims.iss,
    x5t: proven.x5t,
    wrongClaims: claims.ok ? undefined : claims,
    open(key) {
      if (key === proven.key) return claims
      const anew = presentAround(actorToken, outer)
      return anew.ok ? anew.value.open(key) : anew
    },
  })
}

/** What a client shows a token server. */
export interface PresentedAssertion extends PresentedToken {
  /** Under what it is remembered that it was presented: by its `jti`, else by all that was signed. */
  readonly once: string
}

/**
 * A self-signed assertion: a signed token alone. Some clients leave `nameid` out (facts/protocol.md 6): it speaks for whoever
 * issued it.
 */
export function readAssertion(token: string): Outcome<PresentedAssertion> {
  const jws = decodeJws(token, 'assertion')
  if (!jws.ok) return jws
  const { payload } = jws.value
  if (Object.hasOwn(payload, 'actortoken')) return refuse('actor_nested', { at: 'actortoken' })
  const id = optionalText(payload, 'jti')
  if (typeof id === 'object') return id
  const named = Object.hasOwn(payload, 'nameid') ? payload : { ...payload, nameid: payload['iss'] ?? '' }
  const presented = present({ ...jws.value, payload: named })
  if (!presented.ok) return presented
  const once = id === undefined ? `sha256 ${sha256(jws.value.signed)}` : `jti ${sha256(id)}`
  return accept({ ...presented.value, once })
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}

function present(actor: Jws, outer?: Jws): Outcome<PresentedToken> {
  if (actor.header.alg !== 'RS256')
    return refuse('actor_unsigned', { at: 'actortoken header.alg', expected: 'RS256', seen: 'none' })
  if (actor.signature.length === 0) return refuse('signature_missing', { at: 'signature' })
  const issuer = requiredText(actor.payload, 'iss', actor.isPrintable)
  if (typeof issuer !== 'string') return issuer
  const { x5t } = actor.header
  const actorClaims = readActorClaims(actor.payload, actor.isPrintable)
  const claims = actorClaims.ok ? withUser(actorClaims.value, outer) : actorClaims
  return accept({
    issuer,
    x5t,
    wrongClaims: claims.ok ? undefined : claims,
    open: (key) =>
      signatureFits(actor, key) ? claims : refuse('bad_signature', { at: 'signature', seen: `x5t ${x5t}` }),
  })
}

function withUser(actor: ActorClaims, outer: Jws | undefined): Outcome<OpenedToken> {
  if (outer === undefined) return accept({ actor })
  const user = readUserClaims(outer.payload, outer.isPrintable)
  return user.ok ? accept({ actor, user: user.value }) : user
}
