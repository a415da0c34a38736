/** Whether a recipient is one that a filter asks for. Pure. */
import { fold } from '../../../trust/directory-names.ts'
import { matches } from '../../wildcard.ts'
import type { Comparison, Filter } from './opath.ts'
import type { Recipient } from './recipient.ts'

/** Case of ASCII letters does not count. `-ne` and `-notlike` hold where `-eq` and `-like` do not, also of what is not set. */
export function fitsFilter(filter: Filter, recipient: Recipient): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.parts.every((part) => fitsFilter(part, recipient))
    case 'any':
      return filter.parts.some((part) => fitsFilter(part, recipient))
    case 'not':
      return !fitsFilter(filter.part, recipient)
    case 'compare': {
      const values = filter.property.read(recipient)
      const holds = HOLDS[filter.comparison](values, filter.value)
      return filter.comparison === '-ne' || filter.comparison === '-notlike' ? !holds : holds
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
      return property.name === 'MemberOfGroup' && isName && HOLDS[comparison]([distinguishedName], value)
    }
  }
}

type Values = readonly (string | boolean)[]
type Holds = (values: Values, wanted: string | boolean | null) => boolean

const equal: Holds = (values, wanted) => {
  if (wanted === null) return values.length === 0
  return values.some((value) =>
    typeof value === 'string' && typeof wanted === 'string' ? fold(value) === fold(wanted) : value === wanted,
  )
}
const alike: Holds = (values, wanted) =>
  typeof wanted === 'string' && values.some((value) => typeof value === 'string' && matches(wanted, value))

const HOLDS = { '-eq': equal, '-ne': equal, '-like': alike, '-notlike': alike } as const satisfies Record<
  Comparison,
  Holds
>
