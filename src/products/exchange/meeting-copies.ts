/** What the organizer's own entry of a meeting knows of the entries in other calendars, and when it must forget it. */
import type { User } from '../../trust/directory.ts'
import { attendeesOf } from './calendar-item-type.ts'
import {
  type KeptProperty,
  keptOf,
  mailboxProperty,
  readContent,
  withKept,
  withoutKept,
} from './kept-property.ts'
import type { Folder, Item } from './mailbox.ts'
import { mailboxOf, withProperties } from './save-item.ts'

// The entries in the calendars of those who were asked, by whom: noted beside the organizer's own, and shown to nobody.
const COPIES = 'CalendarCopies'

/** The ids of the entries in other calendars, by the SIDs of those who were asked. */
export function copiesIn(kept: readonly KeptProperty[]): ReadonlyMap<string, string> {
  return new Map((keptOf(kept, COPIES)?.children ?? []).map(({ name, text = '' }) => [name, text]))
}

/** These properties, with these entries noted. */
export function withCopies(
  kept: readonly KeptProperty[],
  copies: ReadonlyMap<string, string>,
): readonly KeptProperty[] {
  return withKept(kept, {
    name: COPIES,
    children: [...copies].map(([sid, id]) => ({ name: sid, text: id })),
  })
}

/** These properties without what only the organizer's own entry knows. */
export function withoutCopies(kept: readonly KeptProperty[]): readonly KeptProperty[] {
  return withoutKept(kept, [COPIES])
}

/**
 * What an item becomes as a copy in this folder. A copy of a meeting is nobody's meeting: the entries of those who were asked
 * follow the one that they were asked with. `owner` is the user of the folder's mailbox, if there is one.
 */
export function asCopyIn({ owner: sid }: Pick<Folder, 'owner'>, owner?: User): (item: Item) => Item {
  return (item) => {
    if (item.kind !== 'CalendarItem') return item
    const kept = withoutKept(withoutCopies(readContent(item.content)), ['MeetingRequestWasSent'])
    return withProperties(item, item.owner === sid ? kept : inHandsOf(owner, kept))
  }
}

/** What an item becomes when it is moved to this folder: in the same mailbox what it was, in another one a copy. */
export function asMovedTo(folder: Pick<Folder, 'owner'>, owner?: User): (item: Item) => Item {
  const asCopy = asCopyIn(folder, owner)
  return (item) => (item.owner === folder.owner ? item : asCopy(item))
}

// An appointment with nobody else is its new owner's. A meeting stays whose it is, and its new owner did not call it.
function inHandsOf(owner: User | undefined, kept: readonly KeptProperty[]): readonly KeptProperty[] {
  if (attendeesOf(kept).length > 0 || keptOf(kept, 'MyResponseType') !== undefined || owner === undefined)
    return withKept(kept, keptOf(kept, 'MyResponseType') ?? { name: 'MyResponseType', text: 'Unknown' })
  return withKept(kept, { name: 'Organizer', children: [mailboxProperty(mailboxOf(owner))] })
}
