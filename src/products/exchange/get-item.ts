/** GetItem: items by id. A change key that is out of date does not matter to a reader. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Caller, Kit } from '../product.ts'
import { type Markup, NS } from '../xml.ts'
import { untilSettled } from './attempts.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { ITEM_SHAPE, readShape, type Shape } from './ews-shape.ts'
import { writeItem } from './item.ts'
import { type ItemRef, readItemIds } from './item-ids.ts'
import { partsOf } from './item-parts.ts'
import { findItemToShow } from './mailbox-access.ts'

const REQUEST = sequence(['ItemShape', 'ItemIds'], { ns: NS.messages, required: ['ItemShape', 'ItemIds'] })

/** One small request can ask for one large item a thousand times: no item is begun after so many characters. */
export const LONGEST_REPLY = 8 * 1024 * 1024

/** Answers each item id with the item, as far as the shape shows it. */
export const getItem: EwsHandler = async (request, caller, kit, { isAbandoned }) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const shape = readShape(request, 'ItemShape', ITEM_SHAPE)
  if (!shape.ok) return shape
  const ids = readItemIds(request)
  if (!ids.ok) return ids

  const messages: ResponseMessage[] = []
  let length = 0
  for (const id of ids.value) {
    if (isAbandoned()) break
    if (length > LONGEST_REPLY) {
      messages.push(problem('ErrorDataSizeLimitExceeded'))
      continue
    }
    await othersTurn() // the store answers without waiting; others would wait for all of it
    const message = await untilSettled(() => read(id, shape.value, caller, kit), problem('ErrorItemNotFound'))
    if (message.ok) length += message.value.markup.length
    messages.push(message)
  }
  return done(messages)
}

async function read(
  ref: ItemRef,
  shape: Shape,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Markup> | 'stale'> {
  const found = await findItemToShow(ref, caller, kit)
  if (!found.ok) return found
  const { item, rights, isWhole } = found.value
  // What is attached to an item is shown to those alone who see all of it.
  const parts = isWhole ? await partsOf(item, shape, rights, kit) : { rights }
  return parts === undefined ? 'stale' : done(writeItem(item, shape, parts))
}
