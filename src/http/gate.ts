/** The gate of one server: what tokens are judged against at each moment, and what is remembered of those that came before. */
import type { Kit } from '../products/product.ts'
import type { Situation } from '../trust/checks.ts'
import type { DecisionLog } from '../trust/decision-log.ts'
import type { RefreshPolicy } from '../trust/refresh-policy.ts'
import type { Refresher } from '../trust/refresher.ts'
import type { Partners } from '../trust/register.ts'
import { openTokenMemory } from '../trust/token-memory.ts'
import type { ServerGate } from './bearer.ts'
import type { Metrics } from './metrics.ts'

export interface GateParts {
  readonly kit: Kit
  readonly partners: Partners
  readonly decisions: DecisionLog
  /** How far clocks may lie apart, in seconds. */
  readonly skew: number
  readonly refresher: Refresher
  readonly refreshing: RefreshPolicy
  readonly metrics: Metrics
}

export function openGate({
  kit,
  partners,
  decisions,
  skew,
  refresher,
  refreshing,
  metrics,
}: GateParts): ServerGate {
  const common = {
    partnerOf: partners.byIssuer,
    isRegistered: partners.hasApplication,
    skew,
    keysGoodFor: refreshing.goodFor,
    memory: openTokenMemory(),
  }
  let last: Situation | undefined
  return {
    name: kit.name,
    directory: kit.directory,
    log: decisions,
    learn: refresher.learn,
    stopwatch: kit.stopwatch,
    decided: metrics.decided,
    // The same object for as long as it says the same: what was judged in it is known by it.
    situation() {
      const self = kit.identity
      const formerRealms = kit.formerRealms()
      const now = kit.now()
      if (last?.self !== self || last.formerRealms !== formerRealms || last.now !== now)
        last = { ...common, self, formerRealms, now }
      return last
    },
  }
}
