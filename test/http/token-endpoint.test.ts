/** The token endpoint over HTTPS: who gets a token, once, and in which words everybody else is told no. */
import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { type Farm, startFarm } from '../support/farm.ts'
import {
  APP,
  principalOf,
  REALM,
  resourceOf,
  startTokenServer,
  type TokenServer,
} from '../support/token-server.ts'
import { KEYS } from '../support/tokens.ts'

let farm: Farm
let sts: TokenServer

beforeAll(async () => {
  farm = await startFarm()
  // On disk, as it has to remember what was presented to it.
  sts = await startTokenServer(farm, { storage: 'sqlite' })
  expect((await sts.addClient({ displayName: 'Human Resources' })).status).toBe(201)
})
afterAll(async () => {
  await sts.close()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
const change = (body: unknown) => sts.admin('PATCH', '/token-clients/HRApp', body)

test('its document says where it issues tokens, and which key its tokens are signed with', async () => {
  const { body, status } = await farm.send('GET', sts.metadataUrl)
  const document = JSON.parse(body)
  expect(status).toBe(200)
  expect(document).toMatchObject({
    issuer: `00000001-0000-0000-c000-000000000000@${REALM}`,
    endpoints: [
      { location: sts.metadataUrl, protocol: 'OAuth2', usage: 'metadata' },
      { location: sts.endpoint, protocol: 'OAuth2', usage: 'issuance' },
    ],
  })
  const token = await sts.tokenFor('exchange')
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const der = Buffer.from(document.keys[0].keyvalue.value, 'base64')
  const key = createPublicKey(new X509Certificate(der).publicKey.export({ type: 'spki', format: 'pem' }))
  const signed = Buffer.from(`${header}.${payload}`)
  expect(verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true)
})

test('a good assertion gets an actor token for the resource, with the members that clients read', async () => {
  const answer = await sts.ask()
  const { now } = farm.clock
  expect(answer.status).toBe(200)
  expect(answer.header('cache-control')).toEqual(['no-store'])
  expect(answer.header('content-type')).toEqual(['application/json; charset=utf-8'])
  const { access_token: token, ...rest } = answer.body
  expect(rest).toEqual({
    ...{ token_type: 'Bearer', expires_in: 3_600, resource: resourceOf(farm, 'exchange') },
    ...{ not_before: String(now - 300), expires_on: String(now + 3_600) },
  })
  const issuer = `00000001-0000-0000-c000-000000000000@${REALM}`
  expect(payloadOf(token)).toEqual({
    ...{ aud: resourceOf(farm, 'exchange'), iss: issuer, nameid: `${APP}@${REALM}` },
    ...{ nbf: String(now - 300), exp: String(now + 3_600) },
    ...{ identityprovider: issuer, trustedfordelegation: 'true' },
  })
})

test('the grant type of RFC 7523 and an assertion without nameid are as good', async () => {
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  expect(await sts.ask({ grant_type, assertion: sts.assertion({ nameid: undefined }) })).toMatchObject({
    status: 200,
  })
})

test('what it does not know in a form is passed over', async () => {
  expect(await sts.ask({ scope: 'whatever', client_id: 'me' })).toMatchObject({ status: 200 })
})

describe('an assertion that does not hold', () => {
  const hour = 3_600
  const at = (from: number, to: number) => ({
    nbf: String(farm.clock.now + from),
    exp: String(farm.clock.now + to),
  })
  const elsewhere = () => `00000001-0000-0000-c000-000000000000/other.example:1@${REALM}`
  const client = { status: 401, error: 'invalid_client' }
  const grant = { status: 400, error: 'invalid_grant' }

  test.each<[what: string, make: () => string, code: string, said: typeof client]>([
    [
      'of an unknown client',
      () => sts.assertion({ iss: `${APP.replace('5', '6')}@${REALM}` }),
      'issuer_unknown',
      client,
    ],
    [
      'of the token server itself',
      () => sts.assertion({ iss: `00000001-0000-0000-c000-000000000000@${REALM}` }),
      'issuer_is_self',
      client,
    ],
    ['with another key', () => sts.assertion({}, KEYS.partner), 'key_unknown', client],
    [
      'with a signature that does not fit',
      () => `${sts.assertion().slice(0, -8)}AAAAAAAA`,
      'bad_signature',
      client,
    ],
    [
      'that names another application',
      () => sts.assertion({ nameid: `${APP.replace('5', '6')}@${REALM}` }),
      'actor_not_partner',
      grant,
    ],
    [
      'for another application',
      () => sts.assertion({ aud: resourceOf(farm, 'exchange') }),
      'audience_wrong_application',
      grant,
    ],
    ['for another host', () => sts.assertion({ aud: elsewhere() }), 'audience_wrong_host', grant],
    [
      'for another realm',
      () =>
        sts.assertion({
          aud: sts.endpoint.replace(/.*/, `00000001-0000-0000-c000-000000000000/localhost@fabrikam.com`),
        }),
      'audience_wrong_realm',
      grant,
    ],
    ['that is over', () => sts.assertion(at(-2 * hour, -hour)), 'token_expired', grant],
    ['that has not begun', () => sts.assertion(at(hour, hour + 60)), 'token_not_yet_valid', grant],
    ['that lives for an hour', () => sts.assertion(at(0, hour)), 'assertion_too_long', grant],
    ['without an end', () => sts.assertion({ exp: undefined }), 'claim_missing', grant],
    ['with an id that is no text', () => sts.assertion({ jti: ['1'] }), 'claim_malformed', grant],
    ['that is no token', () => 'x', 'token_not_jwt', grant],
    ['that is too long', () => 'a.'.repeat(10_000), 'token_too_large', grant],
    ['that carries another token', () => sts.assertion({ actortoken: 'x' }), 'actor_nested', grant],
  ])('%s', async (_, make, code, { status, error }) => {
    const answer = await sts.ask({ assertion: make() })
    expect([answer.status, answer.body.error, answer.header('x-entente-refusal')]).toEqual([
      ...[status, error, [code]],
    ])
    expect(answer.header('cache-control')).toEqual(['no-store'])
    expect(Object.keys(answer.body)).toEqual(['error', 'error_description'])
    // RFC 6749, 5.2: what may stand in a description.
    expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(answer.header('www-authenticate').length).toBe(status === 401 ? 1 : 0)
  })
})

test.each<[what: string, form: Record<string, string | undefined>, error: string, says: string]>([
  ['no grant type', { grant_type: undefined }, 'invalid_request', 'grant_type'],
  [
    'a grant type that is not there',
    { grant_type: 'client_credentials' },
    'unsupported_grant_type',
    'jwt-bearer',
  ],
  ['no assertion', { assertion: undefined }, 'invalid_request', 'assertion'],
  ['no resource', { resource: undefined }, 'invalid_request', 'resource'],
  [
    'a resource without a host',
    { resource: '00000002-0000-0ff1-ce00-000000000000@a' },
    'invalid_request',
    'resource',
  ],
  [
    'a resource in any realm',
    { resource: '00000002-0000-0ff1-ce00-000000000000/a@*' },
    'invalid_request',
    'resource',
  ],
  ['a user who is none', { user: 'ken myer' }, 'invalid_request', 'user'],
])('a form with %s is told so', async (_, form, error, says) => {
  const answer = await sts.ask(form)
  expect([answer.status, answer.body.error]).toEqual([400, error])
  expect(answer.body.error_description).toContain(says)
})

test('a parameter that is there twice is refused, whichever it is', async () => {
  const body = new URLSearchParams([
    ['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    ['assertion', sts.assertion()],
    ['resource', resourceOf(farm, 'exchange')],
    ['resource', resourceOf(farm, 'sharepoint')],
  ]).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const { status, body: said } = await farm.send('POST', sts.endpoint, type, body)
  expect([status, JSON.parse(said)]).toMatchObject([400, { error: 'invalid_request' }])
})

test('a form of more parameters than anyone needs is refused before they are read', async () => {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const post = async (count: number) => {
    const form = Array.from({ length: count }, (_, at) => `p${at}`).join('&')
    const { status, body } = await farm.send('POST', sts.endpoint, type, form)
    return [status, JSON.parse(body)]
  }
  const malformed = (saying: string) => ({
    ...{ error: 'invalid_request', error_description: expect.stringContaining(saying) },
  })
  expect(await post(32)).toEqual([400, malformed('grant_type')])
  expect(await post(33)).toEqual([400, malformed('at most 32 parameters')])
  expect(await post(5_000)).toEqual([400, malformed('at most 32 parameters')])
})

test('other methods and other bodies are told what is expected', async () => {
  const get = await farm.send('GET', sts.endpoint)
  expect([get.status, get.header('allow'), JSON.parse(get.body).error]).toEqual([
    ...[405, ['POST'], 'invalid_request'],
  ])
  const json = await farm.send('POST', sts.endpoint, { 'content-type': 'application/json' }, '{}')
  expect([json.status, JSON.parse(json.body).error]).toEqual([400, 'invalid_request'])
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const long = await farm.send('POST', sts.endpoint, type, `assertion=${'a'.repeat(40_000)}`)
  expect([long.status, JSON.parse(long.body).error]).toEqual([413, 'invalid_request'])
})

test('an assertion is good once, also after a restart, and stays unspent by a request that could not be served', async () => {
  const assertion = sts.assertion()
  const wrong = await sts.ask({ assertion, resource: resourceOf(farm, 'exchange').replace('2', '7') })
  expect([wrong.status, wrong.body.error]).toEqual([400, 'unauthorized_client'])
  expect((await sts.ask({ assertion })).status).toBe(200)
  const replayed = { status: 400, body: { error: 'invalid_grant' } }
  const again = await sts.ask({ assertion })
  expect(again).toMatchObject(replayed)
  expect(again.header('x-entente-refusal')).toEqual(['assertion_replayed'])
  // The resource makes no difference, nor does another assertion of the same name.
  expect(await sts.ask({ assertion, resource: resourceOf(farm, 'sharepoint') })).toMatchObject(replayed)
  const named = sts.assertion({ jti: 'the same' })
  expect((await sts.ask({ assertion: named })).status).toBe(200)
  expect(
    await sts.ask({ assertion: sts.assertion({ jti: 'the same', exp: String(farm.clock.now + 599) }) }),
  ).toMatchObject(replayed)
  await sts.restart()
  expect(await sts.ask({ assertion })).toMatchObject(replayed)
  // As long as clocks may differ.
  farm.clock.now += 600 + 300
  expect(await sts.ask({ assertion })).toMatchObject(replayed)
  farm.clock.now += 1
  expect((await sts.ask({ assertion })).header('x-entente-refusal')).toEqual(['token_expired'])
})

test('an assertion is good once, also where the clock goes ahead and back', async () => {
  const assertion = sts.assertion()
  expect((await sts.ask({ assertion })).status).toBe(200)
  farm.clock.now += 5_000
  expect((await sts.ask()).status).toBe(200)
  farm.clock.now -= 5_000
  expect((await sts.ask({ assertion })).header('x-entente-refusal')).toEqual(['assertion_replayed'])
})

test('and where clocks may differ by more from now on', async () => {
  const assertion = sts.assertion()
  expect((await sts.ask({ assertion })).status).toBe(200)
  farm.clock.now += 600 + 302
  expect((await sts.ask()).status).toBe(200)
  await sts.restart({ clockSkewSeconds: 900 })
  expect((await sts.ask({ assertion })).header('x-entente-refusal')).toEqual(['assertion_replayed'])
  await sts.restart()
})

test('a client that is not served is refused in the record and in what is counted, with what was wrong, and not admitted', async () => {
  const counts = async () => {
    const headers = { authorization: `Bearer ${sts.running.adminToken}` }
    const lines = (await farm.send('GET', `${sts.url}/metrics`, headers)).body.split('\n')
    const countOf = (name: string, ...labels: string[]) =>
      Number(
        lines
          .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
          ?.split(' ')[1] ?? 0,
      )
    const client = 'partner="HRApp"'
    return {
      admitted: countOf('entente_admissions_total', client),
      replayed: countOf('entente_refusals_total', client, 'code="assertion_replayed"'),
      notAllowed: countOf('entente_refusals_total', client, 'code="resource_not_allowed"'),
    }
  }
  const shown = async ({ header }: Awaited<ReturnType<typeof sts.ask>>) => {
    const { body } = await sts.admin('GET', `/decisions/${header('request-id')[0]}`)
    return body.items
  }
  const before = await counts()
  const assertion = sts.assertion()
  const elsewhere = resourceOf(farm, 'exchange').replace('2', '7')
  const notAllowed = await shown(await sts.ask({ assertion, resource: elsewhere }))
  expect((await sts.ask({ assertion })).status).toBe(200)
  const replayed = await shown(await sts.ask({ assertion }))

  for (const [items, code, at] of [
    [notAllowed, 'resource_not_allowed', 'resource'],
    [replayed, 'assertion_replayed', 'assertion'],
  ] as const) {
    expect(items).toMatchObject([
      { kind: 'refused', code, partner: `${APP}@${REALM}`, explanation: { verdict: 'refused', code } },
    ])
    const failed = items[0].explanation.findings.filter(
      ({ result }: { result: string }) => result === 'failed',
    )
    expect(failed).toMatchObject([{ check: 'request may be served', code, at }])
    expect(failed[0].expected).toBeTruthy()
  }
  const after = await counts()
  expect(after).toEqual({
    admitted: before.admitted + 1,
    replayed: before.replayed + 1,
    notAllowed: before.notAllowed + 1,
  })
})

test.each([
  ['a name', {}],
  ['no name', { jti: undefined }],
])('of twenty who present one assertion with %s at once, one gets a token', async (_, claims) => {
  const assertion = sts.assertion(claims)
  const answers = await Promise.all(Array.from({ length: 20 }, () => sts.ask({ assertion })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(400)])
})

test('a client that is disabled or removed gets nothing from the next request on', async () => {
  expect((await change({ enabled: false })).body).toMatchObject({ enabled: false })
  const refused = await sts.ask()
  expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
  expect(refused.header('x-entente-refusal')).toEqual(['partner_disabled'])
  await change({ enabled: true })
  expect((await sts.ask()).status).toBe(200)
  await change({ resources: [principalOf(farm, 'lync')] })
  expect((await sts.ask()).body.error).toBe('unauthorized_client')
  expect((await sts.ask({ resource: resourceOf(farm, 'lync') })).status).toBe(200)
  await sts.admin('DELETE', '/token-clients/HRApp')
  expect((await sts.ask({ resource: resourceOf(farm, 'lync') })).body.error).toBe('invalid_client')
  expect((await sts.addClient()).status).toBe(201)
})

test('a server without the right to tell strangers reasons says the same of every unknown client', async () => {
  await sts.restart({ refusalHeader: false })
  const said = await Promise.all(
    [
      sts.assertion({ iss: `${APP.replace('5', '6')}@${REALM}` }),
      sts.assertion({}, KEYS.partner),
      `${sts.assertion().slice(0, -8)}AAAAAAAA`,
    ].map(async (assertion) => {
      const { status, body, header } = await sts.ask({ assertion })
      return [status, body, header('x-entente-refusal')]
    }),
  )
  expect(new Set(said.map((one) => JSON.stringify(one))).size).toBe(1)
  expect((await sts.ask()).status).toBe(200)
  await sts.restart()
})

test('every decision is recorded with its explanation, and neither assertion nor token is', async () => {
  const assertion = sts.assertion({ aud: resourceOf(farm, 'exchange') })
  const refused = await sts.ask({ assertion })
  const issued = await sts.ask()
  const { body } = await sts.admin('GET', '/audit?limit=1000')
  const of = (answer: typeof refused) =>
    body.items.filter((item: { requestId: string }) => item.requestId === answer.header('request-id')[0])
  expect(of(refused)).toMatchObject([{ kind: 'refused', code: 'audience_wrong_application' }])
  expect(
    of(issued)
      .map(({ kind }: { kind: string }) => kind)
      .sort(),
  ).toEqual(['admitted', 'minted'])
  const explained = await sts.admin('GET', `/decisions/${refused.header('request-id')[0]}`)
  expect(JSON.stringify(explained.body)).toContain('token is for this application')
  const text = JSON.stringify([body, explained.body])
  for (const secret of [assertion, issued.body.access_token])
    for (const segment of secret.split('.').slice(1)) expect(text).not.toContain(segment)
})
