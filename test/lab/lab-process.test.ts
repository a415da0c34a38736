/** The main job as a person starts it: real processes, real ports, real signals. The program is the compiled one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CERTIFICATES } from '../support/farm.ts'

let dir: string
let base: number
const started: ChildProcess[] = []

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'entente-lab-'))
  cpSync(CERTIFICATES, join(dir, 'certs'), { recursive: true })
  base = await freeBase()
})

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  // The servers of a lab that was killed end a moment later, and write until then.
  rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

/** Four ports in a row that are free at this moment. */
async function freeBase(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = await listening(0, (port) => port)
    const others = await Promise.all(
      [first + 1, first + 2, first + 3].map((port) => listening(port, () => true).catch(() => false)),
    )
    if (others.every(Boolean)) return first
  }
  throw new Error('no four free ports in a row')
}

function listening<T>(port: number, use: (port: number) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const bound = server.address()
      const value = use(typeof bound === 'object' && bound !== null ? bound.port : 0)
      server.close(() => resolve(value))
    })
  })
}

interface Run {
  child: ChildProcess
  output(): string
  ended: Promise<{ code: number | null; output: string }>
  /** Waits until the output holds this. */
  says(text: string): Promise<void>
}

function entente(...args: string[]): Run {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args, '--data', join(dir, 'data')], {
    env: { PATH: process.env['PATH'] },
    detached: true, // a process group of its own, as a terminal gives it
  })
  started.push(child)
  let output = ''
  const hear = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  )
  return {
    child,
    output: () => output,
    ended,
    async says(text) {
      for (let waited = 0; !output.includes(text); waited += 20) {
        if (waited > 20_000 || child.exitCode !== null) throw new Error(`it never said "${text}":\n${output}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}

const lab = (...args: string[]) =>
  entente('lab', '--certs', join(dir, 'certs'), '--port-base', String(base), ...args)

function pidOf(server: string): number {
  return JSON.parse(readFileSync(join(dir, 'data', server, 'server.json'), 'utf8')).pid
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function allGone(pids: readonly number[]): Promise<boolean> {
  for (let waited = 0; waited < 5_000; waited += 50) {
    if (!pids.some(isAlive)) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

test('lab --once makes what is missing, passes the test and ends with 0; a second start finds everything there', async () => {
  rmSync(join(dir, 'certs'), { recursive: true })
  const first = await lab('--once').ended
  expect(first.output).toContain('Test passed.')
  expect(first.code).toBe(0)
  expect(first.output).toMatch(/certificates +made 14 files/)
  expect(first.output).toMatch(/exchange: partner Lync +registered, trust level Full/)
  // They are set up at once, and what was done is said of one after the other.
  const steps = [...first.output.matchAll(/^ *[0-9.]+ m?s {2}(\w+): /gm)].map(([, server]) => server)
  expect(steps.filter((server, at) => server !== steps[at - 1])).toEqual(['exchange', 'lync', 'sharepoint'])
  expect(existsSync(join(dir, 'data', 'exchange', 'server.json'))).toBe(false)

  base = await freeBase() // and elsewhere: the registrations follow
  const second = await lab('--once').ended
  expect(second.code).toBe(0)
  expect(second.output).toMatch(/certificates +present/)
  expect(second.output).toMatch(/exchange: partner Lync +moved/)
})

test('lab --token-server starts a fourth server that the others believe and may ask; without it they go on as before', async () => {
  const first = await lab('--once', '--token-server').ended
  expect(first.output).toContain('Test passed.')
  expect(first.code).toBe(0)
  for (const server of ['exchange', 'lync', 'sharepoint'])
    expect(first.output).toMatch(new RegExp(`${server}: token server +registered`))
  expect(first.output).toMatch(/token-server: client lync +may ask for exchange, sharepoint/)
  const third = await lab('--once').ended
  expect([third.code, third.output.includes('token server')]).toEqual([0, false])
})

test('the lab stays until Ctrl-C, then ends its children; the command line works meanwhile', async () => {
  const running = lab()
  await running.says('Ctrl-C ends the lab')
  expect(running.output()).toContain(`https://localhost:${base}/autodiscover/metadata/json/1`)
  const pids = ['exchange', 'lync', 'sharepoint'].map(pidOf)

  const test = await entente(
    'test',
    'storage-connectivity',
    '--sip-uri',
    'sip:kenmyer@litwareinc.com',
    '--json',
  ).ended
  expect(JSON.parse(test.output)).toMatchObject({ passed: true, summary: 'Test passed.' })
  const cmdlet = await entente(
    'Test-CsExStorageConnectivity',
    '-SipUri',
    'sip:kenmyer@litwareinc.com',
    '-DeleteItem',
  ).ended
  expect(cmdlet).toMatchObject({ code: 0, output: expect.stringMatching(/Test passed\.\n$/) })
  const failing = await entente('test', 'storage-connectivity', '--sip-uri', 'sip:nobody@litwareinc.com')
    .ended
  expect(failing).toMatchObject({ code: 1, output: expect.stringContaining('sip_address_unknown') })

  const matrix = await entente('test', 'matrix').ended
  expect(matrix).toMatchObject({ code: 0, output: expect.stringMatching(/^lync +exchange .* passed /m) })
  expect(matrix.output).toMatch(/Test passed\.\n$/)

  expect((await entente('partner', 'remove', 'Exchange', '--server', 'lync').ended).code).toBe(0)
  const broken = await entente('test', 'matrix').ended
  expect(broken).toMatchObject({ code: 1, output: expect.stringContaining('Test failed: 2 of 6 pairs.') })
  const runbook = await entente(
    'New-CsPartnerApplication',
    ...['-Identity', 'Exchange', '-ApplicationTrustLevel', 'Full'],
    ...['-MetadataUrl', 'https://autodiscover.litwareinc.com/autodiscover/metadata/json/1'],
  ).ended
  expect(runbook).toMatchObject({
    code: 0,
    output: expect.stringContaining('00000002-0000-0ff1-ce00-000000000000'),
  })
  const bad = await entente(
    'partner',
    'add',
    '--server',
    'lync',
    '--identity',
    '?',
    '--metadata-url',
    'http://a',
  ).ended
  expect(bad.code).toBe(2)
  expect(bad.output).toMatch(/identity: .*metadataUrl: /s)

  process.kill(-running.child.pid!, 'SIGINT') // Ctrl-C reaches the whole group
  expect((await running.ended).code).toBe(0)
  expect(running.output()).not.toContain('has died')
  expect(await allGone(pids)).toBe(true)
  expect((await entente('partner', 'list', '--server', 'lync').ended).code).toBe(3)
})

test('a child that dies is reported, and no child outlives a lab that was killed', async () => {
  const running = lab()
  await running.says('Ctrl-C ends the lab')
  const [exchange, lync, sharepoint] = ['exchange', 'lync', 'sharepoint'].map(pidOf) as [
    number,
    number,
    number,
  ]
  process.kill(sharepoint, 'SIGKILL')
  await running.says('sharepoint has died (signal SIGKILL)')
  running.child.kill('SIGKILL')
  await running.ended
  expect(await allGone([exchange, lync])).toBe(true)
})

/** Processes that work in this test's folder. */
function ours(): number[] {
  const found = spawnSync('pgrep', ['-f', dir], { encoding: 'utf8' }).stdout.trim()
  return found === '' ? [] : found.split('\n').map(Number)
}

test.each([150, 350, 550])(
  'a lab that is killed %i ms after its start leaves nobody behind',
  async (after) => {
    const starting = lab()
    await new Promise((resolve) => setTimeout(resolve, after))
    starting.child.kill('SIGKILL')
    await starting.ended
    for (let waited = 0; waited < 5_000 && ours().length > 0; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(ours()).toEqual([])
  },
)

test('Ctrl-C while the lab starts ends it there, without a word about failures', async () => {
  const starting = lab()
  await starting.says('certificates')
  process.kill(-starting.child.pid!, 'SIGINT')
  const { code, output } = await starting.ended
  expect(code).toBe(1)
  expect(output).not.toMatch(/ended|died|Test/)
  expect(ours()).toEqual([])
})

test('a preset says when it is ready what to try, and a command as it is printed does what it says', async () => {
  const running = lab('--preset', 'team-folder')
  await running.says('Ctrl-C ends the lab')
  const printed = running.output().split('\n')
  const at = printed.indexOf('  His Inbox is not there for her. (exit code 1)')
  expect(printed[at - 1]).toMatch(/^ {4}npx entente test mailbox-access --server portal --do change /)
  const words = /^ {4}npx entente (.*) --data \S+$/.exec(printed[at + 1] ?? '')?.[1]?.split(' ')
  const tried = await entente(...(words ?? [])).ended
  expect(tried).toMatchObject({ code: 1, output: expect.stringContaining('ErrorFolderNotFound') })
  process.kill(-running.child.pid!, 'SIGINT')
  expect((await running.ended).code).toBe(0)

  // On the data of the first start: all is there already, and what is tried comes out the same.
  const again = await lab('--preset', 'team-folder', '--once').ended
  expect(again.code).toBe(0)
  expect(again.output).toMatch(/exchange: partner Portal +refreshed/)
  expect(again.output).toMatch(/exchange: folder permissions +0 put there, 5 in all/)
  expect(again.output.match(/^as said /gm)).toHaveLength(5)
  expect(again.output).not.toContain('NOT SO')
})

test('a second lab on the same data is refused, and the first goes on', async () => {
  const first = lab()
  await first.says('Ctrl-C ends the lab')
  const elsewhere = String(await freeBase())
  const second = await entente('lab', '--certs', join(dir, 'certs'), '--port-base', elsewhere, '--once').ended
  expect(second.code).toBe(2)
  expect(second.output).toMatch(/another server at https:\/\/localhost:[0-9]+ \(process [0-9]+\) uses /)
  expect((await entente('partner', 'list', '--server', 'lync').ended).code).toBe(0)
})

test('what is set by an administrator is what the next start shows', async () => {
  const first = lab()
  await first.says('Ctrl-C ends the lab')
  const change = ['--trust-level', 'User', '--enabled', 'false']
  await entente('partner', 'set', 'SharePoint', '--server', 'exchange', ...change).ended
  process.kill(-first.child.pid!, 'SIGINT')
  await first.ended
  const { output } = await lab('--once').ended
  expect(output).toMatch(/exchange: partner SharePoint +refreshed, trust level User, disabled/)
})

test('a port in use is one clear line and exit code 2', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(base + 1, '127.0.0.1', resolve))
  const { code, output } = await lab('--once').ended
  blocker.close()
  expect(code).toBe(2)
  expect(output).toContain(`lync: port ${base + 1} on 127.0.0.1 is in use`)
  expect(output).not.toMatch(/ at .*\.js:/)
})

test.each([
  ['is not there', undefined, /lab.json is missing/],
  ['is not JSON', '{', /is not JSON/],
  [
    'registers a server with itself, and tests one that has no test',
    readFileSync('metadata/lab.json', 'utf8')
      .replace('"partner": "lync"', '"partner": "exchange"')
      .replace('"test": { "server": "lync"', '"test": { "server": "exchange"'),
    /partners\[0\]\.partner: expected another server than exchange.*test\.server: expected a server of the product lync/,
  ],
  [
    'is wrong in several places',
    '{"organization":1,"servers":[{"name":"X"}]}',
    /organization: .*servers\[0\]\.name: /,
  ],
])('a lab file that %s is one clear line and exit code 2', async (_, text, message) => {
  const file = join(dir, 'lab.json')
  if (text !== undefined) writeFileSync(file, text)
  const { code, output } = await lab('--once', '--lab', file).ended
  expect(code).toBe(2)
  expect(output).toMatch(message)
  expect(output.trim().split('\n')).toHaveLength(1)
})

test('a key that cannot be read is one clear line and exit code 2, and the key is not in it', async () => {
  const key = join(dir, 'certs', 'exchange-oauth-key.pem')
  writeFileSync(key, readFileSync(key, 'utf8').replaceAll('A', 'B'))
  const { code, output } = await lab('--once').ended
  expect(code).toBe(2)
  expect(output).toContain('exchange-oauth-key.pem')
  expect(output).not.toContain('PRIVATE KEY')
  expect(output).not.toMatch(/ at .*\.js:/)
})

test.each([
  [['--port-base', 'x'], 'expected a port from 1 to 65535'],
  [['--no-such-option'], 'unknown option'],
])('wrong usage %j is exit code 2', async (args, message) => {
  const { code, output } = await entente('lab', ...args).ended
  expect(code).toBe(2)
  expect(output).toContain(message)
})
