/** The main job: certificates, servers, trust between them, and the test that proves it. */

import { CATALOG } from '../products/catalog.ts'
import type { ProbeReport } from '../products/product.ts'
import type { Ambient } from '../server/ambient.ts'
import { openAdminClient, problemText } from './admin-client.ts'
import { ensureLabCertificates } from './certificates.ts'
import { type LabFile, type LabPlaces, metadataUrlOf, urlOf } from './lab-file.ts'
import { addUsers, ensurePartner, LabError, wantedPartner } from './pairing.ts'
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
}

export interface RunningLab {
  readonly report: ProbeReport
  /** `name`, URL, metadata URL of each server. */
  readonly table: readonly (readonly [string, string, string])[]
  stop(): Promise<void>
}

export async function runLab(parts: LabParts): Promise<RunningLab> {
  const { lab, places, ambient, step } = parts
  const timed = async <T>(name: string, task: () => Promise<T>, say: (value: T) => string): Promise<T> => {
    const started = ambient.stopwatch()
    const value = await task()
    step(name, ambient.stopwatch() - started, say(value))
    return value
  }
  await timed(
    'certificates',
    () => ensureLabCertificates(places.certsDir, lab.servers.map(certificateWanted), ambient.now()),
    ({ made }) =>
      made.length === 0 ? `present in ${places.certsDir}` : `made ${made.length} files in ${places.certsDir}`,
  )
  const processes: LabProcess[] = []
  const stop = async () => {
    await Promise.all(processes.map((process) => process.stop()))
  }
  try {
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
  } catch (error) {
    await stop()
    throw error
  }
}

/** What a server's certificates have to say. */
export function certificateWanted({ name, product, hosts }: LabFile['servers'][number]) {
  return { name, hosts, oauthSubject: CATALOG[product].signingSubject(hosts[0] ?? name) }
}

async function startAll(
  { lab, places, entry, serveArgs, died }: LabParts,
  into: LabProcess[],
): Promise<void> {
  const starts = lab.servers.map(async ({ name }) => {
    into.push(await startProcess(name, entry, ['serve', name, ...serveArgs], places.dataDir, died))
  })
  // All of them have an end before the first that failed is reported: none is left starting.
  const failed = (await Promise.allSettled(starts)).find((start) => start.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

type Timed = <T>(name: string, task: () => Promise<T>, say: (value: T) => string) => Promise<T>

async function setUp({ lab, places }: LabParts, server: string, timed: Timed): Promise<void> {
  const client = openAdminClient(places.dataDir, server)
  try {
    await timed(
      `${server}: users`,
      () => addUsers(client, lab.users),
      (added) => `${added} added, ${lab.users.length} in all`,
    )
    for (const partner of lab.partners.filter((row) => row.server === server)) {
      const wanted = wantedPartner(lab, partner)
      const say = (done: string) => `${done}, trust level ${wanted.applicationTrustLevel}`
      await timed(`${server}: partner ${partner.identity}`, () => ensurePartner(client, wanted), say)
    }
  } finally {
    await client.close()
  }
}

async function test({ lab, places }: LabParts): Promise<ProbeReport> {
  const client = openAdminClient(places.dataDir, lab.test.server)
  try {
    const { sipUri } = lab.test
    const answer = await client.call('POST', '/tests/storage-connectivity', { sipUri, deleteItem: true })
    if (answer.status === 200) return answer.body as ProbeReport
    throw new LabError(`${client.url}: the connectivity test could not be run: ${problemText(answer)}`)
  } finally {
    await client.close()
  }
}
