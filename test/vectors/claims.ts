/** What the claims may be: present, of the right kind, within their time. */
import { LONGEST_LIFETIME } from '../../src/trust/checks.ts'
import { actor, actorClaims, forUser, NOW, rs256, SKEW, signed } from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const REQUIRED = ['aud', 'iss', 'nbf', 'exp', 'nameid'] as const
const OUTER_REQUIRED = ['aud', 'iss', 'nbf', 'exp'] as const
const NOT_TEXT: [id: string, value: unknown][] = [
  ['number', 1],
  ['boolean', true],
  ['null', null],
  ['array', ['x']],
  ['object', { toString: 'x' }],
]

const missing: Vector[] = [
  ...REQUIRED.flatMap((name): Vector[] =>
    [undefined, ''].map((value) => ({
      id: `claims/actor-${value === '' ? 'empty' : 'without'}-${name}`,
      what: `an actor token, truly signed, whose ${name} is ${value === '' ? 'empty' : 'missing'}`,
      from: 'attacks 1, 17; facts 2.6, 7',
      token: actor({ [name]: value }),
      expect: 'claim_missing',
      at: name,
    })),
  ),
  ...REQUIRED.map(
    (name): Vector => ({
      id: `claims/inner-without-${name}`,
      what: `an actor token without ${name} inside a user token that has it`,
      from: 'attacks 1: the captured inner token lacked aud',
      token: forUser(actor({ [name]: undefined })),
      expect: 'claim_missing',
      at: name,
    }),
  ),
  ...OUTER_REQUIRED.flatMap((name): Vector[] =>
    [undefined, ''].map((value) => ({
      id: `claims/outer-${value === '' ? 'empty' : 'without'}-${name}`,
      what: `a user token whose ${name} is ${value === '' ? 'empty' : 'missing'}`,
      from: 'attacks 17; facts 2.6, 7',
      token: forUser(actor(), { [name]: value }),
      expect: 'claim_missing',
      at: name,
    })),
  ),
  {
    id: 'claims/name-case',
    what: 'an actor token whose claims are spelled in other letters',
    from: 'facts 2.1: names are matched exactly',
    token: actor({ aud: undefined, AUD: actorClaims()['aud'] }),
    expect: 'claim_missing',
    at: 'aud',
  },
]

const kinds: Vector[] = [
  ...(['iss', 'aud', 'nameid'] as const).flatMap((name): Vector[] =>
    [...NOT_TEXT, ['good-in-array', [actorClaims()[name]]] as const].map(([id, value]) => ({
      id: `kind/actor-${name}-${id}`,
      what: `an actor token, truly signed, whose ${name} is not a string`,
      from: 'attacks 12: CVE-2025-30144',
      token: actor({ [name]: value }),
      expect: 'claim_malformed',
      at: name,
    })),
  ),
  ...(['iss', 'aud', 'nameid', 'nii', 'upn', 'smtp', 'sip'] as const).flatMap((name): Vector[] =>
    NOT_TEXT.map(([id, value]) => ({
      id: `kind/outer-${name}-${id}`,
      what: `a user token whose ${name} is not a string`,
      from: 'attacks 12',
      token: forUser(actor(), { [name]: value }),
      expect: 'claim_malformed',
      at: name,
    })),
  ),
  ...[1, 0, null, [], {}, ['true'], 'yes', '1', 'true ', ''].map(
    (value, index): Vector => ({
      id: `kind/delegation-${index + 1}`,
      what: 'a trustedfordelegation that is neither true nor false',
      from: 'attacks 12',
      token: forUser(actor({ trustedfordelegation: value })),
      expect: 'claim_malformed',
      at: 'trustedfordelegation',
    }),
  ),
]

const ODD_TIMES: [id: string, value: unknown][] = [
  ['null', null],
  ['boolean', true],
  ['array', [NOW]],
  ['object', {}],
  ['negative', -1],
  ['negative-text', '-1'],
  ['fraction', NOW + 0.5],
  ['fraction-text', `${NOW}.0`],
  ['nan-text', 'NaN'],
  ['infinity-text', 'Infinity'],
  ['exponent-text', '1e9'],
  ['hex-text', '0x7fffffff'],
  ['blank-text', ` ${NOW}`],
  ['plus-text', `+${NOW}`],
  ['date-text', '2026-11-21T00:00:00Z'],
  ['full-width-text', '１７９５２１９２００'],
  ['milliseconds', NOW * 1000],
  ['milliseconds-text', `${NOW * 1000}`],
  ['two-to-53', 2 ** 53],
  ['past-9999', 253_402_300_800],
  ['thirteen-digits', '0001795219200'],
]

const times: Vector[] = [
  ...(['nbf', 'exp'] as const).flatMap((name): Vector[] =>
    ODD_TIMES.flatMap(([id, value]): Vector[] => [
      {
        id: `time/actor-${name}-${id}`,
        what: `an actor token, truly signed, whose ${name} is no whole number of seconds`,
        from: 'attacks 16, 17',
        token: actor({ [name]: value }),
        expect: 'claim_malformed',
        at: name,
      },
      {
        id: `time/outer-${name}-${id}`,
        what: `a user token whose ${name} is no whole number of seconds`,
        from: 'attacks 16, 17',
        token: forUser(actor(), { [name]: value }),
        expect: 'claim_malformed',
        at: name,
      },
    ]),
  ),
  ...['1e400', '-1e400', '1e20', '1795219200.25'].map(
    (literal, index): Vector => ({
      id: `time/literal-${index + 1}`,
      what: 'an exp as a JSON number that is no whole number of seconds',
      from: 'attacks 16, 17',
      token: signed(rs256(), JSON.stringify(actorClaims({ exp: 0 })).replace('"exp":0', `"exp":${literal}`)),
      expect: 'claim_malformed',
      at: 'exp',
    }),
  ),
]

type Bound = [id: string, claims: { nbf?: unknown; exp?: unknown }, expect: Vector['expect']]

const BOUNDS: Bound[] = [
  ['exp-now', { exp: `${NOW}` }, 'accepted'],
  ['exp-at-skew', { exp: `${NOW - SKEW}` }, 'accepted'],
  ['exp-past-skew', { exp: `${NOW - SKEW - 1}` }, 'token_expired'],
  ['exp-at-skew-number', { exp: NOW - SKEW }, 'accepted'],
  ['exp-past-skew-number', { exp: NOW - SKEW - 1 }, 'token_expired'],
  ['exp-zero', { exp: 0 }, 'token_expired'],
  ['exp-zero-text', { nbf: '0', exp: '0' }, 'token_expired'],
  ['exp-last-moment', { exp: 253_402_300_799 }, 'lifetime_too_long'],
  ['nbf-zero', { nbf: 0 }, 'lifetime_too_long'],
  ['longest-life', { nbf: NOW - 60, exp: NOW - 60 + LONGEST_LIFETIME }, 'accepted'],
  ['one-second-longer', { nbf: NOW - 60, exp: NOW - 59 + LONGEST_LIFETIME }, 'lifetime_too_long'],
  ['nbf-at-skew', { nbf: `${NOW + SKEW}` }, 'accepted'],
  ['nbf-past-skew', { nbf: `${NOW + SKEW + 1}` }, 'token_not_yet_valid'],
  ['nbf-at-skew-number', { nbf: NOW + SKEW }, 'accepted'],
  ['nbf-past-skew-number', { nbf: NOW + SKEW + 1 }, 'token_not_yet_valid'],
  ['nbf-last-moment', { nbf: 253_402_300_799, exp: 253_402_300_799 }, 'token_not_yet_valid'],
]

const at = (which: string, expect: Vector['expect']) =>
  expect === 'accepted' ? {} : { at: `${which} ${expect === 'token_not_yet_valid' ? 'nbf' : 'exp'}` }

const bounds: Vector[] = BOUNDS.flatMap(([id, claims, expect]): Vector[] => [
  {
    id: `bounds/actor-${id}`,
    what: 'an actor token alone, at the edge of its time',
    from: 'facts 2.6, 8',
    token: actor(claims),
    expect,
    ...at('actor token', expect),
  },
  {
    id: `bounds/inner-${id}`,
    what: 'an actor token inside a user token, at the edge of its time',
    from: 'facts 2.6, 8',
    token: forUser(actor(claims)),
    expect,
    ...at('actor token', expect),
  },
  {
    id: `bounds/outer-${id}`,
    what: 'a user token, at the edge of its time, around an actor token well within its own',
    from: 'facts 2.6, 8',
    token: forUser(actor(), claims),
    expect,
    ...at('user token', expect),
  },
])

const strict: Vector[] = [
  {
    id: 'bounds/no-skew-exp',
    what: 'a token that expired a second ago where no skew is allowed',
    from: 'facts 2.6, 8: the skew is configurable',
    token: actor({ exp: NOW - 1 }),
    against: { skew: 0 },
    expect: 'token_expired',
  },
  {
    id: 'bounds/no-skew-exp-now',
    what: 'a token that expires this second where no skew is allowed',
    from: 'facts 2.6, 8',
    token: actor({ nbf: NOW, exp: NOW }),
    against: { skew: 0 },
    expect: 'accepted',
  },
  {
    id: 'bounds/no-skew-nbf',
    what: 'a token that begins in a second where no skew is allowed',
    from: 'facts 2.6, 8',
    token: actor({ nbf: NOW + 1 }),
    against: { skew: 0 },
    expect: 'token_not_yet_valid',
  },
]

export const CLAIMS: readonly Vector[] = [...missing, ...kinds, ...times, ...bounds, ...strict]
