/**
 * The three JSON dialects of SharePoint's REST (`odata=verbose`, `minimalmetadata`, `nometadata`): which one a caller wants, and
 * how an entity, a collection and a single value are written in each.
 */
import type { ProductReply } from '../product.ts'

export type Dialect = 'verbose' | 'minimalmetadata' | 'nometadata'

export interface Entity {
  /** `SP.Web`, `SP.Data.TasksListItem` */
  readonly type: string
  /** Path below `_api/`: `Web/Lists(guid'…')`. */
  readonly path: string
  /** What stands after `$metadata#`: `SP.ApiData.Lists`. */
  readonly set: string
  readonly etag?: string
  readonly properties: Readonly<Record<string, unknown>>
  /** What was asked to be shown along, by its name: an entity, or several. */
  readonly expanded?: Readonly<Record<string, Entity | readonly Entity[]>>
  /** What could be shown along: name → path. Only the verbose dialect names it. */
  readonly deferred?: Readonly<Record<string, string>>
}

export interface Collection {
  readonly set: string
  readonly entities: readonly Entity[]
  /** Where the next page is. */
  readonly next?: string
}

/** The dialect that an Accept header asks for; undefined if it takes no JSON. Without a wish, minimal metadata. */
export function dialectOf(accept: string | undefined): Dialect | undefined {
  if (accept === undefined || accept.trim() === '') return 'minimalmetadata'
  for (const range of accept.split(',')) {
    const [type, parameters] = mediaTypeOf(range)
    if (type === '*/*' || type === 'application/*') return 'minimalmetadata'
    if (type === 'application/json') return dialectNamed(parameters.get('odata'))
  }
  return undefined
}

/** The dialect that a media type names; one that is not known, and none, is minimal metadata, as in the product. */
export function dialectNamed(name: string | undefined): Dialect {
  return name === 'verbose' || name === 'nometadata' ? name : 'minimalmetadata'
}

/** `Application/JSON; odata=verbose` in lower case: the type, and its parameters without quotes. */
export function mediaTypeOf(text: string): readonly [string, ReadonlyMap<string, string>] {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase())
  const parameters = rest.map((part) => {
    const [name = '', value = ''] = part.split('=')
    return [name.trim(), value.trim().replaceAll('"', '')] as const
  })
  return [type, new Map(parameters)]
}

export function contentTypeOf(dialect: Dialect): string {
  return `application/json;odata=${dialect};charset=utf-8`
}

/** One entity; its ETag in the header too. */
export function entityReply(status: 200 | 201, entity: Entity, dialect: Dialect, base: string): ProductReply {
  return {
    status,
    contentType: contentTypeOf(dialect),
    headers: {
      ...(entity.etag !== undefined && { ETag: entity.etag }),
      ...(status === 201 && { Location: `${base}/_api/${entity.path}` }),
    },
    body: JSON.stringify(writeEntity(entity, dialect, base)),
  }
}

export function collectionReply(collection: Collection, dialect: Dialect, base: string): ProductReply {
  const { set, entities, next } = collection
  const members = entities.map((entity) => writeMember(entity, dialect, base))
  const body =
    dialect === 'verbose'
      ? { d: { results: members, ...(next !== undefined && { __next: next }) } }
      : {
          ...(dialect === 'minimalmetadata' && { 'odata.metadata': `${base}/_api/$metadata#${set}` }),
          ...(next !== undefined && { 'odata.nextLink': next }),
          value: members,
        }
  return { status: 200, contentType: contentTypeOf(dialect), body: JSON.stringify(body) }
}

/** A value that is no entity: one property, or what a function answers, under its name. */
export function valueReply(
  name: string,
  value: unknown,
  edm: string,
  dialect: Dialect,
  base: string,
): ProductReply {
  const metadata = { 'odata.metadata': `${base}/_api/$metadata#${edm}` }
  const body = {
    verbose: { d: { [name]: value } },
    minimalmetadata: { ...metadata, value },
    nometadata: { value },
  }[dialect]
  return { status: 200, contentType: contentTypeOf(dialect), body: JSON.stringify(body) }
}

function writeEntity(entity: Entity, dialect: Dialect, base: string): object {
  const member = writeMember(entity, dialect, base)
  if (dialect === 'verbose') return { d: member }
  if (dialect === 'nometadata') return member
  return { 'odata.metadata': `${base}/_api/$metadata#${entity.set}/@Element`, ...member }
}

function writeMember(entity: Entity, dialect: Dialect, base: string): object {
  const { type, path, etag, properties, expanded = {}, deferred = {} } = entity
  const id = `${base}/_api/${path}`
  const shown = Object.fromEntries(
    Object.entries(expanded).map(([name, value]) => [name, writeExpanded(value, dialect, base)]),
  )
  switch (dialect) {
    case 'verbose': {
      const links = Object.entries(deferred)
        .filter(([name]) => !(name in expanded))
        .map(([name, target]) => [name, { __deferred: { uri: `${base}/_api/${target}` } }])
      const metadata = { id, uri: id, ...(etag !== undefined && { etag }), type }
      return { __metadata: metadata, ...Object.fromEntries(links), ...shown, ...properties }
    }
    case 'minimalmetadata':
      return {
        'odata.type': type,
        'odata.id': id,
        ...(etag !== undefined && { 'odata.etag': etag }),
        'odata.editLink': path,
        ...shown,
        ...properties,
      }
    case 'nometadata':
      return { ...shown, ...properties }
  }
}

function writeExpanded(value: Entity | readonly Entity[], dialect: Dialect, base: string): unknown {
  if (!isMany(value)) return writeMember(value, dialect, base)
  const members = value.map((entity) => writeMember(entity, dialect, base))
  return dialect === 'verbose' ? { results: members } : members
}

function isMany(value: Entity | readonly Entity[]): value is readonly Entity[] {
  return Array.isArray(value)
}
