/** A server's log on disk: strangers cause a line with every request, so it must not grow for ever. */
import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs'
import { errorCode } from '../protocol/error-code.ts'

const MOST_BYTES = 16 * 1024 * 1024
const LOOK_EVERY_MS = 2_000

/**
 * Empties the file whenever it is over `mostBytes`; what was in it is then in `<file>.1`, in the place of what was there.
 * Emptied and not renamed, because the server that writes has it open; lines that come between the copy and the cut are
 * lost.
 */
export function keepBounded(file: string, mostBytes = MOST_BYTES, everyMs = LOOK_EVERY_MS): { stop(): void } {
  const look = () => {
    if (!existsSync(file) || statSync(file).size <= mostBytes) return
    try {
      copyFileSync(file, `${file}.1`)
    } catch (error) {
      if (errorCode(error) === undefined) throw error // else there is no room for two, and this one is to be small
    }
    truncateSync(file)
  }
  look()
  const timer = setInterval(look, everyMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
