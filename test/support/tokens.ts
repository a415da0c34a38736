/**
 * Tokens for tests, good and bad, from the attack corpus’s maker, which shares no code with the token code under test.
 * The defaults are Lync acting for Ken Myer on Exchange, at a fixed time, with fixed keys.
 */
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Target } from '../../src/lab/attack/target.ts'
import * as tokens from '../../src/lab/attack/tokens.ts'
import { type Certificate, readCertificate } from '../../src/protocol/certificate.ts'
import type { EpochSeconds, Thumbprint } from '../../src/protocol/ids.ts'
import { localSigner } from '../../src/protocol/jws.ts'
import { type Principal, parsePrincipal } from '../../src/protocol/principal.ts'
import { DEFAULT_SKEW } from '../../src/trust/admit.ts'
import type { Situation } from '../../src/trust/checks.ts'
import type { User } from '../../src/trust/directory.ts'
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

const certificates = new Map<TestKey, Certificate>()

/** A certificate as the code under test holds it, read once. */
export function certificateOf(key: TestKey): Certificate {
  const known = certificates.get(key)
  if (known !== undefined) return known
  const read = readCertificate(key.pem, 'test')
  if (!read.ok) throw new Error(`test certificate: ${read.code}`)
  certificates.set(key, read.value)
  return read.value
}

export function principal(text: string): Principal {
  const parsed = parsePrincipal(text)
  if (parsed === undefined) throw new Error(`test principal: ${text}`)
  return parsed
}

/** What the vectors of the tests are made for. */
export const TARGET: Target = {
  audience: {
    appId: '00000002-0000-0ff1-ce00-000000000000',
    host: `${HOST}:${PORT}`,
    realm: 'litwareinc.com',
  },
  caller: LYNC,
  key: KEYS.partner,
  stranger: KEYS.stranger,
  ownX5t: KEYS.self.x5t,
  users: [
    {
      upn: 'kenmyer@litwareinc.com',
      smtp: 'kenmyer@litwareinc.com',
      sip: 'sip:kenmyer@litwareinc.com',
      sid: 'S-1-5-21-2127521184-1604012920-1887927527-72713',
    },
    { upn: "o'brien@litwareinc.com" },
    { provider: { nameid: 'kenmyer', nii: 'urn:office:idp:forms:ldapmembers' } },
  ],
  now: NOW,
}

export const MAKE = tokens.makerFor(TARGET)
export const { signed, rs256, actorClaims, userClaims, actor, forUser } = MAKE
export const { encode, raw, partsOf, NONE } = tokens

export function identity(change: Partial<ServerIdentity> = {}): ServerIdentity {
  return {
    application: principal(EXCHANGE),
    hosts: [HOST, 'autodiscover.litwareinc.com', '127.0.0.1', '::1'],
    port: PORT,
    signingKey: { x5t: KEYS.self.x5t as Thumbprint, sign: localSigner(KEYS.self.privateKey) },
    certificate: certificateOf(KEYS.self),
    ...change,
  }
}

/** Ken Myer as a directory knows him. */
export const KEN_MYER: User = {
  sid: 'S-1-5-21-1-2-3-1104',
  upn: 'kenmyer@litwareinc.com',
  displayName: 'Ken Myer',
  enabled: true,
  mailboxEnabled: true,
  archivingEnabled: false,
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
  readonly formerRealms?: readonly string[]
  readonly now?: EpochSeconds
  readonly skew?: number
}

/** Our Exchange server, with Lync registered, at the fixed time. */
export function situation(change: SituationChange = {}): Situation {
  const partners = change.partners ?? [lync()]
  return {
    self: identity(change.self),
    partnerOf: (issuer) => partners.find((partner) => partner.issuer === issuer),
    isRegistered: (appId) => partners.some(({ application }) => application.appId === appId),
    ...(change.formerRealms !== undefined && { formerRealms: change.formerRealms }),
    now: change.now ?? NOW,
    skew: change.skew ?? SKEW,
  }
}
