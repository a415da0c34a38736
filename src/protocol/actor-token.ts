/** The actor token: a JWT signed by the calling server, "I am this application" (facts/protocol.md 2.3). */
import { type CommonClaims, commonClaims, type Lifetime, optionalFlag, requiredText } from './claims.ts'
import { encodeJson, type SigningKey, signJws } from './jws.ts'
import { accept, type Outcome } from './outcome.ts'
import {
  type Audience,
  type AudienceParts,
  formatAudience,
  formatPrincipal,
  type Principal,
  parseAudience,
} from './principal.ts'
import type { JsonObject } from './strict-json.ts'

export interface ActorClaims extends CommonClaims {
  readonly nameid: string
  readonly trustedForDelegation: boolean
  /** `aud`, taken apart. */
  readonly audience: Outcome<AudienceParts>
  /** Of a token server: for whom it has recorded consent, a UPN in lower case, or `*` for everyone. */
  readonly consent?: string
}

/** Reads the claims as the products' readers do: numbers or strings, boolean or string flags. */
export function readActorClaims(payload: JsonObject, isPrintable = false): Outcome<ActorClaims> {
  const common = commonClaims(payload, isPrintable)
  if (!common.ok) return common
  const nameid = requiredText(payload, 'nameid', isPrintable)
  if (typeof nameid !== 'string') return nameid
  const trustedForDelegation = optionalFlag(payload, 'trustedfordelegation')
  if (typeof trustedForDelegation !== 'boolean') return trustedForDelegation
  const consent = Object.hasOwn(payload, 'consent') ? payload['consent'] : undefined
  const { nbf, exp, iss, aud } = common.value
  const claims = { nbf, exp, iss, aud, audience: parseAudience(aud), nameid, trustedForDelegation }
  // It is a token server's of ours. What else may be called so in another's token is passed over.
  return accept(typeof consent === 'string' && consent !== '' ? { ...claims, consent } : claims)
}

/**
 * Signs an actor token as Microsoft's code does: every claim a string, in its order, `trustedfordelegation` only when the
 * application is to act for users (facts/clients.md 3).
 */
export function mintActorToken(
  claims: Lifetime & {
    readonly audience: Audience
    readonly application: Principal
    readonly trustedForDelegation: boolean
  },
  key: SigningKey,
): Promise<string> {
  const principal = formatPrincipal(claims.application)
  const payload = encodeJson({
    aud: formatAudience(claims.audience),
    iss: principal,
    nbf: String(claims.nbf),
    exp: String(claims.exp),
    nameid: principal,
    ...(claims.trustedForDelegation && { trustedfordelegation: 'true' }),
  })
  return signJws(payload, key)
}

/**
 * Signs an actor token as a token server does for somebody else: `iss` is the server, `nameid` the application, which
 * `identityprovider` says came from here; `trustedfordelegation` is there either way (facts/protocol.md 2.3).
 */
export function mintIssuedToken(
  claims: Lifetime & {
    readonly audience: Audience
    readonly issuer: Principal
    readonly application: Principal
    readonly trustedForDelegation: boolean
    readonly consent?: string
  },
  key: SigningKey,
): Promise<string> {
  const issuer = formatPrincipal(claims.issuer)
  const payload = encodeJson({
    aud: formatAudience(claims.audience),
    iss: issuer,
    nbf: String(claims.nbf),
    exp: String(claims.exp),
    nameid: formatPrincipal(claims.application),
    identityprovider: issuer,
    trustedfordelegation: String(claims.trustedForDelegation),
    ...(claims.consent !== undefined && { consent: claims.consent }),
  })
  return signJws(payload, key)
}

/** Signs what an application shows a token server: "I am this application", once, for a few minutes (facts/protocol.md 6). */
export function mintAssertion(
  claims: Lifetime & {
    readonly audience: Audience
    readonly application: Principal
    /** Its own name, so that no two are alike (RFC 7519, 4.1.7). */
    readonly id: string
  },
  key: SigningKey,
): Promise<string> {
  const principal = formatPrincipal(claims.application)
  const payload = encodeJson({
    aud: formatAudience(claims.audience),
    iss: principal,
    nbf: String(claims.nbf),
    exp: String(claims.exp),
    nameid: principal,
    jti: claims.id,
  })
  return signJws(payload, key)
}
