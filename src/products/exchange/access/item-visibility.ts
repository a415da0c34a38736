/** What of an item its reader gets to see: all of it, a calendar item’s outline, or nothing. */
import type { FolderRights } from '../folder-rights.ts'
import { keptText, readContent, writeContent } from '../kept-property.ts'
import type { Item } from '../mailbox.ts'

type Reading = Pick<FolderRights, 'readItems' | 'viewPrivateItems'>

/** Whether all of it may be read. Whoever may not must not copy, move, change or delete it either. */
export function mayReadWhole(item: Item, { readItems, viewPrivateItems }: Reading): boolean {
  return readItems === 'FullDetails' && (viewPrivateItems || !isPrivate(item))
}

/**
 * The item as its reader may see it; undefined if he may not. Every answer that shows an item to somebody else than its
 * owner shows what this gives. Of a private appointment everyone else who may read sees when it is.
 */
export function asSeen(item: Item, reading: Reading): Item | undefined {
  if (mayReadWhole(item, reading)) return item
  const { readItems } = reading
  if (readItems === 'None' || item.kind !== 'CalendarItem') return undefined
  const showsSubject = readItems === 'TimeAndSubjectAndLocation' && !isPrivate(item)
  return outline(item, showsSubject)
}

/** Whether its owner marked it as private. */
export function isPrivate({ content }: Pick<Item, 'content'>): boolean {
  return keptText(readContent(content), 'Sensitivity') === 'Private'
}

const TIME = new Set([
  'Start',
  'End',
  'IsAllDayEvent',
  'LegacyFreeBusyStatus',
  'Recurrence',
  'StartTimeZone',
  'EndTimeZone',
  'MeetingTimeZone',
])
const SUBJECT_AND_LOCATION = new Set(['Subject', 'Location'])

// Made of what may be seen, not of the item less what may not: a property to come is hidden until it is named here.
function outline(item: Item, showsSubject: boolean): Item {
  const properties = readContent(item.content).filter(
    ({ name }) => TIME.has(name) || (showsSubject && SUBJECT_AND_LOCATION.has(name)),
  )
  const { startAt, endAt } = item
  // When it was written says something too: times that are not its own become its start.
  const at = startAt ?? 0
  return {
    id: item.id,
    owner: item.owner,
    folderId: item.folderId,
    changeKey: item.changeKey,
    kind: item.kind,
    author: '',
    content: writeContent(properties),
    itemClass: 'IPM.Appointment',
    subject: showsSubject ? item.subject : '',
    isRead: true,
    importance: 1,
    hasAttachments: false,
    size: 0,
    receivedAt: at,
    sentAt: at,
    createdAt: at,
    modifiedAt: at,
    ...(startAt !== undefined && { startAt }),
    ...(endAt !== undefined && { endAt }),
    fromName: '',
    displayName: '',
  }
}
