/** The explanation is made of the checks of `admit`, and keeps secrets. */
import { openMemory } from '../../src/storage/sqlite.ts'
import { admit } from '../../src/trust/admit.ts'
import { explain } from '../../src/trust/explain.ts'
import { actor, forUser, KEN_MYER, lync, NOW, situation } from '../support/tokens.ts'
import { VECTORS } from '../vectors/vectors.ts'

const storage = await openMemory()
afterAll(() => storage.close())

await storage.directory.add(KEN_MYER)

const explained = (token: string, against: Parameters<typeof situation>[0] = {}) =>
  explain(token, { ...situation(against), name: 'exchange', directory: storage.directory })

test('every vector that admit refuses is explained with the same code, and names the check', async () => {
  for (const { id, token, against } of VECTORS) {
    const outcome = admit(token, situation(against))
    if (outcome.ok) continue
    const explanation = await explained(token, against)
    expect([id, explanation.code]).toEqual([id, outcome.code])
    expect(explanation.findings.find(({ result }) => result === 'failed')?.code).toBe(outcome.code)
  }
})

test('no explanation repeats a signature or a whole token', async () => {
  for (const { token, against } of VECTORS) {
    const text = JSON.stringify(await explained(token, against))
    for (const segment of token.split('.').filter((part) => part.length > 60))
      expect(text).not.toContain(segment)
  }
})

test('a token that holds is explained check by check, with what was expected and where that comes from', async () => {
  const { verdict, findings, partner, user } = await explained(
    forUser(actor(), { upn: KEN_MYER.upn, nameid: KEN_MYER.upn }),
  )
  expect({ verdict, partner, user }).toEqual({
    verdict: 'accepted',
    partner: lync().identity,
    user: KEN_MYER.upn,
  })
  // The keys of this partner were handed over: there is nowhere to read them again.
  expect(findings.filter(({ result }) => result !== 'passed')).toMatchObject([
    { check: 'issuer’s realm was not given up', result: 'does not apply' },
    { check: 'keys were read lately enough', result: 'does not apply' },
    { check: 'broker may name this application', result: 'does not apply' },
    { check: 'token server may name this application', result: 'does not apply' },
    { check: 'application is enabled', result: 'does not apply' },
    { check: 'application’s realm was not given up', result: 'does not apply' },
  ])
  expect(findings.find(({ check }) => check === 'token is for this realm')).toMatchObject({
    at: 'aud',
    expected: 'litwareinc.com',
    basis:
      'what exchange is (its configuration: realm litwareinc.com, hosts exchange.litwareinc.com autodiscover.litwareinc.com 127.0.0.1 ::1, port 8441)',
  })
})

test('checks after the first that fails are made all the same', async () => {
  const { code, findings } = await explained(actor({ nbf: NOW - 2_000, exp: NOW - 1_000 }), {
    partners: [lync({ enabled: false })],
  })
  expect(code).toBe('partner_disabled')
  expect(findings.filter(({ result }) => result === 'failed').map((finding) => finding.code)).toEqual([
    'partner_disabled',
    'token_expired',
  ])
  expect(findings.find((finding) => finding.code === 'partner_disabled')?.mend).toBe(
    `entente partner set ${lync().identity} --server exchange --enabled true`,
  )
})

test('checks that need what was not found are not reached', async () => {
  const { findings } = await explained('garbage')
  expect(findings[0]).toMatchObject({ result: 'failed', code: 'token_not_jwt' })
  expect(findings.slice(1).every(({ result }) => result === 'not reached')).toBe(true)
})

test('an application alone needs no user', async () => {
  const { verdict, findings } = await explained(actor())
  expect(verdict).toBe('accepted')
  expect(findings.at(-1)).toMatchObject({ check: 'exactly one enabled user', result: 'does not apply' })
})
