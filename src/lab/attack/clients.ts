/** Tokens as unmodified clients make them, member for member (facts/clients.md 1.1, 3; facts/protocol.md 2). */
import { mainUser, type Vector } from './target.ts'
import { type Maker, NONE, raw, WINDOWS } from './tokens.ts'

type Shape = Omit<Vector, 'expect'>

export function clientVectors(make: Maker): Vector[] {
  const shapes = [...highTrust(make), ...trustedProviders(make), ...servers(make), ...liberties(make)]
  return shapes.map((shape) => ({ ...shape, expect: 'accepted' }))
}

const HALF_DAY = 43_200

// TokenHelper: every value a string, nameid and trustedfordelegation last.
function tokenHelper({ target: { caller, key, now }, aud, signed }: Maker) {
  const claims = (life: number) => ({ aud, iss: caller, nbf: `${now}`, exp: `${now + life}` })
  const actor = (more: object, life = HALF_DAY) =>
    signed({ typ: 'JWT', alg: 'RS256', x5t: key.x5t }, { ...claims(life), nameid: caller, ...more })
  const user = (named: object, more: object = {}, life = HALF_DAY) =>
    raw(NONE, {
      ...{ ...claims(life), ...named },
      actortoken: actor({ trustedfordelegation: 'true', ...more }, life),
    })
  return { actor, user }
}

function highTrust(make: Maker): Shape[] {
  const { target, aud, signed } = make
  const { caller, now, key } = target
  const { x5t } = key
  const { upn, sid } = mainUser(target)
  const helper = tokenHelper(make)
  // JwtSecurityTokenHandler of .NET Core: alg, kid, x5t, typ; the claims first, then nbf, exp, iss, aud.
  const kid = Buffer.from(x5t, 'base64url').toString('hex').toUpperCase()
  const coreTimes = { nbf: now, exp: now + HALF_DAY, iss: caller, aud }
  const coreActor = signed(
    { alg: 'RS256', kid, x5t, typ: 'JWT' },
    { nameid: caller, trustedfordelegation: 'true', ...coreTimes },
  )
  const lowerSid = sid?.toLowerCase() ?? ''
  const bySid: Shape[] = [
    {
      id: 'token-helper/user',
      what: 'a Windows user by a SID in lower case',
      from: 'clients 3: TokenHelper',
      token: helper.user({ nameid: lowerSid, nii: WINDOWS }),
      user: { nameid: lowerSid, nii: WINDOWS },
    },
    {
      id: 'token-helper/million-minutes',
      what: 'a lifetime of 1,000,000 minutes',
      from: 'clients 3: one public copy',
      token: helper.user({ nameid: lowerSid, nii: WINDOWS }, {}, 60_000_000),
      user: { nameid: lowerSid, nii: WINDOWS },
    },
    {
      id: 'dotnet-core/user',
      what: 'the .NET Core shape inside a user token',
      from: 'clients 3: .NET Core port',
      token: raw(
        { alg: 'none', typ: 'JWT' },
        { nameid: lowerSid, nii: WINDOWS, actortoken: coreActor, ...coreTimes },
      ),
      user: { nameid: lowerSid, nii: WINDOWS },
    },
  ]
  return [
    {
      id: 'node-sp-auth/app-only',
      what: 'a window of 24 h, numbers for times, a boolean for delegation, alg before typ',
      from: 'clients 1.1: node-sp-auth 3.0.9',
      token: signed(
        { alg: 'RS256', typ: 'JWT', x5t },
        {
          ...{ aud, iss: caller, nameid: caller },
          ...{ nbf: now - HALF_DAY, exp: now + HALF_DAY, trustedfordelegation: true, iat: now },
        },
      ),
    },
    {
      id: 'token-helper/app-only',
      what: 'an actor token alone, without trustedfordelegation',
      from: 'clients 3: TokenHelper',
      token: helper.actor({}),
    },
    {
      id: 'dotnet-core/app-only',
      what: 'a kid beside x5t, numbers for times, the claims in another order',
      from: 'clients 3: .NET Core port',
      token: coreActor,
    },
    ...(sid === undefined ? [] : bySid),
    ...(upn === undefined
      ? []
      : [
          {
            id: 'pnp/upn',
            what: 'a user by UPN alone',
            from: 'clients 3: PnP',
            token: helper.user({ upn, nii: WINDOWS }),
            user: { upn, nii: WINDOWS },
          },
        ]),
  ]
}

function trustedProviders(make: Maker): Shape[] {
  const { target } = make
  const { upn, smtp, sip } = mainUser(target)
  const helper = tokenHelper(make)
  const nii = 'trusted:adfs'
  const bareSip = sip?.replace(/^sip:/i, '')
  const shapes: (Shape | undefined)[] = [
    smtp === undefined
      ? undefined
      : {
          id: 'saml/smtp',
          what: 'a user of a trusted provider by SMTP address, which also stands in the actor token',
          from: 'clients 3: SAML',
          token: helper.user({ smtp, nii }, { smtp }, 600),
          user: { smtp, nii },
        },
    bareSip === undefined
      ? undefined
      : {
          id: 'saml/sip',
          what: 'a user of a trusted provider by SIP address, which also stands in the actor token',
          from: 'clients 3: SAML',
          token: helper.user({ sip: bareSip, nii }, { sip: bareSip }),
          user: { sip: bareSip, nii },
        },
    upn === undefined
      ? undefined
      : {
          id: 'saml/upn',
          what: 'a user of a trusted provider by UPN',
          from: 'clients 3: SAML',
          token: helper.user({ upn, nii }),
          user: { upn, nii },
        },
    ...target.users.flatMap(({ provider }) =>
      provider === undefined
        ? []
        : [
            {
              id: 'fba/nameid',
              what: 'a user of a membership provider',
              from: 'clients 3: FBA',
              token: helper.user(provider),
              user: provider,
            },
          ],
    ),
  ]
  return shapes.filter((shape) => shape !== undefined)
}

// Exchange and Lync as callers, and services in their manner.
function servers({ target, actor, forUser, userClaims }: Maker): Shape[] {
  const { caller, now, key } = target
  const { upn } = mainUser(target)
  const claims = userClaims()
  const identities = Object.fromEntries(
    ['nameid', 'nii', 'upn', 'smtp', 'sip'].flatMap((name) =>
      claims[name] === undefined ? [] : [[name, String(claims[name])]],
    ),
  )
  const onlyUpn = { smtp: undefined, sip: undefined }
  const withQuote = target.users.find((user) => user.upn?.includes("'"))?.upn
  const byUpn: Shape[] = [
    {
      id: 'xoauth/nameid-upn',
      what: 'the UPN in nameid and nothing else',
      from: 'facts 2.5: [MS-XOAUTH] 3.2.5.6',
      token: forUser(actor(), { ...onlyUpn, upn: undefined, nii: undefined, nameid: upn }),
      user: { nameid: upn ?? '' },
    },
    {
      id: 'exchange-hybrid/puid',
      what: 'a PUID in nameid, an issuer in mixed case, 8 h for the user token',
      from: 'facts 2.5, 2.7',
      token: forUser(actor({ sub: 'x', oid: 'y', xms_spcu: 'true', iat: now }), {
        ...{ nameid: '10032001E2CBE43B', nii: 'urn:federation:MicrosoftOnline', exp: `${now + 28_800}` },
        ...onlyUpn,
      }),
      user: { nameid: '10032001E2CBE43B', nii: 'urn:federation:MicrosoftOnline', upn: upn ?? '' },
    },
    {
      id: 'any/empty-identities',
      what: 'identities that are empty are absent',
      from: 'facts 2.5',
      token: forUser(actor(), { nameid: '', nii: '', smtp: '', sip: '' }),
      user: { upn: upn ?? '' },
    },
  ]
  return [
    {
      id: 'lync/user',
      what: 'Lync for a user, with every address it knows',
      from: 'facts 2.5: Exchange and Lync as callers',
      token: forUser(),
      user: identities,
    },
    {
      id: 'lync/app-only',
      what: 'Lync as itself',
      from: 'facts 2.3',
      token: actor({ trustedfordelegation: undefined }),
    },
    {
      id: 'acs-style/numbers',
      what: 'numbers for times, an identityprovider, a kid equal to x5t',
      from: 'facts 2.1, 2.3',
      token: forUser(
        actor({ nbf: now - 300, exp: now + 86_400, iat: now, identityprovider: caller }, { kid: key.x5t }),
        { nbf: now - 300, exp: now + 86_400 },
      ),
    },
    ...(upn === undefined ? [] : byUpn),
    ...(withQuote === undefined
      ? []
      : [
          {
            id: 'javascript-serializer/apostrophe',
            what: 'an apostrophe written as \\u0027',
            from: 'clients 3: JavaScriptSerializer',
            token: raw(
              NONE,
              JSON.stringify({
                ...userClaims({ ...onlyUpn, nameid: withQuote, upn: withQuote }),
                actortoken: actor(),
              }).replaceAll("'", '\\u0027'),
            ),
            user: { nameid: withQuote, nii: WINDOWS, upn: withQuote },
          },
        ]),
  ]
}

// What no client is bound to write in one way only.
function liberties({ target, aud, actor, actorClaims, forUser, rs256, signed, userClaims }: Maker): Shape[] {
  const { now } = target
  return [
    {
      id: 'any/claim-order',
      what: 'the claims in another order',
      from: 'facts 2.4: order is not significant',
      token: raw(NONE, {
        actortoken: actor(),
        ...Object.fromEntries(Object.entries(userClaims()).reverse()),
      }),
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
      token: forUser(actor({ exp: `${now + 3_600}` }), { exp: `${now + 28_800}` }),
    },
    {
      id: 'any/escaped-slash',
      what: 'a slash written as \\/ in a signed payload',
      from: 'facts 1.3: seen in SharePoint’s JSON',
      token: signed(rs256(), JSON.stringify(actorClaims()).replace(aud, aud.replace('/', '\\/'))),
    },
  ]
}
