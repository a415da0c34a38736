/** The lab's servers as processes of their own: started, waited for, ended with the lab, never left behind. */
import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../server/config-error.ts'

export interface LabProcess {
  readonly name: string
  readonly pid: number
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
}

/** What a child says to its lab when it takes requests, or why it will not. */
export type ChildMessage =
  | { readonly ready: true; readonly url: string }
  | { readonly ready: false; readonly why: string }

// Node 22 calls its own SQLite experimental.
const QUIET = ['--disable-warning=ExperimentalWarning']
const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 5_000

/**
 * Starts one server from the program `entry` and waits until it takes requests. `died` hears of an end that nobody asked
 * for. What the child prints goes to `server.log` in its data folder.
 */
export async function startProcess(
  name: string,
  entry: string,
  args: readonly string[],
  dataDir: string,
  died: (name: string, how: string) => void,
): Promise<LabProcess> {
  mkdirSync(join(dataDir, name), { recursive: true, mode: 0o700 })
  const log = openSync(join(dataDir, name, 'server.log'), 'a', 0o600)
  // The channel between them closes when either ends, so a child never outlives a lab that was killed.
  const child = fork(entry, args, { stdio: ['ignore', log, log, 'ipc'], execArgv: QUIET })
  closeSync(log)
  let wanted = true
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
    child.once('error', (error) => resolve(error.message))
  })
  const ready = firstMessage(child)
  const outcome = await Promise.race([
    ready,
    gone.then((how) => ({ ready: false, why: `${name} ended: ${how}` }) as const),
    tooLate(name),
  ])
  if (!outcome.ready) {
    child.kill('SIGKILL')
    throw new ConfigError(outcome.why)
  }
  void gone.then((how) => {
    if (wanted) died(name, how)
  })
  return {
    name,
    pid: child.pid ?? 0,
    async stop() {
      wanted = false
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      await gone
      clearTimeout(late)
    },
  }
}

function firstMessage(child: ChildProcess): Promise<ChildMessage> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as ChildMessage)))
}

function tooLate(name: string): Promise<ChildMessage> {
  const why = `${name} was not ready after ${START_LIMIT_MS / 1000} s; see its server.log`
  return new Promise((resolve) => setTimeout(() => resolve({ ready: false, why }), START_LIMIT_MS).unref())
}
