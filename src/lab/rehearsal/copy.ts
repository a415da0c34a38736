/**
 * A copy of a farm in this process: the same servers with the same realms, users, registrations and days left of their keys,
 * at other ports, in memory, with keys and certificates of their own. Nothing is written but a temporary folder.
 */
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PartnerView } from '../../http/admin/partner-applications.ts'
import { type Outbound, openOutbound } from '../../http/outbound.ts'
import { CATALOG } from '../../products/catalog.ts'
import type { Ambient } from '../../server/ambient.ts'
import type { Log, RunningServer } from '../../server/start.ts'
import { startServer } from '../../server/start.ts'
import { makeSigningKey } from '../../server/x509.ts'
import { type AdminClient, openAdminClient, problemText } from '../admin-client.ts'
import { ensureLabCertificates } from '../certificates.ts'
import { type LabFile, type LabPlaces, metadataUrlOf, serverConfigOf, urlOf } from '../lab-file.ts'
import { ensureAppPrincipal, LabError } from '../pairing.ts'
import { certificateWanted, StoppedError } from '../run.ts'
import { isSharePoint, type PartnerOriginal, type ServerOriginal } from './original.ts'

export interface FarmCopy {
  readonly lab: LabFile
  /** Where commands and clients find its servers. */
  readonly dataDir: string
  /** Registrations of the farm that it has not. */
  readonly leftOut: readonly string[]
  /** Whose keys are not read again in it, and why. */
  readonly remarks: readonly string[]
  close(): Promise<void>
}

/** Starts the copy; a `StoppedError` when the signal comes first. */
export async function startCopy(
  lab: LabFile,
  original: readonly ServerOriginal[],
  { labFile }: Pick<LabPlaces, 'labFile'>,
  ambient: Ambient,
  log: Log,
  signal: AbortSignal,
): Promise<FarmCopy> {
  const dataDir = mkdtempSync(join(tmpdir(), 'entente-rehearsal-'))
  const running: RunningServer[] = []
  const close = async () => {
    await Promise.all(running.map((server) => server.close()))
    rmSync(dataDir, { recursive: true, force: true })
  }
  const unlessStopped = () => {
    if (signal.aborted) throw new StoppedError('stopped')
  }
  try {
    const ports = await freePorts(lab.servers.length)
    const moved: LabFile = {
      ...lab,
      servers: lab.servers.map(({ keyPassphraseFile: _, ...server }, index) => ({
        ...server,
        port: ports[index] ?? 0,
      })),
    }
    // Those of the farm are left alone: they may be of somebody else than a lab, and keys are replaced here.
    const certsDir = join(dataDir, 'certificates')
    await ensureLabCertificates(certsDir, moved.servers.map(certificateWanted), ambient.now())
    for (const { name } of moved.servers) {
      unlessStopped()
      const config = serverConfigOf(moved, name, { labFile, certsDir, dataDir })
      running.push(await startServer({ ...config, storage: 'memory' }, ambient, log))
    }
    const remarks = original.flatMap((server) => server.remarks)
    for (const server of original) {
      unlessStopped()
      await makeAlike(dataDir, server)
    }
    const documents = openOutbound({
      ca: readFileSync(join(certsDir, 'ca.pem'), 'utf8'),
      routes: new Map(),
      guard: { allow: ['localhost'], resolve: ambient.resolve },
    })
    try {
      for (const server of original) {
        unlessStopped()
        remarks.push(...(await register({ dataDir, lab: moved, documents, ambient }, server)))
      }
    } finally {
      await documents.close()
    }
    const leftOut = original.flatMap((server) => server.leftOut)
    return { lab: moved, dataDir, leftOut, remarks, close }
  } catch (error) {
    await close()
    throw error
  }
}

type Send = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) => Promise<unknown>

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

const DAY = 86_400
const MOST_DAYS = 36_500

// Before anybody has read its keys.
function makeAlike(dataDir: string, { name, users, daysLeft }: ServerOriginal): Promise<void> {
  return withCopy(dataDir, name, async (send) => {
    for (const user of users) await send('POST', '/users', user)
    if (daysLeft === undefined) return
    // Less than a day counts as one.
    const days = Math.min(MOST_DAYS, Math.max(1, daysLeft))
    const made = (await send('POST', '/signing-keys', { days })) as { thumbprint: string }
    await send('POST', `/signing-keys/${made.thumbprint}/publish`)
    await send('POST', '/signing-keys/clear-previous')
  })
}

interface CopyParts {
  readonly dataDir: string
  readonly lab: LabFile
  readonly documents: Pick<Outbound, 'download'>
  readonly ambient: Ambient
}

async function register(parts: CopyParts, server: ServerOriginal): Promise<string[]> {
  const { dataDir, lab } = parts
  const { name, partners, appPrincipals } = server
  const remarks: string[] = []
  await withCopy(dataDir, name, async (send, client) => {
    for (const { nameIdentifier, displayName, permissions, appOnlyPolicy } of appPrincipals ?? []) {
      await send('POST', '/app-principals', { nameIdentifier, displayName })
      const path = `/app-principals/${encodeURIComponent(nameIdentifier)}/permissions`
      for (const grant of permissions)
        await send('POST', path, { ...grant, enableAppOnlyPolicy: appOnlyPolicy })
    }
    for (const partner of partners) {
      const { settings, isRevoked } = partner
      const { identity } = settings
      const read = await readable(parts, client, partner)
      if (read !== undefined) {
        remarks.push(`${identity} at ${name} keeps the keys it has: its document cannot be read (${read})`)
      }
      if (read !== undefined || partner.keys.from === 'pasted')
        await send('POST', '/partner-applications', { ...settings, ...(await handedOver(parts, partner)) })
      const path = `/partner-applications/${encodeURIComponent(identity)}`
      const { keys } = (await send('GET', path)) as PartnerView
      const revokedKeys = keys.map(({ thumbprint }) => thumbprint)
      if (isRevoked) await send('PATCH', path, { revokedKeys })
      if (appPrincipals === undefined && isSharePoint(lab, name)) await ensureAppPrincipal(client, identity)
    }
  })
  return remarks
}

// Registers a partner whose document the farm can read, from where it has it; answers why that does not work.
async function readable(
  { lab }: CopyParts,
  client: AdminClient,
  { settings, keys }: PartnerOriginal,
): Promise<string | undefined> {
  if (keys.from !== 'read') return undefined
  const server = lab.servers.find(({ name }) => name === keys.server)
  if (server === undefined) throw new LabError(`no server ${keys.server} in the lab`)
  const metadataUrl = `${urlOf(server)}${keys.path}`
  const answer = await client.call('POST', '/partner-applications', { ...settings, metadataUrl })
  return answer.status < 300 ? undefined : problemText(answer)
}

// Keys that are not read again: those that the partner has at the beginning, or some that are nobody's.
async function handedOver(
  { lab, documents, ambient }: CopyParts,
  { partner, keys }: PartnerOriginal,
): Promise<object> {
  if (keys.from === 'read' || keys.isCurrent) {
    const downloaded = await documents.download(metadataUrlOf(lab, partner))
    if (!downloaded.ok) throw new LabError(`the copy of ${partner}: ${downloaded.code}`)
    return { document: JSON.parse(downloaded.value.text ?? '{}') as object }
  }
  const server = lab.servers.find(({ name }) => name === partner)
  if (server === undefined) throw new LabError(`no server ${partner} in the lab`)
  const now = ambient.now()
  const validity = { notBefore: now - DAY, notAfter: now + MOST_DAYS * DAY }
  const { certificate } = await makeSigningKey({ subject: 'CN=nobody', ...validity, isLab: true })
  return {
    certificate: new X509Certificate(Buffer.from(certificate.der, 'base64')).toString(),
    applicationIdentifier: CATALOG[server.product].applicationId,
    realm: server.realm,
  }
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
