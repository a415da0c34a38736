/** Reading as many items of a list as one answer may hold, while others have their turns. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { ItemHead, ItemQuery, ListItem, ListStore } from './lists.ts'

/** How many bytes of items an answer may still take in. What several lists show along shares one. */
export interface Room {
  left: number
}

// A page of long items ends early; the next one goes on from there.
const LONGEST_ANSWER = 4 * 1024 * 1024
// What is read before others have their turn.
const PIECE = { items: 100, bytes: 512 * 1024 }

/** The room of one answer. */
export function openRoom(): Room {
  return { left: LONGEST_ANSWER }
}

export interface ItemPage {
  readonly items: readonly ListItem[]
  /** Whether nothing that meets the query comes after them. */
  readonly isLast: boolean
}

/** The first items that meet the query, as far as there is room for them, and one at least if there is any room left. */
export async function readPage(
  lists: Pick<ListStore, 'itemHeads' | 'itemsAt'>,
  listId: string,
  query: ItemQuery,
  room: Room = openRoom(),
): Promise<ItemPage> {
  // One more than the page holds tells whether there is another.
  const heads = await lists.itemHeads(listId, { ...query, limit: query.limit + 1 })
  const items: ListItem[] = []
  let at = 0
  while (at < Math.min(heads.length, query.limit) && room.left > 0) {
    if (at > 0) await othersTurn()
    const piece = pieceOf(heads.slice(at, query.limit), room.left)
    items.push(
      ...(
        await lists.itemsAt(
          listId,
          piece.map(({ id }) => id),
        )
      ).values(),
    )
    room.left -= piece.reduce((sum, { bytes }) => sum + bytes, 0)
    at += piece.length
  }
  return { items, isLast: at === heads.length }
}

// As many as are read at once: one at least.
function pieceOf(heads: readonly ItemHead[], room: number): readonly ItemHead[] {
  let left = Math.min(PIECE.bytes, room)
  const beyond = heads.slice(0, PIECE.items).findIndex(({ bytes }, i) => {
    left -= bytes
    return left < 0 && i > 0
  })
  return heads.slice(0, beyond === -1 ? PIECE.items : beyond)
}
