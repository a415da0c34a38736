/** A client of a running server's admin REST: it finds its address, and a token unless it is given one, in its data folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openOutbound } from '../http/outbound.ts'
import type { ProductName } from '../products/product.ts'
import { machine } from '../server/ambient.ts'
import { adminTokenFile, readAdminToken, readReachable } from '../server/state-files.ts'

export interface AdminAnswer {
  readonly status: number
  /** The JSON of the answer; undefined for an empty one. */
  readonly body: unknown
}

export interface AdminClient {
  readonly url: string
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<AdminAnswer>
  close(): Promise<void>
}

/** The server does not run, or does not answer: exit code 3. */
export class UnreachableError extends Error {
  /** It answers, with a TLS certificate that does not hold. */
  readonly isDistrusted: boolean
  constructor(message: string, isDistrusted = false) {
    super(message)
    this.name = 'UnreachableError'
    this.isDistrusted = isDistrusted
  }
}

// A connectivity test makes several calls, each of which may wait for its own timeout.
const LONGEST_TEST_MS = 60_000

/** In the name of a token's file, `{server}` stands for the server's name: one name is then good for several servers. */
export function openAdminClient(dataDir: string, server: string, tokenFile?: string): AdminClient {
  const dir = join(dataDir, server)
  const reachable = readReachable(dir)
  if (reachable === undefined) {
    throw new UnreachableError(
      `${server} is not running: no ${join(dir, 'server.json')}; start the lab with npm start, or name its folder with --data`,
    )
  }
  const token = readAdminToken(tokenFile?.replaceAll('{server}', server) ?? adminTokenFile(dir))
  const { hostname, port } = new URL(reachable.url)
  const { address } = reachable
  const outbound = openOutbound({
    ...(reachable.ca !== undefined && { ca: readFileSync(reachable.ca, 'utf8') }),
    routes: new Map(address === undefined ? [] : [[hostname, { address, port: Number(port) }]]),
    // The one address it calls is the one that the server itself has written down.
    guard: { allow: [hostname], resolve: machine.resolve },
    timeoutMs: LONGEST_TEST_MS,
  })
  return {
    url: reachable.url,
    async call(method, path, body) {
      const reply = await outbound.send({
        method,
        url: `${reachable.url}/admin/v1${path}`,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (!reply.answered)
        throw new UnreachableError(
          `${server} at ${reachable.url} cannot be reached: ${reply.why}`,
          reply.distrust !== undefined,
        )
      return { status: reply.status, body: parsed(reply.body, `${server} at ${reachable.url}`) }
    },
    close: outbound.close,
  }
}

/** A server that runs. */
export interface FoundServer {
  readonly name: string
  readonly product: ProductName
  readonly url: string
}

/** The servers that run on this data folder, in the order of the alphabet. */
export function runningServers(dataDir: string): FoundServer[] {
  return foldersOf(dataDir).flatMap((name) => {
    const reachable = readReachable(join(dataDir, name))
    return reachable === undefined
      ? []
      : [{ name, product: reachable.product as ProductName, url: reachable.url }]
  })
}

/** Their names. */
export function runningNames(dataDir: string): string[] {
  return runningServers(dataDir).map(({ name }) => name)
}

/** The names of the servers that have run on this data folder and were ended: they keep a token there for when they run again. */
export function endedServers(dataDir: string): string[] {
  return foldersOf(dataDir).filter((name) => {
    const dir = join(dataDir, name)
    return existsSync(adminTokenFile(dir)) && readReachable(dir) === undefined
  })
}

function foldersOf(dataDir: string): string[] {
  if (!existsSync(dataDir)) return []
  return readdirSync(dataDir, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    .sort()
}

function parsed(body: string, who: string): unknown {
  if (body === '') return undefined
  try {
    return JSON.parse(body)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new UnreachableError(`${who} is not an Entente server: its answer is not JSON`)
  }
}

/** The sentence of a problem-details answer. */
export function problemText({ status, body }: AdminAnswer): string {
  const { title, detail } = (body ?? {}) as { title?: string; detail?: string }
  return `HTTP ${status}: ${[title, detail].filter((part) => part !== undefined && part !== '').join(': ')}`
}
