/** The report that a sender gets of recipients whom nobody here knows. */
import { isoTime } from '../../protocol/ids.ts'
import type { Kit } from '../product.ts'
import { keptText, type Mailbox, mailboxProperty } from './kept-property.ts'
import type { PreparedItem } from './save-item.ts'

/** A report on the recipients that a message could not be delivered to ([MS-OXOMSG] 2.2.2; RFC 3463, 5.1.10). */
export function nonDeliveryReport(
  { properties }: Pick<PreparedItem, 'properties'>,
  sender: Mailbox,
  lost: readonly Mailbox[],
  kit: Kit,
): PreparedItem {
  const now = isoTime(kit.now())
  const subject = keptText(properties, 'Subject') ?? ''
  const [, domain = 'localhost'] = sender.address.split('@')
  const postmaster = mailboxProperty({ name: 'Microsoft Outlook', address: `postmaster@${domain}` })
  const lines = lost.map(({ name, address }) => {
    const who = name === '' || name === address ? address : `${name} (${address})`
    return `${who}\r\nThe e-mail address could not be found in this organization.\r\n550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${address} not found\r\n`
  })
  const body = `Delivery has failed to these recipients or groups:\r\n\r\n${lines.join('\r\n')}\r\nSubject: ${subject}\r\n`
  return {
    kind: 'Message',
    attachments: [],
    properties: [
      { name: 'ItemClass', text: 'REPORT.IPM.Note.NDR' },
      { name: 'Subject', text: `Undeliverable: ${subject}` },
      { name: 'Body', attributes: { BodyType: 'Text' }, text: body },
      { name: 'Sender', children: [postmaster] },
      { name: 'From', children: [postmaster] },
      { name: 'ToRecipients', children: [mailboxProperty(sender)] },
      { name: 'DateTimeReceived', text: now },
      { name: 'DateTimeSent', text: now },
      { name: 'InternetMessageId', text: `<${kit.newId()}@${domain}>` },
      { name: 'IsRead', text: 'false' },
      { name: 'IsDraft', text: 'false' },
    ],
  }
}
