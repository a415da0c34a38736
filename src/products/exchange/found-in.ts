/** How requests name the folders that they are about: one, or several with an answer for each. */
import { child, NS, type XmlElement } from '../xml.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { readEach, readList } from './ews-operation.ts'
import { done, type EwsProblem, type EwsResult, invalid, problem } from './ews-result.ts'
import { type FolderRef, readFolderRef } from './mailbox-access.ts'

// Each parent is looked through, so their number is bounded more tightly than that of ids.
const MOST_PARENTS = 100

/** Reads `m:ParentFolderIds` or another list of folder ids. */
export function readFolderRefs(request: XmlElement, name: string): EwsResult<readonly FolderRef[]> {
  const ids = readList(request, name, ['FolderId', 'DistinguishedFolderId'])
  if (!ids.ok) return ids
  if (ids.value.length > MOST_PARENTS)
    return invalid(`${name} may hold at most ${MOST_PARENTS} elements here`)
  return readEach(ids.value, readFolderRef)
}

/** Reads the element of this name, which holds the id of one folder: `m:ToFolderId`, `m:SyncFolderId`. */
export function readTargetFolder(request: XmlElement, name: string): EwsResult<FolderRef> {
  const element = child(request, NS.messages, name)
  return element === undefined ? invalid(`${request.name} must hold ${name}`) : readOneFolder(element)
}

/** Reads `m:SavedItemFolderId`, which a request may leave out. */
export function readSavedFolder(request: XmlElement): EwsResult<FolderRef | undefined> {
  const element = child(request, NS.messages, 'SavedItemFolderId')
  return element === undefined ? done(undefined) : readOneFolder(element)
}

// An element that holds the id of one folder.
function readOneFolder(element: XmlElement): EwsResult<FolderRef> {
  const [id, ...others] = element.children
  if (id?.ns !== NS.types || others.length > 0) return invalid(`${element.name} must hold one folder id`)
  switch (id.name) {
    case 'FolderId':
    case 'DistinguishedFolderId':
      return readFolderRef(id)
    case 'AddressListId':
      return done({ kind: 'id', entry: problem('ErrorFolderNotFound') })
    default:
      return invalid(`${element.name} may not hold ${id.name}`)
  }
}

/** What is wrong with how a request asks: a fault if the schema forbids it, else the answer for each thing asked for. */
export function refuseAll(problem: EwsProblem, count: number): Awaited<ReturnType<EwsHandler>> {
  if (problem.code === 'ErrorSchemaValidation') return problem
  return done(Array.from<ResponseMessage>({ length: count }).fill(problem))
}
