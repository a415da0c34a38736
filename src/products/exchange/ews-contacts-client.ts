/** The calling side of contacts: written with a SIP address, and read back by it. */
import { child, childrenOf, el, NS, type XmlElement } from '../xml.ts'
import type { DistinguishedFolder } from './distinguished-folders.ts'
import { ewsRequest, PREFIXES } from './ews-client.ts'
import type { FoundItem } from './ews-search-client.ts'

/** A contact as Lync writes it. */
export interface NewContact {
  readonly displayName: string
  readonly sipUri: string
}

/** Saves contacts in a folder of the user that the caller acts for. */
export function createContactRequest(
  folder: DistinguishedFolder,
  { displayName, sipUri }: NewContact,
): string {
  return ewsRequest(
    el(
      'm:CreateItem',
      PREFIXES,
      el('m:SavedItemFolderId', {}, el('t:DistinguishedFolderId', { Id: folder })),
      el(
        'm:Items',
        {},
        el(
          't:Contact',
          {},
          el('t:FileAs', {}, displayName),
          el('t:DisplayName', {}, displayName),
          el('t:ImAddresses', {}, el('t:Entry', { Key: 'ImAddress1' }, sipUri)),
        ),
      ),
    ),
  )
}

/** What FindItem has to show so that `contactOf` can read it. */
export const CONTACT_PATHS = [
  el('t:FieldURI', { FieldURI: 'contacts:DisplayName' }),
  el('t:IndexedFieldURI', { FieldURI: 'contacts:ImAddress', FieldIndex: 'ImAddress1' }),
]

/** The contact that an item is; undefined when it has no SIP address. */
export function contactOf({ element }: FoundItem): NewContact | undefined {
  const addresses = child(element, NS.types, 'ImAddresses')
  const sipUri = addresses && entry(addresses, 'ImAddress1')
  if (!sipUri) return undefined
  return { sipUri, displayName: child(element, NS.types, 'DisplayName')?.text ?? sipUri }
}

function entry(list: XmlElement, key: string): string | undefined {
  const found = childrenOf(list, NS.types, 'Entry').find(({ attributes }) => attributes.get('Key') === key)
  return found?.text.trim()
}
