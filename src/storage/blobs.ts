/** Long bytes, kept in pieces: a MIME message, an attached file. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { MailboxStore } from '../products/exchange/mailbox.ts'
import type { Schema } from './schema.ts'

// SQLite writes a row without letting go of the thread.
const PIECE = 256 * 1024

export function blobsOf(db: Kysely<Schema>): Pick<MailboxStore, 'saveBlob' | 'blob'> {
  return {
    async saveBlob(id, bytes) {
      // At least one piece, since a file may be empty.
      for (let start = 0; start === 0 || start < bytes.length; start += PIECE) {
        const piece = bytes.subarray(start, start + PIECE)
        await db
          .insertInto('blobs')
          .values({ id, position: start / PIECE, bytes: piece })
          .execute()
        await othersTurn()
      }
    },

    async blob(id) {
      const pieces: Uint8Array[] = []
      for (;;) {
        const row = await db
          .selectFrom('blobs')
          .select('bytes')
          .where('id', '=', id)
          .where('position', '=', pieces.length)
          .executeTakeFirst()
        if (row === undefined) break
        pieces.push(row.bytes)
        await othersTurn()
      }
      return pieces.length === 0 ? undefined : Buffer.concat(pieces)
    },
  }
}

/** Removes blobs out of these that nothing names any more: copies of an item share theirs. */
export async function dropUnnamedBlobs(tx: Kysely<Schema>, ids: readonly (string | null)[]): Promise<void> {
  for (const id of ids) {
    if (id === null) continue
    await tx
      .deleteFrom('blobs')
      .where('id', '=', id)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('attachments').select('seq').where('blob', '=', id))),
      )
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('items').select('seq').where('mime', '=', id))),
      )
      .execute()
  }
}

/** Removes what a program that was ended in between had saved for items that it never added. */
export async function sweepBlobs(db: Kysely<Schema>): Promise<void> {
  await db
    .deleteFrom('blobs')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('attachments').select('seq').whereRef('blob', '=', 'blobs.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('items').select('seq').whereRef('mime', '=', 'blobs.id'))),
    )
    .execute()
}
