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
}

/** Reads the claims as the products' readers do: numbers or strings, boolean or string flags. */
export function readActorClaims(payload: JsonObject): Outcome<ActorClaims> {
  const common = commonClaims(payload)
  if (!common.ok) return common
  const nameid = requiredText(payload, 'nameid')
  if (!nameid.ok) return nameid
  const delegation = optionalFlag(payload, 'trustedfordelegation')
  if (!delegation.ok) return delegation
  const { nbf, exp, iss, aud } = common.value
  const audience = parseAudience(aud)
  return accept({
    nbf,
    exp,
    iss,
    aud,
    audience,
    nameid: nameid.value,
    trustedForDelegation: delegation.value,
  })
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
