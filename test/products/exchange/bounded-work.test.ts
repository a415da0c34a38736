/** However much is in a mailbox, and however often a request names it: the work of one request has bounds, and others have turns. */
import { slotsBetween } from '../../../src/products/exchange/calendar.ts'
import type { KeptProperty } from '../../../src/products/exchange/kept-property.ts'
import type { MailboxStore } from '../../../src/products/exchange/mailbox.ts'
import type { ProductRequest } from '../../../src/products/product.ts'
import { codes, ken, named, requestOf, startExchange, textOf, wrap } from './harness.ts'
import {
  contains,
  findItem,
  folderOf,
  idsOf,
  itemIdOf,
  paging,
  put,
  restriction,
  syncItems,
  texts,
} from './mail.ts'

type Exchange = ReturnType<typeof startExchange>
const DAILY: KeptProperty = {
  name: 'Recurrence',
  children: [
    { name: 'DailyRecurrence', children: [{ name: 'Interval', text: '1' }] },
    { name: 'NoEndRecurrence', children: [{ name: 'StartDate', text: '2026-01-01' }] },
  ],
}
const seconds = (text: string) => Date.parse(text) / 1000
const FIRST = seconds('2026-01-01T08:00:00Z')

async function calendarOf(exchange: Exchange, series: number, more: readonly KeptProperty[] = []) {
  const calendar = await folderOf(exchange, 'calendar')
  for (let i = 0; i < series; i += 1) {
    const columns = {
      kind: 'CalendarItem',
      subject: `S${i}`,
      startAt: FIRST + i,
      endAt: FIRST + 600,
    } as const
    await put(exchange.kit, calendar, columns, [DAILY, ...more])
  }
  return calendar
}

/** Counts what is asked of the store, by the names of its methods. */
function counted(exchange: Exchange): Map<string, number> {
  const counts = new Map<string, number>()
  const { mailboxes } = exchange.kit
  const counting = new Proxy(mailboxes, {
    get: (target, name) => {
      counts.set(String(name), (counts.get(String(name)) ?? 0) + 1)
      return Reflect.get(target, name)
    },
  })
  Object.assign(exchange.kit, { mailboxes: counting })
  return counts
}

const availability = (mailboxes: string) =>
  wrap(
    `<m:GetUserAvailabilityRequest><m:MailboxDataArray>${mailboxes}</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-02-01T00:00:00</t:StartTime><t:EndTime>2026-02-03T00:00:00</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>60</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>Detailed</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>`,
  )
const data = (address: string) =>
  `<t:MailboxData><t:Email><t:Address>${address}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>`
const view = (most: number, to = '2027-12-31T00:00:00Z') =>
  `<m:CalendarView MaxEntriesReturned="${most}" StartDate="2026-01-01T00:00:00Z" EndDate="${to}"/>`

describe('calendars', () => {
  test('of endless series no more is worked out than is asked for', async () => {
    const exchange = startExchange()
    const calendar = await calendarOf(exchange, 30)
    // To work out all would be some eighty million days.
    const slots = await slotsBetween(calendar, FIRST, seconds('9000-01-01'), 31, exchange.kit, () => false)
    expect(slots.map(({ start }) => start - FIRST)).toEqual([
      ...Array.from({ length: 30 }, (_, i) => i),
      86_400,
    ])
  })

  test('a view of a few reads the items of these few, and a series once for all its times', async () => {
    const exchange = startExchange()
    await calendarOf(exchange, 3, [{ name: 'Location', text: 'Room' }])
    const counts = counted(exchange)
    const reply = await exchange.ews(findItem(named('calendar'), { view: view(300) }))
    expect(texts(reply, 'Subject').slice(0, 4)).toEqual(['S0', 'S1', 'S2', 'S0'])
    expect(texts(reply, 'Location')).toHaveLength(300)
    expect(paging(reply)).toEqual({ TotalItemsInView: '300', IncludesLastItemInRange: 'false' })
    // Once for the times, once for what they are.
    expect(counts.get('itemsAt')).toBe(2)
  })

  test('a mailbox that is named a hundred times is worked out once, and answered a hundred times', async () => {
    const exchange = startExchange()
    await calendarOf(exchange, 2)
    const counts = counted(exchange)
    const names = Array.from({ length: 100 }, (_, i) => (i % 2 ? ken.smtp! : ken.smtp!.toUpperCase()))
    const reply = await exchange.ews(availability(names.map(data).join('')))
    expect(texts(reply, 'Subject')).toEqual(Array.from({ length: 400 }, (_, i) => `S${i % 2}`))
    expect(counts.get('appointments')).toBe(1)
  })

  test('a long subject is told in short, and views that are too long together are not told', async () => {
    const exchange = startExchange()
    const calendar = await folderOf(exchange, 'calendar')
    const long = {
      kind: 'CalendarItem',
      subject: '&'.repeat(100_000),
      startAt: FIRST,
      endAt: FIRST + 60,
    } as const
    for (let i = 0; i < 15; i += 1) await put(exchange.kit, calendar, long, [DAILY])
    const reply = await exchange.ews(availability(data(ken.smtp!).repeat(100)))
    const body = String(reply.body)
    const all = (name: string) =>
      new Set([...body.matchAll(new RegExp(`<\\w:${name}>([^<]*)<`, 'g'))].map(([, text]) => text))
    expect(all('Subject')).toEqual(new Set(['&amp;'.repeat(1024)]))
    expect(all('ResponseCode')).toEqual(new Set(['NoError', 'ErrorResultSetTooBig']))
    expect(body.length).toBeLessThan(10 * 1024 * 1024)
  })

  test('a view of long items that would make too long a reply is refused', async () => {
    const exchange = startExchange()
    await calendarOf(exchange, 1, [{ name: 'Location', text: 'x'.repeat(100_000) }])
    const wide = await exchange.ews(findItem(named('calendar'), { view: view(1000) }))
    expect(codes(wide)).toEqual(['ErrorResultSetTooBig'])
    const narrow = await exchange.ews(findItem(named('calendar'), { view: view(50) }))
    expect(codes(narrow)).toEqual(['NoError'])
  })
})

describe('long items', () => {
  const MIB = 1024 * 1024
  const LONG: KeptProperty = { name: 'Body', text: 'x'.repeat(MIB), attributes: { BodyType: 'Text' } }

  async function longInbox(count: number) {
    const exchange = startExchange()
    const inbox = await folderOf(exchange, 'inbox')
    const ids: string[] = []
    for (let i = 0; i < count; i += 1)
      ids.push(itemIdOf((await put(exchange.kit, inbox, { subject: `L${i}` }, [LONG])).id))
    return { ...exchange, ids }
  }

  // What one call of the store gives, and so holds the thread for.
  function longestRead(exchange: Exchange): () => number {
    const { mailboxes } = exchange.kit
    let most = 0
    const itemsAt: MailboxStore['itemsAt'] = async (places) => {
      const found = await mailboxes.itemsAt(places)
      let bytes = 0
      for (const { content } of found.values()) bytes += content.length
      most = Math.max(most, bytes)
      return found
    }
    const watched = new Proxy(mailboxes, {
      get: (target, name) => (name === 'itemsAt' ? itemsAt : Reflect.get(target, name)),
    })
    Object.assign(exchange.kit, { mailboxes: watched })
    return () => most
  }

  test('are synchronized in pieces of some mebibytes, each item once, and read one after the other', async () => {
    const exchange = await longInbox(20)
    const most = longestRead(exchange)
    const seen: (string | undefined)[] = []
    let state = ''
    let pieces = 0
    for (let isWhole = false; !isWhole; pieces += 1) {
      const reply = await exchange.ews(syncItems(named('inbox'), state, 512))
      const ids = idsOf(reply, 'ItemId')
      expect(ids.length).toBeGreaterThan(0)
      expect(ids.length).toBeLessThan(9)
      seen.push(...ids)
      state = textOf(reply, 'SyncState') ?? ''
      isWhole = textOf(reply, 'IncludesLastItemInRange') === 'true'
      expect(pieces).toBeLessThan(9)
    }
    expect(seen).toEqual(exchange.ids)
    expect(pieces).toBe(3)
    expect(most()).toBeLessThan(2 * MIB)
  })

  test('are searched and listed one after the other', async () => {
    const exchange = await longInbox(10)
    const most = longestRead(exchange)
    const search = { more: restriction(contains('item:Body', 'xxx')) }
    expect(idsOf(await exchange.ews(findItem(named('inbox'), search)), 'ItemId')).toHaveLength(10)
    expect(most()).toBeGreaterThan(MIB)
    expect(most()).toBeLessThan(2 * MIB)
  })
})

describe('when nobody waits any more', () => {
  /** Sends a request whose connection is gone after so many looks at it, and tells how often the store was asked. */
  async function asked(exchange: Exchange, body: string, looks: number): Promise<number> {
    const counts = counted(exchange)
    let left = looks
    const request: ProductRequest = {
      ...requestOf('/EWS/Exchange.asmx', body),
      isAbandoned: () => {
        left -= 1
        return left < 0
      },
    }
    await exchange.call(request, ken)
    return counts.get('itemsAt') ?? 0
  }

  test.each([
    ['a search', 'inbox', findItem(named('inbox'), { more: restriction(contains('item:Body', 'x')) })],
    ['a synchronization', 'inbox', syncItems(named('inbox'))],
    ['a view of a calendar', 'calendar', findItem(named('calendar'), { view: view(1000) })],
    ['a look at busy times', 'calendar', availability(data(ken.smtp!))],
  ])('%s ends', async (_, folder, body) => {
    const exchange = startExchange()
    if (folder === 'calendar') await calendarOf(exchange, 200)
    const inbox = await folderOf(exchange, 'inbox')
    for (let i = 0; i < 200; i += 1) await put(exchange.kit, inbox, {}, [{ name: 'Body', text: 'x' }])
    const whole = await asked(exchange, body, Infinity)
    const cut = await asked(exchange, body, 2)
    expect(whole).toBeGreaterThan(3)
    expect(cut).toBeLessThanOrEqual(2)
  })
})
