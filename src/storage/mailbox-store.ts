/** Mailboxes, kept in SQL. */
import type { Kysely } from 'kysely'
import type { MailboxStore } from '../products/exchange/mailbox.ts'
import { blobsOf } from './blobs.ts'
import { folderStoreOf } from './folder-store.ts'
import { itemNewsOf } from './item-news.ts'
import { itemPagesOf } from './item-pages.ts'
import { itemStoreOf } from './item-store.ts'
import { changesOf } from './mailbox-changes.ts'
import type { Schema } from './schema.ts'

/** Opens the mailboxes on a database that has its tables. */
export function openMailboxStore(db: Kysely<Schema>): MailboxStore {
  return {
    ...folderStoreOf(db),
    ...itemStoreOf(db),
    ...itemPagesOf(db),
    ...itemNewsOf(db),
    ...blobsOf(db),
    ...changesOf(db),
  }
}
