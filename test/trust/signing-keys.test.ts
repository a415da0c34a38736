/** The life of signing keys: each product's way from one to the next, on a clock that is moved. */

import { verify } from 'node:crypto'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { signJws } from '../../src/protocol/jws.ts'
import { refuse } from '../../src/protocol/outcome.ts'
import { openClock } from '../../src/server/clock.ts'
import { openMemoryVault } from '../../src/server/key-vault.ts'
import type { ClockControl } from '../../src/trust/clock.ts'
import type { KeyMaterial, OwnKeys } from '../../src/trust/own-keys.ts'
import { BEAT, EXCHANGE_ROLLOVER, LYNC_ROLLOVER, SHAREPOINT_ROLLOVER } from '../../src/trust/signing-keys.ts'
import { keyOf, memoryStore, openKeys, statesOf } from '../support/keys.ts'
import { certificateOf, KEYS, lync, NOW } from '../support/tokens.ts'

const HOUR = 3_600
const DAY = 24 * HOUR

let first: KeyMaterial
let second: KeyMaterial
let third: KeyMaterial
let clock: ClockControl
let said: string[]

beforeAll(async () => {
  ;[first, second, third] = (await Promise.all([keyOf(400), keyOf(3_000), keyOf(3_000)])) as [
    KeyMaterial,
    KeyMaterial,
    KeyMaterial,
  ]
})
beforeEach(async () => {
  said = []
  clock = openClock({
    machine: { now: () => NOW, stopwatch: () => 0 },
    isLab: true,
    onSurprise: (error) => {
      throw error
    },
  })
  await clock.change?.({ frozen: true })
})
afterEach(() => clock.close())

const advance = (seconds: number) => clock.change!({ advance: seconds })
const x5tOf = ({ certificate }: KeyMaterial) => certificate.x5t
const published = (keys: OwnKeys) => keys.published().certificates.map(({ x5t }) => x5t)

async function must<T extends { ok: boolean }>(outcome: Promise<T>): Promise<T> {
  const done = await outcome
  expect(done).toMatchObject({ ok: true })
  return done
}

async function stage(keys: OwnKeys, key: KeyMaterial, lead: number, force = false) {
  await must(keys.add(key))
  return keys.stage({ x5t: x5tOf(key), effectiveAt: clock.now() + lead, force })
}

/** Whose key the server signs with now, by verifying a signature. */
async function signer(keys: OwnKeys): Promise<KeyMaterial | undefined> {
  const { signingKey } = keys.identity()
  const [head, body, signature = ''] = (await signJws('{}', signingKey)).split('.')
  return [first, second, third].find(({ certificate }) =>
    verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${body}`),
      certificate.publicKey,
      Buffer.from(signature, 'base64url'),
    ),
  )
}

test('Exchange: staged, published beside the old one, promoted on the beat after its date, cleared by hand', async () => {
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first, { said })
  await must(stage(keys, second, 50 * HOUR))
  expect(published(keys)).toEqual([first, second].map(x5tOf))
  expect(keys.published().generation).toBe(2)
  await advance(50 * HOUR) // due, but the servicelet looks every 12 h
  expect(await signer(keys)).toBe(first)
  await advance(10 * HOUR)
  expect(await signer(keys)).toBe(second)
  expect(statesOf(keys)).toBe('previous current')
  expect(published(keys)).toEqual([second, first].map(x5tOf))
  await advance(600 * DAY) // and the previous one stays, even when its certificate has ended
  expect(published(keys)).toEqual([second, first].map(x5tOf))
  await must(keys.clearPrevious())
  expect(published(keys)).toEqual([x5tOf(second)])
  expect(said.filter((line) => line.includes('→'))).toEqual([
    expect.stringContaining('new → current'),
    expect.stringContaining('new → available'),
    expect.stringContaining('available → next, to be current from'),
    expect.stringContaining('current → previous'),
    expect.stringContaining('next → current'),
    expect.stringContaining('previous → retired'),
  ])
})

test('Lync: new before old, in force at the very second, the old one until its certificate ends', async () => {
  const keys = await openKeys(clock, LYNC_ROLLOVER, first)
  await must(stage(keys, second, 24 * HOUR))
  expect(published(keys)).toEqual([second, first].map(x5tOf))
  await advance(24 * HOUR - 1)
  expect(await signer(keys)).toBe(first)
  await advance(1)
  expect(await signer(keys)).toBe(second)
  expect(published(keys)).toEqual([second, first].map(x5tOf))
  await clock.change?.({ time: first.certificate.notAfter })
  expect(statesOf(keys)).toBe('previous current')
  await advance(1)
  expect(statesOf(keys)).toBe('retired current')
  expect(published(keys)).toEqual([x5tOf(second)])
})

test('SharePoint: queued without a date, and set by hand', async () => {
  const keys = await openKeys(clock, SHAREPOINT_ROLLOVER, first)
  await must(keys.add(second))
  await must(keys.stage({ x5t: x5tOf(second), force: false }))
  await advance(100 * DAY)
  expect(statesOf(keys)).toBe('current next')
  await must(keys.publish())
  expect(await signer(keys)).toBe(second)
})

test.each([
  ['Exchange', EXCHANGE_ROLLOVER, 48],
  ['Lync', LYNC_ROLLOVER, 24],
])('%s: a date nearer than its lead wants to be confirmed', async (_, rules, hours) => {
  const keys = await openKeys(clock, rules, first)
  const near = await stage(keys, second, hours * HOUR - 1)
  expect(near).toMatchObject({
    code: 'signing_key_lead_short',
    at: 'effectiveAt',
    expected: expect.stringContaining(`${hours} h from now`),
  })
  expect(statesOf(keys)).toBe('current available')
  const effectiveAt = clock.now() + 1
  await must(keys.stage({ x5t: x5tOf(second), effectiveAt, force: true }))
  expect(await keys.stage({ x5t: x5tOf(second), force: true })).toMatchObject({
    code: 'signing_key_date_missing',
  })
})

test('publishing makes the staged key current at once, two generations are kept, and a third retires for good', async () => {
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first)
  expect(await keys.publish()).toMatchObject({ code: 'signing_key_not_staged' })
  await must(stage(keys, second, 72 * HOUR))
  await must(keys.publish())
  await must(stage(keys, third, 72 * HOUR))
  expect(published(keys)).toEqual([second, third, first].map(x5tOf))
  await must(keys.publish())
  expect(statesOf(keys)).toBe('retired previous current')
  expect(await keys.add(first)).toMatchObject({ code: 'signing_key_known', seen: 'retired' })
  expect(await keys.stage({ x5t: x5tOf(first), effectiveAt: NOW + 9 * DAY, force: true })).toMatchObject({
    code: 'signing_key_in_use',
    seen: 'retired',
  })
})

test('an emergency: replaced without a lead, the previous one cleared; the current one cannot be revoked', async () => {
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first)
  await must(keys.add(second))
  expect(await keys.revoke(x5tOf(first))).toMatchObject({ code: 'signing_key_in_use', seen: 'current' })
  await must(keys.replace(x5tOf(second)))
  expect(await signer(keys)).toBe(second)
  await must(keys.revoke(x5tOf(first)))
  expect(published(keys)).toEqual([x5tOf(second)])
  expect(await keys.clearPrevious()).toMatchObject({ code: 'signing_key_not_found' })
})

test('a key that a partner uses, and a certificate that is not valid by its date, are refused', async () => {
  const material = { certificate: certificateOf(KEYS.partner), privateKey: KEYS.partner.privateKey }
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first, { partners: [lync()] })
  expect(await keys.add(material)).toMatchObject({
    code: 'signing_key_of_partner',
    seen: expect.stringContaining('Lync'),
  })
  expect(await stage(keys, second, 3_001 * DAY)).toMatchObject({
    code: 'signing_key_dates',
    seen: expect.stringContaining(' to '),
  })
})

test.each(['available', 'retired'])(
  'a new certificate of a key that is %s here is not a new key: who has the one has the other',
  async (state) => {
    const material = (key: typeof KEYS.partner) => ({
      certificate: certificateOf(key),
      privateKey: key.privateKey,
    })
    const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first)
    await must(keys.add(material(KEYS.partner)))
    if (state === 'retired') await must(keys.revoke(certificateOf(KEYS.partner).x5t))
    const again = material(KEYS.partnerFuture)
    expect(again.certificate.x5t).not.toBe(certificateOf(KEYS.partner).x5t)
    expect(await keys.add(again)).toMatchObject({
      code: 'signing_key_known',
      seen: expect.stringMatching(new RegExp(`^${state}, under the certificate [0-9A-F]{40}$`)),
    })
    expect(statesOf(keys)).toBe(`current ${state}`)
  },
)

test('what stands in the way of a change is asked when the change has its turn, not when it is asked for', async () => {
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first)
  await must(keys.add(second))
  await must(stage(keys, third, 72 * HOUR))
  const isStaged = (key: KeyMaterial) =>
    keys.list().some((one) => one.state === 'next' && one.certificate === key.certificate)
  const guard = () => (isStaged(third) ? undefined : refuse('signing_key_unseen', { at: 'next' }))
  expect(guard()).toBeUndefined()
  // Another is staged by a change that waits before this one.
  const staging = keys.stage({ x5t: x5tOf(second), effectiveAt: clock.now() + 72 * HOUR, force: false })
  const publishing = keys.publish(guard)
  await must(staging)
  expect(await publishing).toMatchObject({ code: 'signing_key_unseen' })
  expect(statesOf(keys)).toBe('current next available')
})

test('a time that is played again says the same again, at the same moments', async () => {
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first, { said })
  const play = async (from: number) => {
    await clock.change!({ time: from })
    return clock.change!({ time: from + 2 * 365 * DAY })
  }
  const from = Date.UTC(2027, 0, 1) / 1000
  await clock.change!({ time: from - 7 })
  const played = await play(from)
  expect(played.map(({ at, what }) => [(at - from) % BEAT, what])).toEqual([
    [0, expect.stringMatching(/^A new Auth Certificate must be created and staged/)],
    [0, expect.stringMatching(/^The Auth Certificate in use must be replaced/)],
  ])
  expect(await play(from)).toEqual(played)
  await advance(-3 * DAY - 11) // between two beats, and while it was replaced already
  expect(await play(from)).toEqual(played)
  keys.close()
})

test('a staged key whose certificate has ended by its turn signs nothing: the old one stays', async () => {
  const short = await keyOf(2.2) // ends between two beats
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first)
  await must(stage(keys, short, 2.1 * DAY, true))
  await advance(10 * BEAT)
  expect(statesOf(keys)).toBe('current next')
  expect(await signer(keys)).toBe(first)
  expect(await keys.publish()).toMatchObject({ code: 'signing_key_dates' })
})

test('a key that cannot sign does not become current: nothing changes, and the old one goes on', async () => {
  const vault = openMemoryVault()
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first, { vault })
  await must(stage(keys, second, 72 * HOUR))
  vault.drop(x5tOf(second)) // somebody deleted its file
  await expect(keys.publish()).rejects.toThrow(/private key of [0-9A-F]{40} is missing/)
  expect([statesOf(keys), await signer(keys)]).toEqual(['current next', first])
})

test('when the store fails nothing has changed, and the next change works', async () => {
  const store = memoryStore()
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first, { store })
  await must(keys.add(second))
  store.fails = true
  await expect(keys.replace(x5tOf(second))).rejects.toThrow('the disk is full')
  expect([statesOf(keys), await signer(keys)]).toEqual(['current available', first])
  store.fails = false
  await must(keys.replace(x5tOf(second)))
  expect(statesOf(keys)).toBe('previous current')
})

test('a key that was put in the configured place becomes current, and the old one previous; nothing is lost', async () => {
  const store = memoryStore()
  const before = await openKeys(clock, EXCHANGE_ROLLOVER, first, { store })
  await must(stage(before, third, 72 * HOUR))
  before.close()
  const after = await openKeys(clock, EXCHANGE_ROLLOVER, second, { store }).catch((error: Error) => error)
  // Another vault does not have the staged key, but nobody asks it to sign yet.
  if (after instanceof Error) throw after
  expect(statesOf(after)).toBe('previous next current')
  expect(await signer(after)).toBe(second)
})

test('five years play issue, stage, promotion, warning and expiry in under a second, the same every time', async () => {
  const play = async () => {
    const lines: string[] = []
    const ours = openClock({
      machine: { now: () => NOW, stopwatch: () => 0 },
      isLab: true,
      onSurprise: (error) => {
        throw error
      },
    })
    await ours.change?.({ frozen: true })
    const keys = await openKeys(ours, EXCHANGE_ROLLOVER, first)
    await must(keys.add(second))
    await must(keys.stage({ x5t: x5tOf(second), effectiveAt: NOW + 300 * DAY, force: false }))
    const started = performance.now()
    for (const { at, what } of await ours.change!({ advance: 5 * 365 * DAY }))
      lines.push(`${Math.floor((at - NOW) / DAY)} ${what.replace(/[0-9A-F]{40}/, '…')}`)
    for (const { at, what } of await ours.change!({ advance: 5 * 365 * DAY }))
      lines.push(`${Math.floor((at - NOW) / DAY)} ${what.replace(/[0-9A-F]{40}/, '…')}`)
    const milliseconds = performance.now() - started
    ours.close()
    return { lines, milliseconds }
  }
  const [once, again] = [await play(), await play()]
  expect(once.lines).toEqual([
    '300 signing key …: current → previous',
    '300 signing key …: next → current',
    '2939 A new Auth Certificate must be created and staged. (current: 60 days left)',
    '3000 The Auth Certificate in use must be replaced by a new one. (current: -1 days left)',
  ])
  expect(again.lines).toEqual(once.lines)
  expect(once.milliseconds).toBeLessThan(1_000)
})

test('a key whose signatures do not fit its certificate does not come to be current, and the one before goes on', async () => {
  const vault = openMemoryVault()
  const wrong = {
    ...vault,
    signer: (x5t: Thumbprint) => vault.signer(x5t === x5tOf(second) ? x5tOf(first) : x5t),
  }
  const keys = await openKeys(clock, EXCHANGE_ROLLOVER, first, { said, vault: wrong })
  await must(keys.add(second))
  await expect(keys.replace(x5tOf(second))).rejects.toThrow('cannot be read with its certificate')
  expect([statesOf(keys), await signer(keys)]).toEqual(['current available', first])
})
