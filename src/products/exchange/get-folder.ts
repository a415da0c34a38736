/** GetFolder: folders, by distinguished name or by id. */
import { el, type Markup, NS } from '../xml.ts'
import { writePermissionSet } from './access/permission-set.ts'
import { entryId } from './entry-id.ts'
import { type EwsHandler, type ResponseMessage, readEach, readList } from './ews-operation.ts'
import { done, invalid } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { FOLDER_SHAPE, readShape, type Shape } from './ews-shape.ts'
import type { FolderRights } from './folder-rights.ts'
import { type FoundFolder, findFolder, readFolderRef } from './mailbox-access.ts'

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

// The element that stands for a folder, by the folder's class; anything else is a t:Folder.
const ELEMENTS: Readonly<Record<string, string>> = {
  'IPF.Appointment': 't:CalendarFolder',
  'IPF.Contact': 't:ContactsFolder',
  'IPF.Task': 't:TasksFolder',
}

function writeFolder({ folder, rights }: FoundFolder, shape: Shape, permissions: Markup | undefined): Markup {
  const element = ELEMENTS[folder.folderClass] ?? 't:Folder'
  const hasUnread = element === 't:Folder' || element === 't:TasksFolder'
  const parent = folder.parentId === undefined ? undefined : entryId('folder', folder.parentId)
  const all = 'AllProperties'
  return el(
    element,
    {},
    el('t:FolderId', entryId('folder', folder.id, folder.changeKey)),
    parent && shape.shows('ParentFolderId', all) ? el('t:ParentFolderId', parent) : undefined,
    shape.shows('FolderClass', all) ? el('t:FolderClass', {}, folder.folderClass) : undefined,
    shape.shows('DisplayName', 'Default') ? el('t:DisplayName', {}, folder.displayName) : undefined,
    shape.shows('TotalCount', 'Default') ? el('t:TotalCount', {}, `${folder.totalCount}`) : undefined,
    shape.shows('ChildFolderCount', 'Default')
      ? el('t:ChildFolderCount', {}, `${folder.childFolderCount}`)
      : undefined,
    shape.shows('EffectiveRights', all) ? effectiveRights(rights) : undefined,
    folder.distinguished !== undefined && shape.shows('DistinguishedFolderId', all)
      ? el('t:DistinguishedFolderId', {}, folder.distinguished)
      : undefined,
    permissions,
    hasUnread && shape.shows('UnreadCount', 'Default')
      ? el('t:UnreadCount', {}, `${folder.unreadCount}`)
      : undefined,
  )
}

function effectiveRights(rights: FolderRights): Markup {
  return el(
    't:EffectiveRights',
    {},
    el('t:CreateAssociated', {}, `${rights.isOwner}`),
    el('t:CreateContents', {}, `${rights.createItems}`),
    el('t:CreateHierarchy', {}, `${rights.createSubfolders}`),
    el('t:Delete', {}, `${rights.isOwner}`),
    el('t:Modify', {}, `${rights.isOwner}`),
    el('t:Read', {}, `${rights.readItems === 'FullDetails'}`),
    el('t:ViewPrivateItems', {}, `${rights.viewPrivateItems}`),
  )
}
