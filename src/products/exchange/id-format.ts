/**
 * The formats of an id (IdFormatType). Ids here are opaque, so each format is the same id in another dress: every one can be
 * turned into every other and back, none can be taken for another, and a wrong one is seen. The dresses resemble the
 * product's: entry ids are flags and a provider's id before the rest, a store id ends with the kind of the object, and an id
 * of Outlook on the web is one that can stand in a URL.
 */

import { readEntryId } from './entry-id.ts'
import { done, type EwsResult, problem } from './ews-result.ts'

/** As the schema spells them. */
export const ID_FORMATS = ['EwsLegacyId', 'EwsId', 'EntryId', 'HexEntryId', 'StoreId', 'OwaId'] as const
export type IdFormat = (typeof ID_FORMATS)[number]

/** Turns an id of one format into another. What is no id of the source format gets the code that says so. */
export function convertId(id: string, from: IdFormat, to: IdFormat): EwsResult<string> {
  if (id === '') return problem('ErrorInvalidIdEmpty')
  const ewsId = id.length > LONGEST ? undefined : FORMATS[from].read(id)
  const kind = ewsId === undefined ? undefined : kindOf(ewsId)
  if (ewsId === undefined || kind === undefined || FORMATS[from].write(ewsId, kind) !== id) {
    return problem(
      from === 'EwsLegacyId' ? 'ErrorInvalidIdMalformedEwsLegacyIdFormat' : 'ErrorInvalidIdMalformed',
    )
  }
  return done(FORMATS[to].write(ewsId, kind))
}

const LONGEST = 2048

type Kind = 'item' | 'folder'

// What an id of ours names, or undefined when it is none.
function kindOf(ewsId: string): Kind | undefined {
  const element = { ns: '', name: 'ItemId', attributes: new Map([['Id', ewsId]]), children: [], text: '' }
  const read = readEntryId('item', element)
  if (read.ok) return 'item'
  return read.code === 'ErrorCannotUseFolderIdForItemId' ? 'folder' : undefined
}

/** `read` may take more than `write` makes; what it took is written again and compared. */
interface Format {
  write(ewsId: string, kind: Kind): string
  read(id: string): string | undefined
}

// Four bytes of flags, and a provider's id that is nobody else's.
const ENTRY_ID = Buffer.concat([Buffer.alloc(4), Buffer.from('entente mailbox.')])
const LEGACY = Buffer.from([1])
const OWA = Buffer.from([0x46, 0, 0, 0])
const OBJECT_TYPES: Readonly<Record<Kind, number>> = { folder: 1, item: 9 }

const entryIdOf = (ewsId: string) => Buffer.concat([ENTRY_ID, Buffer.from(ewsId, 'base64')])
const without = (prefix: Buffer, bytes: Buffer): string | undefined =>
  bytes.subarray(0, prefix.length).equals(prefix)
    ? bytes.subarray(prefix.length).toString('base64')
    : undefined

const FORMATS = {
  EwsId: { write: (ewsId) => ewsId, read: (id) => id },
  EwsLegacyId: {
    write: (ewsId) => Buffer.concat([LEGACY, Buffer.from(ewsId, 'base64')]).toString('base64'),
    read: (id) => without(LEGACY, Buffer.from(id, 'base64')),
  },
  EntryId: {
    write: (ewsId) => entryIdOf(ewsId).toString('base64'),
    read: (id) => without(ENTRY_ID, Buffer.from(id, 'base64')),
  },
  HexEntryId: {
    write: (ewsId) => entryIdOf(ewsId).toString('hex').toUpperCase(),
    read: (id) => without(ENTRY_ID, Buffer.from(id, 'hex')),
  },
  StoreId: {
    write: (ewsId, kind) =>
      Buffer.concat([entryIdOf(ewsId), Buffer.from([OBJECT_TYPES[kind]])]).toString('base64'),
    read: (id) => without(ENTRY_ID, Buffer.from(id, 'base64').subarray(0, -1)),
  },
  OwaId: {
    write: (ewsId) =>
      encodeURIComponent(Buffer.concat([OWA, Buffer.from(ewsId, 'base64')]).toString('base64')),
    read: (id) => without(OWA, Buffer.from(id.replaceAll(/%(2B|2F|3D)/g, decodeURIComponent), 'base64')),
  },
} as const satisfies Record<IdFormat, Format>
