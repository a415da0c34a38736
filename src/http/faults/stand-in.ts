/**
 * A stand-in for a partner that is to fail: a real HTTPS server on this machine, opened for one request. What the calling
 * server then meets is no make-believe: a socket, a handshake, an answer, each with its own limits and errors.
 */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TlsFiles } from '../app-server.ts'
import { MAX_DOCUMENT_BYTES } from '../fetch-guard.ts'
import type { Fault } from './plan.ts'

export interface StandIn {
  /** On 127.0.0.1. */
  readonly port: number
  close(): Promise<void>
}

export interface StandInParts {
  /** A certificate for `localhost` that the caller trusts: its own. */
  readonly tls: TlsFiles
  /** One for `localhost` that nobody trusts. */
  readonly strangersTls: () => Promise<TlsFiles>
  /** Of `stale`: the document. */
  readonly stale?: string
}

const DRIP_MS = 1_000
// Above what is read of a document, and in many parts above what is read of any answer.
const PART = Buffer.alloc(MAX_DOCUMENT_BYTES / 8, ' ')
const PARTS = 80

/** Undefined where the request is to go to the partner itself. */
export async function openStandIn(
  { kind, status = 500 }: Fault,
  { tls, strangersTls, stale }: StandInParts,
): Promise<StandIn | undefined> {
  if (kind === 'well' || kind === 'skew') return undefined
  const files = kind === 'wrong-certificate' ? await strangersTls() : tls
  const server = createServer({ ...files, minVersion: 'TLSv1.2' }, (_, res) => {
    const json = { 'content-type': 'application/json' }
    switch (kind) {
      case 'slow': {
        res.writeHead(200, json).write('{')
        const drip = setInterval(() => res.write(' '), DRIP_MS)
        res.on('close', () => clearInterval(drip))
        return
      }
      case 'truncated':
        res.writeHead(200, { ...json, 'content-length': '1000' }).write('{"id": ')
        setImmediate(() => res.destroy())
        return
      case 'huge': {
        res.writeHead(200, json)
        let left = PARTS
        const more = () => {
          while (left-- > 0) if (!res.write(PART)) return void res.once('drain', more)
          res.end()
        }
        return more()
      }
      case 'redirect':
        res.writeHead(302, { location: 'https://elsewhere.invalid/' }).end()
        return
      case 'stale':
        res.writeHead(200, json).end(stale ?? '')
        return
      case 'status':
      case 'down':
      case 'wrong-certificate':
        res.writeHead(status).end()
        return
    }
  })
  server.on('tlsClientError', () => undefined) // whoever does not trust it ends the handshake
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  if (kind !== 'down') return { port, close }
  await close() // a port at which nobody listens any longer
  return { port, close: async () => undefined }
}
