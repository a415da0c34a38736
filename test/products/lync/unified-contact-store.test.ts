/** The state of a user's contacts, and when they move. */
import type { LyncUser } from '../../../src/products/lync/contact.ts'
import { openStorageService } from '../../../src/products/lync/storage-service.ts'
import { timeSpan } from '../../../src/products/lync/task-fields.ts'
import { movesAt, STAY_AFTER_ROLLBACK, viewUcs } from '../../../src/products/lync/unified-contact-store.ts'
import { openMemory } from '../../../src/storage/sqlite.ts'

const USER: LyncUser = { sid: 'S-1', exchangeArchivingPolicy: 'Uninitialized', contactPlace: 'lync' }

test.each([
  ['lync', undefined, true, 'UcsAllowed', true],
  ['lync', undefined, false, 'UcsDisabled', false],
  ['lync', true, false, 'UcsAllowed', true],
  ['lync', false, true, 'UcsDisabled', false],
  ['failed', undefined, true, 'UcsFailed', true],
  ['failed', undefined, false, 'UcsDisabled', false],
  ['migrating', undefined, true, 'UcsMigrating', true],
  ['exchange', undefined, true, 'UcsMigrated', false],
  ['exchange', false, false, 'UcsMigrated', false],
] as const)(
  'contacts at %s, of a user set to %s, under the policy %s, are %s, and move: %s',
  (contactPlace, ucsAllowed, policy, state, moves) => {
    const view = viewUcs({ ...USER, contactPlace, ...(ucsAllowed !== undefined && { ucsAllowed }) }, policy)
    expect(view.state).toBe(state)
    expect(movesAt(0, view)).toBe(moves)
  },
)

test('contacts that were brought back stay seven days, to the second', () => {
  const view = viewUcs({ ...USER, rolledBackAt: 1_000, movedAt: 1_000 }, true)
  expect(STAY_AFTER_ROLLBACK).toBe(604_800)
  expect(view.staysUntil).toBe(605_800)
  expect(movesAt(605_799, view)).toBe(false)
  expect(movesAt(605_800, view)).toBe(true)
  expect(viewUcs({ ...USER, rolledBackAt: 1_000 }, false)).not.toHaveProperty('staysUntil')
})

test.each([
  [0, '00:00:00'],
  [1.5, '00:00:00.0015000'],
  [61_000, '00:01:01'],
  [3_600_000 * 25 + 1, '25:00:00.0010000'],
])('%d ms are the time span %s', (milliseconds, text) => {
  expect(timeSpan(milliseconds)).toBe(text)
})

test('tasks with one key run one after the other, those that fail too, and others beside them', async () => {
  const storage = await openMemory()
  const service = openStorageService(storage.storageService)
  const log: string[] = []
  const task =
    (name: string, fails = false) =>
    async () => {
      log.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      log.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
  const results = await Promise.allSettled([
    service.inTurn('a', task('1', true)),
    service.inTurn('a', task('2')),
    service.inTurn('b', task('3')),
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(log.filter((line) => !line.startsWith('3'))).toEqual(['1 begins', '1 ends', '2 begins', '2 ends'])
  expect(log.indexOf('3 begins')).toBeLessThan(log.indexOf('1 ends'))
  await storage.close()
})
