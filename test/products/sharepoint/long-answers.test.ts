/** Items that are long: a page ends after some mebibytes and says where the next one is; nothing holds the thread for all of them. */
import type { ListStore } from '../../../src/products/sharepoint/lists.ts'
import { BASE, type SharePoint, startSharePoint } from './harness.ts'

const NOTE = 3
const LONG = 'x'.repeat(900_000)

async function longList(sp: SharePoint, title: string, count: number): Promise<string> {
  const items = Array.from({ length: count }, (_, i) => ({
    Title: `${count - i}`.padStart(3, '0'),
    Notes: LONG,
  }))
  return sp.list(title, { Notes: NOTE }, items)
}

/** The most bytes of values that one call of the store gave. */
function longestRead({ kit }: SharePoint): () => number {
  const { lists } = kit
  let most = 0
  const itemsAt: ListStore['itemsAt'] = async (id, ids) => {
    const found = await lists.itemsAt(id, ids)
    most = Math.max(most, JSON.stringify([...found.values()]).length)
    return found
  }
  Object.assign(kit, { lists: { ...lists, itemsAt } })
  return () => most
}

test('a walk by next links meets every long item once, in order, a few mebibytes at a time', async () => {
  const sp = await startSharePoint()
  const list = await longList(sp, 'Long', 12)
  const most = longestRead(sp)
  const titles: string[] = []
  let next: string | undefined = `${list}/items?$top=5000&$orderby=Title`
  let pages = 0
  for (; next !== undefined; pages += 1) {
    const { body }: { body: { value: { Title: string }[]; 'odata.nextLink'?: string } } = await sp.get(next)
    expect(body.value.length).toBeGreaterThan(0)
    expect(JSON.stringify(body).length).toBeLessThan(6 * 1024 * 1024)
    titles.push(...body.value.map(({ Title }) => Title))
    const link = body['odata.nextLink']
    next = link === undefined ? undefined : decodeURI(link.slice(`${BASE}/_api`.length))
    expect(pages).toBeLessThan(12)
  }
  expect(titles).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1}`.padStart(3, '0')))
  expect(pages).toBe(3)
  expect(most()).toBeLessThan(1_000_000)
})

test('short items are read in pieces, and come as one page', async () => {
  const sp = await startSharePoint()
  const list = await sp.list(
    'Short',
    {},
    Array.from({ length: 250 }, (_, i) => ({ Title: `${i}` })),
  )
  const { body } = await sp.get(`${list}/items?$top=250&$select=Id`)
  expect(body.value.map(({ Id }: { Id: number }) => Id)).toEqual(Array.from({ length: 250 }, (_, i) => i + 1))
  expect(body['odata.nextLink']).toBeUndefined()
  const { body: some } = await sp.get(`${list}/items?$top=249&$select=Id`)
  expect([some.value.length, some['odata.nextLink']]).toEqual([249, expect.stringContaining('p_ID%3D249')])
})

test('items that are shown along with lists are refused where they are too long together', async () => {
  const sp = await startSharePoint()
  const lists: string[] = []
  for (const title of ['A', 'B', 'C']) lists.push(await longList(sp, title, 3))
  const one = await sp.get(`${lists[0]}?$expand=Items`)
  expect([one.status, one.body.Items.length]).toEqual([200, 3])
  const all = await sp.get('/web/lists?$expand=Items')
  expect([all.status, all.refused]).toEqual([500, 'answer_too_long'])
})
