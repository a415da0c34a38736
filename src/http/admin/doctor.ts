/** `/doctor`: what this server can find wrong with itself, and what the doctor of the lab has to know of it besides. */
import type { Kit, Product } from '../../products/product.ts'
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { ClockControl } from '../../trust/clock.ts'
import { type Finding, inOrder } from '../../trust/doctor/finding.ts'
import { examineServer } from '../../trust/doctor/server.ts'
import type { OwnKeys } from '../../trust/own-keys.ts'
import type { RefreshPolicy } from '../../trust/refresh-policy.ts'
import type { AdminRoute } from './route.ts'

export interface DoctorParts {
  readonly product: Product
  readonly kit: Kit
  readonly keys: OwnKeys
  readonly clock: ClockControl
  readonly refreshing: RefreshPolicy
  /** How far clocks may lie apart, in seconds. */
  readonly skew: number
  /** When the TLS certificate ends, by the machine's time. */
  readonly tlsEnds: EpochSeconds
  /** How many edges have faults on purpose. */
  readonly faults: () => number
}

/** What `GET /admin/v1/doctor` answers. */
export interface DoctorAnswer {
  readonly server: {
    readonly name: string
    readonly clockSkewSeconds: number
    readonly exchangeAutodiscoverUrl?: string
  }
  readonly findings: readonly Finding[]
}

export function doctorRoutes({
  product,
  kit,
  keys,
  clock,
  refreshing,
  skew,
  tlsEnds,
  faults,
}: DoctorParts): AdminRoute[] {
  const { exchangeAutodiscoverUrl: url } = kit.settings
  const answer = (): DoctorAnswer => ({
    server: {
      name: kit.name,
      clockSkewSeconds: skew,
      ...(url !== undefined && { exchangeAutodiscoverUrl: url }),
    },
    findings: inOrder(
      examineServer({
        name: kit.name,
        keys: keys.list(),
        rules: keys.rules,
        clock: clock.view(),
        partners: kit.partners(),
        refreshing,
        tlsEnds,
        ...(product.name === 'lync' && { autodiscover: { url } }),
        faults: faults(),
      }),
    ),
  })
  return [
    { method: 'GET', path: '/doctor', scope: 'read', handle: async () => ({ status: 200, body: answer() }) },
  ]
}
