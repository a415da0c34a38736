/** What the doctor says of a whole farm: servers that do not answer, certificates and clocks that do not fit, and its own doings. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureLabCertificates } from '../../src/lab/certificates.ts'
import { diagnose, entente, obey, troublesOf } from '../support/doctor.ts'
import { CERTIFICATES, type Farm, type ServerName, startFarm } from '../support/farm.ts'

let farm: Farm

beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
})
afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const doctor = (...more: string[]) => diagnose(farm.dir, ...more)
const clock = async (...words: string[]) =>
  expect((await entente(farm.dir, ['clock', ...words])).code).toBe(0)
async function replaceKeyOf(server: ServerName): Promise<void> {
  const { body } = await farm.admin(server, 'POST', '/signing-keys', {})
  expect((await farm.admin(server, 'POST', `/signing-keys/${body.thumbprint}/publish`)).status).toBe(200)
}

test('a server that was ended properly is missed all the same, by the doctor and by who calls it', async () => {
  const { url } = farm.servers.lync
  await farm.stop('lync')
  const seen = await doctor()
  expect(seen.code).toBe(3)
  expect(seen.servers).toContainEqual({ name: 'lync', url, reached: false })
  expect(troublesOf(seen).map((one) => [one.code, one.server, one.partner])).toEqual([
    ['server_unreachable', 'lync', undefined],
  ])
  const [silent] = troublesOf(seen)
  expect(silent!.seen).toContain(`there is no ${join(farm.dir, 'lync', 'server.json')}`)
  expect(silent!.expected).toBe(`an answer from ${url}`)
  expect(silent!.advice).toMatch(/^start it again: entente serve lync /)
  expect(seen.calls.map((call) => [call.caller, call.callee, call.outcome, call.failure?.code])).toEqual([
    ['exchange', 'lync', 'failed', 'unreachable'],
  ])
  await farm.restart('lync')
  await farm.addUsers()
  await farm.register('lync', 'exchange')
  expect((await doctor()).code).toBe(0)
})

test('when every server was ended, each is named', async () => {
  for (const name of ['exchange', 'lync', 'sharepoint'] as const) await farm.stop(name)
  const { code, findings } = await doctor()
  expect([code, findings.map((one) => [one.code, one.server])]).toEqual([
    3,
    ['exchange', 'lync', 'sharepoint'].map((name) => ['server_unreachable', name]),
  ])
  for (const name of ['exchange', 'lync', 'sharepoint'] as const) await farm.restart(name)
})

test('a partner whose folder is not here is called where its record says', async () => {
  await farm.register('exchange', 'sharepoint')
  const before = await doctor()
  await farm.stop('sharepoint')
  rmSync(join(farm.dir, 'sharepoint'), { recursive: true })
  const { code, findings, calls } = await doctor()
  expect(before.code).toBe(1) // SharePoint does not know Exchange
  expect(code).toBe(3)
  const found = findings.find((one) => one.code === 'server_unreachable')!
  expect(found).toMatchObject({ server: 'exchange', partner: 'sharepoint' })
  expect(found.seen).toContain(farm.servers.sharepoint.url)
  expect(calls.filter(({ callee }) => callee === 'sharepoint')).toHaveLength(1)
  await farm.restart('sharepoint')
})

test('a server that answers the doctor and not its partner: the edge is named, and faults on purpose are taken away', async () => {
  const to = new URL(farm.servers.exchange.url).host
  await farm.admin('lync', 'POST', '/faults', { to, on: 'calls', order: 'down', again: true })
  const seen = await doctor()
  expect(seen.code).toBe(3)
  expect(troublesOf(seen).map((one) => [one.code, one.server, one.partner, one.commands])).toEqual([
    ['server_unreachable', 'lync', 'exchange', ['entente fault clear --server lync']],
  ])
  await obey(farm.dir, troublesOf(seen)[0]!.commands)
  expect((await doctor()).code).toBe(0)
})

test('a TLS certificate of another authority is named for each who calls, and the command has that one trusted', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'entente-ca-'))
  await ensureLabCertificates(
    dir,
    [{ name: 'lync', hosts: ['localhost'], oauthSubject: 'CN=lync' }],
    farm.clock.now,
  )
  const ca = join(dir, 'both.pem')
  const authorities = [join(CERTIFICATES, 'ca.pem'), join(dir, 'ca.pem')]
  writeFileSync(ca, authorities.map((file) => readFileSync(file, 'utf8')).join('\n'))
  const tls = { certificate: join(dir, 'lync-tls.pem'), key: join(dir, 'lync-tls-key.pem') }
  await farm.stop('lync')
  await farm.restart('lync', { tls, ca, storage: 'sqlite' })
  const add = ['partner', 'add', '--server', 'lync', '--identity', 'exchange']
  await entente(farm.dir, [...add, '--metadata-url', farm.metadataUrl('exchange')])
  for (const user of farm.lab.users) {
    const names = ['--sid', user.sid, '--upn', user.upn, '--display-name', user.displayName]
    const more = ['--smtp', user.smtp!, '--sip', user.sip!, ...(user.archivingEnabled ? ['--archiving'] : [])]
    await entente(farm.dir, ['user', 'add', '--server', 'lync', ...names, ...more])
  }
  await farm.admin('exchange', 'POST', '/partner-applications/lync/refresh')

  const seen = await doctor()
  const command = `entente partner set lync --server exchange --certificate-authority ${ca}`
  expect(
    troublesOf(seen).map((one) => [one.code, one.server, one.partner, one.commands, one.isSafe]),
  ).toEqual([['tls_untrusted', 'exchange', 'lync', [command], false]])
  expect(seen.code).toBe(1)
  expect((await doctor('--fix')).ran).toBeUndefined()
  const alone = (await farm.admin('exchange', 'GET', '/doctor')).body.findings
  expect(alone).toMatchObject([{ code: 'refresh_failing', commands: [], isSafe: false }])
  expect(alone[0].advice).toContain(
    'entente partner set lync --server exchange --certificate-authority <file>',
  )

  await obey(farm.dir, [command, 'entente partner refresh lync --server exchange'])
  const after = await doctor()
  expect([troublesOf(after), after.code]).toEqual([[], 0])
  expect(after.calls.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed', 'passed'])
  // And it is taken back the same way.
  await obey(farm.dir, ['entente partner set lync --server exchange --certificate-authority none'])
  const { body } = await farm.admin('exchange', 'GET', '/partner-applications/lync')
  expect(body.certificateAuthority).toBeUndefined()
  await farm.stop('lync')
  rmSync(dir, { recursive: true })
  await farm.restart('lync')
})

test('in a lab whose time was moved, a clock that is off is brought to the others, not to the machine', async () => {
  await clock('advance', '40d')
  await clock('skew', '10m', '--server', 'lync')
  const skewed = troublesOf(await doctor())
  expect(skewed.map((one) => [one.code, one.server, one.commands])).toEqual([
    ['clocks_apart', 'lync', ['entente clock skew 0 --server lync']],
  ])
  expect(skewed[0]!.seen).toMatch(/^600 s ahead of /)
  await obey(farm.dir, skewed[0]!.commands)
  expect((await doctor()).code).toBe(0)

  await clock('reset', '--server', 'lync')
  const left = troublesOf(await doctor()).find(({ code }) => code === 'clocks_apart')!
  expect([left.server, left.commands]).toEqual(['lync', ['entente clock advance 40d --server lync']])
  await obey(farm.dir, left.commands)
  const moved = await doctor()
  expect(moved.code).toBe(0)
  // That time was moved is a note of each; its command takes all back, so that none is left apart.
  await obey(farm.dir, moved.findings.find(({ code }) => code === 'clock_moved')!.commands)
  expect((await doctor()).findings.map(({ code }) => code)).toEqual(['partners_apart', 'partners_apart'])
})

test('a clock that stands while the others run is set to their pace and time', async () => {
  await clock('advance', '1d')
  await clock('freeze', '--server', 'lync')
  await clock('advance', '-200s', '--server', 'lync')
  const found = troublesOf(await doctor())
  expect(found.map((one) => [one.code, one.server, one.commands])).toEqual([
    [
      'clocks_drifting',
      'lync',
      ['entente clock run 1 --server lync', 'entente clock advance 200s --server lync'],
    ],
  ])
  await obey(farm.dir, found[0]!.commands)
  expect(troublesOf(await doctor())).toEqual([])
})

test('a key that a call makes the partner learn is no finding: what is told is how it stands afterwards', async () => {
  await replaceKeyOf('lync')
  await farm.admin('lync', 'POST', '/signing-keys/clear-previous')
  const seen = await doctor()
  expect(seen.calls.every(({ outcome }) => outcome === 'passed')).toBe(true)
  expect([troublesOf(seen), seen.code]).toEqual([[], 0])
})

test('a trust level that refuses a call of the test is an error, one that nobody ran into a warning', async () => {
  await farm.admin('exchange', 'PATCH', '/partner-applications/lync', {
    applicationTrustLevel: 'Application',
  })
  await farm.register('exchange', 'sharepoint', { applicationTrustLevel: 'User' })
  await farm.register('sharepoint', 'exchange')
  await farm.stop('sharepoint')
  const { findings } = await doctor()
  const levels = findings.filter((one) => one.code === 'partner_level_low')
  expect(levels.map(({ severity, partner }) => [severity, partner])).toEqual([
    ['error', 'lync'],
    ['warning', 'sharepoint'],
  ])
  await farm.restart('sharepoint')
})

test('--fix --json prints JSON alone, with what was run in it; a person is shown it first on the other channel', async () => {
  await farm.admin('lync', 'POST', '/signing-keys', {
    effectiveAt: new Date((farm.clock.now + 3 * 86_400) * 1000).toISOString(),
  })
  const { code, out, err } = await entente(farm.dir, ['doctor', '--json', '--fix'])
  const command = 'entente partner refresh lync --server exchange'
  expect(err).toBe(`Safe to run:\n${command}\n`)
  const { ran, findings } = JSON.parse(out)
  expect(ran).toMatchObject([{ command, exitCode: 0 }])
  expect(ran[0].output).toMatch(/^identity +: lync$/m)
  expect(findings.filter(({ severity }: { severity: string }) => severity !== 'note')).toEqual([])
  expect(code).toBe(0)
})

test('a call that is refused names the record as it is called there, in a line that a shell takes', async () => {
  await farm.admin('exchange', 'DELETE', '/partner-applications/lync')
  await farm.register('exchange', 'lync', { identity: 'My Lync' })
  await replaceKeyOf('lync')
  await farm.admin('exchange', 'PATCH', '/partner-applications/My%20Lync', { enabled: false })
  const { findings } = await doctor()
  expect(findings.find((one) => one.code === 'partner_disabled')!.commands).toEqual([
    "entente partner set 'My Lync' --server exchange --enabled true",
  ])
  const { body } = await farm.admin('exchange', 'GET', '/decisions')
  const refused = body.items.find(({ code }: { code?: string }) => code === 'partner_disabled')
  const { out } = await entente(farm.dir, ['decisions', 'show', refused.requestId, '--server', 'exchange'])
  expect(out).toContain("entente partner set 'My Lync' --server exchange --enabled true")
})
