/** Setting a lab up over REST: users and partner applications. Doing it again is harmless. */
import type { AppPrincipalView } from '../http/admin/app-principals.ts'
import type { PartnerView } from '../http/admin/partner-applications.ts'
import { STILL_LINKED } from '../http/admin/users.ts'
import { type AdminAnswer, type AdminClient, problemText } from './admin-client.ts'
import { type LabFile, type LabPartner, metadataUrlOf, principalOf } from './lab-file.ts'

/** A step of the set-up did not work. */
export class LabError extends Error {
  /** The answer of the server that said no, if it was one. */
  readonly status: number | undefined
  constructor(message: string, status?: number) {
    super(message)
    this.name = 'LabError'
    this.status = status
  }
}

/** What became of the users of a lab at one server. */
export interface UsersAdded {
  readonly added: number
  /** They were removed there, and a partner application is still linked to them: an administrator decides what is to be. */
  readonly leftOut: LabFile['users']
}

/** Adds the users that are not there yet. */
export async function addUsers(client: AdminClient, users: LabFile['users']): Promise<UsersAdded> {
  let added = 0
  const leftOut: LabFile['users'][number][] = []
  for (const one of users) {
    const { servers: _, ...user } = one
    const answer = await client.call('POST', '/users', user)
    if (answer.status === 201) added++
    else if (isStillLinked(answer)) leftOut.push(one)
    else if (answer.status !== 409)
      throw new LabError(`${client.url}: user ${user.upn}: ${problemText(answer)}`, answer.status)
  }
  return { added, leftOut }
}

function isStillLinked({ status, body }: AdminAnswer): boolean {
  return status === 409 && (body as { title?: string }).title === STILL_LINKED
}

/** What was done about a partner, and how its record stands now. */
export interface Paired {
  readonly done: 'registered' | 'moved' | 'refreshed' | 'left as it is'
  readonly trustLevel: string
  readonly enabled: boolean
}

/** The registration to make: `POST /partner-applications` takes it as it is. */
export interface WantedPartner {
  readonly identity: string
  readonly metadataUrl: string
  readonly applicationTrustLevel: string
  readonly acceptSecurityIdentifierInformation?: boolean
  readonly linkedAccount?: string
}

/** The users of the lab that a server knows. */
export function usersOf({ users }: LabFile, server: string): LabFile['users'] {
  return users.filter(({ servers }) => servers === undefined || servers.includes(server))
}

export function wantedPartner(lab: LabFile, { identity, partner, ...settings }: LabPartner): WantedPartner {
  const { applicationTrustLevel, acceptSecurityIdentifierInformation: sids, linkedAccount } = settings
  return {
    identity,
    metadataUrl: metadataUrlOf(lab, partner),
    applicationTrustLevel,
    ...(sids !== undefined && { acceptSecurityIdentifierInformation: sids }),
    ...(linkedAccount !== undefined && { linkedAccount }),
  }
}

/**
 * Registers a partner, or brings a registration up to date: its keys are read again, from where its document is now. The
 * settings an administrator gave it stay. One made from a certificate is left alone.
 */
export async function ensurePartner(client: AdminClient, wanted: WantedPartner): Promise<Paired> {
  const path = `/partner-applications/${encodeURIComponent(wanted.identity)}`
  const must = async (...call: Parameters<AdminClient['call']>) => {
    const answer = await client.call(...call)
    if (answer.status === 200 || answer.status === 201) return answer.body as PartnerView
    throw new LabError(
      `${client.url}: partner application ${wanted.identity}: ${problemText(answer)}`,
      answer.status,
    )
  }
  const paired = (done: Paired['done'], { applicationTrustLevel, enabled }: PartnerView): Paired => ({
    done,
    trustLevel: applicationTrustLevel,
    enabled,
  })
  const present = await client.call('GET', path)
  if (present.status === 404) return paired('registered', await must('POST', '/partner-applications', wanted))
  const record = present.body as PartnerView
  if (record.metadataUrl === undefined) return paired('left as it is', record)
  if (record.metadataUrl === wanted.metadataUrl)
    return paired('refreshed', await must('POST', `${path}/refresh`))
  return paired('moved', await must('PATCH', path, { metadataUrl: wanted.metadataUrl }))
}

/** Gives a partner of an Exchange its account and its roles; answers what was done. */
export async function configureEnterprise(
  client: AdminClient,
  authMetadataUrl: string,
  applicationType: string,
): Promise<string> {
  const body = { authMetadataUrl, applicationType }
  const answer = await client.call('POST', '/enterprise-partner-applications', body)
  if (answer.status !== 200)
    throw new LabError(`${client.url}: roles of ${applicationType}: ${problemText(answer)}`, answer.status)
  const { account, assignments } = answer.body as {
    account: { displayName: string }
    assignments: readonly { role: string }[]
  }
  return `${assignments.map(({ role }) => role).join(', ')} to ${account.displayName}`
}

/** What a partner of SharePoint is registered with: its issuer, as SharePoint's walkthroughs do it for servers. */
const FULL_GRANT = { scope: 'SiteSubscription', right: 'FullControl', enableAppOnlyPolicy: true } as const

/**
 * Registers a partner's application principal at SharePoint with full control and the app-only policy, as the walkthrough for
 * site mailboxes does (facts/administration.md C.5). One that is there stays as an administrator made it.
 */
export async function ensureAppPrincipal(client: AdminClient, identity: string): Promise<string> {
  const must = async (...call: Parameters<AdminClient['call']>) => {
    const answer = await client.call(...call)
    if (answer.status === 200 || answer.status === 201) return answer.body
    throw new LabError(`${client.url}: app principal of ${identity}: ${problemText(answer)}`, answer.status)
  }
  const partner = (await must('GET', `/partner-applications/${encodeURIComponent(identity)}`)) as PartnerView
  const path = `/app-principals/${encodeURIComponent(partner.issuer)}`
  const present = await client.call('GET', path)
  if (present.status === 200) return describeGrants(present.body as AppPrincipalView)
  const principal = { nameIdentifier: partner.issuer, displayName: identity }
  await must('POST', '/app-principals', principal)
  return describeGrants((await must('POST', `${path}/permissions`, FULL_GRANT)) as AppPrincipalView)
}

function describeGrants({ permissions, appOnlyPolicy }: AppPrincipalView): string {
  const grants = permissions.map(({ right, scope }) => `${right} at ${scope}`)
  return [grants.join(', ') || 'granted nothing', ...(appOnlyPolicy ? ['app-only'] : [])].join(', ')
}

/** Registers the token server at a product, or has its document read again from where it is now. */
export async function ensureAuthServer(
  client: AdminClient,
  name: string,
  metadataUrl: string,
): Promise<string> {
  const path = `/auth-servers/${encodeURIComponent(name)}`
  const present = await client.call('GET', path)
  const answer =
    present.status === 404
      ? await client.call('POST', '/auth-servers', { name, metadataUrl })
      : await client.call('PATCH', path, { metadataUrl })
  if (answer.status === 200 || answer.status === 201)
    return present.status === 404 ? 'registered' : 'refreshed'
  throw new LabError(`${client.url}: token server ${name}: ${problemText(answer)}`, answer.status)
}

/** Registers a server as a client of the token server; what an administrator let it ask for stays. */
export async function ensureTokenClient(
  client: AdminClient,
  lab: LabFile,
  identity: string,
  callees: readonly string[],
): Promise<string> {
  const path = `/token-clients/${encodeURIComponent(identity)}`
  const metadataUrl = metadataUrlOf(lab, identity)
  const resources = callees.map((callee) => principalOf(lab, callee))
  const wanted = { identity, metadataUrl, resources, trustedForDelegation: true }
  const present = await client.call('GET', path)
  const answer =
    present.status === 404
      ? await client.call('POST', '/token-clients', wanted)
      : await client.call('PATCH', path, { metadataUrl })
  if (answer.status === 200 || answer.status === 201)
    return present.status === 404 ? `may ask for ${callees.join(', ')}` : 'refreshed'
  throw new LabError(`${client.url}: client ${identity}: ${problemText(answer)}`, answer.status)
}

/** `refreshed, trust level Full`, and that it is disabled, if it is. */
export function describePaired({ done, trustLevel, enabled }: Paired): string {
  return `${done}, trust level ${trustLevel}${enabled ? '' : ', disabled'}`
}
