/** Who acts, and for whom: the partner itself, the user token bound to it, delegation and trust level. */
import type { TrustLevel } from '../../src/trust/partner.ts'
import { actor, EXCHANGE, forUser, LYNC, lync, STRANGER } from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const NAMES: [id: string, name: string][] = [
  ['stranger', STRANGER],
  ['this-server', EXCHANGE],
  ['id-only', LYNC.split('@')[0] ?? ''],
  ['other-realm', LYNC.replace('litwareinc.com', 'fabrikam.com')],
  ['upper-case', LYNC.toUpperCase()],
  ['blank', `${LYNC} `],
  ['trailing-dot', `${LYNC}.`],
  ['user', 'kenmyer@litwareinc.com'],
]

const partner: Vector[] = NAMES.flatMap(([id, name]): Vector[] => [
  {
    id: `acting/nameid-${id}`,
    what: 'an actor token, truly signed, that names another application than the one that signed',
    from: 'facts 2.6, 11: not a broker',
    token: actor({ nameid: name }),
    expect: 'actor_not_partner',
    at: 'nameid',
  },
  {
    id: `acting/nameid-inner-${id}`,
    what: 'the same inside a user token that agrees with it',
    from: 'attacks 3; facts 2.6, 11',
    token: forUser(actor({ nameid: name }), { iss: name }),
    expect: 'actor_not_partner',
  },
  {
    id: `acting/outer-iss-${id}`,
    what: 'a user token issued by another than its actor token names',
    from: 'attacks 3: CVE-2025-55241; facts 2.6, 12',
    token: forUser(actor(), { iss: name }),
    expect: 'outer_issuer_mismatch',
    at: 'iss',
  },
])

const DELEGATION: [id: string, value: unknown, expect: Vector['expect']][] = [
  ['missing', undefined, 'delegation_not_trusted'],
  ['false-text', 'false', 'delegation_not_trusted'],
  ['FALSE-text', 'FALSE', 'delegation_not_trusted'],
  ['false', false, 'delegation_not_trusted'],
  ['true', true, 'accepted'],
  ['true-text', 'true', 'accepted'],
  ['True-text', 'True', 'accepted'],
  ['TRUE-text', 'TRUE', 'accepted'],
]

const delegation: Vector[] = DELEGATION.flatMap(([id, value, expect]): Vector[] => [
  {
    id: `delegation/user-${id}`,
    what: 'a user token around an actor token with this trustedfordelegation',
    from: 'facts 2.6, 13',
    token: forUser(actor({ trustedfordelegation: value })),
    expect,
    ...(expect !== 'accepted' && { at: 'trustedfordelegation' }),
  },
  {
    id: `delegation/application-${id}`,
    what: 'an actor token alone, which needs no delegation and may say it has it',
    from: 'facts 2.3; clients 1.1',
    token: actor({ trustedfordelegation: value }),
    expect: 'accepted',
  },
])

const outerSays: Vector = {
  id: 'delegation/outer-says-so',
  what: 'a user token that grants itself the delegation its actor token lacks',
  from: 'attacks 1: nothing unsigned counts',
  token: forUser(actor({ trustedfordelegation: undefined }), { trustedfordelegation: 'true' }),
  expect: 'delegation_not_trusted',
}

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

export const ACTING: readonly Vector[] = [...partner, ...delegation, outerSays, ...levels]
