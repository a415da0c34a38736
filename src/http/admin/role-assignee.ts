/** Whose role assignments somebody asks for: those that count for an account or a group, directly or through groups. */
import * as z from 'zod'
import { matches } from '../../products/wildcard.ts'
import { fold } from '../../trust/directory-names.ts'
import { type GroupState, groupsHolding, type Member, membershipOf } from '../../trust/groups.ts'
import { formerMember, type Identities } from './identities.ts'

export const ListAssignments = z.strictObject({
  /** An account or a group as an administrator names it; with `*` in it, a pattern for the names that are shown. */
  roleAssignee: z.string().min(1, 'expected the name of an account or a group').max(1024).exactOptional(),
})

/** Who has a role, and under which name that is shown. */
export interface Assigned {
  readonly assignee: Member
  readonly roleAssigneeName: string
}

/** Which assignments are wanted; throws a problem when the name is nobody's, or several accounts have it. */
export async function wantedAssignments(
  identities: Identities,
  { roleAssignee }: z.infer<typeof ListAssignments>,
): Promise<(assigned: Assigned) => boolean> {
  if (roleAssignee === undefined) return () => true
  if (roleAssignee.includes('*')) return ({ roleAssigneeName }) => matches(roleAssignee, roleAssigneeName)
  // An account that is gone still has what its SID was given.
  const wanted = await formerMember(identities, 'roleAssignee', roleAssignee)
  const groups = groupsOf(identities.groups.current(), wanted)
  return ({ assignee }) =>
    assignee.kind === 'group'
      ? groups.has(fold(assignee.name))
      : wanted.kind === 'account' && fold(assignee.sid) === fold(wanted.sid)
}

// Names, folded, of the groups whose assignments are its own: a group's are its own too.
function groupsOf(state: GroupState, member: Member): ReadonlySet<string> {
  if (member.kind === 'account') return membershipOf(state, member.sid)
  const found = new Set<string>()
  const waiting = [member.name]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(fold(name))) continue
    found.add(fold(name))
    waiting.push(...groupsHolding(state, { kind: 'group', name }).map((group) => group.name))
  }
  return found
}
