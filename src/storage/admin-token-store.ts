/** Admin tokens by the hash of their secrets, kept in SQL. */
import type { Insertable, Kysely, Selectable } from 'kysely'
import { type AdminToken, type AdminTokenStore, isLasting } from '../trust/admin-tokens.ts'
import type { Schema } from './schema.ts'

/** Opens the store of admin tokens on a database that has its tables. */
export function openAdminTokenStore(db: Kysely<Schema>): AdminTokenStore {
  const readAll = async (from: Kysely<Schema>) =>
    (await from.selectFrom('adminTokens').selectAll().orderBy('seq').execute()).map(tokenOf)
  return {
    all: () => readAll(db),

    add: (token) =>
      db.transaction().execute(async (tx) => {
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('adminTokens')
          .values(rowOf(token))
          .onConflict((conflict) => conflict.column('name').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n ? 'added' : 'name taken'
      }),

    replace: (token, first) =>
      db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('adminTokens')
          .set(rowOf(token))
          .where('name', '=', token.name)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) return 'missing'
        first()
        return 'replaced'
      }),

    remove: (name, first) =>
      db.transaction().execute(async (tx) => {
        const tokens = await readAll(tx)
        const token = tokens.find((one) => one.name === name)
        if (token === undefined) return 'missing'
        if (isLasting(token) && tokens.filter(isLasting).length === 1) return 'last'
        await tx.deleteFrom('adminTokens').where('name', '=', name).execute()
        first()
        return 'removed'
      }),

    async markUsed(hash, at) {
      await db.updateTable('adminTokens').set({ lastUsedAt: at }).where('hash', '=', hash).execute()
    },
  }
}

function rowOf({ lastUsedAt, expiresAt, ...rest }: AdminToken): Insertable<Schema['adminTokens']> {
  return { ...rest, lastUsedAt: lastUsedAt ?? null, expiresAt: expiresAt ?? null }
}

function tokenOf(row: Selectable<Schema['adminTokens']>): AdminToken {
  return {
    name: row.name,
    scope: row.scope,
    hash: row.hash,
    createdAt: row.createdAt,
    ...(row.lastUsedAt !== null && { lastUsedAt: row.lastUsedAt }),
    ...(row.expiresAt !== null && { expiresAt: row.expiresAt }),
  }
}
