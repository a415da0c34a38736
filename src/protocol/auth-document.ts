/** The auth metadata document that each server publishes, and the reader that takes all of them (facts/protocol.md 1). */
import { type Certificate, readCertificate } from './certificate.ts'
import type { AppId } from './ids.ts'
import { readThumbprint } from './jws.ts'
import { accept, type Outcome, refuse } from './outcome.ts'
import { formatPrincipal, type Principal, parsePrincipal } from './principal.ts'
import { isJsonObject, type JsonObject, kindOf, parseStrictObject } from './strict-json.ts'

/** What there is to publish. */
export interface PublishedServer {
  readonly name: string
  readonly application: Principal
  readonly documentId: string
  readonly location: string
  readonly certificates: readonly Certificate[]
  /** Where a token server issues tokens; absent for whoever issues none to others. */
  readonly issuance?: string
}

/** The shape Exchange and Lync write: all members, names in lower case. */
export function writeFullDocument(server: PublishedServer): JsonObject {
  const issuer = formatPrincipal(server.application)
  return {
    id: `_${server.documentId}`,
    version: '1.0',
    name: server.name,
    realm: server.application.realm,
    serviceName: server.application.appId,
    issuer,
    allowedAudiences: [issuer],
    keys: server.certificates.map((certificate) => ({
      usage: 'signing',
      keyinfo: { x5t: certificate.x5t },
      keyvalue: { type: 'x509Certificate', value: certificate.der },
    })),
    endpoints: [
      { location: server.location, protocol: 'OAuth2', usage: 'metadata' },
      ...(server.issuance === undefined
        ? []
        : [{ location: server.issuance, protocol: 'OAuth2', usage: 'issuance' }]),
    ],
  }
}

/** The shape SharePoint writes: five members, no thumbprint, the principal id for a name. */
export function writeSharePointDocument(server: PublishedServer): JsonObject {
  return {
    issuer: formatPrincipal(server.application),
    keys: server.certificates.map((certificate) => ({
      keyValue: { type: 'x509certificate', value: certificate.der },
      usage: 'Signing',
    })),
    name: server.application.appId,
    serviceName: server.application.appId,
  }
}

/** What a document says of the server that wrote it. `issuer` is kept letter for letter: tokens are compared with it. */
export interface AuthDocument extends Principal {
  readonly issuer: string
  readonly name?: string
  /** Where it issues tokens to others, an https URL, if it says so. */
  readonly issuance?: string
  readonly certificates: readonly Certificate[]
}

const MOST_KEYS = 20
const RULES = {
  depth: 8,
  notJson: 'document_not_json',
  duplicate: 'document_member_malformed',
  tooDeep: 'document_member_malformed',
} as const

/** Reads a document as text. Wrong ones are refused with the member named. */
export function parseAuthDocument(text: string): Outcome<AuthDocument> {
  const object = parseStrictObject(text.replace(/^\uFEFF/, ''), 'document', RULES)
  return object.ok ? readAuthDocument(object.value) : object
}

/** Reads a document that is JSON already. Member names count without regard to case; unknown members are ignored. */
export function readAuthDocument(json: JsonObject): Outcome<AuthDocument> {
  const document = members(json, 'document')
  if (!document.ok) return document
  const get = document.value

  const issuerText = textOf(get('issuer'), 'issuer')
  if (!issuerText.ok) return issuerText
  const service = textOf(get('serviceName'), 'serviceName')
  if (!service.ok) return service
  const realm = textOf(get('realm'), 'realm')
  if (!realm.ok) return realm
  const name = textOf(get('name'), 'name')
  if (!name.ok) return name

  // SharePoint leaves the realm out; a document without an issuer still names one by its other two members.
  if (issuerText.value === undefined && (service.value === undefined || realm.value === undefined)) {
    return refuse('document_member_missing', { at: 'issuer', expected: '<application id>@<realm>' })
  }
  const issuer = issuerText.value ?? `${service.value}@${realm.value}`
  const principal = parsePrincipal(issuer)
  if (principal === undefined) return malformed('issuer', '<application id>@<realm>', issuer)
  if (service.value !== undefined && !sameId(service.value, principal.appId)) {
    return malformed('serviceName', `${principal.appId}, as in issuer`, service.value)
  }
  if (realm.value !== undefined && realm.value !== principal.realm) {
    return malformed('realm', `${principal.realm}, as in issuer`, realm.value)
  }
  const certificates = readKeys(get('keys'))
  if (!certificates.ok) return certificates
  const issuance = issuanceIn(get('endpoints'))
  return accept({
    ...principal,
    issuer,
    ...(name.value !== undefined && { name: name.value }),
    ...(issuance !== undefined && { issuance }),
    certificates: certificates.value,
  })
}

// Many documents have none, and what is no endpoint for tokens over https is none that could be used.
function issuanceIn(endpoints: unknown): string | undefined {
  if (!Array.isArray(endpoints)) return undefined
  for (const endpoint of endpoints) {
    const read = members(endpoint, 'endpoints')
    if (!read.ok) continue
    const [usage, protocol, location] = ['usage', 'protocol', 'location'].map((name) => read.value(name))
    const isIssuance =
      String(usage).toLowerCase() === 'issuance' && String(protocol).toLowerCase() === 'oauth2'
    if (isIssuance && typeof location === 'string' && isHttps(location)) return location
  }
  return undefined
}

function isHttps(text: string): boolean {
  return text.length <= 2048 && URL.canParse(text) && new URL(text).protocol === 'https:'
}

function readKeys(keys: unknown): Outcome<Certificate[]> {
  if (keys === undefined)
    return refuse('document_member_missing', { at: 'keys', expected: 'at least one signing key' })
  if (!Array.isArray(keys)) return malformed('keys', 'an array', kindOf(keys))
  if (keys.length > MOST_KEYS) return malformed('keys', `at most ${MOST_KEYS} keys`, `${keys.length}`)
  const certificates: Certificate[] = []
  for (const [index, key] of keys.entries()) {
    const certificate = readKey(key, `keys[${index}]`)
    if (!certificate.ok) return certificate
    const { value } = certificate
    if (value !== undefined && !certificates.some(({ x5t }) => x5t === value.x5t)) certificates.push(value)
  }
  if (certificates.length === 0) {
    return refuse('document_member_missing', { at: 'keys', expected: 'at least one signing key' })
  }
  return accept(certificates)
}

// A key for another use, or of another kind, is somebody else's business: undefined.
function readKey(json: unknown, at: string): Outcome<Certificate | undefined> {
  const key = members(json, at)
  if (!key.ok) return key
  const usage = textOf(key.value('usage'), `${at}.usage`)
  if (!usage.ok) return usage
  if (usage.value !== undefined && usage.value.toLowerCase() !== 'signing') return accept(undefined)

  if (key.value('keyvalue') === undefined) return refuse('document_member_missing', { at: `${at}.keyvalue` })
  const keyvalue = members(key.value('keyvalue'), `${at}.keyvalue`)
  if (!keyvalue.ok) return keyvalue
  const type = textOf(keyvalue.value('type'), `${at}.keyvalue.type`)
  if (!type.ok) return type
  if (type.value !== undefined && type.value.toLowerCase() !== 'x509certificate') return accept(undefined)
  const value = textOf(keyvalue.value('value'), `${at}.keyvalue.value`)
  if (!value.ok) return value
  if (value.value === undefined) return refuse('document_member_missing', { at: `${at}.keyvalue.value` })
  const certificate = readCertificate(value.value, `${at}.keyvalue.value`)
  if (!certificate.ok) return certificate

  if (key.value('keyinfo') !== undefined) {
    const keyinfo = members(key.value('keyinfo'), `${at}.keyinfo`)
    if (!keyinfo.ok) return keyinfo
    const x5t = textOf(keyinfo.value('x5t'), `${at}.keyinfo.x5t`)
    if (!x5t.ok) return x5t
    if (x5t.value !== undefined && readThumbprint(x5t.value) !== certificate.value.x5t) {
      return malformed(
        `${at}.keyinfo.x5t`,
        `${certificate.value.x5t}, the thumbprint of the certificate beside it`,
        x5t.value,
      )
    }
  }
  return certificate
}

// Exchange writes `keyvalue`, SharePoint `keyValue`. Two members that differ in case only are a contradiction.
function members(json: unknown, at: string): Outcome<(name: string) => unknown> {
  if (!isJsonObject(json)) return malformed(at, 'an object', kindOf(json))
  const byName = new Map<string, unknown>()
  for (const [name, value] of Object.entries(json)) {
    const key = name.toLowerCase()
    if (byName.has(key)) return malformed(`${at}.${name}`, 'each member once, whatever its case', 'it twice')
    byName.set(key, value)
  }
  return accept((name) => byName.get(name.toLowerCase()) ?? undefined)
}

function textOf(value: unknown, at: string): Outcome<string | undefined> {
  if (value === undefined || value === '') return accept(undefined)
  return typeof value === 'string' ? accept(value) : malformed(at, 'a string', kindOf(value))
}

function malformed(at: string, expected: string, seen: string) {
  return refuse('document_member_malformed', { at, expected, seen: seen.slice(0, 120) })
}

function sameId(text: string, appId: AppId): boolean {
  return text.toLowerCase() === appId
}
