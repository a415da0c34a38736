/** Every kind of item that is kept, in one table. */
import { CALENDAR_ITEM } from './calendar-item-type.ts'
import { CONTACT } from './contact-type.ts'
import type { ItemType } from './item-type.ts'
import type { ItemKind } from './mailbox.ts'
import { MEETING_CANCELLATION, MEETING_REQUEST } from './meeting-message-type.ts'
import { MESSAGE } from './message-type.ts'
import { TASK } from './task-type.ts'

export const ITEM_TYPES: Readonly<Record<ItemKind, ItemType>> = {
  Message: MESSAGE,
  CalendarItem: CALENDAR_ITEM,
  Contact: CONTACT,
  Task: TASK,
  MeetingRequest: MEETING_REQUEST,
  MeetingCancellation: MEETING_CANCELLATION,
}

/** The kinds that a client may write. */
export const WRITABLE_KINDS = ['Message', 'CalendarItem', 'Contact', 'Task'] as const satisfies ItemKind[]

const CLASSES: readonly (readonly [string, (typeof WRITABLE_KINDS)[number]])[] = [
  ['ipm.appointment', 'CalendarItem'],
  ['ipm.contact', 'Contact'],
  ['ipm.task', 'Task'],
]

/** The kind that an item class belongs to: `IPM.Task.Mine` is a task; what is nothing else is a message. */
export function kindOfClass(itemClass: string): (typeof WRITABLE_KINDS)[number] {
  const lower = itemClass.toLowerCase()
  const found = CLASSES.find(([prefix]) => lower === prefix || lower.startsWith(`${prefix}.`))
  return found?.[1] ?? 'Message'
}
