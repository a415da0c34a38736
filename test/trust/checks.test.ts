/** The checks one by one: what each needs, and what it says, whether it holds or not. */

import { isoTime } from '../../src/protocol/ids.ts'
import { admit } from '../../src/trust/admit.ts'
import { CHECKS } from '../../src/trust/checks.ts'
import { DEFAULT_REFRESH } from '../../src/trust/refresh-policy.ts'
import {
  AUD,
  actor,
  certificateOf,
  EXCHANGE,
  forUser,
  HOST,
  KEYS,
  LYNC,
  lync,
  NOW,
  type SituationChange,
  STRANGER,
  situation,
} from '../support/tokens.ts'

const LYNC_ID = LYNC.split('@')[0]
const { x5t } = KEYS.partner
const read = certificateOf(KEYS.partner)
const fromUrl = { kind: 'metadata', url: 'https://lync.litwareinc.com/metadata/json/1' } as const

test('come in their order, with the ground of their expectation and with what each needs', () => {
  expect(CHECKS.map(({ name, basis, needs }) => `${name} | ${basis} | ${needs.join(' ')}`)).toEqual([
    'shape and header | protocol | token',
    'claims could be accepted from somebody | protocol | presented',
    'issuer is another server | server | presented',
    'issuer is registered | registration | presented',
    'partner is enabled | registration | partner',
    'issuer’s realm was not given up | server | partner',
    'key is not ours | server | presented',
    'key is not revoked | registration | presented partner',
    'key is the partner’s | registration | presented partner',
    'certificate has begun | registration | certificate',
    'certificate has not expired | registration | certificate',
    'keys were read lately enough | registration | partner certificate',
    'signature fits | protocol | presented certificate',
    'actor token has not expired | clock | opened',
    'user token has not expired | clock | opened',
    'actor token is valid already | clock | opened',
    'user token is valid already | clock | opened',
    'actor token ends after it begins | protocol | opened',
    'user token ends after it begins | protocol | opened',
    'token is for this application | server | opened',
    'token is for this host | server | opened',
    'token is for this realm | server | opened',
    'partner speaks for itself | registration | opened partner',
    'broker may name this application | registration | opened partner',
    'user token is the actor’s | protocol | opened',
    'both tokens are for one audience | protocol | opened',
    'actor is trusted for delegation | protocol | opened partner',
    'trust level allows it | registration | opened partner',
  ])
})

describe('a refusal says what was expected and what was seen:', () => {
  const expired = certificateOf(KEYS.partnerExpired)
  const future = certificateOf(KEYS.partnerFuture)
  const within = ({ notBefore, notAfter }: typeof read, now: number) => ({
    nbf: Math.max(notBefore, now - 60),
    exp: Math.min(notAfter, now) + 60,
  })
  const stale = NOW - DEFAULT_REFRESH.goodFor - 1
  type Row = [code: string, says: object, token: string, against?: SituationChange]
  const REFUSED: Row[] = [
    [
      'issuer_is_self',
      { at: 'iss', expected: `not ${EXCHANGE}`, seen: EXCHANGE },
      actor({ iss: EXCHANGE, nameid: EXCHANGE }),
    ],
    [
      'issuer_unknown',
      { at: 'iss', expected: 'a registered partner', seen: STRANGER },
      actor({ iss: STRANGER, nameid: STRANGER }),
    ],
    [
      'partner_disabled',
      { at: 'enabled', about: LYNC_ID, expected: 'true', seen: 'false' },
      actor(),
      { partners: [lync({ enabled: false })] },
    ],
    [
      'issuer_realm_given_up',
      { at: 'iss', about: LYNC_ID, expected: 'registered in litwareinc.com', seen: 'litwareinc.com' },
      actor(),
      { formerRealms: ['fabrikam.com', 'litwareinc.com'] },
    ],
    [
      'key_is_own',
      { at: 'x5t', expected: `not ${KEYS.self.x5t}`, seen: KEYS.self.x5t },
      actor({}, {}, KEYS.self),
    ],
    [
      'key_revoked',
      { at: 'x5t', expected: `not ${x5t}`, seen: x5t },
      actor(),
      { partners: [lync({ revokedKeys: [read.x5t] })] },
    ],
    [
      'key_unknown',
      { at: 'x5t', expected: `${x5t} or ${KEYS.partnerNext.x5t}`, seen: KEYS.stranger.x5t },
      actor({}, {}, KEYS.stranger),
      { partners: [lync({ certificates: [read, certificateOf(KEYS.partnerNext)] })] },
    ],
    [
      'key_not_yet_valid',
      {
        at: 'x5t',
        expected: `not before ${isoTime(future.notBefore)}, 300 s allowed`,
        seen: isoTime(future.notBefore - 400),
      },
      actor(within(future, future.notBefore - 400), {}, KEYS.partnerFuture),
      { partners: [lync({ certificates: [future] })], now: future.notBefore - 400 },
    ],
    [
      'key_expired',
      {
        at: 'x5t',
        expected: `not after ${isoTime(expired.notAfter)}, 300 s allowed`,
        seen: isoTime(expired.notAfter + 400),
      },
      actor(within(expired, expired.notAfter + 400), {}, KEYS.partnerExpired),
      { partners: [lync({ certificates: [expired] })], now: expired.notAfter + 400 },
    ],
    [
      'keys_stale',
      {
        at: 'refreshedAt',
        expected: `${isoTime(NOW - DEFAULT_REFRESH.goodFor)} or later`,
        seen: isoTime(stale),
      },
      actor(),
      { partners: [lync({ source: fromUrl, refreshedAt: stale })] },
    ],
    ['bad_signature', { at: 'signature', seen: `x5t ${x5t}` }, actor({}, { x5t }, KEYS.partnerNext)],
    [
      'token_expired',
      {
        at: 'actor token exp',
        expected: `${isoTime(NOW)} or later, 300 s allowed`,
        seen: isoTime(NOW - 400),
      },
      actor({ exp: NOW - 400 }),
    ],
    [
      'token_expired',
      { at: 'user token exp', expected: `${isoTime(NOW)} or later, 300 s allowed`, seen: isoTime(NOW - 400) },
      forUser(actor(), { exp: NOW - 400 }),
    ],
    [
      'token_not_yet_valid',
      {
        at: 'actor token nbf',
        expected: `${isoTime(NOW)} or earlier, 300 s allowed`,
        seen: isoTime(NOW + 400),
      },
      actor({ nbf: NOW + 400 }),
    ],
    [
      'token_not_yet_valid',
      {
        at: 'user token nbf',
        expected: `${isoTime(NOW)} or earlier, 300 s allowed`,
        seen: isoTime(NOW + 400),
      },
      forUser(actor(), { nbf: NOW + 400 }),
    ],
    [
      'lifetime_reversed',
      { at: 'actor token exp', expected: `after ${isoTime(NOW)}`, seen: isoTime(NOW - 1) },
      actor({ nbf: NOW, exp: NOW - 1 }),
    ],
    [
      'lifetime_reversed',
      { at: 'user token exp', expected: `after ${isoTime(NOW)}`, seen: isoTime(NOW - 1) },
      forUser(actor(), { nbf: NOW, exp: NOW - 1 }),
    ],
    [
      'audience_malformed',
      { at: 'aud', expected: '<application id>/<host>@<realm>', seen: EXCHANGE },
      actor({ aud: EXCHANGE }),
    ],
    [
      'audience_wrong_application',
      { at: 'aud', expected: EXCHANGE.split('@')[0], seen: AUD.replace('2-', '3-') },
      actor({ aud: AUD.replace('2-', '3-') }),
    ],
    [
      'audience_wrong_host',
      { at: 'aud', expected: HOST, seen: 'other.example:8441' },
      actor({ aud: AUD.replace(HOST, 'other.example') }),
    ],
    [
      'audience_wrong_host',
      { at: 'aud', expected: 'no host', seen: `${HOST}:8441` },
      actor(),
      { self: { hosts: [] } },
    ],
    [
      'audience_wrong_realm',
      { at: 'aud', expected: 'litwareinc.com', seen: AUD.replace('@litwareinc.com', '@x') },
      actor({ aud: AUD.replace('@litwareinc.com', '@x') }),
    ],
    ['actor_not_partner', { at: 'nameid', expected: LYNC, seen: STRANGER }, actor({ nameid: STRANGER })],
    [
      'outer_issuer_mismatch',
      { at: 'iss', expected: LYNC, seen: STRANGER },
      forUser(actor(), { iss: STRANGER }),
    ],
    [
      'outer_audience_mismatch',
      { at: 'aud', expected: AUD, seen: AUD.replace(':8441', '') },
      forUser(actor(), { aud: AUD.replace(':8441', '') }),
    ],
    [
      'delegation_not_trusted',
      { at: 'trustedfordelegation', about: LYNC_ID, expected: 'true', seen: 'false' },
      forUser(actor({ trustedfordelegation: 'false' })),
    ],
    [
      'trust_level_forbids_user',
      { at: 'applicationTrustLevel', about: LYNC_ID, expected: 'Full', seen: 'Application' },
      forUser(),
      { partners: [lync({ trustLevel: 'Application' })] },
    ],
    [
      'trust_level_forbids_application',
      { at: 'applicationTrustLevel', about: LYNC_ID, expected: 'Full or Application', seen: 'User' },
      actor(),
      { partners: [lync({ trustLevel: 'User' })] },
    ],
  ]
  test.each(REFUSED)('%s, %j', (code, says, token, against = {}) => {
    expect(admit(token, situation(against))).toEqual({ ok: false, code, ...says })
  })
})
