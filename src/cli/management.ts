/** `entente role`, `role-assignment`, `management-scope`, `impersonation-right` and `group`: who may do what at Exchange. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ACCOUNT_RIGHT, SERVER_RIGHT } from '../products/exchange/rbac/management.ts'
import { ENTERPRISE_ROLES } from '../products/exchange/rbac/roles.ts'
import { readText } from '../server/files.ts'
import { type FormatOptions, showItems, type Terminal, withFormat } from './output.ts'
import {
  addResourceCommands,
  ask,
  at,
  type MemberOption,
  type Resource,
  type ResourceOptions,
  showOne,
} from './resource.ts'

const member = (
  flags: string,
  name: string,
  about: string,
  kind: MemberOption['kind'] = 'text',
): MemberOption => ({ flags, member: name, about, kind })
const required = (option: MemberOption): MemberOption => ({ ...option, required: true })

const FILTER = member('--filter <filter>', 'recipientRestrictionFilter', 'recipients, as an OPATH filter')
const ROOT = '--root <container>'
const SCOPES = (kind: MemberOption['kind']) => [
  member('--scope <name>', 'customRecipientWriteScope', 'over the recipients of this management scope', kind),
  member('--unit <container>', 'recipientOrganizationalUnitScope', 'over those in a container', kind),
  member(
    '--exclusive-scope <name>',
    'exclusiveRecipientWriteScope',
    'over those of an exclusive scope',
    kind,
  ),
]

const RESOURCES = {
  roles: {
    command: 'role',
    about: 'management roles: what there is to assign',
    path: '/management-roles',
    one: 'role',
    columns: ['name', 'description'],
    filters: [{ flags: '--name <name>', member: 'name' }],
  },
  assignments: {
    command: 'role-assignment',
    about: 'management role assignments: which account has which role, over whom',
    path: '/management-role-assignments',
    one: 'role assignment',
    columns: [
      'name',
      'role',
      'roleAssigneeName',
      'customRecipientWriteScope',
      'recipientOrganizationalUnitScope',
      'exclusiveRecipientWriteScope',
      'delegating',
      'enabled',
    ],
    filters: [
      { flags: '--role <name>', member: 'role' },
      {
        flags: '--assignee <identity>',
        query: 'roleAssignee',
        about:
          'only what counts for this account or group, also through groups; * stands for anything in names',
      },
      { flags: '--delegating <boolean>', member: 'delegating' },
      { flags: '--enabled <boolean>', member: 'enabled' },
    ],
    show: true,
    add: [
      member('--name <name>', 'name', 'its name; one is made if there is none'),
      required(member('--role <name>', 'role', 'the role')),
      member('--user <identity>', 'user', 'the account that gets it'),
      member('--group <name>', 'securityGroup', 'the group that gets it'),
      ...SCOPES('text'),
      member('--delegating', 'delegating', 'it may be handed on, and not used', 'flag'),
      member('--enabled <boolean>', 'enabled', 'whether it counts', 'boolean'),
    ],
    set: [...SCOPES('nullable'), member('--enabled <boolean>', 'enabled', 'whether it counts', 'boolean')],
    remove: true,
  },
  scopes: {
    command: 'management-scope',
    about: 'management scopes: sets of recipients',
    path: '/management-scopes',
    one: 'management scope',
    columns: ['name', 'recipientRestrictionFilter', 'recipientRoot', 'exclusive'],
    filters: [
      { flags: '--name <name>', member: 'name' },
      { flags: '--exclusive <boolean>', member: 'exclusive' },
    ],
    show: true,
    add: [
      required(member('--name <name>', 'name', 'its name')),
      required(FILTER),
      member(ROOT, 'recipientRoot', 'only recipients in this container'),
      member('--exclusive', 'exclusive', 'closes its recipients to all other assignments, at once', 'flag'),
    ],
    set: [
      member('--name <name>', 'name', 'another name'),
      FILTER,
      member(ROOT, 'recipientRoot', 'only recipients in this container', 'nullable'),
    ],
    remove: true,
  },
  rights: {
    command: 'impersonation-right',
    about: 'the two rights to impersonate of the 2010 model',
    path: '/impersonation-rights',
    one: 'right',
    columns: ['id', 'extendedRight', 'user', 'database', 'account', 'deny'],
    remove: true,
  },
  groups: {
    command: 'group',
    about: 'the groups of a server’s directory',
    path: '/groups',
    one: 'group',
    columns: ['name', 'organizationalUnit', 'members'],
    show: true,
    add: [
      required(member('--name <name>', 'name', 'its name')),
      member('--unit <container>', 'organizationalUnit', 'where it lies'),
      member('--members <identities>', 'members', 'accounts and groups, separated by commas', 'list'),
    ],
    remove: true,
  },
} as const satisfies Record<string, Resource>

export function addManagementCommands(program: Command, terminal: Terminal): void {
  addResourceCommands(program, terminal, RESOURCES.roles)
  addResourceCommands(program, terminal, RESOURCES.assignments)
  addResourceCommands(program, terminal, RESOURCES.scopes)
  addRightCommand(addResourceCommands(program, terminal, RESOURCES.rights), terminal)
  addMemberCommands(addResourceCommands(program, terminal, RESOURCES.groups), terminal)
}

type On = { readonly database?: string; readonly account?: string }
type RightOptions = ResourceOptions & {
  readonly right: string
  readonly user: string
  readonly on: On
  readonly deny?: boolean
}

function addRightCommand(rights: Command, terminal: Terminal): void {
  at(withFormat(rights.command('add').description('grant or deny one of the rights')))
    .addOption(
      new Option('--right <name>', 'the right').choices([SERVER_RIGHT, ACCOUNT_RIGHT]).makeOptionMandatory(),
    )
    .requiredOption('--user <identity>', 'the account or group that gets it')
    .addOption(
      new Option('--on <object>', 'server, database:<name> or account:<identity>')
        .argParser(readObject)
        .default({}, 'server'),
    )
    .option('--deny', 'deny it: that counts more than any grant')
    .action(async (options: RightOptions) => {
      const { right: extendedRight, user, on, deny = false } = options
      const body = { extendedRight, user, ...on, deny }
      showOne(terminal, await ask(options, 'POST', RESOURCES.rights.path, body), options)
    })
}

function readObject(text: string): On {
  const [, kind, name] = /^(database|account):(.+)$/s.exec(text) ?? []
  if (name !== undefined) return kind === 'database' ? { database: name } : { account: name }
  if (text === 'server') return {}
  throw new InvalidArgumentError('expected server, database:<name> or account:<identity>')
}

function addMemberCommands(groups: Command, terminal: Terminal): void {
  const pathOf = (name: string) => `${RESOURCES.groups.path}/${encodeURIComponent(name)}/members`
  const withMember = (command: Command) =>
    at(command).requiredOption('--member <identity>', 'an account or a group')
  withMember(groups.command('add-member <name>').description('put somebody into a group')).action(
    async (name: string, options: ResourceOptions & { member: string }) => {
      await ask(options, 'POST', pathOf(name), { member: options.member })
      terminal.out(`${options.member} is in ${name} at ${options.server}`)
    },
  )
  withMember(groups.command('remove-member <name>').description('take somebody out of a group')).action(
    async (name: string, options: ResourceOptions & { member: string }) => {
      await ask(options, 'DELETE', `${pathOf(name)}/${encodeURIComponent(options.member)}`)
      terminal.out(`${options.member} is no longer in ${name} at ${options.server}`)
    },
  )
}

interface EnterpriseOptions extends ResourceOptions, FormatOptions {
  readonly metadataUrl: string
  readonly type: string
  readonly certificateAuthority?: string
}

interface EnterpriseAnswer {
  readonly steps: readonly string[]
  readonly assignments: readonly Readonly<Record<string, unknown>>[]
  readonly result: string
}

/** `entente partner configure-enterprise`: what the script Configure-EnterprisePartnerApplication.ps1 does. */
export function addEnterpriseCommand(partner: Command, terminal: Terminal): void {
  at(
    withFormat(
      partner
        .command('configure-enterprise')
        .description('a disabled account, a partner application linked to it, and its roles, in one call'),
    ),
  )
    .requiredOption('--metadata-url <url>', 'where the partner publishes its auth metadata document')
    .addOption(
      new Option('--type <type>', 'what kind of application it is')
        .choices(Object.keys(ENTERPRISE_ROLES))
        .makeOptionMandatory(),
    )
    .option('--certificate-authority <file>', 'PEM of the authorities its TLS certificate comes from')
    .action(async (options: EnterpriseOptions) => {
      const { metadataUrl: authMetadataUrl, type: applicationType, certificateAuthority: file } = options
      const body = {
        authMetadataUrl,
        applicationType,
        ...(file !== undefined && { certificateAuthority: readText(file) }),
      }
      const answer = (await ask(
        options,
        'POST',
        '/enterprise-partner-applications',
        body,
      )) as EnterpriseAnswer
      if (options.json) return terminal.out(JSON.stringify(answer, undefined, 2))
      for (const step of answer.steps) terminal.out(step)
      terminal.out('')
      showItems(terminal, answer.assignments, ['name', 'role', 'enabled'], options)
      terminal.out(`\n${answer.result}`)
    })
}
