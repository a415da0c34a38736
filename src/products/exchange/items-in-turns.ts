/** Reading many items of a store while others have their turns. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Item, MailboxStore } from './mailbox.ts'

const PIECE = 50

/** The items at these places, in this order; those that are gone are left out. They are read as they are asked for. */
export async function* itemsInTurns(
  mailboxes: Pick<MailboxStore, 'itemsAt'>,
  places: readonly number[],
): AsyncGenerator<readonly [place: number, item: Item]> {
  for (let start = 0; start < places.length; ) {
    // The store answers without waiting; others would wait for all of it.
    if (start > 0) await othersTurn()
    const piece = places.slice(start, start + PIECE)
    const found = await mailboxes.itemsAt(piece)
    yield* found
    const last = [...found.keys()].at(-1)
    start += last === undefined ? piece.length : piece.indexOf(last) + 1
  }
}
