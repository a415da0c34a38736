/** One table row of the admin REST: what it answers to, and a function from parsed input to an answer. */
import type * as z from 'zod'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Scope } from '../../trust/admin-tokens.ts'
import { type Problem, problemOf } from '../problem.ts'

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/admin/v1`; `:name` is a parameter. */
  readonly path: string
  /** What the caller's token must be good for. */
  readonly scope: Scope
  readonly handle: (request: AdminRequest) => Promise<AdminReply>
}

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
