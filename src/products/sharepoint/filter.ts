/** `$filter`: from its text to a condition. Bounded in length by the URL, in depth and breadth here. */
import { done, type Fault, fault, type Result } from './faults.ts'
import type { Comparison, Condition, FieldValue } from './lists.ts'
import { dateOf, guidOf, type Literal, literalAt } from './literal.ts'

export type ColumnType = 'text' | 'number' | 'boolean' | 'date' | 'guid'

/** What a name in a filter means: how conditions call it, and what it holds. */
export interface Column {
  readonly field: string
  readonly type: ColumnType
}

/** Deepest nesting of parentheses and `not`, and most comparisons: more than anyone writes, less than SQLite takes. */
const LIMITS = { depth: 20, comparisons: 100 }

const OPERATORS: Readonly<Record<string, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'gt',
  ge: 'ge',
  lt: 'lt',
  le: 'le',
}

/** When the operands change sides. */
const MIRRORED = { eq: 'eq', ne: 'ne', gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' } as const satisfies Record<
  Comparison,
  Comparison
>

const OPERATOR_KINDS = {
  eq: 'Equal',
  ne: 'NotEqual',
  gt: 'GreaterThan',
  ge: 'GreaterThanOrEqual',
  lt: 'LessThan',
  le: 'LessThanOrEqual',
} as const satisfies Record<Comparison, string>

const EDM = {
  text: 'Edm.String',
  number: 'Edm.Double',
  boolean: 'Edm.Boolean',
  date: 'Edm.DateTime',
  guid: 'Edm.Guid',
  null: 'Edm.Null',
} as const satisfies Record<ColumnType | 'null', string>

type Token =
  | { readonly kind: '(' | ')' | ',' }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'literal'; readonly literal: Literal }

interface Reader {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly columnOf: (name: string) => Result<Column>
  at: number
  comparisons: number
}

/** The condition that a filter states; names are looked up with `columnOf`. */
export function parseFilter(text: string, columnOf: (name: string) => Result<Column>): Result<Condition> {
  const tokens = tokensOf(text)
  if (tokens === undefined) return fault('expression_invalid', text)
  const reader: Reader = { text, tokens, columnOf, at: 0, comparisons: 0 }
  const condition = anyOf(reader, 0)
  if (!condition.ok) return condition
  return reader.at === tokens.length ? condition : invalid(reader)
}

const WORD = /[A-Za-z_][\w/]*/y
const SPACE = /[ \t\r\n]*/y

function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = []
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const mark = text[at]
    const found = literalAt(text, at)
    if (mark === '(' || mark === ')' || mark === ',') {
      tokens.push({ kind: mark })
      at += 1
    } else if (found !== undefined) {
      tokens.push({ kind: 'literal', literal: found.literal })
      at = found.end
    } else {
      WORD.lastIndex = at
      const [word] = WORD.exec(text) ?? []
      if (word === undefined) return undefined
      tokens.push({ kind: 'word', text: word })
      at += word.length
    }
  }
  return tokens
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}

function anyOf(reader: Reader, depth: number): Result<Condition> {
  return chain(reader, 'or', () => chain(reader, 'and', () => unary(reader, depth), 'all'), 'any')
}

function chain(
  reader: Reader,
  word: 'and' | 'or',
  next: () => Result<Condition>,
  kind: 'all' | 'any',
): Result<Condition> {
  const of: Condition[] = []
  do {
    const part = next()
    if (!part.ok) return part
    of.push(part.value)
  } while (takeWord(reader, word))
  const [only, ...more] = of
  return done(only !== undefined && more.length === 0 ? only : { kind, of })
}

function unary(reader: Reader, depth: number): Result<Condition> {
  if (depth > LIMITS.depth) return fault('filter_too_complex', `at most ${LIMITS.depth} levels`)
  if (takeWord(reader, 'not')) {
    const part = unary(reader, depth + 1)
    return part.ok ? done({ kind: 'not', of: part.value }) : part
  }
  if (!take(reader, '(')) return comparison(reader)
  const part = anyOf(reader, depth + 1)
  if (!part.ok) return part
  return take(reader, ')') ? part : invalid(reader)
}

function comparison(reader: Reader): Result<Condition> {
  reader.comparisons += 1
  if (reader.comparisons > LIMITS.comparisons)
    return fault('filter_too_complex', `at most ${LIMITS.comparisons} comparisons`)
  const left = reader.tokens[reader.at]
  reader.at += 1
  if (left?.kind === 'word' && take(reader, '(')) return textFunction(reader, left.text)
  const operator = takeOperator(reader)
  const right = reader.tokens[reader.at]
  reader.at += 1
  if (operator === undefined) return invalid(reader)
  if (left?.kind === 'word' && right?.kind === 'literal')
    return compare(reader, left.text, operator, right.literal)
  if (left?.kind === 'literal' && right?.kind === 'word')
    return compare(reader, right.text, MIRRORED[operator], left.literal)
  return invalid(reader)
}

function compare(reader: Reader, name: string, operator: Comparison, literal: Literal): Result<Condition> {
  const column = reader.columnOf(name)
  if (!column.ok) return column
  const { field, type } = column.value
  const isOrder = operator !== 'eq' && operator !== 'ne'
  const value = literal.type === 'null' ? (isOrder ? undefined : null) : valueFor(type, literal)
  if (value === undefined)
    return fault('operands_differ', EDM[type], EDM[literal.type], OPERATOR_KINDS[operator])
  return done({ kind: 'compare', field, operator, value })
}

/** A literal as a column of this type holds it; undefined if it cannot. Dates and GUIDs may be written as texts. */
function valueFor(type: ColumnType, literal: Literal): FieldValue | undefined {
  switch (type) {
    case 'text':
      return literal.type === 'text' || literal.type === 'guid' ? literal.value : undefined
    case 'number':
      return literal.type === 'number' ? literal.value : undefined
    case 'boolean':
      // Clients of lists write 1 and 0 as well.
      if (literal.type === 'number')
        return literal.value === 1 || literal.value === 0 ? literal.value : undefined
      return literal.type === 'boolean' ? Number(literal.value) : undefined
    case 'date':
      if (literal.type === 'text') return dateOf(literal.value)?.value
      return literal.type === 'date' ? literal.value : undefined
    case 'guid':
      if (literal.type === 'text') return guidOf(literal.value)?.value
      return literal.type === 'guid' ? literal.value : undefined
  }
}

// substringof('text', Field) and startswith(Field, 'text'), and each of them `eq true` or `eq false`.
function textFunction(reader: Reader, name: string): Result<Condition> {
  const kind = { substringof: 'contains', startswith: 'starts' }[name.toLowerCase()] as
    | 'contains'
    | 'starts'
    | undefined
  const first = reader.tokens[reader.at]
  const comma = reader.tokens[reader.at + 1]
  const second = reader.tokens[reader.at + 2]
  reader.at += 3
  if (kind === undefined || comma?.kind !== ',' || !take(reader, ')')) return invalid(reader)
  const [text, field] = kind === 'contains' ? [first, second] : [second, first]
  if (text?.kind !== 'literal' || text.literal.type !== 'text' || field?.kind !== 'word')
    return invalid(reader)
  const column = reader.columnOf(field.text)
  if (!column.ok) return column
  if (column.value.type !== 'text') return fault('operands_differ', EDM[column.value.type], EDM.text, 'Equal')
  const condition: Condition = { kind, field: column.value.field, text: text.literal.value }
  const operator = takeOperator(reader)
  if (operator === undefined) return done(condition)
  const verdict = reader.tokens[reader.at]
  reader.at += 1
  if (verdict?.kind !== 'literal' || verdict.literal.type !== 'boolean') return invalid(reader)
  if (operator !== 'eq' && operator !== 'ne') return invalid(reader)
  return done((operator === 'eq') === verdict.literal.value ? condition : { kind: 'not', of: condition })
}

function take(reader: Reader, kind: '(' | ')'): boolean {
  const isThere = reader.tokens[reader.at]?.kind === kind
  if (isThere) reader.at += 1
  return isThere
}

function takeWord(reader: Reader, text: string): boolean {
  const token = reader.tokens[reader.at]
  const isThere = token?.kind === 'word' && token.text === text
  if (isThere) reader.at += 1
  return isThere
}

function takeOperator(reader: Reader): Comparison | undefined {
  const token = reader.tokens[reader.at]
  const operator =
    token?.kind === 'word' && Object.hasOwn(OPERATORS, token.text) ? OPERATORS[token.text] : undefined
  if (operator !== undefined) reader.at += 1
  return operator
}

function invalid(reader: Reader): Fault {
  return fault('expression_invalid', reader.text)
}
