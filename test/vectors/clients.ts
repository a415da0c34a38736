/** Tokens as unmodified clients make them, member for member (facts/clients.md 1.1, 3; facts/protocol.md 2). */
import type { Partner } from '../../src/trust/partner.ts'
import {
  AUD,
  actor,
  actorClaims,
  forUser,
  KEYS,
  LYNC,
  lync,
  NONE,
  NOW,
  principal,
  raw,
  rs256,
  type SituationChange,
  signed,
  userClaims,
} from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const REALM = 'af90cc03-4a26-45e9-906a-609cebcebbde'
const SHAREPOINT = `00000003-0000-0ff1-ce00-000000000000@${REALM}`
const ADD_IN = `00000006-0000-0dd1-ac00-000000000000@${REALM}`
const SITE = `00000003-0000-0ff1-ce00-000000000000/sharepoint.litwareinc.com:8443@${REALM}`
const HRAPP: Partner = lync({ identity: 'HRApp', application: principal(ADD_IN), issuer: ADD_IN })
const sharepoint: SituationChange = {
  self: { application: principal(SHAREPOINT), hosts: ['sharepoint.litwareinc.com'], port: 8443 },
  partners: [HRAPP],
}

const { x5t } = KEYS.partner
const HALF_DAY = 43_200
const SID = 's-1-5-21-2127521184-1604012920-1887927527-72713'

// TokenHelper: every value a string, nameid and trustedfordelegation last.
const helperActor = (more: object, life = HALF_DAY) =>
  signed(
    { typ: 'JWT', alg: 'RS256', x5t },
    { aud: SITE, iss: ADD_IN, nbf: `${NOW}`, exp: `${NOW + life}`, nameid: ADD_IN, ...more },
  )
const helperUser = (user: object, actorMore: object = {}, life = HALF_DAY) =>
  raw(NONE, {
    ...{ aud: SITE, iss: ADD_IN, nbf: `${NOW}`, exp: `${NOW + life}`, ...user },
    actortoken: helperActor({ trustedfordelegation: 'true', ...actorMore }, life),
  })
const AD = 'urn:office:idp:activedirectory'

// JwtSecurityTokenHandler of .NET Core: alg, kid, x5t, typ; the claims first, then nbf, exp, iss, aud.
const hexKid = Buffer.from(x5t, 'base64url').toString('hex').toUpperCase()
const coreActor = signed(
  { alg: 'RS256', kid: hexKid, x5t, typ: 'JWT' },
  { nameid: ADD_IN, trustedfordelegation: 'true', nbf: NOW, exp: NOW + HALF_DAY, iss: ADD_IN, aud: SITE },
)

const toSharePoint: Omit<Vector, 'expect' | 'against'>[] = [
  {
    id: 'node-sp-auth/app-only',
    what: 'a window of 24 h, numbers for times, a boolean for delegation, alg before typ',
    from: 'clients 1.1: node-sp-auth 3.0.9',
    token: signed(
      { alg: 'RS256', typ: 'JWT', x5t },
      {
        ...{ aud: SITE, iss: ADD_IN, nameid: ADD_IN },
        ...{ nbf: NOW - HALF_DAY, exp: NOW + HALF_DAY, trustedfordelegation: true, iat: NOW },
      },
    ),
  },
  {
    id: 'token-helper/app-only',
    what: 'an actor token alone, without trustedfordelegation',
    from: 'clients 3: TokenHelper',
    token: helperActor({}),
  },
  {
    id: 'token-helper/user',
    what: 'a Windows user by a SID in lower case',
    from: 'clients 3: TokenHelper',
    token: helperUser({ nameid: SID, nii: AD }),
    user: { nameid: SID, nii: AD },
  },
  {
    id: 'pnp/upn',
    what: 'a user by UPN alone',
    from: 'clients 3: PnP',
    token: helperUser({ upn: 'kenmyer@litwareinc.com', nii: AD }),
    user: { upn: 'kenmyer@litwareinc.com', nii: AD },
  },
  {
    id: 'saml/smtp',
    what: 'a user of a trusted provider by SMTP address, which also stands in the actor token',
    from: 'clients 3: SAML',
    token: helperUser(
      { smtp: 'kenmyer@litwareinc.com', nii: 'trusted:adfs' },
      { smtp: 'kenmyer@litwareinc.com' },
      600,
    ),
    user: { smtp: 'kenmyer@litwareinc.com', nii: 'trusted:adfs' },
  },
  {
    id: 'saml/sip',
    what: 'a user of a trusted provider by SIP address, which also stands in the actor token',
    from: 'clients 3: SAML',
    token: helperUser(
      { sip: 'kenmyer@litwareinc.com', nii: 'trusted:adfs' },
      { sip: 'kenmyer@litwareinc.com' },
    ),
    user: { sip: 'kenmyer@litwareinc.com', nii: 'trusted:adfs' },
  },
  {
    id: 'saml/upn',
    what: 'a user of a trusted provider by UPN',
    from: 'clients 3: SAML',
    token: helperUser({ upn: 'kenmyer@litwareinc.com', nii: 'trusted:adfs' }),
    user: { upn: 'kenmyer@litwareinc.com', nii: 'trusted:adfs' },
  },
  {
    id: 'fba/nameid',
    what: 'a user of a membership provider',
    from: 'clients 3: FBA',
    token: helperUser({ nameid: 'kenmyer', nii: 'urn:office:idp:forms:ldapmembers' }),
    user: { nameid: 'kenmyer', nii: 'urn:office:idp:forms:ldapmembers' },
  },
  {
    id: 'token-helper/million-minutes',
    what: 'a lifetime of 1,000,000 minutes',
    from: 'clients 3: one public copy',
    token: helperUser({ nameid: SID, nii: AD }, {}, 60_000_000),
    user: { nameid: SID, nii: AD },
  },
  {
    id: 'dotnet-core/app-only',
    what: 'a kid beside x5t, numbers for times, the claims in another order',
    from: 'clients 3: .NET Core port',
    token: coreActor,
  },
  {
    id: 'dotnet-core/user',
    what: 'the same inside a user token',
    from: 'clients 3: .NET Core port',
    token: raw(
      { alg: 'none', typ: 'JWT' },
      { nameid: SID, nii: AD, actortoken: coreActor, nbf: NOW, exp: NOW + HALF_DAY, iss: ADD_IN, aud: SITE },
    ),
    user: { nameid: SID, nii: AD },
  },
]

const obrien = raw(
  NONE,
  JSON.stringify({ ...userClaims({ smtp: undefined, sip: undefined }), actortoken: actor() }).replaceAll(
    'kenmyer@',
    'o\\u0027brien@',
  ),
)

const toExchange: Omit<Vector, 'expect'>[] = [
  {
    id: 'lync/user',
    what: 'Lync for a user, with every address it knows',
    from: 'facts 2.5: Exchange and Lync as callers',
    token: forUser(),
    user: {
      ...{ nameid: 'kenmyer@litwareinc.com', nii: AD, upn: 'kenmyer@litwareinc.com' },
      ...{ smtp: 'kenmyer@litwareinc.com', sip: 'sip:kenmyer@litwareinc.com' },
    },
  },
  {
    id: 'lync/app-only',
    what: 'Lync as itself',
    from: 'facts 2.3',
    token: actor({ trustedfordelegation: undefined }),
  },
  {
    id: 'javascript-serializer/apostrophe',
    what: 'an apostrophe written as \\u0027',
    from: 'clients 3: JavaScriptSerializer',
    token: obrien,
    user: { nameid: "o'brien@litwareinc.com", nii: AD, upn: "o'brien@litwareinc.com" },
  },
  {
    id: 'xoauth/nameid-upn',
    what: 'the UPN in nameid and nothing else',
    from: 'facts 2.5: [MS-XOAUTH] 3.2.5.6',
    token: forUser(actor(), { upn: undefined, smtp: undefined, sip: undefined, nii: undefined }),
    user: { nameid: 'kenmyer@litwareinc.com' },
  },
  {
    id: 'exchange-hybrid/puid',
    what: 'a PUID in nameid, an issuer in mixed case, 8 h for the user token',
    from: 'facts 2.5, 2.7',
    token: forUser(actor({ sub: 'x', oid: 'y', xms_spcu: 'true', iat: NOW }), {
      ...{ nameid: '10032001E2CBE43B', nii: 'urn:federation:MicrosoftOnline', exp: `${NOW + 28_800}` },
      ...{ smtp: undefined, sip: undefined },
    }),
    user: {
      ...{ nameid: '10032001E2CBE43B', nii: 'urn:federation:MicrosoftOnline' },
      upn: 'kenmyer@litwareinc.com',
    },
  },
  {
    id: 'acs-style/numbers',
    what: 'numbers for times, an identityprovider, a kid equal to x5t',
    from: 'facts 2.1, 2.3',
    token: forUser(
      actor({ nbf: NOW - 300, exp: NOW + 86_400, iat: NOW, identityprovider: LYNC }, { kid: x5t }),
      { nbf: NOW - 300, exp: NOW + 86_400 },
    ),
  },
  {
    id: 'any/claim-order',
    what: 'the claims in another order',
    from: 'facts 2.4: order is not significant',
    token: raw(NONE, { actortoken: actor(), ...Object.fromEntries(Object.entries(userClaims()).reverse()) }),
  },
  {
    id: 'any/extra-claims',
    what: 'claims of newer profiles and of context tokens',
    from: 'facts 2.4: ignore what is not ours',
    token: forUser(actor({ ver: '1.0', appid: 'x' }), {
      ...{ ver: 'app_asserted_user_v1', tid: 'x', scp: 'full', isbrowserhostedapp: 'true' },
      appctx: { msexchuid: 'x', version: 'ExIdTok.V1' },
    }),
  },
  {
    id: 'any/outer-outlives-actor',
    what: 'a user token that lives longer than its actor token',
    from: 'facts 2.4: own lifetime',
    token: forUser(actor({ exp: `${NOW + 60}` }), { exp: `${NOW + 28_800}` }),
  },
  {
    id: 'any/empty-identities',
    what: 'identities that are empty are absent',
    from: 'facts 2.5',
    token: forUser(actor(), { nameid: '', nii: '', smtp: '', sip: '' }),
    user: { upn: 'kenmyer@litwareinc.com' },
  },
  {
    id: 'any/escaped-slash',
    what: 'a slash written as \\/ in a signed payload',
    from: 'facts 1.3: seen in SharePoint’s JSON',
    token: signed(rs256(), JSON.stringify(actorClaims()).replace(AUD, AUD.replace('/', '\\/'))),
  },
]

export const CLIENTS: readonly Vector[] = [
  ...toSharePoint.map((vector): Vector => ({ ...vector, against: sharepoint, expect: 'accepted' })),
  ...toExchange.map((vector): Vector => ({ ...vector, expect: 'accepted' })),
]
