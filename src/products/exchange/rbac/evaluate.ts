/** Which roles an account has over a recipient. Pure: one state goes in, one decision comes out. */

import { containerOf } from '../../../trust/account.ts'
import type { User } from '../../../trust/directory.ts'
import { fold, isWithin } from '../../../trust/directory-names.ts'
import { type GroupState, type Member, membershipOf } from '../../../trust/groups.ts'
import type { RecipientTest } from './filter.ts'
import type { ImpersonationGrant, ManagementScope, RoleAssignment } from './management.ts'
import type { RoleName } from './roles.ts'
import type { Decision } from './rules.ts'

/** A scope whose filter was read, and is ready to be asked. */
export interface ReadScope extends ManagementScope {
  readonly holds: RecipientTest
}

/** Everything that decisions are made from, as it stood at one moment. It never changes; a change makes another one. */
export interface AuthorizationState {
  readonly groups: GroupState
  /** By the name folded. */
  readonly scopes: ReadonlyMap<string, ReadScope>
  readonly assignments: readonly RoleAssignment[]
  readonly grants: readonly ImpersonationGrant[]
}

/** Whether the scope holds the recipient. */
export function inScope({ holds, recipientRoot }: ReadScope, user: User, groups: GroupState): boolean {
  if (recipientRoot !== undefined && !isWithin(containerOf(user), recipientRoot)) return false
  return holds({ user, groups })
}

// What is known of a recipient in a state. Neither ever changes, so what was decided of them stands; it is forgotten with either,
// most often with the call that the recipient was read for, which may ask a thousand times.
interface Known {
  closing?: readonly ReadScope[]
  readonly decisions: Map<string, Decision>
}
const KNOWN = new WeakMap<AuthorizationState, WeakMap<object, Known>>()
const ANYBODY = {}

function knownOf(state: AuthorizationState, recipient: User | undefined): Known {
  const recipients = entryOf(KNOWN, state, () => new WeakMap<object, Known>())
  return entryOf(recipients, recipient ?? ANYBODY, () => ({ decisions: new Map() }))
}

function entryOf<Value>(all: WeakMap<object, Value>, key: object, make: () => Value): Value {
  const value = all.get(key) ?? make()
  all.set(key, value)
  return value
}

/**
 * Whether an account may use a role over a recipient; without one, whether it may use it over anybody. Exclusive scopes come
 * first: they close their recipients to all assignments but those that name one of them, used anywhere or not.
 */
export function decideRole(
  state: AuthorizationState,
  account: string,
  role: RoleName,
  recipient: User | undefined,
): Decision {
  const { decisions } = knownOf(state, recipient)
  const key = `${role} ${account}`
  const decision = decisions.get(key) ?? decideAnew(state, account, role, recipient)
  decisions.set(key, decision)
  return decision
}

function decideAnew(
  state: AuthorizationState,
  account: string,
  role: RoleName,
  recipient: User | undefined,
): Decision {
  const given = assignmentsTo(state, account).filter((assignment) => assignment.role === role)
  const enabled = given.filter((assignment) => assignment.enabled)
  const usable = enabled.filter((assignment) => !assignment.delegating)
  if (given.length === 0) return { allowed: false, rule: 'role_not_assigned', by: role }
  if (enabled.length === 0) return deniedBy('assignment_disabled', given)
  if (usable.length === 0) return deniedBy('assignment_delegates_only', enabled)
  const closing = closingOver(state, recipient)
  const holding = usable.find((assignment) => isOver(state, assignment, recipient, closing))
  if (holding !== undefined) return { allowed: true, rule: 'role_assigned', by: holding.name }
  const [closed] = closing
  return closed === undefined
    ? deniedBy('recipient_outside_scope', usable)
    : { allowed: false, rule: 'recipient_in_exclusive_scope', by: closed.name }
}

// The exclusive scopes that hold a recipient.
function closingOver(state: AuthorizationState, recipient: User | undefined): readonly ReadScope[] {
  if (recipient === undefined) return []
  const known = knownOf(state, recipient)
  known.closing ??= [...state.scopes.values()].filter(
    (scope) => scope.exclusive && inScope(scope, recipient, state.groups),
  )
  return known.closing
}

/** Everything assigned to an account or to a group it is in. */
export function assignmentsTo(state: AuthorizationState, account: string): readonly RoleAssignment[] {
  const groups = membershipOf(state.groups, account)
  return state.assignments.filter(({ assignee }) => isMeant(assignee, account, groups))
}

/** Whether an account is the one that is named, or in the group that is. */
export function isMeant(named: Member, account: string, groups: ReadonlySet<string>): boolean {
  return named.kind === 'account' ? fold(named.sid) === fold(account) : groups.has(fold(named.name))
}

function isOver(
  { scopes, groups }: AuthorizationState,
  { scope }: RoleAssignment,
  recipient: User | undefined,
  closing: readonly ReadScope[],
): boolean {
  if (recipient === undefined) return true
  if (scope.kind === 'exclusive') return closing.some(({ name }) => fold(name) === fold(scope.scope))
  if (closing.length > 0) return false
  switch (scope.kind) {
    case 'none':
      return true
    case 'unit':
      return isWithin(containerOf(recipient), scope.scope)
    case 'custom': {
      const named = scopes.get(fold(scope.scope))
      return named !== undefined && inScope(named, recipient, groups)
    }
  }
}

function deniedBy(rule: Decision['rule'], [first]: readonly RoleAssignment[]): Decision {
  return { allowed: false, rule, ...(first !== undefined && { by: first.name }) }
}
