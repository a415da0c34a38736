/** Vectors that hold at a server where a trust broker is registered, and where the realm was changed. */
import type { Partner } from '../../src/trust/partner.ts'
import {
  actor,
  certificateOf,
  forUser,
  identity,
  KEYS,
  lync,
  NOW,
  principal,
  raw,
  rs256,
  STRANGER,
  signed,
} from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const REALM = 'litwareinc.com'
/** A random GUID, as a broker takes one. */
const BROKER = `8c2bd9cd-aa7f-4a5b-9f0a-3c9b5a5ed3a1@${REALM}`
const ADDIN_ID = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const ADDIN = `${ADDIN_ID}@${REALM}`

const broker: Partner = lync({
  identity: 'Broker',
  application: principal(BROKER),
  issuer: BROKER,
  source: { kind: 'certificate' },
  isTrustBroker: true,
})
const other = lync({
  identity: 'Other',
  application: principal(STRANGER.replace('fabrikam.com', REALM)),
  issuer: STRANGER.replace('fabrikam.com', REALM),
  certificates: [certificateOf(KEYS.stranger)],
})
const against = { partners: [broker, other] }
const { isTrustBroker: _, ...selfIssuer } = broker

const from = 'clients 1.1, 3: IssuerId is not ClientId'
const HALF_DAY = 43_200

const accepted: Vector[] = [
  {
    id: 'broker/user',
    what: 'an add-in for a user, signed with the shared key of the broker',
    from,
    token: forUser(actor({ iss: BROKER, nameid: ADDIN }), { iss: ADDIN }),
    against,
    expect: 'accepted',
  },
  {
    id: 'broker/node-sp-auth',
    what: 'node-sp-auth with an issuerId other than its clientId: numbers, a boolean, 24 h',
    from: 'clients 1.1: node-sp-auth 3.0.9',
    token: signed(
      { alg: 'RS256', typ: 'JWT', x5t: KEYS.partner.x5t },
      {
        aud: JSON.parse(Buffer.from(actor().split('.')[1]!, 'base64url').toString()).aud,
        ...{ iss: BROKER, nameid: ADDIN, nbf: NOW - HALF_DAY, exp: NOW + HALF_DAY },
        ...{ trustedfordelegation: true, iat: NOW },
      },
    ),
    against,
    expect: 'accepted',
  },
  {
    id: 'broker/token-helper-app-only',
    what: 'TokenHelper app-only with IssuerId and ClientId apart',
    from,
    token: actor({ iss: BROKER, nameid: ADDIN, trustedfordelegation: undefined }),
    against,
    expect: 'accepted',
  },
  {
    id: 'broker/itself',
    what: 'a broker that speaks for itself',
    from: 'clients 3',
    token: actor({ iss: BROKER, nameid: BROKER }),
    against,
    expect: 'accepted',
  },
]

const refused: Vector[] = [
  {
    id: 'broker/self-issuer-names-another',
    what: 'a partner that is no broker names another application',
    from: 'facts 2.6, 11',
    token: actor({ iss: BROKER, nameid: ADDIN }),
    against: { partners: [selfIssuer] },
    expect: 'actor_not_partner',
    at: 'nameid',
  },
  {
    id: 'broker/another-realm',
    what: 'a broker names an application of a realm that is not its own',
    from: 'facts 4; attacks 3: CVE-2025-55241',
    token: actor({ iss: BROKER, nameid: `${ADDIN_ID}@fabrikam.com` }),
    against,
    expect: 'brokered_realm_differs',
    at: 'nameid',
  },
  {
    id: 'broker/another-spelling-of-its-realm',
    what: 'the realm of the broker in upper case',
    from: 'facts 2.6: realms are compared exactly',
    token: actor({ iss: BROKER, nameid: `${ADDIN_ID}@${REALM.toUpperCase()}` }),
    against,
    expect: 'brokered_realm_differs',
  },
  {
    id: 'broker/any-realm',
    what: 'a broker names an application of any realm',
    from: 'facts 4: * never stands in a token',
    token: actor({ iss: BROKER, nameid: `${ADDIN_ID}@*` }),
    against,
    expect: 'brokered_realm_differs',
  },
  ...[
    ['exchange', '00000002-0000-0ff1-ce00-000000000000', 'brokered_name_reserved'],
    ['sharepoint', '00000003-0000-0ff1-ce00-000000000000', 'brokered_name_reserved'],
    ['lync', '00000004-0000-0ff1-ce00-000000000000', 'brokered_name_reserved'],
    ['token-server', '00000001-0000-0000-c000-000000000000', 'brokered_name_reserved'],
    ['partner', '00000006-0000-0dd1-ac00-000000000000', 'brokered_name_registered'],
  ].map(
    ([name, appId, code]): Vector => ({
      id: `broker/names-${name}`,
      what: 'a broker speaks for a server, or for a partner that is registered with a key of its own',
      from: 'attacks 4: CVE-2025-53786; facts 5',
      token: forUser(actor({ iss: BROKER, nameid: `${appId}@${REALM}` }), { iss: `${appId}@${REALM}` }),
      against,
      expect: code as Vector['expect'],
      at: 'nameid',
    }),
  ),
  {
    id: 'broker/names-disabled-partner',
    what: 'a broker speaks for a partner that was disabled',
    from: 'attacks 3: disabling takes effect at once',
    token: actor({ iss: BROKER, nameid: other.issuer }),
    against: { partners: [broker, { ...other, enabled: false }] },
    expect: 'brokered_name_registered',
  },
  {
    id: 'broker/names-this-server',
    what: 'a broker speaks for the server itself, whose id is none that everyone knows',
    from: 'attacks 1: CVE-2026-55040',
    token: actor({ iss: BROKER, nameid: ADDIN, aud: `${ADDIN_ID}/exchange.litwareinc.com@${REALM}` }),
    against: { ...against, self: { application: principal(ADDIN) } },
    expect: 'brokered_name_reserved',
  },
  ...[
    ['upper-case', `${ADDIN_ID.toUpperCase()}@${REALM}`],
    ['braces', `{${ADDIN_ID}}@${REALM}`],
    ['no-realm', ADDIN_ID],
    ['empty-realm', `${ADDIN_ID}@`],
    ['two-realms', `${ADDIN}@${REALM}`],
    ['blank', ` ${ADDIN}`],
    ['no-guid', `addin@${REALM}`],
    ['host', `${ADDIN_ID}/sharepoint.litwareinc.com@${REALM}`],
    ['reserved-in-upper-case', `00000002-0000-0FF1-CE00-000000000000@${REALM}`],
  ].map(
    ([name, nameid]): Vector => ({
      id: `broker/malformed-${name}`,
      what: 'a broker names an application in a spelling that another reader may take for another',
      from: 'attacks 13, 25',
      token: actor({ iss: BROKER, nameid }),
      against,
      expect: 'brokered_name_malformed',
      at: 'nameid',
    }),
  ),
  {
    id: 'broker/outer-issuer-is-the-broker',
    what: 'a user token that names the broker instead of the application its actor token names',
    from: 'facts 2.6, 12: [MS-XOAUTH] 3.2.5.6',
    token: forUser(actor({ iss: BROKER, nameid: ADDIN }), { iss: BROKER }),
    against,
    expect: 'outer_issuer_mismatch',
  },
  {
    id: 'broker/key-of-another-partner',
    what: 'the broker’s name over a signature of another partner',
    from: 'attacks 1, 4',
    token: actor({ iss: BROKER, nameid: ADDIN }, {}, KEYS.stranger),
    against,
    expect: 'key_unknown',
  },
  {
    id: 'broker/addin-signs-in-its-own-name',
    what: 'an add-in of the broker that uses its own name as issuer, with the broker’s key',
    from: 'facts/administration.md C.1',
    token: actor({ iss: ADDIN, nameid: ADDIN }),
    against,
    expect: 'issuer_unknown',
  },
  {
    id: 'broker/not-delegated',
    what: 'a broker’s add-in for a user without trustedfordelegation',
    from: 'facts 2.6, 13',
    token: forUser(actor({ iss: BROKER, nameid: ADDIN, trustedfordelegation: undefined }), { iss: ADDIN }),
    against,
    expect: 'delegation_not_trusted',
  },
  {
    id: 'broker/bad-signature',
    what: 'a broker’s token of which the application was changed after it was signed',
    from: 'attacks 9',
    token: (() => {
      const [header = '', , signature = ''] = actor({ iss: BROKER, nameid: ADDIN }).split('.')
      const changed = raw(rs256(), {
        ...JSON.parse(
          Buffer.from(actor({ iss: BROKER, nameid: BROKER }).split('.')[1]!, 'base64url').toString(),
        ),
      })
      return `${header}.${changed.split('.')[1]}.${signature}`
    })(),
    against,
    expect: 'bad_signature',
  },
]

const realms: Vector[] = [
  {
    id: 'realm/given-up',
    what: 'a good token of an issuer that is registered in a realm that this server had before',
    from: 'facts/administration.md C.3, F.1 13',
    token: forUser(),
    against: { formerRealms: [REALM] },
    expect: 'issuer_realm_given_up',
    at: 'iss',
  },
  {
    id: 'realm/another-given-up',
    what: 'a good token while another realm was given up',
    from: 'facts/administration.md C.3',
    token: forUser(),
    against: { formerRealms: ['old.litwareinc.com'], self: identity() },
    expect: 'accepted',
  },
]

export const BROKERS: readonly Vector[] = [...accepted, ...refused, ...realms]
