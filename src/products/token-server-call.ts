/**
 * Getting an actor token from a token server, for partners that believe no token of our own (facts/protocol.md 6): the one that
 * both sides know is chosen by the partner's challenge, shown a one-shot assertion, and asked for this resource.
 */
import { mintAssertion, readActorClaims } from '../protocol/actor-token.ts'
import { type EpochSeconds, isoTime } from '../protocol/ids.ts'
import { decodeJws } from '../protocol/jws.ts'
import { type Audience, formatAudience, formatPrincipal, type Principal } from '../protocol/principal.ts'
import { detailOf, REFUSAL_HEADER } from '../protocol/refusal.ts'
import { parseStrictObject } from '../protocol/strict-json.ts'
import { commandLine } from '../trust/command-line.ts'
import type { User } from '../trust/directory.ts'
import { BACKDATED } from '../trust/mint.ts'
import type { Partner } from '../trust/partner.ts'
import { askChallenge, type Called, callFault } from './partner-call.ts'
import type { Kit } from './product.ts'
import { GRANT_TYPES } from './token-server/token-request.ts'

/** An actor token that a token server issued, and whom it names. */
export interface IssuedToken {
  readonly actorToken: string
  readonly application: Principal
}

/** Ten minutes, as Exchange makes them. */
const ASSERTION_LIFETIME = 600

/** Asks for a token that is good at `url`; `user`: for whom it is to act, if anyone. */
export async function askForToken(
  url: string,
  audience: Audience,
  partner: Partner,
  user: User | undefined,
  kit: Kit,
): Promise<Called<IssuedToken>> {
  const chosen = await chooseServer(url, partner, kit)
  if (!chosen.ok) return chosen
  const { server, endpoint } = chosen.value
  // The name we have there: our id in the token server's realm.
  const { realm } = server.application.realm === '*' ? kit.identity.application : server.application
  const application = { appId: kit.identity.application.appId, realm }
  const now = kit.now() + (kit.skewAt?.(endpoint) ?? 0)
  const assertion = await mintAssertion(
    {
      audience: { appId: server.application.appId, host: new URL(endpoint).host, realm },
      ...{ application, id: kit.newId(), nbf: now - BACKDATED, exp: now + ASSERTION_LIFETIME },
    },
    kit.identity.signingKey,
  )
  const form = new URLSearchParams({
    grant_type: GRANT_TYPES[0],
    assertion,
    resource: formatAudience(audience),
    ...(user !== undefined && { user: user.upn }),
  })
  const reply = await kit.send({
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    ...(server.certificateAuthority !== undefined && { certificateAuthority: server.certificateAuthority }),
  })
  if (!reply.answered)
    return callFault('token_server_unreachable', `${endpoint}: ${reply.why}`, 'start the token server', {
      url: endpoint,
      why: reply.why,
    })
  const answer = parseStrictObject(reply.body, 'answer', ANSWER_RULES)
  const members = answer.ok ? answer.value : {}
  if (reply.status !== 200) {
    const code = reply.header(REFUSAL_HEADER)[0]
    const said = [code, textOf(members['error']), textOf(members['error_description'])]
    const seen = `HTTP ${reply.status} from ${server.identity}: ${said.filter(Boolean).join(', ')}`
    return callFault(code ?? 'token_server_refused', seen.slice(0, 400), mendFor(application, partner, kit), {
      url: endpoint,
      status: reply.status,
    })
  }
  const actorToken = textOf(members['access_token'])
  const wanted = {
    iss: formatPrincipal({ appId: server.application.appId, realm }),
    nameid: formatPrincipal(application),
    aud: formatAudience(audience),
  }
  const unlike = whatIsNot(wanted, actorToken, kit.now())
  if (unlike === undefined) return { ok: true, value: { actorToken, application } }
  return callFault(
    'token_server_answer_unusable',
    `HTTP 200 from ${endpoint} without the actor token that was asked for: ${unlike}`.slice(0, 600),
    'see that the endpoint in its auth metadata document is one for OAuth 2 tokens, and issues what it is asked for',
    { url: endpoint, status: 200 },
  )
}

/** What the actor token must say that was asked for. */
type Wanted = Readonly<Record<'iss' | 'nameid' | 'aud', string>>

// Whether its signature fits is for the partner to find out, who may know a newer key. What says something else than was asked for
// is of no use there, and would be blamed on us.
function whatIsNot(wanted: Wanted, actorToken: string, now: EpochSeconds): string | undefined {
  if (actorToken === '') return 'expected an access_token, saw none'
  const jws = decodeJws(actorToken, 'token')
  if (!jws.ok) return detailOf(jws) || jws.code
  const { header, payload, signature } = jws.value
  if (header.alg !== 'RS256' || signature.length === 0)
    return `at alg, expected RS256 and a signature, saw ${signature.length === 0 ? 'no signature' : header.alg}`
  if (Object.hasOwn(payload, 'actortoken'))
    return 'at actortoken, expected an actor token, saw one around another'
  const claims = readActorClaims(payload)
  if (!claims.ok) return detailOf(claims) || claims.code
  const said = claims.value
  for (const name of ['iss', 'nameid', 'aud'] as const)
    if (said[name] !== wanted[name]) return `at ${name}, expected ${wanted[name]}, saw ${said[name]}`
  return said.exp > now ? undefined : `at exp, expected later than ${isoTime(now)}, saw ${isoTime(said.exp)}`
}

interface Chosen {
  readonly server: Partner
  readonly endpoint: string
}

// As Exchange does it: the first enabled token server that the partner's challenge lists; `*` stands for any realm.
async function chooseServer(url: string, partner: Partner, kit: Kit): Promise<Called<Chosen>> {
  const challenge = await askChallenge(url, partner, kit)
  if (!challenge.ok) return challenge
  const { trustedIssuers } = challenge.value
  const enabled = kit.partners().filter(({ authServer, enabled: isOn }) => authServer !== undefined && isOn)
  const isTrusted = ({ issuer, application: { appId, realm } }: Partner) =>
    trustedIssuers.some(
      (listed) =>
        listed === issuer || listed === `${appId}@*` || (realm === '*' && listed.startsWith(`${appId}@`)),
    )
  const server = enabled.find(isTrusted)
  if (server === undefined) {
    const known = enabled.map(({ issuer }) => issuer).join(', ') || 'none'
    const mend = `register one token server at both: entente auth-server add --server ${kit.name} --name <name> --metadata-url <url>`
    return callFault(
      'no_common_token_server',
      `token servers here: ${known}; ${partner.identity} trusts ${trustedIssuers.join(', ') || 'nobody'}`,
      mend,
    )
  }
  const endpoint = server.authServer?.tokenIssuingEndpoint
  if (endpoint !== undefined) return { ok: true, value: { server, endpoint } }
  const mend = `have its document read again: ${commandLine(['entente', 'auth-server', 'refresh', server.identity, '--server', kit.name])}`
  return callFault(
    'token_server_without_endpoint',
    `${server.identity} says nowhere that it issues tokens`,
    mend,
  )
}

const ANSWER_RULES = {
  depth: 8,
  notJson: 'body_not_json',
  duplicate: 'body_duplicate_member',
  tooDeep: 'body_too_deep',
} as const

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function mendFor(application: Principal, partner: Partner, kit: Kit): string {
  const resource = formatPrincipal(partner.application)
  return `see what this server may ask for there, as ${formatPrincipal(application)}: entente token-client add --identity ${kit.name} --metadata-url ${kit.metadataUrl} --resource ${resource} --delegation true`
}
