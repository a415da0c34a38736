/** CreateItem: saves items in a folder, sends messages, and asks people to meetings. */
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { maySendAs } from './access/send-as.ts'
import { attendeesOf } from './calendar-item-type.ts'
import { type EwsHandler, type ResponseMessage, readList } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { ID_AND_ATTACHMENTS } from './ews-shape.ts'
import { readOneFolder } from './found-in.ts'
import { writeItem } from './item.ts'
import { kindOf, readNewItem } from './item-reading.ts'
import { ITEM_TYPES } from './item-types.ts'
import { writeContent } from './kept-property.ts'
import type { Folder, Item, ItemKind } from './mailbox.ts'
import { type FolderRef, findFolder, mailboxOwner } from './mailbox-access.ts'
import { INVITATIONS, type Invitations, invite } from './meetings.ts'
import type { NewItem } from './new-item.ts'
import { addItem, type PreparedItem, prepareItem } from './save-item.ts'
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
  const saved = child(request, NS.messages, 'SavedItemFolderId')
  const target = saved && readOneFolder(saved)
  if (target?.ok === false) return target
  const elements = readList(request, 'Items', ITEM_ELEMENTS)
  if (!elements.ok) return elements
  const order = {
    target: target?.value,
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
  const asks = item.kind === 'CalendarItem' && invitations !== undefined && invitations !== 'SendToNone'
  if (asks && (await maySendAs(caller, owner.value, kit)) === 'denied') return problem('ErrorSendAsDenied')
  const added = await addItem(prepared.value, folder.value, { author: caller.user }, kit)
  if (!added.ok) return added
  const saved = asks ? await inviteTo(added.value, owner.value, invitations, kit) : added.value
  const attachments = await kit.mailboxes.attachments(saved.id)
  return done(writeItem(saved, ID_AND_ATTACHMENTS, { attachments }))
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
  { user }: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  if (user === undefined) return problem('ErrorMissingEmailAddress')
  const ready = await readyMessage(message, user, kit)
  if (!ready.ok) return ready
  const copy = saveIn && (await addItem(ready.value.sent, saveIn, { author: user }, kit))
  if (copy?.ok !== false) await ready.value.send()
  // The real server sends later, so it has no id to give.
  return copy?.ok === false ? copy : done(undefined)
}

async function inviteTo(
  item: Item,
  owner: User,
  invitations: Exclude<Invitations, 'SendToNone'>,
  kit: Kit,
): Promise<Item> {
  const content = writeContent(await invite(item, owner, invitations, kit))
  const next = { ...item, content, changeKey: kit.newId() }
  return (await kit.mailboxes.changeItem(next, item.changeKey)) === 'changed' ? next : item
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
