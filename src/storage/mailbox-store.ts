/** Mailboxes, kept in SQL. */
import type { Kysely } from 'kysely'
import type { MailboxStore } from '../products/exchange/mailbox.ts'
import { blobsOf } from './blobs.ts'
import { folderStoreOf } from './folder-store.ts'
import { itemStoreOf } from './item-store.ts'
import { changesOf } from './mailbox-changes.ts'
import type { Schema } from './schema.ts'

/** Opens the mailboxes on a database that has its tables. */
export function openMailboxStore(db: Kysely<Schema>): MailboxStore {
  return { ...folderStoreOf(db), ...itemStoreOf(db), ...blobsOf(db), ...changesOf(db) }
}
