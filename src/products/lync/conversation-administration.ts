/** `/conversations`: what was said is handed to the Storage Service, and what became of it. */
import * as z from 'zod'
import { isoTime } from '../../protocol/ids.ts'
import { comparable } from '../../trust/directory.ts'
import type { AdminOperation, AdminResult, Kit } from '../product.ts'
import { MODALITIES } from './archiving.ts'
import { type Conversation, type Participant, PLACES, waitingOf } from './conversation.ts'
import { planDelivery } from './conversation-delivery.ts'
import { readSettings } from './settings.ts'
import { SipUri } from './sip-uri.ts'

const MOST_PARTICIPANTS = 250
const MOST_MESSAGES = 500
// What one instant message may hold.
const LONGEST_TEXT = 8_000

const Instant = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-11-21T09:30:00Z' })
  .transform((text) => Math.floor(Date.parse(text) / 1000))
  .refine((time) => time >= 0, 'expected a time since 1970')

// Line breaks and tabs are taken; other control characters XML has no way to say, nor half a pair.
const Text = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^(?:[\t\n\r]|[^\p{Cc}\p{Cs}\uFFFE\uFFFF])*$/u, 'expected no control characters')

const Conversing = z.strictObject({
  conversationId: z.guid().toLowerCase().exactOptional(),
  subject: Text(255).exactOptional(),
  modality: z.enum(MODALITIES).exactOptional(),
  participants: z.array(SipUri).max(MOST_PARTICIPANTS).exactOptional(),
  messages: z
    .array(z.strictObject({ sender: SipUri, time: Instant, text: Text(LONGEST_TEXT).min(1) }))
    .min(1)
    .max(MOST_MESSAGES),
})
type Conversing = z.infer<typeof Conversing>

const List = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  waiting: z.enum(['true', 'false']).default('false'),
})

export const conversationAdministration: readonly AdminOperation[] = [
  {
    method: 'POST',
    path: '/conversations',
    scope: 'operate',
    change: ({ input }) => {
      const { conversationId = 'a new conversation', messages, participants = [] } = input(Conversing)
      return {
        subject: conversationId,
        change: { messages: messages.length, participants: participants.length },
      }
    },
    handle: async ({ input }, kit) => {
      const wanted = input(Conversing)
      const id = wanted.conversationId ?? kit.newId()
      return kit.storageService.inTurn(`conversation ${id}`, () => record(id, wanted, kit))
    },
  },
  {
    method: 'GET',
    path: '/conversations',
    scope: 'read',
    takesQuery: true,
    handle: async ({ query }, { storageService }) => {
      const { limit, waiting } = query(List)
      const found = await storageService.conversations.list(limit, { waiting: waiting === 'true' })
      return { status: 200, body: { items: found.map(viewOf) } }
    },
  },
  {
    method: 'GET',
    path: '/conversations/:id',
    scope: 'read',
    handle: async ({ param }, { storageService }) => {
      const found = await storageService.conversations.find(param('id').toLowerCase())
      return found === undefined ? notFound(param('id')) : { status: 200, body: viewOf(found) }
    },
  },
  {
    method: 'POST',
    path: '/conversations/:id/deliver',
    scope: 'operate',
    change: ({ param }) => ({ subject: param('id') }),
    handle: async ({ param }, kit) => {
      const id = param('id').toLowerCase()
      return kit.storageService.inTurn(`conversation ${id}`, async () => {
        const found = await kit.storageService.conversations.find(id)
        return found === undefined ? notFound(id) : deliver(found, 200, 'waits', kit)
      })
    },
  },
]

async function record(id: string, wanted: Conversing, kit: Kit): Promise<AdminResult> {
  const { conversations, settings } = kit.storageService
  const before = await conversations.find(id)
  const errors = faultsOf(wanted, before)
  if (errors.length > 0) {
    const detail = errors.map((one) => `${one.path}: ${one.detail}`).join('; ')
    return { status: 422, title: 'The input is not usable', detail, errors }
  }
  const said = await conversations.say({
    id,
    subject: wanted.subject ?? '',
    modality: wanted.modality ?? 'InstantMessage',
    at: kit.now(),
    participants: wanted.participants ?? [],
    messages: wanted.messages,
  })
  if (said === 'full') {
    return {
      status: 503,
      title: 'Too many messages wait to be written',
      detail: 'see GET /admin/v1/storage-service-failures for why, and have them delivered',
      code: 'storage_queue_full',
    }
  }
  const { blockOnArchiveFailure } = await readSettings('archivingConfiguration', settings)
  const blocked = blockOnArchiveFailure ? 'is refused' : 'waits'
  return deliver(said, before === undefined ? 201 : 200, blocked, kit, wanted.messages.length)
}

/** Delivers all that waits; `unarchived` says what becomes of new messages that cannot be archived. */
async function deliver(
  conversation: Conversation,
  status: 200 | 201,
  unarchived: 'waits' | 'is refused',
  kit: Kit,
  added = 0,
): Promise<AdminResult> {
  const delivery = await planDelivery(conversation, kit)
  const fault = await delivery.archive()
  if (fault !== undefined && unarchived === 'is refused') {
    // Archives that took the messages already keep them: an archive gives nothing back.
    await kit.storageService.conversations.withdraw(conversation.id, conversation.lastMessage - added)
    return {
      status: 503,
      title: 'The messages cannot be archived, and so are refused (blockOnArchiveFailure)',
      detail: `${fault.code}: ${fault.seen}; ${fault.mend}`,
      code: 'archive_unavailable',
    }
  }
  const { id, subject } = conversation
  const location = `/admin/v1/conversations/${id}`
  const body = { conversationId: id, subject, participants: await delivery.history() }
  return { status, body, ...(status === 201 && { location }) }
}

function faultsOf({ participants = [], messages, ...rest }: Conversing, before: Conversation | undefined) {
  const keys = [...participants, ...(before?.participants ?? []).map(({ sipUri }) => sipUri)].map((sip) =>
    comparable('sip', sip),
  )
  const known = new Set(keys)
  const errors = messages.flatMap(({ sender }, i) =>
    known.has(comparable('sip', sender))
      ? []
      : [{ path: `messages[${i}].sender`, detail: `expected a participant, saw ${sender}` }],
  )
  if (known.size < 2) errors.push({ path: 'participants', detail: `expected at least 2, saw ${known.size}` })
  if (known.size > MOST_PARTICIPANTS)
    errors.push({ path: 'participants', detail: `expected at most ${MOST_PARTICIPANTS}, saw ${known.size}` })
  for (const name of ['subject', 'modality'] as const) {
    const given = rest[name]
    if (before !== undefined && given !== undefined && given !== before[name])
      errors.push({ path: name, detail: `expected "${before[name]}", as it began, saw "${given}"` })
  }
  return errors
}

function viewOf(conversation: Conversation) {
  const { id, subject, modality, startedAt, lastMessage, participants } = conversation
  return {
    conversationId: id,
    subject,
    modality,
    startedAt: isoTime(startedAt),
    messages: lastMessage,
    participants: participants.map((participant) => ({
      sipUri: participant.sipUri,
      waiting: waitingIn(conversation, participant),
    })),
  }
}

function waitingIn(conversation: Conversation, participant: Participant) {
  return Object.fromEntries(PLACES.map((place) => [place, waitingOf(conversation, participant, place)]))
}

function notFound(id: string): AdminResult {
  return { status: 404, title: 'No conversation has this id', detail: `saw ${id.slice(0, 80)}` }
}
