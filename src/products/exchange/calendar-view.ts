/** `m:CalendarView`: what takes place in a calendar between two moments, series as their occurrences. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { Kit } from '../product.ts'
import { child, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { type CalendarSlot, slotsBetween, viewAt, viewsOf } from './calendar.ts'
import type { EwsContext } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import type { Shape } from './ews-shape.ts'
import { folderElementOf } from './folder-element.ts'
import { LONGEST_REPLY } from './get-item.ts'
import { writeView } from './item.ts'
import { readContent } from './kept-property.ts'
import type { FoundFolder } from './mailbox-access.ts'
import { readMost } from './paging.ts'
import { type TimeZone, toUtc } from './time-zone.ts'

// Exchange's limit: two years (ErrorCalendarViewRangeTooBig).
const LONGEST = 2 * 366 * 86_400

export interface CalendarView {
  readonly from: EpochSeconds
  readonly to: EpochSeconds
  readonly most: number
}

/** Reads the view; undefined when the request has none. It takes no restriction and no order. */
export function readCalendarView(request: XmlElement, zone: TimeZone): EwsResult<CalendarView | undefined> {
  const element = child(request, NS.messages, 'CalendarView')
  if (element === undefined) return done(undefined)
  const from = toUtc(element.attributes.get('StartDate') ?? '', zone)
  const to = toUtc(element.attributes.get('EndDate') ?? '', zone)
  if (from === undefined || to === undefined) {
    return invalid('CalendarView must have the attributes StartDate and EndDate, each a date and time')
  }
  const most = readMost(element)
  if (!most.ok) return most
  if (to < from) return problem('ErrorInvalidTimeInterval', 'EndDate must not be before StartDate.')
  if (to - from > LONGEST) return problem('ErrorCalendarViewRangeTooBig')
  const others = ['Restriction', 'SortOrder', 'QueryString']
  if (others.some((name) => child(request, NS.messages, name) !== undefined)) {
    return problem('ErrorInvalidRestriction', 'A calendar view takes no restriction, order or query string.')
  }
  return done({ from, to, most: most.value })
}

/** `m:RootFolder` with what the view shows of a calendar. */
export async function viewCalendar(
  { folder, rights }: FoundFolder,
  { from, to, most }: CalendarView,
  shape: Shape,
  kit: Kit,
  { isAbandoned }: EwsContext,
): Promise<EwsResult<Markup>> {
  if (folderElementOf(folder.folderClass) !== 'CalendarFolder') {
    return problem('ErrorCalendarFolderIsInvalidForCalendarView')
  }
  const slots = await slotsBetween(folder, from, to, most + 1, kit, isAbandoned)
  const shown = slots.slice(0, most)
  // A series is read once, and written as often as it takes place.
  const written = new Map<CalendarSlot, Markup>()
  let length = 0
  for await (const [place, { item }] of viewsOf(shown, kit.mailboxes)) {
    if (isAbandoned() || length > LONGEST_REPLY) break
    const seen = asSeen(item, rights)
    if (seen === undefined) continue
    const view = { item: seen, kept: readContent(seen.content) }
    for (const slot of shown) {
      if (slot.place !== place || length > LONGEST_REPLY) continue
      const markup = writeView(viewAt(view, slot), shape)
      written.set(slot, markup)
      length += markup.markup.length
    }
  }
  if (length > LONGEST_REPLY) return problem('ErrorResultSetTooBig')
  const items = shown.flatMap((slot) => written.get(slot) ?? [])
  const attributes = {
    TotalItemsInView: `${items.length}`,
    IncludesLastItemInRange: `${shown.length === slots.length}`,
  }
  return done(el('m:RootFolder', attributes, el('t:Items', {}, ...items)))
}
