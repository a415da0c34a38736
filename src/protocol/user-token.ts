/** The user token: an unsigned JWT around an actor token, "and I act for this user" (facts/protocol.md 2.4, 2.5). */
import { type CommonClaims, commonClaims, type Lifetime, optionalText } from './claims.ts'
import { encodeJson } from './jws.ts'
import { accept, type Outcome } from './outcome.ts'
import { type Audience, formatAudience, formatPrincipal, type Principal } from './principal.ts'
import { UNSIGNED_SEGMENT } from './segments.ts'
import type { JsonObject } from './strict-json.ts'

/** What a token may say of its user. `nameid` is a SID, a UPN or an opaque id, as `nii` has it. */
export interface UserIdentityClaims {
  readonly nameid?: string
  readonly nii?: string
  readonly upn?: string
  readonly smtp?: string
  readonly sip?: string
}

export interface UserClaims extends CommonClaims {
  readonly user: UserIdentityClaims
}

/** The name-id issuer of Windows accounts. */
export const ACTIVE_DIRECTORY = 'urn:office:idp:activedirectory'

const IDENTITY_CLAIMS = ['nameid', 'nii', 'upn', 'smtp', 'sip'] as const

export function readUserClaims(payload: JsonObject, isPrintable = false): Outcome<UserClaims> {
  const common = commonClaims(payload, isPrintable)
  if (!common.ok) return common
  const user: { -readonly [Name in keyof UserIdentityClaims]: string } = {}
  for (const name of IDENTITY_CLAIMS) {
    const claim = optionalText(payload, name, isPrintable)
    if (typeof claim === 'object') return claim
    if (claim !== undefined) user[name] = claim
  }
  const { nbf, exp, iss, aud } = common.value
  return accept({ nbf, exp, iss, aud, user })
}

/** Wraps an actor token for a user. Identities go out in lower case; the signature is empty and its dot stays. */
export function mintUserToken(
  claims: Lifetime & {
    readonly audience: Audience
    readonly application: Principal
    readonly user: UserIdentityClaims
    readonly actorToken: string
  },
): string {
  const user: { -readonly [Name in keyof UserIdentityClaims]: string } = {}
  for (const name of IDENTITY_CLAIMS) {
    const value = claims.user[name]
    if (value !== undefined) user[name] = value.toLowerCase()
  }
  const payload = encodeJson({
    aud: formatAudience(claims.audience),
    iss: formatPrincipal(claims.application),
    nbf: String(claims.nbf),
    exp: String(claims.exp),
    ...user,
    actortoken: claims.actorToken,
  })
  return `${UNSIGNED_SEGMENT}.${Buffer.from(payload).toString('base64url')}.`
}
