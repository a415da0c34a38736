/** What the tests of items share: requests of each operation, and items as they stand in a mailbox. */
import type { DistinguishedFolder } from '../../../src/products/exchange/distinguished-folders.ts'
import type { Item } from '../../../src/products/exchange/mailbox.ts'
import type { Kit, ProductReply } from '../../../src/products/product.ts'
import type { XmlElement } from '../../../src/products/xml.ts'
import type { User } from '../../../src/trust/directory.ts'
import { find, root, wrap } from './harness.ts'

export const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')

export const create = (items: string, attributes = 'MessageDisposition="SaveOnly"', folder = '') =>
  wrap(
    `<m:CreateItem ${attributes}>${folder && `<m:SavedItemFolderId>${folder}</m:SavedItemFolderId>`}<m:Items>${items}</m:Items></m:CreateItem>`,
  )
export const appointment = (content: string) => `<t:CalendarItem>${content}</t:CalendarItem>`
export const contact = (content: string) => `<t:Contact>${content}</t:Contact>`
export const task = (content: string) => `<t:Task>${content}</t:Task>`

export const mailbox = (address: string, name = '') =>
  `<t:Mailbox>${name && `<t:Name>${name}</t:Name>`}<t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`
export const to = (...addresses: string[]) =>
  `<t:ToRecipients>${addresses.map((one) => mailbox(one)).join('')}</t:ToRecipients>`
export const attendees = (...addresses: string[]) =>
  `<t:RequiredAttendees>${addresses.map((one) => `<t:Attendee>${mailbox(one)}</t:Attendee>`).join('')}</t:RequiredAttendees>`

export const field = (uri: string) => `<t:FieldURI FieldURI="${uri}"/>`
export const entry = (uri: string, index: string) =>
  `<t:IndexedFieldURI FieldURI="${uri}" FieldIndex="${index}"/>`
export const set = (path: string, item: string) => `<t:SetItemField>${path}${item}</t:SetItemField>`
export const append = (path: string, item: string) =>
  `<t:AppendToItemField>${path}${item}</t:AppendToItemField>`
export const remove = (path: string) => `<t:DeleteItemField>${path}</t:DeleteItemField>`
export const update = (
  id: string,
  updates: string,
  resolution = 'AlwaysOverwrite',
  attributes = 'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"',
) =>
  wrap(
    `<m:UpdateItem ConflictResolution="${resolution}" ${attributes}><m:ItemChanges><t:ItemChange>${id}<t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
  )
export const transfer = (verb: 'Move' | 'Copy', folder: string, ids: string, more = '') =>
  wrap(
    `<m:${verb}Item><m:ToFolderId>${folder}</m:ToFolderId><m:ItemIds>${ids}</m:ItemIds>${more}</m:${verb}Item>`,
  )
export const sendItem = (ids: string, saves: boolean, folder = '') =>
  wrap(
    `<m:SendItem SaveItemToFolder="${saves}"><m:ItemIds>${ids}</m:ItemIds>${folder && `<m:SavedItemFolderId>${folder}</m:SavedItemFolderId>`}</m:SendItem>`,
  )
export const file = (name: string, bytes: string | Buffer, more = '') =>
  `<t:FileAttachment><t:Name>${name}</t:Name>${more}<t:Content>${base64(bytes)}</t:Content></t:FileAttachment>`
export const attach = (parent: string, attachments: string) =>
  wrap(
    `<m:CreateAttachment>${parent.replace('t:ItemId', 'm:ParentItemId').replace('</t:ItemId>', '</m:ParentItemId>')}<m:Attachments>${attachments}</m:Attachments></m:CreateAttachment>`,
  )
export const getAttachment = (ids: string, shape = '') =>
  wrap(
    `<m:GetAttachment>${shape && `<m:AttachmentShape>${shape}</m:AttachmentShape>`}<m:AttachmentIds>${ids}</m:AttachmentIds></m:GetAttachment>`,
  )
export const deleteAttachment = (ids: string) =>
  wrap(`<m:DeleteAttachment><m:AttachmentIds>${ids}</m:AttachmentIds></m:DeleteAttachment>`)

/** The id in a reply, as an element that can be sent back. */
export function idIn(reply: ProductReply): string {
  const id = find(root(reply), 'ItemId')
  if (id === undefined) throw new Error(`no id: ${String(reply.body).slice(-400)}`)
  return elementOf('t:ItemId', id)
}

/** The ids of attachments in a reply, in order. */
export function attachmentIdsIn(reply: ProductReply): string[] {
  return all(root(reply), 'AttachmentId').map((id) => `<t:AttachmentId Id="${id.attributes.get('Id')}"/>`)
}

function elementOf(name: string, { attributes }: XmlElement): string {
  return `<${name} ${[...attributes].map(([key, value]) => `${key}="${value}"`).join(' ')}></${name}>`
}

/** Every element of this name, in order. */
export function all(element: XmlElement, name: string): XmlElement[] {
  const own = element.name === name ? [element] : []
  return [...own, ...element.children.flatMap((child) => all(child, name))]
}

/** The texts of an item's properties by name. */
export function textsOf(reply: ProductReply, kind: string): Record<string, string> {
  const item = find(root(reply), kind)
  return Object.fromEntries((item?.children ?? []).map(({ name, text }) => [name, text]))
}

/** The items of a distinguished folder, the oldest first. */
export async function itemsIn(kit: Kit, { sid }: User, name: DistinguishedFolder): Promise<Item[]> {
  const folder = await kit.mailboxes.distinguishedFolder(sid, name)
  if (folder === undefined) return []
  const sort = [{ column: 'createdAt', descending: false }] as const
  return [...(await kit.mailboxes.page(folder.id, { sort, offset: 0, limit: 100 })).items]
}

/** The id of an item, as an element. */
export const idOf = ({ id, changeKey }: Item) =>
  `<t:ItemId Id="${base64(`item:${id}`)}" ChangeKey="${base64(changeKey)}"></t:ItemId>`
