/** The groups of a directory: who is in them, directly and through other groups. */
import { type Changed, changedTo, unchanged } from './change.ts'
import { distinguishedNameOf, fold } from './directory-names.ts'
import { oneAtATime } from './register.ts'

/** What can be in a group: an account by its SID, or another group by its name. */
export type Member =
  | { readonly kind: 'account'; readonly sid: string }
  | { readonly kind: 'group'; readonly name: string }

export interface Group {
  /** Unique without regard to case. */
  readonly name: string
  /** Canonical name of the container it lies in. */
  readonly organizationalUnit: string
  readonly members: readonly Member[]
}

/** Where groups are kept. */
export interface GroupStore {
  all(): Promise<Group[]>
  add(group: Group): Promise<'added' | 'taken'>
  /** Puts this in the place of the group of its name. */
  replace(group: Group): Promise<'replaced' | 'missing'>
  /** Removes it, and takes it out of all other groups. */
  remove(name: string): Promise<'removed' | 'missing'>
}

/** All groups as they stood at one moment. It never changes; a change makes another one. */
export interface GroupState {
  readonly all: ReadonlyMap<string, Group>
  /** Key of a member → the groups it is directly in. */
  readonly parents: ReadonlyMap<string, readonly Group[]>
}

export interface Groups {
  current(): GroupState
  add(group: Group): Promise<Changed<Group>>
  addMember(name: string, member: Member): Promise<Changed<Group>>
  removeMember(name: string, member: Member): Promise<Changed<Group>>
  /** `namedBy` says what still depends on a group of this name; it is asked when no other change can come between. */
  remove(name: string, namedBy: (name: string) => string | undefined): Promise<Changed<Group>>
  /** An account that the store has forgotten is in no group any more. */
  forgotten(sid: string): void
  /** Runs a task that no change of groups, or other task, comes between. A change awaited inside it would wait for ever. */
  alone<T>(task: () => Promise<T>): Promise<T>
}

/** `CN=Team,OU=Sales,DC=litwareinc,DC=com`. */
export function groupDistinguishedName({ name, organizationalUnit }: Group): string {
  return distinguishedNameOf(name, organizationalUnit)
}

/** The group of this name or distinguished name. */
export function findGroup({ all }: GroupState, identity: string): Group | undefined {
  const key = fold(identity)
  return all.get(key) ?? [...all.values()].find((group) => fold(groupDistinguishedName(group)) === key)
}

/** The groups that a member is in directly. */
export function groupsHolding({ parents }: GroupState, member: Member): readonly Group[] {
  return parents.get(memberKey(member)) ?? []
}

/** Names, folded, of all groups that an account is in, directly or through others. A circle among them is walked once. */
export function membershipOf(state: GroupState, sid: string): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting: Member[] = [{ kind: 'account', sid }]
  for (let member = waiting.pop(); member !== undefined; member = waiting.pop()) {
    for (const { name } of groupsHolding(state, member)) {
      if (found.has(fold(name))) continue
      found.add(fold(name))
      waiting.push({ kind: 'group', name })
    }
  }
  return found
}

/** The state that these groups make. */
export function groupState(groups: readonly Group[]): GroupState {
  const parents = new Map<string, Group[]>()
  for (const group of groups) {
    for (const member of group.members) {
      const key = memberKey(member)
      const holders = parents.get(key)
      if (holders === undefined) parents.set(key, [group])
      else holders.push(group)
    }
  }
  return { all: new Map(groups.map((group) => [fold(group.name), group])), parents }
}

/**
 * Reads the store once; from then on memory answers, and every change goes to the store first. `isAccount` says whether a SID
 * is one of the directory at this moment: who was removed while the call was under way becomes no member.
 */
export async function openGroups(
  store: GroupStore,
  isAccount: (sid: string) => Promise<boolean>,
): Promise<Groups> {
  let state = groupState(await store.all())
  const serially = oneAtATime()
  const become = (groups: readonly Group[]) => {
    state = groupState(groups)
  }
  const others = (name: string) => [...state.all.values()].filter((group) => fold(group.name) !== fold(name))

  const check = ({ name, members }: Group): Changed<undefined> => {
    for (const member of members) {
      if (member.kind === 'account') continue
      if (!state.all.has(fold(member.name)))
        return unchanged('unusable', 'members', 'an account or a group that exists', member.name)
      const circle = pathBetween(state, member.name, name)
      if (circle !== undefined)
        return unchanged('unusable', 'members', 'no group inside itself', [name, ...circle].join(' > '))
    }
    return changedTo(undefined)
  }
  const checkNew = async (at: string, member: Member): Promise<Changed<undefined>> =>
    member.kind === 'group' || (await isAccount(member.sid))
      ? changedTo(undefined)
      : unchanged('unusable', at, 'an account or a group that exists', member.sid)
  const change = (
    name: string,
    make: (group: Group) => Changed<Group> | Promise<Changed<Group>>,
  ): Promise<Changed<Group>> =>
    serially(async () => {
      const group = findGroup(state, name)
      if (group === undefined) return noGroup(name)
      const made = await make(group)
      if (!made.ok) return made
      const sound = check(made.value)
      if (!sound.ok) return sound
      if ((await store.replace(made.value)) === 'missing') return noGroup(name)
      const same = [...state.all.values()]
      become(same.map((one) => (fold(one.name) === fold(group.name) ? made.value : one)))
      return made
    })

  return {
    current: () => state,

    add: (group) =>
      serially(async () => {
        const sound = check(group)
        if (!sound.ok) return sound
        for (const [index, member] of group.members.entries()) {
          const at = `members[${index}]`
          const isThere = await checkNew(at, member)
          if (!isThere.ok) return isThere
          const first = group.members.findIndex((one) => memberKey(one) === memberKey(member))
          if (first < index)
            return unchanged(
              'unusable',
              at,
              'each member once',
              `${written(member)}, which is members[${first}]`,
            )
        }
        if ((await store.add(group)) === 'taken')
          return unchanged('taken', 'name', 'a name that no group has', group.name)
        become([...state.all.values(), group])
        return changedTo(group)
      }),

    addMember: (name, member) =>
      change(name, async (group) => {
        if (group.members.some((one) => memberKey(one) === memberKey(member)))
          return unchanged('taken', 'member', 'one that is not in the group yet', written(member))
        const isThere = await checkNew('member', member)
        return isThere.ok ? changedTo({ ...group, members: [...group.members, member] }) : isThere
      }),

    removeMember: (name, member) =>
      change(name, (group) => {
        const members = group.members.filter((one) => memberKey(one) !== memberKey(member))
        return members.length === group.members.length
          ? unchanged('missing', 'member', 'one of the group', written(member))
          : changedTo({ ...group, members })
      }),

    remove: (name, namedBy) =>
      serially(async () => {
        const group = findGroup(state, name)
        if (group === undefined) return noGroup(name)
        const used = namedBy(group.name)
        if (used !== undefined) return unchanged('in use', 'group', 'a group that nothing names', used)
        await store.remove(group.name)
        const gone = memberKey({ kind: 'group', name: group.name })
        become(
          others(group.name).map((one) => ({
            ...one,
            members: one.members.filter((member) => memberKey(member) !== gone),
          })),
        )
        return changedTo(group)
      }),

    forgotten(sid) {
      const gone = memberKey({ kind: 'account', sid })
      const holding = groupsHolding(state, { kind: 'account', sid })
      if (holding.length === 0) return
      become(
        [...state.all.values()].map((one) =>
          holding.includes(one)
            ? { ...one, members: one.members.filter((member) => memberKey(member) !== gone) }
            : one,
        ),
      )
    },

    alone: serially,
  }
}

/** A member as people write it: a SID, or a group's name. */
export function written(member: Member): string {
  return member.kind === 'account' ? member.sid : member.name
}

/** The one spelling under which members are compared. */
export function memberKey(member: Member): string {
  return `${member.kind}:${fold(written(member))}`
}

function noGroup(name: string) {
  return unchanged('missing', 'group', 'the name or distinguished name of a group', name)
}

// The groups from `from` down to `to`, each inside the one before; undefined if `to` is not in there.
function pathBetween({ all }: GroupState, from: string, to: string): string[] | undefined {
  const came = new Map<string, string | undefined>([[fold(from), undefined]])
  const waiting = [from]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (fold(name) === fold(to)) return wayTo(name, came)
    for (const member of all.get(fold(name))?.members ?? []) {
      if (member.kind === 'account' || came.has(fold(member.name))) continue
      came.set(fold(member.name), name)
      waiting.push(member.name)
    }
  }
  return undefined
}

function wayTo(end: string, came: ReadonlyMap<string, string | undefined>): string[] {
  const way: string[] = []
  for (let name: string | undefined = end; name !== undefined; name = came.get(fold(name))) way.unshift(name)
  return way
}
