/** One running server: the only place where all parts meet. */
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { fillApp, type RequestRecord } from '../http/app.ts'
import { createAppServer } from '../http/app-server.ts'
import { openFaults } from '../http/faults/faults.ts'
import { openMetrics } from '../http/metrics.ts'
import { openOutbound, withSystemRoots } from '../http/outbound.ts'
import type { SurfaceRow } from '../http/surface.ts'
import { CATALOG } from '../products/catalog.ts'
import { openAuthorization } from '../products/exchange/rbac/authorization.ts'
import { openSubscriptions } from '../products/exchange/subscriptions.ts'
import { openStorageService } from '../products/lync/storage-service.ts'
import type { Kit } from '../products/product.ts'
import { errorCode } from '../protocol/error-code.ts'
import { formatPrincipal } from '../protocol/principal.ts'
import { takeLock } from '../storage/lock.ts'
import { openStorage, type StorageConfig, UnusableDatabase } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { openAdminTokens } from '../trust/admin-tokens.ts'
import type { AuditEvent } from '../trust/audit-record.ts'
import { openDecisionLog } from '../trust/decision-log.ts'
import { openDocumentFetches } from '../trust/document-fetches.ts'
import { openGroups } from '../trust/groups.ts'
import type { ServerIdentity } from '../trust/identity.ts'
import { openMinter } from '../trust/minter.ts'
import { openOwnRealm } from '../trust/own-realm.ts'
import type { Partner } from '../trust/partner.ts'
import { DEFAULT_REFRESH } from '../trust/refresh-policy.ts'
import { openRefresher } from '../trust/refresher.ts'
import { openPartners } from '../trust/register.ts'
import type { Ambient } from './ambient.ts'
import { openClock } from './clock.ts'
import { readClockPosition, writeClockPosition } from './clock-file.ts'
import type { ServerConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import { checkExposure, checkKeyFiles, reachOf } from './exposure.ts'
import { readText } from './files.ts'
import { isLoopback, LOOPBACK } from './loopback.ts'
import { readServiceDescription } from './service-description.ts'
import { openServerKeys } from './signing-keys.ts'
import { firstTokenFile, readReachable, removeReachable, writeReachable } from './state-files.ts'
import { makeStrangersTls } from './x509.ts'

export interface RunningServer {
  readonly name: string
  /** `https://localhost:8441` */
  readonly url: string
  readonly port: number
  /** The first admin token, as its file had it at the start; empty where it was revoked. */
  readonly adminToken: string
  /** Everything it answers to. */
  readonly surface: readonly SurfaceRow[]
  close(): Promise<void>
}

/** Where the server's own records go. */
export interface Log {
  request(record: RequestRecord): void
  surprise(error: unknown, requestId: string): void
}

// Two processes on one folder would each believe their own copy of who is trusted.
async function lockFolder({ name, dataDir }: ServerConfig): Promise<{ release(): void }> {
  const lock = await takeLock(join(dataDir, 'lock'))
  if (lock !== undefined) return lock
  const running = readReachable(dataDir)
  const where = running === undefined ? '' : ` at ${running.url} (process ${running.pid})`
  throw new ConfigError(
    `${name}: another server${where} uses ${dataDir}; stop it, or choose another folder with --data`,
  )
}

// A database that cannot be opened is for a person to look at, as a wrong configuration is.
async function openUsable(config: StorageConfig): Promise<Storage> {
  try {
    return await openStorage(config)
  } catch (error) {
    throw error instanceof UnusableDatabase ? new ConfigError(error.message) : error
  }
}

const GRACE_MS = 2_000

export async function startServer(config: ServerConfig, ambient: Ambient, log: Log): Promise<RunningServer> {
  const ends: End[] = []
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    return { ...(await open(config, ambient, log, (end) => ends.push(end))), close }
  } catch (error) {
    await close() // a start that failed half way leaves nothing open, and no lock
    throw error
  }
}

/** Gives back what was opened; in the reverse of the order of opening. */
type End = () => void | Promise<void>

async function open(
  config: ServerConfig,
  ambient: Ambient,
  log: Log,
  atEnd: (end: End) => void,
): Promise<Omit<RunningServer, 'close'>> {
  const product = CATALOG[config.product]
  const tls = { key: readText(config.tls.key), cert: readText(config.tls.certificate) }
  checkExposure(config)
  checkKeyFiles(config)
  const reach = reachOf(config, LOOPBACK)
  const ca = config.ca === undefined ? {} : { ca: withSystemRoots(readText(config.ca)) }
  const descriptions =
    config.ewsSchemas === undefined ? {} : { serviceDescription: readServiceDescription(config.ewsSchemas) }
  const lock = config.storage === 'memory' ? undefined : await lockFolder(config)
  if (lock !== undefined) atEnd(lock.release)
  const tokenFile = firstTokenFile(config.dataDir)
  tokenFile.read() // what is wrong with it is said before anything is opened
  const storage = await openUsable(
    config.storage === 'memory'
      ? { kind: 'memory' }
      : { kind: 'sqlite', path: join(config.dataDir, 'entente.sqlite') },
  )
  atEnd(storage.close)
  const realm = await openOwnRealm(storage.realms, config.realm)
  const application = () => ({ appId: product.applicationId, realm: realm.current() })
  const reaching = {
    ...ca,
    routes: new Map(Object.entries(config.routes)),
    guard: { allow: config.fetch.allow, resolve: ambient.resolve },
  }
  const faults =
    config.clock === 'lab'
      ? openFaults(reaching.routes, { tls, strangersTls: () => makeStrangersTls(ambient.now()) })
      : undefined
  const issuer = () => formatPrincipal(application())
  const outbound = openOutbound({ ...reaching, issuer, ...(faults !== undefined && { faults }) })
  atEnd(outbound.close)
  const plainly = openOutbound(reaching)
  atEnd(plainly.close)
  const isKept = config.storage !== 'memory'
  const position = isKept ? readClockPosition(config.dataDir) : undefined
  const clock = openClock({
    machine: ambient,
    isLab: config.clock === 'lab',
    ...(position !== undefined && { position }),
    ...(isKept && { keep: (kept) => writeClockPosition(config.dataDir, kept) }),
    onSurprise: log.surprise,
  })
  atEnd(clock.close)
  const decisions = await openDecisionLog({
    store: storage.audit,
    now: clock.now,
    retention: config.audit,
    onSurprise: (error) => log.surprise(error, 'decision log'),
  })
  atEnd(decisions.close)
  // What a server does by itself is in the record like what it is asked to do.
  const record = (kind: AuditEvent['kind'], through: string, partner?: Partner) =>
    decisions.record({
      kind,
      requestId: ambient.newId(),
      through: through.slice(0, 200),
      ...(partner !== undefined && { partner: partner.issuer }),
    })
  const { keys, make } = await openServerKeys({
    ...{ config, product, storage, clock },
    partnersWithKeyOf: (certificates) => partners.withKeyOf(certificates),
    onChange: (what) => record('administration', what),
  })
  const identityAt = (port: number): ServerIdentity => ({
    ...{ application: application(), hosts: reach.hosts, port },
    ...keys.identity(),
  })
  const refreshing = { ...DEFAULT_REFRESH, ...config.refresh }
  const partners = await openPartners({
    get self() {
      return identityAt(config.port)
    },
    store: storage.partners,
    now: clock.now,
    download: outbound.download,
    refreshing,
    ...(product.takesBrokers && { takesBrokers: true }),
    onRemove: ({ issuer }) => fetches.forget(issuer),
  })
  const fetches = await openDocumentFetches(storage.documentFetches, clock, partners)
  const adminTokens = await openAdminTokens({
    store: storage.adminTokens,
    file: tokenFile,
    now: clock.now,
    newSecret: ambient.secret,
  })
  const { directory } = storage
  const isAccount = async (sid: string) => (await directory.find('sid', sid)).length > 0
  const groups = await openGroups(storage.groups, isAccount)
  const authorization = await openAuthorization(storage.management, groups, directory)
  const refresher = openRefresher({
    ...{ partners, clock, policy: refreshing },
    onRefresh: (partner, what) => record('registration', what, partner),
  })
  const tlsEnds = Math.floor(Date.parse(new X509Certificate(tls.cert).validTo) / 1000)
  const metrics = openMetrics({
    ...{
      name: config.name,
      product: config.product,
      clock,
      refreshing,
      skew: config.clockSkewSeconds,
      tlsEnds,
    },
    keys: keys.list,
    generation: () => keys.published().generation,
    fetches: fetches.list,
    partners: partners.list,
    byIssuer: partners.byIssuer,
  })
  let isServing = false
  let surface: readonly SurfaceRow[] = []
  const listener = await listen(config, tls, (app, port) => {
    const baseUrl = `https://${reach.host}:${port}`
    const identity = steady([keys.identity, realm.current], () =>
      measured(identityAt(port), ambient.stopwatch, metrics.minted),
    )
    const kit: Kit = {
      name: config.name,
      get identity() {
        return identity()
      },
      baseUrl,
      metadataUrl: `${baseUrl}${product.metadata.paths[0]}`,
      settings: { ...config.settings, ...descriptions },
      directory: storage.directory,
      groups,
      mailboxes: storage.mailboxes,
      authorization,
      lists: storage.lists,
      storageService: openStorageService(storage.storageService),
      access: storage.access,
      subscriptions: openSubscriptions(),
      siteAccess: storage.siteAccess,
      assertions: storage.assertions,
      formerRealms: realm.former,
      minter: openMinter(),
      partners: partners.list,
      partnerOfApplication: partners.ofApplication,
      someIssuers: partners.someIssuers,
      now: clock.now,
      newId: ambient.newId,
      stopwatch: ambient.stopwatch,
      record: decisions.record,
      send: outbound.send,
      ...(faults !== undefined && { skewAt: faults.skewAt }),
    }
    surface = fillApp(app, {
      product,
      kit,
      clock,
      keys,
      makeKey: make,
      fetches,
      refresher,
      refreshing,
      partners,
      realm,
      rootAuthorities: storage.rootAuthorities,
      downloadRoot: outbound.downloadRoot,
      adminTokens,
      adminFailuresPerMinute: config.admin.failuresPerMinute,
      skew: config.clockSkewSeconds,
      tlsEnds,
      metrics,
      readiness: { isServing: () => isServing, askStore: storage.audit.heads },
      faults,
      download: plainly.download,
      decisions,
      audit: storage.audit,
      refusalHeader: config.refusalHeader ?? isLoopback(config.address),
      log: log.request,
      onSurprise: log.surprise,
    })
  })
  atEnd(listener.close)

  const url = `https://${reach.host}:${listener.port}`
  writeReachable(config.dataDir, {
    name: config.name,
    product: config.product,
    url,
    pid: process.pid,
    ...(config.ca !== undefined && { ca: config.ca }),
    ...(reach.address !== undefined && { address: reach.address }),
  })
  atEnd(() => removeReachable(config.dataDir))
  isServing = true
  atEnd(() => {
    isServing = false
  })
  return {
    name: config.name,
    url,
    port: listener.port,
    adminToken: tokenFile.read() ?? '',
    surface,
  }
}

// The same object for as long as what it is made of is the same: by that, whoever remembers something sees whether it changed.
function steady<T>(parts: readonly (() => unknown)[], make: () => T): () => T {
  let last: { readonly of: readonly unknown[]; readonly made: T } | undefined
  return () => {
    if (last !== undefined && isMadeOf(last.of, parts)) return last.made
    last = { of: parts.map((part) => part()), made: make() }
    return last.made
  }
}

// Asked for with every request: without a list that is made anew.
function isMadeOf(of: readonly unknown[], parts: readonly (() => unknown)[]): boolean {
  for (let at = 0; at < parts.length; at++) if (parts[at]?.() !== of[at]) return false
  return true
}

// How long each signature takes, with what it waits for its turn, is heard of wherever the key is.
function measured(
  identity: ServerIdentity,
  stopwatch: () => number,
  took: (milliseconds: number) => void,
): ServerIdentity {
  const { x5t, sign } = identity.signingKey
  const timed: typeof sign = async (header, payload) => {
    const started = stopwatch()
    const signature = await sign(header, payload)
    took(stopwatch() - started)
    return signature
  }
  return { ...identity, signingKey: { x5t, sign: timed } }
}

type Fill = (app: Parameters<typeof fillApp>[0], port: number) => void

function listen(
  { name, address, port }: ServerConfig,
  tls: { key: string; cert: string },
  fill: Fill,
): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const { server, app } = createAppServer(tls)
    server.once('error', (error) => {
      const inUse = errorCode(error) === 'EADDRINUSE'
      reject(
        inUse
          ? new ConfigError(
              `${name}: port ${port} on ${address} is in use; stop what uses it, or choose another with --port-base`,
            )
          : error,
      )
    })
    server.listen(port, address, () => {
      const bound = server.address()
      if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port')
      fill(app, bound.port) // in the turn in which the port opens: no request can come before it
      resolve({
        port: bound.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeIdleConnections()
            setTimeout(() => server.closeAllConnections(), GRACE_MS).unref()
          }),
      })
    })
  })
}
