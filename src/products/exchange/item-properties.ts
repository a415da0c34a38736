/** The properties of a message, in the order of the schema: what each may hold, and in which answers it stands. */
import { all, anyOf, attribute, type Check, each, oneOf, sequence, someOf, text } from './ews-schema.ts'

const BASE64 = text(/^[A-Za-z0-9+/=\s]*$/, 'base64')
const BOOLEAN = oneOf(['true', 'false', '1', '0'])

const DATE_TIME: Check = (element) => {
  const wrong = text(
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?$/,
    'a date and time',
  )(element)
  if (wrong !== undefined) return wrong
  const [day = ''] = element.text.split('T')
  const known = !Number.isNaN(Date.parse(element.text)) && !Number.isNaN(Date.parse(day))
  return known && new Date(day).toISOString().startsWith(day)
    ? undefined
    : `${element.name} is no day that was`
}

const MAILBOX_TYPES =
  'Unknown OneOff Mailbox PublicDL PrivateDL Contact PublicFolder GroupMailbox ImplicitContact'.split(' ')
const NOT_EMPTY = text(/./s, 'a text that is not empty')
const MAILBOX = all(
  sequence(['Name', 'EmailAddress', 'RoutingType', 'MailboxType', 'ItemId', 'OriginalDisplayName']),
  each('Name', text()),
  each('EmailAddress', NOT_EMPTY),
  each('RoutingType', NOT_EMPTY),
  each('MailboxType', oneOf(MAILBOX_TYPES)),
  each('ItemId', all(text(), attribute('Id', /^/, 'required'))),
  each('OriginalDisplayName', text()),
)

const PROPERTY_TYPES =
  /^(Error|Null|(ApplicationTime|Binary|CLSID|Currency|Double|Float|Integer|Long|Object|Short|String|SystemTime)(Array)?|Boolean)$/
const PROPERTY_SETS =
  /^(Meeting|Appointment|Common|PublicStrings|Address|InternetHeaders|CalendarAssistant|UnifiedMessaging|Task|Sharing)$/
const PROPERTY_TAG =
  /^(0[xX][0-9A-Fa-f]{1,4}|[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/
const GUID = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/

/** `t:ExtendedFieldURI`: the name of a property that the schema itself does not know. */
export const EXTENDED_FIELD_URI = all(
  text(/^\s*$/, 'empty'),
  attribute('DistinguishedPropertySetId', PROPERTY_SETS, 'optional'),
  attribute('PropertySetId', GUID, 'optional'),
  attribute('PropertyTag', PROPERTY_TAG, 'optional'),
  attribute('PropertyId', /^[+-]?[0-9]{1,9}$/, 'optional'),
  attribute('PropertyType', PROPERTY_TYPES, 'required'),
)

const EXTENDED_PROPERTY = all(
  sequence(['ExtendedFieldURI', 'Value', 'Values'], { required: ['ExtendedFieldURI'] }),
  (element) =>
    element.children.length === 2 ? undefined : 'ExtendedProperty must hold either Value or Values',
  each('ExtendedFieldURI', EXTENDED_FIELD_URI),
  each('Value', text()),
  each('Values', all(someOf(['Value']), each('Value', text()))),
)

/** What a client may write, by kind. Of `server` and `dropped` nothing is kept, so nothing is checked. */
export const KINDS = {
  text: text(),
  base64: BASE64,
  boolean: BOOLEAN,
  dateTime: DATE_TIME,
  minutes: text(/^[0-9]{1,6}$/, 'a number of minutes'),
  language: text(/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/, 'a language'),
  importance: oneOf(['Low', 'Normal', 'High']),
  sensitivity: oneOf(['Normal', 'Personal', 'Private', 'Confidential']),
  body: all(text(), attribute('BodyType', /^(HTML|Text)$/, 'required')),
  strings: all(anyOf(['String']), each('String', text())),
  headers: all(
    someOf(['InternetMessageHeader']),
    each('InternetMessageHeader', all(text(), attribute('HeaderName', /^/, 'required'))),
  ),
  recipients: all(anyOf(['Mailbox']), each('Mailbox', MAILBOX)),
  recipient: all(sequence(['Mailbox'], { required: ['Mailbox'] }), each('Mailbox', MAILBOX)),
  extended: EXTENDED_PROPERTY,
  server: undefined,
  dropped: undefined,
} as const satisfies Record<string, Check | undefined>

/** One of the kinds above. */
export type Kind = keyof typeof KINDS

/** How one property is treated. */
export interface MessageProperty {
  readonly kind: Kind
  /** The smallest shape that shows it; `asked` when only AdditionalProperties does. */
  readonly shape: 'IdOnly' | 'Default' | 'AllProperties' | 'asked'
}

function rows(shape: MessageProperty['shape'], kind: Kind, names: string): [string, MessageProperty][] {
  return names.split(' ').map((name) => [name, { kind, shape }])
}

/** Every element of a message that the schema knows, in its order. */
export const MESSAGE_PROPERTIES: ReadonlyMap<string, MessageProperty> = new Map([
  ...rows('asked', 'dropped', 'MimeContent'),
  ...rows('IdOnly', 'server', 'ItemId'),
  ...rows('AllProperties', 'server', 'ParentFolderId'),
  ...rows('AllProperties', 'text', 'ItemClass'),
  ...rows('Default', 'text', 'Subject'),
  ...rows('Default', 'sensitivity', 'Sensitivity'),
  ...rows('Default', 'body', 'Body'),
  ...rows('asked', 'dropped', 'Attachments'),
  ...rows('AllProperties', 'dateTime', 'DateTimeReceived'),
  ...rows('Default', 'server', 'Size'),
  ...rows('AllProperties', 'strings', 'Categories'),
  ...rows('AllProperties', 'importance', 'Importance'),
  ...rows('AllProperties', 'text', 'InReplyTo'),
  ...rows('AllProperties', 'server', 'IsSubmitted IsDraft IsFromMe IsResend IsUnmodified'),
  ...rows('AllProperties', 'headers', 'InternetMessageHeaders'),
  ...rows('Default', 'dateTime', 'DateTimeSent DateTimeCreated'),
  ...rows('asked', 'dropped', 'ResponseObjects'),
  ...rows('AllProperties', 'dateTime', 'ReminderDueBy'),
  ...rows('AllProperties', 'boolean', 'ReminderIsSet'),
  ...rows('AllProperties', 'dateTime', 'ReminderNextTime'),
  ...rows('AllProperties', 'minutes', 'ReminderMinutesBeforeStart'),
  ...rows('AllProperties', 'server', 'DisplayCc DisplayTo DisplayBcc'),
  ...rows('Default', 'server', 'HasAttachments'),
  ...rows('asked', 'extended', 'ExtendedProperty'),
  ...rows('AllProperties', 'language', 'Culture'),
  ...rows('asked', 'dropped', 'EffectiveRights LastModifiedName LastModifiedTime IsAssociated'),
  ...rows('asked', 'dropped', 'WebClientReadFormQueryString WebClientEditFormQueryString ConversationId'),
  ...rows('asked', 'dropped', 'UniqueBody Flag StoreEntryId InstanceKey NormalizedBody'),
  ...rows('asked', 'dropped', 'EntityExtractionResult PolicyTag ArchiveTag RetentionDate Preview'),
  ...rows('asked', 'dropped', 'RightsManagementLicenseData PredictedActionReasons IsClutter BlockStatus'),
  ...rows('asked', 'dropped', 'HasBlockedImages TextBody IconIndex SearchKey SortKey Hashtags Mentions'),
  ...rows('asked', 'dropped', 'MentionedMe MentionsPreview MentionsEx AppliedHashtags'),
  ...rows('asked', 'dropped', 'AppliedHashtagsPreview Likes LikesPreview PendingSocialActivityTagIds'),
  ...rows('asked', 'dropped', 'AtAllMention CanDelete InferenceClassification'),
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
])
