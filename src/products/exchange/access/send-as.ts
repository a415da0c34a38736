/** In whose name a caller may send: the one place where that is decided. */
import type { User } from '../../../trust/directory.ts'
import type { Caller, Kit } from '../../product.ts'
import { denial, done, type EwsResult } from '../ews-result.ts'

// Nobody else can make one: whatever is sent takes a decision of `sendingAs` with it.
const DECIDED = Symbol('decided')

/** That somebody may send, and in whose name: `from` and `sender` are the same unless a delegate sends on behalf. */
export interface SendingAs {
  /** In whose name it goes out. */
  readonly from: User
  /** Who sends it, and hears of it when it cannot be delivered. */
  readonly sender: User
  readonly [DECIDED]: true
}

/** Decides whether the caller may send in the name of `from`; `ErrorSendAsDenied` if not. */
export async function sendingAs(caller: Caller, from: User, kit: Kit): Promise<EwsResult<SendingAs>> {
  const { user: sender } = caller
  const decision = await maySendAs(caller, from, kit)
  return decision === 'denied' || sender === undefined
    ? denial(
        'ErrorSendAsDenied',
        `${sender?.sid ?? 'the application by itself'} is no delegate of ${from.sid}`,
      )
    : done({ from, sender, [DECIDED]: true })
}

/**
 * `own`: the mailbox is the caller's. `on behalf`: he is a delegate of its owner, so that a message is from the owner with
 * the caller as its sender. `denied`: neither; full access to a mailbox lets nobody send from it. Who is impersonated sends
 * as himself.
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
