/** The exit codes, and how an error becomes one. */
import { CommanderError } from 'commander'
import { type AdminAnswer, problemText, UnreachableError } from '../lab/admin-client.ts'
import { LabError } from '../lab/pairing.ts'
import { StoppedError } from '../lab/run.ts'
import { errorCode } from '../protocol/error-code.ts'
import { ConfigError } from '../server/config-error.ts'

export const EXIT = {
  /** It passed. */
  ok: 0,
  /** The thing tested or asked for failed. */
  failed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** A server could not be reached. */
  unreachable: 3,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command was only to say what it would do: here it would have changed something. */
export class WouldChange extends Error {
  override readonly name = 'WouldChange'
}

/** A server said no. */
export class RefusedError extends Error {
  readonly exitCode: ExitCode
  constructor(answer: AdminAnswer) {
    super(problemText(answer))
    this.name = 'RefusedError'
    this.exitCode = exitCodeOfStatus(answer.status)
  }
}

/** The exit code and the line to print; undefined for what nobody expected. */
export function exitOf(error: unknown): { code: ExitCode; line: string } | undefined {
  if (error instanceof CommanderError) {
    // Help and version end a run too. Commander has printed its own messages already.
    return { code: error.exitCode === 0 ? EXIT.ok : EXIT.usage, line: '' }
  }
  if (error instanceof ConfigError) return { code: EXIT.usage, line: error.message }
  if (error instanceof UnreachableError) return { code: EXIT.unreachable, line: error.message }
  if (error instanceof RefusedError) return { code: error.exitCode, line: error.message }
  // Told to stop before it was ready: nothing failed, and nothing was proven.
  if (error instanceof StoppedError) return { code: EXIT.failed, line: '' }
  if (error instanceof LabError) {
    return {
      code: error.status === undefined ? EXIT.failed : exitCodeOfStatus(error.status),
      line: error.message,
    }
  }
  return isSystemError(error) ? { code: EXIT.usage, line: error.message } : undefined
}

// The machine said no to something a person named: a folder that cannot be written, say.
function isSystemError(error: unknown): error is Error {
  return errorCode(error) !== undefined && typeof (error as { syscall?: unknown }).syscall === 'string'
}

function exitCodeOfStatus(status: number): ExitCode {
  if (status === 400 || status === 422) return EXIT.usage
  return status === 502 ? EXIT.unreachable : EXIT.failed
}
