/** The list of item ids that GetItem and DeleteItem take, and the search for one of them. */
import type { Kit } from '../product.ts'
import type { XmlElement } from '../xml.ts'
import { type EntryRef, readEntryId } from './entry-id.ts'
import { readEach, readList } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import type { Item } from './mailbox.ts'
import type { OwnMailbox } from './own-mailbox.ts'

/** An id as the request has it; what is wrong with it is said in its own response message. */
export type ItemRef = EwsResult<EntryRef>

/** Reads `m:ItemIds`. */
export function readItemIds(request: XmlElement): EwsResult<readonly ItemRef[]> {
  const list = readList(request, 'ItemIds', [
    'ItemId',
    'OccurrenceItemId',
    'RecurringMasterItemId',
    'RecurringMasterItemIdRanges',
  ])
  return list.ok ? readEach(list.value, readItemId) : list
}

// Recurring items live in calendars, and nothing here ever put one there.
function readItemId(element: XmlElement): EwsResult<ItemRef> {
  if (element.name !== 'ItemId') return done(problem('ErrorItemNotFound'))
  if (!element.attributes.has('Id')) return invalid('ItemId must have the attribute Id')
  return done(readEntryId('item', element))
}

/** Finds an item of the caller's own mailbox. */
export async function findItem(
  ref: ItemRef,
  mailbox: EwsResult<OwnMailbox>,
  kit: Kit,
): Promise<EwsResult<Item>> {
  if (!mailbox.ok) return mailbox
  if (!ref.ok) return ref
  const item = await kit.mailboxes.item(mailbox.value.owner, ref.value.id)
  return item === undefined ? problem('ErrorItemNotFound') : done(item)
}
