/** The gate of one server: what tokens are judged against at each moment, and what is remembered of those that came before. */
import type { Kit } from '../products/product.ts'
import type { DecisionLog } from '../trust/decision-log.ts'
import type { RefreshPolicy } from '../trust/refresh-policy.ts'
import type { Refresher } from '../trust/refresher.ts'
import type { Partners } from '../trust/register.ts'
import { openTokenMemory } from '../trust/token-memory.ts'
import type { Gate } from './bearer.ts'
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
}: GateParts): Gate {
  const memory = openTokenMemory()
  return {
    name: kit.name,
    directory: kit.directory,
    log: decisions,
    learn: refresher.learn,
    stopwatch: kit.stopwatch,
    decided: metrics.decided,
    situation: () => ({
      self: kit.identity,
      partnerOf: partners.byIssuer,
      isRegistered: partners.hasApplication,
      formerRealms: kit.formerRealms(),
      now: kit.now(),
      skew,
      keysGoodFor: refreshing.goodFor,
      memory,
    }),
  }
}
