/** Mailboxes, kept in SQL: folders and the items in them. */
import type { Insertable, Kysely, Selectable } from 'kysely'
import type { Folder, Item, MailboxStore, NewFolder } from '../products/exchange/mailbox.ts'
import type { Schema } from './schema.ts'

/** Opens the mailboxes on a database that has its tables. */
export function openMailboxStore(db: Kysely<Schema>): MailboxStore {
  return {
    createMailbox: (owner, folders) =>
      db.transaction().execute(async (tx) => {
        const present = await tx
          .selectFrom('folders')
          .select('id')
          .where('owner', '=', owner)
          .executeTakeFirst()
        if (present !== undefined) return 'exists'
        for (const folder of folders)
          await tx.insertInto('folders').values(folderRowOf(folder, owner)).execute()
        return 'created'
      }),

    async folders(owner) {
      const rows = await foldersWithCounts(db, owner).execute()
      return rows.map(folderOf)
    },

    addItem: (item) =>
      db.transaction().execute(async (tx) => {
        if (!(await hasFolder(tx, item.owner, item.folderId))) return 'folder missing'
        await tx.insertInto('items').values(itemRowOf(item)).execute()
        return 'added'
      }),

    async item(owner, id) {
      const row = await db
        .selectFrom('items')
        .selectAll()
        .where('owner', '=', owner)
        .where('id', '=', id)
        .executeTakeFirst()
      return row && itemOf(row)
    },

    moveItem: (owner, id, folderId, changeKey) =>
      db.transaction().execute(async (tx) => {
        if (!(await hasFolder(tx, owner, folderId))) return 'missing'
        const { numUpdatedRows } = await tx
          .updateTable('items')
          .set({ folderId, changeKey })
          .where('owner', '=', owner)
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        return numUpdatedRows === 1n ? 'moved' : 'missing'
      }),

    removeItem: (owner, id) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('items')
          .where('owner', '=', owner)
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        return numDeletedRows === 1n ? 'removed' : 'missing'
      }),
  }
}

function foldersWithCounts(db: Kysely<Schema>, owner: string) {
  return db
    .selectFrom('folders')
    .selectAll('folders')
    .select(({ selectFrom, fn }) => {
      const items = selectFrom('items')
        .select(fn.countAll<number>().as('count'))
        .whereRef('items.owner', '=', 'folders.owner')
        .whereRef('items.folderId', '=', 'folders.id')
      const children = selectFrom('folders as child')
        .select(fn.countAll<number>().as('count'))
        .whereRef('child.owner', '=', 'folders.owner')
        .whereRef('child.parentId', '=', 'folders.id')
      return [
        items.as('totalCount'),
        items.where('isRead', '=', 0).as('unreadCount'),
        children.as('childFolderCount'),
      ]
    })
    .where('folders.owner', '=', owner)
    .orderBy('folders.seq')
}

async function hasFolder(db: Kysely<Schema>, owner: string, id: string): Promise<boolean> {
  const folder = await db
    .selectFrom('folders')
    .select('id')
    .where('owner', '=', owner)
    .where('id', '=', id)
    .executeTakeFirst()
  return folder !== undefined
}

function folderRowOf(folder: NewFolder, owner: string): Insertable<Schema['folders']> {
  return {
    owner,
    id: folder.id,
    parentId: folder.parentId ?? null,
    distinguished: folder.distinguished ?? null,
    displayName: folder.displayName,
    folderClass: folder.folderClass,
    changeKey: folder.changeKey,
  }
}

type Counts = Pick<Folder, 'totalCount' | 'unreadCount' | 'childFolderCount'>

// A subquery may have no row, as far as its type knows; a count always has one.
function folderOf(row: Selectable<Schema['folders']> & { [Count in keyof Counts]: number | null }): Folder {
  return {
    id: row.id,
    owner: row.owner,
    ...(row.parentId !== null && { parentId: row.parentId }),
    ...(row.distinguished !== null && { distinguished: row.distinguished }),
    displayName: row.displayName,
    folderClass: row.folderClass,
    changeKey: row.changeKey,
    totalCount: row.totalCount ?? 0,
    unreadCount: row.unreadCount ?? 0,
    childFolderCount: row.childFolderCount ?? 0,
  }
}

function itemRowOf(item: Item): Insertable<Schema['items']> {
  return {
    owner: item.owner,
    id: item.id,
    folderId: item.folderId,
    changeKey: item.changeKey,
    itemClass: item.itemClass,
    subject: item.subject,
    isRead: item.isRead,
    createdAt: item.createdAt,
    content: item.content,
  }
}

function itemOf(row: Selectable<Schema['items']>): Item {
  return {
    id: row.id,
    owner: row.owner,
    folderId: row.folderId,
    changeKey: row.changeKey,
    itemClass: row.itemClass,
    subject: row.subject,
    isRead: row.isRead === 1,
    createdAt: row.createdAt,
    content: row.content,
  }
}
