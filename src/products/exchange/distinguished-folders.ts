/** The folders that every mailbox has, and how a mailbox comes to have them. */
import type { MailboxStore, NewFolder } from './mailbox.ts'

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
  recoverableitemsversions: {
    parent: 'recoverableitemsroot',
    displayName: 'Versions',
    folderClass: 'IPF.Note',
  },
  outbox: { parent: 'msgfolderroot', displayName: 'Outbox', folderClass: 'IPF.Note' },
  junkemail: { parent: 'msgfolderroot', displayName: 'Junk Email', folderClass: 'IPF.Note' },
  calendar: { parent: 'msgfolderroot', displayName: 'Calendar', folderClass: 'IPF.Appointment' },
  contacts: { parent: 'msgfolderroot', displayName: 'Contacts', folderClass: 'IPF.Contact' },
  tasks: { parent: 'msgfolderroot', displayName: 'Tasks', folderClass: 'IPF.Task' },
  journal: { parent: 'msgfolderroot', displayName: 'Journal', folderClass: 'IPF.Journal' },
  notes: { parent: 'msgfolderroot', displayName: 'Notes', folderClass: 'IPF.StickyNote' },
  recipientcache: {
    parent: 'contacts',
    displayName: 'Recipient Cache',
    folderClass: 'IPF.Contact.RecipientCache',
  },
  // The two that Lync keeps its contacts in (the unified contact store).
  quickcontacts: {
    parent: 'contacts',
    displayName: 'Lync Contacts',
    folderClass: 'IPF.Contact.MOC.QuickContacts',
  },
  imcontactlist: {
    parent: 'contacts',
    displayName: '{A9E2BC46-B3A0-4243-B315-60D991004455}',
    folderClass: 'IPF.Contact.MOC.ImContactList',
  },
  syncissues: { parent: 'msgfolderroot', displayName: 'Sync Issues', folderClass: 'IPF.Note' },
  conflicts: { parent: 'syncissues', displayName: 'Conflicts', folderClass: 'IPF.Note' },
  localfailures: { parent: 'syncissues', displayName: 'Local Failures', folderClass: 'IPF.Note' },
  serverfailures: { parent: 'syncissues', displayName: 'Server Failures', folderClass: 'IPF.Note' },
  searchfolders: { parent: 'root', displayName: 'Finder', folderClass: 'IPF' },
} as const satisfies Record<string, { parent: string | undefined; displayName: string; folderClass: string }>

export type DistinguishedFolder = keyof typeof DISTINGUISHED_FOLDERS

/** Makes those of the folders above that the mailbox does not have: all, when it is used for the first time. */
export async function makeMailbox(
  mailboxes: MailboxStore,
  owner: string,
  newId: () => string,
): Promise<void> {
  const present = await mailboxes.folders(owner)
  const ids = new Map(present.map(({ distinguished, id }) => [distinguished as string | undefined, id]))
  const missing: NewFolder[] = []
  // What a user of an older mailbox has given one of these names keeps it.
  const nameFor = (displayName: string, parentId: string | undefined): string => {
    const isTaken = present.some(
      (one) => one.parentId === parentId && one.displayName.toLowerCase() === displayName.toLowerCase(),
    )
    return isTaken ? nameFor(`${displayName}1`, parentId) : displayName
  }
  // Parents stand before their children in the table.
  for (const [name, { parent, displayName, folderClass }] of Object.entries(DISTINGUISHED_FOLDERS)) {
    if (ids.has(name)) continue
    const id = newId()
    ids.set(name, id)
    const parentId = parent === undefined ? undefined : ids.get(parent)
    missing.push({
      id,
      owner,
      ...(parentId !== undefined && { parentId }),
      distinguished: name as DistinguishedFolder,
      displayName: nameFor(displayName, parentId),
      folderClass,
      changeKey: newId(),
    })
  }
  // Two first calls may meet here: the folders of one of them are made, and both read those.
  if (missing.length > 0) await mailboxes.createMailbox(owner, missing)
}
