/** Reading a request's body: bounded, in the media types that are wanted, and never before it is. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodingOf } from '../products/xml.ts'

export const MAX_BODY_BYTES = 1024 * 1024

export type BodyFault = { readonly status: 400 | 413 | 415; readonly title: string; readonly detail: string }
export type BodyRead = { readonly ok: true; readonly body: Buffer } | ({ readonly ok: false } & BodyFault)

/**
 * The body, if its media type is among `accepts` (any, if absent) and its encoding is UTF-8 or unsaid, and it has at
 * most `largest` bytes. XML may be UTF-16; what its media type says of the encoding must be what it is.
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
  if (declared > largest) {
    // Who waits to be told to go on has sent nothing yet.
    if (req.headers.expect === undefined) await passOver(req)
    return tooLarge(res, largest)
  }
  if (req.headers.expect !== undefined) res.writeContinue()

  const body = hasBody ? await takeIn(req, largest) : NOTHING
  if (body === 'too much') {
    await passOver(req)
    return tooLarge(res, largest)
  }
  if (body === 'broken off')
    return { ok: false, status: 400, title: 'The request broke off', detail: 'expected the whole body' }
  const mismatch = accepts === undefined ? undefined : encodingFault(req, body)
  return mismatch === undefined ? { ok: true, body } : { ok: false, ...mismatch }
}

const NOTHING = Buffer.alloc(0)

// With what the stream tells by itself: to go through it with `for await` takes as long as to read a form.
function takeIn(req: IncomingMessage, largest: number): Promise<Buffer | 'too much' | 'broken off'> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = []
    let size = 0
    const leave = () => req.off('data', take).off('end', end).off('close', close).off('error', fail)
    const take = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= largest) return
      leave().pause()
      done('too much')
    }
    const end = () => {
      leave()
      const [first = NOTHING] = chunks
      done(chunks.length > 1 ? Buffer.concat(chunks, size) : first)
    }
    const close = () => {
      leave()
      done('broken off')
    }
    const fail = (error: Error) => {
      leave()
      if (req.destroyed) done('broken off')
      else failed(error)
    }
    // One that is gone says nothing any more.
    if (req.destroyed) return done('broken off')
    req.on('data', take).on('end', end).on('close', close).on('error', fail)
  })
}

// To end a connection while the client still sends takes the answer away from it. So some of what is too much is taken in and
// forgotten; whoever sends on after that is cut off.
const PASSED_OVER = { bytes: 32 * 1024 * 1024, milliseconds: 5000 }

function passOver(req: IncomingMessage): Promise<void> {
  return new Promise((done) => {
    let left = PASSED_OVER.bytes
    const take = (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) end()
    }
    const end = () => {
      clearTimeout(timer)
      req.off('data', take).off('end', end).off('close', end).off('error', end).pause()
      done()
    }
    const timer = setTimeout(end, PASSED_OVER.milliseconds)
    req.on('data', take).on('end', end).on('close', end).on('error', end).resume()
  })
}

// The connection ends with the answer.
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
  const { type, charset } = mediaTypeOf(req)
  if (!accepts.includes(type)) {
    return unsupported('Content-Type', accepts.join(' or '), type || (hasBody ? 'none' : 'no body'))
  }
  const charsets = type.endsWith('/xml') ? [...CHARSETS, ...CHARSETS_OF_XML] : CHARSETS
  if (charset !== undefined && !charsets.includes(charset)) return unsupported('charset', 'utf-8', charset)
  return undefined
}

function mediaTypeOf(req: IncomingMessage): { readonly type: string; readonly charset: string | undefined } {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters
    .find((part) => part.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  return { type, charset }
}

// What the media type says counts before what the document says of itself (RFC 7303, 3.2).
function encodingFault(req: IncomingMessage, body: Buffer): BodyFault | undefined {
  const { type, charset } = mediaTypeOf(req)
  if (!type.endsWith('/xml') || charset === undefined) return undefined
  const { name, declared } = encodingOf(body)
  const isSo = name === 'UTF-8' ? CHARSETS.includes(charset) : declared.test(charset)
  return isSo ? undefined : unsupported('charset', `${name}, which the body is in`, charset)
}

function unsupported(field: string, expected: string, seen: string): BodyFault {
  return {
    status: 415,
    title: 'The body is of a kind that is not accepted here',
    detail: `${field}: expected ${expected}, saw ${JSON.stringify(seen.slice(0, 80))}`,
  }
}
