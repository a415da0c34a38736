/** The list of item ids that operations on items take. */
import type { XmlElement } from '../xml.ts'
import { type EntryRef, readEntryId } from './entry-id.ts'
import { readEach, readList } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'

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

// Series of appointments are kept as one item here; their occurrences have no ids.
function readItemId(element: XmlElement): EwsResult<ItemRef> {
  if (element.name !== 'ItemId') return done(problem('ErrorItemNotFound'))
  if (!element.attributes.has('Id')) return invalid('ItemId must have the attribute Id')
  return done(readEntryId('item', element))
}
