/** Application principals, site groups, realms and root authorities: what every storage keeps to, and what an older one is given. */
import { join } from 'node:path'
import { readCertificate } from '../../src/protocol/certificate.ts'
import { Realm, WELL_KNOWN } from '../../src/protocol/ids.ts'
import { MIGRATIONS } from '../../src/storage/migrations.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { KEYS } from '../support/tokens.ts'
import { KINDS, newFile } from './samples.ts'

const NAME = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab@litwareinc.com'
const KEN = 's-1-5-21-1-2-3-1104'

describe.each(KINDS)('%s', (_, open) => {
  let storage: Storage
  const store = () => storage.siteAccess
  beforeEach(async () => {
    storage = await open()
  })
  afterEach(() => storage.close())

  test('principals are kept in order, once each, with one right at each scope', async () => {
    const add = (nameIdentifier: string) =>
      store().addPrincipal({ nameIdentifier, displayName: 'Än Add-in', createdAt: 7 })
    expect(await add(NAME)).toBe('added')
    expect(await add(NAME)).toBe('exists')
    expect(await add(NAME.toUpperCase())).toBe('added')
    expect(await store().grant(NAME, { scope: 'Site', right: 'Read' })).toBe('granted')
    await store().grant(NAME, { scope: 'Site', right: 'Manage' }, true)
    await store().grant(NAME, { scope: 'SiteSubscription', right: 'Read' })
    expect(await store().principal(NAME)).toStrictEqual({
      ...{ nameIdentifier: NAME, displayName: 'Än Add-in', appOnly: true, createdAt: 7 },
      permissions: [
        { scope: 'Site', right: 'Manage' },
        { scope: 'SiteSubscription', right: 'Read' },
      ],
    })
    expect((await store().principals()).map(({ nameIdentifier }) => nameIdentifier)).toEqual([
      NAME,
      NAME.toUpperCase(),
    ])
    expect(await store().revoke(NAME, 'Site')).toBe('revoked')
    expect(await store().principal(NAME)).toMatchObject({
      ...{ appOnly: true, permissions: [{ scope: 'SiteSubscription', right: 'Read' }] },
    })
    await store().revoke(NAME, undefined, false)
    expect(await store().principal(NAME)).toMatchObject({ appOnly: false, permissions: [] })
  })

  test('what a removed principal had is gone, also for the next of its name', async () => {
    const principal = { nameIdentifier: NAME, displayName: 'x', createdAt: 0 }
    await store().addPrincipal(principal)
    await store().grant(NAME, { scope: 'Site', right: 'FullControl' }, true)
    expect(await store().removePrincipal(NAME)).toBe('removed')
    expect(await store().removePrincipal(NAME)).toBe('missing')
    expect(await store().grant(NAME, { scope: 'Site', right: 'Read' })).toBe('missing')
    expect(await store().revoke(NAME, undefined)).toBe('missing')
    await store().addPrincipal(principal)
    expect(await store().principal(NAME)).toMatchObject({ appOnly: false, permissions: [] })
  })

  test('groups have names in any case, and a user has those of everyone besides', async () => {
    expect(await store().groupsOf(KEN)).toMatchObject([{ name: 'Members', level: 'Edit' }])
    expect(await store().addGroup({ name: 'authors', level: 'Contribute' })).toBe('added')
    expect(await store().addGroup({ name: 'Authors', level: 'Read' })).toBe('exists')
    expect(await store().addMember('AUTHORS', KEN)).toBe('added')
    expect(await store().addMember('authors', KEN)).toBe('exists')
    expect(await store().addMember('nobody', KEN)).toBe('missing')
    expect((await store().groupsOf(KEN)).map(({ name }) => name)).toEqual(['Members', 'authors'])
    expect((await store().groupsOf('s-1-5-21-1-2-3-1105')).map(({ name }) => name)).toEqual(['Members'])
    expect(await store().removeMember('Members', 'everyone')).toBe('removed')
    expect(await store().removeMember('Members', 'everyone')).toBe('no member')
    expect(await store().groupsOf('s-1-5-21-1-2-3-1105')).toEqual([])
    expect(await store().removeGroup('AUTHORS')).toBe('removed')
    expect(await store().removeGroup('authors')).toBe('missing')
    expect(await store().groupsOf(KEN)).toEqual([])
  })

  test('grants of one principal at once are all kept', async () => {
    await store().addPrincipal({ nameIdentifier: NAME, displayName: 'x', createdAt: 0 })
    await Promise.all(
      (['Site', 'SiteCollection', 'SiteSubscription'] as const).flatMap((scope) =>
        (['Read', 'Write'] as const).map((right) => store().grant(NAME, { scope, right })),
      ),
    )
    expect((await store().principal(NAME))?.permissions).toEqual(
      ['Site', 'SiteCollection', 'SiteSubscription'].map((scope) => ({ scope, right: 'Write' })),
    )
  })

  test('realms and root authorities are kept as they were written', async () => {
    expect(await storage.realms.read()).toBeUndefined()
    const [a, b, c] = ['a', 'b', 'c'].map((name) => Realm.parse(name)) as [Realm, Realm, Realm]
    await storage.realms.write({ current: b, former: [a] })
    await storage.realms.write({ current: a, former: [b, c] })
    expect(await storage.realms.read()).toStrictEqual({ current: a, former: [b, c] })
    const read = readCertificate(KEYS.partner.pem, 'test')
    if (!read.ok) throw new Error(read.code)
    const root = { name: 'Root', certificate: read.value, createdAt: 5 }
    expect(await storage.rootAuthorities.add(root)).toBe('added')
    expect(await storage.rootAuthorities.add({ ...root, name: 'ROOT' })).toBe('exists')
    expect(await storage.rootAuthorities.all()).toMatchObject([
      { name: 'Root', createdAt: 5, certificate: { x5t: KEYS.partner.x5t } },
    ])
    expect(await storage.rootAuthorities.remove('rOOT')).toBe('removed')
    expect(await storage.rootAuthorities.remove('Root')).toBe('missing')
  })
})

test('partners of an older database keep what they could do: full control, also alone', async () => {
  const path = newFile()
  await (await openSqlite(path)).close()
  const old = join(path, '..', 'old.sqlite')
  const { DatabaseSync } = await import('@photostructure/sqlite')
  const database = new DatabaseSync(old)
  // Those before the first step that SQL alone cannot do.
  const steps: (readonly string[])[] = []
  for (const step of MIGRATIONS) {
    if (!step.every((statement) => typeof statement === 'string')) break
    steps.push(step)
  }
  for (const statement of [
    'create table schema_version (version integer not null)',
    ...steps.flat(),
    `insert into schema_version values (${steps.length})`,
    `insert into partners (identity, identity_key, application_id, realm, issuer, source_kind, source_url, trust_level,
      enabled, accept_sids, created_at, updated_at, refreshed_at)
     values ('Lync', 'lync', '${WELL_KNOWN.lync}', 'litwareinc.com', 'i', 'metadata', 'https://a/', 'Full', 1, 0, 1, 2, 3)`,
  ])
    database.exec(statement)
  database.close()
  const storage = await openSqlite(old)
  expect(await storage.siteAccess.principals()).toStrictEqual([
    {
      ...{
        nameIdentifier: `${WELL_KNOWN.lync}@litwareinc.com`,
        displayName: 'Lync',
        appOnly: true,
        createdAt: 1,
      },
      permissions: [{ scope: 'SiteSubscription', right: 'FullControl' }],
    },
  ])
  const [partner] = await storage.partners.all()
  expect(partner).not.toHaveProperty('isTrustBroker')
  expect(partner).not.toHaveProperty('description')
  await storage.close()
})
