/** Where a lab’s clock stands, kept in the server’s data folder: what is in that folder happened by this clock. */
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { ClockPosition } from './clock.ts'
import { parseConfig } from './config.ts'
import { readJson } from './files.ts'

const Position = z.strictObject({
  base: z.number(),
  machine: z.number(),
  rate: z.number().gt(0),
  frozen: z.boolean(),
  skew: z.number(),
})

/** Undefined when it was never moved. */
export function readClockPosition(dataDir: string): ClockPosition | undefined {
  const file = fileIn(dataDir)
  return existsSync(file) ? parseConfig(Position, readJson(file), file) : undefined
}

export function writeClockPosition(dataDir: string, position: ClockPosition): void {
  const file = fileIn(dataDir)
  writeFileSync(`${file}.new`, `${JSON.stringify(position)}\n`)
  renameSync(`${file}.new`, file)
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'clock.json')
}
