/** `/decisions`, `/audit` and `/tokens/explain`: what was decided, whether the record is whole, and why a token fails. */
import * as z from 'zod'
import { isoTime } from '../../protocol/ids.ts'
import type { AuditRecord } from '../../trust/audit-record.ts'
import { verifyStore } from '../../trust/audit-verify.ts'
import type { AuditStore, DecisionLog } from '../../trust/decision-log.ts'
import { type ExplainContext, explain } from '../../trust/explain.ts'
import { type AdminRoute, ProblemError } from './route.ts'

const MOST = 1_000

// An answer holds no more, whatever strangers wrote into the records: a client may read it whole.
const MOST_BYTES = 1024 * 1024

// As it is pasted: with the word that stands before it in a header, too.
const ExplainToken = z.strictObject({
  token: z
    .string()
    .min(1)
    .max(100_000)
    .transform((text) => text.trim().replace(/^(?:Authorization: *)?Bearer +/i, '')),
})

const Noted = z.strictObject({
  since: z
    .string()
    .max(2_000)
    .regex(
      /^[0-9]{1,15}:[0-9a-f]{64}(,[0-9]{1,15}:[0-9a-f]{64})*$/,
      'expected <seq>:<hash>, or several with commas',
    )
    .transform((text) =>
      text.split(',').map((place) => {
        const [seq = '', hash = ''] = place.split(':')
        return { seq: Number(seq), hash }
      }),
    )
    .exactOptional(),
})

const count = (error: string) =>
  z
    .string()
    .regex(/^[0-9]{1,15}$/, error)
    .transform(Number)
const Page = z.strictObject({
  limit: count(`expected a number up to ${MOST}`)
    .refine((n) => n >= 1 && n <= MOST, `expected 1 to ${MOST}`)
    .default(50),
  after: count('expected the seq of a record').exactOptional(),
})

export function decisionRoutes(
  audit: AuditStore,
  log: DecisionLog,
  context: () => ExplainContext,
): AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/decisions',
      scope: 'read',
      takesQuery: true,
      handle: async ({ query }) => {
        await log.flush()
        const { limit, after } = query(Page)
        const kinds = ['admitted', 'refused', 'forbidden'] as const
        if (after !== undefined)
          return {
            status: 200,
            body: { items: fitting((await audit.read(after, limit, kinds)).map(viewOf)) },
          }
        const newest = (await audit.newest(limit, kinds)).map(viewOf)
        return { status: 200, body: { items: fitting(newest.reverse()).reverse() } }
      },
    },
    {
      method: 'GET',
      path: '/decisions/:requestId',
      scope: 'read',
      handle: async ({ param }) => {
        await log.flush()
        const items = fitting((await audit.find(param('requestId'))).map(viewOf))
        if (items.length > 0) return { status: 200, body: { items } }
        throw new ProblemError({
          status: 404,
          title: 'Nothing was decided under this request-id, or it is no longer kept',
        })
      },
    },
    {
      method: 'GET',
      path: '/audit',
      scope: 'read',
      takesQuery: true,
      handle: async ({ query }) => {
        await log.flush()
        const { limit, after = 0 } = query(Page)
        const items = (await audit.read(after, limit)).map((record) => {
          const { chain, event, previous, hash } = record
          return { ...viewOf(record), chain, event, previous, hash }
        })
        return { status: 200, body: { items: fitting(items) } }
      },
    },
    {
      method: 'GET',
      path: '/audit/verify',
      scope: 'read',
      takesQuery: true,
      handle: async ({ query }) => {
        const { since } = query(Noted)
        return { status: 200, body: await log.whileKept(() => verifyStore(audit, since)) }
      },
    },
    {
      method: 'POST',
      path: '/tokens/explain',
      scope: 'read',
      handle: async ({ input }) => ({
        status: 200,
        body: await explain(input(ExplainToken).token, context()),
      }),
    },
  ]
}

function viewOf({ seq, time, event }: AuditRecord) {
  return { seq, time: isoTime(time), ...(JSON.parse(event) as object) }
}

/** As many from the front as an answer may hold; one at least, so that whoever pages gets on. */
function fitting<T>(views: readonly T[]): T[] {
  let bytes = 0
  const beyond = views.findIndex((view, index) => {
    bytes += Buffer.byteLength(JSON.stringify(view))
    return bytes > MOST_BYTES && index > 0
  })
  return beyond === -1 ? [...views] : views.slice(0, beyond)
}
