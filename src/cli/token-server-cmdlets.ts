/** The cmdlets of token servers at Exchange and Lync (facts/administration.md A.4, A.5, B.3). */
import { AUTH_SERVER_TYPES } from '../trust/auth-server.ts'
import type { Cmdlet } from './cmdlets.ts'

const quiet = ['Force', 'Confirm', 'Verbose', 'TrustAnySSLCertificate']
const exchange = ['--server', 'exchange']
const lync = ['--server', 'lync']
const named = { Name: '--name', Realm: '--realm', Type: '--type' }
const url = { AuthMetadataUrl: '--metadata-url' }
const sids = { AcceptSecurityIdentifierInformation: '--accept-sids' }
const identified = { positional: 'Identity', argument: 'Identity', quiet } as const
const types = { choices: { Type: AUTH_SERVER_TYPES } }
const notPiped = { Instance: 'no objects come through a pipe; name what is to be changed' }
const fromDocument = 'its auth metadata document says it'
const configured = 'Autodiscover is where the configuration of the server says'
const notModelled = 'clients with tokens of their own users are not here'
const ofExchange = { quietValues: ['DomainController', 'DomainName', 'GraphBaseUrl'] }
const ofLync = { quietValues: ['Tenant', 'AuthorizationUriOverride'] }

export const TOKEN_SERVER_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  'New-AuthServer': {
    command: ['auth-server', 'add', ...exchange],
    values: { ...named, ...url },
    ...types,
    booleans: { Enabled: '--enabled' },
    positional: 'Name',
    quiet,
    ...ofExchange,
    absent: {
      ApplicationIdentifier: fromDocument,
      IssuerIdentifier: fromDocument,
      TokenIssuingEndpoint: fromDocument,
      AuthorizationEndpoint: fromDocument,
      AppSecret: 'who has a key signs; nobody has a secret',
    },
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
    ...types,
    booleans: { Enabled: '--enabled' },
    instead: { RefreshAuthMetadata: ['auth-server', 'refresh', ...exchange] },
    ...identified,
    ...ofExchange,
    absent: { IsDefaultAuthorizationEndpoint: 'challenges name every token server alike' },
  },
  'Remove-AuthServer': {
    command: ['auth-server', 'remove', ...exchange],
    values: { Identity: '' },
    ...identified,
  },
  'New-CsOAuthServer': {
    command: ['auth-server', 'add', ...lync],
    values: { Identity: '--name', MetadataUrl: '--metadata-url', Realm: '--realm', Type: '--type' },
    ...types,
    booleans: sids,
    positional: 'Identity',
    quiet,
    ...ofLync,
    absent: { InMemory: 'nothing is kept in memory; -WhatIf shows what would be registered' },
  },
  'Get-CsOAuthServer': {
    command: ['auth-server', 'show', ...lync],
    all: ['auth-server', 'list', ...lync],
    values: { Identity: '' },
    ...identified,
    quiet: ['LocalStore', 'Verbose'],
    ...ofLync,
    absent: { Filter: 'name one, or none for all of them' },
  },
  'Set-CsOAuthServer': {
    command: ['auth-server', 'set', ...lync],
    values: { Identity: '', MetadataUrl: '--metadata-url', Type: '--type' },
    ...types,
    booleans: sids,
    ...identified,
    ...ofLync,
    absent: { ...notPiped, Realm: 'it is a token server’s for good; remove it and register it anew' },
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
    absent: {
      ...notPiped,
      ExchangeAutodiscoverUrl: configured,
      ExchangeAutodiscoverAllowedDomains: configured,
      ClientAuthorizationOAuthServerIdentity: notModelled,
      ClientAdalAuthOverride: notModelled,
      AlternateAudienceUrl: 'the audiences of a server follow from its names',
      AdditionalAudienceUrls: 'the audiences of a server follow from its names',
    },
  },
}
