/** What a header may say: the algorithm, the type, the key's name, and nothing that steers verification. */
import { createHmac } from 'node:crypto'
import { mainUser, type Vector } from './target.ts'
import { encode, type Maker, NONE, raw, speltOut, WINDOWS } from './tokens.ts'

export function headerVectors(make: Maker): Vector[] {
  return [
    ...algorithms(make),
    ...confusion(make),
    ...unsigned(make),
    ...forbidden(make),
    ...types(make),
    ...thumbprints(make),
    ...nested(make),
  ]
}

const SPELLINGS: [id: string, alg: unknown][] = [
  ['None', 'None'],
  ['NONE', 'NONE'],
  ['nOnE', 'nOnE'],
  ['none-blank', 'none '],
  ['empty', ''],
  ['null', null],
  ['missing', undefined],
  ['number', 0],
  ['boolean', true],
  ['array', ['RS256']],
  ['array-none', ['none']],
  ['object', { alg: 'RS256' }],
  ['rs256', 'rs256'],
  ['RS256-blank', 'RS256 '],
  ['RS256-nul', 'RS256\0'],
  ['RS1', 'RS1'],
  ['RS384', 'RS384'],
  ['RS512', 'RS512'],
  ['PS256', 'PS256'],
  ['ES256', 'ES256'],
  ['EdDSA', 'EdDSA'],
  ['HS256', 'HS256'],
  ['dir', 'dir'],
]

function algorithms({ actor, forUser }: Maker): Vector[] {
  return SPELLINGS.flatMap(([name, alg]): Vector[] => [
    {
      id: `alg/alone-${name}`,
      what: 'an actor token alone, truly signed, whose header names another algorithm',
      from: 'attacks 2, 6, 7, 8',
      token: actor({}, { alg }),
      expect: 'algorithm_not_allowed',
      at: 'token header.alg',
    },
    {
      id: `alg/inner-${name}`,
      what: 'an actor token inside a user token whose header names another algorithm',
      from: 'attacks 2, 6, 7, 8',
      token: forUser(actor({}, { alg })),
      expect: 'algorithm_not_allowed',
      at: 'actortoken header.alg',
    },
    {
      id: `alg/outer-${name}`,
      what: 'a user token whose header names another algorithm',
      from: 'attacks 1, 2',
      token: forUser(actor(), {}, { alg }),
      expect: 'algorithm_not_allowed',
      at: 'token header.alg',
    },
  ])
}

function confusion({ target: { key }, rs256, actorClaims }: Maker): Vector[] {
  const hmac = (id: string, secret: string | Buffer): Vector => {
    const text = `${encode(rs256(key, { alg: 'HS256' }))}.${encode(actorClaims())}`
    const mac = createHmac('sha256', secret).update(text).digest('base64url')
    return {
      id: `alg/hs256-${id}`,
      what: 'a MAC made with the public key as its secret',
      from: 'attacks 6: CVE-2015-9235, CVE-2026-34950',
      token: `${text}.${mac}`,
      expect: 'algorithm_not_allowed',
    }
  }
  const spki = String(key.publicKey.export({ type: 'spki', format: 'pem' }))
  return [
    hmac('certificate', key.pem),
    hmac('spki', spki),
    hmac('spki-der', key.publicKey.export({ type: 'spki', format: 'der' })),
    hmac('blank-before', ` ${spki}`),
    hmac('crlf', spki.replaceAll('\n', '\r\n')),
    hmac('empty', ''),
  ]
}

function unsigned({ target: { caller, key }, actor, actorClaims, forUser, userClaims }: Maker): Vector[] {
  return [
    {
      id: 'unsigned/alone',
      what: 'the claims of an actor token, unsigned',
      from: 'attacks 1, 2: CVE-2026-55040, CVE-2023-29357',
      token: raw(NONE, actorClaims()),
      expect: 'unsigned_without_actor',
    },
    {
      id: 'unsigned/proof',
      what: 'a self-made loopback proof token',
      from: 'attacks 2: CVE-2023-29357',
      token: raw(NONE, {
        ...userClaims(),
        ver: 'hashedprooftoken',
        isloopback: 'true',
        endpointurl: 'qqlAJmTxpB9A67xSyZk+tmrrNmYClY/fqig7ceZNsSM=',
        endpointurlLength: 1,
      }),
      expect: 'unsigned_without_actor',
    },
    {
      id: 'unsigned/user-without-actor',
      what: 'a user token without an actor token',
      from: 'facts 2.6, 3',
      token: raw(NONE, userClaims()),
      expect: 'unsigned_without_actor',
    },
    {
      id: 'unsigned/empty-actor',
      what: 'a user token whose actor token is empty',
      from: 'facts 2.6, 3',
      token: forUser(''),
      expect: 'unsigned_without_actor',
    },
    {
      id: 'unsigned/actor-as-string',
      what: 'the claim "actor" in place of "actortoken"',
      from: 'facts 2.4',
      token: raw(NONE, { ...userClaims(), actor: caller }),
      expect: 'unsigned_without_actor',
    },
    {
      id: 'unsigned/actortoken-case',
      what: 'the claim spelled ActorToken',
      from: 'facts 2.1: names are matched exactly',
      token: raw(NONE, { ...userClaims(), ActorToken: actor() }),
      expect: 'unsigned_without_actor',
    },
    ...[1, true, null, [actor()], { actortoken: actor() }].map(
      (value): Vector => ({
        id: `unsigned/actor-kind-${Array.isArray(value) ? 'array' : typeof value === 'object' && value !== null ? 'object' : speltOut(value)}`,
        what: 'an actor token that is not a string',
        from: 'attacks 12',
        token: forUser(value),
        expect: 'claim_malformed',
        at: 'actortoken',
      }),
    ),
    {
      id: 'unsigned/with-signature',
      what: 'a user token that says none and carries a signature all the same',
      from: 'attacks 1',
      token: `${forUser()}AAAA`,
      expect: 'unsigned_with_signature',
    },
    {
      id: 'unsigned/inner',
      what: 'an unsigned actor token',
      from: 'attacks 1, 2',
      token: forUser(raw(NONE, actorClaims())),
      expect: 'actor_unsigned',
    },
    {
      id: 'unsigned/inner-with-x5t',
      what: 'an unsigned actor token that names a key',
      from: 'attacks 1',
      token: forUser(raw({ ...NONE, x5t: key.x5t }, actorClaims())),
      expect: 'actor_unsigned',
    },
    {
      id: 'unsigned/inner-with-signature',
      what: 'an actor token that says none over a true signature',
      from: 'attacks 2',
      token: forUser(actor({}, { alg: 'none' })),
      expect: 'actor_unsigned',
    },
  ]
}

function forbidden({
  target: { key, stranger },
  actor,
  actorClaims,
  forUser,
  rs256,
  signed,
}: Maker): Vector[] {
  const jwk = stranger.publicKey.export({ format: 'jwk' })
  const members: [member: HeaderMember, value: unknown][] = [
    ['crit', ['exp']],
    ['crit', []],
    ['jwk', jwk],
    ['jku', 'https://stranger.example/keys'],
    ['x5u', 'https://stranger.example/certificate'],
    ['x5c', ['MIIC']],
    ['zip', 'DEF'],
    ['b64', false],
    ['b64', true],
    ['enc', 'A256GCM'],
    ['jwk', null],
  ]
  return [
    ...members.flatMap(([member, value]): Vector[] => [
      {
        id: `header/${idOf(member, value)}-alone`,
        what: `a truly signed actor token whose header carries ${member}`,
        from: 'attacks 10, 11, 24: CVE-2018-0114, CVE-2026-35042',
        token: actor({}, { [member]: value }),
        expect: `header_${member}`,
        at: `token header.${member}`,
      },
      {
        id: `header/${idOf(member, value)}-inner`,
        what: `an actor token inside a user token whose header carries ${member}`,
        from: 'attacks 10, 11, 24',
        token: forUser(actor({}, { [member]: value })),
        expect: `header_${member}`,
        at: `actortoken header.${member}`,
      },
      {
        id: `header/${idOf(member, value)}-outer`,
        what: `a user token whose header carries ${member}`,
        from: 'attacks 10, 11, 24',
        token: forUser(actor(), {}, { [member]: value }),
        expect: `header_${member}`,
        at: `token header.${member}`,
      },
    ]),
    {
      id: 'header/jwk-and-matching-signature',
      what: 'a token signed with the very key its header brings along',
      from: 'attacks 10: CVE-2018-0114',
      token: signed(rs256(key, { jwk }), actorClaims(), stranger),
      expect: 'header_jwk',
    },
  ]
}

// A member that stands in several forms is named with its value, unless that is a whole key.
function idOf(member: HeaderMember, value: unknown): string {
  return member === 'jwk' && value !== null ? member : `${member}-${speltOut(value)}`
}

type HeaderMember = 'crit' | 'jwk' | 'jku' | 'x5u' | 'x5c' | 'zip' | 'b64' | 'enc'

const TYPES = ['JWE', 'at+jwt', 'JOSE', '', 1, null, ['JWT'], {}]

function types({ actor, forUser }: Maker): Vector[] {
  return [
    ...TYPES.flatMap((typ): Vector[] => [
      {
        id: `typ/alone-${speltOut(typ)}`,
        what: 'an actor token that says it is something other than a JWT',
        from: 'attacks 27; RFC 8725, 3.11',
        token: actor({}, { typ }),
        expect: 'type_not_jwt',
        at: 'token header.typ',
      },
      {
        id: `typ/inner-${speltOut(typ)}`,
        what: 'an actor token inside a user token that says it is something other than a JWT',
        from: 'attacks 27; RFC 8725, 3.11',
        token: forUser(actor({}, { typ })),
        expect: 'type_not_jwt',
        at: 'actortoken header.typ',
      },
    ]),
    ...['jwt', 'Jwt', undefined].map(
      (typ): Vector => ({
        id: `typ/accepted-${typ ?? 'missing'}`,
        what: 'a type in other letters, or none',
        from: 'RFC 7519, 5.1',
        token: forUser(actor({}, { typ }), {}, { typ }),
        expect: 'accepted',
      }),
    ),
  ]
}

function thumbprints({ target: { key }, actor }: Maker): Vector[] {
  const digest = Buffer.from(key.x5t, 'base64url')
  const unusable: [id: string, x5t: unknown][] = [
    ['missing', undefined],
    ['empty', ''],
    ['null', null],
    ['number', 1],
    ['array', [key.x5t]],
    ['hex', digest.toString('hex').toUpperCase()],
    ['short', key.x5t.slice(0, -1)],
    ['long', `${key.x5t}A`],
    ['blank', ` ${key.x5t}`],
  ]
  return [
    ...unusable.map(
      ([id, x5t]): Vector => ({
        id: `x5t/${id}`,
        what: 'a truly signed token that names its key in no usable way',
        from: 'facts 2.1; RFC 7515, 4.1.7',
        token: actor({}, { x5t }),
        expect: 'thumbprint_missing',
        at: 'token header.x5t',
      }),
    ),
    {
      id: 'x5t/kid-instead',
      what: 'a key named by kid alone',
      from: 'facts 2.1: x5t is mandatory',
      token: actor({}, { x5t: undefined, kid: key.x5t }),
      expect: 'thumbprint_missing',
    },
    {
      id: 'x5t/sha256-instead',
      what: 'a key named by x5t#S256 alone',
      from: 'facts 2.1',
      token: actor({}, { x5t: undefined, 'x5t#S256': 'A'.repeat(43) }),
      expect: 'thumbprint_missing',
    },
    {
      id: 'x5t/plain-base64',
      what: 'a thumbprint in the plain alphabet with padding',
      from: 'facts 1.2',
      token: actor({}, { x5t: digest.toString('base64') }),
      expect: 'accepted',
    },
  ]
}

function nested({ target, aud, actor, forUser }: Maker): Vector[] {
  return [
    ...[
      ['empty', ''],
      ['null', null],
    ].map(
      ([id, actortoken]): Vector => ({
        id: `nesting/alone-${id}`,
        what: 'a signed token, alone, with an actor token in it that is none',
        from: 'attacks 3',
        token: actor({ actortoken }),
        expect: 'actor_nested',
        at: 'actortoken',
      }),
    ),
    {
      id: 'nesting/signed-outer',
      what: 'a truly signed token that carries an actor token',
      from: 'attacks 27; facts 2.4',
      token: actor({ actortoken: actor() }),
      expect: 'actor_nested',
      at: 'actortoken',
    },
    {
      id: 'nesting/actor-in-actor',
      what: 'an actor token inside an actor token inside a user token',
      from: 'attacks 27; facts 2.4',
      token: forUser(actor({ actortoken: actor() })),
      expect: 'actor_nested',
      at: 'actortoken.actortoken',
    },
    {
      id: 'nesting/user-in-user',
      what: 'a user token in the place of the actor token',
      from: 'attacks 27: cross-type confusion',
      token: forUser(forUser()),
      expect: 'actor_nested',
    },
    {
      id: 'nesting/null-in-actor',
      what: 'an actor token that has the claim, if only as null',
      from: 'facts 2.4',
      token: forUser(actor({ actortoken: null })),
      expect: 'actor_nested',
    },
    {
      id: 'nesting/user-claims-signed-as-actor',
      what: 'a signed token with a user in it is an application alone',
      from: 'attacks 27: cross-type confusion',
      token: actor({ upn: mainUser(target).upn, nii: WINDOWS, aud }),
      expect: 'accepted',
    },
  ]
}
