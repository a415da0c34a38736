/** Which properties a reply shows: the base shape that was asked for, and the properties asked for by name. */
import { child, NS, type XmlElement } from '../xml.ts'
import { done, type EwsResult, invalid } from './ews-result.ts'
import { all, type Check, each, oneOf, sequence, someOf } from './ews-schema.ts'
import type { KeptProperty } from './kept-property.ts'
import { keyOfExtended, PATH_CHECKS, PATH_ELEMENTS, readPropertyPath } from './property-path.ts'

const BASE_SHAPES = ['IdOnly', 'Default', 'AllProperties'] as const
type BaseShape = (typeof BASE_SHAPES)[number]

/** What a reply shows. */
export interface Shape {
  /** Whether a property stands in the reply; `least` is the smallest shape that shows it unasked. */
  shows(name: string, least: BaseShape | 'asked'): boolean
  /** Whether this extended property was asked for; they never come unasked. */
  showsExtended(property: KeptProperty): boolean
}

const ADDITIONAL = all(
  someOf(PATH_ELEMENTS),
  ...Object.entries(PATH_CHECKS).map(([name, check]) => each(name, check)),
)

const RULES = { required: ['BaseShape'] }
const PARTS = all(each('BaseShape', oneOf(BASE_SHAPES)), each('AdditionalProperties', ADDITIONAL))

/** What may stand in `m:FolderShape`. */
export const FOLDER_SHAPE = all(sequence(['BaseShape', 'AdditionalProperties'], RULES), PARTS)

/** What may stand in `m:ItemShape`. MIME content and bodies of another type are not made: what was written comes back. */
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
)

/** Reads the shape of a request, after the check that is right for its kind. */
export function readShape(request: XmlElement, name: string, check: Check): EwsResult<Shape> {
  const element = child(request, NS.messages, name)
  if (element === undefined) return invalid(`${request.name} must hold ${name}`)
  const wrong = check(element)
  if (wrong !== undefined) return invalid(wrong)
  const base = BASE_SHAPES.find((name) => name === child(element, NS.types, 'BaseShape')?.text)
  if (base === undefined) return invalid(`${name} must hold BaseShape`)
  const named = new Set<string>()
  const extended = new Set<string>()
  for (const one of child(element, NS.types, 'AdditionalProperties')?.children ?? []) {
    const path = readPropertyPath(one)
    if (path.kind === 'extended') extended.add(path.key)
    else named.add(path.name)
  }
  if (extended.size > 0) named.add('ExtendedProperty')
  return done({
    shows: (name, least) =>
      named.has(name) || (least !== 'asked' && BASE_SHAPES.indexOf(least) <= BASE_SHAPES.indexOf(base)),
    showsExtended: (property) => extended.has(keyOfExtended(property)),
  })
}

/** The id alone, as CreateItem answers. */
export const ID_ONLY: Shape = { shows: (_, least) => least === 'IdOnly', showsExtended: () => false }
