/** With an account goes its SID, out of every table that has it; whoever gets the SID later starts with nothing. */
import { join } from 'node:path'
import { LEVELS } from '../../src/products/exchange/access/folder-permission.ts'
import { forgottenAccounts } from '../../src/storage/migrations/22-forgotten-accounts.ts'
import { MIGRATIONS } from '../../src/storage/migrations.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { User } from '../../src/trust/directory.ts'
import { INBOX, ITEM, newFile, OWNER, ROOT } from './samples.ts'

const GONE = 'S-1-5-21-1-2-3-1105'
const person = (sid: string): User => ({
  ...{ sid, upn: `${sid}@a.com`, smtp: `${sid}@a.com`, displayName: 'Somebody' },
  ...{ enabled: true, mailboxEnabled: true, archivingEnabled: false },
})
const theirs = <T extends { id: string; parentId?: string; owner: string }>(folder: T): T => ({
  ...folder,
  owner: GONE,
  id: `${folder.id}-2`,
  ...(folder.parentId !== undefined && { parentId: `${folder.parentId}-2` }),
})

/** Everything that can name an account: what it has, and what others gave to it. */
async function nameEverywhere(storage: Storage): Promise<void> {
  const { directory, access, mailboxes, management, groups, siteAccess, lists, storageService } = storage
  for (const sid of [OWNER, GONE]) await directory.add(person(sid))
  await mailboxes.createMailbox(OWNER, [ROOT, INBOX])
  await mailboxes.createMailbox(GONE, [ROOT, INBOX].map(theirs))
  await mailboxes.addItem({ ...ITEM, author: GONE })
  await mailboxes.saveBlob('mime-1', Buffer.from('Subject: mine'))
  await mailboxes.addItem({ ...ITEM, id: 'item-2', owner: GONE, folderId: 'inbox-id-2', mime: 'mime-1' })
  for (const [folder, owner, grantee] of [
    ['inbox-id', OWNER, GONE],
    ['inbox-id-2', GONE, OWNER],
  ] as const) {
    await access.addFolderPermission(folder, { grantee, rights: LEVELS.Editor })
    await access.addMailboxPermission(owner, { grantee, accessRight: 'FullAccess', deny: false })
    const delegate = { sid: grantee, receiveCopiesOfMeetingMessages: true, viewPrivateItems: true }
    await access.addDelegate(owner, delegate, [])
    await access.setDeliverMeetingRequests(owner, 'DelegatesOnly')
    await access.changeMailbox(owner, (now) => ({ ...now, ewsEnabled: false }))
  }
  const [account, owner] = [GONE, OWNER].map((sid) => ({ kind: 'account', sid }) as const)
  await groups.add({ name: 'Team', organizationalUnit: 'a.com/Users', members: [account!, owner!] })
  const given = { role: 'Mailbox Search', scope: { kind: 'none' }, delegating: false, enabled: true } as const
  await management.addAssignments([
    { ...given, name: 'one', assignee: account! },
    { ...given, name: 'two', assignee: owner! },
  ])
  const right = { right: 'ms-Exch-EPI-May-Impersonate', deny: false } as const
  await management.addGrant({ ...right, id: 'a', on: account!, trustee: owner! })
  await management.addGrant({ ...right, id: 'b', on: owner!, trustee: account! })
  await management.addGrant({ ...right, id: 'c', on: owner!, trustee: owner! })
  await siteAccess.addMember('Members', GONE.toLowerCase())
  await lists.ensureUser({ login: 'i:0#.w|x@a.com', title: 'X', email: '', sid: GONE.toLowerCase() })
  await storageService.contacts.changeUser(GONE, { ucsAllowed: true })
  await storageService.contacts.add(GONE, { id: 'c1', sipUri: 'sip:x@a.com', displayName: 'X' })
}

/** `table.column` of every place in the database where a text holds the SID, whatever its case. */
async function placesOf(path: string, sid: string): Promise<string[]> {
  const { DatabaseSync } = await import('@photostructure/sqlite')
  const database = new DatabaseSync(path)
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
  const found = new Set<string>()
  for (const { name } of tables as { name: string }[]) {
    for (const row of database.prepare(`select * from "${name}"`).all() as Record<string, unknown>[]) {
      for (const [column, value] of Object.entries(row))
        if (String(value).toLowerCase().includes(sid.toLowerCase())) found.add(`${name}.${column}`)
    }
  }
  database.close()
  return [...found].sort()
}

test('the SID of an account that is removed is in no table any more, and everybody else’s stays', async () => {
  const path = newFile()
  const storage = await openSqlite(path)
  await nameEverywhere(storage)
  const before = await placesOf(path, GONE)
  // That the test knows of every place is what makes it worth anything.
  expect(before).toEqual([
    'delegates.owner',
    'delegates.sid',
    'delegations.owner',
    'ews_settings.sid_key',
    'folder_permissions.grantee',
    'folders.owner',
    'group_members.member',
    'group_members.member_key',
    'impersonation_grants.object',
    'impersonation_grants.trustee',
    'items.author',
    'items.owner',
    'lync_contacts.sid_key',
    'lync_users.sid_key',
    'mailbox_changes.owner',
    'mailbox_permissions.grantee',
    'mailbox_permissions.owner',
    'role_assignments.assignee',
    'site_group_members.member',
    'site_users.sid',
    'user_names.name',
    'users.sid',
    'users.sid_key',
    'users.smtp',
    'users.smtp_key',
    'users.upn',
    'users.upn_key',
  ])
  expect(await storage.directory.remove(GONE.toLowerCase())).toBe('removed')
  expect(await placesOf(path, GONE)).toEqual([])
  expect(await storage.mailboxes.blob('mime-1')).toBeUndefined()
  expect(await storage.mailboxes.item('item-1')).toMatchObject({ owner: OWNER, author: '' })
  expect((await storage.groups.all())[0]?.members).toEqual([{ kind: 'account', sid: OWNER }])
  expect((await storage.management.assignments()).map(({ name }) => name)).toEqual(['two'])
  expect((await storage.management.grants()).map(({ id }) => id)).toEqual(['c'])
  expect((await storage.access.ewsSettings(OWNER)).mailbox.ewsEnabled).toBe(false)
  await storage.close()
})

test('what came too late for the removal is gone before the SID is somebody’s again', async () => {
  const path = newFile()
  const storage = await openSqlite(path)
  for (const sid of [OWNER, GONE]) await storage.directory.add(person(sid))
  await storage.mailboxes.createMailbox(OWNER, [ROOT, INBOX])
  await storage.directory.remove(GONE)
  const { access } = storage
  await access.addFolderPermission('inbox-id', { grantee: GONE, rights: LEVELS.Owner })
  await access.addMailboxPermission(OWNER, { grantee: GONE, accessRight: 'FullAccess', deny: false })
  await storage.siteAccess.addMember('Owners', GONE.toLowerCase())
  await storage.mailboxes.createMailbox(GONE, [ROOT, INBOX].map(theirs))
  await storage.directory.add(person(GONE))
  expect(await placesOf(path, GONE)).toEqual(expect.not.arrayContaining([expect.stringMatching(/^[^u]/)]))
  expect(await storage.mailboxes.folders(GONE)).toEqual([])
  await storage.close()
})

test('accounts of an older database stay in the container that their UPN named, and who went is no author', async () => {
  const path = newFile()
  await (await openSqlite(path)).close()
  const old = join(path, '..', 'old.sqlite')
  const { DatabaseSync } = await import('@photostructure/sqlite')
  const database = new DatabaseSync(old)
  const version = MIGRATIONS.indexOf(forgottenAccounts)
  expect(version).toBeGreaterThan(0)
  database.exec('create table schema_version (version integer not null)')
  for (const statement of MIGRATIONS.slice(0, version).flat())
    if (typeof statement === 'string') database.exec(statement)
  database.exec(`insert into schema_version values (${version});
    insert into users (sid, sid_key, upn, upn_key, display_name, enabled, mailbox_enabled, archiving_enabled, organizational_unit)
    values ('${OWNER}', lower('${OWNER}'), 'ken@West.a.com', 'ken@west.a.com', 'Ken', 1, 1, 0, null),
      ('${OWNER}9', lower('${OWNER}9'), 'pilar@a.com', 'pilar@a.com', 'Pilar', 1, 1, 0, 'a.com/Sales');
    insert into folders (owner, id, display_name, folder_class, change_key) values ('${OWNER}', 'f', 'F', 'IPF', 'c');
    insert into items (owner, id, folder_id, change_key, item_class, subject, is_read, created_at, content, author)
    values ('${OWNER}', 'i', 'f', 'c', 'IPM', 's', 0, 1, '{}', '${GONE}'), ('${OWNER}', 'j', 'f', 'c', 'IPM', 's', 0, 1, '{}', '${OWNER}')`)
  database.close()
  const storage = await openSqlite(old)
  const users = await storage.directory.list()
  expect(users.map(({ organizationalUnit }) => organizationalUnit)).toEqual([
    'West.a.com/Users',
    'a.com/Sales',
  ])
  expect((await storage.mailboxes.item('i'))?.author).toBe('')
  expect((await storage.mailboxes.item('j'))?.author).toBe(OWNER)
  await storage.close()
})
