/** Attachments as replies write them: what is said of each, and what is in it. */
import { isoTime } from '../../protocol/ids.ts'
import { el, type Markup } from '../xml.ts'
import { entryId } from './entry-id.ts'
import type { Attachment, Item } from './mailbox.ts'

/** What an item says of one of its attachments. */
export function attachmentHead(attachment: Attachment): Markup {
  return write(attachment)
}

/** An attachment with its bytes: base64 has nothing to escape, and there may be much of it. */
export function fileAttachment(attachment: Attachment, base64: string): Markup {
  return write(attachment, { markup: `<t:Content>${base64}</t:Content>` })
}

/** An attachment with the item in it. */
export function itemAttachment(attachment: Attachment, item: Markup): Markup {
  return write(attachment, item)
}

/** The id of an attachment that was just added, with what its item is called since. */
export function newAttachment(attachment: Attachment, item: Pick<Item, 'id' | 'changeKey'>): Markup {
  return el(elementOf(attachment), {}, el('t:AttachmentId', { ...idOf(attachment), ...rootOf(item) }))
}

/** The item that an attachment was removed from, and its change key since. */
export function rootItemId(item: Pick<Item, 'id' | 'changeKey'>): Markup {
  return el('m:RootItemId', rootOf(item))
}

function rootOf({ id, changeKey }: Pick<Item, 'id' | 'changeKey'>) {
  const { Id, ChangeKey } = entryId('item', id, changeKey)
  return { RootItemId: Id, RootItemChangeKey: ChangeKey }
}

function idOf({ id }: Attachment) {
  return entryId('attachment', id)
}

function elementOf({ item }: Attachment): string {
  return item === undefined ? 't:FileAttachment' : 't:ItemAttachment'
}

function write(attachment: Attachment, content?: Markup): Markup {
  const { name, contentType, contentId, size, modifiedAt, isInline, item } = attachment
  return el(
    elementOf(attachment),
    {},
    el('t:AttachmentId', idOf(attachment)),
    el('t:Name', {}, name),
    contentType === '' ? undefined : el('t:ContentType', {}, contentType),
    contentId === '' ? undefined : el('t:ContentId', {}, contentId),
    el('t:Size', {}, String(size)),
    el('t:LastModifiedTime', {}, isoTime(modifiedAt)),
    el('t:IsInline', {}, String(isInline)),
    item === undefined ? el('t:IsContactPhoto', {}, 'false') : undefined,
    content,
  )
}
