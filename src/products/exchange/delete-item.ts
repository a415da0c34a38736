/** DeleteItem: removes items of the caller's mailbox for good, or moves them where they can be recovered from. */
import type { Kit } from '../product.ts'
import { NS } from '../xml.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { findItem, type ItemRef, readItemIds } from './item-ids.ts'
import type { DistinguishedFolder } from './mailbox.ts'
import { type OwnMailbox, openOwnMailbox } from './own-mailbox.ts'

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

  const mailbox = await openOwnMailbox(caller, kit)
  const messages: ResponseMessage[] = []
  for (const id of ids.value) messages.push(await remove(id, type, mailbox, kit))
  return done(messages)
}

async function remove(
  ref: ItemRef,
  type: DeleteType,
  mailbox: EwsResult<OwnMailbox>,
  kit: Kit,
): Promise<ResponseMessage> {
  const item = await findItem(ref, mailbox, kit)
  if (!item.ok) return item
  const { owner, id, changeKey } = item.value
  const expected = ref.ok ? ref.value.changeKey : undefined
  if (expected !== undefined && expected !== changeKey) return problem('ErrorStaleObject')

  const destination = DESTINATIONS[type]
  const folder =
    mailbox.ok && mailbox.value.folders.find(({ distinguished }) => distinguished === destination)
  if (destination === undefined) {
    const removed = await kit.mailboxes.removeItem(owner, id)
    return removed === 'removed' ? done(undefined) : problem('ErrorItemNotFound')
  }
  if (!folder) return problem('ErrorFolderNotFound')
  const moved = await kit.mailboxes.moveItem(owner, id, folder.id, kit.newId())
  return moved === 'moved' ? done(undefined) : problem('ErrorItemNotFound')
}
