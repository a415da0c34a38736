/** Setting a lab up over REST: users and partner applications. Doing it again is harmless. */
import { type AdminClient, problemText } from './admin-client.ts'
import { type LabFile, type LabPartner, metadataUrlOf } from './lab-file.ts'

/** A step of the set-up did not work. */
export class LabError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'LabError'
  }
}

/** Adds the users that are not there yet; answers how many were. */
export async function addUsers(client: AdminClient, users: LabFile['users']): Promise<number> {
  let added = 0
  for (const user of users) {
    const answer = await client.call('POST', '/users', user)
    if (answer.status === 201) added++
    else if (answer.status !== 409)
      throw new LabError(`${client.url}: user ${user.upn}: ${problemText(answer)}`)
  }
  return added
}

export type Paired = 'registered' | 'moved' | 'refreshed' | 'left as it is'

/** The registration to make: `POST /partner-applications` takes it as it is. */
export interface WantedPartner {
  readonly identity: string
  readonly metadataUrl: string
  readonly applicationTrustLevel: string
  readonly acceptSecurityIdentifierInformation?: boolean
}

export function wantedPartner(lab: LabFile, { identity, partner, ...settings }: LabPartner): WantedPartner {
  const { applicationTrustLevel, acceptSecurityIdentifierInformation: sids } = settings
  return {
    identity,
    metadataUrl: metadataUrlOf(lab, partner),
    applicationTrustLevel,
    ...(sids !== undefined && { acceptSecurityIdentifierInformation: sids }),
  }
}

/**
 * Registers a partner, or brings a registration up to date: its keys are read again, from where its document is now. The
 * settings an administrator gave it stay. One made from a certificate is left alone.
 */
export async function ensurePartner(client: AdminClient, wanted: WantedPartner): Promise<Paired> {
  const path = `/partner-applications/${encodeURIComponent(wanted.identity)}`
  const must = async (expected: number, ...call: Parameters<AdminClient['call']>) => {
    const answer = await client.call(...call)
    if (answer.status === expected) return answer.body
    throw new LabError(`${client.url}: partner application ${wanted.identity}: ${problemText(answer)}`)
  }
  const present = await client.call('GET', path)
  if (present.status === 404) {
    await must(201, 'POST', '/partner-applications', wanted)
    return 'registered'
  }
  const { metadataUrl } = present.body as Partial<WantedPartner>
  if (metadataUrl === undefined) return 'left as it is'
  if (metadataUrl === wanted.metadataUrl) {
    await must(200, 'POST', `${path}/refresh`)
    return 'refreshed'
  }
  await must(200, 'PATCH', path, { metadataUrl: wanted.metadataUrl })
  return 'moved'
}
