/** GetFolder: folders, by distinguished name or by id. */
import { NS } from '../xml.ts'
import { writePermissionSet } from './access/permission-set.ts'
import { type EwsHandler, type ResponseMessage, readEach, readList } from './ews-operation.ts'
import { done, invalid } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { FOLDER_SHAPE, readShape } from './ews-shape.ts'
import { writeFolder } from './folder-element.ts'
import { findFolder, readFolderRef } from './mailbox-access.ts'

const REQUEST = sequence(['FolderShape', 'FolderIds'], {
  ns: NS.messages,
  required: ['FolderShape', 'FolderIds'],
})

/** Answers each folder id with the folder, as far as the shape shows it. */
export const getFolder: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const shape = readShape(request, 'FolderShape', FOLDER_SHAPE)
  if (!shape.ok) return shape
  const ids = readList(request, 'FolderIds', ['FolderId', 'DistinguishedFolderId'])
  if (!ids.ok) return ids
  const refs = readEach(ids.value, readFolderRef)
  if (!refs.ok) return refs

  const messages: ResponseMessage[] = []
  for (const ref of refs.value) {
    const found = await findFolder(ref, caller, kit)
    if (!found.ok) {
      messages.push(found)
      continue
    }
    const { folder, rights } = found.value
    const showsPermissions = rights.isOwner && shape.value.shows('PermissionSet', 'AllProperties')
    const permissions = showsPermissions ? await writePermissionSet(folder, kit) : undefined
    messages.push(done(writeFolder(found.value, shape.value, permissions)))
  }
  return done(messages)
}
