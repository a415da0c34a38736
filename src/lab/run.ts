/** The main job: certificates, servers, trust between them, and the test that proves it. */
import type { ClockAnswer } from '../http/admin/clock.ts'
import type { SigningKeysView } from '../http/admin/signing-keys.ts'
import { CATALOG } from '../products/catalog.ts'
import type { ProbeReport } from '../products/product.ts'
import type { Ambient } from '../server/ambient.ts'
import { type AdminClient, openAdminClient, problemText } from './admin-client.ts'
import { ensureLabCertificates } from './certificates.ts'
import { type LabFile, type LabPlaces, metadataUrlOf, urlOf } from './lab-file.ts'
import {
  addUsers,
  configureEnterprise,
  describePaired,
  ensureAppPrincipal,
  ensureAuthServer,
  ensurePartner,
  ensureTokenClient,
  LabError,
  wantedPartner,
} from './pairing.ts'
import { type LabProcess, startProcess } from './processes.ts'

export interface LabParts {
  readonly lab: LabFile
  readonly places: LabPlaces
  /** The program that serves one server: `entry serve <name> …args`. */
  readonly entry: string
  readonly serveArgs: readonly string[]
  readonly ambient: Ambient
  /** Takes each step as it is done. */
  readonly step: (name: string, milliseconds: number, detail: string) => void
  readonly died: (name: string, how: string) => void
  /** Ends the start where it is. */
  readonly signal: AbortSignal
}

export interface RunningLab {
  readonly report: ProbeReport
  /** `name`, URL, metadata URL of each server. */
  readonly table: readonly (readonly [string, string, string])[]
  stop(): Promise<void>
}

export async function runLab(parts: LabParts): Promise<RunningLab> {
  const { lab, ambient, step } = parts
  const timed = async <T>(name: string, task: () => Promise<T>, say: (value: T) => string): Promise<T> => {
    const started = ambient.stopwatch()
    const value = await task()
    step(name, ambient.stopwatch() - started, say(value))
    return value
  }
  const processes: LabProcess[] = []
  const stop = async () => {
    await Promise.all(processes.map((process) => process.stop()))
  }
  const work = async (): Promise<RunningLab> => {
    await timed('certificates', () => certificates(parts), describeCertificates)
    await timed(
      'servers',
      () => startAll(parts, processes),
      () => lab.servers.map(({ name, port }) => `${name}:${port}`).join(' '),
    )
    for (const { name } of lab.servers) await setUp(parts, name, timed)
    const report = await timed(
      'storage connectivity',
      () => test(parts),
      ({ summary }) => summary,
    )
    const table = lab.servers.map(
      (server) => [server.name, urlOf(server), metadataUrlOf(lab, server.name)] as const,
    )
    return { report, table, stop }
  }
  try {
    return await Promise.race([work(), stopped(parts.signal)])
  } catch (error) {
    await stop()
    throw error
  }
}

/** The lab was told to stop before it was ready. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'
}

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new StoppedError('stopped'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

interface CertificatesReady {
  readonly dir: string
  readonly made: readonly string[]
}

async function certificates({ lab, places, ambient }: LabParts): Promise<CertificatesReady> {
  const { certsDir: dir } = places
  const { made } = await ensureLabCertificates(dir, lab.servers.map(certificateWanted), ambient.now())
  return { dir, made }
}

const FEW = 4

// Few files made anew are named: whoever trusted the old ones must know.
function describeCertificates({ dir, made }: CertificatesReady): string {
  const files = made.length > FEW ? `${made.length} files` : made.join(', ')
  return made.length === 0 ? `present in ${dir}` : `made ${files} in ${dir}`
}

/** What a server has to say of its clock and its signing keys, where that is out of the ordinary. */
async function warningsOf(client: AdminClient, server: string): Promise<string[]> {
  const clock = (await client.call('GET', '/clock')).body as ClockAnswer
  const { budget } = (await client.call('GET', '/signing-keys')).body as SigningKeysView
  const isMoved = clock.frozen || clock.rate !== 1 || clock.aheadSeconds !== 0
  return [
    ...(isMoved ? [`its clock shows ${clock.time}; entente clock reset sets all back`] : []),
    ...(budget.verdict === 'fine' ? [] : [`${budget.text} entente key stage --server ${server}`]),
  ]
}

/** What a server's certificates have to say. */
export function certificateWanted({ name, product, hosts }: LabFile['servers'][number]) {
  return { name, hosts, oauthSubject: CATALOG[product].signingSubject(hosts[0] ?? name) }
}

async function startAll(
  { lab, places, entry, serveArgs, died, signal }: LabParts,
  into: LabProcess[],
): Promise<void> {
  if (signal.aborted) return
  for (const { name } of lab.servers) {
    into.push(startProcess(name, entry, ['serve', name, ...serveArgs], places.dataDir, died))
  }
  await Promise.all(into.map(({ ready }) => ready))
}

type Timed = <T>(name: string, task: () => Promise<T>, say: (value: T) => string) => Promise<T>

async function setUp({ lab, places }: LabParts, server: string, timed: Timed): Promise<void> {
  const client = openAdminClient(places.dataDir, server, places.adminTokenFile)
  try {
    const warnings = await warningsOf(client, server)
    for (const warning of warnings) await timed(`${server}: note`, async () => warning, String)
    const { product } = lab.servers.find(({ name }) => name === server) ?? {}
    if (product === 'token-server') return await setUpClients(client, lab, server, timed)
    await timed(
      `${server}: users`,
      () => addUsers(client, lab.users),
      (added) => `${added} added, ${lab.users.length} in all`,
    )
    for (const partner of lab.partners.filter((row) => row.server === server)) {
      const wanted = wantedPartner(lab, partner)
      const { done } = await timed(
        `${server}: partner ${partner.identity}`,
        () => ensurePartner(client, wanted),
        describePaired,
      )
      if (lab.servers.find(({ name }) => name === server)?.product === 'sharepoint')
        await timed(
          `${server}: principal ${partner.identity}`,
          () => ensureAppPrincipal(client, partner.identity),
          String,
        )
      // What an administrator has changed since stays.
      const { applicationType } = partner
      if (applicationType === undefined || done !== 'registered') continue
      await timed(
        `${server}: roles of ${partner.identity}`,
        () => configureEnterprise(client, wanted.metadataUrl, applicationType),
        String,
      )
    }
    const issuing = lab.servers.find((one) => one.product === 'token-server')
    if (issuing === undefined) return
    await timed(
      `${server}: token server`,
      () => ensureAuthServer(client, issuing.name, metadataUrlOf(lab, issuing.name)),
      String,
    )
  } finally {
    await client.close()
  }
}

// Whoever is in the token server's realm may ask for tokens for whoever has registered him.
async function setUpClients(client: AdminClient, lab: LabFile, server: string, timed: Timed): Promise<void> {
  const realm = lab.servers.find(({ name }) => name === server)?.realm
  for (const one of lab.servers.filter((other) => other.name !== server && other.realm === realm)) {
    const callees = lab.partners.filter(({ partner }) => partner === one.name).map((row) => row.server)
    await timed(
      `${server}: client ${one.name}`,
      () => ensureTokenClient(client, lab, one.name, callees),
      String,
    )
  }
}

async function test({ lab, places }: LabParts): Promise<ProbeReport> {
  const client = openAdminClient(places.dataDir, lab.test.server, places.adminTokenFile)
  try {
    const { sipUri } = lab.test
    const answer = await client.call('POST', '/tests/storage-connectivity', { sipUri, deleteItem: true })
    if (answer.status === 200) return answer.body as ProbeReport
    throw new LabError(`${client.url}: the connectivity test could not be run: ${problemText(answer)}`)
  } finally {
    await client.close()
  }
}
