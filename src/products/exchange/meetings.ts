/** Meetings: who is asked to come gets a request and an entry in the calendar, which follow the meeting until it is cancelled. */
import { isoTime } from '../../protocol/ids.ts'
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import { type SendingAs, sendingAs } from './access/send-as.ts'
import { attendeesOf } from './calendar-item-type.ts'
import { entryId } from './entry-id.ts'
import { done, type EwsResult } from './ews-result.ts'
import { columnsOf } from './item.ts'
import { ITEM_TYPES } from './item-types.ts'
import {
  type KeptProperty,
  keptOf,
  keptText,
  mailboxesIn,
  mailboxProperty,
  readContent,
  withKept,
  withoutKept,
  writeContent,
} from './kept-property.ts'
import type { Attachment, Folder, Item, ItemKind, MailboxStep } from './mailbox.ts'
import { copiesIn, withCopies, withoutCopies } from './meeting-copies.ts'
import { additionOf, type PreparedItem, prepareAgain, withProperties } from './save-item.ts'
import {
  type Delivery,
  deliveriesOf,
  isMailboxOf,
  namesOf,
  ownFolder,
  type Recipient,
  recipientsAt,
} from './send-message.ts'

/** What becomes of invitations and cancellations. */
export const INVITATIONS = ['SendToNone', 'SendOnlyToAll', 'SendToAllAndSaveCopy'] as const
export type Invitations = (typeof INVITATIONS)[number]

/** What is to be said to those who are asked, and in whose name. */
export interface Notice {
  /** What the request asks for; nothing is said without it. */
  readonly invitations: Invitations | undefined
  /** Whose mailbox the meeting stands in. */
  readonly owner: User
  readonly caller: Caller
}

/** What becomes of the organizer's own entry, and the steps that tell everyone: to be taken together. */
export interface Told {
  readonly item: Item
  tell(): Iterable<MailboxStep>
}

/** Asks everyone to come, or tells them what changed. Nothing is said by who did not call the meeting. */
export async function invite(
  item: Item,
  attachments: readonly Attachment[],
  notice: Notice,
  kit: Kit,
): Promise<EwsResult<Told>> {
  const { owner } = notice
  const kept = withoutKept(readContent(item.content), ['IsCancelled', 'AppointmentState'])
  if (!isTold(item, kept, notice)) return nothing(item)
  const as = await sendingAs(notice.caller, owner, kit)
  if (!as.ok) return as
  const meeting = await meetingOf(item, kept, owner, kit)
  if (!meeting.ok) return meeting
  const { entries, appointment, recipients } = meeting.value
  const request = messageOf('MeetingRequest', appointment, as.value, kit, [
    { name: 'MeetingRequestType', text: entries.size > 0 ? 'FullUpdate' : 'NewMeetingRequest' },
    { name: 'IntendedFreeBusyStatus', text: keptText(kept, 'LegacyFreeBusyStatus') ?? 'Busy' },
    { name: 'MyResponseType', text: 'NoResponseReceived' },
    { name: 'MeetingRequestWasSent', text: 'true' },
    { name: 'AppointmentState', text: '3' },
  ])
  // MIME content is of the organizer's own entry.
  const { mime: _, ...fresh } = prepareAgain(item, attachments, withKept(appointment, ...TENTATIVE))
  const calendars = await calendarsOf(recipients, entries, kit)
  const ids = new Map([...calendars.keys()].map((sid) => [sid, entries.get(sid)?.id ?? kit.newId()]))
  const requests = await deliveriesOf(request, as.value, recipients, kit, ({ sid }, message) => {
    const [entry, calendar] = [entries.get(sid), calendars.get(sid)]
    if (entry !== undefined) return withEntry(message, rewrite(entry, updated(entry, item, appointment), kit))
    if (calendar === undefined) return { message, before: [] }
    const addition = additionOf(fresh, calendar, { author: as.value.sender }, kit)
    const added = { ...addition.item, id: ids.get(sid) ?? addition.item.id }
    return withEntry(message, { ...addition, item: added })
  })
  if (!requests.ok) return requests
  const copy = await savedCopy(request, notice, as.value, kit)
  return done({
    item: withProperties(
      item,
      withCopies(withKept(kept, { name: 'MeetingRequestWasSent', text: 'true' }), ids),
    ),
    *tell() {
      yield* requests.value()
      yield* copy
    },
  })
}

/** Tells everyone who was asked that the meeting will not be. Who was never asked, or has been told before, hears nothing. */
export async function cancel(item: Item, notice: Notice, kit: Kit): Promise<EwsResult<Told>> {
  const { owner } = notice
  const kept = readContent(item.content)
  const isOn = keptText(kept, 'MeetingRequestWasSent') === 'true' && keptText(kept, 'IsCancelled') !== 'true'
  if (!isOn || !isTold(item, kept, notice)) return nothing(item)
  const as = await sendingAs(notice.caller, owner, kit)
  if (!as.ok) return as
  const meeting = await meetingOf(item, kept, owner, kit)
  if (!meeting.ok) return meeting
  const { entries, appointment, recipients } = meeting.value
  const subject = { name: 'Subject', text: `Canceled: ${item.subject}` }
  const cancelled = withKept(appointment, subject)
  const cancellation = messageOf('MeetingCancellation', cancelled, as.value, kit, [])
  const cancellations = await deliveriesOf(cancellation, as.value, recipients, kit, ({ sid }, message) => {
    const entry = entries.get(sid)
    if (entry === undefined) return { message, before: [] }
    const properties = withKept(
      readContent(entry.content),
      subject,
      { name: 'IsCancelled', text: 'true' },
      { name: 'AppointmentState', text: '7' },
      { name: 'LegacyFreeBusyStatus', text: 'Free' },
    )
    return withEntry(message, rewrite(entry, properties, kit))
  })
  if (!cancellations.ok) return cancellations
  const copy = await savedCopy(cancellation, notice, as.value, kit)
  // [MS-OXOCAL] 2.2.1.10: a meeting (1), cancelled (4).
  const state = [
    { name: 'IsCancelled', text: 'true' },
    { name: 'AppointmentState', text: '5' },
  ]
  return done({
    item: withProperties(item, withKept(kept, ...state)),
    *tell() {
      yield* cancellations.value()
      yield* copy
    },
  })
}

function nothing(item: Item): EwsResult<Told> {
  return done({ item, tell: () => [] })
}

// The one who called a meeting speaks for it, and those who were asked have nobody to tell.
function isTold({ kind }: Item, kept: readonly KeptProperty[], { invitations, owner }: Notice): boolean {
  const saysSomething = invitations !== undefined && invitations !== 'SendToNone'
  if (kind !== 'CalendarItem' || !saysSomething || attendeesOf(kept).length === 0) return false
  return (keptText(kept, 'MyResponseType') ?? 'Organizer') === 'Organizer' && isCalledBy(kept, owner)
}

function isCalledBy(kept: readonly KeptProperty[], user: User): boolean {
  const [organizer] = mailboxesIn(keptOf(kept, 'Organizer'))
  return organizer !== undefined && isMailboxOf(organizer, user)
}

async function meetingOf(item: Item, kept: readonly KeptProperty[], organizer: User, kit: Kit) {
  const asked = await recipientsAt(attendeesOf(kept), kit)
  if (!asked.ok) return asked
  const recipients = asked.value.filter(({ user }) => user?.sid !== organizer.sid)
  const entries = new Map<string, Item>()
  const copies = copiesIn(kept)
  for (const { user } of recipients) {
    const entry = user && (await entryOf(copies.get(user.sid), user, kept, organizer, kit))
    if (user !== undefined && entry !== undefined) entries.set(user.sid, entry)
  }
  const appointment = withKept(withoutKept(withoutCopies(kept), PRIVATE), {
    name: 'Subject',
    text: item.subject,
  })
  return done({ recipients, entries, appointment })
}

// The entry that follows this meeting in the calendar of one who was asked. Whatever else has its id is not ours to write.
async function entryOf(
  id: string | undefined,
  { sid }: User,
  meeting: readonly KeptProperty[],
  organizer: User,
  kit: Kit,
): Promise<Item | undefined> {
  const entry = id === undefined ? undefined : await kit.mailboxes.item(id)
  if (entry?.owner !== sid || entry.kind !== 'CalendarItem') return undefined
  const kept = readContent(entry.content)
  const isOfMeeting = keptText(kept, 'UID') === keptText(meeting, 'UID') && isCalledBy(kept, organizer)
  return isOfMeeting ? entry : undefined
}

// The calendars of those who have no entry yet.
async function calendarsOf(recipients: readonly Recipient[], entries: ReadonlyMap<string, Item>, kit: Kit) {
  const calendars = new Map<string, Folder | undefined>()
  for (const { user } of recipients) {
    if (user === undefined || calendars.has(user.sid)) continue
    calendars.set(user.sid, entries.has(user.sid) ? undefined : await ownFolder('calendar', user, kit))
  }
  return calendars
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

// How a meeting stands in the calendar of one who has not answered yet.
const TENTATIVE = [
  { name: 'LegacyFreeBusyStatus', text: 'Tentative' },
  { name: 'MyResponseType', text: 'NoResponseReceived' },
  { name: 'MeetingRequestWasSent', text: 'true' },
  { name: 'AppointmentState', text: '3' },
]

// A message that says of the meeting what its kind has properties for.
function messageOf(
  kind: ItemKind,
  appointment: readonly KeptProperty[],
  as: SendingAs,
  kit: Kit,
  more: readonly KeptProperty[],
): PreparedItem {
  const table = ITEM_TYPES[kind].properties
  const now = isoTime(kit.now())
  return {
    kind,
    attachments: [],
    properties: withKept(
      appointment.filter(({ name }) => table.has(name)),
      ...more,
      ...namesOf(as),
      { name: 'ToRecipients', children: attendeesOf(appointment).map(mailboxProperty) },
      { name: 'DateTimeSent', text: now },
      { name: 'DateTimeStamp', text: now },
      { name: 'IsDraft', text: 'false' },
    ),
  }
}

// A message that names the entry in its reader's calendar, which is written before it.
function withEntry(
  message: PreparedItem,
  step: Extract<MailboxStep, { readonly kind: 'add' | 'change' }>,
): Delivery {
  const { id, changeKey } = step.item
  const associated = { name: 'AssociatedCalendarItemId', attributes: entryId('item', id, changeKey) }
  return { message: { ...message, properties: withKept(message.properties, associated) }, before: [step] }
}

// A new time, or a meeting that is on again, asks for a new answer; anything else leaves the old one standing.
function updated(entry: Item, item: Item, appointment: readonly KeptProperty[]): readonly KeptProperty[] {
  const kept = readContent(entry.content)
  const isMoved = entry.startAt !== item.startAt || entry.endAt !== item.endAt
  const asksAgain = isMoved || keptText(kept, 'IsCancelled') === 'true'
  const standing = TENTATIVE.map(({ name }) => keptOf(kept, name))
  return withKept(withoutKept(kept, ['IsCancelled']), ...appointment, ...(asksAgain ? TENTATIVE : standing))
}

function rewrite(
  entry: Item,
  properties: readonly KeptProperty[],
  kit: Kit,
): Extract<MailboxStep, { readonly kind: 'change' }> {
  const columns = columnsOf(entry.kind, properties, entry)
  const { size } = withProperties(entry, properties)
  const item = {
    ...entry,
    ...columns,
    size,
    changeKey: kit.newId(),
    modifiedAt: kit.now(),
    content: writeContent(properties),
  }
  return { kind: 'change', item, was: entry.changeKey }
}

// The organizer's own copy of what was said.
async function savedCopy(
  message: PreparedItem,
  { invitations }: Notice,
  as: SendingAs,
  kit: Kit,
): Promise<MailboxStep[]> {
  if (invitations !== 'SendToAllAndSaveCopy') return []
  const folder = await ownFolder('sentitems', as.from, kit)
  return folder === undefined ? [] : [additionOf(message, folder, { author: as.sender }, kit)]
}
