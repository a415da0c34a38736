/** Busy times out of the events of a calendar ([MS-OXWAVLS] FreeBusyView). Pure. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import { type KeptProperty, keptText } from './kept-property.ts'

export interface TimeWindow {
  readonly from: EpochSeconds
  readonly to: EpochSeconds
}

/** The words of LegacyFreeBusyType with their digits in the merged view, from the one that counts least to the one that counts most. */
const DIGITS = { Free: '0', WorkingElsewhere: '4', Tentative: '1', Busy: '2', OOF: '3' } as const

export type BusyType = keyof typeof DIGITS

const RANKS = Object.keys(DIGITS) as BusyType[]

/** A time that is taken, or said to be free. */
export interface BusyTime {
  readonly start: EpochSeconds
  readonly end: EpochSeconds
  readonly busyType: BusyType
}

/** What an appointment says of its time. */
export function busyTypeOf(properties: readonly KeptProperty[]): BusyType {
  const said = keptText(properties, 'LegacyFreeBusyStatus') ?? 'Busy'
  return RANKS.find((rank) => rank === said) ?? 'Busy'
}

/** One digit for each interval of the window: the busiest of the times that touch it. The last interval may end after it. */
export function mergeBusyTimes(
  times: readonly BusyTime[],
  { from, to }: TimeWindow,
  seconds: number,
): string {
  const ranks = new Uint8Array(Math.ceil((to - from) / seconds))
  for (const { start, end, busyType } of times) {
    const rank = RANKS.indexOf(busyType)
    const first = Math.max(0, Math.floor((start - from) / seconds))
    // A time without length takes the interval that it falls into.
    const last = Math.min(ranks.length, Math.max(first + 1, Math.ceil((end - from) / seconds)))
    for (let at = first; at < last; at += 1) ranks[at] = Math.max(ranks[at] ?? 0, rank)
  }
  return Array.from(ranks, (rank) => DIGITS[RANKS[rank] ?? 'Free']).join('')
}
