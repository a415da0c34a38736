/** The admin REST as an Express router: the token, the body, the table of routes, and problems for everything else. */
import { isUtf8 } from 'node:buffer'
import { createHash, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { refuse } from '../../protocol/outcome.ts'
import { parseStrictObject } from '../../protocol/strict-json.ts'
import type { AuditEvent } from '../../trust/decision-log.ts'
import { readBody } from '../body.ts'
import { type Problem, problemOf, problemOfInput, sendProblem } from '../problem.ts'
import { type AdminRoute, ProblemError } from './route.ts'

export function adminRouter(
  routes: readonly AdminRoute[],
  adminToken: string,
  record: (event: AuditEvent) => void,
): Router {
  const router = Router()
  router.use((req, res, next) => {
    res.set('Cache-Control', 'no-store')
    res.on('finish', () => {
      if (!READS_THE_RECORD.test(req.originalUrl)) record(eventOf(req, res))
    })
    if (mayAdminister(req, adminToken)) next()
    else sendProblem(res, NOT_AN_ADMINISTRATOR)
  })
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = new Map(
      routes.filter((route) => route.path === path).map((route) => [route.method as string, route]),
    )
    router.all(path, async (req, res) => {
      const route = here.get(req.method)
      if (route !== undefined) return run(route, req, res)
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

function eventOf(req: Request, res: Response): AuditEvent {
  const path = req.originalUrl.split('?')[0] ?? ''
  const changesPartners = req.method !== 'GET' && /\/partner-applications\b/i.test(path)
  return {
    kind: changesPartners ? 'registration' : 'administration',
    requestId: String(res.locals['requestId']),
    through: `${req.method} ${path.slice(0, 200)}`,
    status: res.statusCode,
  }
}

const NOT_AN_ADMINISTRATOR: Problem = {
  status: 401,
  title: 'The admin token is missing or wrong',
  detail: 'expected Authorization: Bearer <the content of data/<server>/admin-token>',
  headers: { 'WWW-Authenticate': 'Bearer realm="entente admin"' },
}

// Hashed first, so that the comparison takes the same time whatever was sent.
function mayAdminister(req: Request, adminToken: string): boolean {
  const [, presented = ''] = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? '') ?? []
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(presented), digest(adminToken))
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
