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
  outbox: { parent: 'msgfolderroot', displayName: 'Outbox', folderClass: 'IPF.Note' },
  junkemail: { parent: 'msgfolderroot', displayName: 'Junk Email', folderClass: 'IPF.Note' },
  calendar: { parent: 'msgfolderroot', displayName: 'Calendar', folderClass: 'IPF.Appointment' },
  contacts: { parent: 'msgfolderroot', displayName: 'Contacts', folderClass: 'IPF.Contact' },
  tasks: { parent: 'msgfolderroot', displayName: 'Tasks', folderClass: 'IPF.Task' },
  journal: { parent: 'msgfolderroot', displayName: 'Journal', folderClass: 'IPF.Journal' },
  notes: { parent: 'msgfolderroot', displayName: 'Notes', folderClass: 'IPF.StickyNote' },
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
      displayName,
      folderClass,
      changeKey: newId(),
    })
  }
  // Two first calls may meet here: the folders of one of them are made, and both read those.
  if (missing.length > 0) await mailboxes.createMailbox(owner, missing)
}
