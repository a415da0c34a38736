/** `entente test storage-connectivity`: Test-CsExStorageConnectivity from the command line. */
import { type Command, Option } from 'commander'
import { TEST_FOLDERS } from '../products/lync/storage-connectivity.ts'
import type { ProbeReport } from '../products/product.ts'
import { ConfigError } from '../server/config-error.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { formatTable, inOneLine, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

interface Options extends ClientOptions {
  readonly server: string
  readonly sipUri: string
  readonly folder: string
  readonly deleteItem?: boolean
  readonly json?: boolean
}

export function addTestCommands(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): void {
  const test = program.command('test').description('tests that prove a trust')
  withClient(
    test
      .command('storage-connectivity')
      .description('have Lync write an item into a user’s Exchange mailbox'),
  )
    .requiredOption('--sip-uri <uri>', 'SIP address of the mailbox’s owner')
    .addOption(
      new Option('--folder <name>', 'where to write')
        .choices(Object.keys(TEST_FOLDERS))
        .default('ConversationHistory'),
    )
    .option('--delete-item', 'delete the item afterwards')
    .option('--json', 'print the report as JSON')
    .option('--server <name>', 'the Lync server', 'lync')
    .action(async ({ server, json, sipUri, folder, deleteItem = false, ...places }: Options) => {
      const body = { sipUri, folder, deleteItem }
      const report = await withServer(server, places, async (client) => {
        const answer = await client.call('POST', '/tests/storage-connectivity', body)
        if (answer.status === 404)
          throw new ConfigError(`${server} has no such test; name a Lync server with --server`)
        return succeeded(answer)
      })
      const { passed, failure } = report as ProbeReport
      terminal.out(json ? JSON.stringify(report, undefined, 2) : formatReport(report as ProbeReport))
      if (!passed) setExit(failure?.code === 'unreachable' ? EXIT.unreachable : EXIT.failed)
    })
}

/** The steps as a table, what to do where one failed, and the verdict as the last line. */
export function formatReport({ steps, failure, summary }: ProbeReport): string {
  const rows = steps.map((step) => [
    step.name,
    step.outcome,
    step.outcome === 'skipped' ? '' : `${step.milliseconds} ms`,
    step.detail,
  ])
  const advice =
    failure === undefined
      ? []
      : [
          '',
          `Failed at: ${failure.step} (${failure.code})`,
          `Seen:      ${inOneLine(failure.seen)}`,
          `To do:     ${inOneLine(failure.mend)}`,
        ]
  return [formatTable(['step', 'outcome', 'time', 'detail'], rows), ...advice, '', summary].join('\n')
}
