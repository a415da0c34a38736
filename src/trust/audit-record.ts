/**
 * One record of what happened, and its place in a chain. Each kind of event has a chain of its own: what strangers send fills
 * theirs, and pushes nothing out of another. Within a chain each record holds the hash of the one before it.
 */
import { hash } from 'node:crypto'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import type { Explanation } from './explain.ts'

/** What a record is about, and the name of its chain. */
export const CHAINS = [
  'admitted',
  'refused',
  'forbidden',
  'impersonation',
  'minted',
  'registration',
  'administration',
  'reading',
  'denied',
] as const
export type EventKind = (typeof CHAINS)[number]

/** What happened. Members that do not apply are absent. */
export interface AuditEvent {
  /**
   * `admitted`, `refused`: a token that was presented; `forbidden`: an admitted call, or a part of it, that a policy or a
   * permission forbade; `impersonation`: an account asked to act as another; `minted`: a token that was made; `registration`: a partner application was
   * to be changed; `administration`: something else was; `reading`: the admin REST was read; `denied`: it was not, for want of
   * a good token or of scope.
   */
  readonly kind: EventKind
  /** The correlation id: the `request-id` that a caller was told, the `client-request-id` that we sent. */
  readonly requestId: string
  /** Of a change: it is about to be made, it was made, it was not. `asked` is on disk before anything is changed. */
  readonly stage?: 'asked' | 'done' | 'failed'
  /** Whose token, or whom a token was made for: `<appId>@<realm>`. Of a refused token only once its signature held. */
  readonly partner?: string
  /**
   * The application that a broker named in its token, `<appId>@<realm>`. Of a refused token, the one that whoever signed it
   * named, be that a broker or a token server, in the token's own words.
   */
  readonly application?: string
  /** The token server that issued the actor token for the partner, `<appId>@<realm>`. */
  readonly issuedBy?: string
  /** For whom: a UPN. */
  readonly user?: string
  /** Whom a refused token names as its user, in the token's own words, once its signature held. */
  readonly named?: string
  /** The account that the caller asked to impersonate: a UPN. Absent when there is none such. */
  readonly actingAs?: string
  /** Whom it asked to impersonate where that is no account: the kind of name and the name, in its own words, cut. */
  readonly asked?: string
  /** Why an impersonation was denied, in the product's own code. Absent when it was allowed. */
  readonly denied?: string
  /** Of a call that was forbidden, or an impersonation: which setting, policy, switch or assignment decided. */
  readonly rule?: string
  /** Of a call that was forbidden: which right it needed, and whose rights were asked. */
  readonly action?: string
  readonly by?: string
  /** By whom: the name of an admin token. */
  readonly administrator?: string
  /** What was to be changed: the identity of a partner application, a user's SID, the name of an admin token. */
  readonly subject?: string
  /** To what: each member that was given. Long ones stand here by their hash, secrets never. */
  readonly change?: Readonly<Record<string, string | number | boolean | null>>
  /** Through what: method and path, the path as it was encoded. */
  readonly through: string
  readonly status?: number
  readonly code?: RefusalCode
  /** SHA-256 of the token, in hexadecimal. */
  readonly tokenHash?: string
  /** Of a refused token: every check. */
  readonly explanation?: Explanation
  /** Why there is no explanation. */
  readonly notExplained?: 'too many at once'
}

/** A place in a chain. */
export interface Place {
  readonly seq: number
  readonly hash: string
}

/** Says in its chain that everything up to a place was dropped from the old end: it is what the rest hangs on. */
export interface RemovalEvent {
  readonly kind: 'removal'
  readonly chain: EventKind
  readonly requestId: string
  readonly through: string
  readonly removed: Place
}

export interface AuditRecord extends Place {
  readonly time: EpochSeconds
  readonly chain: EventKind
  readonly kind: EventKind | 'removal'
  readonly requestId: string
  /** The event as JSON, in the very bytes that were hashed. */
  readonly event: string
  /** The hash of the record before it in its chain. */
  readonly previous: string
}

/** The place before the first record of a chain. */
export const GENESIS: Place = { seq: 0, hash: '0'.repeat(64) }

/** The record that follows `last` in its chain. `seq` is one sequence over all chains. */
export function recordOf(
  event: AuditEvent | RemovalEvent,
  seq: number,
  time: EpochSeconds,
  last: Place,
): AuditRecord {
  const written = JSON.stringify(event)
  // Half of a surrogate pair is no text: some readers of JSON stop at it. JSON has an escape for it.
  const text = written.includes('\\ud') ? JSON.stringify(event, (_, value) => wellFormed(value)) : written
  const { kind, requestId } = event
  const chain = event.kind === 'removal' ? event.chain : event.kind
  const place = { seq, time, event: text, previous: last.hash }
  return { ...place, chain, kind, requestId: requestId.toWellFormed(), hash: hashOf(place) }
}

function wellFormed(value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}

/**
 * SHA-256, in hexadecimal, of four lines without a line end after the last: the hash of the record before, seq, time in
 * seconds since 1970, and the event's JSON. Everything else that a record says of itself stands in the event.
 */
export function hashOf({
  previous,
  seq,
  time,
  event,
}: Pick<AuditRecord, 'previous' | 'seq' | 'time' | 'event'>): string {
  return hash('sha256', `${previous}\n${seq}\n${time}\n${event}`, 'hex')
}
