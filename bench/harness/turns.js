/**
 * Ways of doing one thing, measured in turns: what the machine does besides meets them all, so a ratio of two that were
 * measured a moment apart says more than either number.
 */
import { setImmediate as turn } from 'node:timers/promises'

/**
 * Runs every side once a round, the order reversed from round to round, and keeps what each answers. A side is a function of
 * the round's number; the rounds of the warm-up have numbers below 0 and are not kept.
 */
export async function inTurns(sides, { rounds, warmUp = 2 }) {
  const names = Object.keys(sides)
  const kept = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -warmUp; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed()
    for (const name of order) {
      await turn()
      const value = await sides[name](round)
      if (round >= 0) kept[name].push(value)
    }
  }
  return kept
}

/**
 * How often a synchronous task is done in a second of the processor's time, that of the collector of garbage with it: others
 * that want the processor meanwhile do not count. It gets each of `inputs`.
 */
export function rateOf(inputs, task) {
  const before = process.cpuUsage()
  for (const input of inputs) task(input)
  const { user, system } = process.cpuUsage(before)
  return (inputs.length / (user + system)) * 1e6
}

/** How often a second by the clock a task is done that is waited for, one after the other. */
export async function rateOfWaiting(inputs, task) {
  const started = performance.now()
  for (const input of inputs) await task(input)
  return (inputs.length / (performance.now() - started)) * 1000
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The medians of two sides, and the median, lowest and highest of their ratios, each of one round. */
export function compare(ours, peer) {
  const ratios = ours.map((value, round) => value / peer[round])
  return {
    ours: median(ours),
    peer: median(peer),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    rounds: ratios.length,
  }
}

/** A side that is held against a fixed limit. */
export function compareWithLimit(ours, limit) {
  return compare(
    ours,
    ours.map(() => limit),
  )
}
