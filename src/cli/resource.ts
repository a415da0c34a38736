/** Commands for what a server keeps under one path of its admin REST: list, show, add, set and remove, made from a table. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AdminClient } from '../lab/admin-client.ts'
import { matches } from '../products/wildcard.ts'
import { type FormatOptions, showItem, showItems, type Terminal, withFormat } from './output.ts'
import { succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

/** A member of the REST’s body, and the option that sets it. */
export interface MemberOption {
  /** `--recipient-root <container>` */
  readonly flags: string
  readonly member: string
  readonly about: string
  /** `text` as it stands; `nullable` likewise, and `$null` for null; `boolean` true or false; `flag` true when named; `list` separated by commas, and `$null` for null. */
  readonly kind: 'text' | 'nullable' | 'boolean' | 'flag' | 'list'
  readonly required?: boolean
}

/** An option that narrows a list: by a member, in which `*` stands for anything, or by a query parameter of the REST. */
export type Filter = { readonly flags: string } & (
  | { readonly member: string }
  | { readonly query: string; readonly about: string }
)

export interface Resource {
  readonly command: string
  readonly about: string
  /** Below `/admin/v1`. */
  readonly path: string
  /** What one of them is called in help and messages. */
  readonly one: string
  /** Columns of the table: members of what the REST shows. */
  readonly columns: readonly string[]
  readonly filters?: readonly Filter[]
  readonly show?: boolean
  readonly add?: readonly MemberOption[]
  readonly set?: readonly MemberOption[]
  readonly remove?: boolean
}

export interface ResourceOptions extends ClientOptions, FormatOptions {
  readonly server: string
}

type Values = Readonly<Record<string, unknown>>

/** Adds the commands of a resource; answers the command that holds them, for those that have more. */
export function addResourceCommands(program: Command, terminal: Terminal, resource: Resource): Command {
  const { command, about, path, one, columns } = resource
  const group = program.command(command).description(about)
  const list = at(withFormat(group.command('list').description('list them')))
  for (const filter of resource.filters ?? [])
    list.option(
      filter.flags,
      'query' in filter ? filter.about : `only where ${filter.member} fits; * stands for anything`,
    )
  list.action(async (options: ResourceOptions & Values) => {
    const wanted = (resource.filters ?? []).flatMap((filter) => {
      const given = options[new Option(filter.flags).attributeName()]
      return typeof given === 'string' ? [{ filter, given }] : []
    })
    const query = new URLSearchParams(
      wanted.flatMap(({ filter, given }) => ('query' in filter ? [[filter.query, given]] : [])),
    )
    const { items } = (await ask(options, 'GET', query.size === 0 ? path : `${path}?${query}`)) as {
      items: Values[]
    }
    const found = items.filter((item) =>
      wanted.every(
        ({ filter, given }) => 'query' in filter || matches(given, String(item[filter.member] ?? '')),
      ),
    )
    showItems(terminal, found, columns, options)
  })
  if (resource.show) {
    at(withFormat(group.command('show <name>').description(`show one ${one}`))).action(
      async (name: string, options: ResourceOptions) =>
        showOne(terminal, await ask(options, 'GET', `${path}/${encodeURIComponent(name)}`), options),
    )
  }
  if (resource.add !== undefined) {
    const { add: members } = resource
    const add = at(withFormat(group.command('add').description(`add a ${one}`)))
    withMembers(add, members).action(async (options: ResourceOptions & Values) =>
      showOne(terminal, await ask(options, 'POST', path, bodyOf(members, options)), options),
    )
  }
  if (resource.set !== undefined) {
    const { set: members } = resource
    const set = at(withFormat(group.command('set <name>').description(`change a ${one}`)))
    withMembers(set, members).action(async (name: string, options: ResourceOptions & Values) => {
      const body = bodyOf(members, options)
      showOne(terminal, await ask(options, 'PATCH', `${path}/${encodeURIComponent(name)}`, body), options)
    })
  }
  if (resource.remove) {
    at(group.command('remove <name>').description(`remove a ${one}`)).action(
      async (name: string, options: ResourceOptions) => {
        await ask(options, 'DELETE', `${path}/${encodeURIComponent(name)}`)
        terminal.out(`${name} removed at ${options.server}`)
      },
    )
  }
  return group
}

/** One call of a running server’s admin REST; throws what makes the exit code when it says no. */
export function ask(options: ResourceOptions, ...call: Parameters<AdminClient['call']>): Promise<unknown> {
  return withServer(options.server, options, async (client) => succeeded(await client.call(...call)))
}

/** What a server answered, as its members or as JSON; what it warns of goes where errors go. */
export function showOne(terminal: Terminal, body: unknown, options: FormatOptions): void {
  const { warnings = [], ...members } = body as Values & { warnings?: readonly string[] }
  for (const warning of warnings) terminal.err(`entente: warning: ${warning}`)
  showItem(terminal, options.json ? (body as Values) : members, options)
}

/** Adds `--server`, and what every command needs that calls one. */
export function at(command: Command): Command {
  return withClient(command).requiredOption('--server <name>', 'the server')
}

/** Adds the options that set members of a body. */
export function withMembers(command: Command, members: readonly MemberOption[]): Command {
  for (const { flags, about, kind, required } of members) {
    const option = new Option(flags, about)
    if (kind === 'boolean') option.argParser(trueOrFalse)
    if (required === true) option.makeOptionMandatory()
    command.addOption(option)
  }
  return command
}

/** The members that options were given for. */
export function bodyOf(members: readonly MemberOption[], options: Values): Values {
  const given = members.flatMap(({ flags, member, kind }) => {
    const value = options[new Option(flags).attributeName()]
    return value === undefined ? [] : [[member, memberValue(kind, value)] as const]
  })
  return Object.fromEntries(given)
}

function memberValue(kind: MemberOption['kind'], value: unknown): unknown {
  if (kind === 'nullable') return value === '$null' ? null : value
  if (kind !== 'list') return value
  return value === '$null' ? null : listOf(String(value))
}

/** The parts of a list as it is written on a command line. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function trueOrFalse(text: string): boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  throw new InvalidArgumentError('expected true or false')
}
