/** One table row of the admin REST: what it answers to, and a function from parsed input to an answer. */
import { createHash } from 'node:crypto'
import type * as z from 'zod'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Scope } from '../../trust/admin-tokens.ts'
import type { AuditEvent } from '../../trust/audit-record.ts'
import { type Problem, problemOf } from '../problem.ts'

/** A row either reads, or says what it is about to change: that goes into the record before anything is changed. */
export type AdminRoute = Row & (Reading | Changing)

interface Row {
  /** Below `/admin/v1`; `:name` is a parameter. */
  readonly path: string
  /** Whether it asks for query parameters. Elsewhere there are none. */
  readonly takesQuery?: boolean
  readonly handle: (request: AdminRequest) => Promise<AdminReply>
}

type Reading = (
  | { readonly method: 'GET'; readonly scope: Scope }
  | { readonly method: 'POST'; readonly scope: 'read' }
) & {
  readonly kind?: never
}

interface Changing {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  /** What the caller's token must be good for. */
  readonly scope: Exclude<Scope, 'read'>
  /** Under which kind its calls are recorded. */
  readonly kind: 'registration' | 'administration'
  /** What is to be changed, to what. Throws as `handle` does when the input is not usable. */
  readonly change: (request: AdminRequest) => Change
}

/** What the record says of a change. */
export type Change = Pick<AuditEvent, 'subject' | 'partner' | 'user' | 'change'>

export interface AdminRequest {
  param(name: string): string
  /** The JSON body as this schema has it. */
  input<T>(schema: z.ZodType<T>): T
  /** The query parameters as this schema has them. */
  query<T>(schema: z.ZodType<T>): T
}

export interface AdminReply {
  readonly status: 200 | 201 | 204
  readonly body?: unknown
  readonly location?: string
  /** What can be said of a change only now that it is made. */
  readonly done?: Change
}

const MOST_CHARACTERS = 200

/** Input as the record holds it: what has parts as JSON, what is long by its SHA-256. */
export function changeOf(input: Readonly<Record<string, unknown>>): NonNullable<AuditEvent['change']> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      if (value === null || typeof value === 'boolean' || typeof value === 'number') return [name, value]
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      if (text.length <= MOST_CHARACTERS && !text.includes('PRIVATE KEY')) return [name, text]
      return [name, `SHA-256 ${createHash('sha256').update(text).digest('hex')}`]
    }),
  )
}

/** Thrown to end a request with a problem; caught in one place, the router. */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.title)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** The value of an outcome; a refusal ends the request with its problem. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw new ProblemError(problemOf(outcome))
}
