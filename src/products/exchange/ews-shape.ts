/** Which properties a reply shows: the base shape that was asked for, and the properties asked for by name. */
import { child, NS, type XmlElement } from '../xml.ts'
import { done, type EwsResult, invalid } from './ews-result.ts'
import { all, type Check, each, oneOf, sequence, someOf } from './ews-schema.ts'
import type { KeptProperty } from './kept-property.ts'
import {
  type EntryPath,
  entryOf,
  keyOfExtended,
  PATH_CHECKS,
  PATH_ELEMENTS,
  readPropertyPath,
} from './property-path.ts'

const BASE_SHAPES = ['IdOnly', 'Default', 'AllProperties'] as const
type BaseShape = (typeof BASE_SHAPES)[number]

/** What a reply shows. */
export interface Shape {
  /**
   * Whether a property stands in the reply; `least` is the smallest shape that shows it unasked. With a scope, a property of
   * this name that was asked for in another scope is not meant.
   */
  shows(name: string, least: BaseShape | 'asked', scope?: string): boolean
  /** Whether this extended property was asked for; they never come unasked. */
  showsExtended(property: KeptProperty): boolean
  /** Entries that were asked for one by one, of properties that have several. */
  readonly entries: readonly EntryPath[]
  /** The type that bodies are shown in; `Best` is the one they have. */
  readonly bodyType: BodyType
}

const BODY_TYPES = ['Best', 'HTML', 'Text'] as const
type BodyType = (typeof BODY_TYPES)[number]

const ADDITIONAL = all(
  someOf(PATH_ELEMENTS),
  ...Object.entries(PATH_CHECKS).map(([name, check]) => each(name, check)),
)

const RULES = { required: ['BaseShape'] }
const PARTS = all(each('BaseShape', oneOf(BASE_SHAPES)), each('AdditionalProperties', ADDITIONAL))

/** What may stand in `m:FolderShape`. */
export const FOLDER_SHAPE = all(sequence(['BaseShape', 'AdditionalProperties'], RULES), PARTS)

/** What may stand in `m:ItemShape`. */
export const ITEM_SHAPE = all(
  sequence(
    [
      'BaseShape',
      'IncludeMimeContent',
      'BodyType',
      'UniqueBodyType',
      'NormalizedBodyType',
      'FilterHtmlContent',
      'ConvertHtmlCodePageToUTF8',
      'InlineImageUrlTemplate',
      'BlockExternalImages',
      'AddBlankTargetToLinks',
      'MaximumBodySize',
      'AdditionalProperties',
    ],
    RULES,
  ),
  PARTS,
  each('IncludeMimeContent', oneOf(['true', 'false', '1', '0'])),
  each('BodyType', oneOf(BODY_TYPES)),
)

/** What may stand in `m:AttachmentShape`. */
export const ATTACHMENT_SHAPE = all(
  sequence(['IncludeMimeContent', 'BodyType', 'FilterHtmlContent', 'AdditionalProperties']),
  each('IncludeMimeContent', oneOf(['true', 'false', '1', '0'])),
  each('BodyType', oneOf(BODY_TYPES)),
  each('AdditionalProperties', ADDITIONAL),
)

/** Reads the shape of a request, after the check that is right for its kind. */
export function readShape(request: XmlElement, name: string, check: Check): EwsResult<Shape> {
  const element = child(request, NS.messages, name)
  if (element === undefined) return invalid(`${request.name} must hold ${name}`)
  const wrong = check(element)
  if (wrong !== undefined) return invalid(wrong)
  const base = BASE_SHAPES.find((name) => name === child(element, NS.types, 'BaseShape')?.text)
  if (base === undefined) return invalid(`${name} must hold BaseShape`)
  return done(shapeOf(element, base))
}

/** The shape of an element that has passed its check. */
export function shapeOf(element: XmlElement | undefined, base: BaseShape): Shape {
  const text = (name: string) => child(element, NS.types, name)?.text ?? ''
  const fields = new Set<string>()
  const extended = new Set<string>()
  const entries: EntryPath[] = []
  for (const one of child(element, NS.types, 'AdditionalProperties')?.children ?? []) {
    const path = readPropertyPath(one)
    if (path.kind === 'extended') extended.add(path.key)
    else if (path.kind === 'field') fields.add(`${path.scope}:${path.name}`)
    else {
      const entry = entryOf(path)
      if (entry !== undefined) entries.push(entry)
    }
  }
  if (extended.size > 0) fields.add('item:ExtendedProperty')
  if (['true', '1'].includes(text('IncludeMimeContent'))) fields.add('item:MimeContent')
  const names = new Set([...fields].map((field) => field.slice(field.indexOf(':') + 1)))
  return {
    shows: (name, least, scope) =>
      (scope === undefined ? names.has(name) : fields.has(`${scope}:${name}`)) ||
      (least !== 'asked' && BASE_SHAPES.indexOf(least) <= BASE_SHAPES.indexOf(base)),
    showsExtended: (property) => extended.has(keyOfExtended(property)),
    entries,
    bodyType: BODY_TYPES.find((type) => type === text('BodyType')) ?? 'Best',
  }
}

/** The id alone, as most operations answer. */
export const ID_ONLY: Shape = shapeOf(undefined, 'IdOnly')

/** As CreateItem answers: clients learn the ids of what they attached, and would attach it again otherwise. */
export const ID_AND_ATTACHMENTS: Shape = {
  ...ID_ONLY,
  shows: (name, least) => least === 'IdOnly' || name === 'Attachments',
}
