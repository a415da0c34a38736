/** Faults on purpose between the servers of a lab: each is ordered at the server that calls. */
import { join } from 'node:path'
import type { FaultsAnswer } from '../http/admin/faults.ts'
import type { Lane } from '../http/faults/plan.ts'
import { ConfigError } from '../server/config-error.ts'
import { readReachable } from '../server/state-files.ts'
import { type AdminAnswer, openAdminClient, problemText } from './admin-client.ts'
import { LabError } from './pairing.ts'

/** One edge of a lab, by the names of its servers, and what is to go wrong on it. */
export interface EdgeOrder {
  readonly caller: string
  readonly callee: string
  readonly on: Lane
  /** The other members of `POST /admin/v1/faults`. */
  readonly how: Readonly<Record<string, unknown>>
}

/** Orders faults on one edge, in place of what was ordered before. */
export async function orderFaults(
  dataDir: string,
  { caller, callee, on, how }: EdgeOrder,
  tokenFile?: string,
): Promise<FaultsAnswer> {
  const reachable = readReachable(join(dataDir, callee))
  if (reachable === undefined)
    throw new ConfigError(`${callee} is not running in ${dataDir}: its place is not known`)
  const body = { to: new URL(reachable.url).host, on, ...how }
  return (await ask(dataDir, caller, tokenFile, 'POST', body)) as FaultsAnswer
}

/** What is in force at a server, and what it did. */
export async function faultsAt(dataDir: string, server: string, tokenFile?: string): Promise<FaultsAnswer> {
  return (await ask(dataDir, server, tokenFile, 'GET')) as FaultsAnswer
}

/** Ends all faults of a server. */
export async function clearFaults(dataDir: string, server: string, tokenFile?: string): Promise<void> {
  await ask(dataDir, server, tokenFile, 'DELETE')
}

async function ask(
  dataDir: string,
  server: string,
  tokenFile: string | undefined,
  method: 'GET' | 'POST' | 'DELETE',
  body?: object,
): Promise<unknown> {
  const client = openAdminClient(dataDir, server, tokenFile)
  try {
    return succeeded(server, await client.call(method, '/faults', body))
  } finally {
    await client.close()
  }
}

function succeeded(server: string, answer: AdminAnswer): unknown {
  if (answer.status < 300) return answer.body
  throw new LabError(`${server}: ${problemText(answer)}`, answer.status)
}
