/** GetEvents: what happened in the folders of a pull subscription. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { isoTime } from '../../protocol/ids.ts'
import type { Caller, Kit } from '../product.ts'
import { child, el, type Markup, NS } from '../xml.ts'
import { entryId } from './entry-id.ts'
import type { EwsHandler } from './ews-operation.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { sequence } from './ews-schema.ts'
import { rightsIn } from './folder-rights.ts'
import type { MailboxChange } from './mailbox.ts'
import { readWatermark, subscriberOf, writeWatermark } from './subscribe.ts'
import type { EventType, Subscription } from './subscriptions.ts'

const REQUEST = sequence(['SubscriptionId', 'Watermark'], {
  ns: NS.messages,
  required: ['SubscriptionId', 'Watermark'],
})
// Exchange tells 50 at a time.
const MOST_EVENTS = 50
const CHANGES_AT_ONCE = 500

/** Answers with the events after the watermark, or with a status event when there is none. */
export const getEvents: EwsHandler = async (request, caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const textOf = (name: string) => child(request, NS.messages, name)?.text.trim() ?? ''
  const subscription = kit.subscriptions.use(textOf('SubscriptionId'), subscriberOf(caller), kit.now())
  if (!subscription.ok) return done([subscription])
  return done([await answer(subscription.value, textOf('Watermark'), caller, kit)])
}

async function answer(
  subscription: Subscription,
  watermark: string,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<Markup>> {
  const { owner } = subscription
  const last = await kit.mailboxes.changeNumber(owner)
  const since = readWatermark(owner, watermark)
  if (since === undefined || since > last) return problem('ErrorInvalidWatermark')
  const watches = await watching(subscription, caller, kit)
  const events: Markup[] = []
  let after = since
  while (after < last && events.length < MOST_EVENTS) {
    if (after > since) await othersTurn()
    const changes = await kit.mailboxes.changes(owner, after, CHANGES_AT_ONCE)
    if (changes === undefined) return problem('ErrorEventNotFound')
    for (const change of changes) {
      if (events.length >= MOST_EVENTS) break
      after = change.number
      if (watches.change(change)) events.push(...watches.events(change))
    }
  }
  if (events.length === 0) {
    events.push(el('t:StatusEvent', {}, el('t:Watermark', {}, writeWatermark(owner, after))))
  }
  return done(
    el(
      'm:Notification',
      {},
      el('t:SubscriptionId', {}, subscription.id),
      el('t:PreviousWatermark', {}, watermark),
      el('t:MoreEvents', {}, `${after < last}`),
      ...events,
    ),
  )
}

const TYPES = {
  created: 'CreatedEvent',
  modified: 'ModifiedEvent',
  readFlag: 'ModifiedEvent',
  deleted: 'DeletedEvent',
  moved: 'MovedEvent',
  copied: 'CopiedEvent',
  newMail: 'NewMailEvent',
} as const satisfies Record<MailboxChange['kind'], EventType>

async function watching({ owner, folders, events }: Subscription, caller: Caller, kit: Kit) {
  const watched = new Set<string>()
  for (const folder of folders ?? []) {
    // Rights may have gone since; a folder that is gone itself is told of.
    const current = (await kit.mailboxes.folder(folder.id)) ?? folder
    if ((await rightsIn(current, caller, kit)).readItems === 'FullDetails') watched.add(folder.id)
  }
  const calendar = await kit.mailboxes.distinguishedFolder(owner, 'calendar')
  return {
    change: ({ subject, id, folderId, fromFolderId = '' }: MailboxChange) =>
      folders === undefined ||
      watched.has(folderId) ||
      watched.has(fromFolderId) ||
      (subject === 'folder' && watched.has(id)),
    events(change: MailboxChange): Markup[] {
      const types: EventType[] = [TYPES[change.kind]]
      const inCalendar = change.folderId === calendar?.id || change.fromFolderId === calendar?.id
      if (change.subject === 'item' && inCalendar && change.kind !== 'newMail')
        types.push('FreeBusyChangedEvent')
      return types.filter((type) => events.has(type)).map((type) => write(type, owner, change))
    },
  }
}

function write(type: EventType, owner: string, change: MailboxChange): Markup {
  const { subject, id, folderId, fromId, fromFolderId, number, at } = change
  const [name, oldName] = subject === 'item' ? ['t:ItemId', 't:OldItemId'] : ['t:FolderId', 't:OldFolderId']
  const hasOld = type === 'MovedEvent' || type === 'CopiedEvent'
  return el(
    `t:${type}`,
    {},
    el('t:Watermark', {}, writeWatermark(owner, number)),
    el('t:TimeStamp', {}, isoTime(at)),
    el(name, entryId(subject, id)),
    el('t:ParentFolderId', entryId('folder', folderId)),
    hasOld ? el(oldName, entryId(subject, fromId ?? id)) : undefined,
    hasOld ? el('t:OldParentFolderId', entryId('folder', fromFolderId ?? folderId)) : undefined,
  )
}
