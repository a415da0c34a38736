/** `entente token-issuer`, `app-principal`, `site-group`, `realm` and `root-authority`: what SharePoint has to administer. */
import { type Command, Option } from 'commander'
import type { AdminClient } from '../lab/admin-client.ts'
import { PERMISSION_LEVELS, RIGHTS, SCOPES } from '../products/sharepoint/authorization/rights.ts'
import {
  type FormatOptions,
  formatTable,
  isShaped,
  showAnswer,
  showItem,
  type Terminal,
  withFormat,
} from './output.ts'
import { readCertificateFile, succeeded, withServer } from './partner.ts'
import { type ClientOptions, withClient } from './places.ts'

interface Options extends ClientOptions, FormatOptions {
  readonly server: string
}

type Members = Readonly<Record<string, unknown>>

/** Records of one kind under one path. */
interface Kind {
  readonly path: string
  /** Members that are columns of the table. */
  readonly columns: readonly string[]
}

const ISSUERS: Kind = {
  path: '/trusted-security-token-issuers',
  columns: ['name', 'registeredIssuerName', 'isSelfIssuer', 'isOrphan'],
}
const PRINCIPALS: Kind = {
  path: '/app-principals',
  columns: ['nameIdentifier', 'displayName', 'permissions', 'appOnlyPolicy', 'isOrphan'],
}
const GROUPS: Kind = { path: '/site-groups', columns: ['name', 'level', 'members'] }
const ROOTS: Kind = {
  path: '/trusted-root-authorities',
  columns: ['name', 'subject', 'thumbprint', 'notAfter'],
}

export function addSharePointCommands(program: Command, terminal: Terminal): void {
  addIssuers(program.command('token-issuer').description('whose tokens SharePoint trusts'), terminal)
  addPrincipals(
    program.command('app-principal').description('what applications may do at SharePoint'),
    terminal,
  )
  addGroups(program.command('site-group').description('what people may do at SharePoint'), terminal)
  addRealm(program.command('realm').description('the realm of SharePoint'), terminal)
  addRoots(program.command('root-authority').description('root authorities that SharePoint trusts'), terminal)
}

interface IssuerOptions extends Options {
  readonly name: string
  readonly metadataEndPoint?: string
  readonly certificate?: string
  readonly registeredIssuerName?: string
  readonly trustBroker?: boolean
  readonly description?: string
}

function addIssuers(issuer: Command, terminal: Terminal): void {
  addReading(issuer, ISSUERS, terminal)
  const withMembers = (command: Command) =>
    at(command)
      .option('--metadata-end-point <url>', 'read keys, id and realm from its auth metadata document')
      .option('--certificate <file>', 'its certificate, PEM or DER')
      .option('--trust-broker', 'its key speaks for other applications of its realm too')
      .option('--description <text>', 'a note')
  const bodyOf = ({ metadataEndPoint, certificate, trustBroker, description }: IssuerOptions) =>
    given({
      metadataEndPoint,
      certificate: certificate === undefined ? undefined : readCertificateFile(certificate),
      isTrustBroker: trustBroker,
      description,
    })
  withMembers(issuer.command('add').description('trust an issuer'))
    .requiredOption('--name <name>', 'its name')
    .option('--registered-issuer-name <id@realm>', 'with --certificate: the issuer that its tokens name')
    .action(async (options: IssuerOptions) => {
      const { name, registeredIssuerName } = options
      const body = given({ name, ...bodyOf(options), registeredIssuerName })
      show(terminal, options, await ask(options, 'POST', ISSUERS.path, body))
    })
  withMembers(issuer.command('set <name>').description('change an issuer'))
    .option('--no-trust-broker', 'its key speaks for itself alone')
    .action(async (name: string, options: IssuerOptions) =>
      show(terminal, options, await ask(options, 'PATCH', pathOf(ISSUERS, name), bodyOf(options))),
    )
  addRemoving(issuer, ISSUERS, terminal)
}

interface GrantOptions extends Options {
  readonly scope?: string
  readonly right?: string
  readonly enableAppOnlyPolicy?: boolean
  readonly disableAppOnlyPolicy?: boolean
}

function addPrincipals(principal: Command, terminal: Terminal): void {
  addReading(principal, PRINCIPALS, terminal)
  at(principal.command('add').description('register an application'))
    .requiredOption('--name-identifier <id@realm>', 'the nameid of its tokens')
    .requiredOption('--display-name <name>', 'name to show')
    .action(async (options: Options & { nameIdentifier: string; displayName: string }) => {
      const { nameIdentifier, displayName } = options
      show(terminal, options, await ask(options, 'POST', PRINCIPALS.path, { nameIdentifier, displayName }))
    })
  at(principal.command('grant <name>').description('grant an application a right'))
    .addOption(new Option('--scope <scope>', 'where it counts').choices(SCOPES).makeOptionMandatory())
    .addOption(new Option('--right <right>', 'the right').choices(RIGHTS).makeOptionMandatory())
    .option('--enable-app-only-policy', 'it may act without a user')
    .action(async (name: string, options: GrantOptions) => {
      const { scope, right, enableAppOnlyPolicy } = options
      const body = given({ scope, right, enableAppOnlyPolicy })
      show(terminal, options, await ask(options, 'POST', `${pathOf(PRINCIPALS, name)}/permissions`, body))
    })
  at(principal.command('revoke <name>').description('take its rights away, at one scope or at all'))
    .addOption(new Option('--scope <scope>', 'where').choices(SCOPES))
    .option('--disable-app-only-policy', 'it may no longer act without a user')
    .action(async (name: string, options: GrantOptions) => {
      const { scope, disableAppOnlyPolicy } = options
      const query = new URLSearchParams({
        ...(scope !== undefined && { scope }),
        ...(disableAppOnlyPolicy === true && { disableAppOnlyPolicy: 'true' }),
      })
      const path = `${pathOf(PRINCIPALS, name)}/permissions`
      show(terminal, options, await ask(options, 'DELETE', query.size === 0 ? path : `${path}?${query}`))
    })
  addRemoving(principal, PRINCIPALS, terminal)
}

function addGroups(group: Command, terminal: Terminal): void {
  addReading(group, GROUPS, terminal)
  at(group.command('add').description('add a site group'))
    .requiredOption('--name <name>', 'its name')
    .addOption(
      new Option('--level <level>', 'what its members may do')
        .choices(Object.keys(PERMISSION_LEVELS))
        .makeOptionMandatory(),
    )
    .action(async (options: Options & { name: string; level: string }) => {
      const { name, level } = options
      show(terminal, options, await ask(options, 'POST', GROUPS.path, { name, level }))
    })
  const withMember = (command: Command) =>
    at(command).requiredOption('--member <user>', 'SID or UPN of a user, or everyone')
  withMember(group.command('add-member <name>').description('put a user into a site group')).action(
    async (name: string, options: Options & { member: string }) =>
      show(
        terminal,
        options,
        await ask(options, 'POST', `${pathOf(GROUPS, name)}/members`, { member: options.member }),
      ),
  )
  withMember(group.command('remove-member <name>').description('take a user out of a site group')).action(
    async (name: string, options: Options & { member: string }) => {
      const path = `${pathOf(GROUPS, name)}/members/${encodeURIComponent(options.member)}`
      show(terminal, options, await ask(options, 'DELETE', path))
    },
  )
  addRemoving(group, GROUPS, terminal)
}

function addRealm(realm: Command, terminal: Terminal): void {
  const path = '/authentication-realm'
  at(
    realm.command('show').description('show the realm, and what is registered in one that was given up'),
  ).action(async (options: Options) => show(terminal, options, await ask(options, 'GET', path)))
  at(
    realm
      .command('set <realm>')
      .description('change the realm; what is registered in the old one is orphaned'),
  ).action(async (wanted: string, options: Options) =>
    show(terminal, options, await ask(options, 'PATCH', path, { realm: wanted })),
  )
}

interface RootOptions extends Options {
  readonly name: string
  readonly certificate?: string
  readonly metadataEndPoint?: string
}

function addRoots(root: Command, terminal: Terminal): void {
  addReading(root, ROOTS, terminal)
  at(root.command('add').description('trust a root authority'))
    .requiredOption('--name <name>', 'its name')
    .option('--certificate <file>', 'its certificate, PEM or DER, without a private key')
    .option('--metadata-end-point <url>', 'where it can be downloaded: …/metadata/json/1/rootcertificate')
    .action(async (options: RootOptions) => {
      const { name, certificate, metadataEndPoint } = options
      const file = certificate === undefined ? undefined : readCertificateFile(certificate)
      const body = given({ name, certificate: file, metadataEndPoint })
      show(terminal, options, await ask(options, 'POST', ROOTS.path, body))
    })
  addRemoving(root, ROOTS, terminal)
}

function at(command: Command): Command {
  return withFormat(withClient(command).option('--server <name>', 'the SharePoint server', 'sharepoint'))
}

function addReading(command: Command, kind: Kind, terminal: Terminal): void {
  at(command.command('list').description('list them')).action(async (options: Options) => {
    const body = (await ask(options, 'GET', kind.path)) as { items: readonly Members[] }
    if (isShaped(options)) return showAnswer(terminal, body, options)
    const rows = body.items.map((item) => kind.columns.map((column) => cellOf(item[column])))
    terminal.out(formatTable(kind.columns, rows))
  })
  at(command.command('show <name>').description('show one')).action(async (name: string, options: Options) =>
    show(terminal, options, await ask(options, 'GET', pathOf(kind, name))),
  )
}

function addRemoving(command: Command, kind: Kind, terminal: Terminal): void {
  at(command.command('remove <name>').description('remove one')).action(
    async (name: string, options: Options) => {
      await ask(options, 'DELETE', pathOf(kind, name))
      terminal.out(`${name} removed at ${options.server}`)
    },
  )
}

// Warnings go where errors go, so that what is shown can be read by a program.
function show(terminal: Terminal, options: Options, body: unknown): void {
  const { warnings = [], ...members } = body as Members & { warnings?: readonly string[] }
  for (const warning of warnings) terminal.err(`entente: warning: ${warning}`)
  showItem(terminal, options.json ? (body as Members) : members, options)
}

function cellOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (!Array.isArray(value)) return String(value ?? '')
  return value
    .map((one) => (typeof one === 'object' ? Object.values(one as object).join(' ') : String(one)))
    .join(', ')
}

function given(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

function pathOf({ path }: Kind, name: string): string {
  return `${path}/${encodeURIComponent(name)}`
}

function ask(options: Options, ...call: Parameters<AdminClient['call']>): Promise<unknown> {
  return withServer(options.server, options, async (client) => succeeded(await client.call(...call)))
}
