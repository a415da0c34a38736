/** What a trust level lets a partner do: one table (facts/administration.md A.1). */
import type { RefusalCode } from '../protocol/refusal.ts'
import { TRUST_LEVELS, type TrustLevel } from './partner.ts'

/** What a token asks for: to act as the application itself, or as a user. */
export type Ask = 'application' | 'user'

// `User`, and `Application` for a user, need a consent that only a token server can give; without one they may not.
const ALLOWED = {
  Full: { application: true, user: true },
  Application: { application: true, user: false },
  User: { application: false, user: false },
} as const satisfies Record<TrustLevel, Record<Ask, boolean>>

const REFUSED = {
  application: 'trust_level_forbids_application',
  user: 'trust_level_forbids_user',
} as const satisfies Record<Ask, RefusalCode>

/** The code to refuse with, or undefined when the level allows it. */
export function forbiddenBy(level: TrustLevel, ask: Ask): RefusalCode | undefined {
  return ALLOWED[level][ask] ? undefined : REFUSED[ask]
}

/** The levels that allow what a token asks for. */
export function levelsFor(ask: Ask): readonly TrustLevel[] {
  return TRUST_LEVELS.filter((level) => ALLOWED[level][ask])
}
