/** What takes place in a calendar at some time: single appointments, and the occurrences of series. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import type { Kit } from '../product.ts'
import { type KeptProperty, readContent, writeContent } from './kept-property.ts'
import type { Folder, Item } from './mailbox.ts'
import { daysBetween, readRecurrence } from './recurrence.ts'
import { type TimeZone, toLocal, toUtc, UTC, windowsZone, zoneOf } from './time-zone.ts'

const DAY = 86_400

/** One appointment, or one occurrence of a series. */
export interface CalendarEvent {
  readonly start: EpochSeconds
  readonly end: EpochSeconds
  readonly isOccurrence: boolean
  /** Of an occurrence: the series with the times of this occurrence. */
  readonly item: Item
}

/** The first `most` things in a calendar that overlap the time from `from` to `to`, in the order in which they begin. */
export async function eventsBetween(
  calendar: Folder,
  from: EpochSeconds,
  to: EpochSeconds,
  most: number,
  kit: Kit,
): Promise<CalendarEvent[]> {
  const { single, series } = await kit.mailboxes.appointments(calendar.id, from, to, most)
  let events = single
    .filter(({ kind }) => kind === 'CalendarItem')
    .map((item): CalendarEvent => ({ ...timesOf(item), isOccurrence: false, item }))
  for (const master of series) {
    await othersTurn()
    if (master.kind !== 'CalendarItem') continue
    // However many series there are, no more than those asked for are kept.
    events = [...events, ...occurrencesOf(master, from, to)].sort((a, b) => a.start - b.start).slice(0, most)
  }
  return events
}

function timesOf({ startAt = 0, endAt = startAt }: Item) {
  return { start: startAt, end: endAt }
}

function occurrencesOf(master: Item, from: EpochSeconds, to: EpochSeconds): CalendarEvent[] {
  const kept = readContent(master.content)
  const property = kept.find(({ name }) => name === 'Recurrence')
  const recurrence = property && readRecurrence(property)
  if (recurrence === undefined) return []
  const { start, end } = timesOf(master)
  const length = end - start
  // A series keeps its time of day where it takes place, whatever UTC does.
  const zone = zoneIn(kept)
  const timeOfDay = toLocal(start, zone).slice(10)
  const day = (moment: EpochSeconds) => toLocal(moment, zone).slice(0, 10)
  return daysBetween(recurrence, day(from - length - DAY), day(to + DAY)).flatMap((date) => {
    const startAt = toUtc(`${date}${timeOfDay}`, zone) ?? start
    const endAt = startAt + length
    const overlaps = startAt < to && (endAt > from || startAt >= from)
    return overlaps
      ? [{ start: startAt, end: endAt, isOccurrence: true, item: at(master, kept, startAt) }]
      : []
  })
}

function zoneIn(kept: readonly KeptProperty[]): TimeZone {
  const named = kept.find(({ name }) => name === 'StartTimeZone' || name === 'MeetingTimeZone')
  const zone = windowsZone(named?.attributes?.['Id'] ?? '')
  return zone === undefined ? UTC : zoneOf(zone)
}

// The series as it is at one of its times. Its id is that of the series: occurrences have none of their own here.
function at(master: Item, kept: readonly KeptProperty[], startAt: EpochSeconds): Item {
  const { start, end } = timesOf(master)
  const endAt = startAt + end - start
  const own: readonly KeptProperty[] = [
    { name: 'Start', text: isoTime(startAt) },
    { name: 'End', text: isoTime(endAt) },
    { name: 'CalendarItemType', text: 'Occurrence' },
    { name: 'IsRecurring', text: 'true' },
  ]
  const others = kept.filter(
    ({ name }) => name !== 'Recurrence' && !own.some((property) => property.name === name),
  )
  return { ...master, startAt, endAt, content: writeContent([...others, ...own]) }
}
