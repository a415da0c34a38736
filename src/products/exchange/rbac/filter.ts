/** Whether a recipient is one that a filter asks for. Pure. */
import { fold } from '../../../trust/directory-names.ts'
import { preparePattern } from '../../wildcard.ts'
import type { Comparison, Filter } from './opath.ts'
import type { Recipient, RecipientProperty } from './recipient.ts'

/** Whether a filter holds a recipient. */
export type RecipientTest = (recipient: Recipient) => boolean

/**
 * Makes a filter ready to be asked about many recipients. Case of ASCII letters does not count. `-ne` and `-notlike` hold where
 * `-eq` and `-like` do not, also of what is not set.
 */
export function prepareFilter(filter: Filter): RecipientTest {
  const holds = prepare(filter)
  return (recipient) => holds(valuesOf(recipient))
}

type Values = readonly (string | boolean)[]
type ValuesOf = (property: RecipientProperty) => Values

// However often a filter asks for a property, it is read and folded once.
function valuesOf(recipient: Recipient): ValuesOf {
  const known = new Map<RecipientProperty, Values>()
  return (property) => {
    const values =
      known.get(property) ??
      property.read(recipient).map((value) => (typeof value === 'string' ? fold(value) : value))
    known.set(property, values)
    return values
  }
}

function prepare(filter: Filter): (values: ValuesOf) => boolean {
  switch (filter.kind) {
    case 'all': {
      const parts = filter.parts.map(prepare)
      return (values) => parts.every((holds) => holds(values))
    }
    case 'any': {
      const parts = filter.parts.map(prepare)
      return (values) => parts.some((holds) => holds(values))
    }
    case 'not': {
      const part = prepare(filter.part)
      return (values) => !part(values)
    }
    case 'compare': {
      const { property, comparison, value } = filter
      const holds = isPattern(comparison) ? alike(value) : equal(value)
      const isNegated = comparison === '-ne' || comparison === '-notlike'
      return (values) => holds(values(property)) !== isNegated
    }
  }
}

/** Whether a filter asks, by name or by a pattern that fits it, who is in the group of this distinguished name. */
export function namesGroup(filter: Filter, distinguishedName: string): boolean {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.parts.some((part) => namesGroup(part, distinguishedName))
    case 'not':
      return namesGroup(filter.part, distinguishedName)
    case 'compare': {
      const { property, comparison, value } = filter
      // A pattern of stars asks whether somebody is in any group, and names none.
      const isName = typeof value === 'string' && /[^*]/.test(value)
      const fits = isPattern(comparison) ? alike(value) : equal(value)
      return property.name === 'MemberOfGroup' && isName && fits([fold(distinguishedName)])
    }
  }
}

function isPattern(comparison: Comparison): boolean {
  return comparison === '-like' || comparison === '-notlike'
}

type Wanted = string | boolean | null

function equal(wanted: Wanted): (values: Values) => boolean {
  if (wanted === null) return (values) => values.length === 0
  const folded = typeof wanted === 'string' ? fold(wanted) : wanted
  return (values) => values.includes(folded)
}

function alike(wanted: Wanted): (values: Values) => boolean {
  if (typeof wanted !== 'string') return () => false
  const fits = preparePattern(wanted)
  return (values) => values.some((value) => typeof value === 'string' && fits(value))
}
