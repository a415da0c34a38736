/** Four real servers: an application that only the token server knows by its key calls all three products. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ews from '../../src/products/exchange/ews-client.ts'
import {
  CERTIFICATES,
  type Farm,
  type JsonAnswer,
  mintAs,
  type ServerName,
  startFarm,
} from '../support/farm.ts'
import {
  APP,
  around,
  principalOf,
  REALM,
  startTokenServer,
  type TokenServer,
} from '../support/token-server.ts'

const PRODUCTS: readonly ServerName[] = ['exchange', 'lync', 'sharepoint']
const KEN = 'kenmyer@litwareinc.com'

let farm: Farm
let sts: TokenServer

beforeEach(async () => {
  farm = await startFarm()
  sts = await startTokenServer(farm)
  await farm.addUsers()
})
afterEach(async () => {
  await sts.close()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** Makes a product believe the token server, and register the application as one that uses it. */
async function introduce(name: ServerName, more: Record<string, unknown> = {}): Promise<void> {
  const server = { name: 'TokenServer', metadataUrl: sts.metadataUrl }
  expect(await farm.admin(name, 'POST', '/auth-servers', server)).toMatchObject({
    status: 201,
    body: { issuer: `00000001-0000-0000-c000-000000000000@${REALM}`, tokenIssuingEndpoint: sts.endpoint },
  })
  const application = { identity: 'HRApp', useAuthServer: true, applicationIdentifier: APP, realm: REALM }
  const answer = await farm.admin(name, 'POST', '/partner-applications', { ...application, ...more })
  expect(answer).toMatchObject({ status: 201, body: { useAuthServer: true, issuer: `${APP}@${REALM}` } })
  if (name === 'sharepoint') await farm.grant(`${APP}@${REALM}`)
}

/** Who the server takes the caller for, or why it does not. */
async function call(name: ServerName, token: string) {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json;odata=nometadata' }
  const { url } = farm.servers[name]
  const reply = await (name === 'exchange'
    ? farm.send(
        'POST',
        `${url}/EWS/Exchange.asmx`,
        { ...headers, accept: 'text/xml', 'content-type': 'text/xml; charset=utf-8' },
        ews.createItemRequest({ folder: 'inbox', subject: 'from HR', body: 'x', to: KEN }),
      )
    : farm.send('GET', `${url}${name === 'lync' ? '/ucwa/v1/me' : '/_api/web/currentuser'}`, headers))
  return {
    status: reply.status,
    refused: reply.header('x-entente-refusal')[0],
    requestId: reply.header('request-id')[0]!,
    body: reply.body,
  }
}

async function audited(name: ServerName, requestId: string) {
  const { body } = await farm.admin(name, 'GET', '/audit?limit=1000')
  return body.items.filter((item: { requestId?: string }) => item.requestId === requestId)
}

test('an application that is registered at the token server alone calls all three products for Ken', async () => {
  expect((await sts.addClient()).status).toBe(201)
  for (const name of PRODUCTS) {
    await introduce(name)
    const { status, requestId, body } = await call(name, around(farm, name, await sts.tokenFor(name), KEN))
    expect([name, status]).toEqual([name, 200])
    if (name === 'exchange') expect(ews.readCreatedItem(body)).toMatchObject({ ok: true })
    else expect(body.toLowerCase()).toContain(KEN)
    expect(await audited(name, requestId)).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'admitted', user: KEN, partner: `${APP}@${REALM}` },
        issuedBy: `00000001-0000-0000-c000-000000000000@${REALM}`,
      }),
    )
  }
})

test('and as itself, where it may', async () => {
  await sts.addClient()
  for (const name of ['lync', 'sharepoint'] as const) {
    await introduce(name)
    expect(await call(name, await sts.tokenFor(name))).toMatchObject({ status: 200 })
  }
  expect((await call('sharepoint', await sts.tokenFor('sharepoint'))).body).toContain(
    `i:0i.t|ms.sp.ext|${APP}@${REALM}`,
  )
})

test('a token for one product is of no use at another, nor without delegation for a user', async () => {
  await sts.addClient({ trustedForDelegation: false })
  for (const name of ['lync', 'sharepoint'] as const) await introduce(name)
  const token = await sts.tokenFor('sharepoint')
  expect(await call('lync', token)).toMatchObject({ status: 401, refused: 'audience_wrong_application' })
  expect(await call('sharepoint', around(farm, 'sharepoint', token, KEN))).toMatchObject({
    ...{ status: 401, refused: 'delegation_not_trusted' },
  })
})

test.each(PRODUCTS)(
  '%s refuses it from the next request on when the token server is disabled',
  async (name) => {
    await sts.addClient()
    await introduce(name)
    const token = around(farm, name, await sts.tokenFor(name), KEN)
    expect((await call(name, token)).status).toBe(200)
    const switched = (enabled: boolean) => farm.admin(name, 'PATCH', '/auth-servers/TokenServer', { enabled })
    expect((await switched(false)).body).toMatchObject({ enabled: false })
    const refused = await call(name, token)
    expect(refused).toMatchObject({ status: 401, refused: 'auth_server_disabled' })
    const { body: why } = await farm.admin(name, 'GET', `/decisions/${refused.requestId}`)
    expect(JSON.stringify(why)).toContain(
      `entente auth-server set TokenServer --server ${name} --enabled true`,
    )
    // Whom it spoke for is found by the application, too.
    expect(why.items).toMatchObject([{ kind: 'refused', application: `${APP}@${REALM}` }])
    await switched(true)
    expect((await call(name, token)).status).toBe(200)
    await farm.admin(name, 'PATCH', '/partner-applications/HRApp', { enabled: false })
    expect(await call(name, token)).toMatchObject({ status: 401, refused: 'partner_disabled' })
    await farm.admin(name, 'DELETE', '/partner-applications/HRApp')
    expect(await call(name, token)).toMatchObject({ status: 401, refused: 'auth_server_names_unknown' })
    await farm.admin(name, 'DELETE', '/auth-servers/TokenServer')
    expect(await call(name, token)).toMatchObject({ status: 401, refused: 'issuer_unknown' })
  },
)

describe('where the level wants consent', () => {
  beforeEach(async () => {
    await sts.addClient()
    await introduce('lync', { applicationTrustLevel: 'User' })
  })
  const consents = (list: readonly Record<string, string>[]) =>
    sts.admin('PATCH', '/token-clients/HRApp', { consents: list })
  const asKen = async (form: Record<string, string> = { user: KEN }, upn = KEN) =>
    call('lync', around(farm, 'lync', await sts.tokenFor('lync', form), upn))

  test('it acts for those who gave it to the token server, and for nobody else', async () => {
    expect(await asKen()).toMatchObject({ status: 401, refused: 'trust_level_forbids_user' })
    await consents([{ user: 'KenMyer@litwareinc.com' }])
    expect(await asKen()).toMatchObject({ status: 200 })
    expect(await asKen({})).toMatchObject({ status: 401, refused: 'trust_level_forbids_user' })
    const forPilar = await asKen({ user: KEN }, 'pilar@litwareinc.com')
    expect(forPilar).toMatchObject({ status: 401, refused: 'consent_other_user' })
    const { body } = await farm.admin('lync', 'GET', `/decisions/${forPilar.requestId}`)
    expect(JSON.stringify(body)).toContain('consent is for this user')
    // As itself it may not act at this level, whoever has consented.
    expect(await call('lync', await sts.tokenFor('lync', { user: KEN }))).toMatchObject({
      refused: 'trust_level_forbids_application',
    })
  })

  test('one for another product does not count, one for everyone does, one that was taken back ends with the token', async () => {
    await consents([{ user: KEN, resource: principalOf(farm, 'sharepoint') }])
    expect(await asKen()).toMatchObject({ status: 401, refused: 'trust_level_forbids_user' })
    await consents([{ user: '*', resource: principalOf(farm, 'lync') }])
    expect(await asKen({}, 'pilar@litwareinc.com')).toMatchObject({ status: 200 })
    const token = around(farm, 'lync', await sts.tokenFor('lync'), KEN)
    await consents([])
    expect(await call('lync', token)).toMatchObject({ status: 200 })
    expect(await asKen()).toMatchObject({ status: 401, refused: 'trust_level_forbids_user' })
    farm.clock.now += 3_600 + 301
    expect(await call('lync', token)).toMatchObject({ status: 401, refused: 'token_expired' })
  })
})

test('what the application signs itself counts nowhere, and a partner with keys is not the token server’s to name', async () => {
  await sts.addClient()
  await introduce('lync')
  const own = sts.assertion({
    aud: `${principalOf(farm, 'lync').replace('@', `/localhost:${farm.servers.lync.port}@`)}`,
  })
  expect(await call('lync', own)).toMatchObject({ status: 401, refused: 'partner_uses_auth_server' })
  const certificate = readFileSync(join(CERTIFICATES, 'sharepoint-oauth.pem'), 'utf8')
  await farm.admin('lync', 'PATCH', '/partner-applications/HRApp', { certificate })
  expect(await call('lync', await sts.tokenFor('lync'))).toMatchObject({
    ...{ status: 401, refused: 'auth_server_not_used' },
  })
})

test('a new key of the token server is learned with the first token that it signed', async () => {
  await sts.addClient()
  await introduce('lync')
  expect((await call('lync', await sts.tokenFor('lync'))).status).toBe(200)
  const made = await sts.admin('POST', '/signing-keys', { stage: true, force: true })
  expect(made.status).toBe(201)
  expect((await sts.admin('POST', '/signing-keys/publish')).status).toBe(200)
  expect((await call('lync', await sts.tokenFor('lync'))).status).toBe(200)
})

test('SharePoint may take the token server for a trust broker instead, whose applications need no registration', async () => {
  await sts.addClient()
  const issuer = { name: 'TokenServer', metadataEndPoint: sts.metadataUrl, isTrustBroker: true }
  const made = await farm.admin('sharepoint', 'POST', '/trusted-security-token-issuers', issuer)
  expect([made.status, made.body.isSelfIssuer]).toEqual([201, false])
  await farm.grant(`${APP}@${REALM}`)
  expect(await call('sharepoint', await sts.tokenFor('sharepoint'))).toMatchObject({ status: 200 })
})

describe('a server of ours that may not sign for itself', () => {
  const application = (name: ServerName) => {
    const [applicationIdentifier, realm] = principalOf(farm, name).split('@')
    return { identity: name, useAuthServer: true, applicationIdentifier, realm }
  }
  const connectivityTest = () => farm.connectivityTest({ deleteItem: true })

  beforeEach(async () => {
    for (const name of ['exchange', 'lync'] as const) {
      const server = { name: 'TokenServer', metadataUrl: sts.metadataUrl }
      await farm.admin(name, 'POST', '/auth-servers', server)
    }
    await farm.admin('exchange', 'POST', '/partner-applications', application('lync'))
    await farm.admin('lync', 'POST', '/partner-applications', application('exchange'))
  })
  const addLync = (more: Record<string, unknown> = {}): Promise<JsonAnswer> =>
    sts.admin('POST', '/token-clients', {
      ...{ identity: 'Lync', metadataUrl: farm.metadataUrl('lync') },
      ...{ resources: [principalOf(farm, 'exchange')], trustedForDelegation: true, ...more },
    })

  test('gets its token from the token server, and passes the connectivity test', async () => {
    const token = await mintAs(farm, 'lync', 'exchange', farm.lab.users[0])
    expect(await call('exchange', token)).toMatchObject({ refused: 'partner_uses_auth_server' })
    expect((await addLync()).status).toBe(201)
    expect(await connectivityTest()).toMatchObject({ passed: true, summary: 'Test passed.' })
    const { body } = await sts.admin('GET', '/audit?limit=100')
    const issued = body.items.filter(({ kind }: { kind: string }) => kind === 'minted')
    expect(issued.length).toBeGreaterThan(0)
    expect(issued[0]).toMatchObject({ partner: principalOf(farm, 'lync') })
  })

  test('is told what the token server said, and what to do', async () => {
    expect(await connectivityTest()).toMatchObject({ passed: false, failure: { code: 'issuer_unknown' } })
    await addLync({ resources: [] })
    const refused = await connectivityTest()
    expect(refused).toMatchObject({ failure: { code: 'resource_not_allowed' } })
    expect(refused.failure?.mend).toContain('entente token-client')
    await farm.admin('lync', 'PATCH', '/auth-servers/TokenServer', { enabled: false })
    expect(await connectivityTest()).toMatchObject({ failure: { code: 'no_common_token_server' } })
    await farm.admin('lync', 'PATCH', '/auth-servers/TokenServer', { enabled: true })
    await sts.close()
    expect(await connectivityTest()).toMatchObject({ failure: { code: 'token_server_unreachable' } })
    await sts.restart()
  })
})
