/** A reader of somebody's calendar who may not see private items learns nothing of them from lists, but when they are. */
import { LEVELS } from '../../../../src/products/exchange/access/folder-permission.ts'
import type { Item } from '../../../../src/products/exchange/mailbox.ts'
import { ken, NOW, named, pilar, startExchange, wrap } from '../harness.ts'
import {
  compare,
  contains,
  findItem,
  folderOf,
  idsOf,
  indexed,
  itemIdOf,
  paging,
  put,
  restriction,
  sortBy,
  syncItems,
} from '../mail.ts'

const CALENDAR = `<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>${ken.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const at = (hour: number) => ({ startAt: NOW + hour * 3600, endAt: NOW + (hour + 1) * 3600 })
const DAY = NOW + 86_400

/** A calendar with five open appointments and two private ones that are as is said. */
async function calendarWith(secret: Partial<Item>) {
  const exchange = startExchange()
  const { kit } = exchange
  const calendar = await folderOf(exchange, 'calendar')
  await kit.access.addFolderPermission(calendar.id, { grantee: pilar.sid, rights: LEVELS.Reviewer })
  const add = (subject: string, columns: Partial<Item>, sensitivity = 'Normal') =>
    put(kit, calendar, { kind: 'CalendarItem', subject, ...columns }, [
      { name: 'Sensitivity', text: sensitivity },
      { name: 'Location', text: subject },
    ])
  for (let i = 0; i < 5; i += 1) {
    const time = DAY - 2 + i
    const times = { receivedAt: time, sentAt: time, createdAt: time, modifiedAt: time }
    await add(`open ${i}`, { ...at(i), ...times, size: 100 * i, importance: i % 3, hasAttachments: i > 2 })
  }
  const hidden = [
    await add('a secret', { ...at(9), ...secret }, 'Private'),
    await add('another', at(8), 'Private'),
  ]
  return { ...exchange, hidden: hidden.map(({ id }) => itemIdOf(id)) }
}

const SECRETS: readonly Partial<Item>[] = [
  { subject: 'aaa' },
  { subject: 'open 2a' },
  { subject: 'zzz', size: 250, importance: 2, hasAttachments: true, isRead: true },
  { receivedAt: DAY, sentAt: DAY, createdAt: DAY, modifiedAt: DAY, fromName: 'open 3', displayName: 'x' },
]
const WAYS = ['Ascending', 'Descending'] as const
const FIELDS = [
  ...['item:Subject', 'item:Size', 'item:Importance', 'item:DateTimeReceived', 'item:DateTimeSent'],
  ...[
    'item:DateTimeCreated',
    'item:LastModifiedTime',
    'item:HasAttachments',
    'message:From',
    'message:IsRead',
  ],
]
const REQUESTS: readonly (readonly [string, string])[] = [
  ['a list', findItem(CALENDAR)],
  ...FIELDS.flatMap((uri) =>
    WAYS.map((way) => [`by ${uri}, ${way}`, findItem(CALENDAR, { more: sortBy([uri, way]) })] as const),
  ),
  ...[0, 1, 4, 5, 6].map(
    (offset) =>
      [
        `two from ${offset} by subject`,
        findItem(CALENDAR, { view: indexed('Item', offset, 2), more: sortBy(['item:Subject', 'Ascending']) }),
      ] as const,
  ),
  ['two from the end', findItem(CALENDAR, { view: indexed('Item', 0, 2, 'End') })],
  ['by subject', findItem(CALENDAR, { more: restriction(compare('IsGreaterThan', 'item:Subject', 'm')) })],
  ['by size', findItem(CALENDAR, { more: restriction(compare('IsGreaterThan', 'item:Size', '200')) })],
  ['by place', findItem(CALENDAR, { more: restriction(contains('calendar:Location', 'z')) })],
  [
    'by not',
    findItem(CALENDAR, {
      more: restriction(`<t:Not>${compare('IsEqualTo', 'item:Subject', 'zzz')}</t:Not>`),
    }),
  ],
  ['by a query', findItem(CALENDAR, { after: '<m:QueryString>zzz</m:QueryString>' })],
  [
    'a view',
    findItem(CALENDAR, {
      view: '<m:CalendarView StartDate="2026-11-01T00:00:00Z" EndDate="2026-12-31T00:00:00Z"/>',
    }),
  ],
  ['a synchronization', syncItems(CALENDAR)],
]

test.each(REQUESTS)('%s is the same, whatever the private items are', async (_, request) => {
  const replies = new Set<string>()
  for (const secret of SECRETS) {
    const { ews } = await calendarWith(secret)
    const reply = String((await ews(request, pilar)).body)
    expect(reply).toContain('>NoError<')
    replies.add(reply)
  }
  expect(replies.size).toBe(1)
})

test('private items stand after all others by their beginning, on pages as in the whole; their owner has them in order', async () => {
  const { ews, hidden } = await calendarWith({ subject: 'open 0a' })
  const more = sortBy(['item:Subject', 'Descending'])
  const whole = await ews(findItem(CALENDAR, { more }), pilar)
  const ids = idsOf(whole, 'ItemId')
  expect(ids.slice(5)).toEqual([hidden[1], hidden[0]])
  expect(paging(whole)).toMatchObject({ TotalItemsInView: '7', IncludesLastItemInRange: 'true' })
  const paged: (string | undefined)[] = []
  for (let offset = 0; offset < 7; offset += 2) {
    const page = await ews(findItem(CALENDAR, { view: indexed('Item', offset, 2), more }), pilar)
    expect(paging(page)['TotalItemsInView']).toBe('7')
    paged.push(...idsOf(page, 'ItemId'))
  }
  expect(paged).toEqual(ids)
  const own = idsOf(await ews(findItem(named('calendar'), { more })), 'ItemId')
  expect(own.indexOf(hidden[0])).toBe(4)
})

test('an item that is made private, or open again, moves in the lists of others', async () => {
  const { ews, hidden } = await calendarWith({ subject: 'open 0a' })
  const set = (id: string, sensitivity: string) =>
    ews(
      wrap(
        `<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange><t:ItemId Id="${id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Sensitivity"/><t:CalendarItem><t:Sensitivity>${sensitivity}</t:Sensitivity></t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
      ),
    )
  const list = async () =>
    idsOf(await ews(findItem(CALENDAR, { more: sortBy(['item:Subject', 'Ascending']) }), pilar), 'ItemId')
  await set(hidden[0]!, 'Normal')
  expect((await list()).indexOf(hidden[0])).toBe(1)
  await set(hidden[0]!, 'Private')
  expect((await list()).indexOf(hidden[0])).toBeGreaterThan(4)
})
