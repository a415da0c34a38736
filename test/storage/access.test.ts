/** What every storage keeps to in who may do what: settings, permissions on folders and mailboxes, delegates. */
import { NOTHING_SET, ORGANIZATION_DEFAULTS } from '../../src/products/exchange/access/ews-access.ts'
import { LEVELS } from '../../src/products/exchange/access/folder-permission.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { DRAFTS, INBOX, KINDS, newFile, OWNER, ROOT } from './samples.ts'

const [PILAR, DAVID] = ['S-1-5-21-1-2-3-1105', 'S-1-5-21-1-2-3-1107'] as const
const editor = (grantee: string) => ({ grantee, rights: LEVELS.Editor })
const delegate = (sid: string) => ({ sid, receiveCopiesOfMeetingMessages: true, viewPrivateItems: false })

describe.each(KINDS)('access in %s', (_, open) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await open()
    await storage.mailboxes.createMailbox(OWNER, [ROOT, INBOX, DRAFTS])
  })
  afterEach(() => storage.close())

  test('settings are not set until they are, and one SID is one mailbox in any case of letters', async () => {
    const { access } = storage
    expect(await access.ewsSettings(OWNER)).toEqual({
      organization: ORGANIZATION_DEFAULTS,
      mailbox: NOTHING_SET,
    })
    await access.changeMailbox(OWNER, (now) => ({ ...now, ewsEnabled: false, ewsAllowList: ['*', '\'"👩'] }))
    await access.changeOrganization((now) => ({ ...now, orgDisableIsFinal: true }))
    const expected = {
      organization: { ...ORGANIZATION_DEFAULTS, orgDisableIsFinal: true },
      mailbox: { ...NOTHING_SET, ewsEnabled: false, ewsAllowList: ['*', '\'"👩'] },
    }
    expect(await access.ewsSettings(OWNER)).toEqual(expected)
    expect(await access.ewsSettings(OWNER.toLowerCase())).toEqual(expected)
    expect((await access.ewsSettings(PILAR)).mailbox).toEqual(NOTHING_SET)
    expect((await access.ewsSettings()).mailbox).toEqual(NOTHING_SET)
  })

  test('a change of settings that fails changes nothing', async () => {
    const fail = () => {
      throw new Error('no')
    }
    await expect(storage.access.changeMailbox(OWNER, fail)).rejects.toThrow('no')
    expect((await storage.access.ewsSettings(OWNER)).mailbox).toEqual(NOTHING_SET)
  })

  test('changes at once are made one after the other', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `App${n}`)
    await Promise.all(
      names.map((name) =>
        storage.access.changeOrganization((now) => ({
          ...now,
          ewsBlockList: [...(now.ewsBlockList ?? []), name],
        })),
      ),
    )
    const { organization } = await storage.access.ewsSettings()
    expect(organization.ewsBlockList?.toSorted()).toEqual(names.toSorted())
  })

  test('entries of a folder come back as they were added, every right of theirs', async () => {
    const { access } = storage
    const entries = Object.values(LEVELS).map((rights, n) => ({ grantee: `S-1-5-21-${n}`, rights }))
    for (const entry of entries) expect(await access.addFolderPermission('inbox-id', entry)).toBe('added')
    expect(await access.folderPermissions('inbox-id')).toEqual(entries)
    expect(await access.folderPermissions('drafts-id')).toEqual([])
  })

  test('an entry is added once, by exactly one of two at once; changed and removed when it is there', async () => {
    const { access } = storage
    const add = () => access.addFolderPermission('inbox-id', editor(PILAR))
    expect((await Promise.all([add(), add()])).toSorted()).toEqual(['added', 'exists'])
    expect(await access.changeFolderPermission('inbox-id', editor(DAVID))).toBe('missing')
    const reviewer = { grantee: PILAR, rights: LEVELS.Reviewer }
    expect(await access.changeFolderPermission('inbox-id', reviewer)).toBe('changed')
    expect(await access.folderPermissions('inbox-id')).toEqual([reviewer])
    expect(await access.removeFolderPermission('inbox-id', PILAR)).toBe('removed')
    expect(await access.removeFolderPermission('inbox-id', PILAR)).toBe('missing')
    expect(await access.changeFolderPermission('inbox-id', editor('Default'))).toBe('changed')
    expect(await access.changeFolderPermission('nowhere', editor('Default'))).toBe('missing')
    expect(await access.addFolderPermission('nowhere', editor(PILAR))).toBe('folder missing')
  })

  test('a set takes the place of another whole, or not at all', async () => {
    const { access } = storage
    await access.addFolderPermission('inbox-id', editor(PILAR))
    expect(await access.replaceFolderPermissions('inbox-id', [editor(DAVID)])).toBe('replaced')
    const wrong = [editor(PILAR), { grantee: 'x\0', rights: LEVELS.Owner }]
    await expect(access.replaceFolderPermissions('inbox-id', wrong)).rejects.toThrow(/NUL/)
    expect(await access.folderPermissions('inbox-id')).toEqual([editor(DAVID)])
    expect(await access.replaceFolderPermissions('nowhere', [])).toBe('folder missing')
  })

  test('delegates come with their rights in folders, and go with them', async () => {
    const { access } = storage
    const grants = [{ folderId: 'inbox-id', rights: LEVELS.Editor }]
    expect(await access.addDelegate(OWNER, delegate(PILAR), grants)).toBe('added')
    expect(await access.addDelegate(OWNER, delegate(PILAR), [])).toBe('exists')
    expect(await access.delegates(OWNER)).toEqual({
      delegates: [delegate(PILAR)],
      deliver: 'DelegatesAndSendInformationToMe',
    })
    expect(await access.folderPermissions('inbox-id')).toEqual([editor(PILAR)])
    const seen = { sid: PILAR, viewPrivateItems: true }
    expect(await access.changeDelegate(OWNER, seen, [])).toBe('changed')
    expect(await access.standing({ id: 'inbox-id', owner: OWNER }, PILAR)).toEqual({
      fullAccess: false,
      entry: LEVELS.Editor,
      viewPrivateItems: true,
    })
    expect(await access.changeDelegate(OWNER, { sid: DAVID }, grants)).toBe('missing')
    await access.setDeliverMeetingRequests(OWNER, 'NoForward')
    await access.setDeliverMeetingRequests(OWNER, 'DelegatesOnly')
    expect((await access.delegates(OWNER)).deliver).toBe('DelegatesOnly')
    expect(await access.removeDelegate(OWNER, PILAR, [{ folderId: 'inbox-id' }])).toBe('removed')
    expect(await access.removeDelegate(OWNER, PILAR, [])).toBe('missing')
    expect(await access.folderPermissions('inbox-id')).toEqual([])
  })

  test('a delegate whose rights cannot be kept is not added', async () => {
    const grants = [{ folderId: 'nowhere', rights: LEVELS.Editor }]
    await expect(storage.access.addDelegate(OWNER, delegate(PILAR), grants)).rejects.toThrow(/FOREIGN KEY/)
    expect((await storage.access.delegates(OWNER)).delegates).toEqual([])
  })

  test('one’s own standing is read, and nobody else’s', async () => {
    const { access } = storage
    await access.addFolderPermission('inbox-id', editor(DAVID))
    await access.addMailboxPermission(OWNER, { grantee: DAVID, accessRight: 'FullAccess', deny: false })
    await access.addDelegate(OWNER, { ...delegate(DAVID), viewPrivateItems: true }, [])
    const inbox = { id: 'inbox-id', owner: OWNER }
    expect(await access.standing(inbox, PILAR)).toEqual({ fullAccess: false, viewPrivateItems: false })
    expect(await access.standing(inbox, DAVID)).toEqual({
      fullAccess: true,
      entry: LEVELS.Editor,
      viewPrivateItems: true,
    })
    expect(await access.standing({ id: 'inbox-id', owner: PILAR }, DAVID)).toEqual({
      fullAccess: false,
      entry: LEVELS.Editor,
      viewPrivateItems: false,
    })
  })
})

test('all of it is still there when the file is opened again', async () => {
  const file = newFile()
  const first = await openSqlite(file)
  await first.mailboxes.createMailbox(OWNER, [ROOT, INBOX])
  await first.access.changeMailbox(OWNER, (now) => ({ ...now, ewsEnabled: false }))
  await first.access.addDelegate(OWNER, delegate(PILAR), [{ folderId: 'inbox-id', rights: LEVELS.Author }])
  await first.access.addMailboxPermission(OWNER, { grantee: DAVID, accessRight: 'FullAccess', deny: true })
  await first.close()
  const { access, close } = await openSqlite(file)
  expect((await access.ewsSettings(OWNER)).mailbox.ewsEnabled).toBe(false)
  expect((await access.delegates(OWNER)).delegates).toEqual([delegate(PILAR)])
  expect(await access.folderPermissions('inbox-id')).toEqual([{ grantee: PILAR, rights: LEVELS.Author }])
  expect(await access.mailboxPermissions(OWNER)).toEqual([
    { grantee: DAVID, accessRight: 'FullAccess', deny: true },
  ])
  await close()
})
