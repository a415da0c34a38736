/** DeleteItem: removes items for good, or moves them where they can be recovered from. */
import type { Caller, Kit } from '../product.ts'
import { NS } from '../xml.ts'
import type { DistinguishedFolder } from './distinguished-folders.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { type ItemRef, readItemIds } from './item-ids.ts'
import { findItem, mayChange } from './mailbox-access.ts'

// Where each kind of deletion moves an item; nowhere means that it is gone.
const DESTINATIONS = {
  HardDelete: undefined,
  SoftDelete: 'recoverableitemsdeletions',
  MoveToDeletedItems: 'deleteditems',
} as const satisfies Record<string, DistinguishedFolder | undefined>

type DeleteType = keyof typeof DESTINATIONS

const REQUEST = all(
  sequence(['ItemIds'], { ns: NS.messages, required: ['ItemIds'] }),
  attribute('DeleteType', /^(HardDelete|SoftDelete|MoveToDeletedItems)$/, 'required'),
)

/** Answers each item id with what became of the item. */
export const deleteItem: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  // One of the three: REQUEST has seen to it.
  const type = request.attributes.get('DeleteType') as DeleteType
  const ids = readItemIds(request)
  if (!ids.ok) return ids

  const messages: ResponseMessage[] = []
  for (const id of ids.value) messages.push(await remove(id, type, caller, kit))
  return done(messages)
}

async function remove(ref: ItemRef, type: DeleteType, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  const found = await findItem(ref, caller, kit)
  if (!found.ok) return found
  const { id, owner, changeKey } = found.value.item
  if (!mayChange(found.value, 'deleteItems', caller)) {
    return denial('ErrorAccessDenied', found.value.rule)
  }
  const expected = ref.ok ? ref.value.changeKey : undefined
  if (expected !== undefined && expected !== changeKey) return problem('ErrorStaleObject')

  const destination = DESTINATIONS[type]
  if (destination === undefined) {
    const removed = await kit.mailboxes.removeItem(id, kit.now())
    return removed === 'removed' ? done(undefined) : problem('ErrorItemNotFound')
  }
  const folder = await kit.mailboxes.distinguishedFolder(owner, destination)
  if (folder === undefined) return problem('ErrorFolderNotFound')
  const to = { folderId: folder.id, id: kit.newId(), changeKey: kit.newId(), modifiedAt: kit.now() }
  const moved = await kit.mailboxes.moveItem(id, to)
  return moved === 'moved' ? done(undefined) : problem('ErrorItemNotFound')
}
