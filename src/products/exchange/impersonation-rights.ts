/** Who may impersonate whom: the two rights of the 2010 document, or the role ApplicationImpersonation with its scopes. */
import { databaseOf } from '../../trust/account.ts'
import type { User } from '../../trust/directory.ts'
import { fold } from '../../trust/directory-names.ts'
import { membershipOf } from '../../trust/groups.ts'
import type { Impersonation, MayImpersonate } from './impersonation.ts'
import { accountOf, inWords } from './rbac/caller-account.ts'
import { type AuthorizationState, decideRole, isMeant } from './rbac/evaluate.ts'
import { ACCOUNT_RIGHT, type ImpersonationGrant, SERVER_RIGHT } from './rbac/management.ts'
import type { Decision, RuleCode } from './rbac/rules.ts'

/** Which of the two models a server keeps to (a setting of the server). */
export const IMPERSONATION_MODELS = ['RoleBased', 'DirectoryRights'] as const
export type ImpersonationModel = (typeof IMPERSONATION_MODELS)[number]

/**
 * Groups whose members may not impersonate, whatever they are granted: the right on the server is denied to them explicitly
 * (facts/administration.md B.8). Whoever administers should not also read everybody's mail.
 */
export const ADMINISTRATORS = [
  'Domain Admins',
  'Enterprise Admins',
  'Schema Admins',
  'Exchange Organization Administrators',
  'Organization Management',
] as const

/** The decision of this server, in its model. Who acts for a user asks with the user's own rights. */
export const mayImpersonate: MayImpersonate = async (caller, account, kit) => {
  const found = await accountOf(caller, kit)
  const model = kit.settings.impersonationModel ?? 'RoleBased'
  const decision = found.ok
    ? decideImpersonation(kit.authorization.current(), model, found.account.sid, account)
    : found.decision
  return {
    outcome: outcomeOf(decision, model),
    rule: inWords(decision, found.ok ? found.account : undefined),
  }
}

/** The decision itself, made of one state; without an account, whether the caller may impersonate anybody at all. */
export function decideImpersonation(
  state: AuthorizationState,
  model: ImpersonationModel,
  caller: string,
  account: User | undefined,
): Decision {
  return model === 'RoleBased'
    ? decideRole(state, caller, 'ApplicationImpersonation', account)
    : decideByRights(state, caller, account)
}

// Of the rules that deny, those about the server; all others are about the user (facts/administration.md B.10).
const ABOUT_SERVER: ReadonlySet<RuleCode> = new Set([
  'administrators_denied',
  'server_right_denied',
  'server_right_missing',
])

/** What EWS answers to a decision. Whoever is no account has no right on the server either. */
export function outcomeOf({ allowed, rule }: Decision, model: ImpersonationModel): Impersonation {
  if (allowed) return 'allowed'
  const isNobody = rule === 'no_linked_account' || rule === 'linked_account_missing'
  return ABOUT_SERVER.has(rule) || (isNobody && model === 'DirectoryRights')
    ? 'ErrorImpersonationDenied'
    : 'ErrorImpersonateUserDenied'
}

// The right on the server, and the right on the database or on the account. A denial counts more than any grant.
function decideByRights(state: AuthorizationState, caller: string, account: User | undefined): Decision {
  const groups = membershipOf(state.groups, caller)
  const administrators = ADMINISTRATORS.find((name) => groups.has(fold(name)))
  if (administrators !== undefined)
    return { allowed: false, rule: 'administrators_denied', by: administrators }
  const mine = state.grants.filter(({ trustee }) => isMeant(trustee, caller, groups))
  const onServer = mine.filter(({ right, on }) => right === SERVER_RIGHT && on.kind === 'server')
  const denied = (grants: readonly ImpersonationGrant[]) => grants.find(({ deny }) => deny)
  const serverDenied = denied(onServer)
  if (serverDenied !== undefined) return { allowed: false, rule: 'server_right_denied', by: serverDenied.id }
  const [server] = onServer
  if (server === undefined) return { allowed: false, rule: 'server_right_missing' }
  if (account === undefined) return { allowed: true, rule: 'rights_granted', by: server.id }
  const onUser = mine.filter((grant) => grant.right === ACCOUNT_RIGHT && concerns(grant, account))
  const userDenied = denied(onUser)
  if (userDenied !== undefined) return { allowed: false, rule: 'account_right_denied', by: userDenied.id }
  const [granted] = onUser
  return granted === undefined
    ? { allowed: false, rule: 'account_right_missing' }
    : { allowed: true, rule: 'rights_granted', by: granted.id }
}

function concerns({ on }: ImpersonationGrant, account: User): boolean {
  switch (on.kind) {
    case 'server':
      return false
    case 'account':
      return fold(on.sid) === fold(account.sid)
    case 'database': {
      const database = databaseOf(account)
      return database !== undefined && fold(on.name) === fold(database)
    }
  }
}
