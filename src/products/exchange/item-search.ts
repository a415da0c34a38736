/** The properties of items that conditions and orders name: which the store keeps in columns, and what the others are. */
import {
  type Condition,
  constantOf,
  isAscii,
  type Lookup,
  type PropertyType,
  type PropertyValue,
  pathsIn,
  type TypeOfProperty,
  wrongConstant,
} from './condition.ts'
import { entryId } from './entry-id.ts'
import { done, type EwsResult, problem } from './ews-result.ts'
import { propertyOf } from './item.ts'
import type { Kind } from './item-properties.ts'
import type { ItemView } from './item-type.ts'
import { ITEM_TYPES } from './item-types.ts'
import { type KeptProperty, keptText, readContent } from './kept-property.ts'
import type { Item, ItemColumn, ItemCondition, ItemKind, SortOrder } from './mailbox.ts'
import { keyOfExtended, type PropertyPath } from './property-path.ts'
import type { FieldOrder } from './restriction.ts'

interface Column {
  readonly column: ItemColumn
  readonly type: Exclude<PropertyType, 'texts' | 'any'>
  /** The only kind of item that has this property in the column. */
  readonly of?: ItemKind
  /** Items of other kinds have the property elsewhere: the store sorts by the column and decides nothing by it. */
  readonly sortsOnly?: true
}

const IMPORTANCE = ['Low', 'Normal', 'High']

const COLUMNS: Readonly<Record<string, Column>> = {
  'item:ItemClass': { column: 'itemClass', type: 'text' },
  'item:Subject': { column: 'subject', type: 'text' },
  'item:Importance': { column: 'importance', type: 'choice' },
  'item:HasAttachments': { column: 'hasAttachments', type: 'boolean' },
  'item:Size': { column: 'size', type: 'number' },
  'item:DateTimeReceived': { column: 'receivedAt', type: 'time' },
  'item:DateTimeSent': { column: 'sentAt', type: 'time' },
  'item:DateTimeCreated': { column: 'createdAt', type: 'time' },
  'item:LastModifiedTime': { column: 'modifiedAt', type: 'time' },
  'item:DisplayTo': { column: 'displayName', type: 'text', sortsOnly: true },
  'message:IsRead': { column: 'isRead', type: 'boolean' },
  'message:From': { column: 'fromName', type: 'text' },
  'calendar:Start': { column: 'startAt', type: 'time', of: 'CalendarItem' },
  'calendar:End': { column: 'endAt', type: 'time', of: 'CalendarItem' },
  'contacts:DisplayName': { column: 'displayName', type: 'text', of: 'Contact' },
  'task:StartDate': { column: 'startAt', type: 'time', of: 'Task' },
  'task:DueDate': { column: 'endAt', type: 'time', of: 'Task' },
}

function columnOf(path: PropertyPath): Column | undefined {
  const known = sortColumnOf(path)
  return known?.sortsOnly ? undefined : known
}

function sortColumnOf(path: PropertyPath): Column | undefined {
  return path.kind === 'field' ? COLUMNS[`${path.scope}:${path.name}`] : undefined
}

// Of properties that are no column: what can be told of a constant without knowing an item.
const TYPES_OF_KINDS: Partial<Record<Kind, PropertyType>> = {
  boolean: 'boolean',
  dateTime: 'time',
  minutes: 'number',
  whole: 'number',
  percent: 'number',
}
const TYPES: ReadonlyMap<string, PropertyType> = new Map(
  Object.values(ITEM_TYPES).flatMap(({ properties }) =>
    [...properties].flatMap(([name, { scope, kind }]) => {
      const type = kind === 'server' && /^(Is|Has)[A-Z]/.test(name) ? 'boolean' : TYPES_OF_KINDS[kind]
      return type === undefined ? [] : [[`${scope}:${name}`, type] as const]
    }),
  ),
)

// They stand beside an item, and are not read for a search.
const BESIDE = ['MimeContent', 'Attachments', 'EffectiveRights']

/** What could only find nothing is refused: a property that is not searched, a constant that is no value of its type. */
export function checkCondition(condition: Condition | undefined): EwsResult<undefined> {
  if (condition === undefined) return done(undefined)
  const isBeside = (path: PropertyPath) =>
    path.kind === 'field' && path.scope === 'item' && BESIDE.includes(path.name)
  if (pathsIn(condition).some(isBeside)) return problem('ErrorUnsupportedPathForQuery')
  const wrong = wrongConstant(condition, typeOf)
  return wrong === undefined
    ? done(undefined)
    : problem(
        'ErrorInvalidValueForProperty',
        `"${wrong.slice(0, 60)}" is not a value of the property’s type.`,
      )
}

function typeOf(path: PropertyPath): TypeOfProperty | undefined {
  const column = columnOf(path)
  if (column !== undefined) return { type: column.type, words: IMPORTANCE }
  const type =
    path.kind === 'extended'
      ? EXTENDED_TYPES[path.uri['PropertyType'] ?? '']
      : path.kind === 'field'
        ? TYPES.get(`${path.scope}:${path.name}`)
        : undefined
  return type && { type }
}

/** The order in which the store reads items. It sorts by what it has in columns. */
export function sortOrderOf(orders: readonly FieldOrder[]): EwsResult<readonly SortOrder[]> {
  const sort: SortOrder[] = []
  for (const { path, descending } of orders) {
    const known = sortColumnOf(path)
    if (known === undefined) return problem('ErrorUnsupportedPathForSortGroup')
    sort.push({ column: known.column, descending })
  }
  return done(sort)
}

/** A condition in two parts that must both hold: what the store decides, and what is decided over the items it finds. */
export interface DividedCondition {
  readonly where?: ItemCondition
  readonly rest?: Condition
}

/** Gives the store as much of the condition as it can decide. */
export function divide(condition: Condition | undefined): DividedCondition {
  if (condition === undefined) return {}
  const whole = forStore(condition)
  if (whole !== undefined) return { where: whole }
  if (condition.kind !== 'all') return { rest: condition }
  const divided = condition.parts.map(divide)
  const parts = divided.flatMap(({ where }) => where ?? [])
  const rest = divided.flatMap((one) => one.rest ?? [])
  return { ...(parts.length > 0 && { where: { kind: 'all', parts } }), rest: { kind: 'all', parts: rest } }
}

function forStore(condition: Condition): ItemCondition | undefined {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const parts = condition.parts.map(forStore)
      return parts.every((part) => part !== undefined) ? { kind: condition.kind, parts } : undefined
    }
    case 'not': {
      const part = forStore(condition.part)
      return part && { kind: 'not', part }
    }
    case 'exists': {
      const known = columnOf(condition.path)
      return known && ofKind(known, { kind: 'exists', column: known.column })
    }
    case 'compare': {
      const known = columnOf(condition.path)
      if (known === undefined || !('constant' in condition.to)) return undefined
      const value = constantOf({ type: known.type, words: IMPORTANCE }, condition.to.constant)
      // What is no value of the type is equal to none, and neither more nor less.
      if (value === undefined) return { kind: 'any', parts: [] }
      return ofKind(known, { kind: 'compare', column: known.column, operator: condition.operator, value })
    }
    case 'contains': {
      const known = columnOf(condition.path)
      const { text, where, ignoresCase, ignoresMarks } = condition.match
      if (known?.type !== 'text' || ignoresMarks || where === 'word start' || where === 'whole words')
        return undefined
      // The store folds ASCII letters alone.
      if (ignoresCase && !isAscii(text)) return undefined
      return ofKind(known, { kind: 'contains', column: known.column, match: { text, where, ignoresCase } })
    }
    case 'excludes':
      return undefined
  }
}

function ofKind({ of }: Column, condition: ItemCondition): ItemCondition {
  if (of === undefined) return condition
  return { kind: 'all', parts: [{ kind: 'compare', column: 'kind', operator: '=', value: of }, condition] }
}

/** The properties of an item, for conditions that the store leaves to us. */
export function propertiesOf(item: Item): Lookup {
  let kept: readonly KeptProperty[] | undefined
  return (path) => {
    const known = columnOf(path)
    if (known !== undefined) return inColumn(item, known)
    kept ??= readContent(item.content)
    switch (path.kind) {
      case 'field':
        return field({ item, kept }, path)
      case 'indexed':
        return indexed(kept, path.name, path.index)
      case 'extended':
        return extended(kept, path.key, path.uri['PropertyType'] ?? '')
    }
  }
}

function inColumn(item: Item, { column, type, of }: Column): PropertyValue | undefined {
  const value = item[column]
  if (value === undefined || (of !== undefined && item.kind !== of)) return undefined
  if (type === 'choice') return { type, value: Number(value), words: IMPORTANCE }
  return { type, value } as PropertyValue
}

// As replies show it, so that whatever is seen in one can be found.
function field(
  view: ItemView,
  { scope, name }: { readonly scope: string; readonly name: string },
): PropertyValue | undefined {
  const { item } = view
  if (name === 'ItemId') return { type: 'text', value: entryId('item', item.id)['Id'] ?? '' }
  if (name === 'ParentFolderId') return { type: 'text', value: entryId('folder', item.folderId)['Id'] ?? '' }
  const row = ITEM_TYPES[item.kind].properties.get(name)
  const property = row?.scope === scope ? propertyOf(name, view) : undefined
  if (row === undefined || property === undefined) return undefined
  if (property.children !== undefined) return { type: 'texts', value: leaves(property) }
  const { text, attributes } = property
  if (text === undefined) return { type: 'text', value: attributes?.['Id'] ?? '' }
  const type = TYPES.get(`${scope}:${name}`)
  const value = type && constantOf({ type }, text)
  return value === undefined ? { type: 'any', value: text } : ({ type, value } as PropertyValue)
}

function leaves({ text, children }: KeptProperty): string[] {
  return children === undefined ? [text ?? ''] : children.flatMap(leaves)
}

// `contacts:PhysicalAddress:City` of index Home is in PhysicalAddresses, in the Entry of the key Home, the element City.
function indexed(kept: readonly KeptProperty[], name: string, index: string): PropertyValue | undefined {
  const [list = '', part] = name.split(':')
  const entries = kept.find((one) => one.name === `${list}es` || one.name === `${list}s`)?.children
  const entry = entries?.find(({ attributes }) => attributes?.['Key'] === index)
  if (entry === undefined) return undefined
  const value = part === undefined ? (entry.text ?? '') : keptText(entry.children ?? [], part)
  return value === undefined ? undefined : { type: 'any', value }
}

const EXTENDED_TYPES: Readonly<Record<string, 'text' | 'number' | 'boolean'>> = {
  String: 'text',
  Binary: 'text',
  CLSID: 'text',
  Integer: 'number',
  Short: 'number',
  Long: 'number',
  Double: 'number',
  Float: 'number',
  Currency: 'number',
  Boolean: 'boolean',
}

function extended(kept: readonly KeptProperty[], key: string, type: string): PropertyValue | undefined {
  const property = kept.find((one) => one.name === 'ExtendedProperty' && keyOfExtended(one) === key)
  const held = property?.children?.[1]
  if (held === undefined) return undefined
  if (held.name === 'Values') return { type: 'texts', value: leaves(held) }
  const text = held.text ?? ''
  const known = EXTENDED_TYPES[type]
  if (known === undefined) return { type: 'any', value: text }
  const value = constantOf({ type: known }, text)
  return value === undefined ? { type: 'any', value: text } : ({ type: known, value } as PropertyValue)
}
