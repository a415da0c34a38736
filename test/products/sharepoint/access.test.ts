/** What each operation of the REST takes, for applications and for people, and what is written down of a denial. */
import type { Caller } from '../../../src/products/product.ts'
import { RIGHTS, type Right } from '../../../src/products/sharepoint/authorization/rights.ts'
import { LYNC, principal } from '../../support/tokens.ts'
import { ADDIN, APP, KEN, PILAR, type SharePoint, startSharePoint } from './harness.ts'

/** Every operation, and the least right that it takes. */
const OPERATIONS: readonly [name: string, needs: Right, method: string, path: string, body?: object][] = [
  ['read the web', 'Read', 'GET', '/web'],
  ['read a property', 'Read', 'GET', '/web/title'],
  ['read who one is', 'Read', 'GET', '/web/currentuser'],
  ['read the users', 'Read', 'GET', '/web/siteusers'],
  ['get a form digest', 'Read', 'POST', '/contextinfo'],
  ['read the lists', 'Read', 'GET', '/web/lists'],
  ['read a list', 'Read', 'GET', 'LIST'],
  ['read a list with its items', 'Read', 'GET', 'LIST?$expand=Items'],
  ['read the fields', 'Read', 'GET', 'LIST/fields'],
  ['read the items', 'Read', 'GET', 'LIST/items'],
  ['read an item', 'Read', 'GET', 'LIST/items(1)'],
  ['add an item', 'Write', 'POST', 'LIST/items', { Title: 'new' }],
  ['change an item', 'Write', 'MERGE', 'LIST/items(1)', { Title: 'changed' }],
  ['replace an item', 'Write', 'PUT', 'LIST/items(1)', { Title: 'replaced' }],
  ['delete an item', 'Write', 'DELETE', 'LIST/items(2)'],
  ['add a field', 'Manage', 'POST', 'LIST/fields', { Title: 'Extra', FieldTypeKind: 2 }],
  ['add a list', 'Manage', 'POST', '/web/lists', { Title: 'Another' }],
  ['change a list', 'Manage', 'MERGE', 'LIST', { Description: 'changed' }],
  ['replace a list', 'Manage', 'PUT', 'LIST', { Description: 'replaced' }],
  ['delete a list', 'Manage', 'DELETE', 'LIST'],
]

const OWN = '00000003-0000-0ff1-ce00-000000000000@af5ea8cb-5d4b-4f3c-9d52-0d6e3ba1c7f4'
const DENIED = {
  code: '-2147024891, System.UnauthorizedAccessException',
  message: {
    lang: 'en-US',
    value: 'Access denied. You do not have permission to perform this action or access this resource.',
  },
}
const LEVEL: Record<Right, string> = {
  Read: 'Read',
  Write: 'Contribute',
  Manage: 'Edit',
  FullControl: 'Full Control',
}

let sp: SharePoint
beforeEach(async () => {
  sp = await startSharePoint()
})

const grantOnly = async (name: string, right: Right, appOnly = true) => {
  await sp.storage.siteAccess.revoke(name, undefined)
  await sp.storage.siteAccess.grant(name, { scope: 'Site', right }, appOnly)
}
/** Ken is in this group, and nobody is anywhere else. */
const putKenInto = async (level: string) => {
  const store = sp.storage.siteAccess
  await store.removeMember('Members', 'everyone')
  await store.addGroup({ name: 'Test', level: level as never })
  await store.addMember('Test', KEN.user!.sid.toLowerCase())
}
const ask = (list: string, method: string, path: string, as: Caller, body?: object) =>
  sp.ask(method, path.replace('LIST', list), {
    as,
    ...(body !== undefined && { body }),
    headers: { 'if-match': '*' },
  })

test.each(OPERATIONS)(
  'to %s takes %s of an application by itself',
  async (...[, needs, method, path, body]) => {
    const list = await sp.list('Things', {}, [{ Title: 'a' }, { Title: 'b' }])
    for (const right of RIGHTS) {
      await grantOnly(ADDIN, right)
      const { status, body: said } = await ask(list, method, path, APP, body)
      const enough = RIGHTS.indexOf(right) >= RIGHTS.indexOf(needs)
      expect([right, status < 300]).toEqual([right, enough])
      if (!enough) expect([status, said]).toEqual([403, { 'odata.error': DENIED }])
      if (enough) break
    }
  },
)

test.each(OPERATIONS)('to %s takes the level of %s of a user', async (...[, needs, method, path, body]) => {
  const list = await sp.list('Things', {}, [{ Title: 'a' }, { Title: 'b' }])
  await putKenInto('Read')
  for (const right of RIGHTS) {
    await sp.storage.siteAccess.removeGroup('Test')
    await putKenInto(LEVEL[right])
    const { status } = await ask(list, method, path, KEN, body)
    const enough = RIGHTS.indexOf(right) >= RIGHTS.indexOf(needs)
    expect([right, enough ? status < 300 : status]).toEqual([right, enough ? true : 403])
    if (enough) break
  }
})

test('a denial says the same to every caller, and the record says which policy and rule it was', async () => {
  await grantOnly(LYNC, 'Read')
  const forKen = await sp.post('/web/lists', { Title: 'x' })
  await grantOnly(LYNC, 'FullControl')
  await putKenInto('Read')
  const byKen = await sp.post('/web/lists', { Title: 'x' })
  expect([forKen, byKen].map(({ status, body, refused }) => ({ status, body, refused }))).toEqual(
    Array(2).fill({ status: 403, body: { 'odata.error': DENIED }, refused: 'access_denied' }),
  )
  expect(sp.events).toEqual([
    {
      ...{ kind: 'forbidden', requestId: 'r', partner: LYNC, user: KEN.user!.upn },
      ...{ through: 'POST /_api/web/lists', action: 'Manage' },
      ...{ rule: 'right of the application too small', by: 'user and application' },
    },
    expect.objectContaining({ rule: 'rights of the user too small', by: 'user and application' }),
  ])
})

test.each([
  [
    'no principal',
    async (): Promise<void> => void (await sp.storage.siteAccess.removePrincipal(ADDIN)),
    'app principal unknown',
  ],
  [
    'a principal that may not act alone',
    () => grantOnly(ADDIN, 'FullControl', false),
    'app-only policy not enabled',
  ],
  [
    'a principal of a realm that was given up',
    async (): Promise<void> => void sp.realms.former.push(ADDIN.split('@')[1]!),
    'app principal unknown',
  ],
] as const)(
  'an application with %s is answered with 401, the same words and a challenge',
  async (_, make, rule) => {
    await make()
    const { status, body, headers, refused } = await sp.get('/web', { as: APP })
    expect([status, body, refused]).toEqual([401, { 'odata.error': DENIED }, 'unauthorized'])
    expect(headers['WWW-Authenticate']).toMatch(/^Bearer realm="af5ea8cb-/)
    // The partners that the kit names for this, however many there are, and the site itself.
    expect(headers['WWW-Authenticate']).toContain(`trusted_issuers="${LYNC},${OWN}"`)

    expect(sp.events).toMatchObject([{ rule, by: 'application only' }])
    expect(JSON.stringify([body, headers])).not.toContain(rule)
  },
)

test('an application that may not act alone still acts for users', async () => {
  await grantOnly(LYNC, 'Manage', false)
  expect((await sp.get('/web')).status).toBe(200)
  const { user: _, ...alone } = KEN
  expect((await sp.get('/web', { as: alone })).status).toBe(401)
})

test('who may read nothing learns nothing: what is there and what is not are answered alike', async () => {
  const list = await sp.list('Secret')
  await sp.storage.siteAccess.revoke(ADDIN, undefined)
  const answers = await Promise.all(
    [list, "/web/lists/getByTitle('None')", '/nowhere', '/web/lists?$filter=('].map((path) =>
      sp.get(path, { as: APP }),
    ),
  )
  expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1)
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
  // Nor does it become a user of the site.
  expect((await sp.storage.lists.users()).map(({ login }) => login)).not.toContain(
    `i:0i.t|ms.sp.ext|${ADDIN}`,
  )
})

test('memberships are read anew at each call: given at once, and gone at once', async () => {
  const store = sp.storage.siteAccess
  const sees = async (as: Caller) => (await sp.get('/web', { as })).status
  expect([await sees(KEN), await sees(PILAR)]).toEqual([200, 200])
  await store.removeMember('Members', 'everyone')
  expect([await sees(KEN), await sees(PILAR)]).toEqual([403, 403])
  await store.addMember('Visitors', KEN.user!.sid.toLowerCase())
  expect([await sees(KEN), await sees(PILAR)]).toEqual([200, 403])
  expect((await sp.post('/web/lists', { Title: 'x' })).status).toBe(403)
  await store.addMember('Owners', KEN.user!.sid.toLowerCase())
  expect((await sp.post('/web/lists', { Title: 'x' })).status).toBe(201)
  await store.removeGroup('Owners')
  await store.removeMember('Visitors', KEN.user!.sid.toLowerCase())
  expect(await sees(KEN)).toBe(403)
})

test('applications of one broker are told apart: by their rights, their entries and their digests', async () => {
  const second = ADDIN.replace(/^5d8f/, '6d8f')
  const brokered = { partner: APP.partner, application: principal(second) }
  expect((await sp.get('/web', { as: brokered })).status).toBe(401)
  await sp.storage.siteAccess.addPrincipal({ nameIdentifier: second, displayName: 'Second', createdAt: 0 })
  await sp.storage.siteAccess.grant(second, { scope: 'SiteCollection', right: 'Manage' }, true)
  const login = async (as: Caller) => (await sp.get('/web/currentuser', { as })).body.LoginName
  expect([await login(APP), await login(brokered)]).toEqual([
    `i:0i.t|ms.sp.ext|${ADDIN}`,
    `i:0i.t|ms.sp.ext|${second}`,
  ])
  const digest = (await sp.ask('POST', '/contextinfo', { as: brokered })).body.FormDigestValue
  const make = (as: Caller, Title: string) =>
    sp.post('/web/lists', { Title }, { as, headers: { 'x-requestdigest': digest } })
  expect((await make(APP, 'a')).refused).toBe('digest_invalid')
  expect((await make(brokered, 'a')).status).toBe(201)
})

test('a partner that speaks for any realm is known by the realm of its token, or by any', async () => {
  const any = `${ADDIN.split('@')[0]}@*`
  const cloud = {
    partner: { ...APP.partner, application: principal(any), issuer: any },
    application: principal(ADDIN),
  }
  expect((await sp.get('/web', { as: cloud })).status).toBe(200)
  await sp.storage.siteAccess.removePrincipal(ADDIN)
  expect((await sp.get('/web', { as: cloud })).status).toBe(401)
  await sp.storage.siteAccess.addPrincipal({ nameIdentifier: any, displayName: 'Cloud', createdAt: 0 })
  await sp.storage.siteAccess.grant(any, { scope: 'Site', right: 'Read' }, true)
  expect((await sp.get('/web', { as: cloud })).status).toBe(200)
})
