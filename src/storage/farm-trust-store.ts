/** A server's realms and its root authorities, kept in SQL. */
import type { Kysely } from 'kysely'
import { readCertificate } from '../protocol/certificate.ts'
import type { RealmStore } from '../trust/own-realm.ts'
import type { RootAuthorityStore } from '../trust/root-authority.ts'
import type { Schema } from './schema.ts'

/** Opens the store of realms on a database that has its tables. */
export function openRealmStore(db: Kysely<Schema>): RealmStore {
  return {
    async read() {
      const rows = await db.selectFrom('realms').selectAll().orderBy('position').execute()
      const current = rows.find((row) => row.current === 1)?.realm
      if (current === undefined) return undefined
      return { current, former: rows.filter((row) => row.current === 0).map(({ realm }) => realm) }
    },
    write: ({ current, former }) =>
      db.transaction().execute(async (tx) => {
        await tx.deleteFrom('realms').execute()
        const rows = [
          ...former.map((realm) => ({ realm, current: false })),
          { realm: current, current: true },
        ]
        await tx.insertInto('realms').values(rows).execute()
      }),
  }
}

/** Opens the store of root authorities on a database that has its tables. */
export function openRootAuthorityStore(db: Kysely<Schema>): RootAuthorityStore {
  return {
    async all() {
      const rows = await db.selectFrom('rootAuthorities').selectAll().orderBy('seq').execute()
      return rows.map(({ name, der, metadataEndPoint, createdAt }) => {
        const certificate = readCertificate(der, 'certificate')
        if (!certificate.ok)
          throw new Error(`the stored root authority ${name} cannot be read: ${certificate.code}`)
        return {
          ...{ name, certificate: certificate.value, createdAt },
          ...(metadataEndPoint !== null && { metadataEndPoint }),
        }
      })
    },
    async add({ name, certificate, metadataEndPoint, createdAt }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('rootAuthorities')
        .values({
          ...{ name, nameKey: name.toLowerCase(), der: certificate.der, createdAt },
          metadataEndPoint: metadataEndPoint ?? null,
        })
        .onConflict((conflict) => conflict.column('nameKey').doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
    },
    async remove(name) {
      const { numDeletedRows } = await db
        .deleteFrom('rootAuthorities')
        .where('nameKey', '=', name.toLowerCase())
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n ? 'removed' : 'missing'
    },
  }
}
