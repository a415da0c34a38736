/**
 * High-trust add-ins that share one certificate: a trust broker is registered once, and node-sp-auth mints with an issuerId that
 * is not its clientId. Over HTTPS, with what an administrator does in between.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OnpremiseAddinOnly } from 'node-sp-auth/lib/src/auth/resolvers/OnpremiseAddinOnly.js'
import { CERTIFICATES, type Farm, startFarm } from '../support/farm.ts'

const BROKER = '8c2bd9cd-aa7f-4a5b-9f0a-3c9b5a5ed3a1'
const ADDIN = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const SECOND = '6d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const NEW_REALM = '0b4e3c6e-5f0a-4f57-9a11-8a2f64a0a001'
const KEY = join(CERTIFICATES, 'lync-oauth-key.pem')
const CERTIFICATE = readFileSync(join(CERTIFICATES, 'lync-oauth.pem'), 'utf8')
const X5T = createHash('sha1').update(new X509Certificate(CERTIFICATE).raw).digest('base64url')
const ISSUERS = '/trusted-security-token-issuers'

let farm: Farm
let realm: string
const tokens = (OnpremiseAddinOnly as unknown as { TokenCache: { clear(): void } }).TokenCache

beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
  realm = farm.lab.servers.find(({ name }) => name === 'sharepoint')!.realm
})
afterEach(async () => {
  tokens.clear()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const registerBroker = (more: object = {}) =>
  farm.admin('sharepoint', 'POST', ISSUERS, {
    ...{ name: 'Add-ins', certificate: CERTIFICATE, registeredIssuerName: `${BROKER}@${realm}` },
    ...{ isTrustBroker: true, ...more },
  })

/** What node-sp-auth would send; it makes no request for that. */
async function authorization(clientId: string, issuerId = BROKER, inRealm = realm): Promise<string> {
  tokens.clear()
  const resolver = new OnpremiseAddinOnly(farm.servers.sharepoint.url, {
    ...{ clientId, issuerId, realm: inRealm, rsaPrivateKeyPath: KEY, shaThumbprint: X5T },
  })
  const { headers } = (await resolver.getAuth()) as { headers: Record<string, string> }
  return headers['Authorization']!
}

async function call(
  header: string,
  method: 'GET' | 'POST' = 'GET',
  path = '/web/currentuser',
  body?: object,
) {
  const json = 'application/json;odata=nometadata'
  const reply = await farm.send(
    method,
    `${farm.servers.sharepoint.url}/_api${path}`,
    { authorization: header, accept: json, ...(body && { 'content-type': json }) },
    body && JSON.stringify(body),
  )
  return {
    status: reply.status,
    refused: reply.header('x-entente-refusal')[0],
    requestId: reply.header('request-id')[0]!,
    body: JSON.parse(reply.body),
  }
}

test('several add-ins of one broker call with one key, each with the rights of its own', async () => {
  const made = await registerBroker({ description: 'high-trust add-ins' })
  expect([made.status, made.body.isSelfIssuer, made.body.nameId]).toEqual([201, false, `${BROKER}@${realm}`])
  await farm.grant(`${ADDIN}@${realm}`, 'Read')
  await farm.grant(`${SECOND}@${realm}`, 'Manage')
  const logins: string[] = []
  for (const id of [ADDIN, SECOND]) {
    const { status, body } = await call(await authorization(id))
    expect(status).toBe(200)
    logins.push(body.LoginName)
  }
  expect(logins).toEqual([ADDIN, SECOND].map((id) => `i:0i.t|ms.sp.ext|${id}@${realm}`))
  const make = async (id: string) => call(await authorization(id), 'POST', '/web/lists', { Title: id })
  expect(await make(SECOND)).toMatchObject({ status: 201 })
  const denied = await make(ADDIN)
  expect(denied).toMatchObject({ status: 403, refused: 'access_denied' })
  const { body } = await farm.admin('sharepoint', 'GET', '/audit?limit=1000')
  const rule = body.items.find(
    (item: { requestId: string; kind: string }) =>
      item.requestId === denied.requestId && item.kind === 'forbidden',
  )
  expect(rule).toMatchObject({
    ...{ application: `${ADDIN}@${realm}`, partner: `${BROKER}@${realm}`, action: 'Manage' },
    ...{ rule: 'right of the application too small', by: 'application only' },
  })
})

test('what a broker may not say is refused before anything is looked at, and explained', async () => {
  await registerBroker()
  await farm.grant(`${ADDIN}@${realm}`)
  expect(await call(await authorization('00000002-0000-0ff1-ce00-000000000000'))).toMatchObject({
    ...{ status: 401, refused: 'brokered_name_reserved' },
    body: { error: 'invalid_client', error_description: 'Invalid issuer or signature.' },
  })
  const token = (await authorization('00000003-0000-0ff1-ce00-000000000000')).replace('Bearer ', '')
  const { body } = await farm.admin('sharepoint', 'POST', '/tokens/explain', { token })
  expect(body).toMatchObject({ verdict: 'refused', code: 'brokered_name_reserved', partner: 'Add-ins' })
  expect(body.findings.find(({ code }: { code?: string }) => code === body.code)).toMatchObject({
    check: 'broker may name this application',
    mend: expect.stringContaining('application of its own realm'),
  })
  // Without the switch it speaks for itself alone, from the next call on.
  const set = (isTrustBroker: boolean) =>
    farm.admin('sharepoint', 'PATCH', `${ISSUERS}/add-ins`, { isTrustBroker })
  expect((await set(false)).body.isSelfIssuer).toBe(true)
  expect(await call(await authorization(ADDIN))).toMatchObject({ status: 401, refused: 'actor_not_partner' })
  await set(true)
  expect(await call(await authorization(ADDIN))).toMatchObject({ status: 200 })
  // A partner with a key of its own is nobody's to speak for.
  await farm.admin('sharepoint', 'POST', ISSUERS, {
    name: 'Own',
    certificate: readFileSync(join(CERTIFICATES, 'exchange-oauth.pem'), 'utf8'),
    registeredIssuerName: `${ADDIN}@${realm}`,
  })
  expect(await call(await authorization(ADDIN))).toMatchObject({ refused: 'brokered_name_registered' })
})

test('an application without a principal, or without the app-only policy, is not let in by its token alone', async () => {
  await registerBroker()
  expect(await call(await authorization(ADDIN))).toMatchObject({ status: 401, refused: 'unauthorized' })
  await farm.grant(`${ADDIN}@${realm}`, 'Read', false)
  expect(await call(await authorization(ADDIN))).toMatchObject({ status: 401, refused: 'unauthorized' })
  await farm.grant(`${ADDIN}@${realm}`, 'Read', true)
  expect(await call(await authorization(ADDIN))).toMatchObject({ status: 200 })
  const path = `/app-principals/${encodeURIComponent(`${ADDIN}@${realm}`)}`
  await farm.admin('sharepoint', 'DELETE', `${path}/permissions?disableAppOnlyPolicy=true`)
  expect(await call(await authorization(ADDIN))).toMatchObject({ status: 401, refused: 'unauthorized' })
})

test('a change of realm orphans issuers and principals of the old one, also after a restart; going back revives them', async () => {
  await farm.close()
  farm = await startFarm('sqlite')
  await registerBroker()
  await farm.grant(`${ADDIN}@${realm}`)
  expect(await call(await authorization(ADDIN))).toMatchObject({ status: 200 })
  const change = (to: string) => farm.admin('sharepoint', 'PATCH', '/authentication-realm', { realm: to })
  const { status, body } = await change(NEW_REALM)
  expect([status, body.realm, body.formerRealms]).toEqual([200, NEW_REALM, [realm]])
  expect(body.orphans).toEqual({
    issuers: [{ name: 'Add-ins', registeredIssuerName: `${BROKER}@${realm}` }],
    appPrincipals: [{ nameIdentifier: `${ADDIN}@${realm}`, displayName: 'Test' }],
  })
  expect(body.warnings.join('\n')).toContain(`${BROKER}@${realm}`)
  await farm.stop('sharepoint')
  await farm.restart('sharepoint')
  expect((await farm.admin('sharepoint', 'GET', '/server')).body.realm).toBe(NEW_REALM)
  const document = await farm.send('GET', farm.metadataUrl('sharepoint'))
  expect(JSON.parse(document.body).issuer).toBe(`00000003-0000-0ff1-ce00-000000000000@${NEW_REALM}`)
  // With the old realm or the new one in its tokens, the add-in is a stranger.
  expect(await call(await authorization(ADDIN))).toMatchObject({
    status: 401,
    refused: 'issuer_realm_given_up',
  })
  expect(await call(await authorization(ADDIN, BROKER, NEW_REALM))).toMatchObject({
    refused: 'issuer_unknown',
  })
  // What is not registered in a realm of this farm stays as it was.
  expect((await farm.admin('sharepoint', 'GET', ISSUERS)).body.items).toMatchObject([{ isOrphan: true }])
  // Registered again in the new realm it is back; the old realm would have brought it back too.
  await farm.admin('sharepoint', 'DELETE', `${ISSUERS}/Add-ins`)
  expect((await registerBroker()).body.code).toBe('broker_realm_differs')
  expect((await registerBroker({ registeredIssuerName: `${BROKER}@${NEW_REALM}` })).status).toBe(201)
  expect(await call(await authorization(ADDIN, BROKER, NEW_REALM))).toMatchObject({
    status: 401,
    refused: 'unauthorized',
  })
  await farm.grant(`${ADDIN}@${NEW_REALM}`)
  expect(await call(await authorization(ADDIN, BROKER, NEW_REALM))).toMatchObject({ status: 200 })
  expect((await change(realm)).body).toMatchObject({ realm, formerRealms: [NEW_REALM] })
  expect(await call(await authorization(ADDIN, BROKER, NEW_REALM))).toMatchObject({ status: 401 })
})
