/** Who is believed: a token that passes every check. */
import type { EpochSeconds } from '../protocol/ids.ts'
import { accept, type Outcome } from '../protocol/outcome.ts'
import type { Principal } from '../protocol/principal.ts'
import type { UserIdentityClaims } from '../protocol/user-token.ts'
import { readBrokered } from './broker.ts'
import { CHECKS, type Evidence, type Situation } from './checks.ts'
import type { Partner } from './partner.ts'
import type { ReadToken } from './token-memory.ts'

/** A caller whose token holds. The user named in it is not resolved yet. */
export interface Admitted {
  readonly partner: Partner
  /** The application that asks, where the token names it otherwise than the registration: one that a broker vouches for. */
  readonly application?: Principal
  readonly user?: UserIdentityClaims
  /** When the first of its tokens expires. */
  readonly expiresAt: EpochSeconds
}

/** The allowance for clocks that differ: five minutes, as in the products' libraries. */
export const DEFAULT_SKEW = 300

/**
 * Stops at the first check that fails. Nothing in between waits for anything: what was looked up is what is judged by. A token
 * that comes again is not read again, and it is judged again unless nothing that it was judged by is another.
 *
 * @param read how the token reads, where the caller has that from the same memory already
 */
export function admit(
  token: string,
  situation: Situation,
  read: Outcome<ReadToken> | undefined = situation.memory?.read(token),
): Outcome<Admitted> {
  const verdict = read?.ok ? read.value.note.verdict : undefined
  if (verdict !== undefined && isAsThen(verdict, situation)) return accept(verdict.admitted)
  const evidence: Partial<Evidence> = read === undefined ? { token } : { token, read }
  for (const { judge } of CHECKS) {
    const { holds, found, says } = judge(evidence, situation)
    if (holds === false) return says()
    if (found !== undefined) Object.assign(evidence, found)
  }
  const { partner, opened } = evidence
  if (partner === undefined || opened === undefined)
    throw new Error('all checks passed without finding who signed')
  const { actor, user } = opened
  const application = actor.nameid === partner.issuer ? undefined : readBrokered(actor.nameid)
  const admitted = {
    partner,
    ...(application !== undefined && { application }),
    ...(user !== undefined && { user: user.user }),
    expiresAt: Math.min(actor.exp, user?.exp ?? actor.exp),
  }
  if (read?.ok) {
    // What a broker may say depends on who else is registered, so that is judged each time.
    if (application === undefined) read.value.note.verdict = { admitted, issuer: actor.iss, situation }
    read.value.keep()
  }
  return accept(admitted)
}

/** That a token was admitted, and all that it was judged by. */
export interface Verdict {
  readonly admitted: Admitted
  /** The `iss` by which its partner was found. */
  readonly issuer: string
  readonly situation: Situation
}

// Records are replaced and never changed, so the same object says the same. A second is as long as a verdict can last.
function isAsThen({ admitted, issuer, situation: then }: Verdict, now: Situation): boolean {
  return (
    now.now === then.now &&
    now.self === then.self &&
    now.formerRealms === then.formerRealms &&
    now.skew === then.skew &&
    now.keysGoodFor === then.keysGoodFor &&
    now.partnerOf(issuer) === admitted.partner
  )
}
