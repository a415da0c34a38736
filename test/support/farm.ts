/** Three real servers on free ports in this process, started by the function that the program uses. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openOutbound } from '../../src/http/outbound.ts'
import { type LabFile, type LabPlaces, readLabFile, serverConfigOf } from '../../src/lab/lab-file.ts'
import type { OutboundReply, ProbeReport } from '../../src/products/product.ts'
import { WELL_KNOWN } from '../../src/protocol/ids.ts'
import { type Ambient, machine } from '../../src/server/ambient.ts'
import type { ServerConfig } from '../../src/server/config.ts'
import { readSigningKey } from '../../src/server/key-files.ts'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import type { ServerIdentity } from '../../src/trust/identity.ts'
import { mint } from '../../src/trust/mint.ts'

export const CERTIFICATES = 'node_modules/.cache/entente-test-certificates'
export const CA = () => readFileSync(join(CERTIFICATES, 'ca.pem'), 'utf8')
export const KEN = 'sip:kenmyer@litwareinc.com'

/** What a client of these servers may call: this machine. */
export const HOME = { allow: ['localhost', '127.0.0.1', '::1'], resolve: machine.resolve }

export type ServerName = 'exchange' | 'lync' | 'sharepoint'
const NAMES: readonly ServerName[] = ['exchange', 'lync', 'sharepoint']

export interface JsonAnswer {
  status: number
  header(name: string): readonly string[]
  // biome-ignore lint/suspicious/noExplicitAny: an answer's JSON is asserted member by member
  body: any
}

export interface Farm {
  readonly lab: LabFile
  readonly dir: string
  /** The clock of all three; tests move it. */
  readonly clock: { now: number }
  readonly servers: Record<ServerName, RunningServer>
  readonly surprises: unknown[]
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    headers?: Record<string, string>,
    body?: string,
  ): Promise<Answer>
  admin(
    server: ServerName,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<JsonAnswer>
  /** Registers `partner` at `server`, at SharePoint with every right; answers the record. */
  register(server: ServerName, partner: ServerName, more?: Record<string, unknown>): Promise<JsonAnswer>
  /** Grants an application a right at SharePoint, on everything; with full control of its own, unless it is said otherwise. */
  grant(nameIdentifier: string, right?: string, enableAppOnlyPolicy?: boolean): Promise<void>
  addUsers(): Promise<void>
  connectivityTest(input?: Record<string, unknown>): Promise<ProbeReport>
  metadataUrl(server: ServerName): string
  /** Stops one server, and starts it again on the same port with the same data. */
  stop(server: ServerName): Promise<void>
  restart(server: ServerName, more?: Partial<ServerConfig>): Promise<void>
  close(): Promise<void>
}

export type Answer = Extract<OutboundReply, { answered: true }>

export async function startFarm(
  storage: 'memory' | 'sqlite' = 'memory',
  more: Partial<ServerConfig> = {},
): Promise<Farm> {
  const dir = mkdtempSync(join(tmpdir(), 'entente-'))
  const places: LabPlaces = { labFile: 'metadata/lab.json', dataDir: dir, certsDir: CERTIFICATES }
  const lab = readLabFile(places)
  const clock = { now: machine.now() }
  const surprises: unknown[] = []
  const ambient: Ambient = { ...machine, now: () => clock.now }
  const log = { request: () => undefined, surprise: (error: unknown) => surprises.push(error) }
  // Tests wait for what a server waits for.
  const outbound = openOutbound({ ca: CA(), routes: new Map(), guard: HOME, timeoutMs: 30_000 })

  const start = (
    name: ServerName,
    port: number,
    exchangePort?: number,
    changed: Partial<ServerConfig> = {},
  ): Promise<RunningServer> => {
    const config = serverConfigOf(lab, name, places)
    const settings = {
      ...config.settings,
      ...(exchangePort !== undefined && {
        exchangeAutodiscoverUrl: `https://localhost:${exchangePort}/autodiscover/autodiscover.svc`,
      }),
    }
    return startServer({ ...config, port, storage, settings, ...more, ...changed }, ambient, log)
  }
  const exchange = await start('exchange', 0)
  const servers: Record<ServerName, RunningServer> = {
    exchange,
    lync: await start('lync', 0, exchange.port),
    sharepoint: await start('sharepoint', 0),
  }
  const farm: Farm = {
    lab,
    dir,
    clock,
    servers,
    surprises,
    async send(method, url, headers = {}, body) {
      const call = { method, url, headers, ...(body !== undefined && { body }) } as const
      const reply = await outbound.send(call)
      if (!reply.answered) throw new Error(`no answer: ${reply.why}`)
      return reply
    },
    async admin(server, method, path, body) {
      const { url, adminToken } = servers[server]
      const reply = await outbound.send({
        method,
        url: `${url}/admin/v1${path}`,
        headers: {
          authorization: `Bearer ${adminToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (!reply.answered) throw new Error(`no answer: ${reply.why}`)
      const { status, header } = reply
      return { status, header, body: reply.body === '' ? undefined : JSON.parse(reply.body) }
    },
    async register(server, partner, more = {}) {
      const answer = await farm.admin(server, 'POST', '/partner-applications', {
        identity: partner,
        metadataUrl: farm.metadataUrl(partner),
        ...more,
      })
      if (server === 'sharepoint' && answer.status === 201) await farm.grant(answer.body.issuer)
      return answer
    },
    async grant(nameIdentifier, right = 'FullControl', enableAppOnlyPolicy = true) {
      const path = `/app-principals/${encodeURIComponent(nameIdentifier)}/permissions`
      await farm.admin('sharepoint', 'POST', '/app-principals', { nameIdentifier, displayName: 'Test' })
      const grant = { scope: 'SiteSubscription', right, enableAppOnlyPolicy }
      const { status, body } = await farm.admin('sharepoint', 'POST', path, grant)
      if (status !== 200) throw new Error(`nothing was granted: ${JSON.stringify(body)}`)
    },
    async addUsers() {
      for (const name of NAMES) for (const user of lab.users) await farm.admin(name, 'POST', '/users', user)
    },
    async connectivityTest(input = {}) {
      const { status, body } = await farm.admin('lync', 'POST', '/tests/storage-connectivity', {
        sipUri: KEN,
        ...input,
      })
      if (status !== 200) throw new Error(`the test could not be run: ${JSON.stringify(body)}`)
      return body
    },
    metadataUrl: (server) =>
      `${servers[server].url}${{ exchange: '/autodiscover/metadata/json/1', lync: '/metadata/json/1', sharepoint: '/_layouts/15/metadata/json/1' }[server]}`,
    async stop(server) {
      await servers[server].close()
      // Client and server share this process: the client reads of its closed connections in a turn of its own.
      await setTimeout(20)
    },
    async restart(server, changed) {
      servers[server] = await start(server, servers[server].port, servers.exchange.port, changed)
    },
    async close() {
      await Promise.all(NAMES.map((name) => servers[name].close()))
      await outbound.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return farm
}

/** A token that server `from` would make for server `to`, acting for a user or as itself. */
export function mintAs(
  farm: Farm,
  from: ServerName,
  to: ServerName,
  user?: LabFile['users'][number],
): Promise<string> {
  const file = (suffix: string) => join(CERTIFICATES, `${from}-${suffix}.pem`)
  const principal = (name: ServerName) => ({
    appId: WELL_KNOWN[name],
    realm: farm.lab.servers.find((server) => server.name === name)!.realm,
  })
  const self: ServerIdentity = {
    application: principal(from),
    hosts: ['localhost'],
    port: farm.servers[from].port,
    ...readSigningKey(file('oauth'), file('oauth-key')),
  }
  return mint(self, { ...principal(to), host: `localhost:${farm.servers[to].port}` }, user, farm.clock.now)
}
