/** SyncFolderHierarchy: what a client's copy of the tree of folders lacks. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Caller, Kit } from '../product.ts'
import { child, el, type Markup, NS, together } from '../xml.ts'
import { entryId } from './entry-id.ts'
import type { EwsHandler } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, each, sequence, text } from './ews-schema.ts'
import { FOLDER_SHAPE, readShape, type Shape } from './ews-shape.ts'
import { foldersUnder } from './find-folder.ts'
import { writeFolder } from './folder-element.ts'
import { readTargetFolder } from './found-in.ts'
import type { Folder, MailboxChange } from './mailbox.ts'
import { type FoundFolder, findFolder } from './mailbox-access.ts'
import { numberIn, readState, writeState } from './sync-state.ts'

const REQUEST = all(
  sequence(['FolderShape', 'SyncFolderId', 'SyncState'], { ns: NS.messages, required: ['FolderShape'] }),
  each('SyncState', text()),
)
const KIND = 'folders'
const CHANGES_AT_ONCE = 1000
const MOST_TRIES = 5

/** Answers with creations, changes and deletions of folders below one (the top of the information store unless said). */
export const syncFolderHierarchy: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const shape = readShape(request, 'FolderShape', FOLDER_SHAPE)
  if (!shape.ok) return shape
  const isNamed = child(request, NS.messages, 'SyncFolderId') !== undefined
  const target = isNamed
    ? readTargetFolder(request, 'SyncFolderId')
    : done({ kind: 'distinguished', name: 'msgfolderroot' } as const)
  if (!target.ok) return target
  const state = child(request, NS.messages, 'SyncState')?.text.trim() ?? ''

  const found = await findFolder(target.value, caller, kit)
  if (!found.ok)
    return done([found.code === 'ErrorFolderNotFound' ? problem('ErrorSyncFolderNotFound') : found])
  return done([await answer(found.value.folder, state, shape.value, caller, kit)])
}

async function answer(
  top: Folder,
  state: string,
  shape: Shape,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Markup>> {
  const { number, ...tree } = await treeOf(top, caller, kit)
  const [topId, written] = state === '' ? [] : (readState(KIND, state) ?? [''])
  const since = numberIn(written)
  if (state !== '' && (topId !== top.id || since === undefined)) return problem('ErrorInvalidSyncStateData')
  const log = since === undefined ? [] : await folderChanges(top.owner, since, number, kit)
  if (log === undefined) {
    return problem('ErrorInvalidSyncStateData', 'The log of changes does not reach back to this sync state.')
  }
  const changes =
    since === undefined ? tree.below.map((one) => create(one, shape)) : differences(top, log, tree, shape)
  return done(
    together(
      el('m:SyncState', {}, writeState(KIND, [top.id, number])),
      el('m:IncludesLastFolderInRange', {}, 'true'),
      el('m:Changes', {}, ...changes),
    ),
  )
}

interface Tree {
  /** Those under the folder that is synchronised. */
  readonly below: readonly FoundFolder[]
  /** Those of the whole mailbox. */
  readonly all: readonly Folder[]
}

// The folders, and the number of the last change that is in them.
async function treeOf(top: Folder, caller: Caller, kit: Kit): Promise<Tree & { number: number }> {
  for (let tries = 1; ; tries += 1) {
    const number = await kit.mailboxes.changeNumber(top.owner)
    const below = await foldersUnder(top, caller, kit)
    const all = await kit.mailboxes.folders(top.owner)
    // Where changes come all the time, some are in the folders and told again the next time.
    const isSame = (await kit.mailboxes.changeNumber(top.owner)) === number
    if (isSame || tries === MOST_TRIES) return { number, below, all }
  }
}

async function folderChanges(
  owner: string,
  since: number,
  until: number,
  kit: Kit,
): Promise<MailboxChange[] | undefined> {
  const found: MailboxChange[] = []
  if (since > until) return undefined
  for (let after = since; after < until; ) {
    if (after > since) await othersTurn()
    const changes = await kit.mailboxes.changes(owner, after, CHANGES_AT_ONCE)
    if (changes === undefined) return undefined
    found.push(...changes.filter(({ subject, number }) => subject === 'folder' && number <= until))
    after = changes.at(-1)?.number ?? until
  }
  return found
}

function differences(
  top: Folder,
  log: readonly MailboxChange[],
  { below, all }: Tree,
  shape: Shape,
): Markup[] {
  const there = new Set([top.id, ...below.map(({ folder }) => folder.id)])
  const isNew = new Map<string, boolean>()
  const touch = (id: string, asNew: boolean) => isNew.set(id, isNew.get(id) ?? asNew)
  const under = (id: string): string[] => {
    const direct = all.filter(({ parentId }) => parentId === id).map((folder) => folder.id)
    return [...direct, ...direct.flatMap(under)]
  }
  for (const { kind, id, fromFolderId = '' } of log) {
    if (kind === 'deleted') touch(id, false)
    else if (kind === 'moved') {
      // What a folder brings along, or takes away, has no change of its own.
      for (const one of [id, ...under(id)]) touch(one, !there.has(fromFolderId))
    } else if (there.has(id)) touch(id, kind === 'created')
  }
  const shown = below.filter(({ folder }) => isNew.has(folder.id))
  const gone = [...isNew].filter(([id, asNew]) => !there.has(id) && !asNew)
  return [
    ...shown.map((one) => (isNew.get(one.folder.id) ? create(one, shape) : update(one, shape))),
    ...gone.map(([id]) => el('t:Delete', {}, el('t:FolderId', entryId('folder', id)))),
  ]
}

function create(found: FoundFolder, shape: Shape): Markup {
  return el('t:Create', {}, writeFolder(found, shape))
}

function update(found: FoundFolder, shape: Shape): Markup {
  return el('t:Update', {}, writeFolder(found, shape))
}
