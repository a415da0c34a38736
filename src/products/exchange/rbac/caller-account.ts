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

// A call that names a thousand items is refused by one rule, not a thousand times.
const noted = new WeakMap<Caller, Set<string>>()

/** What a decision was about. */
export interface Asked {
  /** What was to be done: an operation, `read a folder`, `impersonate`. */
  readonly action: string
  /** Whose mailbox, or whom to impersonate: a UPN. */
  readonly target?: string
}

/** Notes a decision in the record, with its rule; the caller is told no more than that it may not. */
export function noteDecision(
  decision: Decision,
  { action, target }: Asked,
  caller: Caller,
  account: User | undefined,
  kit: Kit,
): void {
  const key = [action, target, decision.rule, decision.by].join('\n')
  const before = noted.get(caller) ?? new Set<string>()
  if (before.has(key)) return
  noted.set(caller, before.add(key))
  kit.record({
    kind: 'authorization',
    requestId: caller.requestId ?? kit.newId(),
    partner: caller.partner.issuer,
    ...(caller.user && { user: caller.user.upn }),
    through: 'POST /EWS/Exchange.asmx',
    ...(account && { account: account.upn }),
    action,
    ...(target !== undefined && { target }),
    outcome: decision.allowed ? 'allowed' : 'denied',
    rule: decision.rule,
    ...(decision.by !== undefined && { by: decision.by }),
  })
}
