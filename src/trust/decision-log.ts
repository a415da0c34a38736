/**
 * What was decided, for those who ask later: every token admitted, refused or made, every change of a registration, every
 * administrative call. A hash over each record and the one before it makes removal visible. Tokens are named by their hash.
 */
import { createHash } from 'node:crypto'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import type { Explanation } from './explain.ts'

export const EVENT_KINDS = [
  'admitted',
  'refused',
  'minted',
  'registration',
  'administration',
  'authorization',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** What happened. Members that do not apply are absent. */
export interface AuditEvent {
  readonly kind: EventKind
  /** The correlation id that the caller was told (`request-id`). */
  readonly requestId: string
  /** Whose token, or whom a token was made for: `<appId>@<realm>`, or an identity here. */
  readonly partner?: string
  /** For whom: a UPN. */
  readonly user?: string
  /** By whom: the name of an admin token. */
  readonly administrator?: string
  /** Through what: method and path. */
  readonly through: string
  readonly status?: number
  readonly code?: RefusalCode
  /** Of an authorization: what was to be done, by which account's rights, to whom; and which rule decided, by which record. */
  readonly action?: string
  readonly account?: string
  readonly target?: string
  readonly outcome?: 'allowed' | 'denied'
  readonly rule?: string
  readonly by?: string
  /** SHA-256 of the token, in hexadecimal. */
  readonly tokenHash?: string
  /** Of a refused token: every check. Left out when refusals come too fast to be explained one by one. */
  readonly explanation?: Explanation
}

export interface AuditRecord {
  readonly seq: number
  readonly time: EpochSeconds
  readonly kind: EventKind
  readonly requestId: string
  /** The event as JSON, in the very bytes that were hashed. */
  readonly event: string
  readonly previous: string
  readonly hash: string
}

/** Where records are kept. They are only ever added, and dropped from the old end. */
export interface AuditStore {
  /** The newest record's place in the chain; undefined before the first. */
  head(): Promise<{ readonly seq: number; readonly hash: string } | undefined>
  /** Adds records and moves the head in one transaction. */
  append(records: readonly AuditRecord[]): Promise<void>
  /** Records after `after` (0: from the oldest), in order; of some kinds only, if given. */
  read(after: number, limit: number, kinds?: readonly EventKind[]): Promise<AuditRecord[]>
  /** The newest records of these kinds, newest last. */
  newest(limit: number, kinds: readonly EventKind[]): Promise<AuditRecord[]>
  find(requestId: string): Promise<AuditRecord[]>
  /** Drops what is older than `before`, and all but the newest `keep`. */
  prune(keep: number, before: EpochSeconds): Promise<void>
}

export interface DecisionLog {
  /** Never waits: records are written together, a moment later. */
  record(event: AuditEvent): void
  /** Whether a refusal may be explained now: twenty a second are, so that a flood of junk costs little. */
  mayExplain(): boolean
  /** Waits until everything recorded so far is in the store. */
  flush(): Promise<void>
  /** Writes what waits, and takes nothing more. */
  close(): Promise<void>
}

/** How much is kept. */
export interface Retention {
  readonly records: number
  readonly days: number
}

const WRITE_EVERY_MS = 50
const MOST_WAITING = 50_000
const PRUNE_EVERY = 1_000
const EXPLAINED_PER_SECOND = 20
const DAY = 86_400
const GENESIS = '0'.repeat(64)

export interface DecisionLogContext {
  readonly store: AuditStore
  readonly now: () => EpochSeconds
  readonly retention: Retention
  /** Hears when records could not be written. */
  readonly onSurprise: (error: unknown) => void
}

export async function openDecisionLog(context: DecisionLogContext): Promise<DecisionLog> {
  const { store, now, retention, onSurprise } = context
  let head = (await store.head()) ?? { seq: 0, hash: GENESIS }
  let waiting: AuditRecord[] = []
  let writing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let sincePruned = 0
  let closed = false
  let explained = { second: 0, count: 0 }

  const write = async () => {
    const batch = [...waiting]
    if (batch.length === 0) return
    await store.append(batch) // where this fails the records wait for the next time
    waiting = waiting.slice(batch.length)
    sincePruned += batch.length
    if (sincePruned < PRUNE_EVERY) return
    sincePruned = 0
    await store.prune(retention.records, now() - retention.days * DAY)
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write).catch(onSurprise)
    return writing
  }
  return {
    record(event) {
      if (closed) return // a call that outlived the server's connections has nowhere left to write
      if (waiting.length >= MOST_WAITING) {
        onSurprise(new Error('a decision was not recorded: too many wait to be written'))
        return
      }
      const record = chain(head, now(), event)
      head = record
      waiting.push(record)
      timer ??= setTimeout(() => void flush(), WRITE_EVERY_MS)
    },
    mayExplain() {
      const second = now()
      explained = second === explained.second ? { second, count: explained.count + 1 } : { second, count: 1 }
      return explained.count <= EXPLAINED_PER_SECOND
    },
    flush,
    close() {
      closed = true
      return flush()
    },
  }
}

/** The name under which a token stands in the log. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function chain(head: { seq: number; hash: string }, time: EpochSeconds, event: AuditEvent): AuditRecord {
  const seq = head.seq + 1
  const text = JSON.stringify(event)
  const { kind, requestId } = event
  return {
    seq,
    time,
    kind,
    requestId,
    event: text,
    previous: head.hash,
    hash: hashOf(seq, time, text, head.hash),
  }
}

function hashOf(seq: number, time: EpochSeconds, event: string, previous: string): string {
  return createHash('sha256').update(`${previous}\n${seq}\n${time}\n${event}`).digest('hex')
}

/** What became of the chain: whole, or where it breaks first. */
export type Verified =
  | { readonly whole: true; readonly records: number }
  | { readonly whole: false; readonly seq: number; readonly why: string }

/** Walks the chain from the oldest record kept to the head. Whoever can write the store can write a chain of his own. */
export async function verifyChain(store: AuditStore): Promise<Verified> {
  const head = await store.head()
  let last: AuditRecord | undefined
  let records = 0
  for (;;) {
    const batch = await store.read(last?.seq ?? 0, PRUNE_EVERY)
    if (batch.length === 0) break
    for (const record of batch) {
      const why = faultOf(record, last)
      if (why !== undefined) return { whole: false, seq: record.seq, why }
      last = record
      records++
    }
  }
  if ((last?.hash ?? GENESIS) !== (head?.hash ?? GENESIS)) {
    return { whole: false, seq: (last?.seq ?? 0) + 1, why: 'the newest records are missing' }
  }
  return { whole: true, records }
}

function faultOf(
  { seq, time, event, previous, hash }: AuditRecord,
  last: AuditRecord | undefined,
): string | undefined {
  if (last !== undefined && (seq !== last.seq + 1 || previous !== last.hash))
    return 'a record before it is missing or changed'
  return hashOf(seq, time, event, previous) === hash ? undefined : 'the record was changed'
}
