/** The servers of a preset on free ports in this process, set up by the functions that the program uses. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as z from 'zod'
import { runTries } from '../../src/cli/preset.ts'
import { runProgram } from '../../src/cli/program.ts'
import { openOutbound } from '../../src/http/outbound.ts'
import { openAdminClient } from '../../src/lab/admin-client.ts'
import { ensureLabCertificates } from '../../src/lab/certificates.ts'
import { type LabFile, type LabPlaces, readLabFile, serverConfigOf, urlOf } from '../../src/lab/lab-file.ts'
import { presetFile } from '../../src/lab/presets.ts'
import { certificateWanted } from '../../src/lab/run.ts'
import { setUpLab } from '../../src/lab/set-up.ts'
import { CATALOG } from '../../src/products/catalog.ts'
import type { MailboxAccessInput } from '../../src/products/mailbox-access.ts'
import type { ProbeReport } from '../../src/products/product.ts'
import { type Ambient, machine } from '../../src/server/ambient.ts'
import { readText } from '../../src/server/files.ts'
import { readSigningKey } from '../../src/server/key-files.ts'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import type { AuditEvent } from '../../src/trust/audit-record.ts'
import type { User } from '../../src/trust/directory.ts'
import { mint } from '../../src/trust/mint.ts'
import { find, root } from '../products/exchange/harness.ts'
import { HOME } from './farm.ts'

/** What came of one thing that a server did in a mailbox, and why the Exchange said no, by its record. */
export interface Seen {
  /** `done`, or the code of the failure. */
  readonly outcome: string
  /** What the last step found. */
  readonly said: string
  readonly rules: readonly string[]
}

/** What EWS answered to a request of one’s own. */
export interface EwsSeen {
  readonly status: number
  readonly code: string | undefined
  /** Of the first item. */
  readonly id: string | undefined
  readonly text: string
  readonly requestId: string
  readonly rules: readonly string[]
}

export interface PresetLab {
  readonly lab: LabFile
  readonly places: LabPlaces
  readonly surprises: unknown[]
  /** Has a server do one thing in a mailbox; `at` is the Exchange whose record is read. */
  does(server: string, input: z.input<typeof MailboxAccessInput>, at?: string): Promise<Seen>
  /** Calls EWS with a token that the server signs, for a user (of the lab, by UPN) or as itself. */
  ews(server: string, user: string | User | undefined, body: string, at?: string): Promise<EwsSeen>
  admin(
    server: string,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    // biome-ignore lint/suspicious/noExplicitAny: an answer's JSON is asserted member by member
  ): Promise<{ status: number; body: any }>
  /** Puts everything there again; answers what the steps said. */
  setUpAgain(): Promise<string[]>
  /** Runs what the preset says to try; answers whether all came out so, and what was printed. */
  tries(): Promise<{ passed: boolean; printed: string }>
  close(): Promise<void>
}

const CERTIFICATES = 'node_modules/.cache/entente-test-certificates-of-presets'

export async function startPreset(name: string): Promise<PresetLab> {
  const dataDir = mkdtempSync(join(tmpdir(), 'entente-preset-'))
  const certsDir = join(CERTIFICATES, name)
  const count = readLabFile({ labFile: presetFile(name), dataDir, certsDir }).servers.length
  const places = { labFile: presetFile(name), dataDir, certsDir, portBase: await freePorts(count) }
  const lab = readLabFile(places)
  await ensureLabCertificates(certsDir, lab.servers.map(certificateWanted), machine.now())
  const now = machine.now()
  const surprises: unknown[] = []
  const ambient: Ambient = { ...machine, now: () => now }
  const log = { request: () => undefined, surprise: (error: unknown) => surprises.push(error) }
  const running: RunningServer[] = []
  for (const server of lab.servers) {
    const config = { ...serverConfigOf(lab, server.name, places), storage: 'memory' as const }
    running.push(await startServer(config, ambient, log))
  }
  const steps: string[] = []
  const setUp = () =>
    setUpLab(lab, places, async (step, task, say) => {
      const value = await task()
      steps.push(`${step}: ${say(value)}`)
      return value
    })
  await setUp()
  const outbound = openOutbound({
    ca: readText(join(certsDir, 'ca.pem')),
    routes: new Map(),
    guard: HOME,
    timeoutMs: 30_000,
  })
  const clients = new Map(lab.servers.map((server) => [server.name, openAdminClient(dataDir, server.name)]))
  const admin: PresetLab['admin'] = async (server, method, path, body) => {
    const answer = await clients.get(server)!.call(method, path, body)
    return { status: answer.status, body: answer.body }
  }
  const newest = async (server: string) => {
    const { body } = await admin(server, 'GET', '/decisions?limit=1')
    return (body.items as { seq: number }[]).at(-1)?.seq ?? 0
  }
  const rulesAfter = async (server: string, seq: number): Promise<string[]> => {
    const { body } = await admin(server, 'GET', `/decisions?limit=1000&after=${seq}`)
    return (body.items as AuditEvent[])
      .filter(({ kind }) => kind === 'forbidden' || kind === 'refused' || kind === 'impersonation')
      .map((event) => `${event.code ?? event.rule ?? ''}`)
  }
  const exchange = lab.servers.find(({ product }) => product === 'exchange')!.name

  return {
    ...{ lab, places, surprises, admin },
    async does(server, input, at = exchange) {
      const before = await newest(at)
      const { status, body } = await admin(server, 'POST', '/tests/mailbox-access', input)
      if (status !== 200) throw new Error(`not run: ${JSON.stringify(body)}`)
      const { failure, steps: done } = body as ProbeReport
      const said = done.findLast(({ outcome }) => outcome !== 'skipped')?.detail ?? ''
      return { outcome: failure?.code ?? 'done', said, rules: await rulesAfter(at, before) }
    },
    async ews(server, name, body, at = exchange) {
      const before = await newest(at)
      const from = lab.servers.find((one) => one.name === server)!
      const to = lab.servers.find((one) => one.name === at)!
      const user = typeof name === 'string' ? lab.users.find(({ upn }) => upn === name) : name
      const file = (suffix: string) => join(certsDir, `${server}-${suffix}.pem`)
      const self = {
        application: { appId: CATALOG[from.product].applicationId, realm: from.realm },
        ...{ hosts: ['localhost'], port: from.port },
        ...readSigningKey(file('oauth'), file('oauth-key')),
      }
      const audience = {
        appId: CATALOG[to.product].applicationId,
        realm: to.realm,
        host: `localhost:${to.port}`,
      }
      const reply = await outbound.send({
        method: 'POST',
        url: `${urlOf(to)}/EWS/Exchange.asmx`,
        headers: {
          authorization: `Bearer ${await mint(self, audience, user, now)}`,
          'content-type': 'text/xml; charset=utf-8',
        },
        body,
      })
      if (!reply.answered) throw new Error(`no answer: ${reply.why}`)
      const xml = reply.body === '' ? undefined : root(reply)
      return {
        status: reply.status,
        code: xml && find(xml, 'ResponseCode')?.text,
        id: xml && find(xml, 'ItemId')?.attributes.get('Id'),
        text: reply.body,
        requestId: reply.header('request-id')[0] ?? '',
        rules: await rulesAfter(at, before),
      }
    },
    async setUpAgain() {
      steps.length = 0
      await setUp()
      return [...steps]
    },
    async tries() {
      const lines: string[] = []
      const terminal = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) }
      const passed = await runTries(lab.tries, places, runProgram, terminal)
      return { passed, printed: lines.join('\n') }
    },
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()))
      await Promise.all(running.map((server) => server.close()))
      await outbound.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** The first of so many ports in a row that are free at this moment. */
async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = await listening(0)
    if (first === undefined || first + count > 65_535) continue
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, i) => listening(first + 1 + i)))
    if (!others.includes(undefined)) return first
  }
  throw new Error(`no ${count} free ports in a row`)
}

function listening(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const bound = server.address()
      const found = typeof bound === 'object' && bound !== null ? bound.port : undefined
      server.close(() => resolve(found))
    })
  })
}
