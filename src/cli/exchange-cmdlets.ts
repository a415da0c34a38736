/** The cmdlets of Exchange: roles, scopes, rights, groups and partner applications (facts/administration.md B.1, B.2, B.8). */
import { ACCOUNT_RIGHT, SERVER_RIGHT } from '../products/exchange/rbac/management.ts'
import { ENTERPRISE_ROLES } from '../products/exchange/rbac/roles.ts'
import type { Cmdlet } from './cmdlets.ts'

const AT = ['--server', 'exchange']
const quiet = ['Force', 'Confirm', 'Verbose']
// Everything is asked of one server, which has one directory.
const quietValues = ['DomainController']

const WRITE_SCOPES = {
  CustomRecipientWriteScope: '--scope',
  RecipientOrganizationalUnitScope: '--unit',
  ExclusiveRecipientWriteScope: '--exclusive-scope',
}

const reserved = 'it is reserved for Microsoft’s own use'
const ofPartners = {
  // The only kind of account that there is.
  fixed: { AccountType: 'OrganizationalAccount' },
  absent: { IssuerIdentifier: reserved, ActAsPermissions: reserved, AppOnlyPermissions: reserved },
}
const forGood = 'it is a partner’s for good; remove the partner and register it anew'
const ofServers = 'scopes are over recipients here, not over servers and databases'
const assigning = {
  RecipientRelativeWriteScope: 'name a scope, a unit, or nothing for everybody',
  CustomConfigWriteScope: ofServers,
  ExclusiveConfigWriteScope: ofServers,
}

const partnerSwitches = { AcceptSecurityIdentifierInformation: '--accept-sids', Enabled: '--enabled' }

const identified = { positional: 'Identity', argument: 'Identity', quiet, quietValues } as const

export const EXCHANGE_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  'Configure-EnterprisePartnerApplication': {
    command: ['partner', 'configure-enterprise', ...AT],
    values: { AuthMetadataUrl: '--metadata-url', ApplicationType: '--type' },
    choices: { ApplicationType: Object.keys(ENTERPRISE_ROLES) },
    positional: 'AuthMetadataUrl',
    quiet: [...quiet, 'TrustAnySSLCertificate'],
    quietValues,
  },
  'New-PartnerApplication': {
    command: ['partner', 'add', ...AT],
    values: {
      Name: '--identity',
      ApplicationIdentifier: '--application-id',
      Realm: '--realm',
      AuthMetadataUrl: '--metadata-url',
      LinkedAccount: '--linked-account',
    },
    booleans: partnerSwitches,
    // With an id and no URL it is one that a token server speaks for: the two sets of parameters have nothing else to differ by.
    actions: { ApplicationIdentifier: ['partner', 'add', ...AT, '--use-auth-server'] },
    oneOf: ['ApplicationIdentifier', 'AuthMetadataUrl'],
    positional: 'Name',
    // The switch of old examples: what it says, the id says too.
    quiet: [...quiet, 'UseAuthServer', 'TrustAnySSLCertificate'],
    quietValues,
    ...ofPartners,
  },
  'Get-PartnerApplication': {
    command: ['partner', 'show', ...AT],
    all: ['partner', 'list', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Set-PartnerApplication': {
    command: ['partner', 'set', ...AT],
    instead: { RefreshAuthMetadata: ['partner', 'refresh', ...AT] },
    values: { Identity: '', AuthMetadataUrl: '--metadata-url', LinkedAccount: '--linked-account' },
    booleans: partnerSwitches,
    ...identified,
    quiet: [...quiet, 'TrustAnySSLCertificate'],
    ...ofPartners,
    absent: { ...ofPartners.absent, Name: forGood, ApplicationIdentifier: forGood, Realm: forGood },
  },
  'Remove-PartnerApplication': {
    command: ['partner', 'remove', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Get-ManagementRole': {
    command: ['role', 'list', ...AT],
    values: { Identity: '--name' },
    positional: 'Identity',
    quiet,
    quietValues,
  },
  'New-ManagementRoleAssignment': {
    command: ['role-assignment', 'add', ...AT],
    values: { Name: '--name', Role: '--role', User: '--user', SecurityGroup: '--group', ...WRITE_SCOPES },
    switches: { Delegating: '--delegating' },
    positional: 'Name',
    quiet,
    quietValues,
    absent: {
      ...assigning,
      Computer: 'roles are assigned to accounts and groups; an application has its linked account',
      Policy: 'there are no role assignment policies; assign the role to a group',
      UnScopedTopLevel: 'there are no unscoped roles',
    },
  },
  'Get-ManagementRoleAssignment': {
    command: ['role-assignment', 'show', ...AT],
    all: ['role-assignment', 'list', ...AT],
    values: { Identity: '', Role: '--role', RoleAssignee: '--assignee' },
    booleans: { Delegating: '--delegating', Enabled: '--enabled' },
    ...identified,
    absent: {
      GetEffectiveUsers: 'groups are shown as groups; ask for one account with -RoleAssignee',
      WritableRecipient: 'ask for who may, not for whom',
      RoleAssigneeType: '-RoleAssignee finds accounts and groups',
    },
  },
  'Set-ManagementRoleAssignment': {
    command: ['role-assignment', 'set', ...AT],
    values: { Identity: '', ...WRITE_SCOPES },
    booleans: { Enabled: '--enabled' },
    ...identified,
    absent: assigning,
  },
  'Remove-ManagementRoleAssignment': {
    command: ['role-assignment', 'remove', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'New-ManagementScope': {
    command: ['management-scope', 'add', ...AT],
    values: { Name: '--name', RecipientRestrictionFilter: '--filter', RecipientRoot: '--root' },
    switches: { Exclusive: '--exclusive' },
    positional: 'Name',
    quiet,
    quietValues,
    absent: {
      ServerRestrictionFilter: ofServers,
      ServerList: ofServers,
      DatabaseRestrictionFilter: ofServers,
      DatabaseList: ofServers,
    },
  },
  'Get-ManagementScope': {
    command: ['management-scope', 'show', ...AT],
    all: ['management-scope', 'list', ...AT],
    values: { Identity: '' },
    booleans: { Exclusive: '--exclusive' },
    ...identified,
    absent: { Orphan: 'Get-ManagementRoleAssignment shows which scopes are used' },
  },
  'Set-ManagementScope': {
    command: ['management-scope', 'set', ...AT],
    values: {
      Identity: '',
      Name: '--name',
      RecipientRestrictionFilter: '--filter',
      RecipientRoot: '--root',
    },
    ...identified,
  },
  'Remove-ManagementScope': {
    command: ['management-scope', 'remove', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Add-ADPermission': {
    command: ['impersonation-right', 'add', ...AT],
    values: { Identity: '--on', User: '--user', ExtendedRights: '--right' },
    switches: { Deny: '--deny' },
    choices: { ExtendedRights: [SERVER_RIGHT, ACCOUNT_RIGHT] },
    // What an extended right is said to be beside its name.
    fixed: { AccessRights: 'ExtendedRight' },
    positional: 'Identity',
    quiet,
    quietValues: [...quietValues, 'InheritanceType'],
  },
  'Get-ADPermission': {
    command: ['impersonation-right', 'list', ...AT],
    values: {},
    positional: '',
    quiet,
    quietValues,
  },
  'Remove-ADPermission': {
    command: ['impersonation-right', 'remove', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'New-DistributionGroup': {
    command: ['group', 'add', ...AT],
    values: { Name: '--name', Members: '--members', OrganizationalUnit: '--unit' },
    positional: 'Name',
    quiet,
    quietValues: [...quietValues, 'Type'],
  },
  'Get-DistributionGroup': {
    command: ['group', 'show', ...AT],
    all: ['group', 'list', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Remove-DistributionGroup': {
    command: ['group', 'remove', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Add-DistributionGroupMember': {
    command: ['group', 'add-member', ...AT],
    values: { Identity: '', Member: '--member' },
    ...identified,
  },
  'Remove-DistributionGroupMember': {
    command: ['group', 'remove-member', ...AT],
    values: { Identity: '', Member: '--member' },
    ...identified,
  },
}
