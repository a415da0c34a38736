/** Every server calls every other: as itself and for a user, and what the test says when something is wrong. */

import { formatMatrix } from '../../src/cli/test.ts'
import type { FoundServer } from '../../src/lab/admin-client.ts'
import { type MatrixCell, testOf } from '../../src/lab/matrix.ts'
import type { ProbeReport } from '../../src/products/product.ts'
import { siteMailboxResult } from '../../src/products/site-mailbox.ts'
import { type Farm, KEN, type ServerName, startFarm } from '../support/farm.ts'

const NAMES: readonly ServerName[] = ['exchange', 'lync', 'sharepoint']
const PAIRS = NAMES.flatMap((caller) =>
  NAMES.filter((name) => name !== caller).map((callee) => [caller, callee] as const),
)

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  for (const [caller, callee] of PAIRS) await farm.register(callee, caller)
})
afterAll(() => farm.close())

async function probe(server: ServerName, name: string, input: object): Promise<ProbeReport> {
  const { status, body } = await farm.admin(server, 'POST', `/tests/${name}`, input)
  if (status !== 200) throw new Error(`HTTP ${status}: ${JSON.stringify(body)}`)
  return body
}

const outcomes = ({ steps }: ProbeReport) => steps.map(({ name, outcome }) => `${name} ${outcome}`)

describe('partner connectivity', () => {
  test.each(PAIRS)('%s calls %s for a user, who is recognized there', async (caller, partner) => {
    const report = await probe(caller, 'partner-connectivity', { partner, sipUri: KEN })
    expect(report).toMatchObject({ passed: true, summary: 'Test passed.' })
    expect(report.steps.at(-1)?.detail).toMatch(/taken for .*kenmyer@litwareinc\.com$/)
  })

  test.each(PAIRS)('%s calls %s as itself, and is recognized there', async (caller, partner) => {
    const report = await probe(caller, 'partner-connectivity', { partner })
    expect(outcomes(report)).toEqual([
      'find partner passed',
      'locate passed',
      'challenge passed',
      'mint passed',
      'call passed',
      'resolve user skipped',
    ])
    const id = { exchange: '00000002', lync: '00000004', sharepoint: '00000003' }[caller]
    expect(report.steps[4]?.detail).toContain(`${id}-0000-0ff1-ce00-000000000000@`)
  })

  test('an address of another host is called there, and what answers must be the partner', async () => {
    const url = farm.servers.sharepoint.url
    const report = await probe('exchange', 'partner-connectivity', { partner: 'lync', url })
    expect(report.failure).toMatchObject({ step: 'challenge', code: 'other_application' })
  })

  test('a user whom the partner knows under another name is not taken for the same', async () => {
    const other = farm.lab.users.find(({ sip }) => sip !== KEN)!
    await farm.admin('lync', 'DELETE', `/users/${other.sid}`)
    await farm.admin('lync', 'POST', '/users', { ...other, sip: 'sip:renamed@litwareinc.com' })
    const input = { partner: 'lync', sipUri: other.sip }
    expect((await probe('exchange', 'partner-connectivity', input)).failure).toMatchObject({
      step: 'call',
      code: 'taken_for_another',
      seen: expect.stringContaining('sip:renamed@litwareinc.com'),
    })
  })

  test.each([
    [{ partner: 'outlook' }, 'partner'],
    [{ partner: 'lync', url: 'http://lync' }, 'url'],
    [{ partner: 'lync', more: 1 }, 'more'],
  ])('input that is none is refused by name: %j', async (input, field) => {
    const { status, body } = await farm.admin('exchange', 'POST', '/tests/partner-connectivity', input)
    expect(status).toBe(422)
    expect(JSON.stringify(body)).toContain(field)
  })
})

describe('site mailbox', () => {
  const check = (server: ServerName, sipUri = KEN) => probe(server, 'site-mailbox', { sipUri })
  const result = async (server: ServerName, sipUri?: string) => {
    const report = await check(server, sipUri)
    return `${report.result?.number} ${report.result?.name}`
  }

  test('passes both ways', async () => {
    expect(await result('sharepoint')).toBe('0 NoError')
    expect(await result('exchange')).toBe('0 NoError')
  })

  test('has a number for a user that is none', async () => {
    expect(await result('sharepoint', 'sip:nobody@litwareinc.com')).toBe('3 InvalidUser')
  })

  test.each([
    ['disabled', { enabled: false }, '104 ExchangeAppPrincipalNotFound'],
    [
      'of a lower trust level',
      { applicationTrustLevel: 'User' },
      '105 ExchangeAppPrincipalMissingPermissions',
    ],
  ])('has a number for a registration that is %s', async (_, change, expected) => {
    const path = '/partner-applications/sharepoint'
    await farm.admin('exchange', 'PATCH', path, change)
    expect(await result('sharepoint')).toBe(expected)
    await farm.admin('exchange', 'PATCH', path, { enabled: true, applicationTrustLevel: 'Full' })
    expect(await result('sharepoint')).toBe('0 NoError')
  })

  test('has a number for an application that SharePoint does not know, and for one that was granted nothing', async () => {
    const name = '00000002-0000-0ff1-ce00-000000000000@litwareinc.com'
    const path = `/app-principals/${encodeURIComponent(name)}`
    await farm.admin('sharepoint', 'DELETE', `${path}/permissions`)
    expect(await result('exchange')).toBe('105 ExchangeAppPrincipalMissingPermissions')
    await farm.admin('sharepoint', 'DELETE', path)
    expect(await result('exchange')).toBe('104 ExchangeAppPrincipalNotFound')
    const { failure } = await probe('exchange', 'partner-connectivity', { partner: 'sharepoint' })
    expect(failure).toMatchObject({
      code: 'unauthorized',
      mend: expect.stringContaining('app-principal list'),
    })
    await farm.grant(name)
    expect(await result('exchange')).toBe('0 NoError')
  })

  test.each([
    ['audience_wrong_realm', 'OAuthException'],
    ['key_expired', 'OAuthException'],
    ['unreachable', 'URLNotAvailable'],
    ['user_unknown', 'UnauthorizedUser'],
    ['unexpected_answer', 'UnknownError'],
  ])('%s is %s', (code, name) => {
    const failure = { step: 'call', code, seen: '', mend: '' }
    expect(siteMailboxResult({ passed: false, summary: '', steps: [], failure }).name).toBe(name)
  })
})

describe('the matrix', () => {
  const server = (product: ServerName): FoundServer => ({
    name: product,
    product,
    url: 'https://localhost:1',
  })

  test.each([
    ['lync', 'exchange', 'storage-connectivity'],
    ['lync', 'sharepoint', 'archive-search'],
    ['sharepoint', 'exchange', 'site-mailbox'],
    ['exchange', 'sharepoint', 'site-mailbox'],
    ['exchange', 'lync', 'partner-connectivity'],
  ] as const)('from %s to %s is proven by %s', (caller, callee, name) => {
    expect(testOf(caller, server(callee), KEN).name).toBe(name)
    expect(testOf(caller, server(callee), undefined).name).toBe('partner-connectivity')
  })

  test('ends with a verdict that counts the pairs that failed', () => {
    const cell = { caller: 'lync', callee: 'exchange', test: 't', milliseconds: 3, detail: 'gone' }
    const cells: MatrixCell[] = [
      { ...cell, outcome: 'passed' },
      { ...cell, outcome: 'failed' },
    ]
    expect(formatMatrix(cells).split('\n').at(-1)).toBe('Test failed: 1 of 2 pairs.')
    expect(formatMatrix(cells.slice(0, 1)).split('\n').at(-1)).toBe('Test passed.')
  })
})
