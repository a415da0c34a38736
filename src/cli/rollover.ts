/** `entente rollover …`: from one signing key to the next without a refused call, and a rehearsal of it. */
import type { Command } from 'commander'
import type { RolloverAnswer } from '../http/admin/rollover.ts'
import type { SigningKeyView } from '../http/admin/signing-keys.ts'
import { ensureLabCertificates } from '../lab/certificates.ts'
import { readLabFile } from '../lab/lab-file.ts'
import type { RehearsalReport } from '../lab/rehearsal/rehearse.ts'
import { certificateWanted } from '../lab/run.ts'
import { machine } from '../server/ambient.ts'
import { ConfigError } from '../server/config-error.ts'
import { readDuration } from './clock.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { momentOf } from './key.ts'
import { formatTable, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import {
  type ClientOptions,
  type PlaceOptions,
  placesOf,
  withClient,
  withPlaces,
  withToken,
} from './places.ts'

interface StepOptions extends ClientOptions {
  readonly json?: boolean
  readonly force?: boolean
  readonly effective?: string
}

interface RehearseOptions extends PlaceOptions {
  readonly lead?: string
  readonly cutOff?: boolean
  readonly every: string
  readonly sipUri: string
  readonly json?: boolean
}

const HOUR = 3_600

export function addRolloverCommands(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): void {
  const rollover = program.command('rollover').description('from one signing key to the next, step by step')
  const at = (command: Command) => withClient(command).option('--json', 'print JSON')
  const show = (plan: RolloverAnswer, { json }: StepOptions) =>
    terminal.out(json ? JSON.stringify(plan, undefined, 2) : inLines(plan))
  const step = (path: string) => (server: string, options: StepOptions) =>
    withServer(server, options, async (client) => {
      const { force = false } = options
      show(succeeded(await client.call('POST', path, { force })) as RolloverAnswer, options)
    })

  at(rollover.command('plan <server>'))
    .description('say how far it is: which partners have seen the next key')
    .action((server: string, options: StepOptions) =>
      withServer(server, options, async (client) =>
        show(succeeded(await client.call('GET', '/rollover')) as RolloverAnswer, options),
      ),
    )
  at(rollover.command('stage <server>'))
    .description('make a key and publish it as the next one')
    .option(
      '--effective <time>',
      'when it is to sign: an ISO time, or so long from now; absent: after the product’s lead',
    )
    .option('--force', 'also when partners have too little time to hear of it')
    .action((server: string, options: StepOptions) =>
      withServer(server, options, async (client) => {
        const { leadHours } = succeeded(await client.call('GET', '/rollover')) as RolloverAnswer
        // An hour more, for whoever types slowly.
        const effectiveAt = await momentOf(options.effective ?? `${leadHours + 1}h`, client)
        const wish = { stage: true, effectiveAt, force: options.force ?? false }
        const key = succeeded(await client.call('POST', '/signing-keys', wish)) as SigningKeyView
        if (!options.json) terminal.out(`${key.thumbprint} is staged, to be current from ${key.effectiveAt}`)
        show(succeeded(await client.call('GET', '/rollover')) as RolloverAnswer, options)
      }),
    )
  at(rollover.command('activate <server>'))
    .description('have the next key sign now; refused until every partner has seen it')
    .option('--force', 'also when some have not')
    .action(step('/rollover/activate'))
  at(rollover.command('finish <server>'))
    .description('forget the previous key; refused while tokens of it may be in use')
    .option('--force', 'also then')
    .action(step('/rollover/finish'))
  withToken(withPlaces(rollover.command('rehearse <server>')))
    .description('play it all on a copy of the farm, with calls going on, and say which were refused')
    .option(
      '--lead <duration>',
      'from staging to the effective date, as 72h; 0: without a lead (the product’s)',
    )
    .option('--cut-off', 'partners cannot read the document meanwhile')
    .option('--every <duration>', 'time between two rounds of calls', '4h')
    .option('--sip-uri <uri>', 'SIP address of the user that calls are for', 'sip:kenmyer@litwareinc.com')
    .option('--json', 'print JSON')
    .action((server: string, options: RehearseOptions) => rehearsal(server, options, terminal, setExit))
}

async function rehearsal(
  server: string,
  options: RehearseOptions,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): Promise<void> {
  const places = placesOf(options)
  const lab = readLabFile(places)
  const wanted = lab.servers.find(({ name }) => name === server)
  if (wanted === undefined)
    throw new ConfigError(
      `no server ${server} in the lab; there are ${lab.servers.map(({ name }) => name).join(', ')}`,
    )
  const every = readDuration(options.every)
  if (every < 60) throw new ConfigError(`--every: expected at least a minute, saw ${options.every}`)
  await ensureLabCertificates(places.certsDir, lab.servers.map(certificateWanted), machine.now())
  // Loaded where it is needed: the other commands start faster without a server's parts.
  const [{ readOriginal, startCopy }, { rehearse }, { CATALOG }] = await Promise.all([
    import('../lab/rehearsal/copy.ts'),
    import('../lab/rehearsal/rehearse.ts'),
    import('../products/catalog.ts'),
  ])
  const original = await readOriginal(lab, places.dataDir, places.adminTokenFile)
  const surprises: unknown[] = []
  const log = { request: () => undefined, surprise: (error: unknown) => surprises.push(error) }
  const copy = await startCopy(lab, original, places, machine, log)
  try {
    const report = await rehearse(copy, {
      ...{ server, every, sipUri: options.sipUri, isCutOff: options.cutOff === true },
      lead:
        options.lead === undefined
          ? CATALOG[wanted.product].rollover.lead + HOUR
          : readDuration(options.lead),
      step: (when, what) => {
        if (!options.json) terminal.out(`${when}  ${what}`)
      },
    })
    terminal.out(options.json ? JSON.stringify(report, undefined, 2) : formatRehearsal(report))
    if (report.refused.length > 0) setExit(EXIT.failed)
  } finally {
    await copy.close()
  }
  if (surprises[0] !== undefined) throw surprises[0]
}

function inLines({ text, phase, generation, partners }: RolloverAnswer): string {
  const rows = partners.map(({ identity, hasSeen, generation: seen, fetchedAt }) => [
    identity,
    hasSeen ? 'yes' : 'no',
    seen === undefined ? '' : String(seen),
    fetchedAt ?? 'never',
  ])
  const table = formatTable(['partner', 'has seen it', 'generation', 'fetched'], rows)
  return [table, '', `${phase}, generation ${generation}`, text].join('\n')
}

/** The refused calls, and the verdict as the last line. */
export function formatRehearsal({ server, calls, refused, brokenBefore }: RehearsalReport): string {
  const lines = (title: string, list: RehearsalReport['refused']) =>
    list.length === 0
      ? []
      : [
          '',
          title,
          formatTable(
            ['time', 'caller', 'called', 'as', 'code'],
            list.map(({ at, caller, callee, as, code }) => [at, caller, callee, as, code]),
          ),
        ]
  return [
    ...lines('Did not work before anything was done, and was left out:', brokenBefore),
    ...lines('Refused:', refused),
    '',
    `Rollover of ${server}: ${refused.length} of ${calls} calls refused.`,
  ].join('\n')
}
