/** What a recipient filter can ask about: one table of properties (Filterable properties for RecipientFilter). */
import {
  accountDistinguishedName,
  aliasOf,
  containerOf,
  databaseOf,
  nameOf,
  type RecipientKind,
  recipientKindOf,
} from '../../../trust/account.ts'
import type { User } from '../../../trust/directory.ts'
import { type GroupState, groupDistinguishedName, groupsHolding } from '../../../trust/groups.ts'

/** An account, and the groups as they stand at the moment of the question. */
export interface Recipient {
  readonly user: User
  readonly groups: GroupState
}

/** A property is text, several texts (one that fits is enough), or true or false. */
export type PropertyKind = 'text' | 'texts' | 'boolean'

export interface RecipientProperty {
  readonly name: string
  readonly kind: PropertyKind
  /** Its values; none when it is not set. */
  readonly read: (recipient: Recipient) => readonly (string | boolean)[]
}

const text = (name: string, read: (user: User) => string | undefined): RecipientProperty => ({
  name,
  kind: 'text',
  read: ({ user }) => {
    const value = read(user)
    return value === undefined || value === '' ? [] : [value]
  },
})

const isKind = (name: string, ...kinds: readonly RecipientKind[]): RecipientProperty => ({
  name,
  kind: 'boolean',
  read: ({ user }) => [kinds.includes(recipientKindOf(user))],
})

const customAttributes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const

/** Every property that a filter may name, in the order of the alphabet. */
export const RECIPIENT_PROPERTIES: readonly RecipientProperty[] = [
  text('Alias', aliasOf),
  text('City', ({ attributes }) => attributes?.city),
  text('Company', ({ attributes }) => attributes?.company),
  text('CountryOrRegion', ({ attributes }) => attributes?.countryOrRegion),
  ...customAttributes.map((number) =>
    text(`CustomAttribute${number}`, ({ attributes }) => attributes?.[`customAttribute${number}`]),
  ),
  text('Database', databaseOf),
  text('Department', ({ attributes }) => attributes?.department),
  text('DisplayName', ({ displayName }) => displayName),
  text('DistinguishedName', accountDistinguishedName),
  {
    name: 'EmailAddresses',
    kind: 'texts',
    read: ({ user: { smtp, proxyAddresses = [], sip } }) => [
      ...(smtp === undefined ? [] : [`SMTP:${smtp}`]),
      ...proxyAddresses.map((address) => `smtp:${address}`),
      ...(sip === undefined ? [] : [sip]),
    ],
  },
  text('ExchangeUserAccountControl', ({ enabled }) => (enabled ? 'None' : 'AccountDisabled')),
  text('FirstName', ({ attributes }) => attributes?.firstName),
  isKind('IsLinked', 'LinkedMailbox'),
  isKind('IsResource', 'RoomMailbox', 'EquipmentMailbox'),
  isKind('IsShared', 'SharedMailbox'),
  text('LastName', ({ attributes }) => attributes?.lastName),
  {
    // As in the directory itself, a filter sees the groups that hold the recipient directly; nested ones it does not.
    name: 'MemberOfGroup',
    kind: 'texts',
    read: ({ user, groups }) =>
      groupsHolding(groups, { kind: 'account', sid: user.sid }).map(groupDistinguishedName),
  },
  text('Name', nameOf),
  text('Office', ({ attributes }) => attributes?.office),
  text('OrganizationalUnit', containerOf),
  text('PostalCode', ({ attributes }) => attributes?.postalCode),
  text('PrimarySmtpAddress', ({ smtp }) => smtp),
  text('RecipientType', ({ mailboxEnabled }) => (mailboxEnabled ? 'UserMailbox' : 'User')),
  text('RecipientTypeDetails', recipientKindOf),
  text('SamAccountName', (user) => aliasOf(user)),
  text('Sid', ({ sid }) => sid),
  text('StateOrProvince', ({ attributes }) => attributes?.stateOrProvince),
  text('Title', ({ attributes }) => attributes?.title),
  text('UserPrincipalName', ({ upn }) => upn),
  text('WindowsEmailAddress', ({ attributes, smtp }) => attributes?.windowsEmailAddress ?? smtp),
]

const BY_NAME = new Map(RECIPIENT_PROPERTIES.map((property) => [property.name.toLowerCase(), property]))

/** The property of this name, whatever the case of its letters. */
export function recipientProperty(name: string): RecipientProperty | undefined {
  return BY_NAME.get(name.toLowerCase())
}
