/**
 * The clock of one running server. As long as nobody moves it, it is the machine’s. In a lab it can be frozen, set, advanced,
 * run at another pace, and skewed; what is due then comes due in order.
 *
 * Everything that a server knows of time runs on it: tokens, certificates, keys and their rollover, refreshing, caches, rate
 * limits, the record. The machine’s own time stays right for what the machine does, and only for that: deadlines of sockets
 * and of answers, OpenSSL’s view of TLS certificates, the pause before records are written together, starting and ending
 * processes, lines of server.log.
 */
import type { EpochSeconds } from '../protocol/ids.ts'
import type { AfterJump, Cancel, ClockChange, ClockControl, ClockView, Played, Task } from '../trust/clock.ts'
import { oneAtATime } from '../trust/register.ts'

/** How a clock stands to the machine’s, as it is kept over a restart. Times in milliseconds since 1970. */
export interface ClockPosition {
  /** What it showed, without its skew, when the machine showed `machine`. */
  readonly base: number
  readonly machine: number
  readonly rate: number
  readonly frozen: boolean
  readonly skew: number
}

export interface ClockOptions {
  /** The machine’s time in whole seconds, and milliseconds that only go forward. */
  readonly machine: { now(): EpochSeconds; stopwatch(): number }
  /** Whether it may be moved. */
  readonly isLab: boolean
  /** Where it stood before; absent: it is the machine’s. */
  readonly position?: ClockPosition
  /** Keeps where it stands now. */
  readonly keep?: (position: ClockPosition) => void
  /** Hears of work that failed. */
  readonly onSurprise: (error: unknown, what: string) => void
}

interface Timer {
  readonly name: string
  due: number
  readonly period?: number
  readonly afterJump: AfterJump
  readonly task: Task
  /** Its turn has begun and is not over. */
  running: boolean
}

// A clock of the machine may be set, too: nobody sleeps for longer than this.
const LONGEST_SLEEP_MS = 60_000
// Whoever moved several clocks and then was gone must not leave work undone.
const LONGEST_HOLD_MS = 30_000
const MOST_PLAYED = 1_000
// A century has many turns: others are answered in between.
const TURNS_IN_A_ROW = 1_000

export function openClock({ machine, isLab, position, keep, onSurprise }: ClockOptions): ClockControl {
  let base = 0
  let machineThen = 0
  let stopwatchThen = 0
  let rate = 1
  let frozen = false
  let skew = 0
  // Where time stands while it is being moved.
  let standing: number | undefined
  let held: NodeJS.Timeout | undefined
  let sleep: NodeJS.Timeout | undefined
  let closed = false
  const timers: Timer[] = []
  const serially = oneAtATime()

  // At the machine’s pace the machine’s clock counts; at another, what has gone by, to the millisecond.
  const elapsed = () =>
    rate === 1 ? machine.now() * 1000 - machineThen : (machine.stopwatch() - stopwatchThen) * rate
  const unskewed = () => standing ?? (frozen ? base : base + elapsed())
  const reading = () => unskewed() + skew
  const anchor = (to: number) => {
    base = to
    machineThen = machine.now() * 1000
    stopwatchThen = machine.stopwatch()
  }
  anchor(machine.now() * 1000)
  if (position !== undefined && isLab) {
    ;({ rate, frozen, skew } = position)
    base = frozen ? position.base : position.base + (machine.now() * 1000 - position.machine) * position.rate
  }

  const inOrder = () => timers.sort((one, other) => one.due - other.due)
  const remove = (timer: Timer) => {
    const index = timers.indexOf(timer)
    if (index !== -1) timers.splice(index, 1)
  }
  const take = async (timer: Timer): Promise<readonly string[]> => {
    timer.running = true
    if (timer.period === undefined) remove(timer)
    else timer.due += timer.period
    try {
      return await timer.task()
    } catch (error) {
      if (!closed) onSurprise(error, timer.name) // what it needed may be gone with the server
      return []
    } finally {
      timer.running = false
    }
  }
  // The turn of a timer that comes first after a moment; all in milliseconds.
  const turnAfter = (moment: number, period: number, afterJump: AfterJump) =>
    afterJump === 'each turn' ? (Math.floor(moment / period) + 1) * period : moment + period
  const isHeld = (timer: Timer) => held !== undefined && timer.afterJump === 'one turn'

  // Without being moved: work begins in order, and none waits for another’s end.
  const wake = () => {
    clearTimeout(sleep)
    if (closed || standing !== undefined) return
    const now = reading()
    for (const timer of inOrder().filter(({ due, running }) => due <= now && !running)) {
      if (isHeld(timer)) continue
      // Turns that were missed are not made up for.
      const { period, afterJump } = timer
      if (period !== undefined) timer.due = turnAfter(now, period, afterJump) - period
      void take(timer).then(arm)
    }
    arm()
  }
  const arm = () => {
    clearTimeout(sleep)
    if (closed || standing !== undefined) return
    const next = inOrder().find((timer) => !timer.running && !isHeld(timer))
    if (next === undefined || frozen) return
    const wait = Math.max(0, Math.ceil((next.due - reading()) / rate))
    sleep = setTimeout(wake, Math.min(wait, LONGEST_SLEEP_MS)).unref()
  }

  const release = () => {
    clearTimeout(held)
    held = undefined
  }
  const hold = () => {
    release()
    held = setTimeout(() => {
      release()
      wake()
    }, LONGEST_HOLD_MS).unref()
  }

  // One after the other, each with the time standing at its moment.
  const play = async (to: number, settle: boolean): Promise<Played[]> => {
    const played: Played[] = []
    const turn = async (timer: Timer) => {
      for (const what of await take(timer)) {
        if (played.length < MOST_PLAYED) played.push({ at: seconds(reading()), what })
      }
    }
    const nextIs = (afterJump: AfterJump) =>
      inOrder().find((timer) => timer.afterJump === afterJump && timer.due <= to + skew && !timer.running)
    let turns = 0
    for (let timer = nextIs('each turn'); timer !== undefined; timer = nextIs('each turn')) {
      standing = Math.max(standing ?? to, timer.due - skew)
      await turn(timer)
      if (++turns % TURNS_IN_A_ROW === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    standing = to
    if (!settle) return played
    for (const timer of inOrder().filter(
      ({ due, afterJump }) => afterJump === 'one turn' && due <= reading(),
    )) {
      if (timer.running) continue
      if (timer.period !== undefined) timer.due = reading()
      await turn(timer)
    }
    return played
  }

  const move = async (to: number, settle: boolean): Promise<Played[]> => {
    const from = unskewed()
    standing = Math.min(from, to)
    // Set back: what is to come again and again must not wait for a time long gone by.
    for (const timer of timers) {
      const { period, afterJump } = timer
      if (period !== undefined) timer.due = Math.min(timer.due, turnAfter(to + skew, period, afterJump))
    }
    standing = to < from ? to : from
    try {
      return await play(to, settle)
    } finally {
      anchor(to)
      standing = undefined
    }
  }

  const change = (wanted: ClockChange): Promise<readonly Played[]> =>
    serially(async () => {
      const here = unskewed()
      if (wanted.rate !== undefined) rate = wanted.rate
      if (wanted.frozen !== undefined) frozen = wanted.frozen
      if (wanted.reset === true) {
        rate = 1
        frozen = false
        skew = 0
      }
      anchor(here)
      if (wanted.skew !== undefined) skew = wanted.skew * 1000
      const settle = wanted.settle ?? true
      if (settle) release()
      else hold()
      const to =
        (wanted.reset === true
          ? machine.now() * 1000
          : wanted.time === undefined
            ? here
            : wanted.time * 1000) +
        (wanted.advance ?? 0) * 1000
      const played = await move(to, settle)
      keep?.({ base: unskewed(), machine: machine.now() * 1000, rate, frozen, skew })
      arm()
      return played
    })

  const add = (timer: Timer): Cancel => {
    timers.push(timer)
    arm()
    return () => {
      remove(timer)
      arm()
    }
  }

  return {
    now: () => seconds(reading()),
    at: (name, moment, task) =>
      add({ name, due: moment * 1000, afterJump: 'each turn', task, running: false }),
    every: (name, period, afterJump, task) =>
      add({
        ...{ name, afterJump, task, running: false },
        due: turnAfter(reading(), period * 1000, afterJump),
        period: period * 1000,
      }),
    view: (): ClockView => ({
      kind: isLab ? 'lab' : 'machine',
      now: seconds(reading()),
      frozen,
      rate,
      skew: skew / 1000,
      ahead: seconds(reading()) - machine.now(),
      due: inOrder().map(({ name, due }) => ({ name, at: seconds(due) })),
    }),
    change: isLab ? change : undefined,
    close() {
      closed = true
      release()
      clearTimeout(sleep)
      timers.length = 0
    },
  }
}

function seconds(milliseconds: number): EpochSeconds {
  return Math.floor(milliseconds / 1000)
}
