/** SyncFolderItems and SyncFolderHierarchy: a client that follows holds what is there. */
import fc from 'fast-check'
import type { ProductReply } from '../../../src/products/product.ts'
import type { XmlElement } from '../../../src/products/xml.ts'
import { codes, find, ken, messages, named, names, pilar, root, startExchange, textOf } from './harness.ts'
import {
  createFolder,
  findAll,
  folderId,
  folderOf,
  itemIdOf,
  newFolder,
  put,
  syncFolders,
  syncItems,
} from './mail.ts'

type Exchange = ReturnType<typeof startExchange>
const INBOX = named('inbox')
const stateOf = (reply: ProductReply) => textOf(reply, 'SyncState') ?? ''
const changesOf = (reply: ProductReply) => find(root(reply), 'Changes')?.children ?? []
const idOf = (change: XmlElement, name: string) => find(change, name)?.attributes.get('Id') ?? ''

/** A copy of a folder's items: id → change key, as a client keeps it. */
class Copy {
  readonly held = new Map<string, string>()
  state = ''
  isWhole = false

  async follow({ ews }: Exchange, most: number): Promise<void> {
    const reply = await ews(syncItems(INBOX, this.state, most))
    expect(codes(reply)).toEqual(['NoError'])
    for (const change of changesOf(reply)) {
      const id = idOf(change, 'ItemId')
      const changeKey = find(change, 'ItemId')?.attributes.get('ChangeKey') ?? ''
      if (change.name === 'Create') expect([id, this.held.has(id)]).toEqual([id, false])
      if (change.name === 'Update' || change.name === 'ReadFlagChange') expect(this.held.has(id)).toBe(true)
      if (change.name === 'Delete') this.held.delete(id)
      else this.held.set(id, changeKey)
    }
    this.state = stateOf(reply)
    this.isWhole = textOf(reply, 'IncludesLastItemInRange') === 'true'
  }
}

describe('items', () => {
  test('first all, in pieces; then what changed, once', async () => {
    const exchange = startExchange()
    const { kit, ews } = exchange
    const inbox = await folderOf(exchange, 'inbox')
    const drafts = await folderOf(exchange, 'drafts')
    const items = []
    for (let i = 0; i < 5; i += 1) items.push(await put(kit, inbox, { subject: `S${i}` }))
    const first = await ews(syncItems(INBOX, '', 3))
    expect(names(messages(first)[0]?.element)).toEqual([
      'ResponseCode',
      'SyncState',
      'IncludesLastItemInRange',
      'Changes',
    ])
    expect([changesOf(first).length, textOf(first, 'IncludesLastItemInRange')]).toEqual([3, 'false'])
    const second = await ews(syncItems(INBOX, stateOf(first), 3))
    expect([changesOf(second).length, textOf(second, 'IncludesLastItemInRange')]).toEqual([2, 'true'])

    const [a, b, c] = items
    const changed = { ...a!, changeKey: 'k2', subject: 'other' }
    await kit.mailboxes.changeItem(changed, a!.changeKey)
    await kit.mailboxes.changeItem({ ...b!, changeKey: 'k3', isRead: true }, b!.changeKey)
    await kit.mailboxes.removeItem(c!.id, 1)
    await kit.mailboxes.moveItem(items[3]!.id, {
      folderId: drafts.id,
      id: 'away',
      changeKey: 'k',
      modifiedAt: 1,
    })
    const passing = await put(kit, inbox)
    await kit.mailboxes.removeItem(passing.id, 1)
    const third = await ews(syncItems(INBOX, stateOf(second)))
    expect(changesOf(third).map((change) => [change.name, idOf(change, 'ItemId')])).toEqual([
      ['Update', itemIdOf(a!.id)],
      ['ReadFlagChange', itemIdOf(b!.id)],
      ['Delete', itemIdOf(c!.id)],
      ['Delete', itemIdOf(items[3]!.id)],
    ])
    expect(textOf(third, 'IsRead')).toBe('true')
    expect(changesOf(await ews(syncItems(INBOX, stateOf(third))))).toEqual([])
  })

  test('those to ignore are left out', async () => {
    const exchange = startExchange()
    const inbox = await folderOf(exchange, 'inbox')
    const [a, b] = [await put(exchange.kit, inbox), await put(exchange.kit, inbox)]
    const reply = await exchange.ews(syncItems(INBOX, '', 512, `<t:ItemId Id="${itemIdOf(a.id)}"/>`))
    expect(changesOf(reply).map((change) => idOf(change, 'ItemId'))).toEqual([itemIdOf(b.id)])
  })

  test('a state that is not one of this folder is refused', async () => {
    const { ews } = startExchange()
    const state = stateOf(await ews(syncItems(INBOX)))
    const wrong = ['rubbish', `${state.slice(0, -6)}AAAA==`, stateOf(await ews(syncFolders())), state]
    const folders = [INBOX, INBOX, INBOX, named('drafts')]
    for (const [i, one] of wrong.entries())
      expect(codes(await ews(syncItems(folders[i]!, one)))).toEqual(['ErrorInvalidSyncStateData'])
  })

  test('the states of one mailbox are of no use in another, nor is a folder that is not there', async () => {
    const exchange = startExchange()
    const inbox = await folderOf(exchange, 'inbox')
    expect(codes(await exchange.ews(syncItems(folderId(inbox.id)), pilar))).toEqual([
      'ErrorSyncFolderNotFound',
    ])
    expect(codes(await exchange.ews(syncItems(folderId('nowhere'))))).toEqual(['ErrorSyncFolderNotFound'])
  })

  test('a client that follows holds exactly what is in the folder, whatever happens in between', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('follow' as const), most: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        do: fc.constantFrom('add', 'change', 'read', 'remove', 'moveOut', 'moveIn', 'copyIn', 'copyHere'),
        which: fc.nat(50),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(6), fc.array(step, { maxLength: 25 }), async (count, steps) => {
        const exchange = startExchange()
        const { mailboxes } = exchange.kit
        const inbox = await folderOf(exchange, 'inbox')
        const drafts = await folderOf(exchange, 'drafts')
        for (let i = 0; i < count; i += 1) await put(exchange.kit, i % 3 === 2 ? drafts : inbox)
        const itemIn = async (id: string, which: number) => {
          const { items, total } = await mailboxes.page(id, { offset: 0, limit: 50 })
          return total === 0 ? undefined : items[which % items.length]
        }
        const to = (id: string) => ({
          folderId: id,
          id: exchange.kit.newId(),
          changeKey: exchange.kit.newId(),
          modifiedAt: 1,
        })
        const copy = new Copy()
        for (const one of steps) {
          if (one.do === 'follow') {
            await copy.follow(exchange, one.most)
            continue
          }
          const here = await itemIn(inbox.id, one.which)
          const there = await itemIn(drafts.id, one.which)
          if (one.do === 'add') await put(exchange.kit, inbox)
          if (one.do === 'change' && here)
            await mailboxes.changeItem(
              { ...here, size: here.size + 1, changeKey: exchange.kit.newId() },
              here.changeKey,
            )
          if (one.do === 'read' && here)
            await mailboxes.changeItem(
              { ...here, isRead: !here.isRead, changeKey: exchange.kit.newId() },
              here.changeKey,
            )
          if (one.do === 'remove' && here) await mailboxes.removeItem(here.id, 1)
          if (one.do === 'moveOut' && here) await mailboxes.moveItem(here.id, to(drafts.id))
          if (one.do === 'moveIn' && there) await mailboxes.moveItem(there.id, to(inbox.id))
          if (one.do === 'copyIn' && there) await mailboxes.copyItem(there.id, to(inbox.id))
          if (one.do === 'copyHere' && here) await mailboxes.copyItem(here.id, to(inbox.id))
        }
        for (let tries = 0; tries < 60; tries += 1) {
          await copy.follow(exchange, 3)
          if (copy.isWhole) break
        }
        const { items } = await mailboxes.page(inbox.id, { offset: 0, limit: 200 })
        const encoded = (text: string) => Buffer.from(text).toString('base64')
        const expected = items.map(({ id, changeKey }) => [itemIdOf(id), encoded(changeKey)])
        expect([...copy.held].sort()).toEqual(expected.sort())
        await copy.follow(exchange, 9)
        expect(copy.isWhole).toBe(true)
      }),
      { numRuns: 40 },
    )
  }, 120_000)
})

describe('folders', () => {
  const made = async ({ ews }: Exchange, parent: string, name: string) => {
    const reply = await ews(createFolder(parent, newFolder(name)))
    return find(root(reply), 'FolderId')?.attributes.get('Id') ?? ''
  }
  const stored = async ({ kit }: Exchange, name: string) =>
    (await kit.mailboxes.folders(ken.sid)).find(({ displayName }) => displayName === name)!
  const shown = (reply: ProductReply) =>
    changesOf(reply).map((change) => [
      change.name,
      find(change, 'DisplayName')?.text ?? idOf(change, 'FolderId'),
    ])

  test('first all, then what changed', async () => {
    const exchange = startExchange()
    const first = await exchange.ews(syncFolders())
    expect(new Set(changesOf(first).map(({ name }) => name))).toEqual(new Set(['Create']))
    expect(findAll(root(first), 'FolderId').length).toBe(
      (await exchange.kit.mailboxes.folders(ken.sid)).length - 7,
    )
    expect(names(messages(first)[0]?.element)).toEqual([
      'ResponseCode',
      'SyncState',
      'IncludesLastFolderInRange',
      'Changes',
    ])
    const a = await made(exchange, INBOX, 'A')
    const b = await made(exchange, `<t:FolderId Id="${a}"/>`, 'B')
    const second = await exchange.ews(syncFolders(stateOf(first)))
    expect(shown(second)).toEqual([
      ['Create', 'A'],
      ['Create', 'B'],
    ])
    const { mailboxes } = exchange.kit
    await mailboxes.changeFolder((await stored(exchange, 'B')).id, { displayName: 'B2', changeKey: 'k' }, 1)
    const third = await exchange.ews(syncFolders(stateOf(second)))
    expect(shown(third)).toEqual([['Update', 'B2']])
    await mailboxes.removeFolder((await stored(exchange, 'A')).id, 1)
    const fourth = await exchange.ews(syncFolders(stateOf(third)))
    expect(new Map(shown(fourth).map(([what, id]) => [id, what]))).toEqual(
      new Map([
        [a, 'Delete'],
        [b, 'Delete'],
      ]),
    )
    expect(shown(await exchange.ews(syncFolders(stateOf(fourth))))).toEqual([])
  })

  test('a folder that leaves the tree takes what is in it along, and brings it back', async () => {
    const exchange = startExchange()
    const top = await made(exchange, INBOX, 'Top')
    const tree = `<t:FolderId Id="${top}"/>`
    const a = await made(exchange, tree, 'A')
    const b = await made(exchange, `<t:FolderId Id="${a}"/>`, 'B')
    const state = stateOf(await exchange.ews(syncFolders('', tree)))
    const { mailboxes } = exchange.kit
    const drafts = await folderOf(exchange, 'drafts')
    const moving = (await stored(exchange, 'A')).id
    await mailboxes.changeFolder(moving, { parentId: drafts.id, changeKey: 'k' }, 1)
    const gone = await exchange.ews(syncFolders(state, tree))
    expect(shown(gone)).toEqual([
      ['Delete', a],
      ['Delete', b],
    ])
    await mailboxes.changeFolder(moving, { parentId: (await stored(exchange, 'Top')).id, changeKey: 'k' }, 1)
    expect(shown(await exchange.ews(syncFolders(stateOf(gone), tree)))).toEqual([
      ['Create', 'A'],
      ['Create', 'B'],
    ])
  })

  test('a state that is not one of this tree is refused', async () => {
    const { ews } = startExchange()
    const state = stateOf(await ews(syncFolders()))
    expect(codes(await ews(syncFolders('rubbish')))).toEqual(['ErrorInvalidSyncStateData'])
    expect(codes(await ews(syncFolders(state, INBOX)))).toEqual(['ErrorInvalidSyncStateData'])
    expect(codes(await ews(syncFolders('', folderId('nowhere'))))).toEqual(['ErrorSyncFolderNotFound'])
  })
})
