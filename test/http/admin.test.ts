/** The admin REST, as an administrator with curl meets it. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import supertest from 'supertest'
import { CA, type Farm, startFarm } from '../support/farm.ts'

let farm: Farm

beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const http = (token = farm.servers.exchange.adminToken) => {
  const agent = supertest.agent(farm.servers.exchange.url, { ca: CA() })
  return token === '' ? agent : agent.auth(token, { type: 'bearer' })
}
const PARTNERS = '/admin/v1/partner-applications'
const USERS = '/admin/v1/users'

const ROUTES = [
  ['get', PARTNERS],
  ['post', PARTNERS],
  ['get', `${PARTNERS}/lync`],
  ['patch', `${PARTNERS}/lync`],
  ['delete', `${PARTNERS}/lync`],
  ['post', `${PARTNERS}/lync/refresh`],
  ['get', USERS],
  ['post', USERS],
  ['delete', `${USERS}/S-1-5-21-1`],
  ['get', '/admin/v1/server'],
  ['get', '/admin/v1/no-such-thing'],
] as const

test.each(ROUTES)('%s %s needs the admin token', async (method, path) => {
  for (const token of ['', 'wrong', `${farm.servers.exchange.adminToken}x`, farm.servers.lync.adminToken]) {
    const answer = await http(token)[method](path)
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm=/)
    expect(answer.type).toBe('application/problem+json')
  }
})

test('the admin token lies in a file that only its owner can read', () => {
  expect(statSync(join(farm.dir, 'exchange', 'admin-token')).mode & 0o777).toBe(0o600)
  expect(farm.servers.exchange.adminToken).toHaveLength(43) // 256 bits in base64url
})

test('a server says who it is', async () => {
  const { body, status } = await http().get('/admin/v1/server')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    product: 'exchange',
    applicationIdentifier: '00000002-0000-0ff1-ce00-000000000000',
    realm: 'litwareinc.com',
    issuer: '00000002-0000-0ff1-ce00-000000000000@litwareinc.com',
    url: farm.servers.exchange.url,
  })
  expect(body.keys[0].thumbprint).toMatch(/^[0-9A-F]{40}$/)
})

describe('partner applications', () => {
  afterEach(async () => {
    const { body } = await http().get(PARTNERS)
    for (const { identity } of body.items) await http().delete(`${PARTNERS}/${identity}`)
  })

  test('one registered from its metadata URL is shown with its keys, found by any case, and gone when removed', async () => {
    const added = await http()
      .post(PARTNERS)
      .send({ identity: 'LyncEnterprise', metadataUrl: farm.metadataUrl('lync') })
    expect(added.status).toBe(201)
    expect(added.headers['location']).toBe(`${PARTNERS}/LyncEnterprise`)
    expect(added.body).toMatchObject({
      identity: 'LyncEnterprise',
      applicationIdentifier: '00000004-0000-0ff1-ce00-000000000000',
      realm: 'litwareinc.com',
      applicationTrustLevel: 'Full',
      enabled: true,
      acceptSecurityIdentifierInformation: false,
    })
    expect((await http().get(`${PARTNERS}/lyncenterprise`)).body).toEqual(added.body)
    expect((await http().get(PARTNERS)).body).toEqual({ items: [added.body] })
    expect((await http().post(`${PARTNERS}/LyncEnterprise/refresh`)).status).toBe(200)
    expect((await http().delete(`${PARTNERS}/LyncEnterprise`)).status).toBe(204)
    expect((await http().get(`${PARTNERS}/LyncEnterprise`)).status).toBe(404)
  })

  test('one can be registered from a pasted document and from a certificate', async () => {
    const document = JSON.parse((await farm.send('GET', farm.metadataUrl('sharepoint'))).body)
    expect((await http().post(PARTNERS).send({ identity: 'Pasted', document })).status).toBe(201)
    const lync = JSON.parse((await farm.send('GET', farm.metadataUrl('lync'))).body)
    const byCertificate = await http().post(PARTNERS).send({
      identity: 'HRApp',
      applicationIdentifier: '00000006-0000-0DD1-AC00-000000000000',
      realm: 'litwareinc.com',
      certificate: lync.keys[0].keyvalue.value,
    })
    expect(byCertificate.status).toBe(201)
    expect(byCertificate.body.applicationIdentifier).toBe('00000006-0000-0dd1-ac00-000000000000')
    expect((await http().post(`${PARTNERS}/HRApp/refresh`)).body).toMatchObject({
      code: 'partner_without_source',
    })
  })

  test('a second one of the same identity or application is refused', async () => {
    const metadataUrl = farm.metadataUrl('lync')
    await http().post(PARTNERS).send({ identity: 'Lync', metadataUrl })
    expect((await http().post(PARTNERS).send({ identity: 'LYNC', metadataUrl })).body).toMatchObject({
      status: 409,
      code: 'partner_identity_taken',
    })
    expect((await http().post(PARTNERS).send({ identity: 'Other', metadataUrl })).body).toMatchObject({
      status: 409,
      code: 'partner_application_taken',
    })
  })

  test('a server is not its own partner', async () => {
    const answer = await http()
      .post(PARTNERS)
      .send({ identity: 'Me', metadataUrl: farm.metadataUrl('exchange') })
    expect(answer.body).toMatchObject({ status: 422, code: 'partner_is_self' })
  })

  test('settings can be changed, application id and realm cannot', async () => {
    await http()
      .post(PARTNERS)
      .send({ identity: 'Lync', metadataUrl: farm.metadataUrl('lync') })
    const change = {
      applicationTrustLevel: 'User',
      enabled: false,
      acceptSecurityIdentifierInformation: true,
    }
    expect((await http().patch(`${PARTNERS}/Lync`).send(change)).body).toMatchObject(change)
    const forbidden = await http()
      .patch(`${PARTNERS}/Lync`)
      .send({ realm: 'contoso.com', applicationIdentifier: 'x' })
    expect(forbidden.status).toBe(422)
    expect(forbidden.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'realm',
      'applicationIdentifier',
    ])
    const other = await http()
      .patch(`${PARTNERS}/Lync`)
      .send({ metadataUrl: farm.metadataUrl('sharepoint') })
    expect(other.body).toMatchObject({ status: 409, code: 'partner_changed' })
  })

  test.each([
    ['nothing', {}, ['identity', 'metadataUrl']],
    ['an http URL', { identity: 'A', metadataUrl: 'http://localhost/metadata/json/1' }, ['metadataUrl']],
    [
      'a bad level and a typo',
      { identity: 'A', metadataUrl: 'https://a/', applicationTrustLevel: 'Total', enabld: true },
      ['applicationTrustLevel', 'enabld'],
    ],
    ['a flag as text', { identity: 'A', metadataUrl: 'https://a/', enabled: 'yes' }, ['enabled']],
    ['two sources', { identity: 'A', metadataUrl: 'https://a/', document: {} }, ['document']],
    ['a certificate alone', { identity: 'A', certificate: 'MII=' }, ['applicationIdentifier', 'realm']],
    [
      'an id that is none',
      { identity: 'A', applicationIdentifier: 'x', realm: 'b', certificate: 'MII=' },
      ['applicationIdentifier'],
    ],
  ])('%s is refused with every fault named', async (_, input, paths) => {
    const answer = await http().post(PARTNERS).send(input)
    expect(answer.status).toBe(422)
    expect(answer.type).toBe('application/problem+json')
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths)
  })

  test('a wrong document is refused with the member named', async () => {
    const document = {
      issuer: '00000004-0000-0ff1-ce00-000000000000@litwareinc.com',
      keys: [{ usage: 'signing', keyvalue: { value: 'AAAA' } }],
    }
    const answer = await http().post(PARTNERS).send({ identity: 'A', document })
    expect(answer.body).toMatchObject({
      status: 422,
      code: 'certificate_malformed',
      errors: [{ path: 'keys[0].keyvalue.value' }],
    })
  })

  test('a private key pasted by mistake is not given back', async () => {
    const certificate = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----'
    const answer = await http()
      .post(PARTNERS)
      .send({ identity: 'A', applicationIdentifier: 'x', realm: 'b', certificate })
    expect(answer.status).toBe(422)
    expect(answer.text).not.toContain('c2VjcmV0')
  })
})

describe('users', () => {
  const ada = {
    sid: 'S-1-5-21-1-2-3-2001',
    upn: 'ada@litwareinc.com',
    smtp: 'ada@litwareinc.com',
    sip: 'sip:ada@litwareinc.com',
    displayName: 'Ada',
  }

  test('one is added, listed, and removed', async () => {
    const added = await http().post(USERS).send(ada)
    expect(added.status).toBe(201)
    expect(added.body).toEqual({
      ...ada,
      enabled: true,
      mailboxEnabled: true,
      archivingEnabled: false,
      organizationalUnit: 'litwareinc.com/Users',
    })
    expect((await http().get(String(added.headers['location']))).body).toEqual(added.body)
    expect((await http().get(USERS)).body).toEqual({ items: [added.body] })
    expect((await http().post(USERS).send(ada)).status).toBe(409)
    expect((await http().delete(`${USERS}/${ada.sid}`)).status).toBe(204)
    expect((await http().delete(`${USERS}/${ada.sid}`)).status).toBe(404)
  })

  test('every fault is named', async () => {
    const answer = await http().post(USERS).send({ sid: '1104', upn: 'ada', sip: 'sip:ada', displayName: '' })
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'sid',
      'upn',
      'sip',
      'displayName',
    ])
  })
})

test.each([
  ['a list', '[]', 'application/json', 400],
  ['nested too deeply', `{"identity":${'['.repeat(200_000)}`, 'application/json', 400],
  ['naming a member twice', '{"identity":"A","identity":"B"}', 'application/json', 400],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('latin1'), 'application/json', 400],
  ['not JSON', '{"identity":', 'application/json', 400],
  ['of another type', 'identity=A', 'application/x-www-form-urlencoded', 415],
  ['too large', `"${'a'.repeat(1024 * 1024)}"`, 'application/json', 413],
])('a body that is %s is refused', async (_, body, type, status) => {
  expect((await http().post(PARTNERS).set('content-type', type).send(body)).status).toBe(status)
})

test('a method that is not there is refused with those that are', async () => {
  const answer = await http().put(PARTNERS).send({})
  expect(answer.status).toBe(405)
  expect(answer.headers['allow']).toBe('GET, POST')
})
