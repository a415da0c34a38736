/** What every storage keeps to in lists: a site, its users, lists, fields and items. */
import type { Condition, ItemQuery, NewItem, NewList, SiteUser } from '../../src/products/sharepoint/lists.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { KINDS, newFile, ODD_TEXTS, OWNER } from './samples.ts'

const LIST: NewList = {
  id: 'aaaaaaaa-0000-4000-8000-000000000001',
  title: 'Tasks',
  description: 'to do',
  baseTemplate: 107,
  urlName: 'Tasks',
  createdAt: 1_700_000_000,
  fields: [
    { id: 'f1', name: 'Colour', title: 'Colour', kind: 'Text' },
    { id: 'f2', name: 'Price', title: 'The price', kind: 'Number' },
  ],
}
const DOCUMENTS: NewList = {
  ...LIST,
  id: 'aaaaaaaa-0000-4000-8000-000000000002',
  title: 'Documents',
  urlName: 'Shared Documents',
  fields: [],
}
const SITE_USER: Omit<SiteUser, 'id'> = {
  login: 'i:0#.w|kenmyer@litwareinc.com',
  title: 'Ken Myer',
  email: 'kenmyer@litwareinc.com',
  sid: OWNER.toLowerCase(),
}

describe.each(KINDS)('lists in %s', (_, open) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await open()
  })
  afterEach(() => storage.close())

  describe('lists', () => {
    let ken: number
    beforeEach(async () => {
      await storage.lists.createSite('secret', [LIST, DOCUMENTS])
      ken = (await storage.lists.ensureUser(SITE_USER)).id
    })
    const add = (more: Partial<NewItem> = {}, list = LIST.id) =>
      storage.lists.addItem(list, { title: 'a', values: {}, guid: 'g', at: 1_700_000_100, by: ken, ...more })
    const ids = async (where?: Condition) =>
      (await storage.lists.itemHeads(LIST.id, { orderBy: [], limit: 100, ...(where && { where }) })).map(
        ({ id }) => id,
      )
    const items = async (query: ItemQuery) => {
      const heads = await storage.lists.itemHeads(LIST.id, query)
      const found = await storage.lists.itemsAt(
        LIST.id,
        heads.map(({ id }) => id),
      )
      return [...found.values()]
    }

    test('a site is made once, by exactly one of two at once, with its secret', async () => {
      expect(await storage.lists.createSite('other', [])).toBe('exists')
      expect(await storage.lists.siteSecret()).toBe('secret')
      const empty = await open()
      try {
        expect(await empty.lists.siteSecret()).toBeUndefined()
        const create = (secret: string) => empty.lists.createSite(secret, [LIST])
        expect((await Promise.all([create('one'), create('two')])).sort()).toEqual(['created', 'exists'])
        expect(await empty.lists.lists()).toHaveLength(1)
      } finally {
        await empty.close()
      }
    })

    test('a site with something wrong in it is not made at all', async () => {
      const empty = await open()
      try {
        await expect(empty.lists.createSite('s', [LIST, { ...LIST, id: 'other' }])).rejects.toThrow(/UNIQUE/)
        expect(await empty.lists.siteSecret()).toBeUndefined()
        expect(await empty.lists.lists()).toEqual([])
      } finally {
        await empty.close()
      }
    })

    test('lists come back as they were made, in order, by id and by title in any case', async () => {
      const fresh = { version: 1, itemCount: 0, modifiedAt: LIST.createdAt, deletedAt: LIST.createdAt }
      expect(await storage.lists.lists()).toStrictEqual([
        { ...LIST, ...fresh },
        { ...DOCUMENTS, ...fresh },
      ])
      expect(await storage.lists.list(LIST.id)).toStrictEqual({ ...LIST, ...fresh })
      expect(await storage.lists.listByTitle('tASKS')).toMatchObject({ id: LIST.id })
      expect(await storage.lists.list('none')).toBeUndefined()
      expect(await storage.lists.listByTitle('none')).toBeUndefined()
    })

    test('a title and a name in URLs are given once in any case, also to two at once', async () => {
      const other = { ...LIST, id: 'x', title: 'Other', urlName: 'Other' }
      expect(await storage.lists.addList({ ...other, title: 'TASKS' })).toBe('title taken')
      expect(await storage.lists.addList({ ...other, urlName: 'tasks' })).toBe('url taken')
      const both = [storage.lists.addList(other), storage.lists.addList({ ...other, id: 'y' })]
      expect((await Promise.all(both)).sort()).toEqual(['added', 'title taken'])
    })

    test('a change of a list moves its version, and a version that is given must be there', async () => {
      const { lists } = storage
      expect(await lists.changeList(LIST.id, { title: 'Jobs', at: 1_700_000_200 }, 1)).toBe('changed')
      expect(await lists.changeList(LIST.id, { title: 'Late', at: 1_700_000_200 }, 1)).toEqual({ current: 2 })
      expect(await lists.changeList(LIST.id, { title: 'documents', at: 1 })).toBe('title taken')
      expect(await lists.changeList('none', { at: 1 })).toBe('missing')
      expect(await lists.changeList(LIST.id, { title: 'JOBS', description: '', at: 1_700_000_300 })).toBe(
        'changed',
      )
      expect(await lists.list(LIST.id)).toMatchObject({
        title: 'JOBS',
        description: '',
        version: 3,
        modifiedAt: 1_700_000_300,
      })
      expect(await lists.addList({ ...LIST, id: 'x', urlName: 'Tasks1' })).toBe('added')
    })

    test('a field is added once, in any case, after those that are there', async () => {
      const field = { id: 'f3', name: 'Due', title: 'Due', kind: 'DateTime' } as const
      expect(await storage.lists.addField(LIST.id, field, 1_700_000_200)).toBe('added')
      expect(await storage.lists.addField(LIST.id, { ...field, name: 'DUE' }, 1)).toBe('exists')
      expect(await storage.lists.addField('none', field, 1)).toBe('missing')
      expect(await storage.lists.list(LIST.id)).toMatchObject({ fields: [...LIST.fields, field], version: 2 })
    })

    test('an item comes back as it was added, to its list alone, and ids are never given twice', async () => {
      const values = { Colour: 'red', Price: 1.5, Done: 1, None: null }
      const item = await add({ values })
      expect(item).toStrictEqual({
        id: 1,
        guid: 'g',
        title: 'a',
        values,
        createdAt: 1_700_000_100,
        modifiedAt: 1_700_000_100,
        authorId: ken,
        editorId: ken,
        version: 1,
      })
      expect(await storage.lists.item(LIST.id, 1)).toStrictEqual(item)
      expect(await storage.lists.item(DOCUMENTS.id, 1)).toBeUndefined()
      expect(await add({}, 'none')).toBe('missing')
      expect(await storage.lists.removeItem(LIST.id, 1, 1_700_000_200)).toBe('removed')
      expect(await add({})).toMatchObject({ id: 2 })
      await expect(add({ by: 999 })).rejects.toThrow(/FOREIGN KEY/)
      expect(await storage.lists.list(LIST.id)).toMatchObject({ itemCount: 1, deletedAt: 1_700_000_200 })
    })

    test('a change leaves what it does not name, and replacing takes it away', async () => {
      const { lists } = storage
      await add({ values: { Colour: 'red', Price: 1 } })
      const other = (await lists.ensureUser({ ...SITE_USER, login: 'other' })).id
      const by = { at: 1_700_000_200, by: other }
      expect(await lists.changeItem(LIST.id, 1, { values: { Price: 2 }, ...by }, 1)).toMatchObject({
        title: 'a',
        values: { Colour: 'red', Price: 2 },
        version: 2,
        authorId: ken,
        editorId: other,
        createdAt: 1_700_000_100,
        modifiedAt: 1_700_000_200,
      })
      expect(await lists.changeItem(LIST.id, 1, { title: 'late', ...by }, 1)).toEqual({ current: 2 })
      expect(await lists.changeItem(LIST.id, 9, { title: 'b', ...by })).toBe('missing')
      const replaced = await lists.changeItem(LIST.id, 1, { values: { Price: 3 }, replace: true, ...by })
      expect(replaced).toMatchObject({ title: null, version: 3 })
      expect(await lists.item(LIST.id, 1)).toStrictEqual(replaced)
      expect((await lists.item(LIST.id, 1))?.values).toEqual({ Price: 3 })
    })

    test('of several that change one version at once exactly one succeeds, and so with those that delete', async () => {
      await add()
      const change = (title: string) => storage.lists.changeItem(LIST.id, 1, { title, at: 1, by: ken }, 1)
      const changes = await Promise.all(['b', 'c', 'd'].map(change))
      expect(changes.filter((one) => typeof one === 'object' && 'current' in one)).toHaveLength(2)
      const remove = () => storage.lists.removeItem(LIST.id, 1, 1, 2)
      expect((await Promise.all([remove(), remove()])).sort()).toEqual(['missing', 'removed'])
      expect(await storage.lists.list(LIST.id)).toMatchObject({ itemCount: 0 })
    })

    test('calls that run at once are all counted', async () => {
      await Promise.all(Array.from({ length: 40 }, () => add()))
      expect(await storage.lists.list(LIST.id)).toMatchObject({ itemCount: 40 })
      expect(await ids()).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    })

    test('conditions know texts in any case, numbers, and what has no value', async () => {
      await add({ title: 'Apple', values: { Colour: 'red', Price: 10 } })
      await add({ title: null, values: { Colour: 'Red', Price: 9 } })
      await add({ title: 'pear', values: {} })
      const is = (
        field: string,
        operator: 'eq' | 'ne' | 'gt' | 'le',
        value: string | number | null,
      ): Condition => ({
        kind: 'compare',
        field,
        operator,
        value,
      })
      expect(await ids(is('Title', 'eq', 'APPLE'))).toEqual([1])
      expect(await ids(is('Title', 'ne', 'apple'))).toEqual([2, 3])
      expect(await ids(is('Title', 'eq', null))).toEqual([2])
      expect(await ids(is('Colour', 'eq', 'RED'))).toEqual([1, 2])
      expect(await ids(is('Price', 'gt', 9))).toEqual([1])
      expect(await ids({ kind: 'not', of: is('Price', 'gt', 9) })).toEqual([2, 3])
      expect(await ids({ kind: 'any', of: [is('Id', 'eq', 3), is('Price', 'le', 9)] })).toEqual([2, 3])
      expect(await ids({ kind: 'all', of: [is('Id', 'gt', 1), is('Colour', 'eq', 'red')] })).toEqual([2])
      expect(await ids({ kind: 'contains', field: 'Title', text: 'PP' })).toEqual([1])
      expect(await ids({ kind: 'starts', field: 'Title', text: 'P' })).toEqual([3])
      expect(await ids({ kind: 'contains', field: 'Title', text: '%' })).toEqual([])
    })

    test('a walk by pages meets every item once, in order, also where values are equal or missing', async () => {
      const prices = [3, null, 1, 3, null, 2, 1]
      for (const price of prices) await add({ values: price === null ? {} : { Price: price } })
      for (const descending of [false, true]) {
        const orderBy = [{ field: 'Price', descending }]
        const whole = await items({ orderBy, limit: 100 })
        const paged: number[] = []
        for (let last: (typeof whole)[number] | undefined; ; ) {
          const after = last && { values: [last.values['Price'] ?? null], id: last.id }
          const page = await items({ orderBy, limit: 2, ...(after && { after }) })
          last = page.at(-1)
          if (last === undefined) break
          paged.push(...page.map(({ id }) => id))
        }
        const sorted = descending ? [1, 4, 6, 3, 7, 2, 5] : [2, 5, 3, 7, 6, 1, 4]
        expect([whole.map(({ id }) => id), paged]).toEqual([sorted, sorted])
      }
    })

    test('a removed list takes its fields and items with it, and its names are free', async () => {
      await add()
      expect(await storage.lists.removeList(LIST.id, 9)).toEqual({ current: 1 })
      expect(await storage.lists.removeList(LIST.id, 1)).toBe('removed')
      expect(await storage.lists.removeList(LIST.id)).toBe('missing')
      expect(await storage.lists.item(LIST.id, 1)).toBeUndefined()
      expect(await storage.lists.addList(LIST)).toBe('added')
      expect(await ids()).toEqual([])
    })

    test('a user of the site is added once, in any case, and kept up to date', async () => {
      const { lists } = storage
      const again = [
        lists.ensureUser(SITE_USER),
        lists.ensureUser({ ...SITE_USER, login: SITE_USER.login.toUpperCase() }),
      ]
      expect(await Promise.all(again)).toEqual([
        { ...SITE_USER, id: ken },
        { ...SITE_USER, id: ken },
      ])
      const renamed = await lists.ensureUser({ ...SITE_USER, title: 'Kenneth' })
      expect(renamed).toStrictEqual({ ...SITE_USER, id: ken, title: 'Kenneth' })
      const app = await lists.ensureUser({
        login: 'i:0i.t|ms.sp.ext|a@b',
        title: 'SharePoint App',
        email: '',
      })
      expect(app).not.toHaveProperty('sid')
      expect(await lists.users()).toStrictEqual([renamed, app])
      expect(await lists.user(app.id)).toStrictEqual(app)
      expect(await lists.user(99)).toBeUndefined()
    })
  })

  test.each(Object.entries(ODD_TEXTS))('text comes back as it was: %s', async (_, text) => {
    await storage.lists.createSite('s', [{ ...LIST, title: text, urlName: text, description: text }])
    expect(await storage.lists.listByTitle(text)).toMatchObject({ title: text, description: text })
    const by = (await storage.lists.ensureUser({ ...SITE_USER, title: text })).id
    const item = { title: text, values: { Colour: text }, guid: 'g', at: 1, by }
    await storage.lists.addItem(LIST.id, item)
    const where: Condition = { kind: 'compare', field: 'Colour', operator: 'eq', value: text }
    const [head] = await storage.lists.itemHeads(LIST.id, { where, orderBy: [], limit: 1 })
    expect(head?.bytes).toBe(Buffer.byteLength(JSON.stringify({ Colour: text })))
    expect([...(await storage.lists.itemsAt(LIST.id, [head?.id ?? 0, 99])).values()]).toMatchObject([
      { title: text, values: { Colour: text } },
    ])
  })
})

test('a sqlite file holds lists after it was closed and opened again', async () => {
  const path = newFile()
  const before = await openSqlite(path)
  await before.lists.createSite('secret', [LIST])
  const { id: by } = await before.lists.ensureUser(SITE_USER)
  const listItem = await before.lists.addItem(LIST.id, { title: 'a', values: {}, guid: 'g', at: 1, by })
  await before.close()
  const after = await openSqlite(path)
  expect(await after.lists.siteSecret()).toBe('secret')
  expect(await after.lists.item(LIST.id, 1)).toStrictEqual(listItem)
  expect(await after.lists.users()).toStrictEqual([{ ...SITE_USER, id: by }])
  await after.close()
})
