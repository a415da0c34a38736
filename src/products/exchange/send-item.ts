/** SendItem: sends messages that were saved, and keeps them in Sent Items or another folder. */
import type { Caller, Kit } from '../product.ts'
import { child, NS } from '../xml.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { readOneFolder } from './found-in.ts'
import { columnsOf } from './item.ts'
import { type ItemRef, readItemIds } from './item-ids.ts'
import { readContent, writeContent } from './kept-property.ts'
import type { Item } from './mailbox.ts'
import { type FolderRef, findFolder, findItem, mayChange } from './mailbox-access.ts'
import { prepareAgain } from './save-item.ts'
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
  const saved = child(request, NS.messages, 'SavedItemFolderId')
  const target = saved && readOneFolder(saved)
  if (target?.ok === false) return target

  const messages: ResponseMessage[] = []
  for (const id of ids.value) {
    if (!saves && target !== undefined) messages.push(problem('ErrorInvalidSendItemSaveSettings'))
    else messages.push(await send(id, saves ? (target?.value ?? SENT_ITEMS) : undefined, caller, kit))
  }
  return done(messages)
}

async function send(
  ref: ItemRef,
  target: FolderRef | undefined,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  const found = await findItem(ref, caller, kit)
  if (!found.ok) return found
  const { item } = found.value
  const expected = ref.ok ? ref.value.changeKey : undefined
  if (expected === undefined) return problem('ErrorChangeKeyRequired')
  if (expected !== item.changeKey) return problem('ErrorStaleObject')
  if (!mayChange(found.value, 'deleteItems', caller)) return denial('ErrorAccessDenied', found.value.rule)
  return sendStored(item, target, caller, kit)
}

/** Sends a stored message and moves it to the folder of sent ones, or removes it if there is none. */
export async function sendStored(
  item: Item,
  target: FolderRef | undefined,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<undefined>> {
  const { user } = caller
  if (user === undefined) return problem('ErrorMissingEmailAddress')
  if (item.kind !== 'Message') return problem('ErrorInvalidItemForOperationSendItem')
  const folder = target && (await findFolder(target, caller, kit))
  if (folder?.ok === false) return folder
  if (folder?.value.rights.createItems === false) return problem('ErrorCreateItemAccessDenied')
  const prepared = await prepareAgain(item, readContent(item.content), kit)
  const ready = await readyMessage(prepared, user, kit)
  if (!ready.ok) return ready
  const { properties } = ready.value.sent
  const now = kit.now()
  const kept: Item = {
    ...item,
    ...columnsOf('Message', properties, item),
    size: item.size,
    changeKey: kit.newId(),
    modifiedAt: now,
    content: writeContent(properties),
  }
  // Of several who send one draft at once the one who changes it first does, so that it goes out once.
  const changed = await kit.mailboxes.changeItem(kept, item.changeKey)
  if (changed !== 'changed') return problem(changed === 'stale' ? 'ErrorStaleObject' : 'ErrorItemNotFound')
  await ready.value.send()
  if (folder === undefined) {
    await kit.mailboxes.removeItem(item.id, now)
    return done(undefined)
  }
  const to = { folderId: folder.value.folder.id, id: kit.newId(), changeKey: kit.newId(), modifiedAt: now }
  await kit.mailboxes.moveItem(item.id, to)
  return done(undefined)
}
