/** The folders of mailboxes, kept in SQL. */
import type { Insertable, Kysely } from 'kysely'
import type { MailboxStore, NewFolder } from '../products/exchange/mailbox.ts'
import { removeItems } from './item-store.ts'
import { noteChange } from './mailbox-changes.ts'
import { folderOf, folderWith } from './mailbox-rows.ts'
import type { Schema } from './schema.ts'

type FolderStore = Pick<
  MailboxStore,
  | 'createMailbox'
  | 'folders'
  | 'folder'
  | 'distinguishedFolder'
  | 'addFolder'
  | 'changeFolder'
  | 'removeFolder'
>

export function folderStoreOf(db: Kysely<Schema>): FolderStore {
  return {
    createMailbox: (owner, folders) =>
      db.transaction().execute(async (tx) => {
        const names = folders.flatMap(({ distinguished }) => distinguished ?? [])
        const present = await tx
          .selectFrom('folders')
          .select('id')
          .where('owner', '=', owner)
          .where('distinguished', 'in', names)
          .limit(1)
          .executeTakeFirst()
        if (present !== undefined) return 'exists'
        for (const folder of folders) await tx.insertInto('folders').values(rowOf(folder, owner)).execute()
        return 'created'
      }),

    async folders(owner) {
      const rows = await db
        .selectFrom('folders')
        .selectAll()
        .where('owner', '=', owner)
        .orderBy('seq')
        .execute()
      return rows.map(folderOf)
    },

    folder: (id) => folderWith(db, id),

    async distinguishedFolder(owner, name) {
      const row = await db
        .selectFrom('folders')
        .selectAll()
        .where('owner', '=', owner)
        .where('distinguished', '=', name)
        .executeTakeFirst()
      return row && folderOf(row)
    },

    addFolder: (folder, at) =>
      db.transaction().execute(async (tx) => {
        const { owner, id, parentId = '', displayName } = folder
        const parent = await folderWith(tx, parentId)
        if (parent?.owner !== owner) return 'parent missing'
        if (await isTaken(tx, parentId, displayName)) return 'name taken'
        await tx.insertInto('folders').values(rowOf(folder, owner)).execute()
        await noteChange(tx, owner, { kind: 'created', subject: 'folder', id, folderId: parentId, at })
        return 'added'
      }),

    changeFolder: (id, { changeKey, ...change }, at) =>
      db.transaction().execute(async (tx) => {
        const folder = await folderWith(tx, id)
        if (folder === undefined) return 'missing'
        const { owner } = folder
        const parentId = change.parentId ?? folder.parentId ?? ''
        const displayName = change.displayName ?? folder.displayName
        if (change.parentId !== undefined) {
          const parent = await folderWith(tx, parentId)
          if (parent?.owner !== owner) return 'parent missing'
          if ((await idsUnder(tx, id)).includes(parentId)) return 'inside itself'
        }
        if (await isTaken(tx, parentId, displayName, id)) return 'name taken'
        await tx
          .updateTable('folders')
          .set({ ...change, changeKey })
          .where('id', '=', id)
          .execute()
        const moved = change.parentId !== undefined && change.parentId !== folder.parentId
        await noteChange(tx, owner, {
          kind: moved ? 'moved' : 'modified',
          subject: 'folder',
          id,
          folderId: parentId,
          ...(moved && { fromId: id, fromFolderId: folder.parentId ?? '' }),
          at,
        })
        return 'changed'
      }),

    removeFolder: (id, at) =>
      db.transaction().execute(async (tx) => {
        const folder = await folderWith(tx, id)
        if (folder === undefined) return 'missing'
        for (const one of (await idsUnder(tx, id)).toReversed()) {
          const parentId = (await folderWith(tx, one))?.parentId ?? ''
          await removeItems(tx, one)
          await tx.deleteFrom('folders').where('id', '=', one).execute()
          const change = { kind: 'deleted', subject: 'folder', id: one, folderId: parentId, at } as const
          await noteChange(tx, folder.owner, change)
        }
        return 'removed'
      }),
  }
}

// The folder itself first, parents before their children.
async function idsUnder(tx: Kysely<Schema>, id: string): Promise<string[]> {
  const ids = [id]
  for (const parent of ids) {
    const children = await tx.selectFrom('folders').select('id').where('parentId', '=', parent).execute()
    ids.push(...children.map((child) => child.id))
  }
  return ids
}

async function isTaken(tx: Kysely<Schema>, parentId: string, name: string, by = ''): Promise<boolean> {
  const other = await tx
    .selectFrom('folders')
    .select('id')
    .where('parentId', '=', parentId)
    .where(({ eb, ref }) => eb(eb.fn('lower', [ref('displayName')]), '=', eb.fn('lower', [eb.val(name)])))
    .where('id', '!=', by)
    .executeTakeFirst()
  return other !== undefined
}

function rowOf(folder: NewFolder, owner: string): Insertable<Schema['folders']> {
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
