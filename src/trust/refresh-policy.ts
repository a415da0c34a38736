/** When a partner's keys are read again, and how long those that were read last are good for. Pure. */
import { createHash } from 'node:crypto'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { Refusal } from '../protocol/outcome.ts'
import { detailOf, rowOf } from '../protocol/refusal.ts'
import type { Partner, PartnerRefresh, RefreshFailure } from './partner.ts'

const HOUR = 3_600
const DAY = 24 * HOUR

/** All in seconds. */
export interface RefreshPolicy {
  /** How often, when the partner's host gives no hint. */
  readonly usual: number
  /** What a hint may ask for, at the least and at the most. The most is below every product's lead (`RolloverRules`). */
  readonly floor: number
  readonly ceiling: number
  /** How soon after a failure; each in a row doubles it, up to the floor. */
  readonly retry: number
  /** How long keys are good for that cannot be read again. */
  readonly goodFor: number
  /** Between two times that a token with an unknown key makes this server ask its partner. */
  readonly coolDown: number
  /** For how long a key that a partner did not have is not asked for again. */
  readonly unknownFor: number
}

export const DEFAULT_REFRESH: RefreshPolicy = {
  usual: 12 * HOUR,
  floor: HOUR,
  ceiling: DAY,
  retry: 60,
  goodFor: 7 * DAY,
  coolDown: 300,
  unknownFor: 900,
}

/**
 * When to read again after it worked. Jitter only ever shortens, so that the ceiling holds, and spreads those who were
 * registered in one go. It is made of who and when: the same every time.
 */
export function nextRefresh(
  policy: RefreshPolicy,
  issuer: string,
  now: EpochSeconds,
  maxAge: number | undefined,
): EpochSeconds {
  const hinted = Math.min(policy.ceiling, Math.max(policy.floor, maxAge ?? policy.usual))
  const [byte = 0] = createHash('sha256').update(`${issuer} ${now}`).digest()
  return now + Math.floor(hinted * (0.95 - 0.1 * (byte / 255)))
}

/**
 * Until when a partner's keys are believed; undefined for keys that were handed over and have no place to be read at. A record
 * of the future does not make it longer: it is read again at once (`isDue`), and where that fails `lastRead` brings it back.
 */
export function goodUntil({ source, refreshedAt }: Partner, goodFor: number): EpochSeconds | undefined {
  return source.kind === 'metadata' ? refreshedAt + goodFor : undefined
}

/** When a partner's keys are due to be read again; undefined when they cannot be. */
export function dueAt(
  { source, refreshedAt, refresh }: Partner,
  policy: RefreshPolicy,
): EpochSeconds | undefined {
  if (source.kind !== 'metadata') return undefined
  return refresh?.nextAt ?? refreshedAt + policy.usual
}

/** Whether they are due. A record of the future is of a clock that was set back, so it says nothing. */
export function isDue(partner: Partner, policy: RefreshPolicy, now: EpochSeconds): boolean {
  const at = dueAt(partner, policy)
  if (at === undefined) return false
  return at <= now || at > now + policy.ceiling || partner.refreshedAt > now
}

/** When keys were read that cannot be read again at this moment: not later than now, however the clock was set back. */
export function lastRead({ refreshedAt }: Pick<Partner, 'refreshedAt'>, now: EpochSeconds): EpochSeconds {
  return Math.min(refreshedAt, now)
}

/** After a document was adopted, or found to be the one that was adopted before. */
export function afterSuccess(
  before: PartnerRefresh | undefined,
  isNew: boolean,
  nextAt: EpochSeconds,
  etag: string | undefined,
): PartnerRefresh {
  const generation = (before?.generation ?? (isNew ? 0 : 1)) + (isNew ? 1 : 0)
  return { generation, nextAt, ...(etag !== undefined && { etag }) }
}

/** After it did not work: it was not there, or it was and may not be adopted. */
export function afterFailure(
  policy: RefreshPolicy,
  before: PartnerRefresh | undefined,
  refusal: Refusal,
  now: EpochSeconds,
): PartnerRefresh {
  const { failure: old, quarantine: kept, ...rest } = before ?? { generation: 1, nextAt: now }
  const failure = again(old, refusal, now)
  const isReadable = !refusal.code.startsWith(DOWNLOAD_FAILED)
  const quarantine = isReadable ? again(kept, refusal, now) : kept
  const wait = Math.min(policy.floor, policy.retry * 2 ** Math.min(failure.times - 1, 30))
  return {
    ...rest,
    nextAt: now + wait,
    failure,
    ...(quarantine !== undefined && { quarantine }),
  }
}

// Every refusal that says that the document could not be had begins so.
const DOWNLOAD_FAILED = 'metadata_'
const LONGEST_DETAIL = 300

function again(old: RefreshFailure | undefined, refusal: Refusal, now: EpochSeconds): RefreshFailure {
  const detail = (detailOf(refusal) || rowOf(refusal.code).title).slice(0, LONGEST_DETAIL)
  const since = Math.min(old?.since ?? now, now)
  return { since, at: now, times: (old?.times ?? 0) + 1, code: refusal.code, detail }
}
