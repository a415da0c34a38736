/** What every storage keeps to in mailboxes: folders, items, attachments, blobs, and the order of changes. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Attachment, Item, MailboxStep, NewFolder } from '../../src/products/exchange/mailbox.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { DRAFTS, INBOX, ITEM, KINDS, NOTES, newFile, OWNER, ROOT } from './samples.ts'

const OTHER = 'S-1-5-21-1-2-3-1105'
const THEIR_ROOT: NewFolder = { ...ROOT, id: 'their-root', owner: OTHER }
const FILE: Attachment = {
  id: 'file-1',
  name: 'plan.txt',
  contentType: 'text/plain',
  contentId: '',
  isInline: false,
  size: 5,
  modifiedAt: 1_700_000_000,
  blob: 'blob-1',
}
const to = (folderId: string, id: string) => ({
  folderId,
  id,
  changeKey: `ck-${id}`,
  modifiedAt: 1_700_000_100,
})

describe.each(KINDS)('mailboxes in %s', (_, open) => {
  let storage: Storage
  const folders = [ROOT, DRAFTS, INBOX, NOTES]
  const countsOf = async (id: string) => {
    const folder = await storage.mailboxes.folder(id)
    return [folder?.totalCount, folder?.unreadCount, folder?.childFolderCount]
  }
  beforeEach(async () => {
    storage = await open()
    await storage.mailboxes.createMailbox(OWNER, folders)
    await storage.mailboxes.createMailbox(OTHER, [THEIR_ROOT])
  })
  afterEach(() => storage.close())

  describe('folders', () => {
    test('come back as they were made, in order, with no items yet', async () => {
      const children: Record<string, number> = { 'root-id': 2, 'inbox-id': 1 }
      const expected = folders.map((folder) => ({
        ...folder,
        totalCount: 0,
        unreadCount: 0,
        childFolderCount: children[folder.id] ?? 0,
      }))
      expect(await storage.mailboxes.folders(OWNER)).toStrictEqual(expected)
      expect(await storage.mailboxes.folder('inbox-id')).toStrictEqual(expected[2])
      expect(await storage.mailboxes.distinguishedFolder(OWNER, 'inbox')).toStrictEqual(expected[2])
      expect(await storage.mailboxes.distinguishedFolder(OTHER, 'inbox')).toBeUndefined()
      expect(await storage.mailboxes.folders('S-1-5-21-1-2-3-9999')).toEqual([])
    })

    test('of a mailbox are made once, by exactly one of two at once', async () => {
      expect(await storage.mailboxes.createMailbox(OWNER, folders)).toBe('exists')
      const owner = 'S-1-5-21-1-2-3-1106'
      const theirs = folders.map((folder) => ({
        ...folder,
        owner,
        id: `${folder.id}-6`,
        ...(folder.parentId && { parentId: `${folder.parentId}-6` }),
      }))
      const create = () => storage.mailboxes.createMailbox(owner, theirs)
      expect((await Promise.all([create(), create()])).sort()).toEqual(['created', 'exists'])
      expect(await storage.mailboxes.folders(owner)).toHaveLength(4)
    })

    test('with something wrong in one of them are not made at all', async () => {
      const owner = 'S-1-5-21-1-2-3-1106'
      const create = (wrong: Partial<NewFolder>) =>
        storage.mailboxes.createMailbox(owner, [
          { ...ROOT, owner, id: 'r6' },
          { ...INBOX, owner, id: 'i6', parentId: 'r6', ...wrong },
        ])
      await expect(create({ id: 'r6' })).rejects.toThrow(/UNIQUE/)
      await expect(create({ distinguished: 'root' })).rejects.toThrow(/UNIQUE/)
      await expect(create({ parentId: 'no-such-folder' })).rejects.toThrow(/FOREIGN KEY/)
      expect(await storage.mailboxes.folders(owner)).toEqual([])
      expect(await create({})).toBe('created')
    })

    test('are added under a folder of the same mailbox, under a name that is free', async () => {
      const { distinguished: _, ...plain } = { ...INBOX, id: 'new-id', displayName: 'Projects' }
      expect(await storage.mailboxes.addFolder(plain, 1)).toBe('added')
      const again = { ...plain, id: 'new-2' }
      expect(await storage.mailboxes.addFolder({ ...again, displayName: 'PROJECTS' }, 1)).toBe('name taken')
      expect(await storage.mailboxes.addFolder({ ...again, parentId: 'their-root' }, 1)).toBe(
        'parent missing',
      )
      expect(await storage.mailboxes.addFolder({ ...again, parentId: 'nowhere' }, 1)).toBe('parent missing')
      expect(await storage.mailboxes.addFolder({ ...again, parentId: 'inbox-id' }, 1)).toBe('added')
      expect(await countsOf('root-id')).toEqual([0, 0, 3])
    })

    test('are renamed and moved, never into themselves or onto a name that is taken', async () => {
      const { mailboxes } = storage
      const change = (id: string, what: object) =>
        mailboxes.changeFolder(id, { changeKey: 'ck9', ...what }, 2)
      expect(await change('notes-id', { displayName: 'Minutes' })).toBe('changed')
      expect(await mailboxes.folder('notes-id')).toMatchObject({ displayName: 'Minutes', changeKey: 'ck9' })
      expect(await change('notes-id', { displayName: 'minutes' })).toBe('changed')
      expect(await change('drafts-id', { displayName: 'INBOX' })).toBe('name taken')
      expect(await change('inbox-id', { parentId: 'notes-id' })).toBe('inside itself')
      expect(await change('inbox-id', { parentId: 'inbox-id' })).toBe('inside itself')
      expect(await change('notes-id', { parentId: 'their-root' })).toBe('parent missing')
      expect(await change('nowhere', { displayName: 'x' })).toBe('missing')
      expect(await change('notes-id', { parentId: 'drafts-id' })).toBe('changed')
      expect([await countsOf('inbox-id'), await countsOf('drafts-id')]).toEqual([
        [0, 0, 0],
        [0, 0, 1],
      ])
    })

    test('are removed with everything in them', async () => {
      await storage.mailboxes.saveBlob('blob-1', Buffer.from('hello'))
      await storage.mailboxes.addItem({ ...ITEM, folderId: 'notes-id' }, [FILE])
      expect(await storage.mailboxes.removeFolder('inbox-id', 3)).toBe('removed')
      expect(await storage.mailboxes.removeFolder('inbox-id', 3)).toBe('missing')
      expect((await storage.mailboxes.folders(OWNER)).map(({ id }) => id)).toEqual(['root-id', 'drafts-id'])
      expect(await storage.mailboxes.item(ITEM.id)).toBeUndefined()
      expect(await storage.mailboxes.blob('blob-1')).toBeUndefined()
      expect(await countsOf('root-id')).toEqual([0, 0, 1])
    })
  })

  describe('items', () => {
    test('come back as they were added', async () => {
      const whole = { ...ITEM, startAt: 5, endAt: 6, mime: 'blob-9' }
      await storage.mailboxes.saveBlob('blob-9', Buffer.from('Subject: hello'))
      expect(await storage.mailboxes.addItem(ITEM)).toBe('added')
      expect(await storage.mailboxes.addItem({ ...whole, id: 'item-2' })).toBe('added')
      expect(await storage.mailboxes.item(ITEM.id)).toStrictEqual(ITEM)
      expect(await storage.mailboxes.item('item-2')).toStrictEqual({ ...whole, id: 'item-2' })
      expect(await storage.mailboxes.item('no-such-item')).toBeUndefined()
    })

    test('need a folder of their owner, and an id of their own', async () => {
      const { mailboxes } = storage
      expect(await mailboxes.addItem({ ...ITEM, folderId: 'no-such-folder' })).toBe('folder missing')
      expect(await mailboxes.addItem({ ...ITEM, owner: OTHER })).toBe('folder missing')
      await mailboxes.addItem(ITEM)
      await expect(mailboxes.addItem(ITEM)).rejects.toThrow(/UNIQUE/)
      expect(await countsOf('inbox-id')).toEqual([1, 1, 1])
    })

    test('are counted wherever they go', async () => {
      const { mailboxes } = storage
      await mailboxes.addItem(ITEM)
      await mailboxes.addItem({ ...ITEM, id: 'item-2', isRead: true })
      expect(await countsOf('inbox-id')).toEqual([2, 1, 1])
      expect(await mailboxes.moveItem('item-1', to('drafts-id', 'item-3'))).toBe('moved')
      expect(await countsOf('inbox-id')).toEqual([1, 0, 1])
      expect(await countsOf('drafts-id')).toEqual([1, 1, 0])
      expect(await mailboxes.item('item-1')).toBeUndefined()
      expect(await mailboxes.item('item-3')).toStrictEqual({ ...ITEM, ...to('drafts-id', 'item-3') })
      expect(await mailboxes.copyItem('item-3', to('drafts-id', 'item-4'))).toBe('copied')
      expect(await countsOf('drafts-id')).toEqual([2, 2, 0])
      expect(await mailboxes.removeItem('item-3', 9)).toBe('removed')
      expect(await mailboxes.removeItem('item-3', 9)).toBe('missing')
      expect(await countsOf('drafts-id')).toEqual([1, 1, 0])
    })

    test('are changed by who knows their last change key', async () => {
      const { mailboxes } = storage
      await mailboxes.addItem(ITEM)
      const changed = { ...ITEM, changeKey: 'ck2', subject: 'Another', isRead: true }
      expect(await mailboxes.changeItem(changed, 'ck0')).toBe('stale')
      expect(await mailboxes.item(ITEM.id)).toStrictEqual(ITEM)
      expect(await mailboxes.changeItem(changed, 'ck1')).toBe('changed')
      expect(await mailboxes.changeItem(changed, 'ck1')).toBe('stale')
      expect(await mailboxes.changeItem({ ...changed, id: 'nobody' }, 'ck1')).toBe('missing')
      expect(await mailboxes.item(ITEM.id)).toStrictEqual(changed)
      expect(await countsOf('inbox-id')).toEqual([1, 0, 1])
    })

    test('go to folders of other mailboxes and belong to their owner then', async () => {
      await storage.mailboxes.addItem(ITEM)
      expect(await storage.mailboxes.moveItem(ITEM.id, to('their-root', 'theirs'))).toBe('moved')
      expect(await storage.mailboxes.item('theirs')).toMatchObject({ owner: OTHER, author: OWNER })
      const kinds = async (owner: string) =>
        (await storage.mailboxes.changes(owner, 0, 9))?.map(({ kind }) => kind)
      expect(await kinds(OWNER)).toEqual(['created', 'deleted'])
      expect(await kinds(OTHER)).toEqual(['moved'])
    })

    test('that are not there cannot be moved, and none can be moved to nowhere', async () => {
      const { mailboxes } = storage
      await mailboxes.addItem(ITEM)
      expect(await mailboxes.moveItem('no-such-item', to('drafts-id', 'x'))).toBe('missing')
      expect(await mailboxes.moveItem(ITEM.id, to('no-such-folder', 'x'))).toBe('folder missing')
      expect(await mailboxes.copyItem('no-such-item', to('drafts-id', 'x'))).toBe('missing')
      expect(await mailboxes.copyItem(ITEM.id, to('no-such-folder', 'x'))).toBe('folder missing')
      expect(await mailboxes.item(ITEM.id)).toStrictEqual(ITEM)
    })

    test('come in pages, in the order asked for, and with ties in the order of the first', async () => {
      const { mailboxes } = storage
      const times = [3, 1, 2, 2, 2]
      for (const [i, receivedAt] of times.entries())
        await mailboxes.addItem({ ...ITEM, id: `i${i}`, receivedAt, subject: `S${i % 2}` })
      const ids = async (query: object) => {
        const page = await mailboxes.page('inbox-id', { offset: 0, limit: 9, ...query })
        expect(page.total).toBe(5)
        return page.items.map(({ id }) => id)
      }
      expect(await ids({})).toEqual(['i0', 'i4', 'i3', 'i2', 'i1'])
      expect(await ids({ offset: 1, limit: 2 })).toEqual(['i4', 'i3'])
      expect(await ids({ offset: 7 })).toEqual([])
      expect(await ids({ sort: [{ column: 'receivedAt', descending: false }] })).toEqual([
        'i1',
        'i2',
        'i3',
        'i4',
        'i0',
      ])
      const bySubject = [
        { column: 'subject', descending: false },
        { column: 'receivedAt', descending: true },
      ] as const
      expect(await ids({ sort: bySubject })).toEqual(['i0', 'i2', 'i4', 'i3', 'i1'])
      expect(await mailboxes.page('nowhere', { offset: 0, limit: 9 })).toEqual({ items: [], total: 0 })
    })
  })

  describe('attachments and blobs', () => {
    test('come back with their item, in order, and go with it', async () => {
      const { mailboxes } = storage
      const bytes = Buffer.alloc(700_000, 'entente')
      await mailboxes.saveBlob('blob-1', bytes)
      await mailboxes.saveBlob('empty', Buffer.alloc(0))
      const inner: Attachment = { ...FILE, id: 'inner', item: '{}' }
      const { blob: _, ...attached } = inner
      await mailboxes.addItem(ITEM, [FILE, attached])
      expect(await mailboxes.attachments(ITEM.id)).toStrictEqual([FILE, attached])
      expect(await mailboxes.attachment('file-1')).toStrictEqual({ ...FILE, itemId: ITEM.id })
      expect((await mailboxes.blob('blob-1'))?.equals(bytes)).toBe(true)
      expect(await mailboxes.blob('empty')).toEqual(Buffer.alloc(0))
      expect(await mailboxes.blob('none')).toBeUndefined()
      await mailboxes.removeItem(ITEM.id, 1)
      expect(await mailboxes.attachment('file-1')).toBeUndefined()
      expect(await mailboxes.blob('blob-1')).toBeUndefined()
    })

    test('of copies share their bytes, which stay as long as one names them', async () => {
      const { mailboxes } = storage
      await mailboxes.saveBlob('blob-1', Buffer.from('hello'))
      await mailboxes.saveBlob('mime', Buffer.from('Subject: hello'))
      await mailboxes.addItem({ ...ITEM, mime: 'mime' }, [FILE])
      await mailboxes.copyItem(ITEM.id, to('drafts-id', 'copy'))
      await mailboxes.moveItem(ITEM.id, to('drafts-id', 'moved'))
      expect(await mailboxes.attachments('moved')).toStrictEqual([FILE])
      await mailboxes.removeItem('moved', 1)
      const [attached] = await mailboxes.attachments('copy')
      expect(attached).toMatchObject({ name: 'plan.txt', blob: 'blob-1' })
      expect(String(await mailboxes.blob('blob-1'))).toBe('hello')
      expect(String(await mailboxes.blob('mime'))).toBe('Subject: hello')
      await mailboxes.removeItem('copy', 1)
      expect([await mailboxes.blob('blob-1'), await mailboxes.blob('mime')]).toEqual([undefined, undefined])
    })

    test('are read whole or not at all, however soon they are removed', async () => {
      const { mailboxes } = storage
      const bytes = Buffer.alloc(2_000_000, 'entente')
      for (let turns = 0; turns < 12; turns += 1) {
        await mailboxes.saveBlob('blob-1', bytes)
        await mailboxes.addItem(ITEM, [FILE])
        const reading = mailboxes.blob('blob-1')
        for (let turn = 0; turn < turns; turn += 1) await othersTurn()
        await mailboxes.removeItem(ITEM.id, 1)
        const read = await reading
        expect([undefined, bytes.length]).toContain(read?.length)
      }
    })

    test('that are gone cannot be named any more', async () => {
      const { mailboxes } = storage
      await mailboxes.saveBlob('blob-1', Buffer.from('hello'))
      await mailboxes.addItem(ITEM, [FILE])
      await mailboxes.removeItem(ITEM.id, 1)
      const second = { ...ITEM, id: 'item-2' }
      expect(await mailboxes.addItem(second, [FILE])).toBe('blob missing')
      expect(await mailboxes.addItem({ ...second, mime: 'blob-1' })).toBe('blob missing')
      await mailboxes.addItem(second)
      const next = { ...second, changeKey: 'ck2' }
      expect(await mailboxes.changeItem({ ...next, mime: 'blob-1' }, 'ck1')).toBe('blob missing')
      expect(await mailboxes.changeItem(next, 'ck1', { add: [FILE] })).toBe('blob missing')
      expect(await mailboxes.item('item-2')).toStrictEqual(second)
      expect(await mailboxes.attachments('item-2')).toEqual([])
    })

    test('are added and removed with a change of their item', async () => {
      const { mailboxes } = storage
      await mailboxes.saveBlob('blob-1', Buffer.from('hello'))
      await mailboxes.addItem(ITEM, [FILE])
      const second: Attachment = { ...FILE, id: 'file-2', item: '[]' }
      const { blob: _, ...added } = second
      const next = { ...ITEM, changeKey: 'ck2', hasAttachments: true }
      const change = { add: [added], remove: ['file-1'] }
      expect(await mailboxes.changeItem(next, 'ck9', change)).toBe('stale')
      expect(await mailboxes.changeItem(next, 'ck1', change)).toBe('changed')
      expect((await mailboxes.attachments(ITEM.id)).map(({ id }) => id)).toEqual(['file-2'])
      expect(await mailboxes.blob('blob-1')).toBeUndefined()
    })
  })

  describe('steps that are taken together', () => {
    const add = (id: string, more: Partial<Item> = {}) => ({
      kind: 'add' as const,
      item: { ...ITEM, id, ...more },
    })

    test('are all taken, in order', async () => {
      const { mailboxes } = storage
      await mailboxes.saveBlob('blob-1', Buffer.from('hello'))
      await mailboxes.addItem(ITEM, [FILE])
      const steps: MailboxStep[] = [
        { ...add('theirs', { owner: OTHER, folderId: 'their-root' }), attachments: [{ ...FILE, id: 'f2' }] },
        { kind: 'change', item: { ...ITEM, changeKey: 'ck2' }, was: 'ck1' },
        {
          kind: 'move',
          id: ITEM.id,
          to: to('drafts-id', 'moved'),
          was: 'ck2',
          change: (item) => ({ ...item, subject: 'Moved' }),
        },
        add('item-3'),
        { kind: 'remove', id: 'item-3', at: 5 },
      ]
      expect(await mailboxes.together(steps)).toBe('done')
      expect(await mailboxes.item('moved')).toMatchObject({ subject: 'Moved', changeKey: 'ck-moved' })
      expect(await mailboxes.item('item-3')).toBeUndefined()
      await mailboxes.removeItem('moved', 9)
      expect(String(await mailboxes.blob('blob-1'))).toBe('hello')
    })

    test.each<[string, MailboxStep]>([
      ['missing', { kind: 'remove', id: 'nobody', at: 5 }],
      ['missing', { kind: 'move', id: 'nobody', to: to('drafts-id', 'x'), was: 'ck1' }],
      ['stale', { kind: 'remove', id: ITEM.id, at: 5, was: 'ck0' }],
      ['stale', { kind: 'move', id: ITEM.id, to: to('drafts-id', 'x'), was: 'ck0' }],
      ['stale', { kind: 'change', item: ITEM, was: 'ck0' }],
      ['folder missing', { kind: 'move', id: ITEM.id, to: to('nowhere', 'x') }],
      ['folder missing', add('item-3', { folderId: 'nowhere' })],
      ['blob missing', add('item-3', { mime: 'nothing' })],
    ])('are not taken at all when one is %s: %j', async (why, wrong) => {
      const { mailboxes } = storage
      await mailboxes.addItem(ITEM)
      const before = await mailboxes.changeNumber(OWNER)
      const steps = [add('item-2'), wrong, add('item-4')]
      expect(await mailboxes.together(steps)).toBe(why)
      expect(await mailboxes.item(ITEM.id)).toStrictEqual(ITEM)
      expect([await mailboxes.item('item-2'), await mailboxes.item('item-4')]).toEqual([undefined, undefined])
      expect(await mailboxes.changeNumber(OWNER)).toBe(before)
      expect(await countsOf('inbox-id')).toEqual([1, 1, 1])
    })

    test('are undone by what goes wrong while they are made', async () => {
      const { mailboxes } = storage
      function* steps(): Generator<MailboxStep> {
        yield add('item-2')
        throw new Error('no more')
      }
      await expect(mailboxes.together(steps())).rejects.toThrow('no more')
      expect(await mailboxes.item('item-2')).toBeUndefined()
      expect(await mailboxes.addItem(ITEM)).toBe('added')
    })
  })

  describe('changes', () => {
    test('are numbered without gaps for each mailbox, oldest first', async () => {
      const { mailboxes } = storage
      expect(await mailboxes.changeNumber(OWNER)).toBe(0)
      await mailboxes.addItem(ITEM, [], 'delivered')
      await mailboxes.changeItem({ ...ITEM, changeKey: 'ck2', modifiedAt: 7 }, 'ck1')
      await mailboxes.moveItem(ITEM.id, to('drafts-id', 'item-2'))
      await mailboxes.copyItem('item-2', to('inbox-id', 'item-3'))
      await mailboxes.removeItem('item-3', 9)
      const changes = (await mailboxes.changes(OWNER, 0, 99)) ?? []
      expect(changes.map(({ number, kind, id }) => `${number} ${kind} ${id}`)).toEqual([
        '1 created item-1',
        '2 newMail item-1',
        '3 modified item-1',
        '4 moved item-2',
        '5 copied item-3',
        '6 deleted item-3',
      ])
      expect(changes[3]).toStrictEqual({
        number: 4,
        kind: 'moved',
        subject: 'item',
        id: 'item-2',
        folderId: 'drafts-id',
        fromId: 'item-1',
        fromFolderId: 'inbox-id',
        at: 1_700_000_100,
      })
      expect(await mailboxes.changeNumber(OWNER)).toBe(6)
      expect((await mailboxes.changes(OWNER, 4, 1))?.map(({ number }) => number)).toEqual([5])
      expect(await mailboxes.changes(OWNER, 6, 9)).toEqual([])
      expect(await mailboxes.changeNumber(OTHER)).toBe(0)
    })

    test('that a refused call would have made are not there', async () => {
      await storage.mailboxes.addItem({ ...ITEM, folderId: 'nowhere' })
      await storage.mailboxes.changeItem(ITEM, 'ck1')
      expect(await storage.mailboxes.changeNumber(OWNER)).toBe(0)
    })
  })

  test('calls that run at once do not end up in each other’s transactions', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `item-${i}`)
    const add = (id: string, i: number) =>
      storage.mailboxes.addItem({ ...ITEM, id: i % 3 === 2 ? 'item-0' : id })
    const answers = await Promise.allSettled(ids.map(add))
    const kept = ids.filter((_, i) => i % 3 !== 2)
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(kept.length)
    expect(await countsOf('inbox-id')).toEqual([kept.length, kept.length, 1])
    for (const id of kept) expect(await storage.mailboxes.item(id)).toMatchObject({ id })
  })

  test('calls under way are done before it closes', async () => {
    const adding = Array.from({ length: 20 }, (_, i) =>
      storage.mailboxes.addItem({ ...ITEM, id: `item-${i}` }),
    )
    await storage.close()
    storage = await open()
    expect(await Promise.all(adding)).toEqual(adding.map(() => 'added'))
  })
})

test('a blob that no item ever named is gone when the file is opened again', async () => {
  const path = newFile()
  const before = await openSqlite(path)
  await before.mailboxes.createMailbox(OWNER, [ROOT, INBOX])
  for (const id of ['blob-1', 'mime', 'lost']) await before.mailboxes.saveBlob(id, Buffer.from(id))
  await before.mailboxes.addItem({ ...ITEM, mime: 'mime' }, [FILE])
  await before.close()
  const after = await openSqlite(path)
  const kept = await Promise.all(['blob-1', 'mime', 'lost'].map((id) => after.mailboxes.blob(id)))
  expect(kept.map((bytes) => bytes && String(bytes))).toEqual(['blob-1', 'mime', undefined])
  await after.close()
})
