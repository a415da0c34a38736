/** `entente token explain` and `decisions`: why a token is refused, and what was decided. */
import type { Command } from 'commander'
import type { AdminClient } from '../lab/admin-client.ts'
import { ConfigError } from '../server/config-error.ts'
import { readText } from '../server/files.ts'
import type { AuditEvent } from '../trust/audit-record.ts'
import type { Explanation, Finding } from '../trust/explain.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { formatMembers, formatTable, inOneLine, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

type Decision = AuditEvent & { readonly seq: number; readonly time: string }
type Page<T> = { readonly items: readonly T[] }

interface Options extends ClientOptions {
  readonly server: string
  readonly json?: boolean
}

const FOLLOW_EVERY_MS = 500
const PAGE = 1_000

export function addInspectCommands(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): void {
  const token = program.command('token').description('tokens')
  atServer(
    token
      .command('explain <token>')
      .description('say why a server accepts or refuses a token; - reads it from standard input'),
  )
    .option('--json', 'print the explanation as JSON')
    .action(async (text: string, { server, json, ...places }: Options) => {
      const body = { token: (text === '-' ? readText('/dev/stdin') : text).trim() }
      if (body.token === '') throw new ConfigError('token explain: expected a token, saw nothing')
      const explanation = (await withServer(server, places, async (client) =>
        succeeded(await client.call('POST', '/tokens/explain', body)),
      )) as Explanation
      terminal.out(json ? JSON.stringify(explanation, undefined, 2) : formatExplanation(explanation))
      if (explanation.verdict === 'refused') setExit(EXIT.failed)
    })

  const decisions = program.command('decisions').description('what a server decided about tokens')
  atServer(
    decisions
      .command('list', { isDefault: true })
      .description('the newest decisions, newest last (the default)'),
  )
    .option('--follow', 'wait for more')
    .option('--json', 'print JSON lines')
    .action(async ({ server, json, follow, ...places }: Options & { follow?: boolean }) =>
      withServer(server, places, async (client) => {
        const print = (items: readonly Decision[]) => {
          for (const item of items) terminal.out(json ? JSON.stringify(item) : formatDecision(item))
        }
        let items = await page<Decision>(client, '/decisions?limit=50')
        print(items)
        let after = items.at(-1)?.seq ?? 0
        while (follow) {
          await new Promise((resolve) => setTimeout(resolve, FOLLOW_EVERY_MS))
          items = await page<Decision>(client, `/decisions?limit=${PAGE}&after=${after}`)
          print(items)
          after = items.at(-1)?.seq ?? after
        }
      }),
    )
  atServer(decisions.command('show <request-id>').description('one decision with its explanation'))
    .option('--json', 'print JSON')
    .action(async (requestId: string, { server, json, ...places }: Options) => {
      const items = await withServer(server, places, (client) =>
        page<Decision>(client, `/decisions/${encodeURIComponent(requestId)}`),
      )
      if (json) return terminal.out(JSON.stringify(items, undefined, 2))
      for (const { explanation, notExplained, ...decision } of items) {
        terminal.out(formatMembers(decision))
        if (notExplained !== undefined) terminal.out(`\nnot explained: ${notExplained}`)
        if (explanation !== undefined) terminal.out(`\n${formatExplanation(explanation)}`)
      }
    })
}

function atServer(command: Command): Command {
  return withClient(command).requiredOption('--server <name>', 'the server')
}

async function page<T>(client: AdminClient, path: string): Promise<readonly T[]> {
  return (succeeded(await client.call('GET', path)) as Page<T>).items
}

function formatDecision({
  time,
  kind,
  requestId,
  partner,
  user,
  named,
  through,
  code,
  rule,
}: Decision): string {
  const parts = [
    time,
    kind.padEnd(8),
    requestId,
    code ?? rule ?? '-',
    partner ?? '-',
    user ?? named ?? '-',
    through,
  ]
  return parts.map(inOneLine).join('  ')
}

/** The verdict, a row per check, and what to do about the first that failed. */
export function formatExplanation({ verdict, code, title, findings }: Explanation): string {
  const rows = findings.map((finding) => [
    finding.check,
    finding.result,
    finding.at ?? '',
    finding.expected ?? '',
    finding.seen ?? '',
  ])
  const table = formatTable(['check', 'result', 'at', 'expected', 'seen'], rows)
  const first = findings.find(({ result }) => result === 'failed')
  const head = verdict === 'accepted' ? 'Accepted.' : `Refused: ${code}. ${title}.`
  return [head, '', table, ...(first === undefined ? [] : ['', ...advice(first)])].join('\n')
}

function advice({ basis, mend }: Finding): string[] {
  return [`Expected by: ${basis}`, `To do:       ${mend ?? ''}`].map(inOneLine)
}
