/** Cmdlets as they stand in Microsoft's runbooks, and our own commands: one table, no second implementation. */
import { ACCESS_RIGHTS } from '../products/exchange/access/access-rights.ts'
import { TEST_FOLDERS } from '../products/lync/storage-connectivity.ts'
import { TRUST_LEVELS } from '../trust/partner.ts'
import { EXCHANGE_CMDLETS } from './exchange-cmdlets.ts'
import { SHAREPOINT_CMDLETS } from './sharepoint-cmdlets.ts'
import { STORAGE_SERVICE_CMDLETS } from './storage-service-cmdlets.ts'
import { TOKEN_SERVER_CMDLETS } from './token-server-cmdlets.ts'

export interface Cmdlet {
  readonly command: readonly string[]
  /** Parameter → our option. */
  readonly values: Readonly<Record<string, string>>
  /** Switches: on when named, or `-Name:$true`. */
  readonly switches?: Readonly<Record<string, string>>
  /** What a switch says that is turned off, `-Name:$false`; absent: nothing. */
  readonly off?: Readonly<Record<string, string>>
  /** `$true` or `$false` must follow. */
  readonly booleans?: Readonly<Record<string, string>>
  /** The parameter that may stand without its name (empty: none), and whether it is an argument of ours instead of an option. */
  readonly positional: string
  readonly argument?: string
  /** Switches that have no effect here: nothing asks for confirmation, and everything is said anyway. */
  readonly quiet?: readonly string[]
  /** The command for no argument, where that is another one: `Get-` of everything. */
  readonly all?: readonly string[]
  /** A switch that makes it another command. */
  readonly instead?: Readonly<Record<string, readonly string[]>>
  /** Parameters with a value that has no effect here: the Storage Service is reached over REST, wherever it is. */
  readonly quietValues?: readonly string[]
  /** Parameters that say which command is meant: with any value, or as a switch that is on. Two of them are one too many. */
  readonly actions?: Readonly<Record<string, readonly string[]>>
  /** One of these must be there, a switch turned on. */
  readonly oneOf?: readonly string[]
  /** Parameters that count only with another: one of these. */
  readonly needs?: Readonly<Record<string, readonly string[]>>
  /** Parameters that have one meaning here: what they must say, in any case. */
  readonly fixed?: Readonly<Record<string, string>>
  /** Parameters that take one of these words, or several with commas, in any case: handed on as they are written here. */
  readonly choices?: Readonly<Record<string, readonly string[]>>
  /** Parameters of the product that are not here, and why: a sentence. */
  readonly absent?: Readonly<Record<string, string>>
}

const keys = {
  MetadataUrl: '--metadata-url',
  CertificateFileData: '--certificate',
  CertificateRawData: '--certificate-data',
  ApplicationTrustLevel: '--trust-level',
}
const booleans = { AcceptSecurityIdentifierInformation: '--accept-sids', Enabled: '--enabled' }
const quiet = ['Force', 'Confirm', 'Verbose']
const ewsAccess = {
  EwsEnabled: '--ews-enabled',
  EwsApplicationAccessPolicy: '--ews-application-access-policy',
  EwsAllowList: '--ews-allow-list',
  EwsBlockList: '--ews-block-list',
  EwsAllowOutlook: '--ews-allow-outlook',
  EwsAllowMacOutlook: '--ews-allow-mac-outlook',
  EwsAllowEntourage: '--ews-allow-entourage',
}
const ofUser = { Identity: '', User: '--user' }
const withRights = { ...ofUser, AccessRights: '--access-rights' }
const folderRights = { choices: { AccessRights: ACCESS_RIGHTS } }
const mailboxRights = { choices: { AccessRights: ['FullAccess'] } }
const trustLevels = { choices: { ApplicationTrustLevel: TRUST_LEVELS } }
const ofTenants = { Tenant: 'tenants are of the online service' }
const notPiped = { Instance: 'no objects come through a pipe; name what is to be changed' }
const appIds = { EwsAllowedAppIDs: 'it is of the online service' }
const byIdentity = { positional: 'Identity', argument: 'Identity', quiet }

export const CMDLETS: Readonly<Record<string, Cmdlet>> = {
  ...EXCHANGE_CMDLETS,
  'Test-CsExStorageConnectivity': {
    command: ['test', 'storage-connectivity'],
    values: { SipUri: '--sip-uri', Folder: '--folder' },
    switches: { DeleteItem: '--delete-item' },
    choices: { Folder: Object.keys(TEST_FOLDERS) },
    positional: 'SipUri',
    quiet: ['Force', 'Verbose', 'UseCache'],
    quietValues: ['Binding', 'HostNameStorageService'],
  },
  ...STORAGE_SERVICE_CMDLETS,
  'New-CsPartnerApplication': {
    command: ['partner', 'add', '--server', 'lync'],
    values: { Identity: '--identity', ApplicationIdentifier: '--application-id', Realm: '--realm', ...keys },
    switches: { UseOAuthServer: '--use-auth-server' },
    booleans,
    ...trustLevels,
    positional: 'Identity',
    quiet,
    absent: { ...ofTenants, InMemory: 'nothing is kept in memory; -WhatIf shows what would be registered' },
  },
  'Get-CsPartnerApplication': {
    command: ['partner', 'show', '--server', 'lync'],
    all: ['partner', 'list', '--server', 'lync'],
    values: { Identity: '', Filter: '--filter' },
    positional: 'Identity',
    argument: 'Identity',
    quiet: ['LocalStore', 'Verbose'],
    absent: ofTenants,
  },
  'Set-CsPartnerApplication': {
    command: ['partner', 'set', '--server', 'lync'],
    values: { Identity: '', ...keys },
    switches: { UseOAuthServer: '--use-auth-server' },
    booleans,
    ...trustLevels,
    ...byIdentity,
    absent: { ...ofTenants, ...notPiped },
  },
  'Remove-CsPartnerApplication': {
    command: ['partner', 'remove', '--server', 'lync'],
    values: { Identity: '' },
    ...byIdentity,
    absent: ofTenants,
  },
  'Get-AuthConfig': { command: ['key', 'list', '--server', 'exchange'], values: {}, positional: '', quiet },
  'Set-AuthConfig': {
    command: ['key', 'stage', '--server', 'exchange'],
    values: {
      NewCertificateThumbprint: '',
      CertificateThumbprint: '',
      NewCertificateEffectiveDate: '--effective',
    },
    switches: { Force: '--force' },
    actions: {
      NewCertificateThumbprint: ['key', 'stage', '--server', 'exchange'],
      CertificateThumbprint: ['key', 'replace', '--server', 'exchange'],
      PublishCertificate: ['key', 'publish', '--server', 'exchange'],
      ClearPreviousCertificate: ['key', 'clear-previous', '--server', 'exchange'],
    },
    oneOf: [
      'NewCertificateThumbprint',
      'CertificateThumbprint',
      'PublishCertificate',
      'ClearPreviousCertificate',
    ],
    positional: '',
    quiet: ['SkipImmediateCertificateDeployment', 'Confirm', 'Verbose'],
    quietValues: ['Server'],
    absent: {
      Realm: 'Exchange has the realm of its lab file; another would break every partner',
      ServiceName: 'it is the application id of Exchange; another would break every partner',
    },
  },
  'Get-CsCertificate': {
    command: ['key', 'list', '--server', 'lync'],
    values: {},
    fixed: { Type: 'OAuthTokenIssuer' },
    positional: 'Type',
    quiet: ['Verbose'],
    quietValues: ['Identity'],
  },
  'Set-CsCertificate': {
    command: ['key', 'replace', '--server', 'lync'],
    values: { Thumbprint: '', Path: '--pfx', EffectiveDate: '--effective', EffectiveTime: '--effective' },
    switches: { Force: '--force' },
    actions: { Roll: ['key', 'stage', '--server', 'lync'] },
    needs: { Roll: ['EffectiveDate', 'EffectiveTime'] },
    oneOf: ['Thumbprint', 'Path'],
    fixed: { Type: 'OAuthTokenIssuer', Identity: 'global' },
    positional: 'Type',
    quiet: ['Confirm', 'Verbose'],
    quietValues: ['Report'],
    absent: {
      Reference: 'it takes an object; name the certificate by -Thumbprint or -Path',
      Password:
        'others see what stands on a command line; put it into a file, and add --password-file <file>',
    },
  },
  'Remove-CsCertificate': {
    command: ['key', 'clear-previous', '--server', 'lync'],
    values: {},
    actions: { Previous: ['key', 'clear-previous', '--server', 'lync'] },
    oneOf: ['Previous'],
    fixed: { Type: 'OAuthTokenIssuer', Identity: 'global' },
    positional: 'Type',
    quiet,
  },
  ...SHAREPOINT_CMDLETS,
  ...TOKEN_SERVER_CMDLETS,
  'Set-SPSecurityTokenServiceConfig': {
    command: ['key', 'replace', '--server', 'sharepoint'],
    values: {
      ImportSigningCertificate: '--pfx',
      SigningCertificateThumbprint: '',
      QueueSigningCertificateThumbprint: '',
      RevokeSigningCertificateThumbprint: '',
    },
    actions: {
      ImportSigningCertificate: ['key', 'replace', '--server', 'sharepoint'],
      SigningCertificateThumbprint: ['key', 'replace', '--server', 'sharepoint'],
      QueueSigningCertificateThumbprint: ['key', 'stage', '--server', 'sharepoint'],
      RevokeSigningCertificateThumbprint: ['key', 'revoke', '--server', 'sharepoint'],
    },
    oneOf: [
      'ImportSigningCertificate',
      'SigningCertificateThumbprint',
      'QueueSigningCertificateThumbprint',
      'RevokeSigningCertificateThumbprint',
    ],
    positional: '',
    quiet,
    quietValues: [
      'SigningCertificateStoreName',
      'QueueSigningCertificateStoreName',
      'RevokeSigningCertificateStoreName',
    ],
  },
  'Get-OrganizationConfig': {
    command: ['organization-config', 'show', '--server', 'exchange'],
    values: {},
    positional: '',
    quiet,
  },
  'Set-OrganizationConfig': {
    command: ['organization-config', 'set', '--server', 'exchange'],
    values: ewsAccess,
    positional: '',
    quiet,
    absent: appIds,
  },
  'Get-CASMailbox': {
    command: ['cas-mailbox', 'show', '--server', 'exchange'],
    values: { Identity: '' },
    ...byIdentity,
  },
  'Set-CASMailbox': {
    command: ['cas-mailbox', 'set', '--server', 'exchange'],
    values: { Identity: '', ...ewsAccess },
    ...byIdentity,
    absent: appIds,
  },
  'Get-MailboxFolderPermission': {
    command: ['folder-permission', 'list', '--server', 'exchange'],
    values: ofUser,
    ...byIdentity,
  },
  'Add-MailboxFolderPermission': {
    command: ['folder-permission', 'add', '--server', 'exchange'],
    values: withRights,
    ...folderRights,
    ...byIdentity,
  },
  'Set-MailboxFolderPermission': {
    command: ['folder-permission', 'set', '--server', 'exchange'],
    values: withRights,
    ...folderRights,
    ...byIdentity,
  },
  'Remove-MailboxFolderPermission': {
    command: ['folder-permission', 'remove', '--server', 'exchange'],
    values: ofUser,
    ...byIdentity,
  },
  'Get-MailboxPermission': {
    command: ['mailbox-permission', 'list', '--server', 'exchange'],
    values: ofUser,
    ...byIdentity,
  },
  'Add-MailboxPermission': {
    command: ['mailbox-permission', 'add', '--server', 'exchange'],
    values: withRights,
    ...mailboxRights,
    switches: { Deny: '--deny' },
    ...byIdentity,
    quietValues: ['InheritanceType', 'AutoMapping'],
  },
  'Remove-MailboxPermission': {
    command: ['mailbox-permission', 'remove', '--server', 'exchange'],
    values: withRights,
    ...mailboxRights,
    switches: { Deny: '--deny' },
    ...byIdentity,
    quietValues: ['InheritanceType'],
  },
}
