/** The configuration of one server: one schema, every fault at once. */
import * as z from 'zod'
import { describeFaults, faultsOfInput } from '../http/problem.ts'
import { IMPERSONATION_MODELS } from '../products/exchange/impersonation-rights.ts'
import { PRODUCT_NAMES } from '../products/product.ts'
import { Realm } from '../protocol/ids.ts'
import { DEFAULT_SKEW } from '../trust/admit.ts'
import type { Retention } from '../trust/decision-log.ts'
import { ConfigError } from './config-error.ts'

export const ServerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a lower-case name such as exchange')
export const HostName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'expected a lower-case host name')
export const Port = z.int().min(0).max(65535)

/** The realm that stands in this server's own tokens: lower case, so that no peer's comparison can fail on it. */
export const OwnRealm = Realm.refine(
  (realm) => realm !== '*' && realm === realm.toLowerCase(),
  'expected lower case',
)

/** Whom a server lets itself be sent to. */
export const FetchConfig = z.strictObject({
  /** Hosts, as they stand in a URL, that may be called though they are not at an address of the Internet. */
  allow: z.array(z.union([HostName, z.ipv6()])),
})

/** How it keeps up with its partners' keys; all in seconds, and each with a default (`RefreshPolicy`). */
export const RefreshConfig = z.strictObject({
  usual: z.int().min(60).exactOptional(),
  floor: z.int().min(60).exactOptional(),
  ceiling: z
    .int()
    .min(60)
    .max(7 * 86_400)
    .exactOptional(),
  retry: z.int().min(1).exactOptional(),
  goodFor: z.int().min(3_600).exactOptional(),
  coolDown: z.int().min(1).exactOptional(),
  unknownFor: z.int().min(1).exactOptional(),
})

/** How a server is administered. */
export const AdminConfig = z.strictObject({
  /** Wrong admin tokens that one address may show before it is not listened to for the rest of the minute. */
  failuresPerMinute: z.int().min(1).max(1_000_000),
})

const kept = (records: number, days: number) =>
  z
    .strictObject({
      records: z.int().min(100).default(records),
      days: z.int().min(1).max(36_500).default(days),
    })
    .prefault({})

/**
 * How much of each kind of record is kept: so many, for so many days. What strangers fill has a share of its own; what says
 * who is trusted and by whom is kept longest.
 */
export const AuditConfig = z.strictObject({
  registration: kept(100_000, 3_650),
  administration: kept(100_000, 3_650),
  admitted: kept(100_000, 30),
  minted: kept(100_000, 30),
  refused: kept(50_000, 30),
  forbidden: kept(50_000, 90),
  impersonation: kept(100_000, 365),
  reading: kept(20_000, 90),
  denied: kept(20_000, 90),
}) satisfies z.ZodType<Retention>

export const ServerConfig = z.strictObject({
  name: ServerName,
  product: z.enum(PRODUCT_NAMES),
  /** The address to listen on. */
  address: z.union([z.ipv4(), z.ipv6()], { error: 'expected an IP address' }).default('127.0.0.1'),
  /** Whether the address may be one that other machines reach. */
  exposed: z.boolean().default(false),
  /** 0: any that is free. */
  port: Port,
  realm: OwnRealm,
  /** Names it is reached by beside localhost, 127.0.0.1 and ::1. */
  hosts: z.array(HostName),
  /** The folder of its state: database, admin token, where it can be reached. */
  dataDir: z.string(),
  /** How far the clocks of callers may lie apart from this server's, in seconds. */
  clockSkewSeconds: z.int().min(0).max(3600).default(DEFAULT_SKEW),
  audit: AuditConfig.prefault({}),
  /** Whether refusals carry our own code and the product's words for each reason. Absent: only where nobody else can ask. */
  refusalHeader: z.boolean().exactOptional(),
  storage: z.enum(['sqlite', 'memory']).default('sqlite'),
  /** Whose time counts: that of the machine, or that of a lab, which can be moved. */
  clock: z.enum(['machine', 'lab']).default('machine'),
  tls: z.strictObject({ certificate: z.string(), key: z.string() }),
  signing: z.strictObject({ certificate: z.string(), key: z.string() }),
  /** File with the passphrase that private keys are encrypted with at rest; absent: they lie in files for the owner alone. */
  keyPassphraseFile: z.string().exactOptional(),
  /** PEM file of authorities that partners' TLS certificates may come from, beside those of the system. */
  ca: z.string().exactOptional(),
  /** Where host names really are: name → address and port. */
  routes: z.record(z.string(), z.strictObject({ address: z.string(), port: Port })).default({}),
  fetch: FetchConfig.default({ allow: [] }),
  refresh: RefreshConfig.default({}),
  // Enough for a person or a broken script on the one address that a lab and its tests share; nothing for a guesser.
  admin: AdminConfig.default({ failuresPerMinute: 600 }),
  /** Exchange: the folder with services.wsdl, messages.xsd and types.xsd, which are Microsoft's and not part of this. */
  ewsSchemas: z.string().exactOptional(),
  settings: z
    .strictObject({
      siteTitle: z.string().exactOptional(),
      impersonationModel: z.enum(IMPERSONATION_MODELS).exactOptional(),
      exchangeAutodiscoverUrl: z.url({ protocol: /^https$/ }).exactOptional(),
      availabilityAddressSpaces: z
        .array(z.strictObject({ domain: HostName, url: z.url({ protocol: /^https$/ }) }))
        .exactOptional(),
    })
    .default({}),
})
export type ServerConfig = z.infer<typeof ServerConfig>

/** Parses what came out of a file; `source` names the file in the message, which lists every fault. */
export function parseConfig<T>(schema: z.ZodType<T>, input: unknown, source: string): T {
  const read = schema.safeParse(input)
  if (read.success) return read.data
  throw new ConfigError(`${source}: ${describeFaults(faultsOfInput(read.error, input))}`)
}
