/** MoveItem and CopyItem: items into another folder, where they have other ids. */
import type { Caller, Kit } from '../product.ts'
import { child, NS } from '../xml.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, invalid, problem } from './ews-result.ts'
import { all, each, oneOf, sequence } from './ews-schema.ts'
import { ID_ONLY } from './ews-shape.ts'
import { readTargetFolder } from './found-in.ts'
import { writeItem } from './item.ts'
import { type ItemRef, readItemIds } from './item-ids.ts'
import type { Folder } from './mailbox.ts'
import { findFolder, findItem, mailboxOwner, mayChange } from './mailbox-access.ts'
import { asCopyIn, asMovedTo } from './meeting-copies.ts'

const REQUEST = all(
  sequence(['ToFolderId', 'ItemIds', 'ReturnNewItemIds'], {
    ns: NS.messages,
    required: ['ToFolderId', 'ItemIds'],
  }),
  each('ReturnNewItemIds', oneOf(['true', 'false', '1', '0'])),
)

/** Answers each item id with the id that the item has in its new folder. */
export const moveItem: EwsHandler = transferOf('move')

/** Answers each item id with the id of the copy. */
export const copyItem: EwsHandler = transferOf('copy')

function transferOf(verb: 'move' | 'copy'): EwsHandler {
  return async (request, caller, kit) => {
    const wrong = REQUEST(request)
    if (wrong !== undefined) return invalid(wrong)
    const target = readTargetFolder(request, 'ToFolderId')
    if (!target.ok) return target
    const ids = readItemIds(request)
    if (!ids.ok) return ids
    const tells = ['true', '1', undefined].includes(child(request, NS.messages, 'ReturnNewItemIds')?.text)

    const folder = await findFolder(target.value, caller, kit)
    const messages: ResponseMessage[] = []
    for (const id of ids.value) {
      if (!folder.ok) {
        const isHidden = folder.code === 'ErrorFolderNotFound'
        messages.push(isHidden ? { ...folder, ...problem('ErrorToFolderNotFound') } : folder)
      } else if (!folder.value.rights.createItems) {
        messages.push(denial('ErrorCreateItemAccessDenied', folder.value.rule))
      } else {
        const message = await transfer(verb, id, folder.value.folder, caller, kit)
        messages.push(message.ok && !tells ? done(undefined) : message)
      }
    }
    return done(messages)
  }
}

async function transfer(
  verb: 'move' | 'copy',
  ref: ItemRef,
  folder: Folder,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  const found = await findItem(ref, caller, kit)
  if (!found.ok) return found
  const { item } = found.value
  if (verb === 'move' && !mayChange(found.value, 'deleteItems', caller))
    return denial('ErrorAccessDenied', found.value.rule)
  const to = { folderId: folder.id, id: kit.newId(), changeKey: kit.newId(), modifiedAt: kit.now() }
  const owner = await mailboxOwner(folder, caller, kit)
  const user = owner.ok ? owner.value : undefined
  const outcome = await (verb === 'move'
    ? kit.mailboxes.moveItem(item.id, to, asMovedTo(folder, user))
    : kit.mailboxes.copyItem(item.id, to, asCopyIn(folder, user)))
  if (outcome === 'missing') return problem('ErrorItemNotFound')
  if (outcome === 'folder missing') return problem('ErrorToFolderNotFound')
  return done(writeItem({ ...item, ...to, owner: folder.owner }, ID_ONLY))
}
