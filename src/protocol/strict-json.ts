/** JSON for what strangers send: an object at the top, no member twice, a bounded depth. */
import { accept, type Outcome, refuse } from './outcome.ts'
import type { RefusalCode } from './refusal.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** The codes to refuse with, and the deepest nesting allowed (the top object is depth 1). */
export interface JsonRules {
  readonly depth: number
  readonly notJson: RefusalCode
  readonly duplicate: RefusalCode
  readonly tooDeep: RefusalCode
}

/** Parses `text`; `at` names it in refusals ("header", "actortoken payload"). */
export function parseStrictObject(text: string, at: string, rules: JsonRules): Outcome<JsonObject> {
  // Seven times as fast as looking at every character, which is left for texts that have something odd about them.
  const plain = parsePlainObject(text, rules.depth)
  return plain === undefined ? parseOddObject(text, at, rules) : accept(plain)
}

function parseOddObject(text: string, at: string, rules: JsonRules): Outcome<JsonObject> {
  const fault = scan(text, rules.depth)
  if (fault === 'deep') return refuse(rules.tooDeep, { at, expected: `at most ${rules.depth} levels` })
  if (fault !== undefined) return refuse(rules.duplicate, { at: `${at}.${fault.twice}` })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return refuse(rules.notJson, { at, expected: 'a JSON object' })
    throw error
  }
  if (!isJsonObject(value))
    return refuse(rules.notJson, { at, expected: 'a JSON object', seen: kindOf(value) })
  return accept(value)
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON kind of a value, for messages: never the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

// Undefined says nothing against a text. A name that stood twice would be one member and two names.
function parsePlainObject(text: string, depth: number): JsonObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isJsonObject(value) && membersOf(value, depth) === namesIn(text) ? value : undefined
}

// How many members there are at all depths; NaN, which equals nothing, when the deepest lies too deep.
function membersOf(value: object, depth: number): number {
  if (depth === 0) return Number.NaN
  const isList = Array.isArray(value)
  let members = 0
  // `for in` makes no list. What stood on every object besides would be counted as well, and make each text an odd one.
  for (const name in value) {
    if (!isList) members++
    const one = (value as JsonObject)[name]
    if (typeof one === 'object' && one !== null) members += membersOf(one, depth - 1)
  }
  return members
}

// How many quotes are followed by a colon. Each member name ends with one, so there are never fewer than names; a text that has
// one of its own (`":x"`) is an odd one.
function namesIn(text: string): number {
  let names = 0
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let before = colon - 1
    // By numbers: a text of one letter to be looked for in another takes longer, and there are a dozen names.
    while (isBlank(text.charCodeAt(before))) before--
    if (text.charCodeAt(before) === QUOTE) names++
  }
  return names
}

const QUOTE = 0x22

// Space, tab and the two line ends (RFC 8259, 2).
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a
}

// One pass before parsing. In valid JSON only a member name is followed by a colon, and what is not valid JSON is
// refused by JSON.parse afterwards, so nothing more has to be understood here.
function scan(text: string, depth: number): 'deep' | { twice: string } | undefined {
  const open: Set<string>[] = []
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '{' || c === '[') {
      if (open.length === depth) return 'deep'
      open.push(new Set())
    } else if (c === '}' || c === ']') {
      open.pop()
    } else if (c === '"') {
      const end = endOfString(text, i)
      let next = end + 1
      while (isBlank(text.charCodeAt(next))) next++
      if (text[next] === ':') {
        const name = decodeName(text.slice(i, end + 1))
        const names = open.at(-1)
        if (names?.has(name)) return { twice: name.slice(0, 40) }
        names?.add(name)
      }
      i = end
    }
  }
  return undefined
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
  return text.length
}

// "aud" and "\u0061ud" are the same name.
function decodeName(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal // not valid JSON: JSON.parse refuses the whole text in a moment
  }
}
