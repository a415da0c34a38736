/** What Autodiscover can say of a user and of a domain, and the names of what it cannot ([MS-OXWSADISC] 2.2.5). */
import { createHash } from 'node:crypto'
import type { User } from '../../trust/directory.ts'
import type { Kit } from '../product.ts'
import { legacyDnOf } from './legacy-dn.ts'
import { SERVER_BUILD, SUPPORTED_SCHEMAS } from './version.ts'

/**
 * What every answer under `/autodiscover` says is on, also to callers without a token: clients look for these headers before
 * they choose how to ask (facts/clients.md 2.3). Whatever a header says, it means yes to them; so WS-Security, which is not
 * there, is not mentioned.
 */
export const AUTODISCOVER_ENDPOINTS = { 'X-SOAP-Enabled': 'True', 'X-OAuth-Enabled': 'True' } as const

/** Where Exchange Web Services are. Inside and outside are one here. */
export function ewsUrl({ baseUrl }: Kit): string {
  return `${baseUrl}/EWS/Exchange.asmx`
}

/** The GUID of the organization: the same at every start, and another for another realm. */
export function deploymentId({ identity }: Kit): string {
  const hash = createHash('sha256').update(`deployment ${identity.application.realm}`).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

const USER_SETTINGS: ReadonlyMap<string, (user: User, kit: Kit) => string> = new Map([
  ['UserDisplayName', (user: User) => user.displayName],
  ['UserDN', (user: User) => legacyDnOf(user)],
  ['UserDeploymentId', (_: User, kit: Kit) => deploymentId(kit)],
  ['AutoDiscoverSMTPAddress', (user: User) => user.smtp ?? ''],
  ['InternalEwsUrl', (_: User, kit: Kit) => ewsUrl(kit)],
  ['ExternalEwsUrl', (_: User, kit: Kit) => ewsUrl(kit)],
  ['EwsSupportedSchemas', () => SUPPORTED_SCHEMAS],
  ['CasVersion', () => SERVER_BUILD],
  ['MailboxVersion', () => SERVER_BUILD],
  // True of this server: it is on premises, has no MAPI over HTTP, and shares nothing with other organizations.
  ['UserMSOnline', () => 'False'],
  ['MapiHttpEnabled', () => 'False'],
  ['CrossOrganizationSharingEnabled', () => 'False'],
])

const DOMAIN_SETTINGS: ReadonlyMap<string, (kit: Kit) => string> = new Map([['ExternalEwsUrl', ewsUrl]])

// Settings of the product that are about what is not served here. They are known, but not to be had.
const UNAVAILABLE = new Set([
  ...`ActiveDirectoryServer AlternateMailboxes EcpConnectUrlFragment EcpDeliveryReportUrlFragment
  EcpEmailSubscriptionsUrlFragment EcpExtensionInstallationUrlFragment EcpPhotoUrlFragment EcpPublishingUrlFragment
  EcpRetentionPolicyTagsUrlFragment EcpTeamMailboxCreatingUrlFragment EcpTeamMailboxEditingUrlFragment
  EcpTeamMailboxHidingUrlFragment EcpTeamMailboxUrlFragment EcpTextMessagingUrlFragment EcpVoicemailUrlFragment
  EwsPartnerUrl ExchangeRpcUrl ExternalEcpConnectUrl ExternalEcpDeliveryReportUrl ExternalEcpEmailSubscriptionsUrl
  ExternalEcpExtensionInstallationUrl ExternalEcpPhotoUrl ExternalEcpPublishingUrl ExternalEcpRetentionPolicyTagsUrl
  ExternalEcpTeamMailboxCreatingUrl ExternalEcpTeamMailboxEditingUrl ExternalEcpTeamMailboxHidingUrl
  ExternalEcpTeamMailboxUrl ExternalEcpTextMessagingUrl ExternalEcpUrl ExternalEcpVoicemailUrl ExternalEwsVersion
  ExternalImap4Connections ExternalMailboxServer ExternalMailboxServerAuthenticationMethods
  ExternalMailboxServerRequiresSSL ExternalOABUrl ExternalPhotosUrl ExternalPop3Connections
  ExternalServerExclusiveConnect ExternalSmtpConnections ExternalUMUrl ExternalWebClientUrls GroupingInformation
  InternalEcpConnectUrl InternalEcpDeliveryReportUrl InternalEcpEmailSubscriptionsUrl
  InternalEcpExtensionInstallationUrl InternalEcpPhotoUrl InternalEcpPublishingUrl InternalEcpRetentionPolicyTagsUrl
  InternalEcpTeamMailboxCreatingUrl InternalEcpTeamMailboxEditingUrl InternalEcpTeamMailboxHidingUrl
  InternalEcpTeamMailboxUrl InternalEcpTextMessagingUrl InternalEcpUrl InternalEcpVoicemailUrl InternalEmwsUrl
  InternalImap4Connections InternalMailboxServer InternalMailboxServerDN InternalOABUrl InternalPhotosUrl
  InternalPop3Connections InternalRpcClientServer InternalRpcHttpServer InternalServerExclusiveConnect
  InternalSmtpConnections InternalUMUrl InternalWebClientUrls MailboxDN MapiHttpUrls MobileMailboxPolicy
  PublicFolderInformation PublicFolderServer ShowGalAsDefaultView SiteMailboxCreationURL`.split(/\s+/),
])

/** A setting's value; or why there is none, in the codes of the service. */
export type Setting =
  | { readonly value: string }
  | { readonly code: 'InvalidSetting' | 'SettingIsNotAvailable' }

/** A setting of a user, by its name in the service (UserSettingName). */
export function userSetting(name: string, user: User, kit: Kit): Setting {
  const value = USER_SETTINGS.get(name)?.(user, kit)
  return value === undefined ? { code: missing(name) } : { value }
}

/** A setting of a domain, by its name in the service (DomainSettingName). */
export function domainSetting(name: string, kit: Kit): Setting {
  const value = DOMAIN_SETTINGS.get(name)?.(kit)
  return value === undefined ? { code: missing(name) } : { value }
}

function missing(name: string): 'InvalidSetting' | 'SettingIsNotAvailable' {
  return UNAVAILABLE.has(name) ? 'SettingIsNotAvailable' : 'InvalidSetting'
}
