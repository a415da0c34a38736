/** A conversation as the Storage Service has it: who took part, and what was said that is still to be written. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { Modality } from './archiving.ts'

export interface Message {
  /** Counts from 1 within its conversation; a number is never given twice. */
  readonly number: number
  /** A SIP address of a participant. */
  readonly sender: string
  readonly time: EpochSeconds
  readonly text: string
}

/** The two places a conversation is written to. */
export const PLACES = ['history', 'archive'] as const
export type Place = (typeof PLACES)[number]

/** Somebody who takes part. */
export interface Participant {
  readonly sipUri: string
  /** Up to which message each place has all that it is to have. */
  readonly through: Readonly<Record<Place, number>>
}

export interface Conversation {
  readonly id: string
  readonly subject: string
  readonly modality: Modality
  readonly startedAt: EpochSeconds
  readonly lastMessage: number
  /** In the order in which they came. */
  readonly participants: readonly Participant[]
}

/** What is added: a new conversation, or more of one that there is. */
export interface Saying {
  readonly id: string
  /** Of a new conversation alone. */
  readonly subject: string
  readonly modality: Modality
  readonly at: EpochSeconds
  /** Who takes part; those who are there already are not named twice. Who comes later is told nothing of before. */
  readonly participants: readonly string[]
  readonly messages: readonly Omit<Message, 'number'>[]
}

/** How many messages may wait to be written, over all conversations. */
export const MOST_WAITING = 50_000
/** How many conversations are remembered that have nothing waiting; the oldest are forgotten first. */
export const MOST_CONVERSATIONS = 10_000

/** Where conversations are kept. Texts stay only until every place has them. */
export interface ConversationStore {
  /** `full`: too many messages wait. */
  say(saying: Saying): Promise<Conversation | 'full'>
  find(id: string): Promise<Conversation | undefined>
  /** The newest, newest first; or only those with messages waiting. */
  list(limit: number, only: { readonly waiting: boolean }): Promise<Conversation[]>
  /** The messages after this number that are still kept, in order. */
  messages(id: string, after: number): Promise<Message[]>
  /** Notes that a place of a participant has all up to this message, and drops the texts that nobody waits for. */
  settle(id: string, sipUri: string, place: Place, through: number): Promise<void>
  /** Takes back the messages after this number, from everybody. Their numbers are not used again. */
  withdraw(id: string, after: number): Promise<void>
}

/** How many messages a participant's place still lacks. */
export function waitingOf({ lastMessage }: Conversation, { through }: Participant, place: Place): number {
  return lastMessage - through[place]
}
