/** What changed in a mailbox, in order: for those who keep a copy of it, and those who wait for mail. */
import type { Kysely } from 'kysely'
import type { MailboxChange, MailboxStore } from '../products/exchange/mailbox.ts'
import type { Schema } from './schema.ts'

// A copy that is further behind than this has to be made anew.
const KEPT = 100_000

/** Notes a change inside the transaction that makes it. */
export async function noteChange(
  tx: Kysely<Schema>,
  owner: string,
  change: Omit<MailboxChange, 'number'>,
): Promise<void> {
  const number = (await lastNumber(tx, owner)) + 1
  await tx
    .insertInto('mailboxChanges')
    .values({ fromId: null, fromFolderId: null, ...change, owner, number })
    .execute()
  if (number > KEPT) {
    await tx
      .deleteFrom('mailboxChanges')
      .where('owner', '=', owner)
      .where('number', '<=', number - KEPT)
      .execute()
  }
}

export function changesOf(db: Kysely<Schema>): Pick<MailboxStore, 'changeNumber' | 'changes'> {
  return {
    changeNumber: (owner) => lastNumber(db, owner),

    async changes(owner, after, limit) {
      const rows = await db
        .selectFrom('mailboxChanges')
        .selectAll()
        .where('owner', '=', owner)
        .where('number', '>', after)
        .orderBy('number')
        .limit(limit)
        .execute()
      // Numbers have no gaps, so the first one tells whether those before it were forgotten.
      const [first] = rows
      if (first !== undefined && first.number !== after + 1) return undefined
      return rows.map(({ owner: _, fromId, fromFolderId, ...change }) => ({
        ...change,
        ...(fromId !== null && { fromId }),
        ...(fromFolderId !== null && { fromFolderId }),
      }))
    },
  }
}

/** The number of the mailbox's last change. */
export async function lastNumber(db: Kysely<Schema>, owner: string): Promise<number> {
  const row = await db
    .selectFrom('mailboxChanges')
    .select('number')
    .where('owner', '=', owner)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.number ?? 0
}
