/** ConvertId: ids of one format into another. Whether there is such an item is not asked; change keys are not returned. */
import { isProxyAddress } from '../../trust/directory.ts'
import type { Kit } from '../product.ts'
import { el, type Markup, NS, type XmlElement } from '../xml.ts'
import { type EwsHandler, readEach, readList } from './ews-operation.ts'
import { done, type EwsResult, invalid, notPrimary, problem } from './ews-result.ts'
import { all, attribute, sequence } from './ews-schema.ts'
import { convertId, ID_FORMATS, type IdFormat } from './id-format.ts'

const FORMAT = new RegExp(`^(${ID_FORMATS.join('|')})$`)
const BOOLEAN = /^(true|false|1|0)$/

const REQUEST = all(
  sequence(['SourceIds'], { ns: NS.messages, required: ['SourceIds'] }),
  attribute('DestinationFormat', FORMAT, 'required'),
)
const ALTERNATE_ID = all(
  sequence([]),
  attribute('Format', FORMAT, 'required'),
  attribute('Id', /^/, 'required'),
  attribute('Mailbox', /./s, 'required'),
  attribute('IsArchive', BOOLEAN, 'optional'),
)
const PUBLIC_FOLDER_ID = all(
  sequence([]),
  attribute('Format', FORMAT, 'required'),
  attribute('FolderId', /^/, 'required'),
)

/** Answers each id with the same one in the format asked for. */
export const convertIds: EwsHandler = async (request, _caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const list = readList(request, 'SourceIds', [
    'AlternateId',
    'AlternatePublicFolderId',
    'AlternatePublicFolderItemId',
  ])
  if (!list.ok) return list
  const ids = readEach(list.value, readId)
  if (!ids.ok) return ids
  const destination = request.attributes.get('DestinationFormat') as IdFormat
  const mailboxes = new Map<string, EwsResult<string>>()
  for (const { mailbox } of ids.value) {
    if (mailbox !== undefined && !mailboxes.has(mailbox))
      mailboxes.set(mailbox, await primaryAddress(mailbox, kit))
  }
  return done(ids.value.map((id) => answer(id, destination, mailboxes)))
}

interface SourceId {
  readonly id: string
  readonly format: IdFormat
  readonly isArchive: boolean
  /** Absent for public folders. */
  readonly mailbox?: string
}

function readId(element: XmlElement): EwsResult<SourceId> {
  const isPublic = element.name !== 'AlternateId'
  const wrong = (isPublic ? PUBLIC_FOLDER_ID : ALTERNATE_ID)(element)
  if (wrong !== undefined) return invalid(wrong)
  const attributes = element.attributes
  const format = attributes.get('Format') as IdFormat
  const isArchive = ['true', '1'].includes(attributes.get('IsArchive') ?? '')
  if (isPublic) return done({ id: '', format, isArchive })
  return done({
    id: attributes.get('Id') ?? '',
    format,
    isArchive,
    mailbox: attributes.get('Mailbox') ?? '',
  })
}

async function primaryAddress(mailbox: string, kit: Kit): Promise<EwsResult<string>> {
  const address = mailbox.trim()
  const [user, ...others] = await kit.directory.findByAddress(address)
  if (user?.smtp === undefined || !user.mailboxEnabled || others.length > 0)
    return problem('ErrorNonExistentMailbox')
  return isProxyAddress(user, address) ? notPrimary(user) : done(user.smtp)
}

function answer(
  { id, format, isArchive, mailbox }: SourceId,
  destination: IdFormat,
  mailboxes: ReadonlyMap<string, EwsResult<string>>,
): EwsResult<Markup> {
  const owner = mailbox === undefined ? undefined : mailboxes.get(mailbox)
  if (owner === undefined) return problem('ErrorUnsupportedTypeForConversion')
  if (!owner.ok) return owner
  if (isArchive) return problem('ErrorArchiveMailboxNotEnabled')
  const converted = convertId(id, format, destination)
  if (!converted.ok) return converted
  const attributes = { Format: destination, Id: converted.value, Mailbox: owner.value }
  return done(el('m:AlternateId', { 'xmlns:i': NS.instance, 'i:type': 't:AlternateIdType', ...attributes }))
}
