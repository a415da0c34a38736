/** One running server: the only place where all parts meet. */
import { join } from 'node:path'
import { fillApp, type RequestRecord, type SurfaceRow } from '../http/app.ts'
import { createAppServer } from '../http/app-server.ts'
import { openOutbound, withSystemRoots } from '../http/outbound.ts'
import { CATALOG } from '../products/catalog.ts'
import { openAuthorization } from '../products/exchange/rbac/authorization.ts'
import type { Kit } from '../products/product.ts'
import { errorCode } from '../protocol/error-code.ts'
import { takeLock } from '../storage/lock.ts'
import { openStorage, type StorageConfig, UnusableDatabase } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { openAdminTokens } from '../trust/admin-tokens.ts'
import { openDecisionLog } from '../trust/decision-log.ts'
import { openGroups } from '../trust/groups.ts'
import type { ServerIdentity } from '../trust/identity.ts'
import { openPartners } from '../trust/register.ts'
import type { Ambient } from './ambient.ts'
import { LOOPBACK, type ServerConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import { checkExposure, reachOf } from './exposure.ts'
import { readText } from './files.ts'
import { readSigningKey } from './key-files.ts'
import { firstTokenFile, readReachable, removeReachable, writeReachable } from './state-files.ts'

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
async function open(config: StorageConfig): Promise<Storage> {
  try {
    return await openStorage(config)
  } catch (error) {
    throw error instanceof UnusableDatabase ? new ConfigError(error.message) : error
  }
}

const GRACE_MS = 2_000

export async function startServer(config: ServerConfig, ambient: Ambient, log: Log): Promise<RunningServer> {
  const product = CATALOG[config.product]
  const tls = { key: readText(config.tls.key), cert: readText(config.tls.certificate) }
  const { signingKey, certificate } = readSigningKey(config.signing.certificate, config.signing.key)
  checkExposure(config)
  const reach = reachOf(config, LOOPBACK)
  const ca = config.ca === undefined ? {} : { ca: withSystemRoots(readText(config.ca)) }
  const lock = config.storage === 'memory' ? undefined : await lockFolder(config)
  const tokenFile = firstTokenFile(config.dataDir)
  tokenFile.read() // what is wrong with it is said before anything is opened
  const storage = await open(
    config.storage === 'memory'
      ? { kind: 'memory' }
      : { kind: 'sqlite', path: join(config.dataDir, 'entente.sqlite') },
  )
  const outbound = openOutbound({
    ...ca,
    routes: new Map(Object.entries(config.routes)),
    guard: { allow: config.fetch.allow, resolve: ambient.resolve },
  })
  const identityAt = (port: number): ServerIdentity => ({
    application: { appId: product.applicationId, realm: config.realm },
    hosts: reach.hosts,
    port,
    signingKey,
    certificate,
  })
  const partners = await openPartners({
    self: identityAt(config.port),
    store: storage.partners,
    now: ambient.now,
    download: outbound.download,
  })

  const decisions = await openDecisionLog({
    store: storage.audit,
    now: ambient.now,
    retention: config.decisions,
    onSurprise: (error) => log.surprise(error, 'decision log'),
  })
  const adminTokens = await openAdminTokens({
    store: storage.adminTokens,
    file: tokenFile,
    now: ambient.now,
    newSecret: ambient.secret,
  })
  const groups = await openGroups(storage.groups)
  const authorization = await openAuthorization(storage.management, groups)
  let surface: readonly SurfaceRow[] = []
  const listener = await listen(config, tls, (app, port) => {
    const baseUrl = `https://${reach.host}:${port}`
    const kit: Kit = {
      name: config.name,
      identity: identityAt(port),
      baseUrl,
      metadataUrl: `${baseUrl}${product.metadata.paths[0]}`,
      settings: config.settings,
      directory: storage.directory,
      groups,
      mailboxes: storage.mailboxes,
      authorization,
      partners: partners.list,
      now: ambient.now,
      newId: ambient.newId,
      stopwatch: ambient.stopwatch,
      record: decisions.record,
      send: outbound.send,
    }
    surface = fillApp(app, {
      product,
      kit,
      partners,
      adminTokens,
      adminFailuresPerMinute: config.admin.failuresPerMinute,
      skew: config.clockSkewSeconds,
      decisions,
      audit: storage.audit,
      log: log.request,
      onSurprise: log.surprise,
    })
  }).catch(async (error: unknown) => {
    await outbound.close()
    await storage.close()
    lock?.release()
    throw error
  })

  const url = `https://${reach.host}:${listener.port}`
  writeReachable(config.dataDir, {
    name: config.name,
    product: config.product,
    url,
    pid: process.pid,
    ...(config.ca !== undefined && { ca: config.ca }),
    ...(reach.address !== undefined && { address: reach.address }),
  })
  return {
    name: config.name,
    url,
    port: listener.port,
    adminToken: tokenFile.read() ?? '',
    surface,
    async close() {
      removeReachable(config.dataDir)
      await listener.close()
      await outbound.close()
      await decisions.close()
      await storage.close()
      lock?.release()
    },
  }
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
