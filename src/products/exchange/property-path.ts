/** How a request names a property: a field of the schema, one entry of a field that has several, or an extended property. */
import type { XmlElement } from '../xml.ts'
import { all, attribute, type Check } from './ews-schema.ts'
import { FIELD_URIS, INDEXED_FIELD_URIS } from './field-uris.ts'
import { EXTENDED_FIELD_URI } from './item-properties.ts'
import type { KeptProperty } from './kept-property.ts'

/** A property as it was named. */
export type PropertyPath =
  /** `message:ToRecipients` is scope `message`, name `ToRecipients`. */
  | { readonly kind: 'field'; readonly scope: string; readonly name: string }
  /** `contacts:EmailAddress` of index `EmailAddress1`. */
  | { readonly kind: 'indexed'; readonly scope: string; readonly name: string; readonly index: string }
  | { readonly kind: 'extended'; readonly key: string; readonly uri: Readonly<Record<string, string>> }

const FIELD_URI = /^([A-Za-z]+):([A-Za-z0-9]+(?::[A-Za-z]+)?)$/

/** What each of the three elements must look like. */
export const PATH_CHECKS: Readonly<Record<string, Check>> = {
  FieldURI: fieldUri(FIELD_URIS),
  IndexedFieldURI: all(fieldUri(INDEXED_FIELD_URIS), attribute('FieldIndex', /^/, 'required')),
  ExtendedFieldURI: EXTENDED_FIELD_URI,
}

// As names of the schema are: with regard to case.
function fieldUri(known: ReadonlySet<string>): Check {
  return (element) => {
    const uri = element.attributes.get('FieldURI')
    if (uri === undefined) return `${element.name} must have the attribute FieldURI`
    return known.has(uri)
      ? undefined
      : `the attribute FieldURI of ${element.name} must be a name of the schema, like ${[...known][0]}; saw ${JSON.stringify(uri.slice(0, 60))}`
  }
}

export const PATH_ELEMENTS = Object.keys(PATH_CHECKS)

/** Reads `t:FieldURI`, `t:IndexedFieldURI` or `t:ExtendedFieldURI` that has passed its check. */
export function readPropertyPath({ name, attributes }: XmlElement): PropertyPath {
  if (name === 'ExtendedFieldURI') {
    const uri = Object.fromEntries(attributes)
    return { kind: 'extended', key: extendedKey(uri), uri }
  }
  const [, scope = '', field = ''] = FIELD_URI.exec(attributes.get('FieldURI') ?? '') ?? []
  const index = attributes.get('FieldIndex')
  return name === 'FieldURI' || index === undefined
    ? { kind: 'field', scope, name: field }
    : { kind: 'indexed', scope, name: field, index }
}

// Fields of which a request can name one entry: the property that holds them all.
const ENTRY_LISTS: Readonly<Record<string, string>> = {
  'item:InternetMessageHeader': 'InternetMessageHeaders',
  'contacts:EmailAddress': 'EmailAddresses',
  'contacts:ImAddress': 'ImAddresses',
  'contacts:PhoneNumber': 'PhoneNumbers',
  'contacts:PhysicalAddress': 'PhysicalAddresses',
}

/** One entry of a property that has several: which property, which entry, and which part of it alone. */
export interface EntryPath {
  readonly list: string
  readonly index: string
  /** `Street` of `contacts:PhysicalAddress:Street`. */
  readonly part?: string
}

/** The entry that an indexed path names, if there is such a list. */
export function entryOf(path: PropertyPath & { kind: 'indexed' }): EntryPath | undefined {
  const [field = '', part] = path.name.split(':')
  const list = ENTRY_LISTS[`${path.scope}:${field}`]
  return list === undefined ? undefined : { list, index: path.index, ...(part !== undefined && { part }) }
}

/** What an entry is found by in its list. */
export function indexOfEntry({ attributes = {} }: KeptProperty): string {
  return attributes['Key'] ?? attributes['HeaderName'] ?? ''
}

/** Under which an extended property is found; two spellings of one name have one key. */
export function extendedKey(uri: Readonly<Record<string, string>>): string {
  // Tags may be hexadecimal or not, GUIDs of any case.
  return [
    uri['DistinguishedPropertySetId'] ?? '',
    uri['PropertySetId']?.toLowerCase() ?? '',
    uri['PropertyTag'] === undefined ? '' : String(Number(uri['PropertyTag'])),
    uri['PropertyId'] === undefined ? '' : String(Number(uri['PropertyId'])),
    uri['PropertyType'] ?? '',
    uri['PropertyName'] ?? '',
  ].join('|')
}

/** The key of an extended property that was kept. */
export function keyOfExtended({ children = [] }: KeptProperty): string {
  return extendedKey(children[0]?.attributes ?? {})
}
