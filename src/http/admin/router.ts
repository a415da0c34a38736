/** The admin REST as an Express router: the token and its scope, the body, the table of routes, and problems for everything else. */
import { isUtf8 } from 'node:buffer'
import { type Request, type Response, Router } from 'express'
import { refuse } from '../../protocol/outcome.ts'
import { parseStrictObject } from '../../protocol/strict-json.ts'
import { type AdminToken, covers } from '../../trust/admin-tokens.ts'
import type { AuditEvent } from '../../trust/decision-log.ts'
import { readBody } from '../body.ts'
import { problemOf, problemOfInput, sendProblem } from '../problem.ts'
import { secureAdminAnswer } from '../security-headers.ts'
import { type Authenticate, scopeTooSmall } from './authenticate.ts'
import { type AdminRoute, ProblemError } from './route.ts'

export function adminRouter(
  routes: readonly AdminRoute[],
  authenticate: Authenticate,
  used: (token: AdminToken, requestId: string) => void,
  record: (event: AuditEvent) => void,
): Router {
  const router = Router()
  const callers = new WeakMap<Request, AdminToken>()
  router.use((req, res, next) => {
    secureAdminAnswer(res)
    const caller = authenticate(req)
    const token = caller.ok ? caller.token : undefined
    res.on('finish', () => {
      const isCall = caller.ok || caller.isAttempt
      if (isCall && !READS_THE_RECORD.test(req.originalUrl)) record(eventOf(req, res, token))
    })
    if (!caller.ok) return sendProblem(res, caller.problem)
    res.locals['said'] = { administrator: caller.token.name }
    used(caller.token, String(res.locals['requestId']))
    callers.set(req, caller.token)
    next()
  })
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = new Map(
      routes.filter((route) => route.path === path).map((route) => [route.method as string, route]),
    )
    router.all(path, async (req, res) => {
      const route = here.get(req.method)
      if (route !== undefined) {
        const token = callers.get(req)
        if (token === undefined) throw new Error('nobody comes here without a token')
        // The one place where a scope is compared; what each route needs stands in its row.
        if (covers(token.scope, route.scope)) return run(route, req, res)
        return sendProblem(res, scopeTooSmall(route.scope, token.scope))
      }
      const allow = [...here.keys()].join(', ')
      const detail = `expected ${allow}, saw ${req.method}`
      return sendProblem(res, {
        status: 405,
        title: 'No such method here',
        detail,
        headers: { Allow: allow },
      })
    })
  }
  router.use((req, res) => {
    sendProblem(res, { status: 404, title: 'No such resource', detail: `${req.baseUrl}${req.path}` })
  })
  return router
}

// Whoever follows the record would otherwise fill it.
const READS_THE_RECORD = /^\/admin\/v1\/(decisions|audit)\b/i

function eventOf(req: Request, res: Response, token: AdminToken | undefined): AuditEvent {
  const path = req.originalUrl.split('?')[0] ?? ''
  const changesPartners = req.method !== 'GET' && /\/(enterprise-)?partner-applications\b/i.test(path)
  return {
    kind: changesPartners ? 'registration' : 'administration',
    requestId: String(res.locals['requestId']),
    ...(token !== undefined && { administrator: token.name }),
    through: `${req.method} ${path.slice(0, 200)}`,
    status: res.statusCode,
  }
}

async function run(route: AdminRoute, req: Request, res: Response): Promise<void> {
  try {
    const json = route.method === 'POST' || route.method === 'PATCH' ? await readJson(req, res) : undefined
    const reply = await route.handle({
      param: (name) => String(req.params[name] ?? ''),
      input: (schema) => {
        const read = schema.safeParse(json)
        if (!read.success) throw new ProblemError(problemOfInput(read.error, json))
        return read.data
      },
      query: (schema) => {
        const given = Object.fromEntries(new URL(req.originalUrl, 'https://localhost').searchParams)
        const read = schema.safeParse(given)
        if (!read.success) throw new ProblemError(problemOfInput(read.error, given))
        return read.data
      },
    })
    if (reply.location !== undefined) res.location(reply.location)
    res.status(reply.status)
    if (reply.body === undefined) res.end()
    else res.type('application/json').send(`${JSON.stringify(reply.body)}\n`)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    sendProblem(res, error.problem)
  }
}

const BODY_RULES = {
  depth: 16,
  notJson: 'body_not_json',
  duplicate: 'body_duplicate_member',
  tooDeep: 'body_too_deep',
} as const

// Undefined for an empty body: a POST to an action needs none.
async function readJson(req: Request, res: Response): Promise<unknown> {
  const empty =
    Number(req.headers['content-length'] ?? 0) === 0 && req.headers['transfer-encoding'] === undefined
  if (empty) return undefined
  const read = await readBody(req, res, ['application/json'])
  if (!read.ok) throw new ProblemError({ status: read.status, title: read.title, detail: read.detail })
  const parsed = isUtf8(read.body)
    ? parseStrictObject(read.body.toString('utf8'), '(body)', BODY_RULES)
    : refuse('body_not_json', { at: '(body)', expected: 'UTF-8' })
  if (!parsed.ok) throw new ProblemError(problemOf(parsed))
  return parsed.value
}
