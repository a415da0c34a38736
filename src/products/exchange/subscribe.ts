/** Subscribe and Unsubscribe: pull subscriptions, whose events a client fetches with GetEvents. */
import type { Caller, Kit } from '../product.ts'
import { child, childrenOf, el, type Markup, NS, together, type XmlElement } from '../xml.ts'
import type { EwsHandler } from './ews-operation.ts'
import { readEach } from './ews-operation.ts'
import { denial, done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, each, oneOf, sequence, someOf, text } from './ews-schema.ts'
import type { Folder } from './mailbox.ts'
import { type FolderRef, findFolder, readFolderRef } from './mailbox-access.ts'
import { EVENT_TYPES, type EventType, type Subscription } from './subscriptions.ts'
import { numberIn, readState, writeState } from './sync-state.ts'

const KINDS = ['PullSubscriptionRequest', 'PushSubscriptionRequest', 'StreamingSubscriptionRequest']
const PULL = all(
  sequence(['FolderIds', 'EventTypes', 'Watermark', 'Timeout'], { required: ['EventTypes', 'Timeout'] }),
  attribute('SubscribeToAllFolders', /^(true|false|0|1)$/, 'optional'),
  each('FolderIds', someOf(['FolderId', 'DistinguishedFolderId'])),
  each('EventTypes', all(someOf(['EventType']), each('EventType', oneOf(EVENT_TYPES)))),
  each('Watermark', text(/./s, 'a text that is not empty')),
  each(
    'Timeout',
    text(/^\s*(14[0-3][0-9]|1440|1[0-3][0-9]{2}|[1-9][0-9]{0,2})\s*$/, 'a number of minutes from 1 to 1440'),
  ),
)
const MOST_FOLDERS = 100
const UNSUBSCRIBE = sequence(['SubscriptionId'], { ns: NS.messages, required: ['SubscriptionId'] })
const WATERMARK = 'watermark'

/** Who holds a subscription: the application, and the user it acts for. */
export function subscriberOf({ partner, user }: Caller): string {
  return JSON.stringify([partner.issuer, user?.sid ?? ''])
}

/** The watermark of a mailbox's changes up to this number. */
export function writeWatermark(owner: string, number: number): string {
  return writeState(WATERMARK, [owner, number])
}

/** The number of the last change that a watermark stands for; undefined when it is none of this mailbox. */
export function readWatermark(owner: string, watermark: string): number | undefined {
  const [whose, number] = readState(WATERMARK, watermark) ?? []
  return whose === owner ? numberIn(number) : undefined
}

/** Answers with the id of a new subscription and the watermark that it begins at. */
export const subscribe: EwsHandler = async (request, caller, kit) => {
  const [element, ...others] = request.children
  if (element?.ns !== NS.messages || others.length > 0 || !KINDS.includes(element.name)) {
    return invalid('Subscribe must hold one request for a subscription')
  }
  if (element.name !== 'PullSubscriptionRequest') {
    const why = 'Only pull subscriptions are kept here: send a PullSubscriptionRequest.'
    return done([problem('ErrorInvalidSubscriptionRequest', why)])
  }
  const wrong = PULL(element)
  if (wrong !== undefined) return invalid(wrong)
  const { children = [] } = child(element, NS.types, 'FolderIds') ?? {}
  if (children.length > MOST_FOLDERS)
    return invalid(`FolderIds may hold at most ${MOST_FOLDERS} elements here`)
  const refs = readEach(children, readFolderRef)
  if (!refs.ok) return refs
  const watched = await watchedBy(element, refs.value, caller, kit)
  return done([watched.ok ? await start(element, watched.value, caller, kit) : watched])
}

interface Watched {
  readonly owner: string
  readonly folders?: readonly Folder[]
}

async function watchedBy(
  element: XmlElement,
  refs: readonly FolderRef[],
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Watched>> {
  const all = /^(true|1)$/.test(element.attributes.get('SubscribeToAllFolders') ?? '')
  if (all === refs.length > 0) return problem('ErrorInvalidSubscriptionRequest')
  if (all) {
    const top = await findFolder({ kind: 'distinguished', name: 'root' }, caller, kit)
    return top.ok ? done({ owner: top.value.folder.owner }) : top
  }
  const folders: Folder[] = []
  for (const ref of refs) {
    const found = await findFolder(ref, caller, kit)
    if (!found.ok) return found
    if (found.value.rights.readItems !== 'FullDetails') return denial('ErrorAccessDenied', found.value.rule)
    folders.push(found.value.folder)
  }
  const [first, ...more] = folders
  if (first === undefined || more.some(({ owner }) => owner !== first.owner)) {
    return problem('ErrorInvalidSubscriptionRequest')
  }
  return done({ owner: first.owner, folders })
}

async function start(
  element: XmlElement,
  watched: Watched,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Markup>> {
  const { owner } = watched
  const last = await kit.mailboxes.changeNumber(owner)
  const given = child(element, NS.types, 'Watermark')?.text.trim()
  const number = given === undefined ? last : readWatermark(owner, given)
  if (number === undefined || number > last) return problem('ErrorInvalidWatermark')
  const types = child(element, NS.types, 'EventTypes')
  const subscription: Subscription = {
    ...watched,
    id: writeState('subscription', [kit.newId()]),
    subscriber: subscriberOf(caller),
    events: new Set(
      (types ? childrenOf(types, NS.types, 'EventType') : []).map(({ text }) => text as EventType),
    ),
    timeoutSeconds: 60 * Number(child(element, NS.types, 'Timeout')?.text),
  }
  const added = kit.subscriptions.add(subscription, kit.now())
  if (!added.ok) return added
  return done(
    together(
      el('m:SubscriptionId', {}, subscription.id),
      el('m:Watermark', {}, writeWatermark(owner, number)),
    ),
  )
}

/** Ends a subscription. */
export const unsubscribe: EwsHandler = async (request, caller, kit) => {
  const wrong = UNSUBSCRIBE(request)
  if (wrong !== undefined) return invalid(wrong)
  const id = child(request, NS.messages, 'SubscriptionId')?.text.trim() ?? ''
  return done([kit.subscriptions.remove(id, subscriberOf(caller), kit.now())])
}
