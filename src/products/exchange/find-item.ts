/** FindItem: the items in folders, in pages, sorted, and as far as a restriction lets them through. */
import type { Caller, Kit } from '../product.ts'
import { child, el, type Markup, NS } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { readCalendarView, viewCalendar } from './calendar-view.ts'
import { type Condition, holds } from './condition.ts'
import { contactsQuery } from './contacts-view.ts'
import type { EwsContext, EwsHandler, ResponseMessage } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { ITEM_SHAPE, readShape, type Shape } from './ews-shape.ts'
import type { FolderRights } from './folder-rights.ts'
import { readFolderRefs, refuseAll } from './found-in.ts'
import { LONGEST_REPLY } from './get-item.ts'
import { writeItem } from './item.ts'
import { checkCondition, divide, propertiesOf, sortOrderOf } from './item-search.ts'
import { itemsInTurns } from './items-in-turns.ts'
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
export const findItems: EwsHandler = async (request, caller, kit, context) => {
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
    for (const parent of parents.value) {
      if (context.isAbandoned()) break
      messages.push(await answerFor(parent, each, caller, kit))
    }
    return done(messages)
  }
  if (request.attributes.get('Traversal') !== 'Shallow') {
    // Nothing here is associated with a folder, and what was deleted is in Recoverable Items.
    const none = { TotalItemsInView: '0', IncludesLastItemInRange: 'true' }
    return answer(async () => done(el('m:RootFolder', none, el('t:Items'))))
  }

  const calendarView = readCalendarView(request, context.timeZone)
  if (!calendarView.ok) return refuseAll(calendarView, count)
  if (calendarView.value !== undefined) {
    const view = calendarView.value
    return answer((found) => viewCalendar(found, view, listed(shape.value), kit, context))
  }
  const query = readQuery(request, listed(shape.value))
  return query.ok ? answer((found) => find(found, query.value, kit, context)) : refuseAll(query, count)
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
  const checked = checkCondition(restriction.value)
  if (!checked.ok) return checked
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

async function find(
  { folder, rights }: FoundFolder,
  query: Query,
  kit: Kit,
  context: EwsContext,
): Promise<EwsResult<Markup>> {
  const { places, total } = await placesOf(folder, rights, query, kit, context)
  const items: Markup[] = []
  // What is gone since it was found counts as shown: the next page begins after it.
  let count = 0
  let length = 0
  for await (const [place, item] of itemsInTurns(kit.mailboxes, places)) {
    if (length > LONGEST_REPLY || context.isAbandoned()) break
    count = places.indexOf(place) + 1
    const seen = asSeen(item, rights)
    if (seen === undefined) continue
    const written = writeItem(seen, query.shape)
    items.push(written)
    length += written.markup.length
  }
  if (length <= LONGEST_REPLY) count = places.length
  const attributes = pagingAttributes(query.view, count, total)
  return done(el('m:RootFolder', attributes, el('t:Items', {}, ...items)))
}

interface Found {
  readonly places: readonly number[]
  readonly total: number
}

/** Which items are shown, and of how many. */
async function placesOf(
  folder: Folder,
  rights: FolderRights,
  asked: Query,
  kit: Kit,
  context: EwsContext,
): Promise<Found> {
  if (!rights.viewPrivateItems) return placesOfReader(folder, rights, asked, kit, context)
  const { rest, view, where, sort } = asked
  const query = { ...(sort && { sort }), ...(where && { where }) }
  if (rest === undefined) return kit.mailboxes.places(folder.id, query, (total) => windowOf(view, total))
  const { places } = await kit.mailboxes.places(folder.id, query)
  return windowIn(await fitting(places, rest, rights, kit, context), view)
}

const PRIVATE = { kind: 'compare', column: 'isPrivate', operator: '=', value: true } as const
const APPOINTMENT = { kind: 'compare', column: 'kind', operator: '=', value: 'CalendarItem' } as const
const BY_START = [{ column: 'startAt', descending: false }] as const

// The store sorts and decides by the whole item, and of private ones this reader sees a part. So they stand after all others,
// in the order of what he sees, and are found by that alone; those that he does not see are not counted either.
async function placesOfReader(
  folder: Folder,
  rights: FolderRights,
  { whole, rest, view, where, own, sort }: Query,
  kit: Kit,
  context: EwsContext,
): Promise<Found> {
  const all = (...parts: (ItemCondition | undefined)[]): ItemCondition => ({
    kind: 'all',
    parts: parts.flatMap((part) => part ?? []),
  })
  const open = { ...(sort && { sort }), where: all({ kind: 'not', part: PRIVATE }, where) }
  const hidden = { sort: BY_START, where: all(PRIVATE, APPOINTMENT, own) }
  const outlined = (await kit.mailboxes.places(folder.id, hidden)).places
  const last = whole === undefined ? outlined : await fitting(outlined, whole, rights, kit, context)
  if (rest !== undefined) {
    const { places } = await kit.mailboxes.places(folder.id, open)
    return windowIn([...(await fitting(places, rest, rights, kit, context)), ...last], view)
  }
  let window = { offset: 0, limit: 0 }
  const first = await kit.mailboxes.places(folder.id, open, (count) => {
    window = windowOf(view, count + last.length)
    return window
  })
  const { offset, limit } = window
  const start = Math.max(0, offset - first.total)
  const room = Math.max(0, limit - first.places.length)
  return { places: [...first.places, ...last.slice(start, start + room)], total: first.total + last.length }
}

function windowIn(places: readonly number[], view: PageView): Found {
  const { offset, limit } = windowOf(view, places.length)
  return { places: places.slice(offset, offset + limit), total: places.length }
}

/** Those of these places whose items meet the condition, as far as the reader sees them. */
async function fitting(
  places: readonly number[],
  condition: Condition,
  rights: FolderRights,
  kit: Kit,
  { isAbandoned }: EwsContext,
): Promise<number[]> {
  const found: number[] = []
  for await (const [place, item] of itemsInTurns(kit.mailboxes, places)) {
    if (isAbandoned()) break
    const seen = asSeen(item, rights)
    if (seen !== undefined && holds(condition, propertiesOf(seen))) found.push(place)
  }
  return found
}
