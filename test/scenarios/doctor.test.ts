/** Misconfigurations of facts/administration.md F.1: the doctor names each, its command is run, the pair works, and it is silent. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { WELL_KNOWN } from '../../src/protocol/ids.ts'
import { FINDINGS, type Finding } from '../../src/trust/doctor/finding.ts'
import { diagnose, entente, obey, troublesOf } from '../support/doctor.ts'
import { CA, CERTIFICATES, type Farm, type ServerName, startFarm } from '../support/farm.ts'

let farm: Farm
let elsewhere: Server | undefined

beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
})
afterEach(async () => {
  elsewhere?.closeAllConnections()
  elsewhere?.close()
  elsewhere = undefined
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const doctor = (...more: string[]) => diagnose(farm.dir, ...more)
const runAll = (commands: readonly string[]) => obey(farm.dir, commands)
/** Without what only says that SharePoint was left out. */
const troubles = troublesOf

const patch = async (server: 'exchange' | 'lync', identity: string, change: object) =>
  expect((await farm.admin(server, 'PATCH', `/partner-applications/${identity}`, change)).status).toBe(200)
const certificateOf = (name: string) => readFileSync(join(CERTIFICATES, `${name}-oauth.pem`), 'utf8')
const ken = () => farm.lab.users[0]!

async function replaceKeyOf(server: 'exchange' | 'lync', more: object = {}): Promise<void> {
  const { body } = await farm.admin(server, 'POST', '/signing-keys', more)
  expect((await farm.admin(server, 'POST', `/signing-keys/${body.thumbprint}/publish`)).status).toBe(200)
}

const stageAt = (server: 'exchange' | 'lync') =>
  farm.admin(server, 'POST', '/signing-keys', {
    effectiveAt: new Date((farm.clock.now + 3 * 86_400) * 1000).toISOString(),
  })
const settle = async () => {
  for (const server of ['exchange', 'lync'] as const)
    await farm.admin(server, 'PATCH', '/clock', { settle: true })
}
const faults = (on: 'calls' | 'documents', order: string) =>
  farm.admin('exchange', 'POST', '/faults', {
    ...{ to: new URL(farm.servers.lync.url).host, on, order, again: true },
  })
const refreshLync = () => farm.admin('exchange', 'POST', '/partner-applications/lync/refresh')

/** A host that publishes Lync's document as it is now, until it is told to be broken. */
async function openElsewhere(): Promise<{ url: string; breakDown(): void }> {
  let status = 200
  const { body } = await farm.send('GET', farm.metadataUrl('lync'))
  const file = (suffix: string) => readFileSync(join(CERTIFICATES, `lync-tls${suffix}.pem`))
  const server = createServer({ cert: file(''), key: file('-key') }, (_, res) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  elsewhere = server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/metadata/json/1`,
    breakDown: () => {
      status = 500
    },
  }
}

interface Case {
  /** The line of F.1 that it is. */
  readonly line: number
  readonly code: Finding['code']
  /** Where it is to be mended. */
  readonly server: 'exchange' | 'lync'
  readonly break: () => Promise<unknown>
  /** Some calls go on all the same. */
  readonly isQuiet?: boolean
}

const CASES: readonly (readonly [string, Case])[] = [
  [
    'the signing certificate of Lync ended',
    {
      ...{ line: 11, code: 'signing_key_expired', server: 'lync' },
      break: async () => {
        const { body } = await farm.admin('lync', 'POST', '/signing-keys', { days: 2 })
        await farm.admin('lync', 'POST', `/signing-keys/${body.thumbprint}/publish`)
        await farm.admin('lync', 'POST', '/signing-keys/clear-previous')
        farm.clock.now += 3 * 86_400
        for (const server of ['exchange', 'lync'] as const)
          await farm.admin(server, 'PATCH', '/clock', { settle: true })
      },
    },
  ],
  [
    'a key was replaced while the partner’s document could not be read',
    {
      ...{ line: 3, code: 'keys_out_of_step', server: 'exchange' },
      break: async () => {
        await farm.admin('exchange', 'POST', '/partner-applications/lync/refresh')
        // The look for an unknown key has its cool-down: a second replacement within it is not looked for.
        for (let n = 0; n < 2; n++) {
          const { body } = await farm.admin('lync', 'POST', '/signing-keys', {})
          await farm.admin('lync', 'POST', `/signing-keys/${body.thumbprint}/publish`, { force: true })
          if (n === 0) await farm.connectivityTest()
        }
      },
    },
  ],
  [
    'the document is read from a place where the partner no longer is',
    {
      ...{ line: 4, code: 'metadata_url_wrong', server: 'exchange' },
      isQuiet: true,
      break: async () => {
        const old = await openElsewhere()
        await patch('exchange', 'lync', { metadataUrl: old.url })
        old.breakDown()
        await farm.admin('exchange', 'POST', '/partner-applications/lync/refresh')
      },
    },
  ],
  [
    'Exchange was never told of Lync',
    {
      ...{ line: 5, code: 'partner_missing', server: 'exchange' },
      break: () => farm.admin('exchange', 'DELETE', '/partner-applications/lync'),
    },
  ],
  [
    'the partner application is disabled',
    {
      ...{ line: 10, code: 'partner_disabled', server: 'exchange' },
      break: () => patch('exchange', 'lync', { enabled: false }),
    },
  ],
  [
    'the partner application has another application id',
    {
      ...{ line: 10, code: 'partner_wrong_application', server: 'exchange' },
      break: async () => {
        await farm.admin('exchange', 'DELETE', '/partner-applications/lync')
        const { status } = await farm.admin('exchange', 'POST', '/partner-applications', {
          ...{ identity: 'Lync Server', certificate: certificateOf('lync'), realm: 'litwareinc.com' },
          applicationIdentifier: '00000004-0000-0ff1-ce00-000000000001',
        })
        expect(status).toBe(201)
      },
    },
  ],
  [
    'the certificate that was handed over is another’s',
    {
      ...{ line: 12, code: 'keys_out_of_step', server: 'exchange' },
      break: () => patch('exchange', 'lync', { certificate: certificateOf('sharepoint') }),
    },
  ],
  [
    'the realm of Lync changed',
    {
      ...{ line: 13, code: 'partner_realm_wrong', server: 'exchange' },
      break: async () => {
        await farm.stop('lync')
        await farm.restart('lync', { realm: 'corp.litwareinc.com' as never })
        await farm.addUsers()
        await farm.register('lync', 'exchange')
      },
    },
  ],
  [
    'the user has no account at the other side',
    {
      ...{ line: 14, code: 'user_unknown', server: 'exchange' },
      break: () => farm.admin('exchange', 'DELETE', `/users/${ken().sid}`),
    },
  ],
  [
    'two accounts have the user’s address',
    {
      ...{ line: 14, code: 'user_ambiguous', server: 'exchange' },
      break: () =>
        farm.admin('exchange', 'POST', '/users', {
          ...{ ...ken(), sid: `${ken().sid}9`, upn: 'ken.old@litwareinc.com' },
          displayName: 'Ken Myer (old)',
        }),
    },
  ],
  [
    'the trust level does not let it act for users',
    {
      ...{ line: 17, code: 'partner_level_low', server: 'exchange' },
      break: () => patch('exchange', 'lync', { applicationTrustLevel: 'Application' }),
    },
  ],
  [
    'the user who is tested with has no mailbox',
    {
      ...{ line: 18, code: 'user_without_mailbox', server: 'exchange' },
      break: async () => {
        await farm.admin('exchange', 'DELETE', `/users/${ken().sid}`)
        await farm.admin('exchange', 'POST', '/users', { ...ken(), mailboxEnabled: false })
      },
    },
  ],
  [
    'the key that the partner signs with was revoked',
    {
      ...{ line: 12, code: 'key_revoked', server: 'exchange' },
      break: async () => {
        const { body } = await farm.admin('exchange', 'GET', '/partner-applications/lync')
        await patch('exchange', 'lync', { revokedKeys: [body.keys[0].thumbprint] })
      },
    },
  ],
  [
    'the user is disabled at the other side',
    {
      ...{ line: 14, code: 'user_disabled', server: 'exchange' },
      break: () => farm.admin('exchange', 'PATCH', `/users/${ken().sid}`, { enabled: false }),
    },
  ],
  [
    'a key counts that the partner has given up',
    {
      ...{ line: 3, code: 'retired_key_believed', server: 'exchange' },
      isQuiet: true,
      break: async () => {
        await replaceKeyOf('lync')
        await farm.admin('exchange', 'POST', '/partner-applications/lync/refresh')
        await farm.admin('lync', 'POST', '/signing-keys/clear-previous')
      },
    },
  ],
  [
    'the next key of the partner was not read yet',
    {
      ...{ line: 3, code: 'next_key_unseen', server: 'exchange' },
      isQuiet: true,
      break: () => stageAt('lync'),
    },
  ],
  [
    'one clock drifts',
    {
      ...{ line: 15, code: 'clocks_drifting', server: 'lync' },
      isQuiet: true,
      break: () => farm.admin('lync', 'PATCH', '/clock', { skewSeconds: 200 }),
    },
  ],
  [
    'one clock is an hour ahead of the others',
    {
      ...{ line: 15, code: 'clocks_apart', server: 'lync' },
      break: () => farm.admin('lync', 'PATCH', '/clock', { skewSeconds: 3_600 }),
    },
  ],
]

test('a pair that works is left in peace: exit code 0, and no word but that SharePoint stands apart', async () => {
  const healthy = await doctor()
  expect(healthy.findings.map(({ code }) => code)).toEqual(['partners_apart', 'partners_apart'])
  expect(healthy.code).toBe(0)
  expect(healthy.calls).toHaveLength(4)
  expect(healthy.calls.every(({ outcome }) => outcome === 'passed')).toBe(true)
})

test.each(CASES)(
  '%s: it is named, and its command mends it',
  async (_, { code, server, break: spoil, isQuiet }) => {
    await spoil()
    const before = await doctor()
    expect(troubles(before).map((one) => [one.code, one.server])).toEqual([[code, server]])
    const { severity, commands, seen, expected, basis } = troubles(before)[0]!
    expect(before.code).toBe(severity === 'error' ? 1 : 0)
    expect(before.calls.some(({ outcome }) => outcome === 'failed')).toBe(isQuiet !== true)
    for (const said of [seen, expected, basis]) expect(said).not.toBe('')

    expect(commands.length).toBeGreaterThan(0)
    await runAll(commands)
    expect(await farm.connectivityTest()).toMatchObject({ passed: true })
    const after = await doctor()
    expect(troubles(after)).toEqual([])
    expect(after.calls.every(({ outcome }) => outcome === 'passed')).toBe(true)
    expect(after.code).toBe(0)
  },
)

interface Other {
  readonly code: Finding['code']
  readonly server: ServerName
  /** Answers what the doctor is to be told besides. */
  readonly break: () => Promise<unknown>
  readonly options?: readonly string[]
  /** One server says it of itself; in the lab it is the echo of something that is said instead. */
  readonly isAlone?: boolean
  /** What has to end before the command can help. */
  readonly undo?: () => Promise<unknown>
  /** What is to be done where no command does it. */
  readonly advice?: RegExp
}

const withoutAutodiscover = async (settings: object, keys: object) => {
  await farm.stop('lync')
  await farm.restart('lync', { settings })
  await farm.addUsers()
  await farm.admin('lync', 'POST', '/partner-applications', { identity: 'exchange', ...keys })
}

const OTHERS: readonly Other[] = [
  {
    ...{ code: 'server_unreachable', server: 'lync', advice: /^start it again: entente serve lync/ },
    break: () => farm.stop('lync'),
  },
  {
    ...{ code: 'tls_untrusted', server: 'exchange', advice: /--certificate-authority <file>$/ },
    break: () => faults('calls', 'wrong-certificate'),
  },
  {
    ...{ code: 'operator_not_allowed', server: 'exchange', advice: /--admin-token-file/ },
    options: ['--admin-token-file', '{data}/{server}.token'],
    break: async () => {
      for (const name of ['exchange', 'lync', 'sharepoint'] as const) {
        const { body } = await farm.admin(name, 'POST', '/admin-tokens', { name: 'r', scope: 'read' })
        writeFileSync(join(farm.dir, `${name}.token`), body.token, { mode: 0o600 })
      }
    },
  },
  {
    ...{ code: 'signing_key_ending', server: 'lync' },
    break: () => replaceKeyOf('lync', { days: 50 }),
  },
  {
    ...{ code: 'tls_certificate_expired', server: 'lync', advice: /replace the files in --certs/ },
    break: async () => {
      farm.clock.now += 900 * 86_400
      await settle()
    },
  },
  {
    ...{ code: 'tls_certificate_ending', server: 'lync', advice: /replace the files in --certs/ },
    break: async () => {
      farm.clock.now += 800 * 86_400
      await settle()
    },
  },
  {
    ...{ code: 'autodiscover_url_missing', server: 'lync', advice: /^set storesIn of lync/ },
    break: () =>
      withoutAutodiscover(
        {},
        {
          ...{ certificate: certificateOf('exchange'), realm: 'litwareinc.com' },
          applicationIdentifier: WELL_KNOWN.exchange,
        },
      ),
  },
  {
    ...{ code: 'autodiscover_url_malformed', server: 'lync', advice: /^set storesIn of lync/ },
    break: () =>
      withoutAutodiscover(
        { exchangeAutodiscoverUrl: 'https://localhost:1/ews' },
        { metadataUrl: farm.metadataUrl('exchange') },
      ),
  },
  {
    ...{ code: 'audience_host_unknown', server: 'exchange' },
    break: async () => {
      const { port } = farm.servers.lync
      const name = farm.lab.servers.find((server) => server.name === 'lync')!.hosts[0]!
      await farm.stop('lync')
      await farm.restart('lync', { hosts: ['other.litwareinc.com'] })
      await farm.stop('exchange')
      await farm.restart('exchange', { routes: { [name]: { address: '127.0.0.1', port } } })
      await farm.addUsers()
      const metadataUrl = farm.metadataUrl('lync').replace('localhost', name)
      expect((await farm.register('exchange', 'lync', { metadataUrl })).status).toBe(201)
    },
  },
  {
    ...{ code: 'auth_server_missing', server: 'exchange', advice: /^entente auth-server add/ },
    break: async () => {
      const applicationIdentifier = '11111111-2222-4333-8444-555555555555'
      const behind = { identity: 'HR', useAuthServer: true, applicationIdentifier }
      expect((await farm.admin('exchange', 'POST', '/partner-applications', behind)).status).toBe(201)
    },
  },
  { code: 'partners_apart', server: 'exchange', break: async () => undefined },
  {
    ...{
      code: 'refresh_failing',
      server: 'exchange',
      undo: () => farm.admin('exchange', 'DELETE', '/faults'),
    },
    break: async () => {
      await faults('documents', '503')
      await refreshLync()
    },
  },
  {
    ...{ code: 'refresh_overdue', server: 'exchange' },
    break: async () => {
      farm.clock.now += 30 * 3_600
    },
  },
  {
    ...{ code: 'keys_stale', server: 'exchange', undo: () => farm.admin('exchange', 'DELETE', '/faults') },
    break: async () => {
      await faults('documents', 'down')
      farm.clock.now += 8 * 86_400
      await settle()
    },
  },
  {
    ...{
      code: 'document_quarantined',
      server: 'exchange',
      isAlone: true,
      advice: /look at what the partner/,
    },
    break: async () => {
      await farm.stop('lync')
      await farm.restart('lync', { realm: 'corp.litwareinc.com' as never })
      await refreshLync()
    },
  },
  {
    ...{ code: 'partner_keys_expired', server: 'exchange', isAlone: true },
    undo: () => farm.admin('exchange', 'DELETE', '/faults'),
    break: async () => {
      await replaceKeyOf('lync', { days: 2 })
      await farm.admin('lync', 'POST', '/signing-keys/clear-previous')
      await refreshLync()
      await faults('documents', 'down')
      await replaceKeyOf('lync')
      farm.clock.now += 3 * 86_400
    },
  },
  {
    ...{ code: 'auth_server_missing', server: 'exchange', isAlone: true, advice: /entente auth-server add/ },
    break: () =>
      farm.admin('exchange', 'POST', '/partner-applications', {
        ...{ identity: 'HRApp', useAuthServer: true },
        applicationIdentifier: '5d8f0c1e-0001-4000-8000-00000000aaaa',
      }),
  },
  {
    ...{ code: 'keys_pasted', server: 'exchange' },
    break: () => patch('exchange', 'lync', { certificate: certificateOf('lync') }),
  },
  {
    ...{ code: 'clock_moved', server: 'lync' },
    break: () => farm.admin('lync', 'PATCH', '/clock', { advanceSeconds: -60 }),
  },
  { ...{ code: 'faults_on', server: 'exchange' }, break: () => faults('documents', 'slow') },
  {
    ...{ code: 'user_without_archive', server: 'exchange' },
    break: () => farm.admin('exchange', 'PATCH', `/users/${ken().sid}`, { archivingEnabled: false }),
  },
  {
    ...{ code: 'call_fails', server: 'exchange', advice: /entente app-principal list --server sharepoint/ },
    break: async () => {
      await farm.register('exchange', 'sharepoint')
      await farm.admin('sharepoint', 'POST', '/partner-applications', {
        ...{ identity: 'exchange', metadataUrl: farm.metadataUrl('exchange') },
      })
    },
  },
]

test.each(OTHERS.map((one): [string, Other] => [one.code, one]))(
  '%s is found where it is, and is gone when it was mended',
  async (code, { server, break: spoil, options = [], isAlone, undo, advice }) => {
    await spoil()
    const look = async (): Promise<Finding | undefined> => {
      const all: readonly Finding[] = isAlone
        ? (await farm.admin(server, 'GET', '/doctor')).body.findings
        : (await doctor(...options.map((word) => word.replace('{data}', farm.dir)))).findings
      return all.find((one) => one.code === code && one.server === server)
    }
    const found = (await look())!
    expect(found).toMatchObject({ code, server, severity: FINDINGS[code as Finding['code']].severity })
    for (const said of [found.seen, found.expected, found.basis]) expect(said).not.toBe('')
    if (advice !== undefined)
      expect([found.advice, found.commands]).toEqual([expect.stringMatching(advice), []])
    if (found.commands.length === 0) return
    await undo?.()
    await runAll(found.commands)
    expect(await look()).toBeUndefined()
  },
)

test('every finding that there is has a case here', () => {
  const shown = [...CASES.map(([, one]) => one.code), ...OTHERS.map(({ code }) => code)]
  expect([...new Set(shown)].sort()).toEqual(Object.keys(FINDINGS).sort())
})

test('what a server knows of a user beside what is mended stays as it was', async () => {
  const path = `/users/${ken().sid}`
  const more = { attributes: { department: 'Sales' }, mailboxDatabase: 'DB07', archivingEnabled: true }
  expect((await farm.admin('exchange', 'PATCH', path, more)).status).toBe(200)
  const before = (await farm.admin('exchange', 'GET', path)).body
  await farm.admin('exchange', 'PATCH', path, { enabled: false })
  await runAll(troubles(await doctor())[0]!.commands)
  expect((await farm.admin('exchange', 'GET', path)).body).toEqual(before)
  await farm.admin('exchange', 'PATCH', path, { upn: 'ken@old.example', smtp: null, sip: null })
  const [renamed] = troubles(await doctor())
  expect([renamed!.code, renamed!.commands.length]).toEqual(['user_unknown', 1])
  await runAll(renamed!.commands)
  expect((await farm.admin('exchange', 'GET', path)).body).toEqual(before)
})

test('--fix runs what is safe and nothing that gives trust', async () => {
  await farm.admin('exchange', 'POST', '/signing-keys', {
    effectiveAt: new Date((farm.clock.now + 3 * 86_400) * 1000).toISOString(),
  })
  await patch('lync', 'exchange', { enabled: false })
  const { code, out: output } = await entente(farm.dir, ['doctor', '--fix'])
  expect(output).toContain('Safe to run:\nentente partner refresh exchange --server lync\n')
  expect(output).toMatch(/error +lync, partner exchange: The partner application is disabled/)
  expect(output).toMatch(/1 errors?, 0 warnings, [0-9]+ notes?\.$/)
  expect(code).toBe(1)
  const { body } = await farm.admin('lync', 'GET', '/partner-applications/exchange')
  expect(body.enabled).toBe(false)
  expect(body.keys).toHaveLength(2)
})

test('a certificate that was handed over is not replaced by a URL unless a person wants it', async () => {
  await patch('exchange', 'lync', { certificate: certificateOf('lync') })
  await replaceKeyOf('lync')
  await farm.admin('lync', 'POST', '/signing-keys/clear-previous')
  const { findings } = await doctor('--fix')
  const found = findings.find((one) => one.code === 'keys_out_of_step')!
  expect(found).toMatchObject({ server: 'exchange', partner: 'lync', isSafe: false })
  expect(found.commands).toEqual([
    `entente partner set lync --server exchange --metadata-url ${farm.metadataUrl('lync')}`,
  ])
  expect(found.advice).toContain('every key is believed that this URL publishes')
  const { body } = await farm.admin('exchange', 'GET', '/partner-applications/lync')
  expect([body.keySource, body.metadataUrl]).toEqual(['certificate', undefined])
})

test('a record that is read elsewhere stays there until a person moves it', async () => {
  const other = await openElsewhere()
  await patch('exchange', 'lync', { metadataUrl: other.url })
  await replaceKeyOf('lync')
  await farm.admin('lync', 'POST', '/signing-keys/clear-previous')
  const { findings } = await doctor('--fix')
  expect(findings.filter(({ server }) => server === 'exchange').every(({ isSafe }) => !isSafe)).toBe(true)
  const { body } = await farm.admin('exchange', 'GET', '/partner-applications/lync')
  expect(body.metadataUrl).toBe(other.url)
})

test('a record that is made anew in another realm keeps what it was set to', async () => {
  const old = (await farm.admin('exchange', 'GET', '/partner-applications/lync')).body
  await farm.admin('exchange', 'DELETE', '/partner-applications/lync')
  const { status } = await farm.admin('exchange', 'POST', '/partner-applications', {
    ...{ identity: 'Lync Server', certificate: certificateOf('lync'), realm: 'other.example' },
    ...{ applicationIdentifier: old.applicationIdentifier, applicationTrustLevel: 'User', enabled: false },
    ...{ acceptSecurityIdentifierInformation: true, linkedAccount: ken().sid },
    certificateAuthority: CA(),
  })
  expect(status).toBe(201)
  const revokedKeys = ['1'.repeat(40), 'A'.repeat(40)]
  await patch('exchange', 'Lync Server', { revokedKeys })
  const found = (await doctor()).findings.find(({ code }) => code === 'partner_realm_wrong')!
  expect(found.advice).toContain(
    "keep it (entente partner show 'Lync Server' --server exchange --json) and give it again",
  )
  await runAll(found.commands)
  const { body } = await farm.admin('exchange', 'GET', '/partner-applications/Lync%20Server')
  expect(body).toMatchObject({
    ...{ realm: 'litwareinc.com', applicationTrustLevel: 'User', enabled: false, revokedKeys },
    ...{ acceptSecurityIdentifierInformation: true, linkedAccount: ken().sid },
  })
})

test('a server that is down is exit code 3, and the others are looked at all the same', async () => {
  await patch('exchange', 'lync', { enabled: false })
  const lync = join(farm.dir, 'lync', 'server.json')
  const reachable = readFileSync(lync)
  await farm.stop('lync')
  const { writeFileSync } = await import('node:fs')
  writeFileSync(lync, reachable) // as a server leaves it that was killed
  const { code, findings } = await doctor()
  expect(code).toBe(3)
  expect(findings.map((one) => one.code)).toEqual(
    expect.arrayContaining(['server_unreachable', 'partner_disabled']),
  )
  await farm.restart('lync')
})

test('an operator whose token does not go far enough is told so, apart from what is wrong with tokens of servers', async () => {
  const { writeFileSync } = await import('node:fs')
  for (const name of ['exchange', 'lync', 'sharepoint'] as const) {
    const { body } = await farm.admin(name, 'POST', '/admin-tokens', { name: 'reader', scope: 'read' })
    writeFileSync(join(farm.dir, `${name}.token`), body.token, { mode: 0o600 })
  }
  const { code, findings, calls } = await doctor('--admin-token-file', join(farm.dir, '{server}.token'))
  expect(code).toBe(1)
  expect(new Set(calls.map(({ outcome }) => outcome))).toEqual(new Set(['not tried']))
  expect(
    findings.filter(({ severity }) => severity === 'error').map((one) => [one.code, one.server]),
  ).toEqual([
    ['operator_not_allowed', 'exchange'],
    ['operator_not_allowed', 'lync'],
  ])
})

test('one server says over REST what it can find wrong with itself', async () => {
  await patch('exchange', 'lync', { enabled: false })
  const { status, body } = await farm.admin('exchange', 'GET', '/doctor')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    server: { name: 'exchange', clockSkewSeconds: 300 },
    findings: [
      {
        ...{ code: 'partner_disabled', severity: 'error', server: 'exchange', partner: 'lync' },
        known: 'Exchange partner application returned by Get-CsPartnerApplication is disable.',
        commands: ['entente partner set lync --server exchange --enabled true'],
        isSafe: false,
      },
    ],
  })
})
