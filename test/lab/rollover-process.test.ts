/**
 * A rollover of all three products in a lab of three processes, as a person starts it, with calls between all of them. At each
 * step of it (staged, promoted at a second, by hand, or on a beat, finished) calls are begun at a pace of a hundred a second, and go
 * on while it is taken; clocks run then. What pace was reached is printed, and nothing is asserted about it: the machine may have
 * other things to do. In the days between, clocks jump and calls pause for the moment, so that none is between two times.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdminClient, openAdminClient } from '../../src/lab/admin-client.ts'
import { changeClocks } from '../../src/lab/clocks.ts'
import type { ProbeReport } from '../../src/products/product.ts'
import { wordsOf } from '../../src/trust/command-line.ts'
import type { Finding } from '../../src/trust/doctor/finding.ts'
import { CERTIFICATES, KEN, type ServerName } from '../support/farm.ts'

const NAMES: readonly ServerName[] = ['exchange', 'lync', 'sharepoint']
const HOUR = 3_600
/** Rounds of calls that are under way together: each is a challenge, a signature and a call. */
const AT_ONCE = 4
const ROUNDS_PER_STEP = 6

let dir: string
let lab: ChildProcess
let clients: Record<ServerName, AdminClient>

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'entente-rollover-'))
  cpSync(CERTIFICATES, join(dir, 'certs'), { recursive: true })
  const [first] = await run(
    'lab',
    '--certs',
    join(dir, 'certs'),
    '--port-base',
    String(await freeBase()),
  ).says('Ctrl-C ends the lab')
  lab = first
  clients = Object.fromEntries(
    NAMES.map((name) => [name, openAdminClient(join(dir, 'data'), name)]),
  ) as typeof clients
  await changeClocks(join(dir, 'data'), NAMES, { frozen: true })
}, 60_000)

afterAll(async () => {
  await Promise.all(Object.values(clients ?? {}).map((client) => client.close()))
  const ended = new Promise((resolve) => lab?.once('close', resolve))
  lab?.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

function run(...args: string[]) {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args, '--data', join(dir, 'data')], {
    env: { PATH: process.env['PATH'] },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  )
  return {
    ended,
    async says(text: string): Promise<[ChildProcess]> {
      for (let waited = 0; !output.includes(text); waited += 20) {
        if (waited > 40_000 || child.exitCode !== null) throw new Error(`it never said "${text}":\n${output}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return [child]
    },
  }
}

/** Three ports in a row that are free at this moment. */
async function freeBase(): Promise<number> {
  const bind = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const server = createServer().once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        const bound = server.address()
        server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0))
      })
    })
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = await bind(0)
    const others = await Promise.all([first + 1, first + 2].map((port) => bind(port).catch(() => 0)))
    if (others.every((port) => port > 0)) return first
  }
  throw new Error('no three free ports in a row')
}

const PAIRS = NAMES.flatMap((caller) =>
  NAMES.filter((callee) => callee !== caller).map((callee) => [caller, callee] as const),
)

interface Tally {
  calls: number
  readonly refused: { readonly call: string; readonly code: string }[]
}

/** Every server calls every other, as itself and for Ken. */
const CALLS = PAIRS.flatMap((pair) => [undefined, KEN].map((sipUri) => [...pair, sipUri] as const))

async function call(tally: Tally, [caller, callee, sipUri]: (typeof CALLS)[number]): Promise<void> {
  const input = { partner: callee, url: clients[callee].url, ...(sipUri !== undefined && { sipUri }) }
  const { status, body } = await clients[caller].call('POST', '/tests/partner-connectivity', input)
  expect(status).toBe(200)
  const { passed, failure } = body as ProbeReport
  tally.calls++
  if (!passed) tally.refused.push({ call: `${caller} → ${callee}`, code: failure?.code ?? '' })
}

/** Each of them once, some at a time. */
async function round(tally: Tally): Promise<void> {
  const work = [...CALLS]
  const worker = async () => {
    for (let next = work.shift(); next !== undefined; next = work.shift()) await call(tally, next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function ask<T>(name: ServerName, method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const answer = await clients[name].call(method, path, body)
  expect([path, answer.status < 300, answer.status < 300 ? '' : answer.body]).toEqual([path, true, ''])
  return answer.body as T
}

const currentOf = async (name: ServerName) => {
  const { items } = await ask<{ items: { state: string; thumbprint: string }[] }>(
    name,
    'GET',
    '/signing-keys',
  )
  return items.find(({ state }) => state === 'current')?.thumbprint
}

/** Calls a second that are begun, where the machine can. */
const PACE = 100
const MOST_UNDER_WAY = 24

interface Load {
  /** Whether a call is under way, or was begun since this was last asked. */
  goesOn(): boolean
  /** Waits for the last of them; calls a second that were reached. */
  end(): Promise<number>
}

/** Calls of all pairs at a pace, one after the other and not one after the other's answer, until they are ended. */
function startLoad(tally: Tally): Load {
  const started = performance.now()
  const under = new Set<Promise<void>>()
  let begun = 0
  let seen = 0
  const failures: unknown[] = []
  const timer = setInterval(() => {
    const due = Math.ceil(((performance.now() - started) / 1000) * PACE)
    while (begun < due && under.size < MOST_UNDER_WAY) {
      const next = CALLS[begun++ % CALLS.length]!
      const one: Promise<void> = call(tally, next)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => under.delete(one))
      under.add(one)
    }
  }, 5)
  return {
    goesOn() {
      const hasMore = begun > seen
      seen = begun
      return hasMore || under.size > 0
    },
    async end() {
      clearInterval(timer)
      const pace = begun / ((performance.now() - started) / 1000)
      await Promise.all(under)
      expect(failures).toEqual([])
      return pace
    },
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const isoOf = (milliseconds: number) => new Date(milliseconds).toISOString()
const timeAt = async (name: ServerName) =>
  Date.parse((await ask<{ time: string }>(name, 'GET', '/clock')).time)

test('a rollover of all three products with their leads refuses no call, those under way at each promotion included', async () => {
  const tally: Tally = { calls: 0, refused: [] }
  const paces: string[] = []
  const clocks = (change: object) => changeClocks(join(dir, 'data'), NAMES, { ...change })
  /** Something happens while calls go on, for some seconds before it and after it. */
  const underLoad = async (what: string, task: (load: Load) => Promise<void>) => {
    const before = tally.calls
    const load = startLoad(tally)
    await sleep(1_500)
    await task(load)
    await sleep(1_500)
    const pace = await load.end()
    paces.push(`${what}: ${tally.calls - before} calls, ${Math.round(pace)}/s`)
  }
  /** To a time in steps of a few hours: no call is under way while clocks jump, for it would be between two times. */
  const jumpTo = async (time: number) => {
    for (let now = await timeAt('lync'); now < time; now = await timeAt('lync')) {
      await clocks({ time: isoOf(Math.min(time, now + 4 * HOUR * 1000)) })
      await round(tally)
    }
  }
  /** Clocks run, until the staged key of a server is the one that signs. */
  const promoted = async (name: ServerName, load: Load) => {
    await clocks({ frozen: false })
    for (let waited = 0; (await currentOf(name)) !== staged.get(name); waited += 100) {
      if (waited > 40_000) throw new Error(`the staged key of ${name} never became current`)
      // Before the key is another one, and in the very moment in which it comes to be it.
      expect(load.goesOn()).toBe(true)
      await sleep(100)
    }
    await sleep(1_500)
    await clocks({ frozen: true })
  }

  const staged = new Map<ServerName, string>()
  const dates = new Map<ServerName, number>()
  await underLoad('staged', async () => {
    const now = await timeAt('exchange')
    for (const name of NAMES) {
      const { leadHours } = await ask<{ leadHours: number }>(name, 'GET', '/rollover')
      dates.set(name, now + (leadHours + 1) * HOUR * 1000)
      // SharePoint's is queued without a date, and set by hand.
      const when = name === 'sharepoint' ? {} : { effectiveAt: isoOf(dates.get(name)!) }
      const key = await ask<{ thumbprint: string }>(name, 'POST', '/signing-keys', { stage: true, ...when })
      staged.set(name, key.thumbprint)
    }
  })

  await jumpTo(dates.get('lync')! - 4_000)
  await underLoad('Lync at its second', (load) => promoted('lync', load))
  await underLoad('SharePoint by hand', async (load) => {
    await ask('sharepoint', 'POST', '/rollover/activate', {})
    expect(load.goesOn()).toBe(true)
    expect(await currentOf('sharepoint')).toBe(staged.get('sharepoint'))
  })
  // The servicelet looks at 00:00 and 12:00 UTC.
  const beat = 12 * HOUR * 1000
  await jumpTo(Math.ceil(dates.get('exchange')! / beat) * beat - 4_000)
  await underLoad('Exchange on its beat', (load) => promoted('exchange', load))

  await jumpTo((await timeAt('lync')) + 12 * HOUR * 1000)
  await underLoad('finished', async () => {
    for (const name of NAMES) await ask(name, 'POST', '/rollover/finish', {})
  })
  await jumpTo((await timeAt('lync')) + 36 * HOUR * 1000)
  process.stderr.write(`rollover under load (${PACE}/s wanted): ${paces.join('; ')}\n`)
  expect(tally.refused).toEqual([])
  for (const name of NAMES) expect(await currentOf(name)).toBe(staged.get(name))
  expect(tally.calls).toBeGreaterThan(1_000)
}, 300_000)

test('without a lead, exactly those calls are refused whose callee cannot read the document; the doctor says so', async () => {
  const tally: Tally = { calls: 0, refused: [] }
  const add = ['fault', 'add', 'exchange', 'lync', '--on', 'documents', '--order', 'down', '--again']
  expect((await run(...add).ended).code).toBe(0)
  const made = await ask<{ thumbprint: string }>('lync', 'POST', '/signing-keys', {})
  await ask('lync', 'POST', `/signing-keys/${made.thumbprint}/publish`)
  for (let n = 0; n < ROUNDS_PER_STEP; n++) await round(tally)
  // SharePoint reads the document because of the first call, and Exchange cannot.
  const expected = { call: 'lync → exchange', code: 'key_unknown' }
  expect(tally.refused).toEqual(Array.from({ length: 2 * ROUNDS_PER_STEP }, () => expected))

  const sick = await run('doctor', '--json').ended
  expect(sick.code).toBe(1)
  const { findings } = JSON.parse(sick.output) as { findings: Finding[] }
  const errors = findings.filter(({ severity }) => severity === 'error')
  expect(errors.map(({ code, server, partner }) => [code, server, partner])).toEqual([
    ['keys_out_of_step', 'exchange', 'Lync'],
  ])
  expect((await run('fault', 'clear').ended).code).toBe(0)
  for (const line of errors[0]!.commands) expect((await run(...wordsOf(line).slice(1)).ended).code).toBe(0)
  const healthy: Tally = { calls: 0, refused: [] }
  await round(healthy)
  expect(healthy.refused).toEqual([])
  expect((await run('doctor').ended).code).toBe(0)
}, 120_000)
