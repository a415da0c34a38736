/** Reading a request's body: bounded, in the media types that are wanted, and never before it is. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export const MAX_BODY_BYTES = 1024 * 1024

export type BodyFault = { readonly status: 400 | 413 | 415; readonly title: string; readonly detail: string }
export type BodyRead = { readonly ok: true; readonly body: Buffer } | ({ readonly ok: false } & BodyFault)

/**
 * The body, if its media type is among `accepts` (any, if absent) and its encoding is UTF-8 or unsaid, and it has at
 * most `largest` bytes; XML, which says its encoding itself, may be UTF-16.
 */
export async function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  accepts: readonly string[] | undefined,
  largest: number = MAX_BODY_BYTES,
): Promise<BodyRead> {
  const declared = Number(req.headers['content-length'] ?? 0)
  const hasBody = declared > 0 || req.headers['transfer-encoding'] !== undefined
  const fault = hasBody || accepts !== undefined ? mediaFault(req, accepts, hasBody) : undefined
  if (fault !== undefined) return { ok: false, ...fault }
  if (declared > largest) return tooLarge(res, largest)
  if (req.headers.expect !== undefined) res.writeContinue()

  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > largest) return tooLarge(res, largest)
      chunks.push(chunk)
    }
  } catch (error) {
    if (!req.destroyed) throw error
    return { ok: false, status: 400, title: 'The request broke off', detail: 'expected the whole body' }
  }
  return { ok: true, body: Buffer.concat(chunks, size) }
}

// What is left of the body is not read: the connection ends with the answer.
function tooLarge(res: ServerResponse, largest: number): BodyRead {
  res.setHeader('connection', 'close')
  return {
    ok: false,
    status: 413,
    title: 'The body is too large',
    detail: `expected at most ${largest} bytes`,
  }
}

const CHARSETS = ['utf-8', 'utf8', 'us-ascii']
const CHARSETS_OF_XML = ['utf-16', 'utf-16le', 'utf-16be']

function mediaFault(
  req: IncomingMessage,
  accepts: readonly string[] | undefined,
  hasBody: boolean,
): BodyFault | undefined {
  const encoding = req.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') return unsupported('Content-Encoding', 'identity', encoding)
  if (accepts === undefined) return undefined
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (!accepts.includes(type)) {
    return unsupported('Content-Type', accepts.join(' or '), type || (hasBody ? 'none' : 'no body'))
  }
  const charset = parameters
    .find((part) => part.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  const charsets = type.endsWith('/xml') ? [...CHARSETS, ...CHARSETS_OF_XML] : CHARSETS
  if (charset !== undefined && !charsets.includes(charset)) return unsupported('charset', 'utf-8', charset)
  return undefined
}

function unsupported(field: string, expected: string, seen: string): BodyFault {
  return {
    status: 415,
    title: 'The body is of a kind that is not accepted here',
    detail: `${field}: expected ${expected}, saw ${JSON.stringify(seen.slice(0, 80))}`,
  }
}
