/** Sending: who may send as whom, and how a message comes into the Inbox of everyone it is to. */
import { isoTime } from '../../protocol/ids.ts'
import { addressesOf, comparable, type User } from '../../trust/directory.ts'
import type { Caller, Kit } from '../product.ts'
import { type SendingAs, sendingAs } from './access/send-as.ts'
import { type DistinguishedFolder, makeMailbox } from './distinguished-folders.ts'
import { denial, done, type EwsResult, problem } from './ews-result.ts'
import {
  type KeptProperty,
  keptOf,
  type Mailbox,
  mailboxesIn,
  mailboxProperty,
  withKept,
  withoutKept,
  writeContent,
} from './kept-property.ts'
import type { Folder, MailboxStep } from './mailbox.ts'
import { namesIn } from './mime-reading.ts'
import { nonDeliveryReport } from './non-delivery-report.ts'
import { additionOf, mailboxOf, type PreparedItem } from './save-item.ts'

const RECIPIENTS = ['ToRecipients', 'CcRecipients', 'BccRecipients']

/** Someone that a message is to; without a user when nobody here has the address. */
export interface Recipient extends Mailbox {
  readonly user?: User
}

/** A message that may go out, as it will have been sent, and the way to send it. */
export interface ReadyMessage {
  readonly sent: PreparedItem
  /** Brings it to everyone: to be taken together with what becomes of the sender's own copy. */
  deliveries(): Iterable<MailboxStep>
}

/** How many a message may go to, as Exchange has it. */
export const MOST_RECIPIENTS = 500

// A message is written once for each recipient, in one transaction.
const LARGEST_DELIVERY = 128 * 1024 * 1024

/** Makes a message ready to be sent in the name that its `From` says, else in the caller's own. Nobody has it until then. */
export async function readyMessage(
  message: PreparedItem,
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<ReadyMessage>> {
  const as = await senderOf(message.properties, caller, kit)
  if (!as.ok) return as
  const written = RECIPIENTS.flatMap((name) => mailboxesIn(keptOf(message.properties, name)))
  if (written.length === 0 || written.some(({ address }) => address === ''))
    return problem('ErrorInvalidRecipients')
  const recipients = await recipientsAt(written, kit)
  if (!recipients.ok) return recipients
  const sent = asSent(message, as.value, recipients.value, kit)
  const others = await withoutSecrets(sent, as.value, kit)
  const deliveries = await deliveriesOf(others, as.value, recipients.value, kit)
  return deliveries.ok ? done({ sent, deliveries: deliveries.value }) : deliveries
}

// Who sends says so, or says nothing; whoever else the message is from must have made him a delegate.
async function senderOf(
  properties: readonly KeptProperty[],
  caller: Caller,
  kit: Kit,
): Promise<EwsResult<SendingAs>> {
  const { user } = caller
  if (user === undefined) return problem('ErrorMissingEmailAddress')
  const [from, ...others] = mailboxesIn(keptOf(properties, 'From'))
  const senders = mailboxesIn(keptOf(properties, 'Sender'))
  if (others.length > 0 || !senders.every((sender) => isMailboxOf(sender, user)))
    return denial('ErrorSendAsDenied', 'the sender of a message is who sends it')
  if (from === undefined || isMailboxOf(from, user)) return sendingAs(caller, user, kit)
  const [named] = await resolve([from], kit)
  return named?.user === undefined
    ? denial('ErrorSendAsDenied', 'the message is from nobody here')
    : sendingAs(caller, named.user, kit)
}

/** Whether the address is one of this user's. */
export function isMailboxOf({ address }: Pick<Mailbox, 'address'>, user: User): boolean {
  return [...addressesOf(user), user.upn].some(
    (own) => comparable('smtp', own) === comparable('smtp', address),
  )
}

/** Who is at these addresses, if they are not too many. */
export async function recipientsAt(
  mailboxes: readonly Mailbox[],
  kit: Kit,
): Promise<EwsResult<readonly Recipient[]>> {
  return mailboxes.length > MOST_RECIPIENTS
    ? problem('ErrorInvalidRecipients', `A message may go to ${MOST_RECIPIENTS} recipients at most.`)
    : done(await resolve(mailboxes, kit))
}

/** The users behind addresses; two accounts with one address are nobody, since one of them would read the other's mail. */
async function resolve(mailboxes: readonly Mailbox[], kit: Kit): Promise<Recipient[]> {
  const recipients: Recipient[] = []
  for (const mailbox of mailboxes) {
    const byAddress = await kit.directory.findByAddress(mailbox.address)
    const found = byAddress.length > 0 ? byAddress : await kit.directory.find('upn', mailbox.address)
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
  as: SendingAs,
  recipients: readonly Recipient[],
  kit: Kit,
): PreparedItem {
  const { properties } = message
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
      ...namesOf(as),
      { name: 'DateTimeSent', text: isoTime(kit.now()) },
      { name: 'IsDraft', text: 'false' },
      { name: 'IsFromMe', text: 'true' },
      { name: 'IsRead', text: 'true' },
    ),
  }
}

/** From whom a message is, and who sent it. */
export function namesOf({ from, sender }: SendingAs): KeptProperty[] {
  return [
    { name: 'From', children: [mailboxProperty(mailboxOf(from))] },
    { name: 'Sender', children: [mailboxProperty(mailboxOf(sender))] },
  ]
}

// What others get: not to whom else it went in secret, and no MIME content that says so or names somebody else as its author.
async function withoutSecrets(sent: PreparedItem, as: SendingAs, kit: Kit): Promise<PreparedItem> {
  const { mime, ...rest } = sent
  return {
    ...rest,
    properties: withoutKept(sent.properties, ['BccRecipients', 'IsFromMe', 'Categories', 'Flag']),
    ...(mime && (await isOpen(mime.blob, as, kit)) && { mime }),
  }
}

async function isOpen(blob: string, { from, sender }: SendingAs, kit: Kit): Promise<boolean> {
  const bytes = await kit.mailboxes.blob(blob)
  const names = bytes && (await namesIn(bytes))
  if (names === undefined || names.hasBcc || !isMailboxOf({ address: names.from }, from)) return false
  return names.sender === undefined ? from.sid === sender.sid : isMailboxOf({ address: names.sender }, sender)
}

/** What one recipient gets, and what else is done in their mailbox before. */
export interface Delivery {
  readonly message: PreparedItem
  readonly before: readonly MailboxStep[]
}

/**
 * The steps that put a message into the Inbox of everyone who has one here; of the others its sender gets a report. That it
 * may go out in this name was decided before: without that there is no `as`.
 */
export async function deliveriesOf(
  message: PreparedItem,
  as: SendingAs,
  recipients: readonly Recipient[],
  kit: Kit,
  deliveryTo: (user: User, message: PreparedItem) => Delivery = (_, one) => ({ message: one, before: [] }),
): Promise<EwsResult<() => Iterable<MailboxStep>>> {
  const users = new Map(recipients.flatMap(({ user }) => (user === undefined ? [] : [[user.sid, user]])))
  if (Buffer.byteLength(writeContent(message.properties)) * users.size > LARGEST_DELIVERY)
    return problem('ErrorMessageSizeExceeded', 'The message is too large to go to so many recipients.')
  const inboxes = new Map<User, Folder>()
  for (const user of users.values()) {
    const folder = await ownFolder('inbox', user, kit)
    if (folder !== undefined) inboxes.set(user, folder)
  }
  const lost = recipients.filter(({ user }) => user === undefined)
  const reportIn = lost.length === 0 ? undefined : await ownFolder('inbox', as.sender, kit)
  return done(function* deliveries() {
    for (const [user, folder] of inboxes) {
      const { before, message: one } = deliveryTo(user, received(message, user, as, kit))
      yield* before
      yield additionOf(one, folder, { author: as.sender, how: 'delivered' }, kit)
    }
    if (reportIn === undefined) return
    const report = nonDeliveryReport(message, mailboxOf(as.sender), lost, kit)
    yield additionOf(report, reportIn, { author: undefined, how: 'delivered' }, kit)
  })
}

function received(message: PreparedItem, user: User, { from }: SendingAs, kit: Kit): PreparedItem {
  const me = mailboxProperty(mailboxOf(user))
  const properties = withKept(
    message.properties,
    { name: 'DateTimeReceived', text: isoTime(kit.now()) },
    { name: 'IsRead', text: 'false' },
    { name: 'ReceivedBy', children: [me] },
    { name: 'ReceivedRepresenting', children: [me] },
    user.sid === from.sid ? { name: 'IsFromMe', text: 'true' } : undefined,
  )
  return { ...message, properties }
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
