/** The calling side of Autodiscover and EWS, as Lync's Storage Service uses it: requests as text, replies as values. */
import { child, childrenOf, el, type Markup, NS, parseXml, type XmlElement, xmlDocument } from '../xml.ts'
import { GET_USER_SETTINGS } from './autodiscover.ts'
import type { DistinguishedFolder } from './distinguished-folders.ts'
import { readResponse } from './ews-operation.ts'
import { done, type EwsResult } from './ews-result.ts'
import { readFault } from './soap.ts'

/** A value, or the code and text with which the server said no. Codes are the peer's own words. */
export type Read<T> = EwsResult<T, string>

/** Names an item towards the server that keeps it. */
export interface ItemId {
  readonly id: string
  readonly changeKey?: string
}

/** The code for a reply that is not what was agreed upon: no XML, no SOAP, or without what was asked for. */
export const UNREADABLE = 'UnreadableReply'

/** What Autodiscover knows of a mailbox. */
export interface UserSettings {
  readonly ewsUrl: string
  readonly displayName?: string
  readonly smtp?: string
}

/** Asks Autodiscover at `url` where the mailbox of an SMTP address is. */
export function getUserSettingsRequest(url: string, smtp: string): string {
  const settings = ['UserDisplayName', 'AutoDiscoverSMTPAddress', 'InternalEwsUrl', 'ExternalEwsUrl']
  return request(
    [
      el('a:RequestedServerVersion', { 'xmlns:a': NS.autodiscover }, 'Exchange2013'),
      el('w:Action', { 'xmlns:w': NS.addressing }, GET_USER_SETTINGS),
      el('w:To', { 'xmlns:w': NS.addressing }, url),
    ],
    el(
      'a:GetUserSettingsRequestMessage',
      { 'xmlns:a': NS.autodiscover },
      el(
        'a:Request',
        {},
        el('a:Users', {}, el('a:User', {}, el('a:Mailbox', {}, smtp))),
        el('a:RequestedSettings', {}, ...settings.map((name) => el('a:Setting', {}, name))),
      ),
    ),
  )
}

/** Where the mailbox is; `InvalidUser` when the server knows of none. */
export function readUserSettings(xml: string): Read<UserSettings> {
  const body = readBody(xml)
  if (!body.ok) return body
  const ns = NS.autodiscover
  const response = child(body.value, ns, 'Response')
  if (response === undefined) return unreadable('the reply holds no Response')
  const user = child(child(response, ns, 'UserResponses'), ns, 'UserResponse')
  for (const part of [response, user]) {
    const code = child(part, ns, 'ErrorCode')?.text.trim() ?? 'NoError'
    if (code !== 'NoError')
      return { ok: false, code, message: child(part, ns, 'ErrorMessage')?.text.trim() ?? '' }
  }
  const settings = child(user, ns, 'UserSettings')
  if (settings === undefined) return unreadable('the reply holds no UserSettings')
  const values = new Map(
    childrenOf(settings, ns, 'UserSetting').map((one) => [
      child(one, ns, 'Name')?.text.trim(),
      child(one, ns, 'Value')?.text.trim(),
    ]),
  )
  // Lync stands inside the network of its Exchange, so the internal address comes first.
  const ewsUrl = values.get('InternalEwsUrl') || values.get('ExternalEwsUrl')
  if (!ewsUrl) return unreadable('the reply holds no URL of Exchange Web Services')
  const displayName = values.get('UserDisplayName')
  const address = values.get('AutoDiscoverSMTPAddress')
  return done({ ewsUrl, ...(displayName && { displayName }), ...(address && { smtp: address }) })
}

/** A message to be saved. */
export interface NewMessage {
  readonly folder: DistinguishedFolder
  readonly subject: string
  readonly body: string
  readonly bodyType?: 'Text' | 'HTML'
  readonly itemClass?: string
  readonly from?: { readonly name?: string; readonly address: string }
  /** SMTP addresses. */
  readonly to?: string | readonly string[]
  readonly isRead?: boolean
  readonly extended?: readonly ExtendedValue[]
}

/** A named property of one's own, in the set that is everybody's ([MS-OXPROPS] PS_PUBLIC_STRINGS). */
export interface ExtendedName {
  readonly name: string
  readonly type: 'String' | 'Integer'
}

export interface ExtendedValue extends ExtendedName {
  readonly value: string
}

/** Saves one message in a folder of the user that the caller acts for. */
export function createItemRequest(message: NewMessage): string {
  const {
    folder,
    subject,
    body,
    bodyType = 'Text',
    itemClass,
    from,
    to = [],
    isRead,
    extended = [],
  } = message
  const recipients = [to].flat().map((address) => mailbox(address))
  return ewsRequest(
    el(
      'm:CreateItem',
      { ...PREFIXES, MessageDisposition: 'SaveOnly' },
      el('m:SavedItemFolderId', {}, el('t:DistinguishedFolderId', { Id: folder })),
      el(
        'm:Items',
        {},
        el(
          't:Message',
          {},
          itemClass === undefined ? undefined : el('t:ItemClass', {}, itemClass),
          el('t:Subject', {}, subject),
          el('t:Body', { BodyType: bodyType }, body),
          ...extended.map(extendedProperty),
          recipients.length === 0 ? undefined : el('t:ToRecipients', {}, ...recipients),
          from && el('t:From', {}, mailbox(from.address, from.name)),
          isRead === undefined ? undefined : el('t:IsRead', {}, String(isRead)),
        ),
      ),
    ),
  )
}

/** `t:ExtendedFieldURI` of a property. */
export function extendedUri({ name, type }: ExtendedName): Markup {
  return el('t:ExtendedFieldURI', {
    DistinguishedPropertySetId: 'PublicStrings',
    PropertyName: name,
    PropertyType: type,
  })
}

export function extendedProperty(property: ExtendedValue): Markup {
  return el('t:ExtendedProperty', {}, extendedUri(property), el('t:Value', {}, property.value))
}

function mailbox(address: string, name?: string): Markup {
  return el(
    't:Mailbox',
    {},
    name === undefined ? undefined : el('t:Name', {}, name),
    el('t:EmailAddress', {}, address),
  )
}

/** The id of the item that was created. */
export function readCreatedItem(xml: string): Read<ItemId> {
  const item = readOneItem('CreateItem', xml)
  return item.ok ? readId(item.value) : item
}

/** Asks for one item with all its properties. */
export function getItemRequest(id: ItemId): string {
  return ewsRequest(
    el(
      'm:GetItem',
      PREFIXES,
      el('m:ItemShape', {}, el('t:BaseShape', {}, 'AllProperties')),
      el('m:ItemIds', {}, itemId(id)),
    ),
  )
}

/** What is of interest about an item that was read. */
export interface ReadItem extends ItemId {
  readonly itemClass: string
  readonly subject: string
  readonly body: string
}

/** The item that was asked for. */
export function readItem(xml: string): Read<ReadItem> {
  const item = readOneItem('GetItem', xml)
  if (!item.ok) return item
  const id = readId(item.value)
  if (!id.ok) return id
  const text = (name: string) => child(item.value, NS.types, name)?.text ?? ''
  return done({ ...id.value, itemClass: text('ItemClass'), subject: text('Subject'), body: text('Body') })
}

/** Asks for one folder of the user that the caller acts for. */
export function getFolderRequest(folder: DistinguishedFolder): string {
  return ewsRequest(
    el(
      'm:GetFolder',
      PREFIXES,
      el('m:FolderShape', {}, el('t:BaseShape', {}, 'IdOnly')),
      el('m:FolderIds', {}, el('t:DistinguishedFolderId', { Id: folder })),
    ),
  )
}

/** The id of the folder that was asked for. */
export function readFolder(xml: string): Read<string> {
  const message = readMessage('GetFolder', xml)
  if (!message.ok) return message
  const folder = child(message.value, NS.messages, 'Folders')?.children[0]
  const id = child(folder, NS.types, 'FolderId')?.attributes.get('Id')
  return id === undefined ? unreadable('the reply holds no folder') : done(id)
}

/** Deletes an item for good. */
export function deleteItemRequest(id: ItemId): string {
  return ewsRequest(
    el('m:DeleteItem', { ...PREFIXES, DeleteType: 'HardDelete' }, el('m:ItemIds', {}, itemId(id))),
  )
}

/** Whether the item is gone. */
export function readDeleted(xml: string): Read<'deleted'> {
  const message = readMessage('DeleteItem', xml)
  return message.ok ? done('deleted') : message
}

export const PREFIXES = { 'xmlns:m': NS.messages, 'xmlns:t': NS.types }

export function itemId({ id, changeKey }: ItemId): Markup {
  return el('t:ItemId', { Id: id, ChangeKey: changeKey })
}

export function ewsRequest(operation: Markup): string {
  const version = el('t:RequestServerVersion', { 'xmlns:t': NS.types, Version: 'Exchange2013' })
  return request([version], operation)
}

function request(headers: readonly Markup[], operation: Markup): string {
  return xmlDocument(
    el('s:Envelope', { 'xmlns:s': NS.soap11 }, el('s:Header', {}, ...headers), el('s:Body', {}, operation)),
  )
}

function readOneItem(operation: string, xml: string): Read<XmlElement> {
  const message = readMessage(operation, xml)
  if (!message.ok) return message
  const item = child(message.value, NS.messages, 'Items')?.children[0]
  return item === undefined ? unreadable('the reply holds no item') : done(item)
}

export function readId(item: XmlElement): Read<ItemId> {
  const attributes = child(item, NS.types, 'ItemId')?.attributes
  const id = attributes?.get('Id')
  const changeKey = attributes?.get('ChangeKey')
  if (id === undefined) return unreadable('the item has no ItemId')
  return done({ id, ...(changeKey !== undefined && { changeKey }) })
}

export function readMessage(operation: string, xml: string): Read<XmlElement> {
  const body = readBody(xml)
  if (!body.ok) return body
  return readResponse(operation, body.value) ?? unreadable(`the reply answers no ${operation}`)
}

/** What stands in the body, unless it is a fault; an EWS fault names its code in the detail. */
export function readBody(xml: string): Read<XmlElement> {
  const parsed = parseXml(Buffer.from(xml, 'utf8'))
  if (!parsed.ok) return unreadable(parsed.why)
  const body = child(parsed.root, NS.soap11, 'Body')?.children[0]
  if (body === undefined) return unreadable('the reply is no SOAP envelope with a body')
  const fault = readFault(body)
  if (fault === undefined) return done(body)
  const code = child(fault.detail, NS.errors, 'ResponseCode')?.text.trim()
  return { ok: false, code: code || fault.code, message: fault.message }
}

export function unreadable(message: string): Read<never> {
  return { ok: false, code: UNREADABLE, message }
}
