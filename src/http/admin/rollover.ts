/** `/rollover`: how far a rollover of the signing key is, and its two last steps, which wait for partners and for tokens. */
import * as z from 'zod'
import { hexThumbprint } from '../../protocol/certificate.ts'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import type { Outcome, Refusal } from '../../protocol/outcome.ts'
import type { DocumentFetches } from '../../trust/document-fetches.ts'
import type { Guard, OwnKeys } from '../../trust/own-keys.ts'
import type { Partner } from '../../trust/partner.ts'
import {
  planRollover,
  type RolloverEvidence,
  type RolloverPlan,
  refuseActivation,
  refuseFinish,
} from '../../trust/rollover-plan.ts'
import { problemOf } from '../problem.ts'
import { type AdminRoute, changeOf, ProblemError } from './route.ts'

/** A step that waits for something, unless it is told not to. */
export const Step = z.strictObject({ force: z.boolean().default(false) }).prefault({})

export interface RolloverParts {
  readonly keys: OwnKeys
  readonly fetches: DocumentFetches
  readonly partners: () => readonly Partner[]
  readonly now: () => EpochSeconds
  readonly skew: number
}

/** What is known at this moment of the keys, and of those who have fetched them. */
export function rolloverEvidence({ keys, fetches, partners, now, skew }: RolloverParts): RolloverEvidence {
  return {
    keys: keys.list(),
    generation: keys.published().generation,
    fetches: fetches.list(),
    partners: partners(),
    now: now(),
    skew,
  }
}

export function rolloverRoutes(parts: RolloverParts): AdminRoute[] {
  const { keys } = parts
  const evidence = () => rolloverEvidence(parts)
  const view = () => viewOf(planRollover(evidence()), keys)
  const step = async (
    force: boolean,
    refuse: (seen: RolloverEvidence) => Refusal | undefined,
    take: (guard?: Guard) => Promise<Outcome<unknown>>,
  ) => {
    const taken = await (force ? take() : take(() => refuse(evidence())))
    if (!taken.ok) throw new ProblemError(problemOf(taken))
    return { status: 200 as const, body: view() }
  }
  return [
    { method: 'GET', path: '/rollover', scope: 'read', handle: async () => ({ status: 200, body: view() }) },
    {
      method: 'POST',
      path: '/rollover/activate',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'next signing key', change: changeOf(input(Step)) }),
      handle: async ({ input }) => step(input(Step).force, refuseActivation, keys.publish),
    },
    {
      method: 'POST',
      path: '/rollover/finish',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'previous signing key', change: changeOf(input(Step)) }),
      handle: async ({ input }) => step(input(Step).force, refuseFinish, keys.clearPrevious),
    },
  ]
}

function viewOf({ phase, next, partners, text }: RolloverPlan, keys: OwnKeys) {
  return {
    phase,
    text,
    generation: keys.published().generation,
    leadHours: keys.rules.lead / 3_600,
    ...(next !== undefined && {
      next: {
        thumbprint: hexThumbprint(next.certificate.x5t),
        ...(next.effectiveAt !== undefined && { effectiveAt: isoTime(next.effectiveAt) }),
      },
    }),
    partners: partners.map(({ fetchedAt, ...partner }) => ({
      ...partner,
      ...(fetchedAt !== undefined && { fetchedAt: isoTime(fetchedAt) }),
    })),
  }
}

/** What `GET /admin/v1/rollover` answers. */
export type RolloverAnswer = ReturnType<typeof viewOf>
