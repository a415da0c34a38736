/** Reads `m:Restriction` ([MS-OXWSSRCH] RestrictionType). */
import { child, NS, type XmlElement } from '../xml.ts'
import type { Condition, Containment } from './condition.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, attribute, type Check } from './ews-schema.ts'
import type { Comparison } from './mailbox.ts'
import { PATH_CHECKS, PATH_ELEMENTS, type PropertyPath, readPropertyPath } from './property-path.ts'

const DEEPEST = 16
const MOST_CONDITIONS = 200

/** The condition of a request; undefined when it has none. */
export function readRestriction(request: XmlElement): EwsResult<Condition | undefined> {
  const element = child(request, NS.messages, 'Restriction')
  if (element === undefined) return done(undefined)
  const reader = { left: MOST_CONDITIONS }
  const [only, ...others] = element.children
  if (only === undefined || others.length > 0) return invalid('Restriction must hold one condition')
  return readCondition(only, 1, reader)
}

function readCondition(element: XmlElement, depth: number, reader: { left: number }): EwsResult<Condition> {
  if (element.ns !== NS.types) return invalid(`Restriction may not hold ${element.name}`)
  if (depth > DEEPEST) return problem('ErrorRestrictionTooComplex')
  reader.left -= 1
  if (reader.left < 0) return problem('ErrorRestrictionTooLong')
  const operator = COMPARISONS[element.name]
  if (operator !== undefined) return readComparison(element, operator)
  switch (element.name) {
    case 'And':
    case 'Or':
    case 'Not':
      return readParts(element, depth, reader)
    case 'Contains':
      return readContains(element)
    case 'Excludes':
      return readExcludes(element)
    case 'Exists': {
      const path = onlyPath(element, element.children)
      return path.ok ? done({ kind: 'exists', path: path.value }) : path
    }
    default:
      return invalid(`Restriction may not hold ${element.name}`)
  }
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  IsEqualTo: '=',
  IsNotEqualTo: '!=',
  IsGreaterThan: '>',
  IsGreaterThanOrEqualTo: '>=',
  IsLessThan: '<',
  IsLessThanOrEqualTo: '<=',
}

function readParts(element: XmlElement, depth: number, reader: { left: number }): EwsResult<Condition> {
  const parts: Condition[] = []
  for (const one of element.children) {
    const part = readCondition(one, depth + 1, reader)
    if (!part.ok) return part
    parts.push(part.value)
  }
  const [first, ...others] = parts
  if (first === undefined) return invalid(`${element.name} must hold a condition`)
  if (element.name !== 'Not') return done({ kind: element.name === 'And' ? 'all' : 'any', parts })
  return others.length > 0 ? invalid('Not must hold one condition') : done({ kind: 'not', part: first })
}

function readComparison(element: XmlElement, operator: Comparison): EwsResult<Condition> {
  const [named, other, ...more] = element.children
  if (other?.name !== 'FieldURIOrConstant' || other.ns !== NS.types || more.length > 0) {
    return invalid(`${element.name} must hold a property and FieldURIOrConstant`)
  }
  const path = onlyPath(element, [named])
  if (!path.ok) return path
  const [side, ...sides] = other.children
  if (side?.name === 'Constant' && side.ns === NS.types && sides.length === 0) {
    const constant = side.attributes.get('Value')
    if (constant === undefined) return invalid('Constant must have the attribute Value')
    return done({ kind: 'compare', path: path.value, operator, to: { constant } })
  }
  const second = onlyPath(other, other.children)
  return second.ok
    ? done({ kind: 'compare', path: path.value, operator, to: { path: second.value } })
    : second
}

const MODES: Readonly<Record<string, Containment['where']>> = {
  FullString: 'whole',
  Prefixed: 'start',
  Substring: 'anywhere',
  PrefixOnWords: 'word start',
  ExactPhrase: 'whole words',
}

// `Loose` has no published meaning of its own; it overlooks what IgnoreNonSpacingCharacters does.
const COMPARISON_KINDS =
  /^(Exact|IgnoreCase|IgnoreNonSpacingCharacters|Loose|IgnoreCaseAndNonSpacingCharacters|LooseAndIgnoreCase|LooseAndIgnoreNonSpace|LooseAndIgnoreCaseAndIgnoreNonSpace)$/

const CONTAINS: Check = all(
  attribute('ContainmentMode', /^(FullString|Prefixed|Substring|PrefixOnWords|ExactPhrase)$/, 'optional'),
  attribute('ContainmentComparison', COMPARISON_KINDS, 'optional'),
)

function readContains(element: XmlElement): EwsResult<Condition> {
  const wrong = CONTAINS(element)
  if (wrong !== undefined) return invalid(wrong)
  const constant = element.children.at(-1)
  const text = constant?.attributes.get('Value')
  if (constant?.name !== 'Constant' || constant.ns !== NS.types || text === undefined) {
    return invalid('Contains must hold a property and a Constant with the attribute Value')
  }
  const path = onlyPath(element, element.children.slice(0, -1))
  if (!path.ok) return path
  const comparison = element.attributes.get('ContainmentComparison') ?? 'Exact'
  const match: Containment = {
    text,
    where: MODES[element.attributes.get('ContainmentMode') ?? 'FullString'] ?? 'whole',
    ignoresCase: comparison.includes('IgnoreCase'),
    ignoresMarks: /Loose|NonSpac/.test(comparison),
  }
  return done({ kind: 'contains', path: path.value, match })
}

function readExcludes(element: XmlElement): EwsResult<Condition> {
  const bitmask = element.children.at(-1)
  if (bitmask?.name !== 'Bitmask') return invalid('Excludes must hold a property and a Bitmask')
  const text = bitmask.attributes.get('Value') ?? ''
  if (!/^(0[xX][0-9A-Fa-f]{1,8}|[0-9]{1,10})$/.test(text) || Number(text) === 0) {
    return problem('ErrorInvalidExcludesRestriction')
  }
  const path = onlyPath(element, element.children.slice(0, -1))
  return path.ok ? done({ kind: 'excludes', path: path.value, mask: Number(text) }) : path
}

/** The one property that these elements name. */
function onlyPath(
  parent: XmlElement,
  elements: readonly (XmlElement | undefined)[],
): EwsResult<PropertyPath> {
  const [only, ...others] = elements
  if (only?.ns !== NS.types || others.length > 0 || !PATH_ELEMENTS.includes(only.name)) {
    return invalid(`${parent.name} must name one property`)
  }
  const wrong = PATH_CHECKS[only.name]?.(only)
  return wrong === undefined ? done(readPropertyPath(only)) : invalid(wrong)
}

/** One order of `m:SortOrder`, or of a group: by which property, in which direction. */
export interface FieldOrder {
  readonly path: PropertyPath
  readonly descending: boolean
}

const MOST_ORDERS = 8

/** Reads `m:SortOrder`; undefined when the request has none. */
export function readSortOrder(request: XmlElement): EwsResult<readonly FieldOrder[] | undefined> {
  const element = child(request, NS.messages, 'SortOrder')
  if (element === undefined) return done(undefined)
  if (element.children.length === 0 || element.children.length > MOST_ORDERS) {
    return invalid(`SortOrder must hold 1 to ${MOST_ORDERS} elements FieldOrder`)
  }
  const orders: FieldOrder[] = []
  for (const one of element.children) {
    if (one.ns !== NS.types || one.name !== 'FieldOrder') return invalid(`SortOrder may not hold ${one.name}`)
    const direction = one.attributes.get('Order')
    if (direction !== 'Ascending' && direction !== 'Descending') {
      return invalid('the attribute Order of FieldOrder must be Ascending or Descending')
    }
    const path = onlyPath(one, one.children)
    if (!path.ok) return path
    orders.push({ path: path.value, descending: direction === 'Descending' })
  }
  return done(orders)
}
