/** What a caller may see of the times at which a user is busy: the one place where that is decided. */
import type { User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import type { FolderRights } from './folder-rights.ts'

/**
 * Everyone in the organization sees when, as the permission Default of a new calendar in Exchange says; what, is the owner's
 * alone. An application by itself is nobody in the organization.
 */
export async function freeBusyRights(
  owner: User,
  { user }: Caller,
  _kit: Kit,
): Promise<FolderRights['readItems']> {
  if (user === undefined) return 'None'
  return user.sid === owner.sid ? 'FullDetails' : 'TimeOnly'
}
