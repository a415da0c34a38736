/**
 * Time zones: those that Windows names, with the rules of the tz database (through `Intl`), and those whose rules a client
 * sends along. Everything that turns a local time into a moment does it here.
 */
import type { EpochSeconds } from '../../protocol/ids.ts'
import { WINDOWS_ZONES, type WindowsZone } from './windows-zones.ts'

/** A zone, wherever its rules come from. */
export interface TimeZone {
  /** Windows' name, or the one under which a client sent its rules. */
  readonly id: string
  /** Seconds that local time is ahead of UTC at this moment (west of Greenwich: negative). */
  offsetAt(moment: EpochSeconds): number
}

/** A day of the year on which a clock changes, by local time before the change. */
export interface Change {
  /** 1 to 12. */
  readonly month: number
  readonly day:
    | { readonly kind: 'date'; readonly day: number }
    /** Sunday is 0. The first to the fourth of the month, or the last: -1. */
    | { readonly kind: 'weekday'; readonly weekday: number; readonly occurrence: number }
  /** Seconds since midnight. */
  readonly time: number
}

/** What a zone does every year: a standard time, and a daylight time between two days if there is one. */
export interface YearlyRules {
  /** Seconds ahead of UTC. */
  readonly standard: number
  readonly daylight?: { readonly offset: number; readonly starts: Change; readonly ends: Change }
}

/** The zone of moments that name none. */
export const UTC: TimeZone = { id: 'UTC', offsetAt: () => 0 }

const BY_NAME = new Map(WINDOWS_ZONES.map((zone) => [zone.id.toLowerCase(), zone]))

/** A zone by Windows' name, without regard to case (they are keys of the registry). */
export function windowsZone(id: string): WindowsZone | undefined {
  return BY_NAME.get(id.toLowerCase())
}

/** Windows' name for a zone of the tz database, also for one of that database's older or newer spellings of it. */
export function windowsZoneOf(iana: string): WindowsZone | undefined {
  const found = WINDOWS_ZONES.find((zone) => zone.iana.includes(iana))
  if (found !== undefined) return found
  const canonical = canonicalName(iana)
  if (canonical === undefined) return undefined
  return WINDOWS_ZONES.find((zone) => zone.iana.some((name) => canonicalName(name) === canonical))
}

function canonicalName(iana: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: iana }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The zone with the rules of the tz database. */
export function zoneOf({ id, iana }: WindowsZone): TimeZone {
  return { id, offsetAt: (moment) => clockOf(iana[0])(moment) }
}

/** A zone that follows the same rules in all years. */
export function ruledZone(id: string, rules: YearlyRules): TimeZone {
  const { standard, daylight } = rules
  if (daylight === undefined) return { id, offsetAt: () => standard }
  return {
    id,
    offsetAt(moment) {
      const year = new Date((moment + standard) * 1000).getUTCFullYear()
      const changes = [year - 1, year, year + 1].flatMap((one) => [
        { at: localSeconds(daylight.starts, one) - standard, offset: daylight.offset },
        { at: localSeconds(daylight.ends, one) - daylight.offset, offset: standard },
      ])
      const last = changes.filter(({ at }) => at <= moment).sort((a, b) => b.at - a.at)[0]
      return last?.offset ?? standard
    },
  }
}

/** When a change is, in seconds as if local time were UTC. */
function localSeconds({ month, day, time }: Change, year: number): number {
  return Date.UTC(year, month - 1, day.kind === 'date' ? day.day : dayOf(day, month, year)) / 1000 + time
}

function dayOf(
  { weekday, occurrence }: { weekday: number; occurrence: number },
  month: number,
  year: number,
): number {
  const first = 1 + ((weekday - new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 7) % 7)
  if (occurrence > 0) return first + 7 * (occurrence - 1)
  return first + 7 * Math.floor((daysIn(month, year) - first) / 7)
}

/** How many days a month has. */
export function daysIn(month: number, year: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

const MOMENT =
  /^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-5][0-9])?$/
const DAY = 86_400

/**
 * The moment that a text of type xs:dateTime names; what stands without Z or an offset is local time of the zone. Of a local
 * time that comes twice it is the second (standard time, as Windows reads it); one that is skipped counts on from before the
 * change, an hour later on the clock. Fractions of a second are dropped. Undefined for anything else.
 */
export function toUtc(dateTime: string, zone: TimeZone): EpochSeconds | undefined {
  const [, year, month, day, hour, minute, second, offset] = MOMENT.exec(dateTime.trim()) ?? []
  if (year === undefined || Number(day) > daysIn(Number(month), Number(year))) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const local = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  if (offset !== undefined) return local - secondsOf(offset)
  const before = zone.offsetAt(local - DAY)
  const offsets = [before, zone.offsetAt(local + DAY)].sort((a, b) => a - b)
  const fits = offsets.find((one) => zone.offsetAt(local - one) === one)
  return local - (fits ?? before)
}

function secondsOf(offset: string): number {
  if (offset === 'Z') return 0
  const seconds = Number(offset.slice(1, 3)) * 3600 + Number(offset.slice(4, 6)) * 60
  return offset.startsWith('-') ? -seconds : seconds
}

/** A moment as the zone's local time, without an offset: `2026-11-21T09:30:00`. */
export function toLocal(moment: EpochSeconds, zone: TimeZone): string {
  return new Date((moment + zone.offsetAt(moment)) * 1000).toISOString().slice(0, 19)
}

// Making a formatter costs as much as asking it a hundred times.
const clocks = new Map<string, (moment: EpochSeconds) => number>()

function clockOf(iana: string): (moment: EpochSeconds) => number {
  const known = clocks.get(iana)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: iana,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const clock = (moment: EpochSeconds) => {
    // 11/21/2026, 09:30:00
    const [month, day, year, hour, minute, second] = format
      .format(moment * 1000)
      .split(/\D+/)
      .map(Number)
    return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) / 1000 - moment
  }
  clocks.set(iana, clock)
  return clock
}
