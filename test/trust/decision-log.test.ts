/** The record of decisions: nothing in it can be changed or taken out unseen, and it does not grow for ever. */
import { openMemory } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import {
  type AuditEvent,
  type AuditRecord,
  openDecisionLog,
  verifyChain,
} from '../../src/trust/decision-log.ts'

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

const open = (retention = { records: 1_000_000, days: 30 }) =>
  openDecisionLog({
    store: storage.audit,
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
const tampered = (change: (records: AuditRecord[]) => AuditRecord[]) => ({
  ...storage.audit,
  read: async (after: number, limit: number) => {
    const all = change(await storage.audit.read(0, 1_000_000))
    return all.filter(({ seq }) => seq > after).slice(0, limit)
  },
})

async function filled(count: number): Promise<void> {
  const log = await open()
  for (let n = 1; n <= count; n++) log.record(event(n))
  await log.close()
}

test('an empty record is whole', async () => {
  expect(await verifyChain(storage.audit)).toEqual({ whole: true, records: 0 })
})

test('records are in the order of the decisions, and the chain goes on after a restart', async () => {
  await filled(3)
  await filled(2)
  expect((await storage.audit.read(0, 10)).map(({ seq, requestId }) => `${seq} ${requestId}`)).toEqual([
    '1 request 1',
    '2 request 2',
    '3 request 3',
    '4 request 1',
    '5 request 2',
  ])
  expect(await verifyChain(storage.audit)).toEqual({ whole: true, records: 5 })
})

test.each<[string, (records: AuditRecord[]) => AuditRecord[], object]>([
  [
    'changed text',
    (all) => all.map((one) => (one.seq === 3 ? { ...one, event: one.event.replace('a@b', 'c@d') } : one)),
    { seq: 3, why: 'the record was changed' },
  ],
  [
    'a changed time',
    (all) => all.map((one) => (one.seq === 3 ? { ...one, time: 1 } : one)),
    { seq: 3, why: 'the record was changed' },
  ],
  [
    'a missing record',
    (all) => all.filter(({ seq }) => seq !== 3),
    { seq: 4, why: 'a record before it is missing or changed' },
  ],
  [
    'two in the wrong order',
    (all) => [all[0]!, { ...all[2]!, seq: 2 }, { ...all[1]!, seq: 3 }, ...all.slice(3)],
    { seq: 2 },
  ],
  [
    'the newest records missing',
    (all) => all.slice(0, -2),
    { seq: 4, why: 'the newest records are missing' },
  ],
  ['all records missing', () => [], { seq: 1, why: 'the newest records are missing' }],
])('%s is seen', async (_, change, expected) => {
  await filled(5)
  expect(await verifyChain(tampered(change))).toMatchObject({ whole: false, ...expected })
})

test('a chain longer than a page is walked to its end', async () => {
  await filled(2_500)
  expect(await verifyChain(storage.audit)).toEqual({ whole: true, records: 2_500 })
})

test('the oldest records go, by number and by age, and what is left is whole', async () => {
  const log = await open({ records: 300, days: 1 })
  for (let n = 1; n <= 1_000; n++) log.record(event(n))
  await log.flush()
  expect(await verifyChain(storage.audit)).toEqual({ whole: true, records: 300 })
  clock.now += 2 * 86_400
  for (let n = 1; n <= 1_000; n++) log.record(event(n))
  await log.close()
  const kept = await storage.audit.read(0, 10_000)
  expect(kept).toHaveLength(300)
  expect(kept.every(({ time }) => time === clock.now)).toBe(true)
  expect(await verifyChain(storage.audit)).toMatchObject({ whole: true })
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

test('a flood of refusals is recorded, but only some of them are explained', async () => {
  const log = await open()
  const explained = () => Array.from({ length: 100 }, () => log.mayExplain()).filter(Boolean).length
  expect(explained()).toBe(20)
  clock.now += 1
  expect(explained()).toBe(20)
})

test('what comes after the log was closed is not written, and breaks nothing', async () => {
  const log = await open()
  log.record(event(1))
  await log.close()
  log.record(event(2))
  await log.flush()
  expect((await storage.audit.read(0, 10)).map(({ requestId }) => requestId)).toEqual(['request 1'])
  expect(await verifyChain(storage.audit)).toMatchObject({ whole: true })
})

test('a store that fails is reported, and does not stop what follows', async () => {
  let broken = true
  const store = {
    ...storage.audit,
    append: async (records: readonly AuditRecord[]) => {
      if (broken) throw new Error('disk full')
      await storage.audit.append(records)
    },
  }
  const heard: unknown[] = []
  const log = await openDecisionLog({
    store,
    now: () => clock.now,
    retention: { records: 100, days: 1 },
    onSurprise: (error) => heard.push(error),
  })
  log.record(event(1))
  await log.flush()
  broken = false
  log.record(event(2))
  await log.close()
  expect(heard).toHaveLength(1)
  expect((await storage.audit.read(0, 10)).map(({ requestId }) => requestId)).toEqual([
    'request 1',
    'request 2',
  ])
  expect(await verifyChain(storage.audit)).toMatchObject({ whole: true })
})
