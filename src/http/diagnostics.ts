/** The header in which each product says why a request failed (facts/protocol.md 3.3 to 3.5). */
import type { Dialect } from '../protocol/challenge.ts'
import { forHeader } from '../protocol/refusal.ts'
import type { ServerIdentity } from '../trust/identity.ts'

/** One reason. */
export interface Reason {
  readonly number: number
  readonly reason: string
  /** Lync has none. */
  readonly category: string
}

/** No number is public for what goes wrong after a caller was admitted, and one of a token's would mislead. */
const NO_PUBLIC_NUMBER = 0

/** The header, spelled as the product spells it. */
export function writeDiagnostics(
  dialect: Dialect,
  self: ServerIdentity,
  why: Reason,
): Record<string, string> {
  const { number, category } = why
  const reason = forHeader(why.reason)
  switch (dialect) {
    case 'exchange':
      return { 'x-ms-diagnostics': `${number};reason="${reason}";error_category="${category}"` }
    case 'sharepoint':
      return { 'x-ms-diagnostics': `${number};reason="${reason}";category="${category}"` }
    case 'lync':
      return { 'X-Ms-diagnostics': `${number};source="${self.hosts[0] ?? ''}";reason="${reason}"` }
  }
}

/** The header of an answer to an admitted caller that is no success; none for SharePoint, which says it in the body. */
export function failureDiagnostics(
  dialect: Dialect,
  self: ServerIdentity,
  status: number,
  reason: string,
): Record<string, string> {
  if (status < 400 || dialect === 'sharepoint') return {}
  const category = status < 500 ? 'invalid_request' : 'request_failed'
  return writeDiagnostics(dialect, self, { number: NO_PUBLIC_NUMBER, reason, category })
}
