/** DeleteItem: removes items for good, or moves them where they can be recovered from. */
import type { Caller, Kit } from '../product.ts'
import { NS } from '../xml.ts'
import { attendeesOf, isOrganizer } from './calendar-item-type.ts'
import { DELETE_TYPE, DESTINATIONS, type DeleteType } from './deletion.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { type ItemRef, readItemIds } from './item-ids.ts'
import { readContent } from './kept-property.ts'
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

async function remove(ref: ItemRef, order: Order, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  const found = await findItem(ref, caller, kit)
  if (!found.ok) return found
  const { id, owner, changeKey, kind } = found.value.item
  if (!mayChange(found.value, 'deleteItems', caller)) {
    return denial('ErrorAccessDenied', found.value.rule)
  }
  const expected = ref.ok ? ref.value.changeKey : undefined
  if (expected !== undefined && expected !== changeKey) return problem('ErrorStaleObject')
  if (kind === 'CalendarItem' && order.cancellations === undefined)
    return problem('ErrorSendMeetingCancellationsRequired')
  if (kind === 'Task' && !order.saysWhichTasks) return problem('ErrorAffectedTaskOccurrencesRequired')
  await tell(found.value, order.cancellations, caller, kit)

  const destination = DESTINATIONS[order.type]
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

// Those who were asked to a meeting hear that it will not be; whoever was asked themselves tells nobody.
async function tell(
  { item, folder }: FoundItem,
  cancellations: Invitations | undefined,
  caller: Caller,
  kit: Kit,
): Promise<void> {
  if (item.kind !== 'CalendarItem' || cancellations === undefined || cancellations === 'SendToNone') return
  const kept = readContent(item.content)
  if (!isOrganizer(kept) || attendeesOf(kept).length === 0) return
  const owner = await mailboxOwner(folder, caller, kit)
  if (owner.ok) await cancel(item, owner.value, cancellations, kit)
}
