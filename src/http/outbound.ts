/** The one client for calls to other servers: HTTPS, verified, guarded, no redirects, bounded answers. */
import { isUtf8 } from 'node:buffer'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { Agent, Dispatcher } from 'undici'
import type { OutboundReply, OutboundRequest } from '../products/product.ts'
import { errorCode } from '../protocol/error-code.ts'
import { accept, type Outcome, refuse } from '../protocol/outcome.ts'
import { FETCHER_HEADER } from '../trust/document-fetches.ts'
import type { Download } from '../trust/partner-keys.ts'
import type { Faults } from './faults/faults.ts'
import type { StandIn } from './faults/stand-in.ts'
import {
  CERTIFICATE_DOCUMENT,
  type DocumentType,
  distrustOf,
  type GuardOptions,
  JSON_DOCUMENT,
  MAX_DOCUMENT_BYTES,
  openGuard,
  readDocumentUrl,
  readHints,
  refuseFailure,
  refuseHead,
  refuseLarge,
  refuseSlow,
} from './fetch-guard.ts'

/** Where a host name really is. */
export interface Route {
  readonly address: string
  readonly port: number
}

export interface OutboundOptions {
  /** PEM of the certificate authorities that partners' TLS certificates must come from; absent: those of the system. */
  readonly ca?: string | readonly string[]
  /** Where a host name really is, when DNS does not know it: `autodiscover.litwareinc.com` → 127.0.0.1:8441. */
  readonly routes: ReadonlyMap<string, Route>
  readonly guard: GuardOptions
  /** Who fetches documents, told to those who publish them; absent: nobody says. */
  readonly issuer?: string | (() => string)
  /** In a lab: who answers instead of the one who is asked, because it is to go wrong. */
  readonly faults?: Pick<Faults, 'standIn'>
  /** How long a download may take in all; of a call the connection, the head, and each part of the answer, and four times as long all of it. */
  readonly timeoutMs?: number
}

export interface Outbound {
  send(call: OutboundCall): Promise<OutboundReply>
  /** Downloads an auth metadata document; the authority (PEM) is trusted besides, for this download. */
  download: Download
  /** Downloads one certificate, in DER or PEM, by the same rules. */
  downloadRoot(url: string): Promise<Outcome<Buffer>>
  close(): Promise<void>
}

type OutboundCall = Omit<OutboundRequest, 'method'> & { readonly method: Dispatcher.HttpMethod }

const NOT_MODIFIED = 304
const DEFAULT_TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
const PARTS_IN_TIME = 4
// Of a name with several addresses, so that one that is dead leaves time for the next.
const ATTEMPT_MS = 1_000
// The client is dear to load, and a server that starts calls nobody yet.
const loadClient = async () => (await import('undici')).default
type Client = Awaited<ReturnType<typeof loadClient>>
// Agents that are kept, each with its connections: partners with authorities of their own are few.
const MAX_AGENTS = 32

export function openOutbound(options: OutboundOptions): Outbound {
  const { ca, routes, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const guard = openGuard(options.guard)
  const known = new Map<string, { readonly secureContext?: SecureContext; readonly agent: Agent }>()

  const openAgent = (client: Client, secureContext?: SecureContext, standIn?: StandIn): Agent => {
    const connect = client.buildConnector({
      timeout: timeoutMs,
      // Said, so that NODE_TLS_REJECT_UNAUTHORIZED cannot say otherwise.
      rejectUnauthorized: true,
      lookup: guard.lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
      ...(secureContext !== undefined && { secureContext }),
    })
    return new client.Agent({
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect(called, callback) {
        if (standIn !== undefined) {
          const instead = { hostname: '127.0.0.1', port: String(standIn.port), servername: 'localhost' }
          return connect({ ...called, ...instead }, callback)
        }
        const route = routes.get(called.hostname)
        // A name of the lab is meant whether it stands with the lab's port or, as in a runbook, without one.
        const meant = route !== undefined && ['', '443', String(route.port)].includes(called.port)
        const target = meant ? { hostname: route.address, port: String(route.port) } : called
        const forbidden = guard.refuseAddress(called.hostname, target.hostname)
        if (forbidden !== undefined) callback(forbidden, null)
        else
          connect(
            meant ? { ...called, ...target, servername: called.servername ?? called.hostname } : called,
            callback,
          )
      },
    })
  }

  // A connection that one partner's authority vouched for is never used for a call to another.
  const trusting = (client: Client, certificateAuthority = '') => {
    const found = known.get(certificateAuthority)
    if (found !== undefined) return found
    const roots =
      certificateAuthority === '' ? ca : [...[ca ?? rootCertificates].flat(), certificateAuthority]
    const secureContext = roots === undefined ? undefined : createSecureContext({ ca: [...[roots].flat()] })
    const made = {
      ...(secureContext !== undefined && { secureContext }),
      agent: openAgent(client, secureContext),
    }
    const [oldest] = known
    if (known.size >= MAX_AGENTS && oldest !== undefined) {
      known.delete(oldest[0])
      void oldest[1].agent.close()
    }
    known.set(certificateAuthority, made)
    return made
  }

  return {
    async send({ method, url, headers, body, certificateAuthority, isRepeatable = method === 'GET' }) {
      if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
        return { answered: false, why: `not an https URL: ${url.slice(0, 120)}` }
      }
      const client = await loadClient()
      const trusted = trusting(client, certificateAuthority)
      const standIn = await options.faults?.standIn('calls', url)
      const agent = standIn === undefined ? trusted.agent : openAgent(client, trusted.secureContext, standIn)
      // Over all its parts, each of which may come just in time.
      const deadline = AbortSignal.timeout(timeoutMs * PARTS_IN_TIME)
      const call = {
        ...{ dispatcher: agent, method, signal: deadline, headers: { ...headers } },
        ...(body !== undefined && { body }),
      }
      try {
        const answer = await client.request(url, call).catch((error: unknown) => {
          // A connection kept from before may have ended meanwhile: the server was restarted, say.
          if (isRepeatable && errorCode(error) === 'UND_ERR_SOCKET') return client.request(url, call)
          throw error
        })
        const bytes = await bounded(answer.body, MAX_ANSWER_BYTES)
        if (bytes === undefined)
          return { answered: false, why: `the answer is larger than ${MAX_ANSWER_BYTES} bytes` }
        return {
          answered: true,
          status: answer.statusCode,
          header: (name) => [answer.headers[name.toLowerCase()] ?? []].flat(),
          body: bytes.toString('utf8'),
        }
      } catch (error) {
        if (deadline.aborted)
          return { answered: false, why: `no whole answer within ${(timeoutMs * PARTS_IN_TIME) / 1000} s` }
        const code = errorCode(error)
        if (code === undefined) throw error
        const distrust = distrustOf(code)
        return { answered: false, why: reasonOf(error), ...(distrust !== undefined && { distrust }) }
      } finally {
        if (standIn !== undefined) {
          await agent.destroy()
          await standIn.close()
        }
      }
    },

    async download(text, certificateAuthority, etag) {
      const { issuer } = options
      const fetched = await fetchDocument(text, JSON_DOCUMENT, certificateAuthority, {
        ...(etag !== undefined && { 'if-none-match': etag }),
        ...(issuer !== undefined && { [FETCHER_HEADER]: typeof issuer === 'string' ? issuer : issuer() }),
      })
      if (!fetched.ok) return fetched
      const { document, hints } = fetched.value
      if (document === undefined) return accept(hints)
      // What does not decode in one way may be read in two.
      if (!isUtf8(document)) return refuse('document_not_json', { at: 'document', expected: 'UTF-8' })
      return accept({ text: document.toString('utf8'), ...hints })
    },

    async downloadRoot(text) {
      const fetched = await fetchDocument(text, CERTIFICATE_DOCUMENT, undefined, {})
      return fetched.ok ? accept(fetched.value.document ?? Buffer.alloc(0)) : fetched
    },

    async close() {
      await Promise.all([...known.values()].map(({ agent }) => agent.destroy()))
    },
  }

  // Undefined for a document that the host says is still the one that is here.
  async function fetchDocument(
    text: string,
    type: DocumentType,
    certificateAuthority: string | undefined,
    more: Readonly<Record<string, string>>,
  ): Promise<Outcome<{ readonly document?: Buffer; readonly hints: ReturnType<typeof readHints> }>> {
    const url = readDocumentUrl(text)
    if (!url.ok) return url
    const standIn = await options.faults?.standIn('documents', url.value.href)
    const deadline = AbortSignal.timeout(timeoutMs)
    // A connection of its own, so that nothing of the answer outlives this call.
    const client = await loadClient()
    const agent = openAgent(client, trusting(client, certificateAuthority).secureContext, standIn)
    try {
      const { statusCode, headers, body } = await client.request(url.value, {
        dispatcher: agent,
        headers: {
          accept: type.name,
          'accept-encoding': 'identity',
          ...more,
        },
        signal: deadline,
      })
      body.on('error', () => undefined) // it is heard below, if it is read at all
      const header = (name: string) => [headers[name] ?? []].flat().join(', ') || undefined
      // Only when it was asked so: otherwise there is nothing here that could be the same.
      if (statusCode === NOT_MODIFIED && more['if-none-match'] !== undefined)
        return accept({ hints: readHints(header) })
      const refusal = refuseHead(url.value, statusCode, header, type)
      if (refusal !== undefined) return refusal
      const document = await bounded(body, MAX_DOCUMENT_BYTES)
      if (document === undefined) return refuseLarge(`more from ${url.value.host}`)
      return accept({ document, hints: readHints(header) })
    } catch (error) {
      if (deadline.aborted || isTimeout(error)) return refuseSlow(url.value, timeoutMs)
      const refusal = refuseFailure(url.value, error, reasonOf(error))
      if (refusal === undefined) throw error
      return refusal
    } finally {
      await agent.destroy()
      await standIn?.close()
    }
  }
}

/** The system's roots and one's own authority, for `ca`: whom partners on the Internet and in the house are known by. */
export function withSystemRoots(authority: string): readonly string[] {
  return [...rootCertificates, authority]
}

async function bounded(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

function isTimeout(error: unknown): boolean {
  return /^UND_ERR_\w+_TIMEOUT$/.test(errorCode(error) ?? '')
}

function reasonOf(error: unknown): string {
  const { message, errors = [] } = error as Error & { errors?: Error[] }
  // What undici says of an answer that it holds for impossible, such as 101, is about undici.
  if (errorCode(error) === 'ERR_ASSERTION' || message === 'bad upgrade')
    return 'its answer is none that was asked for in HTTP/1.1'
  // Of a name with several addresses the error has no message of its own.
  return message || errors.map((one) => one.message).join(', ')
}
