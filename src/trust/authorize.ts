/** What a trust level lets a partner do: one table (facts/administration.md A.1). */
import { type Refusal, refuse } from '../protocol/outcome.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import { comparable, type User } from './directory.ts'
import { TRUST_LEVELS, type TrustLevel } from './partner.ts'

/** What a token asks for: to act as the application itself, or as a user. */
export type Ask = 'application' | 'user'

const ALLOWED = {
  Full: { application: true, user: true },
  Application: { application: true, user: false },
  User: { application: false, user: false },
} as const satisfies Record<TrustLevel, Record<Ask, boolean>>

// `User`, and `Application` for a user, need a consent that only a token server can give.
const WITH_CONSENT = { application: false, user: true } as const satisfies Record<Ask, boolean>

const REFUSED = {
  application: 'trust_level_forbids_application',
  user: 'trust_level_forbids_user',
} as const satisfies Record<Ask, RefusalCode>

/** The code to refuse with, or undefined when the level allows it. `hasConsent`: a token server that is trusted here says so. */
export function forbiddenBy(level: TrustLevel, ask: Ask, hasConsent = false): RefusalCode | undefined {
  return ALLOWED[level][ask] || (hasConsent && WITH_CONSENT[ask]) ? undefined : REFUSED[ask]
}

/** Consent for everyone. */
export const EVERYONE = '*'

/**
 * Why a consent does not cover the user that a token was resolved to; undefined if it does. The claims are not looked at: what
 * names nobody is passed over there, so only the account itself says for whom the token is.
 */
export function refuseConsent(consent: string | undefined, { upn }: Pick<User, 'upn'>): Refusal | undefined {
  if (consent === undefined || consent === EVERYONE) return undefined
  if (comparable('upn', consent) === comparable('upn', upn)) return undefined
  return refuse('consent_other_user', { at: 'consent', expected: upn, seen: consent })
}

/** The levels that allow what a token asks for. */
export function levelsFor(ask: Ask): readonly TrustLevel[] {
  return TRUST_LEVELS.filter((level) => ALLOWED[level][ask])
}
