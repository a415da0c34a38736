/** The small files in a server's data folder: its admin token, and where it can be reached while it runs. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { errorCode } from '../protocol/error-code.ts'
import { ConfigError } from './config-error.ts'

/** What `server.json` says, as long as the server runs. */
export const Reachable = z.strictObject({
  name: z.string(),
  product: z.string(),
  url: z.url(),
  pid: z.int(),
  ca: z.string().exactOptional(),
})
export type Reachable = z.infer<typeof Reachable>

const TOKEN = /^[A-Za-z0-9_-]{32,}$/

/** The admin token, made at the first start and readable by the owner alone. */
export function ensureAdminToken(dataDir: string, makeSecret: () => string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(tokenFile(dataDir), `${makeSecret()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  return readAdminToken(dataDir)
}

export function readAdminToken(dataDir: string): string {
  const token = readFileSync(tokenFile(dataDir), 'utf8').trim()
  if (TOKEN.test(token)) return token
  throw new ConfigError(
    `${tokenFile(dataDir)}: expected one line of at least 32 letters, digits, - or _; delete it to have it made anew`,
  )
}

export function writeReachable(dataDir: string, reachable: Reachable): void {
  const file = reachableFile(dataDir)
  writeFileSync(`${file}.new`, `${JSON.stringify(reachable, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** Undefined when the server does not run. */
export function readReachable(dataDir: string): Reachable | undefined {
  try {
    return Reachable.parse(JSON.parse(readFileSync(reachableFile(dataDir), 'utf8')))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new ConfigError(`${reachableFile(dataDir)} is not what a server writes; delete it`)
  }
}

export function removeReachable(dataDir: string): void {
  rmSync(reachableFile(dataDir), { force: true })
}

function tokenFile(dataDir: string): string {
  return join(dataDir, 'admin-token')
}

function reachableFile(dataDir: string): string {
  return join(dataDir, 'server.json')
}
