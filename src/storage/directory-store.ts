/** The users a server knows, kept in SQL. */
import type { Insertable, Kysely, Selectable, Transaction } from 'kysely'
import type { AccountAttributes } from '../trust/account.ts'
import { comparable, type DirectoryStore, type User, type UserKey } from '../trust/directory.ts'
import { searchable, searchNames } from '../trust/directory-search.ts'
import { forgetAccount, forgetLeftovers } from './forget-account.ts'
import type { Schema } from './schema.ts'

/** Opens the directory on a database that has its tables. */
export function openDirectoryStore(db: Kysely<Schema>): DirectoryStore {
  const users = db.selectFrom('users').selectAll().orderBy('seq')
  // With every call somebody is looked up by several of these: Kysely puts them into SQL once, and not each time.
  const by = (key: UserKey) => users.where(`${key}Key`, '=', '').compile()
  const byKey = { sid: by('sid'), upn: by('upn'), smtp: by('smtp'), sip: by('sip') }
  // Users are written here alone, and by one process to a database (lock.ts).
  let version = 0
  // Raised when a change is over and before anybody hears of it, whatever came of it: a look that met half of it was begun at
  // the number before.
  const change = async <T>(made: (tx: Transaction<Schema>) => Promise<T>): Promise<T> => {
    try {
      return await db.transaction().execute(made)
    } finally {
      version++
    }
  }
  return {
    version: () => version,

    async list() {
      return (await users.execute()).map(userOf)
    },

    async find(key, value) {
      const { rows } = await db.executeQuery<Selectable<Schema['users']>>({
        ...byKey[key],
        parameters: [comparable(key, value)],
      })
      return rows.map(userOf)
    },

    async findByAddress(address) {
      const key = comparable('smtp', address)
      const others = db.selectFrom('userAddresses').select('user').where('addressKey', '=', key)
      const rows = await users
        .where(({ eb, or }) => or([eb('smtpKey', '=', key), eb('seq', 'in', others)]))
        .execute()
      return rows.map(userOf)
    },

    async search(beginning, limit) {
      const names = await namesFrom(db, searchable(beginning), limit)
      if (names.length === 0) return []
      const rows = await db.selectFrom('users').selectAll().where('seq', 'in', names).execute()
      return rows.toSorted((a, b) => names.indexOf(a.seq) - names.indexOf(b.seq)).map(userOf)
    },

    async servesDomain(domain) {
      const key = comparable('smtp', domain)
      const others = db.selectFrom('userAddresses').select('user').where('domain', '=', key)
      const row = await db
        .selectFrom('users')
        .select('seq')
        .where(({ eb, or }) => or([eb('smtpDomain', '=', key), eb('seq', 'in', others)]))
        .where('mailboxEnabled', '=', 1)
        .executeTakeFirst()
      return row !== undefined
    },

    add: (user) =>
      change(async (tx) => {
        const added = await tx
          .insertInto('users')
          .values(rowOf(user))
          .onConflict((conflict) => conflict.column('sidKey').doNothing())
          .returning('seq')
          .executeTakeFirst()
        if (added === undefined) return 'exists'
        await forgetLeftovers(tx, user.sid)
        await writeNames(tx, added.seq, user)
        await writeAddresses(tx, added.seq, user)
        return 'added'
      }),

    replace: (user) =>
      change(async (tx) => {
        const replaced = await tx
          .updateTable('users')
          .set(rowOf(user))
          .where('sidKey', '=', comparable('sid', user.sid))
          .returning('seq')
          .executeTakeFirst()
        if (replaced === undefined) return 'missing'
        await tx.deleteFrom('userNames').where('user', '=', replaced.seq).execute()
        await writeNames(tx, replaced.seq, user)
        await tx.deleteFrom('userAddresses').where('user', '=', replaced.seq).execute()
        await writeAddresses(tx, replaced.seq, user)
        return 'replaced'
      }),

    remove: (sid) =>
      change(async (tx) => {
        const removed = await tx
          .deleteFrom('users')
          .where('sidKey', '=', comparable('sid', sid))
          .returning('sid')
          .executeTakeFirst()
        if (removed === undefined) return 'missing'
        await forgetAccount(tx, removed.sid)
        return 'removed'
      }),
  }
}

// A user has several names that begin alike, so names are read until there are enough people.
async function namesFrom(db: Kysely<Schema>, beginning: string, limit: number): Promise<number[]> {
  const found = new Set<number>()
  let after = { name: beginning, user: 0 }
  while (found.size < limit) {
    const rows = await db
      .selectFrom('userNames')
      .innerJoin('users', 'users.seq', 'userNames.user')
      .select(['name', 'user'])
      .where('mailboxEnabled', '=', 1)
      .where('smtp', 'is not', null)
      .where(({ eb, refTuple, tuple }) => eb(refTuple('name', 'user'), '>', tuple(after.name, after.user)))
      // Names are compared by their bytes, and nothing comes after this character.
      .where('name', '<', `${beginning}\u{10FFFF}`)
      .orderBy('name')
      .orderBy('user')
      .limit(limit)
      .execute()
    for (const { user } of rows) found.add(user)
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) break
    after = last
  }
  return [...found].slice(0, limit)
}

async function writeNames(db: Kysely<Schema>, seq: number, user: User): Promise<void> {
  const rows = searchNames(user).map((name) => ({ name, user: seq }))
  if (rows.length > 0) await db.insertInto('userNames').values(rows).execute()
}

async function writeAddresses(
  db: Kysely<Schema>,
  user: number,
  { proxyAddresses = [] }: User,
): Promise<void> {
  const rows = proxyAddresses.map((address) => {
    const addressKey = comparable('smtp', address)
    return { addressKey, domain: domainOf(addressKey), user }
  })
  if (rows.length > 0) await db.insertInto('userAddresses').values(rows).execute()
}

function domainOf(addressKey: string): string {
  return addressKey.replace(/^.*@/s, '')
}

/** Writes the names of users who were added before there was a search. */
export async function indexNames(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('users')
      .selectAll()
      .where('seq', 'not in', tx.selectFrom('userNames').select('user'))
      .execute()
    for (const row of rows) await writeNames(tx, row.seq, userOf(row))
  })
}

function rowOf({ sid, upn, smtp, sip, ...rest }: User): Insertable<Schema['users']> {
  const smtpKey = smtp === undefined ? null : comparable('smtp', smtp)
  return {
    sid,
    sidKey: comparable('sid', sid),
    upn,
    upnKey: comparable('upn', upn),
    smtp: smtp ?? null,
    smtpKey,
    smtpDomain: smtpKey === null ? null : domainOf(smtpKey),
    sip: sip ?? null,
    sipKey: sip === undefined ? null : comparable('sip', sip),
    proxyAddresses: rest.proxyAddresses === undefined ? null : JSON.stringify(rest.proxyAddresses),
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
    ...(row.proxyAddresses !== null && { proxyAddresses: JSON.parse(row.proxyAddresses) as string[] }),
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
