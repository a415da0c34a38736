/** In whose name a caller may send. */
import type { User } from '../../../trust/directory.ts'
import type { Caller, Kit } from '../../product.ts'

/**
 * `own`: the mailbox is the caller's. `on behalf`: he is a delegate of its owner, so that a message is from the owner with
 * the caller as its sender. `denied`: neither; full access to a mailbox lets nobody send from it.
 */
export async function maySendAs(
  { user }: Caller,
  mailbox: Pick<User, 'sid'>,
  { access }: Pick<Kit, 'access'>,
): Promise<'own' | 'on behalf' | 'denied'> {
  if (user === undefined) return 'denied'
  if (user.sid === mailbox.sid) return 'own'
  const { delegates } = await access.delegates(mailbox.sid)
  return delegates.some(({ sid }) => sid === user.sid) ? 'on behalf' : 'denied'
}
