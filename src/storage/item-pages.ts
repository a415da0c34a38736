/** Items of a folder in some order: pages of them, those that fit a condition, those of a time. */
import type { Kysely, SelectQueryBuilder } from 'kysely'
import { sql } from 'kysely'
import { itemsInTurns } from '../products/exchange/items-in-turns.ts'
import type { Item, ItemQuery, MailboxStore, SortOrder } from '../products/exchange/mailbox.ts'
import { isText, whereOf } from './item-condition.ts'
import { bytesOf, folderWith, itemOf } from './mailbox-rows.ts'
import type { Schema } from './schema.ts'

const NEWEST_FIRST: readonly SortOrder[] = [{ column: 'receivedAt', descending: true }]
const FORWARD = { asc: 'asc', desc: 'desc' } as const
const BACKWARD = { asc: 'desc', desc: 'asc' } as const
// Rows read at once, and bytes of them: what one query holds the thread for.
const PIECE = 500
const MOST_BYTES = 512 * 1024
// No appointment is longer (Exchange refuses those over five years).
const LONGEST = 5 * 366 * 86_400

export function itemPagesOf(
  db: Kysely<Schema>,
): Pick<MailboxStore, 'page' | 'places' | 'itemsAt' | 'appointments'> {
  // The first places whose items have so many bytes together, but one item at least.
  const firstOf = async (places: readonly number[]) => {
    const rows = await db.selectFrom('items').select(['seq', bytesOf]).where('seq', 'in', places).execute()
    const lengths = new Map(rows.map(({ seq, bytes }) => [seq, bytes]))
    let left = MOST_BYTES
    const beyond = places.findIndex((place) => {
      const isFirst = left === MOST_BYTES
      left -= lengths.get(place) ?? 0
      return left < 0 && !isFirst
    })
    return beyond === -1 ? places : places.slice(0, beyond)
  }

  const itemsAt = async (places: readonly number[]) => {
    const items = new Map<number, Item>()
    for (let start = 0; start < places.length && items.size === 0; start += PIECE) {
      const piece = await firstOf(places.slice(start, start + PIECE))
      const rows = await db.selectFrom('items').selectAll().where('seq', 'in', piece).execute()
      const bySeq = new Map(rows.map((row) => [row.seq, row]))
      for (const place of piece) {
        const row = bySeq.get(place)
        if (row !== undefined) items.set(place, itemOf(row))
      }
    }
    return items
  }

  const places: MailboxStore['places'] = async (folderId, query, windowOf) => {
    if (windowOf === undefined) {
      const rows = await inOrder(db, folderId, query, FORWARD).execute()
      return { places: rows.map(({ seq }) => seq), total: rows.length }
    }
    const total = await totalOf(db, folderId, query)
    const { offset, limit } = windowOf(total)
    // From the nearer end: rows before a page are stepped over one by one.
    const fromEnd = offset > total / 2
    const count = Math.max(0, Math.min(limit, total - offset))
    const rows = await inOrder(db, folderId, query, fromEnd ? BACKWARD : FORWARD)
      .limit(count)
      .offset(fromEnd ? Math.max(0, total - offset - count) : offset)
      .execute()
    const found = rows.map(({ seq }) => seq)
    return { places: fromEnd ? found.toReversed() : found, total }
  }

  return {
    async page(folderId, { offset, limit, ...query }) {
      // The rows of a page are looked up after their places, so that those before it are not read.
      const found = await places(folderId, query, () => ({ offset, limit }))
      const items: Item[] = []
      for await (const [, item] of itemsInTurns({ itemsAt }, found.places)) items.push(item)
      return { items, total: found.total }
    },

    places,

    itemsAt,

    async appointments(folderId, from, to, limit) {
      const begun = db
        .selectFrom('items')
        .select('seq')
        .where('folderId', '=', folderId)
        .where('kind', '=', 'CalendarItem')
        .where('startAt', '<', to)
        .orderBy('startAt')
        .orderBy('seq')
      // As the index has it.
      const isSeries = sql<boolean>`instr(content, '{"name":"Recurrence"') > 0`
      const single = await begun
        .select(['startAt', 'endAt'])
        .where('startAt', '>', from - LONGEST)
        .where((eb) => eb.or([eb('endAt', '>', from), eb('startAt', '>=', from)]))
        .where((eb) => eb.not(isSeries))
        .limit(limit)
        .execute()
      const series = await begun.where(isSeries).execute()
      return {
        single: single.map(({ seq, startAt, endAt }) => {
          const start = startAt ?? from
          return { place: seq, startAt: start, endAt: endAt ?? start }
        }),
        series: series.map(({ seq }) => seq),
      }
    },
  }
}

async function totalOf(db: Kysely<Schema>, folderId: string, { where }: ItemQuery): Promise<number> {
  if (where === undefined) return (await folderWith(db, folderId))?.totalCount ?? 0
  const row = await db
    .selectFrom('items')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('folderId', '=', folderId)
    .where((eb) => whereOf(where, eb))
    .executeTakeFirst()
  return row?.total ?? 0
}

function inOrder(
  db: Kysely<Schema>,
  folderId: string,
  { where, sort = NEWEST_FIRST }: ItemQuery,
  way: Record<'asc' | 'desc', 'asc' | 'desc'>,
): SelectQueryBuilder<Schema, 'items', { seq: number }> {
  let found = db.selectFrom('items').select('seq').where('folderId', '=', folderId)
  if (where !== undefined) found = found.where((eb) => whereOf(where, eb))
  for (const { column, descending } of sort) {
    const direction = way[descending ? 'desc' : 'asc']
    found = isText(column)
      ? found.orderBy(({ ref }) => sql`${ref(column)} collate nocase`, direction)
      : found.orderBy(column, direction)
  }
  // Ties follow the order of the first column, so that one index serves both.
  return found.orderBy('seq', way[sort[0]?.descending === true ? 'desc' : 'asc'])
}
