/** GetUserAvailability: when people are busy. Its reply is unlike those of the other operations: no ResponseMessages. */

import { setImmediate as othersTurn } from 'node:timers/promises'
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import { child, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { eventsBetween } from './calendar.ts'
import { makeMailbox } from './distinguished-folders.ts'
import { entryId } from './entry-id.ts'
import { type EwsContext, type WholeEwsHandler, writeProblem } from './ews-operation.ts'
import { done, type EwsProblem, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, each, oneOf, sequence, text } from './ews-schema.ts'
import { type FolderRights, rightsIn } from './folder-rights.ts'
import { type BusyTime, busyTimeOf, mergeBusyTimes, type TimeWindow } from './free-busy.ts'
import { keptText } from './kept-property.ts'
import type { Folder } from './mailbox.ts'
import { type TimeZone, toLocal, toUtc } from './time-zone.ts'
import { readSerializableTimeZone } from './time-zone-xml.ts'

const DURATION = all(
  sequence(['StartTime', 'EndTime'], { required: ['StartTime', 'EndTime'] }),
  each('StartTime', text()),
  each('EndTime', text()),
)
const VIEWS = ['None', 'MergedOnly', 'FreeBusy', 'FreeBusyMerged', 'Detailed', 'DetailedMerged'] as const
type View = (typeof VIEWS)[number]
const VIEW_OPTIONS = all(
  sequence(['TimeWindow', 'MergedFreeBusyIntervalInMinutes', 'RequestedView'], { required: ['TimeWindow'] }),
  each('TimeWindow', DURATION),
  each('MergedFreeBusyIntervalInMinutes', text(/^\s*[+-]?[0-9]{1,9}\s*$/, 'a number of minutes')),
  each('RequestedView', oneOf(VIEWS)),
)
const MAILBOX = all(
  sequence(['Email', 'AttendeeType', 'ExcludeConflicts'], { required: ['Email', 'AttendeeType'] }),
  each(
    'Email',
    all(sequence(['Name', 'Address', 'RoutingType'], { required: ['Address'] }), each('Address', text())),
  ),
  each('AttendeeType', oneOf(['Organizer', 'Required', 'Optional', 'Room', 'Resource'])),
)
const MAILBOXES = all(sequence(['MailboxData'], { repeated: ['MailboxData'] }), each('MailboxData', MAILBOX))

const PARTS = [
  [NS.types, 'TimeZone'],
  [NS.messages, 'MailboxDataArray'],
  [NS.types, 'FreeBusyViewOptions'],
  [NS.types, 'SuggestionsViewOptions'],
] as const

// Exchange's limits: 100 mailboxes, 62 days, 1,000 calendar entries.
const MOST_MAILBOXES = 100
const MOST_EVENTS = 1000
const LONGEST_WINDOW = 62 * 86_400
const MINUTE = 60

interface Question {
  readonly window: TimeWindow
  /** In which times of the request and of the reply are. */
  readonly zone: TimeZone
  readonly view: Exclude<View, 'None'>
  readonly intervalSeconds: number
}

/** Answers with the busy times of each mailbox, or why they are not told. */
export const getUserAvailability: WholeEwsHandler = async (request, caller, kit, context) => {
  const wrong = orderProblem(request)
  if (wrong !== undefined) return invalid(wrong)
  const mailboxes = child(request, NS.messages, 'MailboxDataArray')
  if (mailboxes === undefined) return invalid(`${request.name} must hold MailboxDataArray`)
  const wrongMailbox = MAILBOXES(mailboxes)
  if (wrongMailbox !== undefined) return invalid(wrongMailbox)
  if (mailboxes.children.length > MOST_MAILBOXES) return problem('ErrorMailboxDataArrayTooBig')
  const options = child(request, NS.types, 'FreeBusyViewOptions')
  const suggestions = child(request, NS.types, 'SuggestionsViewOptions')
  if (options === undefined && suggestions === undefined) {
    return invalid(`${request.name} must hold FreeBusyViewOptions or SuggestionsViewOptions`)
  }
  const question = options === undefined ? done(undefined) : readQuestion(request, options, context)
  if (!question.ok) return question

  const { value } = question
  const responses: Markup[] = []
  if (value !== undefined) {
    for (const mailbox of mailboxes.children) {
      await othersTurn()
      responses.push(await respond(mailbox, value, caller, kit))
    }
  }
  return done(
    el(
      'm:GetUserAvailabilityResponse',
      { 'xmlns:m': NS.messages, 'xmlns:t': NS.types },
      el('m:FreeBusyResponseArray', {}, ...responses),
      suggestions && el('m:SuggestionsResponse', {}, refusal(NO_SUGGESTIONS)),
    ),
  )
}

const NO_SUGGESTIONS = problem('ErrorInvalidOperation', 'This server suggests no times for meetings.')

function orderProblem(request: XmlElement): string | undefined {
  let last = -1
  for (const { ns, name } of request.children) {
    const place = PARTS.findIndex((part) => part[0] === ns && part[1] === name)
    if (place === -1) return `${request.name} may not hold ${name}`
    if (place <= last) return `in ${request.name}, ${name} must stand before ${PARTS[last]?.[1] ?? ''}`
    last = place
  }
  return undefined
}

function readQuestion(request: XmlElement, options: XmlElement, context: EwsContext): EwsResult<Question> {
  const wrong = VIEW_OPTIONS(options)
  if (wrong !== undefined) return invalid(wrong)
  const own = child(request, NS.types, 'TimeZone')
  const zone = own === undefined ? done(context.timeZone) : readSerializableTimeZone(own)
  if (!zone.ok) return zone
  const duration = child(options, NS.types, 'TimeWindow')
  const moment = (name: string) => toUtc(child(duration, NS.types, name)?.text ?? '', zone.value)
  const [from, to] = [moment('StartTime'), moment('EndTime')]
  if (from === undefined || to === undefined)
    return invalid('StartTime and EndTime of TimeWindow must each be a date and time')
  if (to <= from) return problem('ErrorInvalidTimeInterval')
  if (to - from > LONGEST_WINDOW) return problem('ErrorTimeIntervalTooBig')
  const minutes = Number(child(options, NS.types, 'MergedFreeBusyIntervalInMinutes')?.text ?? 30)
  if (minutes < 5 || minutes > 1440) return problem('ErrorInvalidMergedFreeBusyInterval')
  const asked = child(options, NS.types, 'RequestedView')?.text ?? 'FreeBusy'
  const view = VIEWS.find((name) => name === asked)
  if (view === undefined || view === 'None') return problem('ErrorInvalidFreeBusyViewType')
  return done({ window: { from, to }, zone: zone.value, view, intervalSeconds: minutes * MINUTE })
}

async function respond(mailbox: XmlElement, question: Question, caller: Caller, kit: Kit): Promise<Markup> {
  const view = await viewOf(mailbox, question, caller, kit)
  if (view.ok) {
    const success = el('m:ResponseMessage', { ResponseClass: 'Success' }, el('m:ResponseCode', {}, 'NoError'))
    return el('m:FreeBusyResponse', {}, success, view.value)
  }
  const none = el('m:FreeBusyView', {}, el('t:FreeBusyViewType', {}, 'None'))
  return el('m:FreeBusyResponse', {}, refusal(view), none)
}

function refusal(why: EwsProblem): Markup {
  return el('m:ResponseMessage', { ResponseClass: 'Error' }, ...writeProblem(why))
}

async function viewOf(
  mailbox: XmlElement,
  question: Question,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Markup>> {
  const email = child(mailbox, NS.types, 'Email')
  const owner = await userAt(child(email, NS.types, 'Address')?.text.trim() ?? '', kit)
  if (owner === undefined) return problem('ErrorMailRecipientNotFound')
  const calendar = await calendarOf(owner, kit)
  const rights = calendar && (await rightsIn(calendar, caller, kit))
  if (calendar === undefined || rights === undefined || rights.readItems === 'None') {
    return problem('ErrorNoFreeBusyAccess')
  }
  const times = await busyTimes(calendar, question.window, kit)
  if (times.length > MOST_EVENTS) return problem('ErrorResultSetTooBig')
  return done(writeView(times, question, rights))
}

async function userAt(address: string, kit: Kit): Promise<User | undefined> {
  if (address === '') return undefined
  const [user, ...others] = await kit.directory.findByAddress(address)
  return user?.mailboxEnabled === true && others.length === 0 ? user : undefined
}

async function calendarOf({ sid }: User, kit: Kit): Promise<Folder | undefined> {
  const find = () => kit.mailboxes.distinguishedFolder(sid, 'calendar')
  const calendar = await find()
  if (calendar !== undefined) return calendar
  await makeMailbox(kit.mailboxes, sid, kit.newId)
  return find()
}

async function busyTimes(calendar: Folder, { from, to }: TimeWindow, kit: Kit): Promise<BusyTime[]> {
  const events = await eventsBetween(calendar, from, to, MOST_EVENTS + 1, kit)
  return events.map(busyTimeOf)
}

function writeView(times: readonly BusyTime[], question: Question, rights: FolderRights): Markup {
  const { view, window, intervalSeconds, zone } = question
  // Who may not see details gets the same view without them, and is told so by its name.
  const given = rights.readItems !== 'TimeOnly' ? view : (view.replace('Detailed', 'FreeBusy') as View)
  const isMerged = view.includes('Merged')
  const hasEvents = view !== 'MergedOnly'
  const detailed = given.startsWith('Detailed')
  return el(
    'm:FreeBusyView',
    {},
    el('t:FreeBusyViewType', {}, given),
    isMerged ? el('t:MergedFreeBusy', {}, mergeBusyTimes(times, window, intervalSeconds)) : undefined,
    hasEvents
      ? el(
          't:CalendarEventArray',
          {},
          ...times.map((time) => writeEvent(time, zone, detailed ? rights : undefined)),
        )
      : undefined,
    hasEvents ? WORKING_HOURS : undefined,
  )
}

// Details are shown to those whom the calendar shows them to, and of private times to nobody else.
function writeEvent(time: BusyTime, zone: TimeZone, rights: FolderRights | undefined): Markup {
  const seen = rights && asSeen(time.event.item, rights)
  const detailed = seen !== undefined && seen.subject === time.event.item.subject
  return el(
    't:CalendarEvent',
    {},
    el('t:StartTime', {}, toLocal(time.start, zone)),
    el('t:EndTime', {}, toLocal(time.end, zone)),
    el('t:BusyType', {}, time.busyType),
    detailed ? details(time) : undefined,
  )
}

function details({ event, properties }: BusyTime): Markup {
  const { item, isOccurrence } = event
  const has = (name: string) => properties.some((property) => property.name === name)
  return el(
    't:CalendarEventDetails',
    {},
    el('t:ID', {}, entryId('item', item.id)['Id'] ?? ''),
    el('t:Subject', {}, item.subject),
    el('t:Location', {}, keptText(properties, 'Location') ?? ''),
    el('t:IsMeeting', {}, `${has('RequiredAttendees') || has('OptionalAttendees')}`),
    el('t:IsRecurring', {}, `${isOccurrence}`),
    el('t:IsException', {}, 'false'),
    el('t:IsReminderSet', {}, `${keptText(properties, 'ReminderIsSet') !== 'false'}`),
    el('t:IsPrivate', {}, `${keptText(properties, 'Sensitivity') === 'Private'}`),
  )
}

// Nobody's working hours are kept here: they are those of a new mailbox, in UTC.
const NO_CHANGE = [
  el('t:Bias', {}, '0'),
  el('t:Time', {}, '00:00:00'),
  el('t:DayOrder', {}, '0'),
  el('t:Month', {}, '0'),
  el('t:DayOfWeek', {}, 'Sunday'),
]
const WORKING_HOURS = el(
  't:WorkingHours',
  {},
  el(
    't:TimeZone',
    {},
    el('t:Bias', {}, '0'),
    el('t:StandardTime', {}, ...NO_CHANGE),
    el('t:DaylightTime', {}, ...NO_CHANGE),
  ),
  el(
    't:WorkingPeriodArray',
    {},
    el(
      't:WorkingPeriod',
      {},
      el('t:DayOfWeek', {}, 'Monday Tuesday Wednesday Thursday Friday'),
      el('t:StartTimeInMinutes', {}, '480'),
      el('t:EndTimeInMinutes', {}, '1020'),
    ),
  ),
)
