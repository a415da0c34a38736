/** The assertions that clients of a token server have spent, kept in SQL. */
import { setImmediate as othersOfThisTurn } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import { CompiledQuery } from 'kysely'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { AssertionLimits, AssertionStore, Spending, SpentAssertion } from '../trust/assertion.ts'
import type { Schema } from './schema.ts'

interface Waiting {
  readonly assertion: SpentAssertion
  readonly now: EpochSeconds
  readonly most: AssertionLimits
  readonly done: (spending: Spending) => void
  readonly failed: (error: unknown) => void
}

// Looks, counts and notes in one, and says by the row it made whether there was room. What is counted is counted in the table
// (20-assertion-counts.ts), so this costs the same however many are kept. A name is free again for a later assertion once the one
// that had it is over; the earlier of the two is not, as the later has its place.
const NOTE = `insert into spent_assertions (client, once, expires_at, until) select ?, ?, ?, ?
  where ifnull((select count from spent_assertion_counts where client = ''), 0) < ?
    and ifnull((select count from spent_assertion_counts where client = ?), 0) < ?
    and ? > (select expires_at from forgotten_assertions where id = 1)
  on conflict (client, once) do update set expires_at = excluded.expires_at, until = excluded.until
    where spent_assertions.until < ? and spent_assertions.expires_at < excluded.expires_at`
const LOOK = `select 1 from spent_assertions
  where client = ? and once = ? and not (until < ? and expires_at < ?)`
const LOOK_BACK = 'select 1 from forgotten_assertions where id = 1 and expires_at >= ?'
// Some at a time: to forget all there is would keep everyone waiting.
const FORGET_OF_ONE = `delete from spent_assertions where rowid in
  (select rowid from spent_assertions where client = ? and until < ? order by until limit 500)`
const FORGET = `delete from spent_assertions where rowid in
  (select rowid from spent_assertions where until < ? order by until limit 500)`

/**
 * Opens the store on a database that has its tables. Those who come in one turn of the event loop are written in one transaction:
 * most of its price is that the disk has it, and that is paid once for all of them.
 */
export function openAssertionStore(db: Kysely<Schema>): AssertionStore {
  let open: Waiting[] | undefined

  const write = async (group: readonly Waiting[]) => {
    const close = () => {
      if (open === group) open = undefined
    }
    try {
      const spendings = await db.transaction().execute(async (tx) => {
        await othersOfThisTurn()
        close()
        return spendAll(tx, group)
      })
      for (const { done, spending } of spendings) done(spending)
    } catch (error) {
      close()
      for (const { failed } of group) failed(error)
    }
  }
  return {
    spend: (assertion, now, most) =>
      new Promise((done, failed) => {
        const one = { assertion, now, most, done, failed }
        if (open !== undefined) return open.push(one)
        open = [one]
        return write(open)
      }),
  }
}

async function spendAll(tx: Transaction<Schema>, group: readonly Waiting[]) {
  const spendings: (Waiting & { readonly spending: Spending })[] = []
  for (const one of group) spendings.push({ ...one, spending: await spendOne(tx, one) })
  return spendings
}

async function spendOne(tx: Transaction<Schema>, one: Waiting): Promise<Spending> {
  const spending = await attempt(tx, one)
  if (spending !== 'full') return spending
  const { client } = one.assertion
  const isRoomier = (await has(tx, FORGET_OF_ONE, client, one.now)) || (await has(tx, FORGET, one.now))
  return isRoomier ? attempt(tx, one) : 'full'
}

async function attempt(tx: Transaction<Schema>, { assertion, now, most }: Waiting): Promise<Spending> {
  const { client, once, expiresAt, until } = assertion
  const row = [client, once, expiresAt, until]
  if (await has(tx, NOTE, ...row, most.ofAll, client, most.ofOne, expiresAt, now)) return 'spent'
  if (await has(tx, LOOK, client, once, now, expiresAt)) return 'spent before'
  return (await has(tx, LOOK_BACK, expiresAt)) ? 'too old' : 'full'
}

// Whether it found or changed anything. As text and not in Kysely's terms: to put them into SQL takes longer than SQLite needs
// for them.
async function has(tx: Transaction<Schema>, text: string, ...values: readonly unknown[]): Promise<boolean> {
  const { rows, numAffectedRows = 0n } = await tx.executeQuery(CompiledQuery.raw(text, [...values]))
  return rows.length > 0 || numAffectedRows > 0n
}
