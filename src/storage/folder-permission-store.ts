/** The entries that say who may do what in a folder, kept in SQL. */
import type { Insertable, Kysely, Selectable } from 'kysely'
import type { AccessStore } from '../products/exchange/access/access-store.ts'
import {
  type FolderPermission,
  type GrantedRights,
  isDistinguishedGrantee,
} from '../products/exchange/access/folder-permission.ts'
import { folderWith } from './mailbox-rows.ts'
import type { Schema } from './schema.ts'

type FolderPermissionStore = Pick<
  AccessStore,
  | 'folderPermissions'
  | 'replaceFolderPermissions'
  | 'addFolderPermission'
  | 'changeFolderPermission'
  | 'removeFolderPermission'
>

export function folderPermissionStoreOf(db: Kysely<Schema>): FolderPermissionStore {
  return {
    async folderPermissions(folderId) {
      const rows = await db
        .selectFrom('folderPermissions')
        .selectAll()
        .where('folderId', '=', folderId)
        .orderBy('seq')
        .execute()
      return rows.map((row) => ({ grantee: row.grantee, rights: rightsOfRow(row) }))
    },

    replaceFolderPermissions: (folderId, permissions) =>
      db.transaction().execute(async (tx) => {
        if ((await folderWith(tx, folderId)) === undefined) return 'folder missing'
        await tx.deleteFrom('folderPermissions').where('folderId', '=', folderId).execute()
        for (const permission of permissions) await putEntry(tx, folderId, permission)
        return 'replaced'
      }),

    addFolderPermission: (folderId, permission) =>
      db.transaction().execute(async (tx) => {
        if ((await folderWith(tx, folderId)) === undefined) return 'folder missing'
        if (await hasEntry(tx, folderId, permission.grantee)) return 'exists'
        await putEntry(tx, folderId, permission)
        return 'added'
      }),

    changeFolderPermission: (folderId, permission) =>
      db.transaction().execute(async (tx) => {
        if ((await folderWith(tx, folderId)) === undefined) return 'missing'
        const { grantee } = permission
        if (!isDistinguishedGrantee(grantee) && !(await hasEntry(tx, folderId, grantee))) return 'missing'
        await putEntry(tx, folderId, permission)
        return 'changed'
      }),

    async removeFolderPermission(folderId, grantee) {
      return (await removeEntry(db, folderId, grantee)) ? 'removed' : 'missing'
    },
  }
}

async function hasEntry(tx: Kysely<Schema>, folderId: string, grantee: string): Promise<boolean> {
  const entry = await tx
    .selectFrom('folderPermissions')
    .select('seq')
    .where('folderId', '=', folderId)
    .where('grantee', '=', grantee)
    .executeTakeFirst()
  return entry !== undefined
}

/** Adds the entry, or puts its rights in the place of those that the grantee had. */
export async function putEntry(
  tx: Kysely<Schema>,
  folderId: string,
  { grantee, rights }: FolderPermission,
): Promise<void> {
  const row: Insertable<Schema['folderPermissions']> = { ...rights, folderId, grantee }
  await tx
    .insertInto('folderPermissions')
    .values(row)
    .onConflict((conflict) => conflict.columns(['folderId', 'grantee']).doUpdateSet(rights))
    .execute()
}

export async function removeEntry(db: Kysely<Schema>, folderId: string, grantee: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('folderPermissions')
    .where('folderId', '=', folderId)
    .where('grantee', '=', grantee)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

export function rightsOfRow(row: Selectable<Schema['folderPermissions']>): GrantedRights {
  return {
    isVisible: row.isVisible === 1,
    isOwner: row.isOwner === 1,
    isContact: row.isContact === 1,
    readItems: row.readItems,
    createItems: row.createItems === 1,
    createSubfolders: row.createSubfolders === 1,
    editItems: row.editItems,
    deleteItems: row.deleteItems,
  }
}
