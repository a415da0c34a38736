/** The tables as Kysely sees them. The SQL that makes them is in migrations.ts; columns there are in snake_case. */
import type { ColumnType, Generated } from 'kysely'
import type { DistinguishedFolder } from '../products/exchange/mailbox.ts'
import type { AppId, EpochSeconds, Realm } from '../protocol/ids.ts'
import type { Scope } from '../trust/admin-tokens.ts'
import type { EventKind } from '../trust/decision-log.ts'
import type { UserKey } from '../trust/directory.ts'
import type { PartnerSource, TrustLevel } from '../trust/partner.ts'

/** SQLite has no booleans: they go in as themselves and come out as 0 or 1. */
type Flag = ColumnType<number, boolean, boolean>

/** Grows by one with every row, so that rows can be read in the order they were added. */
type Seq = Generated<number>

interface PartnerTable {
  seq: Seq
  identity: string
  /** The identity in lower case. */
  identityKey: string
  applicationId: AppId
  realm: Realm
  issuer: string
  sourceKind: PartnerSource['kind']
  /** Present exactly for the kind `metadata`. */
  sourceUrl: string | null
  /** PEM. */
  certificateAuthority: string | null
  trustLevel: TrustLevel
  enabled: Flag
  acceptSids: Flag
  createdAt: EpochSeconds
  updatedAt: EpochSeconds
  refreshedAt: EpochSeconds
}

interface PartnerCertificateTable {
  /** `seq` of the partner. */
  partner: number
  position: number
  der: string
}

/** A user's keys stand beside each value in the spelling under which they are compared (`comparable`). */
interface UserTable extends Record<`${UserKey}Key`, string | null> {
  seq: Seq
  sid: string
  sidKey: string
  upn: string
  upnKey: string
  smtp: string | null
  /** The domain of `smtp_key`. */
  smtpDomain: string | null
  sip: string | null
  displayName: string
  enabled: Flag
  mailboxEnabled: Flag
  archivingEnabled: Flag
}

/** What a search can find a user by, in the spelling of `searchable`. */
interface UserNameTable {
  /** `seq` of the user. */
  user: number
  name: string
}

interface FolderTable {
  seq: Seq
  owner: string
  id: string
  parentId: string | null
  distinguished: DistinguishedFolder | null
  displayName: string
  folderClass: string
  changeKey: string
}

interface ItemTable {
  seq: Seq
  owner: string
  id: string
  folderId: string
  changeKey: string
  itemClass: string
  subject: string
  isRead: Flag
  createdAt: EpochSeconds
  content: string
}

/** `seq` is the place in the chain, given by the log. */
interface AuditTable {
  seq: number
  time: EpochSeconds
  kind: EventKind
  requestId: string
  event: string
  previous: string
  hash: string
}

/** The end of the chain: one row, so that missing records at the end are seen too. */
interface AuditHeadTable {
  seq: number
  hash: string
}

interface AdminTokenTable {
  seq: Seq
  name: string
  scope: Scope
  /** SHA-256 of the secret, which is nowhere. */
  hash: string
  createdAt: EpochSeconds
  lastUsedAt: EpochSeconds | null
  expiresAt: EpochSeconds | null
}

/** How many steps of migrations.ts the database has been through: one row. */
interface VersionTable {
  version: number
}

/** All tables by name. */
export interface Schema {
  partners: PartnerTable
  partnerCertificates: PartnerCertificateTable
  users: UserTable
  userNames: UserNameTable
  folders: FolderTable
  items: ItemTable
  audit: AuditTable
  auditHead: AuditHeadTable
  adminTokens: AdminTokenTable
  schemaVersion: VersionTable
}
