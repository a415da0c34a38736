/** For every refusal that a command mends: the command that `explain` names is run, and the same token then passes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'
import type { Explanation } from '../../src/trust/explain.ts'
import { CERTIFICATES, type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm

beforeEach(async () => {
  farm = await startFarm('sqlite')
  await farm.addUsers()
})
afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

/** Runs a command as a person would type it; answers what it printed. */
async function entente(line: string): Promise<{ code: number; output: string }> {
  const printed: string[] = []
  const print = (text: string) => printed.push(text)
  const code = await runProgram([...line.replace(/^entente /, '').split(' '), '--data', farm.dir], {
    out: print,
    err: print,
  })
  return { code, output: printed.join('\n') }
}

async function present(token: string): Promise<{ status: number; code?: string; requestId: string }> {
  const answer = await farm.send('POST', `${farm.servers.exchange.url}/EWS/Exchange.asmx`, {
    authorization: `Bearer ${token}`,
  })
  const code = answer.header('x-entente-refusal')[0]
  return {
    status: answer.status,
    requestId: answer.header('request-id')[0]!,
    ...(code !== undefined && { code }),
  }
}

const ADMITTED = 415 // no body came with it: the token was accepted, the request is none

interface Case {
  readonly code: string
  /** Breaks something; the token is made afterwards unless the case makes its own. */
  readonly break: () => Promise<unknown>
  readonly token?: () => Promise<string>
}

const set = (change: Record<string, unknown>) =>
  farm.admin('exchange', 'PATCH', '/partner-applications/lync', change)

/** A token in which the user is named by SID alone, as high-trust add-ins do it. */
async function bySid(): Promise<string> {
  const ken = farm.lab.users[0]!
  const [header, , empty] = (await mintAs(farm, 'lync', 'exchange', ken)).split('.')
  const claims = JSON.parse(
    Buffer.from((await mintAs(farm, 'lync', 'exchange', ken)).split('.')[1]!, 'base64url').toString(),
  )
  const { upn: _upn, smtp: _smtp, sip: _sip, ...rest } = claims
  const payload = Buffer.from(JSON.stringify({ ...rest, nameid: ken.sid.toLowerCase() })).toString(
    'base64url',
  )
  return [header, payload, empty].join('.')
}

const certificateOf = (name: string) => readFileSync(join(CERTIFICATES, `${name}-oauth.pem`), 'utf8')

const CASES: readonly Case[] = [
  { code: 'partner_disabled', break: () => set({ enabled: false }) },
  { code: 'trust_level_forbids_user', break: () => set({ applicationTrustLevel: 'User' }) },
  {
    code: 'trust_level_forbids_application',
    break: () => set({ applicationTrustLevel: 'User' }),
    token: () => mintAs(farm, 'lync', 'exchange'),
  },
  { code: 'user_sid_not_accepted', break: async () => undefined, token: bySid },
  {
    code: 'key_revoked',
    break: async () => {
      const { body } = await farm.admin('lync', 'GET', '/server')
      return set({ revokedKeys: [body.keys[0].thumbprint] })
    },
  },
]

test.each(CASES.map((one) => [one.code, one] as const))('%s', async (code, { break: spoil, token: make }) => {
  await farm.register('exchange', 'lync')
  await spoil()
  const token = await (make ?? (() => mintAs(farm, 'lync', 'exchange', farm.lab.users[0])))()
  const refused = await present(token)
  expect(refused).toMatchObject({ status: 401, code })

  const { code: exit, output } = await entente(`entente token explain ${token} --server exchange --json`)
  expect(exit).toBe(1)
  const explanation: Explanation = JSON.parse(output)
  const { mend } = explanation.findings.find(({ result }) => result === 'failed')!
  expect(explanation.code).toBe(code)
  // Some advice says first what the other side has to do.
  const command = mend!.slice(mend!.indexOf('entente '))
  expect((await entente(command)).code).toBe(0)
  expect((await present(token)).status).toBe(ADMITTED)

  // What the caller was told leads an administrator to the same explanation, though the trouble is over.
  const shown = await entente(`entente decisions show ${refused.requestId} --server exchange`)
  expect(shown.output).toContain(`Refused: ${code}.`)
  expect(shown.output).toContain(mend)
  expect(shown.output).not.toContain(token)
})

test('issuer_unknown: the caller’s own advice names the whole command', async () => {
  await farm.register('lync', 'exchange')
  const { failure } = await farm.connectivityTest()
  expect(failure?.code).toBe('issuer_unknown')
  expect((await entente(failure!.mend)).code).toBe(0)
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
})

test('key_unknown: reading the partner’s keys again mends a key that was changed', async () => {
  await farm.register('exchange', 'lync')
  await set({ certificate: certificateOf('sharepoint') })
  const token = await mintAs(farm, 'lync', 'exchange', farm.lab.users[0])
  expect(await present(token)).toMatchObject({ code: 'key_unknown' })
  // A partner made from a certificate has nothing to be read again from: the answer says so, and where to get it is given.
  expect((await entente('entente partner refresh lync --server exchange')).output).toContain(
    'registered without a metadata URL',
  )
  expect(
    (await entente(`entente partner set lync --server exchange --metadata-url ${farm.metadataUrl('lync')}`))
      .code,
  ).toBe(0)
  expect((await present(token)).status).toBe(ADMITTED)
})

test('the record of all this is whole, until somebody takes something out of it', async () => {
  await farm.register('exchange', 'lync')
  const token = await mintAs(farm, 'lync', 'exchange', farm.lab.users[0])
  for (let n = 0; n < 5; n++) await present(token)
  await present('a.b.c')
  expect((await entente('entente audit verify --server exchange')).output).toMatch(/^whole: [0-9]+ records\n/)
  const exported = (await entente('entente audit export --server exchange')).output
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(exported.filter(({ kind }) => kind === 'admitted')).toHaveLength(5)
  expect(JSON.stringify(exported)).not.toContain(token.split('.')[1])
  expect(exported).toContainEqual(
    expect.objectContaining({
      kind: 'registration',
      through: 'POST /admin/v1/partner-applications',
      status: 201,
    }),
  )

  await farm.stop('exchange')
  const { DatabaseSync } = await import('@photostructure/sqlite')
  const file = join(farm.dir, 'exchange', 'entente.sqlite')
  const database = new DatabaseSync(file)
  database.exec('delete from audit where seq = 3')
  database.close()
  await farm.restart('exchange')
  const broken = await entente('entente audit verify --server exchange')
  expect(broken).toEqual({ code: 1, output: expect.stringMatching(/^broken at record [0-9]+: .*missing/) })
})
