/** CreateItem: saves items in a folder, sends messages, and asks people to meetings. */
import type { Caller, Kit } from '../product.ts'
import { NS, type XmlElement } from '../xml.ts'
import { inOrder, untilSettled } from './attempts.ts'
import { attendeesOf } from './calendar-item-type.ts'
import { type EwsHandler, type ResponseMessage, readList } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { ID_AND_ATTACHMENTS } from './ews-shape.ts'
import { readSavedFolder } from './found-in.ts'
import { writeItem } from './item.ts'
import { kindOf, readNewItem } from './item-reading.ts'
import { ITEM_TYPES } from './item-types.ts'
import type { Folder, ItemKind } from './mailbox.ts'
import { type FolderRef, findFolder, mailboxOwner } from './mailbox-access.ts'
import { INVITATIONS, type Invitations, invite } from './meetings.ts'
import type { NewItem } from './new-item.ts'
import { additionOf, type PreparedItem, prepareItem } from './save-item.ts'
import { MOST_RECIPIENTS, readyMessage } from './send-message.ts'
import type { TimeZone } from './time-zone.ts'

const REQUEST = all(
  sequence(['SavedItemFolderId', 'Items'], { ns: NS.messages, required: ['Items'] }),
  attribute('MessageDisposition', /^(SaveOnly|SendOnly|SendAndSaveCopy)$/, 'optional'),
  attribute('SendMeetingInvitations', new RegExp(`^(${INVITATIONS.join('|')})$`), 'optional'),
)

/** What the request asks to do with each item. */
interface Order {
  readonly target: FolderRef | undefined
  readonly disposition: string | undefined
  readonly invitations: Invitations | undefined
  readonly zone: TimeZone
}

/** Answers each new item with its id, and each message that was sent with nothing. */
export const createItem: EwsHandler = async (request, caller, kit, { timeZone }) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const target = readSavedFolder(request)
  if (!target.ok) return target
  const elements = readList(request, 'Items', ITEM_ELEMENTS)
  if (!elements.ok) return elements
  const order = {
    target: target.value,
    disposition: request.attributes.get('MessageDisposition'),
    // One of them: REQUEST has seen to it.
    invitations: request.attributes.get('SendMeetingInvitations') as Invitations | undefined,
    zone: timeZone,
  }
  // A request that the schema does not allow is refused before anything of it is done.
  const items: EwsResult<NewItem>[] = []
  for (const element of elements.value) {
    const item = await readItem(element, timeZone)
    if (!item.ok && item.code === 'ErrorSchemaValidation') return item
    items.push(item)
  }
  const messages: ResponseMessage[] = []
  for (const item of items) messages.push(item.ok ? await create(item.value, order, caller, kit) : item)
  return done(messages)
}

async function readItem(element: XmlElement, zone: TimeZone): Promise<EwsResult<NewItem>> {
  const kind = kindOf(element)
  return kind === undefined
    ? problem('ErrorInvalidItemForOperationCreateItem')
    : readNewItem(element, kind, zone)
}

async function create(item: NewItem, order: Order, caller: Caller, kit: Kit): Promise<ResponseMessage> {
  const { disposition, invitations, zone } = order
  if (item.kind === 'Message' && disposition === undefined) return problem('ErrorMessageDispositionRequired')
  if (item.kind === 'CalendarItem' && invitations === undefined)
    return problem('ErrorSendMeetingInvitationsRequired')
  if (attendeesOf(item.properties).length > MOST_RECIPIENTS)
    return problem('ErrorInvalidRecipients', `A meeting may have ${MOST_RECIPIENTS} attendees at most.`)
  const sends = item.kind === 'Message' && disposition !== 'SaveOnly'
  const saves = !(sends && disposition === 'SendOnly')
  const folder = saves ? await folderFor(item.kind, sends, order.target, caller, kit) : undefined
  if (folder?.ok === false) return folder
  const owner = await mailboxOwner(folder?.value, caller, kit)
  if (!owner.ok) return owner
  const prepared = await prepareItem(item, owner.value, zone, kit)
  if (!prepared.ok) return prepared
  if (sends) return send(prepared.value, folder?.value, caller, kit)
  if (folder === undefined) return done(undefined)
  const { item: added, attachments } = additionOf(prepared.value, folder.value, { author: caller.user }, kit)
  const notice = { invitations, owner: owner.value, caller }
  return untilSettled(async () => {
    const told = await invite(added, attachments, notice, kit)
    if (!told.ok) return told
    const saved = told.value.item
    const outcome = await kit.mailboxes.together(
      inOrder([{ kind: 'add', item: saved, attachments }], told.value.tell()),
    )
    if (outcome === 'folder missing') return problem('ErrorFolderNotFound')
    return outcome === 'done' ? done(writeItem(saved, ID_AND_ATTACHMENTS, { attachments })) : 'stale'
  })
}

// The folder that the item is saved in: the one named, or the one for its kind and what is done with it.
async function folderFor(
  kind: ItemKind,
  sends: boolean,
  target: FolderRef | undefined,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Folder>> {
  const name = sends ? 'sentitems' : ITEM_TYPES[kind].folder
  const found = await findFolder(target ?? { kind: 'distinguished', name }, caller, kit)
  if (!found.ok) return found
  const { folder, rights, rule: decided } = found.value
  if (!rights.createItems) return denial('ErrorCreateItemAccessDenied', decided, whyNot(folder))
  const rule = FOLDER_RULES[kind]
  return rule !== undefined && !isOfClass(folder, rule.folderClass) ? problem(rule.code) : done(folder)
}

const FOLDER_RULES = {
  Message: undefined,
  MeetingRequest: undefined,
  MeetingCancellation: undefined,
  CalendarItem: { folderClass: 'IPF.Appointment', code: 'ErrorCannotCreateCalendarItemInNonCalendarFolder' },
  Contact: { folderClass: 'IPF.Contact', code: 'ErrorCannotCreateContactInNonContactFolder' },
  Task: { folderClass: 'IPF.Task', code: 'ErrorCannotCreateTaskInNonTaskFolder' },
} as const satisfies Record<ItemKind, object | undefined>

function isOfClass(folder: Folder, expected: string): boolean {
  const seen = folder.folderClass.toLowerCase()
  return seen === expected.toLowerCase() || seen.startsWith(`${expected.toLowerCase()}.`)
}

function whyNot({ distinguished }: Folder): string | undefined {
  return distinguished === 'recoverableitemspurges'
    ? 'The user is not enabled for Exchange archiving.'
    : undefined
}

async function send(
  message: PreparedItem,
  saveIn: Folder | undefined,
  caller: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  const ready = await readyMessage(message, caller, kit)
  if (!ready.ok) return ready
  const copy = saveIn && additionOf(ready.value.sent, saveIn, { author: caller.user }, kit)
  const outcome = await kit.mailboxes.together(inOrder(copy ? [copy] : [], ready.value.deliveries()))
  // The real server sends later, so it has no id to give.
  return outcome === 'done' ? done(undefined) : problem('ErrorFolderNotFound')
}

// Everything that can be asked for; `kindOf` says what is done.
const ITEM_ELEMENTS = [
  'Message',
  'Item',
  'CalendarItem',
  'Contact',
  'DistributionList',
  'MeetingMessage',
  'MeetingRequest',
  'MeetingResponse',
  'MeetingCancellation',
  'Task',
  'PostItem',
  'ReplyToItem',
  'ForwardItem',
  'ReplyAllToItem',
  'AcceptItem',
  'TentativelyAcceptItem',
  'DeclineItem',
  'CancelCalendarItem',
  'RemoveItem',
  'SuppressReadReceipt',
  'PostReplyItem',
  'AcceptSharingInvitation',
  'RoleMember',
  'Network',
  'Person',
]
