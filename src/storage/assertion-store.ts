/** The assertions that clients of a token server have spent, kept in SQL. */
import type { Kysely } from 'kysely'
import type { AssertionStore } from '../trust/assertion.ts'
import type { Schema } from './schema.ts'

/** Opens the store on a database that has its table. */
export function openAssertionStore(db: Kysely<Schema>): AssertionStore {
  return {
    spend: ({ client, once, until }, now, most) =>
      db.transaction().execute(async (tx) => {
        await tx.deleteFrom('spentAssertions').where('until', '<', now).execute()
        const before = await tx
          .selectFrom('spentAssertions')
          .select('until')
          .where('client', '=', client)
          .where('once', '=', once)
          .executeTakeFirst()
        if (before !== undefined) return 'spent before'
        const count = tx.selectFrom('spentAssertions').select((eb) => eb.fn.countAll<number>().as('count'))
        const all = await count.executeTakeFirstOrThrow()
        const own = await count.where('client', '=', client).executeTakeFirstOrThrow()
        if (all.count >= most.ofAll || own.count >= most.ofOne) return 'full'
        await tx.insertInto('spentAssertions').values({ client, once, until }).execute()
        return 'spent'
      }),
  }
}
