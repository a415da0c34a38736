/** Mail in a mailbox of the harness, and requests about folders and many items. */
import { entryId } from '../../../src/products/exchange/entry-id.ts'
import { type KeptProperty, writeContent } from '../../../src/products/exchange/kept-property.ts'
import type { Folder, Item } from '../../../src/products/exchange/mailbox.ts'
import type { Kit, ProductReply } from '../../../src/products/product.ts'
import type { XmlElement } from '../../../src/products/xml.ts'
import { find, getFolder, ken, NOW, named, root, type startExchange, wrap } from './harness.ts'

type Exchange = ReturnType<typeof startExchange>

/** One of ken's distinguished folders; the mailbox is made if need be. */
export async function folderOf({ kit, ews }: Exchange, name: string, user = ken): Promise<Folder> {
  await ews(getFolder(named('inbox')), user)
  const folder = (await kit.mailboxes.folders(user.sid)).find((one) => one.distinguished === name)
  if (folder === undefined) throw new Error(`no folder ${name}`)
  return folder
}

/** Puts an item into a folder, past CreateItem. */
export async function put(
  kit: Kit,
  folder: Folder,
  columns: Partial<Item> = {},
  properties: readonly KeptProperty[] = [],
): Promise<Item> {
  const item: Item = {
    id: kit.newId(),
    owner: folder.owner,
    folderId: folder.id,
    changeKey: kit.newId(),
    kind: 'Message',
    author: folder.owner,
    itemClass: 'IPM.Note',
    subject: '',
    isRead: false,
    importance: 1,
    hasAttachments: false,
    size: 1,
    receivedAt: NOW,
    sentAt: NOW,
    createdAt: NOW,
    modifiedAt: NOW,
    fromName: '',
    displayName: '',
    ...columns,
    content: writeContent(
      columns.subject === undefined
        ? properties
        : [{ name: 'Subject', text: columns.subject }, ...properties],
    ),
  }
  const added = await kit.mailboxes.addItem(item)
  if (added !== 'added') throw new Error(added)
  return item
}

export const folderId = (id: string) => `<t:FolderId Id="${entryId('folder', id)['Id']}"/>`
export const itemIdOf = (id: string) => entryId('item', id)['Id'] ?? ''
const shape = (of: 'Item' | 'Folder', base: string) =>
  `<m:${of}Shape><t:BaseShape>${base}</t:BaseShape></m:${of}Shape>`

export const findItem = (parents: string, parts: { view?: string; more?: string; after?: string } = {}) =>
  wrap(
    `<m:FindItem Traversal="Shallow">${shape('Item', 'AllProperties')}${parts.view ?? ''}${parts.more ?? ''}<m:ParentFolderIds>${parents}</m:ParentFolderIds>${parts.after ?? ''}</m:FindItem>`,
  )
export const findFolder = (
  parents: string,
  parts: { traversal?: string; view?: string; more?: string } = {},
) =>
  wrap(
    `<m:FindFolder Traversal="${parts.traversal ?? 'Shallow'}">${shape('Folder', 'Default')}${parts.view ?? ''}${parts.more ?? ''}<m:ParentFolderIds>${parents}</m:ParentFolderIds></m:FindFolder>`,
  )
export const indexed = (of: 'Item' | 'Folder', offset: number, most: number, basePoint = 'Beginning') =>
  `<m:IndexedPage${of}View MaxEntriesReturned="${most}" Offset="${offset}" BasePoint="${basePoint}"/>`
export const restriction = (inner: string) => `<m:Restriction>${inner}</m:Restriction>`
export const field = (uri: string) => `<t:FieldURI FieldURI="${uri}"/>`
export const compare = (operator: string, uri: string, value: string) =>
  `<t:${operator}>${field(uri)}<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant></t:${operator}>`
export const contains = (uri: string, value: string, mode = 'Substring', comparison = 'IgnoreCase') =>
  `<t:Contains ContainmentMode="${mode}" ContainmentComparison="${comparison}">${field(uri)}<t:Constant Value="${value}"/></t:Contains>`
export const sortBy = (...orders: [uri: string, order: 'Ascending' | 'Descending'][]) =>
  `<m:SortOrder>${orders.map(([uri, order]) => `<t:FieldOrder Order="${order}">${field(uri)}</t:FieldOrder>`).join('')}</m:SortOrder>`
export const createFolder = (parent: string, folders: string) =>
  wrap(
    `<m:CreateFolder><m:ParentFolderId>${parent}</m:ParentFolderId><m:Folders>${folders}</m:Folders></m:CreateFolder>`,
  )
export const newFolder = (name: string, element = 'Folder', folderClass = '') =>
  `<t:${element}>${folderClass && `<t:FolderClass>${folderClass}</t:FolderClass>`}<t:DisplayName>${name}</t:DisplayName></t:${element}>`
export const syncItems = (folder: string, state = '', most = 512, ignore = '') =>
  wrap(
    `<m:SyncFolderItems>${shape('Item', 'IdOnly')}<m:SyncFolderId>${folder}</m:SyncFolderId>${state && `<m:SyncState>${state}</m:SyncState>`}${ignore && `<m:Ignore>${ignore}</m:Ignore>`}<m:MaxChangesReturned>${most}</m:MaxChangesReturned></m:SyncFolderItems>`,
  )
export const syncFolders = (state = '', folder = '') =>
  wrap(
    `<m:SyncFolderHierarchy>${shape('Folder', 'AllProperties')}${folder && `<m:SyncFolderId>${folder}</m:SyncFolderId>`}${state && `<m:SyncState>${state}</m:SyncState>`}</m:SyncFolderHierarchy>`,
  )

/** All elements of this name at any depth, in order. */
export function findAll(element: XmlElement, name: string): XmlElement[] {
  const deeper = element.children.flatMap((one) => findAll(one, name))
  return element.name === name ? [element, ...deeper] : deeper
}
export const texts = (reply: ProductReply, name: string) => findAll(root(reply), name).map(({ text }) => text)
export const subjects = (reply: ProductReply) => texts(reply, 'Subject')
export const idsOf = (reply: ProductReply, name: string) =>
  findAll(root(reply), name).map(({ attributes }) => attributes.get('Id'))
/** The attributes of `m:RootFolder`. */
export const paging = (reply: ProductReply) =>
  Object.fromEntries(find(root(reply), 'RootFolder')?.attributes ?? [])
