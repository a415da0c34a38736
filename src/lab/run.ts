/** The main job: certificates, servers, trust between them, and the test that proves it. */
import { CATALOG } from '../products/catalog.ts'
import type { ProbeReport } from '../products/product.ts'
import type { Ambient } from '../server/ambient.ts'
import { openAdminClient, problemText } from './admin-client.ts'
import { ensureLabCertificates } from './certificates.ts'
import { type LabFile, type LabPlaces, metadataUrlOf, urlOf } from './lab-file.ts'
import { LabError } from './pairing.ts'
import { type LabProcess, startProcess } from './processes.ts'
import { setUpLab, type Timed } from './set-up.ts'

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
  /** Of the connectivity test, if the lab file names one. */
  readonly report?: ProbeReport
  /** `name`, URL, metadata URL of each server. */
  readonly table: readonly (readonly [string, string, string])[]
  stop(): Promise<void>
}

export async function runLab(parts: LabParts): Promise<RunningLab> {
  const { lab, places, ambient, step } = parts
  const timed: Timed = async (name, task, say, turn) => {
    const started = ambient.stopwatch()
    const value = await task()
    const took = ambient.stopwatch() - started
    const tell = () => step(name, took, say(value))
    if (turn === undefined) tell()
    else turn.then(tell, () => undefined) // after one that failed nothing more is said
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
    await setUpLab(lab, places, timed)
    const { test } = lab
    const report =
      test &&
      (await timed(
        'storage connectivity',
        () => testStorage(parts, test),
        ({ summary }) => summary,
      ))
    const table = lab.servers.map(
      (server) => [server.name, urlOf(server), metadataUrlOf(lab, server.name)] as const,
    )
    return { ...(report !== undefined && { report }), table, stop }
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

async function testStorage(
  { places }: LabParts,
  { server, sipUri }: NonNullable<LabFile['test']>,
): Promise<ProbeReport> {
  const client = openAdminClient(places.dataDir, server, places.adminTokenFile)
  try {
    const answer = await client.call('POST', '/tests/storage-connectivity', { sipUri, deleteItem: true })
    if (answer.status === 200) return answer.body as ProbeReport
    throw new LabError(`${client.url}: the connectivity test could not be run: ${problemText(answer)}`)
  } finally {
    await client.close()
  }
}
