/** Patterns in which `*` stands for anything. No regular expression is made of what somebody else wrote. */
import { fold } from '../trust/directory-names.ts'

/**
 * Whether the whole text fits a pattern in which `*` stands for any characters or none; ASCII letters of any case are alike, and
 * nothing else has a meaning. The parts between the stars are looked for from left to right, each once, so the time is bounded
 * by the two lengths whatever the pattern.
 */
export function matches(pattern: string, text: string): boolean {
  return preparePattern(pattern)(fold(text))
}

/** The same for a pattern that is asked about often. What it is asked must be folded already. */
export function preparePattern(pattern: string): (folded: string) => boolean {
  const [first = '', ...middle] = fold(pattern).split('*')
  const last = middle.pop()
  if (last === undefined) return (folded) => folded === first
  const shortest = first.length + last.length
  return (folded) => {
    if (folded.length < shortest || !folded.startsWith(first) || !folded.endsWith(last)) return false
    const end = folded.length - last.length
    let from = first.length
    for (const part of middle) {
      const at = folded.indexOf(part, from)
      if (at === -1) return false
      from = at + part.length
    }
    return from <= end
  }
}
