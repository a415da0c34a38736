/** Token servers, those who use one, clients of one, and spent assertions, in every storage. */
import { AppId, Realm } from '../../src/protocol/ids.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { type AssertionLimits, type SpentAssertion, spend } from '../../src/trust/assertion.ts'
import type { Partner } from '../../src/trust/partner.ts'
import { KINDS } from './samples.ts'

const NOW = 1_700_000_000
const FEW: AssertionLimits = { ofAll: 5, ofOne: 3 }

const partner = (identity: string, id: string, more: Partial<Partner>): Partner => ({
  identity,
  application: { appId: AppId.parse(id), realm: Realm.parse('litwareinc.com') },
  issuer: `${id}@litwareinc.com`,
  source: { kind: 'document' },
  certificates: [],
  trustLevel: 'Full',
  enabled: true,
  acceptSids: false,
  ...{ createdAt: NOW, updatedAt: NOW, refreshedAt: NOW },
  ...more,
})

const assertion = (once: string, more: Partial<SpentAssertion> = {}): SpentAssertion => {
  const { until = NOW + 600 } = more
  return { client: 'a@litwareinc.com', once, until, expiresAt: until - 301, ...more }
}

describe.each(KINDS)('%s', (_, open) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await open()
  })
  afterEach(() => storage.close())

  const put = (one: SpentAssertion, now = NOW) => storage.assertions.spend(one, now, FEW)

  test('each kind of record comes back as it was added, and as it was changed', async () => {
    const url = 'https://sts.litwareinc.com/tokens/OAuth/2'
    const server = partner('Server', 'aaaaaaaa-0000-4000-8000-000000000000', {
      authServer: { type: 'AzureAD', tokenIssuingEndpoint: url },
    })
    const bare = partner('Bare', 'bbbbbbbb-0000-4000-8000-000000000000', { authServer: {} })
    const behind = partner('Behind', 'cccccccc-0000-4000-8000-000000000000', {
      source: { kind: 'auth server' },
    })
    const client = partner('Client', 'dddddddd-0000-4000-8000-000000000000', {
      tokenClient: {
        resources: [behind.issuer],
        trustedForDelegation: true,
        consents: [{ user: '*' }, { user: 'ken@a', resource: behind.issuer }],
      },
    })
    const plain = partner('Plain', 'eeeeeeee-0000-4000-8000-000000000000', {})
    const all = [server, bare, behind, client, plain]
    for (const one of all) await storage.partners.add(one)
    expect([...(await storage.partners.all())].sort(byName)).toStrictEqual([...all].sort(byName))
    const changed: Partner[] = [
      { ...server, authServer: { type: 'ADFS' }, enabled: false },
      { ...behind, source: { kind: 'certificate' } },
      { ...client, tokenClient: { resources: [], trustedForDelegation: false, consents: [] } },
    ]
    for (const one of changed) await storage.partners.replace(one)
    const names = changed.map(({ identity }) => identity)
    const after = (await storage.partners.all()).filter(({ identity }) => names.includes(identity))
    expect([...after].sort(byName)).toStrictEqual([...changed].sort(byName))
  })

  test('an assertion is spent once by each client, and has its name to itself until it is over', async () => {
    expect(await put(assertion('1'))).toBe('spent')
    expect(await put(assertion('1'))).toBe('spent before')
    expect(await put(assertion('1', { client: 'b@litwareinc.com' }))).toBe('spent')
    expect(await put(assertion('1'), NOW + 600)).toBe('spent before')
    expect(await put(assertion('1', { until: NOW + 1_200 }), NOW + 601)).toBe('spent')
  })

  test('of twenty who spend one at once, one does', async () => {
    const done = await Promise.all(Array.from({ length: 20 }, () => put(assertion('1'))))
    expect(done.sort()).toEqual(['spent', ...Array<string>(19).fill('spent before')])
  })

  test('one client has its own room and no more, all have theirs, and what ends makes room', async () => {
    for (const once of ['1', '2', '3']) expect(await put(assertion(once))).toBe('spent')
    expect(await put(assertion('4'))).toBe('full')
    // What is there is known to have been there, full or not.
    expect(await put(assertion('1'))).toBe('spent before')
    const other = { client: 'b@litwareinc.com' }
    for (const once of ['1', '2']) expect(await put(assertion(once, other))).toBe('spent')
    expect(await put(assertion('3', other))).toBe('full')
    expect(await spend(storage.assertions, assertion('4'), NOW, FEW)).toMatchObject({
      code: 'assertions_too_many',
    })
    expect(await put(assertion('4', { until: NOW + 1_300 }), NOW + 700)).toBe('spent')
  })
})

function byName(a: Partner, b: Partner): number {
  return a.identity < b.identity ? -1 : 1
}
