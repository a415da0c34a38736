/** What SharePoint alone has to administer, over REST: what goes together, what is refused, and what is warned of. */
import { type Farm, startFarm } from '../support/farm.ts'
import { KEYS, keyFile } from '../support/tokens.ts'

const ISSUERS = '/trusted-security-token-issuers'
const ROOTS = '/trusted-root-authorities'
const PRINCIPALS = '/app-principals'
const GROUPS = '/site-groups'
const ID = '8c2bd9cd-aa7f-4a5b-9f0a-3c9b5a5ed3a1'
const NEW_REALM = '0b4e3c6e-5f0a-4f57-9a11-8a2f64a0a001'

let farm: Farm
let realm: string
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  realm = farm.lab.servers.find(({ name }) => name === 'sharepoint')!.realm
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const at = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  farm.admin('sharepoint', method, path, body)
const issuer = (more: object) => ({ name: 'Issuer', registeredIssuerName: `${ID}@${realm}`, ...more })
const PEM = KEYS.partner.pem

test.each([
  [
    'two sources',
    { certificate: PEM, metadataEndPoint: 'https://a/' },
    'metadataEndPoint',
    'Cannot use both parameters Certificate and MetadataEndPoint at the same time.',
  ],
  [
    'no source',
    {},
    'certificate',
    'At least one of the following parameters must be specified: Certificate, MetadataEndPoint.',
  ],
  [
    'a name beside a document',
    { metadataEndPoint: 'https://a/' },
    'registeredIssuerName',
    'Cannot use both parameters MetadataEndPoint and RegisteredIssuerName at the same time.',
  ],
  [
    'a name of 51 letters',
    { certificate: PEM, name: 'x'.repeat(51) },
    'name',
    '-TokenIssuerFriendlyName must be unique name of no more than 50 characters.',
  ],
  [
    'an id in upper case',
    { certificate: PEM, registeredIssuerName: `${ID.toUpperCase()}@x` },
    'registeredIssuerName',
    'in lower case',
  ],
  [
    'any realm',
    { certificate: PEM, registeredIssuerName: `${ID}@*` },
    'registeredIssuerName',
    'expected <guid>@<realm>',
  ],
  [
    'metadata over http',
    { metadataEndPoint: 'http://a/', registeredIssuerName: undefined },
    'metadataEndPoint',
    'expected an https URL',
  ],
  ['an unknown member', { certificate: PEM, isSelfIssuer: true }, 'isSelfIssuer', 'unknown member'],
])('an issuer with %s is refused, and the field is named', async (_, more, path, detail) => {
  const { status, body } = await at('POST', ISSUERS, issuer(more))
  expect(status).toBe(422)
  expect(body.errors).toContainEqual({ path, detail: expect.stringContaining(detail) })
})

test.each([
  [
    'of the id of a server',
    { registeredIssuerName: '00000002-0000-0ff1-ce00-000000000000@x' },
    'broker_id_reserved',
  ],
  ['of another realm', { registeredIssuerName: `${ID}@fabrikam.com` }, 'broker_realm_differs'],
])('a broker %s is refused', async (_, more, code) => {
  const body = issuer({ certificate: PEM, isTrustBroker: true, ...more })
  expect((await at('POST', ISSUERS, body)).body.code).toBe(code)
})

test.each(['exchange', 'lync'] as const)(
  '%s takes no broker, and has nothing of SharePoint to administer',
  async (server) => {
    const broker = {
      identity: 'B',
      certificate: PEM,
      applicationIdentifier: ID,
      realm: 'r',
      isTrustBroker: true,
    }
    const { status, body } = await farm.admin(server, 'POST', '/partner-applications', broker)
    expect([status, body.code, body.errors[0].path]).toEqual([422, 'broker_not_taken', 'isTrustBroker'])
    for (const path of [ISSUERS, ROOTS, PRINCIPALS, GROUPS, '/authentication-realm'])
      expect((await farm.admin(server, 'GET', path)).status).toBe(404)
  },
)

test('an issuer is made, shown under both names, changed and removed; what a real farm would mind is warned of', async () => {
  const made = await at('POST', ISSUERS, issuer({ certificate: PEM, description: 'a note' }))
  expect(made.body).toMatchObject({
    name: 'Issuer',
    isSelfIssuer: true,
    description: 'a note',
    isOrphan: false,
  })
  expect(made.body.warnings).toEqual([expect.stringContaining('New-SPTrustedRootAuthority')])
  expect((await at('GET', '/partner-applications/issuer')).body.issuer).toBe(`${ID}@${realm}`)
  await at('POST', ROOTS, { name: 'Root', certificate: PEM })
  const changed = await at('PATCH', `${ISSUERS}/issuer`, { isTrustBroker: true })
  expect([changed.body.isSelfIssuer, changed.body.warnings]).toEqual([false, []])
  expect((await at('GET', '/partner-applications/issuer')).body.isTrustBroker).toBe(true)
  expect((await at('PATCH', `${ISSUERS}/issuer`, {})).status).toBe(422)
  expect((await at('DELETE', `${ISSUERS}/issuer`)).status).toBe(204)
  expect((await at('GET', `${ISSUERS}/issuer`)).body.code).toBe('partner_not_found')
  expect((await at('DELETE', `${ROOTS}/ROOT`)).status).toBe(204)
})

test('a root authority holds one certificate and no private key, has a name of its own, and can come from a farm', async () => {
  const key = keyFile('partner.key.pem')
  for (const certificate of [`${PEM}${key}`, key, `${PEM}${KEYS.stranger.pem}`, 'nothing']) {
    const { status, body } = await at('POST', ROOTS, { name: 'Bad', certificate })
    expect([status, body.code]).toEqual([422, 'certificate_malformed'])
    expect(JSON.stringify(body)).not.toContain('MII')
  }
  expect((await at('POST', ROOTS, { name: 'Bad' })).status).toBe(422)
  const rootcertificate = `${farm.metadataUrl('sharepoint')}/rootcertificate`
  const made = await at('POST', ROOTS, { name: 'Farm', metadataEndPoint: rootcertificate })
  expect([made.status, made.body.metadataEndPoint]).toEqual([201, rootcertificate])
  expect(made.body.thumbprint).toMatch(/^[0-9A-F]{40}$/)
  // The name remains taken until it is removed, also for another certificate.
  expect((await at('POST', ROOTS, { name: 'farm', certificate: PEM })).status).toBe(409)
  const document = await at('POST', ROOTS, { name: 'Doc', metadataEndPoint: farm.metadataUrl('sharepoint') })
  expect(document.body.code).toBe('metadata_wrong_type')
  expect((await at('GET', ROOTS)).body.items).toMatchObject([{ name: 'Farm' }])
  expect((await at('DELETE', `${ROOTS}/Farm`)).status).toBe(204)
  expect((await at('DELETE', `${ROOTS}/Farm`)).status).toBe(404)
})

test('an app principal is registered, granted and stripped; a grant never takes the app-only policy away', async () => {
  const nameIdentifier = `${ID}@${realm}`
  const path = `${PRINCIPALS}/${encodeURIComponent(nameIdentifier)}`
  for (const name of ['x', ID, `${ID.toUpperCase()}@${realm}`, `${ID}@`, `${ID}@a@b`])
    expect((await at('POST', PRINCIPALS, { nameIdentifier: name, displayName: 'x' })).status).toBe(422)
  const made = await at('POST', PRINCIPALS, { nameIdentifier, displayName: 'Add-in' })
  expect(made.body).toMatchObject({ nameIdentifier, appOnlyPolicy: false, permissions: [], isOrphan: false })
  expect((await at('POST', PRINCIPALS, { nameIdentifier, displayName: 'x' })).status).toBe(409)
  const grant = (scope: string, right: string, more: object = {}) =>
    at('POST', `${path}/permissions`, { scope, right, ...more })
  expect((await grant('Everywhere', 'Read')).body.errors[0].detail).toContain(
    'Site, SiteCollection, SiteSubscription',
  )
  expect((await grant('Site', 'Own')).body.errors[0].path).toBe('right')
  await grant('SiteSubscription', 'Read', { enableAppOnlyPolicy: true })
  await grant('Site', 'Manage')
  expect((await grant('Site', 'Write')).body).toMatchObject({
    appOnlyPolicy: true,
    permissions: [
      { scope: 'Site', right: 'Write' },
      { scope: 'SiteSubscription', right: 'Read' },
    ],
  })
  expect((await at('DELETE', `${path}/permissions?scope=Site`)).body.permissions).toEqual([
    { scope: 'SiteSubscription', right: 'Read' },
  ])
  expect((await at('DELETE', `${path}/permissions?disableAppOnlyPolicy=true`)).body).toMatchObject({
    ...{ permissions: [], appOnlyPolicy: false },
  })
  expect((await at('DELETE', `${path}/permissions?scope=Nowhere`)).status).toBe(422)
  expect((await at('DELETE', path)).status).toBe(204)
  for (const answer of [await at('GET', path), await at('DELETE', path), await grant('Site', 'Read')])
    expect(answer.status).toBe(404)
})

test('site groups: everyone is a member at first; people are named by SID or UPN', async () => {
  const [ken] = farm.lab.users
  expect((await at('GET', GROUPS)).body.items).toEqual([
    { name: 'Owners', level: 'Full Control', members: [] },
    { name: 'Members', level: 'Edit', members: ['everyone'] },
    { name: 'Visitors', level: 'Read', members: [] },
  ])
  const add = (member: string) => at('POST', `${GROUPS}/owners/members`, { member })
  expect((await add(ken!.upn)).body.members).toEqual([ken!.sid.toLowerCase()])
  expect((await add(ken!.sid)).body.members).toEqual([ken!.sid.toLowerCase()])
  expect((await add('nobody@litwareinc.com')).body.errors[0].detail).toContain('saw nobody@litwareinc.com')
  expect((await at('DELETE', `${GROUPS}/Owners/members/${ken!.upn}`)).body.members).toEqual([])
  expect((await at('DELETE', `${GROUPS}/Owners/members/${ken!.upn}`)).status).toBe(404)
  expect((await at('POST', GROUPS, { name: 'Authors', level: 'Contribute' })).status).toBe(201)
  expect((await at('POST', GROUPS, { name: 'authors', level: 'Read' })).status).toBe(409)
  expect((await at('POST', GROUPS, { name: 'Odd', level: 'Limited Access' })).status).toBe(422)
  expect((await at('DELETE', `${GROUPS}/Authors`)).status).toBe(204)
  expect((await at('GET', `${GROUPS}/Authors`)).status).toBe(404)
})

test('a realm is one name in lower case; the same one again changes nothing and warns of nothing', async () => {
  for (const wrong of ['', '*', 'A'.repeat(300), 'UPPER', 'two words', '@'])
    expect((await at('PATCH', '/authentication-realm', { realm: wrong })).status).toBe(422)
  expect((await at('PATCH', '/authentication-realm', { realm })).body).toEqual({
    ...{ realm, formerRealms: [], orphans: { issuers: [], appPrincipals: [] }, warnings: [] },
  })
})

test('a token server of a realm that is given up is an orphan too', async () => {
  const id = '5d8f0c1e-0004-4000-8000-00000000dddd'
  const server = { name: 'Sts', certificate: PEM, applicationIdentifier: id, realm }
  expect((await at('POST', '/auth-servers', server)).status).toBe(201)
  const { body } = await at('PATCH', '/authentication-realm', { realm: NEW_REALM })
  const issuer = `${id}@${realm}`
  expect(body.orphans.issuers).toContainEqual({ name: 'Sts', registeredIssuerName: issuer })
  expect(body.warnings.join()).toContain(issuer)
  await at('PATCH', '/authentication-realm', { realm })
  expect((await at('DELETE', '/auth-servers/Sts')).status).toBe(204)
})

test('what uses a token server is no broker, neither from the first nor with the keys of later', async () => {
  const id = '00000005-0000-0000-c000-000000000000'
  const behind = { identity: 'Behind', useAuthServer: true, applicationIdentifier: id, realm: 'evil.example' }
  const { status, body } = await at('POST', '/partner-applications', { ...behind, isTrustBroker: true })
  expect([status, body.code, body.errors[0].path]).toEqual([422, 'broker_without_key', 'isTrustBroker'])
  expect((await at('POST', '/partner-applications', behind)).status).toBe(201)
  const broker = () => at('PATCH', `${ISSUERS}/Behind`, { isTrustBroker: true })
  expect(await broker()).toMatchObject({ status: 422, body: { code: 'broker_without_key' } })
  const keys = await at('PATCH', '/partner-applications/Behind', { certificate: PEM })
  expect([keys.status, keys.body.isTrustBroker]).toEqual([200, undefined])
  expect(await broker()).toMatchObject({ status: 422, body: { code: 'broker_id_reserved' } })
  await at('DELETE', '/partner-applications/Behind')
})

test('servers that trusted SharePoint in its old realm do not follow it by themselves', async () => {
  await farm.register('exchange', 'sharepoint')
  await at('PATCH', '/authentication-realm', { realm: NEW_REALM })
  const { body } = await farm.admin('exchange', 'POST', '/partner-applications/sharepoint/refresh')
  expect(body.code).toBe('partner_changed')
  await at('PATCH', '/authentication-realm', { realm })
  expect((await farm.admin('exchange', 'POST', '/partner-applications/sharepoint/refresh')).status).toBe(200)
})
