/** One mailbox, and the storages to keep it in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Item, NewFolder } from '../../src/products/exchange/mailbox.ts'
import { openStorage } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'

export const OWNER = 'S-1-5-21-1-2-3-1104'

export const ROOT: NewFolder = {
  id: 'root-id',
  owner: OWNER,
  distinguished: 'root',
  displayName: 'Root',
  folderClass: 'IPF',
  changeKey: 'ck1',
}
export const INBOX: NewFolder = {
  ...ROOT,
  id: 'inbox-id',
  parentId: 'root-id',
  distinguished: 'inbox',
  displayName: 'Inbox',
}
export const DRAFTS: NewFolder = { ...INBOX, id: 'drafts-id', distinguished: 'drafts', displayName: 'Drafts' }
export const NOTES: NewFolder = {
  id: 'notes-id',
  owner: OWNER,
  parentId: 'inbox-id',
  displayName: 'Notes',
  folderClass: 'IPF.Note',
  changeKey: 'ck2',
}

export const ITEM: Item = {
  id: 'item-1',
  owner: OWNER,
  folderId: 'inbox-id',
  changeKey: 'ck1',
  kind: 'Message',
  author: OWNER,
  itemClass: 'IPM.Note.Microsoft.Conversation',
  subject: 'Conversation with Pilar',
  isRead: false,
  importance: 1,
  hasAttachments: false,
  size: 16,
  receivedAt: 1_700_000_000,
  sentAt: 1_700_000_000,
  createdAt: 1_700_000_000,
  modifiedAt: 1_700_000_000,
  fromName: 'Ken Myer',
  displayName: 'Pilar Ackerman',
  content: '{"body":"hello"}',
}

/** What a store must give back as it was. */
export const ODD_TEXTS = {
  quotes: `'"\`; drop table users; -- \\' %_?`,
  emoji: '👩‍👩‍👧‍👦 ǅ İ ß é e\u0301 \u202eback',
  'control characters': Array.from({ length: 31 }, (_, code) => String.fromCharCode(code + 1)).join(''),
  'a long string': 'ö'.repeat(100_000),
  'an empty string': '',
}

const places: string[] = []
/** Where a database can be made; it is gone after the tests. */
export const newFile = () => {
  const place = mkdtempSync(join(tmpdir(), 'entente-storage-'))
  places.push(place)
  return join(place, 'data', 'entente.sqlite')
}
afterAll(() => {
  for (const place of places) rmSync(place, { recursive: true })
})

/** Every kind of storage, opened anew. */
export const KINDS: readonly [string, () => Promise<Storage>][] = [
  ['memory', () => openStorage({ kind: 'memory' })],
  ['sqlite file', () => openStorage({ kind: 'sqlite', path: newFile() })],
]
