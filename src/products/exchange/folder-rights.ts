/** What a caller may do in a folder: the one place where that is decided. */
import type { Caller, Kit } from '../product.ts'
import type { Folder } from './mailbox.ts'
import { appOnlyRights } from './rbac/app-only.ts'

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
}

const NOTHING: FolderRights = {
  isVisible: false,
  isOwner: false,
  readItems: 'None',
  createItems: false,
  createSubfolders: false,
  editItems: 'None',
  deleteItems: 'None',
}

const EVERYTHING: FolderRights = {
  isVisible: true,
  isOwner: true,
  readItems: 'FullDetails',
  createItems: true,
  createSubfolders: true,
  editItems: 'All',
  deleteItems: 'All',
}

/** A mailbox is its user's; an application by itself has what its roles give. */
export async function rightsIn(folder: Folder, caller: Caller, kit: Kit): Promise<FolderRights> {
  const { user } = caller
  if (user === undefined) return appOnlyRights(folder, caller, kit)
  if (user.sid !== folder.owner) return NOTHING
  // Purges is where Lync archives to: for users of Exchange archiving alone.
  const archives = folder.distinguished !== 'recoverableitemspurges' || user.archivingEnabled
  return archives ? EVERYTHING : { ...EVERYTHING, createItems: false }
}
