/** The users a server knows, kept in SQL. */
import type { Insertable, Kysely, Selectable } from 'kysely'
import type { AccountAttributes } from '../trust/account.ts'
import { comparable, type DirectoryStore, type User } from '../trust/directory.ts'
import type { Schema } from './schema.ts'

/** Opens the directory on a database that has its tables. */
export function openDirectoryStore(db: Kysely<Schema>): DirectoryStore {
  const users = db.selectFrom('users').selectAll().orderBy('seq')
  return {
    async list() {
      return (await users.execute()).map(userOf)
    },

    async find(key, value) {
      const rows = await users.where(`${key}Key`, '=', comparable(key, value)).execute()
      return rows.map(userOf)
    },

    add: (user) =>
      db.transaction().execute(async (tx) => {
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('users')
          .values(rowOf(user))
          .onConflict((conflict) => conflict.column('sidKey').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
      }),

    async replace(user) {
      const { numUpdatedRows } = await db
        .updateTable('users')
        .set(rowOf(user))
        .where('sidKey', '=', comparable('sid', user.sid))
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n ? 'replaced' : 'missing'
    },

    remove: (sid) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('users')
          .where('sidKey', '=', comparable('sid', sid))
          .executeTakeFirstOrThrow()
        return numDeletedRows === 1n ? 'removed' : 'missing'
      }),
  }
}

function rowOf({ sid, upn, smtp, sip, ...rest }: User): Insertable<Schema['users']> {
  return {
    sid,
    sidKey: comparable('sid', sid),
    upn,
    upnKey: comparable('upn', upn),
    smtp: smtp ?? null,
    smtpKey: smtp === undefined ? null : comparable('smtp', smtp),
    sip: sip ?? null,
    sipKey: sip === undefined ? null : comparable('sip', sip),
    displayName: rest.displayName,
    enabled: rest.enabled,
    mailboxEnabled: rest.mailboxEnabled,
    archivingEnabled: rest.archivingEnabled,
    organizationalUnit: rest.organizationalUnit ?? null,
    mailboxDatabase: rest.mailboxDatabase ?? null,
    recipientTypeDetails: rest.recipientTypeDetails ?? null,
    attributes: rest.attributes === undefined ? null : JSON.stringify(rest.attributes),
  }
}

function userOf(row: Selectable<Schema['users']>): User {
  return {
    sid: row.sid,
    upn: row.upn,
    ...(row.smtp !== null && { smtp: row.smtp }),
    ...(row.sip !== null && { sip: row.sip }),
    displayName: row.displayName,
    enabled: row.enabled === 1,
    mailboxEnabled: row.mailboxEnabled === 1,
    archivingEnabled: row.archivingEnabled === 1,
    ...(row.organizationalUnit !== null && { organizationalUnit: row.organizationalUnit }),
    ...(row.mailboxDatabase !== null && { mailboxDatabase: row.mailboxDatabase }),
    ...(row.recipientTypeDetails !== null && { recipientTypeDetails: row.recipientTypeDetails }),
    ...(row.attributes !== null && { attributes: JSON.parse(row.attributes) as AccountAttributes }),
  }
}
