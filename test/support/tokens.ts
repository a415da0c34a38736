/**
 * Tokens for tests, good and bad, made with node:crypto alone: nothing here shares code with the token code under test.
 * The defaults are Lync acting for Ken Myer on Exchange, at a fixed time, with fixed keys.
 */
import { createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Certificate, readCertificate } from '../../src/protocol/certificate.ts'
import type { EpochSeconds, Thumbprint } from '../../src/protocol/ids.ts'
import { type Principal, parsePrincipal } from '../../src/protocol/principal.ts'
import { DEFAULT_SKEW } from '../../src/trust/admit.ts'
import type { Situation } from '../../src/trust/checks.ts'
import type { ServerIdentity } from '../../src/trust/identity.ts'
import type { Partner } from '../../src/trust/partner.ts'

/** 2026-11-21T00:00:00Z */
export const NOW: EpochSeconds = Date.UTC(2026, 10, 21) / 1000
export const SKEW = DEFAULT_SKEW

export const EXCHANGE = '00000002-0000-0ff1-ce00-000000000000@litwareinc.com'
export const LYNC = '00000004-0000-0ff1-ce00-000000000000@litwareinc.com'
export const STRANGER = '00000006-0000-0dd1-ac00-000000000000@fabrikam.com'
export const HOST = 'exchange.litwareinc.com'
export const PORT = 8441
/** The audience of a token for our Exchange server. */
export const AUD = `00000002-0000-0ff1-ce00-000000000000/${HOST}:${PORT}@litwareinc.com`

/** The text of a file beside the test keys. */
export function keyFile(name: string): string {
  return readFileSync(new URL(`../vectors/keys/${name}`, import.meta.url), 'utf8')
}

export interface TestKey {
  readonly pem: string
  readonly privatePem: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly x5t: string
}

function testKey(key: string, certificate = key): TestKey {
  const pem = keyFile(`${certificate}.cert.pem`)
  const privatePem = keyFile(`${key}.key.pem`)
  const { raw, publicKey } = new X509Certificate(pem)
  const x5t = createHash('sha1').update(raw).digest('base64url')
  return { pem, privatePem, privateKey: createPrivateKey(privatePem), publicKey, x5t }
}

export const KEYS = {
  self: testKey('self'),
  partner: testKey('partner'),
  partnerNext: testKey('partner-next'),
  partnerExpired: testKey('partner', 'partner-expired'),
  partnerFuture: testKey('partner', 'partner-future'),
  stranger: testKey('stranger'),
} as const

/** A certificate as the code under test holds it. */
export function certificateOf(key: TestKey): Certificate {
  const read = readCertificate(key.pem, 'test')
  if (!read.ok) throw new Error(`test certificate: ${read.code}`)
  return read.value
}

export function principal(text: string): Principal {
  const parsed = parsePrincipal(text)
  if (parsed === undefined) throw new Error(`test principal: ${text}`)
  return parsed
}

// Raw parts: an object is written as JSON, text and bytes go in as they are.
export type Part = object | string | Buffer

export function encode(part: Part): string {
  const bytes = Buffer.isBuffer(part) ? part : typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(bytes as string).toString('base64url')
}

/** Any three parts as a token. */
export function raw(header: Part, payload: Part, signature: Buffer = Buffer.alloc(0)): string {
  return `${encode(header)}.${encode(payload)}.${signature.toString('base64url')}`
}

/** Any header and payload with a true RS256 signature over them, whatever they say. */
export function signed(header: Part, payload: Part, key: TestKey = KEYS.partner): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key.privateKey).toString('base64url')}`
}

/** The parts of a token as they stand. */
export function partsOf(token: string): [header: string, payload: string, signature: string] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}

/** Claims to change; `undefined` takes one out. */
export type Claims = Readonly<Record<string, unknown>>

export function rs256(key: TestKey = KEYS.partner, more: Claims = {}): object {
  return { typ: 'JWT', alg: 'RS256', x5t: key.x5t, ...more }
}

export const NONE = { typ: 'JWT', alg: 'none' } as const

/** The claims of a good actor token, in Microsoft's order and kinds. */
export function actorClaims(change: Claims = {}): Claims {
  return {
    aud: AUD,
    iss: LYNC,
    nbf: `${NOW - 300}`,
    exp: `${NOW + 3600}`,
    nameid: LYNC,
    trustedfordelegation: 'true',
    ...change,
  }
}

/** The claims of a good user token, without its actor token. */
export function userClaims(change: Claims = {}): Claims {
  return {
    aud: AUD,
    iss: LYNC,
    nbf: `${NOW - 300}`,
    exp: `${NOW + 3600}`,
    nameid: 'kenmyer@litwareinc.com',
    nii: 'urn:office:idp:activedirectory',
    upn: 'kenmyer@litwareinc.com',
    smtp: 'kenmyer@litwareinc.com',
    sip: 'sip:kenmyer@litwareinc.com',
    ...change,
  }
}

/** An actor token, good but for the changes. */
export function actor(claims: Claims = {}, header: Claims = {}, key: TestKey = KEYS.partner): string {
  return signed(rs256(key, header), actorClaims(claims), key)
}

/** A user token around an actor token, good but for the changes. */
export function forUser(actorToken: unknown = actor(), claims: Claims = {}, header: Claims = {}): string {
  return raw({ ...NONE, ...header }, { ...userClaims(claims), actortoken: actorToken })
}

export function identity(change: Partial<ServerIdentity> = {}): ServerIdentity {
  return {
    application: principal(EXCHANGE),
    hosts: [HOST, 'autodiscover.litwareinc.com', '127.0.0.1', '::1'],
    port: PORT,
    signingKey: { x5t: KEYS.self.x5t as Thumbprint, privateKey: KEYS.self.privateKey },
    certificate: certificateOf(KEYS.self),
    ...change,
  }
}

/** Lync as our Exchange server has registered it: enabled, with full trust. */
export function lync(change: Partial<Partner> = {}): Partner {
  return {
    identity: 'Lync',
    application: principal(LYNC),
    issuer: LYNC,
    source: { kind: 'document' },
    certificates: [certificateOf(KEYS.partner)],
    trustLevel: 'Full',
    enabled: true,
    acceptSids: false,
    createdAt: NOW - 86_400,
    updatedAt: NOW - 86_400,
    refreshedAt: NOW - 86_400,
    ...change,
  }
}

export interface SituationChange {
  readonly self?: Partial<ServerIdentity>
  readonly partners?: readonly Partner[]
  readonly now?: EpochSeconds
  readonly skew?: number
}

/** Our Exchange server, with Lync registered, at the fixed time. */
export function situation(change: SituationChange = {}): Situation {
  const partners = change.partners ?? [lync()]
  return {
    self: identity(change.self),
    partnerOf: (issuer) => partners.find((partner) => partner.issuer === issuer),
    now: change.now ?? NOW,
    skew: change.skew ?? SKEW,
  }
}
