/**
 * What this server lets itself be sent to, and what it takes from there. Where partners and administrators name the URL,
 * the server must not become their arm into its own network (facts/attacks.md 22).
 */
import { isIP, type LookupFunction } from 'node:net'
import type { TlsDistrust } from '../products/product.ts'
import { errorCode } from '../protocol/error-code.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import type { Downloaded } from '../trust/partner-keys.ts'
import { isPublicAddress } from './public-address.ts'

/** The addresses of a host name, in the order in which they are to be tried. */
export type Resolve = (host: string) => Promise<readonly string[]>

export interface GuardOptions {
  /** Host names and addresses, as they stand in a URL, that may be called wherever they are. */
  readonly allow: readonly string[]
  readonly resolve: Resolve
}

export interface FetchGuard {
  /** Whether `dialled` is an address that a URL with this `host` must not lead to. Addresses are never looked up. */
  refuseAddress(host: string, dialled: string): ForbiddenAddressError | undefined
  /** Resolves a host name for a connection that is being made, so that no second answer can differ from the one seen. */
  readonly lookup: LookupFunction
}

/** A host is, among others, at an address that is not public. */
export class ForbiddenAddressError extends Error {
  readonly code = 'ADDRESS_FORBIDDEN'
  constructor(host: string, address: string) {
    super(`${host === address ? host : `${host} is at ${address}, which`} is not an address of the Internet`)
    this.name = 'ForbiddenAddressError'
  }
}

export function openGuard({ allow, resolve }: GuardOptions): FetchGuard {
  const allowed = new Set(allow.map(asInUrl))
  const resolveChecked = async (host: string) => {
    const addresses = await resolve(host)
    if (addresses.length === 0)
      throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' })
    // One bad answer spoils the name: no honest name is half public.
    const bad = addresses.find((address) => !isPublicAddress(address))
    if (bad !== undefined && !allowed.has(asInUrl(host))) throw new ForbiddenAddressError(host, bad)
    return addresses.map((address) => ({ address, family: isIP(address) }))
  }
  return {
    refuseAddress: (host, dialled) =>
      isIP(dialled) === 0 || isPublicAddress(dialled) || allowed.has(asInUrl(host))
        ? undefined
        : new ForbiddenAddressError(host, dialled),
    lookup(host, options, callback) {
      resolveChecked(host).then(
        (addresses) => {
          const [first] = addresses
          if (options.all === true) callback(null, addresses)
          else callback(null, first?.address ?? '', first?.family)
        },
        (error) => callback(error, []),
      )
    },
  }
}

// `::1`, `[::1]` and `0:0:0:0:0:0:0:1` are one host, and so are `Localhost` and `localhost`.
function asInUrl(host: string): string {
  const url = `https://${isIP(host) === 6 ? `[${host}]` : host}`
  return URL.canParse(url) ? new URL(url).hostname : host
}

/** The most an auth metadata document may have. */
export const MAX_DOCUMENT_BYTES = 512 * 1024

/** What a download says it is, by its `Content-Type`. */
export interface DocumentType {
  readonly name: string
  readonly pattern: RegExp
}

export const JSON_DOCUMENT: DocumentType = {
  name: 'application/json',
  pattern: /^(application\/json|text\/json|application\/[a-z0-9.-]+\+json)\s*(;|$)/i,
}

/** One certificate, as `/rootcertificate` has it and as others serve them. */
export const CERTIFICATE_DOCUMENT: DocumentType = {
  name: 'application/x-x509-ca-cert',
  pattern: /^application\/(x-x509-(ca|user)-cert|pkix-cert|x-pem-file|octet-stream)\s*(;|$)/i,
}

/** A URL from which a document may be downloaded, as far as the text alone can tell. */
export function readDocumentUrl(text: string): Outcome<URL> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const forbidden = (seen: string) =>
    refuse('metadata_url_forbidden', { at, expected: 'an https URL without user and password', seen })
  if (url === undefined) return forbidden('something else')
  if (url.protocol !== 'https:') return forbidden(`a URL of ${url.protocol}`)
  // Not repeated: a password may be in it.
  if (url.username !== '' || url.password !== '') return forbidden(`a user or password for ${url.host}`)
  return accept(url)
}

/** What the head of an answer says against reading on. */
export function refuseHead(
  url: URL,
  status: number,
  header: (name: string) => string | undefined,
  { name, pattern }: DocumentType = JSON_DOCUMENT,
): Refusal | undefined {
  if (status >= 300 && status < 400) {
    const seen = `HTTP ${status} from ${url.host} to ${header('location')?.slice(0, 200) ?? 'nowhere'}`
    return refuse('metadata_redirected', { at, expected: 'the document itself', seen })
  }
  if (status !== 200) return refuseUnreachable(`HTTP ${status} from ${url.host}`)
  // It was asked for as it is; what comes packed all the same is not unpacked, so that it cannot burst.
  const encoding = header('content-encoding') ?? 'identity'
  if (encoding.trim().toLowerCase() !== 'identity') {
    const seen = `content-encoding ${encoding.slice(0, 100)} from ${url.host}`
    return refuse('metadata_compressed', { at, expected: 'no content-encoding', seen })
  }
  // A host that does not say is taken at its word; what it sent is read strictly anyway.
  const type = header('content-type')
  if (type !== undefined && !pattern.test(type)) {
    const seen = `content-type ${type.slice(0, 100)} from ${url.host}`
    return refuse('metadata_wrong_type', { at, expected: name, seen })
  }
  const length = header('content-length')
  return Number(length ?? 0) > MAX_DOCUMENT_BYTES
    ? refuseLarge(`${length} bytes from ${url.host}`)
    : undefined
}

const LONGEST_ETAG = 200

/** What the head of an answer says of keeping the document: its name, and for how long (RFC 9111, 5.2.2.1). */
export function readHints(header: (name: string) => string | undefined): Pick<Downloaded, 'etag' | 'maxAge'> {
  const etag = header('etag')
  const isUsable =
    etag !== undefined && /^(W\/)?"[\x21\x23-\x7e]*"$/.test(etag) && etag.length <= LONGEST_ETAG
  const control = (header('cache-control') ?? '').toLowerCase()
  const [, seconds] = /(?:^|[\s,])max-age="?([0-9]{1,10})"?(?:$|[\s,])/.exec(control) ?? []
  const isKept = seconds !== undefined && !/(?:^|[\s,])no-(store|cache)\b/.test(control)
  return { ...(isUsable && { etag }), ...(isKept && { maxAge: Number(seconds) }) }
}

export function refuseLarge(seen: string): Refusal {
  return refuse('metadata_too_large', { at, expected: `at most ${MAX_DOCUMENT_BYTES} bytes`, seen })
}

export function refuseSlow(url: URL, milliseconds: number): Refusal {
  const seen = `no end of it from ${url.host}`
  return refuse('metadata_too_slow', { at, expected: `all of it within ${milliseconds / 1000} s`, seen })
}

/** What went wrong on the way; undefined when it was not the network, but a surprise of ours. */
export function refuseFailure(url: URL, error: unknown, reason: string): Refusal | undefined {
  const code = errorCode(error)
  if (code === undefined) return undefined
  if (error instanceof ForbiddenAddressError) {
    const expected = 'an address of the Internet, or a host that fetch.allow of this server names'
    return refuse('metadata_address_forbidden', { at, expected, seen: reason })
  }
  if (distrustOf(code) !== undefined) {
    const expected = 'a TLS certificate from an authority known here or given as certificateAuthority'
    return refuse('metadata_tls_untrusted', { at, expected, seen: `${code} at ${url.host}: ${reason}` })
  }
  return refuseUnreachable(`${reason} (${url.host})`)
}

function refuseUnreachable(seen: string): Refusal {
  return refuse('metadata_unreachable', { at, expected: 'an auth metadata document', seen })
}

const at = 'metadataUrl'

// How OpenSSL and Node name what is wrong with a chain, a date or a name.
const TLS_DISTRUST: Readonly<Record<string, TlsDistrust>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'authority',
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: 'authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'authority',
  CERT_UNTRUSTED: 'authority',
  CERT_SIGNATURE_FAILURE: 'authority',
  CERT_HAS_EXPIRED: 'date',
  CERT_NOT_YET_VALID: 'date',
  HOSTNAME_MISMATCH: 'name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'name',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'name',
  INVALID_CA: 'other',
  INVALID_PURPOSE: 'other',
  PATH_LENGTH_EXCEEDED: 'other',
  UNSPECIFIED: 'other', // a reason that Node has no name for
}

/** What an error of a connection says of the other's TLS certificate; undefined when it says nothing of it. */
export function distrustOf(code: string): TlsDistrust | undefined {
  if (Object.hasOwn(TLS_DISTRUST, code)) return TLS_DISTRUST[code]
  return /^(CERT|CRL|ERROR_IN_CERT)_/.test(code) ? 'other' : undefined
}
