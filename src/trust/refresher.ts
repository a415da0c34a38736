/** Reading partners' keys again: on a schedule, and once when a token names a key that is not known yet. */
import type { EpochSeconds } from '../protocol/ids.ts'
import { readPresentedToken } from '../protocol/presented-token.ts'
import type { Cancel, Clock } from './clock.ts'
import type { Partner } from './partner.ts'
import { goodUntil, isDue, type RefreshPolicy } from './refresh-policy.ts'
import type { Partners } from './register.ts'

export interface RefresherContext {
  readonly partners: Partners
  readonly clock: Clock
  readonly policy: RefreshPolicy
  /** Hears what a refresh brought that nobody asked for: new keys, or why there are none. */
  readonly onRefresh: (partner: Partner, what: string, isFailure: boolean) => void
}

export interface Refresher {
  /**
   * A token was refused because its key is not known, or because the partner's keys are too old. Whether it is worth while
   * to judge it again: the partner's document was read meanwhile. Nothing is asked of anyone for an issuer that is not
   * registered, nor for one that is disabled.
   */
  learn(token: string): Promise<boolean>
  /** Reads the keys of every partner whose turn it is; answers with what that brought. */
  sweep(): Promise<readonly string[]>
  close(): void
}

/** How often it is looked whose turn it is. */
const SWEEP = 60
// So that many partners do not come at once; each has its own deadline, so a slow one is over in seconds.
const AT_ONCE = 16
// Calls that wait for one document. Beyond that a flood of junk would hold connections.
const MOST_WAITING = 32
const MOST_UNKNOWN = 1_000

export function openRefresher({ partners, clock, policy, onRefresh }: RefresherContext): Refresher {
  const flights = new Map<string, { done: Promise<boolean>; waiting: number }>()
  const asked = new Map<string, EpochSeconds>()
  // Keys that a partner did not have when it was asked, and when that was.
  const unknown = new Map<string, EpochSeconds>()

  const refresh = async (partner: Partner): Promise<string[]> => {
    const { identity } = partner
    const outcome = await partners.refresh(identity)
    if (!outcome.ok) {
      const what = `partner ${identity}: ${outcome.code}${outcome.seen === undefined ? '' : ` (${outcome.seen})`}`
      onRefresh(partner, what, true)
      return [what]
    }
    const generation = outcome.value.refresh?.generation
    if (generation === partner.refresh?.generation) return []
    const what = `partner ${identity}: new keys (generation ${generation})`
    onRefresh(outcome.value, what, false)
    return [what]
  }
  const sweep = async () => {
    const due = partners.list().filter((partner) => isDue(partner, policy, clock.now()))
    const said: string[] = []
    const worker = async () => {
      for (let partner = due.shift(); partner !== undefined; partner = due.shift())
        said.push(...(await refresh(partner)))
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, worker))
    return said.sort()
  }
  const isRecent = (then: EpochSeconds | undefined, seconds: number) => {
    const age = then === undefined ? Number.POSITIVE_INFINITY : clock.now() - then
    return age >= 0 && age < seconds
  }
  const fly = async (partner: Partner, x5t: string): Promise<boolean> => {
    const { issuer } = partner
    asked.set(issuer, clock.now())
    await refresh(partner)
    const after = partners.byIssuer(issuer)
    if (after === undefined) return false
    const wasRead = after.refresh?.failure === undefined
    if (wasRead && !after.certificates.some((known) => known.x5t === x5t)) {
      const [oldest] = unknown.keys()
      if (unknown.size >= MOST_UNKNOWN && oldest !== undefined) unknown.delete(oldest)
      unknown.set(`${issuer} ${x5t}`, clock.now())
    }
    return wasRead
  }

  const turns: Cancel[] = [
    clock.at('partners’ keys', clock.now(), sweep),
    clock.every('partners’ keys', SWEEP, 'one turn', sweep),
  ]
  return {
    sweep,

    async learn(token) {
      const presented = readPresentedToken(token)
      if (!presented.ok) return false
      const { issuer, x5t } = presented.value
      const partner = partners.byIssuer(issuer)
      if (partner === undefined || !partner.enabled || partner.source.kind !== 'metadata') return false
      const isKnown = partner.certificates.some((known) => known.x5t === x5t)
      const isStale = clock.now() > (goodUntil(partner, policy.goodFor) ?? Number.POSITIVE_INFINITY)
      if (isKnown && !isStale) return true // it came while this call was on its way
      const flight = flights.get(partner.issuer)
      if (flight !== undefined) {
        if (flight.waiting >= MOST_WAITING) return false
        flight.waiting++
        return flight.done
      }
      if (isRecent(asked.get(partner.issuer), policy.coolDown)) return false
      if (isRecent(unknown.get(`${partner.issuer} ${x5t}`), policy.unknownFor)) return false
      const done = fly(partner, x5t).finally(() => flights.delete(partner.issuer))
      flights.set(partner.issuer, { done, waiting: 1 })
      return done
    },

    close() {
      for (const cancel of turns) cancel()
    },
  }
}
