/**
 * What a client shows a token server: a self-signed assertion, good once, for minutes (facts/protocol.md 6; RFC 7523). It must
 * pass the checks of any actor token, of which it is one for this server, and be short.
 */
import { type EpochSeconds, isoTime } from '../protocol/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { readAssertion } from '../protocol/presented-token.ts'
import { passAll } from './admit.ts'
import { check, refusalIn } from './check.ts'
import { CHECKS, type Check, type Situation } from './checks.ts'
import type { Partner } from './partner.ts'

/** In seconds. Clients make theirs for ten minutes, and some set them back by five. */
export const LONGEST_ASSERTION = 1_800

const shape = check(
  'shape and header',
  'protocol',
  ['token'],
  (evidence) => {
    evidence.read ??= readAssertion(evidence.token)
    if (evidence.read.ok) evidence.presented = evidence.read.value
    return evidence.read.ok
  },
  ({ read }) => refusalIn(read, 'token_not_jwt'),
)

const short = check(
  'assertion is short',
  'protocol',
  ['opened'],
  ({ opened: { actor } }) => actor.exp - actor.nbf <= LONGEST_ASSERTION,
  ({ opened: { actor } }) =>
    refuse('assertion_too_long', {
      at: 'exp',
      expected: `at most ${LONGEST_ASSERTION} s after nbf`,
      seen: `${actor.exp - actor.nbf} s`,
    }),
)

/** The checks of an assertion, in order. */
export const ASSERTION_CHECKS: readonly Check[] = [
  shape,
  ...CHECKS.filter(({ name }) => name !== shape.name),
  short,
]

/** A client whose assertion holds. It has not been spent yet. */
export interface AdmittedClient {
  readonly client: Partner
  readonly assertion: SpentAssertion
}

/** An assertion as it is remembered. */
export interface SpentAssertion {
  /** `<appId>@<realm>` of the client. */
  readonly client: string
  /** What no other assertion of this client has. */
  readonly once: string
  /** Its `exp`. */
  readonly expiresAt: EpochSeconds
  /** Until when it could be presented again, if clocks may differ tomorrow as they may today. */
  readonly until: EpochSeconds
}

/** Who shows this assertion. */
export function admitAssertion(text: string, situation: Situation): Outcome<AdmittedClient> {
  // What is judged is what is spent: it is read once.
  const read = readAssertion(text)
  const passed = passAll(ASSERTION_CHECKS, { token: text, read }, situation)
  if (!passed.ok) return passed
  if (!read.ok) throw new Error('an assertion that was admitted can be read')
  const { partner: client, expiresAt } = passed.value.admitted
  // It is believed as long as clocks may differ, so it is remembered as long.
  const until = expiresAt + situation.skew + 1
  return accept({ client, assertion: { client: client.issuer, once: read.value.once, expiresAt, until } })
}

/**
 * What came of it: taken, which happens once however many try at once; taken before; of a time of which others have been
 * forgotten; or there is no room.
 */
export type Spending = 'spent' | 'spent before' | 'too old' | 'full'

/** Where spent assertions are kept until they could not be presented again, and then until their room is needed. */
export interface AssertionStore {
  /**
   * Notes one. Where there is no room, those that are over by `now` make some. Clocks are set back and allowed to differ by
   * more, so none is taken that ended no later than any that was forgotten.
   */
  spend(assertion: SpentAssertion, now: EpochSeconds, most: AssertionLimits): Promise<Spending>
}

/** How many are remembered at once. One client cannot use up the room of the others. */
export interface AssertionLimits {
  readonly ofAll: number
  readonly ofOne: number
}

export const ASSERTION_LIMITS: AssertionLimits = { ofAll: 200_000, ofOne: 20_000 }

/** Takes an assertion, this once. Only what is over is forgotten to make room: what is forgotten could be presented again. */
export async function spend(
  store: AssertionStore,
  assertion: SpentAssertion,
  now: EpochSeconds,
  most: AssertionLimits = ASSERTION_LIMITS,
): Promise<Refusal | undefined> {
  switch (await store.spend(assertion, now, most)) {
    case 'spent':
      return undefined
    case 'spent before':
      return refuse('assertion_replayed', { at: 'assertion', expected: 'one that was never presented' })
    case 'too old':
      return refuse('assertion_forgotten', {
        at: 'exp',
        expected: 'later than that of every assertion which was forgotten',
        seen: isoTime(assertion.expiresAt),
      })
    case 'full':
      return refuse('assertions_too_many', { at: 'assertion', expected: `fewer than ${most.ofOne} at once` })
  }
}
