/** What each level lets its holder do, to items of his own and of others; and whose entry counts. */
import * as fc from 'fast-check'
import { namesOf, rightsNamed } from '../../../../src/products/exchange/access/access-rights.ts'
import {
  type GrantedRights,
  LEVELS,
  levelOf,
  type PermissionLevel,
} from '../../../../src/products/exchange/access/folder-permission.ts'
import { asSeen } from '../../../../src/products/exchange/access/item-visibility.ts'
import { maySendAs } from '../../../../src/products/exchange/access/send-as.ts'
import { makeMailbox } from '../../../../src/products/exchange/distinguished-folders.ts'
import { entryId } from '../../../../src/products/exchange/entry-id.ts'
import { type FolderRights, rightsIn } from '../../../../src/products/exchange/folder-rights.ts'
import type { Folder, Item } from '../../../../src/products/exchange/mailbox.ts'
import { findFolder, findItem, mayChange } from '../../../../src/products/exchange/mailbox-access.ts'
import type { Kit } from '../../../../src/products/product.ts'
import {
  callerOf,
  codes,
  deleteItem,
  getItem,
  itemId,
  ken,
  NOW,
  pilar,
  startExchange,
  textOf,
} from '../harness.ts'

const david = {
  ...pilar,
  sid: 'S-1-5-21-1-2-3-1107',
  upn: 'david@corp.litwareinc.com',
  smtp: 'd@litwareinc.com',
}
const FOLDERS = ['calendar', 'inbox', 'notes'] as const

async function start() {
  const { kit } = startExchange([ken, pilar, david])
  await makeMailbox(kit.mailboxes, ken.sid, kit.newId)
  const folder = async (name: (typeof FOLDERS)[number]) =>
    (await kit.mailboxes.distinguishedFolder(ken.sid, name))!
  return { kit, folder }
}

function itemIn(folder: Folder, author: string, change: Partial<Item> = {}): Item {
  const isEvent = folder.distinguished === 'calendar'
  return {
    id: `${folder.id}-${author}`,
    owner: folder.owner,
    folderId: folder.id,
    changeKey: 'ck',
    kind: isEvent ? 'CalendarItem' : 'Message',
    author,
    itemClass: isEvent ? 'IPM.Appointment' : 'IPM.Note',
    subject: 'Plans',
    isRead: true,
    importance: 1,
    hasAttachments: false,
    size: 1,
    receivedAt: NOW,
    sentAt: NOW,
    createdAt: NOW,
    modifiedAt: NOW,
    fromName: '',
    displayName: '',
    content: '[]',
    ...change,
  }
}

const grant = (kit: Kit, folder: Folder, level: PermissionLevel, grantee: string) =>
  kit.access.addFolderPermission(folder.id, { grantee, rights: LEVELS[level] })

/** What the caller may do: one letter each, in the order of ACTIONS. */
const ACTIONS =
  'find folder, read whole of own/other, outline of own/other, create, edit own/other, delete own/other, subfolders, owner'
async function reach(folder: Folder, caller: ReturnType<typeof callerOf>, kit: Kit): Promise<string> {
  const sid = caller.user?.sid ?? ''
  const items = [itemIn(folder, sid), itemIn(folder, 'someone')]
  const rights = await rightsIn(folder, caller, kit)
  const found = await findFolder({ kind: 'id', entry: { ok: true, value: { id: folder.id } } }, caller, kit)
  const whole = (item: Item) => asSeen(item, rights) === item
  const outline = (item: Item) => asSeen(item, rights) !== undefined && !whole(item)
  const change = (right: 'editItems' | 'deleteItems') => (item: Item) =>
    whole(item) && mayChange({ item, rights }, right, caller)
  return [
    found.ok,
    ...items.map(whole),
    ...items.map(outline),
    rights.createItems,
    ...items.map(change('editItems')),
    ...items.map(change('deleteItems')),
    rights.createSubfolders,
    rights.isOwner,
  ]
    .map((may) => (may ? 'y' : '-'))
    .join('')
}

// The columns are ACTIONS.
const TABLE: Record<PermissionLevel, { calendar: string; inbox: string }> = {
  //                                             fwwoocEEDDso               fwwoocEEDDso
  None: { calendar: '------------', inbox: '------------' },
  Contributor: { calendar: 'y----y------', inbox: 'y----y------' },
  Reviewer: { calendar: 'yyy---------', inbox: 'yyy---------' },
  NoneditingAuthor: { calendar: 'yyy--y--y---', inbox: 'yyy--y--y---' },
  Author: { calendar: 'yyy--yy-y---', inbox: 'yyy--yy-y---' },
  PublishingAuthor: { calendar: 'yyy--yy-y-y-', inbox: 'yyy--yy-y-y-' },
  Editor: { calendar: 'yyy--yyyyy--', inbox: 'yyy--yyyyy--' },
  PublishingEditor: { calendar: 'yyy--yyyyyy-', inbox: 'yyy--yyyyyy-' },
  Owner: { calendar: 'yyy--yyyyyyy', inbox: 'yyy--yyyyyyy' },
  // An entry that came to another folder from a calendar shows nothing there but the folder.
  FreeBusyTimeOnly: { calendar: 'y--yy-------', inbox: 'y-----------' },
  FreeBusyTimeAndSubjectAndLocation: { calendar: 'y--yy-------', inbox: 'y-----------' },
}

describe(`levels: ${ACTIONS}`, () => {
  test('the table has every level', () => {
    expect(Object.keys(TABLE).sort()).toEqual(Object.keys(LEVELS).sort())
    for (const { calendar, inbox } of Object.values(TABLE))
      expect([calendar.length, inbox.length]).toEqual([12, 12])
  })

  test.each(Object.entries(TABLE) as [PermissionLevel, { calendar: string; inbox: string }][])(
    '%s',
    async (level, expected) => {
      const { kit, folder } = await start()
      for (const name of ['calendar', 'inbox'] as const) {
        const where = await folder(name)
        await grant(kit, where, level, pilar.sid)
        expect(await reach(where, callerOf(pilar), kit)).toBe(expected[name])
      }
    },
  )

  test('each level is the name of its rights, and its rights are all that its name gives', () => {
    for (const [level, rights] of Object.entries(LEVELS)) {
      expect(levelOf(rights)).toBe(level)
      expect(rightsNamed(namesOf(rights))).toEqual(rights)
      expect(rightsNamed([level.toLowerCase()])).toEqual(rights)
    }
    expect(levelOf({ ...LEVELS.Editor, isContact: true })).toBe('Custom')
  })

  test('single rights add up, and do not stand beside a role', () => {
    expect(rightsNamed(['editOwnedItems', 'FolderVisible'])).toEqual({
      ...LEVELS.None,
      isVisible: true,
      editItems: 'Owned',
    })
    expect(rightsNamed(['EditAllItems', 'EditOwnedItems'])?.editItems).toBe('All')
    for (const names of [
      [],
      ['Editor', 'ReadItems'],
      ['Editor', 'Author'],
      ['Everything'],
      ['constructor'],
    ]) {
      expect([names, rightsNamed(names)]).toEqual([names, undefined])
    }
  })
})

test('GetItem shows an appointment’s outline to who may see when its owner is busy, and DeleteItem does not find it', async () => {
  const { kit, ews } = startExchange([ken, pilar, david])
  await makeMailbox(kit.mailboxes, ken.sid, kit.newId)
  const calendar = (await kit.mailboxes.distinguishedFolder(ken.sid, 'calendar'))!
  const content = JSON.stringify([{ name: 'Subject', text: 'the merger' }])
  const item = itemIn(calendar, ken.sid, { id: 'event', content })
  await kit.mailboxes.addItem(item)
  const id = itemId(entryId('item', 'event')['Id']!)
  const [own, others] = [await ews(getItem(id), ken), await ews(getItem(id), pilar)]
  expect([...codes(own), ...codes(others)]).toEqual(['NoError', 'NoError'])
  expect([textOf(own, 'Subject'), textOf(others, 'Subject')]).toEqual(['the merger', undefined])
  expect(others.body).not.toContain('merger')
  expect(codes(await ews(deleteItem(id), pilar))).toEqual(['ErrorItemNotFound'])
})

describe('whose entry counts', () => {
  const NOTHING = '-'.repeat(12)
  const ALL = TABLE.Owner.inbox

  test('nobody shares anything unasked, but when he is busy', async () => {
    const { kit, folder } = await start()
    expect(await reach(await folder('inbox'), callerOf(pilar), kit)).toBe(NOTHING)
    const calendar = await folder('calendar')
    expect(await reach(calendar, callerOf(pilar), kit)).toBe(TABLE.FreeBusyTimeOnly.calendar)
  })

  test('the owner may do everything, whatever entries say; an application by itself nothing', async () => {
    const { kit, folder } = await start()
    const inbox = await folder('inbox')
    await grant(kit, inbox, 'None', ken.sid)
    await grant(kit, inbox, 'Owner', 'Default')
    await grant(kit, inbox, 'Owner', 'Anonymous')
    expect(await reach(inbox, callerOf(ken), kit)).toBe(ALL)
    expect(await reach(inbox, callerOf(), kit)).toBe(NOTHING)
  })

  test('one’s own entry counts before that of everyone, also where it gives less', async () => {
    const { kit, folder } = await start()
    const inbox = await folder('inbox')
    await grant(kit, inbox, 'Editor', 'Default')
    await grant(kit, inbox, 'Reviewer', pilar.sid)
    expect(await reach(inbox, callerOf(pilar), kit)).toBe(TABLE.Reviewer.inbox)
    expect(await reach(inbox, callerOf(david), kit)).toBe(TABLE.Editor.inbox)
    await kit.access.changeFolderPermission(inbox.id, { grantee: pilar.sid, rights: LEVELS.None })
    expect(await reach(inbox, callerOf(pilar), kit)).toBe(NOTHING)
    await kit.access.removeFolderPermission(inbox.id, pilar.sid)
    expect(await reach(inbox, callerOf(pilar), kit)).toBe(TABLE.Editor.inbox)
  })

  test('an entry is for its folder and no other', async () => {
    const { kit, folder } = await start()
    await grant(kit, await folder('inbox'), 'Owner', pilar.sid)
    expect(await reach(await folder('notes'), callerOf(pilar), kit)).toBe(NOTHING)
  })

  test('a folder made in another has its entries from then on by itself', async () => {
    const { kit, folder } = await start()
    const inbox = await folder('inbox')
    await grant(kit, inbox, 'Author', pilar.sid)
    const team = {
      id: 'team',
      owner: ken.sid,
      parentId: inbox.id,
      displayName: 'Team',
      folderClass: 'IPF.Note',
    }
    await kit.mailboxes.addFolder({ ...team, changeKey: 'ck' }, NOW)
    await kit.access.removeFolderPermission(inbox.id, pilar.sid)
    const made = (await kit.mailboxes.folder('team'))!
    expect(await reach(made, callerOf(pilar), kit)).toBe(TABLE.Author.inbox)
    await kit.mailboxes.removeFolder('team', NOW)
    expect(await kit.access.folderPermissions('team')).toEqual([])
  })

  test('who owns a folder alone sees it and makes folders in it', async () => {
    const { kit, folder } = await start()
    const inbox = await folder('inbox')
    const rights: GrantedRights = { ...LEVELS.None, isOwner: true }
    await kit.access.addFolderPermission(inbox.id, { grantee: pilar.sid, rights })
    expect(await reach(inbox, callerOf(pilar), kit)).toBe('y---------yy')
  })

  test('full access is everything in every folder; a deny takes it away, and nothing else', async () => {
    const { kit, folder } = await start()
    const [inbox, notes] = [await folder('inbox'), await folder('notes')]
    await grant(kit, inbox, 'Reviewer', pilar.sid)
    const permission = { grantee: pilar.sid, accessRight: 'FullAccess', deny: false } as const
    expect(await kit.access.addMailboxPermission(ken.sid, permission)).toBe('added')
    expect(await kit.access.addMailboxPermission(ken.sid, permission)).toBe('exists')
    expect(await reach(inbox, callerOf(pilar), kit)).toBe(ALL)
    expect(await reach(notes, callerOf(pilar), kit)).toBe(ALL)
    expect(await reach(notes, callerOf(david), kit)).toBe(NOTHING)
    await kit.access.addMailboxPermission(ken.sid, { ...permission, deny: true })
    expect(await reach(inbox, callerOf(pilar), kit)).toBe(TABLE.Reviewer.inbox)
    expect(await kit.access.removeMailboxPermission(ken.sid, permission)).toBe('removed')
    expect(await kit.access.removeMailboxPermission(ken.sid, permission)).toBe('missing')
    expect(await reach(notes, callerOf(pilar), kit)).toBe(NOTHING)
  })

  test('full access writes into Purges only for owners who archive', async () => {
    const { kit } = await start()
    await kit.access.addMailboxPermission(ken.sid, {
      grantee: pilar.sid,
      accessRight: 'FullAccess',
      deny: false,
    })
    const purges = (await kit.mailboxes.distinguishedFolder(ken.sid, 'recoverableitemspurges'))!
    expect((await rightsIn(purges, callerOf(pilar), kit)).createItems).toBe(false) // she archives, Ken does not
  })
})

describe('in whose name a caller may send', () => {
  test('his own; on behalf of whom he is a delegate of; full access is not enough', async () => {
    const { kit } = await start()
    const delegate = { sid: pilar.sid, receiveCopiesOfMeetingMessages: false, viewPrivateItems: false }
    await kit.access.addDelegate(ken.sid, delegate, [])
    await kit.access.addMailboxPermission(ken.sid, {
      grantee: david.sid,
      accessRight: 'FullAccess',
      deny: false,
    })
    expect(await maySendAs(callerOf(ken), ken, kit)).toBe('own')
    expect(await maySendAs(callerOf(pilar), ken, kit)).toBe('on behalf')
    expect(await maySendAs(callerOf(ken), pilar, kit)).toBe('denied')
    expect(await maySendAs(callerOf(david), ken, kit)).toBe('denied')
    expect(await maySendAs(callerOf(), ken, kit)).toBe('denied')
    await kit.access.removeDelegate(ken.sid, pilar.sid, [])
    expect(await maySendAs(callerOf(pilar), ken, kit)).toBe('denied')
  })
})

const rightsOf: fc.Arbitrary<GrantedRights> = fc.record({
  isVisible: fc.boolean(),
  isOwner: fc.boolean(),
  isContact: fc.boolean(),
  readItems: fc.constantFrom('None', 'TimeOnly', 'TimeAndSubjectAndLocation', 'FullDetails'),
  createItems: fc.boolean(),
  createSubfolders: fc.boolean(),
  editItems: fc.constantFrom('None', 'Owned', 'All'),
  deleteItems: fc.constantFrom('None', 'Owned', 'All'),
})
const maybe = fc.option(rightsOf, { nil: undefined })
const LADDERS: Record<string, readonly unknown[]> = {
  readItems: ['None', 'TimeOnly', 'TimeAndSubjectAndLocation', 'FullDetails'],
  editItems: ['None', 'Owned', 'All'],
  deleteItems: ['None', 'Owned', 'All'],
}
const rung = (name: string, value: unknown) => (LADDERS[name] ?? [false, true]).indexOf(value)
/** Whether nothing in `some` goes beyond `bound`. */
const within = (some: FolderRights, bound: Partial<FolderRights>) =>
  Object.entries(some).every(
    ([name, value]) => rung(name, value) <= rung(name, bound[name as keyof FolderRights]),
  )

describe('whatever is shared', () => {
  test('a user reaches no more than his entry gives, or else everyone’s; less in an entry never gives more', async () => {
    const { kit, folder } = await start()
    const inbox = await folder('inbox')
    await fc.assert(
      fc.asyncProperty(maybe, maybe, rightsOf, async (entry, everyone, other) => {
        const permissions = [
          ...(entry ? [{ grantee: pilar.sid, rights: entry }] : []),
          ...(everyone ? [{ grantee: 'Default', rights: everyone }] : []),
          { grantee: david.sid, rights: other }, // another's entry must not matter
          { grantee: 'Anonymous', rights: LEVELS.Owner },
        ]
        await kit.access.replaceFolderPermissions(inbox.id, permissions)
        const rights = await rightsIn(inbox, callerOf(pilar), kit)
        const { isContact: _, ...shared } = entry ?? everyone ?? LEVELS.None
        const bound: FolderRights = {
          ...shared,
          isVisible: shared.isVisible || shared.isOwner,
          createSubfolders: shared.createSubfolders || shared.isOwner,
          viewPrivateItems: false,
        }
        expect(within(rights, bound)).toBe(true)
        expect(within(bound, rights)).toBe(true) // and no less

        const least = (name: string, a: unknown, b: unknown) => (rung(name, a) < rung(name, b) ? a : b)
        const lowered = Object.fromEntries(
          Object.entries(shared).map(([name, value]) => [
            name,
            least(name, value, other[name as keyof GrantedRights]),
          ]),
        ) as Omit<GrantedRights, 'isContact'>
        await kit.access.replaceFolderPermissions(inbox.id, [
          { grantee: pilar.sid, rights: { ...lowered, isContact: false } },
        ])
        expect(within(await rightsIn(inbox, callerOf(pilar), kit), rights)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('an item that may not be read whole is not found by what changes, copies or moves items', async () => {
    const { kit, folder } = await start()
    const calendar = await folder('calendar')
    const item = itemIn(calendar, ken.sid)
    await kit.mailboxes.addItem(item)
    await fc.assert(
      fc.asyncProperty(rightsOf, async (rights) => {
        await kit.access.replaceFolderPermissions(calendar.id, [{ grantee: pilar.sid, rights }])
        const found = await findItem({ ok: true, value: { id: item.id } }, callerOf(pilar), kit)
        expect(found.ok).toBe(rights.readItems === 'FullDetails')
      }),
      { numRuns: 40 },
    )
  })
})
