/** An item: what the store sorts it by, and how it is written into a reply. */
import { createHash } from 'node:crypto'
import { type EpochSeconds, isoTime } from '../../protocol/ids.ts'
import { el, type Markup } from '../xml.ts'
import { attachmentHead } from './attachment-writing.ts'
import { textOfHtml } from './body-conversion.ts'
import { entryId } from './entry-id.ts'
import type { Shape } from './ews-shape.ts'
import type { FolderRights } from './folder-rights.ts'
import type { ItemProperty } from './item-properties.ts'
import { type ItemView, ownTexts } from './item-type.ts'
import { ITEM_TYPES } from './item-types.ts'
import {
  displayOf,
  type KeptProperty,
  keptOf,
  keptText,
  mailboxesIn,
  readContent,
  writeContent,
} from './kept-property.ts'
import type { Attachment, Item, ItemColumns, ItemKind } from './mailbox.ts'
import { flagsOf, isMessage, topicOf } from './message-type.ts'
import { bodyAs } from './mime-writing.ts'
import { indexOfEntry } from './property-path.ts'

/** What the store sorts by, out of the properties; `times` stand for those that no property says. */
export function columnsOf(
  kind: ItemKind,
  properties: readonly KeptProperty[],
  times: Pick<ItemColumns, 'receivedAt' | 'sentAt' | 'createdAt'>,
): Omit<ItemColumns, 'modifiedAt' | 'hasAttachments'> {
  const moment = (name: string) => secondsOf(keptText(properties, name))
  const type = ITEM_TYPES[kind]
  const startAt = type.times && moment(type.times.start)
  const endAt = type.times && moment(type.times.end)
  const people = (name: string) => displayOf(mailboxesIn(keptOf(properties, name)))
  return {
    itemClass: keptText(properties, 'ItemClass') || type.itemClass,
    subject: keptText(properties, 'Subject') ?? '',
    isRead: isRead(properties),
    importance: Math.max(0, IMPORTANCE.indexOf(keptText(properties, 'Importance') ?? 'Normal')),
    size: Buffer.byteLength(writeContent(properties)),
    receivedAt: moment('DateTimeReceived') ?? times.receivedAt,
    sentAt: moment('DateTimeSent') ?? times.sentAt,
    createdAt: moment('DateTimeCreated') ?? times.createdAt,
    ...(startAt !== undefined && { startAt }),
    ...(endAt !== undefined && { endAt }),
    fromName: people('From') || people('Sender'),
    displayName: kind === 'Contact' ? (keptText(properties, 'DisplayName') ?? '') : people('ToRecipients'),
  }
}

const IMPORTANCE = ['Low', 'Normal', 'High']

// What its owner writes has been read ([MS-OXCMSG] 3.2.5.2), unless they say otherwise.
function isRead(properties: readonly KeptProperty[]): boolean {
  const said = keptText(properties, 'IsRead')
  return said === undefined ? (flagsOf(properties)?.isRead ?? true) : said !== 'false'
}

function secondsOf(text: string | undefined): EpochSeconds | undefined {
  return text === undefined ? undefined : (Math.floor(Date.parse(text) / 1000) as EpochSeconds)
}

/** What stands beside an item and is not read with it. */
export interface ItemParts {
  /** In base64. */
  readonly mime?: string
  readonly attachments?: readonly Attachment[]
  readonly rights?: FolderRights
}

/** Whether the reply needs the item's attachments, and its MIME content. */
export function partsWanted(item: Item, shape: Shape): { attachments: boolean; mime: boolean } {
  const wants = (name: string) => {
    const row = ITEM_TYPES[item.kind].properties.get(name)
    return row !== undefined && shape.shows(name, row.shape, row.scope)
  }
  return { attachments: wants('Attachments'), mime: wants('MimeContent') }
}

/** Writes the item with what the shape asks for; of its parts those that are handed over. */
export function writeItem(item: Item, shape: Shape, parts: ItemParts = {}): Markup {
  return writeView({ item, kept: readContent(item.content) }, shape, parts)
}

/** Writes an item whose properties have been read. */
export function writeView(view: ItemView, shape: Shape, parts: ItemParts = {}): Markup {
  const { kind } = view.item
  const written: (Markup | undefined)[] = []
  for (const [name, row] of ITEM_TYPES[kind].properties) {
    if (shape.shows(name, row.shape, row.scope)) written.push(...shown(name, row, view, shape, parts))
    else written.push(someEntries(name, view, shape))
  }
  return el(`t:${kind}`, {}, ...written)
}

function shown(
  name: string,
  { kind }: ItemProperty,
  view: ItemView,
  shape: Shape,
  { mime, attachments = [], rights }: ItemParts,
): (Markup | undefined)[] {
  switch (name) {
    case 'MimeContent':
      // Base64 has nothing to escape, and there may be much of it.
      return mime === undefined
        ? []
        : [{ markup: `<t:MimeContent CharacterSet="UTF-8">${mime}</t:MimeContent>` }]
    case 'Attachments':
      return attachments.length === 0 ? [] : [el('t:Attachments', {}, ...attachments.map(attachmentHead))]
    case 'EffectiveRights':
      return rights === undefined ? [] : [effectiveRights(rights)]
    case 'ExtendedProperty':
      return view.kept.filter((one) => one.name === name && shape.showsExtended(one)).map(write)
    default: {
      const property = propertyOf(name, view)
      if (property === undefined) return []
      return [write(kind === 'body' ? bodyAs(property, shape.bodyType) : property)]
    }
  }
}

// Entries that were asked for alone, where the property itself was not.
function someEntries(name: string, { kept }: ItemView, { entries }: Shape): Markup | undefined {
  const asked = entries.filter(({ list }) => list === name)
  const property = asked.length === 0 ? undefined : keptOf(kept, name)
  const found = (property?.children ?? []).flatMap((entry) => {
    const paths = asked.filter(({ index }) => index === indexOfEntry(entry))
    if (paths.length === 0) return []
    const parts = paths.map(({ part }) => part)
    const { children } = entry
    if (children === undefined || parts.includes(undefined)) return [entry]
    return [{ ...entry, children: children.filter((part) => parts.includes(part.name)) }]
  })
  return found.length === 0 ? undefined : write({ name, children: found })
}

function write({ name, attributes = {}, text, children = [] }: KeptProperty): Markup {
  return el(`t:${name}`, attributes, text, ...children.map(write))
}

function effectiveRights(rights: FolderRights): Markup {
  const may = (right: 'editItems' | 'deleteItems') => String(rights[right] !== 'None')
  return el(
    't:EffectiveRights',
    {},
    el('t:CreateAssociated', {}, 'false'),
    el('t:CreateContents', {}, 'false'),
    el('t:CreateHierarchy', {}, 'false'),
    el('t:Delete', {}, may('deleteItems')),
    el('t:Modify', {}, may('editItems')),
    el('t:Read', {}, String(rights.readItems === 'FullDetails')),
  )
}

/** A property as replies show it: what was written, or what the server says by itself. Of parts beside an item nothing. */
export function propertyOf(name: string, view: ItemView): KeptProperty | undefined {
  return keptOf(view.kept, name) ?? own(name, view)
}

// What this server says of an item by itself, and the defaults of what the client left out.
function own(name: string, view: ItemView): KeptProperty | undefined {
  const { item, kept } = view
  switch (name) {
    case 'ItemId':
      return { name, attributes: entryId('item', item.id, item.changeKey) }
    case 'ParentFolderId':
      return { name, attributes: entryId('folder', item.folderId) }
    case 'ConversationId':
      return isMessage(view) ? { name, attributes: { Id: conversationOf(item) } } : undefined
    case 'Flag':
      return isMessage(view) ? { name, children: [{ name: 'FlagStatus', text: 'NotFlagged' }] } : undefined
    case 'UniqueBody':
      return renamed(keptOf(kept, 'Body'), name)
    case 'NormalizedBody':
    case 'TextBody': {
      const body = renamed(keptOf(kept, 'Body'), name)
      return body && bodyAs(body, name === 'TextBody' ? 'Text' : 'HTML')
    }
    default:
      return ITEM_TYPES[item.kind].own(name, view) ?? ownOfEvery(name, view)
  }
}

const ownOfEvery = ownTexts({
  ItemClass: ({ item }) => item.itemClass,
  Sensitivity: () => 'Normal',
  Importance: () => 'Normal',
  Size: ({ item }) => String(item.size),
  DateTimeReceived: ({ item }) => isoTime(item.receivedAt),
  DateTimeSent: ({ item }) => isoTime(item.sentAt),
  DateTimeCreated: ({ item }) => isoTime(item.createdAt),
  LastModifiedTime: ({ item }) => isoTime(item.modifiedAt),
  HasAttachments: ({ item }) => String(item.hasAttachments),
  DisplayTo: ({ item, kept }) =>
    people(kept, item.kind === 'CalendarItem' ? 'RequiredAttendees' : 'ToRecipients'),
  DisplayCc: ({ item, kept }) =>
    people(kept, item.kind === 'CalendarItem' ? 'OptionalAttendees' : 'CcRecipients'),
  DisplayBcc: ({ kept }) => people(kept, 'BccRecipients'),
  IsSubmitted: () => 'false',
  IsDraft: () => 'false',
  IsFromMe: () => 'false',
  IsResend: () => 'false',
  IsUnmodified: () => 'false',
  IsAssociated: () => 'false',
  ReminderIsSet: () => 'false',
  ReminderMinutesBeforeStart: () => '0',
  InstanceKey: ({ item }) => Buffer.from(item.id).toString('base64'),
  Preview: ({ kept }) => preview(keptOf(kept, 'Body')),
})

function people(kept: readonly KeptProperty[], name: string): string {
  return displayOf(mailboxesIn(keptOf(kept, name)))
}

const LONGEST_PREVIEW = 255

function preview(body: KeptProperty | undefined): string {
  const { attributes, text = '' } = body ?? {}
  return (attributes?.['BodyType'] === 'HTML' ? textOfHtml(text) : text).slice(0, LONGEST_PREVIEW)
}

function renamed(property: KeptProperty | undefined, name: string): KeptProperty | undefined {
  return property && { ...property, name }
}

// Messages of one topic in one mailbox are one conversation here ([MS-OXOMSG] 2.2.1.5 names the topic as its root).
function conversationOf({ owner, subject }: Item): string {
  return createHash('sha256')
    .update(`${owner}\0${topicOf(subject).toLowerCase()}`)
    .digest('base64')
}
