/** `m:ContactsView`: the contacts of a folder by name, between two names. */
import { child, NS, type XmlElement } from '../xml.ts'
import { done, type EwsResult } from './ews-result.ts'
import type { ItemCondition, SortOrder } from './mailbox.ts'
import { type PageView, readMost } from './paging.ts'

/** Which contacts, in which order. Undefined when the request has no such view. */
export function contactsQuery(
  request: XmlElement,
): EwsResult<{ view: PageView; where: ItemCondition; sort: readonly SortOrder[] } | undefined> {
  const element = child(request, NS.messages, 'ContactsView')
  if (element === undefined) return done(undefined)
  const most = readMost(element)
  if (!most.ok) return most
  const initial = element.attributes.get('InitialName')
  const final = element.attributes.get('FinalName')
  const column = 'displayName'
  const parts: ItemCondition[] = [{ kind: 'compare', column: 'kind', operator: '=', value: 'Contact' }]
  if (initial !== undefined) parts.push({ kind: 'compare', column, operator: '>=', value: initial })
  if (final !== undefined) {
    // Up to and with the names that begin so.
    const match = { text: final, where: 'start', ignoresCase: true } as const
    const before: ItemCondition = { kind: 'compare', column, operator: '<=', value: final }
    parts.push({ kind: 'any', parts: [before, { kind: 'contains', column, match }] })
  }
  return done({
    view: { kind: 'indexed', offset: 0, fromEnd: false, most: most.value },
    where: { kind: 'all', parts },
    sort: [{ column, descending: false }],
  })
}
