/** How often an address may show a wrong admin token: a small table in memory that forgets. */
import { isIPv6 } from 'node:net'
import type { EpochSeconds } from '../../protocol/ids.ts'

export interface FailureLimit {
  /** Seconds until this address is listened to again; 0: now. */
  wait(address: string): number
  note(address: string): void
}

const WINDOW = 60
// A window is some hundred bytes, so an attacker with many addresses costs a megabyte and no more.
const MOST_ADDRESSES = 10_000

/** Allows `perMinute` failures in the minute that begins with the first; whoever has spent them waits for its end. */
export function openFailureLimit(perMinute: number, now: () => EpochSeconds): FailureLimit {
  const windows = new Map<string, { readonly since: EpochSeconds; failures: number }>()
  const open = (key: string) => {
    const window = windows.get(key)
    if (window === undefined) return undefined
    const age = now() - window.since
    // Also when the clock was set back: nobody waits for a time that may never come.
    if (age >= 0 && age < WINDOW) return window
    windows.delete(key)
    return undefined
  }
  const makeRoom = () => {
    for (const key of windows.keys()) open(key)
    const [oldest] = windows.keys()
    if (windows.size >= MOST_ADDRESSES && oldest !== undefined) windows.delete(oldest)
  }
  return {
    wait(address) {
      const window = open(networkOf(address))
      return window === undefined || window.failures < perMinute ? 0 : window.since + WINDOW - now()
    },
    note(address) {
      const key = networkOf(address)
      const window = open(key)
      if (window !== undefined) window.failures++
      else {
        if (windows.size >= MOST_ADDRESSES) makeRoom()
        windows.set(key, { since: now(), failures: 1 })
      }
    },
  }
}

/** What one caller holds: an IPv4 address, however it is written, or the /64 that an IPv6 host can move about in. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.toLowerCase().split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
