/** One token and what must become of it. */
import type { RefusalCode } from '../../src/protocol/refusal.ts'
import type { UserIdentityClaims } from '../../src/protocol/user-token.ts'
import type { SituationChange } from '../support/tokens.ts'

export interface Vector {
  readonly id: string
  readonly what: string
  /** Where it comes from: a published attack, a clause or a client. */
  readonly from: string
  readonly token: string
  readonly against?: SituationChange
  readonly expect: 'accepted' | RefusalCode
  /** The claim, member or part that the refusal names. */
  readonly at?: string
  /** The identities that an accepted token brings. */
  readonly user?: UserIdentityClaims
}
