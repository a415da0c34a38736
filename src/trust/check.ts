/** How one check of the list is put together (checks.ts). */
import type { Outcome, Refusal } from '../protocol/outcome.ts'
import { refuse } from '../protocol/outcome.ts'
import type { OpenedToken } from '../protocol/presented-token.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import type { Basis, Check, Evidence, Situation } from './checks.ts'

/** A check by itself. */
export function check<Need extends keyof Evidence>(
  name: string,
  basis: Basis,
  needs: readonly Need[],
  judge: (evidence: Sight<Need>, situation: Situation) => boolean | undefined,
  says: (evidence: Sight<Need>, situation: Situation) => Refusal,
): Check {
  // Whoever runs the checks keeps to `needs`; a check that runs without them would be our own fault.
  return { name, basis, needs, judge: judge as Check['judge'], says: says as Check['says'] }
}

/** What a check sees of the evidence: what it needs is there. */
type Sight<Need extends keyof Evidence> = Partial<Evidence> & Pick<Evidence, Need>

type Claims = OpenedToken['actor'] | NonNullable<OpenedToken['user']>

/** The same check of the actor token and of the user token around it, if there is one. */
export function bothTokens(
  what: string,
  basis: Basis,
  judge: (claims: Claims, situation: Situation) => boolean,
  says: (claims: Claims, which: string, situation: Situation) => Refusal,
): Check[] {
  return [
    check(
      `actor token ${what}`,
      basis,
      ['opened'],
      ({ opened }, situation) => judge(opened.actor, situation),
      ({ opened }, situation) => says(opened.actor, 'actor token', situation),
    ),
    check(
      `user token ${what}`,
      basis,
      ['opened'],
      ({ opened }, situation) => opened.user && judge(opened.user, situation),
      ({ opened }, situation) => says(opened.user ?? opened.actor, 'user token', situation),
    ),
  ]
}

/** Why it was refused; `otherwise` where it was not. */
export function refusalIn(outcome: Outcome<unknown> | undefined, otherwise: RefusalCode): Refusal {
  return outcome === undefined || outcome.ok ? refuse(otherwise) : outcome
}
