/** The only place that asks the machine for the time, an id, chance or where a host is. */
import { randomBytes, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { EpochSeconds } from '../protocol/ids.ts'

export interface Ambient {
  now(): EpochSeconds
  newId(): string
  /** Milliseconds on a clock that only moves forward. */
  stopwatch(): number
  secret(): string
  /** The addresses of a host name, by DNS and the hosts file. */
  resolve(host: string): Promise<readonly string[]>
}

const SECRET_BYTES = 32

export const machine: Ambient = {
  now: () => Math.floor(Date.now() / 1000),
  newId: randomUUID,
  stopwatch: () => performance.now(),
  secret: () => randomBytes(SECRET_BYTES).toString('base64url'),
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
}
