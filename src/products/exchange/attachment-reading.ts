/** Attachments as a request writes them: `t:FileAttachment` and `t:ItemAttachment`. */
import { child, NS, type XmlElement } from '../xml.ts'
import { decodeBase64 } from './base64.ts'
import { done, type EwsResult, invalid, problem } from './ews-result.ts'
import { all, each, oneOf, sequence, someOf, text } from './ews-schema.ts'
import type { NewAttachment, NewItem } from './new-item.ts'

/** The largest file that can be attached, in bytes. */
export const LARGEST_ATTACHMENT = 10 * 1024 * 1024

/** Reads the item in an attachment; an item may have attachments itself, so each kind of reader is handed the other. */
export type ReadItem = (element: XmlElement) => Promise<EwsResult<NewItem>>

const COMMON = [
  'AttachmentId',
  'Name',
  'ContentType',
  'ContentId',
  'ContentLocation',
  'AttachmentOriginalUrl',
  'Size',
  'LastModifiedTime',
  'IsInline',
]
const ITEM_ELEMENTS = [
  'Item',
  'Message',
  'CalendarItem',
  'Contact',
  'MeetingMessage',
  'MeetingRequest',
  'MeetingResponse',
  'MeetingCancellation',
  'Task',
  'PostItem',
  'RoleMember',
  'Network',
  'Person',
]
const BOOLEAN = oneOf(['true', 'false', '1', '0'])
const COMMON_CHECKS = all(
  each('Name', text()),
  each('ContentType', text()),
  each('ContentId', text()),
  each('IsInline', BOOLEAN),
)
const FILE = all(sequence([...COMMON, 'IsContactPhoto', 'Content'], { required: ['Content'] }), COMMON_CHECKS)
const ITEM = all(sequence([...COMMON, ...ITEM_ELEMENTS]), COMMON_CHECKS)

/** Reads `t:Attachments`, or `m:Attachments` of CreateAttachment; nothing is attached if there is none. */
export async function readNewAttachments(
  list: XmlElement | undefined,
  readItem: ReadItem,
): Promise<EwsResult<readonly NewAttachment[]>> {
  if (list === undefined) return done([])
  const wrong = someOf(['FileAttachment', 'ItemAttachment', 'ReferenceAttachment'])(list)
  if (wrong !== undefined) return invalid(wrong)
  const attachments: NewAttachment[] = []
  for (const element of list.children) {
    const attachment = await readNewAttachment(element, readItem)
    if (!attachment.ok) return attachment
    attachments.push(attachment.value)
  }
  return done(attachments)
}

/** Reads one attachment. */
export function readNewAttachment(
  element: XmlElement,
  readItem: ReadItem,
): Promise<EwsResult<NewAttachment>> {
  return element.name === 'FileAttachment' ? readFile(element) : readAttachedItem(element, readItem)
}

async function readFile(element: XmlElement): Promise<EwsResult<NewAttachment>> {
  const wrong = FILE(element)
  if (wrong !== undefined) return invalid(wrong)
  const content = child(element, NS.types, 'Content')
  const bytes = await decodeBase64(content?.text ?? '', 'Content')
  if (!bytes.ok) return bytes
  if (bytes.value.length > LARGEST_ATTACHMENT) return problem('ErrorAttachmentSizeLimitExceeded')
  return done({ ...aboutOf(element), content: { kind: 'file', bytes: bytes.value } })
}

async function readAttachedItem(element: XmlElement, readItem: ReadItem): Promise<EwsResult<NewAttachment>> {
  // A link to a file elsewhere: nothing here could follow it.
  if (element.name === 'ReferenceAttachment') {
    return problem('ErrorInvalidOperation', 'Files that are kept elsewhere cannot be attached here.')
  }
  const wrong = ITEM(element)
  if (wrong !== undefined) return invalid(wrong)
  const attached = element.children.find(({ name }) => ITEM_ELEMENTS.includes(name))
  if (attached === undefined) return invalid('ItemAttachment must hold an item')
  // One level is kept: what an attached item has attached itself stays in its MIME content.
  if (child(attached, NS.types, 'Attachments') !== undefined)
    return problem('ErrorAttachmentNestLevelLimitExceeded')
  const item = await readItem(attached)
  return item.ok ? done({ ...aboutOf(element), content: { kind: 'item', item: item.value } }) : item
}

function aboutOf(element: XmlElement) {
  const text = (name: string) => child(element, NS.types, name)?.text ?? ''
  return {
    name: text('Name'),
    contentType: text('ContentType'),
    contentId: text('ContentId'),
    isInline: ['true', '1'].includes(text('IsInline')),
  }
}
