/** The small files in a server's data folder: its admin token, and where it can be reached while it runs. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { errorCode } from '../protocol/error-code.ts'
import type { FirstTokenFile } from '../trust/admin-tokens.ts'
import { ConfigError } from './config-error.ts'
import { readText } from './files.ts'

/** What `server.json` says, as long as the server runs. */
export const Reachable = z.strictObject({
  name: z.string(),
  product: z.string(),
  url: z.url(),
  pid: z.int(),
  ca: z.string().exactOptional(),
  /** Where the host of the URL is, for programs on the same machine. */
  address: z.string().exactOptional(),
})
export type Reachable = z.infer<typeof Reachable>

const TOKEN = /^[A-Za-z0-9_-]{32,}$/

/** The file that holds a server's first admin token, readable by the owner alone. */
export function firstTokenFile(dataDir: string): FirstTokenFile {
  const file = adminTokenFile(dataDir)
  return {
    read: () => (existsSync(file) ? readAdminToken(file) : undefined),
    write(secret) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      rmSync(`${file}.new`, { force: true }) // one left behind could be readable by others
      writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600, flag: 'wx', flush: true })
      renameSync(`${file}.new`, file)
    },
    remove: () => rmSync(file, { force: true }),
  }
}

/** The admin token in a file. */
export function readAdminToken(file: string): string {
  const token = readText(file).trim()
  if (TOKEN.test(token)) return token
  throw new ConfigError(`${file}: expected one line of at least 32 letters, digits, - or _`)
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

/** Where a server keeps its first admin token. */
export function adminTokenFile(dataDir: string): string {
  return join(dataDir, 'admin-token')
}

function reachableFile(dataDir: string): string {
  return join(dataDir, 'server.json')
}
