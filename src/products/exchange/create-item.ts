/** CreateItem: saves messages in a folder of the caller's mailbox. */
import type { Caller, Kit } from '../product.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { type EwsHandler, type ResponseMessage, readEach, readList } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { ID_ONLY } from './ews-shape.ts'
import { checkExtendedNames, columnsOf, readMessage, writeItem } from './item.ts'
import { type KeptProperty, writeContent } from './kept-property.ts'
import type { Folder, Item } from './mailbox.ts'
import { type FolderRef, type FoundFolder, findFolder, readFolderRef } from './mailbox-access.ts'

const REQUEST = all(
  sequence(['SavedItemFolderId', 'Items'], { ns: NS.messages, required: ['Items'] }),
  attribute('MessageDisposition', /^(SaveOnly|SendOnly|SendAndSaveCopy)$/, 'optional'),
)

const DRAFTS: FolderRef = { kind: 'distinguished', name: 'drafts' }

/** Answers each new item with its id. */
export const createItem: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const target = readTarget(child(request, NS.messages, 'SavedItemFolderId'))
  if (!target.ok) return target
  const elements = readList(request, 'Items', ITEM_ELEMENTS)
  if (!elements.ok) return elements
  const items = readEach(elements.value, readItem)
  if (!items.ok) return items

  const found = await findFolder(target.value, caller, kit)
  const disposition = request.attributes.get('MessageDisposition')
  const messages: ResponseMessage[] = []
  for (const item of items.value) {
    messages.push(found.ok ? await create(item, found.value, disposition, caller, kit) : found)
  }
  return done(messages)
}

async function create(
  item: NewItem,
  { folder, rights, rule }: FoundFolder,
  disposition: string | undefined,
  { user }: Caller,
  kit: Kit,
): Promise<ResponseMessage> {
  if (!rights.createItems) {
    return denial('ErrorCreateItemAccessDenied', rule, whyNot(folder))
  }
  if (item.element !== 'Message') return problem('ErrorInvalidItemForOperationCreateItem')
  if (disposition === undefined) return problem('ErrorMessageDispositionRequired')
  if (disposition !== 'SaveOnly') return problem('ErrorInvalidOperation')
  const sound = checkExtendedNames(item.properties)
  if (!sound.ok) return sound
  const { properties } = item
  const stored: Item = {
    id: kit.newId(),
    owner: folder.owner,
    folderId: folder.id,
    changeKey: kit.newId(),
    kind: 'Message',
    author: user?.sid ?? '',
    ...columnsOf(properties, kit.now()),
    modifiedAt: kit.now(),
    content: writeContent(properties),
  }
  const added = await kit.mailboxes.addItem(stored)
  return added === 'added' ? done(writeItem(stored, ID_ONLY)) : problem('ErrorFolderNotFound')
}

function whyNot({ distinguished }: Folder): string | undefined {
  return distinguished === 'recoverableitemspurges'
    ? 'The user is not enabled for Exchange archiving.'
    : undefined
}

function readTarget(element: XmlElement | undefined): EwsResult<FolderRef> {
  if (element === undefined) return done(DRAFTS)
  const [id, ...others] = element.children
  if (id?.ns !== NS.types || others.length > 0) return invalid('SavedItemFolderId must hold one folder id')
  switch (id.name) {
    case 'FolderId':
    case 'DistinguishedFolderId':
      return readFolderRef(id)
    case 'AddressListId':
      return done({ kind: 'id', entry: problem('ErrorFolderNotFound') })
    default:
      return invalid(`SavedItemFolderId may not hold ${id.name}`)
  }
}

interface NewItem {
  readonly element: string
  readonly properties: readonly KeptProperty[]
}

function readItem(element: XmlElement): EwsResult<NewItem> {
  if (element.name !== 'Message') return done({ element: element.name, properties: [] })
  const properties = readMessage(element)
  return properties.ok ? done({ element: 'Message', properties: properties.value }) : properties
}

// Everything that can be asked for; only the first is done.
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
