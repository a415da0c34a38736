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

export function refuse(code: RefusalCode, detail: Omit<Refusal, 'ok' | 'code'> = {}): Refusal {
  return { ok: false, code, ...detail }
}
