/** `entente test …`: the tests that prove a trust, each run by the server that calls. */
import { type Command, Option } from 'commander'
import { runningServers } from '../lab/admin-client.ts'
import { type MatrixCell, runMatrix } from '../lab/matrix.ts'
import { TEST_FOLDERS } from '../products/lync/storage-connectivity.ts'
import { MAILBOX_DEEDS, MailboxAccessInput } from '../products/mailbox-access.ts'
import { PARTNER_PRODUCTS, type ProbeReport } from '../products/product.ts'
import { ConfigError } from '../server/config-error.ts'
import { EXIT, type ExitCode, WouldChange } from './exit.ts'
import {
  type FormatOptions,
  formatMembers,
  formatTable,
  inOneLine,
  isShaped,
  showItem,
  type Terminal,
  withFormat,
} from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { adminTokenFileOf, type ClientOptions, dataDirOf, withClient } from './places.ts'

interface TestOptions extends ClientOptions, FormatOptions {
  readonly server: string
}

// The options of `mailbox-access` have the names that the REST has for them.
const MAILBOX_MEMBERS = Object.keys(MailboxAccessInput.shape) as (keyof typeof MailboxAccessInput.shape)[]
type MailboxOptions = TestOptions & Partial<Record<(typeof MAILBOX_MEMBERS)[number], unknown>>

type SetExit = (code: ExitCode) => void

const SIP_URI = '--sip-uri <uri>'

export function addTestCommands(program: Command, terminal: Terminal, setExit: SetExit): void {
  const test = program.command('test').description('tests that prove a trust')
  const run = (name: string) => async (options: TestOptions, input: Record<string, unknown>) => {
    const report = await runTest(name, options, input)
    if (isShaped(options)) showItem(terminal, { ...report }, options)
    else terminal.out(formatReport(report))
    if (!report.passed) setExit(report.failure?.code === 'unreachable' ? EXIT.unreachable : EXIT.failed)
  }

  const storage = run('storage-connectivity')
  withTest(test.command('storage-connectivity'))
    .description('have Lync write an item into a user’s Exchange mailbox')
    .requiredOption(SIP_URI, 'SIP address of the mailbox’s owner')
    .addOption(
      new Option('--folder <name>', 'where to write')
        .choices(Object.keys(TEST_FOLDERS))
        .default('ConversationHistory'),
    )
    .option('--delete-item', 'delete the item afterwards')
    .option('--server <name>', 'the Lync server', 'lync')
    .action((options: TestOptions & { sipUri: string; folder: string; deleteItem?: boolean }) => {
      const { sipUri, folder, deleteItem = false } = options
      return storage(options, { sipUri, folder, deleteItem })
    })

  const partner = run('partner-connectivity')
  withTest(test.command('partner-connectivity'))
    .description('have one server call another, for a user or as itself')
    .requiredOption('--server <name>', 'the server that calls')
    .addOption(
      new Option('--partner <product>', 'what is called').choices(PARTNER_PRODUCTS).makeOptionMandatory(),
    )
    .option(SIP_URI, 'SIP address of the user; without it, the server calls as itself')
    .option('--url <url>', 'where the partner is, if not where its metadata document came from')
    .action((options: TestOptions & { partner: string; sipUri?: string; url?: string }) => {
      const { partner: name, sipUri, url } = options
      return partner(options, { partner: name, sipUri, url })
    })

  const mailbox = run('mailbox-access')
  withTest(test.command('mailbox-access'))
    .description('have a server do one thing in a mailbox, for a user or as itself')
    .requiredOption('--server <name>', 'the server that calls')
    .addOption(
      new Option('--do <what>', 'what it does there')
        .choices(Object.keys(MAILBOX_DEEDS))
        .makeOptionMandatory(),
    )
    .requiredOption('--mailbox <address>', 'mail address of the mailbox’s owner')
    .option('--user <name>', 'UPN or address of the user it acts for; without it, it calls as itself')
    .option('--folder <path>', 'a folder of the mailbox, such as Inbox\\Team (Inbox)')
    .option('--subject <text>', 'the item')
    .option('--text <text>', 'what the item is to say')
    .option('--location <text>', 'where the appointment is to be')
    .option('--start <time>', 'begin of an appointment, or of the time that is asked about')
    .option('--end <time>', 'its end')
    .option('--calendar', 'make a folder for appointments')
    .option('--url <url>', 'where Exchange is, if not where its metadata document came from')
    .action((options: MailboxOptions) =>
      mailbox(options, Object.fromEntries(MAILBOX_MEMBERS.map((name) => [name, options[name]]))),
    )

  const siteMailbox = run('site-mailbox')
  withTest(test.command('site-mailbox'))
    .description('have SharePoint open a user’s mailbox, or Exchange the site')
    .requiredOption(SIP_URI, 'SIP address of the user')
    .option('--server <name>', 'a SharePoint or an Exchange server', 'sharepoint')
    .action((options: TestOptions & { sipUri: string }) => siteMailbox(options, { sipUri: options.sipUri }))

  const notification = run('storage-notification')
  withTest(test.command('storage-notification'))
    .description('have Lync subscribe to a folder of a user’s mailbox and be told of an item')
    .requiredOption(SIP_URI, 'SIP address of the mailbox’s owner')
    .option('--delete-item', 'delete the item afterwards')
    .option('--server <name>', 'the Lync server', 'lync')
    .action((options: TestOptions & { sipUri: string; deleteItem?: boolean }) => {
      const { sipUri, deleteItem = false } = options
      return notification(options, { sipUri, deleteItem })
    })

  const contactStore = run('unified-contact-store')
  withTest(test.command('unified-contact-store'))
    .description('have Lync read a user’s contacts from the mailbox')
    .requiredOption(SIP_URI, 'SIP address of the user')
    .option('--server <name>', 'the Lync server', 'lync')
    .action((options: TestOptions & { sipUri: string }) => contactStore(options, { sipUri: options.sipUri }))

  const archiveSearch = run('archive-search')
  withClient(test.command('archive-search'))
    .description('have Lync find an item in a list at SharePoint')
    .requiredOption(SIP_URI, 'SIP address of the user')
    .option('--json', 'print JSON')
    .option('--list <title>', 'the list; it is made when it is missing')
    .option('--url <url>', 'where SharePoint is, if not where its metadata document came from')
    .option('--server <name>', 'the Lync server', 'lync')
    .action(
      ({ list, ...options }: Omit<TestOptions, 'list'> & { sipUri: string; list?: string; url?: string }) => {
        const { sipUri, url } = options
        return archiveSearch(options, { sipUri, list, url })
      },
    )

  withClient(test.command('matrix'))
    .description('have every running server call every other')
    .option(SIP_URI, 'SIP address of the user', 'sip:kenmyer@litwareinc.com')
    .option('--app-only', 'call as each application itself instead of for a user')
    .option('--json', 'print the reports as JSON')
    .action(async (options: ClientOptions & { sipUri: string; appOnly?: boolean; json?: boolean }) => {
      const dataDir = dataDirOf(options)
      const servers = runningServers(dataDir)
      if (servers.length < 2) {
        const seen = servers.map(({ name }) => name).join(', ') || 'none'
        throw new ConfigError(
          `${dataDir}: expected at least two running servers, saw ${seen}; start the lab with npm start`,
        )
      }
      if (options.whatIf === true) {
        const names = servers.map(({ name }) => name).join(', ')
        throw new WouldChange(`What if: POST /admin/v1/tests at ${names}, of each to every other`)
      }
      const sipUri = options.appOnly === true ? undefined : options.sipUri
      const cells = await runMatrix(dataDir, servers, sipUri, adminTokenFileOf(options))
      terminal.out(options.json ? JSON.stringify({ items: cells }, undefined, 2) : formatMatrix(cells))
      setExit(exitOfCells(cells))
    })
}

function withTest(command: Command): Command {
  return withFormat(withClient(command))
}

async function runTest(
  name: string,
  { server, ...places }: TestOptions,
  input: Record<string, unknown>,
): Promise<ProbeReport> {
  const report = await withServer(server, places, async (client) => {
    const answer = await client.call('POST', `/tests/${name}`, input)
    if (answer.status === 404)
      throw new ConfigError(`${server} has no test ${name}; name another server with --server`)
    return succeeded(answer)
  })
  return report as ProbeReport
}

/** The steps as a table, what to do where one failed, and the verdict as the last line. */
export function formatReport({ steps, failure, result, fields, summary }: ProbeReport): string {
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
  const code = result === undefined ? [] : ['', `Result: ${result.number} ${result.name}`]
  const known = fields === undefined ? [] : ['', formatMembers(fields)]
  const table = formatTable(['step', 'outcome', 'time', 'detail'], rows)
  return [table, ...advice, ...code, ...known, '', summary].join('\n')
}

/** A line for each pair, and the verdict as the last. */
export function formatMatrix(cells: readonly MatrixCell[]): string {
  const rows = cells.map((cell) => [
    cell.caller,
    cell.callee,
    cell.test,
    cell.outcome,
    `${cell.milliseconds} ms`,
    cell.detail,
  ])
  const failed = cells.filter(({ outcome }) => outcome !== 'passed').length
  const verdict = failed === 0 ? 'Test passed.' : `Test failed: ${failed} of ${cells.length} pairs.`
  return [formatTable(['caller', 'called', 'test', 'outcome', 'time', 'detail'], rows), '', verdict].join(
    '\n',
  )
}

function exitOfCells(cells: readonly MatrixCell[]): ExitCode {
  if (cells.some(({ outcome }) => outcome === 'failed')) return EXIT.failed
  return cells.some(({ outcome }) => outcome === 'unreachable') ? EXIT.unreachable : EXIT.ok
}
