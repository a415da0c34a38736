/** A user's contacts in the mailbox, in the folder that Lync has there for itself. */
import type { DistinguishedFolder } from '../exchange/distinguished-folders.ts'
import * as ews from '../exchange/ews-client.ts'
import { CONTACT_PATHS, contactOf, createContactRequest } from '../exchange/ews-contacts-client.ts'
import { findItemRequest, readFoundItems } from '../exchange/ews-search-client.ts'
import type { Called } from '../partner-call.ts'
import { type Contact, MOST_CONTACTS } from './contact.ts'
import type { MailboxSession } from './mailbox-session.ts'

/** The folder, "Lync Contacts" below Contacts. */
export const CONTACTS_FOLDER: DistinguishedFolder = 'quickcontacts'

const PAGE = 500

/** A contact whose id is the one that the mailbox gave its item. */
export interface MailboxContact extends Contact {
  readonly changeKey?: string
}

/** All contacts with a SIP address, by name. Somebody may have put more there than Lync would. */
export async function readContacts(session: MailboxSession): Promise<Called<MailboxContact[]>> {
  const contacts: MailboxContact[] = []
  for (let offset = 0; contacts.length < MOST_CONTACTS; ) {
    const request = findItemRequest({
      folder: CONTACTS_FOLDER,
      shown: CONTACT_PATHS,
      orderBy: { field: 'contacts:DisplayName', order: 'Ascending' },
      offset,
      limit: PAGE,
    })
    const page = await session.call('FindItem', request, readFoundItems)
    if (!page.ok) return page
    for (const item of page.value.items) {
      const contact = contactOf(item)
      const { id, changeKey } = item
      if (contact !== undefined) contacts.push({ ...contact, id, ...(changeKey && { changeKey }) })
    }
    // A page that leads nowhere would be asked for without end.
    if (page.value.isLast || page.value.nextOffset <= offset) break
    offset = page.value.nextOffset
  }
  return { ok: true, value: contacts.slice(0, MOST_CONTACTS) }
}

/** Writes one contact; answers with the id of its item. */
export async function writeContact(
  { sipUri, displayName }: Pick<Contact, 'sipUri' | 'displayName'>,
  session: MailboxSession,
): Promise<Called<string>> {
  const request = createContactRequest(CONTACTS_FOLDER, { sipUri, displayName })
  const created = await session.call('CreateItem', request, ews.readCreatedItem)
  return created.ok ? { ok: true, value: created.value.id } : created
}

/** Deletes one for good. */
export function deleteContact(
  { id }: Pick<Contact, 'id'>,
  session: MailboxSession,
): Promise<Called<'deleted'>> {
  return session.call('DeleteItem', ews.deleteItemRequest({ id }), ews.readDeleted)
}
