/** A SharePoint site, kept in SQL: its lists, their fields and items, and the people it has seen. */
import type { Insertable, Kysely, Selectable, Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  Field,
  FieldValues,
  List,
  ListItem,
  ListStore,
  NewList,
  SiteUser,
} from '../products/sharepoint/lists.ts'
import { afterSql, conditionSql, orderSql } from './list-query.ts'
import type { Schema } from './schema.ts'

/** Opens the site on a database that has its tables. */
export function openListStore(db: Kysely<Schema>): ListStore {
  return { ...listsOf(db), ...itemsOf(db), ...usersOf(db) }
}

type ListPart = Pick<
  ListStore,
  | 'createSite'
  | 'siteSecret'
  | 'lists'
  | 'list'
  | 'listByTitle'
  | 'addList'
  | 'changeList'
  | 'removeList'
  | 'addField'
>

function listsOf(db: Kysely<Schema>): ListPart {
  return {
    createSite: (secret, lists) =>
      db.transaction().execute(async (tx) => {
        if ((await secretIn(tx)) !== undefined) return 'exists'
        await tx.insertInto('site').values({ one: 1, secret }).execute()
        for (const list of lists) await insertList(tx, list)
        return 'created'
      }),

    siteSecret: () => secretIn(db),

    lists: () =>
      // One transaction, so that fields and lists are of one moment.
      db.transaction().execute(async (tx) => {
        const rows = await tx.selectFrom('lists').selectAll().orderBy('seq').execute()
        const fields = await tx.selectFrom('listFields').selectAll().orderBy('position').execute()
        return rows.map((row) =>
          listOf(
            row,
            fields.filter(({ list }) => list === row.seq),
          ),
        )
      }),

    list: (id) => oneList(db, 'id', id),
    listByTitle: (title) => oneList(db, 'titleKey', keyOf(title)),

    addList: (list) =>
      db.transaction().execute(async (tx) => {
        const lists = tx.selectFrom('lists').select('seq')
        const sameTitle = await lists.where('titleKey', '=', keyOf(list.title)).executeTakeFirst()
        if (sameTitle !== undefined) return 'title taken'
        const sameUrl = await lists.where('urlKey', '=', keyOf(list.urlName)).executeTakeFirst()
        if (sameUrl !== undefined) return 'url taken'
        await insertList(tx, list)
        return 'added'
      }),

    changeList: (id, { title, description, at }, version) =>
      db.transaction().execute(async (tx) => {
        const row = await tx.selectFrom('lists').selectAll().where('id', '=', id).executeTakeFirst()
        if (row === undefined) return 'missing'
        if (version !== undefined && version !== row.version) return { current: row.version }
        if (title !== undefined) {
          const other = await tx
            .selectFrom('lists')
            .select('seq')
            .where('titleKey', '=', keyOf(title))
            .where('seq', '!=', row.seq)
            .executeTakeFirst()
          if (other !== undefined) return 'title taken'
        }
        await tx
          .updateTable('lists')
          .set({
            version: row.version + 1,
            modifiedAt: at,
            ...(title !== undefined && { title, titleKey: keyOf(title) }),
            ...(description !== undefined && { description }),
          })
          .where('seq', '=', row.seq)
          .execute()
        return 'changed'
      }),

    removeList: (id, version) =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('lists')
          .select(['seq', 'version'])
          .where('id', '=', id)
          .executeTakeFirst()
        if (row === undefined) return 'missing'
        if (version !== undefined && version !== row.version) return { current: row.version }
        await tx.deleteFrom('lists').where('seq', '=', row.seq).execute()
        return 'removed'
      }),

    addField: (listId, field, at) =>
      db.transaction().execute(async (tx) => {
        const list = await tx.selectFrom('lists').selectAll().where('id', '=', listId).executeTakeFirst()
        if (list === undefined) return 'missing'
        const fields = await tx
          .selectFrom('listFields')
          .select(['position', 'name'])
          .where('list', '=', list.seq)
          .orderBy('position')
          .execute()
        if (fields.some(({ name }) => keyOf(name) === keyOf(field.name))) return 'exists'
        const position = (fields.at(-1)?.position ?? -1) + 1
        await tx
          .insertInto('listFields')
          .values({ list: list.seq, position, ...field })
          .execute()
        await tx
          .updateTable('lists')
          .set({ version: list.version + 1, modifiedAt: at })
          .where('seq', '=', list.seq)
          .execute()
        return 'added'
      }),
  }
}

type ItemPart = Pick<ListStore, 'addItem' | 'item' | 'itemHeads' | 'itemsAt' | 'changeItem' | 'removeItem'>

function itemsOf(db: Kysely<Schema>): ItemPart {
  return {
    addItem: (listId, { guid, title, values, at, by }) =>
      db.transaction().execute(async (tx) => {
        const list = await tx
          .updateTable('lists')
          .set(({ eb }) => ({
            itemCount: eb('itemCount', '+', 1),
            lastItemId: eb('lastItemId', '+', 1),
            modifiedAt: at,
          }))
          .where('id', '=', listId)
          .returning(['seq', 'lastItemId'])
          .executeTakeFirst()
        if (list === undefined) return 'missing'
        const row = {
          list: list.seq,
          id: list.lastItemId,
          guid,
          title,
          fieldValues: JSON.stringify(values),
          createdAt: at,
          modifiedAt: at,
          authorId: by,
          editorId: by,
          version: 1,
        }
        await tx.insertInto('listItems').values(row).execute()
        return itemOf(row)
      }),

    async item(listId, id) {
      const row = await itemsIn(db, listId).where('listItems.id', '=', id).executeTakeFirst()
      return row && itemOf(row)
    },

    async itemHeads(listId, { where, orderBy, after, limit }) {
      let query = itemsOfList(db, listId).select(['listItems.id', bytesOf])
      if (where !== undefined) query = query.where(conditionSql(where))
      if (after !== undefined) query = query.where(afterSql(orderBy, after))
      return query.orderBy(orderSql(orderBy)).limit(limit).execute()
    },

    async itemsAt(listId, ids) {
      const rows = await itemsIn(db, listId).where('listItems.id', 'in', ids).execute()
      const byId = new Map(rows.map((row) => [row.id, row]))
      return new Map(
        ids.flatMap((id) => {
          const row = byId.get(id)
          return row === undefined ? [] : [[id, itemOf(row)] as const]
        }),
      )
    },

    changeItem: (listId, id, { title, values, at, by, replace }, version) =>
      db.transaction().execute(async (tx) => {
        const row = await itemsIn(tx, listId).where('listItems.id', '=', id).executeTakeFirst()
        if (row === undefined) return 'missing'
        if (version !== undefined && version !== row.version) return { current: row.version }
        const before = replace ? { title: null, values: {} } : itemOf(row)
        const changed = {
          title: title === undefined ? before.title : title,
          fieldValues: JSON.stringify({ ...before.values, ...values }),
          modifiedAt: at,
          editorId: by,
          version: row.version + 1,
        }
        await tx
          .updateTable('listItems')
          .set(changed)
          .where('list', '=', row.list)
          .where('id', '=', id)
          .execute()
        await tx.updateTable('lists').set({ modifiedAt: at }).where('seq', '=', row.list).execute()
        return itemOf({ ...row, ...changed })
      }),

    removeItem: (listId, id, at, version) =>
      db.transaction().execute(async (tx) => {
        const row = await itemsIn(tx, listId).where('listItems.id', '=', id).executeTakeFirst()
        if (row === undefined) return 'missing'
        if (version !== undefined && version !== row.version) return { current: row.version }
        await tx.deleteFrom('listItems').where('list', '=', row.list).where('id', '=', id).execute()
        await tx
          .updateTable('lists')
          .set(({ eb }) => ({ itemCount: eb('itemCount', '-', 1), modifiedAt: at, deletedAt: at }))
          .where('seq', '=', row.list)
          .execute()
        return 'removed'
      }),
  }
}

type UserPart = Pick<ListStore, 'ensureUser' | 'user' | 'users'>

function usersOf(db: Kysely<Schema>): UserPart {
  const users = db.selectFrom('siteUsers').selectAll()
  return {
    async ensureUser(user) {
      const present = await users.where('login', '=', user.login).executeTakeFirst()
      if (present !== undefined && isSame(siteUserOf(present), user)) return siteUserOf(present)
      const { title, email, sid = null } = user
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .insertInto('siteUsers')
          .values({ login: user.login, title, email, sid })
          .onConflict((conflict) => conflict.column('login').doUpdateSet({ title, email, sid }))
          .returningAll()
          .executeTakeFirstOrThrow()
        return siteUserOf(row)
      })
    },
    async user(id) {
      const row = await users.where('id', '=', id).executeTakeFirst()
      return row && siteUserOf(row)
    },
    async users() {
      return (await users.orderBy('id').execute()).map(siteUserOf)
    },
  }
}

// Titles are one when they differ in case alone.
function keyOf(title: string): string {
  return title.toLowerCase()
}

async function secretIn(db: Kysely<Schema>): Promise<string | undefined> {
  return (await db.selectFrom('site').select('secret').executeTakeFirst())?.secret
}

const bytesOf = sql<number>`octet_length(list_items.field_values)`.as('bytes')

function itemsIn(db: Kysely<Schema>, listId: string) {
  return itemsOfList(db, listId).selectAll('listItems')
}

function itemsOfList(db: Kysely<Schema>, listId: string) {
  return db
    .selectFrom('listItems')
    .where('listItems.list', '=', (eb) => eb.selectFrom('lists').select('seq').where('lists.id', '=', listId))
}

async function oneList(
  db: Kysely<Schema>,
  column: 'id' | 'titleKey',
  value: string,
): Promise<List | undefined> {
  return db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('lists').selectAll().where(column, '=', value).executeTakeFirst()
    if (row === undefined) return undefined
    const fields = await tx
      .selectFrom('listFields')
      .selectAll()
      .where('list', '=', row.seq)
      .orderBy('position')
      .execute()
    return listOf(row, fields)
  })
}

async function insertList(tx: Transaction<Schema>, list: NewList): Promise<void> {
  const { seq } = await tx
    .insertInto('lists')
    .values(listRowOf(list))
    .returning('seq')
    .executeTakeFirstOrThrow()
  for (const [position, field] of list.fields.entries()) {
    await tx
      .insertInto('listFields')
      .values({ list: seq, position, ...field })
      .execute()
  }
}

function listRowOf(list: NewList): Insertable<Schema['lists']> {
  return {
    id: list.id,
    title: list.title,
    titleKey: keyOf(list.title),
    urlName: list.urlName,
    urlKey: keyOf(list.urlName),
    description: list.description,
    baseTemplate: list.baseTemplate,
    version: 1,
    itemCount: 0,
    lastItemId: 0,
    createdAt: list.createdAt,
    modifiedAt: list.createdAt,
    deletedAt: list.createdAt,
  }
}

function listOf(row: Selectable<Schema['lists']>, fields: readonly Selectable<Schema['listFields']>[]): List {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    baseTemplate: row.baseTemplate,
    urlName: row.urlName,
    createdAt: row.createdAt,
    modifiedAt: row.modifiedAt,
    deletedAt: row.deletedAt,
    version: row.version,
    itemCount: row.itemCount,
    fields: fields.map(({ id, name, title, kind }): Field => ({ id, name, title, kind })),
  }
}

function itemOf(row: Omit<Selectable<Schema['listItems']>, 'list'>): ListItem {
  return {
    id: row.id,
    guid: row.guid,
    title: row.title,
    values: JSON.parse(row.fieldValues) as FieldValues,
    createdAt: row.createdAt,
    modifiedAt: row.modifiedAt,
    authorId: row.authorId,
    editorId: row.editorId,
    version: row.version,
  }
}

function siteUserOf({ id, login, title, email, sid }: Selectable<Schema['siteUsers']>): SiteUser {
  return { id, login, title, email, ...(sid !== null && { sid }) }
}

function isSame(one: SiteUser, other: Omit<SiteUser, 'id'>): boolean {
  return one.title === other.title && one.email === other.email && one.sid === other.sid
}
