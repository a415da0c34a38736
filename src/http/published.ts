/** What a server publishes for everyone: its auth metadata document, and the authority behind its signing certificates. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Kit, Product, ProductReply } from '../products/product.ts'
import { type DocumentFetches, FETCHER_HEADER } from '../trust/document-fetches.ts'
import type { OwnKeys } from '../trust/own-keys.ts'
import { inState } from '../trust/signing-keys.ts'

export const DOCUMENT_METHODS = ['GET', 'HEAD']

/** A certificate is bytes, everything else text. */
export type PublishedReply = Omit<ProductReply, 'body'> & { readonly body?: string | Buffer }

/** Answers for a path in lower case; undefined where nothing is published. */
export type PublishedAt = (path: string, req: IncomingMessage) => PublishedReply | undefined

export function openPublished(
  { metadata, title }: Product,
  kit: Kit,
  keys: OwnKeys,
  fetches: DocumentFetches,
  onSurprise: (error: unknown) => void,
): PublishedAt {
  const documents = new Set(metadata.paths.map((path) => path.toLowerCase()))
  const rootPath = metadata.rootPath?.toLowerCase()
  let written:
    | { readonly generation: number; readonly realm: string; readonly body: string; readonly etag: string }
    | undefined

  const document = () => {
    const { certificates, generation, documentId } = keys.published()
    const { application } = kit.identity
    if (written?.generation === generation && written.realm === application.realm) return written
    const location = `${kit.baseUrl}${metadata.paths[0]}`
    const { issuancePath } = metadata
    const body = JSON.stringify(
      metadata.write({
        ...{ name: title, application, documentId, location, certificates },
        ...(issuancePath !== undefined && { issuance: `${kit.baseUrl}${issuancePath}` }),
      }),
    )
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    written = { generation, realm: application.realm, body, etag }
    return written
  }

  return (path, req) => {
    if (path === rootPath) return { ...rootOf(keys), headers: { 'Cache-Control': 'private' } }
    if (!documents.has(path)) return undefined
    const { body, etag, generation } = document()
    const fetcher = req.headersDistinct[FETCHER_HEADER]?.[0]
    if (fetcher !== undefined && req.method === 'GET') fetches.note(fetcher, generation).catch(onSurprise)
    const { maxAge } = metadata
    const headers = {
      'Cache-Control': maxAge === undefined ? 'private' : `private, max-age=${maxAge}`,
      ETag: etag,
    }
    if (isHeld(req, etag)) return { status: 304, headers }
    return { status: 200, contentType: 'application/json; charset=utf-8', headers, body }
  }
}

// Weak comparison, as a GET wants it (RFC 9110, 13.1.2).
function isHeld(req: IncomingMessage, etag: string): boolean {
  const held = (req.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return held.includes(etag) || held.includes('*')
}

// A self-signed certificate is its own authority.
function rootOf(keys: OwnKeys): PublishedReply {
  const current = inState(keys.list(), 'current')
  const der = current?.root ?? current?.certificate.der ?? ''
  return { status: 200, contentType: 'application/x-x509-ca-cert', body: Buffer.from(der, 'base64') }
}
