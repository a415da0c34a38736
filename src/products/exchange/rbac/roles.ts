/**
 * The management roles, as a table: what each is for, and what it lets an application do by itself. The meanings are those
 * of the role pages (facts/administration.md B.1); which operations and folders make up a meaning is this project's choice.
 */
import type { DistinguishedFolder } from '../distinguished-folders.ts'

/** Where an application may work by itself: a folder of a mailbox and everything under it. */
export interface FolderGrant {
  readonly under: DistinguishedFolder
  readonly access: FolderAccess
}

/**
 * What may be done there. `shown` is seeing of a calendar what its entry `Default` shows everyone, at most times, subjects and
 * locations; `times` is seeing when its owner is busy, whatever that entry says; `archive` is reading and adding. Nothing that
 * is there can be changed or deleted.
 */
export const FOLDER_ACCESS = ['shown', 'times', 'read', 'archive'] as const
export type FolderAccess = (typeof FOLDER_ACCESS)[number]

export interface ManagementRole {
  readonly description: string
  /** EWS operations that a holder may call as an application by itself. */
  readonly operations: readonly string[]
  readonly folders: readonly FolderGrant[]
}

const READING = [
  'GetFolder',
  'FindFolder',
  'GetItem',
  'FindItem',
  'GetAttachment',
  'SyncFolderHierarchy',
  'SyncFolderItems',
  'ConvertId',
] as const

const WHO_AND_WHEN = [
  'ResolveNames',
  'ExpandDL',
  'GetUserAvailability',
  'GetRoomLists',
  'GetRooms',
  'GetMailTips',
  'GetServiceConfiguration',
  'GetServerTimeZones',
  'ConvertId',
] as const

export const MANAGEMENT_ROLES = {
  UserApplication: {
    description: 'Act for users: find them, and see when they are free. In a mailbox it acts as its user.',
    operations: WHO_AND_WHEN,
    folders: [{ under: 'calendar', access: 'times' }],
  },
  ArchiveApplication: {
    description: 'Archive items into mailboxes.',
    operations: [...READING, 'CreateItem', 'CreateAttachment', 'UploadItems'],
    folders: [{ under: 'recoverableitemspurges', access: 'archive' }],
  },
  LegalHoldApplication: {
    description: 'Read and set legal hold.',
    operations: [...READING, 'GetHoldOnMailboxes', 'SetHoldOnMailboxes', 'GetSearchableMailboxes'],
    folders: [{ under: 'recoverableitemsroot', access: 'read' }],
  },
  'Mailbox Search': {
    description: 'Search the content of mailboxes.',
    operations: [
      ...READING,
      'SearchMailboxes',
      'GetSearchableMailboxes',
      'GetDiscoverySearchConfiguration',
      'GetHoldOnMailboxes',
    ],
    folders: [{ under: 'root', access: 'read' }],
  },
  MailboxSearchApplication: {
    description: 'Search mailboxes.',
    operations: [...READING, 'SearchMailboxes', 'GetSearchableMailboxes', 'GetDiscoverySearchConfiguration'],
    folders: [{ under: 'root', access: 'read' }],
  },
  TeamMailboxLifecycleApplication: {
    description: 'Update the life cycle of site mailboxes.',
    operations: ['SetTeamMailbox', 'UnpinTeamMailbox'],
    folders: [],
  },
  MeetingGraphApplication: {
    description: 'Read who meets whom.',
    operations: [...READING, ...WHO_AND_WHEN],
    folders: [{ under: 'calendar', access: 'read' }],
  },
  OfficeExtensionApplication: {
    description: 'Add-ins open mailboxes.',
    operations: [...READING, 'GetAppManifests', 'GetAppMarketplaceUrl'],
    folders: [{ under: 'msgfolderroot', access: 'read' }],
  },
  // Not one of the product's: there, an administrator makes it of UserApplication, by taking every other entry away.
  FreeBusyApplication: {
    description:
      'Relay free/busy: see when users are free, as far as each shows it to everyone, and nothing else.',
    operations: ['GetUserAvailability'],
    folders: [{ under: 'calendar', access: 'shown' }],
  },
  ApplicationImpersonation: {
    description: 'Impersonate the owners of mailboxes.',
    operations: [],
    folders: [],
  },
} as const satisfies Record<string, ManagementRole>

export type RoleName = keyof typeof MANAGEMENT_ROLES
export const ROLE_NAMES = Object.keys(MANAGEMENT_ROLES) as RoleName[]

/** The row of a role. */
export function roleOf(name: RoleName): ManagementRole {
  return MANAGEMENT_ROLES[name]
}

/** The role of this name, whatever the case of its letters. */
export function findRole(name: string): RoleName | undefined {
  return ROLE_NAMES.find((one) => one.toLowerCase() === name.toLowerCase())
}

/** What Configure-EnterprisePartnerApplication gives the account of each kind of partner (facts/administration.md B.1). */
export const ENTERPRISE_ROLES = {
  Lync: ['UserApplication', 'ArchiveApplication'],
  SharePoint: [
    'UserApplication',
    'LegalHoldApplication',
    'Mailbox Search',
    'TeamMailboxLifecycleApplication',
  ],
} as const satisfies Record<string, readonly RoleName[]>
export type EnterpriseApplication = keyof typeof ENTERPRISE_ROLES
