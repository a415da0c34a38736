/** What one server answers: its metadata document, its admin REST, and its product behind the bearer check. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Express, NextFunction, Request, Response } from 'express'
import { whatNames } from '../products/exchange/rbac/authorization.ts'
import { openEnterprise } from '../products/exchange/rbac/enterprise-partner.ts'
import type {
  HttpRefusal,
  Kit,
  Operation,
  Product,
  ProductReply,
  ProductRequest,
} from '../products/product.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { AdminToken, AdminTokens } from '../trust/admin-tokens.ts'
import type { ClockControl } from '../trust/clock.ts'
import type { AuditStore, DecisionLog } from '../trust/decision-log.ts'
import type { DocumentFetches } from '../trust/document-fetches.ts'
import type { OwnKeys } from '../trust/own-keys.ts'
import type { OwnRealm } from '../trust/own-realm.ts'
import { linkedTo } from '../trust/partner.ts'
import type { Download } from '../trust/partner-keys.ts'
import type { RefreshPolicy } from '../trust/refresh-policy.ts'
import type { Refresher } from '../trust/refresher.ts'
import type { Partners } from '../trust/register.ts'
import type { RootAuthorityStore } from '../trust/root-authority.ts'
import { adminTokenRoutes } from './admin/admin-tokens.ts'
import { authServerRoutes, isPartner, partnersThat } from './admin/auth-servers.ts'
import { openAuthenticate } from './admin/authenticate.ts'
import { openCallRecorder } from './admin/call-record.ts'
import { clockRoutes } from './admin/clock.ts'
import { decisionRoutes } from './admin/decisions.ts'
import { doctorRoutes } from './admin/doctor.ts'
import { enterprisePartnerRoutes } from './admin/enterprise-partners.ts'
import { ewsAccessRoutes } from './admin/ews-access.ts'
import { openFailureLimit } from './admin/failure-limit.ts'
import { faultRoutes } from './admin/faults.ts'
import { groupRoutes } from './admin/groups.ts'
import { impersonationRightRoutes } from './admin/impersonation-rights.ts'
import { managementRoutes } from './admin/management.ts'
import { oauthConfigurationRoutes } from './admin/oauth-configuration.ts'
import { partnerRoutes } from './admin/partner-applications.ts'
import { permissionRoutes } from './admin/permissions.ts'
import { productRoutes } from './admin/product.ts'
import { rolloverRoutes } from './admin/rollover.ts'
import type { DownloadRoot } from './admin/root-authorities.ts'
import type { AdminRoute } from './admin/route.ts'
import { adminRouter } from './admin/router.ts'
import { serverRoutes } from './admin/server.ts'
import { sharePointRoutes } from './admin/sharepoint.ts'
import { type MakeKey, signingKeyRoutes } from './admin/signing-keys.ts'
import { testRoutes } from './admin/tests.ts'
import { tokenClientRoutes } from './admin/token-clients.ts'
import { userRoutes } from './admin/users.ts'
import { admitRequest, type Gate } from './bearer.ts'
import { readBody } from './body.ts'
import { failureDiagnostics } from './diagnostics.ts'
import type { Faults } from './faults/faults.ts'
import { openGate } from './gate.ts'
import type { Readiness } from './health.ts'
import type { Metrics } from './metrics.ts'
import { openOperations } from './operations.ts'
import { type Problem, sendProblem } from './problem.ts'
import { DOCUMENT_METHODS, openPublished, type PublishedReply } from './published.ts'
import { refusalReply } from './refusal-reply.ts'
import { pathAsSent, throughOf } from './request-target.ts'
import { secureAnswer } from './security-headers.ts'
import { ADMIN, type SurfaceRow, surfaceOf } from './surface.ts'
import { answerAssertion } from './token-endpoint.ts'

export interface AppParts {
  readonly product: Product
  readonly kit: Kit
  readonly clock: ClockControl
  readonly keys: OwnKeys
  /** Makes a new signing key of the product's kind. */
  readonly makeKey: MakeKey
  readonly fetches: DocumentFetches
  readonly refresher: Refresher
  readonly refreshing: RefreshPolicy
  readonly partners: Partners
  readonly realm: OwnRealm
  readonly rootAuthorities: RootAuthorityStore
  readonly downloadRoot: DownloadRoot
  readonly adminTokens: AdminTokens
  /** Wrong admin tokens that an address may show in a minute. */
  readonly adminFailuresPerMinute: number
  /** How far clocks may lie apart, in seconds. */
  readonly skew: number
  /** When the TLS certificate ends, by the machine’s time. */
  readonly tlsEnds: EpochSeconds
  /** Absent outside a lab. */
  readonly faults: Faults | undefined
  /** Downloads a document as it is, without saying who does, and with nothing going wrong on purpose. */
  readonly download: Download
  readonly metrics: Metrics
  readonly readiness: Readiness
  readonly decisions: DecisionLog
  readonly audit: AuditStore
  /** Whether strangers are told the exact reason of a refusal. */
  readonly refusalHeader: boolean
  /** Takes one record per request that was answered. */
  readonly log: (record: RequestRecord) => void
  /** Takes what nobody expected. */
  readonly onSurprise: (error: unknown, requestId: string) => void
}

export interface RequestRecord {
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly milliseconds: number
  /** Who was admitted, for whom, or why not. */
  readonly partner?: string
  readonly user?: string
  readonly refusal?: string
  /** The name of the admin token that was shown. */
  readonly administrator?: string
}

/** Makes the app answer; tells what it answers to. */
export function fillApp(app: Express, parts: AppParts): readonly SurfaceRow[] {
  const { product, kit, partners } = parts
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)

  app.use((req, res, next) => {
    const requestId = kit.newId()
    const started = kit.stopwatch()
    res.locals['requestId'] = requestId
    res.set('request-id', requestId)
    returnClientRequestId(req, res)
    secureAnswer(res)
    res.on('close', () =>
      parts.log({
        requestId,
        method: req.method,
        path: pathAsSent(req.originalUrl),
        status: res.statusCode,
        milliseconds: Math.round(kit.stopwatch() - started),
        ...res.locals['said'],
      }),
    )
    next()
  })
  const gate = openGate(parts)
  const routes = adminRoutes(parts, gate)
  const failures = openFailureLimit(parts.adminFailuresPerMinute, kit.now)
  const authenticate = openAuthenticate(parts.adminTokens, failures)
  // Its own success or failure is no matter of the call: a full disk must not keep anyone from looking.
  const used = (token: AdminToken, requestId: string) => {
    parts.adminTokens.markUsed(token).catch((error: unknown) => parts.onSurprise(error, requestId))
  }
  const recorder = openCallRecorder(parts.decisions, kit.now)
  app.use(ADMIN, adminRouter(routes, authenticate, used, recorder))

  const published = openPublished(product, kit, parts.keys, parts.fetches, (error) =>
    parts.onSurprise(error, 'document fetches'),
  )
  const operations = openOperations(parts.metrics, parts.readiness, authenticate)
  const operationAt = operationFinder(product.operations)

  const fail = (req: Request, res: Response, problem: Problem) => {
    const reply = product.refuse?.(refusalOf(req, problem))
    if (reply !== undefined) return answer(res, reply)
    const reason = [problem.title, problem.detail].filter((part) => part !== undefined).join(': ')
    res.set(failureDiagnostics(product.dialect, kit.identity, problem.status, reason))
    sendProblem(res, problem)
  }
  const answer = (res: Response, reply: ProductReply) => {
    const reason = reply.diagnosis ?? 'The request failed.'
    res.set(failureDiagnostics(product.dialect, kit.identity, reply.status, reason))
    send(res, reply)
  }

  app.use(async (req, res) => {
    const path = pathOf(req)
    res.set(product.headers?.(String(res.locals['requestId'])) ?? {})
    if (path === undefined) return fail(req, res, BAD_PATH)
    const open = published(path, req)
    if (open !== undefined) {
      const wrong = wrongMethod(req, DOCUMENT_METHODS)
      return wrong === undefined ? send(res, open) : sendProblem(res, wrong)
    }
    const requestId = String(res.locals['requestId'])
    const through = throughOf(req)
    const operated = await operations(path, req)
    if (operated !== undefined) {
      if (!('problem' in operated)) return send(res, operated)
      const { problem, isAttempt } = operated
      if (isAttempt) parts.decisions.record({ kind: 'denied', requestId, through, status: problem.status })
      return sendProblem(res, problem)
    }
    const endpoint = product.assertionOperations?.find((one) => one.path.toLowerCase() === path)
    if (endpoint !== undefined) {
      const requestOf = (body: Buffer) => productRequest(req, res, path, body)
      const context = { gate, kit, through, tellsReason: parts.refusalHeader, requestOf }
      return send(res, await answerAssertion(endpoint, req, res, context))
    }
    const operation = operationAt(path)
    res.set(operation?.announces ?? {})
    const admission = admitRequest(req, gate, { requestId, through })
    const caller = admission instanceof Promise ? await admission : admission
    if (!caller.ok) {
      res.locals['said'] = { refusal: caller.code }
      return send(
        res,
        refusalReply(caller, product.dialect, kit.identity, partners.someIssuers(), parts.refusalHeader),
      )
    }
    const { partner, user } = caller.value
    res.locals['said'] = { partner: partner.issuer, ...(user && { user: user.upn }) }
    if (operation === undefined)
      return fail(req, res, { status: 404, title: 'No such resource', detail: req.path })
    const wrong = wrongMethod(req, operation.methods)
    if (wrong !== undefined) return fail(req, res, wrong)
    const body = await readBody(
      req,
      res,
      DOCUMENT_METHODS.includes(req.method) ? undefined : operation.accepts,
      operation.largestBody,
    )
    if (!body.ok) return fail(req, res, { status: body.status, title: body.title, detail: body.detail })
    return answer(res, await operation.handle(productRequest(req, res, path, body.body), caller.value, kit))
  })

  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (error instanceof URIError) return fail(req, res, BAD_PATH)
    parts.onSurprise(error, String(res.locals['requestId']))
    if (res.headersSent) return next(error)
    const ofProduct = !req.path.toLowerCase().startsWith('/admin/')
    const failed = product.internalError ?? product.refuse?.(refusalOf(req, FAILED))
    return ofProduct && failed !== undefined ? answer(res, failed) : sendProblem(res, FAILED)
  })
  return surfaceOf(product, routes)
}

function operationFinder(operations: readonly Operation[]): (path: string) => Operation | undefined {
  const exact = new Map(operations.map((operation) => [operation.path.toLowerCase(), operation]))
  const families = operations
    .filter(({ path }) => path.endsWith('/*'))
    .map((operation) => ({ operation, start: operation.path.slice(0, -1).toLowerCase() }))
  return (path) => exact.get(path) ?? families.find(({ start }) => path.startsWith(start))?.operation
}

// A caller that numbers its own requests is given the number back when it asks for it, as Exchange and Lync do.
function returnClientRequestId(req: Request, res: Response): void {
  const id = req.get('client-request-id') ?? ''
  if (/^true$/i.test(req.get('return-client-request-id') ?? '') && /^[!-~]{1,128}$/.test(id)) {
    res.set('client-request-id', id)
  }
}

const BAD_PATH: Problem = { status: 400, title: 'The path is not valid percent-encoded UTF-8' }

const FAILED: Problem = {
  status: 500,
  title: 'The server failed',
  detail: 'the request-id names it in the log',
}

function refusalOf(req: Request, { status, detail = '', headers }: Problem): HttpRefusal {
  const allow = headers?.['Allow']
  const { method, path } = req
  const header = headerOf(req)
  return { status, detail, method, path, header, ...(allow !== undefined && { allow }) }
}

function headerOf(req: Request): ProductRequest['header'] {
  return (name) => req.headersDistinct[name]?.[0]
}

function adminRoutes(parts: AppParts, gate: Gate): AdminRoute[] {
  const { product, kit } = parts
  const ownRealm = () => kit.identity.application.realm
  const partners = partnersThat(parts.partners, isPartner)
  const explainContext = () => ({ ...gate, ...gate.situation() })
  // Token servers too: those whose client this server is believe its keys as partner applications do.
  const rollover = { ...parts, partners: parts.partners.list, now: kit.now }
  return [
    ...decisionRoutes(parts.audit, parts.decisions, explainContext),
    ...partnerRoutes(partners, product.acceptSidsByDefault, parts.refreshing, ownRealm, kit.directory),
    ...authServerRoutes(parts.partners, parts.refreshing),
    ...(product.name === 'token-server' ? tokenClientRoutes(parts.partners, parts.refreshing, ownRealm) : []),
    ...userRoutes({
      ...kit,
      domain: ownRealm,
      linkedBy: (sid) => linkedTo(parts.partners.list(), sid),
    }),
    ...groupRoutes(kit, kit.identity.application.realm, (group) => whatNames(kit.authorization, group)),
    ...(product.name === 'exchange' ? exchangeRoutes({ ...parts, partners }) : []),
    ...(product.name === 'sharepoint' ? sharePointRoutes({ ...parts, partners, all: parts.partners }) : []),
    ...(product.name === 'lync' ? oauthConfigurationRoutes(parts.partners, parts.realm, kit) : []),
    ...serverRoutes(product, kit, parts.keys),
    ...signingKeyRoutes(parts.makeKey, rollover),
    ...rolloverRoutes(rollover),
    ...testRoutes(product, kit),
    ...productRoutes(product, kit),
    ...clockRoutes(parts.clock),
    ...(product.name === 'exchange'
      ? [...ewsAccessRoutes(kit.access, kit.directory), ...permissionRoutes(kit)]
      : []),
    ...doctorRoutes({ ...parts, faults: () => parts.faults?.list().length ?? 0 }),
    ...faultRoutes({ ...parts, partners: partners.list }),
    ...adminTokenRoutes(parts.adminTokens, kit.now),
  ]
}

function exchangeRoutes({ kit, partners, refreshing }: AppParts): AdminRoute[] {
  const { authorization, directory, newId } = kit
  const domain = kit.identity.application.realm
  const configure = openEnterprise({ partners, directory, authorization, newId, domain })
  return [
    ...managementRoutes(authorization, kit),
    ...impersonationRightRoutes(authorization, kit, newId),
    ...enterprisePartnerRoutes(configure, refreshing),
  ]
}

// Paths count without regard to case, and `//_vti_bin/client.svc`, which every TokenHelper asks for, is the one with one slash.
function pathOf(req: Request): string | undefined {
  try {
    return decodeURIComponent(req.path)
      .replace(/\/{2,}/g, '/')
      .replace(/(.)\/$/, '$1')
      .toLowerCase()
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

function wrongMethod(req: Request, methods: readonly string[]): Problem | undefined {
  if (methods.includes(req.method)) return undefined
  const allow = methods.join(', ')
  const detail = `expected ${allow}, saw ${req.method}`
  return { status: 405, title: 'No such method here', detail, headers: { Allow: allow } }
}

function productRequest(req: Request, res: Response, path: string, body: Buffer): ProductRequest {
  return {
    method: req.method,
    path,
    rawPath: req.path,
    through: throughOf(req),
    query: new URLSearchParams(req.url.split('?').slice(1).join('?')),
    header: headerOf(req),
    body,
    requestId: String(res.locals['requestId']),
    isAbandoned: () => req.socket.destroyed,
  }
}

function send(res: Response, { status, headers, contentType, body }: PublishedReply): void {
  res.status(status).set(headers ?? {})
  if (contentType !== undefined) res.set('Content-Type', contentType)
  // A 204 has no length (RFC 9110, 8.6).
  if (body === undefined && status !== 204) res.set('Content-Length', '0')
  if (body === undefined || body.length <= SENT_AT_ONCE) res.end(body)
  else sendLong(res, Buffer.from(body))
}

const SENT_AT_ONCE = 256 * 1024

// TLS encrypts what it is handed without letting others run, so a long answer is handed over in pieces.
function sendLong(res: Response, body: Buffer): void {
  res.set('Content-Length', String(body.length))
  const pieces = function* () {
    for (let start = 0; start < body.length; start += SENT_AT_ONCE)
      yield body.subarray(start, start + SENT_AT_ONCE)
  }
  // Whoever went away before the end needs no answer, and nobody else does.
  pipeline(Readable.from(pieces()), res).catch(() => res.destroy())
}
