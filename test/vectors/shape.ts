/** The encoding of a token: segments, base64url, UTF-8, JSON. */
import {
  AUD,
  actor,
  actorClaims,
  encode,
  forUser,
  KEYS,
  NONE,
  partsOf,
  raw,
  rs256,
  signed,
  userClaims,
} from '../support/tokens.ts'
import type { Vector } from './vector.ts'

const [header, payload, signature] = partsOf(actor())

// Text whose last base64url character holds unused bits: 1 modulo 3 bytes long.
const text = JSON.stringify(actorClaims())
const uneven = text + ' '.repeat((3 - ((text.length + 2) % 3)) % 3)
const [, unevenPayload] = partsOf(signed(rs256(), uneven))
/** The same bytes in another spelling: the unused bits of the last character set. */
const respelled = (segment: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return segment.slice(0, -1) + alphabet[alphabet.indexOf(segment.slice(-1)) + 1]
}
const signedText = (head: string, body: string) => {
  const token = signed(Buffer.from(head, 'base64url'), Buffer.from(body, 'base64url'))
  return `${head}.${body}.${partsOf(token)[2]}`
}

const members = (json: object) => JSON.stringify(json).slice(1)
const arrays = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
const bytes = (before: string, odd: number[], after: string) =>
  Buffer.concat([Buffer.from(before), Buffer.from(odd), Buffer.from(after)])

type Row = [id: string, what: string, token: string, expect: Vector['expect'], at?: string]

const segments: Row[] = [
  ['empty', 'nothing at all', '', 'token_not_jwt'],
  ['one-segment', 'one segment', header, 'token_not_jwt'],
  ['two-segments', 'two segments, the second dot missing', `${header}.${payload}`, 'token_not_jwt'],
  ['four-segments', 'four segments', `${header}.${payload}.${signature}.`, 'token_not_jwt'],
  ['five-segments', 'the five segments of an encrypted token', 'e30.AA.AA.AA.AA', 'token_encrypted'],
  ['five-empty-segments', 'four dots and nothing else', '....', 'token_encrypted'],
  [
    'five-segments-inside',
    'an encrypted actor token',
    forUser('e30.AA.AA.AA.AA'),
    'token_encrypted',
    'actortoken',
  ],
  ['no-header', 'an empty header', `.${payload}.${signature}`, 'token_not_jwt'],
  ['no-payload', 'an empty payload', `${header}..${signature}`, 'token_not_jwt'],
  ['inner-not-jwt', 'an actor token that is a word', forUser('actor'), 'token_not_jwt', 'actortoken'],
  ['blank-before', 'a blank before the token', ` ${actor()}`, 'token_not_jwt'],
  ['line-end-after', 'a line end after the token', `${actor()}\n`, 'token_not_jwt'],
  ['tab-inside', 'a tab inside a segment', `${header}.\t${payload}.${signature}`, 'token_not_jwt'],
  ['nul-inside', 'a NUL inside a segment', `${header}.${payload}\0.${signature}`, 'token_not_jwt'],
  ['size-at-limit', 'a text of 16 KiB is not refused for its size', 'a'.repeat(16_384), 'token_not_jwt'],
  ['size-over-limit', 'one character more than 16 KiB', 'a'.repeat(16_385), 'token_too_large'],
  [
    'size-signed',
    'a truly signed token larger than 16 KiB',
    actor({ x: 'x'.repeat(16_384) }),
    'token_too_large',
  ],
]

const base64: Row[] = [
  ['padding', 'a padded signature', `${actor()}==`, 'token_not_jwt'],
  ['padded-header', 'a padded header', `${header}=.${payload}.${signature}`, 'token_not_jwt'],
  ['plus', 'the plain alphabet: +', `${header}.${payload}.+${signature.slice(1)}`, 'token_not_jwt'],
  ['slash', 'the plain alphabet: /', `${header}.${payload}./${signature.slice(1)}`, 'token_not_jwt'],
  [
    'trailing-bits-signature',
    'unused bits set at the end of the signature',
    `${header}.${payload}.${respelled(signature)}`,
    'token_bad_base64url',
    'token signature',
  ],
  [
    'trailing-bits-payload',
    'unused bits set at the end of a truly signed payload',
    signedText(header, respelled(unevenPayload)),
    'token_bad_base64url',
    'token payload',
  ],
  [
    'uneven-payload',
    'the same payload spelled as an encoder would',
    signedText(header, unevenPayload),
    'accepted',
  ],
  [
    'trailing-bits-outer',
    'unused bits set at the end of the header of a user token',
    forUser().replace(/^[^.]*/, respelled(encode('{"alg":"none"} '.padEnd(16)))),
    'token_bad_base64url',
    'token header',
  ],
  ['length', 'a signature of a length no encoder makes', `${header}.${payload}.AAAAA`, 'token_bad_base64url'],
]

const utf8: Row[] = [
  [
    'utf8-invalid-byte',
    'a byte that is not UTF-8, truly signed',
    signed(rs256(), bytes('{"x":"', [0xff], `",${members(actorClaims())}`)),
    'token_bad_utf8',
    'token payload',
  ],
  [
    'utf8-overlong',
    'an overlong spelling of a quote',
    signed(rs256(), bytes('{"x":"', [0xc0, 0xa2], `",${members(actorClaims())}`)),
    'token_bad_utf8',
  ],
  [
    'utf8-surrogate',
    'a surrogate spelled as three bytes',
    signed(rs256(), bytes('{"x":"', [0xed, 0xa0, 0x80], `",${members(actorClaims())}`)),
    'token_bad_utf8',
  ],
  [
    'utf8-header',
    'a header with a byte that is not UTF-8',
    raw(bytes('{"alg":"', [0x80], '"}'), {}),
    'token_bad_utf8',
    'token header',
  ],
  [
    'utf8-inner',
    'an actor token with a byte that is not UTF-8',
    forUser(signed(rs256(), bytes('{"x":"', [0xfe], `",${members(actorClaims())}`))),
    'token_bad_utf8',
    'actortoken payload',
  ],
  [
    'byte-order-mark',
    'a byte order mark before the payload',
    signed(rs256(), `\uFEFF${text}`),
    'token_bad_json',
  ],
  ['utf8-plain', 'a claim outside ASCII', actor({ x: 'Müller 山田' }), 'accepted'],
]

const json: Row[] = [
  ...[
    '[]',
    '"text"',
    '1',
    'null',
    'true',
    'NaN',
    '',
    ' ',
    '{',
    '{"aud":}',
    "{'aud':1}",
    '{}{}',
    '{"a":1,}',
  ].map(
    (body, index): Row => [
      `payload-not-object-${index + 1}`,
      'a signed payload that is not a JSON object',
      body === '' ? `${header}.${encode('\n')}.${signature}` : signed(rs256(), body),
      'token_bad_json',
    ],
  ),
  ['header-array', 'a header that is an array', raw('[]', {}), 'token_bad_json', 'token header'],
  ['payload-in-array', 'the claims inside an array', signed(rs256(), [actorClaims()]), 'token_bad_json'],
  ['inner-header-null', 'an actor token whose header is null', forUser(raw('null', {})), 'token_bad_json'],
  [
    'duplicate-claim',
    'a claim twice, truly signed',
    signed(rs256(), `{"aud":"${AUD}",${members(actorClaims())}`),
    'token_duplicate_member',
    'token payload.aud',
  ],
  [
    'duplicate-escaped',
    'a claim twice, once spelled with an escape',
    signed(rs256(), `{"\\u0061ud":"${AUD}",${members(actorClaims())}`),
    'token_duplicate_member',
    'token payload.aud',
  ],
  [
    'duplicate-spaced',
    'a claim twice, with blanks before the colon',
    signed(rs256(), `{"iss" \n:"x",${members(actorClaims())}`),
    'token_duplicate_member',
  ],
  [
    'duplicate-nested',
    'a member twice deep inside an unknown claim',
    signed(rs256(), `{"x":[{"y":1,"y":1}],${members(actorClaims())}`),
    'token_duplicate_member',
  ],
  [
    'duplicate-proto',
    'the member __proto__ twice',
    signed(rs256(), `{"__proto__":1,"__proto__":{},${members(actorClaims())}`),
    'token_duplicate_member',
  ],
  [
    'duplicate-alg',
    'an algorithm twice in a header',
    raw('{"alg":"none","typ":"JWT","alg":"RS256"}', userClaims()),
    'token_duplicate_member',
    'token header.alg',
  ],
  [
    'duplicate-actortoken',
    'two actor tokens in one user token',
    raw(NONE, `{"actortoken":"${actor()}",${members({ ...userClaims(), actortoken: actor() })}`),
    'token_duplicate_member',
    'token payload.actortoken',
  ],
  [
    'duplicate-inner',
    'an issuer twice in the actor token',
    forUser(signed(rs256(), `{"iss":"x",${members(actorClaims())}`)),
    'token_duplicate_member',
    'actortoken payload.iss',
  ],
  [
    'same-name-elsewhere',
    'a claim name that also stands inside another claim',
    actor({ x: { aud: 1, y: { aud: 2 } } }),
    'accepted',
  ],
  ['name-in-text', 'a value that looks like a member', actor({ x: '","aud":"x', y: '"aud":' }), 'accepted'],
  [
    'proto-member',
    'a __proto__ with claims in place of claims',
    signed(rs256(), `{"__proto__":${text}}`),
    'claim_missing',
  ],
  ['depth-at-limit', 'eight levels of nesting in the payload', actor({ x: arrays(7) }), 'accepted'],
  ['depth-over-limit', 'nine levels of nesting in the payload', actor({ x: arrays(8) }), 'token_too_deep'],
  [
    'depth-abyss',
    'thousands of levels of nesting',
    signed(rs256(), `{"x":${'['.repeat(9_000)}`),
    'token_too_deep',
  ],
  [
    'depth-header',
    'five levels of nesting in the header',
    actor({}, { x: arrays(4) }),
    'token_too_deep',
    'token header',
  ],
  ['depth-inner', 'an actor token nested too deeply', forUser(actor({ x: arrays(8) })), 'token_too_deep'],
  [
    'whitespace',
    'a payload with blanks and line ends',
    signed(rs256(), JSON.stringify(actorClaims(), null, 2)),
    'accepted',
  ],
]

const from = (rows: Row[], source: string): Vector[] =>
  rows.map(([id, what, token, expect, at]) => ({
    ...{ id: `shape/${id}`, what, from: source, token, expect },
    ...(at !== undefined && { at }),
  }))

export const SHAPE: readonly Vector[] = [
  ...from(segments, 'attacks 24, 27; RFC 7515, 7.1'),
  ...from(base64, 'attacks 16; RFC 4648, 3.5'),
  ...from(utf8, 'attacks 16; RFC 7519, 7.2'),
  ...from(json, 'attacks 16, 27; RFC 7515, 4'),
  {
    id: 'shape/duplicate-stranger',
    what: 'a duplicate is seen before the key is looked up',
    from: 'attacks 19',
    token: signed(rs256(KEYS.stranger), `{"iss":"x",${members(actorClaims())}`, KEYS.stranger),
    expect: 'token_duplicate_member',
  },
]
