/** The encoding of a token: segments, base64url, UTF-8, JSON. */
import type { Vector } from './target.ts'
import { encode, type Maker, NONE, partsOf, raw, speltOut } from './tokens.ts'

type Row = [id: string, what: string, token: string, expect: Vector['expect'], at?: string]

export function shapeVectors(make: Maker): Vector[] {
  return [
    ...from(segments(make), 'attacks 24, 27; RFC 7515, 7.1'),
    ...from(base64(make), 'attacks 16; RFC 4648, 3.5'),
    ...from(utf8(make), 'attacks 16; RFC 7519, 7.2'),
    ...from([...notObjects(make), ...json(make)], 'attacks 16, 27; RFC 7515, 4'),
    ...from(duplicates(make), 'attacks 16, 27; RFC 7515, 4'),
    {
      id: 'shape/duplicate-stranger',
      what: 'a duplicate is seen before the key is looked up',
      from: 'attacks 19',
      token: make.signed(
        make.rs256(make.target.stranger),
        `{"iss":"x",${members(make.actorClaims())}`,
        make.target.stranger,
      ),
      expect: 'token_duplicate_member',
    },
  ]
}

function from(rows: Row[], source: string): Vector[] {
  return rows.map(([id, what, token, expect, at]) => ({
    ...{ id: `shape/${id}`, what, from: source, token, expect },
    ...(at !== undefined && { at }),
  }))
}

const members = (json: object) => JSON.stringify(json).slice(1)
const arrays = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
const bytes = (before: string, odd: number[], after: string) =>
  Buffer.concat([Buffer.from(before), Buffer.from(odd), Buffer.from(after)])

function segments({ actor, forUser }: Maker): Row[] {
  const [header, payload, signature] = partsOf(actor())
  return [
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
}

/** The same bytes in another spelling: the unused bits of the last character set. */
function respelled(segment: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return segment.slice(0, -1) + alphabet[alphabet.indexOf(segment.slice(-1)) + 1]
}

function base64({ actor, actorClaims, forUser, rs256, signed }: Maker): Row[] {
  const [header, payload, signature] = partsOf(actor())
  const signedText = (head: string, body: string) => {
    const token = signed(Buffer.from(head, 'base64url'), Buffer.from(body, 'base64url'))
    return `${head}.${body}.${partsOf(token)[2]}`
  }
  // Text whose last base64url character holds unused bits: 1 modulo 3 bytes long.
  const text = JSON.stringify(actorClaims())
  const uneven = text + ' '.repeat((3 - ((Buffer.byteLength(text) + 2) % 3)) % 3)
  const [, unevenPayload] = partsOf(signed(rs256(), uneven))
  // A signature of a length that three divides, as of a key of 3072 bits, leaves no bits unused.
  const unusedBits: Row[] =
    signature.length % 4 === 0
      ? []
      : [
          [
            'trailing-bits-signature',
            'unused bits set at the end of the signature',
            `${header}.${payload}.${respelled(signature)}`,
            'token_bad_base64url',
            'token signature',
          ],
        ]
  return [
    ['padding', 'a padded signature', `${actor()}==`, 'token_not_jwt'],
    ['padded-header', 'a padded header', `${header}=.${payload}.${signature}`, 'token_not_jwt'],
    ['plus', 'the plain alphabet: +', `${header}.${payload}.+${signature.slice(1)}`, 'token_not_jwt'],
    ['slash', 'the plain alphabet: /', `${header}.${payload}./${signature.slice(1)}`, 'token_not_jwt'],
    ...unusedBits,
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
    [
      'length',
      'a signature of a length no encoder makes',
      `${header}.${payload}.AAAAA`,
      'token_bad_base64url',
    ],
  ]
}

function utf8({ actor, actorClaims, forUser, rs256, signed }: Maker): Row[] {
  const rest = `",${members(actorClaims())}`
  return [
    [
      'utf8-invalid-byte',
      'a byte that is not UTF-8, truly signed',
      signed(rs256(), bytes('{"x":"', [0xff], rest)),
      'token_bad_utf8',
      'token payload',
    ],
    [
      'utf8-overlong',
      'an overlong spelling of a quote',
      signed(rs256(), bytes('{"x":"', [0xc0, 0xa2], rest)),
      'token_bad_utf8',
    ],
    [
      'utf8-surrogate',
      'a surrogate spelled as three bytes',
      signed(rs256(), bytes('{"x":"', [0xed, 0xa0, 0x80], rest)),
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
      forUser(signed(rs256(), bytes('{"x":"', [0xfe], rest))),
      'token_bad_utf8',
      'actortoken payload',
    ],
    [
      'byte-order-mark',
      'a byte order mark before the payload',
      signed(rs256(), `\uFEFF${JSON.stringify(actorClaims())}`),
      'token_bad_json',
    ],
    ['utf8-plain', 'a claim outside ASCII', actor({ x: 'Müller 山田' }), 'accepted'],
  ]
}

const NOT_OBJECTS = [
  ...['[]', '"text"', '1', 'null', 'true', 'NaN', '', ' ', '{', '{"aud":}'],
  ...["{'aud':1}", '{}{}', '{"a":1,}'],
]

// What some parsers of JSON let pass, as the value of a claim.
const NOT_JSON = [
  ...['01', '.5', '5.', '+1', '0x10', '1e', '-', 'NaN', 'Infinity', 'undefined', 'TRUE', 'True', ''],
  ...[
    "'x'",
    '"x',
    '"\\x41"',
    '"\\u12"',
    '"\n"',
    '"\t"',
    '"\0"',
    '[1,]',
    '[1',
    '{"a"}',
    '{a:1}',
    '1 /* x */',
    '1 // x',
  ],
]

function notObjects({ actor, actorClaims, rs256, signed }: Maker): Row[] {
  const [header, , signature] = partsOf(actor())
  const payloads = NOT_OBJECTS.map(
    (body): Row => [
      `payload-not-object-${speltOut(body)}`,
      'a signed payload that is not a JSON object',
      body === '' ? `${header}.${encode('\n')}.${signature}` : signed(rs256(), body),
      'token_bad_json',
    ],
  )
  const headers = NOT_OBJECTS.filter((body) => body !== '').map(
    (body): Row => [
      `header-not-object-${speltOut(body)}`,
      'a header that is not a JSON object, truly signed',
      signed(body, actorClaims()),
      'token_bad_json',
      'token header',
    ],
  )
  const claims = NOT_JSON.map(
    (value): Row => [
      `claim-not-json-${speltOut(value)}`,
      'a claim whose value is not JSON, in a payload truly signed',
      signed(rs256(), `{"x":${value},${members(actorClaims())}`),
      'token_bad_json',
      'token payload',
    ],
  )
  return [...payloads, ...headers, ...claims]
}

function json({ actor, actorClaims, forUser, rs256, signed }: Maker): Row[] {
  return [
    ['header-array', 'a header that is an array', raw('[]', {}), 'token_bad_json', 'token header'],
    ['payload-in-array', 'the claims inside an array', signed(rs256(), [actorClaims()]), 'token_bad_json'],
    ['inner-header-null', 'an actor token whose header is null', forUser(raw('null', {})), 'token_bad_json'],
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
      signed(rs256(), `{"__proto__":${JSON.stringify(actorClaims())}}`),
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
}

function duplicates({ aud, actor, actorClaims, forUser, rs256, signed, userClaims }: Maker): Row[] {
  const after = (text: string) => signed(rs256(), `{${text},${members(actorClaims())}`)
  return [
    [
      'duplicate-claim',
      'a claim twice, truly signed',
      after(`"aud":"${aud}"`),
      'token_duplicate_member',
      'token payload.aud',
    ],
    [
      'duplicate-escaped',
      'a claim twice, once spelled with an escape',
      after(`"\\u0061ud":"${aud}"`),
      'token_duplicate_member',
      'token payload.aud',
    ],
    [
      'duplicate-spaced',
      'a claim twice, with blanks before the colon',
      after('"iss" \n:"x"'),
      'token_duplicate_member',
    ],
    [
      'duplicate-nested',
      'a member twice deep inside an unknown claim',
      after('"x":[{"y":1,"y":1}]'),
      'token_duplicate_member',
    ],
    [
      'duplicate-proto',
      'the member __proto__ twice',
      after('"__proto__":1,"__proto__":{}'),
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
      forUser(after('"iss":"x"')),
      'token_duplicate_member',
      'actortoken payload.iss',
    ],
  ]
}
