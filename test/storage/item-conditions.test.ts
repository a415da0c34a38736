/** The store decides conditions as the rules written in TypeScript do, and finds pages as a sort would. */
import fc from 'fast-check'
import { type Condition, holds } from '../../src/products/exchange/condition.ts'
import { divide, propertiesOf } from '../../src/products/exchange/item-search.ts'
import { writeContent } from '../../src/products/exchange/kept-property.ts'
import type { Item } from '../../src/products/exchange/mailbox.ts'
import { openMemory } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { INBOX, ITEM, OWNER, ROOT } from './samples.ts'

const text = fc.constantFrom('', 'a', 'A', 'ab', 'B', 'ä', 'Ä', '%', '_', '\u212a', 'k', '💌', '\ufffd')
const time = fc.integer({ min: 0, max: 4 }).map((day) => day * 86_400)
const newItem = fc.record({
  subject: text,
  fromName: text,
  kind: fc.constantFrom('Message' as const, 'CalendarItem' as const),
  isRead: fc.boolean(),
  importance: fc.integer({ min: 0, max: 2 }),
  size: fc.integer({ min: 0, max: 3 }),
  receivedAt: time,
  startAt: fc.option(time, { nil: undefined }),
})

const field = (uri: string) => {
  const [scope = '', name = ''] = uri.split(':')
  return { kind: 'field', scope, name } as const
}
const FIELDS = [
  'item:Subject',
  'message:From',
  'message:IsRead',
  'item:Importance',
  'item:Size',
  'item:DateTimeReceived',
  'calendar:Start',
].map(field)
const path = fc.constantFrom(...FIELDS)
const constant = fc.oneof(
  text,
  fc.constantFrom(
    'true',
    '0',
    '1',
    '2',
    'High',
    'x',
    '1970-01-02T00:00:00Z',
    '1970-01-03',
    '1970-01-02T12:00:00.5Z',
  ),
)
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('compare' as const),
      path,
      operator: fc.constantFrom(
        '=' as const,
        '!=' as const,
        '>' as const,
        '>=' as const,
        '<' as const,
        '<=' as const,
      ),
      to: fc.record({ constant }),
    }),
    fc.record({
      kind: fc.constant('contains' as const),
      path,
      match: fc.record({
        text,
        where: fc.constantFrom(
          'whole' as const,
          'start' as const,
          'anywhere' as const,
          'word start' as const,
        ),
        ignoresCase: fc.boolean(),
        ignoresMarks: fc.boolean(),
      }),
    }),
    fc.record({ kind: fc.constant('exists' as const), path }),
    fc.record({ kind: fc.constant('not' as const), part: tie('condition') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      parts: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}))

const opened: Storage[] = []
afterAll(async () => {
  for (const storage of opened) await storage.close()
})

async function filled(columns: readonly Partial<Item>[]): Promise<[Storage, Item[]]> {
  const storage = await openMemory()
  opened.push(storage)
  await storage.mailboxes.createMailbox(OWNER, [ROOT, INBOX])
  const items = columns.map(({ startAt, ...rest }, i) => ({
    ...ITEM,
    ...rest,
    id: `i${i}`,
    content: writeContent([]),
    ...(startAt !== undefined && { startAt, endAt: startAt }),
  }))
  for (const item of items) await storage.mailboxes.addItem(item)
  return [storage, items]
}

test('a condition lets through in the store what it lets through outside of it', async () => {
  const columns = fc.sample(newItem, { numRuns: 120, seed: 1 })
  const [{ mailboxes }, items] = await filled(columns as Partial<Item>[])
  let inStore = 0
  await fc.assert(
    fc.asyncProperty(condition, async (one) => {
      const { where, rest } = divide(one)
      if (where !== undefined) inStore += 1
      const { places } = await mailboxes.places(INBOX.id, where === undefined ? {} : { where })
      const found = [...(await mailboxes.itemsAt(places)).values()].filter(
        (item) => rest === undefined || holds(rest, propertiesOf(item)),
      )
      const expected = items.filter((item) => holds(one, propertiesOf(item)))
      expect(found.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort())
    }),
    { numRuns: 800 },
  )
  expect(inStore).toBeGreaterThan(200)
})

test('a page is the part of all that a sort would show, from whichever end it is read', async () => {
  const columns = fc.sample(newItem, { numRuns: 60, seed: 2 })
  const [{ mailboxes }, items] = await filled(columns as Partial<Item>[])
  const numbered = items.map((item, place) => ({ item, place }))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('receivedAt' as const, 'size' as const, 'importance' as const),
      fc.boolean(),
      fc.nat(70),
      fc.nat(70),
      async (column, descending, offset, limit) => {
        const way = descending ? -1 : 1
        const sorted = numbered.toSorted(
          (a, b) => way * (a.item[column] - b.item[column] || a.place - b.place),
        )
        const expected = sorted.slice(offset, offset + limit).map(({ item }) => item.id)
        const page = await mailboxes.page(INBOX.id, { sort: [{ column, descending }], offset, limit })
        expect(page.items.map(({ id }) => id)).toEqual(expected)
        expect(page.total).toBe(60)
      },
    ),
    { numRuns: 200 },
  )
})

describe('news of a folder', () => {
  test('are none of a folder that is not there, nor after what never happened or was forgotten', async () => {
    const [{ mailboxes }] = await filled([{}, {}])
    expect(await mailboxes.newsOf('nowhere', undefined, 5)).toBeUndefined()
    expect(await mailboxes.newsOf(INBOX.id, { number: 3 }, 5)).toBeUndefined()
    // The oldest change that is kept is the first: one before it is beyond the log.
    expect(await mailboxes.newsOf(INBOX.id, { number: -1 }, 5)).toBeUndefined()
    expect(await mailboxes.newsOf(INBOX.id, { number: 2 }, 5)).toEqual({
      news: [],
      next: { number: 2 },
      isLast: true,
    })
  })
})
