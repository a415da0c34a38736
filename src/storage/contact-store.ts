/** Lync's users and their contacts, kept in SQL. */
import type { Kysely, Selectable, Transaction } from 'kysely'
import { type Contact, type ContactStore, type LyncUser, MOST_CONTACTS } from '../products/lync/contact.ts'
import { comparable } from '../trust/directory.ts'
import type { Schema } from './schema.ts'

type Row = Selectable<Schema['lyncUsers']>

/** Opens the store on a database that has its tables. */
export function openContactStore(db: Kysely<Schema>): ContactStore {
  const contactsOf = (from: Kysely<Schema>, sid: string) =>
    from.selectFrom('lyncContacts').where('sidKey', '=', comparable('sid', sid))
  return {
    async user(sid) {
      return userOf(sid, await find(db, sid))
    },

    changeUser: (sid, { exchangeArchivingPolicy, ucsAllowed }) =>
      db.transaction().execute(async (tx) =>
        userOf(
          sid,
          await change(tx, sid, {
            ...(exchangeArchivingPolicy !== undefined && { exchangeArchivingPolicy }),
            ...(ucsAllowed !== undefined && { ucsAllowed: ucsAllowed === null ? null : Number(ucsAllowed) }),
          }),
        ),
      ),

    contacts: (sid) => contactsOf(db, sid).select(['id', 'sipUri', 'displayName']).orderBy('seq').execute(),

    add: (sid, contact) =>
      db.transaction().execute(async (tx) => {
        const { count } = await contactsOf(tx, sid)
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
        if (count >= MOST_CONTACTS) return 'full'
        return (await insert(tx, sid, contact)) ? 'added' : 'exists'
      }),

    remove: (sid, id) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('lyncContacts')
          .where('sidKey', '=', comparable('sid', sid))
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        return numDeletedRows === 1n ? 'removed' : 'missing'
      }),

    moving: (sid, contactPlace, failure) =>
      db.transaction().execute(async (tx) => {
        await change(tx, sid, { contactPlace, failure: failure ?? null })
      }),

    moved: (sid, at) =>
      db.transaction().execute(async (tx) => {
        await change(tx, sid, { contactPlace: 'exchange', movedAt: at, failure: null })
        await tx.deleteFrom('lyncContacts').where('sidKey', '=', comparable('sid', sid)).execute()
      }),

    broughtBack: (sid, contacts, at) =>
      db.transaction().execute(async (tx) => {
        await change(tx, sid, { contactPlace: 'lync', movedAt: at, rolledBackAt: at, failure: null })
        for (const contact of contacts) await insert(tx, sid, contact)
      }),
  }
}

const DEFAULTS = { exchangeArchivingPolicy: 'Uninitialized', contactPlace: 'lync' } as const

function find(from: Kysely<Schema>, sid: string): Promise<Row | undefined> {
  const key = comparable('sid', sid)
  return from.selectFrom('lyncUsers').selectAll().where('sidKey', '=', key).executeTakeFirst()
}

function change(tx: Transaction<Schema>, sid: string, members: Partial<Omit<Row, 'sidKey'>>): Promise<Row> {
  const sidKey = comparable('sid', sid)
  return tx
    .insertInto('lyncUsers')
    .values({ ...DEFAULTS, ...members, sidKey })
    .onConflict((conflict) => conflict.column('sidKey').doUpdateSet({ sidKey, ...members }))
    .returningAll()
    .executeTakeFirstOrThrow()
}

async function insert(
  tx: Transaction<Schema>,
  sid: string,
  { id, sipUri, displayName }: Contact,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('lyncContacts')
    .values({
      sidKey: comparable('sid', sid),
      id,
      sipUri,
      sipKey: comparable('sip', sipUri),
      displayName,
    })
    .onConflict((conflict) => conflict.columns(['sidKey', 'sipKey']).doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

function userOf(sid: string, row: Row | undefined): LyncUser {
  if (row === undefined) return { sid, ...DEFAULTS }
  return {
    sid,
    exchangeArchivingPolicy: row.exchangeArchivingPolicy,
    ...(row.ucsAllowed !== null && { ucsAllowed: row.ucsAllowed === 1 }),
    contactPlace: row.contactPlace,
    ...(row.movedAt !== null && { movedAt: row.movedAt }),
    ...(row.rolledBackAt !== null && { rolledBackAt: row.rolledBackAt }),
    ...(row.failure !== null && { failure: row.failure }),
  }
}
