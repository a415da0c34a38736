/** The calling side of FindItem and UpdateItem: items are found by a property of one's own, and added to. */
import { child, childrenOf, el, type Markup, NS, type XmlElement } from '../xml.ts'
import type { DistinguishedFolder } from './distinguished-folders.ts'
import {
  type ExtendedName,
  type ExtendedValue,
  ewsRequest,
  extendedProperty,
  extendedUri,
  type ItemId,
  itemId,
  PREFIXES,
  type Read,
  readId,
  readMessage,
  unreadable,
} from './ews-client.ts'
import { done } from './ews-result.ts'

/** A page of a folder's items: those with this value, or all. */
export interface Search {
  readonly folder: DistinguishedFolder
  readonly equals?: ExtendedValue
  /** Paths of the properties to be shown besides the ids: `t:FieldURI` and its kin. */
  readonly shown?: readonly Markup[]
  readonly offset?: number
  readonly limit: number
  /** By this field, such as `item:DateTimeCreated`; absent: as the server likes. */
  readonly orderBy?: { readonly field: string; readonly order: 'Ascending' | 'Descending' }
}

/** Asks for a page of items. */
export function findItemRequest(search: Search): string {
  const { folder, equals, shown = [], offset = 0, limit, orderBy } = search
  const page = {
    MaxEntriesReturned: String(limit),
    Offset: String(offset),
    BasePoint: 'Beginning',
  }
  return ewsRequest(
    el(
      'm:FindItem',
      { ...PREFIXES, Traversal: 'Shallow' },
      el(
        'm:ItemShape',
        {},
        el('t:BaseShape', {}, 'IdOnly'),
        shown.length === 0 ? undefined : el('t:AdditionalProperties', {}, ...shown),
      ),
      el('m:IndexedPageItemView', page),
      equals &&
        el(
          'm:Restriction',
          {},
          el(
            't:IsEqualTo',
            {},
            extendedUri(equals),
            el('t:FieldURIOrConstant', {}, el('t:Constant', { Value: equals.value })),
          ),
        ),
      orderBy &&
        el(
          'm:SortOrder',
          {},
          el('t:FieldOrder', { Order: orderBy.order }, el('t:FieldURI', { FieldURI: orderBy.field })),
        ),
      el('m:ParentFolderIds', {}, el('t:DistinguishedFolderId', { Id: folder })),
    ),
  )
}

/** An item that was found, with what was shown of it. */
export interface FoundItem extends ItemId {
  readonly element: XmlElement
}

export interface FoundPage {
  readonly items: readonly FoundItem[]
  readonly isLast: boolean
  readonly nextOffset: number
}

/** The items of the page, and where the next begins. */
export function readFoundItems(xml: string): Read<FoundPage> {
  const message = readMessage('FindItem', xml)
  if (!message.ok) return message
  const folder = child(message.value, NS.messages, 'RootFolder')
  const list = child(folder, NS.types, 'Items')
  if (folder === undefined || list === undefined) return unreadable('the reply holds no items')
  const items: FoundItem[] = []
  for (const element of list.children) {
    const id = readId(element)
    if (!id.ok) return id
    items.push({ ...id.value, element })
  }
  const isLast = folder.attributes.get('IncludesLastItemInRange') !== 'false'
  const nextOffset = Number(folder.attributes.get('IndexedPagingOffset') ?? Number.NaN)
  return isLast || Number.isSafeInteger(nextOffset)
    ? done({ items, isLast, nextOffset })
    : unreadable('the reply does not say where the next page begins')
}

/** The value of an extended property that an item shows. */
export function extendedOf(item: XmlElement, { name }: ExtendedName): string | undefined {
  const property = childrenOf(item, NS.types, 'ExtendedProperty').find(
    (one) => child(one, NS.types, 'ExtendedFieldURI')?.attributes.get('PropertyName') === name,
  )
  return child(property, NS.types, 'Value')?.text
}

/** Adds text at the end of a message's body and sets properties of one's own, unless the item has changed since it was read. */
export function appendRequest(id: ItemId, text: string, extended: readonly ExtendedValue[]): string {
  const body = el(
    't:AppendToItemField',
    {},
    el('t:FieldURI', { FieldURI: 'item:Body' }),
    el('t:Message', {}, el('t:Body', { BodyType: 'Text' }, text)),
  )
  const properties = extended.map((property) =>
    el('t:SetItemField', {}, extendedUri(property), el('t:Message', {}, extendedProperty(property))),
  )
  return ewsRequest(
    el(
      'm:UpdateItem',
      { ...PREFIXES, ConflictResolution: 'NeverOverwrite', MessageDisposition: 'SaveOnly' },
      el('m:ItemChanges', {}, el('t:ItemChange', {}, itemId(id), el('t:Updates', {}, body, ...properties))),
    ),
  )
}

/** Whether the item was changed. */
export function readUpdated(xml: string): Read<'updated'> {
  const message = readMessage('UpdateItem', xml)
  return message.ok ? done('updated') : message
}
