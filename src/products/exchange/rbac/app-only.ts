/** What an application may do by itself in EWS: what the roles of its linked account let it (facts/administration.md B.7). */
import type { User } from '../../../trust/directory.ts'
import type { Caller, Kit, ProductRequest } from '../../product.ts'
import { unsetRights } from '../access/folder-permission.ts'
import { done, type EwsResult, problem } from '../ews-result.ts'
import type { FolderRights, RightsDecision } from '../folder-rights.ts'
import type { Folder } from '../mailbox.ts'
import { accountOf, inWords } from './caller-account.ts'
import { type AuthorizationState, decideRole } from './evaluate.ts'
import { FOLDER_ACCESS, type FolderAccess, ROLE_NAMES, type RoleName, roleOf } from './roles.ts'
import type { Decision } from './rules.ts'

const NONE: FolderRights = {
  isVisible: false,
  isOwner: false,
  readItems: 'None',
  createItems: false,
  createSubfolders: false,
  editItems: 'None',
  deleteItems: 'None',
  viewPrivateItems: false,
}
// Who holds, searches or archives mail works on all of it, so private items are not kept back.
const READ: FolderRights = { ...NONE, isVisible: true, readItems: 'FullDetails', viewPrivateItems: true }
// What everyone is shown of a calendar is looked up where the folder is known; until then it is nothing.
const RIGHTS: Readonly<Record<FolderAccess, FolderRights>> = {
  shown: NONE,
  times: { ...NONE, readItems: 'TimeOnly' },
  read: READ,
  archive: { ...READ, createItems: true },
}

// What these may do is decided folder by folder. An application without a linked account hears there what every account
// without a mailbox hears.
const IN_FOLDERS: ReadonlySet<string> = new Set([
  'GetFolder',
  'FindFolder',
  'CreateFolder',
  'UpdateFolder',
  'DeleteFolder',
  'MoveFolder',
  'CopyFolder',
  'EmptyFolder',
  'GetItem',
  'FindItem',
  'CreateItem',
  'UpdateItem',
  'DeleteItem',
  'MoveItem',
  'CopyItem',
  'SendItem',
  'GetAttachment',
  'CreateAttachment',
  'DeleteAttachment',
  'SyncFolderHierarchy',
  'SyncFolderItems',
])

/**
 * Whether the caller may call an operation at all, by the name of its request's element. Who acts for a user, or impersonates
 * one, may call what the user may: everything. A denial goes into the record with its rule.
 */
export async function mayCall(
  element: string,
  caller: Caller,
  kit: Kit,
  { through, requestId }: Pick<ProductRequest, 'through' | 'requestId'>,
): Promise<EwsResult<undefined>> {
  if (caller.user !== undefined) return done(undefined)
  // The schema names one element otherwise than its operation: GetUserAvailabilityRequest.
  const operation = element.replace(/Request$/, '')
  const found = await accountOf(caller, kit)
  const linked = caller.partner.linkedAccount !== undefined
  if (!linked && IN_FOLDERS.has(operation)) return done(undefined)
  const account = found.ok ? found.account : undefined
  const decision = found.ok
    ? decideOperation(kit.authorization.current(), found.account.sid, operation)
    : found.decision
  if (decision.allowed) return done(undefined)
  kit.record({
    kind: 'forbidden',
    requestId,
    through,
    partner: caller.partner.issuer,
    rule: `${operation}: ${inWords(decision, account)}`,
  })
  return problem('ErrorAccessDenied')
}

/** Whether some role of the account covers the operation. */
export function decideOperation(state: AuthorizationState, account: string, operation: string): Decision {
  let nearest: Decision = { allowed: false, rule: 'operation_outside_roles' }
  for (const role of ROLE_NAMES) {
    if (!roleOf(role).operations.includes(operation)) continue
    const decision = decideRole(state, account, role, undefined)
    if (decision.allowed) return decision
    if (decision.rule !== 'role_not_assigned') nearest = decision
  }
  return nearest
}

/**
 * What an application by itself may do in a folder: all that the roles of its linked account give there, over the owner of the
 * mailbox. Without such a role it does not see the folder.
 */
export async function decideAppOnly(folder: Folder, caller: Caller, kit: Kit): Promise<RightsDecision> {
  // A user's roles open no mailboxes to a token of the user.
  if (caller.user !== undefined) return { rights: NONE, rule: OUTSIDE.rule }
  const found = await accountOf(caller, kit)
  const account = found.ok ? found.account : undefined
  const [owner] = found.ok ? await kit.directory.find('sid', folder.owner) : []
  const { rights, decision } = found.ok
    ? await decideWithin(folder, found.account.sid, owner, kit)
    : { rights: NONE, decision: found.decision }
  const where = folder.distinguished ?? folder.id
  return { rights, rule: `folder ${where} of ${folder.owner}: ${inWords(decision, account)}` }
}

// A mailbox whose account is gone is nobody's.
async function decideWithin(folder: Folder, account: string, owner: User | undefined, kit: Kit) {
  if (owner === undefined) return { rights: NONE, decision: OUTSIDE }
  const above = await distinguishedAbove(folder, kit)
  const decided = decideFolder(kit.authorization.current(), account, above, owner)
  if (decided.access !== 'shown') return decided
  return { ...decided, rights: { ...NONE, readItems: await shownToEveryone(folder, account, kit) } }
}

// Whole items are shown to users alone, never to a relay.
async function shownToEveryone(
  folder: Folder,
  account: string,
  kit: Kit,
): Promise<FolderRights['readItems']> {
  const { everyone = unsetRights(folder, 'Default') } = await kit.access.standing(folder, account)
  return everyone.readItems === 'FullDetails' ? 'TimeAndSubjectAndLocation' : everyone.readItems
}

const OUTSIDE: Decision = { allowed: false, rule: 'folder_outside_roles' }

/** The rights in a folder that lies in these distinguished folders, and the rule that decided. */
export function decideFolder(
  state: AuthorizationState,
  account: string,
  above: readonly string[],
  owner: User,
): { readonly rights: FolderRights; readonly decision: Decision; readonly access?: FolderAccess } {
  let decision = OUTSIDE
  let best = -1
  for (const role of ROLE_NAMES) {
    const reaching = roleOf(role).folders.filter(({ under }) => above.includes(under))
    if (reaching.length === 0) continue
    const here = decideRole(state, account, role, owner)
    if (!here.allowed) {
      if (best === -1 && here.rule !== 'role_not_assigned') decision = here
      continue
    }
    if (best === -1) decision = here
    best = Math.max(best, ...reaching.map(({ access }) => FOLDER_ACCESS.indexOf(access)))
  }
  const access = FOLDER_ACCESS[best]
  const rights = access === undefined ? NONE : RIGHTS[access]
  // Purges is where is archived to, for users of Exchange archiving alone.
  return {
    rights: owner.archivingEnabled ? rights : { ...rights, createItems: false },
    decision,
    ...(access !== undefined && { access }),
  }
}

/** The roles that an account holds, used by some assignment in force. */
export function rolesHeld(state: AuthorizationState, account: string): RoleName[] {
  return ROLE_NAMES.filter((role) => decideRole(state, account, role, undefined).allowed)
}

const DEEPEST = 1_000

// The distinguished folders that a folder is or lies in. A mailbox has no circles; the bound is for a damaged one.
async function distinguishedAbove(folder: Folder, kit: Kit): Promise<string[]> {
  const names: string[] = []
  let current: Folder | undefined = folder
  for (let depth = 0; current !== undefined && depth < DEEPEST; depth++) {
    if (current.distinguished !== undefined) names.push(current.distinguished)
    current = current.parentId === undefined ? undefined : await kit.mailboxes.folder(current.parentId)
  }
  return names
}
