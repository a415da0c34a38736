/** Which account a name means, where an account lies, and what becomes of it all when one is removed: over REST. */
import { join } from 'node:path'
import { type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm('sqlite')
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
const add = async (user: { sid: string; upn: string; displayName: string } & Record<string, unknown>) => {
  const { status, body } = await call('POST', '/users', user)
  expect([status, body.errors]).toEqual([201, undefined])
  return body
}
const faults = async (answer: ReturnType<typeof call>) => {
  const { status, body } = await answer
  return [status, body.errors]
}

describe('a SID', () => {
  test('is one user’s in whatever spelling', async () => {
    const user = { sid: 's-1-5-021-7-7-07-1', upn: 'seven@litwareinc.com', displayName: 'Seven' }
    expect((await add(user)).sid).toBe('S-1-5-21-7-7-7-1')
    const again = { ...user, sid: 'S-1-5-21-7-7-7-01', upn: 'other@litwareinc.com' }
    expect(await faults(call('POST', '/users', again))).toEqual([
      409,
      [{ path: 'sid', detail: 'saw S-1-5-21-7-7-7-1' }],
    ])
    expect((await call('GET', '/users/S-1-5-21-007-7-7-1')).body.upn).toBe(user.upn)
    expect((await call('GET', '/cas-mailboxes/S-1-5-21-007-7-7-1')).status).toBe(200)
  })

  test.each([
    'S-1-5-21-4294967296',
    'S-1-281474976710656-1',
    'S-1-5',
    'S-2-5-21-1',
    'S-1-5-21-x',
    'S-1-5--1',
  ])('%s is none', async (sid) => {
    const answer = call('POST', '/users', { sid, upn: 'x@litwareinc.com', displayName: 'X' })
    expect(await faults(answer)).toEqual([
      422,
      [{ path: 'sid', detail: expect.stringMatching(/expected a SID such as .*, saw "?S-/) }],
    ])
  })

  test('at the bounds is one', async () => {
    const sid = 'S-1-281474976710655-4294967295'
    await add({ sid, upn: 'bounds@litwareinc.com', displayName: 'Bounds' })
    expect((await call('DELETE', `/users/${sid}`)).status).toBe(204)
  })
})

test('a name that is one account’s UPN and another’s SMTP address is nobody’s, wherever it stands', async () => {
  await add({ sid: 'S-1-5-21-9-9-9-1', upn: 'both@litwareinc.com', displayName: 'Upn' })
  await add({
    ...{ sid: 'S-1-5-21-9-9-9-2', upn: 'second@litwareinc.com', displayName: 'Smtp' },
    smtp: 'both@litwareinc.com',
  })
  const detail = 'expected one account, saw 2 with both@litwareinc.com'
  const user = 'both@litwareinc.com'
  await call('POST', '/groups', { name: 'Ambiguous' })
  const answers = [
    ['user', call('POST', '/management-role-assignments', { role: 'Mailbox Search', user })],
    ['member', call('POST', '/groups/Ambiguous/members', { member: user })],
    ['user', call('GET', `/cas-mailboxes/${user}`)],
    ['mailbox', call('GET', `/mailbox-permissions/${user}`)],
    ['user', call('POST', `/mailbox-permissions/${KEN().upn}`, { user, accessRights: ['FullAccess'] })],
  ] as const
  for (const [path, answer] of answers) expect(await faults(answer)).toEqual([409, [{ path, detail }]])
})

test('a group with one member twice is refused at the second, however it is written', async () => {
  const twice = [KEN().upn, PILAR().upn, KEN().sid]
  expect(await faults(call('POST', '/groups', { name: 'Twice', members: twice }))).toEqual([
    422,
    [{ path: 'members[2]', detail: `expected each member once, saw ${KEN().sid}, which is members[0]` }],
  ])
  const groups = ['Ambiguous', 'AMBIGUOUS']
  expect((await call('POST', '/groups', { name: 'Twice', members: groups })).body.errors[0].path).toBe(
    'members[1]',
  )
  expect((await call('GET', '/groups/Twice')).status).toBe(404)
})

test('a group that filters of scopes ask for is not removed: an exclusive scope would open', async () => {
  const scope = (name: string, recipientRestrictionFilter: string) =>
    call('POST', '/management-scopes', { name, recipientRestrictionFilter, exclusive: true })
  await call('POST', '/groups', { name: 'VIPs', members: [KEN().sid] })
  await call('POST', '/groups', { name: 'Others' })
  const dn = 'cn=vips,CN=Users,DC=litwareinc,DC=com'
  await scope('by name', `Title -eq 'x' -or (-not (MemberOfGroup -ne '${dn}'))`)
  await scope('by pattern', "MemberOfGroup -like 'CN=VIP*'")
  await scope('anybody in a group', "MemberOfGroup -like '*' -and Name -eq 'CN=VIPs'")
  expect(await faults(call('DELETE', '/groups/VIPs'))).toEqual([
    409,
    [
      {
        path: 'group',
        detail: 'expected a group that nothing names, saw the management scopes by name, by pattern',
      },
    ],
  ])
  expect((await call('DELETE', '/groups/Others')).status).toBe(204)
  await call('DELETE', '/management-scopes/by%20pattern')
  expect((await call('DELETE', '/groups/VIPs')).body.errors[0].detail).toContain(
    'the management scope by name',
  )
  for (const name of ['by name', 'anybody in a group'])
    await call('DELETE', `/management-scopes/${encodeURIComponent(name)}`)
  expect((await call('DELETE', '/groups/VIPs')).status).toBe(204)
})

describe('where an account lies', () => {
  test('is the server’s own domain, whatever its UPN ends in, and stays so when the UPN changes', async () => {
    const user = { sid: 'S-1-5-21-6-6-6-1', upn: 'six@elsewhere.example', displayName: 'Six' }
    expect((await add(user)).organizationalUnit).toBe('litwareinc.com/Users')
    const renamed = await call('PATCH', `/users/${user.sid}`, { upn: 'six@evil.example' })
    expect(renamed.body).toMatchObject({
      upn: 'six@evil.example',
      organizationalUnit: 'litwareinc.com/Users',
    })
    const moved = await call('PATCH', `/users/${user.sid}`, { organizationalUnit: 'litwareinc.com/Sales' })
    expect(moved.body.organizationalUnit).toBe('litwareinc.com/Sales')
    const back = await call('PATCH', `/users/${user.sid}`, { organizationalUnit: null })
    expect(back.body.organizationalUnit).toBe('litwareinc.com/Users')
  })

  test('keeps it in an exclusive scope with that root', async () => {
    await call('POST', '/management-scopes', {
      ...{ name: 'Closed', recipientRestrictionFilter: "Name -like '*'" },
      ...{ recipientRoot: 'litwareinc.com', exclusive: true },
    })
    await call('POST', '/management-role-assignments', {
      name: 'Finder',
      role: 'Mailbox Search',
      user: PILAR().sid,
    })
    await farm.register('exchange', 'lync', { linkedAccount: PILAR().upn })
    const inbox = async () => {
      const headers = {
        authorization: `Bearer ${await mintAs(farm, 'lync', 'exchange')}`,
        'content-type': 'text/xml; charset=utf-8',
      }
      const body = getFolderOf(KEN().smtp!)
      return (await farm.send('POST', `${farm.servers.exchange.url}/EWS/Exchange.asmx`, headers, body)).body
    }
    expect(String(await inbox())).toContain('ErrorFolderNotFound')
    await call('PATCH', `/users/${KEN().sid}`, { upn: 'kenmyer@evil.example' })
    expect(String(await inbox())).toContain('ErrorFolderNotFound')
    await call('PATCH', `/users/${KEN().sid}`, { upn: KEN().upn })
    await call('DELETE', '/management-scopes/Closed')
    expect(String(await inbox())).toContain('NoError')
  })
})

function getFolderOf(smtp: string): string {
  return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetFolder
    xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"
    xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><FolderShape><t:BaseShape>IdOnly</t:BaseShape></FolderShape>
    <FolderIds><t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${smtp}</t:EmailAddress></t:Mailbox>
    </t:DistinguishedFolderId></FolderIds></GetFolder></s:Body></s:Envelope>`
}

describe('an account that is removed', () => {
  const LEAVER = { sid: 'S-1-5-21-8-8-8-1', upn: 'leaver@litwareinc.com', displayName: 'Leaver' }
  const fullAccess = `/mailbox-permissions/${'kenmyer@litwareinc.com'}`

  test('had rights that whoever gets its SID has not', async () => {
    await add(LEAVER)
    await call('POST', fullAccess, { user: LEAVER.upn, accessRights: ['FullAccess'] })
    expect((await call('GET', fullAccess)).body.items).toHaveLength(1)
    await call('PATCH', `/cas-mailboxes/${LEAVER.upn}`, { ewsEnabled: false })
    expect((await call('DELETE', `/users/${LEAVER.sid}`)).status).toBe(204)
    expect((await call('GET', fullAccess)).body.items).toEqual([])
    await add({ ...LEAVER, upn: 'next@litwareinc.com' })
    expect((await call('GET', fullAccess)).body.items).toEqual([])
    expect((await call('GET', '/cas-mailboxes/next@litwareinc.com')).body.ewsEnabled).toBeNull()
    await call('DELETE', `/users/${LEAVER.sid}`)
  })

  test('leaves a link of a partner that is broken: its SID is nobody’s until an administrator decides', async () => {
    await add(LEAVER)
    await call('PATCH', '/partner-applications/lync', { linkedAccount: LEAVER.upn })
    const removed = await call('DELETE', `/users/${LEAVER.sid}`)
    expect([removed.status, removed.body.warnings]).toEqual([
      200,
      [expect.stringMatching(/^the partner application lync has the account as its linked account/)],
    ])
    const next = { ...LEAVER, upn: 'next@litwareinc.com' }
    expect(await faults(call('POST', '/users', next))).toEqual([
      409,
      [{ path: 'sid', detail: expect.stringContaining(`the linked account of lync that was removed`) }],
    ])
    await call('PATCH', '/partner-applications/lync', { linkedAccount: null })
    await add(next)
    expect((await call('GET', '/partner-applications/lync')).body.linkedAccount).toBeUndefined()
    await call('DELETE', `/users/${LEAVER.sid}`)
  })

  test('gets nothing from changes that are made as it goes', async () => {
    await call('POST', '/groups', { name: 'Race' })
    for (let round = 0; round < 5; round++) {
      await add(LEAVER)
      await Promise.all([
        call('POST', '/groups/Race/members', { member: LEAVER.sid }),
        call('POST', '/management-role-assignments', { role: 'Mailbox Search', user: LEAVER.sid }),
        call('DELETE', `/users/${LEAVER.sid}`),
        call('POST', '/impersonation-rights', {
          ...{ extendedRight: 'ms-Exch-EPI-May-Impersonate', account: KEN().sid, user: LEAVER.sid },
        }),
        call('POST', '/management-role-assignments', { role: 'UserApplication', user: LEAVER.sid }),
      ])
      expect((await call('GET', '/groups/Race')).body.members).toEqual([])
      const { items } = (await call('GET', '/management-role-assignments')).body
      expect(items.filter(({ user }: { user?: string }) => user === LEAVER.sid)).toEqual([])
      expect((await call('GET', '/impersonation-rights')).body.items).toEqual([])
    }
  })

  test('whose full access an older program has left can be taken out of a mailbox by SID', async () => {
    await farm.stop('exchange')
    const { DatabaseSync } = await import('@photostructure/sqlite')
    const database = new DatabaseSync(join(farm.dir, 'exchange', 'entente.sqlite'))
    database.exec(
      `insert into mailbox_permissions (owner, grantee, access_right, deny) values ('${KEN().sid}', '${LEAVER.sid}', 'FullAccess', 0)`,
    )
    database.close()
    await farm.restart('exchange')
    expect((await call('GET', fullAccess)).body.items).toMatchObject([{ user: LEAVER.sid }])
    const path = `${fullAccess}/${LEAVER.sid.toLowerCase()}`
    expect([(await call('DELETE', path)).status, (await call('DELETE', path)).status]).toEqual([204, 404])
    expect((await call('GET', fullAccess)).body.items).toEqual([])
  })
})
