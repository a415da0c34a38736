/** The record of decisions: nothing in it can be changed or taken out unseen, and it does not grow for ever. */
import * as fc from 'fast-check'
import { openMemory } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import {
  type AuditEvent,
  type AuditRecord,
  CHAINS,
  type EventKind,
  GENESIS,
  recordOf,
} from '../../src/trust/audit-record.ts'
import { verifyRecords, verifyStore } from '../../src/trust/audit-verify.ts'
import { type AuditStore, openDecisionLog, type Retention } from '../../src/trust/decision-log.ts'

let storage: Storage
const clock = { now: 1_000_000 }
const surprises: unknown[] = []

beforeEach(async () => {
  storage = await openMemory()
  clock.now = 1_000_000
})
afterEach(async () => {
  expect(surprises).toEqual([])
  await storage.close()
})

const keeping = (records: number, days: number, more: Partial<Retention> = {}): Retention =>
  ({ ...Object.fromEntries(CHAINS.map((chain) => [chain, { records, days }])), ...more }) as Retention

const open = (retention = keeping(1_000_000, 30), store: AuditStore = storage.audit) =>
  openDecisionLog({
    store,
    now: () => clock.now,
    retention,
    onSurprise: (error) => surprises.push(error),
  })

const event = (n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'admitted',
  requestId: `request ${n}`,
  through: 'POST /ews/exchange.asmx',
  partner: 'a@b',
  ...more,
})

/** The store with some records seen differently. */
const tampered = (change: (records: AuditRecord[]) => AuditRecord[]): AuditStore => ({
  ...storage.audit,
  read: async (after, limit) => {
    const all = change(await everything())
    return all.filter(({ seq }) => seq > after).slice(0, limit)
  },
})

const everything = () => storage.audit.read(0, 1_000_000)
const of = async (kind: EventKind) => (await everything()).filter(({ chain }) => chain === kind)

const MIXED: readonly EventKind[] = ['admitted', 'refused', 'registration']

async function filled(count: number, kinds: readonly EventKind[] = ['admitted']): Promise<void> {
  const log = await open()
  for (let n = 1; n <= count; n++) log.record(event(n, { kind: kinds[n % kinds.length]! }))
  await log.close()
}

test('an empty record is whole', async () => {
  expect(await verifyStore(storage.audit)).toEqual({ whole: true, records: 0, chains: [] })
})

test('records are in the order of the decisions, and the chains go on after a restart', async () => {
  await filled(3, MIXED)
  await filled(2, MIXED)
  expect((await everything()).map(({ seq, kind, requestId }) => `${seq} ${kind} ${requestId}`)).toEqual([
    '1 refused request 1',
    '2 registration request 2',
    '3 admitted request 3',
    '4 refused request 1',
    '5 registration request 2',
  ])
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true, records: 5 })
})

const at = (seq: number, change: Partial<AuditRecord>) => (all: AuditRecord[]) =>
  all.map((one) => (one.seq === seq ? { ...one, ...change } : one))

test.each<[string, (records: AuditRecord[]) => AuditRecord[], object]>([
  [
    'changed text',
    (all) => all.map((one) => (one.seq === 3 ? { ...one, event: one.event.replace('a@b', 'c@d') } : one)),
    { seq: 3, why: 'the record was changed' },
  ],
  ['a changed time', at(3, { time: 1 }), { seq: 3, why: 'the record was changed' }],
  ['another kind', at(3, { kind: 'minted' }), { seq: 3, why: 'the record was changed' }],
  ['another chain', at(3, { chain: 'minted' }), { seq: 3, why: 'the record was changed' }],
  ['another request-id', at(3, { requestId: 'request 9' }), { seq: 3, why: 'the record was changed' }],
  [
    'a missing record',
    (all) => all.filter(({ seq }) => seq !== 6),
    { seq: 9, why: 'a record before it is missing or changed' },
  ],
  [
    'a chain without its newest record, in the midst of the others',
    (all) => all.filter(({ seq }) => seq !== 7),
    { seq: 7, why: 'the record is missing' },
  ],
  [
    'the oldest records missing',
    (all) => all.filter(({ seq }) => seq > 4),
    { seq: 5, why: 'records before it are missing, and none says that they were dropped' },
  ],
  ['two in the wrong order', (all) => [{ ...all[3]!, seq: 1 }, ...all.slice(1)], { seq: 1 }],
  [
    'a record before the first',
    (all) => [{ ...all[3]!, seq: -5 }, ...all],
    { seq: -5, why: 'no record has this place' },
  ],
  [
    'a record after the last',
    (all) => [...all, recordOf(event(10), 10, 1, all.findLast(({ chain }) => chain === 'admitted')!)],
    { seq: 10, why: 'it stands after the end of its chain' },
  ],
  [
    'the newest records missing',
    (all) => all.slice(0, -2),
    { seq: 8, why: 'the newest records are missing' },
  ],
  ['a whole chain missing', (all) => all.filter(({ chain }) => chain !== 'registration'), { whole: false }],
  ['all records missing', () => [], { seq: 7, why: 'the newest records are missing' }],
])('%s is seen', async (_, change, expected) => {
  await filled(9, MIXED)
  expect(await verifyStore(tampered(change))).toMatchObject({ whole: false, ...expected })
})

test('chains whose ends are noted nowhere, or not where they end, are seen', async () => {
  await filled(9, MIXED)
  const heads = await storage.audit.heads()
  const without: AuditStore = { ...storage.audit, heads: async () => new Map() }
  expect(await verifyStore(without)).toMatchObject({ whole: false })
  for (const seq of [1, 99]) {
    const other = new Map(heads).set('refused', { ...heads.get('refused')!, seq })
    expect(await verifyStore({ ...storage.audit, heads: async () => other })).toMatchObject({ whole: false })
  }
})

test('chains that were written anew are whole, but not for one who noted their ends before', async () => {
  await filled(6, MIXED)
  const verified = await verifyStore(storage.audit)
  const noted = verified.whole ? verified.chains : []
  expect(noted).toHaveLength(3)
  await filled(6, MIXED)
  expect(await verifyStore(storage.audit, noted)).toMatchObject({ whole: true, records: 12 })

  const other = await openMemory()
  const log = await open(undefined, other.audit)
  for (let n = 1; n <= 12; n++) log.record(event(n, { kind: MIXED[n % 3]!, partner: 'c@d' }))
  await log.close()
  expect(await verifyStore(other.audit)).toMatchObject({ whole: true, records: 12 })
  expect(await verifyStore(other.audit, noted)).toMatchObject({
    whole: false,
    seq: 4,
    why: 'it is not the record that was noted',
  })
  await other.close()
})

test('a record that was cut back to an older state is whole, but not for one who noted its newer end', async () => {
  await filled(3, MIXED)
  const older = await everything()
  await filled(6, MIXED)
  const verified = await verifyStore(storage.audit)
  expect(verifyRecords(older)).toMatchObject({ whole: true, records: 3 })
  expect(verifyRecords(older, verified.whole ? verified.chains : [])).toMatchObject({
    whole: false,
    why: 'the newest records are missing',
  })
})

test('a record longer than a page is walked to its end, and other work gets its turn', async () => {
  await filled(2_500, MIXED)
  let turns = 0
  let walking = true
  const count = () => {
    turns++
    if (walking) setImmediate(count)
  }
  setImmediate(count)
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true, records: 2_500 })
  walking = false
  expect(turns).toBeGreaterThan(3)
})

test('the oldest records go, by number and by age, and the record itself says so', async () => {
  const log = await open(keeping(300, 1))
  for (let n = 1; n <= 1_000; n++) log.record(event(n))
  await log.flush()
  expect(await everything()).toHaveLength(300)
  expect(JSON.parse((await everything()).at(-1)!.event)).toMatchObject({
    kind: 'removal',
    chain: 'admitted',
    removed: { seq: 701 },
  })
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true, records: 300 })
  clock.now += 2 * 86_400
  for (let n = 1; n <= 1_000; n++) log.record(event(n))
  await log.close()
  const kept = await everything()
  expect(kept).toHaveLength(300)
  expect(kept.every(({ time }) => time === clock.now)).toBe(true)
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true })
})

test('what one kind is full of pushes nothing out of another', async () => {
  const log = await open(keeping(1_000_000, 3_650, { refused: { records: 200, days: 30 } }))
  log.record(event(1, { kind: 'registration' }))
  log.record(event(2, { kind: 'administration' }))
  log.record(event(3, { kind: 'minted' }))
  for (let n = 0; n < 20; n++) {
    for (let m = 0; m < 250; m++) log.record(event(m, { kind: 'refused' }))
    await log.flush()
  }
  await log.close()
  expect(await of('refused')).toHaveLength(200)
  for (const kind of ['registration', 'administration', 'minted'] as const)
    expect(await of(kind)).toHaveLength(1)
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true, records: 203 })
})

test('what grew too old while nothing ran goes at the next start', async () => {
  await filled(10, MIXED)
  clock.now += 31 * 86_400
  await (await open()).close()
  expect((await everything()).map(({ kind }) => kind)).toEqual(['removal', 'removal', 'removal'])
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true, records: 3 })
})

test('while a record is verified nothing is dropped from it, and what is added is no fault', async () => {
  const log = await open(keeping(100, 30))
  for (let n = 1; n <= 900; n++) log.record(event(n))
  const verified = await log.whileKept(async () => {
    const pages: AuditStore = {
      ...storage.audit,
      async read(after, limit) {
        for (let n = 0; n < 600; n++) log.record(event(n, { kind: 'refused' }))
        await log.flush()
        return after > 2_000 ? [] : storage.audit.read(after, limit)
      },
    }
    return verifyStore(pages)
  })
  expect(verified).toMatchObject({ whole: true })
  log.record(event(1))
  await log.close()
  expect((await of('admitted')).length).toBeLessThanOrEqual(100)
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true })
})

test('decisions are found by their request-id and by their kind', async () => {
  const log = await open()
  log.record(event(1))
  log.record(event(2, { kind: 'refused', code: 'bad_signature' }))
  log.record(event(3, { kind: 'minted' }))
  await log.close()
  expect((await storage.audit.find('request 2')).map(({ kind }) => kind)).toEqual(['refused'])
  expect((await storage.audit.newest(10, ['admitted', 'refused'])).map(({ seq }) => seq)).toEqual([1, 2])
  expect((await storage.audit.newest(1, ['admitted', 'refused'])).map(({ seq }) => seq)).toEqual([2])
})

test('half a surrogate pair is recorded as what any reader of JSON can read', async () => {
  const log = await open()
  log.record(event(1, { requestId: 'a\ud800', partner: 'b\udc00', through: 'GET /\ud83d\ude00' }))
  await log.close()
  const [record] = await everything()
  expect(JSON.parse(record!.event)).toMatchObject({
    requestId: 'a\ufffd',
    partner: 'b\ufffd',
    through: 'GET /😀',
  })
  expect(record!.event).not.toMatch(/\\ud[89a-f]/i)
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true })
})

test('whatever stands in an event, it is recorded as JSON with every half of a surrogate pair taken out', () => {
  const piece = fc.constantFrom(
    '\ud800',
    '\udfff',
    '\ud83d\ude00',
    '\\',
    '\\ud800',
    '\\\\ud',
    '"',
    '\n',
    'a',
    '😀',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  )
  const change = fc.dictionary(
    fc.constantFrom('upn', 'enabled', '\ud800'),
    fc.oneof(text, fc.boolean(), fc.integer()),
  )
  const wellFormed = (_: string, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value)
  void fc.assert(
    fc.property(fc.record({ requestId: text, through: text, user: text, change }), (members) => {
      const recorded = recordOf({ kind: 'admitted', ...members }, 1, clock.now, GENESIS)
      expect(recorded.event).toBe(JSON.stringify({ kind: 'admitted', ...members }, wellFormed))
      expect(recorded.requestId).toBe(members.requestId.toWellFormed())
    }),
    { seed: 20_261_121 },
  )
})

test.each([1, 4, 5, 19, 20, 99, 100, 499, 500, 501, 1_127])(
  '%i records that wait are written together, each as it is and in its place',
  async (count) => {
    const log = await open()
    const kinds = ['admitted', 'refused', 'minted'] as const
    for (let n = 1; n <= count; n++) log.record(event(n, { kind: kinds[n % 3]! }))
    await log.close()
    const records = await everything()
    expect(records.map(({ seq, requestId, chain, kind }) => [seq, requestId, chain, kind])).toEqual(
      Array.from({ length: count }, (_, at) => {
        const kind = kinds[(at + 1) % 3]
        return [at + 1, `request ${at + 1}`, kind, kind]
      }),
    )
    expect(await verifyStore(storage.audit)).toMatchObject({ whole: true })
  },
)

test('a flood of refusals is recorded, but only some of them are explained', async () => {
  const log = await open()
  const explained = () => Array.from({ length: 100 }, () => log.mayExplain()).filter(Boolean).length
  expect(explained()).toBe(20)
  clock.now += 1
  expect(explained()).toBe(20)
})

test('what is written is in the store when that is said, with all that was recorded before it', async () => {
  const log = await open()
  log.record(event(1))
  await log.write(event(2, { kind: 'registration' }))
  expect((await everything()).map(({ requestId }) => requestId)).toEqual(['request 1', 'request 2'])
  await log.close()
  await expect(log.write(event(3))).rejects.toThrow('closed')
})

test('what comes after the log was closed is not written, and breaks nothing', async () => {
  const log = await open()
  log.record(event(1))
  await log.close()
  log.record(event(2))
  await log.flush()
  expect((await everything()).map(({ requestId }) => requestId)).toEqual(['request 1'])
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true })
})

test('a store that fails is reported to whoever waits for it, and does not stop what follows', async () => {
  let broken = true
  const store: AuditStore = {
    ...storage.audit,
    append: async (...added) => {
      if (broken) throw new Error('disk full')
      await storage.audit.append(...added)
    },
  }
  const heard: unknown[] = []
  const log = await openDecisionLog({
    store,
    now: () => clock.now,
    retention: keeping(100, 1),
    onSurprise: (error) => heard.push(error),
  })
  await expect(log.write(event(1))).rejects.toThrow('a record could not be written')
  broken = false
  log.record(event(2))
  await log.close()
  expect(heard).toEqual([new Error('disk full')])
  expect((await everything()).map(({ requestId }) => requestId)).toEqual(['request 1', 'request 2'])
  expect(await verifyStore(storage.audit)).toMatchObject({ whole: true })
})
