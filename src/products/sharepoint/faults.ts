/**
 * What can go wrong in SharePoint's REST: one table of our stable codes, each with the status, code and text of the real
 * product. Numbers and texts are those that are publicly known, from documentation and issue threads; `-1` is what the product
 * says for everything without a number of its own.
 */
import { REFUSAL_HEADER } from '../../protocol/refusal.ts'
import type { ProductReply } from '../product.ts'
import { contentTypeOf, type Dialect } from './odata.ts'

const QUERY = '-1, Microsoft.SharePoint.Client.InvalidClientQueryException'
const SERVICE = '-1, Microsoft.SharePoint.Client.ClientServiceException'
const GENERAL = '-1, Microsoft.SharePoint.SPException'

interface FaultRow {
  readonly status: number
  readonly code: string
  /** What is said, made of what was seen. */
  readonly say: (...seen: string[]) => string
}

export const FAULTS = {
  accept_invalid: {
    status: 406,
    code: SERVICE,
    say: () => 'The HTTP header ACCEPT is missing or its value is invalid.',
  },
  access_denied: {
    status: 403,
    code: '-2147024891, System.UnauthorizedAccessException',
    say: () => 'Access denied. You do not have permission to perform this action or access this resource.',
  },
  answer_too_long: {
    status: 500,
    code: '-2147024860, Microsoft.SharePoint.SPQueryThrottledException',
    say: () =>
      'The attempted operation is prohibited because it exceeds the list view threshold enforced by the administrator.',
  },
  body_not_json: { status: 400, code: QUERY, say: (why) => `Invalid JSON. ${why}.` },
  body_too_long: { status: 413, code: QUERY, say: (why) => `The request message is too big: ${why}.` },
  column_missing: {
    status: 400,
    code: '-2147024809, System.ArgumentException',
    say: (name, where) =>
      `Column '${name}' does not exist. It may have been deleted by another user. ${where}`,
  },
  content_type_invalid: {
    status: 415,
    code: SERVICE,
    say: () => 'The HTTP header Content-Type is missing or its value is invalid.',
  },
  digest_expired: {
    status: 403,
    code: '-2130575251, Microsoft.SharePoint.SPException',
    say: () =>
      'The security validation for this page is invalid. Click Back in your Web browser, refresh the page, and try your operation again.',
  },
  digest_invalid: {
    status: 403,
    code: '-2130575252, Microsoft.SharePoint.SPException',
    say: () =>
      "The security validation for this page is invalid and might be corrupted. Please use your web browser's Back button to try your operation again.",
  },
  etag_mismatch: {
    status: 412,
    code: SERVICE,
    say: (asked, there) =>
      `The request ETag value '${asked}' does not match the object's ETag value '${there}'.`,
  },
  expand_missing: {
    status: 400,
    code: GENERAL,
    say: (name) =>
      `The query to field '${name}' is not valid. The $select query string must specify the target fields and the $expand query string must contains ${name}.`,
  },
  expression_invalid: { status: 400, code: QUERY, say: (text) => `The expression "${text}" is not valid.` },
  field_exists: {
    status: 400,
    code: '-2130575271, Microsoft.SharePoint.SPException',
    say: (name) => `A duplicate field name "${name}" was found.`,
  },
  field_kind_unknown: {
    status: 400,
    code: GENERAL,
    say: (kind, known) => `FieldTypeKind ${kind} is not one of those that can be added here: ${known}.`,
  },
  field_missing: {
    status: 400,
    code: GENERAL,
    say: (name) => `The field or property '${name}' does not exist.`,
  },
  filter_too_complex: { status: 400, code: QUERY, say: (limit) => `The query is too complex: ${limit}.` },
  item_missing: {
    status: 404,
    code: '-2130575338, Microsoft.SharePoint.SPException',
    say: () => 'Item does not exist. It may have been deleted by another user.',
  },
  list_missing: {
    status: 404,
    code: '-1, System.ArgumentException',
    say: (title, site) => `List '${title}' does not exist at site with URL '${site}'.`,
  },
  list_id_missing: {
    status: 404,
    code: '-2130575322, Microsoft.SharePoint.SPException',
    say: () =>
      'List does not exist. The page you selected contains a list that does not exist. It may have been deleted by another user.',
  },
  list_template_unknown: {
    status: 400,
    code: '-1, System.ArgumentException',
    say: (template, known) => `BaseTemplate ${template} is not one of those that are here: ${known}.`,
  },
  library_item: {
    status: 400,
    code: GENERAL,
    say: () => 'To add an item to a document library, use SPFileCollection.Add()',
  },
  method_wrong: {
    status: 405,
    code: SERVICE,
    say: (method, resource, allowed) =>
      `The HTTP method '${method}' cannot be used to access the resource '${resource}'. Please use correct HTTP method to invoke the resource: ${allowed}.`,
  },
  operands_differ: {
    status: 400,
    code: QUERY,
    say: (left, right, operator) =>
      `A binary operator with incompatible types was detected. Found operand types '${left}' and '${right}' for operator kind '${operator}'.`,
  },
  property_missing: {
    status: 400,
    code: QUERY,
    say: (name, type) =>
      `The property '${name}' does not exist on type '${type}'. Make sure to only use property names that are defined by the type.`,
  },
  query_option_invalid: {
    status: 400,
    code: QUERY,
    say: (name, expected, seen) =>
      `The query option ${name} is not valid: expected ${expected}, saw '${seen}'.`,
  },
  resource_missing: {
    status: 404,
    code: '-1, Microsoft.SharePoint.Client.ResourceNotFoundException',
    say: (name) => `Cannot find resource for the request ${name}.`,
  },
  title_taken: {
    status: 500,
    code: '-2130575342, Microsoft.SharePoint.SPException',
    say: () =>
      'A list, survey, discussion board, or document library with the specified title already exists in this Web site. Please choose another title.',
  },
  type_missing: {
    status: 400,
    code: QUERY,
    say: () =>
      'An entry without a type name was found, but no expected type was specified. To allow entries without type information, the expected type must also be specified when the model is specified.',
  },
  type_unknown: {
    status: 400,
    code: QUERY,
    say: (type) =>
      `A type named '${type}' could not be resolved by the model. When a model is available, each type name must resolve to a valid type.`,
  },
  unauthorized: {
    status: 401,
    code: '-2147024891, System.UnauthorizedAccessException',
    say: () => 'Access denied. You do not have permission to perform this action or access this resource.',
  },
  unknown_error: {
    status: 500,
    code: '-1, Microsoft.SharePoint.Client.UnknownError',
    say: () => 'Unknown Error',
  },
  user_missing: {
    status: 404,
    code: '-2146232832, Microsoft.SharePoint.SPException',
    say: () => 'User cannot be found.',
  },
  value_invalid: {
    status: 400,
    code: QUERY,
    say: (name, expected, seen) =>
      `Cannot convert a primitive value to the expected type '${expected}' of '${name}': saw ${seen}.`,
  },
} as const satisfies Record<string, FaultRow>

export type FaultName = keyof typeof FAULTS

export interface Fault {
  readonly ok: false
  readonly name: FaultName
  readonly message: string
  /** For `method_wrong`: what goes into Allow. */
  readonly allow?: string
  /** For a 401: what goes into WWW-Authenticate. */
  readonly challenge?: string
}

/** A value, or what is wrong with the request. */
export type Result<T> = { readonly ok: true; readonly value: T } | Fault

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

// Names that a stranger wrote stand in the texts, and nothing bounds their length.
const LONGEST_SEEN = 120

/** The fault of this name; `seen` is what its text is made of. */
export function fault(name: FaultName, ...seen: string[]): Fault {
  const row: FaultRow = FAULTS[name]
  const short = seen.map((text) => (text.length > LONGEST_SEEN ? `${text.slice(0, LONGEST_SEEN)}…` : text))
  return { ok: false, name, message: row.say(...short) }
}

/** The error body of the product, in the dialect that was asked for; our own code in its header. */
export function faultReply({ name, message, allow, challenge }: Fault, dialect: Dialect): ProductReply {
  const { status, code } = FAULTS[name]
  const error = { code, message: { lang: 'en-US', value: message } }
  return {
    status,
    contentType: contentTypeOf(dialect),
    headers: {
      [REFUSAL_HEADER]: name,
      ...(allow !== undefined && { Allow: allow }),
      ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
    },
    body: JSON.stringify(dialect === 'verbose' ? { error } : { 'odata.error': error }),
  }
}
