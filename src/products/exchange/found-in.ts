/** What FindFolder and FindItem share: several parents, each with an answer of its own. */
import { child, NS, type XmlElement } from '../xml.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { readEach, readList } from './ews-operation.ts'
import { done, type EwsProblem, type EwsResult, invalid } from './ews-result.ts'
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

/** Reads an element that holds the id of one folder, such as `m:ToFolderId`. */
export function readTargetFolder(request: XmlElement, name: string): EwsResult<FolderRef> {
  const [id, ...others] = child(request, NS.messages, name)?.children ?? []
  if (id?.ns !== NS.types || others.length > 0 || !/^(Distinguished)?FolderId$/.test(id.name)) {
    return invalid(`${name} must hold one folder id`)
  }
  return readFolderRef(id)
}

/** What is wrong with how a request asks: a fault if the schema forbids it, else the answer for each thing asked for. */
export function refuseAll(problem: EwsProblem, count: number): Awaited<ReturnType<EwsHandler>> {
  if (problem.code === 'ErrorSchemaValidation') return problem
  return done(Array.from<ResponseMessage>({ length: count }).fill(problem))
}
