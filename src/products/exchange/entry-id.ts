/** The ids that clients see: opaque text that names an item or a folder of the caller's own mailbox, and a change key. */
import type { XmlElement } from '../xml.ts'
import { done, type EwsResult, problem } from './ews-result.ts'

/** What an id names. */
export type EntryKind = 'item' | 'folder' | 'attachment'

/** The attributes of `t:ItemId`, `t:FolderId` or `t:AttachmentId`. */
export function entryId(kind: EntryKind, id: string, changeKey?: string): Record<string, string> {
  return {
    Id: encode(`${kind}:${id}`),
    ...(changeKey !== undefined && { ChangeKey: encode(changeKey) }),
  }
}

/** What an id says: the store's own id, and the change key if one came with it. */
export interface EntryRef {
  readonly id: string
  readonly changeKey?: string
}

/** Reads the attributes of an id. An id says nothing of its owner: it is looked up in the caller's mailbox alone. */
export function readEntryId(kind: EntryKind, element: XmlElement): EwsResult<EntryRef> {
  const text = element.attributes.get('Id') ?? ''
  if (text === '') return problem('ErrorInvalidIdEmpty')
  const [, seen, id] = /^(item|folder|attachment):(.+)$/.exec(decode(text) ?? '') ?? []
  if (id === undefined) return problem('ErrorInvalidIdMalformed')
  if (seen !== kind) return problem(WRONG_KIND[kind])
  const key = element.attributes.get('ChangeKey')
  if (key === undefined) return done({ id })
  const changeKey = decode(key)
  return changeKey === undefined ? problem('ErrorInvalidChangeKey') : done({ id, changeKey })
}

const WRONG_KIND = {
  item: 'ErrorCannotUseFolderIdForItemId',
  folder: 'ErrorCannotUseItemIdForFolderId',
  attachment: 'ErrorInvalidAttachmentId',
} as const satisfies Record<EntryKind, string>

const LONGEST = 512

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

// Undefined for whatever `encode` does not write, and for characters that no id of ours holds.
function decode(text: string): string | undefined {
  if (text.length > LONGEST) return undefined
  const decoded = Buffer.from(text, 'base64').toString('utf8')
  return encode(decoded) === text && /^[\x21-\x7e]+$/.test(decoded) ? decoded : undefined
}
