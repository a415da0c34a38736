/** What meetings send: `t:MeetingRequest` and `t:MeetingCancellation`. Only this server writes them. */
import { APPOINTMENT_ROWS, APPOINTMENT_TEXTS } from './calendar-item-type.ts'
import { rowsOf } from './item-properties.ts'
import { type ItemType, ownTexts } from './item-type.ts'
import { MESSAGE_ROWS, ownOfMessage } from './message-type.ts'

const meeting = rowsOf('meeting')
const request = rowsOf('meetingRequest')
const calendar = rowsOf('calendar')

const MEETING_ROWS = [
  ...MESSAGE_ROWS,
  ...meeting('AllProperties', 'server', 'AssociatedCalendarItemId IsDelegated IsOutOfDate HasBeenProcessed'),
  ...meeting('Default', 'server', 'ResponseType'),
  ...calendar('AllProperties', 'server', 'UID'),
  ...calendar('asked', 'dropped', 'RecurrenceId'),
  ...calendar('AllProperties', 'server', 'DateTimeStamp'),
  ...calendar('asked', 'server', 'IsOrganizer'),
]

const MEETING_TEXTS: Parameters<typeof ownTexts>[0] = {
  IsDelegated: () => 'false',
  IsOutOfDate: () => 'false',
  HasBeenProcessed: () => 'false',
  IsOrganizer: () => 'false',
}

const ownOfMeeting = ownTexts(MEETING_TEXTS)
const ownOfRequest = ownTexts({
  ...APPOINTMENT_TEXTS,
  ...MEETING_TEXTS,
  MeetingRequestType: () => 'NewMeetingRequest',
  IntendedFreeBusyStatus: () => 'Busy',
})

export const MEETING_REQUEST: ItemType = {
  properties: new Map([
    ...MEETING_ROWS,
    ...request('Default', 'server', 'MeetingRequestType IntendedFreeBusyStatus'),
    ...APPOINTMENT_ROWS.when,
    ...APPOINTMENT_ROWS.people,
    ...APPOINTMENT_ROWS.conflicts,
    ...APPOINTMENT_ROWS.series,
    ...request('asked', 'dropped', 'ChangeHighlights'),
    ...APPOINTMENT_ROWS.clocks,
  ]),
  itemClass: 'IPM.Schedule.Meeting.Request',
  folder: 'inbox',
  times: { start: 'Start', end: 'End' },
  own: (name, view) => ownOfMessage(name, view) ?? ownOfRequest(name, view),
}

export const MEETING_CANCELLATION: ItemType = {
  properties: new Map([
    ...MEETING_ROWS,
    ...calendar('Default', 'dateTime', 'Start End'),
    ...calendar('Default', 'text', 'Location'),
    ...calendar('asked', 'dropped', 'Recurrence'),
    ...calendar('Default', 'server', 'CalendarItemType'),
    ...calendar('asked', 'dropped', 'EnhancedLocation'),
  ]),
  itemClass: 'IPM.Schedule.Meeting.Canceled',
  folder: 'inbox',
  times: { start: 'Start', end: 'End' },
  own: (name, view) =>
    ownOfMessage(name, view) ??
    ownOfMeeting(name, view) ??
    (name === 'CalendarItemType' ? { name, text: 'Single' } : undefined),
}
