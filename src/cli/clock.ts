/** `entente clock …`: what time it is on the servers of a lab, and the way to move it. */
import type { Command } from 'commander'
import type { ClockAnswer } from '../http/admin/clock.ts'
import { runningNames } from '../lab/admin-client.ts'
import { changeClocks } from '../lab/clocks.ts'
import { isoTime } from '../protocol/ids.ts'
import { ConfigError } from '../server/config-error.ts'
import { WouldChange } from './exit.ts'
import { formatTable, type Terminal } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { adminTokenFileOf, type ClientOptions, dataDirOf, withClient } from './places.ts'

interface ClockOptions extends ClientOptions {
  readonly server?: string
  readonly json?: boolean
}

type Change = Record<string, unknown>

export function addClockCommands(program: Command, terminal: Terminal): void {
  const clock = program.command('clock').description('the clocks of a lab: of all its servers, or of one')
  const on = (command: Command) =>
    withClient(command).option('--server <name>', 'only this one').option('--json', 'print JSON')
  const change = (command: Command, changeOf: (text: string) => Change) =>
    on(command).action((text: string, options: ClockOptions) => moved(changeOf(text), options))
  const moved = async (change: Change, options: ClockOptions) => {
    const { server } = options
    const names = server === undefined ? runningNames(dataDirOf(options)) : [server]
    if (names.length === 0)
      throw new ConfigError(`no server runs in ${dataDirOf(options)}; --data names another`)
    if (options.whatIf === true)
      throw new WouldChange(`What if: PATCH /admin/v1/clock ${JSON.stringify(change)} at ${names.join(', ')}`)
    return print(await changeClocks(dataDirOf(options), names, change, adminTokenFileOf(options)), options)
  }
  const print = (answers: ReadonlyMap<string, ClockAnswer>, { json }: ClockOptions) => {
    if (json) return terminal.out(JSON.stringify(Object.fromEntries(answers), undefined, 2))
    for (const [name, { played }] of answers) {
      for (const { at, what } of played) terminal.out(`${at}  ${name}: ${what}`)
    }
    const rows = [...answers].map(([name, view]) => [
      name,
      view.time,
      view.kind,
      view.frozen ? 'frozen' : `${view.rate} ×`,
      `${view.skewSeconds} s`,
      view.due[0] === undefined ? '' : `${view.due[0].at} ${view.due[0].name}`,
    ])
    terminal.out(formatTable(['server', 'time', 'clock', 'pace', 'skew', 'due next'], rows))
  }

  on(clock.command('show').description('what time it is, and what is due next')).action(
    async (options: ClockOptions) => {
      const names = options.server === undefined ? runningNames(dataDirOf(options)) : [options.server]
      const answers = new Map<string, ClockAnswer>()
      for (const name of names) {
        const body = await withServer(name, options, async (client) =>
          succeeded(await client.call('GET', '/clock')),
        )
        answers.set(name, body as ClockAnswer)
      }
      print(answers, options)
    },
  )
  on(clock.command('freeze').description('let time stand')).action((options: ClockOptions) =>
    moved({ frozen: true }, options),
  )
  on(clock.command('reset').description('back to the machine’s time and pace, without skew')).action(
    (options: ClockOptions) => moved({ reset: true }, options),
  )
  change(clock.command('set <time>').description('set the time: 2031-05-01T12:00:00Z'), (text) => ({
    time: readMoment(text),
  }))
  change(
    clock
      .command('advance <duration>')
      .allowUnknownOption() // -15m is none
      .description('go forward: 5y, 30d, 16h30m, 15m or 90s; - goes back'),
    (text) => ({ advanceSeconds: readDuration(text) }),
  )
  change(
    clock.command('run [rate]').description('let time run, so many seconds in one of the machine’s (1)'),
    (text = '1') => ({ frozen: false, rate: readRate(text) }),
  )
  change(
    clock
      .command('skew <duration>')
      .allowUnknownOption()
      .description('let one server’s clock go before the others’, or - behind'),
    (text) => ({ skewSeconds: readDuration(text) }),
  )
}

const SECONDS: Readonly<Record<string, number>> = {
  y: 365 * 86_400,
  w: 7 * 86_400,
  d: 86_400,
  h: 3_600,
  m: 60,
  s: 1,
}

/** `5y`, `16h30m`, `-15m`: seconds; a bare number is seconds. */
export function readDuration(text: string): number {
  const [, sign = '', amount] = /^([+-]?)([0-9]{1,10}|(?:[0-9]{1,10}[ywdhms])+)$/.exec(text) ?? []
  if (amount === undefined)
    throw new ConfigError(`expected a duration such as 30d, 16h30m or -15m, saw ${text}`)
  const parts = [...amount.matchAll(/([0-9]+)([ywdhms]?)/g)]
  const seconds = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 1), 0)
  return sign === '-' ? -seconds : seconds
}

/** An ISO time, normalized. */
export function readMoment(text: string): string {
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)))
    return isoTime(Math.floor(Date.parse(text) / 1000))
  throw new ConfigError(`expected a time such as 2031-05-01T12:00:00Z, saw ${text}`)
}

function readRate(text: string): number {
  const rate = Number(text.replace(/[x×]$/, ''))
  if (rate > 0 && rate <= 1_000_000) return rate
  throw new ConfigError(`expected a pace above 0 and up to 1000000, saw ${text}`)
}
