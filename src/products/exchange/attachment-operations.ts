/** CreateAttachment, GetAttachment and DeleteAttachment. Each moves the change key of the item that it changes. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Caller, Kit } from '../product.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { itemOfAttachment } from './attached-item.ts'
import { readNewAttachment } from './attachment-reading.ts'
import { fileAttachment, itemAttachment, newAttachment, rootItemId } from './attachment-writing.ts'
import { encodeBase64 } from './base64.ts'
import { type EntryRef, readEntryId } from './entry-id.ts'
import { type EwsHandler, type ResponseMessage, readEach, readList } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { ATTACHMENT_SHAPE, type Shape, shapeOf } from './ews-shape.ts'
import { LONGEST_REPLY } from './get-item.ts'
import { partsWanted, writeItem } from './item.ts'
import { bytesOf } from './item-parts.ts'
import { attachedItemReader } from './item-reading.ts'
import type { Attachment, AttachmentChange, Item } from './mailbox.ts'
import { type FoundItem, findItem, mailboxOwner, mayChange } from './mailbox-access.ts'
import { MOST_ATTACHMENTS } from './mime-reading.ts'
import type { NewAttachment } from './new-item.ts'
import { hasFiles, keepAttachment, LARGEST_ITEM, sizeOf, tooManyAttachments } from './save-item.ts'
import type { TimeZone } from './time-zone.ts'

const CREATE = sequence(['ParentItemId', 'Attachments'], {
  ns: NS.messages,
  required: ['ParentItemId', 'Attachments'],
})

/** Answers each new attachment with its id. */
export const createAttachment: EwsHandler = async (request, caller, kit, { timeZone }) => {
  const wrong = CREATE(request)
  if (wrong !== undefined) return invalid(wrong)
  const parent = child(request, NS.messages, 'ParentItemId')
  if (parent === undefined || !parent.attributes.has('Id'))
    return invalid('ParentItemId must have the attribute Id')
  const list = readList(request, 'Attachments', ['FileAttachment', 'ItemAttachment', 'ReferenceAttachment'])
  if (!list.ok) return list
  const attachments: EwsResult<NewAttachment>[] = []
  for (const element of list.value) {
    const read = await readNewAttachment(element, attachedItemReader(timeZone))
    if (!read.ok && read.code === 'ErrorSchemaValidation') return read
    attachments.push(read)
  }
  const ref = readEntryId('item', parent)
  const messages: ResponseMessage[] = []
  for (const attachment of attachments) {
    messages.push(attachment.ok ? await attach(ref, attachment.value, timeZone, caller, kit) : attachment)
  }
  return done(messages)
}

async function attach(
  ref: EwsResult<EntryRef>,
  value: NewAttachment,
  zone: TimeZone,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  const found = await findItem(ref, caller, kit)
  if (!found.ok) return found
  if (!mayChange(found.value, 'editItems', caller)) return denial('ErrorAccessDenied', found.value.rule)
  const owner = await mailboxOwner(found.value.folder, caller, kit)
  if (!owner.ok) return owner
  const attachment = await keepAttachment(value, owner.value, zone, kit)
  if (!attachment.ok) return attachment
  const changed = await changeAttached(found.value.item, { add: [attachment.value] }, kit)
  return changed.ok ? done(newAttachment(attachment.value, changed.value)) : changed
}

const MOST_TRIES = 8

// The MIME content that was written says nothing of what is attached since, so it is made anew when it is asked for.
async function changeAttached(found: Item, change: AttachmentChange, kit: Kit): Promise<EwsResult<Item>> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const item = tries === 0 ? found : await kit.mailboxes.item(found.id)
    if (item === undefined) return problem('ErrorItemNotFound')
    const before = await kit.mailboxes.attachments(item.id)
    const kept = before.filter(({ id }) => !(change.remove ?? []).includes(id))
    const attachments = [...kept, ...(change.add ?? [])]
    if (change.add !== undefined && attachments.length > MOST_ATTACHMENTS) return tooManyAttachments()
    const size = sizeOf(Buffer.byteLength(item.content), attachments)
    if (change.add !== undefined && size > LARGEST_ITEM)
      return problem('ErrorMessageSizeExceeded', 'What is attached to an item may have 36 MiB together.')
    const { mime: _, ...rest } = item
    const next = {
      ...rest,
      hasAttachments: hasFiles(attachments),
      size,
      changeKey: kit.newId(),
      modifiedAt: kit.now(),
    }
    const outcome = await kit.mailboxes.changeItem(next, item.changeKey, change)
    if (outcome === 'changed') return done(next)
    if (outcome === 'missing' || outcome === 'blob missing') return problem('ErrorItemNotFound')
  }
  return problem('ErrorIrresolvableConflict')
}

const GET = sequence(['AttachmentShape', 'AttachmentIds'], { ns: NS.messages, required: ['AttachmentIds'] })

/** Answers each attachment id with the attachment: a file's bytes, or the item. */
export const getAttachment: EwsHandler = async (request, caller, kit) => {
  const wrong = GET(request)
  if (wrong !== undefined) return invalid(wrong)
  const element = child(request, NS.messages, 'AttachmentShape')
  const unshapely = element && ATTACHMENT_SHAPE(element)
  if (unshapely !== undefined) return invalid(unshapely)
  const shape = withoutPlace(shapeOf(element, 'AllProperties'))
  const refs = readAttachmentIds(request)
  if (!refs.ok) return refs

  const messages: ResponseMessage[] = []
  let length = 0
  for (const ref of refs.value) {
    if (length > LONGEST_REPLY) {
      messages.push(problem('ErrorDataSizeLimitExceeded'))
      continue
    }
    await othersTurn()
    const message = await read(ref, shape, caller, kit)
    length += message.ok ? (message.value?.markup.length ?? 0) : 0
    messages.push(message)
  }
  return done(messages)
}

// An attached item stands in no folder and has no id of its own.
function withoutPlace(shape: Shape): Shape {
  const hidden = new Set(['ItemId', 'ParentFolderId', 'EffectiveRights', 'Attachments'])
  return {
    ...shape,
    shows: (name, least, scope) => !hidden.has(name) && shape.shows(name, least, scope),
  }
}

async function read(
  ref: EwsResult<EntryRef>,
  shape: Shape,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  const found = await findAttachment(ref, caller, kit)
  if (!found.ok) return found
  const { attachment, item } = found.value
  const attached =
    attachment.item === undefined ? undefined : itemOfAttachment(attachment, attachment.item, item)
  if (attached !== undefined && !partsWanted(attached, shape).mime)
    return done(itemAttachment(attachment, writeItem(attached, shape)))
  const bytes = await bytesOf(attachment, item, kit)
  // It was removed while it was read: what was read of it is no answer.
  if (bytes === undefined) return problem('ErrorItemNotFound')
  const base64 = await encodeBase64(bytes)
  return done(
    attached === undefined
      ? fileAttachment(attachment, base64)
      : itemAttachment(attachment, writeItem(attached, shape, { mime: base64 })),
  )
}

const DELETE = sequence(['AttachmentIds'], { ns: NS.messages, required: ['AttachmentIds'] })

/** Answers each attachment id with the item that the attachment was removed from. */
export const deleteAttachment: EwsHandler = async (request, caller, kit) => {
  const wrong = DELETE(request)
  if (wrong !== undefined) return invalid(wrong)
  const refs = readAttachmentIds(request)
  if (!refs.ok) return refs
  const messages: ResponseMessage[] = []
  for (const ref of refs.value) {
    const found = await findAttachment(ref, caller, kit)
    if (!found.ok) messages.push(found)
    else if (!mayChange(found.value, 'editItems', caller))
      messages.push(denial('ErrorAccessDenied', found.value.rule))
    else {
      const changed = await changeAttached(found.value.item, { remove: [found.value.attachment.id] }, kit)
      messages.push(changed.ok ? done(rootItemId(changed.value)) : changed)
    }
  }
  return done(messages)
}

function readAttachmentIds(request: XmlElement): EwsResult<readonly EwsResult<EntryRef>[]> {
  const list = readList(request, 'AttachmentIds', ['AttachmentId'])
  if (!list.ok) return list
  return readEach(list.value, (element) =>
    element.attributes.has('Id')
      ? done(readEntryId('attachment', element))
      : invalid('AttachmentId must have the attribute Id'),
  )
}

// An attachment is seen by whoever sees its item.
async function findAttachment(
  ref: EwsResult<EntryRef>,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<FoundItem & { readonly attachment: Attachment }>> {
  if (!ref.ok) return ref
  const found = await kit.mailboxes.attachment(ref.value.id)
  if (found === undefined) return problem('ErrorItemNotFound')
  const { itemId, ...attachment } = found
  const item = await findItem(done({ id: itemId }), caller, kit)
  return item.ok ? done({ ...item.value, attachment }) : item
}
