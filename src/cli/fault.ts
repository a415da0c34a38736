/** `entente fault …`: what is to go wrong between the servers of a lab, and in which order. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { FaultsAnswer } from '../http/admin/faults.ts'
import { LANES, type Lane } from '../http/faults/plan.ts'
import { runningNames } from '../lab/admin-client.ts'
import { clearFaults, faultsAt, orderFaults } from '../lab/faults.ts'
import { WouldChange } from './exit.ts'
import { formatTable, type Terminal } from './output.ts'
import { adminTokenFileOf, type ClientOptions, dataDirOf, withClient } from './places.ts'

interface FaultOptions extends ClientOptions {
  readonly server?: string
  readonly json?: boolean
}

interface AddOptions extends ClientOptions {
  readonly on: Lane
  readonly order?: string
  readonly again?: boolean
  readonly seed?: number
  readonly among?: string
  readonly chance?: number
  readonly json?: boolean
}

export function addFaultCommands(program: Command, terminal: Terminal): void {
  const fault = program
    .command('fault')
    .description('in a lab: what is to go wrong when one server asks another')
  const on = (command: Command) =>
    withClient(command).option('--server <name>', 'only at this one').option('--json', 'print JSON')
  const namesOf = ({ server, ...places }: FaultOptions) =>
    server === undefined ? runningNames(dataDirOf(places)) : [server]
  const show = (answers: ReadonlyMap<string, FaultsAnswer>, json: boolean | undefined) =>
    terminal.out(json ? JSON.stringify(Object.fromEntries(answers), undefined, 2) : inLines(answers))

  withClient(fault.command('add <caller> <callee>'))
    .description('order faults for what one server asks of another, in place of those before')
    .addOption(new Option('--on <what>', 'what is to fail').choices(LANES).default('calls'))
    .option(
      '--order <faults>',
      'what happens to the first request, the second …: "well*2 503 stale"; then all is well',
    )
    .option('--again', 'after its end the order begins anew')
    .addOption(new Option('--seed <n>', 'draw the order by this number instead').argParser(number))
    .option('--among <faults>', 'with --seed: from which faults')
    .addOption(
      new Option('--chance <p>', 'with --seed: of how many requests, 0 to 1 (0.5)').argParser(number),
    )
    .option('--json', 'print JSON')
    .action(async (caller: string, callee: string, options: AddOptions) => {
      const { on: lane, order, again, seed, among, chance } = options
      const members = { order, again, seed, among, chance }
      const how = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
      const edge = { caller, callee, on: lane, how }
      if (options.whatIf === true)
        throw new WouldChange(
          `What if: POST /admin/v1/faults ${JSON.stringify(how)} at ${caller}, of ${callee}`,
        )
      const answer = await orderFaults(dataDirOf(options), edge, adminTokenFileOf(options))
      show(new Map([[caller, answer]]), options.json)
    })
  on(fault.command('list').description('what is in force, and what it did')).action(
    async (options: FaultOptions) => {
      const answers = new Map<string, FaultsAnswer>()
      for (const name of namesOf(options))
        answers.set(name, await faultsAt(dataDirOf(options), name, adminTokenFileOf(options)))
      show(answers, options.json)
    },
  )
  on(fault.command('clear').description('let all be well again')).action(async (options: FaultOptions) => {
    if (options.whatIf === true)
      throw new WouldChange(`What if: DELETE /admin/v1/faults at ${namesOf(options).join(', ')}`)
    for (const name of namesOf(options)) {
      await clearFaults(dataDirOf(options), name, adminTokenFileOf(options))
      if (!options.json) terminal.out(`${name}: no faults`)
    }
  })
}

function inLines(answers: ReadonlyMap<string, FaultsAnswer>): string {
  const rows = [...answers].flatMap(([name, { items }]) =>
    items.map((item) => [name, item.to, item.on, howOf(item), String(item.requests)]),
  )
  const traced = [...answers].flatMap(([name, { trace }]) =>
    trace.map(({ to, on, request, fault }) => `${name} → ${to} ${on} ${request}: ${fault}`),
  )
  return [formatTable(['caller', 'to', 'what', 'faults', 'requests'], rows), ...traced].join('\n')
}

function howOf(item: FaultsAnswer['items'][number]): string {
  return 'order' in item
    ? `${item.order}${item.again ? ' …' : ''}`
    : `seed ${item.seed}: ${item.among}, ${item.chance} of all`
}

function number(text: string): number {
  if (/^[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number')
}
