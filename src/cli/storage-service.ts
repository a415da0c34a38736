/** `entente storage-failures …` and `entente conversation …`: what Lync's Storage Service was given, and what it could not do. */
import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { ParticipantReport, PlaceReport } from '../products/lync/conversation-delivery.ts'
import { COMPONENTS } from '../products/lync/storage-failure.ts'
import { readJson } from '../server/files.ts'
import { readMoment } from './clock.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { askLync, atLync, type LyncOptions } from './lync-user.ts'
import {
  formatItems,
  formatMembers,
  formatTable,
  isShaped,
  showAnswer,
  showItem,
  type Terminal,
} from './output.ts'

interface Filter extends LyncOptions {
  readonly adapterId?: string
  readonly sipUri?: string
  readonly startTime?: string
  readonly endTime?: string
  readonly component?: string
  readonly limit?: string
  readonly output?: string
}

export function addStorageServiceCommands(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): void {
  const failures = program.command('storage-failures').description('what the Storage Service could not do')
  atLync(failures.command('list').description('list its failures, the newest first'))
    .option('--adapter-id <guid>', 'of this adapter')
    .option('--sip-uri <uri>', 'for this user')
    .option('--start-time <time>', 'not before', readMoment)
    .option('--end-time <time>', 'not after', readMoment)
    .addOption(new Option('--component <name>', 'of this part of the service').choices(COMPONENTS))
    .option('--limit <n>', 'at most so many', '50')
    .option('--output <file>', 'write them into a file')
    .action(async (options: Filter) => {
      const { adapterId, sipUri, startTime, endTime, component, limit } = options
      const filter = { adapterId, sipUri, startTime, endTime, component, limit }
      const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [string, string][]
      const path = `/storage-service-failures?${new URLSearchParams(given)}`
      const { items } = (await askLync(options, 'GET', path)) as { items: Record<string, string>[] }
      const text = isShaped(options) ? formatItems(items, [], options) : formatFailures(items)
      if (options.output === undefined) return terminal.out(text)
      writeFileSync(options.output, `${text}\n`)
      terminal.out(`${items.length} written to ${options.output}`)
    })

  const conversation = program
    .command('conversation')
    .description('conversations that are written to mailboxes')
  atLync(
    conversation
      .command('record <file>')
      .description('hand one over, or more of one: JSON as the REST takes it, - for standard input'),
  ).action(async (file: string, options: LyncOptions) => {
    report(
      options,
      await askLync(options, 'POST', '/conversations', readJson(file === '-' ? '/dev/stdin' : file)),
    )
  })
  atLync(conversation.command('deliver <id>').description('try again to write what waits')).action(
    async (id: string, options: LyncOptions) => {
      report(options, await askLync(options, 'POST', `/conversations/${encodeURIComponent(id)}/deliver`))
    },
  )
  atLync(conversation.command('list').description('list them, the newest first'))
    .option('--waiting', 'only those with messages that wait to be written')
    .action(async (options: LyncOptions & { waiting?: boolean }) => {
      const path = `/conversations?waiting=${options.waiting === true}`
      const body = (await askLync(options, 'GET', path)) as { items: Record<string, unknown>[] }
      if (isShaped(options)) return showAnswer(terminal, body, options)
      const rows = body.items.map((one) => [
        one['conversationId'],
        one['startedAt'],
        one['messages'],
        one['subject'],
      ])
      terminal.out(
        formatTable(
          ['id', 'started', 'messages', 'subject'],
          rows.map((row) => row.map(String)),
        ),
      )
    })
  atLync(conversation.command('show <id>').description('show one')).action(
    async (id: string, options: LyncOptions) => {
      const body = await askLync(options, 'GET', `/conversations/${encodeURIComponent(id)}`)
      showItem(terminal, { ...body }, options)
    },
  )

  const report = (options: LyncOptions, body: object) => {
    const { conversationId, participants } = body as {
      conversationId: string
      participants: ParticipantReport[]
    }
    const waits = participants.some(({ history, archive }) =>
      [history, archive].some(({ outcome }) => outcome === 'waiting'),
    )
    if (waits) setExit(EXIT.failed)
    if (isShaped(options)) return showItem(terminal, { ...body }, options)
    const rows = participants.map(({ sipUri, history, archive }) => [
      sipUri,
      said(history),
      `${said(archive)} (${archive.because})`,
    ])
    terminal.out(`${conversationId}\n${formatTable(['participant', 'history', 'archive'], rows)}`)
  }
}

function said(place: PlaceReport): string {
  return place.outcome === 'waiting' ? `waiting: ${place.code}: ${place.mend}` : place.outcome
}

// As the cmdlet shows them: a block of members each.
function formatFailures(items: readonly Record<string, string>[]): string {
  if (items.length === 0) return 'no failures'
  return items
    .map(({ adapterId, endpointId, endpointStatusTime, endpointStatusDetail, component, sipUri, other }) =>
      formatMembers({
        AdapterId: adapterId,
        EndpointId: endpointId,
        EndpointStatusTime: endpointStatusTime,
        EndpointStatusDetail: endpointStatusDetail,
        Component: component,
        SipUri: sipUri,
        Other: other,
      }),
    )
    .join('\n\n')
}
