/** Folder permissions as the folder permission cmdlets name them: roles, and single rights (Add-MailboxFolderPermission). */
import { type GrantedRights, LEVELS, levelOf, type PermissionLevel } from './folder-permission.ts'

/** Cmdlet name of a role → the level that EWS has for it. */
export const ROLES = {
  None: 'None',
  Contributor: 'Contributor',
  Reviewer: 'Reviewer',
  NonEditingAuthor: 'NoneditingAuthor',
  Author: 'Author',
  PublishingAuthor: 'PublishingAuthor',
  Editor: 'Editor',
  PublishingEditor: 'PublishingEditor',
  Owner: 'Owner',
  AvailabilityOnly: 'FreeBusyTimeOnly',
  LimitedDetails: 'FreeBusyTimeAndSubjectAndLocation',
} as const satisfies Record<string, PermissionLevel>

/** Single rights. An `All` holds the `Owned` of its kind. */
export const SINGLE_RIGHTS = {
  FolderVisible: { isVisible: true },
  FolderOwner: { isOwner: true },
  FolderContact: { isContact: true },
  ReadItems: { readItems: 'FullDetails' },
  CreateItems: { createItems: true },
  CreateSubfolders: { createSubfolders: true },
  EditOwnedItems: { editItems: 'Owned' },
  EditAllItems: { editItems: 'All' },
  DeleteOwnedItems: { deleteItems: 'Owned' },
  DeleteAllItems: { deleteItems: 'All' },
} as const satisfies Record<string, Partial<GrantedRights>>

type RoleName = keyof typeof ROLES
type SingleRight = keyof typeof SINGLE_RIGHTS

/** Everything that may stand in `accessRights`; the names that EWS has for three of the roles mean the same. */
export const ACCESS_RIGHTS: readonly string[] = [
  ...Object.keys(ROLES),
  ...Object.values(ROLES).filter((level) => !Object.hasOwn(ROLES, level)),
  ...Object.keys(SINGLE_RIGHTS),
]

/**
 * The rights that these names stand for, in any case of letters: one role, or single rights. `undefined` for a name that is
 * neither, and for a role beside anything else.
 */
export function rightsNamed(names: readonly string[]): GrantedRights | undefined {
  const known = names.map((name) => ACCESS_RIGHTS.find((one) => one.toLowerCase() === name.toLowerCase()))
  const [first] = known
  if (first === undefined || known.includes(undefined)) return undefined
  if (!isSingle(first)) {
    const level = Object.hasOwn(ROLES, first) ? ROLES[first as RoleName] : (first as PermissionLevel)
    return known.length === 1 ? LEVELS[level] : undefined
  }
  const singles = known.filter((name) => name !== undefined && isSingle(name))
  if (singles.length < known.length) return undefined
  // The table's order: an `All` after its `Owned`.
  const given = (Object.keys(SINGLE_RIGHTS) as SingleRight[]).filter((name) => singles.includes(name))
  return Object.assign({}, LEVELS.None, ...given.map((name) => SINGLE_RIGHTS[name])) as GrantedRights
}

function isSingle(name: string): name is SingleRight {
  return Object.hasOwn(SINGLE_RIGHTS, name)
}

/** The names of a combination: its role, or else its single rights. */
export function namesOf(rights: GrantedRights): string[] {
  const level = levelOf(rights)
  const role = Object.entries(ROLES).find(([, known]) => known === level)
  if (role !== undefined) return [role[0]]
  return Object.entries(SINGLE_RIGHTS)
    .filter(([, given]) =>
      Object.entries(given).every(([right, value]) => rights[right as keyof GrantedRights] === value),
    )
    .map(([name]) => name)
}
