/** What the doctor knows of the servers of a lab: everything is asked of their admin REST, and shown by calls that they make. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClockAnswer } from '../../http/admin/clock.ts'
import type { DoctorAnswer } from '../../http/admin/doctor.ts'
import type { PartnerView } from '../../http/admin/partner-applications.ts'
import { TLS_UNTRUSTED } from '../../products/partner-call.ts'
import {
  PARTNER_PRODUCTS,
  type PartnerProduct,
  type ProbeReport,
  type ProductName,
} from '../../products/product.ts'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import { readReachable } from '../../server/state-files.ts'
import type { User } from '../../trust/directory.ts'
import {
  type AdminClient,
  type FoundServer,
  openAdminClient,
  problemText,
  UnreachableError,
} from '../admin-client.ts'
import { canCall } from '../matrix.ts'

/** One server, as it shows itself over its admin REST. */
export interface ServerEvidence extends FoundServer {
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
  readonly clock: Pick<ClockAnswer, 'kind' | 'frozen' | 'rate' | 'skewSeconds' | 'aheadSeconds'>
  /** PEM file of the authority that its TLS certificate comes from, if it said one. */
  readonly ca?: string
}

/** A server that could not be asked. */
export interface SilentServer {
  readonly name: string
  /** Where it was to be; absent when it was ended and no other server says where it was. */
  readonly url?: string
  readonly why: string
  /**
   * `ended`: it does not run, and has said so itself. `unreachable`: it does not answer where it says that it runs.
   * `distrusted`: it answers there with a TLS certificate that does not hold. `refused`: it does not let the operator in.
   */
  readonly kind: 'ended' | 'unreachable' | 'distrusted' | 'refused'
  /** What starts it where it was. */
  readonly start?: string
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
  readonly servers: readonly FoundServer[]
  /** Names of those that have a folder and were ended. */
  readonly ended: readonly string[]
  readonly sipUri: string
  readonly tokenFile?: string
  /** The command that starts a server where it was. */
  readonly startOf: (name: string, url: string | undefined) => string | undefined
}

/**
 * Asks every server, all at once, so that their clocks are read in one moment; has each call each other; then asks again: a call
 * makes a partner read what it should have read before, and what is told is how it stands after that.
 */
export async function gatherEvidence(patient: Patient): Promise<LabEvidence> {
  const before = await askAll(patient)
  const calls = await makeCalls(patient, before)
  return { ...(await askAll(patient)), calls, sipUri: patient.sipUri }
}

type Answers = Pick<LabEvidence, 'servers' | 'silent'>

async function askAll({ dataDir, servers, ended, tokenFile, startOf }: Patient): Promise<Answers> {
  const asked = await Promise.all(
    servers.map((server) =>
      askServer(server, dataDir, () => openAdminClient(dataDir, server.name, tokenFile)),
    ),
  )
  const found = asked.filter((one): one is ServerEvidence => !('why' in one))
  const gone = ended.map((name): SilentServer => {
    const url = lastKnownUrl(name, found)
    const why = `it was ended: there is no ${join(dataDir, name, 'server.json')}`
    return { name, ...(url !== undefined && { url }), why, kind: 'ended' }
  })
  const silent = [...asked.filter((one): one is SilentServer => 'why' in one), ...gone]
  return {
    servers: found,
    silent: silent.map((one) => {
      const start = startOf(one.name, one.url)
      return { ...one, ...(start !== undefined && { start }) }
    }),
  }
}

// Where others read its document.
function lastKnownUrl(name: string, servers: readonly ServerEvidence[]): string | undefined {
  const records = servers.flatMap(({ partners }) => partners)
  const url = records.find((record) => isNamed(record, name))?.metadataUrl
  return url === undefined ? undefined : new URL(url).origin
}

// The lab's servers are named for their products, and registered under their names.
function isNamed({ identity, applicationIdentifier }: PartnerView, name: string): boolean {
  return identity.toLowerCase() === name.toLowerCase() || productOf(applicationIdentifier) === name
}

function productOf(appId: string): PartnerProduct | undefined {
  return PARTNER_PRODUCTS.find((product) => WELL_KNOWN[product] === appId)
}

async function makeCalls(patient: Patient, { servers, silent }: Answers): Promise<CallEvidence[]> {
  const { dataDir, sipUri, tokenFile } = patient
  const calls: CallEvidence[] = []
  for (const caller of servers) {
    const client = openAdminClient(dataDir, caller.name, tokenFile)
    try {
      for (const callee of calleesOf(caller, servers, silent)) {
        const first = await tryCall(client, caller, callee, undefined)
        calls.push(first)
        // Who cannot be reached as itself cannot be reached for a user.
        if (!callee.isKnown && isUnreached(first)) continue
        calls.push(await tryCall(client, caller, callee, sipUri))
      }
    } finally {
      await client.close()
    }
  }
  return calls
}

/** Whether a call did not get as far as an answer. */
export function isUnreached({ failure }: CallEvidence): boolean {
  return failure?.code === 'unreachable' || failure?.code === TLS_UNTRUSTED
}

interface Callee {
  readonly name: string
  readonly product: ProductName
  /** Absent: where the caller's record says. */
  readonly url?: string
  /** Whether it was asked what it is. */
  readonly isKnown: boolean
}

// The servers that answered, and whoever else is registered by the caller with a place to call.
function calleesOf(
  caller: ServerEvidence,
  servers: readonly ServerEvidence[],
  silent: readonly SilentServer[],
): Callee[] {
  const known = servers.filter((callee) => knowEachOther(caller, callee))
  const others = caller.partners.flatMap((record): Callee[] => {
    const { applicationIdentifier: appId, metadataUrl, enabled, identity } = record
    const product = productOf(appId)
    const isAsked = servers.some((one) => one.applicationIdentifier === appId)
    if (isAsked || !enabled || metadataUrl === undefined || product === undefined) return []
    const name = silent.find((one) => isNamed(record, one.name))?.name ?? identity
    return [{ name, product, isKnown: false }]
  })
  return [...known.map(({ name, product, url }) => ({ name, product, url, isKnown: true })), ...others]
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
  server: FoundServer,
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
    const { name, url } = server
    if (error instanceof NotAllowedError) return { name, url, why: error.message, kind: 'refused' }
    if (error instanceof UnreachableError)
      return { name, url, why: error.message, kind: error.isDistrusted ? 'distrusted' : 'unreachable' }
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

async function askOpen(server: FoundServer, dataDir: string, client: AdminClient): Promise<ServerEvidence> {
  const get = async <T>(path: string): Promise<T> => {
    const answer = await client.call('GET', path)
    if (answer.status === 200) return answer.body as T
    throw new NotAllowedError(problemText(answer))
  }
  const { time, ...self } = await get<ServerView>('/server')
  const { items: partners } = await get<{ items: PartnerView[] }>('/partner-applications')
  const { items: users } = await get<{ items: User[] }>('/users')
  const own = await get<DoctorAnswer>('/doctor')
  const clock = await get<ClockAnswer>('/clock')
  const ca = readReachable(join(dataDir, server.name))?.ca
  return {
    ...{ name: server.name, product: server.product, url: server.url },
    ...{ applicationIdentifier: self.applicationIdentifier, realm: self.realm, hosts: self.hosts },
    ...{ port: self.port, metadataUrls: self.metadataUrls, keys: self.keys },
    ...{ time: Date.parse(time) / 1000, partners, users, own, clock },
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
  callee: Callee,
  sipUri: string | undefined,
): Promise<CallEvidence> {
  const pair = {
    ...{ caller: caller.name, callee: callee.name },
    as: sipUri === undefined ? ('application' as const) : ('user' as const),
  }
  const { product: partner, url } = callee
  const input = { partner, ...(url !== undefined && { url }), ...(sipUri !== undefined && { sipUri }) }
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
