/** An HTTPS server around an empty Express app, with limits for what strangers send. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import express, { type Express } from 'express'

export interface TlsFiles {
  readonly key: string
  readonly cert: string
}

/** A header section over this is answered with 431 by Node itself. */
const MAX_HEADER_BYTES = 16 * 1024
const HEADERS_TIMEOUT_MS = 20_000
const REQUEST_TIMEOUT_MS = 60_000

/** The app is filled once the port is known. */
export function createAppServer(tls: TlsFiles): { server: Server; app: Express } {
  const app = express()
  const server = createServer(
    {
      ...tls,
      minVersion: 'TLSv1.2',
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      ...withPrototypesOf(app),
    },
    app,
  )
  // A caller that waits for "100 Continue" is answered at once: a 401 needs no body. Whoever reads the body says continue.
  server.on('checkContinue', app)
  return { server, app }
}

// Before Node 24 Express' setPrototypeOf on every request costs two thirds of its speed; objects that are born with the
// right prototype make it a no-op.
function withPrototypesOf(app: Express) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return {}
  class Request extends IncomingMessage {}
  class Response<T extends IncomingMessage = IncomingMessage> extends ServerResponse<T> {}
  Object.setPrototypeOf(Request.prototype, app.request)
  Object.setPrototypeOf(Response.prototype, app.response)
  app.request = Request.prototype as unknown as Express['request']
  app.response = Response.prototype as unknown as Express['response']
  return { IncomingMessage: Request, ServerResponse: Response }
}
