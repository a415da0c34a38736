/** Everything one server keeps. */
import type { MailboxStore } from '../products/exchange/mailbox.ts'
import type { ManagementStore } from '../products/exchange/rbac/management.ts'
import type { AdminTokenStore } from '../trust/admin-tokens.ts'
import type { AuditStore } from '../trust/decision-log.ts'
import type { DirectoryStore } from '../trust/directory.ts'
import type { GroupStore } from '../trust/groups.ts'
import type { PartnerStore } from '../trust/partner.ts'

/** The stores of one server, kept in one place and closed together. */
export interface Storage {
  readonly partners: PartnerStore
  readonly directory: DirectoryStore
  readonly groups: GroupStore
  readonly management: ManagementStore
  readonly mailboxes: MailboxStore
  readonly audit: AuditStore
  readonly adminTokens: AdminTokenStore
  /** Lets the calls under way finish first. Nothing may be called afterwards. */
  close(): Promise<void>
}
