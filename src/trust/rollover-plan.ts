/** How far a rollover of this server's signing key is: who has read the next key, and what is to be done next. Pure. */
import { hexThumbprint } from '../protocol/certificate.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import { isoTime } from '../protocol/ids.ts'
import { type Refusal, refuse } from '../protocol/outcome.ts'
import type { DocumentFetch } from './document-fetches.ts'
import { TOKEN_LIFETIME } from './mint.ts'
import type { Partner } from './partner.ts'
import { inState, type OwnKey } from './signing-keys.ts'

export interface RolloverEvidence {
  readonly keys: readonly OwnKey[]
  /** The generation of the document that is published now. */
  readonly generation: number
  readonly fetches: readonly DocumentFetch[]
  readonly partners: readonly Partner[]
  readonly now: EpochSeconds
  /** How far clocks may lie apart, in seconds. */
  readonly skew: number
}

export interface PlannedPartner {
  readonly identity: string
  readonly issuer: string
  /** Whether it has fetched the document as it is now. What it made of it is not known here. */
  readonly hasSeen: boolean
  /** What it fetched last, and when; absent: nothing, or it did not say who it was. */
  readonly generation?: number
  readonly fetchedAt?: EpochSeconds
}

/** `nothing staged` → `staged` → `active`, which is over when the previous key is cleared. */
export type RolloverPhase = 'nothing staged' | 'staged' | 'active'

export interface RolloverPlan {
  readonly phase: RolloverPhase
  readonly next?: OwnKey
  readonly partners: readonly PlannedPartner[]
  /** What stands between this phase and the next, in a sentence. */
  readonly text: string
}

/** Disabled partners are left out: what they know of this server's keys keeps nobody from anything. */
export function planRollover(evidence: RolloverEvidence): RolloverPlan {
  const { keys, generation } = evidence
  const next = inState(keys, 'next')
  const previous = inState(keys, 'previous')
  const partners = evidence.partners
    .filter((partner) => partner.enabled && isToHear(partner, evidence.fetches))
    .map((partner) => seenBy(partner, evidence))
  const unseen = partners.filter(({ hasSeen }) => !hasSeen)
  if (next !== undefined) {
    const when =
      next.effectiveAt === undefined ? '' : `; it is to be current from ${isoTime(next.effectiveAt)}`
    const fetched =
      unseen.length === 0
        ? `Every partner has fetched the next key (${partners.length} of ${partners.length})${when}.`
        : `${unseen.length} of ${partners.length} partners have not fetched the next key: ${unseen.map(({ identity }) => identity).join(', ')}${when}.`
    // The next key pushes the previous one out.
    const inUse = previous === undefined || isOver(evidence) ? '' : ` ${tokensOf(previous, evidence)}`
    return { phase: 'staged', next, partners, text: `${fetched}${inUse}` }
  }
  if (previous === undefined) {
    return {
      phase: 'nothing staged',
      partners,
      text: `No key is staged; the document is in generation ${generation}.`,
    }
  }
  const text = isOver(evidence)
    ? `The previous key, ${hexThumbprint(previous.certificate.x5t)}, is no longer needed.`
    : tokensOf(previous, evidence)
  return { phase: 'active', partners, text }
}

// A token server hears of keys only if this server is a client of its, which shows by its having asked once.
function isToHear({ authServer, issuer }: Partner, fetches: RolloverEvidence['fetches']): boolean {
  return authServer === undefined || fetches.some((fetch) => fetch.issuer === issuer)
}

function seenBy({ identity, issuer }: Partner, { fetches, generation }: RolloverEvidence): PlannedPartner {
  const fetch = fetches.find((one) => one.issuer === issuer)
  return {
    ...{ identity, issuer, hasSeen: fetch?.generation === generation },
    ...(fetch !== undefined && { generation: fetch.generation, fetchedAt: fetch.fetchedAt }),
  }
}

// The previous key signed until the current one came, and nobody believes it longer than its certificate.
function endOfTokens({ keys, skew, now }: RolloverEvidence): EpochSeconds {
  const ended = inState(keys, 'previous')?.certificate.notAfter ?? now
  return Math.min(ended, (inState(keys, 'current')?.since ?? now) + TOKEN_LIFETIME) + skew
}

function isOver(evidence: RolloverEvidence): boolean {
  return endOfTokens(evidence) <= evidence.now
}

function tokensOf({ certificate }: OwnKey, evidence: RolloverEvidence): string {
  return `Tokens of the previous key, ${hexThumbprint(certificate.x5t)}, may be in use until ${isoTime(endOfTokens(evidence))}.`
}

/**
 * Why the next key must not sign yet: not every partner has fetched it, or the previous key, which it would push out, has
 * tokens in use still. Undefined when it may. That none is staged is another matter.
 */
export function refuseActivation(evidence: RolloverEvidence): Refusal | undefined {
  const { phase, partners } = planRollover(evidence)
  const unseen = partners.filter(({ hasSeen }) => !hasSeen)
  if (phase !== 'staged') return undefined
  if (unseen.length === 0) return refuseFinish(evidence)
  return refuse('signing_key_unseen', {
    at: 'next',
    expected: `a key that all ${partners.length} partners have fetched; or force`,
    seen: `${unseen.map(({ identity }) => identity).join(', ')} have not`,
  })
}

/** Why the previous key must not be forgotten yet, or pushed out by another; undefined when it may. */
export function refuseFinish(evidence: RolloverEvidence): Refusal | undefined {
  if (inState(evidence.keys, 'previous') === undefined || isOver(evidence)) return undefined
  const expected = `${isoTime(endOfTokens(evidence))} or later, when no token of it is in use any longer; or force`
  return refuse('signing_key_tokens_live', { at: 'previous', expected, seen: isoTime(evidence.now) })
}
