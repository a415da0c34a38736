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

/** The parts of an item that the shape asks for; undefined when the item has others by now, or is gone. */
export async function partsOf(
  item: Item,
  shape: Shape,
  rights: FolderRights,
  kit: Kit,
): Promise<ItemParts | undefined> {
  const wanted = partsWanted(item, shape)
  if (!wanted.mime && !wanted.attachments) return { rights }
  const attachments = await kit.mailboxes.attachments(item.id)
  if (!wanted.mime) return { rights, attachments }
  const mime = await mimeOf(item, attachments, kit)
  return mime && { rights, attachments, mime: await encodeBase64(mime) }
}

// The MIME content of an item: the bytes that were written, or else made of what the item says. Others have their turn while
// bytes are read, so they may be gone before they are read whole.
async function mimeOf(item: Item, attachments: readonly Attachment[], kit: Kit): Promise<Buffer | undefined> {
  if (item.mime !== undefined) return kit.mailboxes.blob(item.mime)
  const carried: MimeAttachment[] = []
  for (const attachment of attachments) {
    const one = await carriedBy(attachment, item, kit)
    if (one === undefined) return undefined
    carried.push(one)
  }
  return writeMime(item, readContent(item.content), carried)
}

async function carriedBy(
  attachment: Attachment,
  parent: Item,
  kit: Kit,
): Promise<MimeAttachment | undefined> {
  const { name, contentType, contentId, isInline } = attachment
  const bytes = await bytesOf(attachment, parent, kit)
  if (bytes === undefined) return undefined
  if (attachment.item === undefined) return { name, contentType, contentId, isInline, bytes }
  const subject = keptText(readAttachedItem(attachment.item).properties, 'Subject')
  return {
    name: `${name || subject || 'item'}.eml`,
    contentType: 'message/rfc822',
    contentId,
    isInline,
    bytes,
  }
}

/** The bytes of a file, or the MIME content of an attached item; undefined when the attachment is gone. */
export async function bytesOf(attachment: Attachment, parent: Item, kit: Kit): Promise<Buffer | undefined> {
  if (attachment.blob !== undefined) return kit.mailboxes.blob(attachment.blob)
  return attachment.item === undefined ? undefined : mimeOfAttached(attachment, attachment.item, parent)
}

// The MIME content of an attached item that was written without.
function mimeOfAttached(attachment: Attachment, content: string, parent: Item): Promise<Buffer> {
  const item = itemOfAttachment(attachment, content, parent)
  return writeMime(item, readContent(item.content), [])
}
