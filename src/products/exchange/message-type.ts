/** Messages: `t:Message`. */
import { ITEM_PROPERTIES, type ItemProperty, rowsOf } from './item-properties.ts'
import { type ItemType, type ItemView, ownTexts } from './item-type.ts'
import { type KeptProperty, keptOf, keptText, withKept } from './kept-property.ts'
import { extendedKey, keyOfExtended } from './property-path.ts'

const rows = rowsOf('message')

/** What messages have besides, meeting messages too ([types.xsd] MessageType). */
export const MESSAGE_ROWS: readonly (readonly [string, ItemProperty])[] = [
  ...ITEM_PROPERTIES,
  ...rows('AllProperties', 'recipient', 'Sender'),
  ...rows('Default', 'recipients', 'ToRecipients CcRecipients BccRecipients'),
  ...rows('Default', 'boolean', 'IsReadReceiptRequested IsDeliveryReceiptRequested'),
  ...rows('AllProperties', 'base64', 'ConversationIndex'),
  ...rows('AllProperties', 'text', 'ConversationTopic'),
  ...rows('Default', 'recipient', 'From'),
  ...rows('AllProperties', 'text', 'InternetMessageId'),
  ...rows('Default', 'boolean', 'IsRead'),
  ...rows('AllProperties', 'boolean', 'IsResponseRequested'),
  ...rows('AllProperties', 'text', 'References'),
  ...rows('AllProperties', 'recipients', 'ReplyTo'),
  ...rows('AllProperties', 'recipient', 'ReceivedBy ReceivedRepresenting'),
  ...rows('asked', 'dropped', 'ApprovalRequestData VotingInformation ReminderMessageData'),
  ...rows('asked', 'dropped', 'SenderSMTPAddress MailboxGuids'),
]

// PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6): the only way for a client to write a message that is no draft.
const FLAGS = extendedKey({ PropertyTag: '0x0E07', PropertyType: 'Integer' })
const READ = 1
const UNSENT = 8

/** What a client said of a message by its flags. */
export function flagsOf(
  kept: readonly KeptProperty[],
): { readonly isRead: boolean; readonly isDraft: boolean } | undefined {
  const written = kept.find((one) => one.name === 'ExtendedProperty' && keyOfExtended(one) === FLAGS)
  const flags = Number(written?.children?.[1]?.text)
  if (written === undefined || !Number.isInteger(flags)) return undefined
  return { isRead: (flags & READ) !== 0, isDraft: (flags & UNSENT) !== 0 }
}

/** Whether a message is still to be sent. */
export function isDraft(kept: readonly KeptProperty[]): boolean {
  const noted = keptText(kept, 'IsDraft')
  return noted === undefined ? (flagsOf(kept)?.isDraft ?? true) : noted === 'true'
}

/** The subject without what replies and forwards put before it ([MS-OXOMSG] 2.2.1.5). */
export function topicOf(subject: string): string {
  return subject.replace(/^(?:[^\s:]{1,3}: ){1,8}/, '')
}

const NEVER = () => 'false'

/** What the server says of every message. */
export const ownOfMessage = ownTexts({
  IsRead: ({ item }) => String(item.isRead),
  IsDraft: ({ kept }) => String(isDraft(kept)),
  IsSubmitted: NEVER,
  IsFromMe: NEVER,
  IsResend: NEVER,
  IsUnmodified: NEVER,
  IsReadReceiptRequested: NEVER,
  IsDeliveryReceiptRequested: NEVER,
  IsResponseRequested: ({ item }) => (item.kind === 'MeetingRequest' ? 'true' : undefined),
  ConversationTopic: ({ item }) => topicOf(item.subject),
})

export const MESSAGE: ItemType = {
  properties: new Map(MESSAGE_ROWS),
  itemClass: 'IPM.Note',
  folder: 'drafts',
  own: ownOfMessage,
  complete(properties, { newId, owner }) {
    const named = keptOf(properties, 'InternetMessageId') !== undefined
    const [, host = 'localhost'] = owner.address.split('@')
    const id = named ? undefined : { name: 'InternetMessageId', text: `<${newId()}@${host}>` }
    return { ok: true, value: withKept(properties, id) }
  },
}

/** Whether what a view shows is a message of any kind. */
export function isMessage({ item }: Pick<ItemView, 'item'>): boolean {
  return item.kind !== 'CalendarItem' && item.kind !== 'Contact' && item.kind !== 'Task'
}
