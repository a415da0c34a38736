/** The tokens this server makes for its partners: an actor token, and a user token around it when it acts for a user. */
import { mintActorToken } from '../protocol/actor-token.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { Audience, Principal } from '../protocol/principal.ts'
import { ACTIVE_DIRECTORY, mintUserToken, type UserIdentityClaims } from '../protocol/user-token.ts'
import type { User } from './directory.ts'
import type { ServerIdentity } from './identity.ts'
import type { Partner } from './partner.ts'

/** An hour, as in the example of [MS-XOAUTH] 4.6: a bearer token cannot be called back, so it should not live long. */
export const TOKEN_LIFETIME = 3600
/** In seconds: set back as the cloud's token server does it, for partners whose clock is a little behind. */
export const BACKDATED = 300

/**
 * Who a token is for. Application and realm come from our own registration of the partner, never from what the other side
 * says of itself in a challenge, so nobody can make us mint for somebody else (facts/attacks.md 20).
 */
export function audienceOf(partner: Partner, host: string): Audience {
  return { ...partner.application, host }
}

/** Mints a token for `audience`; with a user it acts for that user, else as this application itself. */
export async function mint(
  self: ServerIdentity,
  audience: Audience,
  user: User | undefined,
  now: EpochSeconds,
): Promise<string> {
  const actorToken = await mintActorToken(actorClaims(self, audience, user, now), self.signingKey)
  return user === undefined ? actorToken : userTokenAround(actorToken, self, audience, user, now)
}

/** What an actor token says that is made now. */
export function actorClaims(
  self: ServerIdentity,
  audience: Audience,
  user: User | undefined,
  now: EpochSeconds,
): Parameters<typeof mintActorToken>[0] {
  return { ...commonOf(self, audience, now), trustedForDelegation: user !== undefined }
}

/** A user token that is made now around an actor token of the same audience. */
export function userTokenAround(
  actorToken: string,
  self: ServerIdentity,
  audience: Audience,
  user: User,
  now: EpochSeconds,
): string {
  return mintUserToken({ ...commonOf(self, audience, now), user: identityClaims(user), actorToken })
}

function commonOf(self: ServerIdentity, audience: Audience, now: EpochSeconds) {
  return { audience, application: self.application, nbf: now - BACKDATED, exp: now + TOKEN_LIFETIME }
}

/** The same around an actor token that a token server issued for `application`, which is who we are there. */
export function mintAround(
  { actorToken, application }: { readonly actorToken: string; readonly application: Principal },
  audience: Audience,
  user: User | undefined,
  now: EpochSeconds,
): string {
  if (user === undefined) return actorToken
  const claims = { audience, application, nbf: now - BACKDATED, exp: now + TOKEN_LIFETIME }
  return mintUserToken({ ...claims, user: identityClaims(user), actorToken })
}

/** Exchange and Lync name a user by UPN and add the addresses they know; a SID only counts where it was agreed on. */
export function identityClaims({ upn, smtp, sip }: User): UserIdentityClaims {
  return {
    nameid: upn,
    nii: ACTIVE_DIRECTORY,
    upn,
    ...(smtp !== undefined && { smtp }),
    ...(sip !== undefined && { sip }),
  }
}
