/** UpdateItem: changes properties of items, each item's changes all at once or not at all. */
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import { el, NS, type XmlElement } from '../xml.ts'
import { inOrder, untilSettled } from './attempts.ts'
import { type EntryRef, readEntryId } from './entry-id.ts'
import { type EwsHandler, type ResponseMessage, readEach, readList } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { ID_ONLY } from './ews-shape.ts'
import { readSavedFolder } from './found-in.ts'
import { columnsOf, writeItem } from './item.ts'
import { applyChange, type Changing, type ItemChange, readItemChange, UPDATES } from './item-change.ts'
import type { ItemRef } from './item-ids.ts'
import { ITEM_TYPES } from './item-types.ts'
import { readContent, withKept, writeContent } from './kept-property.ts'
import type { Attachment, Item } from './mailbox.ts'
import { type FolderRef, type FoundItem, findItem, mailboxOwner, mayChange } from './mailbox-access.ts'
import { type Invitations, invite } from './meetings.ts'
import { readMime } from './mime-reading.ts'
import { hasFiles, keepAttachment, keepBytes, LARGEST_CONTENT, situationOf, sizeOf } from './save-item.ts'
import { type Draft, SENT_ITEMS, sendRefusal, sendStored } from './send-item.ts'
import type { TimeZone } from './time-zone.ts'

const NOTICES = {
  SendToNone: 'SendToNone',
  SendOnlyToAll: 'SendOnlyToAll',
  SendOnlyToChanged: 'SendOnlyToAll',
  SendToAllAndSaveCopy: 'SendToAllAndSaveCopy',
  SendToChangedAndSaveCopy: 'SendToAllAndSaveCopy',
} as const satisfies Record<string, Invitations>

const REQUEST = all(
  sequence(['SavedItemFolderId', 'ItemChanges'], { ns: NS.messages, required: ['ItemChanges'] }),
  attribute('ConflictResolution', /^(NeverOverwrite|AutoResolve|AlwaysOverwrite)$/, 'required'),
  attribute('MessageDisposition', /^(SaveOnly|SendOnly|SendAndSaveCopy)$/, 'optional'),
  attribute(
    'SendMeetingInvitationsOrCancellations',
    new RegExp(`^(${Object.keys(NOTICES).join('|')})$`),
    'optional',
  ),
  attribute('SuppressReadReceipts', /^(true|false|1|0)$/, 'optional'),
)

interface Update {
  readonly ref: ItemRef
  readonly changes: readonly ItemChange[]
}

/** What the request asks to do with each item. */
interface Order {
  readonly resolution: string
  readonly disposition: string | undefined
  readonly notices: Invitations | undefined
  readonly target: FolderRef
  readonly zone: TimeZone
}

/** Answers each change with the item's id and new change key, and how many conflicts were resolved. */
export const updateItem: EwsHandler = async (request, caller, kit, { timeZone }) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const list = readList(request, 'ItemChanges', ['ItemChange'])
  if (!list.ok) return list
  const updates = readEach(list.value, readUpdate)
  if (!updates.ok) return updates
  const target = readSavedFolder(request)
  if (!target.ok) return target
  const { attributes } = request
  const notice = attributes.get('SendMeetingInvitationsOrCancellations') as keyof typeof NOTICES | undefined
  const order = {
    resolution: attributes.get('ConflictResolution') ?? '',
    disposition: attributes.get('MessageDisposition'),
    notices: notice && NOTICES[notice],
    target: target.value ?? SENT_ITEMS,
    zone: timeZone,
  }
  const messages: ResponseMessage[] = []
  for (const update of updates.value) messages.push(await perform(update, order, caller, kit))
  return done(messages)
}

const ITEM_CHANGE = all(
  sequence(['ItemId', 'OccurrenceItemId', 'RecurringMasterItemId', 'Updates', 'CalendarActivityData'], {
    required: ['Updates'],
  }),
  UPDATES,
)

function readUpdate(element: XmlElement): EwsResult<Update> {
  const wrong = ITEM_CHANGE(element)
  if (wrong !== undefined) return invalid(wrong)
  const [id, updates] = element.children
  if (id === undefined || updates?.name !== 'Updates')
    return invalid('ItemChange must hold one id and Updates')
  const changes = readEach(updates.children, readItemChange)
  if (!changes.ok) return changes
  if (id.name !== 'ItemId') return done({ ref: problem('ErrorItemNotFound'), changes: changes.value })
  if (!id.attributes.has('Id')) return invalid('ItemId must have the attribute Id')
  return done({ ref: readEntryId('item', id), changes: changes.value })
}

function perform(update: Update, order: Order, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  return untilSettled(async () => {
    const found = await findItem(update.ref, caller, kit)
    if (!found.ok) return found
    const refused = refusalOf(found.value, update.ref, order, caller)
    if (refused !== undefined) return refused
    const owner = await mailboxOwner(found.value.folder, caller, kit)
    if (!owner.ok) return owner
    const changed = await change(found.value.item, update.changes, owner.value, order, caller, kit)
    return changed.ok ? finish(found.value, changed.value, owner.value, order, caller, kit) : changed
  })
}

function refusalOf(
  found: FoundItem,
  ref: ItemRef,
  { resolution, disposition, notices }: Order,
  caller: Caller,
): ResponseMessage | undefined {
  const { item } = found
  const expected: EntryRef['changeKey'] = ref.ok ? ref.value.changeKey : undefined
  if (!mayChange(found, 'editItems', caller)) return denial('ErrorAccessDenied', found.rule)
  if (resolution !== 'AlwaysOverwrite' && expected === undefined)
    return problem('ErrorChangeKeyRequiredForWriteOperations')
  if (resolution === 'NeverOverwrite' && expected !== item.changeKey)
    return problem('ErrorIrresolvableConflict')
  if (item.kind === 'Message' && disposition === undefined) return problem('ErrorMessageDispositionRequired')
  if (item.kind === 'CalendarItem' && notices === undefined)
    return problem('ErrorSendMeetingInvitationsOrCancellationsRequired')
  return isSent(item, disposition) ? sendRefusal(found, caller) : undefined
}

function isSent({ kind }: Item, disposition: string | undefined): boolean {
  return kind === 'Message' && disposition !== undefined && disposition !== 'SaveOnly'
}

// The item as it will be.
async function change(
  item: Item,
  changes: readonly ItemChange[],
  owner: User,
  { zone }: Order,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Draft>> {
  let changing: Changing = { kind: item.kind, properties: readContent(item.content), changed: new Set() }
  for (const one of changes) {
    const next = await applyChange(changing, one, zone)
    if (!next.ok) return next
    changing = next.value
  }
  const attached = await rewritten(changing, item, owner, zone, kit)
  if (!attached.ok) return attached
  const { properties, changed } = attached.value.changing
  const complete = ITEM_TYPES[item.kind].complete
  const completed = complete?.(properties, situationOf(owner, zone, changed, kit)) ?? done(properties)
  if (!completed.ok) return completed
  const modifier = caller.user && { name: 'LastModifiedName', text: caller.user.displayName }
  const content = writeContent(withKept(completed.value, modifier))
  if (Buffer.byteLength(content) > LARGEST_CONTENT) return problem('ErrorMessageSizeExceeded')

  const { add, remove, attachments, mime } = attached.value
  const { startAt: _, endAt: __, mime: ___, ...rest } = item
  const columns = columnsOf(item.kind, completed.value, item)
  const next: Item = {
    ...rest,
    ...columns,
    size: sizeOf(Buffer.byteLength(content), attachments, mime?.size),
    hasAttachments: hasFiles(attachments),
    changeKey: kit.newId(),
    modifiedAt: kit.now(),
    content,
    ...(mime && { mime: mime.blob }),
  }
  return done({ item: next, attachments, attached: { add, remove } })
}

// What MIME content says nothing of, so that it stays as it was written when these change.
const NOT_IN_MIME = new Set(
  'IsRead Categories Flag ItemClass Culture ReminderDueBy ReminderIsSet ReminderNextTime ReminderMinutesBeforeStart ExtendedProperty DateTimeReceived DateTimeCreated ConversationIndex'.split(
    ' ',
  ),
)

interface Rewritten {
  readonly changing: Changing
  readonly attachments: readonly Attachment[]
  readonly add: readonly Attachment[]
  readonly remove: readonly string[]
  readonly mime?: { readonly blob: string; readonly size: number }
}

// What becomes of MIME content and attachments: new MIME content brings its own; other changes make the old one untrue.
async function rewritten(
  changing: Changing,
  item: Item,
  owner: User,
  zone: TimeZone,
  kit: Kit,
): Promise<EwsResult<Rewritten>> {
  const before = await kit.mailboxes.attachments(item.id)
  if (changing.mime === undefined) {
    const stays = item.mime !== undefined && [...changing.changed].every((name) => NOT_IN_MIME.has(name))
    const size = item.size - Buffer.byteLength(item.content)
    const mime = stays && item.mime !== undefined ? { mime: { blob: item.mime, size } } : {}
    return done({ changing, attachments: before, add: [], remove: [], ...mime })
  }
  const read = await readMime(changing.mime, item.kind)
  if (!read.ok) return read
  const properties = withKept(
    changing.properties,
    ...read.value.properties.filter(({ name }) => !changing.changed.has(name)),
  )
  const add: Attachment[] = []
  for (const attachment of read.value.attachments) {
    const kept = await keepAttachment(attachment, owner, zone, kit)
    if (!kept.ok) return kept
    add.push(kept.value)
  }
  const mime = { blob: await keepBytes(changing.mime, kit), size: changing.mime.length }
  return done({
    changing: { ...changing, properties },
    attachments: add,
    add,
    remove: before.map(({ id }) => id),
    mime,
  })
}

// What follows from an update is done with it, or neither is: the message is sent, those who were asked are told.
async function finish(
  found: FoundItem,
  draft: Draft,
  owner: User,
  { disposition, notices: invitations, target }: Order,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage | 'stale'> {
  const conflicts = el('m:ConflictResults', {}, el('t:Count', {}, '0'))
  if (isSent(found.item, disposition)) {
    const saveIn = disposition === 'SendOnly' ? undefined : target
    const sent = await sendStored(found, draft, saveIn, caller, kit)
    return sent !== 'stale' && sent.ok ? { ok: true, value: undefined, after: conflicts } : sent
  }
  const { item, attachments, attached = {} } = draft
  const told = await invite(item, attachments, { invitations, owner, caller }, kit)
  if (!told.ok) return told
  const changed = { kind: 'change', item: told.value.item, was: found.item.changeKey, attached } as const
  const outcome = await kit.mailboxes.together(inOrder([changed], told.value.tell()))
  return outcome === 'done'
    ? { ok: true, value: writeItem(told.value.item, ID_ONLY), after: conflicts }
    : 'stale'
}
