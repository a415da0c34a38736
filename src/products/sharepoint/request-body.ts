/** What a write sends: an entity in one of the JSON dialects, as its properties. */
import { isUtf8 } from 'node:buffer'
import { isJsonObject } from '../../protocol/strict-json.ts'
import type { ProductRequest } from '../product.ts'
import { done, fault, type Result } from './faults.ts'
import { dialectNamed, mediaTypeOf } from './odata.ts'

/** The body's own properties; what only describes them (`__metadata`, `odata.…`) is looked at and left out. */
export type Properties = ReadonlyMap<string, unknown>

/**
 * Reads the entity in a request's body. Its type, where it is said, must be one of `types`; the verbose dialect must say it, as
 * in the product, and the other dialects know no `__metadata`.
 */
export function readEntity(request: ProductRequest, types: readonly string[]): Result<Properties> {
  const [media, parameters] = mediaTypeOf(request.header('content-type') ?? '')
  if (media !== 'application/json') return fault('content_type_invalid')
  const json = jsonOf(request.body)
  if (!json.ok) return json
  const { __metadata: metadata, ...rest } = json.value
  const isVerbose = dialectNamed(parameters.get('odata')) === 'verbose'
  if (metadata !== undefined && !isVerbose) return fault('property_missing', '__metadata', types[0] ?? '')
  const said = isVerbose && isJsonObject(metadata) ? metadata['type'] : rest['odata.type']
  if (isVerbose && (typeof said !== 'string' || said === '')) return fault('type_missing')
  // In the other dialects a type may begin with a #.
  const type = typeof said === 'string' ? said.replace(/^#/, '') : undefined
  if (type !== undefined && !types.includes(type)) return fault('type_unknown', type)
  return done(new Map(Object.entries(rest).filter(([name]) => !name.includes('odata.'))))
}

const UTF8 = new TextDecoder() // leaves out a byte order mark

function jsonOf(body: Buffer): Result<Record<string, unknown>> {
  if (!isUtf8(body)) return fault('body_not_json', 'Expected UTF-8')
  let value: unknown
  try {
    value = JSON.parse(UTF8.decode(body))
  } catch (error) {
    if (error instanceof SyntaxError) return fault('body_not_json', 'Expected a JSON object')
    throw error
  }
  return isJsonObject(value) ? done({ ...value }) : fault('body_not_json', 'Expected a JSON object')
}

/** A text of at most `most` characters, or null; undefined where there is none. */
export function textIn(
  properties: Properties,
  name: string,
  most: number,
): Result<string | null | undefined> {
  const value = properties.get(name)
  if (value === undefined || value === null) return done(value)
  if (typeof value !== 'string') return fault('value_invalid', name, 'Edm.String', `a ${typeof value}`)
  if (value.length > most)
    return fault('value_invalid', name, 'Edm.String', `${value.length} characters, at most ${most} fit`)
  return value.includes('\0') ? fault('value_invalid', name, 'Edm.String', 'a NUL') : done(value)
}
