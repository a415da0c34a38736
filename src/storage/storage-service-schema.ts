/** The tables of Lync's Storage Service as Kysely sees them. */
import type { Generated } from 'kysely'
import type { ExchangeArchivingPolicy, Modality } from '../products/lync/archiving.ts'
import type { ContactPlace } from '../products/lync/contact.ts'
import type { Component } from '../products/lync/storage-failure.ts'
import type { EpochSeconds } from '../protocol/ids.ts'

interface StorageFailureTable {
  seq: Generated<number>
  adapterId: string
  endpointId: string
  time: EpochSeconds
  detail: string
  other: string
  component: Component
  sipUri: string
  sipKey: string
}

interface LyncSettingsTable {
  name: string
  /** JSON: what was set, by name. */
  members: string
}

interface ConversationTable {
  seq: Generated<number>
  id: string
  subject: string
  modality: Modality
  startedAt: EpochSeconds
  lastMessage: number
}

interface ConversationParticipantTable {
  /** `seq` of the conversation. */
  conversation: number
  position: number
  sipUri: string
  sipKey: string
  /** Up to which message each place has all. */
  history: number
  archive: number
}

interface ConversationMessageTable {
  /** `seq` of the conversation. */
  conversation: number
  number: number
  sender: string
  time: EpochSeconds
  text: string
}

interface LyncUserTable {
  sidKey: string
  exchangeArchivingPolicy: ExchangeArchivingPolicy
  /** Null: as the policy for all says. */
  ucsAllowed: number | null
  contactPlace: ContactPlace
  movedAt: EpochSeconds | null
  rolledBackAt: EpochSeconds | null
  failure: string | null
}

interface LyncContactTable {
  seq: Generated<number>
  sidKey: string
  id: string
  sipUri: string
  sipKey: string
  displayName: string
}

/** They by name. */
export interface StorageServiceSchema {
  storageFailures: StorageFailureTable
  lyncSettings: LyncSettingsTable
  conversations: ConversationTable
  conversationParticipants: ConversationParticipantTable
  conversationMessages: ConversationMessageTable
  lyncUsers: LyncUserTable
  lyncContacts: LyncContactTable
}
