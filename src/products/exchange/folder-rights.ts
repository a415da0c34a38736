/** What a caller may do in a folder: the one place where that is decided. */
import type { Caller, Kit } from '../product.ts'
import { type GrantedRights, levelOf, unsetRights } from './access/folder-permission.ts'
import type { Folder } from './mailbox.ts'
import { decideAppOnly } from './rbac/app-only.ts'

/** The rights that folder permissions are made of ([MS-OXWSFOLD] PermissionType). */
export interface FolderRights {
  readonly isVisible: boolean
  readonly isOwner: boolean
  readonly readItems: 'None' | 'TimeOnly' | 'TimeAndSubjectAndLocation' | 'FullDetails'
  readonly createItems: boolean
  readonly createSubfolders: boolean
  /** `Owned` are the items that the caller wrote. */
  readonly editItems: 'None' | 'Owned' | 'All'
  readonly deleteItems: 'None' | 'Owned' | 'All'
  /** Whether items of the sensitivity Private are read like all others. */
  readonly viewPrivateItems: boolean
}

const EVERYTHING: FolderRights = {
  isVisible: true,
  isOwner: true,
  readItems: 'FullDetails',
  createItems: true,
  createSubfolders: true,
  editItems: 'All',
  deleteItems: 'All',
  viewPrivateItems: true,
}

/** The rights of a caller, and what they come from: for the record, never for the caller. */
export interface RightsDecision {
  readonly rights: FolderRights
  readonly rule: string
}

/**
 * The owner of a mailbox may do everything in it, and so may who has full access. Everyone else may do what his own entry in
 * the folder gives; without one, what the entry `Default` gives. An entry of his own counts also where it gives less. An
 * application by itself has what its roles give.
 */
export async function decideRights(folder: Folder, caller: Caller, kit: Kit): Promise<RightsDecision> {
  const { user } = caller
  if (user === undefined) return decideAppOnly(folder, caller, kit)
  if (user.sid === folder.owner) {
    return { rights: asOwner(folder, user.archivingEnabled), rule: 'owner of the mailbox' }
  }
  const { fullAccess, entry, everyone, viewPrivateItems } = await kit.access.standing(folder, user.sid)
  if (fullAccess) {
    const [owner] = await kit.directory.find('sid', folder.owner)
    return { rights: asOwner(folder, owner?.archivingEnabled === true), rule: 'FullAccess to the mailbox' }
  }
  const given = entry ?? everyone ?? unsetRights(folder, 'Default')
  const whose =
    entry !== undefined ? 'own entry' : everyone !== undefined ? 'entry Default' : 'Default, not set'
  const where = folder.distinguished ?? folder.id
  return {
    rights: granted(given, viewPrivateItems),
    rule: `folder ${where} of ${folder.owner}: ${whose} ${levelOf(given)}`,
  }
}

/** What the caller may do in the folder. */
export async function rightsIn(folder: Folder, caller: Caller, kit: Kit): Promise<FolderRights> {
  return (await decideRights(folder, caller, kit)).rights
}

// Purges is where Lync archives to: for users of Exchange archiving alone.
function asOwner({ distinguished }: Folder, archivingEnabled: boolean): FolderRights {
  const archives = distinguished !== 'recoverableitemspurges' || archivingEnabled
  return archives ? EVERYTHING : { ...EVERYTHING, createItems: false }
}

// Who owns a folder sees it and makes folders in it, but reads and writes items only if that was granted as well.
function granted({ isContact: _, ...rights }: GrantedRights, viewPrivateItems: boolean): FolderRights {
  const { isOwner, isVisible, createSubfolders } = rights
  return {
    ...rights,
    isVisible: isVisible || isOwner,
    createSubfolders: createSubfolders || isOwner,
    viewPrivateItems,
  }
}
