/** The long parts of stored items: MIME content as it was written or as it is made, and what is attached. */
import type { Kit } from '../product.ts'
import { itemOfAttachment } from './attached-item.ts'
import { encodeBase64 } from './base64.ts'
import type { Shape } from './ews-shape.ts'
import type { FolderRights } from './folder-rights.ts'
import { type ItemParts, partsWanted } from './item.ts'
import { keptText, readContent } from './kept-property.ts'
import type { Attachment, Item } from './mailbox.ts'
import { type MimeAttachment, writeMime } from './mime-writing.ts'
import { readAttachedItem } from './save-item.ts'

/** The parts of an item that the shape asks for. */
export async function partsOf(item: Item, shape: Shape, rights: FolderRights, kit: Kit): Promise<ItemParts> {
  const wanted = partsWanted(item, shape)
  if (!wanted.mime && !wanted.attachments) return { rights }
  const attachments = await kit.mailboxes.attachments(item.id)
  const mime = wanted.mime ? await encodeBase64(await mimeOf(item, attachments, kit)) : undefined
  return { rights, attachments, ...(mime !== undefined && { mime }) }
}

/** The MIME content of an item: the bytes that were written, or else made of what the item says. */
export async function mimeOf(item: Item, attachments: readonly Attachment[], kit: Kit): Promise<Buffer> {
  const written = item.mime === undefined ? undefined : await kit.mailboxes.blob(item.mime)
  if (written !== undefined) return written
  const carried: MimeAttachment[] = []
  for (const attachment of attachments) carried.push(await carriedBy(attachment, item, kit))
  return writeMime(item, readContent(item.content), carried)
}

async function carriedBy(attachment: Attachment, parent: Item, kit: Kit): Promise<MimeAttachment> {
  const { name, contentType, contentId, isInline } = attachment
  const blob = attachment.blob === undefined ? undefined : await kit.mailboxes.blob(attachment.blob)
  if (attachment.item === undefined)
    return { name, contentType, contentId, isInline, bytes: blob ?? Buffer.alloc(0) }
  const bytes = blob ?? (await mimeOfAttached(attachment, attachment.item, parent))
  const subject = keptText(readAttachedItem(attachment.item).properties, 'Subject')
  return {
    name: `${name || subject || 'item'}.eml`,
    contentType: 'message/rfc822',
    contentId,
    isInline,
    bytes,
  }
}

/** The MIME content of an attached item that was written without. */
export function mimeOfAttached(attachment: Attachment, content: string, parent: Item): Promise<Buffer> {
  const item = itemOfAttachment(attachment, content, parent)
  return writeMime(item, readContent(item.content), [])
}
