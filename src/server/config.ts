/** The configuration of one server: one schema, every fault at once. */
import * as z from 'zod'
import { describeFaults, faultsOfInput } from '../http/problem.ts'
import { IMPERSONATION_MODELS } from '../products/exchange/impersonation-rights.ts'
import { PRODUCT_NAMES } from '../products/product.ts'
import { Realm } from '../protocol/ids.ts'
import { DEFAULT_SKEW } from '../trust/admit.ts'
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

/** How a server is administered. */
export const AdminConfig = z.strictObject({
  /** Wrong admin tokens that one address may show before it is not listened to for the rest of the minute. */
  failuresPerMinute: z.int().min(1).max(1_000_000),
})

/** What every server is called on its own machine. */
export const LOOPBACK = ['localhost', '127.0.0.1', '::1']

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
  /** How many decisions are kept, and for how long. */
  decisions: z
    .strictObject({ records: z.int().min(100), days: z.int().min(1) })
    .default({ records: 100_000, days: 30 }),
  storage: z.enum(['sqlite', 'memory']).default('sqlite'),
  tls: z.strictObject({ certificate: z.string(), key: z.string() }),
  signing: z.strictObject({ certificate: z.string(), key: z.string() }),
  /** PEM file of authorities that partners' TLS certificates may come from, beside those of the system. */
  ca: z.string().exactOptional(),
  /** Where host names really are: name → address and port. */
  routes: z.record(z.string(), z.strictObject({ address: z.string(), port: Port })).default({}),
  fetch: FetchConfig.default({ allow: [] }),
  // Enough for a person or a broken script on the one address that a lab and its tests share; nothing for a guesser.
  admin: AdminConfig.default({ failuresPerMinute: 600 }),
  settings: z
    .strictObject({
      siteTitle: z.string().exactOptional(),
      impersonationModel: z.enum(IMPERSONATION_MODELS).exactOptional(),
      exchangeAutodiscoverUrl: z.url({ protocol: /^https$/ }).exactOptional(),
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
