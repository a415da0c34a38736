/** Writing lists and their fields. */
import type { Answer } from './answer.ts'
import { fieldEntity, fieldsOf, listEntity, listEtag } from './entities.ts'
import { done, fault, type Result } from './faults.ts'
import { expectedVersion } from './if-match.ts'
import { READ_ONLY } from './items.ts'
import { ADDABLE_KINDS, fieldNameOf, kindNumbered, LIST_TEMPLATES, newList } from './list-templates.ts'
import { FIELD_KINDS, type List } from './lists.ts'
import { type Properties, readEntity, textIn } from './request-body.ts'
import type { Call } from './site.ts'

const LONGEST = { title: 255, description: 10_000 }

/** Settings that clients send along, and that are not kept here. */
const NOT_KEPT = [
  'AllowContentTypes',
  'ContentTypesEnabled',
  'DefaultContentApprovalWorkflowId',
  'Direction',
  'DraftVersionVisibility',
  'EnableAttachments',
  'EnableFolderCreation',
  'EnableMinorVersions',
  'EnableModeration',
  'EnableVersioning',
  'ForceCheckout',
  'Hidden',
  'ImageUrl',
  'IrmEnabled',
  'MultipleDataList',
  'NoCrawl',
  'OnQuickLaunch',
  'ValidationFormula',
  'ValidationMessage',
]

/** Lists of one title after another share a name in URLs until one of them gets a number. */
const MOST_SUFFIXES = 100

export async function addList(call: Call): Promise<Result<Answer>> {
  const { kit } = call
  const properties = readListProperties(call)
  if (!properties.ok) return properties
  const { title, description = '' } = properties.value
  if (title === undefined) return fault('value_invalid', 'Title', 'Edm.String', 'nothing')
  const baseTemplate = properties.value.sent.get('BaseTemplate') ?? 100
  if (typeof baseTemplate !== 'number' || !LIST_TEMPLATES.has(baseTemplate))
    return fault('list_template_unknown', String(baseTemplate), [...LIST_TEMPLATES.keys()].join(', '))
  const first = newList({ title, description, baseTemplate }, kit.now(), kit.newId)
  for (let suffix = 0; suffix < MOST_SUFFIXES; suffix += 1) {
    const list = suffix === 0 ? first : { ...first, urlName: `${first.urlName}${suffix}` }
    const added = await kit.lists.addList(list)
    if (added === 'title taken') return fault('title_taken')
    if (added === 'url taken') continue
    const made = await kit.lists.list(list.id)
    return made === undefined ? fault('list_id_missing') : done({ kind: 'created', entity: listEntity(made) })
  }
  return fault('title_taken')
}

export async function changeList(list: List, call: Call): Promise<Result<Answer>> {
  const expected = expectedListVersion(list, call)
  if (!expected.ok) return expected
  const properties = readListProperties(call)
  if (!properties.ok) return properties
  const { title, description } = properties.value
  const change = {
    at: call.kit.now(),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
  }
  const changed = await call.kit.lists.changeList(list.id, change, expected.value)
  switch (changed) {
    case 'changed':
      return done({ kind: 'nothing' })
    case 'missing':
      return fault('list_id_missing')
    case 'title taken':
      return fault('title_taken')
    default:
      return mismatch(list, changed.current, call)
  }
}

export async function removeList(list: List, call: Call): Promise<Result<Answer>> {
  const expected = expectedListVersion(list, call)
  if (!expected.ok) return expected
  const removed = await call.kit.lists.removeList(list.id, expected.value)
  if (removed === 'missing') return fault('list_id_missing')
  return removed === 'removed' ? done({ kind: 'nothing' }) : mismatch(list, removed.current, call)
}

const FIELD_TYPES = [
  'SP.Field',
  'SP.FieldText',
  'SP.FieldMultiLineText',
  'SP.FieldNumber',
  'SP.FieldDateTime',
  'SP.FieldChoice',
]

export async function addField(list: List, call: Call): Promise<Result<Answer>> {
  const { kit, request } = call
  const properties = readEntity(request, FIELD_TYPES)
  if (!properties.ok) return properties
  const title = textIn(properties.value, 'Title', LONGEST.title)
  if (!title.ok) return title
  if (!title.value) return fault('value_invalid', 'Title', 'Edm.String', 'nothing')
  const number = properties.value.get('FieldTypeKind')
  const kind = kindNumbered(number)
  if (kind === undefined) {
    const known = ADDABLE_KINDS.map((one) => `${FIELD_KINDS[one]} (${one})`).join(', ')
    return fault('field_kind_unknown', String(number), known)
  }
  const field = { id: kit.newId(), name: fieldNameOf(title.value), title: title.value, kind }
  const names = [...fieldsOf(list).map(({ name }) => name), ...READ_ONLY]
  const isTaken = names.some((name) => name.toLowerCase() === field.name.toLowerCase())
  const added = isTaken ? 'exists' : await kit.lists.addField(list.id, field, kit.now())
  if (added === 'exists') return fault('field_exists', field.name)
  if (added === 'missing') return fault('list_id_missing')
  return done({ kind: 'created', entity: fieldEntity(list, { ...field, readOnly: false }) })
}

// A list can be sent back as it was read: what only the site may set is passed over.
const KNOWN = [
  ...NOT_KEPT,
  'BaseTemplate',
  'BaseType',
  'Created',
  'DefaultViewUrl',
  'Description',
  'EntityTypeName',
  'Fields',
  'Id',
  'ItemCount',
  'Items',
  'LastItemDeletedDate',
  'LastItemModifiedDate',
  'ListItemEntityTypeFullName',
  'ParentWebUrl',
  'Title',
]

interface ListProperties {
  readonly title?: string
  readonly description?: string
  readonly sent: Properties
}

function readListProperties({ request }: Call): Result<ListProperties> {
  const sent = readEntity(request, ['SP.List'])
  if (!sent.ok) return sent
  const unknown = [...sent.value.keys()].find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) return fault('property_missing', unknown, 'SP.List')
  const title = textIn(sent.value, 'Title', LONGEST.title)
  if (!title.ok) return title
  if (title.value === null || title.value?.trim() === '')
    return fault('value_invalid', 'Title', 'Edm.String', 'an empty one')
  const description = textIn(sent.value, 'Description', LONGEST.description)
  if (!description.ok) return description
  return done({
    sent: sent.value,
    ...(title.value !== undefined && { title: title.value }),
    ...(description.value !== undefined && { description: description.value ?? '' }),
  })
}

// A list may be changed without saying which version is meant.
function expectedListVersion(list: List, { request }: Call): Result<number | undefined> {
  return expectedVersion(request.header('if-match') ?? '*', listEtag(list), list.version)
}

function mismatch(list: List, current: number, { request }: Call): Result<Answer> {
  return fault('etag_mismatch', request.header('if-match') ?? '', listEtag({ ...list, version: current }))
}
