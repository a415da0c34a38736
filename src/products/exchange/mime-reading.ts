/** What MIME content says of an item: subject, people, date, body, headers and attachments (RFC 5322, RFC 2045). */
import { isoTime } from '../../protocol/ids.ts'
import { done, type EwsResult, problem } from './ews-result.ts'
import { type KeptProperty, mailboxProperty } from './kept-property.ts'
import type { ItemKind } from './mailbox.ts'
import { type Email, parseMime } from './mime-parser.ts'
import type { NewAttachment } from './new-item.ts'

/** The longest MIME content that is taken, in bytes. */
export const LARGEST_MIME = 10 * 1024 * 1024

// A body is a property, and properties are read and written whole.
const LONGEST_BODY = 512 * 1024
const MOST_HEADERS = 100
/** How many attachments an item may have. */
export const MOST_ATTACHMENTS = 250
const LONGEST_HEADER = 2000

interface MimeParts {
  readonly properties: readonly KeptProperty[]
  readonly attachments: readonly NewAttachment[]
}

/** Reads the MIME content of an item. Only a message has all of it; of other kinds subject, body and attachments are read. */
export async function readMime(bytes: Buffer, kind: ItemKind): Promise<EwsResult<MimeParts>> {
  const email = await parseMime(bytes)
  if (email === undefined) return problem('ErrorMimeContentInvalid')
  if (email.attachments.length > MOST_ATTACHMENTS)
    return problem(
      'ErrorMimeContentInvalid',
      `The MIME content has more than ${MOST_ATTACHMENTS} attachments.`,
    )
  const properties = [...contentOf(email), ...(kind === 'Message' ? envelopeOf(email) : [])]
  return done({ properties, attachments: email.attachments.map(attachmentOf) })
}

/** Who stands in the header of MIME content, by address. */
export interface MimeNames {
  readonly from: string
  readonly sender?: string
  readonly hasBcc: boolean
}

// Nobody writes so much before a message begins.
const LONGEST_HEADERS = 256 * 1024

/** Who wrote MIME content, as its readers will see; undefined unless it says so in one way only (RFC 5322, 3.6). */
export async function namesIn(bytes: Buffer): Promise<MimeNames | undefined> {
  const [header = ''] = bytes.toString('latin1', 0, LONGEST_HEADERS).split(/\r?\n\r?\n/, 1)
  if (header.length === LONGEST_HEADERS) return undefined
  const isOnce = (name: string) => header.split(new RegExp(`^${name}[ \\t]*:`, 'im')).length <= 2
  const email = await parseMime(bytes.subarray(0, header.length))
  const [from, sender] = [email?.from?.address, email?.sender?.address]
  if (!isOnce('from') || !isOnce('sender') || from === undefined) return undefined
  return { from, ...(sender !== undefined && { sender }), hasBcc: /^bcc[ \t]*:/im.test(header) }
}

function contentOf({ subject, html, text }: Email): KeptProperty[] {
  const type = html === undefined ? 'Text' : 'HTML'
  const body = (html ?? text)?.slice(0, LONGEST_BODY)
  return [
    ...given('Subject', subject),
    ...(body === undefined
      ? []
      : [{ name: 'Body', attributes: { BodyType: type }, text: body.replaceAll('\0', '\uFFFD') }]),
  ]
}

function envelopeOf(email: Email): KeptProperty[] {
  const header = (name: string) => email.headers.find(({ key }) => key === name)?.value
  const sent = Date.parse(email.date ?? '')
  const importance =
    IMPORTANCE[(header('importance') ?? header('x-priority') ?? '').trim().toLowerCase().slice(0, 6)]
  return [
    ...people('Sender', email.sender && [email.sender]),
    ...people('From', email.from && [email.from]),
    ...people('ToRecipients', email.to),
    ...people('CcRecipients', email.cc),
    ...people('BccRecipients', email.bcc),
    ...people('ReplyTo', email.replyTo),
    ...(Number.isNaN(sent) ? [] : [{ name: 'DateTimeSent', text: isoTime(Math.floor(sent / 1000)) }]),
    ...given('InternetMessageId', email.messageId),
    ...given('InReplyTo', email.inReplyTo),
    ...given('References', email.references),
    ...given('Importance', importance),
    ...headersOf(email),
  ]
}

const IMPORTANCE: Readonly<Record<string, string>> = {
  high: 'High',
  low: 'Low',
  1: 'High',
  2: 'High',
  4: 'Low',
  5: 'Low',
}

function given(name: string, text: string | undefined): KeptProperty[] {
  return text === undefined || text === '' ? [] : [{ name, text: text.replaceAll('\0', '\uFFFD') }]
}

type Address = NonNullable<Email['from']>

function people(name: string, addresses: readonly Address[] | undefined): KeptProperty[] {
  const flat = (addresses ?? []).flatMap((one) => one.group ?? [one])
  const children = flat
    .filter(({ address }) => address)
    .map(({ name, address = '' }) => mailboxProperty({ name, address }))
  return children.length === 0 ? [] : [{ name, children }]
}

function headersOf({ headers }: Email): KeptProperty[] {
  const children = headers.slice(0, MOST_HEADERS).map(({ originalKey, value }) => ({
    name: 'InternetMessageHeader',
    attributes: { HeaderName: originalKey },
    text: value.slice(0, LONGEST_HEADER).replaceAll('\0', '\uFFFD'),
  }))
  return children.length === 0 ? [] : [{ name: 'InternetMessageHeaders', children }]
}

function attachmentOf(attachment: Email['attachments'][number], place: number): NewAttachment {
  const { filename, mimeType, contentId, disposition, content } = attachment
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : bufferOf(content)
  return {
    name: filename || `ATT${String(place + 1).padStart(5, '0')}`,
    contentType: mimeType,
    contentId: (contentId ?? '').replace(/^<|>$/g, ''),
    isInline: disposition === 'inline' || attachment.related === true,
    content: { kind: 'file', bytes },
  }
}

// Without copying it: it may be long.
function bufferOf(content: ArrayBuffer | Uint8Array): Buffer {
  return content instanceof Uint8Array
    ? Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    : Buffer.from(content)
}
