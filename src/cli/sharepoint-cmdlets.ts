/** The cmdlets of SharePoint: issuers, application principals, the realm, root authorities (facts/administration.md C.1 to C.4). */
import { RIGHTS, SCOPES } from '../products/sharepoint/authorization/rights.ts'
import type { Cmdlet } from './cmdlets.ts'

const AT = ['--server', 'sharepoint']
const quiet = ['Confirm', 'Verbose']
const quietValues = ['AssignmentCollection']
// There is one site: whichever web is named, it is that.
const siteValues = [...quietValues, 'Site']

const identified = { positional: 'Identity', argument: 'Identity', quiet, quietValues } as const
const ofPrincipal = {
  positional: 'AppPrincipal',
  argument: 'AppPrincipal',
  quiet,
  quietValues: siteValues,
} as const

export const SHAREPOINT_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  'New-SPTrustedSecurityTokenIssuer': {
    command: ['token-issuer', 'add', ...AT],
    values: {
      Name: '--name',
      MetadataEndPoint: '--metadata-end-point',
      Certificate: '--certificate',
      RegisteredIssuerName: '--registered-issuer-name',
      Description: '--description',
    },
    switches: { IsTrustBroker: '--trust-broker' },
    positional: 'Name',
    quiet,
    quietValues,
  },
  'Set-SPTrustedSecurityTokenIssuer': {
    command: ['token-issuer', 'set', ...AT],
    values: {
      Identity: '',
      MetadataEndPoint: '--metadata-end-point',
      Certificate: '--certificate',
      Description: '--description',
    },
    switches: { IsTrustBroker: '--trust-broker' },
    off: { IsTrustBroker: '--no-trust-broker' },
    ...identified,
  },
  'Get-SPTrustedSecurityTokenIssuer': {
    command: ['token-issuer', 'show', ...AT],
    all: ['token-issuer', 'list', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Remove-SPTrustedSecurityTokenIssuer': {
    command: ['token-issuer', 'remove', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Register-SPAppPrincipal': {
    command: ['app-principal', 'add', ...AT],
    values: { NameIdentifier: '--name-identifier', DisplayName: '--display-name' },
    positional: 'NameIdentifier',
    quiet,
    quietValues: siteValues,
  },
  'Get-SPAppPrincipal': {
    command: ['app-principal', 'show', ...AT],
    all: ['app-principal', 'list', ...AT],
    values: { NameIdentifier: '' },
    positional: 'NameIdentifier',
    argument: 'NameIdentifier',
    quiet,
    quietValues: siteValues,
  },
  'Set-SPAppPrincipalPermission': {
    command: ['app-principal', 'grant', ...AT],
    values: { AppPrincipal: '', Scope: '--scope', Right: '--right' },
    switches: { EnableAppOnlyPolicy: '--enable-app-only-policy' },
    choices: { Scope: SCOPES, Right: RIGHTS },
    ...ofPrincipal,
  },
  'Remove-SPAppPrincipalPermission': {
    command: ['app-principal', 'revoke', ...AT],
    values: { AppPrincipal: '', Scope: '--scope' },
    switches: { DisableAppOnlyPolicy: '--disable-app-only-policy' },
    choices: { Scope: SCOPES },
    ...ofPrincipal,
  },
  'Get-SPAuthenticationRealm': {
    command: ['realm', 'show', ...AT],
    values: {},
    positional: '',
    quiet,
    quietValues: [...quietValues, 'ServiceContext'],
  },
  'Set-SPAuthenticationRealm': {
    command: ['realm', 'set', ...AT],
    values: { Realm: '' },
    positional: 'Realm',
    argument: 'Realm',
    quiet,
    quietValues: [...quietValues, 'ServiceContext'],
  },
  'New-SPTrustedRootAuthority': {
    command: ['root-authority', 'add', ...AT],
    values: { Name: '--name', Certificate: '--certificate', MetadataEndPoint: '--metadata-end-point' },
    positional: 'Name',
    quiet,
    quietValues,
  },
  'Get-SPTrustedRootAuthority': {
    command: ['root-authority', 'show', ...AT],
    all: ['root-authority', 'list', ...AT],
    values: { Identity: '' },
    ...identified,
  },
  'Remove-SPTrustedRootAuthority': {
    command: ['root-authority', 'remove', ...AT],
    values: { Identity: '' },
    ...identified,
  },
}
