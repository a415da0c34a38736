/** Keeping items: their long parts as blobs first, then the item itself with everything that names them. */
import type { User } from '../../trust/directory.ts'
import type { Kit } from '../product.ts'
import { done, type EwsProblem, type EwsResult, problem } from './ews-result.ts'
import { columnsOf } from './item.ts'
import type { Situation } from './item-type.ts'
import { ITEM_TYPES } from './item-types.ts'
import { type KeptProperty, type Mailbox, withKept, writeContent } from './kept-property.ts'
import type { Attachment, Folder, Item, ItemKind, MailboxStep } from './mailbox.ts'
import { MOST_ATTACHMENTS } from './mime-reading.ts'
import type { NewAttachment, NewItem } from './new-item.ts'
import type { TimeZone } from './time-zone.ts'

/** What everything that is attached to an item may take together, in bytes: its MIME content is made in one go. */
export const LARGEST_ITEM = 36 * 1024 * 1024

/** Why no more can be attached. */
export function tooManyAttachments(): EwsProblem {
  return problem(
    'ErrorAttachmentSizeLimitExceeded',
    `An item may have ${MOST_ATTACHMENTS} attachments at most.`,
  )
}

/** What properties may take, in bytes: they are read and written whole. */
export const LARGEST_CONTENT = 1024 * 1024

/** An item without a place, its long parts kept: it can be added to any number of folders. */
export interface PreparedItem {
  readonly kind: ItemKind
  readonly properties: readonly KeptProperty[]
  /** Their ids are those of nothing yet. */
  readonly attachments: readonly Attachment[]
  /** The blob of its MIME content, and how many bytes it has. */
  readonly mime?: { readonly blob: string; readonly size: number }
}

/** Who a user is to others. */
export function mailboxOf({ displayName, smtp, upn }: User): Mailbox {
  return { name: displayName, address: smtp ?? upn }
}

/** What an item of this user is completed with. */
export function situationOf(owner: User, zone: TimeZone, changed: Iterable<string>, kit: Kit): Situation {
  return {
    now: kit.now(),
    zone,
    owner: mailboxOf(owner),
    changed: new Set(changed),
    newId: () => kit.newId(),
  }
}

/** Completes a new item and keeps its long parts. */
export async function prepareItem(
  item: NewItem,
  owner: User,
  zone: TimeZone,
  kit: Kit,
): Promise<EwsResult<PreparedItem>> {
  const names = item.properties.map(({ name }) => name)
  const complete = ITEM_TYPES[item.kind].complete
  const completed = complete?.(item.properties, situationOf(owner, zone, names, kit)) ?? done(item.properties)
  if (!completed.ok) return completed
  if (Buffer.byteLength(writeContent(completed.value)) > LARGEST_CONTENT)
    return problem('ErrorMessageSizeExceeded')
  if (item.attachments.length > MOST_ATTACHMENTS) return tooManyAttachments()
  const attachments: Attachment[] = []
  for (const attachment of item.attachments) {
    const kept = await keepAttachment(attachment, owner, zone, kit)
    if (!kept.ok) return kept
    attachments.push(kept.value)
  }
  const { mime } = item
  return done({
    kind: item.kind,
    properties: completed.value,
    attachments,
    ...(mime && { mime: { blob: await keepBytes(mime, kit), size: mime.length } }),
  })
}

/** Keeps the bytes of an attachment, or of the MIME content of the item in it. */
export async function keepAttachment(
  attachment: NewAttachment,
  owner: User,
  zone: TimeZone,
  kit: Kit,
): Promise<EwsResult<Attachment>> {
  const { name, contentType, contentId, isInline, content } = attachment
  const about = { id: kit.newId(), contentId, isInline, modifiedAt: kit.now() }
  if (content.kind === 'file') {
    const { bytes } = content
    return done({ ...about, name, contentType, size: bytes.length, blob: await keepBytes(bytes, kit) })
  }
  const { kind, properties, mime } = content.item
  const names = properties.map((one) => one.name)
  const complete = ITEM_TYPES[kind].complete
  const completed = complete?.(properties, situationOf(owner, zone, names, kit)) ?? done(properties)
  if (!completed.ok) return completed
  const item = JSON.stringify({ kind, properties: completed.value } satisfies AttachedItem)
  const size = Buffer.byteLength(item)
  if (size > LARGEST_CONTENT) return problem('ErrorMessageSizeExceeded')
  const subject = completed.value.find((one) => one.name === 'Subject')?.text ?? ''
  return done({
    ...about,
    name: name || subject,
    contentType: contentType || 'message/rfc822',
    size: mime?.length ?? size,
    item,
    ...(mime && { blob: await keepBytes(mime, kit) }),
  })
}

/** An item in an attachment, as it is kept there. */
export interface AttachedItem {
  readonly kind: ItemKind
  readonly properties: readonly KeptProperty[]
}

/** Reads the item in an attachment. */
export function readAttachedItem(item: string): AttachedItem {
  // Nothing but `keepAttachment` ever wrote there.
  return JSON.parse(item) as AttachedItem
}

/** Keeps bytes under a new id. */
export async function keepBytes(bytes: Buffer, kit: Kit): Promise<string> {
  const id = kit.newId()
  await kit.mailboxes.saveBlob(id, bytes)
  return id
}

/** How an item comes into a folder. */
export interface Arrival {
  /** Who wrote it; nobody, if an application did by itself. */
  readonly author: User | undefined
  readonly how?: 'written' | 'delivered'
}

/** The step that adds an item to a folder. */
export type Addition = Extract<MailboxStep, { readonly kind: 'add' }> & {
  readonly attachments: readonly Attachment[]
}

/** A prepared item as it will stand in a folder. */
export function additionOf(
  prepared: PreparedItem,
  folder: Folder,
  { author, how = 'written' }: Arrival,
  kit: Kit,
): Addition {
  const { kind, mime } = prepared
  const now = kit.now()
  const modifier = author && { name: 'LastModifiedName', text: author.displayName }
  const properties = withKept(prepared.properties, modifier)
  const attachments = prepared.attachments.map((one) => ({ ...one, id: kit.newId() }))
  const columns = columnsOf(kind, properties, { receivedAt: now, sentAt: now, createdAt: now })
  const item: Item = {
    ...columns,
    size: sizeOf(columns.size, attachments, mime?.size),
    hasAttachments: hasFiles(attachments),
    id: kit.newId(),
    owner: folder.owner,
    folderId: folder.id,
    changeKey: kit.newId(),
    kind,
    author: author?.sid ?? '',
    modifiedAt: now,
    content: writeContent(properties),
    ...(mime && { mime: mime.blob }),
  }
  return { kind: 'add', item, attachments, how }
}

/** The item with these properties, and all else as it was. */
export function withProperties(item: Item, properties: readonly KeptProperty[]): Item {
  const content = writeContent(properties)
  const size = item.size - Buffer.byteLength(item.content) + Buffer.byteLength(content)
  return { ...item, content, size }
}

/** The size of an item: its properties, and its MIME content, which holds what is attached, or that itself. */
export function sizeOf(content: number, attachments: readonly Attachment[], mime?: number): number {
  return content + (mime ?? attachments.reduce((sum, { size }) => sum + size, 0))
}

/** Whether an item is shown with a paper clip: pictures within its text do not count. */
export function hasFiles(attachments: readonly Attachment[]): boolean {
  return attachments.some(({ isInline }) => !isInline)
}

/** The item again as one that can be added elsewhere. */
export function prepareAgain(
  item: Item,
  attachments: readonly Attachment[],
  properties: readonly KeptProperty[],
): PreparedItem {
  const size = item.size - Buffer.byteLength(item.content)
  return {
    kind: item.kind,
    properties,
    attachments,
    ...(item.mime !== undefined && { mime: { blob: item.mime, size } }),
  }
}
