/** Which partner has fetched which generation of this server's document, kept in SQL. */
import type { Kysely } from 'kysely'
import type { DocumentFetchStore } from '../trust/document-fetches.ts'
import type { Schema } from './schema.ts'

/** Opens the store on a database that has its table. */
export function openDocumentFetchStore(db: Kysely<Schema>): DocumentFetchStore {
  return {
    all: () => db.selectFrom('documentFetches').selectAll().orderBy('issuer').execute(),

    async put(fetch) {
      const { generation, fetchedAt } = fetch
      await db
        .insertInto('documentFetches')
        .values(fetch)
        .onConflict((conflict) => conflict.column('issuer').doUpdateSet({ generation, fetchedAt }))
        .execute()
    },

    async remove(issuer) {
      await db.deleteFrom('documentFetches').where('issuer', '=', issuer).execute()
    },
  }
}
