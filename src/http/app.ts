/** What one server answers: its metadata document, its admin REST, and its product behind the bearer check. */
import type { Express, NextFunction, Request, Response } from 'express'
import { forgetAccount, whatNames } from '../products/exchange/rbac/authorization.ts'
import { openEnterprise } from '../products/exchange/rbac/enterprise-partner.ts'
import type { Kit, Operation, Product, ProductReply } from '../products/product.ts'
import { hexThumbprint } from '../protocol/certificate.ts'
import type { Thumbprint } from '../protocol/ids.ts'
import type { AdminToken, AdminTokens, Scope } from '../trust/admin-tokens.ts'
import type { AuditStore, DecisionLog } from '../trust/decision-log.ts'
import type { Partners } from '../trust/register.ts'
import { adminTokenRoutes } from './admin/admin-tokens.ts'
import { openAuthenticate } from './admin/authenticate.ts'
import { decisionRoutes } from './admin/decisions.ts'
import { enterprisePartnerRoutes } from './admin/enterprise-partners.ts'
import { openFailureLimit } from './admin/failure-limit.ts'
import { groupRoutes } from './admin/groups.ts'
import { impersonationRightRoutes } from './admin/impersonation-rights.ts'
import { managementRoutes } from './admin/management.ts'
import { partnerRoutes } from './admin/partner-applications.ts'
import type { AdminRoute } from './admin/route.ts'
import { adminRouter } from './admin/router.ts'
import { serverRoutes } from './admin/server.ts'
import { testRoutes } from './admin/tests.ts'
import { userRoutes } from './admin/users.ts'
import { admitRequest, type Gate } from './bearer.ts'
import { readBody } from './body.ts'
import { type Problem, sendProblem } from './problem.ts'
import { refusalReply } from './refusal-reply.ts'
import { secureAnswer } from './security-headers.ts'

export interface AppParts {
  readonly product: Product
  readonly kit: Kit
  readonly partners: Partners
  readonly adminTokens: AdminTokens
  /** Wrong admin tokens that an address may show in a minute. */
  readonly adminFailuresPerMinute: number
  /** How far clocks may lie apart, in seconds. */
  readonly skew: number
  readonly decisions: DecisionLog
  readonly audit: AuditStore
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

/** One thing that a server answers to, and what it wants to see first. Whatever stands in no row wants a token too. */
export interface SurfaceRow {
  readonly methods: readonly string[]
  readonly path: string
  readonly needs: 'nothing' | 'a partner' | Scope
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
    secureAnswer(res)
    res.on('close', () =>
      parts.log({
        requestId,
        method: req.method,
        path: (req.originalUrl.split('?')[0] ?? '').slice(0, 200),
        status: res.statusCode,
        milliseconds: Math.round(kit.stopwatch() - started),
        ...res.locals['said'],
      }),
    )
    next()
  })
  const routes = adminRoutes(parts)
  const failures = openFailureLimit(parts.adminFailuresPerMinute, kit.now)
  const authenticate = openAuthenticate(parts.adminTokens, failures)
  // Its own success or failure is no matter of the call: a full disk must not keep anyone from looking.
  const used = (token: AdminToken, requestId: string) => {
    parts.adminTokens.markUsed(token).catch((error: unknown) => parts.onSurprise(error, requestId))
  }
  app.use(ADMIN, adminRouter(routes, authenticate, used, parts.decisions.record))

  const document = JSON.stringify(
    product.metadata.write({
      name: product.title,
      application: kit.identity.application,
      documentId: documentIdOf(kit.identity.certificate.x5t),
      location: `${kit.baseUrl}${product.metadata.paths[0]}`,
      certificates: [kit.identity.certificate],
    }),
  )
  const gate = gateOf(parts)
  const anonymous = new Set(product.metadata.paths.map((path) => path.toLowerCase()))
  const operations = new Map(product.operations.map((operation) => [operation.path.toLowerCase(), operation]))

  app.use(async (req, res) => {
    const path = pathOf(req)
    if (path === undefined) return sendProblem(res, BAD_PATH)
    if (anonymous.has(path)) return sendDocument(req, res, document)
    const requestId = String(res.locals['requestId'])
    const caller = await admitRequest(req, gate, {
      requestId,
      through: `${req.method} ${path.slice(0, 200)}`,
    })
    if (!caller.ok) {
      res.locals['said'] = { refusal: caller.code }
      return send(res, refusalReply(caller, product.dialect, kit.identity, partners.list()))
    }
    const { partner, user } = caller.value
    res.locals['said'] = { partner: partner.issuer, ...(user && { user: user.upn }) }
    const operation = operations.get(path)
    if (operation === undefined)
      return sendProblem(res, { status: 404, title: 'No such resource', detail: req.path })
    const wrong = wrongMethod(req, operation.methods)
    if (wrong !== undefined) return sendProblem(res, wrong)
    const body = await readBody(req, res, operation.accepts)
    if (!body.ok) return sendProblem(res, { status: body.status, title: body.title, detail: body.detail })
    return send(res, await operation.handle(productRequest(req, res, path, body.body), caller.value, kit))
  })

  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (error instanceof URIError) return sendProblem(res, BAD_PATH)
    parts.onSurprise(error, String(res.locals['requestId']))
    if (res.headersSent) return next(error)
    const ofProduct = !req.path.toLowerCase().startsWith('/admin/')
    if (ofProduct && product.internalError !== undefined) return send(res, product.internalError)
    return sendProblem(res, {
      status: 500,
      title: 'The server failed',
      detail: 'the request-id names it in the log',
    })
  })
  return surfaceOf(product, routes)
}

const ADMIN = '/admin/v1'

function surfaceOf({ metadata, operations }: Product, routes: readonly AdminRoute[]): SurfaceRow[] {
  return [
    ...metadata.paths.map((path) => ({ methods: DOCUMENT_METHODS, path, needs: 'nothing' as const })),
    ...operations.map(({ methods, path }) => ({ methods, path, needs: 'a partner' as const })),
    ...routes.map(({ method, path, scope }) => ({
      methods: [method],
      path: `${ADMIN}${path}`,
      needs: scope,
    })),
  ]
}

// A document with the same key is the same document: its id is a GUID made of the key's name.
function documentIdOf(x5t: Thumbprint): string {
  const hex = hexThumbprint(x5t).toLowerCase()
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

const BAD_PATH: Problem = { status: 400, title: 'The path is not valid percent-encoded UTF-8' }

function gateOf({ kit, partners, decisions, skew }: AppParts): Gate {
  return {
    name: kit.name,
    directory: kit.directory,
    log: decisions,
    situation: () => ({ self: kit.identity, partnerOf: partners.byIssuer, now: kit.now(), skew }),
  }
}

function adminRoutes(parts: AppParts): AdminRoute[] {
  const { product, kit, partners } = parts
  const gate = gateOf(parts)
  const explainContext = () => ({ ...gate, ...gate.situation() })
  return [
    ...decisionRoutes(parts.audit, parts.decisions, explainContext),
    ...partnerRoutes(partners, product.acceptSidsByDefault, kit.directory),
    ...userRoutes(kit.directory, (sid) => forgetAccount(kit.authorization, kit.groups, sid)),
    ...groupRoutes(kit, kit.identity.application.realm, (group) => whatNames(kit.authorization, group)),
    ...(product.name === 'exchange' ? exchangeRoutes(parts) : []),
    ...serverRoutes(product, kit),
    ...testRoutes(product, kit),
    ...adminTokenRoutes(parts.adminTokens, kit.now),
  ]
}

function exchangeRoutes({ kit, partners }: AppParts): AdminRoute[] {
  const { authorization, directory, newId } = kit
  const domain = kit.identity.application.realm
  const configure = openEnterprise({ partners, directory, authorization, newId, domain })
  return [
    ...managementRoutes(authorization, kit),
    ...impersonationRightRoutes(authorization, kit, newId),
    ...enterprisePartnerRoutes(configure),
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

const DOCUMENT_METHODS = ['GET', 'HEAD']

function sendDocument(req: Request, res: Response, document: string): void {
  const wrong = wrongMethod(req, DOCUMENT_METHODS)
  if (wrong !== undefined) sendProblem(res, wrong)
  else {
    const headers = { 'Cache-Control': 'private' }
    send(res, { status: 200, contentType: 'application/json; charset=utf-8', headers, body: document })
  }
}

function wrongMethod(req: Request, methods: readonly string[]): Problem | undefined {
  if (methods.includes(req.method)) return undefined
  const allow = methods.join(', ')
  const detail = `expected ${allow}, saw ${req.method}`
  return { status: 405, title: 'No such method here', detail, headers: { Allow: allow } }
}

function productRequest(
  req: Request,
  res: Response,
  path: string,
  body: Buffer,
): Parameters<Operation['handle']>[0] {
  return {
    method: req.method,
    path,
    query: new URLSearchParams(req.url.split('?').slice(1).join('?')),
    header: (name) => req.headersDistinct[name]?.[0],
    body,
    requestId: String(res.locals['requestId']),
  }
}

function send(res: Response, { status, headers, contentType, body }: ProductReply): void {
  res.status(status).set(headers ?? {})
  if (contentType !== undefined) res.set('Content-Type', contentType)
  if (body === undefined) res.set('Content-Length', '0')
  res.end(body)
}
