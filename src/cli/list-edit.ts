/** Lists as PowerShell writes them: `"a","b"`, `@{Add="x"; Remove="y"}`, `$null`. */
import { ConfigError } from '../server/config-error.ts'

/** A list in the place of the old one, what comes and goes, or none at all: as the REST takes it. */
export type ListEdit = readonly string[] | { readonly add?: string[]; readonly remove?: string[] } | null

/**
 * Reads one. Quotes, double or single, may be left out around a value that holds no comma, and within `@{…}` no semicolon
 * or brace either; a doubled quote within quotes is one. Throws a ConfigError that names the place.
 */
export function readListEdit(text: string): ListEdit {
  const trimmed = text.trim()
  if (/^\$?null$/i.test(trimmed)) return null
  if (!trimmed.startsWith('@{')) return readValues(trimmed)
  if (!trimmed.endsWith('}')) throw wrong(text, 'a closing }', text.length)
  return readTable(trimmed)
}

/** Reads `"a","b"`. */
export function readValues(text: string): string[] {
  const values: string[] = []
  let at = 0
  do {
    const value = readValue(text, at, ',')
    values.push(value.text)
    at = value.end + 1
  } while (at <= text.length)
  return values
}

function readTable(text: string): ListEdit {
  const edit: { add?: string[]; remove?: string[] } = {}
  const end = text.length - 1
  let at = 2
  while (at < end) {
    const [head, name = ''] = /^\s*(\w+)\s*=/.exec(text.slice(at)) ?? []
    const member = (['add', 'remove'] as const).find((one) => one === name.toLowerCase())
    if (head === undefined || member === undefined) throw wrong(text, 'Add= or Remove=', at)
    if (edit[member] !== undefined) throw wrong(text, `${name} only once`, at)
    at += head.length
    const values: string[] = []
    let value: Value
    do {
      value = readValue(text.slice(0, end), at, ',;')
      values.push(value.text)
      at = value.end + 1
    } while (text[value.end] === ',')
    edit[member] = values
    // A semicolon may stand behind the last member too.
    if (text.slice(at, end).trim() === '') break
  }
  if (Object.keys(edit).length === 0) throw wrong(text, 'Add= or Remove=', 2)
  return edit
}

interface Value {
  readonly text: string
  /** Where the sign stands that ends it, or the end of the text. */
  readonly end: number
}

function readValue(text: string, from: number, ends: string): Value {
  let at = from
  while (text[at] === ' ') at += 1
  const quote = text[at]
  if (quote !== '"' && quote !== "'") {
    let end = at
    while (end < text.length && !ends.includes(text[end] ?? '')) end += 1
    const value = text.slice(at, end).trim()
    if (value === '') throw wrong(text, 'a value', at)
    return { text: value, end }
  }
  let value = ''
  at += 1
  for (;;) {
    const close = text.indexOf(quote, at)
    if (close === -1) throw wrong(text, `a closing ${quote}`, text.length)
    value += text.slice(at, close)
    at = close + 1
    if (text[at] !== quote) break
    value += quote
    at += 1
  }
  while (text[at] === ' ') at += 1
  if (at < text.length && !ends.includes(text[at] ?? '')) throw wrong(text, `one of ${ends}`, at)
  return { text: value, end: at }
}

function wrong(text: string, expected: string, at: number): ConfigError {
  const seen = at >= text.length ? 'the end' : `"${text.slice(at, at + 20)}"`
  return new ConfigError(
    `the list: expected ${expected} at character ${Math.min(at, text.length) + 1}, saw ${seen}`,
  )
}
