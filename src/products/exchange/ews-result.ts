/** What can go wrong in EWS: the response codes used here, each with its usual text, and the result that carries them. */

/** Every code stands in ResponseCodeType of the published schema (facts/administration.md B.10). */
export const EWS_ERRORS = {
  ErrorAccessDenied: 'Access is denied. Check credentials and try again.',
  ErrorAffectedTaskOccurrencesRequired: 'AffectedTaskOccurrences is required when tasks are deleted.',
  ErrorAttachmentNestLevelLimitExceeded: 'What is attached to an item may have nothing attached itself here.',
  ErrorAttachmentSizeLimitExceeded: 'The attachment is larger than 10 MiB.',
  ErrorCalendarDurationIsTooLong: 'An appointment may last five years at most.',
  ErrorCalendarEndDateIsEarlierThanStartDate: 'An appointment may not end before it starts.',
  ErrorCannotCreateCalendarItemInNonCalendarFolder:
    'A calendar item can be created in a calendar folder only.',
  ErrorCannotCreateContactInNonContactFolder: 'A contact can be created in a contacts folder only.',
  ErrorCannotCreateTaskInNonTaskFolder: 'A task can be created in a tasks folder only.',
  ErrorCannotUseFolderIdForItemId: 'Id must be the id of an item; this one is the id of a folder.',
  ErrorCannotUseItemIdForFolderId: 'Id must be the id of a folder; this one is the id of an item.',
  ErrorChangeKeyRequired: 'The change key is required for this operation.',
  ErrorChangeKeyRequiredForWriteOperations:
    'The change key is required unless ConflictResolution is AlwaysOverwrite.',
  ErrorCreateItemAccessDenied: 'Items may not be created in this folder.',
  ErrorDataSizeLimitExceeded: 'The items asked for are too large for one reply. Ask for fewer at once.',
  ErrorFolderNotFound: 'The specified folder could not be found in the store.',
  ErrorImpersonateUserDenied: 'The account does not have permission to impersonate the requested user.',
  ErrorIncorrectUpdatePropertyCount: 'The item of an update must hold exactly one property.',
  ErrorInternalServerError: 'An internal server error occurred. The operation failed.',
  ErrorInvalidAttachmentId: 'The id is not that of an attachment.',
  ErrorInvalidChangeKey: 'The change key is invalid.',
  ErrorInvalidExchangeImpersonationHeaderData: 'The ExchangeImpersonation header must name one account.',
  ErrorInvalidExtendedProperty:
    'An extended property is named by PropertyTag alone, or by one property set and a PropertyName or PropertyId.',
  ErrorInvalidIdEmpty: 'Id must not be empty.',
  ErrorInvalidIdMalformed: 'Id is malformed.',
  ErrorInvalidItemForOperationCreateItem: 'Items of this kind cannot be created here.',
  ErrorInvalidItemForOperationCreateItemAttachment: 'Items of this kind cannot be attached here.',
  ErrorInvalidItemForOperationSendItem: 'Only messages can be sent.',
  ErrorInvalidOperation: 'The operation is not valid here.',
  ErrorInvalidPropertyAppend: 'Nothing can be appended to this property.',
  ErrorInvalidPropertyDelete: 'This property cannot be deleted.',
  ErrorInvalidPropertyRequest: 'Items of this kind do not have this property.',
  ErrorInvalidPropertySet: 'This property cannot be set.',
  ErrorInvalidPropertyUpdateSentMessage: 'This property cannot be changed once the message was sent.',
  ErrorInvalidRecipients: 'At least one recipient is required, each with an address.',
  ErrorInvalidSendItemSaveSettings: 'SavedItemFolderId may not be given when SaveItemToFolder is false.',
  ErrorInvalidServerVersion: 'The specified server version is invalid.',
  ErrorIrresolvableConflict:
    'The item has been changed since this change key was given out, and the changes are not merged.',
  ErrorItemNotFound: 'The specified object was not found in the store.',
  ErrorMessageDispositionRequired: 'MessageDisposition is required when messages are created.',
  ErrorMessageSizeExceeded:
    'The message is too large: its MIME content may have 10 MiB, its properties 1 MiB.',
  ErrorMimeContentInvalid: 'The MIME content cannot be read.',
  ErrorMimeContentInvalidBase64String: 'The MIME content is not base64.',
  ErrorMissingEmailAddress:
    'When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP address for any distinguished folder Ids.',
  ErrorMissingInformationEmailAddress: 'The Mailbox element must hold an EmailAddress.',
  ErrorMoreThanOneAccessModeSpecified: 'More than one ExchangeImpersonation header was specified.',
  ErrorNonExistentMailbox: 'The SMTP address has no mailbox associated with it.',
  ErrorObjectTypeChanged: 'The item of an update must be of the kind of the item that is updated.',
  ErrorSchemaValidation: 'The request failed schema validation.',
  ErrorSendAsDenied: 'The user may not send in the name of this account.',
  ErrorSendMeetingCancellationsRequired:
    'SendMeetingCancellations is required when calendar items are deleted.',
  ErrorSendMeetingInvitationsOrCancellationsRequired:
    'SendMeetingInvitationsOrCancellations is required when calendar items are updated.',
  ErrorSendMeetingInvitationsRequired: 'SendMeetingInvitations is required when calendar items are created.',
  ErrorStaleObject: 'The item has been changed since this change key was given out.',
  ErrorTimeZone: 'The specified time zone is not one that this server knows.',
  ErrorToFolderNotFound: 'The destination folder could not be found in the store.',
  ErrorUpdatePropertyMismatch: 'The property that an update names is not the one that its item holds.',
} as const satisfies Record<string, string>

/** One of the codes above. */
export type EwsCode = keyof typeof EWS_ERRORS

/** A response code and its text, as a peer reads them. */
export interface EwsProblem<Code extends string = EwsCode> {
  readonly ok: false
  readonly code: Code
  readonly message: string
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

/** The fault for a request that the schema does not allow, saying what is wrong with it. */
export function invalid(why: string): EwsProblem {
  // The sender's own names stand in it, and nothing bounds their length.
  const reason = why.length > LONGEST_REASON ? `${why.slice(0, LONGEST_REASON)}…` : why
  return problem('ErrorSchemaValidation', `The request failed schema validation: ${reason}.`)
}
