/** One change that UpdateItem makes to an item: read from the request, and applied to the item's properties. */
import { NS, type XmlElement } from '../xml.ts'
import { htmlAppended } from './body-conversion.ts'
import { done, type EwsCode, type EwsProblem, type EwsResult, invalid, problem } from './ews-result.ts'
import { each } from './ews-schema.ts'
import { type ItemProperty, KINDS } from './item-properties.ts'
import { isSoundName, kindOf, readMimeContent, readProperty } from './item-reading.ts'
import { ITEM_TYPES } from './item-types.ts'
import { type KeptProperty, keptOf, withKept, withoutKept } from './kept-property.ts'
import type { ItemKind } from './mailbox.ts'
import { isDraft } from './message-type.ts'
import { bodyAs } from './mime-writing.ts'
import {
  entryOf,
  indexOfEntry,
  keyOfExtended,
  PATH_CHECKS,
  PATH_ELEMENTS,
  type PropertyPath,
  readPropertyPath,
} from './property-path.ts'
import { type TimeZone, UTC } from './time-zone.ts'
import { readTimeZoneDefinition } from './time-zone-xml.ts'

const VERBS = ['SetItemField', 'AppendToItemField', 'DeleteItemField'] as const

/** A change as it was read; of a deletion there is no item. */
export interface ItemChange {
  readonly verb: (typeof VERBS)[number]
  readonly path: PropertyPath
  readonly item?: XmlElement
}

/** Reads one of the elements in `t:Updates`. */
export function readItemChange(element: XmlElement): EwsResult<ItemChange> {
  const verb = VERBS.find((name) => name === element.name)
  if (verb === undefined || element.ns !== NS.types) return invalid(`Updates may not hold ${element.name}`)
  const [path, item, ...more] = element.children
  if (path === undefined || !PATH_ELEMENTS.includes(path.name) || more.length > 0)
    return invalid(`${verb} must hold the path of a property first`)
  const wrong = PATH_CHECKS[path.name]?.(path)
  if (wrong !== undefined) return invalid(wrong)
  if (verb === 'DeleteItemField') {
    return item === undefined
      ? done({ verb, path: readPropertyPath(path) })
      : invalid(`${verb} may not hold ${item.name}`)
  }
  if (item === undefined) return invalid(`${verb} must hold an item`)
  const faulty = valueProblem(item)
  return faulty === undefined ? done({ verb, path: readPropertyPath(path), item }) : invalid(faulty)
}

// A value that the schema does not allow is refused before anything is changed.
function valueProblem(item: XmlElement): string | undefined {
  const kind = kindOf(item)
  if (kind === undefined) return undefined
  for (const property of item.children) {
    const row = ITEM_TYPES[kind].properties.get(property.name)
    if (row === undefined) return `${item.name} may not hold ${property.name}`
    const wrong = KINDS[row.kind]?.(property)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** An item's properties while changes are applied to it. */
export interface Changing {
  readonly kind: ItemKind
  readonly properties: readonly KeptProperty[]
  /** The names of the properties that were changed. */
  readonly changed: ReadonlySet<string>
  /** New MIME content. */
  readonly mime?: Buffer
}

/** Applies a change. `zone` is that of times that name none, unless the item says its own. */
export async function applyChange(
  item: Changing,
  change: ItemChange,
  zone: TimeZone,
): Promise<EwsResult<Changing>> {
  const { path } = change
  switch (path.kind) {
    case 'extended':
      return changeExtended(item, change, path)
    case 'indexed':
      return changeEntry(item, change, path)
    case 'field':
      return changeField(item, change, path, zone)
  }
}

const REFUSALS = {
  SetItemField: 'ErrorInvalidPropertySet',
  AppendToItemField: 'ErrorInvalidPropertyAppend',
  DeleteItemField: 'ErrorInvalidPropertyDelete',
} as const satisfies Record<ItemChange['verb'], EwsCode>

// What others have read cannot be written anew.
const FIXED_ONCE_SENT = new Set(
  'ToRecipients CcRecipients BccRecipients From Sender ReplyTo IsReadReceiptRequested IsDeliveryReceiptRequested IsResponseRequested'.split(
    ' ',
  ),
)
// What an item always has.
const ALWAYS_THERE = new Set(['ItemClass', 'Start', 'End', 'IsRead', 'UID'])

async function changeField(
  item: Changing,
  { verb, item: written }: ItemChange,
  { scope, name }: PropertyPath & { kind: 'field' },
  zone: TimeZone,
): Promise<EwsResult<Changing>> {
  const row = ITEM_TYPES[item.kind].properties.get(name)
  if (row === undefined || row.scope !== scope) return problem('ErrorInvalidPropertyRequest')
  if (row.kind === 'server' || row.kind === 'dropped' || row.kind === 'attachments')
    return problem(REFUSALS[verb])
  const isSent = item.kind === 'Message' && !isDraft(item.properties)
  if (isSent && FIXED_ONCE_SENT.has(name)) return problem('ErrorInvalidPropertyUpdateSentMessage')
  if (written === undefined) {
    const stays = ALWAYS_THERE.has(name) || row.kind === 'mime'
    return stays ? problem(REFUSALS[verb]) : withChanged(item, name, withoutKept(item.properties, [name]))
  }
  const element = theOne(written, item.kind, name)
  if (!element.ok) return element
  if (row.kind === 'mime') return changeMime(item, verb, element.value)
  const value = readProperty(element.value, row, zoneOf(item, name, zone))
  if (!value.ok) return value
  if (value.value === undefined) return problem(REFUSALS[verb])
  const next =
    verb === 'SetItemField' ? value.value : appended(keptOf(item.properties, name), value.value, row)
  return next === undefined
    ? problem(REFUSALS[verb])
    : withChanged(item, name, withKept(item.properties, next))
}

async function changeMime(
  item: Changing,
  verb: ItemChange['verb'],
  element: XmlElement,
): Promise<EwsResult<Changing>> {
  if (verb !== 'SetItemField') return problem(REFUSALS[verb])
  const mime = await readMimeContent(element)
  return mime.ok ? done({ ...item, mime: mime.value }) : mime
}

// The one property that the item of a change may hold.
function theOne(written: XmlElement, kind: ItemKind, name: string): EwsResult<XmlElement> {
  if (
    written.name !== kind &&
    written.name !== 'Item' &&
    !(MEETING_MESSAGES.has(kind) && written.name === 'Message')
  )
    return problem('ErrorObjectTypeChanged')
  const [element, ...others] = written.children
  if (element === undefined || others.length > 0) return problem('ErrorIncorrectUpdatePropertyCount')
  return element.name === name && element.ns === NS.types ? done(element) : mismatch(name, element.name)
}

const MEETING_MESSAGES: ReadonlySet<ItemKind> = new Set(['MeetingRequest', 'MeetingCancellation'])

function mismatch(expected: string, seen: string): EwsProblem {
  return problem(
    'ErrorUpdatePropertyMismatch',
    `The path names ${expected}, the item holds ${seen.slice(0, 60)}.`,
  )
}

function zoneOf({ properties }: Changing, name: string, zone: TimeZone): TimeZone {
  const names = name === 'End' ? ['EndTimeZone', 'StartTimeZone'] : ['StartTimeZone']
  const own = names.map((one) => keptOf(properties, one)).find((one) => one !== undefined)
  const read = own && readTimeZoneDefinition(elementOf(own))
  return read?.ok === true ? read.value : zone
}

function elementOf({ name, attributes = {}, text = '', children = [] }: KeptProperty): XmlElement {
  return {
    ns: NS.types,
    name,
    attributes: new Map(Object.entries(attributes)),
    text,
    children: children.map(elementOf),
  }
}

const LISTS: ReadonlySet<ItemProperty['kind']> = new Set(['recipients', 'attendees', 'strings'])

function appended(
  old: KeptProperty | undefined,
  more: KeptProperty,
  { kind }: ItemProperty,
): KeptProperty | undefined {
  if (kind === 'body') {
    if (old === undefined) return more
    const text = old.text ?? ''
    if (old.attributes?.['BodyType'] !== 'HTML')
      return { ...old, text: `${text}${bodyAs(more, 'Text').text ?? ''}` }
    const type = more.attributes?.['BodyType'] === 'HTML' ? 'HTML' : 'Text'
    return { ...old, text: htmlAppended(text, more.text ?? '', type) }
  }
  if (!LISTS.has(kind)) return undefined
  return { ...more, children: [...(old?.children ?? []), ...(more.children ?? [])] }
}

function changeExtended(
  item: Changing,
  { verb, item: written }: ItemChange,
  path: PropertyPath & { kind: 'extended' },
): EwsResult<Changing> {
  if (!isSoundName(path.uri)) return problem('ErrorInvalidExtendedProperty')
  if (verb === 'AppendToItemField') return problem(REFUSALS[verb])
  const others = item.properties.filter(
    (one) => one.name !== 'ExtendedProperty' || keyOfExtended(one) !== path.key,
  )
  if (written === undefined) return withChanged(item, 'ExtendedProperty', others)
  const element = theOne(written, item.kind, 'ExtendedProperty')
  if (!element.ok) return element
  const row = ITEM_TYPES[item.kind].properties.get('ExtendedProperty')
  const value = row && readProperty(element.value, row, UTC)
  if (value === undefined || !value.ok) return value ?? problem(REFUSALS[verb])
  if (value.value === undefined || keyOfExtended(value.value) !== path.key)
    return mismatch('one extended property', 'another')
  return withChanged(item, 'ExtendedProperty', [...others, value.value])
}

const ADDRESS_PARTS = ['Street', 'City', 'State', 'CountryOrRegion', 'PostalCode']

function changeEntry(
  item: Changing,
  { verb, item: written }: ItemChange,
  path: PropertyPath & { kind: 'indexed' },
): EwsResult<Changing> {
  const entry = entryOf(path)
  const row = entry && ITEM_TYPES[item.kind].properties.get(entry.list)
  if (entry === undefined || row?.scope !== path.scope) return problem('ErrorInvalidPropertyRequest')
  if (row.kind === 'headers' || verb === 'AppendToItemField') return problem(REFUSALS[verb])
  const { list, index, part } = entry
  const old = keptOf(item.properties, list)?.children ?? []
  const others = old.filter((one) => indexOfEntry(one) !== index)
  const known = old.find((one) => indexOfEntry(one) === index)
  const added =
    written === undefined ? done(withoutPart(known, part)) : readEntry(written, item.kind, row, entry, known)
  if (!added.ok) return added
  const children = added.value === undefined ? others : [...others, added.value]
  const properties =
    children.length === 0
      ? withoutKept(item.properties, [list])
      : withKept(item.properties, { name: list, children })
  return withChanged(item, list, properties)
}

function withoutPart(known: KeptProperty | undefined, part: string | undefined): KeptProperty | undefined {
  if (known === undefined || part === undefined) return undefined
  const children = (known.children ?? []).filter(({ name }) => name !== part)
  return children.length === 0 ? undefined : { ...known, children }
}

function readEntry(
  written: XmlElement,
  kind: ItemKind,
  row: ItemProperty,
  { list, index, part }: { list: string; index: string; part?: string },
  known: KeptProperty | undefined,
): EwsResult<KeptProperty | undefined> {
  const element = theOne(written, kind, list)
  if (!element.ok) return element
  const value = readProperty(element.value, row, UTC)
  if (!value.ok) return value
  const [entry, ...more] = value.value?.children ?? []
  if (entry === undefined || more.length > 0) return problem('ErrorIncorrectUpdatePropertyCount')
  if (indexOfEntry(entry) !== index) return mismatch(index, indexOfEntry(entry))
  if (part === undefined) return done(entry)
  const [one, ...others] = entry.children ?? []
  if (one === undefined || others.length > 0) return problem('ErrorIncorrectUpdatePropertyCount')
  if (one.name !== part) return mismatch(part, one.name)
  const children = withKept(known?.children ?? [], one)
  children.sort((a, b) => ADDRESS_PARTS.indexOf(a.name) - ADDRESS_PARTS.indexOf(b.name))
  return done({ ...entry, children })
}

function withChanged(item: Changing, name: string, properties: readonly KeptProperty[]): EwsResult<Changing> {
  return done({ ...item, properties, changed: new Set([...item.changed, name]) })
}

/** What stands in `t:Updates` must be at least one change. */
export const UPDATES = each('Updates', (element) =>
  element.children.length > 0 ? undefined : 'Updates must hold at least one change',
)
