/** The one clock of a server: what time it is there, and what is to be done when. */
import type { EpochSeconds } from '../protocol/ids.ts'

/** Ends what was asked for; harmless when it is over. */
export type Cancel = () => void

/** Work that is due. It answers with what it did, a line each; what nobody needs to hear of it leaves out. */
export type Task = () => Promise<readonly string[]>

/**
 * How work is made up for when the time jumps over several of its turns: each turn in its place, or one turn at the end, as
 * after a machine has slept.
 */
export type AfterJump = 'each turn' | 'one turn'

export interface Clock {
  now(): EpochSeconds
  /** Once, at a moment or as soon as it is over. `name` says what, for those who look at the clock. */
  at(name: string, moment: EpochSeconds, task: Task): Cancel
  /**
   * Again and again, each time so many seconds after the last. `one turn`: first one period from now. `each turn`: at whole
   * multiples of the period since 1970 (every 12 h is 00:00 and 12:00 UTC), so that a time that is played again has its turns
   * at the same moments.
   */
  every(name: string, seconds: number, afterJump: AfterJump, task: Task): Cancel
}

/** What there is to see of a clock. */
export interface ClockView {
  /** `machine`: that of the machine it runs on. `lab`: one that can be moved. */
  readonly kind: 'machine' | 'lab'
  readonly now: EpochSeconds
  readonly frozen: boolean
  /** Seconds of this clock in one of the machine’s. */
  readonly rate: number
  /** How far it goes before the clocks of the others, in seconds; part of `now`. */
  readonly skew: number
  /** How far it is before the machine’s, in seconds. */
  readonly ahead: number
  /** What waits for its time, the next first. */
  readonly due: readonly { readonly name: string; readonly at: EpochSeconds }[]
}

/** What may be done to a clock in the lab. Applied in this order, so that one change can freeze and set. */
export interface ClockChange {
  /** Back to the machine’s time and pace, without a skew. */
  readonly reset?: boolean
  readonly rate?: number
  readonly frozen?: boolean
  readonly skew?: number
  /** The time without the skew, so that all clocks of a lab can be set alike. */
  readonly time?: EpochSeconds
  /** Seconds to go forward, or back. */
  readonly advance?: number
  /**
   * False: work of the kind `one turn` waits until the clock hears of it again. Several servers are moved like that: first
   * all clocks, then what each has to make up for, so that nobody asks a server whose time is still the old one.
   */
  readonly settle?: boolean
}

/** What was done while the clock was moved, in order. */
export interface Played {
  readonly at: EpochSeconds
  readonly what: string
}

export interface ClockControl extends Clock {
  view(): ClockView
  /** Undefined where the clock is the machine’s, which nobody here may move. */
  readonly change: ((change: ClockChange) => Promise<readonly Played[]>) | undefined
  /** Nothing is due any longer. */
  close(): void
}
