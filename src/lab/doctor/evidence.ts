/** What the doctor knows of the servers of a lab: everything is asked of their admin REST, and nothing is changed by asking. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DoctorAnswer } from '../../http/admin/doctor.ts'
import type { PartnerView } from '../../http/admin/partner-applications.ts'
import type { ProbeReport, ProductName } from '../../products/product.ts'
import { readReachable } from '../../server/state-files.ts'
import type { User } from '../../trust/directory.ts'
import { type AdminClient, openAdminClient, problemText, UnreachableError } from '../admin-client.ts'
import { canCall, type MatrixServer } from '../matrix.ts'

/** One server, as it shows itself over its admin REST. */
export interface ServerEvidence extends MatrixServer {
  readonly applicationIdentifier: string
  readonly realm: string
  readonly hosts: readonly string[]
  readonly port: number
  readonly metadataUrls: readonly string[]
  readonly keys: readonly { readonly use: string; readonly thumbprint: string }[]
  /** Seconds since 1970, by its own clock. */
  readonly time: number
  readonly partners: readonly PartnerView[]
  readonly users: readonly User[]
  readonly own: DoctorAnswer
  /** PEM file of the authority that its TLS certificate comes from, if it said one. */
  readonly ca?: string
}

/** A server that could not be asked. */
export interface SilentServer extends MatrixServer {
  readonly why: string
  /** It answered, and did not let the operator in. */
  readonly isRefusal: boolean
}

/** One call between two servers, made by the caller to see. */
export interface CallEvidence {
  readonly caller: string
  readonly callee: string
  readonly as: 'application' | 'user'
  readonly outcome: 'passed' | 'failed' | 'not tried'
  /** Of a failure: its code, what was seen, what the caller says is to be done. */
  readonly failure?: NonNullable<ProbeReport['failure']>
  readonly why?: string
}

export interface LabEvidence {
  readonly servers: readonly ServerEvidence[]
  readonly silent: readonly SilentServer[]
  readonly calls: readonly CallEvidence[]
  /** SIP address of the user who is tested with. */
  readonly sipUri: string
}

export interface Patient {
  readonly dataDir: string
  readonly servers: readonly MatrixServer[]
  readonly sipUri: string
  readonly tokenFile?: string
}

/** Asks every server, all at once, so that their clocks are read in one moment; then has each call each other. */
export async function gatherEvidence({ dataDir, servers, sipUri, tokenFile }: Patient): Promise<LabEvidence> {
  const open = (name: string) => openAdminClient(dataDir, name, tokenFile)
  const asked = await Promise.all(
    servers.map((server) => askServer(server, dataDir, () => open(server.name))),
  )
  const found = asked.filter((one): one is ServerEvidence => !('why' in one))
  const silent = asked.filter((one): one is SilentServer => 'why' in one)
  const calls: CallEvidence[] = []
  for (const caller of found) {
    const client = open(caller.name)
    try {
      for (const callee of found) {
        if (!knowEachOther(caller, callee)) continue
        calls.push(await tryCall(client, caller, callee, undefined))
        calls.push(await tryCall(client, caller, callee, sipUri))
      }
    } finally {
      await client.close()
    }
  }
  return { servers: found, silent, calls, sipUri }
}

/** Whether `server` has a record for the application of `other`, whatever stands in it. */
export function knows(server: ServerEvidence, other: ServerEvidence): boolean {
  return server.partners.some(({ applicationIdentifier: id }) => id === other.applicationIdentifier)
}

// Servers of one application cannot call each other by product; whoever knows nobody would only say so.
function knowEachOther(one: ServerEvidence, other: ServerEvidence): boolean {
  return one.product !== other.product && canCall(one, other) && (knows(one, other) || knows(other, one))
}

async function askServer(
  server: MatrixServer,
  dataDir: string,
  open: () => AdminClient,
): Promise<ServerEvidence | SilentServer> {
  try {
    const client = open()
    try {
      return await askOpen(server, dataDir, client)
    } finally {
      await client.close()
    }
  } catch (error) {
    if (error instanceof NotAllowedError) return { ...server, why: error.message, isRefusal: true }
    if (error instanceof UnreachableError) return { ...server, why: error.message, isRefusal: false }
    throw error
  }
}

class NotAllowedError extends Error {
  override readonly name = 'NotAllowedError'
}

type ServerView = Pick<
  ServerEvidence,
  'applicationIdentifier' | 'realm' | 'hosts' | 'port' | 'metadataUrls' | 'keys'
> & {
  readonly time: string
}

async function askOpen(server: MatrixServer, dataDir: string, client: AdminClient): Promise<ServerEvidence> {
  const get = async <T>(path: string): Promise<T> => {
    const answer = await client.call('GET', path)
    if (answer.status === 200) return answer.body as T
    throw new NotAllowedError(problemText(answer))
  }
  const { time, ...self } = await get<ServerView>('/server')
  const { items: partners } = await get<{ items: PartnerView[] }>('/partner-applications')
  const { items: users } = await get<{ items: User[] }>('/users')
  const own = await get<DoctorAnswer>('/doctor')
  const ca = readReachable(join(dataDir, server.name))?.ca
  return {
    ...{ name: server.name, product: server.product, url: server.url },
    ...{ applicationIdentifier: self.applicationIdentifier, realm: self.realm, hosts: self.hosts },
    ...{ port: self.port, metadataUrls: self.metadataUrls, keys: self.keys },
    ...{ time: Date.parse(time) / 1000, partners, users, own },
    ...(ca !== undefined && isReadable(ca) && { ca }),
  }
}

function isReadable(file: string): boolean {
  try {
    readFileSync(file)
    return true
  } catch {
    return false
  }
}

async function tryCall(
  client: AdminClient,
  caller: ServerEvidence,
  callee: ServerEvidence,
  sipUri: string | undefined,
): Promise<CallEvidence> {
  const pair = {
    ...{ caller: caller.name, callee: callee.name },
    as: sipUri === undefined ? ('application' as const) : ('user' as const),
  }
  const partner: ProductName = callee.product
  const input = { partner, url: callee.url, ...(sipUri !== undefined && { sipUri }) }
  try {
    const answer = await client.call('POST', '/tests/partner-connectivity', input)
    if (answer.status !== 200) return { ...pair, outcome: 'not tried', why: problemText(answer) }
    const { passed, failure } = answer.body as ProbeReport
    return { ...pair, outcome: passed ? 'passed' : 'failed', ...(failure !== undefined && { failure }) }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    return { ...pair, outcome: 'not tried', why: error.message }
  }
}
