/** How people are found by a part of a name: which names a user has for a search, and in which spelling they are compared. */
import { addressesOf, type User } from './directory.ts'

/** The longest a name is kept for searching, in characters. */
const LONGEST_NAME = 256
const MOST_WORDS = 8

/**
 * The spelling under which names are searched: without case, accents or runs of blanks, so that `müller` finds Müller and
 * Muller. For finding only: who somebody is, is never decided by it (`comparable` is stricter).
 */
export function searchable(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[\s,]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
}

/**
 * Everything that a search for the beginning of a name can find this user by: the display name read from each of its words
 * on (`ken myer`, `myer ken`), and each address, whose beginning is the alias.
 */
export function searchNames(user: User): string[] {
  const { displayName, upn, sip } = user
  const words = searchable(displayName).split(' ').slice(0, MOST_WORDS)
  const turned = words.map((_, index) => [...words.slice(index), ...words.slice(0, index)].join(' '))
  const addresses = [upn, ...addressesOf(user), ...(sip === undefined ? [] : [sip.replace(/^sip:/i, '')])]
  return [...new Set([...turned, ...addresses.map(searchable)])].filter((name) => name !== '')
}
