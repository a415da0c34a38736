/** Who calls the admin REST: a token in force, or the problem to answer with. */
import type { IncomingMessage } from 'node:http'
import { isoTime } from '../../protocol/ids.ts'
import type { AdminToken, AdminTokens, Scope } from '../../trust/admin-tokens.ts'
import type { Problem } from '../problem.ts'
import type { FailureLimit } from './failure-limit.ts'

export type Authenticated =
  | { readonly ok: true; readonly token: AdminToken }
  | {
      readonly ok: false
      readonly problem: Problem
      /** Whether a token was looked at. What is not, strangers can send as fast as they like: it leaves no record. */
      readonly isAttempt: boolean
      /** Whose it was, where it has only run out. */
      readonly token?: AdminToken
    }

export type Authenticate = (req: IncomingMessage) => Authenticated

/**
 * Only wrong tokens count against an address: a request without one, or with one that has run out, guesses nothing. An
 * address that has guessed too often is not listened to for the rest of its minute, whatever it shows: a good token that
 * got through would tell the guesser that it is good. The address is that of the connection; no header can set it.
 */
export function openAuthenticate(tokens: AdminTokens, failures: FailureLimit): Authenticate {
  return (req) => {
    const address = req.socket.remoteAddress ?? ''
    const wait = failures.wait(address)
    if (wait > 0) return { ok: false, problem: tooManyFailures(wait), isAttempt: false }
    const secret = bearerIn(req)
    if (secret === undefined) return { ok: false, problem: notAuthenticated(), isAttempt: false }
    const presented = tokens.present(secret)
    switch (presented.state) {
      case 'good':
        return { ok: true, token: presented.token }
      case 'expired':
        return {
          ok: false,
          problem: notAuthenticated(describeExpiry(presented.token)),
          isAttempt: true,
          token: presented.token,
        }
      case 'unknown':
        failures.note(address)
        return { ok: false, problem: notAuthenticated('expected a token of this server'), isAttempt: true }
    }
  }
}

function bearerIn(req: IncomingMessage): string | undefined {
  const [header = '', ...more] = req.headersDistinct['authorization'] ?? []
  return more.length > 0 ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1]
}

const CHALLENGE = 'Bearer realm="entente admin"'

function notAuthenticated(why?: string): Problem {
  return {
    status: 401,
    title: 'The admin token is missing or wrong',
    detail:
      why ?? 'expected Authorization: Bearer <an admin token, such as that in data/<server>/admin-token>',
    headers: { 'WWW-Authenticate': why === undefined ? CHALLENGE : `${CHALLENGE}, error="invalid_token"` },
  }
}

function describeExpiry({ name, expiresAt = 0 }: AdminToken): string {
  return `the token ${name} expired at ${isoTime(expiresAt)}`
}

function tooManyFailures(wait: number): Problem {
  return {
    status: 429,
    title: 'Too many wrong admin tokens came from this address',
    detail: `expected to be asked again in ${wait} s`,
    headers: { 'Retry-After': String(wait) },
  }
}

/** A token in force that does not go far enough. */
export function scopeTooSmall(expected: Scope, seen: Scope): Problem {
  const detail = `expected ${expected}, saw ${seen}`
  return {
    status: 403,
    title: 'The scope of the admin token does not cover this',
    detail: `scope: ${detail}`,
    errors: [{ path: 'scope', detail }],
    headers: { 'WWW-Authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${expected}"` },
  }
}
