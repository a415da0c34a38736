/** DeleteItem: removes items for good, or moves them where they can be recovered from. */
import type { Caller, Kit } from '../product.ts'
import { NS } from '../xml.ts'
import { inOrder, untilSettled } from './attempts.ts'
import { DELETE_TYPE, DESTINATIONS, type DeleteType } from './deletion.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { type ItemRef, readItemIds } from './item-ids.ts'
import type { MailboxStep } from './mailbox.ts'
import { type FoundItem, findItem, mailboxOwner, mayChange } from './mailbox-access.ts'
import { cancel, INVITATIONS, type Invitations } from './meetings.ts'

const REQUEST = all(
  sequence(['ItemIds'], { ns: NS.messages, required: ['ItemIds'] }),
  DELETE_TYPE,
  attribute('SendMeetingCancellations', new RegExp(`^(${INVITATIONS.join('|')})$`), 'optional'),
  attribute('AffectedTaskOccurrences', /^(AllOccurrences|SpecifiedOccurrenceOnly)$/, 'optional'),
  attribute('SuppressReadReceipts', /^(true|false|1|0)$/, 'optional'),
)

/** What the request asks to do with each item. */
interface Order {
  readonly type: DeleteType
  readonly cancellations: Invitations | undefined
  readonly saysWhichTasks: boolean
}

/** Answers each item id with what became of the item. */
export const deleteItem: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const { attributes } = request
  const order = {
    // One of those in the table: REQUEST has seen to it.
    type: attributes.get('DeleteType') as DeleteType,
    cancellations: attributes.get('SendMeetingCancellations') as Invitations | undefined,
    saysWhichTasks: attributes.has('AffectedTaskOccurrences'),
  }
  const ids = readItemIds(request)
  if (!ids.ok) return ids

  const messages: ResponseMessage[] = []
  for (const id of ids.value) messages.push(await remove(id, order, caller, kit))
  return done(messages)
}

function remove(ref: ItemRef, order: Order, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  return untilSettled(async () => {
    const found = await findItem(ref, caller, kit)
    if (!found.ok) return found
    // A change key that is out of date does not matter: whoever deletes an item does not ask which version of it.
    const { kind } = found.value.item
    if (!mayChange(found.value, 'deleteItems', caller)) {
      return denial('ErrorAccessDenied', found.value.rule)
    }
    if (kind === 'CalendarItem' && order.cancellations === undefined)
      return problem('ErrorSendMeetingCancellationsRequired')
    if (kind === 'Task' && !order.saysWhichTasks) return problem('ErrorAffectedTaskOccurrencesRequired')
    return removeAndTell(found.value, order, caller, kit)
  })
}

// The item goes and those who were asked hear of it, both or neither: of two who delete a meeting at once one tells.
async function removeAndTell(
  { item, folder }: FoundItem,
  order: Order,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage | 'stale'> {
  const owner = await mailboxOwner(folder, caller, kit)
  const told = owner.ok
    ? await cancel(item, { invitations: order.cancellations, owner: owner.value, caller }, kit)
    : done({ item, tell: () => [] })
  if (!told.ok) return told
  const destination = DESTINATIONS[order.type]
  const to = destination && (await kit.mailboxes.distinguishedFolder(item.owner, destination))
  if (destination !== undefined && to === undefined) return problem('ErrorFolderNotFound')
  const { id, changeKey: was } = item
  const place = to && { folderId: to.id, id: kit.newId(), changeKey: kit.newId(), modifiedAt: kit.now() }
  const gone: MailboxStep =
    place === undefined
      ? { kind: 'remove', id, at: kit.now(), was }
      : { kind: 'move', id, to: place, was, change: () => told.value.item }
  const outcome = await kit.mailboxes.together(inOrder([], told.value.tell(), [gone]))
  return outcome === 'done' ? done(undefined) : 'stale'
}
