/** What a farm is like that is to be rehearsed on a copy. It is only read, and only over its admin REST. */
import type { AppPrincipalView } from '../../http/admin/app-principals.ts'
import type { ClockAnswer } from '../../http/admin/clock.ts'
import type { PartnerView } from '../../http/admin/partner-applications.ts'
import type { SigningKeysView } from '../../http/admin/signing-keys.ts'
import { CATALOG } from '../../products/catalog.ts'
import type { User } from '../../trust/directory.ts'
import { openAdminClient, problemText, runningServers } from '../admin-client.ts'
import { type LabFile, metadataUrlOf, urlOf } from '../lab-file.ts'
import { LabError, usersOf } from '../pairing.ts'

/** One server of the farm, as far as a copy needs it. */
export interface ServerOriginal {
  readonly name: string
  readonly users: readonly User[]
  readonly partners: readonly PartnerOriginal[]
  /** At SharePoint, what applications may do there; undefined: what the lab grants its partners. */
  readonly appPrincipals?: readonly AppPrincipalView[]
  /** Of its current key; undefined: as new. */
  readonly daysLeft?: number
  /** Registrations of partners that are no servers of the lab, and so not in the copy. */
  readonly leftOut: readonly string[]
  /** Whose keys are not read again, and why, a sentence each. */
  readonly remarks: readonly string[]
}

/** Whom a server has registered, and how it comes by that one's keys. */
export interface PartnerOriginal {
  /** The name of that server in the lab. */
  readonly partner: string
  readonly settings: Readonly<Record<string, unknown>> & { readonly identity: string }
  /**
   * `read`: from its document, at a path of a server of the lab. `pasted`: they were handed over, or cannot be read any longer;
   * `isCurrent` says whether the key is among them that the partner signs with, and counts.
   */
  readonly keys:
    | { readonly from: 'read'; readonly server: string; readonly path: string }
    | { readonly from: 'pasted'; readonly isCurrent: boolean }
  /** Whether the key that the partner signs with is revoked in the record. */
  readonly isRevoked: boolean
}

/** What the running servers say of themselves; where none runs, what the lab file says. */
export async function readOriginal(
  lab: LabFile,
  dataDir: string,
  tokenFile?: string,
): Promise<ServerOriginal[]> {
  const running = new Map(runningServers(dataDir).map(({ name, url }) => [name, url]))
  const heard = new Map(
    await Promise.all(
      lab.servers
        .filter(({ name }) => running.has(name))
        .map(async ({ name }) => [name, await ask(lab, dataDir, name, tokenFile)] as const),
    ),
  )
  const farm: Farm = { lab, heard, urlOf: (server) => running.get(server.name) ?? urlOf(server) }
  return lab.servers.map(({ name }) => {
    const said = heard.get(name)
    return said === undefined ? fileOriginal(lab, name) : heardOriginal(farm, name, said)
  })
}

type LabServer = LabFile['servers'][number]

interface Farm {
  readonly lab: LabFile
  readonly heard: ReadonlyMap<string, Heard>
  readonly urlOf: (server: LabServer) => string
}

/** What one running server says of itself. */
interface Heard {
  readonly users: readonly User[]
  readonly partners: readonly PartnerView[]
  readonly keys: SigningKeysView
  readonly time: string
  readonly appPrincipals?: readonly AppPrincipalView[]
}

async function ask(lab: LabFile, dataDir: string, name: string, tokenFile?: string): Promise<Heard> {
  const client = openAdminClient(dataDir, name, tokenFile)
  const get = async <T>(path: string): Promise<T> => {
    const answer = await client.call('GET', path)
    if (answer.status === 200) return answer.body as T
    throw new LabError(`${name}: ${problemText(answer)}`, answer.status)
  }
  try {
    const appPrincipals = isSharePoint(lab, name)
      ? (await get<{ items: AppPrincipalView[] }>('/app-principals')).items
      : undefined
    return {
      users: (await get<{ items: User[] }>('/users')).items,
      partners: (await get<{ items: PartnerView[] }>('/partner-applications')).items,
      keys: await get<SigningKeysView>('/signing-keys'),
      time: (await get<ClockAnswer>('/clock')).time,
      ...(appPrincipals !== undefined && { appPrincipals }),
    }
  } finally {
    await client.close()
  }
}

export function isSharePoint(lab: LabFile, name: string): boolean {
  return lab.servers.some((server) => server.name === name && server.product === 'sharepoint')
}

function fileOriginal(lab: LabFile, name: string): ServerOriginal {
  return {
    name,
    users: usersOf(lab, name).map(({ servers: _, ...user }) => user),
    partners: lab.partners
      .filter(({ server }) => server === name)
      // Keys are what is rehearsed: roles play no part in it.
      .map(({ server: _, applicationType: __, linkedAccount: ___, partner, ...settings }) => ({
        ...{ partner, settings, isRevoked: false },
        keys: { from: 'read', server: partner, path: new URL(metadataUrlOf(lab, partner)).pathname },
      })),
    leftOut: [],
    remarks: [],
  }
}

function heardOriginal(farm: Farm, name: string, heard: Heard): ServerOriginal {
  const { users, appPrincipals, keys, partners } = heard
  const { currentDays } = keys.budget
  if (currentDays < 0) {
    throw new LabError(
      `the signing key of ${name} has ended: it has to be replaced, and there is nothing to rehearse before (entente key replace --server ${name})`,
    )
  }
  const leftOut: string[] = []
  const remarks: string[] = []
  const copied = partners.flatMap((record) => {
    const partner = farm.lab.servers.find(
      ({ product, realm }) =>
        CATALOG[product].applicationId === record.applicationIdentifier && realm === record.realm,
    )
    if (partner !== undefined) return [partnerOriginal(farm, name, heard, record, partner, remarks)]
    leftOut.push(`${record.identity} at ${name}: ${record.issuer} is no server of this lab`)
    return []
  })
  return {
    ...{ name, users, partners: copied, leftOut, remarks, daysLeft: currentDays },
    ...(appPrincipals !== undefined && { appPrincipals }),
  }
}

function partnerOriginal(
  farm: Farm,
  name: string,
  { time }: Heard,
  record: PartnerView,
  partner: LabServer,
  remarks: string[],
): PartnerOriginal {
  const { identity, applicationTrustLevel, enabled, acceptSecurityIdentifierInformation } = record
  const settings = { identity, applicationTrustLevel, enabled, acceptSecurityIdentifierInformation }
  const current = farm.heard.get(partner.name)?.keys.items.find(({ state }) => state === 'current')
  const thumbprints = record.keys.map(({ thumbprint }) => thumbprint)
  const isStale = record.keysGoodUntil !== undefined && record.keysGoodUntil < time
  const pasted = (why: string): PartnerOriginal['keys'] => {
    remarks.push(`${identity} at ${name} keeps the keys it has: ${why}`)
    return {
      from: 'pasted',
      isCurrent: !isStale && (current === undefined || thumbprints.includes(current.thumbprint)),
    }
  }
  const { metadataUrl, lastFailure } = record
  const place = metadataUrl === undefined ? undefined : placeOf(farm, metadataUrl)
  const keys =
    metadataUrl === undefined
      ? pasted(`they were handed over (${record.keySource})`)
      : place === undefined
        ? pasted(`its document is read at ${metadataUrl}, which is no server of this lab`)
        : // A server that does not run now does in the copy.
          lastFailure !== undefined && farm.heard.has(place.server)
          ? pasted(`its document cannot be read, or is not adopted (${lastFailure.code})`)
          : { from: 'read' as const, ...place }
  return {
    ...{ partner: partner.name, settings, keys },
    isRevoked: current !== undefined && (record.revokedKeys ?? []).includes(current.thumbprint),
  }
}

// The server of the lab that a URL leads to, and where it has it.
function placeOf({ lab, urlOf: at }: Farm, url: string): { server: string; path: string } | undefined {
  const { hostname, port, pathname, search } = new URL(url)
  const server = lab.servers.find((one) => {
    const own = new URL(at(one))
    const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname) && port === own.port
    // The names of a lab lead to its servers by themselves, whatever the port.
    return isHere || one.hosts.includes(hostname) || (hostname === own.hostname && port === own.port)
  })
  return server === undefined ? undefined : { server: server.name, path: `${pathname}${search}` }
}
