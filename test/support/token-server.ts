/** A fourth real server beside the three of a farm, which issues tokens; and an application that is known to it alone. */
import { sign } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { readLabFile, serverConfigOf } from '../../src/lab/lab-file.ts'
import { GRANT_TYPES } from '../../src/products/token-server/token-request.ts'
import { TOKEN_SERVER_ID, WELL_KNOWN } from '../../src/protocol/ids.ts'
import { machine } from '../../src/server/ambient.ts'
import type { ServerConfig } from '../../src/server/config.ts'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import { type Answer, CERTIFICATES, type Farm, type JsonAnswer, type ServerName } from './farm.ts'
import { encode, KEYS, type TestKey } from './tokens.ts'

export const REALM = 'litwareinc.com'
/** An application without a key that any product knows. */
export const APP = '5d8f0c1e-0001-4000-8000-00000000aaaa'

export interface TokenServer {
  readonly url: string
  readonly metadataUrl: string
  readonly endpoint: string
  readonly running: RunningServer
  admin(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<JsonAnswer>
  /** Registers the application, with the right to ask for all three products. */
  addClient(more?: Record<string, unknown>): Promise<JsonAnswer>
  /** An assertion of the application, good but for the changes; `undefined` takes a claim out. */
  assertion(claims?: Record<string, unknown>, key?: TestKey): string
  /** Posts a form to the endpoint: a good one but for the changes. */
  ask(form?: Record<string, string | undefined>): Promise<JsonAnswer>
  /** A token for a server, or what was said instead. */
  tokenFor(server: ServerName, form?: Record<string, string>): Promise<string>
  restart(more?: Partial<ServerConfig>): Promise<void>
  close(): Promise<void>
}

/** The principal of a server of the farm. */
export function principalOf({ lab }: Farm, name: ServerName): string {
  return `${WELL_KNOWN[name]}@${lab.servers.find((server) => server.name === name)!.realm}`
}

export async function startTokenServer(farm: Farm, more: Partial<ServerConfig> = {}): Promise<TokenServer> {
  const places = {
    labFile: 'metadata/lab.json',
    dataDir: farm.dir,
    certsDir: CERTIFICATES,
    tokenServer: true,
  }
  const config = serverConfigOf(readLabFile(places), 'token-server', places)
  const ambient = { ...machine, now: () => farm.clock.now }
  const log = { request: () => undefined, surprise: (error: unknown) => farm.surprises.push(error) }
  const start = (port: number, changed: Partial<ServerConfig>) =>
    startServer({ ...config, port, storage: 'memory', ...changed }, ambient, log)
  let running = await start(0, more)
  const { port, url } = running
  const endpoint = `${url}/tokens/OAuth/2`
  let count = 0

  const server: TokenServer = {
    url,
    endpoint,
    metadataUrl: `${url}/metadata/json/1`,
    get running() {
      return running
    },
    async admin(method, path, body) {
      const isJson: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      const headers = { authorization: `Bearer ${running.adminToken}`, ...isJson }
      const json = body === undefined ? undefined : JSON.stringify(body)
      return parsed(await farm.send(method, `${url}/admin/v1${path}`, headers, json))
    },
    addClient: (changed = {}) =>
      server.admin('POST', '/token-clients', {
        ...{ identity: 'HRApp', certificate: KEYS.stranger.pem, applicationIdentifier: APP },
        resources: (['exchange', 'lync', 'sharepoint'] as const).map((name) => principalOf(farm, name)),
        trustedForDelegation: true,
        ...changed,
      }),
    assertion(claims = {}, key = KEYS.stranger) {
      const { now } = farm.clock
      count++
      const payload = {
        aud: `${TOKEN_SERVER_ID}/localhost:${port}@${REALM}`,
        ...{ iss: `${APP}@${REALM}`, nameid: `${APP}@${REALM}` },
        ...{ nbf: String(now - 300), exp: String(now + 600), jti: `${count}` },
        ...claims,
      }
      const text = `${encode({ typ: 'JWT', alg: 'RS256', x5t: key.x5t })}.${encode(payload)}`
      return `${text}.${sign('RSA-SHA256', Buffer.from(text), key.privateKey).toString('base64url')}`
    },
    async ask(form = {}) {
      const good = {
        grant_type: GRANT_TYPES[0],
        assertion: server.assertion(),
        resource: resourceOf(farm, 'exchange'),
      }
      const given = Object.entries({ ...good, ...form }).filter(([, value]) => value !== undefined)
      const body = new URLSearchParams(given as [string, string][]).toString()
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      return parsed(await farm.send('POST', endpoint, type, body))
    },
    async tokenFor(name, form = {}) {
      const { status, body } = await server.ask({ resource: resourceOf(farm, name), ...form })
      if (status !== 200) throw new Error(`no token: ${status} ${JSON.stringify(body)}`)
      return body.access_token
    },
    async restart(changed = {}) {
      await running.close()
      // Client and server share this process: the client reads of its closed connections in a turn of its own.
      await setTimeout(20)
      running = await start(port, { ...more, ...changed })
    },
    close: () => running.close(),
  }
  return server
}

/** `<application id>/<host>@<realm>` of a server of the farm. */
export function resourceOf(farm: Farm, name: ServerName): string {
  const [id, realm] = principalOf(farm, name).split('@')
  return `${id}/localhost:${farm.servers[name].port}@${realm}`
}

/** A user token around what the token server issued. */
export function around(farm: Farm, name: ServerName, actortoken: string, upn: string): string {
  const { now } = farm.clock
  const payload = {
    ...{ aud: resourceOf(farm, name), iss: `${APP}@${REALM}` },
    ...{ nbf: String(now - 300), exp: String(now + 600), nameid: upn, upn },
    ...{ nii: 'urn:office:idp:activedirectory', actortoken },
  }
  return `${encode({ typ: 'JWT', alg: 'none' })}.${encode(payload)}.`
}

function parsed({ status, header, body }: Answer): JsonAnswer {
  return { status, header, body: body === '' ? undefined : JSON.parse(body) }
}
