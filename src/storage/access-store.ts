/** Who may do what in mailboxes, and with which applications, kept in SQL. */
import type { Kysely } from 'kysely'
import type { AccessStore } from '../products/exchange/access/access-store.ts'
import {
  type EwsSettings,
  NOTHING_SET,
  ORGANIZATION_DEFAULTS,
  type OrganizationEwsSettings,
} from '../products/exchange/access/ews-access.ts'
import { comparable } from '../trust/directory.ts'
import { delegateStoreOf } from './delegate-store.ts'
import { folderPermissionStoreOf, rightsOfRow } from './folder-permission-store.ts'
import type { Schema } from './schema.ts'

/** Opens the access rules on a database that has its tables. */
export function openAccessStore(db: Kysely<Schema>): AccessStore {
  return {
    ...settingsStoreOf(db),
    ...folderPermissionStoreOf(db),
    ...mailboxPermissionStoreOf(db),
    ...delegateStoreOf(db),
    standing: ({ id, owner }, sid) =>
      db.transaction().execute(async (tx) => {
        const entries = await tx
          .selectFrom('folderPermissions')
          .selectAll()
          .where('folderId', '=', id)
          .where('grantee', 'in', [sid, 'Default'])
          .execute()
        const permissions = await tx
          .selectFrom('mailboxPermissions')
          .select('deny')
          .where('owner', '=', owner)
          .where('grantee', '=', sid)
          .where('accessRight', '=', 'FullAccess')
          .execute()
        const delegate = await tx
          .selectFrom('delegates')
          .select('viewPrivate')
          .where('owner', '=', owner)
          .where('sid', '=', sid)
          .executeTakeFirst()
        const entry = entries.find(({ grantee }) => grantee === sid)
        const everyone = entries.find(({ grantee }) => grantee === 'Default')
        return {
          fullAccess: permissions.length > 0 && permissions.every(({ deny }) => deny === 0),
          ...(entry && { entry: rightsOfRow(entry) }),
          ...(everyone && { everyone: rightsOfRow(everyone) }),
          viewPrivateItems: delegate?.viewPrivate === 1,
        }
      }),
  }
}

const ORGANIZATION = ''

type SettingsStore = Pick<AccessStore, 'ewsSettings' | 'changeOrganization' | 'changeMailbox'>

function settingsStoreOf(db: Kysely<Schema>): SettingsStore {
  return {
    async ewsSettings(sid) {
      const keys = sid === undefined ? [ORGANIZATION] : [ORGANIZATION, keyOf(sid)]
      const rows = await db.selectFrom('ewsSettings').selectAll().where('sidKey', 'in', keys).execute()
      const settings = (key: string) => rows.find(({ sidKey }) => sidKey === key)?.settings
      return {
        organization: organizationOf(settings(ORGANIZATION)),
        mailbox: sid === undefined ? NOTHING_SET : mailboxOf(settings(keyOf(sid))),
      }
    },

    changeOrganization: (change) =>
      changeSettings(db, ORGANIZATION, (settings) => change(organizationOf(settings))),

    changeMailbox: (sid, change) => changeSettings(db, keyOf(sid), (settings) => change(mailboxOf(settings))),
  }
}

function changeSettings<T>(
  db: Kysely<Schema>,
  sidKey: string,
  change: (settings: string | undefined) => T,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('ewsSettings')
      .select('settings')
      .where('sidKey', '=', sidKey)
      .executeTakeFirst()
    const changed = change(row?.settings)
    const settings = JSON.stringify(changed)
    await tx
      .insertInto('ewsSettings')
      .values({ sidKey, settings })
      .onConflict((conflict) => conflict.column('sidKey').doUpdateSet({ settings }))
      .execute()
    return changed
  })
}

function keyOf(sid: string): string {
  return comparable('sid', sid)
}

// Nothing but `changeSettings` ever wrote there; what a later program adds has its default until it is set.
function organizationOf(settings: string | undefined): OrganizationEwsSettings {
  if (settings === undefined) return ORGANIZATION_DEFAULTS
  return { ...ORGANIZATION_DEFAULTS, ...(JSON.parse(settings) as Partial<OrganizationEwsSettings>) }
}

function mailboxOf(settings: string | undefined): EwsSettings {
  return settings === undefined
    ? NOTHING_SET
    : { ...NOTHING_SET, ...(JSON.parse(settings) as Partial<EwsSettings>) }
}

type MailboxPermissionStore = Pick<
  AccessStore,
  'mailboxPermissions' | 'addMailboxPermission' | 'removeMailboxPermission'
>

function mailboxPermissionStoreOf(db: Kysely<Schema>): MailboxPermissionStore {
  return {
    async mailboxPermissions(owner) {
      const rows = await db
        .selectFrom('mailboxPermissions')
        .select(['grantee', 'accessRight', 'deny'])
        .where('owner', '=', owner)
        .orderBy('seq')
        .execute()
      return rows.map((row) => ({ ...row, deny: row.deny === 1 }))
    },

    async addMailboxPermission(owner, permission) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('mailboxPermissions')
        .values({ ...permission, owner })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
    },

    async removeMailboxPermission(owner, { grantee, accessRight, deny }) {
      const { numDeletedRows } = await db
        .deleteFrom('mailboxPermissions')
        .where('owner', '=', owner)
        .where('grantee', '=', grantee)
        .where('accessRight', '=', accessRight)
        .where('deny', '=', deny ? 1 : 0)
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n ? 'removed' : 'missing'
    },
  }
}
