/**
 * A step of migrations.ts: the one chain of all records becomes a chain for each kind. The records stay as they are, place,
 * time and event; each is hashed anew behind the one before it of its kind. Released, so it is not edited: what it needs to
 * know of hashes stands here too.
 */
import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Schema } from './schema.ts'

const PAGE = 500
const GENESIS = '0'.repeat(64)

interface Row {
  readonly seq: number
  readonly time: number
  readonly kind: string
  readonly event: string
  readonly previous: string
  readonly hash: string
}

/**
 * Hashes every record into its kind's chain and notes the ends. A last record says what was found: how many there were, the
 * head of the old chain, and whether that was whole, for its hashes are gone afterwards.
 */
export async function rechain(tx: Transaction<Schema>): Promise<void> {
  const { rows: heads } = await sql<{ seq: number; hash: string }>`select seq, hash from audit_head`.execute(
    tx,
  )
  const [head] = heads
  const chains = new Map<string, { seq: number; hash: string }>()
  let first: Row | undefined
  let last: Row | undefined
  let records = 0
  let whole = heads.length <= 1
  for (;;) {
    const page =
      await sql<Row>`select * from audit where seq > ${last?.seq ?? 0} order by seq limit ${PAGE}`.execute(tx)
    if (page.rows.length === 0) break
    const anew = page.rows.map((row) => {
      whole &&=
        hashOf(row, row.previous) === row.hash &&
        (last === undefined || (row.previous === last.hash && row.seq === last.seq + 1))
      first ??= row
      last = row
      records++
      const previous = chains.get(row.kind)?.hash ?? GENESIS
      const hash = hashOf(row, previous)
      chains.set(row.kind, { seq: row.seq, hash })
      return sql`(${row.seq}, ${previous}, ${hash})`
    })
    await sql`with anew (seq, previous, hash) as (values ${sql.join(anew)})
      update audit set chain = kind, previous = anew.previous, hash = anew.hash from anew where audit.seq = anew.seq`.execute(
      tx,
    )
  }
  if (first !== undefined && last !== undefined) {
    whole &&= head?.hash === last.hash
    const chain = 'administration'
    const event = JSON.stringify({
      ...{ kind: 'removal', chain, requestId: 'migration', through: 'migration' },
      removed: { seq: first.seq - 1, hash: GENESIS },
      carried: { records, whole, head: head?.hash },
    })
    const previous = chains.get(chain)?.hash ?? GENESIS
    const row = { seq: Math.max(last.seq, head?.seq ?? 0) + 1, time: last.time, event }
    const hash = hashOf(row, previous)
    await sql`insert into audit (seq, time, chain, kind, request_id, event, previous, hash)
      values (${row.seq}, ${row.time}, ${chain}, 'removal', 'migration', ${event}, ${previous}, ${hash})`.execute(
      tx,
    )
    chains.set(chain, { seq: row.seq, hash })
  }
  for (const chain of [
    'admitted',
    'refused',
    'minted',
    'registration',
    'administration',
    'reading',
    'denied',
    'forbidden',
    'impersonation',
  ]) {
    const { seq, hash } = chains.get(chain) ?? { seq: 0, hash: GENESIS }
    await sql`insert into audit_chains (chain, seq, hash) values (${chain}, ${seq}, ${hash})`.execute(tx)
  }
}

function hashOf({ seq, time, event }: Pick<Row, 'seq' | 'time' | 'event'>, previous: string): string {
  return createHash('sha256').update(`${previous}\n${seq}\n${time}\n${event}`).digest('hex')
}
