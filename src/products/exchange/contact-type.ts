/** Contacts: `t:Contact`. */
import { done } from './ews-result.ts'
import { ITEM_PROPERTIES, rowsOf } from './item-properties.ts'
import type { ItemType, ItemView } from './item-type.ts'
import { type KeptProperty, keptText, withKept } from './kept-property.ts'

const rows = rowsOf('contacts')

export const CONTACT: ItemType = {
  properties: new Map([
    ...ITEM_PROPERTIES,
    ...rows('Default', 'text', 'FileAs'),
    ...rows('AllProperties', 'fileAsMapping', 'FileAsMapping'),
    ...rows('AllProperties', 'text', 'DisplayName GivenName Initials MiddleName Nickname'),
    ...rows('Default', 'server', 'CompleteName'),
    ...rows('Default', 'text', 'CompanyName'),
    ...rows('Default', 'emailAddresses', 'EmailAddresses'),
    ...rows('asked', 'dropped', 'AbchEmailAddresses'),
    ...rows('Default', 'physicalAddresses', 'PhysicalAddresses'),
    ...rows('Default', 'phoneNumbers', 'PhoneNumbers'),
    ...rows('AllProperties', 'text', 'AssistantName'),
    ...rows('AllProperties', 'dateTime', 'Birthday'),
    ...rows('AllProperties', 'text', 'BusinessHomePage'),
    ...rows('AllProperties', 'strings', 'Children Companies'),
    ...rows('asked', 'server', 'ContactSource'),
    ...rows('AllProperties', 'text', 'Department Generation'),
    ...rows('Default', 'imAddresses', 'ImAddresses'),
    ...rows('Default', 'text', 'JobTitle'),
    ...rows('AllProperties', 'text', 'Manager Mileage OfficeLocation'),
    ...rows('AllProperties', 'postalAddress', 'PostalAddressIndex'),
    ...rows('AllProperties', 'text', 'Profession SpouseName Surname'),
    ...rows('AllProperties', 'dateTime', 'WeddingAnniversary'),
    ...rows('AllProperties', 'server', 'HasPicture'),
    ...rows('asked', 'text', 'PhoneticFullName PhoneticFirstName PhoneticLastName Alias Notes'),
    ...rows('asked', 'dropped', 'Photo UserSMIMECertificate MSExchangeCertificate DirectoryId'),
    ...rows('asked', 'dropped', 'ManagerMailbox DirectReports AccountName IsAutoUpdateDisabled'),
    ...rows('asked', 'dropped', 'IsMessengerEnabled Comment ContactShortId ContactType Gender IsHidden'),
    ...rows('asked', 'dropped', 'ObjectId PassportId IsPrivate SourceId TrustLevel CreatedBy Urls Cid'),
    ...rows('asked', 'dropped', 'SkypeAuthCertificate SkypeContext SkypeId SkypeRelationship YomiNickname'),
    ...rows('asked', 'dropped', 'XboxLiveTag InviteFree HidePresenceAndProfile IsPendingOutbound'),
    ...rows('asked', 'dropped', 'SupportGroupFeeds UserTileHash UnifiedInbox Mris Wlid AbchContactId'),
    ...rows('asked', 'dropped', 'NotInBirthdayCalendar ShellContactType ImMri PresenceTrustLevel OtherMri'),
    ...rows('asked', 'dropped', 'ProfileLastChanged MobileIMEnabled PartnerNetworkProfilePhotoUrl'),
    ...rows('asked', 'dropped', 'PartnerNetworkThumbnailPhotoUrl PersonId ConversationGuid'),
  ]),
  itemClass: 'IPM.Contact',
  folder: 'contacts',
  own(name, { kept }: ItemView) {
    switch (name) {
      case 'FileAsMapping':
      case 'PostalAddressIndex':
        return { name, text: 'None' }
      case 'ContactSource':
        return { name, text: 'Store' }
      case 'HasPicture':
      case 'IsDraft':
        return { name, text: 'false' }
      case 'CompleteName':
        return completeName(kept)
      default:
        return undefined
    }
  },
  complete(properties, { changed }) {
    const text = (name: string) => keptText(properties, name) ?? ''
    const full = `${text('GivenName')} ${text('Surname')}`.trim()
    const displayName = text('DisplayName') || full
    const mapping = ['FileAsMapping', 'GivenName', 'Surname', 'CompanyName', 'DisplayName', 'Generation']
    // A mapping is followed whenever what it is made of changes; FileAs itself can be written against it.
    const follows = !changed.has('FileAs') && mapping.some((name) => changed.has(name))
    const fileAs = follows ? FILE_AS[text('FileAsMapping')]?.(text) : undefined
    return done(
      withKept(
        properties,
        displayName === '' ? undefined : { name: 'DisplayName', text: displayName },
        // What lists show of a contact.
        text('Subject') === '' && displayName !== '' ? { name: 'Subject', text: displayName } : undefined,
        fileAs === undefined ? undefined : { name: 'FileAs', text: fileAs },
      ),
    )
  },
}

// CompleteName's parts in the order of the schema, and the properties that they come from.
const NAME_PARTS = {
  FirstName: 'GivenName',
  MiddleName: 'MiddleName',
  LastName: 'Surname',
  Suffix: 'Generation',
  Initials: 'Initials',
  FullName: 'DisplayName',
  Nickname: 'Nickname',
}

function completeName(kept: readonly KeptProperty[]): KeptProperty | undefined {
  const children = Object.entries(NAME_PARTS).flatMap(([name, source]) => {
    const text = keptText(kept, source)
    return text ? [{ name, text }] : []
  })
  return children.length === 0 ? undefined : { name: 'CompleteName', children }
}

type Text = (name: string) => string

function joined(between: string, ...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(between)
}

const lastFirst = (text: Text) => joined(', ', text('Surname'), text('GivenName'))
const lastSpaceFirst = (text: Text) => joined(' ', text('Surname'), text('GivenName'))
const company = (text: Text) => text('CompanyName')

const FILE_AS: Readonly<Record<string, (text: Text) => string>> = {
  LastCommaFirst: lastFirst,
  FirstSpaceLast: (text) => joined(' ', text('GivenName'), text('Surname')),
  Company: company,
  LastCommaFirstCompany: (text) => joined('\r\n', lastFirst(text), company(text)),
  CompanyLastFirst: (text) => joined('\r\n', company(text), lastSpaceFirst(text)),
  LastFirst: lastSpaceFirst,
  LastFirstCompany: (text) => joined('\r\n', lastSpaceFirst(text), company(text)),
  CompanyLastCommaFirst: (text) => joined('\r\n', company(text), lastFirst(text)),
  LastFirstSuffix: (text) => joined(' ', lastSpaceFirst(text), text('Generation')),
  LastSpaceFirstCompany: (text) => joined('\r\n', lastSpaceFirst(text), company(text)),
  CompanyLastSpaceFirst: (text) => joined('\r\n', company(text), lastSpaceFirst(text)),
  LastSpaceFirst: lastSpaceFirst,
  DisplayName: (text) => text('DisplayName') || joined(' ', text('GivenName'), text('Surname')),
  FirstName: (text) => text('GivenName'),
  LastFirstMiddleSuffix: (text) => joined(' ', lastSpaceFirst(text), text('MiddleName'), text('Generation')),
  LastName: (text) => text('Surname'),
}
