/** What a path leads to: each kind of resource, and the steps that go on from it. */
import { fieldEntity, fieldsOf, listEntity, userEntity, webEntity } from './entities.ts'
import { done, type Fault, fault, type Result } from './faults.ts'
import { type Room, readPage } from './item-pages.ts'
import { itemEntity } from './items.ts'
import type { List, ListItem, SiteUser } from './lists.ts'
import type { Entity } from './odata.ts'
import { PAGE } from './query-options.ts'
import type { Segment } from './resource-path.ts'
import type { Resource } from './shape.ts'
import type { Call } from './site.ts'

export type Node =
  | { readonly kind: 'service' | 'web' | 'contextinfo' | 'lists' | 'siteusers' }
  | { readonly kind: 'list' | 'items' | 'fields'; readonly list: List }
  | { readonly kind: 'item'; readonly list: List; readonly item: ListItem }
  | { readonly kind: 'field'; readonly list: List; readonly field: Entity }
  | { readonly kind: 'user'; readonly user: SiteUser }
  | { readonly kind: 'property'; readonly name: string; readonly value: unknown }

/** Follows the segments from the service on. */
export async function resolve(segments: readonly Segment[], call: Call): Promise<Result<Node>> {
  let node: Node = { kind: 'service' }
  for (const segment of segments) {
    const next: Result<Node> = await step(node, segment, call)
    if (!next.ok) return next
    node = next.value
  }
  return done(node)
}

async function step(node: Node, segment: Segment, call: Call): Promise<Result<Node>> {
  switch (node.kind) {
    case 'service':
      if (isPlain(segment, 'web')) return done({ kind: 'web' })
      if (isPlain(segment, 'contextinfo')) return done({ kind: 'contextinfo' })
      return missing(segment)
    case 'web':
      return fromWeb(segment, call)
    case 'lists':
      return fromLists(segment, call)
    case 'list':
      return fromList(node.list, segment, call)
    case 'items':
      return segment.name === 'getbyid' ? itemOf(node.list, segment, call) : missing(segment)
    case 'item':
      return fromItem(node.list, node.item, segment, call)
    case 'fields':
      return isOneOf(segment, 'getbyinternalnameortitle', 'getbytitle', 'getbyid')
        ? fieldOf(node.list, segment)
        : missing(segment)
    case 'field':
      return propertyOf(node.field, segment)
    case 'siteusers':
      return segment.name === 'getbyid' ? userOf(segment, call) : missing(segment)
    case 'user':
      return propertyOf(userEntity(node.user), segment)
    case 'contextinfo':
    case 'property':
      return missing(segment)
  }
}

async function fromWeb(segment: Segment, call: Call): Promise<Result<Node>> {
  switch (segment.name) {
    case 'lists':
      return segment.args === undefined ? done({ kind: 'lists' }) : listById(segment, call)
    case 'currentuser':
      return done({ kind: 'user', user: call.me })
    case 'siteusers':
      return segment.args === undefined ? done({ kind: 'siteusers' }) : userOf(segment, call)
    case 'getuserbyid':
      return userOf(segment, call)
    default:
      return propertyOf(webEntity(call.kit), segment)
  }
}

async function fromLists(segment: Segment, call: Call): Promise<Result<Node>> {
  if (segment.name === 'getbyid') return listById(segment, call)
  if (segment.name !== 'getbytitle') return missing(segment)
  const [title] = segment.args ?? []
  if (title?.type !== 'text') return fault('expression_invalid', segment.shown)
  const list = await call.kit.lists.listByTitle(title.value)
  return list === undefined
    ? fault('list_missing', title.value, call.kit.baseUrl)
    : done({ kind: 'list', list })
}

async function listById(segment: Segment, call: Call): Promise<Result<Node>> {
  const [id] = segment.args ?? []
  // The guid may be written as a text too.
  if (id?.type !== 'guid' && id?.type !== 'text') return fault('expression_invalid', segment.shown)
  const list = await call.kit.lists.list(id.value.toLowerCase())
  return list === undefined ? fault('list_id_missing') : done({ kind: 'list', list })
}

async function fromList(list: List, segment: Segment, call: Call): Promise<Result<Node>> {
  switch (segment.name) {
    case 'items':
      return segment.args === undefined ? done({ kind: 'items', list }) : itemOf(list, segment, call)
    case 'getitembyid':
      return itemOf(list, segment, call)
    case 'fields':
      return segment.args === undefined ? done({ kind: 'fields', list }) : fieldOf(list, segment)
    default:
      return propertyOf(listEntity(list), segment)
  }
}

async function itemOf(list: List, segment: Segment, call: Call): Promise<Result<Node>> {
  const [id] = segment.args ?? []
  if (id?.type !== 'number' || !Number.isSafeInteger(id.value))
    return fault('expression_invalid', segment.shown)
  const item = await call.kit.lists.item(list.id, id.value)
  return item === undefined ? fault('item_missing') : done({ kind: 'item', list, item })
}

async function fromItem(list: List, item: ListItem, segment: Segment, call: Call): Promise<Result<Node>> {
  switch (segment.name) {
    case 'parentlist':
      return done({ kind: 'list', list })
    case 'author':
      return userNumbered(item.authorId, call)
    case 'editor':
      return userNumbered(item.editorId, call)
    default:
      return propertyOf(itemEntity(list, item), segment)
  }
}

function fieldOf(list: List, segment: Segment): Result<Node> {
  const [name] = segment.args ?? []
  if (name?.type !== 'text' && name?.type !== 'guid') return fault('expression_invalid', segment.shown)
  const wanted = name.value.toLowerCase()
  const fields = fieldsOf(list)
  const field =
    fields.find(({ id }) => id === wanted) ??
    fields.find((one) => one.name.toLowerCase() === wanted) ??
    fields.find(({ title }) => title.toLowerCase() === wanted)
  return field === undefined
    ? fault('field_missing', name.value)
    : done({ kind: 'field', list, field: fieldEntity(list, field) })
}

async function userOf(segment: Segment, call: Call): Promise<Result<Node>> {
  const [id] = segment.args ?? []
  return id?.type === 'number' ? userNumbered(id.value, call) : fault('expression_invalid', segment.shown)
}

async function userNumbered(id: number, { kit }: Call): Promise<Result<Node>> {
  const user = Number.isSafeInteger(id) ? await kit.lists.user(id) : undefined
  return user === undefined ? fault('user_missing') : done({ kind: 'user', user })
}

function propertyOf(entity: Entity, segment: Segment): Result<Node> {
  const found = Object.entries(entity.properties).find(([name]) => name.toLowerCase() === segment.name)
  return found === undefined || segment.args !== undefined
    ? missing(segment)
    : done({ kind: 'property', name: found[0], value: found[1] })
}

function isPlain({ name, args }: Segment, wanted: string): boolean {
  return name === wanted && args === undefined
}

function isOneOf({ name }: Segment, ...wanted: string[]): boolean {
  return wanted.includes(name)
}

function missing({ shown }: Segment): Fault {
  return fault('resource_missing', shown)
}

/** The web with what can be shown along. */
export function webResource({ kit, me }: Call): Resource {
  return {
    entity: webEntity(kit),
    links: {
      CurrentUser: async () => userEntity(me),
      Lists: async () => (await kit.lists.lists()).map(listEntity),
      SiteUsers: async () => (await kit.lists.users()).map(userEntity),
    },
  }
}

/** A list with what can be shown along: its fields, and its first items if there is room for them. */
export function listResource(list: List, { kit }: Call, room?: Room): Resource {
  return {
    entity: listEntity(list),
    links: {
      Fields: async () => fieldsOf(list).map((field) => fieldEntity(list, field)),
      Items: async () => {
        const query = { orderBy: [], limit: PAGE.usual }
        const { items, isLast } = await readPage(kit.lists, list.id, query, room)
        const isCut = !isLast && items.length < PAGE.usual
        return isCut ? undefined : items.map((item) => itemEntity(list, item))
      },
    },
  }
}

/** Items with what can be shown along; one who wrote several of them is looked up once. */
export function itemResources(list: List, items: readonly ListItem[], { kit }: Call): Resource[] {
  const people = new Map<number, Promise<SiteUser | undefined>>()
  const person = async (id: number): Promise<Entity> => {
    const found = people.get(id) ?? kit.lists.user(id)
    people.set(id, found)
    const user = await found
    if (user === undefined) throw new Error(`user ${id} of the site is gone`)
    return userEntity(user)
  }
  return items.map((item) => ({
    entity: itemEntity(list, item),
    people: ['Author', 'Editor'],
    links: {
      Author: () => person(item.authorId),
      Editor: () => person(item.editorId),
      ParentList: async () => listEntity(list),
    },
  }))
}
