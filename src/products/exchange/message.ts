/** A message: read from a request, kept as JSON, written into a reply. */
import { isoTime } from '../../protocol/ids.ts'
import { el, type Markup, type XmlElement } from '../xml.ts'
import { entryId } from './entry-id.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import type { Shape } from './ews-shape.ts'
import type { Item } from './mailbox.ts'
import { KINDS, MESSAGE_PROPERTIES } from './message-properties.ts'

/** One property as the client wrote it, without what this server does not keep. */
export interface KeptProperty {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly text?: string
  readonly children?: readonly KeptProperty[]
}

const IN_SCHEMA_ORDER = sequence([...MESSAGE_PROPERTIES.keys()], { repeated: ['ExtendedProperty'] })

/** Reads `t:Message`. A property that the schema knows and this server does not keep is passed over. */
export function readMessage(element: XmlElement): EwsResult<KeptProperty[]> {
  const wrongOrder = IN_SCHEMA_ORDER(element)
  if (wrongOrder !== undefined) return invalid(wrongOrder)
  const kept: KeptProperty[] = []
  for (const property of element.children) {
    const kind = MESSAGE_PROPERTIES.get(property.name)?.kind ?? 'dropped'
    const check = KINDS[kind]
    if (check === undefined) continue
    const wrong = check(property)
    if (wrong !== undefined) return invalid(wrong)
    kept.push(kind === 'boolean' ? { name: property.name, text: truth(property.text) } : keep(property))
  }
  return done(kept)
}

// The schema has two words for each truth value; clients know one.
function truth(text: string): string {
  return String(text === 'true' || text === '1')
}

/** Refuses an extended property that names itself in no way, or in two (a rule that the schema cannot say). */
export function checkExtendedNames(properties: readonly KeptProperty[]): EwsResult<undefined> {
  for (const property of properties) {
    if (property.name !== 'ExtendedProperty') continue
    const uri = property.children?.[0]?.attributes ?? {}
    const sets = count(uri, ['DistinguishedPropertySetId', 'PropertySetId'])
    const names = count(uri, ['PropertyName', 'PropertyId'])
    const tags = count(uri, ['PropertyTag'])
    const sound = tags === 1 ? sets + names === 0 : sets === 1 && names === 1
    if (!sound) return problem('ErrorInvalidExtendedProperty')
  }
  return done(undefined)
}

function count(attributes: Readonly<Record<string, string>>, names: readonly string[]): number {
  return names.filter((name) => attributes[name] !== undefined).length
}

const KEPT_ATTRIBUTES = [
  'BodyType',
  'HeaderName',
  'Id',
  'ChangeKey',
  'DistinguishedPropertySetId',
  'PropertySetId',
  'PropertyTag',
  'PropertyName',
  'PropertyId',
  'PropertyType',
]

function keep({ name, attributes, text, children }: XmlElement): KeptProperty {
  const named = KEPT_ATTRIBUTES.flatMap((key) => {
    const value = attributes.get(key)
    return value === undefined ? [] : [[key, value] as const]
  })
  return {
    name,
    ...(named.length > 0 && { attributes: Object.fromEntries(named) }),
    ...(children.length > 0 ? { children: children.map(keep) } : text !== '' && { text }),
  }
}

/** The text of a property that was kept. */
export function keptText(properties: readonly KeptProperty[], name: string): string | undefined {
  const property = properties.find((candidate) => candidate.name === name)
  return property === undefined ? undefined : (property.text ?? '')
}

/** Writes `t:Message` with what the shape asks for. */
export function writeMessage(item: Item, shape: Shape): Markup {
  // What stands in `content` was written by createItem out of readMessage.
  const kept = JSON.parse(item.content) as readonly KeptProperty[]
  const shown = [...MESSAGE_PROPERTIES].filter(([name, property]) => shape.shows(name, property.shape))
  const properties = shown.flatMap(([name]) => {
    if (name === 'ExtendedProperty')
      return kept.filter((one) => one.name === name && shape.showsExtended(one))
    const written = kept.find((one) => one.name === name)
    return written === undefined ? own(item, kept, name) : [written]
  })
  return el('t:Message', {}, ...properties.map(write))
}

function write({ name, attributes = {}, text, children = [] }: KeptProperty): Markup {
  return el(`t:${name}`, attributes, text, ...children.map(write))
}

// What this server says of a message by itself, and the defaults of what the client left out.
function own(item: Item, kept: readonly KeptProperty[], name: string): KeptProperty[] {
  switch (name) {
    case 'ItemId':
      return [{ name, attributes: entryId('item', item.id, item.changeKey) }]
    case 'ParentFolderId':
      return [{ name, attributes: entryId('folder', item.folderId) }]
    case 'ItemClass':
      return [{ name, text: item.itemClass }]
    case 'Sensitivity':
    case 'Importance':
      return [{ name, text: 'Normal' }]
    case 'Size':
      return [{ name, text: String(Buffer.byteLength(item.content)) }]
    case 'DateTimeReceived':
    case 'DateTimeSent':
    case 'DateTimeCreated':
      return [{ name, text: isoTime(item.createdAt) }]
    case 'DisplayTo':
    case 'DisplayCc':
    case 'DisplayBcc':
      return [{ name, text: displayNames(kept, name.replace('Display', '')) }]
    case 'IsRead':
      return [{ name, text: String(item.isRead) }]
    // Everything here was saved and nothing was sent.
    case 'IsDraft':
      return [{ name, text: 'true' }]
    case 'IsSubmitted':
    case 'IsFromMe':
    case 'IsResend':
    case 'IsUnmodified':
    case 'HasAttachments':
    case 'IsReadReceiptRequested':
    case 'IsDeliveryReceiptRequested':
      return [{ name, text: 'false' }]
    default:
      return []
  }
}

function displayNames(kept: readonly KeptProperty[], which: string): string {
  const recipients = kept.find(({ name }) => name === `${which}Recipients`)?.children ?? []
  return recipients
    .map(({ children = [] }) => keptText(children, 'Name') ?? keptText(children, 'EmailAddress') ?? '')
    .join('; ')
}
