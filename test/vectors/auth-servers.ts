/** Vectors that hold at a server where a token server is registered, and applications that use one. */
import type { Partner, TrustLevel } from '../../src/trust/partner.ts'
import { actor, certificateOf, forUser, KEYS, LYNC, lync, principal, STRANGER } from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const REALM = 'litwareinc.com'
export const TOKEN_SERVER = `00000001-0000-0000-c000-000000000000@${REALM}`
const EXCHANGE = `00000002-0000-0ff1-ce00-000000000000@${REALM}`
const OTHER_REALM = '00000001-0001-0000-c000-000000000000@fabrikam.com'

/** The token server, with the key that tokens here are signed with. */
export const tokenServer = (change: Partial<Partner> = {}): Partner =>
  lync({
    identity: 'TokenServer',
    application: principal(TOKEN_SERVER),
    issuer: TOKEN_SERVER,
    authServer: {},
    ...change,
  })

/** Lync as one that uses a token server. */
export const lyncBehind = (change: Partial<Partner> = {}): Partner =>
  lync({ source: { kind: 'auth server' }, certificates: [], ...change })

const against = { partners: [tokenServer(), lyncBehind()] }
const from = 'facts 2.3, 2.6, 11; 6'

/** As the token server issues it. */
export const issued = (claims: Record<string, unknown> = {}): string =>
  actor({
    iss: TOKEN_SERVER,
    nameid: LYNC,
    identityprovider: TOKEN_SERVER,
    trustedfordelegation: 'true',
    ...claims,
  })

const accepted: Vector[] = [
  {
    id: 'auth-server/user',
    what: 'an actor token of the token server in a user token of the application that it names',
    from,
    token: forUser(issued()),
    against,
    expect: 'accepted',
  },
  {
    id: 'auth-server/application',
    what: 'the same for the application alone',
    from,
    token: issued({ trustedfordelegation: 'false' }),
    against,
    expect: 'accepted',
  },
  {
    id: 'auth-server/any-realm',
    what: 'a token server that is registered for any realm, for an application of the realm it names',
    from: 'facts 4: *',
    token: issued(),
    against: {
      partners: [
        tokenServer({
          application: principal(TOKEN_SERVER.replace(REALM, '*')),
        }),
        lyncBehind(),
      ],
    },
    expect: 'accepted',
  },
  {
    id: 'auth-server/consent-of-another-kind',
    what: 'a claim named consent that is no text, from whoever means something else by it',
    from: 'ours: docs/token-server.md',
    token: forUser(issued({ consent: ['kenmyer@litwareinc.com'] })),
    against,
    expect: 'accepted',
  },
]

const refused: Vector[] = [
  {
    id: 'auth-server/not-registered',
    what: 'a token server that nobody has registered',
    from,
    token: forUser(issued()),
    against: { partners: [lyncBehind()] },
    expect: 'issuer_unknown',
  },
  {
    id: 'auth-server/disabled',
    what: 'a token server that is disabled',
    from: 'facts/administration.md B.3: neither issues nor accepts',
    token: forUser(issued()),
    against: { partners: [tokenServer({ enabled: false }), lyncBehind()] },
    expect: 'auth_server_disabled',
    at: 'enabled',
  },
  {
    id: 'auth-server/signed-itself',
    what: 'an application that uses a token server signs for itself',
    from: 'facts/administration.md A.2',
    token: forUser(),
    against,
    expect: 'partner_uses_auth_server',
    at: 'iss',
  },
  {
    id: 'auth-server/signed-itself-though-keys-are-stored',
    what: 'the same, even if keys of it got into the store',
    from: 'facts/administration.md A.2',
    token: forUser(),
    against: { partners: [tokenServer(), lyncBehind({ certificates: [certificateOf(KEYS.partner)] })] },
    expect: 'partner_uses_auth_server',
  },
  {
    id: 'auth-server/names-a-partner-with-keys',
    what: 'the token server speaks for a partner that signs for itself',
    from: 'attacks 3: CVE-2025-55241',
    token: forUser(issued()),
    against: { partners: [tokenServer(), lync({ certificates: [certificateOf(KEYS.stranger)] })] },
    expect: 'auth_server_not_used',
    at: 'nameid',
  },
  {
    id: 'auth-server/names-nobody',
    what: 'the token server speaks for an application that is not registered',
    from,
    token: issued(),
    against: { partners: [tokenServer()] },
    expect: 'auth_server_names_unknown',
    at: 'nameid',
  },
  {
    id: 'auth-server/names-itself',
    what: 'a token server that speaks for itself',
    from,
    token: issued({ nameid: TOKEN_SERVER }),
    against,
    expect: 'auth_server_names_unknown',
  },
  {
    id: 'auth-server/names-this-server',
    what: 'a token server that speaks for the server that it speaks to',
    from: 'attacks 1',
    token: issued({ nameid: EXCHANGE }),
    against,
    expect: 'auth_server_names_unknown',
  },
  {
    id: 'auth-server/names-this-server-of-before',
    what: 'the same, where the server’s own id was registered while it was of another realm',
    from: 'attacks 1',
    token: issued({ nameid: EXCHANGE }),
    against: {
      partners: [tokenServer(), lyncBehind({ application: principal(EXCHANGE), issuer: EXCHANGE })],
    },
    expect: 'auth_server_names_unknown',
    at: 'nameid',
  },
  {
    id: 'auth-server/orphan',
    what: 'a token server of any realm speaks for an application of a realm that this server has given up',
    from: 'facts/administration.md C.3',
    token: issued(),
    against: {
      partners: [tokenServer({ application: principal(TOKEN_SERVER.replace(REALM, '*')) }), lyncBehind()],
      formerRealms: [REALM],
    },
    expect: 'issuer_realm_given_up',
    at: 'nameid',
  },
  {
    id: 'auth-server/names-upper-case',
    what: 'the application in upper case',
    from: 'facts 5: ids are compared exactly',
    token: issued({ nameid: LYNC.replace('0ff1-ce00', '0FF1-CE00') }),
    against,
    expect: 'auth_server_names_unknown',
  },
  {
    id: 'auth-server/names-another-realm',
    what: 'the token server speaks for an application of another realm, which uses a token server too',
    from: 'facts 4; attacks 3: CVE-2025-55241',
    token: issued({ nameid: STRANGER }),
    against: {
      partners: [tokenServer(), lyncBehind({ application: principal(STRANGER), issuer: STRANGER })],
    },
    expect: 'auth_server_realm_differs',
    at: 'nameid',
  },
  {
    id: 'auth-server/of-another-realm',
    what: 'a token server of another realm speaks for an application of this one',
    from: 'facts 4',
    token: issued({ iss: OTHER_REALM }),
    against: {
      partners: [tokenServer({ application: principal(OTHER_REALM), issuer: OTHER_REALM }), lyncBehind()],
    },
    expect: 'auth_server_realm_differs',
  },
  {
    id: 'auth-server/names-no-realm',
    what: 'an application without a realm',
    from: 'facts 2.2',
    token: issued({ nameid: LYNC.split('@')[0] }),
    against,
    expect: 'auth_server_realm_differs',
  },
  {
    id: 'auth-server/application-disabled',
    what: 'a good token of the token server for a partner that is disabled',
    from: 'attacks 3; facts 1.4',
    token: forUser(issued()),
    against: { partners: [tokenServer(), lyncBehind({ enabled: false })] },
    expect: 'partner_disabled',
    at: 'enabled',
  },
  {
    id: 'auth-server/a-partner-poses-as-one',
    what: 'a partner that is no token server names one that uses one',
    from: 'facts 2.6, 11',
    token: actor({ iss: STRANGER, nameid: LYNC }),
    against: {
      partners: [tokenServer(), lyncBehind(), lync({ application: principal(STRANGER), issuer: STRANGER })],
    },
    expect: 'actor_not_partner',
  },
  {
    id: 'auth-server/delegation-not-trusted',
    what: 'a user token around a token that the token server made for the application alone',
    from: 'facts 2.3',
    token: forUser(issued({ trustedfordelegation: 'false' })),
    against,
    expect: 'delegation_not_trusted',
  },
]

// facts/administration.md A.1 once more, with a token server's consent in sight.
const LEVELS = {
  Full: { application: 'accepted', user: 'accepted', consented: 'accepted' },
  Application: { application: 'accepted', user: 'trust_level_forbids_user', consented: 'accepted' },
  User: {
    application: 'trust_level_forbids_application',
    user: 'trust_level_forbids_user',
    consented: 'accepted',
  },
} as const satisfies Record<TrustLevel, Record<'application' | 'user' | 'consented', Vector['expect']>>

const KEN = 'kenmyer@litwareinc.com'

const levels: Vector[] = (Object.keys(LEVELS) as TrustLevel[]).flatMap((trustLevel): Vector[] => {
  const behind = { partners: [tokenServer(), lyncBehind({ trustLevel })] }
  const row = (id: string, token: string, expect: Vector['expect'], partners = behind): Vector => ({
    id: `auth-server/level-${trustLevel}-${id}`,
    what: `an application of trust level ${trustLevel}: ${id}`,
    from: 'facts/administration.md A.1',
    token,
    against: partners,
    expect,
  })
  return [
    row('as-itself', issued(), LEVELS[trustLevel].application),
    row('as-itself-with-consent', issued({ consent: KEN }), LEVELS[trustLevel].application),
    row('for-a-user', forUser(issued()), LEVELS[trustLevel].user),
    row('for-a-user-with-consent', forUser(issued({ consent: KEN })), LEVELS[trustLevel].consented),
    row('for-anyone-with-consent', forUser(issued({ consent: '*' })), LEVELS[trustLevel].consented),
    row('consent-outside-the-signature', forUser(issued(), { consent: KEN }), LEVELS[trustLevel].user),
    // A consent that a partner gives itself is none.
    row('consent-of-its-own', forUser(actor({ consent: KEN })), LEVELS[trustLevel].user, {
      partners: [lync({ trustLevel })],
    }),
  ]
})

export const AUTH_SERVERS: readonly Vector[] = [...accepted, ...refused, ...levels]
