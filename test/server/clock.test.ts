/** The clock of a server: moved by hand, in order, and the same every time. */
import { type ClockPosition, openClock } from '../../src/server/clock.ts'
import type { ClockControl } from '../../src/trust/clock.ts'
import { NOW } from '../support/tokens.ts'

const HOUR = 3_600
const DAY = 24 * HOUR

let machine: { time: number; elapsed: number }
let surprises: [string, unknown][]
const opened: ClockControl[] = []

beforeEach(() => {
  machine = { time: NOW, elapsed: 0 }
  surprises = []
})
afterEach(() => {
  for (const clock of opened.splice(0)) clock.close()
})

function open(position?: ClockPosition, keep?: (position: ClockPosition) => void): ClockControl {
  const clock = openClock({
    machine: { now: () => machine.time, stopwatch: () => machine.elapsed },
    isLab: true,
    ...(position !== undefined && { position }),
    ...(keep !== undefined && { keep }),
    onSurprise: (error, what) => surprises.push([what, error]),
  })
  opened.push(clock)
  return clock
}

const change = (clock: ClockControl, wanted: Parameters<NonNullable<ClockControl['change']>>[0]) =>
  clock.change!(wanted)

test('is the machine’s until it is moved', () => {
  const clock = open()
  expect(clock.now()).toBe(NOW)
  machine.time += 90
  expect(clock.view()).toMatchObject({ now: NOW + 90, frozen: false, rate: 1, skew: 0, ahead: 0 })
})

test('stands when it is frozen, and goes on from there', async () => {
  const clock = open()
  await change(clock, { frozen: true })
  machine.time += 500
  expect(clock.now()).toBe(NOW)
  await change(clock, { frozen: false })
  machine.time += 10
  expect(clock.now()).toBe(NOW + 10)
})

test('runs at another pace, to the millisecond', async () => {
  const clock = open()
  await change(clock, { rate: 60 })
  machine.elapsed += 1_500
  expect(clock.now()).toBe(NOW + 90)
  await change(clock, { rate: 1 })
  machine.elapsed += 10_000
  machine.time += 10
  expect(clock.now()).toBe(NOW + 100)
})

test('is set and advanced, keeps its skew, and is reset', async () => {
  const clock = open()
  await change(clock, { skew: -420 })
  await change(clock, { time: NOW + DAY })
  expect(clock.view()).toMatchObject({ now: NOW + DAY - 420, skew: -420, ahead: DAY - 420 })
  await change(clock, { advance: -2 * DAY })
  expect(clock.now()).toBe(NOW - DAY - 420)
  await change(clock, { reset: true })
  expect(clock.view()).toMatchObject({ now: NOW, skew: 0, ahead: 0 })
})

test('plays what comes due in order, each with the time standing at its moment, and waits for each', async () => {
  const clock = open()
  const seen: string[] = []
  const note = (what: string) => async () => {
    const at = clock.now()
    await new Promise((resolve) => setImmediate(resolve))
    expect(clock.now()).toBe(at)
    seen.push(`${what} ${at - NOW}`)
    return [what]
  }
  clock.at('late', NOW + 3 * HOUR, note('late'))
  clock.at('early', NOW + HOUR, note('early'))
  clock.every('beat', 2 * HOUR, 'each turn', note('beat'))
  const cancel = clock.at('never', NOW + 30, note('never'))
  cancel()
  const played = await change(clock, { advance: 5 * HOUR })
  expect(seen).toEqual(['early 3600', 'beat 7200', 'late 10800', 'beat 14400'])
  expect(played.map(({ at, what }) => `${what} ${at - NOW}`)).toEqual(seen)
  expect(clock.now()).toBe(NOW + 5 * HOUR)
})

test('what came due by itself and asks for more is played in the same move', async () => {
  const clock = open()
  const seen: number[] = []
  const again = async () => {
    seen.push(clock.now() - NOW)
    if (seen.length < 3) clock.at('again', clock.now() + DAY, again)
    return []
  }
  clock.at('first', NOW + DAY, again)
  await change(clock, { advance: 10 * DAY })
  expect(seen).toEqual([DAY, 2 * DAY, 3 * DAY])
})

test('work of one turn is made up for once, at the end of a jump', async () => {
  const clock = open()
  const seen: number[] = []
  clock.every('sweep', 60, 'one turn', async () => {
    seen.push(clock.now() - NOW)
    return []
  })
  await change(clock, { frozen: true })
  await change(clock, { advance: 5 * 365 * DAY })
  expect(seen).toEqual([5 * 365 * DAY])
  await change(clock, { advance: 59 })
  expect(seen).toHaveLength(1)
  await change(clock, { advance: 1 })
  expect(seen).toHaveLength(2)
})

test('several clocks are moved first, and make up for it afterwards', async () => {
  const [one, other] = [open(), open()]
  const seen: number[] = []
  for (const clock of [one, other]) {
    clock.every('sweep', 60, 'one turn', async () => {
      seen.push(other.now() - NOW, one.now() - NOW)
      return []
    })
  }
  await change(one, { advance: DAY, settle: false })
  await change(other, { advance: DAY, settle: false })
  expect(seen).toEqual([])
  await change(one, { settle: true })
  await change(other, { settle: true })
  expect(seen).toEqual([DAY, DAY, DAY, DAY])
})

test('set back, what comes again and again does not wait for a time long gone by', async () => {
  const clock = open()
  let turns = 0
  clock.every('beat', HOUR, 'each turn', async () => {
    turns++
    return []
  })
  await change(clock, { frozen: true })
  await change(clock, { advance: 365 * DAY })
  turns = 0
  await change(clock, { advance: -364 * DAY })
  await change(clock, { advance: HOUR })
  expect(turns).toBe(1)
})

test('what has each of its turns has them at whole multiples of its period, whenever it was asked for or set back', async () => {
  const played: number[][] = []
  for (const late of [1, 5_000]) {
    machine.time = NOW + late
    const clock = open()
    clock.every('beat', 12 * HOUR, 'each turn', async () => ['beat'])
    await change(clock, { frozen: true })
    for (const back of [0, 30 * HOUR + 17]) {
      await change(clock, { advance: -back })
      const turns = await change(clock, { time: NOW + 2 * DAY })
      played.push(turns.map(({ at }) => at - NOW))
    }
  }
  const [whole, half] = [
    [12, 24, 36, 48],
    [24, 36, 48],
  ].map((hours) => hours.map((hour) => hour * HOUR))
  expect(played).toEqual([whole, half, whole, half])
})

test('however much is played, others are answered in between', async () => {
  const clock = open()
  clock.every('beat', HOUR, 'each turn', async () => [])
  await change(clock, { frozen: true })
  let others = 0
  const beside = setInterval(() => others++, 0)
  await change(clock, { advance: 2 * 365 * DAY })
  clearInterval(beside)
  expect(others).toBeGreaterThan(5)
})

test('work that fails is told, and the rest is done all the same', async () => {
  const clock = open()
  let done = false
  clock.at('breaks', NOW + 1, async () => {
    throw new Error('broken')
  })
  clock.at('holds', NOW + 2, async () => {
    done = true
    return []
  })
  await change(clock, { advance: 10 })
  expect(surprises).toEqual([['breaks', new Error('broken')]])
  expect(done).toBe(true)
})

test('where it stands is kept, and found again after a restart', async () => {
  let kept: ClockPosition | undefined
  const first = open(undefined, (position) => {
    kept = position
  })
  await change(first, { advance: 100 * DAY, skew: 30 })
  machine.time += 50 // while it was away
  expect(open(kept).now()).toBe(NOW + 100 * DAY + 30 + 50)
  await change(first, { frozen: true })
  machine.time += 1_000
  expect(open(kept).view()).toMatchObject({ now: NOW + 100 * DAY + 30 + 50, frozen: true })
})

test('without being moved, what is due comes by itself', async () => {
  const clock = open()
  await change(clock, { rate: 1000 })
  const started = performance.now()
  machine.elapsed = 0
  await new Promise<void>((resolve) => {
    clock.at('soon', clock.now() + 20, async () => {
      resolve()
      return []
    })
    machine.elapsed += 20
  })
  expect(performance.now() - started).toBeLessThan(2_000)
})

test('the machine’s own clock cannot be moved', () => {
  const clock = openClock({
    machine: { now: () => NOW, stopwatch: () => 0 },
    isLab: false,
    onSurprise: () => undefined,
  })
  expect(clock.change).toBeUndefined()
  clock.close()
})
