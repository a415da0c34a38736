/** Delegates of mailboxes, kept in SQL; what they may do in folders changes in the same transaction. */
import type { Kysely } from 'kysely'
import type { AccessStore, FolderGrant } from '../products/exchange/access/access-store.ts'
import { putEntry, removeEntry } from './folder-permission-store.ts'
import type { Schema } from './schema.ts'

type DelegateStore = Pick<
  AccessStore,
  'delegates' | 'addDelegate' | 'changeDelegate' | 'removeDelegate' | 'setDeliverMeetingRequests'
>

export function delegateStoreOf(db: Kysely<Schema>): DelegateStore {
  return {
    delegates: (owner) =>
      db.transaction().execute(async (tx) => {
        const rows = await tx
          .selectFrom('delegates')
          .selectAll()
          .where('owner', '=', owner)
          .orderBy('seq')
          .execute()
        const chosen = await tx
          .selectFrom('delegations')
          .select('deliverMeetingRequests')
          .where('owner', '=', owner)
          .executeTakeFirst()
        return {
          delegates: rows.map(({ sid, receiveCopies, viewPrivate }) => ({
            sid,
            receiveCopiesOfMeetingMessages: receiveCopies === 1,
            viewPrivateItems: viewPrivate === 1,
          })),
          deliver: chosen?.deliverMeetingRequests ?? 'DelegatesAndSendInformationToMe',
        }
      }),

    addDelegate: (owner, delegate, grants) =>
      db.transaction().execute(async (tx) => {
        const { sid, receiveCopiesOfMeetingMessages: receiveCopies, viewPrivateItems: viewPrivate } = delegate
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('delegates')
          .values({ owner, sid, receiveCopies, viewPrivate })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow()
        if (numInsertedOrUpdatedRows !== 1n) return 'exists'
        await applyGrants(tx, sid, grants)
        return 'added'
      }),

    changeDelegate: (owner, change, grants) =>
      db.transaction().execute(async (tx) => {
        const { sid, receiveCopiesOfMeetingMessages, viewPrivateItems } = change
        const { numUpdatedRows } = await tx
          .updateTable('delegates')
          .set({
            owner,
            ...(receiveCopiesOfMeetingMessages !== undefined && {
              receiveCopies: receiveCopiesOfMeetingMessages,
            }),
            ...(viewPrivateItems !== undefined && { viewPrivate: viewPrivateItems }),
          })
          .where('owner', '=', owner)
          .where('sid', '=', sid)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows !== 1n) return 'missing'
        await applyGrants(tx, sid, grants)
        return 'changed'
      }),

    removeDelegate: (owner, sid, grants) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('delegates')
          .where('owner', '=', owner)
          .where('sid', '=', sid)
          .executeTakeFirstOrThrow()
        if (numDeletedRows !== 1n) return 'missing'
        await applyGrants(tx, sid, grants)
        return 'removed'
      }),

    async setDeliverMeetingRequests(owner, deliverMeetingRequests) {
      await db
        .insertInto('delegations')
        .values({ owner, deliverMeetingRequests })
        .onConflict((conflict) => conflict.column('owner').doUpdateSet({ deliverMeetingRequests }))
        .execute()
    },
  }
}

async function applyGrants(tx: Kysely<Schema>, sid: string, grants: readonly FolderGrant[]): Promise<void> {
  for (const { folderId, rights } of grants) {
    if (rights === undefined) await removeEntry(tx, folderId, sid)
    else await putEntry(tx, folderId, { grantee: sid, rights })
  }
}
