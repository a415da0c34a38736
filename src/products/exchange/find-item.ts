/** FindItem: the items in folders, in pages, sorted, and as far as a restriction lets them through. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Caller, Kit } from '../product.ts'
import { child, el, type Markup, NS } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { readCalendarView, viewCalendar } from './calendar-view.ts'
import { type Condition, holds } from './condition.ts'
import { contactsQuery } from './contacts-view.ts'
import type { EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { ITEM_SHAPE, readShape, type Shape } from './ews-shape.ts'
import type { FolderRights } from './folder-rights.ts'
import { readFolderRefs, refuseAll } from './found-in.ts'
import { writeItem } from './item.ts'
import { divide, propertiesOf, sortOrderOf } from './item-search.ts'
import type { Folder, ItemCondition, ItemQuery } from './mailbox.ts'
import { type FolderRef, type FoundFolder, findFolder } from './mailbox-access.ts'
import { type PageView, pagingAttributes, readPageView, windowOf } from './paging.ts'
import { readQueryString } from './query-string.ts'
import { readRestriction, readSortOrder } from './restriction.ts'

const VIEWS = ['IndexedPageItemView', 'FractionalPageItemView', 'SeekToConditionPageItemView'] as const

const REQUEST = all(
  sequence(
    [
      'ItemShape',
      ...VIEWS,
      'CalendarView',
      'ContactsView',
      'GroupBy',
      'DistinguishedGroupBy',
      'Restriction',
      'SortOrder',
      'ParentFolderIds',
      'QueryString',
    ],
    { ns: NS.messages, required: ['ItemShape', 'ParentFolderIds'] },
  ),
  attribute('Traversal', /^(Shallow|SoftDeleted|Associated)$/, 'required'),
)

// Items read, and decided on, before others have their turn.
const PIECE = 50
// One page of a thousand long items would be longer than anyone takes.
const LONGEST_REPLY = 8 * 1024 * 1024

// FindItem shows what a list of items shows; the rest is GetItem's.
const NOT_IN_LISTS = new Set([
  'MimeContent',
  'Body',
  'UniqueBody',
  'NormalizedBody',
  'TextBody',
  'Attachments',
  'InternetMessageHeaders',
  'ToRecipients',
  'CcRecipients',
  'BccRecipients',
  'ReplyTo',
  'RequiredAttendees',
  'OptionalAttendees',
  'Resources',
  'Recurrence',
])

/** The shape without what FindItem never shows. */
export function listed(shape: Shape): Shape {
  return { ...shape, shows: (name, ...rest) => !NOT_IN_LISTS.has(name) && shape.shows(name, ...rest) }
}

interface Query extends ItemQuery {
  readonly shape: Shape
  readonly view: PageView
  /** What the store leaves to us. */
  readonly rest?: Condition
  /** All of the condition: what a caller may not see must not be found by it either. */
  readonly whole?: Condition
  /** What the view itself asks of the store. */
  readonly own?: ItemCondition
}

/** Answers each parent with its items. */
export const findItems: EwsHandler = async (request, caller, kit, { timeZone }) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const shape = readShape(request, 'ItemShape', ITEM_SHAPE)
  if (!shape.ok) return shape
  const parents = readFolderRefs(request, 'ParentFolderIds')
  if (!parents.ok) return parents
  const count = parents.value.length
  const has = (name: string) => child(request, NS.messages, name) !== undefined
  if (has('GroupBy') || has('DistinguishedGroupBy') || has('SeekToConditionPageItemView')) {
    return refuseAll(
      problem('ErrorInvalidOperation', 'Items are not grouped or sought in views here.'),
      count,
    )
  }
  const answer = async (each: Each) => {
    const messages: ResponseMessage[] = []
    for (const parent of parents.value) messages.push(await answerFor(parent, each, caller, kit))
    return done(messages)
  }
  if (request.attributes.get('Traversal') !== 'Shallow') {
    // Nothing here is associated with a folder, and what was deleted is in Recoverable Items.
    const none = { TotalItemsInView: '0', IncludesLastItemInRange: 'true' }
    return answer(async () => done(el('m:RootFolder', none, el('t:Items'))))
  }

  const calendarView = readCalendarView(request, timeZone)
  if (!calendarView.ok) return refuseAll(calendarView, count)
  if (calendarView.value !== undefined) {
    const view = calendarView.value
    return answer((found) => viewCalendar(found, view, listed(shape.value), kit))
  }
  const query = readQuery(request, listed(shape.value))
  return query.ok ? answer((found) => find(found, query.value, kit)) : refuseAll(query, count)
}

type Each = (found: FoundFolder) => Promise<EwsResult<Markup>>

async function answerFor(ref: FolderRef, each: Each, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  const found = await findFolder(ref, caller, kit)
  if (!found.ok) return found
  if (found.value.rights.readItems !== 'FullDetails') return denial('ErrorAccessDenied', found.value.rule)
  return each(found.value)
}

function readQuery(request: Parameters<EwsHandler>[0], shape: Shape): EwsResult<Query> {
  const view = readPageView(request, 'Item')
  if (!view.ok) return view
  const contacts = contactsQuery(request)
  if (!contacts.ok) return contacts
  const restriction = readRestriction(request)
  if (!restriction.ok) return restriction
  const words = readQueryString(request)
  if (!words.ok) return words
  const orders = readSortOrder(request)
  if (!orders.ok) return orders
  const sort = orders.value && sortOrderOf(orders.value)
  if (sort !== undefined && !sort.ok) return sort

  const parts = [restriction.value, words.value].flatMap((one) => one ?? [])
  const whole: Condition | undefined = parts.length === 0 ? undefined : { kind: 'all', parts }
  const { where, rest } = divide(whole)
  const wheres = [contacts.value?.where, where].flatMap((one) => one ?? [])
  return done({
    shape,
    view: contacts.value?.view ?? view.value,
    ...(wheres.length > 0 && { where: { kind: 'all', parts: wheres } }),
    ...(rest !== undefined && { rest }),
    ...(whole !== undefined && { whole }),
    ...(contacts.value !== undefined && { own: contacts.value.where }),
    ...((sort ?? contacts.value) && { sort: sort?.value ?? contacts.value?.sort ?? [] }),
  })
}

async function find({ folder, rights }: FoundFolder, query: Query, kit: Kit): Promise<EwsResult<Markup>> {
  const { places, total } = await placesOf(folder, rights, query, kit)
  const items: Markup[] = []
  let length = 0
  for (let start = 0; start < places.length && length <= LONGEST_REPLY; start += PIECE) {
    if (start > 0) await othersTurn()
    const piece = await kit.mailboxes.itemsAt(places.slice(start, start + PIECE))
    for (const item of piece.values()) {
      const seen = asSeen(item, rights)
      if (seen === undefined) continue
      const written = writeItem(seen, query.shape)
      items.push(written)
      length += written.markup.length
    }
  }
  const attributes = pagingAttributes(query.view, items.length, total)
  return done(el('m:RootFolder', attributes, el('t:Items', {}, ...items)))
}

async function placesOf(
  folder: Folder,
  rights: FolderRights,
  asked: Query,
  kit: Kit,
): Promise<{ places: readonly number[]; total: number }> {
  const { whole, rest: left, view, where, own, ...order } = asked
  // What the store decides by is the whole item; a caller who sees less of private ones asks of what he sees.
  const seesAll = rights.viewPrivateItems || whole === undefined
  const rest = seesAll ? left : whole
  const known = seesAll ? where : own
  const query = { ...order, ...(known !== undefined && { where: known }) }
  if (rest === undefined) return kit.mailboxes.places(folder.id, query, (total) => windowOf(view, total))
  const { places } = await kit.mailboxes.places(folder.id, query)
  const fitting: number[] = []
  for (let start = 0; start < places.length; start += PIECE) {
    await othersTurn()
    const piece = places.slice(start, start + PIECE)
    for (const [place, item] of await kit.mailboxes.itemsAt(piece)) {
      const seen = asSeen(item, rights)
      if (seen !== undefined && holds(rest, propertiesOf(seen))) fitting.push(place)
    }
  }
  const { offset, limit } = windowOf(view, fitting.length)
  return { places: fitting.slice(offset, offset + limit), total: fitting.length }
}
