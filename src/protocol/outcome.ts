/** What a peer may do wrong comes back as a value; exceptions are for surprises. */
import type { AppId } from './ids.ts'
import type { RefusalCode } from './refusal.ts'

export interface Accepted<T> {
  readonly ok: true
  readonly value: T
}

/**
 * Why something was not accepted. `at` names the claim, member or field, `about` the application id concerned. Nothing
 * here may hold a secret or a whole token.
 */
export interface Refusal {
  readonly ok: false
  readonly code: RefusalCode
  readonly at?: string
  readonly about?: AppId
  readonly expected?: string
  readonly seen?: string
}

export type Outcome<T> = Accepted<T> | Refusal

export function accept<T>(value: T): Accepted<T> {
  return { ok: true, value }
}

const MOST_CHARACTERS = 200

/** A refusal. What strangers wrote into it is cut, so that none of them decides how long a record or an answer is. */
export function refuse(code: RefusalCode, detail: Omit<Refusal, 'ok' | 'code'> = {}): Refusal {
  const { at, expected, seen } = detail
  return {
    ...{ ok: false, code, ...detail },
    ...(at !== undefined && { at: cut(at) }),
    ...(expected !== undefined && { expected: cut(expected) }),
    ...(seen !== undefined && { seen: cut(seen) }),
  }
}

function cut(text: string): string {
  return (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text).toWellFormed()
}
