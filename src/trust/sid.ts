/** The form of a Windows security identifier ([MS-DTYP] 2.4.2.1): read in one place, so that one account has one spelling. */

const LARGEST_AUTHORITY = 2 ** 48 - 1
const LARGEST_SUB_AUTHORITY = 2 ** 32 - 1

/** How a problem says what was expected. */
export const EXPECTED_SID = 'expected a SID such as S-1-5-21-1-2-3-1104, each number below 2^32'

/** Whether a text that may name somebody in several ways is meant as a SID. It need not be a sound one. */
export function looksLikeSid(text: string): boolean {
  return /^S-1-/i.test(text)
}

/**
 * A SID in its normal form: `S-1-`, an authority of 48 bits, and 1 to 15 numbers of 32 bits, all in decimal without leading
 * zeros. Undefined if it is none. Without this, `…-1` and `…-01` would be two users.
 */
export function readSid(text: string): string | undefined {
  if (!/^S-1(-[0-9]{1,15}){2,16}$/i.test(text)) return undefined
  const [authority = 0, ...rest] = text.split('-').slice(2).map(Number)
  if (authority > LARGEST_AUTHORITY || rest.some((one) => one > LARGEST_SUB_AUTHORITY)) return undefined
  return ['S', 1, authority, ...rest].join('-')
}
