/** Faults on purpose, over REST and as typed: what the asking server meets, in which order, and that the rest is left alone. */
import { runProgram } from '../../src/cli/program.ts'
import { NOT_A_LAB } from '../../src/http/admin/faults.ts'
import { faultAt, type Order, readOrder, writeFault } from '../../src/http/faults/plan.ts'
import { type Farm, startFarm } from '../support/farm.ts'

let farm: Farm

afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

async function startTrusting(): Promise<void> {
  farm = await startFarm()
  await farm.addUsers()
  for (const [server, partner] of [
    ['exchange', 'lync'],
    ['lync', 'exchange'],
    ['lync', 'sharepoint'],
    ['sharepoint', 'lync'],
  ] as const)
    expect((await farm.register(server, partner)).status).toBe(201)
}

async function entente(...words: string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram([...words, '--data', farm.dir], { out: print, err: print })
  return { code, output: printed.join('\n') }
}

const placeOf = (name: 'exchange' | 'lync') => new URL(farm.servers[name].url).host
const order = (input: object) => farm.admin('lync', 'POST', '/faults', { to: placeOf('exchange'), ...input })
const refresh = async () => {
  const { status, body } = await farm.admin('lync', 'POST', '/partner-applications/exchange/refresh')
  return status === 200 ? 'read' : body.code
}
const faults = async () => (await farm.admin('lync', 'GET', '/faults')).body

test('a document fails in the written order, each time with the error that the network gives, and then is well', async () => {
  await startTrusting()
  const words = 'down 503 truncated huge wrong-certificate redirect well'
  expect((await order({ on: 'documents', order: words })).status).toBe(201)
  const seen: string[] = []
  for (let n = 0; n < 8; n++) seen.push(await refresh())
  expect(seen).toEqual([
    'metadata_unreachable',
    'metadata_unreachable',
    'metadata_unreachable',
    'metadata_too_large',
    'metadata_tls_untrusted',
    'metadata_redirected',
    'read',
    'read',
  ])
  const { trace } = await faults()
  expect(trace.map(({ fault }: { fault: string }) => fault)).toEqual([...words.split(' '), 'well'])
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
})

test('a document that drips is given up in time, and nobody else’s calls wait for it', async () => {
  await startTrusting()
  await order({ on: 'documents', order: 'slow' })
  const started = performance.now()
  const slow = refresh().then((code) => ({ code, milliseconds: performance.now() - started }))
  const others = await farm.admin('lync', 'POST', '/tests/partner-connectivity', { partner: 'sharepoint' })
  const meanwhile = performance.now() - started
  expect(others.body).toMatchObject({ passed: true })
  const { code, milliseconds } = await slow
  expect(code).toBe('metadata_too_slow')
  expect(milliseconds).toBeGreaterThan(4_500)
  expect(meanwhile).toBeLessThan(milliseconds)
})

test('“third fetch 503, then the old document, then good”: an old document is the one from when the fault was ordered', async () => {
  await startTrusting()
  await order({ on: 'documents', order: 'well*2 503 stale' })
  const keys = async () =>
    (await farm.admin('lync', 'GET', '/partner-applications/exchange')).body.keys.map(
      ({ thumbprint }: { thumbprint: string }) => thumbprint,
    )
  const old = await keys()
  expect(await refresh()).toBe('read')
  const staged = await farm.admin('exchange', 'POST', '/signing-keys', {
    effectiveAt: '2031-05-01T12:00:00Z',
  })
  expect(await refresh()).toBe('read')
  expect(await keys()).toEqual([...old, staged.body.thumbprint])
  expect(await refresh()).toBe('metadata_unreachable')
  expect(await refresh()).toBe('read')
  expect(await keys()).toEqual(old)
  expect(await refresh()).toBe('read')
  expect(await keys()).toHaveLength(2)
})

test('calls fail on the one edge that was ordered, and on no other', async () => {
  await startTrusting()
  const test = async (partner: string) => {
    const { body } = await farm.admin('lync', 'POST', '/tests/partner-connectivity', { partner })
    return body.passed ? 'passed' : body.failure.code
  }
  await order({ on: 'calls', order: 'down', again: true })
  expect(await test('exchange')).toBe('unreachable')
  expect(await test('sharepoint')).toBe('passed')
  await order({ on: 'calls', order: 'truncated 500' }) // in place of what was ordered before
  expect(await test('exchange')).toBe('unreachable')
  expect(await test('exchange')).toBe('no_challenge')
  expect(await test('exchange')).toBe('passed')
  // The challenge is the first request, and well; the call is the second.
  await order({ on: 'calls', order: 'well skew:-7200 well skew:7200' })
  expect(await test('exchange')).toBe('token_expired')
  expect(await test('exchange')).toBe('token_not_yet_valid')
  expect(await test('exchange')).toBe('passed')
})

test('an edge is one by whichever name it is called', async () => {
  await startTrusting()
  const { port } = farm.servers.exchange
  for (const to of [`127.0.0.1:${port}`, `[::1]:${port}`]) {
    await order({ to, on: 'documents', order: '503' })
    expect(await refresh()).toBe('metadata_unreachable')
    expect(await refresh()).toBe('read')
  }
})

test('as typed: ordered by seed, listed with what they did, cleared', async () => {
  await startTrusting()
  const drawn = ['--seed', '7', '--among', 'down 503', '--chance', '0.5']
  const added = await entente('fault', 'add', 'lync', 'exchange', '--on', 'documents', ...drawn)
  expect(added).toMatchObject({ code: 0, output: expect.stringContaining('seed 7: down 503, 0.5 of all') })
  const trace = async () => {
    for (let n = 0; n < 12; n++) await refresh()
    return (await faults()).trace.map(({ fault }: { fault: string }) => fault)
  }
  const first = await trace()
  expect(new Set(first)).toEqual(new Set(['well', 'down', '503']))
  expect((await entente('fault', 'list')).output).toMatch(/^lync → localhost:[0-9]+ documents 12: /m)
  expect((await entente('doctor')).output).toContain('(faults_on)')
  expect((await entente('fault', 'clear')).code).toBe(0)
  expect(await faults()).toEqual({ items: [], trace: [] })
  await entente('fault', 'add', 'lync', 'exchange', '--on', 'documents', ...drawn)
  expect(await trace()).toEqual(first)
  expect((await entente('fault', 'add', 'lync', 'exchange', '--order', 'sideways')).output).toMatch(
    /HTTP 422: .*order: expected well, down, .* at sideways/,
  )
})

test.each([
  [{ on: 'calls', order: 'stale' }, 'on'],
  [{ on: 'documents', order: 'skew:5' }, 'on'],
  [{ on: 'calls', order: '' }, 'order'],
  [{ on: 'calls', order: '200' }, 'order'],
  [{ on: 'calls' }, 'order'],
  [{ on: 'calls', order: 'down', seed: 1, among: 'down' }, 'order'],
  [{ on: 'calls', seed: 1 }, 'among'],
  [{ on: 'calls', order: 'down', chance: 1 }, 'seed'],
  [{ on: 'calls', seed: 1, among: 'down', chance: 2 }, 'chance'],
  [{ on: 'calls', order: 'down', to: 'https://localhost' }, 'to'],
])('the order %j is refused at %s', async (input, path) => {
  farm = await startFarm()
  const { status, body } = await order(input)
  expect(status).toBe(422)
  expect(body.errors.map((one: { path: string }) => one.path)).toContain(path)
})

test('outside a lab nothing goes wrong on purpose', async () => {
  farm = await startFarm('memory', { clock: 'machine' })
  expect(await order({ on: 'calls', order: 'down' })).toMatchObject({
    status: 409,
    body: { type: NOT_A_LAB },
  })
  expect((await farm.admin('lync', 'DELETE', '/faults')).status).toBe(409)
  expect(await faults()).toEqual({ items: [], trace: [] })
})

test('an order is read and written the same, begins anew when it is to, and a seed draws as often as it is to', async () => {
  farm = await startFarm()
  const steps = readOrder('well*2, 503 skew:-60\nstale')
  if ('wrong' in steps) throw new Error(steps.wrong)
  expect(steps.map(writeFault).join(' ')).toBe('well well 503 skew:-60 stale')
  const at = (how: Order, n: number) => writeFault(faultAt(how, 'calls', n))
  expect([3, 6].map((n) => at({ steps, again: false }, n))).toEqual(['503', 'well'])
  expect([6, 8].map((n) => at({ steps, again: true }, n))).toEqual(['well', '503'])
  const drawn = { seed: 3, among: steps.slice(2, 3), chance: 0.25 }
  const failed = Array.from({ length: 2_000 }, (_, n) => at(drawn, n + 1)).filter((one) => one === '503')
  expect(failed.length / 2_000).toBeCloseTo(0.25, 1)
})
