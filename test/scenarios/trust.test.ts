/** Three real servers over HTTPS: who is believed, when, and what is said when not. */
import { type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm

beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
})

afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

test('two servers that registered each other pass the connectivity test, and the item is really there', async () => {
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
  const report = await farm.connectivityTest({ deleteItem: true })
  expect(report).toMatchObject({ passed: true, summary: 'Test passed.' })
  expect(report.steps.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual([
    'resolve user: passed',
    'autodiscover: passed',
    'challenge: passed',
    'mint: passed',
    'create item: passed',
    'read item: passed',
    'delete item: passed',
  ])
})

test('an item is kept unless its deletion is asked for', async () => {
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
  const report = await farm.connectivityTest()
  expect(report.steps.at(-1)).toMatchObject({
    name: 'delete item',
    outcome: 'skipped',
    detail: 'not asked for',
  })
})

test('trust is one-way: Lync may call Exchange while Exchange may not call Lync', async () => {
  await farm.register('exchange', 'lync') // the record is Exchange's: it believes Lync
  const asExchange = { authorization: `Bearer ${await mintAs(farm, 'exchange', 'lync')}` }
  const asLync = { authorization: `Bearer ${await mintAs(farm, 'lync', 'exchange')}` }

  const there = await farm.send('POST', `${farm.servers.exchange.url}/EWS/Exchange.asmx`, asLync)
  expect(there.status).toBe(415) // admitted: what is missing is a request
  const back = await farm.send('GET', `${farm.servers.lync.url}/ucwa/v1/me`, asExchange)
  expect(back.status).toBe(401)
  expect(back.header('x-entente-refusal')).toEqual(['issuer_unknown'])

  await farm.register('lync', 'exchange')
  expect((await farm.send('GET', `${farm.servers.lync.url}/ucwa/v1/me`, asExchange)).status).toBe(200)
})

test('SharePoint tells an application apart from a user it acts for', async () => {
  await farm.register('sharepoint', 'exchange')
  const url = `${farm.servers.sharepoint.url}/_api/web/currentuser`
  const [, pilar] = farm.lab.users
  const accept = 'application/json;odata=verbose'
  const asUser = { accept, authorization: `Bearer ${await mintAs(farm, 'exchange', 'sharepoint', pilar)}` }
  const asItself = { accept, authorization: `Bearer ${await mintAs(farm, 'exchange', 'sharepoint')}` }
  expect(JSON.parse((await farm.send('GET', url, asUser)).body).d).toMatchObject({
    Title: 'Pilar Ackerman',
    LoginName: 'i:0#.w|pilar@litwareinc.com',
    Email: 'pilar@litwareinc.com',
  })
  expect(JSON.parse((await farm.send('GET', url, asItself)).body).d).toMatchObject({
    Title: 'SharePoint App',
    LoginName: 'i:0i.t|ms.sp.ext|00000002-0000-0ff1-ce00-000000000000@litwareinc.com',
    UserId: null,
  })
})

test('a partner that was disabled is refused from the next call on, and admitted again when enabled', async () => {
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
  await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: false })
  expect(await farm.connectivityTest()).toMatchObject({ failure: { code: 'partner_disabled' } })
  await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: true })
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
})

test.each([
  ['Full', true, undefined],
  ['Application', false, 'trust_level_forbids_user'],
  ['User', false, 'trust_level_forbids_user'],
])('at trust level %s Lync may act for Ken: %s', async (applicationTrustLevel, passed, code) => {
  await farm.register('exchange', 'lync', { applicationTrustLevel })
  await farm.register('lync', 'exchange')
  const report = await farm.connectivityTest()
  expect(report.passed).toBe(passed)
  expect(report.failure?.code).toBe(code)
})

test('a partner whose metadata host is down is not registered, and nothing is left half done', async () => {
  await farm.stop('lync')
  const answer = await farm.register('exchange', 'lync')
  expect(answer.status).toBe(502)
  expect(answer.body).toMatchObject({ code: 'metadata_unreachable', errors: [{ path: 'metadataUrl' }] })
  expect((await farm.admin('exchange', 'GET', '/partner-applications')).body).toEqual({ items: [] })
  await farm.restart('lync')
  expect((await farm.register('exchange', 'lync')).status).toBe(201)
})

describe('the connectivity test tells apart', () => {
  beforeEach(async () => {
    await farm.register('exchange', 'lync')
    await farm.register('lync', 'exchange')
  })

  test('a SIP address that nobody has', async () => {
    expect(await farm.connectivityTest({ sipUri: 'sip:nobody@litwareinc.com' })).toMatchObject({
      failure: { step: 'resolve user', code: 'sip_address_unknown' },
    })
  })

  test('a user without a mailbox', async () => {
    expect(await farm.connectivityTest({ sipUri: 'sip:jkaufman@litwareinc.com' })).toMatchObject({
      failure: { step: 'autodiscover', code: 'user_without_mailbox' },
    })
  })

  test('a user whom Exchange does not know', async () => {
    const ken = farm.lab.users[0]!
    await farm.admin('exchange', 'DELETE', `/users/${ken.sid}`)
    expect(await farm.connectivityTest()).toMatchObject({ failure: { code: 'user_unknown' } })
  })

  test('a partner that Exchange never registered', async () => {
    await farm.admin('exchange', 'DELETE', '/partner-applications/lync')
    const { failure } = await farm.connectivityTest()
    expect(failure).toMatchObject({ code: 'issuer_unknown' })
    expect(failure?.mend).toContain('entente partner add --server exchange')
  })

  test('a key that Exchange does not know', async () => {
    const other = (await farm.send('GET', farm.metadataUrl('sharepoint'))).body
    const certificate = JSON.parse(other).keys[0].keyValue.value
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { certificate })
    expect(await farm.connectivityTest()).toMatchObject({ failure: { code: 'key_unknown' } })
  })

  test('an audience that is not Exchange’s', async () => {
    const document = JSON.parse((await farm.send('GET', farm.metadataUrl('exchange'))).body)
    await farm.admin('lync', 'DELETE', '/partner-applications/exchange')
    await farm.admin('lync', 'POST', '/partner-applications', {
      identity: 'exchange',
      applicationIdentifier: document.serviceName,
      realm: 'contoso.com',
      certificate: document.keys[0].keyvalue.value,
    })
    expect(await farm.connectivityTest()).toMatchObject({ failure: { code: 'audience_wrong_realm' } })
  })

  test('an Exchange that Lync never registered', async () => {
    await farm.admin('lync', 'DELETE', '/partner-applications/exchange')
    expect(await farm.connectivityTest()).toMatchObject({ failure: { code: 'partner_not_registered_here' } })
  })

  test('an Exchange that Lync has disabled', async () => {
    await farm.admin('lync', 'PATCH', '/partner-applications/exchange', { enabled: false })
    expect(await farm.connectivityTest()).toMatchObject({ failure: { code: 'partner_disabled_here' } })
  })

  test('an Exchange that is down', async () => {
    await farm.stop('exchange')
    expect(await farm.connectivityTest()).toMatchObject({
      failure: { step: 'autodiscover', code: 'unreachable' },
    })
    await farm.restart('exchange')
  })

  test('a folder that needs archiving, for a user without it', async () => {
    expect(await farm.connectivityTest({ folder: 'Dumpster' })).toMatchObject({ passed: true })
    expect(
      await farm.connectivityTest({ folder: 'Dumpster', sipUri: 'sip:pilar@litwareinc.com' }),
    ).toMatchObject({ failure: { step: 'create item', code: 'ErrorCreateItemAccessDenied' } })
  })
})

test('what was registered is still there after a restart', async () => {
  await farm.close()
  farm = await startFarm('sqlite')
  await farm.addUsers()
  await farm.register('exchange', 'lync', {
    applicationTrustLevel: 'Full',
    acceptSecurityIdentifierInformation: true,
  })
  await farm.register('lync', 'exchange')
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
  const before = await farm.admin('exchange', 'GET', '/partner-applications/lync')
  await farm.stop('exchange')
  await farm.restart('exchange')
  expect((await farm.admin('exchange', 'GET', '/partner-applications/lync')).body).toEqual(before.body)
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
})
