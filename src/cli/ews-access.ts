/** `entente organization-config …` and `entente cas-mailbox …`: which applications may use EWS, for whom. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CasMailboxView } from '../http/admin/ews-access.ts'
import { AGENT_FAMILIES, EWS_POLICIES } from '../products/exchange/access/ews-access.ts'
import { readListEdit, readValues } from './list-edit.ts'
import {
  type FormatOptions,
  formatTable,
  isShaped,
  showAnswer,
  showItem,
  type Terminal,
  withFormat,
} from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

interface Options extends ClientOptions, FormatOptions {
  readonly server: string
}

/** Option → member of the REST. */
const SWITCHES = {
  ewsEnabled: 'whether EWS may be used',
  ewsAllowOutlook: 'whether Outlook may use it, whatever the lists say',
  ewsAllowMacOutlook: 'whether Outlook for Mac may',
  ewsAllowEntourage: 'whether Entourage may',
} as const
const LISTS = {
  ewsAllowList: 'who may under EnforceAllowList: "a","b" or @{Add="x"; Remove="y"}; $null clears',
  ewsBlockList: 'who may not under EnforceBlockList',
} as const

const SETTINGS = [...Object.keys(SWITCHES), 'ewsApplicationAccessPolicy', ...Object.keys(LISTS)]
const ORGANIZATION = [...SETTINGS, 'orgDisableIsFinal']

export function addEwsAccessCommands(program: Command, terminal: Terminal): void {
  const at = (command: Command) =>
    withFormat(withClient(command).requiredOption('--server <name>', 'the server'))
  const ask = async ({ server, ...places }: Options, ...call: Call): Promise<object> =>
    withServer(server, places, async (client) => succeeded(await client.call(...call)) as object)
  const show = (options: Options, body: object) => showItem(terminal, { ...body }, options)

  const organization = program
    .command('organization-config')
    .description('what the organization lets use Exchange Web Services')
  at(organization.command('show').description('show the settings')).action(async (options: Options) =>
    show(options, await ask(options, 'GET', '/organization-config')),
  )
  withFamilies(withSettings(at(organization.command('set').description('change the settings'))))
    .addOption(
      new Option(
        '--org-disable-is-final <boolean>',
        'whether EwsEnabled false here ends it for mailboxes that are enabled by themselves too',
      ).argParser(given(truth)),
    )
    .action(async (options: Options & Record<string, unknown>) => {
      const families = AGENT_FAMILIES.map((family) => [family, options[`${family}UserAgents`]] as const)
      const userAgentClasses = Object.fromEntries(families.filter(([, patterns]) => patterns !== undefined))
      const body = {
        ...membersOf(options, ORGANIZATION),
        ...(Object.keys(userAgentClasses).length > 0 && { userAgentClasses }),
      }
      show(options, await ask(options, 'PATCH', '/organization-config', body))
    })

  const mailbox = program
    .command('cas-mailbox')
    .description('what one mailbox lets use Exchange Web Services')
  at(mailbox.command('show [user]').description('show the settings of a mailbox, or of all')).action(
    async (user: string | undefined, options: Options) => {
      if (user !== undefined) return show(options, await ask(options, 'GET', pathOf(user)))
      const body = (await ask(options, 'GET', '/cas-mailboxes')) as { items: CasMailboxView[] }
      if (isShaped(options)) return showAnswer(terminal, body, options)
      const rows = body.items.map((row) => [
        row.user,
        String(row.ewsEnabled ?? ''),
        row.ewsApplicationAccessPolicy ?? '',
      ])
      terminal.out(formatTable(['user', 'ews enabled', 'application access policy'], rows))
    },
  )
  withSettings(at(mailbox.command('set <user>').description('change the settings of a mailbox'))).action(
    async (user: string, options: Options & Record<string, unknown>) =>
      show(options, await ask(options, 'PATCH', pathOf(user), membersOf(options, SETTINGS))),
  )
}

type Call = [method: 'GET' | 'PATCH', path: string, body?: unknown]

function pathOf(user: string): string {
  return `/cas-mailboxes/${encodeURIComponent(user)}`
}

/** What an option was given. Commander takes a bare null for an option without a value. */
interface Given {
  readonly value: unknown
}

function given(parse: (text: string) => unknown): (text: string) => Given {
  return (text) => ({ value: parse(text) })
}

function membersOf(options: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const option = options[name] as Given | undefined
      return option === undefined ? [] : [[name, option.value] as const]
    }),
  )
}

function withSettings(command: Command): Command {
  for (const [name, about] of Object.entries(SWITCHES)) {
    command.addOption(
      new Option(`${flagOf(name)} <boolean>`, `${about}; $null: not set`).argParser(given(tristate)),
    )
  }
  command.addOption(
    new Option(
      '--ews-application-access-policy <policy>',
      `${EWS_POLICIES.join(' or ')}; $null: not set`,
    ).argParser(given(policy)),
  )
  for (const [name, about] of Object.entries(LISTS)) {
    command.addOption(new Option(`${flagOf(name)} <list>`, about).argParser(given(readListEdit)))
  }
  return command
}

function withFamilies(command: Command): Command {
  for (const family of AGENT_FAMILIES) {
    const flag = `${flagOf(`${family}UserAgents`)} <list>`
    command.addOption(new Option(flag, `the User-Agents of ${family}, * for anything`).argParser(readValues))
  }
  return command
}

function flagOf(member: string): string {
  return `--${member.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function truth(text: string): boolean {
  const word = text.toLowerCase().replace(/^\$/, '')
  if (word === 'true' || word === 'false') return word === 'true'
  throw new InvalidArgumentError('expected true or false')
}

function tristate(text: string): boolean | null {
  return isNull(text) ? null : truth(text)
}

function policy(text: string): string | null {
  if (isNull(text)) return null
  const found = EWS_POLICIES.find((one) => one.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  throw new InvalidArgumentError(`expected ${EWS_POLICIES.join(', ')} or null`)
}

function isNull(text: string): boolean {
  return /^\$?null$/i.test(text)
}
