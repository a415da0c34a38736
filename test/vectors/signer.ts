/** Who signed: the issuer, the key that counts for it, the certificate's time, and the signature itself. */
import { constants, createHash, privateEncrypt, sign } from 'node:crypto'
import {
  actor,
  actorClaims,
  certificateOf,
  EXCHANGE,
  encode,
  forUser,
  KEYS,
  LYNC,
  lync,
  NOW,
  partsOf,
  principal,
  raw,
  rs256,
  STRANGER,
  signed,
  type TestKey,
} from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const APP = '00000004-0000-0ff1-ce00-000000000000'

const ISSUERS: [id: string, iss: string][] = [
  ['unregistered', STRANGER],
  ['prefix', LYNC.slice(0, -1)],
  ['suffix', `${LYNC}m`],
  ['leading', `x${LYNC}`],
  ['id-only', APP],
  ['id-and-at', `${APP}@`],
  ['realm-only', '@litwareinc.com'],
  ['any-realm', `${APP}@*`],
  ['upper-case-id', LYNC.toUpperCase().replace('LITWAREINC.COM', 'litwareinc.com')],
  ['upper-case-realm', `${APP}@LITWAREINC.COM`],
  ['trailing-dot', `${LYNC}.`],
  ['subdomain', `${APP}@mail.litwareinc.com`],
  ['parent-domain', `${APP}@com`],
  ['two-realms', `${LYNC}@litwareinc.com`],
  ['comma', `${LYNC},${STRANGER}`],
  ['blank-after', `${LYNC} `],
  ['blank-before', ` ${LYNC}`],
  ['nul', `${LYNC}\0`],
  ['nul-and-more', `${LYNC}\0@fabrikam.com`],
  ['homoglyph', `${APP}@litw\u0430reinc.com`],
  ['full-width', `${APP}\uFF20litwareinc.com`],
  ['combining', `${APP}@litwareinc.com\u0301`],
  ['braces', `{${APP}}@litwareinc.com`],
  ['percent', `${APP}%40litwareinc.com`],
  ['path', `../${LYNC}`],
  ['own-id-elsewhere', '00000002-0000-0ff1-ce00-000000000000@fabrikam.com'],
  ['own-upper-case', EXCHANGE.replace('ff1', 'FF1')],
  ['proto', '__proto__'],
  ['constructor', 'constructor'],
]

const issuers: Vector[] = [
  ...ISSUERS.flatMap(([id, iss]): Vector[] => [
    {
      id: `issuer/${id}`,
      what: 'a token signed with the partner’s key whose issuer is not the registered one, letter for letter',
      from: 'attacks 1, 13, 25: CVE-2026-55040, CVE-2024-53861',
      token: actor({ iss, nameid: iss }),
      expect: 'issuer_unknown',
      at: 'iss',
    },
  ]),
  {
    id: 'issuer/unregistered-inner',
    what: 'an actor token of an unregistered issuer inside a user token of a registered one',
    from: 'attacks 1',
    token: forUser(actor({ iss: STRANGER, nameid: STRANGER }, {}, KEYS.stranger)),
    expect: 'issuer_unknown',
  },
  {
    id: 'issuer/none-registered',
    what: 'a good token while nobody is registered',
    from: 'attacks 1',
    token: forUser(),
    against: { partners: [] },
    expect: 'issuer_unknown',
  },
  {
    id: 'issuer/self-own-key',
    what: 'a token of this server itself, truly signed with its own key',
    from: 'attacks 1: CVE-2026-55040',
    token: actor({ iss: EXCHANGE, nameid: EXCHANGE }, {}, KEYS.self),
    expect: 'issuer_is_self',
  },
  {
    id: 'issuer/self-partner-key',
    what: 'a partner that signs in the name of this server',
    from: 'attacks 1',
    token: forUser(actor({ iss: EXCHANGE, nameid: EXCHANGE }), { iss: EXCHANGE }),
    expect: 'issuer_is_self',
  },
  {
    id: 'issuer/self-though-registered',
    what: 'this server’s own name, even if a record of that name got into the store',
    from: 'attacks 1',
    token: actor({ iss: EXCHANGE, nameid: EXCHANGE }),
    against: { partners: [lync({ application: principal(EXCHANGE), issuer: EXCHANGE })] },
    expect: 'issuer_is_self',
  },
  {
    id: 'issuer/letters-as-registered',
    what: 'an issuer registered in upper case counts as it was registered',
    from: 'facts 1.4, 2.6, 10',
    token: actor({ iss: LYNC.toUpperCase(), nameid: LYNC.toUpperCase() }),
    against: { partners: [lync({ issuer: LYNC.toUpperCase() })] },
    expect: 'accepted',
  },
  {
    id: 'partner/disabled',
    what: 'a good token of a disabled partner',
    from: 'attacks 3; facts 1.4',
    token: forUser(),
    against: { partners: [lync({ enabled: false })] },
    expect: 'partner_disabled',
  },
  {
    id: 'partner/disabled-app-only',
    what: 'a good actor token of a disabled partner',
    from: 'attacks 3; facts 1.4',
    token: actor(),
    against: { partners: [lync({ enabled: false })] },
    expect: 'partner_disabled',
  },
]

const FABRIKAM = lync({
  ...{ identity: 'Fabrikam', application: principal(STRANGER), issuer: STRANGER },
  certificates: [certificateOf(KEYS.stranger)],
})
const both = { partners: [lync(), FABRIKAM] }
const rolling = { partners: [lync({ certificates: [KEYS.partnerNext, KEYS.partner].map(certificateOf) })] }

const keys: Vector[] = [
  {
    id: 'key/own-certificate',
    what: 'a partner’s token that names this server’s own public certificate, with a junk signature',
    from: 'attacks 1: CVE-2026-55040',
    token: forUser(raw(rs256(KEYS.self), actorClaims(), Buffer.alloc(3))),
    expect: 'key_is_own',
    at: 'x5t',
  },
  {
    id: 'key/own-truly-signed',
    what: 'a partner’s token truly signed with this server’s own key',
    from: 'attacks 1, 4: CVE-2025-53786',
    token: actor({}, {}, KEYS.self),
    expect: 'key_is_own',
  },
  {
    id: 'key/own-though-stored',
    what: 'this server’s own key, even if it got into the partner’s record',
    from: 'attacks 1, 4',
    token: actor({}, {}, KEYS.self),
    against: { partners: [lync({ certificates: [certificateOf(KEYS.self)] })] },
    expect: 'key_is_own',
  },
  {
    id: 'key/strangers',
    what: 'a token truly signed with a key nobody registered',
    from: 'attacks 1; facts 2.6, 4',
    token: forUser(actor({}, {}, KEYS.stranger)),
    expect: 'key_unknown',
  },
  {
    id: 'key/of-another-partner',
    what: 'a partner that signs with its own registered key in the name of another partner',
    from: 'attacks 1; facts 2.6, 10',
    token: forUser(actor({}, {}, KEYS.stranger)),
    against: both,
    expect: 'key_unknown',
  },
  {
    id: 'key/retired',
    what: 'a key that the partner published before and publishes no longer',
    from: 'facts 7',
    token: actor(),
    against: { partners: [lync({ certificates: [certificateOf(KEYS.partnerNext)] })] },
    expect: 'key_unknown',
  },
  {
    id: 'key/none',
    what: 'a partner without any key',
    from: 'attacks 16',
    token: actor(),
    against: { partners: [lync({ certificates: [] })] },
    expect: 'key_unknown',
  },
  {
    id: 'key/all-zero-thumbprint',
    what: 'a thumbprint of zeros',
    from: 'attacks 1',
    token: actor({}, { x5t: 'A'.repeat(27) }),
    expect: 'key_unknown',
  },
  {
    id: 'key/other-certificate-of-same-key',
    what: 'another certificate over the very key that is registered',
    from: 'facts 2.1: the thumbprint names a certificate',
    token: actor({}, { x5t: KEYS.partnerExpired.x5t }),
    expect: 'key_unknown',
  },
  {
    id: 'key/next',
    what: 'the partner’s next key while both are published',
    from: 'facts 7',
    token: forUser(actor({}, {}, KEYS.partnerNext)),
    against: rolling,
    expect: 'accepted',
  },
  {
    id: 'key/current-while-rolling',
    what: 'the partner’s current key while both are published',
    from: 'facts 7',
    token: forUser(),
    against: rolling,
    expect: 'accepted',
  },
  {
    id: 'key/wrong-one-of-two',
    what: 'signed with one of the partner’s keys, named as the other',
    from: 'attacks 1',
    token: actor({}, { x5t: KEYS.partnerNext.x5t }),
    against: rolling,
    expect: 'bad_signature',
  },
  {
    id: 'key/second-partner',
    what: 'each of two partners signs for itself',
    from: 'facts 2.6, 10',
    token: forUser(actor({ iss: STRANGER, nameid: STRANGER }, {}, KEYS.stranger), { iss: STRANGER }),
    against: both,
    expect: 'accepted',
  },
]

// The partner's certificate, at a moment that lies `after` seconds from one of its ends.
function certificateTime(id: string, key: TestKey, end: 'notBefore' | 'notAfter', after: number): Vector {
  const certificate = certificateOf(key)
  const now = certificate[end] + after
  const times = { nbf: now - 60, exp: now + 60 }
  const outside = end === 'notBefore' ? 'key_not_yet_valid' : 'key_expired'
  const within = end === 'notBefore' ? after >= -300 : after <= 300
  return {
    id: `certificate/${id}`,
    what: `a good token ${after} s from the ${end} of the certificate that signed it`,
    from: 'facts 7; skew of 300 s',
    token: forUser(actor(times, {}, key), times),
    against: { partners: [lync({ certificates: [certificate] })], now },
    expect: within ? 'accepted' : outside,
  }
}

const certificates: Vector[] = [
  certificateTime('expired-at-skew', KEYS.partnerExpired, 'notAfter', 300),
  certificateTime('expired-past-skew', KEYS.partnerExpired, 'notAfter', 301),
  certificateTime('expired-long-ago', KEYS.partnerExpired, 'notAfter', 86_400 * 365),
  certificateTime('future-at-skew', KEYS.partnerFuture, 'notBefore', -300),
  certificateTime('future-past-skew', KEYS.partnerFuture, 'notBefore', -301),
  certificateTime('future-far-off', KEYS.partnerFuture, 'notBefore', -86_400),
]

const text = `${encode(rs256())}.${encode(actorClaims())}`
const bytes = Buffer.from(text)
const good = Buffer.from(partsOf(signed(rs256(), actorClaims()))[2], 'base64url')
const { privateKey } = KEYS.partner
const shorter = actor({ exp: `${NOW + 60}` })
const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
const bareDigest = privateEncrypt(privateKey, createHash('sha256').update(bytes).digest())

const SIGNATURES: [id: string, what: string, signature: Buffer][] = [
  ['AAAA', 'three bytes of zero', Buffer.alloc(3)],
  ['one-byte', 'one byte', Buffer.alloc(1)],
  ['zeros', 'all zeros, as long as the key', Buffer.alloc(256)],
  ['ones', 'all ones, as long as the key', Buffer.alloc(256, 0xff)],
  ['one', 'the number one', Buffer.concat([Buffer.alloc(255), Buffer.from([1])])],
  ['short', 'a true signature without its last byte', good.subarray(0, -1)],
  ['beheaded', 'a true signature without its first byte', good.subarray(1)],
  ['long', 'a true signature and one byte more', Buffer.concat([good, Buffer.from([0])])],
  ['led-by-zero', 'a zero and then a true signature', Buffer.concat([Buffer.from([0]), good])],
  ['twice', 'a true signature twice over', Buffer.concat([good, good])],
  ['reversed', 'a true signature backwards', Buffer.from(good).reverse()],
  ['huge', 'five thousand bytes', Buffer.alloc(5_000, 7)],
  ['other-bytes', 'a true signature over other claims', Buffer.from(partsOf(shorter)[2], 'base64url')],
  [
    'payload-only',
    'a signature over the payload alone',
    sign('RSA-SHA256', Buffer.from(encode(actorClaims())), privateKey),
  ],
  [
    'decoded',
    'a signature over the decoded claims',
    sign('RSA-SHA256', Buffer.from(JSON.stringify(actorClaims())), privateKey),
  ],
  [
    'line-end',
    'a signature over the text and a line end',
    sign('RSA-SHA256', Buffer.from(`${text}\n`), privateKey),
  ],
  ['sha1', 'PKCS#1 v1.5 with SHA-1', sign('RSA-SHA1', bytes, privateKey)],
  ['sha512', 'PKCS#1 v1.5 with SHA-512', sign('RSA-SHA512', bytes, privateKey)],
  ['pss', 'PSS with SHA-256', sign('RSA-SHA256', bytes, pss)],
  ['bare-digest', 'a digest without its algorithm', bareDigest],
  [
    'other-key',
    'a true signature of another key under the partner’s thumbprint',
    sign('RSA-SHA256', bytes, KEYS.stranger.privateKey),
  ],
  [
    'own-key',
    'a true signature of this server under the partner’s thumbprint',
    sign('RSA-SHA256', bytes, KEYS.self.privateKey),
  ],
]

const signatures: Vector[] = [
  ...SIGNATURES.flatMap(([id, what, signature]): Vector[] => [
    {
      id: `signature/${id}`,
      what,
      from: 'attacks 1, 9: CVE-2026-55040, CVE-2022-21449',
      token: `${text}.${signature.toString('base64url')}`,
      expect: 'bad_signature',
      at: 'signature',
    },
    {
      id: `signature/${id}-inner`,
      what: `${what}, inside a user token`,
      from: 'attacks 1, 9',
      token: forUser(`${text}.${signature.toString('base64url')}`),
      expect: 'bad_signature',
      at: 'signature',
    },
  ]),
  {
    id: 'signature/empty',
    what: 'an actor token alone without a signature',
    from: 'attacks 1; facts 2.6, 3',
    token: `${text}.`,
    expect: 'signature_missing',
  },
  {
    id: 'signature/empty-inner',
    what: 'an actor token without a signature inside a user token',
    from: 'attacks 1; facts 2.6, 3',
    token: forUser(`${text}.`),
    expect: 'signature_missing',
  },
  {
    id: 'signature/swapped-payload',
    what: 'a true signature and header over the payload of another good token',
    from: 'attacks 1, 19',
    token: `${partsOf(actor())[0]}.${partsOf(shorter)[1]}.${partsOf(actor())[2]}`,
    expect: 'bad_signature',
  },
  {
    id: 'signature/respelled-payload',
    what: 'the same claims with a blank between them under the old signature',
    from: 'attacks 19',
    token: `${encode(rs256())}.${encode(`${JSON.stringify(actorClaims())} `)}.${good.toString('base64url')}`,
    expect: 'bad_signature',
  },
  {
    id: 'signature/proof-claims-relax-nothing',
    what: 'claims of a proof token beside a junk signature',
    from: 'attacks 2: CVE-2023-29357',
    token: raw(rs256(), actorClaims({ ver: 'hashedprooftoken', isloopback: 'true' }), Buffer.alloc(256)),
    expect: 'bad_signature',
  },
  {
    id: 'signature/before-claims',
    what: 'a junk signature is the reason, not the claims that nobody signed',
    from: 'facts 2.6, 5',
    token: raw(rs256(), actorClaims({ exp: '1', aud: 'x' }), Buffer.alloc(256)),
    expect: 'bad_signature',
  },
]

export const SIGNER: readonly Vector[] = [...issuers, ...keys, ...certificates, ...signatures]
