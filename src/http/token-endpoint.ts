/** Operations that believe an assertion in the body: who shows it, and how such an endpoint says no (RFC 6749, 5.2; RFC 7523). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type {
  AdmitAssertion,
  AssertionOperation,
  Kit,
  ProductReply,
  ProductRequest,
} from '../products/product.ts'
import { NOT_KEPT } from '../products/token-server/issue.ts'
import { type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { detailOf, REFUSAL_HEADER, type RefusalCode, rowOf } from '../protocol/refusal.ts'
import { tokenHash } from '../protocol/token-hash.ts'
import { type AdmittedClient, ASSERTION_CHECKS, admitAssertion } from '../trust/assertion.ts'
import type { AuditEvent } from '../trust/audit-record.ts'
import { explain } from '../trust/explain.ts'
import { signerOf } from '../trust/signer.ts'
import { LEARNABLE, type ServerGate } from './bearer.ts'
import { readBody } from './body.ts'

/** Answers a request to such an operation, whatever comes. `tellsReason`: with our own code in a header, and details. */
export async function answerAssertion(
  operation: AssertionOperation,
  req: IncomingMessage,
  res: ServerResponse,
  { gate, kit, through, tellsReason, requestOf }: AssertionContext,
): Promise<ProductReply> {
  const said = (refusal: Refusal, status?: number) => errorReply(refusal, kit, tellsReason, status)
  if (!operation.methods.includes(req.method ?? '')) {
    const reply = said(malformed('method', operation.methods.join(', '), req.method ?? ''), 405)
    return { ...reply, headers: { ...reply.headers, Allow: operation.methods.join(', ') } }
  }
  const read = await readBody(req, res, operation.accepts, operation.largestBody)
  if (!read.ok) return said(malformed('body', 'a form', read.detail), read.status === 415 ? 400 : read.status)
  const request = requestOf(read.body)
  const event = { requestId: request.requestId, through }
  const admit: AdmitAssertion = (assertion, decide) => admitClient(assertion, decide, gate, event)
  const reply = await operation.handle(request, kit, admit)
  return reply.ok ? reply.value : said(reply)
}

export interface AssertionContext {
  readonly gate: ServerGate
  readonly kit: Kit
  readonly through: string
  readonly tellsReason: boolean
  readonly requestOf: (body: Buffer) => ProductRequest
}

function malformed(at: string, expected: string, seen: string): Refusal {
  return refuse('token_request_malformed', { at, expected, seen })
}

// As `admitRequest` does it for a token: judged, once more when keys were learned meanwhile, recorded. A client that is not
// served what it asks for, or has presented the assertion before, is refused as one whose assertion does not hold.
async function admitClient<T>(
  assertion: string,
  decide: (client: AdmittedClient) => Promise<Outcome<T>>,
  gate: ServerGate,
  request: Pick<AuditEvent, 'requestId' | 'through'>,
): Promise<Outcome<T>> {
  const started = gate.stopwatch()
  let situation = gate.situation()
  let client = admitAssertion(assertion, situation)
  if (!client.ok && LEARNABLE.includes(client.code) && (await gate.learn(assertion))) {
    situation = gate.situation()
    client = admitAssertion(assertion, situation)
  }
  const decided = client.ok ? await decide(client.value) : client
  const took = gate.stopwatch() - started
  const event = { ...request, tokenHash: tokenHash(assertion) }
  if (client.ok && decided.ok) {
    gate.decided({ partner: client.value.client }, took)
    gate.log.record({ kind: 'admitted', ...event, partner: client.value.client.issuer })
    return decided
  }
  if (decided.ok) throw new Error('a client that was refused is not decided on')
  gate.decided({ code: decided.code, token: assertion }, took)
  const explanation = gate.log.mayExplain()
    ? await explain(assertion, { ...situation, ...gate }, ASSERTION_CHECKS, client.ok ? decided : undefined)
    : undefined
  gate.log.record({
    kind: 'refused',
    ...event,
    ...signerOf(assertion, decided.code, situation),
    code: decided.code,
    ...(explanation === undefined ? { notExplained: 'too many at once' } : { explanation }),
  })
  return decided
}

type OAuthError =
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_request'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'

/** Who the client is could not be shown. Told apart to strangers, these say who is registered, and with which keys. */
const NOT_AUTHENTICATED: readonly RefusalCode[] = [
  'issuer_is_self',
  'issuer_unknown',
  'issuer_realm_given_up',
  'partner_disabled',
  'partner_uses_auth_server',
  'auth_server_disabled',
  'key_is_own',
  'key_revoked',
  'key_unknown',
  'key_not_yet_valid',
  'key_expired',
  'keys_stale',
  'bad_signature',
]

const ERRORS: Partial<Record<RefusalCode, OAuthError>> = {
  grant_type_unsupported: 'unsupported_grant_type',
  token_request_malformed: 'invalid_request',
  resource_not_allowed: 'unauthorized_client',
  assertions_too_many: 'temporarily_unavailable',
}

/** The error of RFC 6749, 5.2; of what is wrong with an assertion that of RFC 7523, 3.1. */
export function errorOf(code: RefusalCode): OAuthError {
  return NOT_AUTHENTICATED.includes(code) ? 'invalid_client' : (ERRORS[code] ?? 'invalid_grant')
}

const STATUS: Readonly<Record<OAuthError, number>> = {
  invalid_client: 401,
  invalid_grant: 400,
  invalid_request: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  temporarily_unavailable: 503,
}

const UNKNOWN_CLIENT = 'The client is not known here, or the assertion is not signed with a key of it.'

function errorReply(refusal: Refusal, kit: Kit, tellsReason: boolean, status?: number): ProductReply {
  const error = errorOf(refusal.code)
  const isUnknown = error === 'invalid_client'
  const title = rowOf(refusal.code).title
  const detail = detailOf(refusal)
  const text = detail === '' ? title : `${title} (${detail})`
  const description = isUnknown && !tellsReason ? UNKNOWN_CLIENT : text
  const { realm } = kit.identity.application
  return {
    status: status ?? STATUS[error],
    contentType: 'application/json; charset=utf-8',
    headers: {
      ...NOT_KEPT,
      ...(isUnknown && { 'WWW-Authenticate': `Bearer realm="${realm}"` }),
      ...(tellsReason && { [REFUSAL_HEADER]: refusal.code }),
    },
    body: JSON.stringify({ error, error_description: printable(description) }),
  }
}

// What may stand in a description (RFC 6749, 5.2).
function printable(text: string): string {
  return text
    .replaceAll('’', "'")
    .replaceAll('"', "'")
    .replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
    .slice(0, 500)
}
