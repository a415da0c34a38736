/** Groups, scopes, assignments, rights and users over REST: what each takes, and what each fault is called. */
import { type Farm, startFarm } from '../support/farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  farm.admin('exchange', method, path, body)
const KEN = () => farm.lab.users[0]!
const PILAR = () => farm.lab.users[1]!

test('a group takes accounts and groups by any of their names, and shows them by one', async () => {
  const members = [KEN().smtp, 'CN=Pilar Ackerman,CN=Users,DC=litwareinc,DC=com', 'davidl']
  const { status, body, header } = await call('POST', '/groups', { name: 'Sales, really', members })
  expect([status, body.errors]).toEqual([422, [{ path: 'name', detail: expect.stringMatching(/none of @/) }]])
  expect(header('location')).toEqual([])
  const added = await call('POST', '/groups', { name: 'Sales', members })
  expect([added.status, added.header('location')]).toEqual([201, ['/admin/v1/groups/Sales']])
  expect(added.body).toEqual({
    name: 'Sales',
    distinguishedName: 'CN=Sales,CN=Users,DC=litwareinc,DC=com',
    organizationalUnit: 'litwareinc.com/Users',
    members: farm.lab.users.slice(0, 3).map(({ sid }) => sid),
  })
  await call('POST', '/groups', {
    name: 'All',
    members: ['sales'],
    organizationalUnit: 'litwareinc.com/Teams',
  })
  expect((await call('GET', '/groups/CN=All,OU=Teams,DC=litwareinc,DC=com')).body.members).toEqual(['Sales'])
  const circle = await call('POST', '/groups/Sales/members', { member: 'All' })
  expect([circle.status, circle.body.errors]).toEqual([
    422,
    [{ path: 'members', detail: 'expected no group inside itself, saw Sales > All > Sales' }],
  ])
  expect((await call('DELETE', `/groups/Sales/members/${KEN().sid}`)).status).toBe(204)
  expect((await call('DELETE', `/groups/Sales/members/${KEN().sid}`)).status).toBe(404)
  expect((await call('GET', '/groups')).body.items).toHaveLength(2)
  expect((await call('DELETE', '/groups/Sales')).status).toBe(204)
  expect((await call('GET', '/groups/All')).body.members).toEqual([])
})

test.each<[path: string, body: unknown, status: number, at: string, detail: RegExp]>([
  ['/groups', {}, 422, 'name', /saw nothing/],
  ['/groups', { name: 'x', members: ['nobody'] }, 422, 'members[0]', /expected the SID, UPN.*, saw nobody/],
  ['/groups', { name: 'x', organizationalUnit: 'a/../\n' }, 422, 'organizationalUnit', /canonical name/],
  ['/groups', { name: 'x', more: 1 }, 422, 'more', /unknown member/],
  ['/management-scopes', { name: 'x' }, 422, 'recipientRestrictionFilter', /saw nothing/],
  [
    '/management-scopes',
    { name: 'x', recipientRestrictionFilter: "Department -eq 'A' -and" },
    422,
    'recipientRestrictionFilter',
    /expected a property, -not or \( at position 24, saw the end/,
  ],
  [
    '/management-scopes',
    { name: 'x', recipientRestrictionFilter: `Name -eq '${'x'.repeat(40_000)}'` },
    422,
    'recipientRestrictionFilter',
    /expected at most 32768 characters at position 32768, saw 40011 characters/,
  ],
  [
    '/management-role-assignments',
    { role: 'Nothing', user: 'kenmyer' },
    422,
    'role',
    /expected one of UserApplication, .*ApplicationImpersonation, saw "Nothing"/,
  ],
  [
    '/management-role-assignments',
    { role: 'Mailbox Search' },
    422,
    'user',
    /exactly one of user, securityGroup/,
  ],
  [
    '/management-role-assignments',
    { role: 'Mailbox Search', user: 'kenmyer', securityGroup: 'x' },
    422,
    'user',
    /exactly one of user, securityGroup/,
  ],
  ['/management-role-assignments', { role: 'Mailbox Search', user: 'who' }, 422, 'user', /saw who/],
  [
    '/management-role-assignments',
    { role: 'Mailbox Search', securityGroup: 'who' },
    422,
    'securityGroup',
    /saw who/,
  ],
  [
    '/management-role-assignments',
    { role: 'Mailbox Search', user: 'kenmyer', customRecipientWriteScope: 'none' },
    422,
    'customRecipientWriteScope',
    /expected the name of a management scope, saw none/,
  ],
  [
    '/management-role-assignments',
    {
      ...{ role: 'Mailbox Search', user: 'kenmyer', customRecipientWriteScope: 'a' },
      recipientOrganizationalUnitScope: 'a.com',
    },
    422,
    'recipientOrganizationalUnitScope',
    /at most one of customRecipientWriteScope/,
  ],
  ['/impersonation-rights', { extendedRight: 'Full', user: 'kenmyer' }, 422, 'extendedRight', /saw "Full"/],
  [
    '/impersonation-rights',
    { extendedRight: 'ms-Exch-EPI-May-Impersonate', user: 'kenmyer' },
    422,
    'account',
    /exactly one of database, account/,
  ],
  [
    '/impersonation-rights',
    { extendedRight: 'ms-Exch-EPI-Impersonation', user: 'kenmyer', database: 'DB' },
    422,
    'database',
    /stands on the server/,
  ],
  [
    '/enterprise-partner-applications',
    { authMetadataUrl: 'http://x', applicationType: 'Exchange' },
    422,
    'authMetadataUrl',
    /expected an https URL/,
  ],
  [
    '/enterprise-partner-applications',
    { authMetadataUrl: 'https://localhost/x', applicationType: 'Exchange' },
    422,
    'applicationType',
    /saw "Exchange"/,
  ],
  [
    '/users',
    { sid: 'S-1-5-21-1-2-3-9', upn: 'a@b', displayName: 'a', attributes: { shoeSize: '9' } },
    422,
    'attributes.shoeSize',
    /unknown member/,
  ],
  [
    '/users',
    { sid: 'S-1-5-21-1-2-3-9', upn: 'a@b', displayName: 'a', recipientTypeDetails: 'LinkedUser' },
    422,
    'recipientTypeDetails',
    /expected a kind of recipient with a mailbox, saw "LinkedUser"/,
  ],
  [
    '/users',
    { sid: 'S-1-5-21-1-2-3-9', upn: 'a@b', displayName: 'a', smtp: 'a@b', proxyAddresses: ['c@d', 'A@B'] },
    422,
    'proxyAddresses[1]',
    /expected an address other than the primary one in smtp, saw "A@B"/,
  ],
  [
    '/users',
    { sid: 'S-1-5-21-1-2-3-9', upn: 'a@b', displayName: 'a', smtp: 'a@b', proxyAddresses: ['c@d', 'C@d'] },
    422,
    'proxyAddresses',
    /expected each address once/,
  ],
  [
    '/users',
    { sid: 'S-1-5-21-1-2-3-9', upn: 'a@b', displayName: 'a', proxyAddresses: ['c@d'] },
    422,
    'proxyAddresses',
    /expected none without a primary address in smtp/,
  ],
])('POST %s with %j is a %i about %s', async (path, body, status, at, detail) => {
  const answer = await call('POST', path, body)
  expect(answer.status).toBe(status)
  const fault = answer.body.errors.find(({ path }: { path: string }) => path === at)
  expect([at, fault?.detail]).toEqual([at, expect.stringMatching(detail)])
})

test('a scope over nothing is made, with a warning; one that somebody is in has none', async () => {
  const filter = `MemberOfGroup -eq 'CN=Nobody,CN=Users,DC=litwareinc,DC=com'`
  const { status, body } = await call('POST', '/management-scopes', {
    name: 'Nobody',
    recipientRestrictionFilter: filter,
  })
  expect([status, body.warnings]).toEqual([201, ['the scope Nobody holds no recipient at this moment']])
  await call('POST', '/groups', { name: 'Nobody', members: [KEN().sid] })
  expect((await call('GET', '/management-scopes/nobody')).body).toEqual({
    name: 'Nobody',
    recipientRestrictionFilter: filter,
    exclusive: false,
  })
  const moved = await call('PATCH', '/management-scopes/Nobody', { recipientRoot: 'litwareinc.com/None' })
  expect(moved.body.warnings).toHaveLength(1)
  const back = await call('PATCH', '/management-scopes/Nobody', { recipientRoot: null, name: 'Somebody' })
  expect(back.body).toEqual({ name: 'Somebody', recipientRestrictionFilter: filter, exclusive: false })
  expect((await call('GET', '/management-scopes/Nobody')).status).toBe(404)
  expect((await call('DELETE', '/management-scopes/Somebody')).status).toBe(204)
})

test('an assignment gets a name, and what it depends on stays while it is there', async () => {
  await call('POST', '/groups', { name: 'Searchers', members: [PILAR().upn] })
  for (const [name, exclusive] of [
    ['Open', false],
    ['Closed', true],
  ] as const)
    await call('POST', '/management-scopes', {
      name,
      exclusive,
      recipientRestrictionFilter: "Name -like '*'",
    })
  const given = { role: 'mailbox search', securityGroup: 'searchers' }
  const made = await call('POST', '/management-role-assignments', {
    ...given,
    customRecipientWriteScope: 'Open',
  })
  expect(made.body).toEqual({
    name: 'Mailbox Search-Searchers',
    role: 'Mailbox Search',
    securityGroup: 'Searchers',
    roleAssigneeName: 'Searchers',
    customRecipientWriteScope: 'Open',
    delegating: false,
    enabled: true,
  })
  const second = await call('POST', '/management-role-assignments', { ...given, delegating: true })
  expect(second.body).toMatchObject({ name: 'Mailbox Search-Searchers-1', delegating: true })
  const path = '/management-role-assignments/mailbox%20search-searchers'
  const wrong = await call('PATCH', path, { exclusiveRecipientWriteScope: 'Open' })
  expect([wrong.status, wrong.body.errors]).toEqual([
    422,
    [{ path: 'exclusiveRecipientWriteScope', detail: 'expected an exclusive scope, saw Open' }],
  ])
  for (const [what, used] of [
    ['/management-scopes/Open', /Mailbox Search-Searchers/],
    ['/groups/Searchers', /the role assignment Mailbox Search-Searchers/],
  ] as const) {
    const kept = await call('DELETE', what)
    expect([kept.status, kept.body.errors[0].detail]).toEqual([409, expect.stringMatching(used)])
  }
  const renamed = await call('PATCH', '/management-scopes/Open', { name: 'Other' })
  expect(renamed.status).toBe(409)
  expect((await call('PATCH', path, {})).status).toBe(422)
  const changed = await call('PATCH', path, { customRecipientWriteScope: null, enabled: false })
  expect(changed.body).toMatchObject({ name: 'Mailbox Search-Searchers', enabled: false })
  expect(changed.body).not.toHaveProperty('customRecipientWriteScope')
  expect((await call('GET', path)).body).toEqual(changed.body)
  const taken = await call('POST', '/management-role-assignments', { ...given, name: changed.body.name })
  expect(taken.status).toBe(409)
  for (const name of [made.body.name, second.body.name])
    expect((await call('DELETE', `/management-role-assignments/${encodeURIComponent(name)}`)).status).toBe(
      204,
    )
  for (const what of ['/management-scopes/Open', '/management-scopes/Closed', '/groups/Searchers'])
    expect([what, (await call('DELETE', what)).status]).toEqual([what, 204])
})

test('the roles say what they let an application do', async () => {
  const { body } = await call('GET', '/management-roles')
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['UserApplication', 'ArchiveApplication', 'ApplicationImpersonation']),
  )
  expect(body.items[1]).toMatchObject({
    folders: [{ under: 'recoverableitemspurges', access: 'archive' }],
    operations: expect.arrayContaining(['CreateItem']),
  })
})

test('a right is granted once, shown by SIDs and taken back by its id', async () => {
  const right = { extendedRight: 'ms-Exch-EPI-May-Impersonate', user: 'davidl', account: KEN().upn }
  const { status, body, header } = await call('POST', '/impersonation-rights', right)
  expect([status, header('location')]).toEqual([201, [`/admin/v1/impersonation-rights/${body.id}`]])
  expect(body).toMatchObject({ account: KEN().sid, user: farm.lab.users[2]!.sid, deny: false })
  expect((await call('POST', '/impersonation-rights', right)).status).toBe(409)
  expect((await call('POST', '/impersonation-rights', { ...right, deny: true })).status).toBe(201)
  const { items } = (await call('GET', '/impersonation-rights')).body
  for (const { id } of items) expect((await call('DELETE', `/impersonation-rights/${id}`)).status).toBe(204)
  expect((await call('DELETE', `/impersonation-rights/${body.id}`)).status).toBe(404)
})

test('a user is changed member by member; null takes one away', async () => {
  const path = `/users/${PILAR().sid}`
  const set = await call('PATCH', path, {
    organizationalUnit: 'litwareinc.com/Sales',
    mailboxDatabase: 'DB02',
    attributes: { department: 'Sales', customAttribute1: 'vip' },
  })
  expect(set.body).toMatchObject({
    upn: PILAR().upn,
    organizationalUnit: 'litwareinc.com/Sales',
    attributes: { department: 'Sales', customAttribute1: 'vip' },
  })
  const both = await Promise.all([
    call('PATCH', path, { attributes: { department: null, title: 'Manager' } }),
    call('PATCH', path, { mailboxDatabase: null, enabled: false }),
  ])
  expect(both.map(({ status }) => status)).toEqual([200, 200])
  const { body } = await call('GET', path)
  expect(body).toMatchObject({ enabled: false, attributes: { title: 'Manager', customAttribute1: 'vip' } })
  expect(body.attributes).not.toHaveProperty('department')
  expect(body).not.toHaveProperty('mailboxDatabase')
  const others = ['pilar@fabrikam.com', 'p@fabrikam.com']
  expect((await call('PATCH', path, { proxyAddresses: others })).body.proxyAddresses).toEqual(others)
  const bare = await call('PATCH', path, { smtp: null })
  expect([bare.status, bare.body.errors[0].path]).toEqual([422, 'proxyAddresses'])
  expect((await call('PATCH', path, { proxyAddresses: null })).body).not.toHaveProperty('proxyAddresses')
  const wrong = await call('PATCH', path, { mailboxEnabled: false, recipientTypeDetails: 'RoomMailbox' })
  expect([wrong.status, wrong.body.errors[0].path]).toEqual([422, 'recipientTypeDetails'])
  expect((await call('PATCH', path, {})).status).toBe(422)
  expect((await call('PATCH', '/users/S-1-5-21-0-0-0-0', { enabled: true })).status).toBe(404)
  expect((await call('PATCH', path, { sid: KEN().sid })).body.errors[0]).toEqual({
    path: 'sid',
    detail: 'unknown member',
  })
})

test('an account name that two people have is nobody’s', async () => {
  await call('POST', '/users', { sid: 'S-1-5-21-7-7-7-1', upn: 'a1@b.com', displayName: 'Twin' })
  await call('POST', '/users', { sid: 'S-1-5-21-7-7-7-2', upn: 'a2@b.com', displayName: 'Twin' })
  const { status, body } = await call('POST', '/management-role-assignments', {
    role: 'Mailbox Search',
    user: 'twin',
  })
  expect([status, body.errors[0].detail]).toEqual([409, 'expected one account, saw 2 with twin'])
})

test('with an account go its memberships, assignments and rights, also for who gets its SID', async () => {
  const user = { sid: 'S-1-5-21-8-8-8-1', upn: 'leaver@b.com', displayName: 'Leaver' }
  await call('POST', '/users', user)
  await call('POST', '/groups', { name: 'Leavers', members: [user.sid, KEN().sid] })
  await call('POST', '/management-role-assignments', { role: 'Mailbox Search', user: user.sid })
  const right = { extendedRight: 'ms-Exch-EPI-May-Impersonate', account: user.sid, user: KEN().sid }
  await call('POST', '/impersonation-rights', right)
  const given = async () =>
    Promise.all([
      call('GET', '/groups/Leavers').then(({ body }) => body.members),
      call('GET', '/management-role-assignments').then(({ body }) => body.items.length),
      call('GET', '/impersonation-rights').then(({ body }) => body.items.length),
    ])
  expect(await given()).toEqual([[user.sid, KEN().sid], 1, 1])
  expect((await call('DELETE', `/users/${user.sid.toLowerCase()}`)).status).toBe(204)
  await call('POST', '/users', user)
  expect(await given()).toEqual([[KEN().sid], 0, 0])
})

test('a SID is an account’s alone', async () => {
  const again = await call('POST', '/users', { sid: KEN().sid.toLowerCase(), upn: 'x@y.z', displayName: 'X' })
  expect([again.status, again.body.errors[0].path]).toEqual([409, 'sid'])
})

test('roles and rights are Exchange’s; groups are everybody’s', async () => {
  expect((await farm.admin('lync', 'GET', '/management-roles')).status).toBe(404)
  expect((await farm.admin('sharepoint', 'GET', '/groups')).status).toBe(200)
})
