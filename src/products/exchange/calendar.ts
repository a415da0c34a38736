/** What takes place in a calendar at some time: single appointments, and the occurrences of series. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import type { Kit } from '../product.ts'
import type { ItemView } from './item-type.ts'
import { itemsInTurns } from './items-in-turns.ts'
import { type KeptProperty, readContent } from './kept-property.ts'
import type { Folder, Item, MailboxStore } from './mailbox.ts'
import { daysBetween, readRecurrence } from './recurrence.ts'
import { type TimeZone, toLocal, toUtc, UTC, windowsZone, zoneOf } from './time-zone.ts'

const DAY = 86_400

/** When one appointment, or one occurrence of a series, takes place. What it is stands in the item at its place in the store. */
export interface CalendarSlot {
  readonly start: EpochSeconds
  readonly end: EpochSeconds
  readonly isOccurrence: boolean
  readonly place: number
}

/**
 * The first `most` things in a calendar that overlap the time from `from` to `to`, in the order in which they begin. No more of
 * a series is worked out than comes before the last of them, and nothing more once the call is abandoned.
 */
export async function slotsBetween(
  calendar: Folder,
  from: EpochSeconds,
  to: EpochSeconds,
  most: number,
  { mailboxes }: Pick<Kit, 'mailboxes'>,
  isAbandoned: () => boolean,
): Promise<CalendarSlot[]> {
  const { single, series } = await mailboxes.appointments(calendar.id, from, to, most)
  let slots = single.map(
    ({ place, startAt, endAt }): CalendarSlot => ({
      start: startAt,
      end: endAt,
      isOccurrence: false,
      place,
    }),
  )
  const firstOnes = () => slots.sort((a, b) => a.start - b.start).slice(0, most)
  const lastStart = () => (slots.length < most ? Infinity : (slots.at(-1)?.start ?? Infinity))
  for await (const [place, master] of itemsInTurns(mailboxes, series)) {
    await othersTurn()
    if (isAbandoned()) break
    const last = lastStart()
    let added = 0
    for (const slot of occurrencesOf(master, place, from, to)) {
      if (slot.start >= last || added === most) break
      slots.push(slot)
      added += 1
    }
    if (added > 0) slots = firstOnes()
  }
  return firstOnes()
}

/** The items of these times, each once, as it is in the store. */
export async function* viewsOf(
  slots: readonly CalendarSlot[],
  mailboxes: Pick<MailboxStore, 'itemsAt'>,
): AsyncGenerator<readonly [place: number, view: ItemView]> {
  const places = [...new Set(slots.map(({ place }) => place))]
  for await (const [place, item] of itemsInTurns(mailboxes, places)) {
    yield [place, { item, kept: readContent(item.content) }]
  }
}

function timesOf({ startAt = 0, endAt = startAt }: Item) {
  return { start: startAt, end: endAt }
}

function* occurrencesOf(
  master: Item,
  place: number,
  from: EpochSeconds,
  to: EpochSeconds,
): Generator<CalendarSlot> {
  const kept = readContent(master.content)
  const property = kept.find(({ name }) => name === 'Recurrence')
  const recurrence = property && readRecurrence(property)
  if (recurrence === undefined) return
  const { start, end } = timesOf(master)
  const length = end - start
  // A series keeps its time of day where it takes place, whatever UTC does.
  const zone = zoneIn(kept)
  const timeOfDay = toLocal(start, zone).slice(10)
  const day = (moment: EpochSeconds) => toLocal(moment, zone).slice(0, 10)
  for (const date of daysBetween(recurrence, day(from - length - DAY), day(to + DAY))) {
    const startAt = toUtc(`${date}${timeOfDay}`, zone) ?? start
    const endAt = startAt + length
    const overlaps = startAt < to && (endAt > from || startAt >= from)
    if (overlaps) yield { start: startAt, end: endAt, isOccurrence: true, place }
  }
}

function zoneIn(kept: readonly KeptProperty[]): TimeZone {
  const named = kept.find(({ name }) => name === 'StartTimeZone' || name === 'MeetingTimeZone')
  const zone = windowsZone(named?.attributes?.['Id'] ?? '')
  return zone === undefined ? UTC : zoneOf(zone)
}

/** An appointment as it is at this time: of a series, its occurrence. That has the id of the series: it has none of its own here. */
export function viewAt(view: ItemView, { start, end, isOccurrence }: CalendarSlot): ItemView {
  if (!isOccurrence) return view
  const own: readonly KeptProperty[] = [
    { name: 'Start', text: isoTime(start) },
    { name: 'End', text: isoTime(end) },
    { name: 'CalendarItemType', text: 'Occurrence' },
    { name: 'IsRecurring', text: 'true' },
  ]
  const others = view.kept.filter(
    ({ name }) => name !== 'Recurrence' && !own.some((property) => property.name === name),
  )
  return { item: { ...view.item, startAt: start, endAt: end }, kept: [...others, ...own] }
}
