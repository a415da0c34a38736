/** What an operation answers, before it is written in a dialect. */
import type { ProductReply } from '../product.ts'
import { contextInfoReply } from './context-info.ts'
import {
  type Collection,
  collectionReply,
  type Dialect,
  type Entity,
  entityReply,
  valueReply,
} from './odata.ts'
import type { Call } from './site.ts'

export type Answer =
  | { readonly kind: 'entity' | 'created'; readonly entity: Entity }
  | { readonly kind: 'collection'; readonly collection: Collection }
  | { readonly kind: 'value'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'context' }
  /** Done, and nothing to show; the ETag that the thing has now. */
  | { readonly kind: 'nothing'; readonly etag?: string }

/** The reply for an answer. */
export function replyFor(answer: Answer, dialect: Dialect, call: Call): ProductReply {
  const base = call.kit.baseUrl
  switch (answer.kind) {
    case 'entity':
      return entityReply(200, answer.entity, dialect, base)
    case 'created':
      return entityReply(201, answer.entity, dialect, base)
    case 'collection':
      return collectionReply(answer.collection, dialect, base)
    case 'value':
      return valueReply(answer.name, answer.value, edmOf(answer.value), dialect, base)
    case 'context':
      return contextInfoReply(call, dialect)
    case 'nothing':
      return { status: 204, ...(answer.etag !== undefined && { headers: { ETag: answer.etag } }) }
  }
}

function edmOf(value: unknown): string {
  if (typeof value === 'string') return 'Edm.String'
  if (typeof value === 'boolean') return 'Edm.Boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'Edm.Int32' : 'Edm.Double'
  return 'Edm.Null'
}
