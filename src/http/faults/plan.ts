/**
 * Faults on purpose: what is to go wrong between this server and another, and in which order. Pure: the same order, or the
 * same seed, is the same trace every time.
 */
import { createHash } from 'node:crypto'

/** `documents`: downloads of auth metadata documents. `calls`: everything else that is asked of a partner. */
export const LANES = ['documents', 'calls'] as const
export type Lane = (typeof LANES)[number]

/** What can go wrong, and where. */
export const FAULTS = {
  well: { lanes: LANES, what: 'nothing' },
  down: { lanes: LANES, what: 'nobody listens' },
  slow: { lanes: LANES, what: 'the answer begins, and a byte a second follows' },
  truncated: { lanes: LANES, what: 'the connection ends in the middle of the answer' },
  huge: { lanes: LANES, what: 'the answer is larger than is read' },
  'wrong-certificate': { lanes: LANES, what: 'the TLS certificate comes from nobody who is known' },
  redirect: { lanes: LANES, what: 'the answer is 302, to another host' },
  status: { lanes: LANES, what: 'the answer has this status and an empty body' },
  stale: { lanes: ['documents'], what: 'the document is the one that was there when the fault was ordered' },
  skew: { lanes: ['calls'], what: 'the token for the call is made by a clock that is so many seconds off' },
} as const satisfies Record<string, { readonly lanes: readonly Lane[]; readonly what: string }>

export type FaultKind = keyof typeof FAULTS

/** What happens to one request. */
export interface Fault {
  readonly kind: FaultKind
  /** Of `status`. */
  readonly status?: number
  /** Of `skew`: seconds, below 0 for a clock that is behind. */
  readonly seconds?: number
}

/** In which order: written down, or drawn by a seed. */
export type Order =
  | { readonly steps: readonly Fault[]; readonly again: boolean }
  | { readonly seed: number; readonly among: readonly Fault[]; readonly chance: number }

export const WELL: Fault = { kind: 'well' }

/** What happens to the request with this number; the first is 1. After the end of a written order all is well. */
export function faultAt(order: Order, lane: Lane, n: number): Fault {
  if ('steps' in order) {
    const { steps, again } = order
    return steps[again && steps.length > 0 ? (n - 1) % steps.length : n - 1] ?? WELL
  }
  const { seed, among, chance } = order
  const drawn = createHash('sha256').update(`${seed} ${lane} ${n}`).digest()
  if (drawn.readUInt32BE(0) / 2 ** 32 >= chance) return WELL
  return among[drawn.readUInt32BE(4) % among.length] ?? WELL
}

const MOST_STEPS = 10_000

/** A fault as it is written: `well`, `down`, `503`, `skew:-600`. Undefined for what is none. */
export function readFault(text: string): Fault | undefined {
  if (/^[1-5][0-9][0-9]$/.test(text) && Number(text) >= 400) return { kind: 'status', status: Number(text) }
  const [, seconds] = /^skew:([+-]?[0-9]{1,9})$/.exec(text) ?? []
  if (seconds !== undefined) return { kind: 'skew', seconds: Number(seconds) }
  const isBare = Object.hasOwn(FAULTS, text) && text !== 'status' && text !== 'skew'
  return isBare ? { kind: text as FaultKind } : undefined
}

/** An order as it is written, `well*2 503 stale`; or the first word that is no fault. */
export function readOrder(text: string): readonly Fault[] | { readonly wrong: string } {
  const steps: Fault[] = []
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const [, name = '', times = '1'] = /^(.*?)(?:\*([1-9][0-9]{0,3}))?$/.exec(word) ?? []
    const fault = readFault(name)
    if (fault === undefined || steps.length + Number(times) > MOST_STEPS) return { wrong: word }
    for (let n = 0; n < Number(times); n++) steps.push(fault)
  }
  return steps
}

/** The inverse of `readFault`. */
export function writeFault({ kind, status, seconds }: Fault): string {
  if (kind === 'status') return String(status)
  return kind === 'skew' ? `skew:${seconds}` : kind
}

/** What the words of an order may be, for those who wrote another. */
export const EXPECTED_FAULT = `${Object.keys(FAULTS)
  .filter((kind) => kind !== 'status' && kind !== 'skew')
  .join(', ')}, a status such as 503, or skew:<seconds>`
