/** What a directory says of an account beside who it is: its name, its place, its mailbox, and what filters ask about. */
import type { User } from './directory.ts'
import { defaultContainer, distinguishedNameOf } from './directory-names.ts'

const CUSTOM = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const

/** The attributes that are text and nothing else, as an administrator may set them. */
export const ACCOUNT_ATTRIBUTES = [
  'name',
  'alias',
  'firstName',
  'lastName',
  'department',
  'title',
  'company',
  'office',
  'city',
  'stateOrProvince',
  'postalCode',
  'countryOrRegion',
  'windowsEmailAddress',
  ...CUSTOM.map((number) => `customAttribute${number}` as const),
] as const
export type AccountAttribute = (typeof ACCOUNT_ATTRIBUTES)[number]
export type AccountAttributes = Readonly<Partial<Record<AccountAttribute, string>>>

/** What kind of recipient an account can be (Get-Recipient); with a mailbox or without one. */
export const RECIPIENT_KINDS = {
  UserMailbox: { mailbox: true },
  LinkedMailbox: { mailbox: true },
  SharedMailbox: { mailbox: true },
  RoomMailbox: { mailbox: true },
  EquipmentMailbox: { mailbox: true },
  User: { mailbox: false },
  DisabledUser: { mailbox: false },
  /** An account that stands for somebody who is known elsewhere: the account of a partner application. */
  LinkedUser: { mailbox: false },
} as const satisfies Record<string, { mailbox: boolean }>
export type RecipientKind = keyof typeof RECIPIENT_KINDS

/** The database that a mailbox lies in when the directory names no other. */
export const DEFAULT_DATABASE = 'Mailbox Database 1'

/** An account's common name: the one it was given, or what it is shown as. */
export function nameOf({ attributes, displayName }: User): string {
  return attributes?.name ?? displayName
}

/** Its alias: the one it was given, or what stands before the @ of its addresses. */
export function aliasOf({ attributes, smtp, upn }: User): string {
  return attributes?.alias ?? (smtp ?? upn).split('@')[0] ?? upn
}

/** Canonical name of the container it lies in: `litwareinc.com/Users`. An account that was added over REST says it itself. */
export function containerOf({ organizationalUnit, upn }: User): string {
  return organizationalUnit ?? defaultContainer(upn)
}

/** Its distinguished name. */
export function accountDistinguishedName(user: User): string {
  return distinguishedNameOf(nameOf(user), containerOf(user))
}

/** The database its mailbox lies in; undefined without a mailbox. */
export function databaseOf({ mailboxEnabled, mailboxDatabase }: User): string | undefined {
  return mailboxEnabled ? (mailboxDatabase ?? DEFAULT_DATABASE) : undefined
}

/** What kind of recipient it is. */
export function recipientKindOf({ recipientTypeDetails, mailboxEnabled, enabled }: User): RecipientKind {
  if (recipientTypeDetails !== undefined) return recipientTypeDetails
  if (mailboxEnabled) return 'UserMailbox'
  return enabled ? 'User' : 'DisabledUser'
}
