/** Patterns in which `*` stands for anything. */

/**
 * Whether `text` fits a pattern in which `*` stands for any characters or none; letters of any case are alike, and nothing
 * else has a meaning. The text is searched once from left to right, so the time is bounded whatever the pattern.
 */
export function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*')
  const lower = text.toLowerCase()
  if (rest.length === 0) return lower === first
  const last = rest.pop() ?? ''
  if (!lower.startsWith(first) || !lower.endsWith(last)) return false
  let from = first.length
  for (const part of rest) {
    const at = lower.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return from <= lower.length - last.length
}
