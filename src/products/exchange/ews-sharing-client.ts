/** The calling side of EWS in the mailbox of another: folders by path, items by subject, free/busy. Requests as text, replies as values. */
import { isoTime } from '../../protocol/ids.ts'
import { child, el, type Markup, NS, type XmlElement } from '../xml.ts'
import { DISTINGUISHED_FOLDERS, type DistinguishedFolder } from './distinguished-folders.ts'
import {
  ewsRequest,
  type ItemId,
  itemId,
  PREFIXES,
  type Read,
  readBody,
  readId,
  readMessage,
  unreadable,
} from './ews-client.ts'
import { done } from './ews-result.ts'

/** A folder that every mailbox has, and the names of the folders below it that lead to another. */
export interface FolderPath {
  readonly from: DistinguishedFolder
  readonly steps: readonly string[]
}

const DISTINGUISHED = Object.entries(DISTINGUISHED_FOLDERS) as [
  DistinguishedFolder,
  { parent: string | undefined; displayName: string },
][]

/** Reads `Inbox`, `Team Plans` or `Calendar\Talks`: a path under the top of the mailbox, in any case of letters. */
export function readFolderPath(path: string): FolderPath {
  const [first = '', ...steps] = path.split(/[\\/]/).filter((step) => step !== '')
  const known = DISTINGUISHED.find(
    ([, { parent, displayName }]) =>
      parent === 'msgfolderroot' && displayName.toLowerCase() === first.toLowerCase(),
  )
  if (known !== undefined) return { from: known[0], steps }
  return { from: 'msgfolderroot', steps: first === '' ? [] : [first, ...steps] }
}

/** `t:DistinguishedFolderId` of a folder in the mailbox with this address. */
export function folderOf(mailbox: string, folder: DistinguishedFolder): Markup {
  return el('t:DistinguishedFolderId', { Id: folder }, el('t:Mailbox', {}, el('t:EmailAddress', {}, mailbox)))
}

/** Asks for one folder with its name and how much is in it. */
export function openFolderRequest(folder: Markup): string {
  const shape = el('m:FolderShape', {}, el('t:BaseShape', {}, 'Default'))
  return ewsRequest(el('m:GetFolder', PREFIXES, shape, el('m:FolderIds', {}, folder)))
}

/** The name of the folder that was opened. */
export function readOpened(xml: string): Read<string> {
  const message = readMessage('GetFolder', xml)
  if (!message.ok) return message
  const folder = child(message.value, NS.messages, 'Folders')?.children[0]
  const name = child(folder, NS.types, 'DisplayName')?.text
  return name === undefined ? unreadable('the reply holds no folder') : done(name)
}

/** Asks for the folder of a name directly under another. */
export function findFolderRequest(parent: Markup, name: string): string {
  return ewsRequest(
    el(
      'm:FindFolder',
      { ...PREFIXES, Traversal: 'Shallow' },
      el('m:FolderShape', {}, el('t:BaseShape', {}, 'IdOnly')),
      el('m:Restriction', {}, isEqualTo('folder:DisplayName', name)),
      el('m:ParentFolderIds', {}, parent),
    ),
  )
}

/** `t:FolderId` of the folder that was found; undefined when the caller sees none of this name. */
export function readFoundFolder(xml: string): Read<Markup | undefined> {
  const message = readMessage('FindFolder', xml)
  if (!message.ok) return message
  const folders = child(child(message.value, NS.messages, 'RootFolder'), NS.types, 'Folders')
  const id = child(folders?.children[0], NS.types, 'FolderId')?.attributes.get('Id')
  return done(id === undefined ? undefined : el('t:FolderId', { Id: id }))
}

/** Makes a folder under another: of appointments or of mail. */
export function createFolderRequest(parent: Markup, name: string, isCalendar: boolean): string {
  const folder = el(isCalendar ? 't:CalendarFolder' : 't:Folder', {}, el('t:DisplayName', {}, name))
  return ewsRequest(
    el('m:CreateFolder', PREFIXES, el('m:ParentFolderId', {}, parent), el('m:Folders', {}, folder)),
  )
}

/** Whether the folder is there now. */
export function readCreatedFolder(xml: string): Read<'made' | 'there'> {
  const message = readMessage('CreateFolder', xml)
  if (message.ok) return done('made')
  return message.code === 'ErrorFolderExists' ? done('there') : message
}

/** What is written into an item: an appointment when it has times, else a message. Times are ISO 8601. */
export interface WrittenItem {
  readonly subject: string
  readonly text?: string
  readonly location?: string
  readonly times?: { readonly start: string; readonly end: string }
}

/** Saves a new item in a folder; nobody is invited to anything. */
export function addItemRequest(folder: Markup, { subject, text, location, times }: WrittenItem): string {
  const common = [
    el('t:Subject', {}, subject),
    text === undefined ? undefined : el('t:Body', { BodyType: 'Text' }, text),
  ]
  const item =
    times === undefined
      ? el('t:Message', {}, ...common)
      : el(
          't:CalendarItem',
          {},
          ...common,
          el('t:Start', {}, times.start),
          el('t:End', {}, times.end),
          location === undefined ? undefined : el('t:Location', {}, location),
        )
  const how = { ...PREFIXES, MessageDisposition: 'SaveOnly', SendMeetingInvitations: 'SendToNone' }
  return ewsRequest(el('m:CreateItem', how, el('m:SavedItemFolderId', {}, folder), el('m:Items', {}, item)))
}

const MOST_ITEMS = 100

/** Asks for a folder's items, or those of a subject: what they are called and when they begin. */
export function listItemsRequest(folder: Markup, subject: string | undefined): string {
  const shown = ['item:Subject', 'calendar:Start', 'calendar:Location']
  const page = { MaxEntriesReturned: String(MOST_ITEMS), Offset: '0', BasePoint: 'Beginning' }
  return ewsRequest(
    el(
      'm:FindItem',
      { ...PREFIXES, Traversal: 'Shallow' },
      el(
        'm:ItemShape',
        {},
        el('t:BaseShape', {}, 'IdOnly'),
        el('t:AdditionalProperties', {}, ...shown.map((path) => el('t:FieldURI', { FieldURI: path }))),
      ),
      el('m:IndexedPageItemView', page),
      subject === undefined ? undefined : el('m:Restriction', {}, isEqualTo('item:Subject', subject)),
      el('m:ParentFolderIds', {}, folder),
    ),
  )
}

/** An item of a list, as far as the caller may see it. */
export interface ListedItem extends ItemId {
  readonly isAppointment: boolean
  /** `Keynote, 2031-05-01T09:00:00Z, Hall 1`; `(no subject)` stands for one that is not shown. */
  readonly line: string
}

export function readListedItems(xml: string): Read<readonly ListedItem[]> {
  const message = readMessage('FindItem', xml)
  if (!message.ok) return message
  const list = child(child(message.value, NS.messages, 'RootFolder'), NS.types, 'Items')
  if (list === undefined) return unreadable('the reply holds no items')
  const items: ListedItem[] = []
  for (const element of list.children) {
    const id = readId(element)
    if (!id.ok) return id
    items.push({ ...id.value, isAppointment: element.name === 'CalendarItem', line: lineOf(element) })
  }
  return done(items)
}

function lineOf(item: XmlElement): string {
  const text = (name: string) => child(item, NS.types, name)?.text ?? ''
  return [text('Subject') || '(no subject)', text('Start'), text('Location')]
    .filter((part) => part !== '')
    .join(', ')
}

/** Sets the text or the place of an item, whatever was there before; nobody is told of it. */
export function changeItemRequest(
  { id, changeKey, isAppointment }: ListedItem,
  { text, location }: Pick<WrittenItem, 'text' | 'location'>,
): string {
  const element = isAppointment ? 't:CalendarItem' : 't:Message'
  const set = (path: string, property: Markup) =>
    el('t:SetItemField', {}, el('t:FieldURI', { FieldURI: path }), el(element, {}, property))
  const how = {
    ...PREFIXES,
    ConflictResolution: 'AlwaysOverwrite',
    MessageDisposition: 'SaveOnly',
    SendMeetingInvitationsOrCancellations: 'SendToNone',
  }
  return ewsRequest(
    el(
      'm:UpdateItem',
      how,
      el(
        'm:ItemChanges',
        {},
        el(
          't:ItemChange',
          {},
          itemId({ id, ...(changeKey !== undefined && { changeKey }) }),
          el(
            't:Updates',
            {},
            text === undefined ? undefined : set('item:Body', el('t:Body', { BodyType: 'Text' }, text)),
            location === undefined ? undefined : set('calendar:Location', el('t:Location', {}, location)),
          ),
        ),
      ),
    ),
  )
}

/** Deletes an item for good; nobody is told of it. */
export function removeItemRequest(id: ItemId): string {
  const how = { ...PREFIXES, DeleteType: 'HardDelete', SendMeetingCancellations: 'SendToNone' }
  return ewsRequest(el('m:DeleteItem', how, el('m:ItemIds', {}, itemId(id))))
}

const NO_CHANGE = [
  el('t:Bias', {}, '0'),
  el('t:Time', {}, '00:00:00'),
  el('t:DayOrder', {}, '0'),
  el('t:Month', {}, '0'),
  el('t:DayOfWeek', {}, 'Sunday'),
]

/** Asks when somebody is busy, in as much detail as the caller is shown. `from` and `to` are seconds since 1970. */
export function freeBusyRequest(mailbox: string, from: number, to: number): string {
  const local = (seconds: number) => isoTime(seconds).replace('Z', '')
  return ewsRequest(
    el(
      'm:GetUserAvailabilityRequest',
      PREFIXES,
      el(
        't:TimeZone',
        {},
        el('t:Bias', {}, '0'),
        el('t:StandardTime', {}, ...NO_CHANGE),
        el('t:DaylightTime', {}, ...NO_CHANGE),
      ),
      el(
        'm:MailboxDataArray',
        {},
        el(
          't:MailboxData',
          {},
          el('t:Email', {}, el('t:Address', {}, mailbox)),
          el('t:AttendeeType', {}, 'Required'),
        ),
      ),
      el(
        't:FreeBusyViewOptions',
        {},
        el('t:TimeWindow', {}, el('t:StartTime', {}, local(from)), el('t:EndTime', {}, local(to))),
        el('t:RequestedView', {}, 'Detailed'),
      ),
    ),
  )
}

/** The busy times, a line each: `Busy 2031-05-01T09:00:00 to 2031-05-01T10:00:00`, with subject and place where they are shown. */
export function readFreeBusy(xml: string): Read<readonly string[]> {
  const body = readBody(xml)
  if (!body.ok) return body
  const response = child(
    child(body.value, NS.messages, 'FreeBusyResponseArray'),
    NS.messages,
    'FreeBusyResponse',
  )
  const message = child(response, NS.messages, 'ResponseMessage') ?? deepest(body.value)
  const code = child(message, NS.messages, 'ResponseCode')?.text ?? ''
  if (code !== 'NoError') {
    if (code === '') return unreadable('the reply holds no free/busy')
    return { ok: false, code, message: child(message, NS.messages, 'MessageText')?.text ?? '' }
  }
  const view = child(response, NS.messages, 'FreeBusyView')
  return done((child(view, NS.types, 'CalendarEventArray')?.children ?? []).map(eventLine))
}

// Of an application that may not ask at all, the answer is one response message for the whole question.
function deepest(element: XmlElement): XmlElement | undefined {
  if (child(element, NS.messages, 'ResponseCode') !== undefined) return element
  for (const one of element.children) {
    const found = deepest(one)
    if (found !== undefined) return found
  }
  return undefined
}

function eventLine(event: XmlElement): string {
  const text = (parent: XmlElement | undefined, name: string) => child(parent, NS.types, name)?.text ?? ''
  const details = child(event, NS.types, 'CalendarEventDetails')
  const when = `${text(event, 'BusyType')} ${text(event, 'StartTime')} to ${text(event, 'EndTime')}`
  return [when, text(details, 'Subject'), text(details, 'Location')].filter((part) => part !== '').join(', ')
}

function isEqualTo(path: string, value: string): Markup {
  return el(
    't:IsEqualTo',
    {},
    el('t:FieldURI', { FieldURI: path }),
    el('t:FieldURIOrConstant', {}, el('t:Constant', { Value: value })),
  )
}
