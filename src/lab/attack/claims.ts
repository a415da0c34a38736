/** What the claims may be: present, of the right kind, within their time. */
import type { Target, Vector } from './target.ts'
import { type Maker, speltOut } from './tokens.ts'

export function claimVectors(make: Maker): Vector[] {
  return [
    ...missing(make),
    ...kinds(make),
    ...times(make),
    ...timesOf(make.target).flatMap((row) => timed(make, ...row)),
  ]
}

const REQUIRED = ['aud', 'iss', 'nbf', 'exp', 'nameid'] as const
const OUTER_REQUIRED = ['aud', 'iss', 'nbf', 'exp'] as const
const NOT_TEXT: [id: string, value: unknown][] = [
  ['number', 1],
  ['boolean', true],
  ['null', null],
  ['array', ['x']],
  ['object', { toString: 'x' }],
]

// Ends a text for some readers and not for others.
const CONTROLS: [id: string, character: string][] = [
  ['nul', '\0'],
  ['line-end', '\n'],
  ['delete', '\u007f'],
]

function missing({ aud, actor, forUser }: Maker): Vector[] {
  return [
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
      token: actor({ aud: undefined, AUD: aud }),
      expect: 'claim_missing',
      at: 'aud',
    },
  ]
}

function kinds({ actor, actorClaims, forUser, userClaims }: Maker): Vector[] {
  return [
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
    ...(['nameid', 'nii', 'upn', 'smtp', 'sip'] as const).flatMap((name): Vector[] =>
      CONTROLS.map(([id, character]) => ({
        id: `kind/outer-${name}-${id}`,
        what: `a user token whose ${name} holds a control character`,
        from: 'attacks 25; CWE-158',
        token: forUser(actor(), { [name]: `${userClaims()[name] ?? 'x'}${character}x` }),
        expect: 'claim_malformed',
        at: name,
      })),
    ),
    ...[1, 0, null, [], {}, ['true'], 'yes', '1', 'true ', ''].map(
      (value): Vector => ({
        id: `kind/delegation-${speltOut(value)}`,
        what: 'a trustedfordelegation that is neither true nor false',
        from: 'attacks 12',
        token: forUser(actor({ trustedfordelegation: value })),
        expect: 'claim_malformed',
        at: 'trustedfordelegation',
      }),
    ),
  ]
}

/** The last moment that .NET can name: 9999-12-31T23:59:59Z. */
const LAST_MOMENT = 253_402_300_799

const oddTimes = (now: number): [id: string, value: unknown][] => [
  ['null', null],
  ['boolean', true],
  ['array', [now]],
  ['object', {}],
  ['negative', -1],
  ['negative-text', '-1'],
  ['fraction', now + 0.5],
  ['fraction-text', `${now}.0`],
  ['nan-text', 'NaN'],
  ['infinity-text', 'Infinity'],
  ['exponent-text', '1e9'],
  ['hex-text', '0x7fffffff'],
  ['blank-text', ` ${now}`],
  ['plus-text', `+${now}`],
  ['date-text', new Date(now * 1000).toISOString().replace('.000Z', 'Z')],
  ['full-width-text', String(now).replace(/[0-9]/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))],
  ['milliseconds', now * 1000],
  ['milliseconds-text', `${now * 1000}`],
  ['two-to-53', 2 ** 53],
  ['past-9999', LAST_MOMENT + 1],
  ['thirteen-digits', String(now).padStart(13, '0')],
]

function times({ target: { now }, actor, actorClaims, forUser, rs256, signed }: Maker): Vector[] {
  return [
    ...(['nbf', 'exp'] as const).flatMap((name): Vector[] =>
      oddTimes(now).flatMap(([id, value]): Vector[] => [
        {
          id: `time/actor-${name}-${id}`,
          what: `an actor token, truly signed, whose ${name} is no whole number of seconds`,
          from: 'attacks 16, 17',
          token: actor({ [name]: value }),
          expect: 'time_malformed',
          at: name,
        },
        {
          id: `time/outer-${name}-${id}`,
          what: `a user token whose ${name} is no whole number of seconds`,
          from: 'attacks 16, 17',
          token: forUser(actor(), { [name]: value }),
          expect: 'time_malformed',
          at: name,
        },
      ]),
    ),
    ...['1e400', '-1e400', '1e20', '0.25'].map(
      (literal): Vector => ({
        id: `time/literal-${speltOut(literal)}`,
        what: 'an exp as a JSON number that is no whole number of seconds',
        from: 'attacks 16, 17',
        token: signed(
          rs256(),
          JSON.stringify(actorClaims({ exp: 0 })).replace('"exp":0', `"exp":${literal}`),
        ),
        expect: 'time_malformed',
        at: 'exp',
      }),
    ),
  ]
}

type Timed = [id: string, claims: { nbf?: unknown; exp?: unknown }, expect: Vector['expect']]

const HOUR = 3_600
const DAY = 86_400

// An hour and more on the wrong side: further than clocks lie apart, or a run lasts.
const timesOf = ({ now }: Target): Timed[] => [
  ['exp-zero', { exp: 0 }, 'token_expired'],
  ['exp-zero-text', { nbf: '0', exp: '0' }, 'token_expired'],
  ['exp-an-hour-ago', { nbf: `${now - 2 * HOUR}`, exp: `${now - HOUR}` }, 'token_expired'],
  ['exp-an-hour-ago-number', { nbf: now - 2 * HOUR, exp: now - HOUR }, 'token_expired'],
  ['exp-a-year-ago', { nbf: now - 366 * DAY, exp: now - 365 * DAY }, 'token_expired'],
  ['exp-last-moment', { exp: LAST_MOMENT }, 'lifetime_too_long'],
  ['nbf-zero', { nbf: 0 }, 'lifetime_too_long'],
  ['nbf-in-an-hour', { nbf: `${now + HOUR}`, exp: `${now + 2 * HOUR}` }, 'token_not_yet_valid'],
  ['nbf-in-an-hour-number', { nbf: now + HOUR, exp: now + 2 * HOUR }, 'token_not_yet_valid'],
  ['nbf-in-a-year', { nbf: now + 365 * DAY, exp: now + 366 * DAY }, 'token_not_yet_valid'],
  ['nbf-last-moment', { nbf: LAST_MOMENT, exp: LAST_MOMENT }, 'token_not_yet_valid'],
]

/** One window of time in an actor token alone, in one inside a user token, and in the user token. */
export function timed({ actor, forUser }: Maker, ...[id, claims, expect]: Timed): Vector[] {
  const at = (which: string) => {
    if (expect === 'accepted') return {}
    // The claims of both tokens are looked at before it matters whose they are.
    if (expect === 'lifetime_too_long') return { at: 'exp' }
    return { at: `${which} ${expect === 'token_not_yet_valid' ? 'nbf' : 'exp'}` }
  }
  return [
    {
      id: `bounds/actor-${id}`,
      what: 'an actor token alone, at the edge of its time or beyond',
      from: 'facts 2.6, 8',
      token: actor(claims),
      expect,
      ...at('actor token'),
    },
    {
      id: `bounds/inner-${id}`,
      what: 'an actor token inside a user token, at the edge of its time or beyond',
      from: 'facts 2.6, 8',
      token: forUser(actor(claims)),
      expect,
      ...at('actor token'),
    },
    {
      id: `bounds/outer-${id}`,
      what: 'a user token, at the edge of its time or beyond, around an actor token well within its own',
      from: 'facts 2.6, 8',
      token: forUser(actor(), claims),
      expect,
      ...at('user token'),
    },
  ]
}
