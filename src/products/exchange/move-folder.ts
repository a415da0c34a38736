/** MoveFolder and CopyFolder: folders with everything in them, within one mailbox. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Caller, Kit } from '../product.ts'
import { NS } from '../xml.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { ID_ONLY } from './ews-shape.ts'
import { foldersUnder } from './find-folder.ts'
import { writeFolder } from './folder-element.ts'
import { readFolderRefs, readTargetFolder } from './found-in.ts'
import type { Folder } from './mailbox.ts'
import { type FolderRef, type FoundFolder, findFolder } from './mailbox-access.ts'
import { asCopyIn } from './meeting-copies.ts'

const REQUEST = sequence(['ToFolderId', 'FolderIds'], {
  ns: NS.messages,
  required: ['ToFolderId', 'FolderIds'],
})

type Transfer = (found: FoundFolder, to: FoundFolder, caller: Caller, kit: Kit) => Promise<ResponseMessage>

/** Answers each folder with its id, which it keeps. */
export const moveFolder: EwsHandler = transferring(move)

/** Answers each folder with the id of its copy. */
export const copyFolder: EwsHandler = transferring(copy)

function transferring(transfer: Transfer): EwsHandler {
  return async (request, caller, kit) => {
    const wrong = REQUEST(request)
    if (wrong !== undefined) return invalid(wrong)
    const target = readTargetFolder(request, 'ToFolderId')
    if (!target.ok) return target
    const refs = readFolderRefs(request, 'FolderIds')
    if (!refs.ok) return refs
    const to = await findFolder(target.value, caller, kit)
    const messages: ResponseMessage[] = []
    for (const ref of refs.value) messages.push(await transferOne(ref, to, transfer, caller, kit))
    return done(messages)
  }
}

async function transferOne(
  ref: FolderRef,
  to: EwsResult<FoundFolder>,
  transfer: Transfer,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  if (!to.ok) return to.code === 'ErrorFolderNotFound' ? problem('ErrorToFolderNotFound') : to
  const found = await findFolder(ref, caller, kit)
  if (!found.ok) return found
  if (!to.value.rights.createSubfolders) return denial('ErrorCreateSubfolderAccessDenied', to.value.rule)
  if (found.value.folder.owner !== to.value.folder.owner) return problem('ErrorCrossMailboxMoveCopy')
  return transfer(found.value, to.value, caller, kit)
}

async function move(
  { folder, rights, rule }: FoundFolder,
  to: FoundFolder,
  _: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  if (!rights.isOwner) return denial('ErrorAccessDenied', rule)
  if (folder.distinguished !== undefined) return problem('ErrorMoveDistinguishedFolder')
  const changeKey = kit.newId()
  const change = { parentId: to.folder.id, changeKey }
  switch (await kit.mailboxes.changeFolder(folder.id, change, kit.now())) {
    case 'changed':
      return done(writeFolder({ folder: { ...folder, ...change }, rights, rule }, ID_ONLY))
    case 'name taken':
      return problem('ErrorFolderExists')
    case 'inside itself':
      return problem('ErrorMoveCopyFailed', 'A folder cannot be moved into itself.')
    case 'parent missing':
      return problem('ErrorToFolderNotFound')
    case 'missing':
      return problem('ErrorFolderNotFound')
  }
}

async function copy(found: FoundFolder, to: FoundFolder, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  const below = await foldersUnder(found.folder, caller, kit)
  const copied = [found, ...below]
  const mayCopy = ({ rights }: FoundFolder) => rights.readItems === 'FullDetails' && rights.viewPrivateItems
  const kept = copied.find((one) => !mayCopy(one))
  if (kept !== undefined) return denial('ErrorAccessDenied', kept.rule)
  // What is copied into a part of itself would be copied for ever.
  if (copied.some(({ folder }) => folder.id === to.folder.id)) {
    return problem('ErrorMoveCopyFailed', 'A folder cannot be copied into itself.')
  }
  const copies = new Map<string, string>([[found.folder.parentId ?? '', to.folder.id]])
  let first: Folder | undefined
  for (const { folder } of copied) {
    const { distinguished: _, ...plain } = folder
    const made = { ...plain, id: kit.newId(), parentId: copies.get(folder.parentId ?? '') ?? '' }
    const added = await kit.mailboxes.addFolder({ ...newOf(made), changeKey: kit.newId() }, kit.now())
    if (added !== 'added')
      return problem(added === 'name taken' ? 'ErrorFolderExists' : 'ErrorToFolderNotFound')
    copies.set(folder.id, made.id)
    first ??= made
    await copyItems(folder, made.id, kit)
  }
  const made = first && (await kit.mailboxes.folder(first.id))
  return made === undefined
    ? problem('ErrorMoveCopyFailed')
    : done(writeFolder({ ...found, folder: made }, ID_ONLY))
}

function newOf({ totalCount: _, unreadCount: __, childFolderCount: ___, ...folder }: Folder) {
  return folder
}

async function copyItems(from: Folder, folderId: string, kit: Kit): Promise<void> {
  const { places } = await kit.mailboxes.places(from.id, {
    sort: [{ column: 'createdAt', descending: false }],
  })
  for (const place of places) {
    await othersTurn()
    for (const item of (await kit.mailboxes.itemsAt([place])).values()) {
      const to = { folderId, id: kit.newId(), changeKey: kit.newId(), modifiedAt: kit.now() }
      await kit.mailboxes.copyItem(item.id, to, asCopyIn(from))
    }
  }
}
