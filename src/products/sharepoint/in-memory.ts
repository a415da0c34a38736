/** Collections that are small enough to be held: lists, fields, users. Filtered, sorted and cut here. */
import { done, fault, type Result } from './faults.ts'
import { type Column, parseFilter } from './filter.ts'
import type { Condition, FieldValue } from './lists.ts'
import { dateOf } from './literal.ts'
import type { Entity } from './odata.ts'
import type { QueryOptions } from './query-options.ts'
import type { Resource } from './shape.ts'

type Properties = Entity['properties']

/** Those of the resources that the options ask for, in their order. `where` names the place in messages. */
export function pick(
  resources: readonly Resource[],
  { filter, orderBy, top, skip = 0 }: QueryOptions,
  where: string,
): Result<readonly Resource[]> {
  const sample = resources[0]?.entity.properties ?? {}
  const columnOf = (name: string): Result<Column> => {
    const value = Object.hasOwn(sample, name) ? sample[name] : undefined
    const type = typeOf(name, value)
    return type === undefined ? fault('column_missing', name, where) : done({ field: name, type })
  }
  let found = [...resources]
  if (filter !== undefined) {
    const condition = parseFilter(filter, columnOf)
    if (!condition.ok) return condition
    found = found.filter(({ entity }) => meets(condition.value, entity.properties))
  }
  // The last key first: a sort leaves what is equal in its order.
  for (const { name, descending } of orderBy.toReversed()) {
    const column = columnOf(name)
    if (!column.ok) return column
    const sign = descending ? -1 : 1
    found.sort(
      (one, other) =>
        sign * order(comparableOf(one.entity.properties, name), comparableOf(other.entity.properties, name)),
    )
  }
  return done(found.slice(skip, top === undefined ? undefined : skip + top))
}

// A title may look like a date: what a property holds is known by its name.
const DATES = ['Created', 'LastItemDeletedDate', 'LastItemModifiedDate']

function typeOf(name: string, value: unknown): Column['type'] | undefined {
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value !== 'string') return undefined
  if (DATES.includes(name)) return 'date'
  return name === 'Id' ? 'guid' : 'text'
}

function comparableOf(properties: Properties, name: string): FieldValue {
  const value = properties[name]
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return null
  return DATES.includes(name) ? (dateOf(value)?.value ?? null) : value.toLowerCase()
}

function order(one: FieldValue, other: FieldValue): number {
  if (one === other) return 0
  if (one === null || other === null) return one === null ? -1 : 1
  return one < other ? -1 : 1
}

function meets(condition: Condition, properties: Properties): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((part) => meets(part, properties))
    case 'any':
      return condition.of.some((part) => meets(part, properties))
    case 'not':
      return !meets(condition.of, properties)
    case 'contains':
    case 'starts': {
      const at = String(comparableOf(properties, condition.field) ?? '').indexOf(condition.text.toLowerCase())
      return condition.kind === 'starts' ? at === 0 : at >= 0
    }
    case 'compare': {
      const value = comparableOf(properties, condition.field)
      const asked = typeof condition.value === 'string' ? condition.value.toLowerCase() : condition.value
      if (condition.operator === 'eq') return value === asked
      if (condition.operator === 'ne') return value !== asked
      if (value === null || asked === null) return false
      const sign = order(value, asked)
      return { gt: sign > 0, ge: sign >= 0, lt: sign < 0, le: sign <= 0 }[condition.operator]
    }
  }
}
