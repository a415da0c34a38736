/** `entente rollover …`: from one signing key to the next without a refused call, and a rehearsal of it. */
import type { Command } from 'commander'
import type { RolloverAnswer } from '../http/admin/rollover.ts'
import type { SigningKeyView } from '../http/admin/signing-keys.ts'
import type { AdminClient } from '../lab/admin-client.ts'
import { type KnownKey, whoLists } from '../lab/known-keys.ts'
import { readLabFile } from '../lab/lab-file.ts'
import { LabError } from '../lab/pairing.ts'
import type { RehearsalReport } from '../lab/rehearsal/rehearse.ts'
import { machine } from '../server/ambient.ts'
import { ConfigError } from '../server/config-error.ts'
import { readDuration } from './clock.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { momentOf } from './key.ts'
import { formatTable, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import {
  adminTokenFileOf,
  type ClientOptions,
  dataDirOf,
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
const ACTIVATE = '/rollover/activate'

export function addRolloverCommands(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): void {
  const rollover = program.command('rollover').description('from one signing key to the next, step by step')
  const at = (command: Command) => withClient(command).option('--json', 'print JSON')
  const show = async (server: string, plan: RolloverAnswer, client: AdminClient, options: StepOptions) => {
    const records = await recordsOf(server, plan, client, options)
    terminal.out(options.json ? JSON.stringify({ ...plan, records }, undefined, 2) : inLines(plan, records))
  }
  const planOf = async (client: AdminClient) =>
    succeeded(await client.call('GET', '/rollover')) as RolloverAnswer
  const step = (path: string) => (server: string, options: StepOptions) =>
    withServer(server, options, async (client) => {
      const { force = false } = options
      if (path === ACTIVATE && !force) await refuseUnlisted(server, await planOf(client), client, options)
      const plan = succeeded(await client.call('POST', path, { force })) as RolloverAnswer
      await show(server, plan, client, options)
    })

  at(rollover.command('plan <server>'))
    .description('say how far it is: which partners have fetched the next key, and which list it')
    .action((server: string, options: StepOptions) =>
      withServer(server, options, async (client) => show(server, await planOf(client), client, options)),
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
        const { leadHours } = await planOf(client)
        // An hour more, for whoever types slowly.
        const effectiveAt = await momentOf(options.effective ?? `${leadHours + 1}h`, client)
        const wish = { stage: true, effectiveAt, force: options.force ?? false }
        const key = succeeded(await client.call('POST', '/signing-keys', wish)) as SigningKeyView
        if (!options.json) terminal.out(`${key.thumbprint} is staged, to be current from ${key.effectiveAt}`)
        await show(server, await planOf(client), client, options)
      }),
    )
  at(rollover.command('activate <server>'))
    .description('have the next key sign now; refused until every partner has fetched it, and lists it')
    .option('--force', 'also when some have not, or when tokens of the previous key may be in use')
    .action(step(ACTIVATE))
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
  // Loaded where it is needed: the other commands start faster without a server's parts.
  const [{ startCopy }, { readOriginal }, { rehearse }, { CATALOG }] = await Promise.all([
    import('../lab/rehearsal/copy.ts'),
    import('../lab/rehearsal/original.ts'),
    import('../lab/rehearsal/rehearse.ts'),
    import('../products/catalog.ts'),
  ])
  const original = await readOriginal(lab, places.dataDir, places.adminTokenFile)
  const surprises: unknown[] = []
  const log = { request: () => undefined, surprise: (error: unknown) => surprises.push(error) }
  const lead =
    options.lead === undefined ? CATALOG[wanted.product].rollover.lead + HOUR : readDuration(options.lead)
  // The copy leaves nothing behind, whenever it is ended.
  await untilStopped(async (signal) => {
    const copy = await startCopy(lab, original, places, machine, log, signal)
    try {
      const report = await rehearse(copy, {
        ...{ server, every, lead, signal, sipUri: options.sipUri, isCutOff: options.cutOff === true },
        step: (when, what) => {
          if (!options.json) terminal.out(`${when}  ${what}`)
        },
      })
      terminal.out(options.json ? JSON.stringify(report, undefined, 2) : formatRehearsal(report))
      if (report.refused.length > 0) setExit(EXIT.failed)
    } finally {
      await copy.close()
    }
  })
  if (surprises[0] !== undefined) throw surprises[0]
}

// A signal does not end the program while the task runs: the task hears of it, and ends in order.
async function untilStopped(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  try {
    await task(stopped.signal)
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

// What the servers of the lab have made of the next key: one may have fetched it and have a record that does not follow.
async function recordsOf(
  server: string,
  { next }: RolloverAnswer,
  client: AdminClient,
  options: StepOptions,
): Promise<KnownKey[]> {
  if (next === undefined) return []
  const { issuer } = succeeded(await client.call('GET', '/server')) as { issuer: string }
  const key = { server, issuer, thumbprint: next.thumbprint }
  return whoLists(dataDirOf(options), key, adminTokenFileOf(options))
}

// That some have not even fetched it, the server says itself.
async function refuseUnlisted(
  server: string,
  plan: RolloverAnswer,
  client: AdminClient,
  options: StepOptions,
): Promise<void> {
  if (plan.partners.some(({ hasSeen }) => !hasSeen)) return
  const unlisted = (await recordsOf(server, plan, client, options)).filter(
    ({ enabled, isListed }) => enabled && !isListed,
  )
  if (unlisted.length === 0) return
  const names = unlisted.map(({ identity, server: at }) => `${identity} at ${at}`).join(', ')
  throw new LabError(
    `the next key is fetched, and not in the record of ${names}: calls of ${server} would be refused there; entente partner refresh, or give it the new certificate by hand, or --force`,
  )
}

function inLines(
  { text, phase, generation, partners }: RolloverAnswer,
  records: readonly KnownKey[],
): string {
  const rows = partners.map(({ identity, hasSeen, generation: seen, fetchedAt }) => [
    identity,
    hasSeen ? 'yes' : 'no',
    seen === undefined ? '' : String(seen),
    fetchedAt ?? 'never',
  ])
  const table = formatTable(['partner', 'has fetched it', 'generation', 'fetched'], rows)
  const lists = records.map(({ server, identity, enabled, isListed }) => [
    server,
    identity,
    `${isListed ? 'yes' : 'no'}${enabled ? '' : ' (disabled)'}`,
  ])
  const known = lists.length === 0 ? [] : ['', formatTable(['at', 'record', 'lists the next key'], lists)]
  return [table, ...known, '', `${phase}, generation ${generation}`, text].join('\n')
}

/** The refused calls, and the verdict as the last line. */
export function formatRehearsal({ server, calls, refused, brokenBefore, ...copy }: RehearsalReport): string {
  const table = (list: RehearsalReport['refused']) =>
    formatTable(
      ['time', 'caller', 'called', 'as', 'code'],
      list.map(({ at, caller, callee, as, code }) => [at, caller, callee, as, code]),
    )
  const part = <T>(title: string, list: readonly T[], inText: (list: readonly T[]) => string) =>
    list.length === 0 ? [] : ['', title, inText(list)]
  const inLines = (list: readonly string[]) => list.map((line) => `  ${line}`).join('\n')
  const isWhole = brokenBefore.length === 0 && copy.leftOut.length === 0
  return [
    ...part('Not in the copy:', copy.leftOut, inLines),
    ...part('Keys that are not read again:', copy.remarks, inLines),
    ...part('Did not work before anything was done, and was left out:', brokenBefore, table),
    ...part('Refused:', refused, table),
    '',
    `Rollover of ${server}: ${refused.length} of ${calls} calls refused${isWhole ? '' : ', of those that could be rehearsed'}.`,
  ].join('\n')
}
