/** The lab file: which servers there are, who works there, who registers whom. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { APPLICATION_TYPES } from '../http/admin/enterprise-partners.ts'
import { PartnerIdentity } from '../http/admin/partner-applications.ts'
import { CATALOG } from '../products/catalog.ts'
import { IMPERSONATION_MODELS } from '../products/exchange/impersonation-rights.ts'
import { PRODUCT_NAMES } from '../products/product.ts'
import { formatPrincipal } from '../protocol/principal.ts'
import {
  AdminConfig,
  AuditConfig,
  FetchConfig,
  HostName,
  OwnRealm,
  Port,
  parseConfig,
  RefreshConfig,
  ServerConfig,
  ServerName,
} from '../server/config.ts'
import { ConfigError } from '../server/config-error.ts'
import { readJson } from '../server/files.ts'
import { LOOPBACK } from '../server/loopback.ts'
import { TRUST_LEVELS } from '../trust/partner.ts'
import { ACCESS_PARTS, AccessParts, LabUser, Try } from './access-parts.ts'

const LabServer = z.strictObject({
  name: ServerName,
  product: z.enum(PRODUCT_NAMES),
  port: Port.min(1),
  realm: OwnRealm,
  hosts: z.array(HostName).min(1),
  /** Lync: the Exchange server its Storage Service writes to. */
  storesIn: ServerName.exactOptional(),
  siteTitle: z.string().exactOptional(),
  /** Exchange: mail domains whose free/busy another Exchange of the lab knows (Add-AvailabilityAddressSpace). */
  availabilityAddressSpaces: z
    .array(z.strictObject({ domain: HostName, server: ServerName }))
    .exactOptional(),
  /** Exchange: what makes an impersonation allowed. */
  impersonationModel: z.enum(IMPERSONATION_MODELS).exactOptional(),
  /** Exchange: a folder with services.wsdl, messages.xsd and types.xsd. */
  ewsSchemas: z.string().exactOptional(),
  clockSkewSeconds: z.int().min(0).max(3600).exactOptional(),
  /** Hosts outside the lab that it may call beside those of the Internet. */
  fetch: FetchConfig.exactOptional(),
  admin: AdminConfig.exactOptional(),
  refresh: RefreshConfig.exactOptional(),
  /** File with the passphrase that its signing keys are encrypted with at rest. */
  keyPassphraseFile: z.string().min(1).exactOptional(),
  audit: AuditConfig.exactOptional(),
  refusalHeader: z.boolean().exactOptional(),
})
type LabServer = z.infer<typeof LabServer>

const LabPartner = z.strictObject({
  /** The server that keeps the record. */
  server: ServerName,
  identity: PartnerIdentity,
  /** The server it registers. */
  partner: ServerName,
  applicationTrustLevel: z.enum(TRUST_LEVELS).default('Full'),
  acceptSecurityIdentifierInformation: z.boolean().exactOptional(),
  /** At an Exchange: what Configure-EnterprisePartnerApplication is told; it then gets an account and roles of its own. */
  applicationType: z.enum(APPLICATION_TYPES).exactOptional(),
  /** At an Exchange: the account whose roles it has by itself, and over whom it may act for users. */
  linkedAccount: z.string().min(1).max(1024).exactOptional(),
})
export type LabPartner = z.infer<typeof LabPartner>

const LabFile = z
  .strictObject({
    organization: z.string(),
    domain: HostName,
    /** What the lab is for, in a line. */
    description: z.string().exactOptional(),
    servers: z.array(LabServer).min(1),
    /** The third-party token server: there for whoever asks for it, with `--token-server` or by its name. */
    tokenServer: LabServer.extend({ product: z.literal('token-server') }).exactOptional(),
    users: z.array(LabUser),
    partners: z.array(LabPartner),
    ...AccessParts,
    /** The connectivity test that ends a start. */
    test: z.strictObject({ server: ServerName, sipUri: z.string() }).exactOptional(),
    /** What to try once the lab is ready. */
    tries: z.array(Try).default([]),
  })
  .superRefine((file, context) => {
    const fault = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    const all = [...file.servers, ...(file.tokenServer === undefined ? [] : [file.tokenServer])]
    const names = file.servers.map(({ name }) => name)
    const known = (path: (string | number)[], name: string | undefined) => {
      if (name !== undefined && !names.includes(name))
        fault(path, `expected one of ${names.join(', ')}, saw ${name}`)
    }
    const once = (key: string, values: readonly (string | number)[]) => {
      const twice = values.find((value, index) => values.indexOf(value) !== index)
      if (twice !== undefined) fault(['servers'], `expected each ${key} once, saw ${twice} twice`)
    }
    once(
      'name',
      all.map(({ name }) => name),
    )
    once(
      'port',
      all.map(({ port }) => port),
    )
    once(
      'host',
      all.flatMap(({ hosts }) => hosts),
    )
    for (const [index, server] of file.servers.entries())
      known(['servers', index, 'storesIn'], server.storesIn)
    for (const [index, { server, partner, applicationType }] of file.partners.entries()) {
      const keeper = file.servers.find(({ name }) => name === server)
      if (applicationType !== undefined && keeper !== undefined && keeper.product !== 'exchange')
        fault(
          ['partners', index, 'applicationType'],
          `expected only at a server of the product exchange, saw ${keeper.product}`,
        )
      known(['partners', index, 'server'], server)
      known(['partners', index, 'partner'], partner)
      if (server === partner) fault(['partners', index, 'partner'], `expected another server than ${server}`)
    }
    for (const [index, { availabilityAddressSpaces = [] }] of file.servers.entries())
      for (const [at, { server }] of availabilityAddressSpaces.entries())
        known(['servers', index, 'availabilityAddressSpaces', at, 'server'], server)
    for (const [index, { servers = [] }] of file.users.entries())
      for (const [at, server] of servers.entries()) known(['users', index, 'servers', at], server)
    for (const part of ACCESS_PARTS)
      for (const [index, { server }] of file[part].entries()) known([part, index, 'server'], server)
    if (file.test === undefined) return
    const { server: test } = file.test
    known(['test', 'server'], test)
    const tested = file.servers.find(({ name }) => name === test)
    if (tested !== undefined && tested.product !== 'lync') {
      fault(['test', 'server'], `expected a server of the product lync, saw ${tested.product}`)
    }
  })
export type LabFile = z.infer<typeof LabFile>

/** Where a lab finds its files, and how its ports are moved. */
export interface LabPlaces {
  readonly labFile: string
  readonly dataDir: string
  readonly certsDir: string
  /** The first server's port; the others follow at the distances the lab file has. */
  readonly portBase?: number
  /** Where the admin tokens are, if not in the data folder; `{server}` stands for the server's name. */
  readonly adminTokenFile?: string
  /** Where the service description of Exchange Web Services is; goes before what the lab file says. */
  readonly ewsSchemas?: string
  /** The token server of the lab file runs too. */
  readonly tokenServer?: boolean
}

export function readLabFile({ labFile, portBase, tokenServer: isWanted }: LabPlaces): LabFile {
  const read = parseConfig(LabFile, readJson(labFile), labFile)
  const lab = portBase === undefined ? read : moved(read, portBase)
  return isWanted === true ? withTokenServer(lab, labFile) : lab
}

function moved(lab: LabFile, portBase: number): LabFile {
  const { tokenServer } = lab
  const first = Math.min(...lab.servers.map(({ port }) => port))
  const move = <Server extends LabServer>(server: Server): Server => {
    const port = server.port - first + portBase
    if (port <= 65_535) return { ...server, port }
    throw new ConfigError(`--port-base ${portBase}: ${server.name} would get port ${port}`)
  }
  const servers = lab.servers.map(move)
  return { ...lab, servers, ...(tokenServer !== undefined && { tokenServer: move(tokenServer) }) }
}

/** The lab with its token server among the servers. */
export function withTokenServer(lab: LabFile, labFile: string): LabFile {
  const { tokenServer, servers } = lab
  if (tokenServer === undefined) throw new ConfigError(`${labFile}: tokenServer: expected one, saw nothing`)
  return servers.includes(tokenServer) ? lab : { ...lab, servers: [...servers, tokenServer] }
}

/** Where one server is to listen, other than on 127.0.0.1. */
export interface Exposure {
  readonly address?: string
  /** Other machines may reach it: it has keys and names of its own. */
  readonly exposed: boolean
}

/** The configuration of one server of the lab; of an exposed one the certificate authority need not be there. */
export function serverConfigOf(
  lab: LabFile,
  name: string,
  { dataDir, certsDir, ewsSchemas: schemasOfPlace }: LabPlaces,
  { address, exposed }: Exposure = { exposed: false },
): ServerConfig {
  const server = find(lab, name)
  const ewsSchemas = server.product === 'exchange' ? (schemasOfPlace ?? server.ewsSchemas) : undefined
  const file = (suffix: string) => join(certsDir, `${name}-${suffix}.pem`)
  const ca = join(certsDir, 'ca.pem')
  const at = (other: LabServer) => (exposed ? `https://${other.hosts[0]}:${other.port}` : urlOf(other))
  return ServerConfig.parse({
    name,
    product: server.product,
    port: server.port,
    realm: server.realm,
    hosts: server.hosts,
    dataDir: join(dataDir, name),
    tls: { certificate: file('tls'), key: file('tls-key') },
    signing: { certificate: file('oauth'), key: file('oauth-key') },
    ...(server.clockSkewSeconds !== undefined && { clockSkewSeconds: server.clockSkewSeconds }),
    ...(address !== undefined && { address }),
    exposed,
    clock: exposed ? 'machine' : 'lab',
    ...((!exposed || existsSync(ca)) && { ca }),
    // Among machines DNS knows where the others are, and nobody is to be sent to this one's own loopback.
    ...(!exposed && { routes: routesOf(lab) }),
    fetch: {
      allow: [
        ...(exposed ? [] : LOOPBACK),
        ...everyServer(lab).flatMap(({ hosts }) => hosts),
        ...(server.fetch?.allow ?? []),
      ],
    },
    ...(server.refresh !== undefined && { refresh: server.refresh }),
    ...(server.keyPassphraseFile !== undefined && { keyPassphraseFile: server.keyPassphraseFile }),
    ...(server.admin !== undefined && { admin: server.admin }),
    ...(ewsSchemas !== undefined && { ewsSchemas }),
    ...(server.audit !== undefined && { audit: server.audit }),
    ...(server.refusalHeader !== undefined && { refusalHeader: server.refusalHeader }),
    settings: {
      ...(server.siteTitle !== undefined && { siteTitle: server.siteTitle }),
      ...(server.impersonationModel !== undefined && { impersonationModel: server.impersonationModel }),
      ...(server.availabilityAddressSpaces !== undefined && {
        availabilityAddressSpaces: server.availabilityAddressSpaces.map((space) => ({
          domain: space.domain,
          url: at(find(lab, space.server)),
        })),
      }),
      ...(server.storesIn !== undefined && {
        exchangeAutodiscoverUrl: `${at(find(lab, server.storesIn))}/autodiscover/autodiscover.svc`,
      }),
    },
  })
}

/** The documented URL of a server's auth metadata document. */
export function metadataUrlOf(lab: LabFile, name: string): string {
  const server = find(lab, name)
  return `${urlOf(server)}${CATALOG[server.product].metadata.paths[0]}`
}

/** `<application id>@<realm>` of a server. */
export function principalOf(lab: LabFile, name: string): string {
  const { product, realm } = find(lab, name)
  return formatPrincipal({ appId: CATALOG[product].applicationId, realm })
}

export function urlOf({ port }: Pick<LabServer, 'port'>): string {
  return `https://localhost:${port}`
}

/** Where the lab's host names really are: no DNS knows them. */
export function routesOf(lab: LabFile): Record<string, { address: string; port: number }> {
  return Object.fromEntries(
    everyServer(lab).flatMap(({ hosts, port }) =>
      hosts.map((host) => [host, { address: '127.0.0.1', port }]),
    ),
  )
}

// The token server too, which may be started later.
function everyServer({ servers, tokenServer }: LabFile): readonly LabServer[] {
  return tokenServer === undefined || servers.includes(tokenServer) ? servers : [...servers, tokenServer]
}

function find(lab: LabFile, name: string): LabServer {
  const server = lab.servers.find((candidate) => candidate.name === name)
  if (server !== undefined) return server
  throw new ConfigError(
    `no server ${name} in the lab; there are ${lab.servers.map((s) => s.name).join(', ')}`,
  )
}
