/** What whoever operates a server asks of it: `/health/live` and `/health/ready` without a token, `/metrics` with one that reads. */
import type { IncomingMessage } from 'node:http'
import { covers } from '../trust/admin-tokens.ts'
import { type Authenticate, scopeTooSmall } from './admin/authenticate.ts'
import { HEALTH_PATHS, healthAt, type Readiness } from './health.ts'
import type { Metrics } from './metrics.ts'
import type { Problem } from './problem.ts'

export const METRICS_PATH = '/metrics'

/** What these paths want to see first. */
export const OPERATIONS_SURFACE = [
  ...HEALTH_PATHS.map((path) => ({ methods: ['GET', 'HEAD'], path, needs: 'nothing' as const })),
  { methods: ['GET', 'HEAD'], path: METRICS_PATH, needs: 'read' as const },
]

export type OperationsReply =
  | { readonly problem: Problem; readonly isAttempt: boolean }
  | { readonly status: number; readonly contentType: string; readonly body: string }

/** Answers for a path in lower case; undefined where there is nothing of this kind. */
export type OperationsAt = (path: string, req: IncomingMessage) => Promise<OperationsReply | undefined>

export function openOperations(
  metrics: Metrics,
  readiness: Readiness,
  authenticate: Authenticate,
): OperationsAt {
  const wrongMethod = (req: IncomingMessage): OperationsReply | undefined => {
    if (req.method === 'GET' || req.method === 'HEAD') return undefined
    const [title, detail] = ['No such method here', `expected GET, HEAD, saw ${req.method}`]
    return { problem: { status: 405, title, detail, headers: { Allow: 'GET, HEAD' } }, isAttempt: false }
  }
  return async (path, req) => {
    if (path === METRICS_PATH) {
      const caller = authenticate(req)
      if (!caller.ok) return caller
      if (!covers(caller.token.scope, 'read'))
        return { problem: scopeTooSmall('read', caller.token.scope), isAttempt: true }
      // A scrape a minute is nothing that anybody wants to find in the record.
      return wrongMethod(req) ?? { status: 200, contentType: metrics.contentType, body: await metrics.read() }
    }
    if (!HEALTH_PATHS.some((one) => one === path)) return undefined
    const wrong = wrongMethod(req)
    if (wrong !== undefined) return wrong
    const health = await healthAt(path, readiness)
    return (
      health && {
        status: health.status,
        contentType: 'application/json',
        body: `${JSON.stringify(health.body)}\n`,
      }
    )
  }
}
