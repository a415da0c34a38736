/** Groups: who is in them, through how many others, and that no group comes to lie inside itself. */
import { openMemory } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { distinguishedNameOf, isWithin } from '../../src/trust/directory-names.ts'
import {
  findGroup,
  type Group,
  type Groups,
  groupDistinguishedName,
  groupState,
  type Member,
  membershipOf,
  openGroups,
} from '../../src/trust/groups.ts'

const KEN: Member = { kind: 'account', sid: 'S-1-5-21-1-2-3-1104' }
const PILAR: Member = { kind: 'account', sid: 'S-1-5-21-1-2-3-1105' }
const group = (name: string): Member => ({ kind: 'group', name })
const made = (name: string, ...members: Member[]): Group => ({
  name,
  organizationalUnit: 'litwareinc.com/Users',
  members,
})
const sidOf = (member: Member) => (member.kind === 'account' ? member.sid : '')

let storage: Storage
let groups: Groups
beforeEach(async () => {
  storage = await openMemory()
  groups = await openGroups(storage.groups, async () => true)
})
afterEach(() => storage.close())

async function add(...all: Group[]) {
  for (const one of all) expect((await groups.add(one)).ok).toBe(true)
}

test('an account is in its groups, and in the groups that hold them', async () => {
  await add(made('Team', KEN), made('Division', group('team'), PILAR), made('All', group('Division')))
  expect([...membershipOf(groups.current(), sidOf(KEN))].sort()).toEqual(['all', 'division', 'team'])
  expect([...membershipOf(groups.current(), sidOf(PILAR).toLowerCase())].sort()).toEqual(['all', 'division'])
})

test('a group is found by its name or its distinguished name, whatever the case', async () => {
  await add({ name: 'Sales, West', organizationalUnit: 'litwareinc.com/Groups/West', members: [] })
  const dn = 'CN=Sales\\, West,OU=West,OU=Groups,DC=litwareinc,DC=com'
  expect(groupDistinguishedName(findGroup(groups.current(), 'SALES, WEST')!)).toBe(dn)
  expect(findGroup(groups.current(), dn.toLowerCase())?.name).toBe('Sales, West')
  expect(findGroup(groups.current(), 'Sales')).toBeUndefined()
})

test('a change that would put a group inside itself is refused, and names the circle', async () => {
  await add(made('A', KEN), made('B', group('A')), made('C', group('B')))
  expect(await groups.addMember('A', group('C'))).toEqual({
    ok: false,
    why: 'unusable',
    at: 'members',
    expected: 'no group inside itself',
    seen: 'A > C > B > A',
  })
  expect(await groups.addMember('A', group('a'))).toMatchObject({ why: 'unusable', seen: 'A > a' })
  expect((await storage.groups.all()).map(({ members }) => members.length)).toEqual([1, 1, 1])
})

test('of two changes that close a circle together, one is refused', async () => {
  await add(made('A'), made('B'))
  const both = await Promise.all([groups.addMember('A', group('B')), groups.addMember('B', group('A'))])
  expect(both.map(({ ok }) => ok)).toEqual([true, false])
})

test('a circle that stands in the store is walked once', async () => {
  const state = groupState([made('A', group('C'), KEN), made('B', group('A')), made('C', group('B'))])
  expect([...membershipOf(state, sidOf(KEN))].sort()).toEqual(['a', 'b', 'c'])
})

test('ten thousand groups in a row are no trouble', () => {
  const row = Array.from({ length: 10_000 }, (_, at) => made(`G${at}`, at === 0 ? KEN : group(`G${at - 1}`)))
  const started = performance.now()
  expect(membershipOf(groupState(row), sidOf(KEN)).size).toBe(10_000)
  expect(performance.now() - started).toBeLessThan(2_000)
})

test.each<[string, () => Promise<unknown>, object]>([
  ['a second group of a name', () => groups.add(made('TEAM')), { why: 'taken', at: 'name' }],
  [
    'a group that is not there',
    () => groups.add(made('X', group('None'))),
    { why: 'unusable', seen: 'None' },
  ],
  ['a member twice', () => groups.addMember('Team', KEN), { why: 'taken', at: 'member' }],
  ['a member it has not', () => groups.removeMember('Team', PILAR), { why: 'missing', at: 'member' }],
  ['a change of none', () => groups.addMember('None', KEN), { why: 'missing', at: 'group', seen: 'None' }],
  ['a removal of none', () => groups.remove('None', () => undefined), { why: 'missing', at: 'group' }],
])('%s is refused', async (_, change, expected) => {
  await add(made('Team', KEN))
  expect(await change()).toMatchObject({ ok: false, ...expected })
})

test('a group that is removed is gone from the others too, in memory and in the store', async () => {
  await add(made('Team', KEN), made('All', group('Team'), PILAR))
  const before = groups.current()
  await groups.remove('team', () => undefined)
  expect(groups.current().all.get('all')?.members).toEqual([PILAR])
  expect((await openGroups(storage.groups, async () => true)).current()).toEqual(groups.current())
  expect(before.all.size).toBe(2) // whoever reads the state from before sees all of it
})

test.each([
  ['Ken Myer', 'litwareinc.com/Users', 'CN=Ken Myer,CN=Users,DC=litwareinc,DC=com'],
  ['Ken', 'litwareinc.com/Sales/Users', 'CN=Ken,OU=Users,OU=Sales,DC=litwareinc,DC=com'],
  [' #a+b"c ', 'a.b', 'CN=\\ #a\\+b\\"c\\ ,DC=a,DC=b'],
])('%s in %s is %s', (name, container, expected) => {
  expect(distinguishedNameOf(name, container)).toBe(expected)
})

test.each([
  ['a.com/Sales', 'a.com/Sales', true],
  ['A.com/sales/West', 'a.com/SALES', true],
  ['a.com/Sales2', 'a.com/Sales', false],
  ['a.com', 'a.com/Sales', false],
  ['a.com/Sales', 'a.com', true],
])('%s lies within %s: %s', (container, root, expected) => {
  expect(isWithin(container, root)).toBe(expected)
})
