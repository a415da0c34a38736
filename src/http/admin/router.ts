/** The admin REST as an Express router: the token and its scope, the body, the table of routes, and problems for everything else. */
import { isUtf8 } from 'node:buffer'
import { type Request, type Response, Router } from 'express'
import { refuse } from '../../protocol/outcome.ts'
import { parseStrictObject } from '../../protocol/strict-json.ts'
import { type AdminToken, covers } from '../../trust/admin-tokens.ts'
import { readBody } from '../body.ts'
import { problemOf, problemOfInput, sendProblem } from '../problem.ts'
import { secureAdminAnswer } from '../security-headers.ts'
import { type Authenticate, scopeTooSmall } from './authenticate.ts'
import type { CallRecorder, Ended } from './call-record.ts'
import { type AdminRequest, type AdminRoute, type Change, ProblemError } from './route.ts'

export function adminRouter(
  routes: readonly AdminRoute[],
  authenticate: Authenticate,
  used: (token: AdminToken, requestId: string) => void,
  recorder: CallRecorder,
): Router {
  const router = Router()
  const callers = new WeakMap<Request, AdminToken>()
  router.use((req, res, next) => {
    secureAdminAnswer(res)
    const caller = authenticate(req)
    if (!caller.ok) {
      if (caller.isAttempt) recorder.denied(req, res, caller.problem.status, caller.token)
      return sendProblem(res, caller.problem)
    }
    res.locals['said'] = { administrator: caller.token.name }
    used(caller.token, String(res.locals['requestId']))
    callers.set(req, caller.token)
    next()
  })
  const callerOf = (req: Request): AdminToken => {
    const token = callers.get(req)
    if (token === undefined) throw new Error('nobody comes here without a token')
    return token
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = new Map(
      routes.filter((route) => route.path === path).map((route) => [route.method as string, route]),
    )
    router.all(path, async (req, res) => {
      const token = callerOf(req)
      const route = here.get(req.method)
      if (route !== undefined) {
        // The one place where a scope is compared; what each route needs stands in its row.
        if (covers(token.scope, route.scope)) return run(route, req, res, token, recorder)
        recorder.denied(req, res, 403, token)
        return sendProblem(res, scopeTooSmall(route.scope, token.scope))
      }
      const allow = [...here.keys()].join(', ')
      const detail = `expected ${allow}, saw ${req.method}`
      recorder.read(req, res, token, path, { status: 405 })
      return sendProblem(res, {
        status: 405,
        title: 'No such method here',
        detail,
        headers: { Allow: allow },
      })
    })
  }
  router.use((req, res) => {
    recorder.read(req, res, callerOf(req), req.path, { status: 404 })
    sendProblem(res, { status: 404, title: 'No such resource', detail: `${req.baseUrl}${req.path}` })
  })
  return router
}

// What becomes of the call is in the record before it is in the answer: whoever hangs up changes nothing about that.
async function run(
  route: AdminRoute,
  req: Request,
  res: Response,
  token: AdminToken,
  recorder: CallRecorder,
): Promise<void> {
  const ended = await attempt(route, req, res, (change) => recorder.asked(req, res, token, change))
  if (route.kind === undefined) recorder.read(req, res, token, route.path, ended)
  else await recorder.changed(req, res, token, route.kind, ended)
  if (ended.problem !== undefined) return sendProblem(res, ended.problem)
  if (ended.reply === undefined) throw ended.error
  const { status, body, location } = ended.reply
  if (location !== undefined) res.location(location)
  res.status(status)
  if (body === undefined) res.end()
  else res.type('application/json').send(`${JSON.stringify(body)}\n`)
}

async function attempt(
  route: AdminRoute,
  req: Request,
  res: Response,
  ask: (change: Change & { readonly kind: 'registration' | 'administration' }) => Promise<void>,
): Promise<Ended> {
  let change: Change | undefined
  try {
    const json = route.method === 'POST' || route.method === 'PATCH' ? await readJson(req, res) : undefined
    const request = requestOf(req, json)
    if (route.takesQuery !== true) refuseParameters(queryOf(req))
    if (route.kind !== undefined) {
      change = route.change(request)
      await ask({ ...change, kind: route.kind })
    }
    const reply = await route.handle(request)
    return { status: reply.status, reply, ...(change !== undefined && { change }) }
  } catch (error) {
    const known = change !== undefined && { change }
    return error instanceof ProblemError
      ? { status: error.problem.status, problem: error.problem, ...known }
      : { status: 500, error, ...known }
  }
}

function requestOf(req: Request, json: unknown): AdminRequest {
  return {
    param(name) {
      const value = String(req.params[name] ?? '')
      // Nothing here has such a name, and a database may end it at the NUL.
      if (/\p{Cc}/u.test(value)) throw new ProblemError({ status: 404, title: 'No such resource' })
      return value
    },
    input(schema) {
      const read = schema.safeParse(json)
      if (!read.success) throw new ProblemError(problemOfInput(read.error, json))
      return read.data
    },
    query(schema) {
      const given = Object.fromEntries(queryOf(req))
      const read = schema.safeParse(given)
      if (!read.success) throw new ProblemError(problemOfInput(read.error, given))
      return read.data
    },
  }
}

// From the text of the request: its host, if it names one, need not be one that a URL could have.
function queryOf(req: Request): URLSearchParams {
  const [, ...query] = req.originalUrl.split('?')
  const given = new URLSearchParams(query.join('?'))
  for (const name of given.keys()) {
    if (given.getAll(name).length > 1) throw new ProblemError(faultyParameter(name, 'expected once'))
  }
  return given
}

function refuseParameters(given: URLSearchParams): void {
  const [name] = given.keys()
  if (name !== undefined) throw new ProblemError(faultyParameter(name, 'unknown member'))
}

function faultyParameter(name: string, detail: string) {
  const path = name.slice(0, 80)
  return {
    ...{ status: 422, title: 'The input is not usable', detail: `${path}: ${detail}` },
    errors: [{ path, detail }],
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
