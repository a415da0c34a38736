/** The lab's servers as processes of their own: started, waited for, ended with the lab, never left behind. */
import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../server/config-error.ts'
import { keepBounded } from './log-file.ts'
import { LabError } from './pairing.ts'

export interface LabProcess {
  /** Kept when it takes requests; broken when it will not. */
  readonly ready: Promise<void>
  /** Ends it, ready or not, and waits until it is gone. */
  stop(): Promise<void>
}

/** What a child says to its lab when it takes requests, or why it will not. */
export type ChildMessage =
  | { readonly ready: true; readonly url: string }
  | { readonly ready: false; readonly why: string /** A person can mend it. */; readonly isConfig: boolean }

// Node 22 calls its own SQLite experimental.
const QUIET = ['--disable-warning=ExperimentalWarning']
const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 5_000

/**
 * Starts one server from the program `entry`. `died` hears of an end that nobody asked for, once it was ready. What the
 * child prints goes to `server.log` in its data folder.
 */
export function startProcess(
  name: string,
  entry: string,
  args: readonly string[],
  dataDir: string,
  died: (name: string, how: string) => void,
): LabProcess {
  mkdirSync(join(dataDir, name), { recursive: true, mode: 0o700 })
  const logFile = join(dataDir, name, 'server.log')
  const log = openSync(logFile, 'a', 0o600)
  // The channel between them closes when either ends, so a child never outlives a lab that was killed. In a process group
  // of its own it does not hear the terminal's Ctrl-C: the lab ends it.
  const child = fork(entry, args, { stdio: ['ignore', log, log, 'ipc'], execArgv: QUIET, detached: true })
  closeSync(log)
  const bounded = keepBounded(logFile)
  let wanted = true
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
    child.once('error', (error) => resolve(error.message))
  })
  void gone.then(bounded.stop)
  const ended = gone.then(
    (how): ChildMessage => ({ ready: false, why: `${name} ended: ${how}`, isConfig: false }),
  )
  const ready = Promise.race([firstMessage(child), ended, tooLate(name)]).then((outcome) => {
    if (outcome.ready) {
      void gone.then((how) => {
        if (wanted) died(name, how)
      })
      return
    }
    throw outcome.isConfig ? new ConfigError(outcome.why) : new LabError(`${outcome.why}; see ${logFile}`)
  })
  ready.catch(() => undefined) // whoever waits for it hears of it; a lab that is being ended does not
  return {
    ready,
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
  const why = `${name} was not ready after ${START_LIMIT_MS / 1000} s`
  return new Promise((resolve) =>
    setTimeout(() => resolve({ ready: false, why, isConfig: false }), START_LIMIT_MS).unref(),
  )
}
