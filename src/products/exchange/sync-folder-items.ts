/** SyncFolderItems: what a client's copy of a folder lacks, piece by piece. */
import type { Kit } from '../product.ts'
import { child, el, type Markup, NS, together, type XmlElement } from '../xml.ts'
import { asSeen } from './access/item-visibility.ts'
import { entryId, readEntryId } from './entry-id.ts'
import type { EwsHandler } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, each, oneOf, sequence, text } from './ews-schema.ts'
import { ITEM_SHAPE, readShape, type Shape } from './ews-shape.ts'
import { listed } from './find-item.ts'
import type { FolderRights } from './folder-rights.ts'
import { readTargetFolder } from './found-in.ts'
import { writeItem } from './item.ts'
import type { CopyPoint, Folder, ItemNews } from './mailbox.ts'
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
export const syncFolderItems: EwsHandler = async (request, caller, kit) => {
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
  return done([await answer(found.value, since.value, most, ignored.value, listed(shape.value), kit)])
}

async function answer(
  { folder, rights }: FoundFolder,
  since: CopyPoint | undefined,
  most: number,
  ignored: ReadonlySet<string>,
  shape: Shape,
  kit: Kit,
): Promise<EwsResult<Markup>> {
  const found = await kit.mailboxes.newsOf(folder.id, since, most)
  if (found === undefined) {
    return problem('ErrorInvalidSyncStateData', 'The log of changes does not reach back to this sync state.')
  }
  const { number, place } = found.next
  const changes = found.news
    .flatMap((news) => newsSeen(news, rights))
    .filter((news) => !ignored.has(news.kind === 'deleted' ? news.id : news.item.id))
    .map((news) => write(news, shape))
  return done(
    together(
      el('m:SyncState', {}, writeState(KIND, [folder.id, number, place ?? ''])),
      el('m:IncludesLastItemInRange', {}, `${found.isLast}`),
      el('m:Changes', {}, ...changes),
    ),
  )
}

// What may not be seen at all was never there.
function newsSeen(news: ItemNews, rights: FolderRights): ItemNews[] {
  if (news.kind === 'deleted') return [news]
  const item = asSeen(news.item, rights)
  return item === undefined ? [] : [{ ...news, item }]
}

function write(news: ItemNews, shape: Shape): Markup {
  switch (news.kind) {
    case 'created':
      return el('t:Create', {}, writeItem(news.item, shape))
    case 'modified':
      return el('t:Update', {}, writeItem(news.item, shape))
    case 'readFlag': {
      const { id, changeKey, isRead } = news.item
      const itemId = el('t:ItemId', entryId('item', id, changeKey))
      return el('t:ReadFlagChange', {}, itemId, el('t:IsRead', {}, `${isRead}`))
    }
    case 'deleted':
      return el('t:Delete', {}, el('t:ItemId', entryId('item', news.id)))
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
