/** The assertions that clients of a token server have spent, kept in SQL. */
import { setImmediate as othersOfThisTurn } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { AssertionLimits, AssertionStore, SpentAssertion } from '../trust/assertion.ts'
import { CompiledQuery } from './kysely.ts'
import type { Schema } from './schema.ts'

type Spending = Awaited<ReturnType<AssertionStore['spend']>>

interface Waiting {
  readonly assertion: SpentAssertion
  readonly now: EpochSeconds
  readonly most: AssertionLimits
  readonly done: (spending: Spending) => void
  readonly failed: (error: unknown) => void
}

// Looks, counts and notes in one, and says by the row it made whether there was room. What is counted is counted in the table
// (20-assertion-counts.ts), so this costs the same however many are kept.
const NOTE = `insert into spent_assertions (client, once, until) select ?, ?, ?
  where ifnull((select count from spent_assertion_counts where client = ''), 0) < ?
    and ifnull((select count from spent_assertion_counts where client = ?), 0) < ?
  on conflict do nothing`
const LOOK = 'select until from spent_assertions where client = ? and once = ?'
const FORGET = 'delete from spent_assertions where until < ?'

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
  let forgottenAt: EpochSeconds | undefined
  for (const one of group) {
    if (one.now !== forgottenAt) await run(tx, FORGET, one.now)
    forgottenAt = one.now
    spendings.push({ ...one, spending: await spendOne(tx, one.assertion, one.most) })
  }
  return spendings
}

async function spendOne(
  tx: Transaction<Schema>,
  { client, once, until }: SpentAssertion,
  most: AssertionLimits,
): Promise<Spending> {
  const noted = await run(tx, NOTE, client, once, until, most.ofAll, client, most.ofOne)
  if (noted.numAffectedRows === 1n) return 'spent'
  const before = await run(tx, LOOK, client, once)
  return before.rows.length > 0 ? 'spent before' : 'full'
}

// As text and not in Kysely's terms: to put them into SQL takes longer than SQLite needs for them.
function run(tx: Transaction<Schema>, text: string, ...values: readonly unknown[]) {
  return tx.executeQuery(CompiledQuery.raw(text, [...values]))
}
