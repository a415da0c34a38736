/** Brings a conversation to where it belongs: into its participants' histories, and into the archive of those it is kept for. */
import { comparable, type User } from '../../trust/directory.ts'
import { type Called, type CallFault, callFault } from '../partner-call.ts'
import type { Kit } from '../product.ts'
import { type ArchivingDecision, decideArchiving } from './archiving.ts'
import { type Conversation, type Participant, type Place, waitingOf } from './conversation.ts'
import { type Written, writeConversation } from './conversation-item.ts'
import { openMailbox } from './mailbox-session.ts'
import { readSettings, type Settings } from './settings.ts'
import type { Component } from './storage-failure.ts'

/** How it went for one place. `waiting`: it is tried again with the next messages, or when somebody asks. */
export type PlaceReport =
  | { readonly outcome: Written | 'off' | 'no mailbox' | 'not kept here' }
  | { readonly outcome: 'waiting'; readonly code: string; readonly seen: string; readonly mend: string }

/** How it went for one participant. */
export interface ParticipantReport {
  readonly sipUri: string
  readonly history: PlaceReport
  readonly archive: PlaceReport & ArchivingDecision
}

/** A delivery in two parts, so that history can depend on the archive. */
export interface Delivery {
  /** The archive part; answers with the first fault that kept something from being archived. */
  archive(): Promise<CallFault | undefined>
  /** The history part, and everything that is to be said. */
  history(): Promise<ParticipantReport[]>
}

const COMPONENT_OF = {
  history: 'ConversationHistory',
  archive: 'ExchangeArchiving',
} as const satisfies Record<Place, Component>

// Mailboxes that are written to at a time.
const AT_ONCE = 8

/** Plans the delivery of all that waits in a conversation. */
export async function planDelivery(conversation: Conversation, kit: Kit): Promise<Delivery> {
  const { storageService: service, directory } = kit
  const historySettings = await readSettings('conversationHistoryConfiguration', service.settings)
  const archiving = {
    configuration: await readSettings('archivingConfiguration', service.settings),
    policy: await readSettings('archivingPolicy', service.settings),
  }
  const people = await Promise.all(
    conversation.participants.map(async (participant) => {
      const [user] = await directory.find('sip', participant.sipUri)
      return { participant, user }
    }),
  )
  const key = (sipUri: string) => comparable('sip', sipUri)
  const names = new Map(people.map(({ participant, user }) => [key(participant.sipUri), user?.displayName]))
  const isExternal = people.some(({ user }) => user === undefined)
  const decisionFor = async (user: User | undefined): Promise<ArchivingDecision> => {
    if (user === undefined) return { to: 'nowhere', because: 'no user of this server' }
    const { exchangeArchivingPolicy: userPolicy } = await service.contacts.user(user.sid)
    const { modality } = conversation
    return decideArchiving({ ...archiving, userPolicy, isHeld: user.archivingEnabled, modality, isExternal })
  }
  const writer: Writer = {
    conversation,
    searches: historySettings.maxContinuedConversationRetry,
    nameOf: (sipUri) => names.get(key(sipUri)) ?? sipUri,
    mailOf: (participant) =>
      people.flatMap(({ participant: one, user }) => (one !== participant && user?.smtp) || []),
    kit,
  }
  const archived = new Map<Participant, PlaceReport & ArchivingDecision>()
  return {
    async archive() {
      await eachOf(people, async ({ participant, user }) => {
        const decision = await decisionFor(user)
        const report = await archive(participant, user, decision, writer)
        archived.set(participant, { ...report, ...decision })
      })
      const [fault] = [...archived.values()].filter((report) => report.outcome === 'waiting')
      return fault?.outcome === 'waiting' ? callFault(fault.code, fault.seen, fault.mend) : undefined
    },

    async history() {
      const reports = new Map<Participant, PlaceReport>()
      await eachOf(people, async ({ participant, user }) => {
        reports.set(participant, await writeHistory(participant, user, historySettings, writer))
      })
      return people.map(({ participant }) => ({
        sipUri: participant.sipUri,
        history: reports.get(participant) ?? { outcome: 'off' },
        archive: archived.get(participant) ?? { outcome: 'off', to: 'nowhere', because: 'not asked' },
      }))
    },
  }
}

interface Writer {
  readonly conversation: Conversation
  readonly searches: number
  nameOf(sipUri: string): string
  /** The mail addresses of the others. */
  mailOf(participant: Participant): string[]
  readonly kit: Kit
}

async function archive(
  participant: Participant,
  user: User | undefined,
  { to }: ArchivingDecision,
  writer: Writer,
): Promise<PlaceReport> {
  if (user !== undefined && to === 'exchange') return write('archive', participant, user, writer)
  await settle('archive', participant, writer)
  return { outcome: to === 'lync' ? 'not kept here' : 'off' }
}

async function writeHistory(
  participant: Participant,
  user: User | undefined,
  { enableServerConversationHistory: isOn }: Settings<'conversationHistoryConfiguration'>,
  writer: Writer,
): Promise<PlaceReport> {
  const hasMailbox = user?.smtp !== undefined && user.mailboxEnabled
  if (isOn && hasMailbox) {
    const report = await write('history', participant, user, writer)
    // Exchange knows of no mailbox: that is noted, and nothing waits for one.
    if (report.outcome !== 'waiting' || report.code !== 'user_without_mailbox') return report
  }
  await settle('history', participant, writer)
  return { outcome: isOn ? 'no mailbox' : 'off' }
}

async function write(
  place: Place,
  participant: Participant,
  user: User,
  writer: Writer,
): Promise<PlaceReport> {
  if (waitingOf(writer.conversation, participant, place) === 0) return { outcome: 'nothing new' }
  const written = await writeItem(place, participant, user, writer)
  if (!written.ok) {
    const { code, seen, mend } = written
    return { outcome: 'waiting', code, seen, mend }
  }
  await settle(place, participant, writer)
  return { outcome: written.value }
}

async function writeItem(
  place: Place,
  participant: Participant,
  user: User,
  { conversation, searches, nameOf, mailOf, kit }: Writer,
): Promise<Called<Written>> {
  const { smtp } = user
  if (smtp === undefined || !user.mailboxEnabled) {
    const mend = 'enable a mailbox for the user, or do not archive to Exchange (exchangeArchivingPolicy)'
    return callFault('user_without_mailbox', `${user.displayName} has no mailbox`, mend)
  }
  const { sipUri, through } = participant
  const messages = await kit.storageService.conversations.messages(conversation.id, through[place])
  if (messages.length === 0) return { ok: true, value: 'nothing new' }
  const session = await openMailbox({ user, smtp }, COMPONENT_OF[place], kit)
  if (!session.ok) return session
  const order = {
    ...{ conversation, place, messages, nameOf },
    owner: { sipUri, smtp },
    others: mailOf(participant),
    searches: place === 'archive' ? 1 : searches,
  }
  return writeConversation(order, session.value)
}

function settle(place: Place, { sipUri }: Participant, { conversation, kit }: Writer): Promise<void> {
  const { id, lastMessage } = conversation
  return kit.storageService.conversations.settle(id, sipUri, place, lastMessage)
}

async function eachOf<T>(all: readonly T[], task: (one: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < all.length; i += AT_ONCE) await Promise.all(all.slice(i, i + AT_ONCE).map(task))
}
