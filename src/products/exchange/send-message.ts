/** Sending: who may send as whom, and how a message comes into the Inbox of everyone it is to. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { isoTime } from '../../protocol/ids.ts'
import { comparable, type User } from '../../trust/directory.ts'
import type { Kit } from '../product.ts'
import { type DistinguishedFolder, makeMailbox } from './distinguished-folders.ts'
import { done, type EwsResult, problem } from './ews-result.ts'
import {
  type KeptProperty,
  keptOf,
  type Mailbox,
  mailboxesIn,
  mailboxProperty,
  withKept,
  withoutKept,
} from './kept-property.ts'
import type { Folder, Item } from './mailbox.ts'
import { nonDeliveryReport } from './non-delivery-report.ts'
import { addItem, mailboxOf, type PreparedItem } from './save-item.ts'

const RECIPIENTS = ['ToRecipients', 'CcRecipients', 'BccRecipients']

/** Someone that a message is to; without a user when nobody here has the address. */
export interface Recipient extends Mailbox {
  readonly user?: User
}

/** A message that may go out, as it will have been sent, and the way to send it. */
export interface ReadyMessage {
  readonly sent: PreparedItem
  send(): Promise<void>
}

/** How many a message may go to, as Exchange has it. */
export const MOST_RECIPIENTS = 500

/** Makes a message ready to be sent in the name of a user. Nobody has it until it is sent. */
export async function readyMessage(
  message: PreparedItem,
  sender: User,
  kit: Kit,
): Promise<EwsResult<ReadyMessage>> {
  if (!sendsAs(message.properties, sender)) return problem('ErrorSendAsDenied')
  const written = RECIPIENTS.flatMap((name) => mailboxesIn(keptOf(message.properties, name)))
  if (written.length === 0 || written.some(({ address }) => address === ''))
    return problem('ErrorInvalidRecipients')
  if (written.length > MOST_RECIPIENTS)
    return problem('ErrorInvalidRecipients', `A message may go to ${MOST_RECIPIENTS} recipients at most.`)
  const recipients = await resolve(written, kit)
  const sent = asSent(message, sender, recipients, kit)
  return done({ sent, send: () => deliver(withoutSecrets(sent, message), sender, recipients, kit) })
}

/** Whether a message is from its sender: no one sends in another's name. */
function sendsAs(properties: readonly KeptProperty[], { smtp, upn }: User): boolean {
  const own = [smtp, upn].filter((one) => one !== undefined).map((one) => comparable('smtp', one))
  return ['From', 'Sender']
    .flatMap((name) => mailboxesIn(keptOf(properties, name)))
    .every(({ address }) => own.includes(comparable('smtp', address)))
}

/** The users behind addresses; two accounts with one address are nobody, since one of them would read the other's mail. */
export async function resolve(mailboxes: readonly Mailbox[], kit: Kit): Promise<Recipient[]> {
  const recipients: Recipient[] = []
  for (const mailbox of mailboxes) {
    const bySmtp = await kit.directory.find('smtp', mailbox.address)
    const found = bySmtp.length > 0 ? bySmtp : await kit.directory.find('upn', mailbox.address)
    const [user, ...others] = found.filter(({ mailboxEnabled }) => mailboxEnabled)
    const isOne = user !== undefined && others.length === 0
    recipients.push({
      address: mailbox.address,
      name: mailbox.name || (isOne ? user.displayName : mailbox.address),
      ...(isOne && { user }),
    })
  }
  return recipients
}

function asSent(
  message: PreparedItem,
  sender: User,
  recipients: readonly Recipient[],
  kit: Kit,
): PreparedItem {
  const { properties } = message
  const from = mailboxProperty(mailboxOf(sender))
  const names = new Map(recipients.map(({ address, name }) => [address, name]))
  const named = RECIPIENTS.map((list): KeptProperty | undefined => {
    const written = mailboxesIn(keptOf(properties, list))
    const children = written.map(({ address, name }) =>
      mailboxProperty({ address, name: name || (names.get(address) ?? address) }),
    )
    return children.length === 0 ? undefined : { name: list, children }
  })
  return {
    ...message,
    properties: withKept(
      properties,
      ...named,
      { name: 'From', children: [from] },
      { name: 'Sender', children: [from] },
      { name: 'DateTimeSent', text: isoTime(kit.now()) },
      { name: 'IsDraft', text: 'false' },
      { name: 'IsFromMe', text: 'true' },
      { name: 'IsRead', text: 'true' },
    ),
  }
}

// What others get: not to whom else it went in secret, and no MIME content that says so or does not say from whom it is.
function withoutSecrets(sent: PreparedItem, written: PreparedItem): PreparedItem {
  const { mime, ...rest } = sent
  const isWhole =
    keptOf(written.properties, 'From') !== undefined &&
    keptOf(written.properties, 'BccRecipients') === undefined
  return {
    ...rest,
    properties: withoutKept(sent.properties, ['BccRecipients', 'IsFromMe', 'Categories', 'Flag']),
    ...(mime && isWhole && { mime }),
  }
}

/** Puts a message into the Inbox of everyone who has one here; of the others the sender gets a report. */
export async function deliver(
  message: PreparedItem,
  sender: User,
  recipients: readonly Recipient[],
  kit: Kit,
  prepareFor: (user: User, message: PreparedItem) => Promise<PreparedItem> = async (_, one) => one,
): Promise<void> {
  const users = new Map(recipients.flatMap(({ user }) => (user === undefined ? [] : [[user.sid, user]])))
  for (const user of users.values()) {
    const me = mailboxProperty(mailboxOf(user))
    const received = withKept(
      message.properties,
      { name: 'DateTimeReceived', text: isoTime(kit.now()) },
      { name: 'IsRead', text: 'false' },
      { name: 'ReceivedBy', children: [me] },
      { name: 'ReceivedRepresenting', children: [me] },
      user.sid === sender.sid ? { name: 'IsFromMe', text: 'true' } : undefined,
    )
    await othersTurn() // the store answers without waiting; others would wait for all of it
    const copy = await prepareFor(user, { ...message, properties: received })
    await deliverInto('inbox', user, copy, sender, kit)
  }
  const lost = recipients.filter(({ user }) => user === undefined)
  if (lost.length > 0)
    await deliverInto(
      'inbox',
      sender,
      nonDeliveryReport(message, mailboxOf(sender), lost, kit),
      undefined,
      kit,
    )
}

/** Adds an item to a folder of a user's mailbox, as mail that came in. */
export async function deliverInto(
  name: DistinguishedFolder,
  user: User,
  item: PreparedItem,
  author: User | undefined,
  kit: Kit,
): Promise<Item | undefined> {
  const folder = await ownFolder(name, user, kit)
  if (folder === undefined) return undefined
  const how = name === 'inbox' ? 'delivered' : 'written'
  const added = await addItem(item, folder, { author, how }, kit)
  return added.ok ? added.value : undefined
}

/** A distinguished folder of a user's own mailbox, which is made if it was never used. */
export async function ownFolder(
  name: DistinguishedFolder,
  { sid }: User,
  kit: Kit,
): Promise<Folder | undefined> {
  const folder = await kit.mailboxes.distinguishedFolder(sid, name)
  if (folder !== undefined) return folder
  await makeMailbox(kit.mailboxes, sid, kit.newId)
  return kit.mailboxes.distinguishedFolder(sid, name)
}
