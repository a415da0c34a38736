/** The query options of OData that a REST call may carry, read and bounded. */
import { done, fault, type Result } from './faults.ts'

export interface QueryOptions {
  /** `Title`, `Author/Title`, `*`; empty: everything. */
  readonly select: readonly string[]
  readonly expand: readonly string[]
  readonly filter?: string
  readonly orderBy: readonly { readonly name: string; readonly descending: boolean }[]
  readonly top?: number
  readonly skip?: number
  /** `Paged=TRUE&p_ID=100`, decoded once more. */
  readonly skipToken?: URLSearchParams
}

/** Without `$top`, and at most: SharePoint's page and its list view threshold. */
export const PAGE = { usual: 100, most: 5000 } as const

const LIMITS = { select: 100, expand: 10, orderBy: 5 }

const KNOWN = ['$select', '$expand', '$filter', '$orderby', '$top', '$skip', '$skiptoken', '$inlinecount']

export function readQueryOptions(query: URLSearchParams): Result<QueryOptions> {
  for (const [name, value] of query) {
    if (`${name}${value}`.includes('\0'))
      return fault('query_option_invalid', name.replaceAll('\0', '%00'), 'a text without NUL', 'a NUL')
  }
  for (const name of new Set(query.keys())) {
    if (!name.startsWith('$')) continue
    if (!KNOWN.includes(name)) return fault('query_option_invalid', name, KNOWN.join(', '), name)
    if (query.getAll(name).length > 1)
      return fault('query_option_invalid', name, 'one', `${query.getAll(name).length} of them`)
  }
  const select = namesIn(query, '$select', LIMITS.select)
  if (!select.ok) return select
  const expand = namesIn(query, '$expand', LIMITS.expand)
  if (!expand.ok) return expand
  const order = namesIn(query, '$orderby', LIMITS.orderBy)
  if (!order.ok) return order
  const orderBy: QueryOptions['orderBy'][number][] = []
  for (const key of order.value) {
    const [, name, direction = 'asc'] = /^(\S+)(?:\s+(asc|desc))?$/i.exec(key) ?? []
    if (name === undefined)
      return fault('query_option_invalid', '$orderby', 'names, each with asc or desc', key)
    orderBy.push({ name, descending: direction.toLowerCase() === 'desc' })
  }
  const top = numberIn(query, '$top')
  if (!top.ok) return top
  const skip = numberIn(query, '$skip')
  if (!skip.ok) return skip
  const filter = query.get('$filter')?.trim()
  // It was encoded twice.
  const skipToken = new URLSearchParams(query.get('$skiptoken') ?? '')
  if (`${skipToken}`.includes('%00'))
    return fault('query_option_invalid', '$skiptoken', 'a text without NUL', 'a NUL')
  return done({
    select: select.value,
    expand: expand.value,
    orderBy,
    ...(filter && { filter }),
    ...(top.value !== undefined && { top: top.value }),
    ...(skip.value !== undefined && { skip: skip.value }),
    ...(skipToken.size > 0 && { skipToken }),
  })
}

function namesIn(query: URLSearchParams, option: string, most: number): Result<string[]> {
  const text = query.get(option)?.trim() ?? ''
  if (text === '') return done([])
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) return fault('query_option_invalid', option, 'names between commas', text)
  return names.length > most
    ? fault('query_option_invalid', option, `at most ${most} names`, `${names.length}`)
    : done(names)
}

function numberIn(query: URLSearchParams, option: string): Result<number | undefined> {
  const text = query.get(option)?.trim()
  if (text === undefined || text === '') return done(undefined)
  return /^\d{1,9}$/.test(text)
    ? done(Number(text))
    : fault('query_option_invalid', option, 'a whole number from 0 on', text)
}
