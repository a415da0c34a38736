/** Misconfigurations of facts/administration.md F.1: the doctor names each, its command is run, the pair works, and it is silent. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import type { CallEvidence } from '../../src/lab/doctor/evidence.ts'
import { type Finding, wordsOf } from '../../src/trust/doctor/finding.ts'
import { CERTIFICATES, type Farm, startFarm } from '../support/farm.ts'

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

async function entente(words: readonly string[]): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram([...words, '--data', farm.dir], { out: print, err: print })
  return { code, output: printed.join('\n') }
}

interface Diagnosis {
  readonly code: number
  readonly findings: readonly Finding[]
  readonly calls: readonly CallEvidence[]
}

async function doctor(...more: string[]): Promise<Diagnosis> {
  const { code, output } = await entente(['doctor', '--json', ...more])
  return { code, ...JSON.parse(output) }
}

/** Without what only says that SharePoint was left out. */
const troubles = ({ findings }: Diagnosis) => findings.filter(({ severity }) => severity !== 'note')

async function runAll(commands: readonly string[]): Promise<void> {
  for (const line of commands) {
    const { code, output } = await entente(wordsOf(line).slice(1))
    expect([line, code, code === 0 ? '' : output]).toEqual([line, 0, ''])
  }
}

const patch = async (server: 'exchange' | 'lync', identity: string, change: object) =>
  expect((await farm.admin(server, 'PATCH', `/partner-applications/${identity}`, change)).status).toBe(200)
const certificateOf = (name: string) => readFileSync(join(CERTIFICATES, `${name}-oauth.pem`), 'utf8')
const ken = () => farm.lab.users[0]!

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

test('--fix runs what is safe and nothing that gives trust', async () => {
  await patch('exchange', 'lync', { certificate: certificateOf('sharepoint') })
  await patch('lync', 'exchange', { enabled: false })
  const { code, output } = await entente(['doctor', '--fix'])
  expect(output).toContain(
    `Safe to run:\nentente partner set lync --server exchange --metadata-url ${farm.metadataUrl('lync')}\n`,
  )
  expect(output).toMatch(/error +lync, partner exchange: The partner application is disabled/)
  expect(output).toMatch(/1 errors, 0 warnings, [0-9]+ notes\.$/)
  expect(code).toBe(1)
  const { body } = await farm.admin('lync', 'GET', '/partner-applications/exchange')
  expect(body.enabled).toBe(false)
  const record = (await farm.admin('exchange', 'GET', '/partner-applications/lync')).body
  expect(record.metadataUrl).toBe(farm.metadataUrl('lync'))
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
