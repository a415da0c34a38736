/** Who acts, and for whom: the partner itself, the user token bound to it, delegation. */
import { mainUser, STRANGER, type Vector } from './target.ts'
import type { Maker } from './tokens.ts'

export function actingVectors(make: Maker): Vector[] {
  return [...names(make), ...delegation(make), outerSays(make)]
}

function names({ target, actor, forUser }: Maker): Vector[] {
  const { caller, audience } = target
  const [id = '', realm = ''] = caller.split('@')
  const user = mainUser(target)
  const others: [id: string, name: string][] = [
    ['stranger', STRANGER],
    ['this-server', `${audience.appId}@${audience.realm}`],
    ['id-only', id],
    ['other-realm', `${id}@${realm === 'fabrikam.com' ? 'contoso.com' : 'fabrikam.com'}`],
    ['upper-case', caller.toUpperCase()],
    ['blank', `${caller} `],
    ['trailing-dot', `${caller}.`],
    ['user', user.upn ?? user.sid ?? 'nobody'],
  ]
  return others
    .filter(([, name]) => name !== caller)
    .flatMap(([id, name]): Vector[] => [
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
}

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

function delegation({ actor, forUser }: Maker): Vector[] {
  return DELEGATION.flatMap(([id, value, expect]): Vector[] => [
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
}

function outerSays({ actor, forUser }: Maker): Vector {
  return {
    id: 'delegation/outer-says-so',
    what: 'a user token that grants itself the delegation its actor token lacks',
    from: 'attacks 1: nothing unsigned counts',
    token: forUser(actor({ trustedfordelegation: undefined }), { trustedfordelegation: 'true' }),
    expect: 'delegation_not_trusted',
  }
}
