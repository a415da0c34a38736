/**
 * A rollover of all three products in a lab of three processes, as a person starts it, with calls between all of them the whole
 * time. Nothing is asserted about how many calls a second that is: the machine may have other things to do. Calls pause for the
 * moment in which the clocks are moved, so that none is under way between two times.
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

/** Every server calls every other, as itself and for Ken, some at a time. */
async function round(tally: Tally): Promise<void> {
  const work = PAIRS.flatMap((pair) => [undefined, KEN].map((sipUri) => [...pair, sipUri] as const))
  const worker = async () => {
    for (let next = work.shift(); next !== undefined; next = work.shift()) {
      const [caller, callee, sipUri] = next
      const input = { partner: callee, url: clients[callee].url, ...(sipUri !== undefined && { sipUri }) }
      const { status, body } = await clients[caller].call('POST', '/tests/partner-connectivity', input)
      expect(status).toBe(200)
      const { passed, failure } = body as ProbeReport
      tally.calls++
      if (!passed) tally.refused.push({ call: `${caller} → ${callee}`, code: failure?.code ?? '' })
    }
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

test('a rollover of all three products with their leads refuses no call', async () => {
  const tally: Tally = { calls: 0, refused: [] }
  const staged = new Map<ServerName, string>()
  const { time } = await ask<{ time: string }>('exchange', 'GET', '/clock')
  for (const name of NAMES) {
    const { leadHours } = await ask<{ leadHours: number }>(name, 'GET', '/rollover')
    const effectiveAt = new Date(Date.parse(time) + (leadHours + 1) * HOUR * 1000).toISOString()
    const key = await ask<{ thumbprint: string }>(name, 'POST', '/signing-keys', { effectiveAt })
    staged.set(name, key.thumbprint)
  }
  // 49 hours until Exchange's date, and up to 12 more until its servicelet looks.
  for (let hours = 0; hours <= 64; hours += 4) {
    for (let n = 0; n < ROUNDS_PER_STEP; n++) await round(tally)
    await changeClocks(join(dir, 'data'), NAMES, { advanceSeconds: 4 * HOUR })
  }
  for (const name of NAMES) {
    expect(await currentOf(name)).toBe(staged.get(name))
    await ask(name, 'POST', '/rollover/finish', {})
  }
  for (let n = 0; n < 3; n++) {
    await round(tally)
    await changeClocks(join(dir, 'data'), NAMES, { advanceSeconds: 12 * HOUR })
  }
  expect(tally.refused).toEqual([])
  expect(tally.calls).toBeGreaterThan(1_000)
}, 240_000)

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
