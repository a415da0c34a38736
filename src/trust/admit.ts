/** Who is believed: a token that passes every check. */
import type { EpochSeconds } from '../protocol/ids.ts'
import { accept, type Outcome } from '../protocol/outcome.ts'
import type { Principal } from '../protocol/principal.ts'
import type { UserIdentityClaims } from '../protocol/user-token.ts'
import { forbiddenBy } from './authorize.ts'
import { readBrokered } from './broker.ts'
import { CHECKS, type Check, type Evidence, type Situation } from './checks.ts'
import type { Partner } from './partner.ts'

/** A caller whose token holds. The user named in it is not resolved yet. */
export interface Admitted {
  readonly partner: Partner
  /** The application that asks, where the token names it otherwise than the registration: one that a broker vouches for. */
  readonly application?: Principal
  readonly user?: UserIdentityClaims
  /** The token server that issued the actor token, where the partner did not sign it itself. */
  readonly issuedBy?: Partner
  /** For whom alone it may act, as that token server says; absent where the trust level asks for no consent. */
  readonly consent?: string
  /** When the first of its tokens expires. */
  readonly expiresAt: EpochSeconds
}

/** The allowance for clocks that differ: five minutes, as in the products' libraries. */
export const DEFAULT_SKEW = 300

/** Stops at the first check that fails. Nothing in between waits for anything: what was looked up is what is judged by. */
export function admit(
  token: string,
  situation: Situation,
  checks: readonly Check[] = CHECKS,
): Outcome<Admitted> {
  let evidence: Partial<Evidence> = { token }
  for (const { judge } of checks) {
    const { holds, found, says } = judge(evidence, situation)
    if (holds === false) return says()
    if (found !== undefined) evidence = { ...evidence, ...found }
  }
  const { partner, opened, speaker } = evidence
  if (partner === undefined || opened === undefined || speaker === undefined)
    throw new Error('all checks passed without finding who signed')
  const { actor, user } = opened
  const isIssued = speaker !== partner
  const application = isIssued || actor.nameid === partner.issuer ? undefined : readBrokered(actor.nameid)
  const { consent } = actor
  const needsConsent = isIssued && forbiddenBy(speaker.trustLevel, 'user') !== undefined
  return accept({
    partner: speaker,
    ...(isIssued && { issuedBy: partner }),
    ...(needsConsent && consent !== undefined && { consent }),
    ...(application !== undefined && { application }),
    ...(user !== undefined && { user: user.user }),
    expiresAt: Math.min(actor.exp, user?.exp ?? actor.exp),
  })
}
