/** `/clock`: what time it is on this server, and in a lab the way to move it. */
import * as z from 'zod'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import type { ClockControl, ClockView, Played } from '../../trust/clock.ts'
import type { Problem } from '../problem.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

/** A moment in ISO 8601, as whole seconds. */
export const Moment = z
  .string()
  .max(40)
  .refine(
    (text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)),
    'expected a time such as 2031-05-01T12:00:00Z',
  )
  .transform((text): EpochSeconds => Math.floor(Date.parse(text) / 1000))

const CENTURY = 100 * 366 * 86_400
const WITHIN_A_CENTURY = 'expected whole seconds, at most a hundred years'
const Seconds = z.int(WITHIN_A_CENTURY).min(-CENTURY, WITHIN_A_CENTURY).max(CENTURY, WITHIN_A_CENTURY)
// What ISO 8601 writes with four digits of a year, from the beginning of our seconds on.
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000
const RATE = 'expected a pace above 0 and up to 1000000'

export const ChangeClock = z
  .strictObject({
    reset: z.literal(true, 'expected true').exactOptional(),
    frozen: z.boolean().exactOptional(),
    rate: z.number(RATE).gt(0, RATE).max(1_000_000, RATE).exactOptional(),
    skewSeconds: Seconds.exactOptional(),
    time: Moment.exactOptional(),
    advanceSeconds: Seconds.exactOptional(),
    settle: z.boolean().exactOptional(),
  })
  .refine((input) => Object.keys(input).length > 0, {
    error: 'expected at least one of reset, frozen, rate, skewSeconds, time, advanceSeconds, settle',
    when: ({ issues }) => issues.length === 0,
  })

/** The `type` of the problem that answers whoever would move the machine’s own clock. */
export const NOT_A_LAB_CLOCK = 'urn:entente:problem:clock-not-of-a-lab'

export function clockRoutes(clock: ClockControl): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/clock',
      scope: 'read',
      handle: async () => ({ status: 200, body: viewOf(clock.view(), []) }),
    },
    {
      method: 'PATCH',
      path: '/clock',
      // A clock that is set back makes tokens good that were over.
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'clock', change: changeOf(input(ChangeClock)) }),
      handle: async ({ input }) => {
        const { skewSeconds, advanceSeconds, ...rest } = input(ChangeClock)
        const far = farFrom(clock.view(), rest.time, advanceSeconds)
        if (clock.change === undefined) {
          throw new ProblemError({
            type: NOT_A_LAB_CLOCK,
            status: 409,
            title: 'This server runs on the clock of its machine, which it does not move',
            detail: 'expected a server of a lab; one that other machines reach has no clock of its own',
          })
        }
        if (far !== undefined) throw new ProblemError(far)
        const played = await clock.change({
          ...rest,
          ...(skewSeconds !== undefined && { skew: skewSeconds }),
          ...(advanceSeconds !== undefined && { advance: advanceSeconds }),
        })
        return { status: 200, body: viewOf(clock.view(), played) }
      },
    },
  ]
}

// All that is due on the way is played, and the whole of it is one change: it has to end.
function farFrom(
  { now, skew }: ClockView,
  time: EpochSeconds | undefined,
  advance: number | undefined,
): Problem | undefined {
  const here = now - skew
  const to = (time ?? here) + (advance ?? 0)
  if (Math.abs(to - here) <= CENTURY && to >= 0 && to <= LAST) return undefined
  const detail = `expected a time at most a hundred years from ${isoTime(here)}, between 1970 and 9999`
  const path = time === undefined ? 'advanceSeconds' : 'time'
  return {
    ...{ status: 422, title: 'The input is not usable', detail: `${path}: ${detail}` },
    errors: [{ path, detail }],
  }
}

function viewOf({ now, skew, ahead, due, ...rest }: ClockView, played: readonly Played[]) {
  return {
    ...rest,
    time: isoTime(now),
    skewSeconds: skew,
    aheadSeconds: ahead,
    due: due.map(({ name, at }) => ({ name, at: isoTime(at) })),
    played: played.map(({ at, what }) => ({ at: isoTime(at), what })),
  }
}

/** The clock as the REST shows it; `played` is what was done while it was moved. */
export type ClockAnswer = ReturnType<typeof viewOf>
