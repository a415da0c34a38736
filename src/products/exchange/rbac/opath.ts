/**
 * Recipient filters: the part of OPATH that the facts show (facts/administration.md B.8), read into a tree. Words are
 * `-eq -ne -like -notlike -and -or -not`, parentheses, texts in quotes, `$true`, `$false` and `$null`.
 */
import { type RecipientProperty, recipientProperty } from './recipient.ts'

export const COMPARISONS = ['-eq', '-ne', '-like', '-notlike'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** A filter that was read. */
export type Filter =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | {
      readonly kind: 'compare'
      readonly property: RecipientProperty
      readonly comparison: Comparison
      readonly value: string | boolean | null
    }

/** A filter, or where reading stopped: a position from 1, what was expected there and what stands there. */
export type FilterRead =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly position: number; readonly expected: string; readonly seen: string }

/** The longest filter, in characters. */
export const LONGEST_FILTER = 32_768
/** How deep parentheses and `-not` may lie inside each other. */
export const DEEPEST_FILTER = 64

/** Reads a filter, in braces or without. Never throws. */
export function readFilter(text: string): FilterRead {
  if (text.length > LONGEST_FILTER) {
    return fault(LONGEST_FILTER, `at most ${LONGEST_FILTER} characters`, `${text.length} characters`)
  }
  const tokens = tokenize(text)
  if (!Array.isArray(tokens)) return tokens
  const braced = tokens[0]?.kind === '{'
  const first = readExpression(tokens, braced ? 1 : 0, 0)
  if (!first.ok) return first
  let { next } = first
  if (braced) {
    const closing = tokenAt(tokens, next)
    if (closing.kind !== '}') return unexpected(closing, '-and, -or or }')
    next++
  }
  const rest = tokenAt(tokens, next)
  if (rest.kind !== 'end') return unexpected(rest, braced ? 'the end' : '-and, -or or the end')
  return { ok: true, filter: first.filter }
}

interface Token {
  readonly kind: '(' | ')' | '{' | '}' | 'operator' | 'name' | 'value' | 'end'
  /** From 1. */
  readonly position: number
  readonly text: string
  readonly value?: string | boolean | null
}

type Fault = Extract<FilterRead, { ok: false }>
type Read = { readonly ok: true; readonly filter: Filter; readonly next: number } | Fault

function fault(position: number, expected: string, seen: string): Fault {
  return { ok: false, position, expected, seen: seen.length > 40 ? `${seen.slice(0, 40)}…` : seen }
}

function unexpected({ position, kind, text }: Token, expected: string): Fault {
  return fault(position, expected, kind === 'end' ? 'the end' : text)
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = { $true: true, $false: false, $null: null }

// Sticky patterns of our own making, each for one kind of word; none of them can be made to go back.
const BLANK = /[ \t\r\n]+/y
const OPERATOR = /-[A-Za-z]+|!/y
const NAME = /[A-Za-z][A-Za-z0-9]*/y
const CONSTANT = /\$[A-Za-z]+/y

function tokenize(text: string): Token[] | Fault {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  for (;;) {
    take(BLANK)
    const position = at + 1
    const mark = text[at]
    if (mark === undefined) break
    if (mark === '(' || mark === ')' || mark === '{' || mark === '}') {
      tokens.push({ kind: mark, position, text: mark })
      at++
      continue
    }
    if (mark === "'" || mark === '"') {
      const end = endOfText(text, at, mark)
      if (end === undefined) return fault(position, `a text that ends with ${mark}`, text.slice(at))
      const value = text.slice(at + 1, end).replaceAll(mark + mark, mark)
      tokens.push({ kind: 'value', position, text: text.slice(at, end + 1), value })
      at = end + 1
      continue
    }
    const constant = take(CONSTANT)
    if (constant !== undefined) {
      const value = CONSTANTS[constant.toLowerCase()]
      if (value === undefined) return fault(position, '$true, $false or $null', constant)
      tokens.push({ kind: 'value', position, text: constant, value })
      continue
    }
    const operator = take(OPERATOR)
    const name = operator ?? take(NAME)
    if (name === undefined) return fault(position, 'a property, an operator, a value in quotes or (', mark)
    tokens.push({ kind: operator === undefined ? 'name' : 'operator', position, text: name })
  }
  tokens.push({ kind: 'end', position: text.length + 1, text: '' })
  return tokens
}

// A quote inside a text is written twice.
function endOfText(text: string, start: number, quote: string): number | undefined {
  for (let at = text.indexOf(quote, start + 1); at !== -1; at = text.indexOf(quote, at + 2)) {
    if (text[at + 1] !== quote) return at
  }
  return undefined
}

function tokenAt(tokens: readonly Token[], index: number): Token {
  const token = tokens[Math.min(index, tokens.length - 1)]
  if (token === undefined) throw new Error('a list of tokens ends with its end')
  return token
}

// What stands between parentheses. PowerShell gives -and and -or the same rank and LDAP has no ranks, so a filter that
// mixes them says itself what it means.
function readExpression(tokens: readonly Token[], start: number, depth: number): Read {
  const parts: Filter[] = []
  let joined: '-and' | '-or' | undefined
  let next = start
  for (;;) {
    const part = readPart(tokens, next, depth)
    if (!part.ok) return part
    parts.push(part.filter)
    next = part.next
    const token = tokenAt(tokens, next)
    const word = token.kind === 'operator' ? token.text.toLowerCase() : undefined
    if (word !== '-and' && word !== '-or') break
    joined ??= word
    if (joined !== word) return unexpected(token, `${joined}, or parentheses where -and and -or are mixed`)
    next++
  }
  const [only, ...others] = parts
  if (only !== undefined && others.length === 0) return { ok: true, filter: only, next }
  return { ok: true, filter: { kind: joined === '-or' ? 'any' : 'all', parts }, next }
}

function readPart(tokens: readonly Token[], start: number, depth: number): Read {
  const token = tokenAt(tokens, start)
  if (depth > DEEPEST_FILTER) return unexpected(token, `at most ${DEEPEST_FILTER} levels`)
  if (token.kind === '(') {
    const inner = readExpression(tokens, start + 1, depth + 1)
    if (!inner.ok) return inner
    const closing = tokenAt(tokens, inner.next)
    return closing.kind === ')' ? { ...inner, next: inner.next + 1 } : unexpected(closing, '-and, -or or )')
  }
  if (token.kind === 'operator' && (token.text === '!' || token.text.toLowerCase() === '-not')) {
    const part = readPart(tokens, start + 1, depth + 1)
    return part.ok ? { ok: true, filter: { kind: 'not', part: part.filter }, next: part.next } : part
  }
  return readComparison(tokens, start)
}

function readComparison(tokens: readonly Token[], start: number): Read {
  const [name, operator, operand] = [0, 1, 2].map((offset) => tokenAt(tokens, start + offset)) as [
    Token,
    Token,
    Token,
  ]
  if (name.kind !== 'name') return unexpected(name, 'a property, -not or (')
  const property = recipientProperty(name.text)
  if (property === undefined) return unexpected(name, 'a property that recipients have here')
  const comparison = COMPARISONS.find((one) => one === operator.text.toLowerCase())
  if (comparison === undefined) return unexpected(operator, `one of ${COMPARISONS.join(', ')}`)
  const { value } = operand
  if (operand.kind !== 'value' || value === undefined) {
    return unexpected(operand, 'a value in quotes, $true, $false or $null')
  }
  const wanted = wantedValue(property, comparison, value)
  if (wanted !== undefined) return unexpected(operand, wanted)
  return { ok: true, filter: { kind: 'compare', property, comparison, value }, next: start + 3 }
}

// What the value should have been; undefined when it is of the right kind.
function wantedValue(
  { name, kind }: RecipientProperty,
  comparison: Comparison,
  value: string | boolean | null,
): string | undefined {
  const isPattern = comparison === '-like' || comparison === '-notlike'
  if (isPattern && kind === 'boolean') return `-eq or -ne, since ${name} is true or false`
  if (isPattern) return typeof value === 'string' ? undefined : 'a pattern in quotes'
  if (value === null) return undefined
  if (kind === 'boolean') return typeof value === 'boolean' ? undefined : `$true or $false for ${name}`
  return typeof value === 'string' ? undefined : `a value in quotes or $null for ${name}`
}
