/** Calling a partner, as a user or as ourselves: its challenge is read, a token minted for it, and what it answers is understood. */
import { type ReadChallenge, readChallenge } from '../protocol/challenge.ts'
import { type AppId, WELL_KNOWN } from '../protocol/ids.ts'
import { formatAudience, isAudienceHost } from '../protocol/principal.ts'
import { isRefusalCode, REFUSAL_HEADER } from '../protocol/refusal.ts'
import { tokenHash } from '../protocol/token-hash.ts'
import { commandLine } from '../trust/command-line.ts'
import type { User } from '../trust/directory.ts'
import { mendFor, trustAuthorityCommand } from '../trust/mend.ts'
import { audienceOf, mint, mintAround } from '../trust/mint.ts'
import type { Partner } from '../trust/partner.ts'
import type { Kit, OutboundReply, TlsDistrust } from './product.ts'
import { askForToken } from './token-server-call.ts'

/** Why a call came to nothing: a stable code, what was seen, what to do. */
export interface CallFault {
  readonly ok: false
  readonly code: string
  readonly seen: string
  readonly mend: string
  /** What happened to the request, where one was sent. */
  readonly web?: WebFailure
}

/** A request that came to nothing: where it went, and the status of the answer or why there was none. */
export interface WebFailure {
  readonly url: string
  readonly status?: number
  readonly why?: string
}

export type Called<T> = { readonly ok: true; readonly value: T } | CallFault

export function callFault(code: string, seen: string, mend: string, web?: WebFailure): CallFault {
  return { ok: false, code, seen, mend, ...(web !== undefined && { web }) }
}

/** Our registration of the application that is to be called: without one there is no realm to mint a token for. */
export function partnerFor(appId: AppId, title: string, kit: Kit): Called<Partner> {
  const partner = kit.partnerOfApplication(appId)
  if (partner === undefined) {
    const add = `entente partner add --server ${kit.name} --identity ${title} --metadata-url https://…/metadata/json/1`
    return callFault(
      'partner_not_registered_here',
      `no partner application ${appId} at ${kit.name}`,
      `register ${title} here: ${add}`,
    )
  }
  if (!partner.enabled) {
    const words = ['entente', 'partner', 'set', partner.identity, '--server', kit.name, '--enabled', 'true']
    return callFault(
      'partner_disabled_here',
      `${partner.identity} is disabled at ${kit.name}`,
      commandLine(words),
    )
  }
  return { ok: true, value: partner }
}

/** Sends an empty Bearer and reads the challenge that comes back; it must be of the application we know. */
export async function askChallenge(url: string, partner: Partner, kit: Kit): Promise<Called<ReadChallenge>> {
  const reply = await kit.send({
    method: 'POST',
    url,
    headers: { authorization: 'Bearer', 'content-length': '0' },
    isRepeatable: true,
    ...authorityOf(partner),
  })
  if (!reply.answered) return unreachable(url, reply, partner, kit)
  const challenge = readChallenge(reply.header('www-authenticate'))
  const { appId } = partner.application
  if (reply.status !== 401 || challenge === undefined) {
    const mend = `check that ${url} is a service of ${partner.identity} that takes server-to-server tokens`
    return callFault('no_challenge', `HTTP ${reply.status} without a Bearer challenge from ${url}`, mend, {
      url,
      status: reply.status,
    })
  }
  if (challenge.clientId !== undefined && challenge.clientId !== appId) {
    const mend = `check the URL, or register that application: entente partner list --server ${kit.name}`
    return callFault(
      'other_application',
      `${url} says it is ${challenge.clientId}, registered is ${appId}`,
      mend,
    )
  }
  return { ok: true, value: challenge }
}

/** A token for a partner, and the id under which its making is recorded: the calls it goes out with carry that. */
export interface Minted {
  readonly token: string
  readonly audience: string
  readonly requestId: string
}

/**
 * A token that is good at the host of `url`, and who it is for: made here alone, or around one that a token server issued for us
 * where the partner is registered as one that uses a token server.
 */
export async function mintFor(
  url: string,
  partner: Partner,
  user: User | undefined,
  kit: Kit,
): Promise<Called<Minted>> {
  const { host } = new URL(url)
  if (!isAudienceHost(host)) throw new Error(`a URL's host cannot stand in an audience: ${host}`)
  const audience = audienceOf(partner, host)
  const { identity: self } = kit
  const skew = kit.skewAt?.(url) ?? 0
  const now = kit.now() + skew
  let token: string
  if (partner.source.kind === 'auth server') {
    const issued = await askForToken(url, audience, partner, user, kit)
    if (!issued.ok) return issued
    token = mintAround(issued.value, audience, user, now)
  } else if (skew === 0) token = await kit.minter.mint({ self, partner, audience, user, now })
  else token = await mint(self, audience, user, now)
  const requestId = kit.newId()
  kit.record({
    kind: 'minted',
    requestId,
    partner: partner.issuer,
    ...(user && { user: user.upn }),
    through: `token for ${url}`.slice(0, 200),
    tokenHash: tokenHash(token),
  })
  return { ok: true, value: { token, audience: formatAudience(audience), requestId } }
}

/** A call with a token. */
export interface PartnerCall {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly token: string
  /** The one under which the making of the token is recorded. */
  readonly requestId: string
  readonly accept: string
  /** XML, unless `contentType` says otherwise. */
  readonly body?: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The statuses that are answers; 200 when absent. */
  readonly expected?: readonly number[]
}

/** Calls a partner. A refused token is a fault; what else it answers, errors of its own included, is the caller's to read. */
export async function callPartner(
  {
    url,
    method,
    token,
    requestId: id,
    accept,
    body,
    contentType,
    headers: more,
    expected = [200],
  }: PartnerCall,
  partner: Partner,
  kit: Kit,
): Promise<Called<string>> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept,
    ...(body !== undefined && { 'content-type': contentType ?? 'text/xml; charset=utf-8' }),
    ...more,
    'client-request-id': id,
    // So that a partner's lists of applications can name it.
    'user-agent': `Entente/${kit.name}`,
  }
  const reply = await kit.send({
    method,
    url,
    headers,
    ...(body !== undefined && { body }),
    ...authorityOf(partner),
  })
  if (!reply.answered) return unreachable(url, reply, partner, kit)
  if (reply.status === 401) return refused(url, reply, partner, kit)
  if (reply.status === 403 && Object.hasOwn(SITE_MENDS, codeOf(reply))) return deniedBySite(reply)
  const isFault = reply.status === 500 && accept === 'text/xml'
  if (expected.includes(reply.status) || isFault) return { ok: true, value: reply.body }
  return callFault(
    'unexpected_answer',
    `HTTP ${reply.status} from ${url}`,
    reply.status === 403
      ? mendForbidden(requestIdOf(reply), partner)
      : `look for request-id ${requestIdOf(reply)} in its log`,
    { url, status: reply.status },
  )
}

// Exchange says no more of it to a caller: its token held, and a policy or a role kept it out.
function mendForbidden(requestId: string, partner: Partner): string {
  const server = serverName(partner)
  const show = commandLine(['entente', 'decisions', 'show', requestId, '--server', server])
  const roles = 'entente Get-ManagementRoleAssignment'
  return `its record names the rule: ${show}. One that begins with "acting for" is about the role UserApplication of the linked account, which is missing, disabled or not over this user (${roles}); others are about its application access policy`
}

/** Posts XML, as Exchange wants it. */
export function postXml(
  url: string,
  { token, requestId }: Pick<Minted, 'token' | 'requestId'>,
  body: string,
  partner: Partner,
  kit: Kit,
): Promise<Called<string>> {
  return callPartner({ url, method: 'POST', token, requestId, accept: 'text/xml', body }, partner, kit)
}

function authorityOf({ certificateAuthority }: Partner): { certificateAuthority?: string } {
  return certificateAuthority === undefined ? {} : { certificateAuthority }
}

type Answer = Extract<OutboundReply, { answered: true }>

/** The code of a call whose callee showed a TLS certificate that does not hold here. */
export const TLS_UNTRUSTED = 'tls_untrusted'

type NoAnswer = Extract<OutboundReply, { answered: false }>

function unreachable(url: string, { why, distrust }: NoAnswer, partner: Partner, kit: Kit): CallFault {
  const seen = `${url}: ${why}`
  if (distrust !== undefined)
    return callFault(TLS_UNTRUSTED, seen, mendDistrust(distrust, partner, kit.name), { url, why })
  const mend = 'start the server, or correct its URL, then run the test again'
  return callFault('unreachable', seen, mend, { url, why })
}

function mendDistrust(distrust: TlsDistrust, { identity }: Partner, server: string): string {
  const words = trustAuthorityCommand({ server, partner: identity })
  return DISTRUST_MENDS[distrust](commandLine(['entente', ...words]))
}

const DISTRUST_MENDS: Readonly<Record<TlsDistrust, (command: string) => string>> = {
  authority: (command) =>
    `see that the certificate is the partner’s, then have its authority trusted for it: ${command}`,
  date: () => 'put a TLS certificate in place there whose time it is, and compare both machines’ clocks',
  name: () => 'call it by a name that is in its TLS certificate, or put one in place there with this name',
  other: () => 'put a TLS certificate for servers in place there, with its whole chain',
}

function requestIdOf(reply: Answer): string {
  return reply.header('request-id')[0] ?? '(none)'
}

// An Entente server says its code; from a real product the number in the diagnostics header tells the kind.
const CODE_OF_NUMBER: Readonly<Record<string, string>> = {
  '2000000': 'bad_signature',
  '2000001': 'token_not_jwt',
  '2000003': 'audience_wrong_host',
  '2000005': 'user_unknown',
  '2000008': 'partner_disabled',
  '2000009': 'issuer_unknown',
}

// What SharePoint says of a caller whose token held. Which rule it was stands in its record alone.
const SITE_MENDS: Readonly<Record<string, string>> = {
  unauthorized:
    'see that the application has a principal there, and may act as itself if it does: entente app-principal list --server sharepoint',
  access_denied:
    'see what the application was granted there, and which groups the user is in: entente app-principal list --server sharepoint, entente site-group list --server sharepoint',
}

function codeOf(reply: Answer): string {
  return reply.header(REFUSAL_HEADER)[0] ?? ''
}

function deniedBySite(reply: Answer): CallFault {
  const seen = `HTTP ${reply.status} (request-id ${requestIdOf(reply)})`
  return callFault(codeOf(reply), seen, SITE_MENDS[codeOf(reply)] ?? '')
}

function refused(url: string, reply: Answer, partner: Partner, kit: Kit): CallFault {
  if (Object.hasOwn(SITE_MENDS, codeOf(reply))) return deniedBySite(reply)
  const [diagnostics = ''] = reply.header('x-ms-diagnostics')
  const [, number = '', reason = ''] = /^\s*([0-9]+)\s*;\s*reason\s*=\s*"([^"]*)"/.exec(diagnostics) ?? []
  const code = reply.header(REFUSAL_HEADER)[0] ?? CODE_OF_NUMBER[number] ?? 'token_refused'
  const seen = `HTTP 401${number === '' ? '' : `, ${number}: ${reason}`} (request-id ${requestIdOf(reply)})`
  const context = { server: serverName(partner), caller: kit.name, metadataUrl: kit.metadataUrl }
  return callFault(
    code,
    seen,
    isRefusalCode(code) ? mendFor(code, context) : 'look for the request-id in its log',
    { url, status: 401 },
  )
}

// The lab's servers are named for their products; of another's servers the name is not known here.
function serverName({ application }: Partner): string {
  const known = Object.entries(WELL_KNOWN).find(([, appId]) => appId === application.appId)
  return known?.[0] ?? '<server>'
}
