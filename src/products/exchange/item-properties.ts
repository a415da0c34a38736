/** What the properties of items may hold, and those that items of every kind have, in the order of the schema. */
import { all, anyOf, attribute, type Check, each, oneOf, sequence, someOf, text } from './ews-schema.ts'
import {
  ATTENDEES,
  EMAIL_ENTRIES,
  IM_ENTRIES,
  PHONE_ENTRIES,
  PHYSICAL_ENTRIES,
  RECIPIENT,
  RECIPIENTS,
  RECURRENCE,
  TASK_RECURRENCE,
} from './property-structures.ts'

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

const FILE_AS_MAPPINGS =
  'None LastCommaFirst FirstSpaceLast Company LastCommaFirstCompany CompanyLastFirst LastFirst LastFirstCompany CompanyLastCommaFirst LastFirstSuffix LastSpaceFirstCompany CompanyLastSpaceFirst LastSpaceFirst DisplayName FirstName LastFirstMiddleSuffix LastName Empty'

/**
 * What a client may write, by kind. Of `server` and `dropped` nothing is kept, so nothing is checked; `mime` and
 * `attachments` are read on ways of their own.
 */
export const KINDS = {
  text: text(),
  base64: text(/^[A-Za-z0-9+/=\s]*$/, 'base64'),
  boolean: BOOLEAN,
  dateTime: DATE_TIME,
  minutes: text(/^[0-9]{1,6}$/, 'a number of minutes'),
  whole: text(/^[+-]?[0-9]{1,9}$/, 'a whole number'),
  percent: text(/^(100(\.0+)?|[0-9]{1,2}(\.[0-9]{1,15})?)$/, 'a number from 0 to 100'),
  language: text(/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/, 'a language'),
  importance: oneOf(['Low', 'Normal', 'High']),
  sensitivity: oneOf(['Normal', 'Personal', 'Private', 'Confidential']),
  freeBusy: oneOf(['Free', 'Tentative', 'Busy', 'OOF', 'WorkingElsewhere', 'NoData']),
  taskStatus: oneOf(['NotStarted', 'InProgress', 'Completed', 'WaitingOnOthers', 'Deferred']),
  fileAsMapping: oneOf(FILE_AS_MAPPINGS.split(' ')),
  postalAddress: oneOf(['None', 'Business', 'Home', 'Other']),
  body: all(text(), attribute('BodyType', /^(HTML|Text)$/, 'required')),
  strings: all(anyOf(['String']), each('String', text())),
  headers: all(
    someOf(['InternetMessageHeader']),
    each('InternetMessageHeader', all(text(), attribute('HeaderName', /^/, 'required'))),
  ),
  flag: all(
    sequence(['FlagStatus', 'StartDate', 'DueDate', 'CompleteDate'], { required: ['FlagStatus'] }),
    each('FlagStatus', oneOf(['NotFlagged', 'Flagged', 'Complete'])),
    each('StartDate', DATE_TIME),
    each('DueDate', DATE_TIME),
    each('CompleteDate', DATE_TIME),
  ),
  recipients: RECIPIENTS,
  recipient: RECIPIENT,
  attendees: ATTENDEES,
  emailAddresses: EMAIL_ENTRIES,
  physicalAddresses: PHYSICAL_ENTRIES,
  phoneNumbers: PHONE_ENTRIES,
  imAddresses: IM_ENTRIES,
  recurrence: RECURRENCE,
  taskRecurrence: TASK_RECURRENCE,
  /** A time zone with its rules: kept as it was written. */
  timeZone: () => undefined,
  extended: EXTENDED_PROPERTY,
  mime: text(),
  attachments: undefined,
  server: undefined,
  dropped: undefined,
} as const satisfies Record<string, Check | undefined>

/** One of the kinds above. */
export type Kind = keyof typeof KINDS

/** How one property is treated. */
export interface ItemProperty {
  readonly kind: Kind
  /** The smallest shape that shows it; `asked` when only AdditionalProperties does. */
  readonly shape: 'IdOnly' | 'Default' | 'AllProperties' | 'asked'
  /** What stands before the colon when a request names it: `calendar` of `calendar:Start`. */
  readonly scope: string
}

/** The properties of one kind of item by name, in the order of the schema. */
export type PropertyTable = ReadonlyMap<string, ItemProperty>

/** Rows of a table for properties that are treated alike: `names` are separated by spaces. */
export function rowsOf(scope: string) {
  return (shape: ItemProperty['shape'], kind: Kind, names: string): [string, ItemProperty][] =>
    names.split(' ').map((name) => [name, { kind, shape, scope }])
}

const rows = rowsOf('item')

/** What every item has ([types.xsd] ItemType). */
export const ITEM_PROPERTIES: readonly (readonly [string, ItemProperty])[] = [
  ...rows('asked', 'mime', 'MimeContent'),
  ...rows('IdOnly', 'server', 'ItemId'),
  ...rows('AllProperties', 'server', 'ParentFolderId'),
  ...rows('AllProperties', 'text', 'ItemClass'),
  ...rows('Default', 'text', 'Subject'),
  ...rows('Default', 'sensitivity', 'Sensitivity'),
  ...rows('Default', 'body', 'Body'),
  ...rows('Default', 'attachments', 'Attachments'),
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
  ...rows('asked', 'dateTime', 'ReminderNextTime'),
  ...rows('AllProperties', 'minutes', 'ReminderMinutesBeforeStart'),
  ...rows('AllProperties', 'server', 'DisplayCc DisplayTo DisplayBcc'),
  ...rows('Default', 'server', 'HasAttachments'),
  ...rows('asked', 'extended', 'ExtendedProperty'),
  ...rows('AllProperties', 'language', 'Culture'),
  ...rows('AllProperties', 'server', 'EffectiveRights LastModifiedName LastModifiedTime'),
  ...rows('AllProperties', 'server', 'IsAssociated'),
  ...rows('asked', 'dropped', 'WebClientReadFormQueryString WebClientEditFormQueryString'),
  ...rows('AllProperties', 'server', 'ConversationId'),
  ...rows('asked', 'server', 'UniqueBody'),
  ...rows('AllProperties', 'flag', 'Flag'),
  ...rows('asked', 'dropped', 'StoreEntryId'),
  ...rows('asked', 'server', 'InstanceKey NormalizedBody'),
  ...rows('asked', 'dropped', 'EntityExtractionResult PolicyTag ArchiveTag RetentionDate'),
  ...rows('asked', 'server', 'Preview'),
  ...rows('asked', 'dropped', 'RightsManagementLicenseData PredictedActionReasons IsClutter BlockStatus'),
  ...rows('asked', 'dropped', 'HasBlockedImages'),
  ...rows('asked', 'server', 'TextBody'),
  ...rows('asked', 'dropped', 'IconIndex SearchKey SortKey Hashtags Mentions'),
  ...rows('asked', 'dropped', 'MentionedMe MentionsPreview MentionsEx AppliedHashtags'),
  ...rows('asked', 'dropped', 'AppliedHashtagsPreview Likes LikesPreview PendingSocialActivityTagIds'),
  ...rows('asked', 'dropped', 'AtAllMention CanDelete InferenceClassification'),
]
