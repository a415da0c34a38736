/** Everything one server keeps. */
import type { AccessStore } from '../products/exchange/access/access-store.ts'
import type { MailboxStore } from '../products/exchange/mailbox.ts'
import type { ManagementStore } from '../products/exchange/rbac/management.ts'
import type { StorageServiceStore } from '../products/lync/storage-service.ts'
import type { SiteAccessStore } from '../products/sharepoint/authorization/site-access.ts'
import type { ListStore } from '../products/sharepoint/lists.ts'
import type { AdminTokenStore } from '../trust/admin-tokens.ts'
import type { AssertionStore } from '../trust/assertion.ts'
import type { AuditStore } from '../trust/decision-log.ts'
import type { DirectoryStore } from '../trust/directory.ts'
import type { DocumentFetchStore } from '../trust/document-fetches.ts'
import type { GroupStore } from '../trust/groups.ts'
import type { OwnKeyStore } from '../trust/own-keys.ts'
import type { RealmStore } from '../trust/own-realm.ts'
import type { PartnerStore } from '../trust/partner.ts'
import type { RootAuthorityStore } from '../trust/root-authority.ts'

/** The stores of one server, kept in one place and closed together. */
export interface Storage {
  readonly partners: PartnerStore
  readonly directory: DirectoryStore
  readonly groups: GroupStore
  readonly management: ManagementStore
  readonly mailboxes: MailboxStore
  readonly lists: ListStore
  readonly storageService: StorageServiceStore
  readonly access: AccessStore
  readonly siteAccess: SiteAccessStore
  readonly realms: RealmStore
  readonly rootAuthorities: RootAuthorityStore
  readonly audit: AuditStore
  readonly adminTokens: AdminTokenStore
  readonly signingKeys: OwnKeyStore
  readonly documentFetches: DocumentFetchStore
  readonly assertions: AssertionStore
  /** Lets the calls under way finish first. Nothing may be called afterwards. */
  close(): Promise<void>
}
