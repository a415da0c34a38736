/** What administrators of Exchange write down comes back as it was, after close and open too. */
import type {
  ImpersonationGrant,
  ManagementScope,
  RoleAssignment,
} from '../../src/products/exchange/rbac/management.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { ACCOUNT_ATTRIBUTES } from '../../src/trust/account.ts'
import type { User } from '../../src/trust/directory.ts'
import { KINDS, newFile } from './samples.ts'

const KEN = { kind: 'account', sid: 'S-1-5-21-1-2-3-1104' } as const
const TEAM = { kind: 'group', name: 'Team’s 👩‍👧' } as const

const SCOPES: ManagementScope[] = [
  { name: 'All', recipientFilter: "Name -like '*'", exclusive: false },
  { name: 'VIPs', recipientFilter: "Title -eq 'O''x'", recipientRoot: 'a.com/West', exclusive: true },
]
const ASSIGNMENTS: RoleAssignment[] = [
  {
    name: 'one',
    role: 'Mailbox Search',
    assignee: KEN,
    scope: { kind: 'none' },
    delegating: false,
    enabled: true,
  },
  {
    ...{ name: 'two', role: 'UserApplication', assignee: TEAM, delegating: true, enabled: false },
    scope: { kind: 'custom', scope: 'All' },
  },
  {
    ...{ name: 'three', role: 'ApplicationImpersonation', assignee: TEAM, delegating: false, enabled: true },
    scope: { kind: 'unit', scope: 'a.com/West' },
  },
  {
    ...{ name: 'four', role: 'ApplicationImpersonation', assignee: KEN, delegating: false, enabled: true },
    scope: { kind: 'exclusive', scope: 'VIPs' },
  },
]
const GRANTS: ImpersonationGrant[] = [
  { id: 'a', right: 'ms-Exch-EPI-Impersonation', on: { kind: 'server' }, trustee: KEN, deny: false },
  {
    id: 'b',
    right: 'ms-Exch-EPI-May-Impersonate',
    on: { kind: 'database', name: 'DB' },
    trustee: TEAM,
    deny: true,
  },
  { id: 'c', right: 'ms-Exch-EPI-May-Impersonate', on: { ...KEN }, trustee: TEAM, deny: false },
]
const USER: User = {
  sid: KEN.sid,
  upn: 'ken@a.com',
  displayName: 'Ken',
  enabled: false,
  mailboxEnabled: true,
  archivingEnabled: false,
  organizationalUnit: 'a.com/West',
  mailboxDatabase: 'DB',
  recipientTypeDetails: 'RoomMailbox',
  attributes: Object.fromEntries(ACCOUNT_ATTRIBUTES.map((name) => [name, `“${name}”`])),
}

async function fill({ management, groups, directory }: Storage) {
  for (const scope of SCOPES) expect(await management.addScope(scope)).toBe('added')
  expect(await management.addAssignments(ASSIGNMENTS)).toBe('added')
  for (const grant of GRANTS) await management.addGrant(grant)
  const unit = { organizationalUnit: 'a.com/Users' }
  expect(await groups.add({ name: 'Inner', ...unit, members: [KEN] })).toBe('added')
  expect(
    await groups.add({ name: TEAM.name, ...unit, members: [{ kind: 'group', name: 'Inner' }, KEN] }),
  ).toBe('added')
  await directory.add(USER)
}

async function read({ management, groups, directory }: Storage) {
  return {
    scopes: await management.scopes(),
    assignments: await management.assignments(),
    grants: await management.grants(),
    groups: await groups.all(),
    users: await directory.list(),
  }
}

describe.each(KINDS)('%s', (_, open) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await open()
    await fill(storage)
  })
  afterEach(() => storage.close())

  test('everything comes back as it was added, in its order', async () => {
    expect(await read(storage)).toEqual({
      scopes: SCOPES,
      assignments: ASSIGNMENTS,
      grants: GRANTS,
      groups: [
        { name: 'Inner', organizationalUnit: 'a.com/Users', members: [KEN] },
        {
          name: TEAM.name,
          organizationalUnit: 'a.com/Users',
          members: [{ kind: 'group', name: 'Inner' }, KEN],
        },
      ],
      users: [USER],
    })
  })

  test('names are unique whatever their case; of several assignments all are added or none', async () => {
    const { management, groups } = storage
    expect(await management.addScope({ ...SCOPES[0]!, name: 'ALL' })).toBe('taken')
    const fresh = { ...ASSIGNMENTS[0]!, name: 'fresh' }
    expect(await management.addAssignments([fresh, { ...fresh, name: 'ONE' }])).toBe('taken')
    expect(await management.addAssignments([fresh, { ...fresh, name: 'FRESH' }])).toBe('taken')
    expect(await groups.add({ name: 'INNER', organizationalUnit: 'a.com', members: [] })).toBe('taken')
    expect((await management.assignments()).map(({ name }) => name)).toEqual(['one', 'two', 'three', 'four'])
  })

  test('each can be replaced under its name and removed', async () => {
    const { management, groups, directory } = storage
    const scope = { name: 'Renamed', recipientFilter: 'Name -ne $null', exclusive: false }
    expect(await management.replaceScope('ALL', scope)).toBe('replaced')
    expect(await management.replaceScope('All', scope)).toBe('missing')
    expect(await management.removeScope('vips')).toBe('removed')
    expect(await management.removeScope('vips')).toBe('missing')
    expect(await management.scopes()).toEqual([scope])
    const assignment = { ...ASSIGNMENTS[0]!, enabled: false }
    expect(await management.replaceAssignment('ONE', assignment)).toBe('replaced')
    expect(await management.replaceAssignment('none', assignment)).toBe('missing')
    await management.removeAssignments(['two', 'THREE', 'none'])
    expect(await management.assignments()).toEqual([assignment, ASSIGNMENTS[3]])
    expect(await management.removeGrant('b')).toBe('removed')
    expect(await management.removeGrant('b')).toBe('missing')
    expect((await management.grants()).map(({ id }) => id)).toEqual(['a', 'c'])
    expect(await groups.replace({ name: 'inner', organizationalUnit: 'b.com', members: [] })).toBe('replaced')
    expect(await groups.remove('INNER')).toBe('removed')
    expect(await groups.remove('INNER')).toBe('missing')
    expect((await groups.all()).map(({ members }) => members)).toEqual([[KEN]])
    const { attributes: _, mailboxDatabase: __, ...rest } = USER
    expect(await directory.replace({ ...rest, displayName: 'K' })).toBe('replaced')
    expect(await directory.list()).toEqual([{ ...rest, displayName: 'K' }])
    expect(await directory.replace({ ...USER, sid: 'S-1-5-21-9-9-9-9' })).toBe('missing')
  })
})

test('everything is there after the database was closed and opened', async () => {
  const path = newFile()
  const first = await openSqlite(path)
  await fill(first)
  const before = await read(first)
  await first.close()
  const second = await openSqlite(path)
  expect(await read(second)).toEqual(before)
  await second.close()
})
