/** Issuing an actor token to a client: what it may have, and how it is answered (facts/protocol.md 6). */
import { mintIssuedToken } from '../../protocol/actor-token.ts'
import { accept, type Outcome, refuse } from '../../protocol/outcome.ts'
import { type Audience, formatAudience, formatPrincipal } from '../../protocol/principal.ts'
import { tokenHash } from '../../protocol/token-hash.ts'
import { spend } from '../../trust/assertion.ts'
import type { TokenClient } from '../../trust/auth-server.ts'
import { EVERYONE } from '../../trust/authorize.ts'
import { comparable } from '../../trust/directory.ts'
import { BACKDATED, TOKEN_LIFETIME } from '../../trust/mint.ts'
import { signedOnce } from '../../trust/signed-once.ts'
import type { AdmitAssertion, Kit, ProductReply, ProductRequest } from '../product.ts'
import { readTokenRequest, type TokenRequest } from './token-request.ts'

const NOTHING: TokenClient = { resources: [], trustedForDelegation: false, consents: [] }

/** Answers a request for a token. `admit` says whose assertion it is, and notes what was decided of it. */
export async function issueToken(
  request: ProductRequest,
  kit: Kit,
  admit: AdmitAssertion,
): Promise<Outcome<ProductReply>> {
  const read = readTokenRequest(request.body.toString('utf8'))
  if (!read.ok) return read
  const { resource } = read.value
  const now = kit.now()
  const decided = await admit(read.value.assertion, async ({ client, assertion }) => {
    const allowed = allowedTo(client.tokenClient ?? NOTHING, read.value)
    if (!allowed.ok) return allowed
    // Last, so that a request which could not be served may be made again with the same assertion.
    return (await spend(kit.assertions, assertion, now)) ?? accept({ client, allowed: allowed.value })
  })
  if (!decided.ok) return decided
  const { client, allowed } = decided.value
  const times = { nbf: now - BACKDATED, exp: now + TOKEN_LIFETIME }
  const { application } = client
  const token = await mintIssuedToken(
    { ...times, audience: resource, issuer: kit.identity.application, application, ...allowed },
    signedOnce(kit.identity.signingKey),
  )
  const audience = formatAudience(resource)
  kit.record({
    kind: 'minted',
    requestId: request.requestId,
    partner: client.issuer,
    ...(allowed.consent !== undefined && { user: allowed.consent }),
    through: `token for ${audience}`.slice(0, 200),
    tokenHash: tokenHash(token),
  })
  return accept({
    status: 200,
    contentType: 'application/json; charset=utf-8',
    headers: NOT_KEPT,
    body: JSON.stringify({
      token_type: 'Bearer',
      access_token: token,
      expires_in: TOKEN_LIFETIME,
      not_before: String(times.nbf),
      expires_on: String(times.exp),
      resource: audience,
      ...(allowed.consent !== undefined && { consent: allowed.consent }),
    }),
  })
}

/** Of every answer of the endpoint (RFC 6749, 5.1). */
export const NOT_KEPT = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const

interface Allowed {
  readonly trustedForDelegation: boolean
  readonly consent?: string
}

function allowedTo(
  { resources, trustedForDelegation, consents }: TokenClient,
  { resource, user }: TokenRequest,
): Outcome<Allowed> {
  const principal = formatPrincipal(resource satisfies Audience)
  if (!resources.includes(principal)) {
    const expected = resources.join(' or ') || 'nothing: it may ask for no resource'
    return refuse('resource_not_allowed', { at: 'resource', expected, seen: principal })
  }
  const here = consents.filter((consent) => (consent.resource ?? principal) === principal)
  if (here.some((consent) => consent.user === EVERYONE))
    return accept({ trustedForDelegation, consent: EVERYONE })
  if (user === undefined) return accept({ trustedForDelegation })
  const upn = comparable('upn', user)
  // Who has not consented is not said to have: whether that matters is for the partner to decide.
  const hasConsented = here.some((consent) => comparable('upn', consent.user) === upn)
  return accept({ trustedForDelegation, ...(hasConsented && { consent: upn }) })
}
