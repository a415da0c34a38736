/** The caller's own mailbox, the only one there is to a caller, and how a request names a folder in it. */
import type { Caller, Kit } from '../product.ts'
import { child, NS, type XmlElement } from '../xml.ts'
import { type EntryRef, readEntryId } from './entry-id.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { DISTINGUISHED_FOLDERS, type Folder, openMailbox } from './mailbox.ts'

/** A mailbox that is open. */
export interface OwnMailbox {
  readonly owner: string
  readonly archivingEnabled: boolean
  readonly folders: readonly Folder[]
}

/** Opens the mailbox of the user that the caller acts for. */
export async function openOwnMailbox({ user }: Caller, kit: Kit): Promise<EwsResult<OwnMailbox>> {
  if (user?.mailboxEnabled !== true) return problem('ErrorMissingEmailAddress')
  const folders = await openMailbox(kit.mailboxes, user.sid, kit.newId)
  return done({ owner: user.sid, archivingEnabled: user.archivingEnabled, folders })
}

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
  if (!Object.hasOwn(DISTINGUISHED_FOLDERS, name) && !FOLDERS_ELSEWHERE.has(name)) {
    return invalid(`there is no distinguished folder of this name: ${name.slice(0, 40)}`)
  }
  const mailbox = child(element, NS.types, 'Mailbox')
  if (mailbox === undefined) return done({ kind: 'distinguished', name })
  const address = child(mailbox, NS.types, 'EmailAddress')?.text.trim() ?? ''
  return done({ kind: 'distinguished', name, mailbox: { address } })
}

/** A folder of the caller's mailbox. */
export interface FoundFolder {
  readonly folder: Folder
  /** Whether items may be written there. */
  readonly writable: boolean
}

/** Finds the folder. Folders of others are not found, whether they exist or not. */
export function findFolder(
  ref: FolderRef,
  { user }: Caller,
  mailbox: EwsResult<OwnMailbox>,
): EwsResult<FoundFolder> {
  if (ref.kind === 'distinguished' && ref.mailbox !== undefined) {
    const { address } = ref.mailbox
    const own = [user?.smtp, user?.upn].some((name) => name?.toLowerCase() === address.toLowerCase())
    if (address === '') return problem('ErrorMissingInformationEmailAddress')
    if (!own) return problem('ErrorFolderNotFound')
    if (user?.mailboxEnabled !== true) return problem('ErrorNonExistentMailbox')
  }
  if (!mailbox.ok) return mailbox
  if (ref.kind === 'id' && !ref.entry.ok) return ref.entry
  const folder = mailbox.value.folders.find((one) =>
    ref.kind === 'distinguished'
      ? one.distinguished === ref.name
      : ref.entry.ok && one.id === ref.entry.value.id,
  )
  if (folder === undefined) return problem('ErrorFolderNotFound')
  // Purges is where Lync archives to: for users of Exchange archiving alone.
  const writable = folder.distinguished !== 'recoverableitemspurges' || mailbox.value.archivingEnabled
  return done({ folder, writable })
}

// Folders that a request may name and that no mailbox here has.
const FOLDERS_ELSEWHERE = new Set([
  'adminauditlogs',
  'archivedeleteditems',
  'archiveinbox',
  'archivemsgfolderroot',
  'archiverecoverableitemsdeletions',
  'archiverecoverableitemsdiscoveryholds',
  'archiverecoverableitemspurges',
  'archiverecoverableitemsroot',
  'archiverecoverableitemsversions',
  'archiveroot',
  'conflicts',
  'directory',
  'favorites',
  'imcontactlist',
  'localfailures',
  'mecontact',
  'mycontacts',
  'peopleconnect',
  'personmetadata',
  'publicfoldersroot',
  'quickcontacts',
  'recipientcache',
  'recoverableitemsdiscoveryholds',
  'recoverableitemsversions',
  'searchfolders',
  'serverfailures',
  'syncissues',
  'todosearch',
  'voicemail',
])
