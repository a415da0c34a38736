/** An item: read from a request, kept as JSON, written into a reply. */
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import { el, type Markup, type XmlElement } from '../xml.ts'
import { entryId } from './entry-id.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import type { Shape } from './ews-shape.ts'
import { KINDS, MESSAGE_PROPERTIES } from './item-properties.ts'
import { type KeptProperty, keptText, readContent, writeContent } from './kept-property.ts'
import type { Item, ItemColumns } from './mailbox.ts'

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

/** What the store sorts by, out of the properties; `now` stands for times that the client did not say. */
export function columnsOf(
  properties: readonly KeptProperty[],
  now: EpochSeconds,
): Omit<ItemColumns, 'modifiedAt'> {
  const time = (name: string) => secondsOf(keptText(properties, name)) ?? now
  const from = properties.find(({ name }) => name === 'From' || name === 'Sender')
  return {
    itemClass: keptText(properties, 'ItemClass') || 'IPM.Note',
    subject: keptText(properties, 'Subject') ?? '',
    // What its owner writes has been read ([MS-OXCMSG] 3.2.5.2).
    isRead: keptText(properties, 'IsRead') !== 'false',
    importance: Math.max(0, IMPORTANCE.indexOf(keptText(properties, 'Importance') ?? 'Normal')),
    hasAttachments: false,
    size: Buffer.byteLength(writeContent(properties)),
    receivedAt: time('DateTimeReceived'),
    sentAt: time('DateTimeSent'),
    createdAt: time('DateTimeCreated'),
    fromName: mailboxNames(from),
    displayName: mailboxNames(properties.find(({ name }) => name === 'ToRecipients')),
  }
}

const IMPORTANCE = ['Low', 'Normal', 'High']

function secondsOf(text: string | undefined): EpochSeconds | undefined {
  return text === undefined ? undefined : (Math.floor(Date.parse(text) / 1000) as EpochSeconds)
}

/** Writes the item with what the shape asks for. */
export function writeItem(item: Item, shape: Shape): Markup {
  const kept = readContent(item.content)
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
      return [{ name, text: String(item.size) }]
    case 'DateTimeReceived':
      return [{ name, text: isoTime(item.receivedAt) }]
    case 'DateTimeSent':
      return [{ name, text: isoTime(item.sentAt) }]
    case 'DateTimeCreated':
      return [{ name, text: isoTime(item.createdAt) }]
    case 'DisplayTo':
    case 'DisplayCc':
    case 'DisplayBcc':
      return [
        {
          name,
          text: mailboxNames(kept.find((one) => one.name === `${name.replace('Display', '')}Recipients`)),
        },
      ]
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

// A recipient holds t:Mailbox, and so does a list of them.
function mailboxNames(property: KeptProperty | undefined): string {
  return (property?.children ?? [])
    .map(({ children = [] }) => keptText(children, 'Name') ?? keptText(children, 'EmailAddress') ?? '')
    .join('; ')
}
