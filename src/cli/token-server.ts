/** `entente auth-server`, `token-client` and `oauth-configuration`: token servers, who trusts them, and who may ask them. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readText } from '../server/files.ts'
import { AUTH_SERVER_TYPES } from '../trust/auth-server.ts'
import { type FormatOptions, showItems, type Terminal, withFormat } from './output.ts'
import { readCertificateFile } from './partner.ts'
import { withClient } from './places.ts'
import { ask, type ResourceOptions as Options, showOne } from './resource.ts'

type Members = Readonly<Record<string, unknown>>

interface KeyOptions extends Options {
  readonly metadataUrl?: string
  readonly certificate?: string
  readonly certificateAuthority?: string
  readonly applicationId?: string
  readonly enabled?: boolean
}

/** Records of one kind: where they are, and what is shown of them in a list. */
interface Kind {
  readonly path: string
  readonly columns: readonly string[]
}

const SERVERS: Kind = {
  path: '/auth-servers',
  columns: ['name', 'issuer', 'enabled', 'tokenIssuingEndpoint'],
}
const CLIENTS: Kind = {
  path: '/token-clients',
  columns: ['identity', 'issuer', 'enabled', 'resources', 'trustedForDelegation'],
}

export function addTokenServerCommands(program: Command, terminal: Terminal): void {
  addAuthServers(
    program.command('auth-server').description('token servers whose tokens a server believes'),
    terminal,
  )
  addClients(program.command('token-client').description('who may ask a token server for tokens'), terminal)
  addConfiguration(
    program.command('oauth-configuration').description('the OAuth configuration of Lync'),
    terminal,
  )
}

interface AuthServerOptions extends KeyOptions {
  readonly name: string
  readonly realm?: string
  readonly type?: string
  readonly acceptSids?: boolean
}

function addAuthServers(group: Command, terminal: Terminal): void {
  const on = (command: Command) =>
    formatted(command).requiredOption('--server <name>', 'the server that keeps the record')
  const withMembers = (command: Command) =>
    withKeys(on(command))
      .addOption(new Option('--type <type>', 'what kind it is').choices(AUTH_SERVER_TYPES))
      .addOption(flag('--accept-sids <boolean>', 'whether SIDs in its tokens may name users'))
  const bodyOf = (options: AuthServerOptions) =>
    given({
      ...keysOf(options),
      realm: options.realm,
      type: options.type,
      acceptSecurityIdentifierInformation: options.acceptSids,
    })
  addReading(group, on, SERVERS, terminal)
  withMembers(group.command('add').description('believe a token server'))
    .requiredOption('--name <name>', 'its name')
    .option('--application-id <guid>', 'with --certificate: its application id')
    .option('--realm <realm>', 'the realm that it must be of; with --certificate: the one it is of')
    .action(async (options: AuthServerOptions) =>
      show(
        terminal,
        options,
        await ask(options, 'POST', SERVERS.path, { name: options.name, ...bodyOf(options) }),
      ),
    )
  withMembers(group.command('set <name>').description('change one')).action(
    async (name: string, options: AuthServerOptions) =>
      show(terminal, options, await ask(options, 'PATCH', pathOf(SERVERS, name), bodyOf(options))),
  )
  on(group.command('refresh <name>').description('read its document again')).action(
    async (name: string, options: Options) =>
      show(terminal, options, await ask(options, 'POST', `${pathOf(SERVERS, name)}/refresh`)),
  )
  addRemoving(group, on, SERVERS, terminal)
}

interface TokenClientOptions extends KeyOptions {
  readonly identity: string
  readonly displayName?: string
  readonly resource?: readonly string[]
  readonly delegation?: boolean
  readonly consent?: readonly string[]
}

function addClients(group: Command, terminal: Terminal): void {
  const on = (command: Command) =>
    formatted(command).option('--server <name>', 'the token server', 'token-server')
  const withMembers = (command: Command) =>
    withKeys(on(command))
      .option('--display-name <name>', 'name to show')
      .addOption(
        list('--resource <id@realm>', 'an application that it may have tokens for; more than once, or none'),
      )
      .addOption(flag('--delegation <boolean>', 'whether its tokens let it act for users'))
      .addOption(
        list(
          '--consent <upn>',
          'a user who has consented that it acts for him, * for everyone, <upn>=<id@realm> at one application; more than once, or none',
        ),
      )
  const bodyOf = (options: TokenClientOptions) =>
    given({
      ...keysOf(options),
      displayName: options.displayName,
      resources: options.resource,
      trustedForDelegation: options.delegation,
      consents: options.consent?.map(readConsent),
    })
  addReading(group, on, CLIENTS, terminal)
  withMembers(group.command('add').description('register a client'))
    .requiredOption('--identity <name>', 'its name')
    .option('--application-id <guid>', 'with --certificate: its application id')
    .action(async (options: TokenClientOptions) => {
      const body = { identity: options.identity, ...bodyOf(options) }
      show(terminal, options, await ask(options, 'POST', CLIENTS.path, body))
    })
  withMembers(group.command('set <name>').description('change a client')).action(
    async (name: string, options: TokenClientOptions) =>
      show(terminal, options, await ask(options, 'PATCH', pathOf(CLIENTS, name), bodyOf(options))),
  )
  addRemoving(group, on, CLIENTS, terminal)
}

function readConsent(text: string): Members {
  const [user = '', resource] = text.split('=')
  return { user, ...(resource !== undefined && { resource }) }
}

function addConfiguration(group: Command, terminal: Terminal): void {
  const on = (command: Command) => formatted(command).option('--server <name>', 'the Lync server', 'lync')
  const path = '/oauth-configuration'
  on(group.command('show').description('show it, with partner applications and token servers')).action(
    async (options: Options) => show(terminal, options, await ask(options, 'GET', path)),
  )
  on(group.command('set').description('change it'))
    .option('--realm <realm>', 'the realm of this server')
    .option('--service-name <guid>', 'the application id of this server, which stays as it is')
    .action(async (options: Options & { realm?: string; serviceName?: string }) => {
      const { realm, serviceName } = options
      show(terminal, options, await ask(options, 'PATCH', path, given({ realm, serviceName })))
    })
}

function formatted(command: Command): Command {
  return withFormat(withClient(command))
}

function withKeys(command: Command): Command {
  return command
    .option('--metadata-url <url>', 'read its keys from its auth metadata document')
    .option('--certificate <file>', 'its certificate, PEM or DER')
    .option('--certificate-authority <file>', 'PEM of the authorities its TLS certificate comes from')
    .addOption(flag('--enabled <boolean>', 'whether it counts'))
}

function keysOf(options: KeyOptions): Members {
  const { metadataUrl, certificate, certificateAuthority, applicationId, enabled } = options
  return {
    metadataUrl,
    certificate: certificate === undefined ? undefined : readCertificateFile(certificate),
    certificateAuthority: certificateAuthority === undefined ? undefined : readText(certificateAuthority),
    applicationIdentifier: applicationId,
    enabled,
  }
}

function flag(names: string, about: string): Option {
  return new Option(names, about).argParser((text) => {
    if (text === 'true') return true
    if (text === 'false') return false
    throw new InvalidArgumentError('expected true or false')
  })
}

// Said several times, or `none`: the whole list is replaced.
function list(names: string, about: string): Option {
  return new Option(names, about).argParser((text, before: readonly string[] | undefined) =>
    text === 'none' ? [] : [...(before ?? []), ...text.split(',')],
  )
}

type On = (command: Command) => Command

function addReading(group: Command, on: On, kind: Kind, terminal: Terminal): void {
  on(group.command('list').description('list them')).action(async (options: Options) => {
    const { items } = (await ask(options, 'GET', kind.path)) as { items: Members[] }
    showItems(terminal, items, kind.columns, options)
  })
  on(group.command('show <name>').description('show one')).action(async (name: string, options: Options) =>
    show(terminal, options, await ask(options, 'GET', pathOf(kind, name))),
  )
}

function addRemoving(group: Command, on: On, kind: Kind, terminal: Terminal): void {
  on(group.command('remove <name>').description('remove one')).action(
    async (name: string, options: Options) => {
      await ask(options, 'DELETE', pathOf(kind, name))
      terminal.out(`${name} removed at ${options.server}`)
    },
  )
}

// PEM has many lines, and says nothing to a reader.
function show(terminal: Terminal, options: FormatOptions, body: unknown): void {
  const { certificateAuthority: _, ...members } = body as Members
  showOne(terminal, options.json ? body : members, options)
}

function given(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

function pathOf({ path }: Kind, name: string): string {
  return `${path}/${encodeURIComponent(name)}`
}
