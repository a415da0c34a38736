/** Which folders and items a request names, and what the caller may do with them. */
import { isProxyAddress, type User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { asSeen, mayReadWhole } from './access/item-visibility.ts'
import { DISTINGUISHED_FOLDERS, type DistinguishedFolder, makeMailbox } from './distinguished-folders.ts'
import { type EntryRef, readEntryId } from './entry-id.ts'
import {
  denial,
  done,
  type EwsCode,
  type EwsProblem,
  type EwsResult,
  invalid,
  notPrimary,
  problem,
} from './ews-result.ts'
import { decideRights, type FolderRights, type RightsDecision } from './folder-rights.ts'
import type { Folder, Item } from './mailbox.ts'

/** How a request names a folder. */
export type FolderRef =
  | { readonly kind: 'id'; readonly entry: EwsResult<EntryRef> }
  | {
      readonly kind: 'distinguished'
      readonly name: string
      /** Whose folder, if the request says so. */
      readonly mailbox?: { readonly address: string }
    }

/** Reads `t:FolderId` or `t:DistinguishedFolderId`. */
export function readFolderRef(element: XmlElement): EwsResult<FolderRef> {
  if (!element.attributes.has('Id')) return invalid(`${element.name} must have the attribute Id`)
  if (element.name === 'FolderId') return done({ kind: 'id', entry: readEntryId('folder', element) })
  const name = element.attributes.get('Id') ?? ''
  if (!isDistinguished(name) && !FOLDERS_ELSEWHERE.has(name)) {
    return invalid(`there is no distinguished folder of this name: ${name.slice(0, 40)}`)
  }
  const mailbox = child(element, NS.types, 'Mailbox')
  if (mailbox === undefined) return done({ kind: 'distinguished', name })
  const address = child(mailbox, NS.types, 'EmailAddress')?.text.trim() ?? ''
  return done({ kind: 'distinguished', name, mailbox: { address } })
}

/** A folder that the caller may see. */
export interface FoundFolder extends RightsDecision {
  readonly folder: Folder
}

/** Finds the folder. What the caller may not see is not found, whether it exists or not. */
export async function findFolder(ref: FolderRef, caller: Caller, kit: Kit): Promise<EwsResult<FoundFolder>> {
  if (ref.kind === 'distinguished') return findDistinguished(ref, caller, kit)
  const mayShow = mayShowIds(caller)
  if (!mayShow.ok) return mayShow
  if (!ref.entry.ok) return ref.entry
  const folder = await kit.mailboxes.folder(ref.entry.value.id)
  return visible(folder, caller, kit)
}

async function findDistinguished(
  ref: FolderRef & { kind: 'distinguished' },
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<FoundFolder>> {
  const owner = ref.mailbox === undefined ? ownerOf(caller) : await ownerAt(ref.mailbox.address, caller, kit)
  if (!owner.ok) return owner
  if (!isDistinguished(ref.name)) {
    return problem(owner.value.sid === caller.user?.sid ? whyElsewhere(ref.name) : 'ErrorFolderNotFound')
  }
  const { sid } = owner.value
  const find = () => kit.mailboxes.distinguishedFolder(sid, ref.name as DistinguishedFolder)
  let folder = await find()
  if (folder === undefined) {
    await makeMailbox(kit.mailboxes, sid, kit.newId)
    folder = await find()
  }
  const found = await visible(folder, caller, kit)
  // Who may not see the folder is not told that there is such an address.
  const isMisnamed = found.ok && ref.mailbox !== undefined && isProxyAddress(owner.value, ref.mailbox.address)
  return isMisnamed ? notPrimary(owner.value) : found
}

/** An item that the caller may see, with its folder. */
export interface FoundItem extends FoundFolder {
  readonly item: Item
}

/**
 * Finds the item. What the caller may not read whole is not found, whether it exists or not: who sees the outline of an
 * appointment must neither copy it nor write it back.
 */
export async function findItem(
  ref: EwsResult<EntryRef>,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<FoundItem>> {
  const found = await findAnyItem(ref, caller, kit)
  if (!found.ok) return found
  const { item, rights, rule } = found.value
  return mayReadWhole(item, rights) ? found : notReadable(rights, rule)
}

/** The item as the caller may see it: of a calendar that he may see free/busy times of, the outlines of its items too. */
export async function findItemToShow(
  ref: EwsResult<EntryRef>,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<FoundItem & { readonly isWhole: boolean }>> {
  const found = await findAnyItem(ref, caller, kit)
  if (!found.ok) return found
  const { item, rights, rule } = found.value
  const seen = asSeen(item, rights)
  return seen === undefined
    ? notReadable(rights, rule)
    : done({ ...found.value, item: seen, isWhole: seen === item })
}

function notReadable({ readItems }: FolderRights, rule: string): EwsProblem {
  return denial('ErrorItemNotFound', readItems === 'FullDetails' ? `${rule}; the item is private` : rule)
}

async function findAnyItem(
  ref: EwsResult<EntryRef>,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<FoundItem>> {
  const mayShow = mayShowIds(caller)
  if (!mayShow.ok) return mayShow
  if (!ref.ok) return ref
  const item = await kit.mailboxes.item(ref.value.id)
  if (item === undefined) return problem('ErrorItemNotFound')
  const found = await visible(await kit.mailboxes.folder(item.folderId), caller, kit)
  return found.ok ? done({ ...found.value, item }) : { ...found, ...problem('ErrorItemNotFound') }
}

/** Whether the caller may change or delete an item that was found, with the right of this name. */
export function mayChange(
  { item, rights }: Pick<FoundItem, 'item' | 'rights'>,
  right: 'editItems' | 'deleteItems',
  { user }: Caller,
): boolean {
  return rights[right] === 'All' || (rights[right] === 'Owned' && item.author === user?.sid)
}

async function visible(
  folder: Folder | undefined,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<FoundFolder>> {
  if (folder === undefined) return problem('ErrorFolderNotFound')
  const { rights, rule } = await decideRights(folder, caller, kit)
  // Who may see when its owner is busy finds a calendar, though it stands in no list of folders for him.
  const isFound = rights.isVisible || rights.readItems !== 'None'
  return isFound ? done({ folder, rights, rule }) : denial('ErrorFolderNotFound', rule)
}

/** Whose mailbox a folder stands in; of no folder, the caller's own. */
export async function mailboxOwner(
  folder: Folder | undefined,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<User>> {
  if (folder === undefined || folder.owner === caller.user?.sid) return ownerOf(caller)
  const [owner] = await kit.directory.find('sid', folder.owner)
  return owner === undefined ? problem('ErrorNonExistentMailbox') : done(owner)
}

// Before an id is looked at: a caller without a mailbox has none to show, but for an application that has roles.
function mayShowIds(caller: Caller): EwsResult<unknown> {
  const hasRoles = caller.user === undefined && caller.partner.linkedAccount !== undefined
  return hasRoles ? done(undefined) : ownerOf(caller)
}

// The mailbox that is meant when the request names none.
function ownerOf({ user }: Caller): EwsResult<User> {
  return user?.mailboxEnabled === true ? done(user) : problem('ErrorMissingEmailAddress')
}

async function ownerAt(address: string, { user }: Caller, kit: Kit): Promise<EwsResult<User>> {
  if (address === '') return problem('ErrorMissingInformationEmailAddress')
  const [owner] = await kit.directory.findByAddress(address)
  const named = owner ?? (await kit.directory.find('upn', address))[0]
  if (named?.mailboxEnabled) return done(named)
  // People find each other by ResolveNames; an application by itself is not told who has a mailbox.
  return problem(user === undefined ? 'ErrorFolderNotFound' : 'ErrorNonExistentMailbox')
}

function isDistinguished(name: string): name is DistinguishedFolder {
  return Object.hasOwn(DISTINGUISHED_FOLDERS, name)
}

// Folders that a request may name and that no mailbox here has: of other places, of features that nobody switched on,
// and views over other folders.
const FOLDERS_ELSEWHERE = new Set([
  'adminauditlogs',
  'alltaggeditems',
  'archivedeleteditems',
  'archiveinbox',
  'archivemsgfolderroot',
  'archiverecoverableitemsdeletions',
  'archiverecoverableitemsdiscoveryholds',
  'archiverecoverableitemspurges',
  'archiverecoverableitemsroot',
  'archiverecoverableitemsversions',
  'archiveroot',
  'directory',
  'externalcontacts',
  'favorites',
  'mecontact',
  'mycontacts',
  'onedriverecylebin',
  'onedriveroot',
  'onedrivesystem',
  'onedrivevolume',
  'orionnotes',
  'peopleconnect',
  'personmetadata',
  'publicfoldersroot',
  'recoverableitemsdiscoveryholds',
  'scheduled',
  'tagitems',
  'teamchat',
  'teamspaceactivity',
  'teamspacemessaging',
  'teamspaceworkitems',
  'todosearch',
  'voicemail',
  'yammerfeeds',
  'yammerinbound',
  'yammeroutbound',
  'yammerroot',
])

// Why the folder is not there, as far as its mailbox's owner may know.
function whyElsewhere(name: string): EwsCode {
  if (name === 'publicfoldersroot') return 'ErrorNoPublicFolderServerAvailable'
  return name.startsWith('archive') ? 'ErrorArchiveMailboxNotEnabled' : 'ErrorFolderNotFound'
}
