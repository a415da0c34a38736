/** The rows of folders, items and attachments as values, and back. */
import type { Insertable, Kysely, Selectable } from 'kysely'
import { sql } from 'kysely'
import { isPrivate } from '../products/exchange/access/item-visibility.ts'
import type { Attachment, Folder, Item } from '../products/exchange/mailbox.ts'
import type { Schema } from './schema.ts'

export type ItemRow = Selectable<Schema['items']>

/** How many bytes were written into an item, without reading them. */
export const bytesOf = sql<number>`octet_length(content)`.as('bytes')

/** The folder, inside a transaction or not. */
export async function folderWith(db: Kysely<Schema>, id: string): Promise<Folder | undefined> {
  const row = await db.selectFrom('folders').selectAll().where('id', '=', id).executeTakeFirst()
  return row && folderOf(row)
}

export function folderOf({ seq: _, parentId, distinguished, ...row }: Selectable<Schema['folders']>): Folder {
  return {
    ...row,
    ...(parentId !== null && { parentId }),
    ...(distinguished !== null && { distinguished }),
  }
}

export function itemRowOf(item: Item): Insertable<Schema['items']> {
  const { startAt = null, endAt = null, mime = null } = item
  // Reading all that was written is spared to most.
  const mayBePrivate = item.content.includes('"Sensitivity"')
  return { ...item, startAt, endAt, mime, isPrivate: mayBePrivate && isPrivate(item) }
}

export function itemOf({
  seq: _,
  isRead,
  hasAttachments,
  startAt,
  endAt,
  mime,
  isPrivate: __,
  ...row
}: ItemRow): Item {
  return {
    ...row,
    isRead: isRead === 1,
    hasAttachments: hasAttachments === 1,
    ...(startAt !== null && { startAt }),
    ...(endAt !== null && { endAt }),
    ...(mime !== null && { mime }),
  }
}

export function attachmentOf(row: Selectable<Schema['attachments']>): Attachment {
  const { seq: _, itemId: __, isInline, blob, item, ...rest } = row
  return {
    ...rest,
    isInline: isInline === 1,
    ...(blob !== null && { blob }),
    ...(item !== null && { item }),
  }
}
