/** Patterns in which `*` stands for anything. No regular expression is made of what somebody else wrote. */
import { fold } from '../trust/directory-names.ts'

/**
 * Whether the whole text fits a pattern in which `*` stands for any characters or none; ASCII letters of any case are alike, and
 * nothing else has a meaning. The parts between the stars are looked for from left to right, each once, so the time is bounded
 * by the two lengths whatever the pattern.
 */
export function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = fold(pattern).split('*')
  const folded = fold(text)
  const last = rest.pop()
  if (last === undefined) return folded === first
  if (!folded.startsWith(first) || !folded.endsWith(last)) return false
  const end = folded.length - last.length
  let from = first.length
  for (const part of rest) {
    const at = folded.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return from <= end
}
