/** What a query for list items is in SQL. Values are bound, never written into the text. */
import type { Expression, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type {
  Comparison,
  Condition,
  FieldValue,
  ItemColumn,
  ItemQuery,
  SortKey,
} from '../products/sharepoint/lists.ts'

const COLUMNS = {
  Id: sql.ref('listItems.id'),
  Title: sql.ref('listItems.title'),
  Created: sql.ref('listItems.createdAt'),
  Modified: sql.ref('listItems.modifiedAt'),
  AuthorId: sql.ref('listItems.authorId'),
  EditorId: sql.ref('listItems.editorId'),
  GUID: sql.ref('listItems.guid'),
} as const satisfies Record<ItemColumn, Expression<unknown>>

function columnOf(field: string): Expression<unknown> {
  if (Object.hasOwn(COLUMNS, field)) return COLUMNS[field as ItemColumn]
  // An InternalName has no quote in it, so that the path is one name.
  return sql`json_extract(list_items.field_values, ${`$."${field}"`}) collate nocase`
}

const COMPARE = {
  eq: sql.raw('is'),
  ne: sql.raw('is not'),
  gt: sql.raw('>'),
  ge: sql.raw('>='),
  lt: sql.raw('<'),
  le: sql.raw('<='),
} as const satisfies Record<Comparison, Expression<unknown>>

/** Whether an item meets the condition: true, false, or null where a field has no value. */
export function conditionSql(condition: Condition): Expression<SqlBool> {
  switch (condition.kind) {
    case 'all':
      return joined(condition.of.map(conditionSql), 'and')
    case 'any':
      return joined(condition.of.map(conditionSql), 'or')
    case 'not':
      return sql<SqlBool>`not coalesce(${conditionSql(condition.of)}, 0)`
    case 'compare':
      return sql<SqlBool>`${columnOf(condition.field)} ${COMPARE[condition.operator]} ${condition.value}`
    case 'contains':
      return sql<SqlBool>`instr(lower(${columnOf(condition.field)}), lower(${condition.text})) > 0`
    case 'starts':
      return sql<SqlBool>`instr(lower(${columnOf(condition.field)}), lower(${condition.text})) = 1`
  }
}

function joined(parts: readonly Expression<SqlBool>[], word: 'and' | 'or'): Expression<SqlBool> {
  return sql<SqlBool>`(${sql.join(parts, sql.raw(` ${word} `))})`
}

/** `order by`, by the keys and then by id. */
export function orderSql(keys: readonly SortKey[]): Expression<unknown> {
  const parts = keys.map(({ field, descending }) =>
    descending ? sql`${columnOf(field)} desc` : sql`${columnOf(field)}`,
  )
  return sql.join([...parts, sql`list_items.id`])
}

/** Whether an item stands after the one that `after` describes: past it in a key, and equal in all keys before. */
export function afterSql(
  keys: readonly SortKey[],
  { values, id }: Required<ItemQuery>['after'],
): Expression<SqlBool> {
  const [first] = keys
  const value = values[0] ?? null
  if (first === undefined) return sql<SqlBool>`list_items.id > ${id}`
  const equal = keys.map(({ field }, i) => sql<SqlBool>`${columnOf(field)} is ${values[i] ?? null}`)
  const alternatives = keys.map((key, i) =>
    joined([...equal.slice(0, i), pastSql(key, values[i] ?? null)], 'and'),
  )
  const exact = joined(
    [...alternatives, joined([...equal, sql<SqlBool>`list_items.id > ${id}`], 'and')],
    'or',
  )
  // Says nothing new, but an index can begin there.
  const start = first.descending
    ? sql<SqlBool>`${columnOf(first.field)} <= ${value}`
    : sql<SqlBool>`${columnOf(first.field)} >= ${value}`
  const canStart = value !== null && !(first.descending && mayBeNull(first.field))
  return canStart ? joined([start, exact], 'and') : exact
}

// What has no value sorts first.
function pastSql({ field, descending }: SortKey, value: FieldValue): Expression<SqlBool> {
  const column = columnOf(field)
  if (value === null) return descending ? sql<SqlBool>`0` : sql<SqlBool>`${column} is not null`
  if (!descending) return sql<SqlBool>`${column} > ${value}`
  return mayBeNull(field)
    ? sql<SqlBool>`(${column} < ${value} or ${column} is null)`
    : sql<SqlBool>`${column} < ${value}`
}

function mayBeNull(field: string): boolean {
  return field === 'Title' || !Object.hasOwn(COLUMNS, field)
}
