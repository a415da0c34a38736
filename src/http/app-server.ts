/** An HTTPS server around an empty Express app, with limits for what strangers send. */
import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import express, { type Express } from 'express'
import { keepConnectionsFair } from './fair-connections.ts'

export interface TlsFiles {
  readonly key: string
  readonly cert: string
}

/** A header section over this is answered with 431 by Node itself. */
const MAX_HEADER_BYTES = 16 * 1024

/** How long a client may take, and how many there may be: one that is slow on purpose must not hold what others need. */
export interface ConnectionLimits {
  /** Until TLS stands. Node's own two minutes let a client that says nothing hold a socket for as long. */
  readonly handshakeMs: number
  /** Until the last header is there. 16 KiB take no honest client seconds. */
  readonly headersMs: number
  /** Until the last byte of the body is there: 1 MiB at 18 KB a second. How long the answer takes is another matter. */
  readonly requestMs: number
  /** Between two requests on one connection. Clients are told (Keep-Alive), so that none sends into a closed one. */
  readonly idleMs: number
  /** Without a byte in either direction, whatever is going on; above the longest test that an administrator runs. */
  readonly silenceMs: number
  /** How often Node looks for those who are late: with its own half minute a limit of 20 s may be one of 50. */
  readonly checkEveryMs: number
  /** At once. Beyond that new ones are closed unanswered, so that those who are in are served. */
  readonly connections: number
  /** At once from one address, so that one alone cannot take them all. */
  readonly connectionsPerAddress: number
  /** At once from one address before TLS stands. Beyond that the oldest of them goes: it had the longest time to speak. */
  readonly handshakesPerAddress: number
}

// The number of requests on a connection has no limit: whoever behaves may go on, and an end of it would free nothing.
export const CONNECTION_LIMITS: ConnectionLimits = {
  handshakeMs: 10_000,
  headersMs: 20_000,
  requestMs: 60_000,
  idleMs: 5_000,
  silenceMs: 120_000,
  checkEveryMs: 2_000,
  connections: 1_000,
  connectionsPerAddress: 500,
  handshakesPerAddress: 100,
}

/** A path that cannot be decoded. */
const UNREADABLE = '/%'

/** The app is filled once the port is known. */
export function createAppServer(
  tls: TlsFiles,
  limits: ConnectionLimits = CONNECTION_LIMITS,
): { server: Server; app: Express } {
  const app = express()
  // Express answers by itself what comes out of the last of our handlers: a request target in which it finds no path gets
  // there past all of them. With one that is never good it goes the way of all others.
  const answer = (req: IncomingMessage & { originalUrl?: string }, res: ServerResponse) => {
    app(req as never, res as never, (error?: unknown) => {
      if (error !== undefined || res.headersSent || req.url === UNREADABLE) return req.socket.destroy()
      req.originalUrl = req.url ?? ''
      req.url = UNREADABLE
      return answer(req, res)
    })
  }
  const server = createServer(
    {
      ...tls,
      minVersion: 'TLSv1.2',
      maxHeaderSize: MAX_HEADER_BYTES,
      handshakeTimeout: limits.handshakeMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      ...withPrototypesOf(app),
    },
    answer,
  )
  server.timeout = limits.silenceMs
  server.maxConnections = limits.connections
  // All of what fits into MAX_HEADER_BYTES is looked at: by itself Node passes over what comes after a thousand headers, and so over a
  // second credential.
  server.maxHeadersCount = 0
  // A caller that waits for "100 Continue" is answered at once: a 401 needs no body. Whoever reads the body says continue.
  server.on('checkContinue', answer)
  keepConnectionsFair(server, limits)
  return { server, app }
}

/**
 * Options for a Node server in front of an Express app. Before Node 24 Express' setPrototypeOf on every request costs two
 * thirds of its speed; objects that are born with the right prototype make it a no-op. Empty on Node 24 and later.
 */
export function withPrototypesOf(app: Express): Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  if (Number(process.versions.node.split('.')[0]) >= 24) return {}
  class Request extends IncomingMessage {}
  class Response<T extends IncomingMessage = IncomingMessage> extends ServerResponse<T> {}
  Object.setPrototypeOf(Request.prototype, app.request)
  Object.setPrototypeOf(Response.prototype, app.response)
  app.request = Request.prototype as unknown as Express['request']
  app.response = Response.prototype as unknown as Express['response']
  return { IncomingMessage: Request as typeof IncomingMessage, ServerResponse: Response }
}
