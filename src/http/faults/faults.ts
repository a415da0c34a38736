/** The faults on purpose of one server: which are in force, and what they did. In memory: a restart is the end of them. */
import type { Route } from '../outbound.ts'
import { type Fault, faultAt, type Lane, type Order, writeFault } from './plan.ts'
import { openStandIn, type StandIn, type StandInParts } from './stand-in.ts'

/** An order for one edge: from this server to whoever is at `to`. */
export interface FaultOrder {
  /** `host:port`. */
  readonly to: string
  readonly on: Lane
  readonly order: Order
  /** The document as it was when a fault `stale` was ordered. */
  readonly stale?: string
}

/** What happened to one request. */
export interface FaultTrace {
  readonly to: string
  readonly on: Lane
  /** The number of the request on this edge, since the order was given. */
  readonly request: number
  readonly fault: string
}

export interface Faults {
  /** Replaces what was ordered for this edge. */
  set(order: FaultOrder): void
  /** Ends all, or those of one edge; the trace stays until all end. */
  clear(to?: string): void
  list(): readonly (FaultOrder & { readonly requests: number })[]
  trace(): readonly FaultTrace[]
  /** Takes the next fault of the edge that a request is on. Undefined: the request goes to the partner itself. */
  standIn(lane: Lane, url: string): Promise<StandIn | undefined>
  /** By how many seconds the clock is off for a token that the next call to this URL carries. */
  skewAt(url: string): number
}

interface Edge extends FaultOrder {
  requests: number
}

const MOST_TRACED = 1_000

/** `routes`: where host names really are, so that an edge is one by whichever name it is called. */
export function openFaults(
  routes: ReadonlyMap<string, Route>,
  { tls, strangersTls: makeStrangersTls }: Omit<StandInParts, 'stale'>,
): Faults {
  const edges = new Map<string, Edge>()
  let strangers: ReturnType<typeof makeStrangersTls> | undefined
  const strangersTls = () => {
    strangers ??= makeStrangersTls() // dear to make, and nobody minds that it is the same
    return strangers
  }
  const parts = { tls, strangersTls }
  let traced: FaultTrace[] = []
  const keyOf = (lane: Lane, to: string) => `${lane} ${placeOf(to, routes)}`
  const edgeAt = (lane: Lane, url: string) => edges.get(keyOf(lane, new URL(url).host))

  return {
    set: (order) => {
      edges.set(keyOf(order.on, order.to), { ...order, requests: 0 })
    },
    clear(to) {
      if (to === undefined) {
        edges.clear()
        traced = []
      } else for (const lane of ['documents', 'calls'] as const) edges.delete(keyOf(lane, to))
    },
    list: () => [...edges.values()],
    trace: () => traced,
    async standIn(lane, url) {
      const edge = edges.size === 0 || !URL.canParse(url) ? undefined : edgeAt(lane, url)
      if (edge === undefined) return undefined
      const request = ++edge.requests
      const fault: Fault = faultAt(edge.order, lane, request)
      traced.push({ to: edge.to, on: lane, request, fault: writeFault(fault) })
      if (traced.length > MOST_TRACED) traced = traced.slice(-MOST_TRACED)
      return openStandIn(fault, { ...parts, ...(edge.stale !== undefined && { stale: edge.stale }) })
    },
    skewAt(url) {
      const edge = edges.size === 0 ? undefined : edgeAt('calls', url)
      if (edge === undefined) return 0
      const { kind, seconds = 0 } = faultAt(edge.order, 'calls', edge.requests + 1)
      return kind === 'skew' ? seconds : 0
    },
  }
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

function placeOf(to: string, routes: ReadonlyMap<string, Route>): string {
  const { hostname, port } = new URL(`https://${to}`)
  const route = routes.get(hostname)
  if (route !== undefined && ['', '443', String(route.port)].includes(port))
    return placeOf(`${route.address}:${route.port}`, new Map())
  return `${LOOPBACK.includes(hostname) ? 'localhost' : hostname}:${port || 443}`
}
