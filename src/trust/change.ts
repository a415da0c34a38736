/** What became of a change that an administrator asked for, where a peer's token is no part of it. */

export type Changed<T> = { readonly ok: true; readonly value: T } | Unchanged

/** Why nothing was changed. `at` is the field; `expected` and `seen` say what is wrong with it. */
export interface Unchanged {
  readonly ok: false
  readonly why: 'missing' | 'taken' | 'in use' | 'unusable'
  readonly at: string
  readonly expected: string
  readonly seen: string
}

/** The change was made, and this is what there is now. */
export function changedTo<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** Nothing was changed. What was seen is cut to what a reader needs to know it by. */
export function unchanged(why: Unchanged['why'], at: string, expected: string, seen: string): Unchanged {
  return { ok: false, why, at, expected, seen: seen.length > 80 ? `${seen.slice(0, 80)}…` : seen }
}
