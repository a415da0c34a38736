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
      while (next < text.length && ' \t\r\n'.includes(text.charAt(next))) next++
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
