/**
 * What was decided, for those who ask later: every token admitted, refused or made, every call that a policy forbade, every
 * change of a registration, every administrative call (audit-record.ts says how a record is made, audit-verify.ts how one sees that none is missing).
 */
import type { EpochSeconds } from '../protocol/ids.ts'
import {
  type AuditEvent,
  type AuditRecord,
  CHAINS,
  type EventKind,
  GENESIS,
  type Place,
  type RemovalEvent,
  recordOf,
} from './audit-record.ts'

/** Where records are kept. They are only ever added, and dropped from the old end of their chain. */
export interface AuditStore {
  /** The newest place of each chain. */
  heads(): Promise<ReadonlyMap<EventKind, Place>>
  /** Adds records, moves the heads, and drops each chain up to a place, all in one transaction. */
  append(records: readonly AuditRecord[], dropped?: readonly ChainPlace[]): Promise<void>
  /** Records after `after` (0: from the oldest), in order; of some kinds only, if given. */
  read(after: number, limit: number, kinds?: readonly EventKind[]): Promise<AuditRecord[]>
  /** The newest records of these kinds, newest last. */
  newest(limit: number, kinds: readonly EventKind[]): Promise<AuditRecord[]>
  find(requestId: string): Promise<AuditRecord[]>
  /**
   * The newest record of a chain that is to go, so that what is left is no older than `before` and, with the one that will
   * speak of the removal, no more than `keep`.
   */
  oldEnd(chain: EventKind, keep: number, before: EpochSeconds): Promise<Place | undefined>
}

export interface ChainPlace {
  readonly chain: EventKind
  readonly seq: number
}

export interface DecisionLog {
  /** Never waits: records are written together, a moment later. */
  record(event: AuditEvent): void
  /** Kept when the record is in the store; throws if it could not be put there. */
  write(event: AuditEvent): Promise<void>
  /** Whether a refusal may be explained now: twenty a second are, so that a flood of junk costs little. */
  mayExplain(): boolean
  /** Waits until everything recorded so far is in the store. */
  flush(): Promise<void>
  /** Runs a task with everything recorded so far in the store, and while nothing is dropped from it. */
  whileKept<T>(task: () => Promise<T>): Promise<T>
  /** Writes what waits, and takes nothing more. */
  close(): Promise<void>
}

/** How much of each chain is kept: so many records, for so many days. */
export type Retention = Readonly<Record<EventKind, { readonly records: number; readonly days: number }>>

const WRITE_EVERY_MS = 50
const MOST_WAITING = 50_000
const PRUNE_EVERY = 1_000
const EXPLAINED_PER_SECOND = 20
const DAY = 86_400

export interface DecisionLogContext {
  readonly store: AuditStore
  readonly now: () => EpochSeconds
  readonly retention: Retention
  /** Hears when records could not be written. */
  readonly onSurprise: (error: unknown) => void
}

export async function openDecisionLog(context: DecisionLogContext): Promise<DecisionLog> {
  const { store, now, retention, onSurprise } = context
  const heads = new Map(await store.heads())
  let seq = Math.max(0, ...[...heads.values()].map((head) => head.seq))
  let waiting: AuditRecord[] = []
  // Places up to which a chain is to go, each with the record in `waiting` that says so.
  let dropping: (ChainPlace & { readonly saidBy: AuditRecord })[] = []
  let writing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let sincePruned = 0
  let keepers = 0
  let closed = false
  let explained = { second: 0, count: 0 }

  const add = (event: AuditEvent | RemovalEvent): AuditRecord => {
    const chain = event.kind === 'removal' ? event.chain : event.kind
    const record = recordOf(event, seq + 1, now(), heads.get(chain) ?? GENESIS)
    seq = record.seq
    heads.set(chain, record)
    waiting.push(record)
    return record
  }
  const write = async () => {
    const batch = [...waiting]
    if (batch.length === 0) return
    const drops = dropping.filter(({ saidBy }) => batch.includes(saidBy))
    await store.append(batch, drops) // where this fails the records wait for the next time
    waiting = waiting.slice(batch.length)
    dropping = dropping.filter((drop) => !drops.includes(drop))
    sincePruned += batch.length
  }
  const prune = async () => {
    sincePruned = 0
    for (const chain of CHAINS) {
      const { records, days } = retention[chain]
      const removed = await store.oldEnd(chain, records, now() - days * DAY)
      if (removed === undefined) continue
      const saidBy = add({ kind: 'removal', chain, requestId: 'retention', through: 'retention', removed })
      dropping.push({ chain, seq: removed.seq, saidBy })
    }
    await write()
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing
      .then(write)
      .then(() => (sincePruned >= PRUNE_EVERY && keepers === 0 ? prune() : undefined))
      .catch(onSurprise)
    return writing
  }
  await prune() // what grew too old while nothing ran
  return {
    record(event) {
      if (closed) return // a call that outlived the server's connections has nowhere left to write
      if (waiting.length >= MOST_WAITING) {
        onSurprise(new Error('a decision was not recorded: too many wait to be written'))
        return
      }
      add(event)
      timer ??= setTimeout(() => void flush(), WRITE_EVERY_MS)
    },
    async write(event) {
      if (closed) throw new Error('the record is closed')
      const record = add(event)
      await flush()
      if (waiting.includes(record)) throw new Error('a record could not be written')
    },
    mayExplain() {
      const second = now()
      explained = second === explained.second ? { second, count: explained.count + 1 } : { second, count: 1 }
      return explained.count <= EXPLAINED_PER_SECOND
    },
    flush,
    async whileKept(task) {
      keepers++
      try {
        await flush()
        return await task()
      } finally {
        keepers--
      }
    },
    close() {
      closed = true
      return flush()
    },
  }
}
