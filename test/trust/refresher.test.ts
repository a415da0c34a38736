/** When partners' keys are read again, and what a token with an unknown key may set in motion. */
import fc from 'fast-check'
import { writeFullDocument } from '../../src/protocol/auth-document.ts'
import { accept, refuse } from '../../src/protocol/outcome.ts'
import { openClock } from '../../src/server/clock.ts'
import { openMemory } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { ClockControl } from '../../src/trust/clock.ts'
import type { Downloaded } from '../../src/trust/partner-keys.ts'
import { afterFailure, DEFAULT_REFRESH, nextRefresh } from '../../src/trust/refresh-policy.ts'
import { openRefresher, type Refresher } from '../../src/trust/refresher.ts'
import { openPartners, type Partners } from '../../src/trust/register.ts'
import {
  actor,
  certificateOf,
  identity,
  KEYS,
  LYNC,
  NOW,
  principal,
  STRANGER,
  type TestKey,
} from '../support/tokens.ts'

const URL = 'https://lync.litwareinc.com/metadata/json/1'
const HOUR = 3_600
const P = DEFAULT_REFRESH

let storage: Storage
let clock: ClockControl
let partners: Partners
let refresher: Refresher
let downloads: (string | undefined)[]
let publishes: TestKey[]
let isDown: boolean
let gate: Promise<void>
let hints: Partial<Downloaded>
let said: string[]

beforeEach(async () => {
  ;[downloads, publishes, isDown, gate, hints, said] = [[], [KEYS.partner], false, Promise.resolve(), {}, []]
  storage = await openMemory()
  clock = openClock({
    machine: { now: () => NOW, stopwatch: () => 0 },
    isLab: true,
    onSurprise: (error) => {
      throw error
    },
  })
  await clock.change?.({ frozen: true })
  partners = await openPartners({
    ...{ self: identity(), store: storage.partners, now: clock.now },
    download: async (_url, _authority, etag) => {
      downloads.push(etag)
      await gate
      if (isDown) return refuse('metadata_unreachable', { at: 'metadataUrl' })
      if (etag !== undefined && etag === hints.etag) return accept(hints)
      const document = writeFullDocument({
        ...{ name: 'Lync', application: principal(LYNC), location: URL, documentId: 'x' },
        certificates: publishes.map(certificateOf),
      })
      return accept({ text: JSON.stringify(document), ...hints })
    },
  })
  await partners.register({
    ...{ identity: 'Lync', keys: { kind: 'metadata', url: URL } },
    ...{ trustLevel: 'Full', enabled: true, acceptSids: false },
  })
  refresher = openRefresher({
    ...{ partners, clock, policy: P },
    onRefresh: (_, what) => said.push(what),
  })
  downloads = []
})
afterEach(async () => {
  clock.close()
  await storage.close()
})

const advance = (seconds: number) => clock.change!({ advance: seconds })
const lync = () => partners.get('Lync')!
const junk = (key: TestKey = KEYS.stranger, iss = LYNC) => actor({ iss, nameid: iss }, {}, key)

describe('a token with an unknown key', () => {
  test('makes the document be read once, however many come at the same time', async () => {
    publishes = [KEYS.partner, KEYS.partnerNext]
    const all = Array.from({ length: 10 }, () => refresher.learn(junk(KEYS.partnerNext)))
    expect(await Promise.all(all)).toEqual(all.map(() => true))
    expect(downloads).toHaveLength(1)
    expect(lync().certificates.map(({ x5t }) => x5t)).toEqual([KEYS.partner.x5t, KEYS.partnerNext.x5t])
    expect(said).toEqual(['partner Lync: new keys (generation 2)'])
  })

  test('that is known by now in another order is no new key', async () => {
    publishes = [KEYS.partner, KEYS.partnerNext]
    await refresher.learn(junk(KEYS.partnerNext))
    publishes = [KEYS.partnerNext, KEYS.partner]
    expect((await partners.refresh('Lync')).ok).toBe(true)
    expect(lync().certificates.map(({ x5t }) => x5t)).toEqual([KEYS.partnerNext.x5t, KEYS.partner.x5t])
    expect(lync().refresh?.generation).toBe(2)
  })

  test('waits with 31 others at most; whoever comes then is told at once', async () => {
    let open = () => {}
    gate = new Promise((resolve) => {
      open = resolve
    })
    const waiting = Array.from({ length: 32 }, () => refresher.learn(junk()))
    expect(await refresher.learn(junk())).toBe(false)
    open()
    await Promise.all(waiting)
    expect(downloads).toHaveLength(1)
  })

  test('that the partner does not have is not looked for again within the cool-down, nor the same one for longer', async () => {
    await refresher.learn(junk())
    expect(await refresher.learn(junk(KEYS.partnerNext))).toBe(false)
    await advance(P.coolDown - 1)
    expect(await refresher.learn(junk(KEYS.partnerNext))).toBe(false)
    await advance(1)
    expect(await refresher.learn(junk())).toBe(false)
    expect(downloads).toHaveLength(1)
    await refresher.learn(junk(KEYS.partnerNext))
    expect(downloads).toHaveLength(2)
    await advance(P.unknownFor)
    await refresher.learn(junk())
    expect(downloads).toHaveLength(3)
  })

  test('is looked for again after the cool-down when the partner could not be asked', async () => {
    isDown = true
    expect(await refresher.learn(junk(KEYS.partnerNext))).toBe(false)
    isDown = false
    publishes = [KEYS.partnerNext]
    await advance(P.coolDown)
    expect(await refresher.learn(junk(KEYS.partnerNext))).toBe(true)
  })

  test.each([
    ['of an issuer that is not registered', async () => junk(KEYS.stranger, STRANGER)],
    ['that is no token', async () => 'a.b.c'],
    [
      'of a disabled partner',
      async () => {
        await partners.change('Lync', { enabled: false })
        return junk()
      },
    ],
    [
      'of a partner whose certificate was handed over',
      async () => {
        await partners.change('Lync', { keys: { kind: 'certificate', certificate: KEYS.partner.pem } })
        return junk()
      },
    ],
  ])('%s asks nobody', async (_, make) => {
    expect(await refresher.learn(await make())).toBe(false)
    expect(downloads).toEqual([])
  })
})

describe('the schedule', () => {
  test('reads when it is time, and with the name of what is there already', async () => {
    hints = { etag: '"one"', maxAge: 2 * HOUR }
    await partners.refresh('Lync')
    downloads = []
    const { nextAt } = lync().refresh!
    expect(nextAt - NOW).toBeGreaterThan(1.6 * HOUR)
    expect(nextAt - NOW).toBeLessThan(2 * HOUR)
    await clock.change?.({ time: nextAt - 60 })
    expect(downloads).toEqual([])
    await advance(120)
    expect(downloads).toEqual(['"one"'])
    expect(lync()).toMatchObject({ refreshedAt: clock.now(), refresh: { generation: 1, etag: '"one"' } })
  })

  test('tries again soon after a failure, ever later up to the floor, and forgets it once it worked', async () => {
    isDown = true
    await clock.change?.({ time: lync().refresh!.nextAt })
    const waits: number[] = []
    for (let time = 0; time < 9; time++) {
      waits.push(lync().refresh!.nextAt - clock.now())
      await clock.change?.({ time: lync().refresh!.nextAt + 60 })
    }
    expect(waits.slice(0, 7)).toEqual([60, 120, 240, 480, 960, 1_920, P.floor])
    expect(lync().refresh?.failure).toMatchObject({ code: 'metadata_unreachable', times: 10 })
    expect(lync().refreshedAt).toBe(NOW)
    isDown = false
    await clock.change?.({ time: lync().refresh!.nextAt + 60 })
    expect(lync().refresh).not.toHaveProperty('failure')
  })

  test('survives a clock that is set back', async () => {
    await advance(30 * 24 * HOUR)
    downloads = []
    await advance(-29 * 24 * HOUR)
    await advance(120)
    expect(downloads).toHaveLength(1)
  })

  test('never leaves floor and ceiling, and is the same for the same partner at the same time', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.option(fc.nat(), { nil: undefined }), (issuer, now, maxAge) => {
        const wait = nextRefresh(P, issuer, now, maxAge) - now
        expect(wait).toBeGreaterThanOrEqual(Math.floor(P.floor * 0.85))
        expect(wait).toBeLessThanOrEqual(P.ceiling * 0.95)
        expect(nextRefresh(P, issuer, now, maxAge) - now).toBe(wait)
      }),
    )
  })

  test('a quarantine begins with the first document that may not be adopted, and outlasts an outage', () => {
    const first = afterFailure(P, undefined, refuse('partner_changed', { seen: 'another' }), NOW)
    const then = afterFailure(P, first, refuse('metadata_unreachable'), NOW + 60)
    expect(then).toMatchObject({
      failure: { since: NOW, at: NOW + 60, times: 2, code: 'metadata_unreachable' },
      quarantine: { since: NOW, at: NOW, times: 1, code: 'partner_changed', detail: 'saw another' },
    })
  })
})
