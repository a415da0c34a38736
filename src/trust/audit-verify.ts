/** Whether a record is whole: nothing changed, nothing taken out, nothing put in. */
import { setImmediate } from 'node:timers/promises'
import { type EpochSeconds, isoTime } from '../protocol/ids.ts'
import {
  type AuditEvent,
  type AuditRecord,
  CHAINS,
  type EventKind,
  GENESIS,
  hashOf,
  type Place,
  type RemovalEvent,
} from './audit-record.ts'
import type { AuditStore } from './decision-log.ts'

/** What there is of one chain. */
export interface ChainKept {
  readonly chain: EventKind
  readonly records: number
  /** The oldest record that is kept. */
  readonly first: number
  readonly since: string
  /** The newest: noted elsewhere, it shows later that nobody has written this chain anew. */
  readonly seq: number
  readonly hash: string
}

/** What became of the record: whole, or where it is not. */
export type Verified =
  | { readonly whole: true; readonly records: number; readonly chains: readonly ChainKept[] }
  | Broken

interface Broken {
  readonly whole: false
  readonly seq: number
  readonly why: string
}

const PAGE = 500

/**
 * Walks every chain from the oldest record kept to its head. `noted` are places that were seen before: whoever can write the
 * store can write chains of his own, but not ones that hold these. Nothing may be dropped meanwhile; other work is let
 * through between pages.
 */
export async function verifyStore(store: AuditStore, noted: readonly Place[] = []): Promise<Verified> {
  const before = await store.heads()
  const walk = startWalk([...noted, ...[...before.values()].filter(({ seq }) => seq > 0)])
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await store.read(after, PAGE)
    for (const record of page) {
      const why = walk.step(record)
      if (why !== undefined) return broken(record.seq, why)
      after = record.seq
    }
    if (page.length === 0) return walk.end() ?? headFault(walk, before, await store.heads()) ?? walk.result()
    await setImmediate()
  }
}

/** The same for records that were exported: the ends of the chains are what the file says they are. */
export function verifyRecords(records: Iterable<AuditRecord>, noted: readonly Place[] = []): Verified {
  const walk = startWalk(noted)
  for (const record of records) {
    const why = walk.step(record)
    if (why !== undefined) return broken(record.seq, why)
  }
  return walk.end() ?? walk.result()
}

type Walk = ReturnType<typeof startWalk>

interface Seen {
  readonly first: AuditRecord
  readonly last: AuditRecord
  readonly records: number
  /** Up to where the newest removal says that the chain was dropped. */
  readonly removed: Place
}

function startWalk(noted: readonly Place[]) {
  const chains = new Map<EventKind, Seen>()
  const hashes = new Map(noted.map(({ seq, hash }) => [seq, hash]))
  const twice = noted.find(({ seq, hash }) => hashes.get(seq) !== hash)
  const missed = new Set(hashes.keys())
  let last = 0
  let lastMissing = 0
  return {
    chains,
    /** Takes the next record; says what is wrong with it. */
    step(record: AuditRecord): string | undefined {
      const { seq, chain } = record
      if (seq <= last) return 'no record has this place'
      if (seq > last + 1) lastMissing = seq - 1
      last = seq
      const event = eventIn(record)
      if (event === undefined) return 'the record was changed'
      const seen = chains.get(chain)
      if (seen !== undefined && record.previous !== seen.last.hash)
        return 'a record before it is missing or changed'
      missed.delete(seq)
      if ((hashes.get(seq) ?? record.hash) !== record.hash) return 'it is not the record that was noted'
      const removed = event.kind === 'removal' ? event.removed : (seen?.removed ?? GENESIS)
      chains.set(chain, {
        first: seen?.first ?? record,
        last: record,
        records: (seen?.records ?? 0) + 1,
        removed,
      })
      return undefined
    },
    /** What can only be said at the end. */
    end(): Broken | undefined {
      if (twice !== undefined) return broken(twice.seq, 'the record was noted with two hashes')
      for (const { first, removed } of chains.values()) {
        if (first.previous !== removed.hash || removed.seq >= first.seq)
          return broken(first.seq, 'records before it are missing, and none says that they were dropped')
      }
      const dropped = Math.max(0, ...[...chains.values()].map(({ removed }) => removed.seq))
      if (lastMissing > dropped) return broken(lastMissing, 'the record is missing')
      const [lost] = [...missed].sort((a, b) => a - b)
      if (lost === undefined) return undefined
      return broken(
        lost,
        lost <= dropped ? 'the record that was noted is no longer kept' : 'the newest records are missing',
      )
    },
    result(): Verified {
      const kept = [...chains.values()].map(keptOf)
      return { whole: true, records: kept.reduce((sum, { records }) => sum + records, 0), chains: kept }
    },
  }
}

// A chain may have grown since `before` was read; it must not have grown beyond the head it has now.
function headFault(
  { chains }: Walk,
  before: ReadonlyMap<EventKind, Place>,
  now: ReadonlyMap<EventKind, Place>,
): Broken | undefined {
  const more = [...before].find(([chain]) => !CHAINS.includes(chain))
  if (more !== undefined) return broken(more[1].seq, 'an end is noted of a chain that is none')
  for (const chain of CHAINS) {
    const head = before.get(chain)
    const last = chains.get(chain)?.last.seq ?? 0
    if (head === undefined) return broken(last, `the end of the chain ${chain} is not noted`)
    if (last < head.seq) return broken(head.seq, 'the newest records are missing')
    if (last > (now.get(chain)?.seq ?? 0)) return broken(last, 'it stands after the end of its chain')
  }
  return undefined
}

// The event, if it is what was hashed and says of itself what the record does.
function eventIn(record: AuditRecord): AuditEvent | RemovalEvent | undefined {
  if (hashOf(record) !== record.hash) return undefined
  const event = parsed(record.event)
  if (event === undefined) return undefined
  const chain = event.kind === 'removal' ? event.chain : event.kind
  const same = event.kind === record.kind && event.requestId === record.requestId && chain === record.chain
  return same && CHAINS.includes(chain) ? event : undefined
}

function parsed(text: string): AuditEvent | RemovalEvent | undefined {
  try {
    return JSON.parse(text) as AuditEvent | RemovalEvent
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function keptOf({ first, last, records }: Seen): ChainKept {
  const since: EpochSeconds = first.time
  return {
    ...{ chain: first.chain, records, first: first.seq, since: isoTime(since) },
    ...{ seq: last.seq, hash: last.hash },
  }
}

function broken(seq: number, why: string): Broken {
  return { whole: false, seq, why }
}
