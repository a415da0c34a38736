/** The decision log, kept in SQL. */
import type { CompiledQuery, Kysely, Transaction } from 'kysely'
import type { AuditRecord, EventKind, Place } from '../trust/audit-record.ts'
import type { AuditStore } from '../trust/decision-log.ts'
import type { Schema } from './schema.ts'

// Statements of so many rows: the longest is far from the limits of SQLite, and longer ones are no faster.
const ROWS = [500, 100, 20, 5, 1]
const COLUMNS = ['seq', 'time', 'chain', 'kind', 'requestId', 'event', 'previous', 'hash'] as const

/** Opens the log on a database that has its tables. */
export function openAuditStore(db: Kysely<Schema>): AuditStore {
  const records = db.selectFrom('audit').selectAll()
  const ofKinds = (kinds: readonly EventKind[]) =>
    records.where('chain', 'in', kinds).where('kind', '!=', 'removal')
  const ofChain = (chain: EventKind) => db.selectFrom('audit').where('chain', '=', chain)
  // With every token a record is added: Kysely puts statements of these lengths into SQL once, which takes a third as long as all
  // else that adding a row takes.
  const inserts = new Map<number, CompiledQuery>()
  const insertOf = (rows: number): CompiledQuery => {
    const known = inserts.get(rows)
    if (known !== undefined) return known
    const row = Object.fromEntries(COLUMNS.map((column) => [column, ''])) as unknown as AuditRecord
    const made = db
      .insertInto('audit')
      .values(Array.from({ length: rows }, () => row))
      .compile()
    inserts.set(rows, made)
    return made
  }
  return {
    async heads() {
      const rows = await db.selectFrom('auditChains').selectAll().execute()
      return new Map(rows.map(({ chain, seq, hash }) => [chain, { seq, hash }]))
    },

    append: (added, dropped = []) =>
      db.transaction().execute(async (tx) => {
        for (let from = 0; from < added.length; ) {
          const rows = ROWS.find((length) => length <= added.length - from) ?? 1
          const parameters: unknown[] = []
          for (const record of added.slice(from, from + rows))
            for (const column of COLUMNS) parameters.push(record[column])
          await tx.executeQuery({ ...insertOf(rows), parameters })
          from += rows
        }
        await moveHeads(tx, added)
        for (const { chain, seq } of dropped) {
          await tx.deleteFrom('audit').where('chain', '=', chain).where('seq', '<=', seq).execute()
        }
      }),

    read: (after, limit, kinds) =>
      (kinds === undefined ? records : ofKinds(kinds))
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute(),

    async newest(limit, kinds) {
      const found = await ofKinds(kinds).orderBy('seq', 'desc').limit(limit).execute()
      return found.reverse()
    },

    find: (requestId) => records.where('requestId', '=', requestId).orderBy('seq').execute(),

    // From the old end only, so that what is left is one chain, whatever the clock did meanwhile.
    async oldEnd(chain, keep, before) {
      const [last, tooMany] = await ofChain(chain)
        .select('seq')
        .orderBy('seq', 'desc')
        .offset(keep - 1)
        .limit(2)
        .execute()
      const { old } = await ofChain(chain)
        .where('time', '<', before)
        .select((eb) => eb.fn.max('seq').as('old'))
        .executeTakeFirstOrThrow()
      const end = Math.max(tooMany === undefined ? 0 : (last?.seq ?? 0), old ?? 0)
      return db.selectFrom('audit').select(['seq', 'hash']).where('seq', '=', end).executeTakeFirst()
    },
  }
}

async function moveHeads(tx: Transaction<Schema>, added: readonly AuditRecord[]): Promise<void> {
  const heads = new Map<EventKind, Place>(added.map((record) => [record.chain, record]))
  for (const [chain, { seq, hash }] of heads) {
    await tx
      .insertInto('auditChains')
      .values({ chain, seq, hash })
      .onConflict((conflict) => conflict.column('chain').doUpdateSet({ seq, hash }))
      .execute()
  }
}
