/** What of an item its reader gets to see, for every right to read, kind and sensitivity. */
import { asSeen, mayReadWhole } from '../../../../src/products/exchange/access/item-visibility.ts'
import { ITEM_KINDS, type Item, type ItemKind } from '../../../../src/products/exchange/mailbox.ts'

const READS = ['None', 'TimeOnly', 'TimeAndSubjectAndLocation', 'FullDetails'] as const
const SECRET = 'the merger'

function item(kind: ItemKind, sensitivity: string): Item {
  const names = [
    'Subject',
    'Body',
    'Location',
    'Start',
    'End',
    'LegacyFreeBusyStatus',
    'RequiredAttendees',
    'UID',
  ]
  return {
    id: 'item-1',
    owner: 'owner',
    folderId: 'calendar',
    changeKey: 'ck',
    kind,
    author: 'owner',
    itemClass: `IPM.${SECRET}`,
    subject: SECRET,
    isRead: false,
    importance: 2,
    hasAttachments: true,
    size: 1234,
    receivedAt: 11,
    sentAt: 12,
    createdAt: 13,
    modifiedAt: 14,
    startAt: 1_000,
    endAt: 2_000,
    fromName: SECRET,
    displayName: SECRET,
    mime: 'blob-1',
    content: JSON.stringify([
      ...(sensitivity === 'none said' ? [] : [{ name: 'Sensitivity', text: sensitivity }]),
      ...names.map((name) => ({ name, text: `${name} of ${SECRET}` })),
    ]),
  }
}

type Seen = 'whole' | 'time' | 'time and subject' | 'nothing'

function seen(what: Item, readItems: (typeof READS)[number], viewPrivateItems: boolean): Seen {
  const shown = asSeen(what, { readItems, viewPrivateItems })
  if (shown === undefined) return 'nothing'
  if (shown === what) return 'whole'
  return shown.subject === SECRET ? 'time and subject' : 'time'
}

// readItems × private or not × ViewPrivateItems → of an appointment, of anything else
const TABLE: readonly [(typeof READS)[number], boolean, boolean, Seen, Seen][] = [
  ['None', false, false, 'nothing', 'nothing'],
  ['None', false, true, 'nothing', 'nothing'],
  ['None', true, false, 'nothing', 'nothing'],
  ['None', true, true, 'nothing', 'nothing'],
  ['TimeOnly', false, false, 'time', 'nothing'],
  ['TimeOnly', false, true, 'time', 'nothing'],
  ['TimeOnly', true, false, 'time', 'nothing'],
  ['TimeOnly', true, true, 'time', 'nothing'],
  ['TimeAndSubjectAndLocation', false, false, 'time and subject', 'nothing'],
  ['TimeAndSubjectAndLocation', false, true, 'time and subject', 'nothing'],
  ['TimeAndSubjectAndLocation', true, false, 'time', 'nothing'],
  ['TimeAndSubjectAndLocation', true, true, 'time', 'nothing'],
  ['FullDetails', false, false, 'whole', 'whole'],
  ['FullDetails', false, true, 'whole', 'whole'],
  ['FullDetails', true, false, 'time', 'nothing'],
  ['FullDetails', true, true, 'whole', 'whole'],
]

test('the table is complete', () => {
  expect(new Set(TABLE.map(([read, secret, view]) => `${read} ${secret} ${view}`)).size).toBe(
    READS.length * 4,
  )
})

test.each(TABLE)('%s, private %s, ViewPrivateItems %s: %s, %s', (read, isPrivate, view, event, other) => {
  for (const sensitivity of isPrivate ? ['Private'] : ['Normal', 'Personal', 'Confidential', 'none said']) {
    for (const kind of ITEM_KINDS) {
      const what = item(kind, sensitivity)
      const expected = kind === 'CalendarItem' ? event : other
      expect([kind, sensitivity, seen(what, read, view)]).toEqual([kind, sensitivity, expected])
      expect(mayReadWhole(what, { readItems: read, viewPrivateItems: view })).toBe(expected === 'whole')
    }
  }
})

test('the outline of an appointment holds its times, its state and its place in the store, and nothing else', () => {
  const shown = asSeen(item('CalendarItem', 'Normal'), { readItems: 'TimeOnly', viewPrivateItems: false })!
  const { content, ...columns } = shown
  expect(JSON.parse(content).map(({ name }: { name: string }) => name)).toEqual([
    'Start',
    'End',
    'LegacyFreeBusyStatus',
  ])
  expect(columns).toEqual({
    id: 'item-1',
    owner: 'owner',
    folderId: 'calendar',
    changeKey: 'ck',
    kind: 'CalendarItem',
    author: '',
    itemClass: 'IPM.Appointment',
    subject: '',
    isRead: true,
    importance: 1,
    hasAttachments: false,
    size: 0,
    receivedAt: 1_000,
    sentAt: 1_000,
    createdAt: 1_000,
    modifiedAt: 1_000,
    startAt: 1_000,
    endAt: 2_000,
    fromName: '',
    displayName: '',
  })
  expect(JSON.stringify(columns)).not.toContain(SECRET)
})

test('with subject and location there are these two more', () => {
  const reading = { readItems: 'TimeAndSubjectAndLocation', viewPrivateItems: false } as const
  const shown = asSeen(item('CalendarItem', 'Normal'), reading)!
  expect(JSON.parse(shown.content).map(({ name }: { name: string }) => name)).toEqual([
    'Subject',
    'Location',
    'Start',
    'End',
    'LegacyFreeBusyStatus',
  ])
  expect([shown.subject, shown.fromName, shown.mime]).toEqual([SECRET, '', undefined])
})
