/**
 * A conversation's item in a mailbox. The item itself says which conversation it is of and up to which message it goes, so
 * that nothing is written twice, whatever was lost on the way back.
 */
import type { DistinguishedFolder } from '../exchange/distinguished-folders.ts'
import * as ews from '../exchange/ews-client.ts'
import {
  appendRequest,
  extendedOf,
  findItemRequest,
  readFoundItems,
  readUpdated,
} from '../exchange/ews-search-client.ts'
import type { Called } from '../partner-call.ts'
import type { Conversation, Message, Place } from './conversation.ts'
import type { MailboxSession } from './mailbox-session.ts'
import { type NameOf, subjectFor, transcriptOf } from './transcript.ts'

/** The class that the clients of Lync show as a conversation. */
export const CONVERSATION_CLASS = 'IPM.Note.Microsoft.Conversation'

const FOLDERS = {
  history: 'conversationhistory',
  archive: 'recoverableitemspurges',
} as const satisfies Record<Place, DistinguishedFolder>

// Names of ours: which properties Lync itself uses is not public.
const CONVERSATION_ID: ews.ExtendedName = { name: 'LyncConversationId', type: 'String' }
const THROUGH: ews.ExtendedName = { name: 'LyncConversationThrough', type: 'Integer' }

// Items of one conversation that are looked at, newest first.
const LOOKED_AT = 10

/** What is to be in whose mailbox. */
export interface ItemOrder {
  readonly conversation: Conversation
  readonly place: Place
  /** SIP and SMTP address of the mailbox's owner. */
  readonly owner: { readonly sipUri: string; readonly smtp: string }
  /** The messages that may be missing, in order. */
  readonly messages: readonly Message[]
  readonly nameOf: NameOf
  /** The SMTP addresses of the others. */
  readonly others: readonly string[]
  /** How often the item of before is searched for; with 0 a new one is made at once. */
  readonly searches: number
}

export type Written = 'written' | 'continued' | 'nothing new'

/** Writes what is missing: at the end of the item there is, else as a new one. In the archive nothing is changed: always a new one. */
export async function writeConversation(order: ItemOrder, session: MailboxSession): Promise<Called<Written>> {
  const { place, messages, searches } = order
  let through = 0
  for (let search = 1; search <= searches; search += 1) {
    const found = await findNewest(order, session)
    if (!found.ok) {
      if (search === searches) return found
      continue
    }
    if (found.value === undefined) continue
    through = found.value.through
    const missing = messages.filter(({ number }) => number > through)
    if (missing.length === 0) return { ok: true, value: 'nothing new' }
    if (place === 'archive') break
    const continued = await append(order, missing, found.value.id, session)
    if (continued.ok) return continued
    // Changed or deleted since it was found: what there is now is searched for.
    if (!CHANGED_MEANWHILE.includes(continued.code)) return continued
    through = 0
  }
  return create(
    order,
    messages.filter(({ number }) => number > through),
    session,
  )
}

const CHANGED_MEANWHILE = ['ErrorIrresolvableConflict', 'ErrorItemNotFound']

async function findNewest(
  { conversation, place }: ItemOrder,
  session: MailboxSession,
): Promise<Called<{ id: ews.ItemId; through: number } | undefined>> {
  const request = findItemRequest({
    folder: FOLDERS[place],
    equals: { ...CONVERSATION_ID, value: conversation.id },
    shown: [ews.extendedUri(THROUGH)],
    limit: LOOKED_AT,
    orderBy: { field: 'item:DateTimeCreated', order: 'Descending' },
  })
  const page = await session.call('FindItem', request, readFoundItems)
  if (!page.ok) return page
  const items = page.value.items.map(({ element, ...id }) => ({
    id,
    through: Number(extendedOf(element, THROUGH) ?? 0),
  }))
  const [newest] = items.sort((one, other) => other.through - one.through)
  return { ok: true, value: newest }
}

async function append(
  { nameOf }: ItemOrder,
  missing: readonly Message[],
  id: ews.ItemId,
  session: MailboxSession,
): Promise<Called<Written>> {
  const text = transcriptOf(missing, nameOf)
  const updated = await session.call('UpdateItem', appendRequest(id, text, [throughOf(missing)]), readUpdated)
  return updated.ok ? { ok: true, value: 'continued' } : updated
}

async function create(
  { conversation, place, owner, nameOf, others }: ItemOrder,
  messages: readonly Message[],
  session: MailboxSession,
): Promise<Called<Written>> {
  const request = ews.createItemRequest({
    folder: FOLDERS[place],
    itemClass: CONVERSATION_CLASS,
    subject: subjectFor(conversation, owner.sipUri, nameOf),
    body: transcriptOf(messages, nameOf),
    to: others,
    from: { name: nameOf(owner.sipUri), address: owner.smtp },
    isRead: true,
    extended: [{ ...CONVERSATION_ID, value: conversation.id }, throughOf(messages)],
  })
  const created = await session.call('CreateItem', request, ews.readCreatedItem)
  return created.ok ? { ok: true, value: 'written' } : created
}

function throughOf(messages: readonly Message[]): ews.ExtendedValue {
  return { ...THROUGH, value: String(messages.at(-1)?.number ?? 0) }
}
