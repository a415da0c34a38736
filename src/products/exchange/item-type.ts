/** What one kind of item is: its properties, where it goes, and what the server says of it by itself. */
import type { EpochSeconds } from '../../protocol/ids.ts'
import type { DistinguishedFolder } from './distinguished-folders.ts'
import type { EwsResult } from './ews-result.ts'
import type { PropertyTable } from './item-properties.ts'
import type { KeptProperty, Mailbox } from './kept-property.ts'
import type { Item } from './mailbox.ts'
import type { TimeZone } from './time-zone.ts'

export interface ItemType {
  readonly properties: PropertyTable
  /** Its `ItemClass` when nobody says another. */
  readonly itemClass: string
  /** Where it is saved when nobody says where. */
  readonly folder: DistinguishedFolder
  /** What the server says of such an item by itself, and the defaults of what the client left out. */
  own(name: string, view: ItemView): KeptProperty | undefined
  /** Brings the properties into line with each other before they are kept; what does not fit together is refused. */
  complete?(properties: readonly KeptProperty[], situation: Situation): EwsResult<readonly KeptProperty[]>
  /** The properties whose times the store sorts by. */
  readonly times?: { readonly start: string; readonly end: string }
}

/** An item and its properties. */
export interface ItemView {
  readonly item: Item
  readonly kept: readonly KeptProperty[]
}

/** What an item is completed with. */
export interface Situation {
  readonly now: EpochSeconds
  /** The zone of days and of times that name none. */
  readonly zone: TimeZone
  /** Whose mailbox it is. */
  readonly owner: Mailbox
  /** The names of the properties that are written now; the others were there before. */
  readonly changed: ReadonlySet<string>
  newId(): string
}

/** A property of text alone. */
export function textProperty(name: string, text: string): KeptProperty {
  return { name, text }
}

/** For a table of what the server says: the text of a property, by its name. */
export function ownTexts(
  texts: Readonly<Record<string, (view: ItemView) => string | undefined>>,
): (name: string, view: ItemView) => KeptProperty | undefined {
  return (name, view) => {
    const text = Object.hasOwn(texts, name) ? texts[name]?.(view) : undefined
    return text === undefined ? undefined : { name, text }
  }
}
