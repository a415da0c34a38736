/** UpdateFolder: another name or class for folders. */
import type { Caller, Kit } from '../product.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { resolvePermissionSet } from './access/permission-set.ts'
import { type EwsHandler, type ResponseMessage, readEach, readList } from './ews-operation.ts'
import { denial, done, type EwsProblem, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, each, sequence, someOf } from './ews-schema.ts'
import { ID_ONLY } from './ews-shape.ts'
import { writeFolder } from './folder-element.ts'
import { readFolder, WRITTEN_FOLDERS, type WrittenFolder } from './folder-reading.ts'
import { type FolderRef, findFolder, readFolderRef } from './mailbox-access.ts'
import { PATH_CHECKS, PATH_ELEMENTS, readPropertyPath } from './property-path.ts'

const REQUEST = sequence(['FolderChanges'], { ns: NS.messages, required: ['FolderChanges'] })
const CHANGE = all(
  sequence(['FolderId', 'DistinguishedFolderId', 'Updates'], { required: ['Updates'] }),
  each('Updates', someOf(['AppendToFolderField', 'SetFolderField', 'DeleteFolderField'])),
)

const KEPT = ['DisplayName', 'FolderClass', 'PermissionSet']

interface FolderChange {
  readonly ref: FolderRef
  readonly change: EwsResult<WrittenFolder>
}

/** Answers each change with the folder's id and its new change key. A change key in the request does not matter. */
export const updateFolder: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const elements = readList(request, 'FolderChanges', ['FolderChange'])
  if (!elements.ok) return elements
  const changes = readEach(elements.value, readChange)
  if (!changes.ok) return changes
  const messages: ResponseMessage[] = []
  for (const change of changes.value) messages.push(await update(change, caller, kit))
  return done(messages)
}

async function update({ ref, change }: FolderChange, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  const found = await findFolder(ref, caller, kit)
  if (!found.ok) return found
  const { folder, rights, rule } = found.value
  if (!rights.isOwner) return denial('ErrorAccessDenied', rule)
  if (!change.ok) return change
  if (folder.distinguished !== undefined && change.value.displayName !== undefined) {
    return problem('ErrorFolderSavePropertyError', 'A distinguished folder keeps its name.')
  }
  const { permissions, ...properties } = change.value
  const resolved = permissions && (await resolvePermissionSet(permissions, folder, kit))
  if (resolved?.ok === false) return resolved
  const changeKey = kit.newId()
  const changed = await kit.mailboxes.changeFolder(folder.id, { ...properties, changeKey }, kit.now())
  if (changed === 'name taken') return problem('ErrorFolderExists')
  if (changed !== 'changed') return problem('ErrorFolderNotFound')
  if (resolved !== undefined) await kit.access.replaceFolderPermissions(folder.id, resolved.value)
  return done(writeFolder({ folder: { ...folder, changeKey }, rights, rule }, ID_ONLY))
}

function readChange(element: XmlElement): EwsResult<FolderChange> {
  const wrong = CHANGE(element)
  if (wrong !== undefined) return invalid(wrong)
  const [id] = element.children
  if (id === undefined || id.name === 'Updates') return invalid('FolderChange must hold one folder id')
  const ref = readFolderRef(id)
  if (!ref.ok) return ref
  let change: WrittenFolder = {}
  let first: EwsProblem | undefined
  for (const update of child(element, NS.types, 'Updates')?.children ?? []) {
    const read = readUpdate(update)
    if (!read.ok) return read
    if (read.value.ok) change = { ...change, ...read.value.value }
    else first ??= read.value
  }
  return done({ ref: ref.value, change: first ?? done(change) })
}

// One property, named and written.
function readUpdate(update: XmlElement): EwsResult<EwsResult<WrittenFolder>> {
  const [named, folder, ...more] = update.children
  if (named?.ns !== NS.types || !PATH_ELEMENTS.includes(named.name) || more.length > 0) {
    return invalid(`${update.name} must hold a property and a folder`)
  }
  const wrong = PATH_CHECKS[named.name]?.(named)
  if (wrong !== undefined) return invalid(wrong)
  if (update.name === 'DeleteFolderField') return done(problem('ErrorInvalidPropertyDelete'))
  if (folder?.ns !== NS.types || !WRITTEN_FOLDERS.includes(folder.name) || folder.children.length !== 1) {
    return invalid(`${update.name} must hold a folder with one property`)
  }
  const read = readFolder(folder)
  if (!read.ok) return read
  const path = readPropertyPath(named)
  const [property] = folder.children
  const isNamed =
    path.kind === 'extended'
      ? property?.name === 'ExtendedProperty'
      : path.scope === 'folder' && path.name === property?.name
  if (!isNamed) return invalid(`${update.name} must hold the property that it names`)
  const isKept = KEPT.includes(property?.name ?? '')
  if (update.name === 'AppendToFolderField' || (read.value.ok && !isKept)) {
    return done(problem('ErrorInvalidPropertySet'))
  }
  return done(read.value)
}
