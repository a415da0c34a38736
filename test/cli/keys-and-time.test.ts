/** `entente clock` and `entente key`, and the cmdlets of a rollover, as a person types them. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDuration } from '../../src/cli/clock.ts'
import { runProgram } from '../../src/cli/program.ts'
import { type Farm, startFarm } from '../support/farm.ts'
import { KEYS } from '../support/tokens.ts'

let farm: Farm

beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** What a person types after `entente`. */
async function entente(line: string): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram([...line.split(' '), '--data', farm.dir], { out: print, err: print })
  return { code, output: printed.join('\n') }
}

async function json(line: string) {
  const { code, output } = await entente(`${line} --json`)
  if (code !== 0) throw new Error(output)
  return JSON.parse(output)
}

test('a rollover as a runbook has it: a key is added, staged by its thumbprint, and found current days later', async () => {
  const { thumbprint } = await json('key add --server exchange --days 1000')
  const date = new Date((farm.clock.now + 3 * 86_400) * 1000).toISOString()
  const stage = `Set-AuthConfig -NewCertificateThumbprint ${thumbprint} -NewCertificateEffectiveDate ${date}`
  expect((await entente(stage)).code).toBe(0)
  const moved = await entente('clock advance 4d')
  expect(moved.code).toBe(0)
  expect(moved.output).toContain(`exchange: signing key ${thumbprint}: next → current`)
  expect(moved.output).toMatch(/lync: partner exchange: new keys \(generation 2\)/)
  const { output } = await entente('Get-AuthConfig')
  expect(output).toMatch(new RegExp(`^current +${thumbprint} `, 'm'))
  expect(output).toMatch(/^fetched: generation 3 by 00000004-0000-0ff1-ce00-000000000000@litwareinc.com/m)
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
  expect((await entente('Set-AuthConfig -ClearPreviousCertificate')).code).toBe(0)
  expect(
    (await json('key list --server exchange')).items.map(({ state }: { state: string }) => state),
  ).toEqual(['retired', 'current'])
})

test('a PFX takes over at Lync at once, and the next call is believed', async () => {
  const [pfx, passwordFile] = [join(farm.dir, 'key.pfx'), join(farm.dir, 'password')]
  writeFileSync(passwordFile, 'secret word\n')
  const keys = new URL('../vectors/keys/', import.meta.url).pathname
  const made = spawnSync('openssl', [
    ...['pkcs12', '-export', '-inkey', join(keys, 'partner-next.key.pem')],
    ...['-in', join(keys, 'partner-next.cert.pem'), '-passout', 'pass:secret word', '-out', pfx],
  ])
  expect(made.status).toBe(0)
  const cmdlet = `Set-CsCertificate -Type OAuthTokenIssuer -Identity global -Path ${pfx}`
  expect(await entente(cmdlet)).toMatchObject({
    code: 2,
    output: expect.stringContaining('saw another password'),
  })
  const done = await entente(`${cmdlet} --password-file ${passwordFile}`)
  expect(done).toMatchObject({ code: 0, output: expect.stringMatching(/^state +: current$/m) })
  expect(done.output).toContain(KEYS.partnerNext.x5t)
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
})

test('a key that pushes out one whose tokens are in use is kept until it is forced', async () => {
  expect((await entente('key replace --server lync --force')).code).toBe(0)
  const refused = await entente('key replace --server lync')
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('or force, saw') })
  const [thumbprint] = /^[0-9A-F]{40}(?= is kept as an available key)/m.exec(refused.output) ?? []
  expect(await json(`key replace ${thumbprint} --server lync --force`)).toMatchObject({
    state: 'current',
    thumbprint,
  })
})

test('what is not possible is one line and an exit code', async () => {
  const near = await entente('key stage --server exchange --effective 1h')
  expect(near).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^entente: HTTP 409: .*48 h from now/),
  })
  expect(await entente('key stage --server exchange')).toMatchObject({
    code: 2,
    output: expect.stringContaining('effectiveAt'),
  })
  expect(await entente('key publish --server exchange')).toMatchObject({ code: 1 })
  expect(await entente('key add --server exchange --days soon')).toMatchObject({ code: 2 })
  expect(await entente('key replace 00 --days 3 --server exchange')).toMatchObject({ code: 2 })
  expect(await entente('key revoke 00 --server exchange')).toMatchObject({ code: 1 })
  expect(await entente('clock set tomorrow')).toMatchObject({
    code: 2,
    output: expect.stringContaining('saw tomorrow'),
  })
  expect((await entente('clock advance 5 --colour')).code).toBe(2)
})

test('clocks are frozen, skewed against each other, run, set back and reset', async () => {
  const times = async () => {
    const clocks: Record<string, { time: string }> = await json('clock show')
    return Object.fromEntries(
      Object.entries(clocks).map(([name, { time }]) => [name, Date.parse(time) / 1000]),
    )
  }
  await entente('clock reset')
  await entente('clock freeze')
  await entente('clock skew -7m --server lync')
  await entente('clock set 2031-05-01T12:00:00Z')
  const set = Date.UTC(2031, 4, 1, 12) / 1000
  expect(await times()).toEqual({ exchange: set, lync: set - 420, sharepoint: set })
  await entente('clock advance -90s')
  expect(await times()).toMatchObject({ exchange: set - 90, lync: set - 510 })
  const { exchange } = await json('clock run 100')
  expect(exchange).toMatchObject({ frozen: false, rate: 100 })
  await entente('clock reset')
  const now = farm.clock.now
  expect(await times()).toEqual({ exchange: now, lync: now, sharepoint: now })
  const { output } = await entente('clock show --server lync')
  expect(output).toMatch(/^lync +\S+ +lab +1 × +0 s/m)
})

test('where one of several servers does not answer, no clock is moved', async () => {
  const before = await json('clock show')
  const gone = join(farm.dir, 'zoe')
  mkdirSync(gone)
  const running = JSON.parse(readFileSync(join(farm.dir, 'lync', 'server.json'), 'utf8'))
  const reachable = { ...running, name: 'zoe', url: 'https://localhost:1' }
  writeFileSync(join(gone, 'server.json'), JSON.stringify(reachable))
  writeFileSync(join(gone, 'admin-token'), `${'a'.repeat(43)}\n`, { mode: 0o600 })
  expect(await entente('clock advance 30d')).toMatchObject({
    code: 3,
    output: expect.stringMatching(/^entente: zoe at https:\/\/localhost:1 cannot be reached/),
  })
  rmSync(gone, { recursive: true })
  const after = await json('clock show')
  for (const name of ['exchange', 'lync']) expect(after[name].time).toBe(before[name].time)
})

test('where a server refuses after others were moved, it is said whose clock is where', async () => {
  const { body: reader } = await farm.admin('lync', 'POST', '/admin-tokens', {
    name: 'reader',
    scope: 'read',
  })
  for (const [name, token] of Object.entries({
    exchange: farm.servers.exchange.adminToken,
    lync: reader.token as string,
    sharepoint: farm.servers.sharepoint.adminToken,
  }))
    writeFileSync(join(farm.dir, `${name}.token`), `${token}\n`, { mode: 0o600 })
  const { code, output } = await entente(
    `clock advance 1h --admin-token-file ${join(farm.dir, '{server}.token')}`,
  )
  expect([code, output]).toEqual([
    1,
    expect.stringMatching(
      /^entente: lync: HTTP 403.*made at exchange and not at lync, sharepoint: .*clock reset$/,
    ),
  ])
  expect((await entente('clock reset')).code).toBe(0)
})

test.each([
  ['5y', 5 * 365 * 86_400],
  ['2w', 14 * 86_400],
  ['-15m', -900],
  ['+12h', 43_200],
  ['90', 90],
  ['16h30m', 59_400],
  ['-1d12h', -129_600],
])('%s is %i seconds', (text, seconds) => {
  expect(readDuration(text)).toBe(seconds)
})

test.each(['', 'y', '1.5h', '3 d', '1h30', '1h-30m', '--5s'])('%j is no duration', (text) => {
  expect(() => readDuration(text)).toThrow(/expected a duration such as 30d, 16h30m or -15m/)
})
