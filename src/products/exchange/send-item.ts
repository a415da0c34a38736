/** SendItem: sends messages that were saved, and keeps them in Sent Items or another folder. */
import type { Caller, Kit } from '../product.ts'
import { NS } from '../xml.ts'
import { inOrder, untilSettled } from './attempts.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, type EwsProblem, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { readSavedFolder } from './found-in.ts'
import { columnsOf } from './item.ts'
import { type ItemRef, readItemIds } from './item-ids.ts'
import { readContent, writeContent } from './kept-property.ts'
import type { Attachment, AttachmentChange, Item, MailboxStep } from './mailbox.ts'
import { type FolderRef, type FoundItem, findFolder, findItem, mayChange } from './mailbox-access.ts'
import { prepareAgain, withProperties } from './save-item.ts'
import { readyMessage } from './send-message.ts'

const REQUEST = all(
  sequence(['ItemIds', 'SavedItemFolderId'], { ns: NS.messages, required: ['ItemIds'] }),
  attribute('SaveItemToFolder', /^(true|false|1|0)$/, 'required'),
)

/** Where sent messages go when nobody says where. */
export const SENT_ITEMS: FolderRef = { kind: 'distinguished', name: 'sentitems' }

/** Answers each item id with whether the message was sent. */
export const sendItem: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const ids = readItemIds(request)
  if (!ids.ok) return ids
  const saves = ['true', '1'].includes(request.attributes.get('SaveItemToFolder') ?? '')
  const target = readSavedFolder(request)
  if (!target.ok) return target

  const messages: ResponseMessage[] = []
  for (const id of ids.value) {
    if (!saves && target.value !== undefined) messages.push(problem('ErrorInvalidSendItemSaveSettings'))
    else messages.push(await send(id, saves ? (target.value ?? SENT_ITEMS) : undefined, caller, kit))
  }
  return done(messages)
}

function send(
  ref: ItemRef,
  target: FolderRef | undefined,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  return untilSettled(async () => {
    const found = await findItem(ref, caller, kit)
    if (!found.ok) return found
    const { item } = found.value
    const expected = ref.ok ? ref.value.changeKey : undefined
    if (expected === undefined) return problem('ErrorChangeKeyRequired')
    if (expected !== item.changeKey) return problem('ErrorStaleObject')
    const attachments = await kit.mailboxes.attachments(item.id)
    return sendStored(found.value, { item, attachments }, target, caller, kit)
  })
}

/** A stored message as it is to be sent: changed by the same request, or as it stands. */
export interface Draft {
  readonly item: Item
  readonly attachments: readonly Attachment[]
  readonly attached?: AttachmentChange
}

/** Why the caller may not send this stored message: it leaves its place, so who may not delete it may not send it. */
export function sendRefusal(found: FoundItem, caller: Caller): EwsProblem | undefined {
  if (found.item.kind !== 'Message') return problem('ErrorInvalidItemForOperationSendItem')
  return mayChange(found, 'deleteItems', caller) ? undefined : denial('ErrorAccessDenied', found.rule)
}

/**
 * Sends a stored message and moves it to the folder of sent ones, or removes it if there is none. Everyone has it then, or
 * nobody has and it stands where it stood; `stale` when somebody changed it in between.
 */
export async function sendStored(
  found: FoundItem,
  { item, attachments, attached = {} }: Draft,
  target: FolderRef | undefined,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<undefined> | 'stale'> {
  const refused = sendRefusal(found, caller)
  if (refused !== undefined) return refused
  const folder = target && (await findFolder(target, caller, kit))
  if (folder?.ok === false) return folder
  if (folder?.value.rights.createItems === false)
    return denial('ErrorCreateItemAccessDenied', folder.value.rule)
  const ready = await readyMessage(prepareAgain(item, attachments, readContent(item.content)), caller, kit)
  if (!ready.ok) return ready
  const { properties } = ready.value.sent
  const modifiedAt = kit.now()
  const { size } = withProperties(item, properties)
  const columns = columnsOf('Message', properties, item)
  const content = writeContent(properties)
  const sent: Item = { ...item, ...columns, size, changeKey: kit.newId(), modifiedAt, content }
  const { id } = item
  const to = folder && {
    folderId: folder.value.folder.id,
    id: kit.newId(),
    changeKey: kit.newId(),
    modifiedAt,
  }
  const gone: MailboxStep =
    to === undefined ? { kind: 'remove', id, at: modifiedAt } : { kind: 'move', id, to }
  // Of several who send one draft at once the one who changes it first does, so that it goes out once.
  const changed: MailboxStep = { kind: 'change', item: sent, was: found.item.changeKey, attached }
  const outcome = await kit.mailboxes.together(inOrder([changed], ready.value.deliveries(), [gone]))
  return outcome === 'done' ? done(undefined) : 'stale'
}
