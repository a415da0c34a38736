/** The checks one by one: what each needs, and what it says, whether it holds or not. */

import { isoTime } from '../../src/protocol/ids.ts'
import { readPresentedToken } from '../../src/protocol/presented-token.ts'
import { admit } from '../../src/trust/admit.ts'
import { CHECKS, type Check, type Evidence } from '../../src/trust/checks.ts'
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
const ADDIN = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const { x5t } = KEYS.partner
const read = certificateOf(KEYS.partner)
const fromUrl = { kind: 'metadata', url: 'https://lync.litwareinc.com/metadata/json/1' } as const

test('come in their order, with the ground of their expectation and with what each needs', () => {
  const shown = ({ name, basis, needs }: Check) => `${name} | ${basis} | ${[...new Set(needs)].join(' ')}`
  expect(CHECKS.map(shown)).toEqual([
    'shape and header | protocol | token',
    'claims could be accepted from somebody | protocol | presented',
    'issuer is another server | server | presented',
    'issuer is registered | registration | presented',
    'partner is enabled | registration | partner',
    'partner signs for itself | registration | partner',
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
    'token server may name this application | registration | opened partner',
    'application is enabled | registration | partner speaker',
    'application’s realm was not given up | server | partner speaker',
    'user token is the actor’s | protocol | opened',
    'both tokens are for one audience | protocol | opened',
    'actor is trusted for delegation | protocol | opened partner',
    'trust level allows it | registration | opened partner speaker',
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

/** Every check made, one after the other, each with what those before it noted. */
function judgeAll(token: string, change?: SituationChange) {
  const against = situation(change)
  const evidence: Partial<Evidence> = { token }
  return new Map(
    CHECKS.map(({ name, judge, says }) => {
      const holds = judge(evidence, against)
      return [name, { holds, says: () => says(evidence, against) }]
    }),
  )
}

describe('a check that holds says what it expected, and what would have been wrong:', () => {
  const end = isoTime(NOW + 3_600)
  const begin = isoTime(NOW - 300)
  const at = isoTime(NOW)
  const ok = false
  const SAID: [name: string, refusal: object][] = [
    ['shape and header', { ok, code: 'token_not_jwt' }],
    ['claims could be accepted from somebody', { ok, code: 'claim_missing' }],
    [
      'issuer is another server',
      { ok, code: 'issuer_is_self', at: 'iss', expected: `not ${EXCHANGE}`, seen: LYNC },
    ],
    [
      'issuer is registered',
      { ok, code: 'issuer_unknown', at: 'iss', expected: 'a registered partner', seen: LYNC },
    ],
    [
      'partner is enabled',
      { ok, code: 'partner_disabled', at: 'enabled', about: LYNC_ID, expected: 'true', seen: 'true' },
    ],
    [
      'issuer’s realm was not given up',
      {
        ok,
        code: 'issuer_realm_given_up',
        at: 'iss',
        about: LYNC_ID,
        expected: 'registered in litwareinc.com',
        seen: 'litwareinc.com',
      },
    ],
    ['key is not ours', { ok, code: 'key_is_own', at: 'x5t', expected: `not ${KEYS.self.x5t}`, seen: x5t }],
    ['key is not revoked', { ok, code: 'key_revoked', at: 'x5t', expected: `not ${x5t}`, seen: x5t }],
    ['key is the partner’s', { ok, code: 'key_unknown', at: 'x5t', expected: x5t, seen: x5t }],
    [
      'certificate has begun',
      {
        ok,
        code: 'key_not_yet_valid',
        at: 'x5t',
        expected: `not before ${isoTime(read.notBefore)}, 300 s allowed`,
        seen: at,
      },
    ],
    [
      'certificate has not expired',
      {
        ok,
        code: 'key_expired',
        at: 'x5t',
        expected: `not after ${isoTime(read.notAfter)}, 300 s allowed`,
        seen: at,
      },
    ],
    [
      'keys were read lately enough',
      {
        ok,
        code: 'keys_stale',
        at: 'refreshedAt',
        expected: `${isoTime(NOW - DEFAULT_REFRESH.goodFor)} or later`,
        seen: isoTime(NOW - 86_400),
      },
    ],
    ['signature fits', { ok, code: 'bad_signature' }],
    ...['actor', 'user'].flatMap((which): [string, object][] => [
      [
        `${which} token has not expired`,
        {
          ok,
          code: 'token_expired',
          at: `${which} token exp`,
          expected: `${at} or later, 300 s allowed`,
          seen: end,
        },
      ],
      [
        `${which} token is valid already`,
        {
          ok,
          code: 'token_not_yet_valid',
          at: `${which} token nbf`,
          expected: `${at} or earlier, 300 s allowed`,
          seen: begin,
        },
      ],
      [
        `${which} token ends after it begins`,
        { ok, code: 'lifetime_reversed', at: `${which} token exp`, expected: `after ${begin}`, seen: end },
      ],
    ]),
    [
      'token is for this application',
      { ok, code: 'audience_wrong_application', at: 'aud', expected: EXCHANGE.split('@')[0], seen: AUD },
    ],
    [
      'token is for this host',
      { ok, code: 'audience_wrong_host', at: 'aud', expected: HOST, seen: `${HOST}:8441` },
    ],
    [
      'token is for this realm',
      { ok, code: 'audience_wrong_realm', at: 'aud', expected: 'litwareinc.com', seen: AUD },
    ],
    [
      'partner speaks for itself',
      { ok, code: 'actor_not_partner', at: 'nameid', expected: LYNC, seen: LYNC },
    ],
    [
      'user token is the actor’s',
      { ok, code: 'outer_issuer_mismatch', at: 'iss', expected: LYNC, seen: LYNC },
    ],
    [
      'both tokens are for one audience',
      { ok, code: 'outer_audience_mismatch', at: 'aud', expected: AUD, seen: AUD },
    ],
    [
      'actor is trusted for delegation',
      {
        ok,
        code: 'delegation_not_trusted',
        at: 'trustedfordelegation',
        about: LYNC_ID,
        expected: 'true',
        seen: 'true',
      },
    ],
    [
      'trust level allows it',
      {
        ok,
        code: 'trust_level_forbids_user',
        at: 'applicationTrustLevel',
        about: LYNC_ID,
        expected: 'Full',
        seen: 'Full',
      },
    ],
  ]
  test.each(SAID)('%s', (name, refusal) => {
    const against = { partners: [lync({ source: fromUrl })], formerRealms: ['fabrikam.com'] }
    const judgement = judgeAll(forUser(), against).get(name)
    expect([judgement?.holds, judgement?.says()]).toEqual([true, refusal])
  })

  test('that the application may act as itself', () => {
    expect(judgeAll(actor()).get('trust level allows it')?.says()).toMatchObject({
      code: 'trust_level_forbids_application',
      expected: 'Full or Application',
    })
  })

  test('that a broker may name an application', () => {
    const seen = `${ADDIN}@litwareinc.com`
    const broker = judgeAll(actor({ nameid: seen }), { partners: [lync({ isTrustBroker: true })] })
    const check = broker.get('broker may name this application')
    expect([check?.holds, check?.says()]).toEqual([
      true,
      { ok, code: 'brokered_name_malformed', at: 'nameid', expected: 'an application of its realm', seen },
    ])
  })
})

describe('a check does not apply:', () => {
  const judged = (name: string, token: string, against?: SituationChange) => {
    const made = judgeAll(token, against).get(name)
    if (made === undefined) throw new Error(`there is no check "${name}"`)
    return made.holds
  }

  test.each([undefined, []])('former realms, if there are none: %p', (formerRealms) => {
    const change = formerRealms === undefined ? {} : { formerRealms }
    expect(judged('issuer’s realm was not given up', actor(), change)).toBeUndefined()
  })

  test('how lately keys were read that have no place to be read at', () => {
    expect(judged('keys were read lately enough', actor())).toBeUndefined()
  })

  test.each(['has not expired', 'is valid already', 'ends after it begins'])(
    'whether a user token %s that is not there',
    (what) => {
      expect(judged(`user token ${what}`, actor())).toBeUndefined()
    },
  )

  test('what a broker may name, to a partner that is none, and to one that names itself', () => {
    const name = 'broker may name this application'
    expect(judged(name, actor({ nameid: `${ADDIN}@litwareinc.com` }))).toBeUndefined()
    expect(judged(name, actor(), { partners: [lync({ isTrustBroker: true })] })).toBeUndefined()
  })

  test.each(['user token is the actor’s', 'both tokens are for one audience'])(
    '%s, to an application by itself',
    (name) => {
      expect(judged(name, actor())).toBeUndefined()
      expect(judgeAll(actor()).get(name)?.says()).toMatchObject({ seen: 'none' })
    },
  )

  test('that the actor is trusted for delegation, to an application by itself', () => {
    const token = actor({ trustedfordelegation: 'false' })
    expect(judged('actor is trusted for delegation', token)).toBeUndefined()
  })
})

describe('a check that fails finds nothing:', () => {
  const find = (name: string, change: object) => {
    const presented = readPresentedToken(actor())
    if (!presented.ok) throw new Error('the token was not read')
    const evidence: Partial<Evidence> = {
      presented: { ...presented.value, ...change },
      ...(name !== 'issuer is registered' && { partner: lync() }),
    }
    const check = CHECKS.find((one) => one.name === name)
    return [check?.judge(evidence, situation()), Object.keys(evidence)]
  }

  test('no partner, no certificate', () => {
    expect(find('issuer is registered', { issuer: STRANGER })).toEqual([false, ['presented']])
    expect(find('key is the partner’s', { x5t: KEYS.stranger.x5t })).toEqual([
      false,
      ['presented', 'partner'],
    ])
  })

  test('nothing that it could not read, nothing that nobody signed', () => {
    const found = (name: string, token: string) => {
      const evidence: Partial<Evidence> = { token }
      const last = CHECKS.findIndex((check) => check.name === name)
      const holds = CHECKS.slice(0, last + 1).map(({ judge }) => judge(evidence, situation()))
      return [holds.at(-1), 'presented' in evidence, 'opened' in evidence]
    }
    expect(found('shape and header', 'any')).toEqual([false, false, false])
    expect(found('signature fits', actor({}, { x5t }, KEYS.partnerNext))).toEqual([false, true, false])
  })

  test('wrong claims are told before anybody is looked up', () => {
    const wrong = { iss: STRANGER, exp: 'never' }
    expect(admit(actor(wrong), situation())).toMatchObject({ code: 'time_malformed', at: 'exp' })
    expect(admit(forUser(actor({ iss: STRANGER }), { aud: '' }), situation())).toMatchObject({
      code: 'claim_missing',
      at: 'aud',
    })
  })

  test('none of our own keys, the one in use and the others', () => {
    const self = { otherKeys: [certificateOf(KEYS.partnerNext)] }
    for (const key of [KEYS.self, KEYS.partnerNext])
      expect(admit(actor({}, {}, key), situation({ self }))).toMatchObject({ code: 'key_is_own' })
  })
})
