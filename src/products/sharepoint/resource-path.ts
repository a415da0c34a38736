/** The path of a REST call: `/_api/web/lists/getbytitle('Bob''s list')/items(1)` as its segments. */
import { done, fault, type Result } from './faults.ts'
import { type Literal, literalAt } from './literal.ts'

export interface Segment {
  /** In lower case: names of resources count without regard to case. */
  readonly name: string
  /** As it was written, for messages. */
  readonly shown: string
  /** What stands in parentheses; absent without them. */
  readonly args?: readonly Literal[]
}

const START = /^\/+(?:_api|_vti_bin\/+client\.svc)(?:\/+|$)/i

/** Whether a path, as it was sent, is one of the REST interface. */
export function isRestPath(path: string): boolean {
  return START.test(path)
}

/** Longest path worth following; the longest that means something has six segments. */
const MOST_SEGMENTS = 16

/**
 * The segments of a path that is still percent-encoded. A slash or a parenthesis between quotes belongs to the text, however it
 * was encoded. An argument may be an alias (`getbytitle(@t)?@t='Tasks'`), found in the query.
 */
export function parseResourcePath(rawPath: string, query: URLSearchParams): Result<readonly Segment[]> {
  const path = decodeURIComponent(rawPath) // the HTTP layer has seen that it can be decoded
  // No name and no text has one, and what keeps them takes none.
  if (path.includes('\0')) return fault('expression_invalid', path.replaceAll('\0', '%00'))
  const start = START.exec(path)?.[0].length ?? 0
  const whole = path.slice(start)
  const segments: Segment[] = []
  let at = 0
  while (at < whole.length) {
    if (whole[at] === '/') {
      at += 1
      continue
    }
    const read = segmentAt(whole, at, query)
    if (read === undefined || segments.length === MOST_SEGMENTS) return fault('expression_invalid', whole)
    segments.push(read.segment)
    at = read.end
  }
  return done(segments)
}

const NAME = /[A-Za-z_$][\w.$]*/y
const ALIAS = /(?:[A-Za-z_]\w*=)?(@\w+)/y
const ARGUMENT_NAME = /(?:[A-Za-z_]\w*=)?/y

function segmentAt(
  text: string,
  start: number,
  query: URLSearchParams,
): { segment: Segment; end: number } | undefined {
  NAME.lastIndex = start
  const [shown] = NAME.exec(text) ?? []
  if (shown === undefined) return undefined
  const name = shown.toLowerCase()
  let at = start + shown.length
  if (at === text.length || text[at] === '/') return { segment: { name, shown }, end: at }
  if (text[at] !== '(') return undefined
  at += 1
  const args: Literal[] = []
  while (text[at] !== ')') {
    const argument = argumentAt(text, at, query)
    if (argument === undefined) return undefined
    args.push(argument.literal)
    at = argument.end
    if (text[at] === ',') at += 1
    else if (text[at] !== ')') return undefined
  }
  at += 1
  return at === text.length || text[at] === '/' ? { segment: { name, shown, args }, end: at } : undefined
}

function argumentAt(
  text: string,
  at: number,
  query: URLSearchParams,
): { literal: Literal; end: number } | undefined {
  ALIAS.lastIndex = at
  const alias = ALIAS.exec(text)
  if (alias !== null) {
    const value = query.get(alias[1] ?? '') ?? ''
    const found = literalAt(value, 0)
    return found?.end === value.length ? { literal: found.literal, end: ALIAS.lastIndex } : undefined
  }
  ARGUMENT_NAME.lastIndex = at
  ARGUMENT_NAME.exec(text)
  return literalAt(text, ARGUMENT_NAME.lastIndex)
}
