/** What a request asks for, as text that can be kept and shown. */
import type { IncomingMessage } from 'node:http'

const MOST_CHARACTERS = 200

/** Method and path, still percent-encoded, without the query; whatever is not printable ASCII is encoded too. */
export function throughOf(req: IncomingMessage & { readonly originalUrl?: string }): string {
  return `${req.method} ${pathAsSent(req.originalUrl ?? req.url ?? '')}`
}

/** The path of a request's target as it was sent, at most 200 characters. */
export function pathAsSent(target: string): string {
  const [path = ''] = target.split('?')
  return path
    .slice(0, MOST_CHARACTERS)
    .replace(/[^\x21-\x7e]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .slice(0, MOST_CHARACTERS)
}
