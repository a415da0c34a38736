/**
 * A copy of a farm in this process: the same servers with the same realms, users, registrations and days left of their keys,
 * at other ports, in memory, with keys of their own. The farm itself is only read, and only over its admin REST.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppPrincipalView } from '../../http/admin/app-principals.ts'
import type { PartnerView } from '../../http/admin/partner-applications.ts'
import type { SigningKeysView } from '../../http/admin/signing-keys.ts'
import { CATALOG } from '../../products/catalog.ts'
import type { Ambient } from '../../server/ambient.ts'
import type { Log, RunningServer } from '../../server/start.ts'
import { startServer } from '../../server/start.ts'
import type { User } from '../../trust/directory.ts'
import { type AdminClient, openAdminClient, problemText } from '../admin-client.ts'
import { type LabFile, type LabPlaces, metadataUrlOf, serverConfigOf } from '../lab-file.ts'
import { runningServers } from '../matrix.ts'
import { ensureAppPrincipal, LabError, usersOf } from '../pairing.ts'

/** One server of the farm, as far as a copy needs it. */
export interface ServerOriginal {
  readonly name: string
  readonly users: readonly User[]
  /** Whom it has registered, by the name of that server in the lab. */
  readonly partners: readonly {
    readonly partner: string
    readonly settings: Readonly<Record<string, unknown>>
  }[]
  /** At SharePoint, what applications may do there; undefined: what the lab grants its partners. */
  readonly appPrincipals?: readonly AppPrincipalView[]
  /** Of its current key; undefined: as new. */
  readonly daysLeft?: number
}

/** What the running servers say of themselves; where none runs, what the lab file says. */
export async function readOriginal(
  lab: LabFile,
  dataDir: string,
  tokenFile?: string,
): Promise<ServerOriginal[]> {
  const running = new Set(runningServers(dataDir).map(({ name }) => name))
  return Promise.all(
    lab.servers.map(({ name }) =>
      running.has(name)
        ? askOriginal(lab, dataDir, name, tokenFile)
        : Promise.resolve(fileOriginal(lab, name)),
    ),
  )
}

function fileOriginal(lab: LabFile, name: string): ServerOriginal {
  return {
    name,
    users: usersOf(lab, name).map(({ servers: _, ...user }) => user),
    partners: lab.partners
      .filter(({ server }) => server === name)
      // Keys are what is rehearsed: roles play no part in it.
      .map(({ server: _, applicationType: __, linkedAccount: ___, partner, ...settings }) => ({
        partner,
        settings,
      })),
  }
}

async function askOriginal(
  lab: LabFile,
  dataDir: string,
  name: string,
  tokenFile?: string,
): Promise<ServerOriginal> {
  const client = openAdminClient(dataDir, name, tokenFile)
  const get = async <T>(path: string): Promise<T> => {
    const answer = await client.call('GET', path)
    if (answer.status === 200) return answer.body as T
    throw new LabError(`${name}: ${problemText(answer)}`, answer.status)
  }
  try {
    const { items: users } = await get<{ items: User[] }>('/users')
    const { items } = await get<{ items: PartnerView[] }>('/partner-applications')
    const { budget } = await get<SigningKeysView>('/signing-keys')
    const appPrincipals = isSharePoint(lab, name)
      ? (await get<{ items: AppPrincipalView[] }>('/app-principals')).items
      : undefined
    return {
      ...{ name, users, daysLeft: budget.currentDays },
      ...(appPrincipals !== undefined && { appPrincipals }),
      partners: items.flatMap((record) => {
        // What is no server of this lab cannot be copied, and keys that were handed over follow no rollover.
        const partner = lab.servers.find(
          ({ product, realm }) =>
            CATALOG[product].applicationId === record.applicationIdentifier && realm === record.realm,
        )
        const { identity, applicationTrustLevel, enabled, acceptSecurityIdentifierInformation } = record
        const settings = { identity, applicationTrustLevel, enabled, acceptSecurityIdentifierInformation }
        return partner === undefined || record.metadataUrl === undefined
          ? []
          : [{ partner: partner.name, settings }]
      }),
    }
  } finally {
    await client.close()
  }
}

export interface FarmCopy {
  readonly lab: LabFile
  /** Where commands and clients find its servers. */
  readonly dataDir: string
  close(): Promise<void>
}

/** Starts the copy. `certsDir` holds the lab's certificates. */
export async function startCopy(
  lab: LabFile,
  original: readonly ServerOriginal[],
  { labFile, certsDir }: Pick<LabPlaces, 'labFile' | 'certsDir'>,
  ambient: Ambient,
  log: Log,
): Promise<FarmCopy> {
  const dataDir = mkdtempSync(join(tmpdir(), 'entente-rehearsal-'))
  const running: RunningServer[] = []
  const close = async () => {
    await Promise.all(running.map((server) => server.close()))
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    const ports = await freePorts(lab.servers.length)
    const moved: LabFile = {
      ...lab,
      servers: lab.servers.map((server, index) => ({ ...server, port: ports[index] ?? 0 })),
    }
    for (const { name } of moved.servers) {
      const config = serverConfigOf(moved, name, { labFile, certsDir, dataDir })
      running.push(await startServer({ ...config, storage: 'memory' }, ambient, log))
    }
    for (const server of original) await makeAlike(dataDir, server)
    for (const server of original) await register(dataDir, moved, server)
    return { lab: moved, dataDir, close }
  } catch (error) {
    await close()
    throw error
  }
}

function isSharePoint(lab: LabFile, name: string): boolean {
  return lab.servers.some((server) => server.name === name && server.product === 'sharepoint')
}

type Send = (method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>

async function withCopy(
  dataDir: string,
  name: string,
  task: (send: Send, client: AdminClient) => Promise<void>,
): Promise<void> {
  const client = openAdminClient(dataDir, name)
  try {
    await task(async (method, path, body) => {
      const answer = await client.call(method, path, body)
      if (answer.status < 300) return answer.body
      throw new LabError(`the copy of ${name}: ${problemText(answer)}`)
    }, client)
  } finally {
    await client.close()
  }
}

// Before anybody has read its keys.
function makeAlike(dataDir: string, { name, users, daysLeft }: ServerOriginal): Promise<void> {
  return withCopy(dataDir, name, async (send) => {
    for (const user of users) await send('POST', '/users', user)
    if (daysLeft === undefined || daysLeft < 1) return
    const made = (await send('POST', '/signing-keys', { days: daysLeft + 1 })) as { thumbprint: string }
    await send('POST', `/signing-keys/${made.thumbprint}/publish`)
    await send('POST', '/signing-keys/clear-previous')
  })
}

function register(
  dataDir: string,
  lab: LabFile,
  { name, partners, appPrincipals }: ServerOriginal,
): Promise<void> {
  return withCopy(dataDir, name, async (send, client) => {
    for (const { nameIdentifier, displayName, permissions, appOnlyPolicy } of appPrincipals ?? []) {
      await send('POST', '/app-principals', { nameIdentifier, displayName })
      const path = `/app-principals/${encodeURIComponent(nameIdentifier)}/permissions`
      for (const grant of permissions)
        await send('POST', path, { ...grant, enableAppOnlyPolicy: appOnlyPolicy })
    }
    for (const { partner, settings } of partners) {
      const wanted = { ...settings, metadataUrl: metadataUrlOf(lab, partner) }
      const { identity } = (await send('POST', '/partner-applications', wanted)) as PartnerView
      if (appPrincipals === undefined && isSharePoint(lab, name)) await ensureAppPrincipal(client, identity)
    }
  })
}

// All held at once, so that no two are the same.
async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<{ port: number; free(): Promise<void> }>((resolve, reject) => {
          const server = createServer().once('error', reject)
          server.listen(0, '127.0.0.1', () => {
            const bound = server.address()
            const port = typeof bound === 'object' && bound !== null ? bound.port : 0
            resolve({ port, free: () => new Promise((done) => server.close(() => done())) })
          })
        }),
    ),
  )
  for (const { free } of held) await free()
  return held.map(({ port }) => port)
}
