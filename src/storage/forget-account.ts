/** What an account leaves behind, taken out of every table: whoever gets its SID later is somebody else. */
import type { Kysely } from 'kysely'
import { comparable } from '../trust/directory.ts'
import { memberKey } from '../trust/groups.ts'
import { removeItems } from './item-store.ts'
import type { Schema } from './schema.ts'

/**
 * Inside the transaction that removes the account. What stays is history: the record says who did what; lists show who wrote
 * an item, without a SID; and a partner's link to the account stays broken until somebody gives it another.
 */
export async function forgetAccount(tx: Kysely<Schema>, sid: string): Promise<void> {
  const member = memberKey({ kind: 'account', sid })
  await tx.deleteFrom('groupMembers').where('memberKey', '=', member).execute()
  await tx
    .deleteFrom('roleAssignments')
    .where('assigneeKind', '=', 'account')
    .where('assignee', '=', sid)
    .execute()
  await tx
    .deleteFrom('impersonationGrants')
    .where(({ eb, or }) =>
      or([
        eb('trusteeKind', '=', 'account').and('trustee', '=', sid),
        eb('objectKind', '=', 'account').and('object', '=', sid),
      ]),
    )
    .execute()
  await forgetLeftovers(tx, sid)
  await tx.updateTable('items').set({ author: NOBODY }).where('author', '=', sid).execute()
  await tx.updateTable('siteUsers').set({ sid: null }).where('sid', '=', comparable('sid', sid)).execute()
}

/**
 * What can be left when the account is gone already: of a call that was under way as it went, or of a program that did not
 * forget it all. Done before a SID is given to somebody, so that he starts with nothing.
 */
export async function forgetLeftovers(tx: Kysely<Schema>, sid: string): Promise<void> {
  await tx.deleteFrom('folderPermissions').where('grantee', '=', sid).execute()
  await tx.deleteFrom('mailboxPermissions').where('grantee', '=', sid).execute()
  await tx.deleteFrom('delegates').where('sid', '=', sid).execute()
  await tx.deleteFrom('siteGroupMembers').where('member', '=', comparable('sid', sid)).execute()
  await forgetMailbox(tx, sid)
}

const NOBODY = ''

// The mailbox, what it let others do, and what was set for it. Its folders take their permissions with them.
async function forgetMailbox(tx: Kysely<Schema>, owner: string): Promise<void> {
  const folders = await tx.selectFrom('folders').select('id').where('owner', '=', owner).execute()
  for (const { id } of folders) await removeItems(tx, id)
  await tx.deleteFrom('folders').where('owner', '=', owner).execute()
  await tx.deleteFrom('mailboxChanges').where('owner', '=', owner).execute()
  await tx.deleteFrom('mailboxPermissions').where('owner', '=', owner).execute()
  await tx.deleteFrom('delegates').where('owner', '=', owner).execute()
  await tx.deleteFrom('delegations').where('owner', '=', owner).execute()
  await tx.deleteFrom('ewsSettings').where('sidKey', '=', comparable('sid', owner)).execute()
}
