/** Conditions on items as SQL. */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { ItemColumn, ItemCondition, TextMatch } from '../products/exchange/mailbox.ts'
import type { Schema } from './schema.ts'

type Builder = ExpressionBuilder<Schema, 'items'>

const TEXTS: ReadonlySet<string> = new Set<ItemColumn>(['itemClass', 'subject', 'fromName', 'displayName'])

/** Whether a column holds text: it is sorted and compared without regard to the case of ASCII letters. */
export function isText(column: string): boolean {
  return TEXTS.has(column)
}

/** The condition as an expression that is always true or false, never null, so that `not` turns it around. */
export function whereOf(condition: ItemCondition, eb: Builder): Expression<SqlBool> {
  switch (condition.kind) {
    case 'all':
      return eb.and(condition.parts.map((part) => whereOf(part, eb)))
    case 'any':
      return eb.or(condition.parts.map((part) => whereOf(part, eb)))
    case 'not':
      return eb.not(whereOf(condition.part, eb))
    case 'exists':
      return eb(condition.column, 'is not', null)
    case 'compare': {
      const { column, operator, value } = condition
      const bound = typeof value === 'boolean' ? Number(value) : value
      const compared = isText(column)
        ? eb(sql`${eb.ref(column)} collate nocase`, operator, bound)
        : eb(eb.ref(column), operator, bound)
      return eb.and([eb(column, 'is not', null), compared])
    }
    case 'contains':
      return contains(condition.match, condition.column, eb)
  }
}

// `instr` and `substr` know no wildcards, so there is nothing to escape.
function contains({ text, where, ignoresCase }: TextMatch, column: ItemColumn, eb: Builder) {
  const held = ignoresCase ? eb.fn<string>('lower', [column]) : eb.ref(column)
  const wanted = ignoresCase ? eb.fn<string>('lower', [eb.val(text)]) : eb.val(text)
  switch (where) {
    case 'whole':
      return eb(held, '=', wanted)
    case 'start':
      return eb(eb.fn('substr', [held, sql`1`, eb.fn('length', [wanted])]), '=', wanted)
    case 'anywhere':
      return eb(eb.fn<number>('instr', [held, wanted]), '>', 0)
  }
}
