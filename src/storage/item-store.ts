/** The items of mailboxes and what is attached to them, kept in SQL. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type {
  Attachment,
  AttachmentChange,
  Destination,
  Item,
  MailboxStep,
  MailboxStore,
  StepFailure,
} from '../products/exchange/mailbox.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import { dropUnnamedBlobs, hasBlobs } from './blobs.ts'
import { differsInReadFlag } from './item-news.ts'
import { noteChange } from './mailbox-changes.ts'
import { attachmentOf, folderWith, type ItemRow, itemOf, itemRowOf } from './mailbox-rows.ts'
import type { Schema } from './schema.ts'

type ItemStore = Pick<
  MailboxStore,
  | 'addItem'
  | 'item'
  | 'changeItem'
  | 'moveItem'
  | 'copyItem'
  | 'removeItem'
  | 'together'
  | 'attachments'
  | 'attachment'
>

// Some steps of the many that there may be keep nobody waiting; after these others have their turn.
const STEPS_IN_A_TURN = 4

/** Undoes a transaction. */
class NotTaken extends Error {
  readonly why: StepFailure

  constructor(why: StepFailure) {
    super(`a step could not be taken: ${why}`)
    this.why = why
  }
}

export function itemStoreOf(db: Kysely<Schema>): ItemStore {
  return {
    addItem: (item, attachments = [], how = 'written') =>
      db.transaction().execute((tx) => add(tx, item, attachments, how)),

    item: (id) => itemWith(db, id),

    changeItem: (item, was, attached = {}) =>
      db.transaction().execute((tx) => change(tx, item, was, attached)),

    moveItem: (id, to, changed = same) => db.transaction().execute((tx) => move(tx, id, to, changed)),

    copyItem: (id, to, changed = same) =>
      db.transaction().execute(async (tx) => {
        const row = await rowWith(tx, id)
        if (row === undefined) return 'missing'
        const folder = await folderWith(tx, to.folderId)
        if (folder === undefined) return 'folder missing'
        const { owner } = folder
        await tx
          .insertInto('items')
          .values({ ...itemRowOf(changed(itemOf(row))), ...to, owner })
          .execute()
        const attachments = await attachmentsOf(tx, id)
        await addAttachments(
          tx,
          to.id,
          attachments.map((one, position) => ({ ...one, id: `${to.id}.${position}` })),
        )
        await noteTransfer(tx, 'copied', row, owner, to)
        return 'copied'
      }),

    removeItem: (id, at) => db.transaction().execute((tx) => remove(tx, id, at)),

    async together(steps) {
      try {
        await db.transaction().execute(async (tx) => {
          let taken = 0
          for (const step of steps) {
            const outcome = await take(tx, step)
            if (isFailure(outcome)) throw new NotTaken(outcome)
            taken += 1
            if (taken % STEPS_IN_A_TURN === 0) await othersTurn()
          }
        })
        return 'done'
      } catch (error) {
        if (error instanceof NotTaken) return error.why
        throw error
      }
    },

    attachments: (itemId) => attachmentsOf(db, itemId),

    async attachment(id) {
      const row = await db.selectFrom('attachments').selectAll().where('id', '=', id).executeTakeFirst()
      return row && { ...attachmentOf(row), itemId: row.itemId }
    },
  }
}

type Outcome = Awaited<ReturnType<typeof take>>

function take(tx: Kysely<Schema>, step: MailboxStep) {
  switch (step.kind) {
    case 'add':
      return add(tx, step.item, step.attachments ?? [], step.how ?? 'written')
    case 'change':
      return change(tx, step.item, step.was, step.attached ?? {})
    case 'move':
      return ifStill(tx, step, () => move(tx, step.id, step.to, step.change ?? same))
    case 'remove':
      return ifStill(tx, step, () => remove(tx, step.id, step.at))
  }
}

function isFailure(outcome: Outcome): outcome is Extract<Outcome, StepFailure> {
  return (['missing', 'stale', 'folder missing', 'blob missing'] as const).some((one) => one === outcome)
}

function same(item: Item): Item {
  return item
}

async function ifStill<T>(
  tx: Kysely<Schema>,
  { id, was }: { readonly id: string; readonly was?: string },
  act: () => Promise<T>,
): Promise<T | 'stale'> {
  const row = was === undefined ? undefined : await rowWith(tx, id)
  return row !== undefined && row.changeKey !== was ? 'stale' : act()
}

async function add(
  tx: Kysely<Schema>,
  item: Item,
  attachments: readonly Attachment[],
  how: 'written' | 'delivered',
) {
  const { id, owner, folderId, createdAt: at } = item
  if ((await folderWith(tx, folderId))?.owner !== owner) return 'folder missing'
  if (!(await hasBlobs(tx, [item.mime, ...attachments.map(({ blob }) => blob)]))) return 'blob missing'
  await tx.insertInto('items').values(itemRowOf(item)).execute()
  await addAttachments(tx, id, attachments)
  await noteChange(tx, owner, { kind: 'created', subject: 'item', id, folderId, at })
  if (how === 'delivered') await noteChange(tx, owner, { kind: 'newMail', subject: 'item', id, folderId, at })
  return 'added'
}

async function change(
  tx: Kysely<Schema>,
  item: Item,
  was: string,
  { add: added = [], remove: gone = [] }: AttachmentChange,
) {
  const { id } = item
  const old = await rowWith(tx, id)
  if (old === undefined) return 'missing'
  if (old.changeKey !== was) return 'stale'
  if (!(await hasBlobs(tx, [item.mime, ...added.map(({ blob }) => blob)]))) return 'blob missing'
  const { owner, folderId } = old
  await tx
    .updateTable('items')
    .set({ ...itemRowOf(item), owner, folderId })
    .where('id', '=', id)
    .execute()
  const removed = await removeAttachments(tx, id, gone)
  await addAttachments(tx, id, added)
  await dropUnnamedBlobs(tx, [...removed, old.mime])
  const kind = differsInReadFlag(itemOf(old), item) ? 'readFlag' : 'modified'
  await noteChange(tx, owner, { kind, subject: 'item', id, folderId, at: item.modifiedAt })
  return 'changed'
}

async function move(tx: Kysely<Schema>, id: string, to: Destination, changed: (item: Item) => Item) {
  const row = await rowWith(tx, id)
  if (row === undefined) return 'missing'
  const folder = await folderWith(tx, to.folderId)
  if (folder === undefined) return 'folder missing'
  const { owner } = folder
  const item = itemOf(row)
  const next = changed(item)
  await tx
    .updateTable('items')
    .set({ ...(next !== item && itemRowOf(next)), ...to, owner })
    .where('id', '=', id)
    .execute()
  await noteTransfer(tx, 'moved', row, owner, to)
  return 'moved'
}

async function remove(tx: Kysely<Schema>, id: string, at: EpochSeconds) {
  const item = await rowWith(tx, id)
  if (item === undefined) return 'missing'
  const { owner, folderId } = item
  const blobs = (await attachmentsOf(tx, id)).map(({ blob }) => blob ?? null)
  await tx.deleteFrom('items').where('id', '=', id).execute()
  await dropUnnamedBlobs(tx, [...blobs, item.mime])
  await noteChange(tx, owner, { kind: 'deleted', subject: 'item', id, folderId, at })
  return 'removed'
}

/** Removes every item of a folder, inside the transaction that removes the folder. */
export async function removeItems(tx: Kysely<Schema>, folderId: string): Promise<void> {
  const attached = await tx
    .selectFrom('attachments')
    .innerJoin('items', 'items.id', 'attachments.itemId')
    .select('blob')
    .where('items.folderId', '=', folderId)
    .execute()
  const written = await tx
    .selectFrom('items')
    .select('mime')
    .where('folderId', '=', folderId)
    .where('mime', 'is not', null)
    .execute()
  await tx.deleteFrom('items').where('folderId', '=', folderId).execute()
  await dropUnnamedBlobs(tx, [...attached.map(({ blob }) => blob), ...written.map(({ mime }) => mime)])
}

async function noteTransfer(
  tx: Kysely<Schema>,
  kind: 'moved' | 'copied',
  from: ItemRow,
  owner: string,
  to: Destination,
): Promise<void> {
  const { id, folderId, modifiedAt: at } = to
  const change = {
    kind,
    subject: 'item',
    id,
    folderId,
    fromId: from.id,
    fromFolderId: from.folderId,
    at,
  } as const
  await noteChange(tx, owner, change)
  if (owner === from.owner || kind === 'copied') return
  // To those who watch the other mailbox it is gone.
  await noteChange(tx, from.owner, {
    kind: 'deleted',
    subject: 'item',
    id: from.id,
    folderId: from.folderId,
    at,
  })
}

function rowWith(db: Kysely<Schema>, id: string): Promise<ItemRow | undefined> {
  return db.selectFrom('items').selectAll().where('id', '=', id).executeTakeFirst()
}

async function itemWith(db: Kysely<Schema>, id: string): Promise<Item | undefined> {
  const row = await rowWith(db, id)
  return row && itemOf(row)
}

async function attachmentsOf(db: Kysely<Schema>, itemId: string): Promise<Attachment[]> {
  const rows = await db
    .selectFrom('attachments')
    .selectAll()
    .where('itemId', '=', itemId)
    .orderBy('seq')
    .execute()
  return rows.map(attachmentOf)
}

async function addAttachments(
  tx: Kysely<Schema>,
  itemId: string,
  attachments: readonly Attachment[],
): Promise<void> {
  for (const attachment of attachments) {
    await tx
      .insertInto('attachments')
      .values({ blob: null, item: null, ...attachment, itemId })
      .execute()
  }
}

// Answers with the blobs that these had.
async function removeAttachments(
  tx: Kysely<Schema>,
  itemId: string,
  ids: readonly string[],
): Promise<(string | null)[]> {
  if (ids.length === 0) return []
  const removed = await tx
    .deleteFrom('attachments')
    .where('itemId', '=', itemId)
    .where('id', 'in', ids)
    .returning('blob')
    .execute()
  return removed.map(({ blob }) => blob)
}
