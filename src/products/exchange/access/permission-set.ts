/** `t:PermissionSet`: all permissions of a folder, as requests give them and answers show them ([MS-OXWSFOLD] 2.2.4.12). */
import type { Kit } from '../../product.ts'
import { child, el, type Markup, NS, type XmlElement } from '../../xml.ts'
import { readEach } from '../ews-operation.ts'
import { done, type EwsResult, invalid, problem } from '../ews-result.ts'
import { all, anyOf, each, oneOf, sequence } from '../ews-schema.ts'
import type { Folder } from '../mailbox.ts'
import {
  allPermissions,
  FOLDER_LEVELS,
  type FolderPermission,
  type GrantedRights,
  isCalendar,
  isDistinguishedGrantee,
  LEVELS,
  levelOf,
  type PermissionLevel,
} from './folder-permission.ts'
import { findUser, readUserId, type UserId, writeDistinguishedUser, writeUserId } from './user-id.ts'

/** A set as a request gives it: for a calendar or for any other folder, its users not looked up yet. */
export interface GivenPermissionSet {
  readonly kind: 'calendar' | 'folder'
  readonly permissions: readonly { readonly user: UserId; readonly rights: GrantedRights }[]
}

const KINDS = {
  folder: {
    list: 'Permissions',
    entry: 'Permission',
    level: 'PermissionLevel',
    levels: Object.keys(FOLDER_LEVELS),
    reads: ['None', 'FullDetails'],
  },
  calendar: {
    list: 'CalendarPermissions',
    entry: 'CalendarPermission',
    level: 'CalendarPermissionLevel',
    levels: Object.keys(LEVELS),
    reads: ['None', 'TimeOnly', 'TimeAndSubjectAndLocation', 'FullDetails'],
  },
} as const

// Element → right, in the order of the schema.
const FLAGS = {
  CanCreateItems: 'createItems',
  CanCreateSubFolders: 'createSubfolders',
  IsFolderOwner: 'isOwner',
  IsFolderVisible: 'isVisible',
  IsFolderContact: 'isContact',
} as const
const ACTIONS = { EditItems: 'editItems', DeleteItems: 'deleteItems' } as const

/** Reads `t:PermissionSet`. */
export function readPermissionSet(element: XmlElement): EwsResult<GivenPermissionSet> {
  const kind = child(element, NS.types, KINDS.calendar.list) === undefined ? 'folder' : 'calendar'
  const { list, entry } = KINDS[kind]
  const wrong = sequence([list, 'UnknownEntries'], { required: [list] })(element)
  if (wrong !== undefined) return invalid(wrong)
  const unknown = child(element, NS.types, 'UnknownEntries')
  if (unknown !== undefined && unknown.children.length > 0) {
    return problem('ErrorCannotSetPermissionUnknownEntries')
  }
  const entries = child(element, NS.types, list)
  const wrongEntry = entries && anyOf([entry])(entries)
  if (wrongEntry !== undefined) return invalid(wrongEntry)
  const permissions = readEach(entries?.children ?? [], (one) => readPermission(one, kind))
  return permissions.ok ? done({ kind, permissions: permissions.value }) : permissions
}

function readPermission(
  element: XmlElement,
  kind: GivenPermissionSet['kind'],
): EwsResult<GivenPermissionSet['permissions'][number]> {
  const { level: levelName, levels, reads } = KINDS[kind]
  const names = ['UserId', ...Object.keys(FLAGS), ...Object.keys(ACTIONS), 'ReadItems', levelName]
  const wrong = all(
    sequence(names, { required: ['UserId', levelName] }),
    ...Object.keys(FLAGS).map((name) => each(name, oneOf(['true', 'false', '1', '0']))),
    ...Object.keys(ACTIONS).map((name) => each(name, oneOf(['None', 'Owned', 'All']))),
    each('ReadItems', oneOf(reads)),
    each(levelName, oneOf([...levels, 'Custom'])),
  )(element)
  if (wrong !== undefined) return invalid(wrong)
  const user = readUserId(child(element, NS.types, 'UserId') ?? element)
  if (!user.ok) return user
  const level = child(element, NS.types, levelName)?.text as PermissionLevel | 'Custom'
  const given = readRights(element)
  const rights: GrantedRights = { ...(level === 'Custom' ? LEVELS.None : LEVELS[level]), ...given }
  // A level and rights that are not those of the level contradict each other; repeating them is what a client does that
  // sends back what it read.
  if (level !== 'Custom' && levelOf(rights) !== level) return problem('ErrorInvalidPermissionSettings')
  return done({ user: user.value, rights })
}

function readRights(element: XmlElement): Partial<GrantedRights> {
  const said = (name: string) => child(element, NS.types, name)?.text
  const flags = Object.entries(FLAGS).flatMap(([name, right]) => {
    const value = said(name)
    return value === undefined ? [] : [[right, value === 'true' || value === '1'] as const]
  })
  const words = Object.entries({ ...ACTIONS, ReadItems: 'readItems' }).flatMap(([name, right]) => {
    const value = said(name)
    return value === undefined ? [] : [[right, value] as const]
  })
  // Each word was checked against those of its right.
  return Object.fromEntries([...flags, ...words]) as Partial<GrantedRights>
}

/** The permissions that a folder of this class gets from a given set; for `AccessStore.replaceFolderPermissions`. */
export async function resolvePermissionSet(
  { kind, permissions }: GivenPermissionSet,
  folder: Pick<Folder, 'folderClass'>,
  kit: Kit,
): Promise<EwsResult<FolderPermission[]>> {
  if (kind === 'calendar' && !isCalendar(folder)) {
    return problem('ErrorCannotSetCalendarPermissionOnNonCalendarFolder')
  }
  if (kind === 'folder' && isCalendar(folder)) {
    return problem('ErrorCannotSetNonCalendarPermissionOnCalendarFolder')
  }
  const found = new Map<string, GrantedRights>()
  for (const { user, rights } of permissions) {
    const grantee = await granteeOf(user, kit)
    if (!grantee.ok) return grantee
    if (found.has(grantee.value)) return problem('ErrorDuplicateUserIdsSpecified')
    found.set(grantee.value, rights)
  }
  // The set is all there is: whoever is left out may nothing, everyone included.
  if (!found.has('Default')) found.set('Default', LEVELS.None)
  return done([...found].map(([grantee, rights]) => ({ grantee, rights })))
}

async function granteeOf(id: UserId, kit: Kit): Promise<EwsResult<string>> {
  const { sid, address, distinguished } = id
  const isNamed = sid !== undefined || address !== undefined
  if (distinguished !== undefined) return isNamed ? problem('ErrorInvalidUserInfo') : done(distinguished)
  if (!isNamed) return problem('ErrorMissingUserIdInformation')
  const user = await findUser(id, kit)
  return user === undefined ? problem('ErrorInvalidUserInfo') : done(user.sid)
}

/** Writes `t:PermissionSet` of a folder: for those who own it (`FolderRights.isOwner`), and for nobody else. */
export async function writePermissionSet(folder: Folder, kit: Kit): Promise<Markup> {
  const kind = isCalendar(folder) ? 'calendar' : 'folder'
  const entries: Markup[] = []
  const unknown: Markup[] = []
  for (const { grantee, rights } of allPermissions(folder, await kit.access.folderPermissions(folder.id))) {
    if (isDistinguishedGrantee(grantee)) {
      entries.push(writePermission(writeDistinguishedUser(grantee), rights, kind))
      continue
    }
    const [user] = await kit.directory.find('sid', grantee)
    if (user === undefined) unknown.push(el('t:UnknownEntry', {}, grantee))
    else entries.push(writePermission(writeUserId(user), rights, kind))
  }
  return el(
    't:PermissionSet',
    {},
    el(`t:${KINDS[kind].list}`, {}, ...entries),
    unknown.length === 0 ? undefined : el('t:UnknownEntries', {}, ...unknown),
  )
}

function writePermission(userId: Markup, granted: GrantedRights, kind: GivenPermissionSet['kind']): Markup {
  const { entry, level, reads } = KINDS[kind]
  // A folder that is no calendar may have got rights on free/busy times from a calendar that it was made in.
  const isKnown = (reads as readonly string[]).includes(granted.readItems)
  const rights: GrantedRights = isKnown ? granted : { ...granted, readItems: 'None' }
  return el(
    `t:${entry}`,
    {},
    userId,
    ...Object.entries(FLAGS).map(([name, right]) => el(`t:${name}`, {}, String(rights[right]))),
    ...Object.entries(ACTIONS).map(([name, right]) => el(`t:${name}`, {}, rights[right])),
    el('t:ReadItems', {}, rights.readItems),
    el(`t:${level}`, {}, levelOf(rights)),
  )
}
