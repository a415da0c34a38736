/** What can go wrong in EWS: the response codes used here, each with its usual text, and the result that carries them. */
import type { User } from '../../trust/directory.ts'
import { el, type Markup, NS } from '../xml.ts'

/** Every code stands in ResponseCodeType of the published schema (facts/administration.md B.10). */
export const EWS_ERRORS = {
  ErrorAccessDenied: 'Access is denied. Check credentials and try again.',
  ErrorAffectedTaskOccurrencesRequired: 'AffectedTaskOccurrences is required when tasks are deleted.',
  ErrorArchiveMailboxNotEnabled: 'The mailbox has no archive.',
  ErrorAttachmentNestLevelLimitExceeded: 'What is attached to an item may have nothing attached itself here.',
  ErrorAttachmentSizeLimitExceeded: 'The attachment is larger than 10 MiB.',
  ErrorAutoDiscoverFailed: 'The Exchange of this address is not known as a partner here.',
  ErrorCalendarDurationIsTooLong: 'An appointment may last five years at most.',
  ErrorCalendarEndDateIsEarlierThanStartDate: 'An appointment may not end before it starts.',
  ErrorCalendarFolderIsInvalidForCalendarView: 'A calendar view is of calendars only.',
  ErrorCalendarViewRangeTooBig: 'A calendar view spans two years at most.',
  ErrorCannotCreateCalendarItemInNonCalendarFolder:
    'A calendar item can be created in a calendar folder only.',
  ErrorCannotCreateContactInNonContactFolder: 'A contact can be created in a contacts folder only.',
  ErrorCannotCreateTaskInNonTaskFolder: 'A task can be created in a tasks folder only.',
  ErrorCannotDeleteObject: 'The object cannot be deleted.',
  ErrorCannotEmptyFolder: 'This folder cannot be emptied.',
  ErrorCannotSetCalendarPermissionOnNonCalendarFolder:
    'CalendarPermissions may be set on calendar folders alone. Use Permissions.',
  ErrorCannotSetNonCalendarPermissionOnCalendarFolder:
    'Permissions may not be set on calendar folders. Use CalendarPermissions.',
  ErrorCannotSetPermissionUnknownEntries: 'UnknownEntries can be read and not set.',
  ErrorCannotUseFolderIdForItemId: 'Id must be the id of an item; this one is the id of a folder.',
  ErrorCannotUseItemIdForFolderId: 'Id must be the id of a folder; this one is the id of an item.',
  ErrorChangeKeyRequired: 'The change key is required for this operation.',
  ErrorChangeKeyRequiredForWriteOperations:
    'The change key is required unless ConflictResolution is AlwaysOverwrite.',
  ErrorCreateItemAccessDenied: 'Items may not be created in this folder.',
  ErrorCreateSubfolderAccessDenied: 'Folders may not be created in this folder.',
  ErrorCrossMailboxMoveCopy: 'Folders are moved and copied within one mailbox only.',
  ErrorDataSizeLimitExceeded: 'The items asked for are too large for one reply. Ask for fewer at once.',
  ErrorDelegateAlreadyExists: 'The user is a delegate already.',
  ErrorDelegateCannotAddOwner: 'The owner of a mailbox cannot be its delegate.',
  ErrorDelegateNoUser: 'The delegate is no user here.',
  ErrorDeleteDistinguishedFolder: 'Distinguished folders cannot be deleted.',
  ErrorDistinguishedUserNotSupported: 'Default and Anonymous cannot be delegates.',
  ErrorDuplicateUserIdsSpecified: 'One user is named more than once.',
  ErrorEventNotFound: 'The events after this watermark are no longer kept. Subscribe anew.',
  ErrorExceededSubscriptionCount: 'The caller has as many subscriptions as one may have.',
  ErrorExpiredSubscription: 'The subscription has expired.',
  ErrorFolderExists: 'A folder with this name stands in the folder already.',
  ErrorFolderNotFound: 'The specified folder could not be found in the store.',
  ErrorFolderSavePropertyError: 'This property of a folder cannot be set.',
  ErrorImpersonateUserDenied: 'The account does not have permission to impersonate the requested user.',
  ErrorImpersonationDenied: 'The account does not have the right to impersonate on this server.',
  ErrorImpersonationFailed: 'The account to impersonate could not be determined.',
  ErrorIncorrectUpdatePropertyCount: 'The item of an update must hold exactly one property.',
  ErrorInternalServerError: 'An internal server error occurred. The operation failed.',
  ErrorInvalidAttachmentId: 'The id is not that of an attachment.',
  ErrorInvalidChangeKey: 'The change key is invalid.',
  ErrorInvalidDelegatePermission: 'A delegate’s level is None, Reviewer, Author or Editor.',
  ErrorInvalidDelegateUserId: 'The UserId of a delegate must hold a SID or a PrimarySmtpAddress.',
  ErrorInvalidExchangeImpersonationHeaderData: 'The ExchangeImpersonation header must name one account.',
  ErrorInvalidExcludesRestriction: 'The bitmask of Excludes must be a number other than 0.',
  ErrorInvalidExtendedProperty:
    'An extended property is named by PropertyTag alone, or by one property set and a PropertyName or PropertyId.',
  ErrorInvalidFolderTypeForOperation: 'Folders of this kind cannot be made here.',
  ErrorInvalidFractionalPagingParameters:
    'Denominator must be above 0, and Numerator between 0 and Denominator.',
  ErrorInvalidFreeBusyViewType: 'RequestedView must be a kind of view other than None.',
  ErrorInvalidIdEmpty: 'Id must not be empty.',
  ErrorInvalidIdMalformed: 'Id is malformed.',
  ErrorInvalidIdMalformedEwsLegacyIdFormat: 'Id is malformed for an EwsLegacyId.',
  ErrorInvalidIndexedPagingParameters: 'Offset must not be below 0.',
  ErrorInvalidItemForOperationCreateItem:
    'Messages, calendar items, contacts and tasks can be created here; items of this kind cannot.',
  ErrorInvalidItemForOperationCreateItemAttachment: 'Items of this kind cannot be attached here.',
  ErrorInvalidItemForOperationSendItem: 'Only messages can be sent.',
  ErrorInvalidMergedFreeBusyInterval: 'MergedFreeBusyIntervalInMinutes must be from 5 to 1440.',
  ErrorInvalidNameForNameResolution: 'The name to resolve must not be empty.',
  ErrorInvalidOperation: 'The request asks for something that this server does not do.',
  ErrorInvalidPagingMaxRows: 'MaxEntriesReturned must be above 0.',
  ErrorInvalidPermissionSettings:
    'Rights that are not those of the level may be given with the level Custom alone.',
  ErrorInvalidPropertyAppend: 'Nothing can be appended to this property.',
  ErrorInvalidPropertyDelete: 'This property cannot be deleted.',
  ErrorInvalidPropertyRequest: 'Items of this kind do not have this property.',
  ErrorInvalidPropertySet: 'This property is set by the server alone.',
  ErrorInvalidPropertyUpdateSentMessage: 'This property cannot be changed once the message was sent.',
  ErrorInvalidRecipients: 'At least one recipient is required, each with an address.',
  ErrorInvalidRestriction: 'The restriction is invalid.',
  ErrorInvalidSendItemSaveSettings: 'SavedItemFolderId may not be given when SaveItemToFolder is false.',
  ErrorInvalidServerVersion: 'The specified server version is invalid.',
  ErrorInvalidSid: 'The security identifier (SID) is not in a valid form.',
  ErrorInvalidSubscription: 'The subscription is invalid.',
  ErrorInvalidSubscriptionRequest: 'A subscription names either folders of one mailbox or all of them.',
  ErrorInvalidSyncStateData: 'The sync state is invalid. Begin without one.',
  ErrorInvalidTimeInterval: 'EndTime must be after StartTime.',
  ErrorInvalidUserInfo: 'A UserId must name one user of this organization, or Default or Anonymous.',
  ErrorInvalidUserPrincipalName: 'The user principal name (UPN) is not one of an account here.',
  ErrorInvalidUserSid: 'The security identifier (SID) is not one of an account here.',
  ErrorInvalidValueForProperty: 'A value is not one of the type of its property.',
  ErrorInvalidWatermark: 'The watermark is invalid.',
  ErrorIrresolvableConflict:
    'The item has been changed since this change key was given out, and the changes are not merged.',
  ErrorItemNotFound: 'The specified object was not found in the store.',
  ErrorMailRecipientNotFound: 'The recipient was not found in the organization.',
  ErrorMailboxDataArrayTooBig: 'MailboxDataArray may hold 100 mailboxes at most.',
  ErrorMessageDispositionRequired: 'MessageDisposition is required when messages are created.',
  ErrorMessageSizeExceeded:
    'The message is too large: its MIME content may have 10 MiB, its properties 1 MiB.',
  ErrorMimeContentInvalid: 'The MIME content cannot be read.',
  ErrorMimeContentInvalidBase64String: 'The MIME content is not base64.',
  ErrorMissingEmailAddress:
    'When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP address for any distinguished folder Ids.',
  ErrorMissingInformationEmailAddress: 'The Mailbox element must hold an EmailAddress.',
  ErrorMissingUserIdInformation: 'A UserId must hold a SID, a PrimarySmtpAddress or a DistinguishedUser.',
  ErrorMoreThanOneAccessModeSpecified:
    'Only one of ExchangeImpersonation and SerializedSecurityContext may stand in the header, once.',
  ErrorMoveCopyFailed: 'The folder could not be moved or copied.',
  ErrorMoveDistinguishedFolder: 'Distinguished folders cannot be moved.',
  ErrorNameResolutionMultipleResults: 'Multiple results were found.',
  ErrorNameResolutionNoResults: 'No results were found.',
  ErrorNoFreeBusyAccess: 'The caller does not have access to free/busy data.',
  ErrorNoPublicFolderServerAvailable: 'There are no public folders here.',
  ErrorNonExistentMailbox: 'The SMTP address has no mailbox associated with it.',
  ErrorNonPrimarySmtpAddress: 'The primary SMTP address must be specified when referencing a mailbox.',
  ErrorNotDelegate: 'The user is not a delegate of this mailbox.',
  ErrorObjectTypeChanged: 'The item of an update must be of the kind of the item that is updated.',
  ErrorParentFolderNotFound: 'The parent folder was not found.',
  ErrorProxyRequestProcessingFailed: 'The Exchange of this address did not answer the question.',
  ErrorRestrictionTooComplex: 'The restriction is nested too deeply.',
  ErrorRestrictionTooLong: 'The restriction has too many conditions.',
  ErrorResultSetTooBig: 'The time window holds more than 1,000 calendar entries. Ask for a shorter one.',
  ErrorSchemaValidation: 'The request failed schema validation.',
  ErrorSendAsDenied: 'The user may not send in the name of this account.',
  ErrorSendMeetingCancellationsRequired:
    'SendMeetingCancellations is required when calendar items are deleted.',
  ErrorSendMeetingInvitationsOrCancellationsRequired:
    'SendMeetingInvitationsOrCancellations is required when calendar items are updated.',
  ErrorSendMeetingInvitationsRequired: 'SendMeetingInvitations is required when calendar items are created.',
  ErrorStaleObject: 'The item has been changed since this change key was given out.',
  ErrorSubscriptionAccessDenied: 'The subscription is somebody else’s.',
  ErrorSubscriptionNotFound: 'The subscription was not found.',
  ErrorSyncFolderNotFound: 'The folder to synchronise was not found.',
  ErrorTimeIntervalTooBig: 'The time window spans 62 days at most.',
  ErrorTimeZone: 'The specified time zone is not one that this server knows.',
  ErrorToFolderNotFound: 'The folder to move or copy to was not found.',
  ErrorTokenSerializationDenied: 'The account does not have the right to serialize a security context.',
  ErrorUnsupportedPathForQuery: 'This property cannot stand in a restriction.',
  ErrorUnsupportedPathForSortGroup: 'The store cannot sort or group by this property.',
  ErrorUnsupportedQueryFilter: 'The query filter is not supported.',
  ErrorUnsupportedTypeForConversion: 'There are no public folders here, so their ids cannot be converted.',
  ErrorUpdatePropertyMismatch: 'The property that an update names is not the one that its item holds.',
} as const satisfies Record<string, string>

/** One of the codes above. */
export type EwsCode = keyof typeof EWS_ERRORS

/** A response code and its text, as a peer reads them. */
export interface EwsProblem<Code extends string = EwsCode> {
  readonly ok: false
  readonly code: Code
  readonly message: string
  /** Of a denial: which right or entry decided. For the record; it is never written into an answer. */
  readonly rule?: string
  /** What a program may read beside the text, by name (`MessageXml`). */
  readonly values?: Readonly<Record<string, string>>
}

/** A value, or why there is none. */
export type EwsResult<T, Code extends string = EwsCode> =
  | { readonly ok: true; readonly value: T }
  | EwsProblem<Code>

/** The result that holds a value. */
export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** The result that holds a code, with its usual text or one of its own. */
export function problem(code: EwsCode, message: string = EWS_ERRORS[code]): EwsProblem {
  return { ok: false, code, message }
}

const LONGEST_REASON = 300

/** The result that holds the code of a denial, and the rule that decided. */
export function denial(code: EwsCode, rule: string, message: string = EWS_ERRORS[code]): EwsProblem {
  return { ok: false, code, message, rule }
}

/** For a proxy address where a mailbox must be named by its primary one, which is said (facts/administration.md B.10). */
export function notPrimary({ smtp = '' }: User): EwsProblem {
  return { ...problem('ErrorNonPrimarySmtpAddress'), values: { Primary: smtp } }
}

/** `MessageXml` of a problem that has values, in the namespace of `prefix`. */
export function writeValues({ values }: EwsProblem, prefix: 'm' | 'e'): Markup | undefined {
  if (values === undefined) return undefined
  const xmlns = prefix === 'e' ? { 'xmlns:e': NS.errors, 'xmlns:t': NS.types } : {}
  const written = Object.entries(values).map(([name, value]) => el('t:Value', { Name: name }, value))
  return el(`${prefix}:MessageXml`, xmlns, ...written)
}

/** The fault for a request that the schema does not allow, saying what is wrong with it. */
export function invalid(why: string): EwsProblem {
  // The sender's own names stand in it, and nothing bounds their length.
  const reason = why.length > LONGEST_REASON ? `${why.slice(0, LONGEST_REASON)}…` : why
  return problem('ErrorSchemaValidation', `The request failed schema validation: ${reason}.`)
}
