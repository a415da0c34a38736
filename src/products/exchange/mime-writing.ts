/** MIME content for an item that was written without (RFC 5322, RFC 2045; RFC 5545 for appointments). */
import { Readable } from 'node:stream'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { htmlOfText, textOfHtml } from './body-conversion.ts'
import { eventOf } from './icalendar.ts'
import { type KeptProperty, keptOf, keptText, type Mailbox, mailboxesIn } from './kept-property.ts'
import type { Item } from './mailbox.ts'

/** Something that the message carries. */
export interface MimeAttachment {
  readonly name: string
  readonly contentType: string
  readonly contentId: string
  readonly isInline: boolean
  readonly bytes: Buffer
}

/** Writes the MIME content of an item: the same bytes each time, as long as the item does not change. */
export async function writeMime(
  item: Item,
  kept: readonly KeptProperty[],
  attachments: readonly MimeAttachment[],
): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer') // few items are ever asked for so
  const body = keptOf(kept, 'Body')
  const text = body?.text ?? ''
  const isHtml = body?.attributes?.['BodyType'] === 'HTML'
  const event = item.kind === 'CalendarItem' ? eventOf(item, kept) : undefined
  const people = (name: string) => mailboxesIn(keptOf(kept, name)).map(address)
  const [from] = people('From')
  const [sender] = people('Sender')
  const composer = new MailComposer({
    // Nothing of an item is a place to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
    baseBoundary: item.changeKey.replace(/[^A-Za-z0-9]/g, ''),
    boundaryPrefix: '_entente',
    ...(from && { from }),
    ...(sender && { sender }),
    to: people('ToRecipients'),
    cc: people('CcRecipients'),
    bcc: people('BccRecipients'),
    replyTo: people('ReplyTo'),
    subject: item.subject,
    date: new Date(item.sentAt * 1000),
    messageId: keptText(kept, 'InternetMessageId') || `<${item.changeKey}@localhost>`,
    ...textOf(kept, 'InReplyTo', 'inReplyTo'),
    ...textOf(kept, 'References', 'references'),
    headers: headersOf(item, kept),
    ...(isHtml ? { html: text, text: textOfHtml(text) } : { text }),
    ...(event !== undefined && {
      alternatives: [{ contentType: 'text/calendar; charset=utf-8; method=PUBLISH', content: event }],
    }),
    attachments: attachments.map((one) => ({
      filename: one.name,
      content: contentOf(one),
      ...(one.contentType !== '' && { contentType: one.contentType }),
      ...(one.contentId !== '' && { cid: one.contentId }),
      contentDisposition: one.isInline ? 'inline' : 'attachment',
    })),
  })
  const message = composer.compile()
  message.keepBcc = true
  const pieces: Buffer[] = []
  for await (const piece of message.createReadStream()) {
    pieces.push(piece as Buffer)
    await othersTurn()
  }
  return Buffer.concat(pieces)
}

const PIECE = 192 * 1024

// A long file is encoded a piece at a time. A message goes in as it is, so there is nothing to encode.
function contentOf({ contentType, bytes }: MimeAttachment): Buffer | Readable {
  return bytes.length <= PIECE || contentType === 'message/rfc822' ? bytes : Readable.from(piecesOf(bytes))
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += PIECE) {
    yield bytes.subarray(start, start + PIECE)
    await othersTurn()
  }
}

// A name that says no more than the address is left out.
function address({ name, address }: Mailbox) {
  return { name: name === address ? '' : name, address }
}

function textOf<Key extends string>(kept: readonly KeptProperty[], name: string, key: Key) {
  const text = keptText(kept, name)
  return text === undefined || text === '' ? {} : ({ [key]: text } as Record<Key, string>)
}

// Those that the message has anyway, or that would say something else than it is.
const OWN_HEADERS =
  /^(from|sender|to|cc|bcc|reply-to|subject|date|message-id|in-reply-to|references|mime-version|content-.*|importance|sensitivity|received)$/i

const IMPORTANCE = ['Low', 'Normal', 'High']

function headersOf(item: Item, kept: readonly KeptProperty[]): { key: string; value: string }[] {
  const sensitivity = keptText(kept, 'Sensitivity') ?? 'Normal'
  const written = (keptOf(kept, 'InternetMessageHeaders')?.children ?? []).map(({ attributes, text }) => ({
    key: attributes?.['HeaderName'] ?? '',
    value: text ?? '',
  }))
  return [
    { key: 'Importance', value: IMPORTANCE[item.importance] ?? 'Normal' },
    ...(sensitivity === 'Normal' ? [] : [{ key: 'Sensitivity', value: sensitivity }]),
    ...written.filter(({ key }) => /^[\x21-\x39\x3B-\x7E]{1,76}$/.test(key) && !OWN_HEADERS.test(key)),
  ]
}

/** The body of an item in the type that was asked for; `Best` is the one it has. */
export function bodyAs(body: KeptProperty, type: 'Best' | 'HTML' | 'Text'): KeptProperty {
  const has = body.attributes?.['BodyType'] ?? 'Text'
  if (type === 'Best' || type === has) return body
  const text = body.text ?? ''
  return {
    name: body.name,
    attributes: { BodyType: type },
    text: type === 'Text' ? textOfHtml(text) : htmlOfText(text),
  }
}
