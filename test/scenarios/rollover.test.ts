/** Signing keys and clocks of whole servers: over REST, over restarts, and as partners see them. */
import { X509Certificate } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NOT_A_LAB_CLOCK } from '../../src/http/admin/clock.ts'
import { CERTIFICATES, type Farm, type ServerName, startFarm } from '../support/farm.ts'
import { KEYS } from '../support/tokens.ts'

const NAMES: readonly ServerName[] = ['exchange', 'lync', 'sharepoint']
const HOUR = 3_600

let farm: Farm
afterEach(() => farm.close())

const patchClock = (name: ServerName, change: object) => farm.admin(name, 'PATCH', '/clock', change)

/** All clocks, then what each makes up for; what was done on the way, without thumbprints. */
async function pass(seconds: number): Promise<string[]> {
  const lines: string[] = []
  for (const change of [{ advanceSeconds: seconds, settle: false }, { settle: true }]) {
    for (const name of NAMES) {
      const { status, body } = await patchClock(name, change)
      expect(status).toBe(200)
      for (const { what } of body.played) lines.push(`${name}: ${what.replace(/ [0-9A-F]{40}/, '')}`)
    }
  }
  return lines
}

async function statesAt(name: ServerName): Promise<Record<string, string>> {
  const { body } = await farm.admin(name, 'GET', '/signing-keys')
  return Object.fromEntries(
    body.items.map(({ state, thumbprint }: { state: string; thumbprint: string }) => [state, thumbprint]),
  )
}

const document = async (name: ServerName, headers: Record<string, string> = {}) =>
  farm.send('GET', farm.metadataUrl(name), headers)

async function startTrusting(storage: 'memory' | 'sqlite' = 'memory'): Promise<void> {
  farm = await startFarm(storage)
  await farm.addUsers()
  for (const [server, partner] of [
    ['exchange', 'lync'],
    ['lync', 'exchange'],
    ['sharepoint', 'lync'],
  ] as const)
    expect((await farm.register(server, partner)).status).toBe(201)
}

test('a rollover of Lync, and then of Exchange, with its lead loses no call, and the timeline says what happened', async () => {
  await startTrusting()
  const lines: string[] = []
  for (const [name, lead] of [
    ['lync', 24],
    ['exchange', 48],
  ] as const) {
    const { body: before } = await farm.admin(name, 'GET', '/clock')
    const effectiveAt = new Date(Date.parse(before.time) + (lead * HOUR + 60) * 1000).toISOString()
    const staged = await farm.admin(name, 'POST', '/signing-keys', { effectiveAt })
    expect(staged).toMatchObject({ status: 201, body: { state: 'next' } })
    for (let hours = 0; hours <= lead + 12; hours += 6) {
      lines.push(...(await pass(6 * HOUR)))
      expect(await farm.connectivityTest()).toMatchObject({ passed: true })
    }
    expect((await statesAt(name))['current']).toBe(staged.body.thumbprint)
    expect((await farm.admin(name, 'POST', '/signing-keys/clear-previous')).status).toBe(200)
    lines.push(...(await pass(24 * HOUR)))
    expect(await farm.connectivityTest()).toMatchObject({ passed: true })
  }
  expect(lines).toEqual(
    expect.arrayContaining([
      'exchange: partner lync: new keys (generation 2)',
      'lync: signing key: next → current',
      'sharepoint: partner lync: new keys (generation 3)',
      'exchange: signing key: next → current',
      'lync: partner exchange: new keys (generation 2)',
    ]),
  )
  expect(farm.surprises).toEqual([])
})

test('the document carries next, current and previous in the product’s order, under an ETag that is honoured', async () => {
  farm = await startFarm()
  const keysIn = async (name: ServerName) =>
    JSON.parse((await document(name)).body).keys.map((key: Record<string, { value: string }>) => {
      const { value } = (key['keyvalue'] ?? key['keyValue'])!
      return new X509Certificate(Buffer.from(value, 'base64')).fingerprint.replaceAll(':', '')
    })
  for (const [name, order] of [
    ['exchange', ['current', 'next', 'previous']],
    ['lync', ['next', 'current', 'previous']],
    ['sharepoint', ['current', 'next', 'previous']],
  ] as const) {
    const first = await document(name)
    const [etag = ''] = first.header('etag')
    expect(await document(name, { 'if-none-match': `"x", W/${etag}` })).toMatchObject({
      status: 304,
      body: '',
    })
    const stage = { effectiveAt: '2031-05-01T12:00:00Z', stage: true }
    expect((await farm.admin(name, 'POST', '/signing-keys', stage)).body.state).toBe('next')
    expect((await farm.admin(name, 'POST', '/signing-keys/publish')).status).toBe(200)
    expect((await farm.admin(name, 'POST', '/signing-keys', stage)).body.state).toBe('next')
    const states = await statesAt(name)
    expect(await keysIn(name)).toEqual(order.map((state) => states[state]))
    expect((await document(name, { 'if-none-match': etag })).status).toBe(200)
  }
})

test('it is known which partner has fetched which generation; strangers are not noted', async () => {
  await startTrusting()
  const fetches = async () => (await farm.admin('lync', 'GET', '/signing-keys')).body.fetches
  await farm.send('GET', farm.metadataUrl('lync'), { 'x-entente-issuer': 'nobody@nowhere' })
  await farm.admin('exchange', 'POST', '/partner-applications/lync/refresh')
  const issuer = '00000002-0000-0ff1-ce00-000000000000@litwareinc.com'
  expect(await fetches()).toEqual([{ partner: issuer, generation: 1, fetchedAt: expect.any(String) }])
  await farm.admin('lync', 'POST', '/signing-keys', { effectiveAt: '2031-05-01T12:00:00Z' })
  expect(await fetches()).toMatchObject([{ generation: 1 }])
  await farm.admin('exchange', 'POST', '/partner-applications/lync/refresh')
  expect(await fetches()).toMatchObject([{ generation: 2 }])
})

test('SharePoint issues its own certificates, and publishes the authority behind them', async () => {
  farm = await startFarm()
  const root = async () => {
    const url = `${farm.metadataUrl('sharepoint')}/rootcertificate`
    const reply = await farm.send('GET', url)
    expect(reply.header('content-type')).toEqual(['application/x-x509-ca-cert'])
    return reply
  }
  await root() // of a self-signed certificate that certificate itself
  const made = await farm.admin('sharepoint', 'POST', '/signing-keys', { days: 365 })
  expect(made.body).toMatchObject({ state: 'available', issuedBySelf: false, daysLeft: 365 })
  const path = `/signing-keys/${made.body.thumbprint}/publish`
  expect((await farm.admin('sharepoint', 'POST', path)).body.state).toBe('current')
  const { body } = await document('sharepoint')
  const leaf = new X509Certificate(Buffer.from(JSON.parse(body).keys[0].keyValue.value, 'base64'))
  expect(leaf.issuer).toContain('SharePoint Root Authority')
})

test('keys, states, generations and the clock outlive a restart; the first key is the one that was configured', async () => {
  farm = await startFarm('sqlite')
  const configured = new X509Certificate(readFileSync(join(CERTIFICATES, 'lync-oauth.pem')))
  expect(await statesAt('lync')).toEqual({ current: configured.fingerprint.replaceAll(':', '') })
  await farm.admin('lync', 'POST', '/signing-keys', { effectiveAt: '2031-05-01T12:00:00Z' })
  await patchClock('lync', { time: '2031-04-30T12:00:00Z', frozen: true, skewSeconds: 5 })
  const [before, clock] = [await farm.admin('lync', 'GET', '/signing-keys'), '2031-04-30T12:00:05Z']
  await farm.stop('lync')
  await farm.restart('lync')
  expect((await farm.admin('lync', 'GET', '/signing-keys')).body).toEqual(before.body)
  expect((await farm.admin('lync', 'GET', '/clock')).body).toMatchObject({ time: clock, frozen: true })
  await patchClock('lync', { advanceSeconds: 2 * 86_400 })
  expect((await statesAt('lync'))['previous']).toBe(configured.fingerprint.replaceAll(':', ''))
})

test('private keys are in files of the owner alone, encrypted where a passphrase is given, and gone when retired', async () => {
  farm = await startFarm('sqlite')
  const dir = join(farm.dir, 'exchange', 'keys')
  const texts = () => readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))
  const passphraseFile = join(farm.dir, 'passphrase')
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
  expect(texts()).toEqual([expect.stringContaining('BEGIN PRIVATE KEY')])
  await farm.stop('exchange')

  writeFileSync(passphraseFile, 'correct horse battery\n', { mode: 0o644 })
  const withPassphrase = { keyPassphraseFile: passphraseFile }
  await expect(farm.restart('exchange', withPassphrase)).rejects.toThrow(/can be read by others \(mode 644\)/)
  chmodSync(passphraseFile, 0o600)
  await farm.restart('exchange', withPassphrase)
  expect(texts()).toEqual([expect.stringContaining('BEGIN ENCRYPTED PRIVATE KEY')])
  const added = await farm.admin('exchange', 'POST', '/signing-keys', {})
  await farm.admin('exchange', 'POST', `/signing-keys/${added.body.thumbprint}/publish`)
  expect(texts()).toHaveLength(2)
  await farm.admin('exchange', 'POST', '/signing-keys/clear-previous')
  expect(texts()).toEqual([expect.stringContaining('BEGIN ENCRYPTED PRIVATE KEY')])
  await farm.stop('exchange')

  await expect(farm.restart('exchange')).rejects.toThrow(/is encrypted; name the file with its passphrase/)
  writeFileSync(passphraseFile, 'another passphrase\n')
  await expect(farm.restart('exchange', withPassphrase)).rejects.toThrow(
    /that the configured passphrase opens/,
  )
  writeFileSync(passphraseFile, 'correct horse battery\n')
  const [file = ''] = readdirSync(dir)
  chmodSync(join(dir, file), 0o640)
  await expect(farm.restart('exchange', withPassphrase)).rejects.toThrow(/chmod 600/)
  chmodSync(join(dir, file), 0o600)
  await farm.restart('exchange', withPassphrase)
  expect((await statesAt('exchange'))['current']).toBe(added.body.thumbprint)
})

test('a new certificate for a key that was here, put in the configured place, is an error and no new key', async () => {
  farm = await startFarm('sqlite')
  const withPair = (key: { pem: string; privatePem: string }) => {
    const signing = { certificate: join(farm.dir, 'own.pem'), key: join(farm.dir, 'own-key.pem') }
    writeFileSync(signing.certificate, key.pem)
    writeFileSync(signing.key, key.privatePem, { mode: 0o600 })
    return { signing }
  }
  await farm.stop('exchange')
  await farm.restart('exchange', withPair(KEYS.partner))
  const before = await statesAt('exchange')
  await farm.stop('exchange')
  await expect(farm.restart('exchange', withPair(KEYS.partnerFuture))).rejects.toThrow(
    /own\.pem is a new certificate of a key that was here before \([0-9A-F]{40}, current\)/,
  )
  await farm.restart('exchange', withPair(KEYS.partner))
  expect(await statesAt('exchange')).toEqual(before)
})

test('what is wrong with a key is said by its field, and nothing of the key is', async () => {
  farm = await startFarm()
  const post = async (body: object) => {
    const { status, body: problem } = await farm.admin('exchange', 'POST', '/signing-keys', body)
    expect(JSON.stringify(problem)).not.toMatch(/PRIVATE KEY-|secret word/)
    return [status, problem.code ?? problem.errors?.[0]?.path]
  }
  const pem = `${KEYS.self.privatePem}\n${KEYS.self.pem}`
  expect(await post({ pem: KEYS.self.pem })).toEqual([422, 'signing_key_unreadable'])
  expect(await post({ pem: `${KEYS.self.privatePem}\n${KEYS.stranger.pem}` })).toEqual([
    422,
    'signing_key_mismatch',
  ])
  expect(await post({ pfx: 'AAAA', password: 'secret word' })).toEqual([422, 'signing_key_unreadable'])
  expect(await post({ pem, pfx: 'AAAA' })).toEqual([422, 'pfx'])
  expect(await post({ password: 'secret word' })).toEqual([422, 'password'])
  expect(await post({ stage: true })).toEqual([422, 'signing_key_date_missing'])
  const soon = { effectiveAt: new Date((farm.clock.now + HOUR) * 1000).toISOString() }
  expect(await post({ pem, ...soon })).toEqual([409, 'signing_key_lead_short'])
  expect(Object.keys(await statesAt('exchange'))).toEqual(['current']) // and it was not left behind
  expect(await post({ pem, ...soon, force: true })).toEqual([201, undefined])
  expect(await post({ pem })).toEqual([409, 'signing_key_known'])
})

test('a server that runs on its machine’s clock shows it and lets nobody move it', async () => {
  farm = await startFarm('memory', { clock: 'machine' })
  expect((await farm.admin('lync', 'GET', '/clock')).body).toMatchObject({ kind: 'machine', frozen: false })
  expect(await patchClock('lync', { frozen: true })).toMatchObject({
    status: 409,
    body: { type: NOT_A_LAB_CLOCK },
  })
})

test('a day that is further than a hundred years is not played to, and none that ISO 8601 cannot write', async () => {
  farm = await startFarm()
  for (const [change, path] of [
    [{ time: '9999-12-31T23:59:59Z' }, 'time'],
    [{ time: '1900-01-01T00:00:00Z' }, 'time'],
    [{ advanceSeconds: -60 * 366 * 24 * HOUR }, 'advanceSeconds'],
  ] as const) {
    const { status, body } = await patchClock('lync', change)
    expect([status, body.errors[0]]).toEqual([
      422,
      { path, detail: expect.stringMatching(/at most a hundred years from .*, between 1970 and 9999$/) },
    ])
  }
  expect((await patchClock('lync', { time: '2120-01-01T00:00:00Z' })).status).toBe(200)
})

test('the days of a key that is made are those that it has', async () => {
  farm = await startFarm()
  for (const server of ['exchange', 'sharepoint'] as const) {
    const { body: made } = await farm.admin(server, 'POST', '/signing-keys', { days: 1 })
    expect(Date.parse(made.notAfter)).toBe((farm.clock.now + 24 * HOUR) * 1000)
    const path = `/signing-keys/${made.thumbprint}/publish`
    expect(await farm.admin(server, 'POST', path)).toMatchObject({ status: 200, body: { daysLeft: 1 } })
  }
})

test('a key with hours left is about to end, and has not: it is to be replaced, for a staged one may come too late', async () => {
  farm = await startFarm()
  const post = (path: string, body?: object) => farm.admin('exchange', 'POST', `/signing-keys${path}`, body)
  const examined = async () =>
    (await farm.admin('exchange', 'GET', '/doctor')).body.findings
      .filter(({ code }: { code: string }) => code.startsWith('signing_key'))
      .map(({ code, severity, commands }: { code: string; severity: string; commands: string[] }) => [
        ...[code, severity, commands[0]],
      ])
  await post(`/${(await post('', { days: 1 })).body.thumbprint}/publish`)
  await patchClock('exchange', { advanceSeconds: 17 * HOUR })
  const replace = 'entente key replace --server exchange'
  expect(await examined()).toEqual([['signing_key_ending', 'warning', replace]])
  // Staged all the same, it is in time when somebody publishes it.
  const soon = new Date((farm.clock.now + 18 * HOUR) * 1000).toISOString()
  const { body: staged } = await post('', { effectiveAt: soon, force: true })
  const publish = 'entente key publish --server exchange'
  expect(await examined()).toEqual([['signing_key_ending', 'warning', publish]])
  await patchClock('exchange', { advanceSeconds: 7 * HOUR + 1 })
  const { current } = await statesAt('exchange')
  // The beat was at midnight or at noon: it may have been before the end, or not.
  expect(await examined()).toEqual(
    current === staged.thumbprint ? [] : [['signing_key_expired', 'error', publish]],
  )
})

test('no key pushes out a previous one whose tokens are in use, unless it is forced', async () => {
  farm = await startFarm()
  const post = (path: string, body?: object) => farm.admin('sharepoint', 'POST', `/signing-keys${path}`, body)
  const made = async () => (await post('', {})).body.thumbprint
  const stage = async () => (await post('', { stage: true })).body.thumbprint
  const published = async () => Object.keys(await statesAt('sharepoint')).sort()
  const live = { status: 409, body: { code: 'signing_key_tokens_live' } }
  expect((await post(`/${await made()}/publish`)).status).toBe(200)
  const before = (await statesAt('sharepoint'))['previous']
  const next = await stage()
  expect(await post('/publish')).toMatchObject(live)
  expect(await post(`/${next}/publish`)).toMatchObject(live)
  expect(await farm.admin('sharepoint', 'POST', '/rollover/activate', {})).toMatchObject(live)
  expect((await farm.admin('sharepoint', 'GET', '/rollover')).body.text).toContain('may be in use until')
  expect(await statesAt('sharepoint')).toMatchObject({ previous: before, next })
  expect((await post('/publish', { force: true })).body.state).toBe('current')
  expect(await published()).toEqual(['current', 'previous', 'retired'])
  // An hour and what clocks may lie apart later, no token of it is left.
  await stage()
  await patchClock('sharepoint', { advanceSeconds: 2 * HOUR })
  expect((await farm.admin('sharepoint', 'POST', '/rollover/activate', {})).status).toBe(200)
})

test.each([
  [{}, '(body)'],
  [{ rate: 0 }, 'rate'],
  [{ time: 'tomorrow' }, 'time'],
  [{ advanceSeconds: 1.5 }, 'advanceSeconds'],
  [{ skew: 5 }, 'skew'],
])('a change of the clock to %j is refused at %s', async (change, path) => {
  farm = await startFarm()
  const { status, body } = await patchClock('lync', change)
  expect([status, body.errors[0].path]).toEqual([422, path])
})
