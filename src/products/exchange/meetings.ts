/** Meetings: who is asked to come gets a request and an entry in the calendar, which follow the meeting until it is cancelled. */
import { isoTime } from '../../protocol/ids.ts'
import type { User } from '../../trust/directory.ts'
import type { Kit } from '../product.ts'
import { attendeesOf } from './calendar-item-type.ts'
import { entryId } from './entry-id.ts'
import { columnsOf } from './item.ts'
import { ITEM_TYPES } from './item-types.ts'
import {
  type KeptProperty,
  keptOf,
  keptText,
  mailboxProperty,
  readContent,
  withKept,
  withoutKept,
  writeContent,
} from './kept-property.ts'
import type { Item, ItemKind } from './mailbox.ts'
import { addItem, mailboxOf, type PreparedItem, prepareAgain } from './save-item.ts'
import { deliver, deliverInto, ownFolder, resolve } from './send-message.ts'

/** What becomes of invitations and cancellations. */
export const INVITATIONS = ['SendToNone', 'SendOnlyToAll', 'SendToAllAndSaveCopy'] as const
export type Invitations = (typeof INVITATIONS)[number]

// The entries in the calendars of those who were asked, by whom: noted beside the organizer's own, and shown to nobody.
const COPIES = 'CalendarCopies'

/** Asks everyone to come, or tells them what changed. Answers with the appointment's properties as they are since. */
export async function invite(
  item: Item,
  organizer: User,
  invitations: Exclude<Invitations, 'SendToNone'>,
  kit: Kit,
): Promise<readonly KeptProperty[]> {
  const kept = readContent(item.content)
  const { copies, appointment, recipients } = await meetingOf(item, kept, organizer, kit)
  const isUpdate = copies.size > 0
  const since = new Map(copies)
  const request = messageOf('MeetingRequest', item, appointment, organizer, [
    { name: 'MeetingRequestType', text: isUpdate ? 'FullUpdate' : 'NewMeetingRequest' },
    { name: 'IntendedFreeBusyStatus', text: keptText(kept, 'LegacyFreeBusyStatus') ?? 'Busy' },
    { name: 'MyResponseType', text: 'NoResponseReceived' },
    { name: 'MeetingRequestWasSent', text: 'true' },
    { name: 'AppointmentState', text: '3' },
  ])
  await deliver(request, organizer, recipients, kit, async (user, message) => {
    const entry = await enter(user, copies.get(user.sid), item, appointment, organizer, kit)
    if (entry === undefined) return message
    since.set(user.sid, entry.id)
    return associated(message, entry)
  })
  await keepCopy(request, organizer, invitations, kit)
  return withKept(
    kept,
    { name: 'MeetingRequestWasSent', text: 'true' },
    { name: COPIES, children: [...since].map(([sid, id]) => ({ name: sid, text: id })) },
  )
}

/** Tells everyone who was asked that the meeting will not be. */
export async function cancel(
  item: Item,
  organizer: User,
  invitations: Exclude<Invitations, 'SendToNone'>,
  kit: Kit,
): Promise<void> {
  const kept = readContent(item.content)
  const { copies, appointment, recipients } = await meetingOf(item, kept, organizer, kit)
  const subject = { name: 'Subject', text: `Canceled: ${item.subject}` }
  const cancellation = messageOf('MeetingCancellation', item, withKept(appointment, subject), organizer, [])
  await deliver(cancellation, organizer, recipients, kit, async (user, message) => {
    const entry = await copyWith(copies.get(user.sid), user, kit)
    if (entry === undefined) return message
    await rewrite(entry, kit, (properties) =>
      withKept(
        properties,
        subject,
        { name: 'IsCancelled', text: 'true' },
        { name: 'AppointmentState', text: '7' },
        { name: 'LegacyFreeBusyStatus', text: 'Free' },
      ),
    )
    return associated(message, entry)
  })
  await keepCopy(cancellation, organizer, invitations, kit)
}

async function meetingOf(item: Item, kept: readonly KeptProperty[], organizer: User, kit: Kit) {
  const asked = await resolve(attendeesOf(kept), kit)
  const copies = new Map((keptOf(kept, COPIES)?.children ?? []).map(({ name, text = '' }) => [name, text]))
  const appointment = withoutKept(kept, [COPIES, ...PRIVATE])
  return {
    recipients: asked.filter(({ user }) => user?.sid !== organizer.sid),
    copies,
    appointment: withKept(appointment, { name: 'Subject', text: item.subject }),
  }
}

// What the organizer has noted for themselves.
const PRIVATE = [
  'Categories',
  'DateTimeCreated',
  'DateTimeReceived',
  'ExtendedProperty',
  'Flag',
  'IsDraft',
  'ItemClass',
  'LastModifiedName',
]

// A message that says of the meeting what its kind has properties for.
function messageOf(
  kind: ItemKind,
  item: Item,
  appointment: readonly KeptProperty[],
  organizer: User,
  more: readonly KeptProperty[],
): PreparedItem {
  const table = ITEM_TYPES[kind].properties
  const [from, to] = [mailboxProperty(mailboxOf(organizer)), attendeesOf(appointment).map(mailboxProperty)]
  return {
    kind,
    attachments: [],
    properties: withKept(
      appointment.filter(({ name }) => table.has(name)),
      ...more,
      { name: 'Sender', children: [from] },
      { name: 'From', children: [from] },
      { name: 'ToRecipients', children: to },
      { name: 'DateTimeSent', text: isoTime(item.modifiedAt) },
      { name: 'DateTimeStamp', text: isoTime(item.modifiedAt) },
      { name: 'IsDraft', text: 'false' },
    ),
  }
}

function associated(message: PreparedItem, { id, changeKey }: Item): PreparedItem {
  const attributes = entryId('item', id, changeKey)
  return {
    ...message,
    properties: withKept(message.properties, { name: 'AssociatedCalendarItemId', attributes }),
  }
}

// The entry in the calendar of one who was asked: the one that is there, brought up to date, or a new tentative one.
async function enter(
  user: User,
  known: string | undefined,
  item: Item,
  appointment: readonly KeptProperty[],
  organizer: User,
  kit: Kit,
): Promise<Item | undefined> {
  const tentative = [
    { name: 'LegacyFreeBusyStatus', text: 'Tentative' },
    { name: 'MyResponseType', text: 'NoResponseReceived' },
    { name: 'MeetingRequestWasSent', text: 'true' },
    { name: 'AppointmentState', text: '3' },
  ]
  const entry = await copyWith(known, user, kit)
  if (entry !== undefined) {
    // A new time asks for a new answer; anything else leaves the old one standing.
    const isMoved = entry.startAt !== item.startAt || entry.endAt !== item.endAt
    return rewrite(entry, kit, (properties) =>
      withKept(properties, ...appointment, ...(isMoved ? tentative : standing(properties))),
    )
  }
  // MIME content is of the organizer's own entry.
  const { mime: _, ...prepared } = await prepareAgain(item, withKept(appointment, ...tentative), kit)
  return deliverInto('calendar', user, prepared, organizer, kit)
}

function standing(properties: readonly KeptProperty[]): (KeptProperty | undefined)[] {
  return ['LegacyFreeBusyStatus', 'MyResponseType', 'MeetingRequestWasSent', 'AppointmentState'].map((name) =>
    keptOf(properties, name),
  )
}

async function copyWith(id: string | undefined, user: User, kit: Kit): Promise<Item | undefined> {
  const item = id === undefined ? undefined : await kit.mailboxes.item(id)
  return item?.owner === user.sid ? item : undefined
}

async function rewrite(
  item: Item,
  kit: Kit,
  change: (properties: readonly KeptProperty[]) => readonly KeptProperty[],
): Promise<Item> {
  const properties = change(readContent(item.content))
  const now = kit.now()
  const next = {
    ...item,
    ...columnsOf(item.kind, properties, item),
    changeKey: kit.newId(),
    modifiedAt: now,
    content: writeContent(properties),
  }
  // Someone else's change in between wins: they have seen the meeting then.
  const changed = await kit.mailboxes.changeItem(next, item.changeKey)
  return changed === 'changed' ? next : item
}

async function keepCopy(
  message: PreparedItem,
  organizer: User,
  invitations: Invitations,
  kit: Kit,
): Promise<void> {
  if (invitations !== 'SendToAllAndSaveCopy') return
  const folder = await ownFolder('sentitems', organizer, kit)
  if (folder !== undefined) await addItem(message, folder, { author: organizer }, kit)
}
