/** Appointments and meetings: `t:CalendarItem`. */
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import { done, type EwsResult, problem } from './ews-result.ts'
import { ITEM_PROPERTIES, rowsOf } from './item-properties.ts'
import { type ItemType, type ItemView, ownTexts, type Situation } from './item-type.ts'
import {
  type KeptProperty,
  keptOf,
  keptText,
  type Mailbox,
  mailboxesIn,
  mailboxProperty,
  withKept,
} from './kept-property.ts'
import { type TimeZone, toLocal, toUtc } from './time-zone.ts'

const rows = rowsOf('calendar')

/** The properties of an appointment that a meeting request has too, as far as both have them in this order. */
export const APPOINTMENT_ROWS = {
  when: [
    ...rows('Default', 'dateTime', 'Start End'),
    ...rows('asked', 'server', 'OriginalStart'),
    ...rows('AllProperties', 'boolean', 'IsAllDayEvent'),
    ...rows('Default', 'freeBusy', 'LegacyFreeBusyStatus'),
    ...rows('Default', 'text', 'Location'),
    ...rows('AllProperties', 'text', 'When'),
    ...rows('AllProperties', 'server', 'IsMeeting IsCancelled IsRecurring MeetingRequestWasSent'),
  ],
  people: [
    ...rows('Default', 'server', 'CalendarItemType'),
    ...rows('Default', 'server', 'MyResponseType Organizer'),
    ...rows('Default', 'attendees', 'RequiredAttendees OptionalAttendees Resources'),
  ],
  conflicts: rows(
    'asked',
    'dropped',
    'ConflictingMeetingCount AdjacentMeetingCount ConflictingMeetings AdjacentMeetings',
  ),
  series: [
    ...rows('AllProperties', 'server', 'Duration TimeZone'),
    ...rows('asked', 'server', 'AppointmentReplyTime'),
    ...rows('AllProperties', 'server', 'AppointmentSequenceNumber AppointmentState'),
    ...rows('AllProperties', 'recurrence', 'Recurrence'),
    ...rows('asked', 'dropped', 'FirstOccurrence LastOccurrence ModifiedOccurrences DeletedOccurrences'),
    ...rows('AllProperties', 'timeZone', 'MeetingTimeZone StartTimeZone EndTimeZone'),
    ...rows('AllProperties', 'whole', 'ConferenceType'),
    ...rows('AllProperties', 'boolean', 'AllowNewTimeProposal IsOnlineMeeting'),
    ...rows('AllProperties', 'text', 'MeetingWorkspaceUrl NetShowUrl'),
    ...rows('asked', 'dropped', 'EnhancedLocation'),
  ],
  clocks: [
    ...rows('asked', 'dropped', 'StartWallClock EndWallClock'),
    ...rows('asked', 'server', 'StartTimeZoneId EndTimeZoneId'),
  ],
}

const HALF_HOUR = 1800
// Longer than any meeting; Exchange's own limit is five years as well.
const LONGEST = 5 * 366 * 86_400

/** All who are asked to come, in the order required, optional, resources. */
export function attendeesOf(kept: readonly KeptProperty[]): Mailbox[] {
  return ['RequiredAttendees', 'OptionalAttendees', 'Resources'].flatMap((name) =>
    mailboxesIn(keptOf(kept, name)),
  )
}

const isMeeting = ({ kept }: ItemView) =>
  attendeesOf(kept).length > 0 || keptText(kept, 'MeetingRequestWasSent') === 'true'
const isSeries = ({ kept }: ItemView) => keptOf(kept, 'Recurrence') !== undefined
const zoneNameOf = ({ kept }: ItemView, name: string, part: string) => keptOf(kept, name)?.attributes?.[part]

/** What the server says of every appointment and of requests to come to one. */
export const APPOINTMENT_TEXTS: Parameters<typeof ownTexts>[0] = {
  IsAllDayEvent: () => 'false',
  LegacyFreeBusyStatus: () => 'Busy',
  IsMeeting: (view) => String(isMeeting(view)),
  IsCancelled: () => 'false',
  IsRecurring: (view) => String(isSeries(view)),
  MeetingRequestWasSent: () => 'false',
  CalendarItemType: (view) => (isSeries(view) ? 'RecurringMaster' : 'Single'),
  MyResponseType: () => 'Organizer',
  Duration: ({ item }) => duration((item.endAt ?? 0) - (item.startAt ?? 0)),
  TimeZone: (view) => zoneNameOf(view, 'StartTimeZone', 'Name') ?? zoneNameOf(view, 'StartTimeZone', 'Id'),
  AppointmentSequenceNumber: () => '0',
  // [MS-OXOCAL] 2.2.1.10: 1 is a meeting.
  AppointmentState: (view) => (isMeeting(view) ? '1' : '0'),
  StartTimeZoneId: (view) => zoneNameOf(view, 'StartTimeZone', 'Id'),
  EndTimeZoneId: (view) => zoneNameOf(view, 'EndTimeZone', 'Id') ?? zoneNameOf(view, 'StartTimeZone', 'Id'),
}

export const CALENDAR_ITEM: ItemType = {
  properties: new Map([
    ...ITEM_PROPERTIES,
    ...rows('AllProperties', 'text', 'UID'),
    ...rows('asked', 'dropped', 'RecurrenceId'),
    ...rows('AllProperties', 'server', 'DateTimeStamp'),
    ...APPOINTMENT_ROWS.when,
    ...rows('AllProperties', 'boolean', 'IsResponseRequested'),
    ...APPOINTMENT_ROWS.people,
    ...rows('asked', 'dropped', 'InboxReminders'),
    ...APPOINTMENT_ROWS.conflicts,
    ...APPOINTMENT_ROWS.series,
    ...APPOINTMENT_ROWS.clocks,
    ...rows('asked', 'dropped', 'IntendedFreeBusyStatus JoinOnlineMeetingUrl OnlineMeetingSettings'),
    ...rows('asked', 'server', 'IsOrganizer'),
    ...rows('asked', 'dropped', 'CalendarActivityData'),
  ]),
  itemClass: 'IPM.Appointment',
  folder: 'calendar',
  times: { start: 'Start', end: 'End' },
  own: ownTexts({
    ...APPOINTMENT_TEXTS,
    IsResponseRequested: () => 'true',
    IsDraft: () => 'false',
    IsOrganizer: ({ kept }) => String((keptText(kept, 'MyResponseType') ?? 'Organizer') === 'Organizer'),
    DateTimeStamp: ({ item }) => isoTime(item.createdAt),
    // What Exchange sets for an appointment of which the client says nothing.
    ReminderIsSet: () => 'true',
    ReminderMinutesBeforeStart: () => '15',
    ReminderDueBy: ({ item }) => isoTime(item.startAt ?? item.createdAt),
  }),
  complete,
}

function complete(
  properties: readonly KeptProperty[],
  { now, zone, owner, newId }: Situation,
): EwsResult<readonly KeptProperty[]> {
  const start = momentOf(properties, 'Start') ?? Math.ceil(now / HALF_HOUR) * HALF_HOUR
  const end = momentOf(properties, 'End') ?? start + HALF_HOUR
  if (end < start) return problem('ErrorCalendarEndDateIsEarlierThanStartDate')
  if (end - start > LONGEST) return problem('ErrorCalendarDurationIsTooLong')
  const [from, to] = keptText(properties, 'IsAllDayEvent') === 'true' ? days(start, end, zone) : [start, end]
  return done(
    withKept(
      properties,
      { name: 'Start', text: isoTime(from) },
      { name: 'End', text: isoTime(to) },
      keptOf(properties, 'UID') ?? { name: 'UID', text: newId() },
      keptOf(properties, 'Organizer') ?? { name: 'Organizer', children: [mailboxProperty(owner)] },
    ),
  )
}

function momentOf(properties: readonly KeptProperty[], name: string): EpochSeconds | undefined {
  const text = keptText(properties, name)
  return text === undefined ? undefined : Date.parse(text) / 1000
}

// An event of whole days begins and ends at midnight where it is.
function days(start: EpochSeconds, end: EpochSeconds, zone: TimeZone): [EpochSeconds, EpochSeconds] {
  const midnight = (moment: EpochSeconds) =>
    toUtc(`${toLocal(moment, zone).slice(0, 10)}T00:00:00`, zone) ?? moment
  const from = midnight(start)
  const to = midnight(end)
  const whole = to === end && to > from
  // A day is not always 24 hours long: noon of the next one lies within it.
  return [from, whole ? to : midnight(to + 36 * 3600)]
}

// xs:duration, as Exchange writes it.
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60]
  const time = `${hours > 0 ? `${hours}H` : ''}${rest > 0 ? `${rest}M` : ''}`
  if (days === 0 && time === '') return 'PT0S'
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`
}
