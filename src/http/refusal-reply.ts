/** How each product says no on the wire: status, challenge, diagnostics header (facts/protocol.md 3.2 to 3.5). */

import type { ProductReply } from '../products/product.ts'
import { type Dialect, writeChallenge } from '../protocol/challenge.ts'
import { type Refusal, refuse } from '../protocol/outcome.ts'
import { diagnosticsOf, REFUSAL_HEADER, type RefusalCode, rowOf } from '../protocol/refusal.ts'
import type { ServerIdentity } from '../trust/identity.ts'
import { writeDiagnostics } from './diagnostics.ts'

/**
 * What a refused token needs no true signature for: told apart on the wire, these say to anybody who is registered though
 * disabled, and which keys count.
 */
const BEFORE_THE_SIGNATURE: readonly RefusalCode[] = [
  'issuer_is_self',
  'issuer_unknown',
  'partner_disabled',
  'auth_server_disabled',
  'partner_uses_auth_server',
  'key_is_own',
  'key_unknown',
  'key_not_yet_valid',
  'key_expired',
  'bad_signature',
]

/** `tellsReason`: with our own code in a header, and with words of its own for every reason that the product has words for. */
export function refusalReply(
  reason: Refusal,
  dialect: Dialect,
  self: ServerIdentity,
  trustedIssuers: readonly string[],
  tellsReason: boolean,
): ProductReply {
  const isHidden = !tellsReason && BEFORE_THE_SIGNATURE.includes(reason.code)
  const refusal = isHidden ? refuse('bad_signature') : reason
  const refused = refusal.code !== 'no_token'
  const challenge = writeChallenge(dialect, { application: self.application, trustedIssuers, refused })
  const said: Said = refused ? DIAGNOSTICS[dialect](refusal, self) : {}
  return {
    status: rowOf(refusal.code).status,
    ...said,
    headers: {
      'WWW-Authenticate': challenge,
      ...said.headers,
      ...(refused && tellsReason && { [REFUSAL_HEADER]: refusal.code }),
    },
  }
}

type Said = Pick<ProductReply, 'headers' | 'contentType' | 'body'>
type Diagnostics = (refusal: Refusal, self: ServerIdentity) => Said

const DIAGNOSTICS = {
  exchange(refusal, self) {
    const { number, reason, category } = diagnosticsOf(refusal, 'exchange')
    return { headers: writeDiagnostics('exchange', self, { number, reason, category }) }
  },
  sharepoint(refusal, self) {
    const { number, reason, category } = diagnosticsOf(refusal, 'sharepoint')
    return {
      headers: writeDiagnostics('sharepoint', self, { number, reason, category }),
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify({ error: category, error_description: reason }),
    }
  },
  // No list of Lync's server-to-server codes is public; this is the one its web services use for a bad token.
  lync: (_, self) => ({
    headers: writeDiagnostics('lync', self, {
      number: 28020,
      reason: 'No valid security token.',
      category: '',
    }),
  }),
} as const satisfies Record<Dialect, Diagnostics>
