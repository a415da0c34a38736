/** AddDelegate, GetDelegate, UpdateDelegate, RemoveDelegate: who acts for the owner of a mailbox ([MS-OXWSDLGM]). */
import type { User } from '../../../trust/directory.ts'
import type { Caller, Kit } from '../../product.ts'
import { el, type Markup } from '../../xml.ts'
import { makeMailbox } from '../distinguished-folders.ts'
import type { WholeEwsHandler } from '../ews-operation.ts'
import { denial, done, type EwsResult, problem } from '../ews-result.ts'
import type { Folder } from '../mailbox.ts'
import type { Delegate, FolderGrant } from './access-store.ts'
import {
  DELEGATE_FOLDERS,
  DELEGATE_LEVELS,
  type DelegateFolder,
  type DelegateLevel,
  type DelegateRequest,
  type GivenDelegate,
  readDelegateRequest,
  writeDelegateResponse,
} from './delegate-xml.ts'
import { LEVELS, levelOf } from './folder-permission.ts'
import { findUser, type UserId, writeUserId } from './user-id.ts'

type Message = EwsResult<Markup | undefined>

/** A mailbox whose delegates the caller may look after. */
interface Principal {
  readonly owner: User
  readonly folders: ReadonlyMap<DelegateFolder, Folder>
}

type Act = (request: DelegateRequest, principal: Principal, kit: Kit) => Promise<readonly Message[]>

/** Adds delegates. One who is there already, or cannot be one, has his own answer and gets no rights. */
export const addDelegate = operation(async ({ delegates, deliver }, principal, kit) => {
  const messages = await inOrder(delegates, (delegate) => add(delegate, principal, kit))
  if (deliver !== undefined) await kit.access.setDeliverMeetingRequests(principal.owner.sid, deliver)
  return messages
})

/** Changes delegates, and what becomes of meeting requests. What a request leaves out stays as it is. */
export const updateDelegate = operation(async ({ delegates, deliver }, principal, kit) => {
  const messages = await inOrder(delegates, (delegate) => update(delegate, principal, kit))
  if (deliver !== undefined) await kit.access.setDeliverMeetingRequests(principal.owner.sid, deliver)
  return messages
})

/** Removes delegates with the entries that they have in the six folders. */
export const removeDelegate = operation(async ({ users = [] }, principal, kit) =>
  inOrder(users, (user) => remove(user, principal, kit)),
)

/** Shows some delegates or all, and what becomes of meeting requests. */
export const getDelegate = operation(get)

function operation(act: Act): WholeEwsHandler {
  return async (element, caller, kit) => {
    const request = readDelegateRequest(element)
    if (!request.ok) return request
    const principal = await findPrincipal(request.value.mailbox, caller, kit)
    if (!principal.ok) {
      const reply = writeDelegateResponse(element.name, principal)
      return done({ reply, problems: [principal] })
    }
    const messages = await act(request.value, principal.value, kit)
    const { deliver } = await kit.access.delegates(principal.value.owner.sid)
    const shown = element.name === 'GetDelegate' ? deliver : undefined
    const reply = writeDelegateResponse(element.name, done(messages), shown)
    return done({ reply, problems: messages.filter((message) => !message.ok) })
  }
}

async function inOrder<T>(all: readonly T[], act: (one: T) => Promise<Message>): Promise<Message[]> {
  const messages: Message[] = []
  for (const one of all) messages.push(await act(one))
  return messages
}

// Who may do everything in a mailbox may say who acts for its owner; a delegate may not.
async function findPrincipal(address: string, caller: Caller, kit: Kit): Promise<EwsResult<Principal>> {
  const owner = await findUser({ address }, kit)
  if (owner === undefined || !owner.mailboxEnabled) {
    // Strangers are not told who has a mailbox.
    const isOwn = owner !== undefined && owner.sid === caller.user?.sid
    if (isOwn) return problem('ErrorNonExistentMailbox')
    return denial('ErrorAccessDenied', 'delegates of a mailbox that is not there')
  }
  let present = await kit.mailboxes.folders(owner.sid)
  if (!present.some(({ distinguished }) => distinguished === 'calendar')) {
    await makeMailbox(kit.mailboxes, owner.sid, kit.newId)
    present = await kit.mailboxes.folders(owner.sid)
  }
  const [any] = present
  if (any === undefined || !(await mayDoEverything(any, caller, kit)))
    return denial(
      'ErrorAccessDenied',
      `delegates of ${owner.sid}: neither owner of the mailbox nor FullAccess`,
    )
  const folders = new Map<DelegateFolder, Folder>()
  for (const folder of present) {
    const name = Object.values(DELEGATE_FOLDERS).find((one) => one === folder.distinguished)
    if (name !== undefined) folders.set(name, folder)
  }
  return done({ owner, folders })
}

// Owning folders is not enough, were it all of them: who adds a delegate speaks for the owner.
async function mayDoEverything(folder: Folder, { user }: Caller, { access }: Kit): Promise<boolean> {
  if (user === undefined) return false
  return user.sid === folder.owner || (await access.standing(folder, user.sid)).fullAccess
}

async function findDelegate(id: UserId, { owner }: Principal, kit: Kit): Promise<EwsResult<User>> {
  if (id.distinguished !== undefined) return problem('ErrorDistinguishedUserNotSupported')
  if (id.sid === undefined && id.address === undefined) return problem('ErrorInvalidDelegateUserId')
  const user = await findUser(id, kit)
  if (user === undefined) return problem('ErrorDelegateNoUser')
  return user.sid === owner.sid ? problem('ErrorDelegateCannotAddOwner') : done(user)
}

function grantsOf({ levels }: GivenDelegate, { folders }: Principal): EwsResult<FolderGrant[]> {
  const grants: FolderGrant[] = []
  for (const [name, folder] of folders) {
    const level = levels[name]
    if (level === 'Custom') return problem('ErrorInvalidDelegatePermission')
    // Without an entry everyone's counts again, which may be more than nothing.
    if (level === 'None') grants.push({ folderId: folder.id })
    else if (level !== undefined) grants.push({ folderId: folder.id, rights: LEVELS[level] })
  }
  return done(grants)
}

async function add(given: GivenDelegate, principal: Principal, kit: Kit): Promise<Message> {
  const user = await findDelegate(given.user, principal, kit)
  if (!user.ok) return user
  const grants = grantsOf(given, principal)
  if (!grants.ok) return grants
  const delegate = {
    sid: user.value.sid,
    receiveCopiesOfMeetingMessages: given.receiveCopiesOfMeetingMessages ?? false,
    viewPrivateItems: given.viewPrivateItems ?? false,
  }
  const added = await kit.access.addDelegate(principal.owner.sid, delegate, grants.value)
  if (added === 'exists') return problem('ErrorDelegateAlreadyExists')
  return done(await writeDelegate(user.value, delegate, principal, kit))
}

async function update(given: GivenDelegate, principal: Principal, kit: Kit): Promise<Message> {
  const user = await findDelegate(given.user, principal, kit)
  if (!user.ok) return user
  const grants = grantsOf(given, principal)
  if (!grants.ok) return grants
  const { user: _, levels: __, ...change } = given
  const { sid } = user.value
  const changed = await kit.access.changeDelegate(principal.owner.sid, { ...change, sid }, grants.value)
  const { delegates } = await kit.access.delegates(principal.owner.sid)
  const delegate = delegates.find((one) => one.sid === sid)
  if (changed === 'missing' || delegate === undefined) return problem('ErrorNotDelegate')
  return done(await writeDelegate(user.value, delegate, principal, kit))
}

async function remove(id: UserId, principal: Principal, kit: Kit): Promise<Message> {
  const user = await findDelegate(id, principal, kit)
  if (!user.ok) return user
  const grants = [...principal.folders.values()].map((folder) => ({ folderId: folder.id }))
  const removed = await kit.access.removeDelegate(principal.owner.sid, user.value.sid, grants)
  return removed === 'removed' ? done(undefined) : problem('ErrorNotDelegate')
}

async function get(
  { users, includePermissions }: DelegateRequest,
  principal: Principal,
  kit: Kit,
): Promise<Message[]> {
  const { delegates } = await kit.access.delegates(principal.owner.sid)
  const shown = includePermissions ? principal : undefined
  if (users !== undefined) {
    return inOrder(users, async (id) => {
      const user = await findDelegate(id, principal, kit)
      if (!user.ok) return user
      const delegate = delegates.find(({ sid }) => sid === user.value.sid)
      if (delegate === undefined) return problem('ErrorNotDelegate')
      return done(await writeDelegate(user.value, delegate, shown, kit))
    })
  }
  const messages: Message[] = []
  for (const delegate of delegates) {
    const [user] = await kit.directory.find('sid', delegate.sid)
    messages.push(
      user === undefined
        ? problem('ErrorDelegateNoUser')
        : done(await writeDelegate(user, delegate, shown, kit)),
    )
  }
  return messages
}

async function writeDelegate(
  user: User,
  { sid, receiveCopiesOfMeetingMessages, viewPrivateItems }: Delegate,
  principal: Principal | undefined,
  kit: Kit,
): Promise<Markup> {
  const levels: Markup[] = []
  for (const [element, name] of Object.entries(DELEGATE_FOLDERS)) {
    const folder = principal?.folders.get(name)
    if (folder !== undefined) levels.push(el(`t:${element}`, {}, await levelIn(folder, sid, kit)))
  }
  return el(
    'm:DelegateUser',
    {},
    writeUserId(user),
    levels.length === 0 ? undefined : el('t:DelegatePermissions', {}, ...levels),
    el('t:ReceiveCopiesOfMeetingMessages', {}, String(receiveCopiesOfMeetingMessages)),
    el('t:ViewPrivateItems', {}, String(viewPrivateItems)),
  )
}

async function levelIn({ id }: Folder, sid: string, kit: Kit): Promise<DelegateLevel> {
  const permissions = await kit.access.folderPermissions(id)
  const entry = permissions.find(({ grantee }) => grantee === sid)
  if (entry === undefined) return 'None'
  const level = levelOf(entry.rights)
  return DELEGATE_LEVELS.find((one) => one === level) ?? 'Custom'
}
