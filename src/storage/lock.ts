/** One process to a data folder: a lock that the system takes back when its holder is gone, however that ended. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { isBusy, loadEngine } from './sqlite-dialect.ts'

/** Takes the lock in the file at `path`; undefined while another process holds it. */
export async function takeLock(path: string): Promise<{ release(): void } | undefined> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const { DatabaseSync } = await loadEngine()
  const database = new DatabaseSync(path)
  try {
    database.exec('begin exclusive') // an empty database: what is wanted of it is the lock on its file
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return { release: () => database.close() }
}
