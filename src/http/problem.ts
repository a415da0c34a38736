/** Problem details (RFC 9457), the one shape in which the admin REST says no; and the one place where surprises end. */
import type { Response } from 'express'
import type * as z from 'zod'
import type { Refusal } from '../protocol/outcome.ts'
import { detailOf, rowOf } from '../protocol/refusal.ts'

/** One fault, named by where it is: `applicationTrustLevel`, `keys[0].keyvalue.value`. */
export interface Fault {
  readonly path: string
  readonly detail: string
}

export interface Problem {
  /** A URI for the kind of problem; absent where status and title say it all. */
  readonly type?: string
  readonly status: number
  readonly title: string
  readonly detail?: string
  /** Our stable code, where there is one. */
  readonly code?: string
  readonly errors?: readonly Fault[]
  readonly headers?: Readonly<Record<string, string>>
}

export function sendProblem(res: Response, { headers, ...problem }: Problem): void {
  res
    .status(problem.status)
    .set(headers ?? {})
    .type('application/problem+json')
    .send(`${JSON.stringify({ type: 'about:blank', ...problem })}\n`)
}

/** A refusal as a problem: its code, its title, and the field it is about. */
export function problemOf(refusal: Refusal): Problem {
  const { status, title } = rowOf(refusal.code)
  const { at, ...rest } = refusal
  const errors = at === undefined ? {} : { errors: [{ path: at, detail: detailOf(rest) || title }] }
  const detail = detailOf(refusal)
  return { status, title, ...(detail !== '' && { detail }), code: refusal.code, ...errors }
}

/** What a schema found wrong in `input`, as a problem. */
export function problemOfInput(error: z.ZodError, input: unknown): Problem {
  const errors = faultsOfInput(error, input)
  return { status: 422, title: 'The input is not usable', detail: describeFaults(errors), errors }
}

/** Every fault that a schema found in `input`, each with what was seen there. */
export function faultsOfInput(error: z.ZodError, input: unknown): Fault[] {
  return error.issues.flatMap((issue) => faultsOf(issue, input))
}

/** All of them in one line. */
export function describeFaults(faults: readonly Fault[]): string {
  return faults.map(({ path, detail }) => `${path}: ${detail}`).join('; ')
}

function faultsOf(issue: z.core.$ZodIssue, input: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), detail: 'unknown member' }))
  }
  const seen = issue.path.includes('password') ? 'a password' : show(lookUp(input, issue.path))
  return [{ path: pathOf(issue.path), detail: `${issue.message}, saw ${seen}` }]
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return text === '' ? '(body)' : text.replace(/^\./, '')
}

function lookUp(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  )
}

// Enough to recognise it by. A private key pasted by mistake must not come back in an answer or a log.
function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  if (text.includes('PRIVATE KEY')) return 'a private key'
  return text.length > 80 ? `${text.slice(0, 60)}… (${text.length} characters)` : text
}
