/** What a zone does every year, found by watching its clock: the tz database says when clocks change, never by which rule. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import { type Change, daysIn, type TimeZone, type YearlyRules } from './time-zone.ts'

// Five years have a month's last Sunday as its fourth and as its fifth, so that last and fourth can be told apart.
const WATCHED_YEARS = 5

/** One change of a zone's clock. */
interface Seen {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
  /** Seconds since midnight, on the clock before the change. */
  readonly time: number
  /** Seconds ahead of UTC before and after. */
  readonly before: number
  readonly after: number
}

/**
 * The rules in force in the year of `now` and those after. Where the days follow no such rule (they hang on Ramadan, say)
 * they are that year's dates; a zone that changes once or more than twice in that year is taken as it is at its end.
 */
export function yearlyRules(zone: TimeZone, now: EpochSeconds): YearlyRules {
  const year = new Date((now + zone.offsetAt(now)) * 1000).getUTCFullYear()
  const years = Array.from({ length: WATCHED_YEARS }, (_, n) => changesIn(zone, year + n))
  const [first = []] = years
  const starts = first.find(({ before, after }) => after > before)
  const ends = first.find(({ before, after }) => after < before)
  if (first.length !== 2 || starts === undefined || ends === undefined) {
    return { standard: zone.offsetAt(Date.UTC(year + 1, 0, 1) / 1000 - zone.offsetAt(now)) }
  }
  const all = years.flat()
  const likeness = (one: Seen) => all.filter(({ after, before }) => after > before === one.after > one.before)
  return {
    standard: ends.after,
    daylight: {
      offset: starts.after,
      starts: changeOf(starts, likeness(starts)),
      ends: changeOf(ends, likeness(ends)),
    },
  }
}

function changesIn(zone: TimeZone, year: number): Seen[] {
  const starts = Array.from({ length: 13 }, (_, month) => Date.UTC(year, month, 1) / 1000)
  return starts.slice(1).flatMap((end, index) => {
    const start = starts[index] ?? end
    return zone.offsetAt(start) === zone.offsetAt(end) ? [] : [seenBetween(zone, start, end)]
  })
}

function seenBetween(zone: TimeZone, start: EpochSeconds, end: EpochSeconds): Seen {
  const before = zone.offsetAt(start)
  let last = start
  let next = end
  while (next - last > 1) {
    const middle = Math.floor((last + next) / 2)
    if (zone.offsetAt(middle) === before) last = middle
    else next = middle
  }
  const local = new Date((next + before) * 1000)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    time: (local.getTime() / 1000) % 86_400,
    before,
    after: zone.offsetAt(next),
  }
}

function changeOf(one: Seen, seen: readonly Seen[]): Change {
  const { month, day, weekday, time } = one
  const occurrence = Math.ceil(day / 7)
  const isAlike = seen.every(
    (other) => other.month === month && other.weekday === weekday && other.time === time,
  )
  const everyYear = isAlike && seen.length === WATCHED_YEARS
  const isLast = everyYear && seen.every((other) => other.day + 7 > daysIn(other.month, other.year))
  const isNth = everyYear && seen.every((other) => Math.ceil(other.day / 7) === occurrence)
  if (isLast) return { month, time, day: { kind: 'weekday', weekday, occurrence: -1 } }
  if (isNth) return { month, time, day: { kind: 'weekday', weekday, occurrence } }
  return { month, time, day: { kind: 'date', day } }
}
