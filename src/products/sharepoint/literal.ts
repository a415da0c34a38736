/** Literals of OData in a URL: 'text', 12, 1.5, true, null, datetime'2026-11-21T00:00:00Z', guid'…'. */
import type { EpochSeconds } from '../../protocol/ids.ts'

export type Literal =
  | { readonly type: 'text' | 'guid'; readonly value: string }
  | { readonly type: 'number'; readonly value: number }
  /** In seconds since 1970. */
  | { readonly type: 'date'; readonly value: EpochSeconds }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null'; readonly value: null }

// Each pattern holds at one place (`y`) and in one way, so that none of them looks back.
const TYPED = /(datetimeoffset|datetime|guid)'([^']*)'/iy
const TEXT = /'((?:[^']|'')*)'/y
const NUMBER = /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LlMmDdFf]?(?![\w'.])/y
const WORD = /(true|false|null)(?![\w'(/])/y
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The literal that stands at this place of the text, and where it ends; undefined if there is none. */
export function literalAt(text: string, at: number): { literal: Literal; end: number } | undefined {
  const typed = match(TYPED, text, at)
  if (typed !== undefined) {
    const [whole, type = '', inner = ''] = typed
    const literal = type.toLowerCase() === 'guid' ? guidOf(inner) : dateOf(inner)
    return literal && { literal, end: at + whole.length }
  }
  const quoted = match(TEXT, text, at)
  if (quoted !== undefined) {
    const literal = { type: 'text', value: (quoted[1] ?? '').replaceAll("''", "'") } as const
    return { literal, end: at + quoted[0].length }
  }
  const number = match(NUMBER, text, at)
  if (number !== undefined) {
    const value = Number(number[0].replace(/[LlMmDdFf]$/, ''))
    return Number.isFinite(value)
      ? { literal: { type: 'number', value }, end: at + number[0].length }
      : undefined
  }
  const word = match(WORD, text, at)
  if (word === undefined) return undefined
  const literal =
    word[1] === 'null'
      ? ({ type: 'null', value: null } as const)
      : ({ type: 'boolean', value: word[1] === 'true' } as const)
  return { literal, end: at + word[0].length }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

/** A GUID in lower case; braces are taken off. */
export function guidOf(text: string): { readonly type: 'guid'; readonly value: string } | undefined {
  const bare = text.replace(/^\{(.*)\}$/, '$1')
  return GUID.test(bare) ? { type: 'guid', value: bare.toLowerCase() } : undefined
}

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.\d{1,7})?)?)?(Z|[+-]\d\d:\d\d)?$/i

/** A moment of ISO 8601, to the second; without a zone it is in the site's, which is UTC. */
export function dateOf(text: string): { readonly type: 'date'; readonly value: EpochSeconds } | undefined {
  const parts = DATE.exec(text)
  if (parts === null) return undefined
  const [, day = '', minute = '00:00', second = '00', zone = 'Z'] = parts
  const moment = Date.parse(`${day}T${minute}:${second}${zone.toUpperCase()}`)
  // 31 February is a day in March to Date.parse.
  if (Number.isNaN(moment) || !new Date(Date.parse(`${day}T00:00Z`)).toISOString().startsWith(day))
    return undefined
  return { type: 'date', value: moment / 1000 }
}

/** `2026-11-21T00:00:00Z`, as SharePoint writes moments. */
export function isoOf(moment: EpochSeconds): string {
  return `${new Date(moment * 1000).toISOString().slice(0, 19)}Z`
}
