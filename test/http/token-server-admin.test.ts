/** `/auth-servers`, `/token-clients` and `/oauth-configuration`: what they take, refuse and show. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CERTIFICATES, type Farm, startFarm } from '../support/farm.ts'
import { APP, principalOf, REALM, startTokenServer, type TokenServer } from '../support/token-server.ts'
import { KEYS } from '../support/tokens.ts'

const OTHER = '5d8f0c1e-0002-4000-8000-00000000aaaa'
let farm: Farm
let sts: TokenServer

beforeEach(async () => {
  farm = await startFarm()
  sts = await startTokenServer(farm)
})
afterEach(async () => {
  await sts.close()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const add = (body: Record<string, unknown>) => farm.admin('exchange', 'POST', '/auth-servers', body)
const set = (body: Record<string, unknown>) => farm.admin('exchange', 'PATCH', '/auth-servers/STS', body)
const pathsOf = (body: { errors?: { path: string }[] }) => body.errors?.map(({ path }) => path)

test('a token server is registered from its document, shown, changed, read again and removed', async () => {
  const made = await add({ name: 'STS', metadataUrl: sts.metadataUrl, type: 'MicrosoftACS', realm: REALM })
  expect(made.status).toBe(201)
  expect(made.header('location')).toEqual(['/admin/v1/auth-servers/STS'])
  expect(made.body).toMatchObject({
    ...{ name: 'STS', type: 'MicrosoftACS', enabled: true, tokenIssuingEndpoint: sts.endpoint },
    ...{ realm: REALM, metadataUrl: sts.metadataUrl, keySource: 'metadata' },
  })
  expect(made.body).not.toHaveProperty('applicationTrustLevel')
  const { status, body } = await set({ type: 'ADFS', acceptSecurityIdentifierInformation: true })
  expect([status, body.type, body.acceptSecurityIdentifierInformation]).toEqual([200, 'ADFS', true])
  // Where it issues tokens stands in its document alone.
  expect(body.tokenIssuingEndpoint).toBe(sts.endpoint)
  expect(await farm.admin('exchange', 'POST', '/auth-servers/sts/refresh')).toMatchObject({
    ...{ status: 200, body: { type: 'ADFS', tokenIssuingEndpoint: sts.endpoint } },
  })
  const certificate = readFileSync(join(CERTIFICATES, 'sharepoint-oauth.pem'), 'utf8')
  const pasted = await set({ certificate })
  expect(pasted.body).toMatchObject({ keySource: 'certificate', type: 'ADFS' })
  expect(pasted.body).not.toHaveProperty('tokenIssuingEndpoint')
  expect((await farm.admin('exchange', 'DELETE', '/auth-servers/STS')).status).toBe(204)
  expect((await farm.admin('exchange', 'GET', '/auth-servers')).body).toEqual({ items: [] })
  // And each of these changes stands in the record.
  const audit = await farm.admin('exchange', 'GET', '/audit?limit=1000')
  const kinds = audit.body.items.filter(({ kind }: { kind: string }) => kind === 'registration')
  expect(kinds.length).toBeGreaterThanOrEqual(5)
})

test('token servers and partner applications are not seen through each other’s routes', async () => {
  await add({ name: 'STS', metadataUrl: sts.metadataUrl })
  await farm.register('exchange', 'lync')
  const names = async (path: string) =>
    (await farm.admin('exchange', 'GET', path)).body.items.map(
      (item: { name?: string; identity?: string }) => item.name ?? item.identity,
    )
  expect([await names('/auth-servers'), await names('/partner-applications')]).toEqual([['STS'], ['lync']])
  for (const [method, path, body] of [
    ['GET', '/partner-applications/STS', undefined],
    ['PATCH', '/partner-applications/STS', { applicationTrustLevel: 'Full' }],
    ['DELETE', '/partner-applications/STS', undefined],
    ['POST', '/partner-applications/STS/refresh', undefined],
    ['GET', '/auth-servers/lync', undefined],
    ['PATCH', '/auth-servers/lync', { enabled: false }],
    ['DELETE', '/auth-servers/lync', undefined],
    ['POST', '/auth-servers/lync/refresh', undefined],
  ] as const)
    expect([method, path, (await farm.admin('exchange', method, path, body)).status]).toEqual([
      ...[method, path, 404],
    ])
  // One name and one id in all.
  expect((await farm.register('exchange', 'sharepoint', { identity: 'sts' })).status).toBe(409)
  expect((await add({ name: 'Second', metadataUrl: sts.metadataUrl })).status).toBe(409)
})

test.each<[what: string, body: Record<string, unknown>, paths: string[]]>([
  ['neither URL nor certificate', {}, ['metadataUrl']],
  [
    'both',
    { metadataUrl: 'https://a/', certificate: 'x', applicationIdentifier: APP, realm: 'a' },
    ['metadataUrl'],
  ],
  ['a URL without TLS', { metadataUrl: 'http://a/' }, ['metadataUrl']],
  [
    'an id beside a document',
    { metadataUrl: 'https://a/', applicationIdentifier: APP },
    ['applicationIdentifier'],
  ],
  ['a certificate alone', { certificate: 'x' }, ['applicationIdentifier', 'realm']],
  ['a certificate for any realm', { certificate: 'x', applicationIdentifier: APP, realm: '*' }, ['realm']],
  ['a kind that is none', { metadataUrl: 'https://a/', type: 'Acs2' }, ['type']],
])('with %s a token server is not registered, and every fault is named', async (_, body, paths) => {
  const answer = await add({ name: 'STS', ...body })
  expect([answer.status, pathsOf(answer.body)]).toEqual([422, paths])
})

test('what is no token server to be believed is refused in the words of the table', async () => {
  const refused = async (body: Record<string, unknown>) => {
    const { status, body: said } = await add({ name: 'STS', ...body })
    return [status, said.code]
  }
  expect(await refused({ metadataUrl: farm.metadataUrl('lync') })).toEqual([422, 'auth_server_id_reserved'])
  expect(await refused({ metadataUrl: sts.metadataUrl, realm: 'contoso.com' })).toEqual([
    ...[422, 'document_member_malformed'],
  ])
  expect(await refused({ metadataUrl: farm.metadataUrl('exchange') })).toEqual([...[422, 'partner_is_self']])
  await sts.close()
  expect(await refused({ metadataUrl: sts.metadataUrl })).toEqual([502, 'metadata_unreachable'])
  expect((await farm.admin('exchange', 'GET', '/auth-servers')).body).toEqual({ items: [] })
  await sts.restart()
})

test('a partner that uses a token server has no keys, and gets some back in any way that gives keys', async () => {
  const behind = { identity: 'HR', useAuthServer: true, applicationIdentifier: APP }
  const { status, body } = await farm.admin('exchange', 'POST', '/partner-applications', behind)
  expect([status, body]).toMatchObject([
    201,
    { useAuthServer: true, keySource: 'auth server', keys: [], issuer: `${APP}@${REALM}` },
  ])
  const refreshed = await farm.admin('exchange', 'POST', '/partner-applications/HR/refresh')
  expect([refreshed.status, refreshed.body.code]).toEqual([409, 'partner_without_source'])
  const change = (input: object) => farm.admin('exchange', 'PATCH', '/partner-applications/HR', input)
  expect((await change({ certificate: KEYS.stranger.pem })).body).toMatchObject({
    ...{ useAuthServer: false, keySource: 'certificate', issuer: `${APP}@${REALM}` },
  })
  expect((await change({ useAuthServer: true })).body).toMatchObject({ useAuthServer: true, keys: [] })
  const faults = await farm.admin('exchange', 'POST', '/partner-applications', {
    ...{ identity: 'HR2', useAuthServer: true, metadataUrl: 'https://a/' },
  })
  expect([faults.status, pathsOf(faults.body)]).toEqual([
    ...[422, expect.arrayContaining(['useAuthServer', 'applicationIdentifier'])],
  ])
})

test('a client is registered in the realm of the token server, and what is not named stays as it was', async () => {
  expect(await sts.addClient({ displayName: 'Human Resources', consents: [{ user: '*' }] })).toMatchObject({
    ...{ status: 201, body: { issuer: `${APP}@${REALM}`, displayName: 'Human Resources' } },
  })
  const { body } = await sts.admin('PATCH', '/token-clients/HRApp', { trustedForDelegation: false })
  expect(body).toMatchObject({
    ...{ displayName: 'Human Resources', trustedForDelegation: false, consents: [{ user: '*' }] },
    resources: (['exchange', 'lync', 'sharepoint'] as const).map((name) => principalOf(farm, name)),
  })
  const elsewhere = await sts.admin('POST', '/token-clients', {
    ...{ identity: 'SharePoint', metadataUrl: farm.metadataUrl('sharepoint') },
  })
  expect([elsewhere.status, elsewhere.body.code]).toEqual([422, 'token_client_realm_differs'])
  for (const [input, paths] of [
    [{ identity: 'B', certificate: KEYS.partner.pem }, ['applicationIdentifier']],
    [{ identity: 'B', metadataUrl: 'https://a/', applicationIdentifier: OTHER }, ['applicationIdentifier']],
    [{ identity: 'B', metadataUrl: 'https://a/', resources: ['x@*'] }, ['resources[0]']],
    [{ identity: 'B', metadataUrl: 'https://a/', consents: [{ user: 'ken' }] }, ['consents[0].user']],
    [{ identity: 'B', metadataUrl: 'https://a/', secret: 'x' }, ['secret']],
  ] as const) {
    const answer = await sts.admin('POST', '/token-clients', input)
    expect([answer.status, pathsOf(answer.body)]).toEqual([422, paths])
  }
  expect((await sts.admin('PATCH', '/token-clients/HRApp', {})).status).toBe(422)
  expect((await sts.admin('PATCH', '/token-clients/Nobody', { enabled: false })).status).toBe(404)
})

test('a client from a document follows the keys of that document', async () => {
  const made = await sts.admin('POST', '/token-clients', {
    ...{
      identity: 'Lync',
      metadataUrl: farm.metadataUrl('lync'),
      resources: [principalOf(farm, 'exchange')],
    },
  })
  expect(made).toMatchObject({
    status: 201,
    body: { keySource: 'metadata', issuer: principalOf(farm, 'lync') },
  })
})

test('the OAuth configuration of Lync is one, shows what it trusts, and keeps its service name', async () => {
  const path = '/oauth-configuration'
  await farm.register('lync', 'exchange')
  await farm.admin('lync', 'POST', '/auth-servers', { name: 'STS', metadataUrl: sts.metadataUrl })
  const [id] = principalOf(farm, 'lync').split('@')
  expect((await farm.admin('lync', 'GET', path)).body).toMatchObject({
    ...{ identity: 'global', realm: REALM, serviceName: id },
    ...{ partnerApplications: ['exchange'], oauthServers: ['STS'] },
  })
  const patch = (body: object) => farm.admin('lync', 'PATCH', path, body)
  expect((await patch({ serviceName: id })).status).toBe(200)
  expect(await patch({ serviceName: APP })).toMatchObject({
    ...{ status: 422, body: { errors: [{ path: 'serviceName' }] } },
  })
  expect((await patch({})).status).toBe(422)
  expect((await patch({ realm: '*' })).status).toBe(422)
  const moved = await patch({ realm: 'lync.litwareinc.com' })
  expect(moved.body).toMatchObject({ realm: 'lync.litwareinc.com', formerRealms: [REALM] })
  expect(moved.body.warnings[0]).toContain(REALM)
  // From the next request on it is another principal.
  const document = JSON.parse((await farm.send('GET', farm.metadataUrl('lync'))).body)
  expect(document.issuer).toBe(`${id}@lync.litwareinc.com`)
  expect((await farm.admin('exchange', 'GET', path)).status).toBe(404)
})

test('a partner without a token server to speak for it is found by the doctor', async () => {
  const behind = { identity: 'HR', useAuthServer: true, applicationIdentifier: APP }
  await farm.admin('exchange', 'POST', '/partner-applications', behind)
  const codes = async () => {
    const { body } = await farm.admin('exchange', 'GET', '/doctor')
    return body.findings
      .filter(({ partner }: { partner?: string }) => partner === 'HR' || partner === 'STS')
      .map(({ code }: { code: string }) => code)
  }
  expect(await codes()).toEqual(['auth_server_missing'])
  await add({ name: 'STS', metadataUrl: sts.metadataUrl })
  expect(await codes()).toEqual([])
  await set({ enabled: false })
  expect(await codes()).toEqual(expect.arrayContaining(['auth_server_missing', 'partner_disabled']))
})
