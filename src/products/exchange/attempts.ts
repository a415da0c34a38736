/** Doing something that somebody else may come in between. */
import { type EwsProblem, problem } from './ews-result.ts'
import type { MailboxStep } from './mailbox.ts'

// Someone who changes an item all the time does not keep us here for ever.
const MOST_TRIES = 8

/**
 * Tries again, from the beginning, as long as an attempt says that what it had read has changed since. `otherwise` is the answer
 * when it always has.
 */
export async function untilSettled<Result>(
  attempt: () => Promise<Result | 'stale'>,
  otherwise: EwsProblem = problem('ErrorIrresolvableConflict'),
): Promise<Result | EwsProblem> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const outcome = await attempt()
    if (outcome !== 'stale') return outcome
  }
  return otherwise
}

/** These steps, then those, then the last ones, each made when it is its turn. */
export function* inOrder(
  first: readonly MailboxStep[],
  then: Iterable<MailboxStep>,
  last: readonly MailboxStep[] = [],
): Generator<MailboxStep> {
  yield* first
  yield* then
  yield* last
}
