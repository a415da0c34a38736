/** Reads what a client writes of a folder: its name, its class, and who may do what in it. */
import type { XmlElement } from '../xml.ts'
import { type GivenPermissionSet, readPermissionSet } from './access/permission-set.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { FOLDER_ELEMENTS, type FolderElement } from './folder-element.ts'

const BASE = [
  'FolderId',
  'ParentFolderId',
  'FolderClass',
  'DisplayName',
  'TotalCount',
  'ChildFolderCount',
  'ExtendedProperty',
  'ManagedFolderInformation',
  'EffectiveRights',
  'DistinguishedFolderId',
  'PolicyTag',
  'ArchiveTag',
  'ReplicaList',
]
const SCHEMA = {
  Folder: [...BASE, 'PermissionSet', 'UnreadCount'],
  CalendarFolder: [...BASE, 'SharingEffectiveRights', 'PermissionSet'],
  ContactsFolder: [...BASE, 'SharingEffectiveRights', 'PermissionSet', 'SourceId', 'AccountName'],
  TasksFolder: [...BASE, 'PermissionSet', 'UnreadCount'],
  SearchFolder: [...BASE, 'PermissionSet', 'UnreadCount', 'SearchParameters'],
} as const satisfies Record<FolderElement | 'SearchFolder', readonly string[]>

/** The elements that a request may hold for a folder. */
export const WRITTEN_FOLDERS = Object.keys(SCHEMA)

/** The server's own; a client that sends them back has read them here and means nothing by it. */
const PASSED_OVER = ['FolderId', 'ParentFolderId', 'TotalCount', 'ChildFolderCount', 'UnreadCount']
const LONGEST_NAME = 255
const LONGEST_CLASS = 255

export interface WrittenFolder {
  readonly displayName?: string
  readonly folderClass?: string
  readonly permissions?: GivenPermissionSet
}

/** Reads one folder, or why it cannot be kept: in one result what the schema forbids, in the other what this server does. */
export function readFolder(element: XmlElement): EwsResult<EwsResult<WrittenFolder>> {
  const names = SCHEMA[element.name as keyof typeof SCHEMA]
  const wrong = sequence(names, { repeated: ['ExtendedProperty'] })(element)
  if (wrong !== undefined) return invalid(wrong)
  if (element.name === 'SearchFolder') {
    return done(problem('ErrorInvalidFolderTypeForOperation', 'Search folders are not kept here.'))
  }
  let written: WrittenFolder = {}
  for (const child of element.children) {
    const { name, text } = child
    if (name === 'PermissionSet') {
      const permissions = readPermissionSet(child)
      if (!permissions.ok)
        return permissions.code === 'ErrorSchemaValidation' ? permissions : done(permissions)
      written = { ...written, permissions: permissions.value }
    } else if (name === 'DisplayName') {
      const displayName = text.trim()
      if (displayName === '' || displayName.length > LONGEST_NAME) {
        return done(
          problem(
            'ErrorFolderSavePropertyError',
            `DisplayName must be a text of 1 to ${LONGEST_NAME} characters.`,
          ),
        )
      }
      written = { ...written, displayName }
    } else if (name === 'FolderClass') {
      const folderClass = text.trim()
      const fits = isClassOf(element.name as FolderElement, folderClass)
      if (!fits) {
        return done(
          problem('ErrorFolderSavePropertyError', `FolderClass is not the class of a ${element.name}.`),
        )
      }
      written = { ...written, folderClass }
    } else if (!PASSED_OVER.includes(name)) {
      return done(problem('ErrorFolderSavePropertyError', `${name} of a folder is not kept here.`))
    }
  }
  return done(done(written))
}

function isClassOf(element: FolderElement, folderClass: string): boolean {
  if (folderClass.length > LONGEST_CLASS) return false
  const base = FOLDER_ELEMENTS[element]
  if (element === 'Folder') return folderClass.startsWith('IPF')
  return folderClass === base || folderClass.startsWith(`${base}.`)
}
