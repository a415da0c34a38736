/** `/decisions`, `/audit` and `/tokens/explain`: what was decided, whether the record is whole, and why a token fails. */
import * as z from 'zod'
import { isoTime } from '../../protocol/ids.ts'
import { type AuditRecord, type AuditStore, type DecisionLog, verifyChain } from '../../trust/decision-log.ts'
import { type ExplainContext, explain } from '../../trust/explain.ts'
import { type AdminRoute, ProblemError } from './route.ts'

const MOST = 1_000

const ExplainToken = z.strictObject({ token: z.string().min(1).max(100_000) })

const count = (error: string) =>
  z
    .string()
    .regex(/^[0-9]{1,15}$/, error)
    .transform(Number)
const Page = z.object({
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
      handle: async ({ query }) => {
        await log.flush()
        const { limit, after } = query(Page)
        const kinds = ['admitted', 'refused', 'denied'] as const
        const found = after === undefined ? audit.newest(limit, kinds) : audit.read(after, limit, kinds)
        return { status: 200, body: { items: (await found).map(viewOf) } }
      },
    },
    {
      method: 'GET',
      path: '/decisions/:requestId',
      scope: 'read',
      handle: async ({ param }) => {
        await log.flush()
        const items = (await audit.find(param('requestId'))).map(viewOf)
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
      handle: async ({ query }) => {
        await log.flush()
        const { limit, after = 0 } = query(Page)
        const items = await audit.read(after, limit)
        return {
          status: 200,
          body: {
            items: items.map((record) => ({
              ...viewOf(record),
              previous: record.previous,
              hash: record.hash,
            })),
          },
        }
      },
    },
    {
      method: 'GET',
      path: '/audit/verify',
      scope: 'read',
      handle: async () => {
        await log.flush()
        return { status: 200, body: await verifyChain(audit) }
      },
    },
    {
      method: 'POST',
      path: '/tokens/explain',
      scope: 'read',
      handle: async ({ input }) => ({
        status: 200,
        body: await explain(input(ExplainToken).token.trim(), context()),
      }),
    },
  ]
}

function viewOf({ seq, time, event }: AuditRecord) {
  return { seq, time: isoTime(time), ...(JSON.parse(event) as object) }
}
