/** Reading and writing list items. */
import type { Answer } from './answer.ts'
import { done, fault, type Result } from './faults.ts'
import { type ColumnType, parseFilter } from './filter.ts'
import { expectedVersion } from './if-match.ts'
import { readPage } from './item-pages.ts'
import {
  itemColumn,
  itemEntity,
  itemEtag,
  itemSet,
  readItem,
  readSkipToken,
  skipTokenAfter,
} from './items.ts'
import { isLibrary, itemTypeOf } from './list-templates.ts'
import type { ItemQuery, List, ListItem, SortKey } from './lists.ts'
import type { Entity } from './odata.ts'
import { PAGE, type QueryOptions } from './query-options.ts'
import { readEntity } from './request-body.ts'
import { itemResources } from './resources.ts'
import { shape } from './shape.ts'
import type { Call } from './site.ts'

interface Plan {
  readonly query: ItemQuery
  readonly keys: readonly SortKey[]
}

/** A page of a list's items: as many as were asked for, or fewer that are long together. `$skip` is passed over, as in the product: pages of items are found by `$skiptoken`. */
export async function readItems(list: List, call: Call): Promise<Result<Answer>> {
  const { kit, options } = call
  const size = Math.min(options.top ?? PAGE.usual, PAGE.most)
  const plan = planOf(list, options, size)
  if (!plan.ok) return plan
  const { items, isLast } = await readPage(kit.lists, list.id, plan.value.query)
  const entities: Entity[] = []
  for (const resource of itemResources(list, items, call)) {
    const shaped = await shape(resource, options)
    if (!shaped.ok) return shaped
    entities.push(shaped.value)
  }
  const last = items.at(-1)
  const next = !isLast && last ? nextLink(call, skipTokenAfter(last, plan.value.keys)) : undefined
  return done({
    kind: 'collection',
    collection: { set: itemSet(list), entities, ...(next !== undefined && { next }) },
  })
}

function planOf(list: List, { filter, orderBy, skipToken }: QueryOptions, limit: number): Result<Plan> {
  const keys: SortKey[] = []
  const types: ColumnType[] = []
  for (const { name, descending } of orderBy) {
    const column = itemColumn(list, name)
    if (!column.ok) return column
    keys.push({ field: column.value.field, descending })
    types.push(column.value.type)
  }
  const where = filter === undefined ? undefined : parseFilter(filter, (name) => itemColumn(list, name))
  if (where?.ok === false) return where
  const after = skipToken === undefined ? undefined : readSkipToken(skipToken, keys, types)
  if (after?.ok === false) return after
  const query = {
    orderBy: keys,
    limit,
    ...(where !== undefined && { where: where.value }),
    ...(after !== undefined && { after: after.value }),
  }
  return done({ query, keys })
}

// The same question, from there on.
function nextLink({ kit, request }: Call, token: string): string {
  const query = new URLSearchParams(request.query)
  query.delete('$skip')
  query.set('$skiptoken', token)
  return `${kit.baseUrl}${request.rawPath}?${query}`
}

export async function addItem(list: List, call: Call): Promise<Result<Answer>> {
  if (isLibrary(list)) return fault('library_item')
  const content = contentIn(list, call)
  if (!content.ok) return content
  const { kit, me } = call
  const item = await kit.lists.addItem(list.id, {
    title: null,
    values: {},
    ...content.value,
    guid: kit.newId(),
    at: kit.now(),
    by: me.id,
  })
  return item === 'missing'
    ? fault('list_id_missing')
    : done({ kind: 'created', entity: itemEntity(list, item) })
}

/** MERGE and PATCH leave what the body does not name; PUT takes it away. */
export async function changeItem(
  list: List,
  item: ListItem,
  call: Call,
  replace: boolean,
): Promise<Result<Answer>> {
  const expected = expectedVersion(call.request.header('if-match'), itemEtag(item), item.version)
  if (!expected.ok) return expected
  const content = contentIn(list, call)
  if (!content.ok) return content
  const { kit, me } = call
  const changed = await kit.lists.changeItem(
    list.id,
    item.id,
    { ...content.value, at: kit.now(), by: me.id, ...(replace && { replace }) },
    expected.value,
  )
  if (changed === 'missing') return fault('item_missing')
  return 'current' in changed
    ? mismatch(call, itemEtag({ version: changed.current }))
    : done({ kind: 'nothing', etag: itemEtag(changed) })
}

export async function removeItem(list: List, item: ListItem, call: Call): Promise<Result<Answer>> {
  const expected = expectedVersion(call.request.header('if-match'), itemEtag(item), item.version)
  if (!expected.ok) return expected
  const removed = await call.kit.lists.removeItem(list.id, item.id, call.kit.now(), expected.value)
  if (removed === 'missing') return fault('item_missing')
  return removed === 'removed'
    ? done({ kind: 'nothing' })
    : mismatch(call, itemEtag({ version: removed.current }))
}

function contentIn(list: List, { request }: Call): ReturnType<typeof readItem> {
  const properties = readEntity(request, [itemTypeOf(list), 'SP.ListItem', 'SP.Data.ListItem'])
  return properties.ok ? readItem(list, properties.value) : properties
}

// Somebody else wrote between our look and our write.
function mismatch({ request }: Call, current: string): Result<Answer> {
  return fault('etag_mismatch', request.header('if-match') ?? '', current)
}
