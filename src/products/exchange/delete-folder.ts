/** DeleteFolder and EmptyFolder. */
import type { Caller, Kit } from '../product.ts'
import { NS } from '../xml.ts'
import { mayReadWhole } from './access/item-visibility.ts'
import { DELETE_TYPE, DESTINATIONS, type DeleteType } from './deletion.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { foldersUnder } from './find-folder.ts'
import { readFolderRefs } from './found-in.ts'
import { itemsInTurns } from './items-in-turns.ts'
import type { Folder, Item } from './mailbox.ts'
import { type FolderRef, type FoundFolder, findFolder, mayChange } from './mailbox-access.ts'

const DELETE = all(sequence(['FolderIds'], { ns: NS.messages, required: ['FolderIds'] }), DELETE_TYPE)
const EMPTY = all(DELETE, attribute('DeleteSubFolders', /^(true|false|0|1)$/, 'required'))

/** Answers each folder id with what became of the folder and everything in it. */
export const deleteFolder: EwsHandler = async (request, caller, kit) => {
  const wrong = DELETE(request)
  if (wrong !== undefined) return invalid(wrong)
  const refs = readFolderRefs(request, 'FolderIds')
  if (!refs.ok) return refs
  const type = request.attributes.get('DeleteType') as DeleteType
  const messages: ResponseMessage[] = []
  for (const ref of refs.value) {
    const found = await findOwn(ref, caller, kit)
    messages.push(found.ok ? await remove(found.value, type, caller, kit) : found)
  }
  return done(messages)
}

/** Answers each folder id with whether the folder is empty now; its folders go too if that is asked for. */
export const emptyFolder: EwsHandler = async (request, caller, kit) => {
  const wrong = EMPTY(request)
  if (wrong !== undefined) return invalid(wrong)
  const refs = readFolderRefs(request, 'FolderIds')
  if (!refs.ok) return refs
  const type = request.attributes.get('DeleteType') as DeleteType
  const withFolders = /^(true|1)$/.test(request.attributes.get('DeleteSubFolders') ?? '')
  const messages: ResponseMessage[] = []
  for (const ref of refs.value) {
    const found = await findFolder(ref, caller, kit)
    messages.push(found.ok ? await empty(found.value, type, withFolders, caller, kit) : found)
  }
  return done(messages)
}

async function findOwn(ref: FolderRef, caller: Caller, kit: Kit): Promise<EwsResult<FoundFolder>> {
  const found = await findFolder(ref, caller, kit)
  if (!found.ok) return found
  if (found.value.folder.distinguished !== undefined) return problem('ErrorDeleteDistinguishedFolder')
  return found.value.rights.isOwner ? found : denial('ErrorAccessDenied', found.value.rule)
}

async function remove(
  found: FoundFolder,
  type: DeleteType,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  const { folder } = found
  const below = await foldersUnder(folder, caller, kit)
  if (below.some(({ rights }) => !rights.isOwner)) return problem('ErrorCannotDeleteObject')
  for (const one of [found, ...below])
    if (!(await mayDeleteAll(one, caller, kit))) return denial('ErrorCannotDeleteObject', one.rule)
  const destination = DESTINATIONS[type]
  if (destination === undefined) {
    const removed = await kit.mailboxes.removeFolder(folder.id, kit.now())
    return removed === 'removed' ? done(undefined) : problem('ErrorFolderNotFound')
  }
  const to = await kit.mailboxes.distinguishedFolder(folder.owner, destination)
  return to === undefined ? problem('ErrorFolderNotFound') : moveUnder(to, folder, kit)
}

// Two folders of one name may have been deleted: the second gets a number, as in Exchange.
async function moveUnder(to: Folder, { id, displayName }: Folder, kit: Kit): Promise<ResponseMessage> {
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? displayName : `${displayName}${number}`
    const change = { parentId: to.id, displayName: name, changeKey: kit.newId() }
    const moved = await kit.mailboxes.changeFolder(id, change, kit.now())
    if (moved === 'name taken') continue
    return moved === 'changed' ? done(undefined) : problem('ErrorFolderNotFound')
  }
}

async function empty(
  found: FoundFolder,
  type: DeleteType,
  withFolders: boolean,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  const { folder, rights, rule } = found
  // A whole mailbox is not emptied at one word.
  const isTop = folder.distinguished === 'root' || folder.distinguished === 'msgfolderroot'
  if (isTop) return problem('ErrorCannotEmptyFolder')
  if (rights.deleteItems === 'None') return denial('ErrorAccessDenied', rule)
  const destination = DESTINATIONS[type]
  const to = destination && (await kit.mailboxes.distinguishedFolder(folder.owner, destination))
  if (destination !== undefined && to === undefined) return problem('ErrorFolderNotFound')
  // What is in it already stays there.
  if (to?.id === folder.id) return problem('ErrorCannotEmptyFolder')
  if (withFolders) {
    const direct = (await foldersUnder(folder, caller, kit)).filter(
      (one) => one.folder.parentId === folder.id,
    )
    for (const one of direct) {
      if (one.folder.distinguished !== undefined || !one.rights.isOwner)
        return problem('ErrorCannotEmptyFolder')
      const removed = await remove(one, type, caller, kit)
      if (!removed.ok) return removed
    }
  }
  return (await removeItems(found, to?.id, caller, kit)) ? done(undefined) : problem('ErrorCannotEmptyFolder')
}

// Whether the caller may delete all of them.
async function removeItems(
  found: FoundFolder,
  folderId: string | undefined,
  caller: Caller,
  kit: Kit,
): Promise<boolean> {
  let all = true
  for await (const item of itemsIn(found.folder, kit)) {
    if (!mayDelete(item, found, caller)) all = false
    else if (folderId === undefined) await kit.mailboxes.removeItem(item.id, kit.now())
    else {
      const to = { folderId, id: kit.newId(), changeKey: kit.newId(), modifiedAt: kit.now() }
      await kit.mailboxes.moveItem(item.id, to)
    }
  }
  return all
}

// Who owns a folder may still lack the right to delete what is in it.
async function mayDeleteAll(found: FoundFolder, caller: Caller, kit: Kit): Promise<boolean> {
  const { deleteItems, readItems, viewPrivateItems } = found.rights
  if (deleteItems === 'All' && readItems === 'FullDetails' && viewPrivateItems) return true
  for await (const item of itemsIn(found.folder, kit)) if (!mayDelete(item, found, caller)) return false
  return true
}

// What may not be read whole is not deleted unseen, as in DeleteItem.
function mayDelete(item: Item, found: FoundFolder, caller: Caller): boolean {
  return mayReadWhole(item, found.rights) && mayChange({ ...found, item }, 'deleteItems', caller)
}

async function* itemsIn({ id }: Folder, kit: Kit): AsyncGenerator<Item> {
  const { places } = await kit.mailboxes.places(id, {})
  for await (const [, item] of itemsInTurns(kit.mailboxes, places)) yield item
}
