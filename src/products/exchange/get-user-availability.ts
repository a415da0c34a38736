/** GetUserAvailability: when people are busy. Its reply is unlike those of the other operations: no ResponseMessages. */

import { setImmediate as othersTurn } from 'node:timers/promises'
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import { child, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { addressIn, relayAvailability } from './availability-relay.ts'
import { type CalendarSlot, slotsBetween, viewsOf } from './calendar.ts'
import { makeMailbox } from './distinguished-folders.ts'
import { entryId } from './entry-id.ts'
import { type EwsContext, type WholeEwsHandler, writeProblem } from './ews-operation.ts'
import { denial, done, type EwsProblem, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, each, oneOf, sequence, text } from './ews-schema.ts'
import { decideRights, type FolderRights } from './folder-rights.ts'
import { type BusyTime, type BusyType, busyTypeOf, mergeBusyTimes, type TimeWindow } from './free-busy.ts'
import { LONGEST_REPLY } from './get-item.ts'
import type { ItemView } from './item-type.ts'
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
// Longer than any subject or place that a person writes, and told up to a thousand times.
const LONGEST_TEXT = 1024

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
  // However often a mailbox is named, its times are worked out once.
  const views = new Map<string, EwsResult<Markup>>()
  if (value !== undefined) {
    const relayed = await relayAvailability(mailboxes.children, request, caller, kit)
    const viewAt = async (address: string) => {
      const view = views.get(address) ?? (await viewOf(address, value, caller, kit, context))
      views.set(address, view)
      return view
    }
    let length = 0
    for (const mailbox of mailboxes.children) {
      await othersTurn()
      if (context.isAbandoned()) break
      const response =
        length > LONGEST_REPLY
          ? respond(problem('ErrorResultSetTooBig'))
          : await answerFor(relayed.get(mailbox), () => viewAt(addressIn(mailbox).toLowerCase()))
      length += response.markup.length
      responses.push(response)
    }
  }
  const reply = el(
    'm:GetUserAvailabilityResponse',
    { 'xmlns:m': NS.messages, 'xmlns:t': NS.types },
    el('m:FreeBusyResponseArray', {}, ...responses),
    suggestions && el('m:SuggestionsResponse', {}, refusal(NO_SUGGESTIONS)),
  )
  return done({ reply, problems: [...views.values()].filter((view) => !view.ok) })
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

// What another organization answers is a whole response; of its own people this server has a view.
async function answerFor(
  relayed: EwsResult<Markup> | undefined,
  view: () => Promise<EwsResult<Markup>>,
): Promise<Markup> {
  return relayed?.ok ? relayed.value : respond(relayed ?? (await view()))
}

function respond(view: EwsResult<Markup>): Markup {
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
  address: string,
  question: Question,
  caller: Caller,
  kit: Kit,
  { isAbandoned }: EwsContext,
): Promise<EwsResult<Markup>> {
  const owner = await userAt(address, kit)
  if (owner === undefined) return problem('ErrorMailRecipientNotFound')
  const calendar = await calendarOf(owner, kit)
  if (calendar === undefined) return problem('ErrorNoFreeBusyAccess')
  const { rights, rule } = await decideRights(calendar, caller, kit)
  if (rights.readItems === 'None') return denial('ErrorNoFreeBusyAccess', rule)
  const { from, to } = question.window
  const slots = await slotsBetween(calendar, from, to, MOST_EVENTS + 1, kit, isAbandoned)
  if (slots.length > MOST_EVENTS) return problem('ErrorResultSetTooBig')
  const appointments = new Map<number, Appointment>()
  for await (const [place, view] of viewsOf(slots, kit.mailboxes)) {
    appointments.set(place, appointmentOf(view, rights))
  }
  return writeView(slots, appointments, question, rights)
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

/** What is told of an appointment beside its time. */
interface Appointment {
  readonly busyType: BusyType
  /** Absent for those to whom they are not shown: of private times to nobody else. */
  readonly details?: Markup
}

// Made at once, so that no more of a long appointment is held than is told.
function appointmentOf({ item, kept }: ItemView, rights: FolderRights): Appointment {
  const busyType = busyTypeOf(kept)
  const seen = asSeen(item, rights)
  if (seen === undefined || seen.subject !== item.subject) return { busyType }
  const has = (name: string) => kept.some((property) => property.name === name)
  const { Id = '' } = entryId('item', item.id)
  const isMeeting = has('RequiredAttendees') || has('OptionalAttendees')
  const isReminderSet = keptText(kept, 'ReminderIsSet') !== 'false'
  const isPrivate = keptText(kept, 'Sensitivity') === 'Private'
  const details = el(
    't:CalendarEventDetails',
    {},
    el('t:ID', {}, Id),
    el('t:Subject', {}, shortened(item.subject)),
    el('t:Location', {}, shortened(keptText(kept, 'Location') ?? '')),
    el('t:IsMeeting', {}, `${isMeeting}`),
    el('t:IsRecurring', {}, `${has('Recurrence')}`),
    el('t:IsException', {}, 'false'),
    el('t:IsReminderSet', {}, `${isReminderSet}`),
    el('t:IsPrivate', {}, `${isPrivate}`),
  )
  return { busyType, details }
}

// A slice alone would hold on to all of the text.
function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : Buffer.from(text.slice(0, LONGEST_TEXT)).toString()
}

function writeView(
  slots: readonly CalendarSlot[],
  appointments: ReadonlyMap<number, Appointment>,
  question: Question,
  rights: FolderRights,
): EwsResult<Markup> {
  const { view, window, intervalSeconds, zone } = question
  // Who may not see details gets the same view without them, and is told so by its name.
  const given = rights.readItems !== 'TimeOnly' ? view : (view.replace('Detailed', 'FreeBusy') as View)
  const isDetailed = given.startsWith('Detailed')
  const times: BusyTime[] = []
  const events: Markup[] = []
  let length = 0
  for (const slot of slots) {
    const appointment = appointments.get(slot.place)
    if (appointment === undefined) continue
    const { busyType, details } = appointment
    times.push({ ...slot, busyType })
    if (view === 'MergedOnly') continue
    const event = el(
      't:CalendarEvent',
      {},
      el('t:StartTime', {}, toLocal(slot.start, zone)),
      el('t:EndTime', {}, toLocal(slot.end, zone)),
      el('t:BusyType', {}, busyType),
      isDetailed ? details : undefined,
    )
    length += event.markup.length
    if (length > LONGEST_REPLY) return problem('ErrorResultSetTooBig')
    events.push(event)
  }
  const isMerged = view.includes('Merged')
  const hasEvents = view !== 'MergedOnly'
  return done(
    el(
      'm:FreeBusyView',
      {},
      el('t:FreeBusyViewType', {}, given),
      isMerged ? el('t:MergedFreeBusy', {}, mergeBusyTimes(times, window, intervalSeconds)) : undefined,
      hasEvents ? el('t:CalendarEventArray', {}, ...events) : undefined,
      hasEvents ? WORKING_HOURS : undefined,
    ),
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
