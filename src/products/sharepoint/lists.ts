/** Lists of a site, their fields and items, the people the site has seen, and the store that keeps them. */
import type { EpochSeconds } from '../../protocol/ids.ts'

/** What a field can hold, by SharePoint's `TypeAsString`, with its `FieldTypeKind`. */
export const FIELD_KINDS = {
  Text: 2,
  Note: 3,
  DateTime: 4,
  Counter: 5,
  Choice: 6,
  Boolean: 8,
  Number: 9,
  Guid: 14,
  User: 20,
} as const

export type FieldKind = keyof typeof FIELD_KINDS

export interface Field {
  /** A GUID in lower case. */
  readonly id: string
  /** Its InternalName, unique in a list in any case: letters, digits and underscores. */
  readonly name: string
  readonly title: string
  readonly kind: FieldKind
}

export interface NewList {
  /** A GUID in lower case. */
  readonly id: string
  /** Unique in any case. */
  readonly title: string
  readonly description: string
  /** `100`: a row of LIST_TEMPLATES. */
  readonly baseTemplate: number
  /** The name in its URL, from its first title: `Shared Documents`. Unique as the title is. */
  readonly urlName: string
  readonly createdAt: EpochSeconds
  /** Its own fields, beside those that every list has. */
  readonly fields: readonly Field[]
}

export interface List extends NewList {
  /** Grows with every change of the list itself: what its ETag is made of. */
  readonly version: number
  readonly itemCount: number
  readonly modifiedAt: EpochSeconds
  readonly deletedAt: EpochSeconds
}

/** Moments are seconds; a Boolean is one; what is absent was never set. */
export type FieldValue = string | number | boolean | null
export type FieldValues = Readonly<Record<string, FieldValue>>

export interface ItemContent {
  readonly title: string | null
  /** By InternalName; fields that every list has are not here. */
  readonly values: FieldValues
}

export interface NewItem extends ItemContent {
  readonly guid: string
  readonly at: EpochSeconds
  /** Id of the site user who writes. */
  readonly by: number
}

export interface ListItem extends ItemContent {
  /** Counted from 1 in each list; never given twice. */
  readonly id: number
  readonly guid: string
  readonly createdAt: EpochSeconds
  readonly modifiedAt: EpochSeconds
  readonly authorId: number
  readonly editorId: number
  readonly version: number
}

/** Fields of an item that are columns of the store, by the names that conditions use. */
export const ITEM_COLUMNS = ['Id', 'Title', 'Created', 'Modified', 'AuthorId', 'EditorId', 'GUID'] as const
export type ItemColumn = (typeof ITEM_COLUMNS)[number]

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'

/** What a filter asks. `field` is one of ITEM_COLUMNS or a field's InternalName; texts compare without regard to case. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | {
      readonly kind: 'compare'
      readonly field: string
      readonly operator: Comparison
      readonly value: FieldValue
    }
  | { readonly kind: 'contains' | 'starts'; readonly field: string; readonly text: string }

export interface SortKey {
  readonly field: string
  readonly descending: boolean
}

export interface ItemQuery {
  readonly where?: Condition
  /** Items that are equal in all keys come by their ids. */
  readonly orderBy: readonly SortKey[]
  /** Only what comes after an item with these values, one for each key of `orderBy`. */
  readonly after?: { readonly values: readonly FieldValue[]; readonly id: number }
  readonly limit: number
}

/** An item that is there, before it is read: it may be long. */
export interface ItemHead {
  readonly id: number
  readonly bytes: number
}

/** Someone whom the site has seen: a person, or an application that acts as itself. */
export interface SiteUser {
  readonly id: number
  /** `i:0#.w|kenmyer@litwareinc.com`; unique in any case. */
  readonly login: string
  readonly title: string
  readonly email: string
  /** A person's SID. */
  readonly sid?: string
}

export interface ListChange {
  readonly title?: string
  readonly description?: string
  readonly at: EpochSeconds
}

/**
 * Where a site is kept. Each call is one transaction: done and durable when its promise is kept, or not done at all.
 * A `version` that is given must be the one that is there, or nothing is done and the answer tells the one that is.
 */
export interface ListStore {
  /** Makes the site with these lists and keeps this secret; `exists` (and nothing made) if there is one already. */
  createSite(secret: string, lists: readonly NewList[]): Promise<'created' | 'exists'>
  /** The secret that the site was made with. */
  siteSecret(): Promise<string | undefined>

  /** In the order they were made. */
  lists(): Promise<List[]>
  list(id: string): Promise<List | undefined>
  listByTitle(title: string): Promise<List | undefined>
  addList(list: NewList): Promise<'added' | 'title taken' | 'url taken'>
  changeList(
    id: string,
    change: ListChange,
    version?: number,
  ): Promise<'changed' | 'missing' | 'title taken' | { readonly current: number }>
  /** With everything in it. */
  removeList(id: string, version?: number): Promise<'removed' | 'missing' | { readonly current: number }>
  addField(listId: string, field: Field, at: EpochSeconds): Promise<'added' | 'exists' | 'missing'>

  addItem(listId: string, item: NewItem): Promise<ListItem | 'missing'>
  item(listId: string, id: number): Promise<ListItem | undefined>
  /** Which items meet the query, in its order, and how many bytes their values have. */
  itemHeads(listId: string, query: ItemQuery): Promise<ItemHead[]>
  /** The items of these ids, by id and in this order; those that are gone are left out. */
  itemsAt(listId: string, ids: readonly number[]): Promise<ReadonlyMap<number, ListItem>>
  /** Fields that `change` does not name stay as they are; with `replace` they go. */
  changeItem(
    listId: string,
    id: number,
    change: Partial<ItemContent> & {
      readonly at: EpochSeconds
      readonly by: number
      readonly replace?: true
    },
    version?: number,
  ): Promise<ListItem | 'missing' | { readonly current: number }>
  removeItem(
    listId: string,
    id: number,
    at: EpochSeconds,
    version?: number,
  ): Promise<'removed' | 'missing' | { readonly current: number }>

  /** The user with this login; added if there is none, brought up to date if its title or address changed. */
  ensureUser(user: Omit<SiteUser, 'id'>): Promise<SiteUser>
  user(id: number): Promise<SiteUser | undefined>
  users(): Promise<SiteUser[]>
}
