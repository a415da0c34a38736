/** What a copy of a folder's items lacks: a walk over all of them that takes in what changes meanwhile. */
import type { Kysely, Selectable } from 'kysely'
import { readContent } from '../products/exchange/kept-property.ts'
import type { Item, ItemNews, MailboxStore } from '../products/exchange/mailbox.ts'
import { lastNumber } from './mailbox-changes.ts'
import { bytesOf, folderWith } from './mailbox-rows.ts'
import type { Schema } from './schema.ts'

type ChangeRow = Selectable<Schema['mailboxChanges']>

export function itemNewsOf(db: Kysely<Schema>): Pick<MailboxStore, 'newsOf'> {
  return {
    newsOf: (folderId, since, limit) =>
      // One transaction, so that nothing changes between the log and the items.
      db.transaction().execute(async (tx) => {
        const folder = await folderWith(tx, folderId)
        if (folder === undefined) return undefined
        const last = await lastNumber(tx, folder.owner)
        const { number, place } = since ?? { number: last, place: 0 }
        if (number > last || !(await reachesBack(tx, folder.owner, number))) return undefined

        const changes = await changesIn(tx, folder.owner, folderId, number, limit)
        const news = await newsOut(tx, changes.rows, folderId, place)
        const next = changes.isLast ? last : (changes.rows.at(-1)?.number ?? last)
        if (next < last || place === undefined) {
          const isLast = next === last
          return { news, next: { number: next, ...(place !== undefined && { place }) }, isLast }
        }

        const room = Math.max(0, limit - news.length)
        const more = await tx
          .selectFrom('items')
          .select(['id', 'seq', bytesOf])
          .where('folderId', '=', folderId)
          .where('seq', '>', place)
          .orderBy('seq')
          .limit(room + 1)
          .execute()
        const walked = more.slice(0, room)
        const created = walked.map(
          ({ id, seq, bytes }): ItemNews => ({ kind: 'created', id, place: seq, bytes }),
        )
        const isLast = more.length <= room
        return {
          news: [...news, ...created],
          next: { number: next, ...(!isLast && { place: walked.at(-1)?.seq ?? place }) },
          isLast,
        }
      }),
  }
}

// Numbers have no gaps, so the log reaches back if the next one is there.
async function reachesBack(tx: Kysely<Schema>, owner: string, number: number): Promise<boolean> {
  const oldest = await tx
    .selectFrom('mailboxChanges')
    .select('number')
    .where('owner', '=', owner)
    .orderBy('number')
    .limit(1)
    .executeTakeFirst()
  return oldest === undefined || number >= oldest.number - 1
}

// Changes that touch the folder's items, up to so many as `limit` items can come from.
async function changesIn(
  tx: Kysely<Schema>,
  owner: string,
  folderId: string,
  after: number,
  limit: number,
): Promise<{ rows: ChangeRow[]; isLast: boolean }> {
  const rows = await tx
    .selectFrom('mailboxChanges')
    .selectAll()
    .where('owner', '=', owner)
    .where('number', '>', after)
    .where('subject', '=', 'item')
    .where((eb) => eb.or([eb('folderId', '=', folderId), eb('fromFolderId', '=', folderId)]))
    .orderBy('number')
    .limit(limit + 1)
    .execute()
  const ids = new Set<string>()
  for (const [position, row] of rows.entries()) {
    for (const id of [row.id, row.fromId]) if (id !== null) ids.add(id)
    // A move inside of the folder is two pieces of news; one of them may be the first.
    if (position > 0 && ids.size > limit) return { rows: rows.slice(0, position), isLast: false }
  }
  return { rows: rows.slice(0, limit), isLast: rows.length <= limit }
}

/** What became of one item in the changes at hand. */
interface Fate {
  /** It came in by the first of them. */
  readonly isNew: boolean
  isGone: boolean
  isReadFlagOnly: boolean
}

async function newsOut(
  tx: Kysely<Schema>,
  rows: readonly ChangeRow[],
  folderId: string,
  place: number | undefined,
): Promise<ItemNews[]> {
  const fates = new Map<string, Fate>()
  const touch = (id: string, isNew: boolean) => {
    const fate = fates.get(id) ?? { isNew, isGone: false, isReadFlagOnly: true }
    fates.set(id, fate)
    return fate
  }
  for (const { kind, id, folderId: there, fromId, fromFolderId } of rows) {
    if (kind === 'moved' && fromFolderId === folderId && fromId !== null) touch(fromId, false).isGone = true
    if (there !== folderId || kind === 'newMail') continue
    const enters = kind === 'created' || kind === 'moved' || kind === 'copied'
    const fate = touch(id, enters)
    if (kind === 'deleted') fate.isGone = true
    if (kind === 'modified') fate.isReadFlagOnly = false
  }

  const news: ItemNews[] = []
  for (const [id, { isNew, isGone, isReadFlagOnly }] of fates) {
    if (isGone) {
      if (!isNew) news.push({ kind: 'deleted', id })
      continue
    }
    const row = await tx
      .selectFrom('items')
      .select(['folderId', 'seq', bytesOf])
      .where('id', '=', id)
      .executeTakeFirst()
    // What is gone again is in a later change; what the walk has not come to is still before it.
    if (row === undefined || row.folderId !== folderId) continue
    if (place !== undefined && row.seq > place) continue
    const kind = isNew ? 'created' : isReadFlagOnly ? 'readFlag' : 'modified'
    news.push({ kind, id, place: row.seq, bytes: row.bytes })
  }
  return news
}

/** Whether two states of an item differ in whether it was read, and in nothing else that a client wrote. */
export function differsInReadFlag(was: Item, is: Item): boolean {
  return was.isRead !== is.isRead && withoutReadFlag(was) === withoutReadFlag(is)
}

function withoutReadFlag(item: Item): string {
  const { id, folderId, owner, author, changeKey, modifiedAt, isRead, size, content, ...rest } = item
  const kept = content.startsWith('[')
    ? readContent(content).filter(({ name }) => name !== 'IsRead')
    : content
  return JSON.stringify([Object.entries(rest).sort(), kept])
}
