/** The days on which a series of appointments takes place ([MS-OXOCAL] 2.2.1.44; EWS RecurrenceType). */
import { type KeptProperty, keptText } from './kept-property.ts'
import { daysIn } from './time-zone.ts'

/** A day as the number of days since 1 January 1970. */
type Day = number

const DAY_MS = 86_400_000
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const INDEXES = ['First', 'Second', 'Third', 'Fourth', 'Last']

/** A series as it was written: `t:Recurrence` with a pattern and a range. */
export interface Recurrence {
  readonly pattern: KeptProperty
  readonly range: KeptProperty
}

/** Reads a `Recurrence` that was kept; undefined for one without pattern or range. */
export function readRecurrence({ children = [] }: KeptProperty): Recurrence | undefined {
  const [pattern, range] = children
  return pattern === undefined || range === undefined ? undefined : { pattern, range }
}

/**
 * The days of the series from `from` to `to`, both included, as `YYYY-MM-DD`, one after the other as they are asked for. However
 * long ago it began, only days of that time are counted out; of a series of so many times, at most 999, all before them too.
 */
export function* daysBetween({ pattern, range }: Recurrence, from: string, to: string): Generator<string> {
  const start = dayOf(textIn(range, 'StartDate'))
  const end = range.name === 'EndDateRecurrence' ? dayOf(textIn(range, 'EndDate')) : undefined
  const most = range.name === 'NumberedRecurrence' ? numberIn(range, 'NumberOfOccurrences') : Infinity
  const last = Math.min(dayOf(to) ?? -Infinity, end ?? Infinity)
  const first = dayOf(from) ?? Infinity
  if (start === undefined || first === Infinity) return
  let count = 0
  for (const day of candidates(pattern, start, most === Infinity ? first : start)) {
    if (day > last) return
    if (day < start) continue
    count += 1
    if (count > most) return
    if (day >= first) yield new Date(day * DAY_MS).toISOString().slice(0, 10)
  }
}

// In order, without end, none left out from `from` on; a few may be before that, or before the start.
function candidates(pattern: KeptProperty, start: Day, from: Day): Iterable<Day> {
  const interval = Math.max(1, numberIn(pattern, 'Interval'))
  switch (pattern.name) {
    case 'DailyRecurrence':
      return daily(start, interval, from)
    case 'WeeklyRecurrence':
      return weekly(pattern, start, interval, from)
    case 'AbsoluteMonthlyRecurrence':
    case 'RelativeMonthlyRecurrence':
      return monthly(pattern, start, interval, from)
    case 'AbsoluteYearlyRecurrence':
    case 'RelativeYearlyRecurrence':
      return monthly(pattern, start, 12, from)
    default:
      return []
  }
}

// The last of start, start + step, start + 2 steps, … that is not after `from`, or the start.
function jump(start: number, step: number, from: number): number {
  return start + step * Math.max(0, Math.floor((from - start) / step))
}

function* daily(start: Day, interval: number, from: Day): Generator<Day> {
  for (let day = jump(start, interval, from); ; day += interval) yield day
}

function* weekly(pattern: KeptProperty, start: Day, interval: number, from: Day): Generator<Day> {
  const wanted = weekdaysOf(textIn(pattern, 'DaysOfWeek'))
  if (wanted.size === 0) return
  const beginning = Math.max(0, WEEKDAYS.indexOf(textIn(pattern, 'FirstDayOfWeek')))
  const week = start - ((weekdayOf(start) - beginning + 7) % 7)
  for (let monday = jump(week, 7 * interval, from); ; monday += 7 * interval) {
    for (let day = monday; day < monday + 7; day += 1) if (wanted.has(weekdayOf(day))) yield day
  }
}

function* monthly(pattern: KeptProperty, start: Day, interval: number, from: Day): Generator<Day> {
  const date = new Date(start * DAY_MS)
  const named = MONTHS.indexOf(textIn(pattern, 'Month'))
  const first = named === -1 ? date.getUTCMonth() : named
  // Counted from January of the year of the start.
  const soon = new Date(from * DAY_MS)
  const monthOfFrom = 12 * (soon.getUTCFullYear() - date.getUTCFullYear()) + soon.getUTCMonth()
  for (let month = jump(first, interval, monthOfFrom); ; month += interval) {
    const begin = new Date(Date.UTC(date.getUTCFullYear(), month, 1))
    // After the last day that has a date.
    if (Number.isNaN(begin.getTime())) return
    const length = daysIn(begin.getUTCMonth() + 1, begin.getUTCFullYear())
    const day = pattern.name.startsWith('Absolute')
      ? // The 31st of a shorter month is its last day.
        Math.min(Math.max(1, numberIn(pattern, 'DayOfMonth')), length)
      : relativeDay(pattern, begin.getTime() / DAY_MS, length)
    if (day === undefined) return
    yield begin.getTime() / DAY_MS + day - 1
  }
}

// The first, second, … or last of the days in a month that are among the weekdays.
function relativeDay(pattern: KeptProperty, begin: Day, length: number): number | undefined {
  const wanted = weekdaysOf(textIn(pattern, 'DaysOfWeek'))
  const index = INDEXES.indexOf(textIn(pattern, 'DayOfWeekIndex'))
  const days = Array.from({ length }, (_, place) => place + 1).filter((day) =>
    wanted.has(weekdayOf(begin + day - 1)),
  )
  return index === -1 ? undefined : index === 4 ? days.at(-1) : days[index]
}

function weekdaysOf(words: string): Set<number> {
  const numbers = words
    .trim()
    .split(/\s+/)
    .flatMap((word) => {
      if (word === 'Day') return [0, 1, 2, 3, 4, 5, 6]
      if (word === 'Weekday') return [1, 2, 3, 4, 5]
      if (word === 'WeekendDay') return [0, 6]
      const place = WEEKDAYS.indexOf(word)
      return place === -1 ? [] : [place]
    })
  return new Set(numbers)
}

// 1 January 1970 was a Thursday.
function weekdayOf(day: Day): number {
  return (((day + 4) % 7) + 7) % 7
}

// xs:date may end in a zone; the day is the one that is written.
function dayOf(text: string): Day | undefined {
  const milliseconds = Date.parse(text.trim().slice(0, 10))
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / DAY_MS)
}

function textIn({ children = [] }: KeptProperty, name: string): string {
  return keptText(children, name)?.trim() ?? ''
}

function numberIn(property: KeptProperty, name: string): number {
  const number = Number(textIn(property, name))
  return Number.isInteger(number) ? number : 0
}
