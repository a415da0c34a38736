/** `entente audit`: the record of everything that was decided, made and changed, exported and verified. */
import { isDeepStrictEqual } from 'node:util'
import type { Command } from 'commander'
import * as z from 'zod'
import { isoTime } from '../protocol/ids.ts'
import { ConfigError } from '../server/config-error.ts'
import { readJson, readText } from '../server/files.ts'
import { type AuditRecord, CHAINS, type Place } from '../trust/audit-record.ts'
import { type Verified, verifyRecords } from '../trust/audit-verify.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { formatTable, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

interface VerifyOptions extends ClientOptions {
  readonly server?: string
  readonly file?: string
  readonly since?: string
  readonly json?: boolean
}

const PAGE = 1_000

export function addAuditCommands(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): void {
  const audit = program
    .command('audit')
    .description('the record of everything that was decided, made and changed')
  withClient(audit.command('export').description('print all that is kept of it as JSON lines'))
    .requiredOption('--server <name>', 'the server')
    .action(async ({ server, ...places }: ClientOptions & { readonly server: string }) =>
      withServer(server, places, async (client) => {
        for (let after = 0; ; ) {
          const { items } = succeeded(await client.call('GET', `/audit?limit=${PAGE}&after=${after}`)) as {
            readonly items: readonly { readonly seq: number }[]
          }
          for (const item of items) terminal.out(JSON.stringify(item))
          const last = items.at(-1)
          if (last === undefined) return
          after = last.seq
        }
      }),
    )
  withClient(audit.command('verify').description('see that nothing that is kept was removed or changed'))
    .option('--server <name>', 'the server whose record it is')
    .option('--file <file>', 'or JSON lines that were exported')
    .option('--since <file>', 'what --json printed before: the records it names must still be there')
    .option('--json', 'print JSON')
    .action(async (options: VerifyOptions) => {
      const noted = options.since === undefined ? [] : placesIn(options.since)
      const verified = await verify(options, noted)
      if (!verified.whole) setExit(EXIT.failed)
      terminal.out(options.json ? JSON.stringify(verified, undefined, 2) : formatVerified(verified))
    })
}

async function verify(
  { server, file, ...places }: VerifyOptions,
  noted: readonly Place[],
): Promise<Verified> {
  if ((server === undefined) === (file === undefined))
    throw new ConfigError('audit verify: expected either --server or --file')
  if (server === undefined) return verifyRecords(recordsIn(file ?? ''), noted)
  const since = noted.map(({ seq, hash }) => `${seq}:${hash}`).join(',')
  const path = `/audit/verify${since === '' ? '' : `?since=${since}`}`
  return withServer(
    server,
    places,
    async (client) => succeeded(await client.call('GET', path)) as Promise<Verified>,
  )
}

function formatVerified(verified: Verified): string {
  if (!verified.whole) return `broken at record ${verified.seq}: ${verified.why}`
  const rows = verified.chains.map((kept) => [
    kept.chain,
    ...[kept.records, kept.first].map(String),
    kept.since,
    String(kept.seq),
    kept.hash,
  ])
  const table = formatTable(['kind', 'records', 'oldest', 'since', 'newest', 'its hash'], rows)
  return [`whole: ${verified.records} records`, ...(rows.length === 0 ? [] : ['', table])].join('\n')
}

const Hash = z.string().regex(/^[0-9a-f]{64}$/)
const Seq = z.int().min(1)
const Noted = z.object({ chains: z.array(z.object({ seq: Seq, hash: Hash })) })

function placesIn(file: string): readonly Place[] {
  const read = Noted.safeParse(readJson(file))
  if (read.success) return read.data.chains
  throw new ConfigError(`${file}: expected what audit verify --json prints of a whole record`)
}

const Line = z.looseObject({
  seq: Seq,
  time: z.iso.datetime(),
  chain: z.enum(CHAINS),
  kind: z.enum([...CHAINS, 'removal']),
  requestId: z.string(),
  event: z.string(),
  previous: Hash,
  hash: Hash,
})

function* recordsIn(file: string): Generator<AuditRecord> {
  for (const [index, text] of readText(file).split('\n').entries()) {
    if (text === '') continue
    yield recordIn(text, `${file}: line ${index + 1}`)
  }
}

// What stands in the line for people must be what stands in the event, which alone was hashed.
function recordIn(text: string, where: string): AuditRecord {
  const read = Line.safeParse(parsed(text))
  if (!read.success) throw new ConfigError(`${where}: expected a record as audit export prints it`)
  const { seq, time, event, previous, hash, chain, ...shown } = read.data
  const seconds = Date.parse(time) / 1000
  const said = parsed(event)
  const same = isDeepStrictEqual(shown.kind === 'removal' ? { ...shown, chain } : shown, said)
  const record = {
    seq,
    time: seconds,
    chain,
    kind: shown.kind,
    requestId: shown.requestId,
    event,
    previous,
    hash,
  }
  return same && isoTime(seconds) === time ? record : { ...record, event: '' }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
