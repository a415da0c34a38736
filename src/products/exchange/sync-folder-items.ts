/** SyncFolderItems: what a client's copy of a folder lacks, piece by piece. */
import type { Kit } from '../product.ts'
import { child, el, type Markup, NS, together, type XmlElement } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { entryId, readEntryId } from './entry-id.ts'
import type { EwsContext, EwsHandler } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, each, oneOf, sequence, text } from './ews-schema.ts'
import { ITEM_SHAPE, readShape, type Shape } from './ews-shape.ts'
import { listed } from './find-item.ts'
import { readTargetFolder } from './found-in.ts'
import { LONGEST_REPLY } from './get-item.ts'
import { writeItem } from './item.ts'
import { itemsInTurns } from './items-in-turns.ts'
import type { CopyPoint, Folder, FolderNews, Item, ItemNews } from './mailbox.ts'
import { type FoundFolder, findFolder } from './mailbox-access.ts'
import { numberIn, readState, writeState } from './sync-state.ts'

const NAMES = ['ItemShape', 'SyncFolderId', 'SyncState', 'Ignore', 'MaxChangesReturned', 'SyncScope']
const REQUEST = all(
  sequence(NAMES, { ns: NS.messages, required: ['ItemShape', 'SyncFolderId', 'MaxChangesReturned'] }),
  each('SyncState', text()),
  each(
    'MaxChangesReturned',
    text(/^\s*(51[0-2]|50[0-9]|[1-4][0-9]{2}|[1-9][0-9]?)\s*$/, 'a number from 1 to 512'),
  ),
  each('SyncScope', oneOf(['NormalItems', 'NormalAndAssociatedItems'])),
)
const KIND = 'items'
const MOST_IGNORED = 10_000

/** Answers with creations, changes and deletions, and the state that the client is in after them. */
export const syncFolderItems: EwsHandler = async (request, caller, kit, context) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const shape = readShape(request, 'ItemShape', ITEM_SHAPE)
  if (!shape.ok) return shape
  const target = readTargetFolder(request, 'SyncFolderId')
  if (!target.ok) return target
  const ignored = readIgnored(request)
  if (!ignored.ok) return ignored

  const found = await findFolder(target.value, caller, kit)
  if (!found.ok)
    return done([found.code === 'ErrorFolderNotFound' ? problem('ErrorSyncFolderNotFound') : found])
  const { folder, rights } = found.value
  if (rights.readItems !== 'FullDetails') return done([denial('ErrorAccessDenied', found.value.rule)])
  const since = readPoint(folder, textOf(request, 'SyncState'))
  if (!since.ok) return done([since])
  const most = Number(textOf(request, 'MaxChangesReturned'))
  const news = await newsThatFit(folder, since.value, most, kit)
  if (news === undefined) {
    const why = 'The log of changes does not reach back to this sync state.'
    return done([problem('ErrorInvalidSyncStateData', why)])
  }
  return done([await answer(found.value, news, ignored.value, listed(shape.value), kit, context)])
}

// However many may come, no more than what one reply is for: the rest comes with the next one.
async function newsThatFit(
  folder: Folder,
  since: CopyPoint | undefined,
  most: number,
  kit: Kit,
): Promise<FolderNews | undefined> {
  const found = await kit.mailboxes.newsOf(folder.id, since, most)
  let bytes = 0
  const beyond = (found?.news ?? []).findIndex((news) => {
    bytes += news.kind === 'deleted' ? 0 : news.bytes
    return bytes > LONGEST_REPLY
  })
  // Fewer changes may come to other news, so they are asked for anew.
  return beyond === -1 || most === 1
    ? found
    : newsThatFit(folder, since, Math.max(1, Math.min(beyond, most - 1)), kit)
}

async function answer(
  { folder, rights }: FoundFolder,
  { news, next, isLast }: FolderNews,
  ignored: ReadonlySet<string>,
  shape: Shape,
  kit: Kit,
  { isAbandoned }: EwsContext,
): Promise<EwsResult<Markup>> {
  const wanted = news.filter(({ id }) => !ignored.has(id))
  const places = wanted.flatMap((one) => (one.kind === 'deleted' ? [] : [one.place]))
  const written = new Map<string, Markup>()
  const kinds = new Map(wanted.map(({ id, kind }) => [id, kind]))
  for await (const [, item] of itemsInTurns(kit.mailboxes, places)) {
    if (isAbandoned()) break
    // What was moved away in between keeps its place and has another id; what may not be seen at all was never there.
    const seen = asSeen(item, rights)
    const kind = kinds.get(item.id)
    if (seen !== undefined && kind !== undefined && kind !== 'deleted')
      written.set(item.id, write(kind, seen, shape))
  }
  const changes = wanted.flatMap(({ id, kind }) =>
    kind === 'deleted' ? [el('t:Delete', {}, el('t:ItemId', entryId('item', id)))] : (written.get(id) ?? []),
  )
  return done(
    together(
      el('m:SyncState', {}, writeState(KIND, [folder.id, next.number, next.place ?? ''])),
      el('m:IncludesLastItemInRange', {}, `${isLast}`),
      el('m:Changes', {}, ...changes),
    ),
  )
}

function write(kind: Exclude<ItemNews['kind'], 'deleted'>, item: Item, shape: Shape): Markup {
  switch (kind) {
    case 'created':
      return el('t:Create', {}, writeItem(item, shape))
    case 'modified':
      return el('t:Update', {}, writeItem(item, shape))
    case 'readFlag': {
      const { id, changeKey, isRead } = item
      const itemId = el('t:ItemId', entryId('item', id, changeKey))
      return el('t:ReadFlagChange', {}, itemId, el('t:IsRead', {}, `${isRead}`))
    }
  }
}

function readPoint(folder: Folder, state: string): EwsResult<CopyPoint | undefined> {
  if (state === '') return done(undefined)
  const [folderId, number, place] = readState(KIND, state) ?? []
  const [last, walked] = [numberIn(number), numberIn(place)]
  if (folderId !== folder.id || last === undefined) return problem('ErrorInvalidSyncStateData')
  return done({ number: last, ...(walked !== undefined && { place: walked }) })
}

function readIgnored(request: XmlElement): EwsResult<ReadonlySet<string>> {
  const ignored = new Set<string>()
  const { children = [] } = child(request, NS.messages, 'Ignore') ?? {}
  if (children.length > MOST_IGNORED) return invalid(`Ignore may hold at most ${MOST_IGNORED} elements here`)
  for (const one of children) {
    if (one.ns !== NS.types || one.name !== 'ItemId') return invalid(`Ignore may not hold ${one.name}`)
    const id = readEntryId('item', one)
    if (id.ok) ignored.add(id.value.id)
  }
  return done(ignored)
}

function textOf(request: XmlElement, name: string): string {
  return child(request, NS.messages, name)?.text.trim() ?? ''
}
