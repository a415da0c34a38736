/** What is measured, whether the server is ready, and that every alert rule fires when it should and at no other time. */
import { readFileSync } from 'node:fs'
import { healthAt } from '../../src/http/health.ts'
import { firing, type Rule, readRules, readSamples, type Sample, type Scrape } from '../support/alerts.ts'
import { type Farm, mintAs, startFarm } from '../support/farm.ts'

const RULES = readRules('docs/operations/alerts.yml')
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]

let farm: Farm
let scrapes: Scrape[]

beforeEach(async () => {
  farm = await startFarm()
  scrapes = []
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('exchange', 'sharepoint')
  await farm.register('lync', 'exchange')
})
afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const get = (path: string, token = farm.servers.exchange.adminToken) =>
  farm.send('GET', `${farm.servers.exchange.url}${path}`, { authorization: `Bearer ${token}` })
const metrics = async () => readSamples((await get('/metrics')).body)
const valuesOf = (samples: readonly Sample[], name: string) =>
  samples
    .filter((one) => one.name === name)
    .map(({ labels: { server: _, product: __, ...labels }, value }) => ({ ...labels, value }))

/** Lets time pass at Exchange, which then makes up for what was due, and is scraped. */
async function pass(seconds: number): Promise<void> {
  farm.clock.now += seconds
  await farm.admin('exchange', 'PATCH', '/clock', { settle: true })
  scrapes.push({ at: farm.clock.now, samples: await metrics() })
}

const callAs = async (token: string) =>
  (
    await farm.send('POST', `${farm.servers.exchange.url}/EWS/Exchange.asmx`, {
      authorization: `Bearer ${token}`,
    })
  ).status
const faults = (order: string) =>
  farm.admin('exchange', 'POST', '/faults', {
    ...{ to: new URL(farm.servers.lync.url).host, on: 'documents', order, again: true },
  })
async function replaceKeyOf(server: 'exchange' | 'lync', days?: number): Promise<void> {
  const { body } = await farm.admin(server, 'POST', '/signing-keys', days === undefined ? {} : { days })
  const path = `/signing-keys/${body.thumbprint}/publish`
  expect((await farm.admin(server, 'POST', path)).status).toBe(200)
}

/** What makes each rule fire: what is done, and how time goes on. */
const CAUSES: Readonly<Record<string, () => Promise<void>>> = {
  EntenteSigningKeyEnded: async () => {
    await replaceKeyOf('exchange', 3)
    await pass(3 * DAY + MINUTE)
  },
  EntenteSigningKeyMustBeReplaced: async () => {
    await replaceKeyOf('exchange', 3)
    await pass(2.5 * DAY)
    // It has not ended yet, and nothing says so.
    expect(firing(RULES.find(({ alert }) => alert === 'EntenteSigningKeyEnded')!, scrapes)).toEqual([])
  },
  EntenteSigningKeyMustBeStaged: async () => {
    await replaceKeyOf('exchange', 90)
    for (let n = 0; n < 3; n++) await pass(n === 0 ? 40 * DAY : 40 * MINUTE)
  },
  EntenteSigningKeyLastWeek: async () => {
    await replaceKeyOf('exchange', 10)
    await pass(5 * DAY)
  },
  EntenteNextKeyUnseen: async () => {
    await farm.admin('exchange', 'POST', '/signing-keys', {
      effectiveAt: new Date((farm.clock.now + 9 * DAY) * 1000).toISOString(),
    })
    for (let n = 0; n < 6; n++) await pass(5 * HOUR)
  },
  // TLS lives by the machine's time: the lab's certificates have 825 days, so that clock is moved.
  EntenteTlsCertificateEnding: () => pass(800 * DAY),
  EntentePartnerRefreshFailing: async () => {
    await faults('503')
    for (let n = 0; n < 4; n++) await pass(n === 0 ? 13 * HOUR : 20 * MINUTE)
  },
  EntentePartnerKeysLastDays: async () => {
    await faults('down')
    for (let n = 0; n < 6; n++) await pass(DAY)
  },
  EntentePartnerDocumentQuarantined: async () => {
    // The document of another application, where Lync's was.
    await farm.stop('lync')
    await farm.restart('lync', { realm: 'corp.litwareinc.com' as never })
    await pass(13 * HOUR)
  },
  EntentePartnerCertificateEnding: async () => {
    await replaceKeyOf('lync', 20)
    await farm.admin('lync', 'POST', '/signing-keys/clear-previous')
    for (let n = 0; n < 10; n++) await pass(DAY)
  },
  EntentePartnerKeyUnknown: async () => {
    await pass(MINUTE)
    await faults('down')
    await replaceKeyOf('lync')
    expect((await farm.connectivityTest()).failure?.code).toBe('key_unknown')
    await pass(MINUTE)
  },
  EntentePartnerRefused: async () => {
    const disabled = { enabled: false }
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', disabled)
    const token = await mintAs(farm, 'lync', 'exchange')
    for (let n = 0; n < 25; n++) await callAs(token)
    await pass(MINUTE)
  },
}

test('there is a cause here for every rule, and a rule for every cause', () => {
  expect(RULES.map(({ alert }) => alert).sort()).toEqual(Object.keys(CAUSES).sort())
  expect(RULES.length).toBe(readFileSync('docs/operations/alerts.yml', 'utf8').match(/expr:/g)?.length)
})

test.each(RULES.map((rule): [string, Rule] => [rule.alert, rule]))(
  '%s is silent while all is well, and fires for its cause',
  async (alert, rule) => {
    for (let n = 0; n < 3; n++) await pass(5 * MINUTE)
    await farm.connectivityTest()
    expect(RULES.filter((one) => firing(one, scrapes).length > 0)).toEqual([])
    await CAUSES[alert]!()
    const fired = firing(rule, scrapes)
    expect(fired.length).toBeGreaterThan(0)
    for (const { labels } of fired) expect(labels).toMatchObject({ server: 'exchange', product: 'exchange' })
  },
)

test('a rule with a “for” waits, and starts again when it was good in between', () => {
  const rule: Rule = { alert: 'A', expr: 'a == 1', for: 60 }
  const at = (time: number, value: number): Scrape => ({
    at: time,
    samples: [{ name: 'a', labels: {}, value }],
  })
  expect(firing(rule, [at(0, 1), at(30, 1)])).toEqual([])
  expect(firing(rule, [at(0, 1), at(30, 1), at(60, 1)])).toHaveLength(1)
  expect(firing(rule, [at(0, 1), at(30, 0), at(60, 1)])).toEqual([])
})

test('every metric of the rules and of the dashboard is one that is there', async () => {
  await farm.connectivityTest()
  await callAs('a.b.c')
  const there = new Set((await metrics()).map(({ name }) => name))
  const dashboard = JSON.parse(readFileSync('docs/operations/dashboard.json', 'utf8')) as {
    panels: { targets: { expr: string }[] }[]
  }
  const used = [...RULES, ...dashboard.panels.flatMap(({ targets }) => targets)].flatMap(
    ({ expr }) => expr.match(/entente_[a-z_]+/g) ?? [],
  )
  expect(used.length).toBeGreaterThan(15)
  expect(used.filter((name) => !there.has(name))).toEqual([])
  const listed = readFileSync('docs/operations/README.md', 'utf8').matchAll(/^\| `(entente_[a-z_]+)`/gm)
  const families = new Set([...there].map((name) => name.replace(/_(bucket|sum|count)$/, '')))
  expect([...listed].map(([, name]) => name).sort()).toEqual([...families].sort())
})

test('calls, signatures and refusals are counted by partner; strangers are all one', async () => {
  const bad = (await mintAs(farm, 'lync', 'exchange')).replace(/.{8}$/, 'AAAAAAAA')
  await callAs(bad)
  for (let n = 0; n < 20; n++) await callAs(`junk${n}.junk.junk`)
  const [header, , signature] = bad.split('.')
  for (let n = 0; n < 20; n++) {
    const iss = `00000000-0000-0000-0000-0000000000${10 + n}@evil.example`
    await callAs([header, Buffer.from(JSON.stringify({ iss })).toString('base64url'), signature].join('.'))
  }
  const before = await metrics()
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
  const after = await metrics()
  const refusals = valuesOf(after, 'entente_refusals_total') as {
    code?: string
    partner?: string
    value: number
  }[]
  expect(refusals).toContainEqual({ code: 'bad_signature', partner: 'lync', value: 1 })
  expect(new Set(refusals.map(({ partner }) => partner))).toEqual(
    new Set(['lync', 'sharepoint', '(unknown)']),
  )
  expect(refusals.reduce((sum, { value }) => sum + value, 0)).toBe(41)
  const admitted = (samples: Sample[]) =>
    valuesOf(samples, 'entente_admissions_total').reduce((sum, { value }) => sum + value, 0)
  expect(admitted(after) - admitted(before)).toBeGreaterThanOrEqual(3)
  const count = (name: string) => valuesOf(after, name).reduce((sum, { value }) => sum + value, 0)
  expect(count('entente_admit_seconds_count')).toBe(41 + admitted(after))
  const lync = await farm.send('GET', `${farm.servers.lync.url}/metrics`, {
    authorization: `Bearer ${farm.servers.lync.adminToken}`,
  })
  // One signature is enough for all calls of a test.
  expect(valuesOf(readSamples(lync.body), 'entente_mint_seconds_count')[0]!.value).toBeGreaterThanOrEqual(1)
})

test('metrics are for those who may read, and are no call that the record is full of', async () => {
  expect((await get('/metrics', 'wrong')).status).toBe(401)
  expect((await get('/metrics', await mintAs(farm, 'lync', 'exchange'))).status).toBe(401)
  const { body: made } = await farm.admin('exchange', 'POST', '/admin-tokens', {
    name: 'prometheus',
    scope: 'read',
  })
  const read = await get('/metrics', made.token)
  expect(read.status).toBe(200)
  expect(read.header('content-type')[0]).toMatch(/^text\/plain; version=0\.0\.4/)
  const post = await farm.send('POST', `${farm.servers.exchange.url}/metrics`, {
    authorization: `Bearer ${made.token}`,
  })
  expect([post.status, post.header('allow')]).toEqual([405, ['GET, HEAD']])
  const { body } = await farm.admin('exchange', 'GET', '/audit?limit=1000')
  const scraped = body.items.filter(({ through }: { through: string }) => through.includes('/metrics'))
  expect(scraped.map(({ status }: { status: number }) => status)).toEqual([401, 401])
})

test('what is measured of a partner goes with it', async () => {
  const names = async () => valuesOf(await metrics(), 'entente_partner_enabled')
  expect(await names()).toHaveLength(2)
  await farm.connectivityTest()
  await callAs((await mintAs(farm, 'lync', 'exchange')).replace(/.{8}$/, 'AAAAAAAA'))
  const ofLync = async () => (await metrics()).filter(({ labels }) => labels['partner'] === 'lync')
  expect((await ofLync()).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['entente_admissions_total', 'entente_refusals_total']),
  )
  await farm.admin('exchange', 'DELETE', '/partner-applications/lync')
  expect(await names()).toEqual([{ partner: 'sharepoint', value: 1 }])
  expect(await ofLync()).toEqual([])
  // What strangers are counted under is no name that a partner could have.
  const { status } = await farm.register('exchange', 'lync', { identity: '(unknown)' })
  expect(status).toBe(422)
})

test('a server that runs is live and ready, for whoever asks', async () => {
  const ask = (path: string) => farm.send('GET', `${farm.servers.lync.url}${path}`)
  expect(await ask('/health/live')).toMatchObject({ status: 200, body: '{"status":"live"}\n' })
  expect(await ask('/health/ready')).toMatchObject({ status: 200, body: '{"status":"ready"}\n' })
  expect((await ask('/health/other')).status).toBe(401)
  expect((await farm.send('POST', `${farm.servers.lync.url}/health/live`)).status).toBe(405)
})

const UNREADY: readonly (readonly [string, boolean, () => Promise<unknown>, readonly string[]])[] = [
  ['before it is started as a whole', false, async () => undefined, ['start']],
  ['while its store fails', true, () => Promise.reject(new Error('disk I/O error')), ['store']],
  ['while its store does not answer', true, () => new Promise(() => undefined), ['store']],
]

test.each(UNREADY)(
  'a server is not ready %s, and says no more than that',
  async (_, isServing, askStore, missing) => {
    const readiness = { isServing: () => isServing, askStore }
    expect(await healthAt('/health/ready', readiness)).toEqual({
      status: 503,
      body: { status: 'not ready', missing },
    })
    expect(await healthAt('/health/live', readiness)).toMatchObject({ status: 200 })
  },
)
