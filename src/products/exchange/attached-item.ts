/** An item that is attached to another, seen as an item of its own. */
import { columnsOf } from './item.ts'
import { writeContent } from './kept-property.ts'
import type { Attachment, Item } from './mailbox.ts'
import { readAttachedItem } from './save-item.ts'

/** The item in an attachment; what is not said in it is as in its parent. It has no id under which it could be asked for. */
export function itemOfAttachment(attachment: Attachment, content: string, parent: Item): Item {
  const { kind, properties } = readAttachedItem(content)
  return {
    ...columnsOf(kind, properties, parent),
    size: attachment.size,
    hasAttachments: false,
    id: attachment.id,
    owner: parent.owner,
    folderId: parent.folderId,
    changeKey: attachment.id,
    kind,
    author: parent.author,
    modifiedAt: attachment.modifiedAt,
    content: writeContent(properties),
    ...(attachment.blob !== undefined && { mime: attachment.blob }),
  }
}
