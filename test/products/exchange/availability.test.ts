/** GetUserAvailability: when people are busy. */
import { LEVELS } from '../../../src/products/exchange/access/folder-permission.ts'
import { type BusyTime, mergeBusyTimes } from '../../../src/products/exchange/free-busy.ts'
import type { KeptProperty } from '../../../src/products/exchange/kept-property.ts'
import type { ProductReply } from '../../../src/products/product.ts'
import {
  faultCode,
  find,
  ken,
  names,
  noMailbox,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import { findAll, folderOf, put, texts } from './mail.ts'

const address = (text: string) =>
  `<t:MailboxData><t:Email><t:Address>${text}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType><t:ExcludeConflicts>false</t:ExcludeConflicts></t:MailboxData>`
const KEN = address(ken.smtp!)

interface Question {
  mailboxes?: string
  start?: string
  end?: string
  view?: string
  minutes?: number
  zone?: string
  header?: string
  more?: string
}
const ask = ({
  mailboxes = KEN,
  start = '2026-11-23T00:00:00',
  end = '2026-11-24T00:00:00',
  ...rest
}: Question = {}) =>
  wrap(
    `<m:GetUserAvailabilityRequest>${rest.zone ?? ''}<m:MailboxDataArray>${mailboxes}</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>${start}</t:StartTime><t:EndTime>${end}</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>${rest.minutes ?? 60}</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>${rest.view ?? 'DetailedMerged'}</t:RequestedView></t:FreeBusyViewOptions>${rest.more ?? ''}</m:GetUserAvailabilityRequest>`,
    rest.header,
  )

async function withAppointments() {
  const exchange = startExchange()
  const calendar = await folderOf(exchange, 'calendar')
  const add = (start: string, end: string, status: string, more: readonly KeptProperty[] = []) =>
    put(
      exchange.kit,
      calendar,
      {
        kind: 'CalendarItem',
        subject: `${status} time`,
        startAt: Date.parse(start) / 1000,
        endAt: Date.parse(end) / 1000,
      },
      [{ name: 'LegacyFreeBusyStatus', text: status }, ...more],
    )
  await add('2026-11-23T09:00:00Z', '2026-11-23T10:30:00Z', 'Busy', [{ name: 'Location', text: 'Room 1' }])
  await add('2026-11-23T10:00:00Z', '2026-11-23T11:00:00Z', 'Tentative')
  await add('2026-11-23T12:00:00Z', '2026-11-23T13:00:00Z', 'Free')
  await add('2026-11-23T14:00:00Z', '2026-11-23T15:00:00Z', 'OOF')
  return exchange
}
const responses = (reply: ProductReply) => findAll(root(reply), 'FreeBusyResponse')
const verdicts = (reply: ProductReply) =>
  responses(reply).map((one) => [
    find(one, 'ResponseMessage')?.attributes.get('ResponseClass'),
    find(one, 'ResponseCode')?.text,
    find(one, 'FreeBusyViewType')?.text,
  ])

test('a calendar whose times are not told is in the record, with the entry that decided, once', async () => {
  const { ews, kit, events } = await withAppointments()
  const calendar = await kit.mailboxes.distinguishedFolder(ken.sid, 'calendar')
  const nothing = { grantee: 'Default', rights: LEVELS.None }
  expect(await kit.access.replaceFolderPermissions(calendar!.id, [nothing])).toBe('replaced')
  const reply = await ews(ask({ mailboxes: KEN + KEN + address('nobody@litwareinc.com') }), pilar)
  expect(verdicts(reply).map(([, code]) => code)).toEqual([
    ...['ErrorNoFreeBusyAccess', 'ErrorNoFreeBusyAccess', 'ErrorMailRecipientNotFound'],
  ])
  expect(events).toEqual([
    {
      kind: 'forbidden',
      requestId: 'request-1',
      through: 'POST /EWS/Exchange.asmx',
      partner: 'lync@litwareinc.com',
      user: pilar.upn,
      rule: `ErrorNoFreeBusyAccess: folder calendar of ${ken.sid}: entry Default None`,
    },
  ])
})

test('one’s own calendar comes with details, merged and one by one', async () => {
  const { ews } = await withAppointments()
  const reply = await ews(ask())
  const [response] = responses(reply)
  expect(names(find(root(reply), 'GetUserAvailabilityResponse'))).toEqual(['FreeBusyResponseArray'])
  expect(names(response)).toEqual(['ResponseMessage', 'FreeBusyView'])
  expect(names(find(response!, 'FreeBusyView'))).toEqual([
    'FreeBusyViewType',
    'MergedFreeBusy',
    'CalendarEventArray',
    'WorkingHours',
  ])
  expect(textOf(reply, 'MergedFreeBusy')).toBe('000000000220003000000000')
  expect(texts(reply, 'BusyType')).toEqual(['Busy', 'Tentative', 'Free', 'OOF'])
  expect(texts(reply, 'Subject')[0]).toBe('Busy time')
  const [details] = findAll(root(reply), 'CalendarEventDetails')
  expect(names(details)).toEqual([
    'ID',
    'Subject',
    'Location',
    'IsMeeting',
    'IsRecurring',
    'IsException',
    'IsReminderSet',
    'IsPrivate',
  ])
  expect(find(details!, 'Location')?.text).toBe('Room 1')
})

test('of others one sees when they are busy, and not why', async () => {
  const { ews } = await withAppointments()
  const reply = await ews(ask(), pilar)
  expect(verdicts(reply)).toEqual([['Success', 'NoError', 'FreeBusyMerged']])
  expect(texts(reply, 'BusyType')).toEqual(['Busy', 'Tentative', 'Free', 'OOF'])
  expect(reply.body).not.toContain('Busy time')
  expect(reply.body).not.toContain('Room 1')
})

test.each([
  ['MergedOnly', ['FreeBusyViewType', 'MergedFreeBusy']],
  ['FreeBusy', ['FreeBusyViewType', 'CalendarEventArray', 'WorkingHours']],
  ['FreeBusyMerged', ['FreeBusyViewType', 'MergedFreeBusy', 'CalendarEventArray', 'WorkingHours']],
  ['Detailed', ['FreeBusyViewType', 'CalendarEventArray', 'WorkingHours']],
])('the view %s holds what its name says', async (view, members) => {
  const { ews } = await withAppointments()
  const reply = await ews(ask({ view }))
  expect(names(find(root(reply), 'FreeBusyView'))).toEqual(members)
  expect(textOf(reply, 'FreeBusyViewType')).toBe(view)
  expect(find(root(reply), 'CalendarEventDetails') !== undefined).toBe(view === 'Detailed')
})

test('each mailbox has an answer of its own', async () => {
  const { ews } = await withAppointments()
  const mailboxes = KEN + address('nobody@litwareinc.com') + address(pilar.smtp!) + address(noMailbox.smtp!)
  expect(verdicts(await ews(ask({ mailboxes, view: 'FreeBusy' })))).toEqual([
    ['Success', 'NoError', 'FreeBusy'],
    ['Error', 'ErrorMailRecipientNotFound', 'None'],
    ['Success', 'NoError', 'FreeBusy'],
    ['Error', 'ErrorMailRecipientNotFound', 'None'],
  ])
})

test('an application by itself is told nothing without a role', async () => {
  const { appOnly } = await withAppointments()
  expect(faultCode(await appOnly(ask()))).toBe('ErrorAccessDenied')
})

const zoneOf = (bias: number) => {
  const part = (name: string, more: number, month: number) =>
    `<t:${name}><t:Bias>${more}</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>${month}</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:${name}>`
  return `<t:TimeZone><t:Bias>${bias}</t:Bias>${part('StandardTime', 0, 10)}${part('DaylightTime', -60, 3)}</t:TimeZone>`
}

test('times are in the zone of the request, whether it stands in the body or the header', async () => {
  const { ews } = await withAppointments()
  const inBody = await ews(ask({ zone: zoneOf(-60) }))
  expect(texts(inBody, 'StartTime')[0]).toBe('2026-11-23T10:00:00')
  const header = '<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>'
  const inHeader = await ews(ask({ header }))
  expect(texts(inHeader, 'StartTime')[0]).toBe('2026-11-23T10:00:00')
  expect(textOf(inHeader, 'MergedFreeBusy')).toBe('000000000022000300000000')
})

test.each<[Question, string]>([
  [{ end: '2027-01-25T00:00:00' }, 'ErrorTimeIntervalTooBig'],
  [{ end: '2026-11-23T00:00:00' }, 'ErrorInvalidTimeInterval'],
  [{ minutes: 4 }, 'ErrorInvalidMergedFreeBusyInterval'],
  [{ minutes: 1441 }, 'ErrorInvalidMergedFreeBusyInterval'],
  [{ view: 'None' }, 'ErrorInvalidFreeBusyViewType'],
  [{ view: 'Everything' }, 'ErrorSchemaValidation'],
  [{ start: 'today' }, 'ErrorSchemaValidation'],
  [{ mailboxes: KEN.repeat(101) }, 'ErrorMailboxDataArrayTooBig'],
])('%j is refused with %s', async (question, code) => {
  expect(faultCode(await startExchange().ews(ask(question)))).toBe(code)
})

test('a series counts as often as it takes place, and a calendar that is too full is not told', async () => {
  const exchange = startExchange()
  const calendar = await folderOf(exchange, 'calendar')
  const startAt = Date.parse('2026-11-20T08:00:00Z') / 1000
  const daily: KeptProperty = {
    name: 'Recurrence',
    children: [
      { name: 'DailyRecurrence', children: [{ name: 'Interval', text: '1' }] },
      { name: 'NoEndRecurrence', children: [{ name: 'StartDate', text: '2026-11-20' }] },
    ],
  }
  const add = () =>
    put(exchange.kit, calendar, { kind: 'CalendarItem', startAt, endAt: startAt + 1800 }, [daily])
  const months = { end: '2027-01-22T00:00:00', view: 'Detailed' }
  await add()
  const one = await exchange.ews(ask(months))
  expect(texts(one, 'StartTime')).toHaveLength(60)
  expect(new Set(texts(one, 'IsRecurring'))).toEqual(new Set(['true']))
  for (let i = 0; i < 16; i += 1) await add()
  expect(verdicts(await exchange.ews(ask(months)))).toEqual([['Error', 'ErrorResultSetTooBig', 'None']])
})

test('times for a meeting are not suggested', async () => {
  const more =
    '<t:SuggestionsViewOptions><t:DetailedSuggestionsWindow><t:StartTime>2026-11-23T00:00:00</t:StartTime><t:EndTime>2026-11-24T00:00:00</t:EndTime></t:DetailedSuggestionsWindow></t:SuggestionsViewOptions>'
  const reply = await startExchange().ews(ask({ more }))
  const suggestions = find(root(reply), 'SuggestionsResponse')
  expect(find(suggestions!, 'ResponseCode')?.text).toBe('ErrorInvalidOperation')
})

test('a mailbox that was never used is free', async () => {
  const reply = await startExchange().ews(ask({ mailboxes: address(pilar.smtp!) }))
  expect(textOf(reply, 'MergedFreeBusy')).toBe('0'.repeat(24))
})

describe('merging', () => {
  const time = (start: number, end: number, busyType: BusyTime['busyType']) =>
    ({ start, end, busyType }) as BusyTime

  test.each<[string, BusyTime[], string]>([
    ['nothing', [], '0000'],
    ['a time over a boundary', [time(50, 110, 'Busy')], '2200'],
    [
      'the busiest counts',
      [time(0, 100, 'Tentative'), time(0, 100, 'OOF'), time(0, 100, 'WorkingElsewhere')],
      '3000',
    ],
    [
      'tentative counts more than elsewhere',
      [time(0, 10, 'WorkingElsewhere'), time(0, 10, 'Tentative')],
      '1000',
    ],
    ['an end at a boundary takes no more', [time(100, 200, 'Busy')], '0200'],
    ['no time at all', [time(150, 150, 'Busy')], '0200'],
    ['before and after', [time(-50, 10, 'Busy'), time(390, 500, 'Busy')], '2002'],
  ])('%s', (_, times, expected) => {
    expect(mergeBusyTimes(times, { from: 0, to: 400 }, 100)).toBe(expected)
  })

  test('the last interval may be cut short', () => {
    expect(mergeBusyTimes([time(240, 250, 'Busy')], { from: 0, to: 250 }, 100)).toBe('002')
  })
})
