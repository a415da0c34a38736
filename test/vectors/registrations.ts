/** Vectors that hold where other partners, other keys or another trust level are registered, or a key of ours leaked. */
import { sign } from 'node:crypto'
import { misSigned } from '../../src/lab/attack/signer.ts'
import type { TrustLevel } from '../../src/trust/partner.ts'
import { DEFAULT_REFRESH } from '../../src/trust/refresh-policy.ts'
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
  principal,
  rs256,
  STRANGER,
  type TestKey,
} from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const FROM_METADATA = {
  source: { kind: 'metadata', url: 'https://lync.litwareinc.com/metadata/json/1' },
} as const

const issuers: Vector[] = [
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
    id: 'partner/key-revoked',
    what: 'a good token signed with a key that was revoked here, though the partner publishes it still',
    from: 'facts 7; issue 6, part 3',
    token: forUser(),
    against: { partners: [lync({ revokedKeys: [certificateOf(KEYS.partner).x5t] })] },
    expect: 'key_revoked',
  },
  {
    id: 'partner/other-key-revoked',
    what: 'a good token of a partner whose other key was revoked',
    from: 'facts 7',
    token: forUser(),
    against: { partners: [lync({ revokedKeys: [certificateOf(KEYS.partnerNext).x5t] })] },
    expect: 'accepted',
  },
  {
    id: 'partner/keys-at-their-limit',
    what: 'a good token in the last second in which keys that could not be read again are good',
    from: 'facts 7; issue 6, part 3',
    token: forUser(),
    against: { partners: [lync({ ...FROM_METADATA, refreshedAt: NOW - DEFAULT_REFRESH.goodFor })] },
    expect: 'accepted',
  },
  {
    id: 'partner/keys-past-their-limit',
    what: 'a good token a second later',
    from: 'facts 7; issue 6, part 3',
    token: forUser(),
    against: { partners: [lync({ ...FROM_METADATA, refreshedAt: NOW - DEFAULT_REFRESH.goodFor - 1 })] },
    expect: 'keys_stale',
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

const ownSignature = misSigned(
  'own-key',
  'a true signature of this server under the partner’s thumbprint',
  sign('RSA-SHA256', Buffer.from(text), KEYS.self.privateKey),
  text,
  forUser,
)

// facts/administration.md A.1, written out once more so that a change of the table is noticed here.
const LEVELS = {
  Full: { application: 'accepted', user: 'accepted' },
  Application: { application: 'accepted', user: 'trust_level_forbids_user' },
  User: { application: 'trust_level_forbids_application', user: 'trust_level_forbids_user' },
} as const satisfies Record<TrustLevel, Record<'application' | 'user', Vector['expect']>>

const levels: Vector[] = (Object.keys(LEVELS) as TrustLevel[]).flatMap((trustLevel): Vector[] => {
  const against = { partners: [lync({ trustLevel })] }
  return [
    {
      id: `level/${trustLevel}-application`,
      what: `a partner of trust level ${trustLevel} as itself`,
      from: 'facts 8',
      token: actor({ trustedfordelegation: undefined }),
      against,
      expect: LEVELS[trustLevel].application,
    },
    {
      id: `level/${trustLevel}-user`,
      what: `a partner of trust level ${trustLevel} for a user`,
      from: 'facts 8',
      token: forUser(),
      against,
      expect: LEVELS[trustLevel].user,
    },
    {
      id: `level/${trustLevel}-application-delegated`,
      what: `a partner of trust level ${trustLevel} as itself, with an actor token fit for delegation`,
      from: 'facts 8; clients 1.1',
      token: actor({ trustedfordelegation: true }),
      against,
      expect: LEVELS[trustLevel].application,
    },
  ]
})

export const REGISTRATIONS: readonly Vector[] = [
  ...issuers,
  ...keys,
  ...certificates,
  ...ownSignature,
  ...levels,
]
