/** `/faults`: in a lab, what is to go wrong when this server asks another. */
import * as z from 'zod'
import type { Outcome } from '../../protocol/outcome.ts'
import { refuse } from '../../protocol/outcome.ts'
import type { Partner } from '../../trust/partner.ts'
import type { Download } from '../../trust/partner-keys.ts'
import type { FaultOrder, Faults, FaultTrace } from '../faults/faults.ts'
import {
  EXPECTED_FAULT,
  FAULTS,
  type Fault,
  LANES,
  type Lane,
  type Order,
  readOrder,
  writeFault,
} from '../faults/plan.ts'
import { problemOf } from '../problem.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

const Place = z
  .string()
  .regex(/^([a-z0-9.-]{1,253}|\[[0-9a-f:]+\]):[0-9]{1,5}$/, 'expected <host>:<port>')
  .refine((text) => URL.canParse(`https://${text}`), 'expected <host>:<port>')

const Steps = z
  .string()
  .max(10_000)
  .transform((text, context): readonly Fault[] => {
    const read = readOrder(text)
    if (!('wrong' in read) && read.length > 0) return read
    const at = 'wrong' in read ? ` at ${read.wrong.slice(0, 40)}` : ''
    context.addIssue({
      code: 'custom',
      message: `expected ${EXPECTED_FAULT}, each with *<times> if wanted${at}`,
    })
    return z.NEVER
  })

export const OrderFaults = z
  .strictObject({
    to: Place,
    on: z.enum(LANES),
    /** What happens to the first request, the second and so on; then all is well. */
    order: Steps.exactOptional(),
    /** After the end it begins anew. */
    again: z.boolean().exactOptional(),
    /** Drawn instead of written: the same seed is the same order. */
    seed: z
      .int()
      .min(0)
      .max(2 ** 31)
      .exactOptional(),
    among: Steps.exactOptional(),
    /** Of how many requests something goes wrong: 0 to 1. */
    chance: z.number().min(0).max(1).exactOptional(),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    const isDrawn = input.seed !== undefined
    if (isDrawn === (input.order !== undefined)) fault('order', 'expected either order, or seed with among')
    if (isDrawn && input.among === undefined) fault('among', 'expected with seed')
    if (!isDrawn && (input.among !== undefined || input.chance !== undefined))
      fault('seed', 'expected with among')
    for (const { kind } of input.order ?? input.among ?? []) {
      const lanes: readonly Lane[] = FAULTS[kind].lanes
      if (!lanes.includes(input.on)) return fault('on', `expected ${lanes.join(' or ')} for ${kind}`)
    }
  })

/** The `type` of the problem that answers whoever would break what is not a lab. */
export const NOT_A_LAB = 'urn:entente:problem:faults-not-of-a-lab'

export interface FaultParts {
  /** Absent outside a lab. */
  readonly faults: Faults | undefined
  readonly partners: () => readonly Partner[]
  /** Downloads a document as it is now, without saying who does. */
  readonly download: Download
}

export function faultRoutes({ faults, partners, download }: FaultParts): AdminRoute[] {
  const inLab = (): Faults => {
    if (faults !== undefined) return faults
    throw new ProblemError({
      type: NOT_A_LAB,
      status: 409,
      title: 'This server is not of a lab: nothing goes wrong here on purpose',
      detail: 'expected a server of a lab that other machines do not reach',
    })
  }
  const view = () => ({
    items: (faults?.list() ?? []).map(viewOf),
    trace: faults?.trace() ?? [],
  })
  const documentAt = async (to: string): Promise<string> => {
    const partner = partners().find(
      ({ source }) => source.kind === 'metadata' && new URL(source.url).host === to,
    )
    if (partner?.source.kind !== 'metadata') {
      const expected = 'the host of a partner application’s metadata URL'
      throw new ProblemError(problemOf(refuse('partner_not_found', { at: 'to', expected, seen: to })))
    }
    const { text } = unwrap(await download(partner.source.url, partner.certificateAuthority))
    return text ?? ''
  }
  return [
    { method: 'GET', path: '/faults', scope: 'read', handle: async () => ({ status: 200, body: view() }) },
    {
      method: 'POST',
      path: '/faults',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'faults', change: changeOf(input(OrderFaults)) }),
      handle: async ({ input }) => {
        const { to, on, order: steps, again = false, seed, among = [], chance = 0.5 } = input(OrderFaults)
        const found = inLab()
        const order: Order = seed === undefined ? { steps: steps ?? [], again } : { seed, among, chance }
        const isStale = (steps ?? among).some(({ kind }) => kind === 'stale')
        found.set({ to, on, order, ...(isStale && { stale: await documentAt(to) }) })
        return { status: 201, body: view() }
      },
    },
    {
      method: 'DELETE',
      path: '/faults',
      scope: 'administer',
      kind: 'administration',
      change: () => ({ subject: 'faults' }),
      handle: async () => {
        inLab().clear()
        return { status: 204 }
      },
    },
  ]
}

function viewOf({ to, on, order, requests }: FaultOrder & { readonly requests: number }) {
  const how =
    'steps' in order
      ? { order: order.steps.map(writeFault).join(' '), again: order.again }
      : { seed: order.seed, among: order.among.map(writeFault).join(' '), chance: order.chance }
  return { to, on, ...how, requests }
}

/** What `GET /admin/v1/faults` answers. */
export interface FaultsAnswer {
  readonly items: readonly ReturnType<typeof viewOf>[]
  readonly trace: readonly FaultTrace[]
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw new ProblemError(problemOf(outcome))
}
