/** Scenario 5 of the 2010 document: Server-to-Server Authorization in a Resource Forest Environment. */

import { runningServers } from '../../src/lab/admin-client.ts'
import { gatherEvidence } from '../../src/lab/doctor/evidence.ts'
import { examineLab } from '../../src/lab/doctor/examine.ts'
import { runMatrix } from '../../src/lab/matrix.ts'
import { getFolder, named } from '../products/exchange/harness.ts'
import { type PresetLab, startPreset } from '../support/preset.ts'

let lab: PresetLab
const KEN = 'kenmyer@litwareinc.com'
const SIP = `sip:${KEN}`
const USER_FOREST = ['lync', 'sharepoint'] as const

beforeAll(async () => {
  lab = await startPreset('resource-forest')
})
afterAll(async () => {
  expect(lab.surprises).toEqual([])
  await lab.close()
})

const call = async (server: string, partner: string, sipUri?: string) => {
  const input = { partner, ...(sipUri && { sipUri }) }
  return (await lab.admin(server, 'POST', '/tests/partner-connectivity', input)).body
}
const rulesAt = async (server: string) => {
  const { body } = await lab.admin(server, 'GET', '/decisions?limit=1')
  return body.items.map(({ kind, code }: { kind: string; code?: string }) => [kind, code])
}

test('5. what the preset says to try comes out as it says, and a second start changes nothing', async () => {
  const { passed, printed } = await lab.tries()
  expect([passed, printed.split('\n').length]).toEqual([true, lab.lab.tries.length])
  for (const step of await lab.setUpAgain()) expect(step).not.toMatch(/registered|[1-9]\d* (added|put there)/)
})

test('5. mailboxes are within one forest, accounts within another: Exchange has a realm of its own', () => {
  const realm = (name: string) => lab.lab.servers.find((server) => server.name === name)!.realm
  expect(realm('exchange')).not.toBe(realm('lync'))
  for (const { recipientTypeDetails } of lab.lab.users) expect(recipientTypeDetails).toBe('LinkedMailbox')
})

test.each(USER_FOREST)(
  '5. the servers in the Exchange forest trust the user forest: %s opens the mailbox of Ken',
  async (server) => {
    expect(await call(server, 'exchange', SIP)).toMatchObject({ passed: true })
    expect(await lab.does(server, { do: 'open', user: KEN, mailbox: KEN })).toMatchObject({
      outcome: 'done',
      rules: [],
    })
  },
)

test('5. a user who is named by the SID of the user forest is taken, as long as Exchange says so', async () => {
  const { smtp: _, sip: __, ...ken } = lab.lab.users.find(({ upn }) => upn === KEN)!
  const bySid = { ...ken, upn: ken.sid } // the token’s nameid, and nothing else that Exchange knows
  const accept = (acceptSecurityIdentifierInformation: boolean) =>
    lab.admin('exchange', 'PATCH', '/partner-applications/Lync', { acceptSecurityIdentifierInformation })
  expect((await lab.ews('lync', bySid, getFolder(named('inbox')))).code).toBe('NoError')
  await accept(false)
  const refused = await lab.ews('lync', bySid, getFolder(named('inbox')))
  expect([refused.status, refused.rules]).toEqual([401, ['user_unknown']])
  await accept(true)
})

test.each(USER_FOREST)(
  '5. but that trust is not reciprocated: Exchange may call %s neither for a user nor as itself',
  async (server) => {
    for (const [sipUri, code] of [
      [SIP, 'trust_level_forbids_user'],
      [undefined, 'trust_level_forbids_application'],
    ] as const) {
      const report = await call('exchange', server, sipUri)
      expect([report.passed, report.failure.code]).toEqual([false, code])
      expect(await rulesAt(server)).toEqual([['refused', code]])
    }
  },
)

test('5. where the user forest does not know Exchange at all, its keys count for nothing there', async () => {
  await lab.admin('lync', 'DELETE', '/partner-applications/Exchange')
  expect((await call('exchange', 'lync', SIP)).failure.code).toBe('issuer_unknown')
  await lab.setUpAgain()
  expect((await call('exchange', 'lync', SIP)).failure.code).toBe('trust_level_forbids_user')
})

test('5. the matrix shows which directions hold, and the doctor says which side does not trust', async () => {
  const { dataDir } = lab.places
  const servers = runningServers(dataDir)
  const cells = await runMatrix(dataDir, servers, SIP)
  const failed = cells.filter(({ outcome }) => outcome !== 'passed')
  expect(failed.map(({ caller, callee, report }) => [caller, callee, report?.failure?.code])).toEqual([
    ['exchange', 'lync', 'trust_level_forbids_user'],
    ['exchange', 'sharepoint', 'trust_level_forbids_user'],
  ])
  expect(cells).toHaveLength(6)
  const findings = await examineLab(
    await gatherEvidence({ dataDir, servers, ended: [], sipUri: SIP, startOf: () => undefined }),
  )
  expect(
    findings.map(({ severity, code, server, partner, isSafe }) => ({
      severity,
      code,
      server,
      partner,
      isSafe,
    })),
  ).toEqual(
    USER_FOREST.map((server) => ({
      ...{ severity: 'error', code: 'partner_level_low', server, partner: 'Exchange' },
      // What nobody meant to give back is not given back by `--fix`.
      isSafe: false,
    })),
  )
})
