/** List items as REST shows them, and as it takes them: property names, kinds of values, and where pages begin. */
import { listPath } from './entities.ts'
import { done, fault, type Result } from './faults.ts'
import type { Column, ColumnType } from './filter.ts'
import { folderOf, itemTypeOf, propertyNameOf } from './list-templates.ts'
import type {
  Field,
  FieldKind,
  FieldValue,
  ItemContent,
  ItemQuery,
  List,
  ListItem,
  SortKey,
} from './lists.ts'
import { dateOf, isoOf } from './literal.ts'
import type { Entity } from './odata.ts'
import { type Properties, textIn } from './request-body.ts'

const TYPES = {
  Text: 'text',
  Note: 'text',
  Choice: 'text',
  DateTime: 'date',
  Boolean: 'boolean',
  Number: 'number',
  Counter: 'number',
  User: 'number',
  Guid: 'guid',
} as const satisfies Record<FieldKind, ColumnType>

// A person can be named by the id of the lookup in two ways.
const EVERY_ITEM: Readonly<Record<string, Column>> = {
  Id: { field: 'Id', type: 'number' },
  ID: { field: 'Id', type: 'number' },
  Title: { field: 'Title', type: 'text' },
  Created: { field: 'Created', type: 'date' },
  Modified: { field: 'Modified', type: 'date' },
  AuthorId: { field: 'AuthorId', type: 'number' },
  'Author/Id': { field: 'AuthorId', type: 'number' },
  EditorId: { field: 'EditorId', type: 'number' },
  'Editor/Id': { field: 'EditorId', type: 'number' },
  GUID: { field: 'GUID', type: 'guid' },
}

/** The column that a filter or an order means by this name. */
export function itemColumn(list: List, name: string): Result<Column> {
  const common = Object.hasOwn(EVERY_ITEM, name) ? EVERY_ITEM[name] : undefined
  if (common !== undefined) return done(common)
  const field = fieldWithProperty(list, name)
  return field === undefined
    ? fault('column_missing', name, `/${folderOf(list)}`)
    : done({ field: field.name, type: TYPES[field.kind] })
}

function fieldWithProperty(list: List, property: string): Field | undefined {
  return list.fields.find((field) => propertyNameOf(field) === property)
}

export function itemEtag({ version }: Pick<ListItem, 'version'>): string {
  return `"${version}"`
}

export function itemSet(list: List): string {
  return `SP.ListData.${itemTypeOf(list).slice('SP.Data.'.length)}s`
}

export function itemEntity(list: List, item: ListItem): Entity {
  const path = `${listPath(list)}/Items(${item.id})`
  return {
    type: itemTypeOf(list),
    path,
    set: itemSet(list),
    etag: itemEtag(item),
    deferred: { Author: `${path}/Author`, Editor: `${path}/Editor`, ParentList: `${path}/ParentList` },
    properties: {
      FileSystemObjectType: 0,
      Id: item.id,
      Title: item.title,
      ...Object.fromEntries(list.fields.map((field) => [propertyNameOf(field), shownValue(field, item)])),
      ID: item.id,
      Modified: isoOf(item.modifiedAt),
      Created: isoOf(item.createdAt),
      AuthorId: item.authorId,
      EditorId: item.editorId,
      OData__UIVersionString: '1.0',
      Attachments: false,
      GUID: item.guid,
    },
  }
}

function shownValue({ name, kind }: Field, { values }: ListItem): unknown {
  const value = Object.hasOwn(values, name) ? (values[name] ?? null) : null
  if (value === null) return null
  if (kind === 'DateTime') return isoOf(Number(value))
  return kind === 'Boolean' ? value === 1 : value
}

/** Names in an item that only the site sets; no field can have one of them. */
export const READ_ONLY: readonly string[] = [
  'FileSystemObjectType',
  'Id',
  'ID',
  'ContentTypeId',
  'Modified',
  'Created',
  'AuthorId',
  'EditorId',
  'OData__UIVersionString',
  'Attachments',
  'GUID',
  'Author',
  'Editor',
  'ParentList',
]

/** Most characters of a Text field, and of any other text. */
const LONGEST = { text: 255, note: 1_000_000 }

/**
 * What a body says about an item. What only the site may set is passed over, so that an item can be sent back as it was read; a
 * name that the list does not know is refused.
 */
export function readItem(list: List, properties: Properties): Result<Partial<ItemContent>> {
  const title = textIn(properties, 'Title', LONGEST.text)
  if (!title.ok) return title
  const values: [string, FieldValue][] = []
  for (const name of properties.keys()) {
    if (name === 'Title' || READ_ONLY.includes(name)) continue
    const field = fieldWithProperty(list, name)
    if (field === undefined) return fault('property_missing', name, itemTypeOf(list))
    const value = valueIn(properties, name, field.kind)
    if (!value.ok) return value
    values.push([field.name, value.value])
  }
  return done({
    ...(title.value !== undefined && { title: title.value }),
    values: Object.fromEntries(values),
  })
}

function valueIn(properties: Properties, name: string, kind: FieldKind): Result<FieldValue> {
  const value = properties.get(name)
  if (value === null) return done(null)
  const seen = typeof value === 'object' ? 'an object' : `a ${typeof value}`
  switch (TYPES[kind]) {
    case 'number':
      // 1e999 is a number in JSON, and an infinite one here.
      return Number.isFinite(value) ? done(Number(value)) : fault('value_invalid', name, 'Edm.Double', seen)
    case 'boolean':
      return typeof value === 'boolean'
        ? done(Number(value))
        : fault('value_invalid', name, 'Edm.Boolean', seen)
    case 'date': {
      const date = typeof value === 'string' ? dateOf(value) : undefined
      return date === undefined
        ? fault('value_invalid', name, 'Edm.DateTime', typeof value === 'string' ? `'${value}'` : seen)
        : done(date.value)
    }
    case 'text':
    case 'guid': {
      const text = textIn(properties, name, kind === 'Note' ? LONGEST.note : LONGEST.text)
      return text.ok ? done(text.value ?? null) : text
    }
  }
}

/** `Paged=TRUE&p_Title=Ann&p_ID=7`: the token of the page after this item. A key without a value is left out. */
export function skipTokenAfter(item: ListItem, keys: readonly SortKey[]): string {
  const token = new URLSearchParams({ Paged: 'TRUE' })
  for (const { field } of keys) {
    const value = keyValue(item, field)
    if (value !== null) token.append(`p_${field}`, String(value))
  }
  token.append('p_ID', String(item.id))
  return token.toString()
}

function keyValue(item: ListItem, field: string): FieldValue {
  switch (field) {
    case 'Id':
      return item.id
    case 'Title':
      return item.title
    case 'Created':
      return item.createdAt
    case 'Modified':
      return item.modifiedAt
    case 'AuthorId':
      return item.authorId
    case 'EditorId':
      return item.editorId
    case 'GUID':
      return item.guid
    default:
      return Object.hasOwn(item.values, field) ? (item.values[field] ?? null) : null
  }
}

/** Where a page begins, by its token; `types` are those of the sort keys. */
export function readSkipToken(
  token: URLSearchParams,
  keys: readonly SortKey[],
  types: readonly ColumnType[],
): Result<NonNullable<ItemQuery['after']>> {
  const wrong = () =>
    fault('query_option_invalid', '$skiptoken', 'the one of a next link, with this $orderby', String(token))
  const id = numberOf(token.get('p_ID'))
  if (token.get('Paged')?.toUpperCase() !== 'TRUE' || typeof id !== 'number') return wrong()
  const values: FieldValue[] = []
  for (const [i, { field }] of keys.entries()) {
    const isText = types[i] === 'text' || types[i] === 'guid'
    const text = token.get(`p_${field}`)
    const value = isText ? text : numberOf(text)
    if (value === undefined) return wrong()
    values.push(value)
  }
  return done({ values, id })
}

function numberOf(text: string | null): number | null | undefined {
  if (text === null) return null
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}
