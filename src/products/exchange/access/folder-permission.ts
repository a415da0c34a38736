/** Permissions on folders: the rights they are made of, and the levels that stand for usual combinations of them. */
import type { FolderRights } from '../folder-rights.ts'
import type { Folder } from '../mailbox.ts'

/** What one entry gives ([MS-OXWSFOLD] 2.2.4.10 BasePermissionType, PermissionType, CalendarPermissionType). */
export interface GrantedRights extends Omit<FolderRights, 'viewPrivateItems'> {
  /** Whether the grantee is shown as who to ask about the folder. Gives no right. */
  readonly isContact: boolean
}

/** Entries for everyone who has none of his own: those this server knows, and those it does not (nobody gets so far). */
export const DISTINGUISHED_GRANTEES = ['Default', 'Anonymous'] as const
export type DistinguishedGrantee = (typeof DISTINGUISHED_GRANTEES)[number]

export interface FolderPermission {
  /** A user's SID, `Default` or `Anonymous`. */
  readonly grantee: string
  readonly rights: GrantedRights
}

const NONE: GrantedRights = {
  isVisible: false,
  isOwner: false,
  isContact: false,
  readItems: 'None',
  createItems: false,
  createSubfolders: false,
  editItems: 'None',
  deleteItems: 'None',
}

const REVIEWER: GrantedRights = { ...NONE, isVisible: true, readItems: 'FullDetails' }
const AUTHOR: GrantedRights = { ...REVIEWER, createItems: true, editItems: 'Owned', deleteItems: 'Owned' }
const EDITOR: GrantedRights = { ...AUTHOR, editItems: 'All', deleteItems: 'All' }

/** The levels that every folder knows, from none to all ([MS-OXWSFOLD] 2.2.5.3 PermissionLevelType). */
export const FOLDER_LEVELS = {
  None: NONE,
  Contributor: { ...NONE, isVisible: true, createItems: true },
  Reviewer: REVIEWER,
  NoneditingAuthor: { ...AUTHOR, editItems: 'None' },
  Author: AUTHOR,
  PublishingAuthor: { ...AUTHOR, createSubfolders: true },
  Editor: EDITOR,
  PublishingEditor: { ...EDITOR, createSubfolders: true },
  Owner: { ...EDITOR, createSubfolders: true, isOwner: true, isContact: true },
} as const satisfies Record<string, GrantedRights>

/** The levels that calendars know besides ([MS-OXWSFOLD] 2.2.5.2 CalendarPermissionLevelType). */
export const CALENDAR_LEVELS = {
  FreeBusyTimeOnly: { ...NONE, readItems: 'TimeOnly' },
  FreeBusyTimeAndSubjectAndLocation: { ...NONE, readItems: 'TimeAndSubjectAndLocation' },
} as const satisfies Record<string, GrantedRights>

/** All levels with their rights. */
export const LEVELS = { ...FOLDER_LEVELS, ...CALENDAR_LEVELS } as const
export type PermissionLevel = keyof typeof LEVELS

/** The name of a combination; `Custom` for one that has none. */
export function levelOf(rights: GrantedRights): PermissionLevel | 'Custom' {
  const members = Object.keys(NONE) as (keyof GrantedRights)[]
  const names = Object.keys(LEVELS) as PermissionLevel[]
  return names.find((name) => members.every((member) => LEVELS[name][member] === rights[member])) ?? 'Custom'
}

export function isCalendar({ folderClass }: Pick<Folder, 'folderClass'>): boolean {
  return /^IPF\.Appointment(\.|$)/i.test(folderClass)
}

/** What everyone may do in a folder of which nothing else was said: see when the owner is busy, and nothing else. */
export function unsetRights(
  { distinguished }: Pick<Folder, 'distinguished'>,
  grantee: DistinguishedGrantee,
): GrantedRights {
  return distinguished === 'calendar' && grantee === 'Default' ? LEVELS.FreeBusyTimeOnly : LEVELS.None
}

/** All entries of a folder: `Default` and `Anonymous` first, whether they were set or not, then users as they were added. */
export function allPermissions(
  folder: Pick<Folder, 'distinguished'>,
  stored: readonly FolderPermission[],
): FolderPermission[] {
  const everyone = DISTINGUISHED_GRANTEES.map(
    (grantee) =>
      stored.find((permission) => permission.grantee === grantee) ?? {
        grantee,
        rights: unsetRights(folder, grantee),
      },
  )
  return [...everyone, ...stored.filter(({ grantee }) => !isDistinguishedGrantee(grantee))]
}

export function isDistinguishedGrantee(grantee: string): grantee is DistinguishedGrantee {
  return (DISTINGUISHED_GRANTEES as readonly string[]).includes(grantee)
}
