/** The management of one Exchange: scopes, assignments and rights; each change is in force from the next call on. */
import { type Changed, changedTo, unchanged } from '../../../trust/change.ts'
import type { DirectoryStore } from '../../../trust/directory.ts'
import { fold } from '../../../trust/directory-names.ts'
import {
  findGroup,
  type Groups,
  groupDistinguishedName,
  type Member,
  memberKey,
  written,
} from '../../../trust/groups.ts'
import type { AuthorizationState, ReadScope } from './evaluate.ts'
import { namesGroup, prepareFilter } from './filter.ts'
import type {
  AssignmentScope,
  ImpersonationGrant,
  ManagementScope,
  ManagementStore,
  RoleAssignment,
} from './management.ts'
import { readFilter } from './opath.ts'
import type { RoleName } from './roles.ts'

/** An assignment as it is asked for: without a name it gets one, made of its role and what its assignee is called. */
export type NewAssignment = Omit<RoleAssignment, 'name'> & {
  readonly name?: string
  readonly assigneeName?: string
}

export interface Authorization {
  /** One state for a whole call: read it once. */
  current(): AuthorizationState
  addScope(scope: ManagementScope): Promise<Changed<ManagementScope>>
  changeScope(name: string, change: ScopeChange): Promise<Changed<ManagementScope>>
  removeScope(name: string): Promise<Changed<ManagementScope>>
  /** All of them or none. */
  assign(assignments: readonly NewAssignment[]): Promise<Changed<readonly RoleAssignment[]>>
  changeAssignment(name: string, change: AssignmentChange): Promise<Changed<RoleAssignment>>
  removeAssignments(names: readonly string[]): Promise<Changed<readonly RoleAssignment[]>>
  grant(grant: ImpersonationGrant): Promise<Changed<ImpersonationGrant>>
  revoke(id: string): Promise<Changed<ImpersonationGrant>>
  /**
   * Removes an account from the directory, and with it all that it was given: whoever gets its SID later is somebody else. No
   * change of groups, assignments or rights comes in between.
   */
  removeAccount(sid: string): Promise<'removed' | 'missing'>
}

/** Null takes the root away. */
export type ScopeChange = Partial<Pick<ManagementScope, 'name' | 'recipientFilter'>> & {
  readonly recipientRoot?: string | null
}
export type AssignmentChange = Partial<Pick<RoleAssignment, 'scope' | 'enabled'>>

const LONGEST_NAME = 64

/** How many management scopes there may be. */
export const MOST_SCOPES = 1_000
/** How many characters their filters may have together: exclusive ones are all asked about each recipient. */
export const LONGEST_FILTERS = 1_048_576

/**
 * Reads the store once; from then on memory answers, and every change goes to the store first. It shares the queue of the
 * groups: what names a group or an account is not changed while that goes.
 */
export async function openAuthorization(
  store: ManagementStore,
  groups: Groups,
  directory: Pick<DirectoryStore, 'find' | 'remove'>,
): Promise<Authorization> {
  const stored = (await store.scopes()).map(readStored)
  let scopes: ReadonlyMap<string, ReadScope> = new Map(stored.map((scope) => [fold(scope.name), scope]))
  let assignments: readonly RoleAssignment[] = await store.assignments()
  let grants: readonly ImpersonationGrant[] = await store.grants()
  const serially = groups.alone

  const userOf = (name: string) => assignments.find(({ scope }) => namesScope(scope, name))
  const checkScope = (scope: AssignmentScope): Changed<undefined> => {
    if (scope.kind === 'none' || scope.kind === 'unit') return changedTo(undefined)
    const at = scope.kind === 'custom' ? 'customRecipientWriteScope' : 'exclusiveRecipientWriteScope'
    const named = scopes.get(fold(scope.scope))
    if (named === undefined) return unchanged('unusable', at, 'the name of a management scope', scope.scope)
    if (named.exclusive === (scope.kind === 'exclusive')) return changedTo(undefined)
    const expected = scope.kind === 'exclusive' ? 'an exclusive scope' : 'a scope that is not exclusive'
    return unchanged('unusable', at, expected, named.name)
  }
  // It was found before the change had its turn, and may be gone since.
  const checkMember = async (at: string, member: Member): Promise<Changed<undefined>> => {
    const isThere =
      member.kind === 'account'
        ? (await directory.find('sid', member.sid)).length > 0
        : findGroup(groups.current(), member.name) !== undefined
    return isThere
      ? changedTo(undefined)
      : unchanged('unusable', at, 'an account or a group that exists', written(member))
  }

  // `<role>-<assignee>`, cut to fit, and with a number where that is taken.
  const freeName = ({ role, assignee, assigneeName }: NewAssignment, taken: ReadonlySet<string>): string => {
    const base = `${role}-${assigneeName ?? written(assignee)}`
    for (let number = 0; ; number++) {
      const suffix = number === 0 ? '' : `-${number}`
      const name = `${base.slice(0, LONGEST_NAME - suffix.length)}${suffix}`
      if (!taken.has(fold(name))) return name
    }
  }

  return {
    current: () => ({ groups: groups.current(), scopes, assignments, grants }),

    addScope: (scope) =>
      serially(async () => {
        const read = readScope(scope)
        if (!read.ok) return read
        const room = checkRoom([...scopes.values(), scope])
        if (!room.ok) return room
        if (scopes.has(fold(scope.name)) || (await store.addScope(scope)) === 'taken')
          return unchanged('taken', 'name', 'a name that no management scope has', scope.name)
        scopes = new Map([...scopes, [fold(scope.name), read.value]])
        return changedTo(scope)
      }),

    changeScope: (name, change) =>
      serially(async () => {
        const current = scopes.get(fold(name))
        if (current === undefined) return noScope(name)
        const { holds: _, recipientRoot: before = null, ...kept } = current
        const { recipientRoot = before, ...rest } = change
        const wanted = { ...kept, ...rest, ...(recipientRoot !== null && { recipientRoot }) }
        const read = readScope(wanted)
        if (!read.ok) return read
        const room = checkRoom([...[...scopes.values()].filter((one) => one !== current), wanted])
        // One that became shorter is taken even where there was too much before.
        if (!room.ok && wanted.recipientFilter.length > current.recipientFilter.length) return room
        const isRenamed = fold(wanted.name) !== fold(name)
        if (isRenamed && scopes.has(fold(wanted.name)))
          return unchanged('taken', 'name', 'a name that no management scope has', wanted.name)
        const used = isRenamed ? userOf(name) : undefined
        if (used !== undefined) return inUse(name, used)
        if ((await store.replaceScope(name, wanted)) === 'missing') return noScope(name)
        scopes = new Map(
          [...scopes.values()]
            .map((one) => (one === current ? read.value : one))
            .map((one) => [fold(one.name), one]),
        )
        return changedTo(wanted)
      }),

    removeScope: (name) =>
      serially(async () => {
        const current = scopes.get(fold(name))
        if (current === undefined) return noScope(name)
        const used = userOf(name)
        if (used !== undefined) return inUse(name, used)
        await store.removeScope(name)
        scopes = new Map([...scopes].filter(([, one]) => one !== current))
        return changedTo(current)
      }),

    assign: (wanted) =>
      serially(async () => {
        const taken = new Set(assignments.map(({ name }) => fold(name)))
        const added: RoleAssignment[] = []
        for (const { assigneeName, ...one } of wanted) {
          const soundScope = checkScope(one.scope)
          if (!soundScope.ok) return soundScope
          const soundMember = await checkMember('assignee', one.assignee)
          if (!soundMember.ok) return soundMember
          const name =
            one.name ?? freeName({ ...one, ...(assigneeName !== undefined && { assigneeName }) }, taken)
          if (taken.has(fold(name)))
            return unchanged('taken', 'name', 'a name that no role assignment has', name)
          taken.add(fold(name))
          added.push({ ...one, name })
        }
        if (added.length > 0 && (await store.addAssignments(added)) === 'taken')
          throw new Error('memory and store disagree about the names of role assignments')
        assignments = [...assignments, ...added]
        return changedTo(added)
      }),

    changeAssignment: (name, change) =>
      serially(async () => {
        const current = assignments.find((one) => fold(one.name) === fold(name))
        if (current === undefined) return noAssignment(name)
        const wanted = { ...current, ...change }
        const sound = checkScope(wanted.scope)
        if (!sound.ok) return sound
        if ((await store.replaceAssignment(name, wanted)) === 'missing') return noAssignment(name)
        assignments = assignments.map((one) => (one === current ? wanted : one))
        return changedTo(wanted)
      }),

    removeAssignments: (names) =>
      serially(async () => {
        const gone: RoleAssignment[] = []
        for (const name of names) {
          const found = assignments.find((one) => fold(one.name) === fold(name))
          if (found === undefined) return noAssignment(name)
          gone.push(found)
        }
        if (gone.length > 0) await store.removeAssignments(gone.map(({ name }) => name))
        assignments = assignments.filter((one) => !gone.includes(one))
        return changedTo(gone)
      }),

    grant: (grant) =>
      serially(async () => {
        const sound = await checkMember('trustee', grant.trustee)
        if (!sound.ok) return sound
        const soundObject = grant.on.kind === 'account' ? await checkMember('account', grant.on) : sound
        if (!soundObject.ok) return soundObject
        if (grants.some((one) => sameGrant(one, grant)))
          return unchanged('taken', 'accessRight', 'a right that is not there yet', grant.right)
        await store.addGrant(grant)
        grants = [...grants, grant]
        return changedTo(grant)
      }),

    revoke: (id) =>
      serially(async () => {
        const current = grants.find((one) => one.id === id)
        if (current === undefined) return unchanged('missing', 'id', 'the id of a right to impersonate', id)
        await store.removeGrant(id)
        grants = grants.filter((one) => one !== current)
        return changedTo(current)
      }),

    removeAccount: (sid) =>
      serially(async () => {
        const removed = await directory.remove(sid)
        const isIt = (member: Member) => memberKey(member) === memberKey({ kind: 'account', sid })
        groups.forgotten(sid)
        assignments = assignments.filter(({ assignee }) => !isIt(assignee))
        grants = grants.filter(({ trustee, on }) => !isIt(trustee) && !(on.kind === 'account' && isIt(on)))
        return removed
      }),
  }
}

// What stands in the store was read once before, by this program or an older one.
function readStored(scope: ManagementScope): ReadScope {
  const read = readScope(scope)
  if (read.ok) return read.value
  throw new Error(
    `the stored management scope ${scope.name} cannot be read: ${read.expected}, saw ${read.seen}`,
  )
}

function readScope(scope: ManagementScope): Changed<ReadScope> {
  const read = readFilter(scope.recipientFilter)
  if (read.ok) return changedTo({ ...scope, holds: prepareFilter(read.filter) })
  const expected = `${read.expected} at position ${read.position}`
  return unchanged('unusable', 'recipientRestrictionFilter', expected, read.seen)
}

function checkRoom(scopes: readonly ManagementScope[]): Changed<undefined> {
  if (scopes.length > MOST_SCOPES) {
    const expected = `at most ${MOST_SCOPES} management scopes`
    return unchanged('unusable', 'managementScope', expected, `${scopes.length}`)
  }
  const length = scopes.reduce((sum, { recipientFilter }) => sum + recipientFilter.length, 0)
  if (length <= LONGEST_FILTERS) return changedTo(undefined)
  const expected = `filters of at most ${LONGEST_FILTERS} characters in all scopes together`
  return unchanged('unusable', 'recipientRestrictionFilter', expected, `${length} characters`)
}

function sameGrant(one: ImpersonationGrant, other: ImpersonationGrant): boolean {
  const key = ({ id: _, ...grant }: ImpersonationGrant) => fold(JSON.stringify(grant))
  return key(one) === key(other)
}

function namesScope(scope: AssignmentScope, name: string): boolean {
  return (scope.kind === 'custom' || scope.kind === 'exclusive') && fold(scope.scope) === fold(name)
}

function noScope(name: string) {
  return unchanged('missing', 'managementScope', 'the name of a management scope', name)
}

function noAssignment(name: string) {
  return unchanged('missing', 'roleAssignment', 'the name of a role assignment', name)
}

function inUse(name: string, { name: assignment }: RoleAssignment) {
  return unchanged(
    'in use',
    'managementScope',
    `a scope that no role assignment names, ${name} is`,
    assignment,
  )
}

/** The role names that assignments give, each once. */
export function rolesIn(assignments: readonly RoleAssignment[]): RoleName[] {
  return [...new Set(assignments.map(({ role }) => role))]
}

/** What names a group: a role assignment, a right to impersonate, or the filters of scopes; undefined if nothing does. */
export function whatNames(authorization: Authorization, group: string): string | undefined {
  const { groups, scopes, assignments, grants } = authorization.current()
  const isIt = (member: Member) => memberKey(member) === memberKey({ kind: 'group', name: group })
  const assignment = assignments.find(({ assignee }) => isIt(assignee))
  if (assignment !== undefined) return `the role assignment ${assignment.name}`
  const grant = grants.find(({ trustee }) => isIt(trustee))
  if (grant !== undefined) return `the right ${grant.id}`
  const found = findGroup(groups, group)
  if (found === undefined) return undefined
  // Without the group nobody would be in it, and an exclusive scope that asks for it would open.
  const naming = [...scopes.values()].filter(({ recipientFilter }) => {
    const read = readFilter(recipientFilter)
    return read.ok && namesGroup(read.filter, groupDistinguishedName(found))
  })
  const names = naming.map(({ name }) => name).join(', ')
  if (naming.length === 0) return undefined
  return naming.length === 1 ? `the management scope ${names}` : `the management scopes ${names}`
}
