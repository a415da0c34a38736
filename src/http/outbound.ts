/** The one client for calls to other servers: HTTPS, our own certificate authority, no redirects, bounded answers. */
import { Agent, buildConnector, type Dispatcher, request } from 'undici'
import type { OutboundReply, OutboundRequest } from '../products/product.ts'
import { errorCode } from '../protocol/error-code.ts'
import { accept, type Outcome, refuse } from '../protocol/outcome.ts'

export interface OutboundOptions {
  /** PEM of the certificate authorities that partners' TLS certificates must come from; absent: those of the system. */
  readonly ca?: string
  /** Where a host name really is, when DNS does not know it: `autodiscover.litwareinc.com` → 127.0.0.1:8441. */
  readonly routes: ReadonlyMap<string, { readonly address: string; readonly port: number }>
  /** How long to wait for a connection, for the head and for each part of an answer. */
  readonly timeoutMs?: number
}

export interface Outbound {
  send(call: OutboundCall): Promise<OutboundReply>
  /** Downloads an auth metadata document. */
  download(url: string): Promise<Outcome<string>>
  close(): Promise<void>
}

type OutboundCall = Omit<OutboundRequest, 'method'> & { readonly method: Dispatcher.HttpMethod }

const DEFAULT_TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
const MAX_DOCUMENT_BYTES = 512 * 1024

export function openOutbound({ ca, routes, timeoutMs = DEFAULT_TIMEOUT_MS }: OutboundOptions): Outbound {
  const connect = buildConnector({ timeout: timeoutMs, ...(ca !== undefined && { ca }) })
  const agent = new Agent({
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect(options, callback) {
      const route = routes.get(options.hostname)
      // A name of the lab is meant whether it stands with the lab's port or, as in a runbook, without one.
      const meant = route !== undefined && ['', '443', String(route.port)].includes(options.port)
      const target = { hostname: route?.address ?? '', port: String(route?.port) }
      connect(
        meant ? { ...options, ...target, servername: options.servername ?? options.hostname } : options,
        callback,
      )
    },
  })

  const exchange = async (
    { method, url, headers, body }: OutboundCall,
    limit: number,
  ): Promise<OutboundReply> => {
    if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
      return { answered: false, why: `not an https URL: ${url.slice(0, 120)}` }
    }
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method,
        headers: { ...headers },
        ...(body !== undefined && { body }),
      })
      const text = await bounded(answer.body, limit)
      if (text === undefined) return { answered: false, why: `the answer is larger than ${limit} bytes` }
      return {
        answered: true,
        status: answer.statusCode,
        header: (name) => [answer.headers[name.toLowerCase()] ?? []].flat(),
        body: text,
      }
    } catch (error) {
      return { answered: false, why: reasonOf(error) }
    }
  }

  return {
    send: (call) => exchange(call, MAX_ANSWER_BYTES),

    async download(url) {
      const unreachable = (seen: string) =>
        refuse('metadata_unreachable', { at: 'metadataUrl', expected: 'an auth metadata document', seen })
      const call = { method: 'GET', url, headers: { accept: 'application/json' } } as const
      const reply = await exchange(call, MAX_DOCUMENT_BYTES)
      if (!reply.answered) return unreachable(reply.why)
      return reply.status === 200 ? accept(reply.body) : unreachable(`HTTP ${reply.status}`)
    },

    close: () => agent.destroy(),
  }
}

async function bounded(body: AsyncIterable<Buffer>, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

// What the network may do: named. Anything else is a surprise of ours and goes on up.
function reasonOf(error: unknown): string {
  if (errorCode(error) === undefined) throw error
  const { message, errors = [] } = error as Error & { errors?: Error[] }
  // Of a name with several addresses the error has no message of its own.
  return message || errors.map((one) => one.message).join(', ')
}
