/** Where the application access policy stands in the way of a call to EWS, and how denials come into the record. */
import type { Caller, Kit, ProductReply, ProductRequest } from '../../product.ts'
import { child, NS, type XmlElement } from '../../xml.ts'
import type { ResponseMessage } from '../ews-operation.ts'
import { decideEwsAccess } from './ews-access.ts'

/**
 * HTTP 403 for a call that the policy denies; undefined for all others. The subject is the caller's user: himself when he
 * is a delegate, the impersonated owner when the caller impersonates. An application by itself has no mailbox, so the
 * organization's settings decide. Which rule denied stands in the record and not in the answer.
 */
export async function denyByPolicy(
  { through, requestId, header }: ProductRequest,
  { partner, user }: Caller,
  kit: Kit,
): Promise<ProductReply | undefined> {
  const { organization, mailbox } = await kit.access.ewsSettings(user?.sid)
  const { allowed, rule, pattern } = decideEwsAccess(header('user-agent'), organization, mailbox)
  if (allowed) return undefined
  kit.record({
    kind: 'forbidden',
    requestId,
    through,
    partner: partner.issuer,
    ...(user && { user: user.upn }),
    status: 403,
    rule: pattern === undefined ? rule : `${rule} ${pattern}`,
  })
  return { status: 403 }
}

// One call can be denied a thousand items; they have few reasons.
const MOST_RULES = 10

/** Records why parts of a call were denied: each rule once. What is not found because it is not there is no denial. */
export function recordDenials(
  messages: readonly ResponseMessage[],
  { through, requestId }: Pick<ProductRequest, 'through' | 'requestId'>,
  { partner, user }: Caller,
  kit: Kit,
): void {
  const denials = messages.flatMap((message) =>
    message.ok || message.rule === undefined ? [] : [`${message.code}: ${message.rule}`],
  )
  for (const rule of [...new Set(denials)].slice(0, MOST_RULES)) {
    kit.record({
      kind: 'forbidden',
      requestId,
      through,
      partner: partner.issuer,
      ...(user && { user: user.upn }),
      rule,
    })
  }
}

/** Whether a header asks for another subject than the caller: who that is must be known before the policy can be asked. */
export function asksForAnother(header: XmlElement | undefined): boolean {
  return child(header, NS.types, 'ExchangeImpersonation') !== undefined
}
