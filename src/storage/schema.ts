/** The tables as Kysely sees them. The SQL that makes them is in migrations.ts; columns there are in snake_case. */
import type { Generated } from 'kysely'
import type { DeliverMeetingRequests, MailboxPermission } from '../products/exchange/access/access-store.ts'
import type { GrantedRights } from '../products/exchange/access/folder-permission.ts'
import type { DistinguishedFolder } from '../products/exchange/distinguished-folders.ts'
import type { Attachment, Item, ItemKind, MailboxChange } from '../products/exchange/mailbox.ts'
import type { PermissionLevel, Right, Scope } from '../products/sharepoint/authorization/rights.ts'
import type { FieldKind } from '../products/sharepoint/lists.ts'
import type { AppId, EpochSeconds, Realm, Thumbprint } from '../protocol/ids.ts'
import type { Scope as AdminScope } from '../trust/admin-tokens.ts'
import type { AuditRecord, EventKind } from '../trust/audit-record.ts'
import type { PartnerSource, TrustLevel } from '../trust/partner.ts'
import type { KeyState } from '../trust/signing-keys.ts'
import type { AuthorizationSchema } from './authorization-schema.ts'
import type { Flag, Seq } from './column-types.ts'
import type { DirectorySchema } from './directory-schema.ts'
import type { StorageServiceSchema } from './storage-service-schema.ts'

interface PartnerTable {
  seq: Seq
  identity: string
  /** The identity in lower case. */
  identityKey: string
  applicationId: AppId
  realm: Realm
  issuer: string
  sourceKind: Exclude<PartnerSource['kind'], 'auth server'>
  /** It has no source: what `sourceKind` says does not count. */
  usesAuthServer: Flag
  /** Present exactly for the kind `metadata`. */
  sourceUrl: string | null
  /** PEM. */
  certificateAuthority: string | null
  /** SID. */
  linkedAccount: string | null
  trustLevel: TrustLevel
  enabled: Flag
  acceptSids: Flag
  createdAt: EpochSeconds
  updatedAt: EpochSeconds
  refreshedAt: EpochSeconds
  /** `PartnerRefresh` as JSON. */
  refresh: string | null
  /** Thumbprints, as a JSON array. */
  revokedKeys: string | null
  isTrustBroker: Flag
  /** `AuthServer` as JSON; null for a partner application. */
  authServer: string | null
  /** `TokenClient` as JSON; null where this is no client of a token server. */
  tokenClient: string | null
  description: string | null
}

interface SpentAssertionTable {
  client: string
  once: string
  until: EpochSeconds
  expiresAt: EpochSeconds
}

interface PartnerCertificateTable {
  /** `seq` of the partner. */
  partner: number
  position: number
  der: string
  /** What is read out of the certificate, so that it need not be read again; null in rows of before. */
  x5t: string | null
  subject: string | null
  notBefore: number | null
  notAfter: number | null
  keyMark: number | null
}

/** The counts are kept by triggers. */
interface FolderTable {
  seq: Seq
  owner: string
  id: string
  parentId: string | null
  distinguished: DistinguishedFolder | null
  displayName: string
  folderClass: string
  changeKey: string
  totalCount: Generated<number>
  unreadCount: Generated<number>
  childFolderCount: Generated<number>
}

interface ItemTable {
  seq: Seq
  owner: string
  id: string
  folderId: string
  changeKey: string
  kind: ItemKind
  author: string
  itemClass: string
  subject: string
  isRead: Flag
  importance: number
  hasAttachments: Flag
  size: number
  receivedAt: EpochSeconds
  sentAt: EpochSeconds
  createdAt: EpochSeconds
  modifiedAt: EpochSeconds
  startAt: EpochSeconds | null
  endAt: EpochSeconds | null
  fromName: string
  displayName: string
  content: Item['content']
  mime: string | null
  isPrivate: Flag
}

interface AttachmentTable extends Record<'blob' | 'item', string | null> {
  seq: Seq
  id: string
  itemId: string
  name: string
  contentType: string
  contentId: string
  isInline: Flag
  size: number
  modifiedAt: Attachment['modifiedAt']
}

/** A blob is several rows, so that none is long. */
interface BlobTable {
  id: string
  position: number
  bytes: Uint8Array
  /** Of the whole blob. */
  pieces: number
}

interface MailboxChangeTable
  extends Pick<MailboxChange, 'number' | 'kind' | 'subject' | 'id' | 'folderId' | 'at'> {
  owner: string
  fromId: string | null
  fromFolderId: string | null
}

/** `seq` is given by the log: one sequence over all chains. */
interface AuditTable extends Record<'event' | 'previous' | 'hash' | 'requestId', string> {
  seq: number
  time: EpochSeconds
  chain: EventKind
  kind: AuditRecord['kind']
}

/** The end of each chain: one row, so that missing records at the end are seen too. */
interface AuditChainTable {
  chain: EventKind
  seq: number
  hash: string
}

interface AdminTokenTable {
  seq: Seq
  name: string
  scope: AdminScope
  /** SHA-256 of the secret, which is nowhere. */
  hash: string
  createdAt: EpochSeconds
  lastUsedAt: EpochSeconds | null
  expiresAt: EpochSeconds | null
}

/** The site and its secret: one row. */
interface SiteTable {
  one: number
  secret: string
}

interface SiteUserTable {
  id: Generated<number>
  login: string
  title: string
  email: string
  sid: string | null
}

/** Title and URL name stand beside the spelling under which they are unique. */
interface ListTable {
  seq: Seq
  id: string
  title: string
  titleKey: string
  urlName: string
  urlKey: string
  description: string
  baseTemplate: number
  version: number
  itemCount: number
  /** Ids of items go up from here, also after the last item was deleted. */
  lastItemId: number
  createdAt: EpochSeconds
  modifiedAt: EpochSeconds
  deletedAt: EpochSeconds
}

interface ListFieldTable {
  /** `seq` of the list. */
  list: number
  position: number
  id: string
  name: string
  title: string
  kind: FieldKind
}

interface ListItemTable {
  /** `seq` of the list. */
  list: number
  id: number
  guid: string
  title: string | null
  /** JSON: the list's own fields by InternalName. */
  fieldValues: string
  createdAt: EpochSeconds
  modifiedAt: EpochSeconds
  authorId: number
  editorId: number
  version: number
}

interface SigningKeyTable {
  x5t: Thumbprint
  /** The order in which they came. */
  position: number
  der: string
  root: string | null
  state: KeyState
  effectiveAt: EpochSeconds | null
  since: EpochSeconds
  addedAt: EpochSeconds
}

/** How many sets of keys were published: one row. */
interface GenerationTable {
  generation: number
}

interface DocumentFetchTable {
  issuer: string
  generation: number
  fetchedAt: EpochSeconds
}

/** Settings as JSON; those of the organization under the empty key, those of a mailbox under its user's SID. */
interface EwsSettingsTable {
  sidKey: string
  settings: string
}

interface FolderPermissionTable extends Pick<GrantedRights, 'readItems' | 'editItems' | 'deleteItems'> {
  seq: Seq
  folderId: string
  grantee: string
  isVisible: Flag
  isOwner: Flag
  isContact: Flag
  createItems: Flag
  createSubfolders: Flag
}

interface MailboxPermissionTable extends Pick<MailboxPermission, 'grantee' | 'accessRight'> {
  seq: Seq
  owner: string
  deny: Flag
}

interface DelegateTable {
  seq: Seq
  owner: string
  sid: string
  receiveCopies: Flag
  viewPrivate: Flag
}

/** A row for owners who have chosen what becomes of their meeting requests. */
interface DelegationTable {
  owner: string
  deliverMeetingRequests: DeliverMeetingRequests
}

interface AppPrincipalTable {
  seq: Seq
  nameIdentifier: string
  displayName: string
  appOnly: Flag
  createdAt: EpochSeconds
}

interface AppPermissionTable {
  /** `seq` of the principal. */
  principal: number
  scope: Scope
  granted: Right
}

interface SiteGroupTable {
  seq: Seq
  name: string
  /** The name in lower case. */
  nameKey: string
  level: PermissionLevel
}

interface SiteGroupMemberTable {
  /** `seq` of the group. */
  siteGroup: number
  member: string
}

/** The realm of today and those before it. */
interface RealmTable {
  position: Generated<number>
  realm: Realm
  current: Flag
}

interface RootAuthorityTable {
  seq: Seq
  name: string
  /** The name in lower case. */
  nameKey: string
  der: string
  metadataEndPoint: string | null
  createdAt: EpochSeconds
}

/** How many steps of migrations.ts the database has been through: one row. */
interface VersionTable {
  version: number
}

/** All tables by name. */
export interface Schema extends AuthorizationSchema, StorageServiceSchema, DirectorySchema {
  partners: PartnerTable
  partnerCertificates: PartnerCertificateTable
  folders: FolderTable
  items: ItemTable
  attachments: AttachmentTable
  blobs: BlobTable
  mailboxChanges: MailboxChangeTable
  audit: AuditTable
  auditChains: AuditChainTable
  adminTokens: AdminTokenTable
  site: SiteTable
  siteUsers: SiteUserTable
  lists: ListTable
  listFields: ListFieldTable
  listItems: ListItemTable
  signingKeys: SigningKeyTable
  signingGeneration: GenerationTable
  spentAssertions: SpentAssertionTable
  documentFetches: DocumentFetchTable
  ewsSettings: EwsSettingsTable
  folderPermissions: FolderPermissionTable
  mailboxPermissions: MailboxPermissionTable
  delegates: DelegateTable
  delegations: DelegationTable
  appPrincipals: AppPrincipalTable
  appPermissions: AppPermissionTable
  siteGroups: SiteGroupTable
  siteGroupMembers: SiteGroupMemberTable
  realms: RealmTable
  rootAuthorities: RootAuthorityTable
  schemaVersion: VersionTable
}
