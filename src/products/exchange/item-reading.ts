/** An item as a request writes it: `t:Message`, `t:CalendarItem`, `t:Contact`, `t:Task`. */
import { isoTime } from '../../protocol/ids.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { type ReadItem, readNewAttachments } from './attachment-reading.ts'
import { decodeBase64 } from './base64.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { type ItemProperty, KINDS, type PropertyTable } from './item-properties.ts'
import { ITEM_TYPES, kindOfClass, WRITABLE_KINDS } from './item-types.ts'
import { type KeptProperty, withKept } from './kept-property.ts'
import type { ItemKind } from './mailbox.ts'
import { LARGEST_MIME, readMime } from './mime-reading.ts'
import type { NewItem } from './new-item.ts'
import { type TimeZone, toUtc } from './time-zone.ts'
import { readTimeZoneDefinition } from './time-zone-xml.ts'

/** The kind of item that an element writes, if it is one of those that clients may write. */
export function kindOf(element: XmlElement): ItemKind | undefined {
  if (element.name === 'Item') return kindOfClass(child(element, NS.types, 'ItemClass')?.text ?? '')
  return WRITABLE_KINDS.find((kind) => kind === element.name)
}

/**
 * Reads an item of this kind. A property that the schema knows and this server does not keep is passed over. What MIME content
 * says of subject, people, date, body and attachments counts where no property says it. `zone` is that of times that name none.
 */
export async function readNewItem(
  element: XmlElement,
  kind: ItemKind,
  zone: TimeZone,
): Promise<EwsResult<NewItem>> {
  const table = ITEM_TYPES[kind].properties
  const written = readProperties(element, table, zone)
  if (!written.ok) return written
  const sound = checkExtendedNames(written.value)
  if (!sound.ok) return sound
  const list = child(element, NS.types, 'Attachments')
  const attachments = await readNewAttachments(list, attachedItemReader(zone))
  if (!attachments.ok) return attachments
  const mime = child(element, NS.types, 'MimeContent')
  const item = { kind, properties: written.value, attachments: attachments.value }
  return mime === undefined ? done(item) : withMime(item, mime)
}

/** How the items in attachments are read. */
export function attachedItemReader(zone: TimeZone): ReadItem {
  return async (element) => {
    const kind = kindOf(element)
    if (kind === undefined) return problem('ErrorInvalidItemForOperationCreateItemAttachment')
    return readNewItem(element, kind, zone)
  }
}

async function withMime(item: NewItem, element: XmlElement): Promise<EwsResult<NewItem>> {
  const bytes = await readMimeContent(element)
  if (!bytes.ok) return bytes
  const content = await readMime(bytes.value, item.kind)
  if (!content.ok) return content
  return done({
    ...item,
    properties: withKept(content.value.properties, ...item.properties),
    mime: bytes.value,
    attachments: item.attachments.length > 0 ? item.attachments : content.value.attachments,
  })
}

/** The bytes of `t:MimeContent`. */
export async function readMimeContent(element: XmlElement): Promise<EwsResult<Buffer>> {
  const wrong = KINDS.mime(element)
  if (wrong !== undefined) return invalid(wrong)
  const bytes = await decodeBase64(element.text, 'MimeContent')
  // Its type in the schema is a string: what is no base64 is the fault of one item, not of the request.
  if (!bytes.ok) return problem('ErrorMimeContentInvalidBase64String')
  return bytes.value.length > LARGEST_MIME ? problem('ErrorMessageSizeExceeded') : bytes
}

/** Reads the properties of an item element: in the order of the schema, each of its kind, none more than once. */
export function readProperties(
  element: XmlElement,
  table: PropertyTable,
  zone: TimeZone,
): EwsResult<KeptProperty[]> {
  const wrongOrder = sequence([...table.keys()], { repeated: ['ExtendedProperty'] })(element)
  if (wrongOrder !== undefined) return invalid(wrongOrder)
  const zones = readZones(element, table, zone)
  if (!zones.ok) return zones
  const kept: KeptProperty[] = []
  for (const property of element.children) {
    const row = table.get(property.name)
    const one = row && readProperty(property, row, zones.value(property.name))
    if (one?.ok === false) return one
    if (one?.value !== undefined) kept.push(one.value)
  }
  return done(kept)
}

// An item may say in which zones it begins and ends; its times that name none are in those.
function readZones(
  element: XmlElement,
  table: PropertyTable,
  zone: TimeZone,
): EwsResult<(name: string) => TimeZone> {
  const zones = new Map<string, TimeZone>()
  for (const name of ['StartTimeZone', 'EndTimeZone']) {
    const definition = child(element, NS.types, name)
    if (definition === undefined || table.get(name)?.kind !== 'timeZone') continue
    const read = readTimeZoneDefinition(definition)
    if (!read.ok) return read
    zones.set(name, read.value)
  }
  const start = zones.get('StartTimeZone') ?? zone
  return done((name) => (name === 'End' ? (zones.get('EndTimeZone') ?? start) : start))
}

/** Reads one property; undefined if it is not kept. */
export function readProperty(
  element: XmlElement,
  { kind }: ItemProperty,
  zone: TimeZone,
): EwsResult<KeptProperty | undefined> {
  if (kind === 'mime') return done(undefined)
  const check = KINDS[kind]
  if (check === undefined) return done(undefined)
  const wrong = check(element)
  if (wrong !== undefined) return invalid(wrong)
  const { name, text } = element
  if (kind === 'boolean') return done({ name, text: truth(text) })
  if (kind === 'dateTime') return instant(element, zone)
  return done(keep(element, kind))
}

// The schema has two words for each truth value; clients know one.
function truth(text: string): string {
  return String(text === 'true' || text === '1')
}

// Kept as the moment that it is, and given back so: in UTC, to the second.
function instant({ name, text }: XmlElement, zone: TimeZone): EwsResult<KeptProperty> {
  const moment = toUtc(text, zone)
  return moment === undefined
    ? invalid(`${name} is no moment that was`)
    : done({ name, text: isoTime(moment) })
}

const NAMES_OF_PROPERTIES = [
  'DistinguishedPropertySetId',
  'PropertySetId',
  'PropertyTag',
  'PropertyName',
  'PropertyId',
  'PropertyType',
]
const KEPT_ATTRIBUTES = new Set(['BodyType', 'HeaderName', 'Id', 'ChangeKey', ...NAMES_OF_PROPERTIES])
const ENTRY_ATTRIBUTES = new Set(['Key', 'Name', 'RoutingType', 'MailboxType'])

function keep({ name, attributes, text, children }: XmlElement, kind: ItemProperty['kind']): KeptProperty {
  const known = name === 'Entry' ? ENTRY_ATTRIBUTES : KEPT_ATTRIBUTES
  const named = [...attributes].filter(([key]) => kind === 'timeZone' || known.has(key))
  return {
    name,
    ...(named.length > 0 && { attributes: Object.fromEntries(named) }),
    ...(children.length > 0 ? { children: children.map((one) => keep(one, kind)) } : text !== '' && { text }),
  }
}

/** Refuses an extended property that names itself in no way, or in two (a rule that the schema cannot say). */
function checkExtendedNames(properties: readonly KeptProperty[]): EwsResult<undefined> {
  for (const property of properties) {
    if (property.name !== 'ExtendedProperty') continue
    const uri = property.children?.[0]?.attributes ?? {}
    if (!isSoundName(uri)) return problem('ErrorInvalidExtendedProperty')
  }
  return done(undefined)
}

/** Whether an extended property is named by its tag alone, or by one property set and one name. */
export function isSoundName(uri: Readonly<Record<string, string>>): boolean {
  const sets = count(uri, ['DistinguishedPropertySetId', 'PropertySetId'])
  const names = count(uri, ['PropertyName', 'PropertyId'])
  return count(uri, ['PropertyTag']) === 1 ? sets + names === 0 : sets === 1 && names === 1
}

function count(attributes: Readonly<Record<string, string>>, names: readonly string[]): number {
  return names.filter((name) => attributes[name] !== undefined).length
}
