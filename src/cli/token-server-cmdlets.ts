/** The cmdlets of token servers at Exchange and Lync (facts/administration.md A.4, A.5, B.3). */
import type { Cmdlet } from './cmdlets.ts'

const quiet = ['Force', 'Confirm', 'Verbose', 'TrustAnySSLCertificate']
const exchange = ['--server', 'exchange']
const lync = ['--server', 'lync']
const named = { Name: '--name', Realm: '--realm', Type: '--type' }
const url = { AuthMetadataUrl: '--metadata-url' }
const sids = { AcceptSecurityIdentifierInformation: '--accept-sids' }
const identified = { positional: 'Identity', argument: 'Identity', quiet } as const
const ofExchange = { quietValues: ['DomainController', 'DomainName', 'GraphBaseUrl'] }
const ofLync = { quietValues: ['Tenant', 'AuthorizationUriOverride'] }

export const TOKEN_SERVER_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  'New-AuthServer': {
    command: ['auth-server', 'add', ...exchange],
    values: { ...named, ...url },
    booleans: { Enabled: '--enabled' },
    positional: 'Name',
    quiet,
    ...ofExchange,
  },
  'Get-AuthServer': {
    command: ['auth-server', 'show', ...exchange],
    all: ['auth-server', 'list', ...exchange],
    values: { Identity: '' },
    ...identified,
  },
  'Set-AuthServer': {
    command: ['auth-server', 'set', ...exchange],
    values: { Identity: '', Type: '--type', ...url },
    booleans: { Enabled: '--enabled' },
    instead: { RefreshAuthMetadata: ['auth-server', 'refresh', ...exchange] },
    ...identified,
    ...ofExchange,
  },
  'Remove-AuthServer': {
    command: ['auth-server', 'remove', ...exchange],
    values: { Identity: '' },
    ...identified,
  },
  'New-CsOAuthServer': {
    command: ['auth-server', 'add', ...lync],
    values: { Identity: '--name', MetadataUrl: '--metadata-url', Realm: '--realm', Type: '--type' },
    booleans: sids,
    positional: 'Identity',
    quiet,
    ...ofLync,
  },
  'Get-CsOAuthServer': {
    command: ['auth-server', 'show', ...lync],
    all: ['auth-server', 'list', ...lync],
    values: { Identity: '' },
    ...identified,
    quiet: ['LocalStore', 'Verbose'],
    ...ofLync,
  },
  'Set-CsOAuthServer': {
    command: ['auth-server', 'set', ...lync],
    values: { Identity: '', MetadataUrl: '--metadata-url', Type: '--type' },
    booleans: sids,
    ...identified,
    ...ofLync,
  },
  'Remove-CsOAuthServer': {
    command: ['auth-server', 'remove', ...lync],
    values: { Identity: '' },
    ...identified,
    ...ofLync,
  },
  'Get-CsOAuthConfiguration': {
    command: ['oauth-configuration', 'show', ...lync],
    values: {},
    fixed: { Identity: 'global' },
    positional: 'Identity',
    quiet: ['LocalStore', 'Verbose'],
    quietValues: ['Tenant'],
  },
  'Set-CsOAuthConfiguration': {
    command: ['oauth-configuration', 'set', ...lync],
    values: { Realm: '--realm', ServiceName: '--service-name' },
    oneOf: ['Realm', 'ServiceName'],
    fixed: { Identity: 'global' },
    positional: 'Identity',
    quiet,
    quietValues: ['Tenant'],
  },
}
