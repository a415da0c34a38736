/** CreateFolder: new folders in a folder. */
import type { Kit } from '../product.ts'
import { NS } from '../xml.ts'
import { resolvePermissionSet } from './access/permission-set.ts'
import { type EwsHandler, type ResponseMessage, readEach, readList } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { ID_ONLY } from './ews-shape.ts'
import { FOLDER_ELEMENTS, type FolderElement, writeFolder } from './folder-element.ts'
import { readFolder, WRITTEN_FOLDERS, type WrittenFolder } from './folder-reading.ts'
import { readTargetFolder } from './found-in.ts'
import { type FoundFolder, findFolder } from './mailbox-access.ts'

const REQUEST = sequence(['ParentFolderId', 'Folders'], {
  ns: NS.messages,
  required: ['ParentFolderId', 'Folders'],
})

/** Answers each new folder with its id. */
export const createFolder: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const target = readTargetFolder(request, 'ParentFolderId')
  if (!target.ok) return target
  const elements = readList(request, 'Folders', WRITTEN_FOLDERS)
  if (!elements.ok) return elements
  const folders = readEach(elements.value, (element) => {
    const read = readFolder(element)
    return read.ok ? done({ element: element.name as FolderElement, written: read.value }) : read
  })
  if (!folders.ok) return folders

  const parent = await findFolder(target.value, caller, kit)
  const messages: ResponseMessage[] = []
  for (const { element, written } of folders.value) {
    if (!parent.ok) messages.push(parent.code === 'ErrorFolderNotFound' ? parentMissing() : parent)
    else messages.push(await create(element, written, parent.value, kit))
  }
  return done(messages)
}

function parentMissing() {
  return problem('ErrorParentFolderNotFound')
}

async function create(
  element: FolderElement,
  written: EwsResult<WrittenFolder>,
  { folder: parent, rights, rule }: FoundFolder,
  kit: Kit,
): Promise<ResponseMessage> {
  if (!rights.createSubfolders) return denial('ErrorCreateSubfolderAccessDenied', rule)
  if (!written.ok) return written
  const { displayName, folderClass = FOLDER_ELEMENTS[element], permissions } = written.value
  if (displayName === undefined)
    return problem('ErrorFolderSavePropertyError', 'DisplayName must be given for a new folder.')
  const resolved = permissions && (await resolvePermissionSet(permissions, { folderClass }, kit))
  if (resolved?.ok === false) return resolved
  const folder = {
    id: kit.newId(),
    owner: parent.owner,
    parentId: parent.id,
    displayName,
    folderClass,
    changeKey: kit.newId(),
  }
  switch (await kit.mailboxes.addFolder(folder, kit.now())) {
    case 'added': {
      // Before anybody knows of the folder; until then it has the permissions of its parent.
      if (resolved !== undefined) await kit.access.replaceFolderPermissions(folder.id, resolved.value)
      const counts = { totalCount: 0, unreadCount: 0, childFolderCount: 0 }
      return done(writeFolder({ folder: { ...folder, ...counts }, rights, rule }, ID_ONLY))
    }
    case 'name taken':
      return problem('ErrorFolderExists')
    case 'parent missing':
      return parentMissing()
  }
}
