/** The decision log, kept in SQL. */
import type { Kysely } from 'kysely'
import type { AuditStore } from '../trust/decision-log.ts'
import type { Schema } from './schema.ts'

/** Opens the log on a database that has its tables. */
export function openAuditStore(db: Kysely<Schema>): AuditStore {
  const records = db.selectFrom('audit').selectAll()
  return {
    head: () => db.selectFrom('auditHead').select(['seq', 'hash']).executeTakeFirst(),

    append: (added) =>
      db.transaction().execute(async (tx) => {
        const last = added.at(-1)
        if (last === undefined) return
        for (const record of added) await tx.insertInto('audit').values(record).execute()
        const { numUpdatedRows } = await tx
          .updateTable('auditHead')
          .set({ seq: last.seq, hash: last.hash })
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n)
          await tx.insertInto('auditHead').values({ seq: last.seq, hash: last.hash }).execute()
      }),

    read: (after, limit, kinds) =>
      (kinds === undefined ? records : records.where('kind', 'in', kinds))
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute(),

    async newest(limit, kinds) {
      const found = await records.where('kind', 'in', kinds).orderBy('seq', 'desc').limit(limit).execute()
      return found.reverse()
    },

    find: (requestId) => records.where('requestId', '=', requestId).orderBy('seq').execute(),

    // From the old end only, so that what is left is one chain, whatever the clock did meanwhile.
    async prune(keep, before) {
      const { newest, old } = await db
        .selectFrom('audit')
        .select((eb) => [
          eb.fn.max('seq').as('newest'),
          eb.fn.max('seq').filterWhere('time', '<', before).as('old'),
        ])
        .executeTakeFirstOrThrow()
      const last = Math.max((newest ?? 0) - keep, old ?? 0)
      await db.deleteFrom('audit').where('seq', '<=', last).execute()
    },
  }
}
