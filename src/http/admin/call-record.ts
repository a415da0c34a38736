/** What the record says of calls to the admin REST: who asked, for what, and what became of it. */
import type { Request, Response } from 'express'
import type { EpochSeconds } from '../../protocol/ids.ts'
import { isRefusalCode } from '../../protocol/refusal.ts'
import type { AdminToken } from '../../trust/admin-tokens.ts'
import type { AuditEvent } from '../../trust/audit-record.ts'
import type { DecisionLog } from '../../trust/decision-log.ts'
import type { Problem } from '../problem.ts'
import { throughOf } from '../request-target.ts'
import type { AdminReply, Change } from './route.ts'

/** How a call ended: with a reply, with a problem, or with what nobody expected. */
export interface Ended {
  readonly status: number
  readonly change?: Change
  readonly reply?: AdminReply
  readonly problem?: Problem
  readonly error?: unknown
}

type ChangeKind = 'registration' | 'administration'

export interface CallRecorder {
  /** A change is about to be made. Kept once that is on disk: a change without a record cannot be. */
  asked(req: Request, res: Response, token: AdminToken, change: Change & { kind: ChangeKind }): Promise<void>
  /** It was made, or not. Kept once that is on disk, and so before it is answered. */
  changed(req: Request, res: Response, token: AdminToken, kind: ChangeKind, ended: Ended): Promise<void>
  /** Something was read: the first time in a minute with this token on this route, and whenever it failed. */
  read(req: Request, res: Response, token: AdminToken, route: string, ended: Ended): void
  /** A token was not good, or not good enough. */
  denied(req: Request, res: Response, status: number, token?: AdminToken): void
}

const MINUTE = 60

export function openCallRecorder(
  log: Pick<DecisionLog, 'record' | 'write'>,
  now: () => EpochSeconds,
): CallRecorder {
  let seen = { minute: 0, routes: new Set<string>() }
  // Whoever follows the record would otherwise fill it.
  const isFirst = ({ name }: AdminToken, route: string) => {
    const minute = Math.floor(now() / MINUTE)
    if (seen.minute !== minute) seen = { minute, routes: new Set() }
    const key = `${name} ${route}`
    if (seen.routes.has(key)) return false
    seen.routes.add(key)
    return true
  }
  return {
    asked: (req, res, token, change) => log.write({ ...callOf(req, res, token), ...change, stage: 'asked' }),

    changed: (req, res, token, kind, { status, change, reply, problem }) =>
      log.write({
        ...callOf(req, res, token),
        ...merged(change, reply?.done),
        ...{ kind, stage: reply === undefined ? 'failed' : 'done', status },
        ...codeOf(problem),
      }),

    read(req, res, token, route, { status, problem }) {
      if (status < 400 && !isFirst(token, route)) return
      log.record({
        ...callOf(req, res, token),
        ...{ kind: 'reading', status },
        ...codeOf(problem),
      })
    },

    denied: (req, res, status, token) => log.record({ ...callOf(req, res, token), kind: 'denied', status }),
  }
}

function callOf(
  req: Request,
  res: Response,
  token: AdminToken | undefined,
): Pick<AuditEvent, 'requestId' | 'administrator' | 'through'> {
  return {
    requestId: String(res.locals['requestId']),
    ...(token !== undefined && { administrator: token.name }),
    through: throughOf(req),
  }
}

function codeOf({ code = '' }: Partial<Problem> = {}): Pick<AuditEvent, 'code'> {
  return isRefusalCode(code) ? { code } : {}
}

function merged(change: Change = {}, done: Change = {}): Change {
  const members = { ...change.change, ...done.change }
  return { ...change, ...done, ...(Object.keys(members).length > 0 && { change: members }) }
}
