/** Whose roles a caller has: the user's it acts for, or those of its partner application's linked account. */
import type { User } from '../../../trust/directory.ts'
import type { Caller, Kit } from '../../product.ts'
import type { Decision } from './rules.ts'

/** The account, or the rule by which there is none. */
export type CallerAccount =
  | { readonly ok: true; readonly account: User }
  | { readonly ok: false; readonly decision: Decision }

/** A user's token has the user's own rights and not the application's (facts/administration.md B.7). */
export async function accountOf({ user, partner }: Caller, kit: Kit): Promise<CallerAccount> {
  if (user !== undefined) return { ok: true, account: user }
  if (partner.linkedAccount === undefined)
    return { ok: false, decision: { allowed: false, rule: 'no_linked_account' } }
  const [account] = await kit.directory.find('sid', partner.linkedAccount)
  if (account !== undefined) return { ok: true, account }
  const by = partner.linkedAccount
  return { ok: false, decision: { allowed: false, rule: 'linked_account_missing', by } }
}

/** A decision as the record holds it: `recipient_outside_scope (Archiving), as app@litwareinc.com`. */
export function inWords({ rule, by }: Decision, account: User | undefined): string {
  const decided = by === undefined ? rule : `${rule} (${by})`
  return account === undefined ? decided : `${decided}, as ${account.upn}`
}
