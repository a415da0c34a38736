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
      const pieces = Math.max(1, Math.ceil(bytes.length / PIECE))
      for (let position = 0; position < pieces; position += 1) {
        const piece = bytes.subarray(position * PIECE, (position + 1) * PIECE)
        await db.insertInto('blobs').values({ id, position, bytes: piece, pieces }).execute()
        await othersTurn()
      }
    },

    async blob(id) {
      const read: Uint8Array[] = []
      for (let pieces = 1; read.length < pieces; ) {
        const row = await db
          .selectFrom('blobs')
          .select(['bytes', 'pieces'])
          .where('id', '=', id)
          .where('position', '=', read.length)
          .executeTakeFirst()
        // Others have their turn between two pieces, and may have removed the blob: its beginning is not the blob.
        if (row === undefined) return undefined
        pieces = row.pieces
        read.push(row.bytes)
        await othersTurn()
      }
      return Buffer.concat(read)
    },
  }
}

/** Whether all of these blobs are there, inside the transaction that names them. */
export async function hasBlobs(tx: Kysely<Schema>, ids: readonly (string | undefined)[]): Promise<boolean> {
  for (const id of ids) {
    if (id === undefined) continue
    const first = await tx
      .selectFrom('blobs')
      .select('id')
      .where('id', '=', id)
      .where('position', '=', 0)
      .executeTakeFirst()
    if (first === undefined) return false
  }
  return true
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
