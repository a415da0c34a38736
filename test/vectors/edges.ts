/** Vectors that hold for a clock that stands still, for one skew, and for a server of several names. */
import { presented } from '../../src/lab/attack/audience.ts'
import { timed } from '../../src/lab/attack/claims.ts'
import { LONGEST_LIFETIME } from '../../src/protocol/claims.ts'
import { AUD, actor, forUser, HOST, MAKE, NOW, PORT, SKEW } from '../support/tokens.ts'
import type { Vector } from './vector.ts'

type Bound = [id: string, claims: { nbf?: unknown; exp?: unknown }, expect: Vector['expect']]

const BEFORE = NOW - 3_600

const BOUNDS: Bound[] = [
  ['end-before-begin', { nbf: NOW + 250, exp: NOW - 200 }, 'lifetime_reversed'],
  ['end-at-begin', { nbf: NOW - 60, exp: NOW - 60 }, 'lifetime_reversed'],
  ['end-after-begin', { nbf: NOW - 60, exp: NOW - 59 }, 'accepted'],
  ['exp-now', { exp: `${NOW}` }, 'accepted'],
  ['exp-at-skew', { nbf: BEFORE, exp: `${NOW - SKEW}` }, 'accepted'],
  ['exp-past-skew', { exp: `${NOW - SKEW - 1}` }, 'token_expired'],
  ['exp-at-skew-number', { nbf: BEFORE, exp: NOW - SKEW }, 'accepted'],
  ['exp-past-skew-number', { exp: NOW - SKEW - 1 }, 'token_expired'],
  ['longest-life', { nbf: NOW - 60, exp: NOW - 60 + LONGEST_LIFETIME }, 'accepted'],
  ['one-second-longer', { nbf: NOW - 60, exp: NOW - 59 + LONGEST_LIFETIME }, 'lifetime_too_long'],
  ['nbf-at-skew', { nbf: `${NOW + SKEW}` }, 'accepted'],
  ['nbf-past-skew', { nbf: `${NOW + SKEW + 1}` }, 'token_not_yet_valid'],
  ['nbf-at-skew-number', { nbf: NOW + SKEW }, 'accepted'],
  ['nbf-past-skew-number', { nbf: NOW + SKEW + 1 }, 'token_not_yet_valid'],
]

const noSkew: Vector[] = [
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
    token: actor({ nbf: NOW - 1, exp: NOW }),
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

const on = (host: string) => `00000002-0000-0ff1-ce00-000000000000/${host}@litwareinc.com`

const NAMES: [id: string, aud: string, expect: Vector['expect']][] = [
  ['second-name', on('autodiscover.litwareinc.com'), 'accepted'],
  ['ipv4', on(`127.0.0.1:${PORT}`), 'accepted'],
  ['ipv6', on('[::1]'), 'accepted'],
  ['ipv6-port', on(`[::1]:${PORT}`), 'accepted'],
  ['domain-only', on('litwareinc.com'), 'audience_wrong_host'],
  ['short-name', on('exchange'), 'audience_wrong_host'],
]

const otherName: Vector = {
  id: 'aud/mismatch-host',
  what: 'two good audiences that name this server differently',
  from: 'attacks 3; facts 2.4',
  token: forUser(actor(), { aud: AUD.replace(`${HOST}:${PORT}`, 'autodiscover.litwareinc.com') }),
  expect: 'outer_audience_mismatch',
}

export const EDGES: readonly Vector[] = [
  ...BOUNDS.flatMap((row) => timed(MAKE, ...row)),
  ...noSkew,
  ...NAMES.flatMap((row) => presented(MAKE, ...row)),
  otherName,
]
