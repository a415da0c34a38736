/** FindFolder: the folders under folders. */
import type { Caller, Kit } from '../product.ts'
import { el, NS } from '../xml.ts'
import { type Condition, holds, wrongConstant } from './condition.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { done, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { FOLDER_SHAPE, readShape, type Shape } from './ews-shape.ts'
import { propertiesOfFolder, typeInFolder, writeFolder } from './folder-element.ts'
import { decideRights } from './folder-rights.ts'
import { readFolderRefs, refuseAll } from './found-in.ts'
import type { Folder } from './mailbox.ts'
import { type FolderRef, type FoundFolder, findFolder } from './mailbox-access.ts'
import { type PageView, pagingAttributes, readPageView, windowOf } from './paging.ts'
import { readRestriction } from './restriction.ts'

const REQUEST = all(
  sequence(
    ['FolderShape', 'IndexedPageFolderView', 'FractionalPageFolderView', 'Restriction', 'ParentFolderIds'],
    { ns: NS.messages, required: ['FolderShape', 'ParentFolderIds'] },
  ),
  attribute('Traversal', /^(Shallow|Deep|SoftDeleted)$/, 'required'),
)

interface Query {
  readonly traversal: string
  readonly shape: Shape
  readonly view: PageView
  readonly condition: Condition | undefined
}

/** Answers each parent with its folders: the direct ones, or all below. */
export const findFolders: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const shape = readShape(request, 'FolderShape', FOLDER_SHAPE)
  if (!shape.ok) return shape
  const parents = readFolderRefs(request, 'ParentFolderIds')
  if (!parents.ok) return parents
  const view = readPageView(request, 'Folder')
  if (!view.ok) return refuseAll(view, parents.value.length)
  const condition = readRestriction(request)
  if (!condition.ok) return refuseAll(condition, parents.value.length)
  const faulty = condition.value && wrongConstant(condition.value, typeInFolder)
  if (faulty !== undefined) return refuseAll(problem('ErrorInvalidValueForProperty'), parents.value.length)

  const traversal = request.attributes.get('Traversal') ?? 'Shallow'
  const query: Query = { traversal, shape: shape.value, view: view.value, condition: condition.value }
  const messages: ResponseMessage[] = []
  for (const parent of parents.value) messages.push(await findIn(parent, query, caller, kit))
  return done(messages)
}

async function findIn(ref: FolderRef, query: Query, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  const parent = await findFolder(ref, caller, kit)
  if (!parent.ok) return parent
  const { traversal, shape, view, condition } = query
  // Folders that were deleted for good are under Recoverable Items, not in a dumpster of their own.
  const candidates = traversal === 'SoftDeleted' ? [] : await foldersUnder(parent.value.folder, caller, kit)
  const found = candidates.filter(
    (one) =>
      (traversal === 'Deep' || one.folder.parentId === parent.value.folder.id) &&
      (condition === undefined || holds(condition, propertiesOfFolder(one))),
  )
  const { offset, limit } = windowOf(view, found.length)
  const shown = found.slice(offset, offset + limit)
  return done(
    el(
      'm:RootFolder',
      pagingAttributes(view, shown.length, found.length),
      el('t:Folders', {}, ...shown.map((one) => writeFolder(one, shape))),
    ),
  )
}

/** All folders below one that the caller may see, parents before their children and each among its siblings by name. */
export async function foldersUnder(top: Folder, caller: Caller, kit: Kit): Promise<FoundFolder[]> {
  const children = new Map<string, Folder[]>()
  for (const folder of await kit.mailboxes.folders(top.owner)) {
    const { parentId = '' } = folder
    children.set(parentId, [...(children.get(parentId) ?? []), folder])
  }
  const found: FoundFolder[] = []
  const add = async (parent: Folder): Promise<void> => {
    const byName = (children.get(parent.id) ?? []).toSorted((a, b) => compareNames(a, b))
    for (const folder of byName) {
      const decision = await decideRights(folder, caller, kit)
      if (decision.rights.isVisible) found.push({ folder, ...decision })
      // A folder may be seen whose parent may not.
      await add(folder)
    }
  }
  await add(top)
  return found
}

const NAMES = new Intl.Collator('en', { sensitivity: 'base', numeric: true })

function compareNames(a: Folder, b: Folder): number {
  return NAMES.compare(a.displayName, b.displayName)
}
