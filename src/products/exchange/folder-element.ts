/** A folder as EWS writes it. */
import { el, type Markup } from '../xml.ts'
import type { Lookup, PropertyValue, TypeOfProperty } from './condition.ts'
import { entryId } from './entry-id.ts'
import type { Shape } from './ews-shape.ts'
import type { FolderRights } from './folder-rights.ts'
import type { FoundFolder } from './mailbox-access.ts'
import type { PropertyPath } from './property-path.ts'

/** The elements that stand for folders, with the class that each one's folders have. */
export const FOLDER_ELEMENTS = {
  Folder: 'IPF.Note',
  CalendarFolder: 'IPF.Appointment',
  ContactsFolder: 'IPF.Contact',
  TasksFolder: 'IPF.Task',
} as const

export type FolderElement = keyof typeof FOLDER_ELEMENTS

/** The element that stands for folders of a class; `IPF.Contact.RecipientCache` is a class of contacts too. */
export function folderElementOf(folderClass: string): FolderElement {
  const elements = Object.entries(FOLDER_ELEMENTS) as [FolderElement, string][]
  const special = elements.find(
    ([name, base]) => name !== 'Folder' && (folderClass === base || folderClass.startsWith(`${base}.`)),
  )
  return special?.[0] ?? 'Folder'
}

/** Writes a folder as far as the shape shows it, in the order of the schema; `permissions` is for its owner alone. */
export function writeFolder({ folder, rights }: FoundFolder, shape: Shape, permissions?: Markup): Markup {
  const element = folderElementOf(folder.folderClass)
  const hasUnread = element === 'Folder' || element === 'TasksFolder'
  const parent = folder.parentId === undefined ? undefined : entryId('folder', folder.parentId)
  const all = 'AllProperties'
  return el(
    `t:${element}`,
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

const COUNTS = ['TotalCount', 'UnreadCount', 'ChildFolderCount']

/** The type of a folder’s property, for the constants of restrictions; undefined where any text will do. */
export function typeInFolder(path: PropertyPath): TypeOfProperty | undefined {
  const isCount = path.kind === 'field' && path.scope === 'folder' && COUNTS.includes(path.name)
  return isCount ? { type: 'number' } : undefined
}

/** The properties of a folder, for restrictions. */
export function propertiesOfFolder({ folder }: FoundFolder): Lookup {
  const text = (value: string | undefined): PropertyValue | undefined =>
    value === undefined ? undefined : { type: 'text', value }
  const number = (value: number): PropertyValue => ({ type: 'number', value })
  return (path) => {
    if (path.kind !== 'field' || path.scope !== 'folder') return undefined
    switch (path.name) {
      case 'FolderId':
        return text(entryId('folder', folder.id)['Id'])
      case 'ParentFolderId':
        return text(folder.parentId && entryId('folder', folder.parentId)['Id'])
      case 'DisplayName':
        return text(folder.displayName)
      case 'FolderClass':
        return text(folder.folderClass)
      case 'DistinguishedFolderId':
        return text(folder.distinguished)
      case 'TotalCount':
        return number(folder.totalCount)
      case 'UnreadCount':
        return number(folder.unreadCount)
      case 'ChildFolderCount':
        return number(folder.childFolderCount)
      default:
        return undefined
    }
  }
}
