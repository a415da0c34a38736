/** An appointment as an iCalendar event (RFC 5545), for the MIME content of one. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import { type KeptProperty, keptOf, keptText, type Mailbox, mailboxesIn } from './kept-property.ts'
import type { Item } from './mailbox.ts'

const TRANSPARENT = new Set(['Free', 'WorkingElsewhere'])

/** The event of an appointment. Of a series it is the first meeting. */
export function eventOf(item: Item, kept: readonly KeptProperty[]): string {
  const [organizer] = mailboxesIn(keptOf(kept, 'Organizer'))
  const people = (name: string, role: string) =>
    mailboxesIn(keptOf(kept, name)).map((one) => `ATTENDEE;ROLE=${role}${calendarAddress(one)}`)
  const lines = [
    'BEGIN:VCALENDAR',
    'PRODID:-//Entente//Exchange//EN',
    'VERSION:2.0',
    'METHOD:PUBLISH',
    'BEGIN:VEVENT',
    `UID:${escapeText(keptText(kept, 'UID') ?? item.id)}`,
    `DTSTAMP:${utc(item.createdAt)}`,
    `DTSTART:${utc(item.startAt ?? item.createdAt)}`,
    `DTEND:${utc(item.endAt ?? item.createdAt)}`,
    `SUMMARY:${escapeText(item.subject)}`,
    ...optional('LOCATION', keptText(kept, 'Location')),
    ...(organizer === undefined ? [] : [`ORGANIZER${calendarAddress(organizer)}`]),
    ...people('RequiredAttendees', 'REQ-PARTICIPANT'),
    ...people('OptionalAttendees', 'OPT-PARTICIPANT'),
    ...people('Resources', 'NON-PARTICIPANT'),
    `TRANSP:${TRANSPARENT.has(keptText(kept, 'LegacyFreeBusyStatus') ?? 'Busy') ? 'TRANSPARENT' : 'OPAQUE'}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ]
  return `${lines.flatMap(fold).join('\r\n')}\r\n`
}

function optional(name: string, text: string | undefined): string[] {
  return text ? [`${name}:${escapeText(text)}`] : []
}

// RFC 5545, 3.3.5.
function utc(moment: EpochSeconds): string {
  return `${new Date(moment * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

function calendarAddress({ name, address }: Mailbox): string {
  const common = (name || address).replaceAll(/["\p{Cc}]/gu, '')
  return `;CN="${common}":mailto:${address.replaceAll(/[\p{Cc}\s]/gu, '')}`
}

// RFC 5545, 3.3.11.
function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(';', '\\;')
    .replaceAll(',', '\\,')
    .replaceAll(/\r\n|\r|\n/g, '\\n')
}

// RFC 5545, 3.1: lines of at most 75 octets, no character torn; those that go on begin with a blank.
function fold(line: string): string[] {
  const lines = ['']
  let octets = 0
  for (const character of line) {
    const length = Buffer.byteLength(character)
    if (octets + length > 75) {
      lines.push(' ')
      octets = 1
    }
    lines.push(`${lines.pop()}${character}`)
    octets += length
  }
  return lines
}
