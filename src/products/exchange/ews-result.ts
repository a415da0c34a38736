/** What can go wrong in EWS: the response codes used here, each with its usual text, and the result that carries them. */

/** Every code stands in ResponseCodeType of the published schema (facts/administration.md B.10). */
export const EWS_ERRORS = {
  ErrorAccessDenied: 'Access is denied. Check credentials and try again.',
  ErrorAccountDisabled: 'The account is disabled.',
  ErrorArchiveMailboxNotEnabled: 'The mailbox has no archive.',
  ErrorCannotSetCalendarPermissionOnNonCalendarFolder:
    'CalendarPermissions may be set on calendar folders alone. Use Permissions.',
  ErrorCannotSetNonCalendarPermissionOnCalendarFolder:
    'Permissions may not be set on calendar folders. Use CalendarPermissions.',
  ErrorCannotSetPermissionUnknownEntries: 'UnknownEntries can be read and not set.',
  ErrorCannotUseFolderIdForItemId: 'Id must be the id of an item; this one is the id of a folder.',
  ErrorCannotUseItemIdForFolderId: 'Id must be the id of a folder; this one is the id of an item.',
  ErrorCreateItemAccessDenied: 'Items may not be created in this folder.',
  ErrorDataSizeLimitExceeded: 'The items asked for are too large for one reply. Ask for fewer at once.',
  ErrorDelegateAlreadyExists: 'The user is a delegate already.',
  ErrorDelegateCannotAddOwner: 'The owner of a mailbox cannot be its delegate.',
  ErrorDelegateNoUser: 'The delegate is no user here.',
  ErrorDistinguishedUserNotSupported: 'Default and Anonymous cannot be delegates.',
  ErrorDuplicateUserIdsSpecified: 'One user is named more than once.',
  ErrorFolderNotFound: 'The specified folder could not be found in the store.',
  ErrorImpersonateUserDenied: 'The account does not have permission to impersonate the requested user.',
  ErrorImpersonationDenied: 'The account does not have the right to impersonate on this server.',
  ErrorImpersonationFailed: 'The account to impersonate could not be determined.',
  ErrorInternalServerError: 'An internal server error occurred. The operation failed.',
  ErrorInvalidChangeKey: 'The change key is invalid.',
  ErrorInvalidDelegatePermission: 'A delegate’s level is None, Reviewer, Author or Editor.',
  ErrorInvalidDelegateUserId: 'The UserId of a delegate must hold a SID or a PrimarySmtpAddress.',
  ErrorInvalidExchangeImpersonationHeaderData: 'The ExchangeImpersonation header must name one account.',
  ErrorInvalidExtendedProperty:
    'An extended property is named by PropertyTag alone, or by one property set and a PropertyName or PropertyId.',
  ErrorInvalidIdEmpty: 'Id must not be empty.',
  ErrorInvalidIdMalformed: 'Id is malformed.',
  ErrorInvalidIdMalformedEwsLegacyIdFormat: 'Id is malformed for an EwsLegacyId.',
  ErrorInvalidItemForOperationCreateItem: 'Only items of the kind Message can be created here.',
  ErrorInvalidNameForNameResolution: 'The name to resolve must not be empty.',
  ErrorInvalidOperation: 'This server keeps messages and sends none. Use MessageDisposition SaveOnly.',
  ErrorInvalidPermissionSettings:
    'Rights that are not those of the level may be given with the level Custom alone.',
  ErrorInvalidServerVersion: 'The specified server version is invalid.',
  ErrorInvalidSid: 'The security identifier (SID) is not in a valid form.',
  ErrorInvalidUserPrincipalName: 'The user principal name (UPN) is not one of an account here.',
  ErrorInvalidUserSid: 'The security identifier (SID) is not one of an account here.',
  ErrorInvalidUserInfo: 'A UserId must name one user of this organization, or Default or Anonymous.',
  ErrorItemNotFound: 'The specified object was not found in the store.',
  ErrorMessageDispositionRequired: 'MessageDisposition is required when messages are created.',
  ErrorMissingEmailAddress:
    'When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP address for any distinguished folder Ids.',
  ErrorMissingInformationEmailAddress: 'The Mailbox element must hold an EmailAddress.',
  ErrorMoreThanOneAccessModeSpecified:
    'Only one of ExchangeImpersonation and SerializedSecurityContext may stand in the header, once.',
  ErrorNameResolutionMultipleResults: 'Multiple results were found.',
  ErrorNameResolutionNoResults: 'No results were found.',
  ErrorMissingUserIdInformation: 'A UserId must hold a SID, a PrimarySmtpAddress or a DistinguishedUser.',
  ErrorNonExistentMailbox: 'The SMTP address has no mailbox associated with it.',
  ErrorNotDelegate: 'The user is not a delegate of this mailbox.',
  ErrorSchemaValidation: 'The request failed schema validation.',
  ErrorStaleObject: 'The item has been changed since this change key was given out.',
  ErrorTimeZone: 'The specified time zone is not one that this server knows.',
  ErrorTokenSerializationDenied: 'The account does not have the right to serialize a security context.',
  ErrorUnsupportedTypeForConversion: 'There are no public folders here, so their ids cannot be converted.',
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

/** The fault for a request that the schema does not allow, saying what is wrong with it. */
export function invalid(why: string): EwsProblem {
  // The sender's own names stand in it, and nothing bounds their length.
  const reason = why.length > LONGEST_REASON ? `${why.slice(0, LONGEST_REASON)}…` : why
  return problem('ErrorSchemaValidation', `The request failed schema validation: ${reason}.`)
}
