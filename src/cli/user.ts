/** `entente user …`: the people a server knows, over its admin REST. */
import { type Command, Option } from 'commander'
import { ConfigError } from '../server/config-error.ts'
import { ACCOUNT_ATTRIBUTES, RECIPIENT_KINDS } from '../trust/account.ts'
import type { User } from '../trust/directory.ts'
import { formatTable, showItems, type Terminal, withFormat } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'
import {
  ask,
  bodyOf,
  listOf,
  type MemberOption,
  type ResourceOptions,
  showOne,
  withMembers,
} from './resource.ts'

interface Options extends ClientOptions {
  readonly server: string
}

interface NewUser extends Options, Attributes {
  readonly unit?: string
  readonly database?: string
  readonly kind?: string
  readonly sid: string
  readonly upn: string
  readonly displayName: string
  readonly smtp?: string
  readonly sip?: string
  readonly proxyAddresses?: string
  readonly disabled?: boolean
  readonly mailbox: boolean
  readonly archiving?: boolean
}

interface Attributes {
  /** `name=value` */
  readonly attribute?: readonly string[]
}

const PROXIES = 'further SMTP addresses, separated by commas'
const UNIT = 'canonical name of the container it lies in'
const DATABASE = 'the database of its mailbox'
const KIND = 'what kind of recipient it is'
const ATTRIBUTE = `what else is said of it: ${ACCOUNT_ATTRIBUTES.slice(0, 5).join(', ')} …`

const CHANGES: readonly MemberOption[] = [
  { flags: '--upn <upn>', member: 'upn', about: 'user principal name', kind: 'text' },
  { flags: '--display-name <name>', member: 'displayName', about: 'name to show', kind: 'text' },
  { flags: '--smtp <address>', member: 'smtp', about: 'mail address; $null for none', kind: 'nullable' },
  { flags: '--sip <uri>', member: 'sip', about: 'SIP address; $null for none', kind: 'nullable' },
  {
    flags: '--proxy-addresses <list>',
    member: 'proxyAddresses',
    about: `${PROXIES}; $null for none`,
    kind: 'list',
  },
  {
    flags: '--enabled <boolean>',
    member: 'enabled',
    about: 'whether the account is enabled',
    kind: 'boolean',
  },
  {
    flags: '--mailbox <boolean>',
    member: 'mailboxEnabled',
    about: 'whether there is a mailbox',
    kind: 'boolean',
  },
  {
    flags: '--archiving <boolean>',
    member: 'archivingEnabled',
    about: 'enabled for Exchange archiving',
    kind: 'boolean',
  },
  { flags: '--unit <container>', member: 'organizationalUnit', about: UNIT, kind: 'nullable' },
  { flags: '--database <name>', member: 'mailboxDatabase', about: DATABASE, kind: 'nullable' },
  { flags: '--kind <kind>', member: 'recipientTypeDetails', about: KIND, kind: 'nullable' },
]

export function addUserCommands(program: Command, terminal: Terminal): void {
  const user = program.command('user').description('the people a server knows')
  const at = (command: Command) => withClient(command).requiredOption('--server <name>', 'the server')

  at(withFormat(user.command('list').description('list the users of a server'))).action(
    async (options: ResourceOptions) => {
      const { items } = (await ask(options, 'GET', '/users')) as { items: User[] }
      if (options.json || options.list || options.select !== undefined)
        return showItems(
          terminal,
          items.map((one) => ({ ...one })),
          [],
          options,
        )
      const rows = items.map((one) => [
        one.displayName,
        one.upn,
        one.smtp ?? '',
        one.sip ?? '',
        one.sid,
        one.enabled ? 'yes' : 'no',
      ])
      terminal.out(formatTable(['name', 'upn', 'smtp', 'sip', 'sid', 'enabled'], rows))
    },
  )
  at(user.command('add').description('add a user'))
    .requiredOption('--sid <sid>', 'Windows security identifier')
    .requiredOption('--upn <upn>', 'user principal name')
    .requiredOption('--display-name <name>', 'name to show')
    .option('--smtp <address>', 'mail address')
    .option('--sip <uri>', 'SIP address, sip:name@domain')
    .option('--proxy-addresses <list>', PROXIES)
    .option('--disabled', 'the account is disabled')
    .addOption(new Option('--no-mailbox', 'there is no mailbox'))
    .option('--archiving', 'enabled for Exchange archiving')
    .option('--unit <container>', UNIT)
    .option('--database <name>', DATABASE)
    .addOption(new Option('--kind <kind>', KIND).choices(Object.keys(RECIPIENT_KINDS)))
    .option('--attribute <name=value...>', ATTRIBUTE)
    .action(async (options: NewUser) => {
      const { sid, upn, displayName, smtp, sip, proxyAddresses } = options
      const attributes = attributesOf(options)
      const body = {
        ...placeOf(options),
        ...(attributes !== undefined && { attributes }),
        ...{ sid, upn, displayName },
        ...(smtp !== undefined && { smtp }),
        ...(sip !== undefined && { sip }),
        ...(proxyAddresses !== undefined && { proxyAddresses: listOf(proxyAddresses) }),
        enabled: options.disabled !== true,
        mailboxEnabled: options.mailbox,
        archivingEnabled: options.archiving === true,
      }
      await withServer(options.server, options, async (client) =>
        succeeded(await client.call('POST', '/users', body)),
      )
      terminal.out(`${upn} added at ${options.server}`)
    })
  at(withFormat(user.command('show <sid>').description('show one user'))).action(
    async (sid: string, options: ResourceOptions) =>
      showOne(terminal, await ask(options, 'GET', `/users/${encodeURIComponent(sid)}`), options),
  )
  withMembers(at(withFormat(user.command('set <sid>').description('change a user'))), CHANGES)
    .option('--attribute <name=value...>', `${ATTRIBUTE}; nothing after the = takes it away`)
    .action(async (sid: string, options: ResourceOptions & Attributes) => {
      const attributes = attributesOf(options)
      const body = { ...bodyOf(CHANGES, { ...options }), ...(attributes !== undefined && { attributes }) }
      showOne(terminal, await ask(options, 'PATCH', `/users/${encodeURIComponent(sid)}`, body), options)
    })
  at(user.command('remove <sid>').description('remove a user')).action(
    async (sid: string, { server, ...places }: Options) => {
      const body = await withServer(server, places, async (client) =>
        succeeded(await client.call('DELETE', `/users/${encodeURIComponent(sid)}`)),
      )
      const { warnings = [] } = (body ?? {}) as { warnings?: readonly string[] }
      for (const warning of warnings) terminal.err(`entente: warning: ${warning}`)
      terminal.out(`${sid} removed at ${server}`)
    },
  )
}

function placeOf({ unit, database, kind }: NewUser): Record<string, string> {
  return {
    ...(unit !== undefined && { organizationalUnit: unit }),
    ...(database !== undefined && { mailboxDatabase: database }),
    ...(kind !== undefined && { recipientTypeDetails: kind }),
  }
}

// The server knows which attributes there are.
function attributesOf({ attribute }: Attributes): Record<string, string | null> | undefined {
  if (attribute === undefined) return undefined
  return Object.fromEntries(
    attribute.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new ConfigError(`user: --attribute: expected name=value, saw ${text}`)
      const value = text.slice(at + 1)
      return [text.slice(0, at), value === '' ? null : value]
    }),
  )
}
