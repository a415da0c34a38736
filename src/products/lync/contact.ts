/** A user's contacts, and where they are: with Lync, or in the mailbox (the unified contact store, A.9). */
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { ExchangeArchivingPolicy } from './archiving.ts'

export interface Contact {
  readonly id: string
  readonly sipUri: string
  readonly displayName: string
}

/** How many contacts a user may have. */
export const MOST_CONTACTS = 1_000

/** Where a user's contacts are. While they move, and after that failed, it is Lync that has them. */
export const CONTACT_PLACES = ['lync', 'migrating', 'failed', 'exchange'] as const
export type ContactPlace = (typeof CONTACT_PLACES)[number]

/** What Lync notes of one user. */
export interface LyncUser {
  readonly sid: string
  readonly exchangeArchivingPolicy: ExchangeArchivingPolicy
  /** Absent: as the policy for all says. */
  readonly ucsAllowed?: boolean
  readonly contactPlace: ContactPlace
  /** When the contacts came to where they are; absent while they never moved. */
  readonly movedAt?: EpochSeconds
  /** When they were last brought back from Exchange. */
  readonly rolledBackAt?: EpochSeconds
  /** Why the last migration failed. */
  readonly failure?: string
}

/** What can be set of one user; `null` for `ucsAllowed`: as the policy for all says. */
export interface LyncUserChange {
  readonly exchangeArchivingPolicy?: ExchangeArchivingPolicy
  readonly ucsAllowed?: boolean | null
}

/** Where Lync's users and their contacts are kept. A user who is removed from the directory takes these along. */
export interface ContactStore {
  /** What is noted of a user, defaults included. */
  user(sid: string): Promise<LyncUser>
  changeUser(sid: string, change: LyncUserChange): Promise<LyncUser>
  /** In the order in which they were added. */
  contacts(sid: string): Promise<Contact[]>
  /** `exists`: there is one with this SIP address, in any case. */
  add(sid: string, contact: Contact): Promise<'added' | 'exists' | 'full'>
  remove(sid: string, id: string): Promise<'removed' | 'missing'>
  /** Notes that the contacts are about to move, or why they could not. */
  moving(sid: string, place: 'migrating' | 'failed', failure?: string): Promise<void>
  /** The mailbox has the contacts: those kept here are dropped. */
  moved(sid: string, at: EpochSeconds): Promise<void>
  /** These are the contacts, and they are here again. */
  broughtBack(sid: string, contacts: readonly Contact[], at: EpochSeconds): Promise<void>
}
