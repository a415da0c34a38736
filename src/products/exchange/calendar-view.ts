/** `m:CalendarView`: what takes place in a calendar between two moments, series as their occurrences. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { Kit } from '../product.ts'
import { child, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { eventsBetween } from './calendar.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import type { Shape } from './ews-shape.ts'
import { folderElementOf } from './folder-element.ts'
import { writeItem } from './item.ts'
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
): Promise<EwsResult<Markup>> {
  if (folderElementOf(folder.folderClass) !== 'CalendarFolder') {
    return problem('ErrorCalendarFolderIsInvalidForCalendarView')
  }
  const events = await eventsBetween(folder, from, to, most + 1, kit)
  const shown = events.slice(0, most)
  const items = shown.flatMap(({ item }) => asSeen(item, rights) ?? [])
  const attributes = {
    TotalItemsInView: `${items.length}`,
    IncludesLastItemInRange: `${shown.length === events.length}`,
  }
  return done(
    el('m:RootFolder', attributes, el('t:Items', {}, ...items.map((item) => writeItem(item, shape)))),
  )
}
