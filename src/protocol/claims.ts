/** Reading single claims: liberal in how a value is spelled, strict in what it may be (facts/protocol.md 2.1). */
import type { EpochSeconds } from './ids.ts'
import { accept, type Outcome, type Refusal, refuse } from './outcome.ts'
import { type JsonObject, kindOf } from './strict-json.ts'

/** Times every token needs. */
export interface Lifetime {
  readonly nbf: EpochSeconds
  readonly exp: EpochSeconds
}

/** Lifetimes over two years are refused. The longest that is known in the wild is a million minutes (facts/clients.md 3). */
export const LONGEST_LIFETIME = 2 * 366 * 86_400

const LATEST = 253_402_300_799 // 9999-12-31T23:59:59Z, the last moment .NET can name

// What is read comes back as it is, or a refusal in its place: a record around each claim would double what reading a token takes.
// `isPrintable`: no text among the claims has a control character, as is known of a token whose payload holds no escapes.

/** A claim that must be there as a non-empty string. */
export function requiredText(claims: JsonObject, name: string, isPrintable = false): string | Refusal {
  return optionalText(claims, name, isPrintable) ?? refuse('claim_missing', { at: name })
}

/** A claim that may be absent or empty. */
export function optionalText(
  claims: JsonObject,
  name: string,
  isPrintable = false,
): string | undefined | Refusal {
  const value = own(claims, name)
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') {
    return refuse('claim_malformed', { at: name, expected: 'a string', seen: kindOf(value) })
  }
  // A NUL ends a text for some readers and not for others, and then names another user.
  if (!isPrintable && hasControl(value)) {
    return refuse('claim_malformed', {
      at: name,
      expected: 'text without control characters',
      seen: 'one with them',
    })
  }
  return value
}

/** A time in whole seconds: Microsoft's code writes `"1403212820"`, other tools write `1403212820`. */
export function requiredSeconds(claims: JsonObject, name: string): EpochSeconds | Refusal {
  const value = own(claims, name)
  if (value === undefined || value === '') return refuse('claim_missing', { at: name })
  const seconds = typeof value === 'string' ? readDigits(value) : value
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > LATEST) {
    const seen =
      typeof value === 'number' || typeof value === 'string' ? String(value).slice(0, 40) : kindOf(value)
    return refuse('time_malformed', { at: name, expected: 'whole seconds since 1970', seen })
  }
  return seconds
}

/** A flag as a boolean or as the text of one; absent is false. */
export function optionalFlag(claims: JsonObject, name: string): boolean | Refusal {
  const value = own(claims, name)
  if (value === undefined) return false
  const text = typeof value === 'string' ? value.toLowerCase() : value
  if (text === true || text === 'true') return true
  if (text === false || text === 'false') return false
  return refuse('claim_malformed', { at: name, expected: 'true or false', seen: kindOf(value) })
}

/** What both kinds of token must say: who issued it, for whom, and from when to when. */
export interface CommonClaims extends Lifetime {
  readonly iss: string
  readonly aud: string
}

export function commonClaims(claims: JsonObject, isPrintable = false): Outcome<CommonClaims> {
  const iss = requiredText(claims, 'iss', isPrintable)
  if (typeof iss !== 'string') return iss
  const aud = requiredText(claims, 'aud', isPrintable)
  if (typeof aud !== 'string') return aud
  const nbf = requiredSeconds(claims, 'nbf')
  if (typeof nbf !== 'number') return nbf
  const exp = requiredSeconds(claims, 'exp')
  if (typeof exp !== 'number') return exp
  const seconds = exp - nbf
  if (seconds > LONGEST_LIFETIME) {
    const expected = `at most ${LONGEST_LIFETIME} s after nbf`
    return refuse('lifetime_too_long', { at: 'exp', expected, seen: `${seconds} s` })
  }
  // Member by member, here and wherever every token comes by: `...` takes half a microsecond each time.
  return accept({ nbf, exp, iss, aud })
}

// Letter by letter: an expression takes twice as long to find nothing, in each of a token's texts.
function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

// Of one to twelve digits; undefined for any other text.
function readDigits(text: string): number | undefined {
  if (text.length > 12) return undefined
  let number = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
  }
  return number
}

// Claim names are matched exactly, and only a token's own members count.
function own(claims: JsonObject, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}
