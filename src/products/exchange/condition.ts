/** Conditions on the properties of an item or folder, as a restriction of FindItem or FindFolder states them. */
import type { Comparison, TextMatch } from './mailbox.ts'
import type { PropertyPath } from './property-path.ts'

export type Condition =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'exists'; readonly path: PropertyPath }
  | {
      readonly kind: 'compare'
      readonly path: PropertyPath
      readonly operator: Comparison
      readonly to: { readonly constant: string } | { readonly path: PropertyPath }
    }
  | { readonly kind: 'contains'; readonly path: PropertyPath; readonly match: Containment }
  /** None of the bits of the mask is set. */
  | { readonly kind: 'excludes'; readonly path: PropertyPath; readonly mask: number }

/** How a text must hold another one (ContainmentMode and ContainmentComparison). */
export interface Containment extends Omit<TextMatch, 'where'> {
  readonly where: TextMatch['where'] | 'word start' | 'whole words'
  /** Without regard to accents and other characters that take no space. */
  readonly ignoresMarks: boolean
}

/** A property as conditions see it. */
export type PropertyValue =
  | { readonly type: 'text'; readonly value: string }
  /** Text that a client wrote and whose type nobody knows: compared as what both sides look like. */
  | { readonly type: 'any'; readonly value: string }
  | { readonly type: 'texts'; readonly value: readonly string[] }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  /** In seconds since 1970. */
  | { readonly type: 'time'; readonly value: number }
  /** One of several words that have an order: the place of the word. */
  | { readonly type: 'choice'; readonly value: number; readonly words: readonly string[] }

export type PropertyType = PropertyValue['type']

/** Finds a property; undefined when there is none. */
export type Lookup = (path: PropertyPath) => PropertyValue | undefined

/** Whether the condition holds. Of a property that is not there, nothing holds. */
export function holds(condition: Condition, lookup: Lookup): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.parts.every((part) => holds(part, lookup))
    case 'any':
      return condition.parts.some((part) => holds(part, lookup))
    case 'not':
      return !holds(condition.part, lookup)
    case 'exists':
      return lookup(condition.path) !== undefined
    case 'compare': {
      const value = lookup(condition.path)
      if (value === undefined) return false
      const other = otherSide(condition.to, lookup)
      return other !== undefined && compares(value, condition.operator, other)
    }
    case 'contains': {
      const value = lookup(condition.path)
      return value !== undefined && textsOf(value).some((text) => isContained(condition.match, text))
    }
    case 'excludes': {
      const value = lookup(condition.path)
      const bits = value === undefined ? Number.NaN : Number(value.value)
      return Number.isInteger(bits) && (BigInt(bits) & BigInt(condition.mask)) === 0n
    }
  }
}

/** A property’s type, and the words of a choice. */
export interface TypeOfProperty {
  readonly type: PropertyType
  readonly words?: readonly string[]
}

/** The paths of all properties that a condition looks at. */
export function pathsIn(condition: Condition): readonly PropertyPath[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.parts.flatMap(pathsIn)
    case 'not':
      return pathsIn(condition.part)
    case 'compare':
      return 'path' in condition.to ? [condition.path, condition.to.path] : [condition.path]
    default:
      return [condition.path]
  }
}

/** The first constant that is no value of the type of the property beside it; `typeOf` is undefined where any text will do. */
export function wrongConstant(
  condition: Condition,
  typeOf: (path: PropertyPath) => TypeOfProperty | undefined,
): string | undefined {
  switch (condition.kind) {
    case 'all':
    case 'any':
      for (const part of condition.parts) {
        const wrong = wrongConstant(part, typeOf)
        if (wrong !== undefined) return wrong
      }
      return undefined
    case 'not':
      return wrongConstant(condition.part, typeOf)
    case 'compare': {
      const type = 'constant' in condition.to ? typeOf(condition.path) : undefined
      if (type === undefined || !('constant' in condition.to)) return undefined
      const { constant } = condition.to
      return constantOf(type, constant) === undefined ? constant : undefined
    }
    default:
      return undefined
  }
}

function otherSide(
  to: { readonly constant: string } | { readonly path: PropertyPath },
  lookup: Lookup,
): string | undefined {
  if ('constant' in to) return to.constant
  const value = lookup(to.path)
  return value === undefined ? undefined : textsOf(value)[0]
}

function compares(value: PropertyValue, operator: Comparison, other: string): boolean {
  if (value.type === 'texts')
    return value.value.some((text) => compares({ type: 'any', value: text }, operator, other))
  const known = value.type === 'any' ? guessed(value.value, other) : value
  const constant = constantOf(known, other)
  if (constant === undefined) return false
  if (typeof constant === 'string') return decides(operator, orderOf(String(known.value), constant))
  return decides(operator, Number(known.value) - Number(constant))
}

function decides(operator: Comparison, difference: number): boolean {
  switch (operator) {
    case '=':
      return difference === 0
    case '!=':
      return difference !== 0
    case '>':
      return difference > 0
    case '>=':
      return difference >= 0
    case '<':
      return difference < 0
    case '<=':
      return difference <= 0
  }
}

/** What a constant of a restriction means beside a property of this type; undefined when it is none of them. */
export function constantOf(
  { type, words = [] }: TypeOfProperty,
  text: string,
): string | number | boolean | undefined {
  switch (type) {
    case 'text':
    case 'texts':
    case 'any':
      return text
    case 'number':
      return NUMBER.test(text) ? Number(text) : undefined
    case 'boolean':
      return TRUTH.get(text.trim().toLowerCase())
    case 'time':
      return secondsOf(text)
    case 'choice': {
      const place = words.indexOf(text.trim())
      if (place !== -1) return place
      return NUMBER.test(text) ? Number(text) : undefined
    }
  }
}

const NUMBER = /^\s*[+-]?[0-9]{1,15}(\.[0-9]{1,15})?\s*$/
const TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/
const TRUTH = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

function secondsOf(text: string): number | undefined {
  const trimmed = text.trim()
  if (!TIME.test(trimmed)) return undefined
  // A time without a zone is UTC here; the zone of the request has no say in conditions.
  const zoned =
    /T.*(Z|[+-][0-9]{2}:[0-9]{2})$/.test(trimmed) || !trimmed.includes('T') ? trimmed : `${trimmed}Z`
  const milliseconds = Date.parse(zoned)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}

// Both sides must look like it.
function guessed(value: string, other: string): PropertyValue {
  const [time, otherTime] = [secondsOf(value), secondsOf(other)]
  if (time !== undefined && otherTime !== undefined) return { type: 'time', value: time }
  if (NUMBER.test(value) && NUMBER.test(other)) return { type: 'number', value: Number(value) }
  return { type: 'text', value }
}

function textsOf(value: PropertyValue): readonly string[] {
  switch (value.type) {
    case 'texts':
      return value.value
    case 'choice':
      return [value.words[value.value] ?? '']
    case 'time':
      return [new Date(value.value * 1000).toISOString()]
    default:
      return [String(value.value)]
  }
}

/** The text with the ASCII letters in lower case: what the store compares by. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

// By bytes of UTF-8, as the store orders texts.
function orderOf(a: string, b: string): number {
  return Buffer.compare(Buffer.from(asciiLower(a)), Buffer.from(asciiLower(b)))
}

/** Whether a text is made of ASCII alone. */
export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

function isContained({ text, where, ignoresCase, ignoresMarks }: Containment, held: string): boolean {
  const fold = (one: string) => {
    const plain = ignoresMarks ? one.normalize('NFD').replace(/\p{Mn}+/gu, '') : one
    if (!ignoresCase) return plain
    return isAscii(text) ? asciiLower(plain) : plain.toLowerCase()
  }
  const wanted = fold(text)
  const within = fold(held)
  switch (where) {
    case 'whole':
      return within === wanted
    case 'start':
      return within.startsWith(wanted)
    case 'anywhere':
      return within.includes(wanted)
    case 'word start':
    case 'whole words':
      return standsOnWords(within, wanted, where === 'whole words')
  }
}

const IN_WORD = /^[\p{L}\p{N}]$/u

function standsOnWords(within: string, wanted: string, toTheEnd: boolean): boolean {
  for (let at = within.indexOf(wanted); at !== -1; at = within.indexOf(wanted, at + 1)) {
    const begins = !IN_WORD.test(within.charAt(at - 1))
    const ends = !toTheEnd || !IN_WORD.test(within.charAt(at + wanted.length))
    if (begins && ends) return true
    if (wanted === '') return false
  }
  return false
}
