/** A user's mailbox: the folders every mailbox has, and the store that keeps folders and items. */
import type { EpochSeconds } from '../../protocol/ids.ts'

/** The distinguished folders of a mailbox: EWS id → parent, display name, folder class. */
export const DISTINGUISHED_FOLDERS = {
  root: { parent: undefined, displayName: 'Root', folderClass: 'IPF' },
  msgfolderroot: { parent: 'root', displayName: 'Top of Information Store', folderClass: 'IPF' },
  inbox: { parent: 'msgfolderroot', displayName: 'Inbox', folderClass: 'IPF.Note' },
  drafts: { parent: 'msgfolderroot', displayName: 'Drafts', folderClass: 'IPF.Note' },
  sentitems: { parent: 'msgfolderroot', displayName: 'Sent Items', folderClass: 'IPF.Note' },
  deleteditems: { parent: 'msgfolderroot', displayName: 'Deleted Items', folderClass: 'IPF.Note' },
  conversationhistory: {
    parent: 'msgfolderroot',
    displayName: 'Conversation History',
    folderClass: 'IPF.Note',
  },
  recoverableitemsroot: { parent: 'root', displayName: 'Recoverable Items', folderClass: 'IPF.Note' },
  recoverableitemsdeletions: {
    parent: 'recoverableitemsroot',
    displayName: 'Deletions',
    folderClass: 'IPF.Note',
  },
  recoverableitemspurges: { parent: 'recoverableitemsroot', displayName: 'Purges', folderClass: 'IPF.Note' },
  outbox: { parent: 'msgfolderroot', displayName: 'Outbox', folderClass: 'IPF.Note' },
  junkemail: { parent: 'msgfolderroot', displayName: 'Junk Email', folderClass: 'IPF.Note' },
  calendar: { parent: 'msgfolderroot', displayName: 'Calendar', folderClass: 'IPF.Appointment' },
  contacts: { parent: 'msgfolderroot', displayName: 'Contacts', folderClass: 'IPF.Contact' },
  tasks: { parent: 'msgfolderroot', displayName: 'Tasks', folderClass: 'IPF.Task' },
  journal: { parent: 'msgfolderroot', displayName: 'Journal', folderClass: 'IPF.Journal' },
  notes: { parent: 'msgfolderroot', displayName: 'Notes', folderClass: 'IPF.StickyNote' },
} as const satisfies Record<string, { parent: string | undefined; displayName: string; folderClass: string }>

export type DistinguishedFolder = keyof typeof DISTINGUISHED_FOLDERS

export interface NewFolder {
  readonly id: string
  /** SID of the mailbox's user. */
  readonly owner: string
  readonly parentId?: string
  /** Unique within a mailbox. */
  readonly distinguished?: DistinguishedFolder
  readonly displayName: string
  readonly folderClass: string
  readonly changeKey: string
}

export interface Folder extends NewFolder {
  readonly totalCount: number
  readonly unreadCount: number
  readonly childFolderCount: number
}

export interface Item {
  readonly id: string
  readonly owner: string
  readonly folderId: string
  readonly changeKey: string
  readonly itemClass: string
  readonly subject: string
  readonly isRead: boolean
  readonly createdAt: EpochSeconds
  /** Everything the client wrote, as JSON of the product's own making. */
  readonly content: string
}

/** Where mailboxes are kept. Each call is one transaction: done and durable when its promise is kept, or not done at all. */
export interface MailboxStore {
  /** Makes all folders of a mailbox at once; `exists` (and nothing made) if its owner has folders already. */
  createMailbox(owner: string, folders: readonly NewFolder[]): Promise<'created' | 'exists'>
  /** In the order they were made, with their counts. */
  folders(owner: string): Promise<Folder[]>
  addItem(item: Item): Promise<'added' | 'folder missing'>
  item(owner: string, id: string): Promise<Item | undefined>
  moveItem(owner: string, id: string, folderId: string, changeKey: string): Promise<'moved' | 'missing'>
  removeItem(owner: string, id: string): Promise<'removed' | 'missing'>
}

/** The folders of a mailbox; they are made when it is opened for the first time. */
export async function openMailbox(
  mailboxes: MailboxStore,
  owner: string,
  newId: () => string,
): Promise<readonly Folder[]> {
  const folders = await mailboxes.folders(owner)
  if (folders.length > 0) return folders
  // Two first calls may meet here: the folders of one of them are made, and both read those.
  await mailboxes.createMailbox(owner, newFolders(owner, newId))
  return mailboxes.folders(owner)
}

// Parents stand before their children in the table.
function newFolders(owner: string, newId: () => string): NewFolder[] {
  const ids = new Map<string, string>()
  return Object.entries(DISTINGUISHED_FOLDERS).map(([name, { parent, displayName, folderClass }]) => {
    const id = newId()
    ids.set(name, id)
    const parentId = parent === undefined ? undefined : ids.get(parent)
    return {
      id,
      owner,
      ...(parentId !== undefined && { parentId }),
      distinguished: name as DistinguishedFolder,
      displayName,
      folderClass,
      changeKey: newId(),
    }
  })
}
