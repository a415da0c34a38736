/** The three JSON dialects of SharePoint's REST (`odata=verbose`, `minimalmetadata`, `nometadata`). */
import type { ProductReply, ProductRequest } from '../product.ts'

export interface Entity {
  /** `SP.Web`, `SP.User` */
  readonly type: string
  /** `https://host/_api/Web` */
  readonly id: string
  readonly properties: Readonly<Record<string, unknown>>
}

type Metadata = 'verbose' | 'minimalmetadata' | 'nometadata'

/** One entity in the dialect that the caller's Accept header asks for; without a wish, minimal metadata. */
export function entityReply(request: ProductRequest, entity: Entity, metadataUrl: string): ProductReply {
  const metadata = dialectOf(request.header('accept') ?? '')
  return {
    status: 200,
    contentType: `application/json;odata=${metadata};charset=utf-8`,
    body: JSON.stringify(WRITE[metadata](entity, metadataUrl)),
  }
}

const WRITE = {
  verbose: ({ type, id, properties }) => ({ d: { __metadata: { id, uri: id, type }, ...properties } }),
  minimalmetadata: ({ type, id, properties }, metadataUrl) => ({
    'odata.metadata': metadataUrl,
    'odata.type': type,
    'odata.id': id,
    ...properties,
  }),
  nometadata: ({ properties }) => properties,
} as const satisfies Record<Metadata, (entity: Entity, metadataUrl: string) => object>

function dialectOf(accept: string): Metadata {
  const wish = /;\s*odata\s*=\s*"?([a-z]+)"?/i.exec(accept)?.[1]?.toLowerCase()
  return wish === 'verbose' || wish === 'nometadata' ? wish : 'minimalmetadata'
}
