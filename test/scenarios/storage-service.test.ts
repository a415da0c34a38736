/** Lync's Storage Service: what it notes when Exchange cannot be worked with, its settings, and its tests of notifications and of SharePoint. */
import type { ProbeReport } from '../../src/products/product.ts'
import { type Farm, KEN, type ServerName, startFarm } from '../support/farm.ts'

const ADAPTER = 'bc24207f-08a7-4569-b984-a90f78a49d46'
const OTHER = 'sip:pilar@litwareinc.com'

let farm: Farm
beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
})
afterEach(() => farm.close())

const introduce = async (...pairs: [at: ServerName, partner: ServerName][]) => {
  for (const [at, partner] of pairs) await farm.register(at, partner)
}
const TRUST: [ServerName, ServerName][] = [
  ['exchange', 'lync'],
  ['lync', 'exchange'],
  ['sharepoint', 'lync'],
  ['lync', 'sharepoint'],
]

async function probe(name: string, input: object): Promise<ProbeReport> {
  const { status, body } = await farm.admin('lync', 'POST', `/tests/${name}`, input)
  if (status !== 200) throw new Error(`HTTP ${status}: ${JSON.stringify(body)}`)
  return body
}

async function failures(filter: Record<string, string> = {}): Promise<Record<string, string>[]> {
  const query = new URLSearchParams(filter)
  const { status, body } = await farm.admin('lync', 'GET', `/storage-service-failures?${query}`)
  if (status !== 200) throw new Error(`HTTP ${status}: ${JSON.stringify(body)}`)
  return body.items
}

const outcomes = ({ steps }: ProbeReport) => steps.map(({ name, outcome }) => `${name} ${outcome}`)

describe('failures of the storage service', () => {
  test('while all is well nothing is noted', async () => {
    await introduce(...TRUST)
    expect(await farm.connectivityTest()).toMatchObject({ passed: true })
    expect(await failures()).toEqual([])
  })

  test('Exchange that does not know Lync is noted in the words of the product', async () => {
    await introduce(['lync', 'exchange'])
    const report = await farm.connectivityTest({ folder: 'Dumpster' })
    expect(report.failure?.step).toBe('autodiscover')
    const [failure, ...more] = await failures()
    expect(more).toEqual([])
    const uri = `https://localhost:${farm.servers.exchange.port}/autodiscover/autodiscover.svc`
    expect(failure).toEqual({
      adapterId: ADAPTER,
      endpointId: 'kenmyer@litwareinc.com',
      endpointStatusTime: new Date(farm.clock.now * 1000).toISOString().replace('.000', ''),
      endpointStatusDetail:
        'StoreWebException: code=ErrorEwsAutodiscover, reason=GetUserSettings failed, ' +
        `smtpAddress=kenmyer@litwareinc.com, Autodiscover Uri=${uri}, Autodiscover WebProxy=<NULL>, ` +
        'WebExceptionStatus=ProtocolError ---> System.Net.WebException: ' +
        'The remote server returned an error: (401) Unauthorized.',
      other: expect.stringMatching(/^issuer_unknown: .*entente partner add --server exchange/),
      component: 'ExchangeArchiving',
      sipUri: KEN,
    })
  })

  test('Exchange that is down is noted as a connection that failed', async () => {
    await introduce(...TRUST)
    await farm.stop('exchange')
    expect((await farm.connectivityTest()).failure?.code).toBe('unreachable')
    expect((await failures())[0]?.['endpointStatusDetail']).toMatch(
      /WebExceptionStatus=ConnectFailure ---> System\.Net\.WebException: Unable to connect to the remote server/,
    )
  })

  test('a user who is not archived is noted with the code of EWS', async () => {
    await introduce(...TRUST)
    await farm.connectivityTest({ sipUri: OTHER, folder: 'Dumpster' })
    expect((await failures({ sipUri: OTHER }))[0]).toMatchObject({
      component: 'ExchangeArchiving',
      endpointStatusDetail: expect.stringMatching(
        /^StoreWebException: code=ErrorCreateItemAccessDenied, reason=CreateItem failed, .*Ews Uri=https:.*\/EWS\/Exchange\.asmx/i,
      ),
    })
  })

  test('a user whom Lync does not know is no failure of Exchange', async () => {
    await introduce(...TRUST)
    await farm.connectivityTest({ sipUri: 'sip:nobody@litwareinc.com' })
    expect(await failures()).toEqual([])
  })

  test('they are filtered by user, component, adapter and time, and live through a restart', async () => {
    await farm.close()
    farm = await startFarm('sqlite')
    await farm.addUsers()
    const start = farm.clock.now
    await farm.connectivityTest()
    farm.clock.now += 3600
    await farm.connectivityTest({ folder: 'Inbox' })
    await farm.stop('lync')
    await farm.restart('lync')
    const at = (seconds: number) => new Date((start + seconds) * 1000).toISOString()
    expect(await failures()).toHaveLength(2)
    expect(await failures({ component: 'Other' })).toHaveLength(1)
    expect(await failures({ startTime: at(1) })).toMatchObject([{ component: 'Other' }])
    expect(await failures({ endTime: at(1) })).toMatchObject([{ component: 'ConversationHistory' }])
    expect(await failures({ sipUri: 'KENMYER@litwareinc.com' })).toHaveLength(2)
    expect(await failures({ sipUri: OTHER })).toEqual([])
    expect(await failures({ adapterId: ADAPTER.toUpperCase() })).toHaveLength(2)
    expect(await failures({ adapterId: '00000000-0000-4000-8000-000000000000' })).toEqual([])
    expect(await failures({ limit: '1' })).toHaveLength(1)
  })

  test.each([
    ['component=Mail', 'component'],
    ['startTime=yesterday', 'startTime'],
    ['adapterId=1', 'adapterId'],
    ['limit=0', 'limit'],
    ['sipUri=nobody', 'sipUri'],
    ['endpoint=x', 'endpoint'],
  ])('the filter %s is refused by name', async (query, field) => {
    const { status, body } = await farm.admin('lync', 'GET', `/storage-service-failures?${query}`)
    expect([status, body.errors[0].path]).toEqual([422, field])
  })
})

describe('settings', () => {
  test.each([
    [
      '/archiving-configuration',
      { enableArchiving: 'None', enableExchangeArchiving: false, blockOnArchiveFailure: false },
      { enableArchiving: 'ImOnly' },
    ],
    ['/archiving-policy', { archiveInternal: false, archiveExternal: false }, { archiveExternal: true }],
    [
      '/conversation-history-configuration',
      { enableServerConversationHistory: false, maxContinuedConversationRetry: 3 },
      { enableServerConversationHistory: true },
    ],
    ['/user-services-policy', { ucsAllowed: true }, { ucsAllowed: false }],
  ])('%s has the defaults %j, and a change is of what it names', async (path, defaults, change) => {
    expect((await farm.admin('lync', 'GET', path)).body).toEqual(defaults)
    expect((await farm.admin('lync', 'PATCH', path, change)).body).toEqual({ ...defaults, ...change })
    expect((await farm.admin('lync', 'GET', path)).body).toEqual({ ...defaults, ...change })
    expect((await farm.admin('exchange', 'GET', path)).status).toBe(404)
  })

  test.each([
    ['/archiving-configuration', { enableArchiving: 'All' }, 'enableArchiving'],
    ['/archiving-configuration', {}, '(body)'],
    [
      '/conversation-history-configuration',
      { maxContinuedConversationRetry: -1 },
      'maxContinuedConversationRetry',
    ],
    ['/user-services-policy', { ucsAllowed: null }, 'ucsAllowed'],
    ['/archiving-policy', { archiveAll: true }, 'archiveAll'],
  ])('to %s the change %j is refused by name', async (path, change, field) => {
    const { status, body } = await farm.admin('lync', 'PATCH', path, change)
    expect([status, body.errors[0].path]).toEqual([422, field])
  })
})

describe('the storage notification test', () => {
  test('subscribes, is told of the item it writes, deletes it and ends the subscription', async () => {
    await introduce(...TRUST)
    const report = await probe('storage-notification', { sipUri: KEN, deleteItem: true })
    expect(outcomes(report)).toEqual(
      [
        ...['resolve user', 'autodiscover', 'challenge', 'mint'],
        ...['subscribe', 'create item', 'notification', 'delete item', 'unsubscribe'],
      ].map((name) => `${name} passed`),
    )
    expect(report.fields).toEqual({
      'Target Fqdn': 'localhost',
      Result: 'Success',
      Latency: expect.stringMatching(/^00:00:\d\d(\.\d{7})?$/),
      'Error Message': '',
      Diagnosis: '',
    })
  })

  test('leaves the item unless it is told to delete it', async () => {
    await introduce(...TRUST)
    const report = await probe('storage-notification', { sipUri: KEN })
    expect(outcomes(report)).toContain('delete item skipped')
    expect(outcomes(report)).toContain('unsubscribe passed')
  })

  test('tells by field what failed, and notes it', async () => {
    await introduce(['lync', 'exchange'])
    const report = await probe('storage-notification', { sipUri: KEN, deleteItem: true })
    expect(report).toMatchObject({
      passed: false,
      fields: {
        Result: 'Failure',
        'Error Message': expect.stringContaining('HTTP 401'),
        Diagnosis: expect.stringMatching(/^issuer_unknown: /),
      },
    })
    expect(await failures()).toHaveLength(1)
  })
})

describe('the archive search', () => {
  const STEPS = [
    ...['find partner', 'resolve user', 'locate', 'challenge', 'mint'],
    ...['find list', 'create item', 'find item', 'delete item'],
  ]

  test('finds its item in a list at SharePoint, and leaves nothing of it', async () => {
    await introduce(...TRUST)
    const first = await probe('archive-search', { sipUri: KEN })
    expect(outcomes(first)).toEqual(STEPS.map((name) => `${name} passed`))
    expect(first.steps[5]?.detail).toBe('Archived Conversations: made')
    const again = await probe('archive-search', { sipUri: KEN })
    expect(again.steps[5]?.detail).toBe('Archived Conversations: there')
    expect(again.steps[6]?.detail).toBe('item 2')
    expect(again.passed).toBe(true)
  })

  test('takes a list with a quote in its name', async () => {
    await introduce(...TRUST)
    expect((await probe('archive-search', { sipUri: KEN, list: "Ken's" })).passed).toBe(true)
    expect((await probe('archive-search', { sipUri: KEN, list: "Ken's" })).passed).toBe(true)
  })

  test('fails in a library, which takes no items without files', async () => {
    await introduce(...TRUST)
    expect((await probe('archive-search', { sipUri: KEN, list: 'Documents' })).failure).toMatchObject({
      step: 'create item',
      code: 'unexpected_answer',
    })
  })

  test.each<[string, [ServerName, ServerName][], string, string]>([
    ['Lync has no SharePoint', [], 'find partner', 'partner_not_registered_here'],
    ['SharePoint has no Lync', [['lync', 'sharepoint']], 'find list', 'issuer_unknown'],
  ])('while %s it fails at that', async (_, pairs, step, code) => {
    await introduce(...pairs)
    expect((await probe('archive-search', { sipUri: KEN })).failure).toMatchObject({ step, code })
  })

  test('a partner that was disabled at SharePoint is refused there', async () => {
    await introduce(...TRUST)
    await farm.admin('sharepoint', 'PATCH', '/partner-applications/lync', { enabled: false })
    expect((await probe('archive-search', { sipUri: KEN })).failure).toMatchObject({
      code: 'partner_disabled',
    })
  })
})
