/** Views of FindFolder and FindItem: which part of all that was found comes back, and where the next part begins. */
import { child, NS, type XmlElement } from '../xml.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute } from './ews-schema.ts'

// Exchange's own limit for one answer (EwsFindCountLimit of its throttling policies).
const MOST = 1000
const INT = /^\s*[+-]?[0-9]{1,10}\s*$/

export type PageView =
  | { readonly kind: 'indexed'; readonly offset: number; readonly fromEnd: boolean; readonly most: number }
  | {
      readonly kind: 'fractional'
      readonly numerator: number
      readonly denominator: number
      readonly most: number
    }

/** A part of what was found. */
export interface Window {
  readonly offset: number
  readonly limit: number
}

const MAX = attribute('MaxEntriesReturned', INT, 'optional')
const INDEXED = all(
  MAX,
  attribute('Offset', INT, 'required'),
  attribute('BasePoint', /^(Beginning|End)$/, 'required'),
)
const FRACTIONAL = all(
  MAX,
  attribute('Numerator', INT, 'required'),
  attribute('Denominator', INT, 'required'),
)

/** Reads `m:IndexedPageItemView`, `m:FractionalPageItemView` or their likes for folders; without one, all from the beginning. */
export function readPageView(request: XmlElement, of: 'Item' | 'Folder'): EwsResult<PageView> {
  const indexed = child(request, NS.messages, `IndexedPage${of}View`)
  const fractional = child(request, NS.messages, `FractionalPage${of}View`)
  const view = indexed ?? fractional
  if (view === undefined) return done({ kind: 'indexed', offset: 0, fromEnd: false, most: MOST })
  const wrong = view === indexed ? INDEXED(view) : FRACTIONAL(view)
  if (wrong !== undefined) return invalid(wrong)
  const most = readMost(view)
  if (!most.ok) return most
  const number = (name: string) => Number(view.attributes.get(name))
  if (view === indexed) {
    const offset = number('Offset')
    if (offset < 0) return problem('ErrorInvalidIndexedPagingParameters')
    const fromEnd = view.attributes.get('BasePoint') === 'End'
    return done({ kind: 'indexed', offset, fromEnd, most: most.value })
  }
  const [numerator, denominator] = [number('Numerator'), number('Denominator')]
  if (denominator < 1 || numerator < 0 || numerator > denominator) {
    return problem('ErrorInvalidFractionalPagingParameters')
  }
  return done({ kind: 'fractional', numerator, denominator, most: most.value })
}

/** Reads the attribute MaxEntriesReturned. */
export function readMost(view: XmlElement): EwsResult<number> {
  const wrong = MAX(view)
  if (wrong !== undefined) return invalid(wrong)
  const most = Number(view.attributes.get('MaxEntriesReturned') ?? MOST)
  return most < 1 ? problem('ErrorInvalidPagingMaxRows') : done(Math.min(most, MOST))
}

/** Which part of `total` the view shows. From the end, an offset counts what comes after the part. */
export function windowOf(view: PageView, total: number): Window {
  if (view.kind === 'fractional') {
    return { offset: Math.floor((total * view.numerator) / view.denominator), limit: view.most }
  }
  if (!view.fromEnd) return { offset: view.offset, limit: view.most }
  const end = Math.max(0, total - view.offset)
  const offset = Math.max(0, end - view.most)
  return { offset, limit: end - offset }
}

/** The attributes of `m:RootFolder` that say what part this is and where the next one begins. */
export function pagingAttributes(view: PageView, count: number, total: number): Record<string, string> {
  const { offset } = windowOf(view, total)
  const isLast = view.kind === 'indexed' && view.fromEnd ? offset === 0 : offset + count >= total
  const next =
    view.kind === 'fractional'
      ? { NumeratorOffset: `${offset + count}`, AbsoluteDenominator: `${total}` }
      : { IndexedPagingOffset: `${view.offset + count}` }
  return { ...next, TotalItemsInView: `${total}`, IncludesLastItemInRange: `${isLast}` }
}
