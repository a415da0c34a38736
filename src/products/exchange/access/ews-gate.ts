/** Where the application access policy stands in the way of a call to EWS. */
import type { Caller, Kit, ProductReply, ProductRequest } from '../../product.ts'
import { child, NS, type XmlElement } from '../../xml.ts'
import { decideEwsAccess } from './ews-access.ts'

/**
 * HTTP 403 for a call that the policy denies; undefined for all others. The subject is the caller's user: himself when he
 * is a delegate, the impersonated owner when the caller impersonates. An application by itself has no mailbox, so the
 * organization's settings decide. Which rule denied stands in the record and not in the answer.
 */
export async function denyByPolicy(
  { method, path, requestId, header }: ProductRequest,
  { partner, user }: Caller,
  kit: Kit,
): Promise<ProductReply | undefined> {
  const { organization, mailbox } = await kit.access.ewsSettings(user?.sid)
  const { allowed, rule, pattern } = decideEwsAccess(header('user-agent'), organization, mailbox)
  if (allowed) return undefined
  kit.record({
    kind: 'denied',
    requestId,
    through: `${method} ${path}`,
    partner: partner.issuer,
    ...(user && { user: user.upn }),
    status: 403,
    rule: pattern === undefined ? rule : `${rule} ${pattern}`,
  })
  return { status: 403 }
}

/** Whether a header asks for another subject than the caller: who that is must be known before the policy can be asked. */
export function asksForAnother(header: XmlElement | undefined): boolean {
  return child(header, NS.types, 'ExchangeImpersonation') !== undefined
}
