/** The compact encoding: what a token that cannot be read is refused with, word for word. */
import { createHook } from 'node:async_hooks'
import { createHash, createPublicKey } from 'node:crypto'
import { decodeJws, type Jws, localSigner, type SignedHeader, signatureFits } from '../../src/protocol/jws.ts'
import { bytesOf, decodeSegments, UNSIGNED_HEADER } from '../../src/protocol/segments.ts'
import type { JsonObject } from '../../src/protocol/strict-json.ts'
import { actor, certificateOf, encode, KEYS, NONE, partsOf, raw } from '../support/tokens.ts'

const { x5t } = KEYS.partner
const RS256 = { typ: 'JWT', alg: 'RS256', x5t }
const read = (token: string): Jws => {
  const decoded = decodeJws(token, 'token')
  if (!decoded.ok) throw new Error(decoded.code)
  return decoded.value
}
const withHeader = (header: object) => raw(header, {})
const withTail = (tail: string) => `${encode(RS256)}.${encode({})}.${tail}`

test('a token is decoded into what was signed, its signature, and nothing of the header that counts for nothing', () => {
  const token = actor()
  const [header, payload, signature] = partsOf(token)
  const jws = read(token)
  expect(jws.header).toEqual({ alg: 'RS256', x5t })
  expect(jws.signed).toBe(`${header}.${payload}`)
  expect(jws.signature).toBe(signature)
  expect(jws.payload).toEqual(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  expect(read(raw(NONE, {})).header).toEqual({ alg: 'none' })
  expect(read(raw({ ...NONE, x5t, kid: 'any' }, {})).header).toEqual({ alg: 'none' })
  expect(read(actor({}, { kid: 'any' })).header).toEqual({ alg: 'RS256', x5t })
})

const THUMBPRINT = 'the base64url SHA-1 of a certificate'
const REFUSED: [code: string, says: JsonObject, token: string][] = [
  [
    'token_too_large',
    { at: 'token', expected: 'at most 16384 characters', seen: '16385' },
    'a'.repeat(16_385),
  ],
  [
    'token_not_jwt',
    { at: 'token', expected: 'header.payload.signature', seen: '1 segments' },
    'a'.repeat(16_384),
  ],
  ['token_encrypted', { at: 'token' }, 'a.b.c.d.e'],
  ...['', 'a', 'e30A', 'a.b', 'a.b.c.d', 'a.b.c.d.e.f'].map((token): [string, JsonObject, string] => [
    'token_not_jwt',
    { at: 'token', expected: 'header.payload.signature', seen: `${token.split('.').length} segments` },
    token,
  ]),
  // Each of the three segments, with what is no base64url before it, after it, or instead of it.
  ...[
    '.e30.',
    'e30..',
    'e30.e30.=',
    '=e30.e30.',
    'e30=.e30.',
    'e30.=e30.',
    'e30.e30=.',
    'e30.e30.=AA',
    'e30.e30.AA=',
    '.e31.',
    'e30..AB',
  ].map((token): [string, JsonObject, string] => [
    'token_not_jwt',
    { at: 'token', expected: 'header.payload.signature', seen: '3 segments' },
    token,
  ]),
  ['token_bad_base64url', { at: 'token header' }, 'e31.e30.'],
  ['token_bad_base64url', { at: 'token header' }, 'A.e30.'],
  ['token_bad_base64url', { at: 'token payload' }, 'e30.A.'],
  ['token_bad_base64url', { at: 'token payload' }, `${encode(NONE)}.${encode({}).slice(0, -1)}1.`],
  ['token_bad_base64url', { at: 'token signature' }, withTail('AB')],
  ['token_bad_utf8', { at: 'token header' }, raw(Buffer.from('{"a":"\xff"}', 'latin1'), {})],
  ['token_bad_utf8', { at: 'token payload' }, raw(NONE, Buffer.from('{"a":"\xff"}', 'latin1'))],
  ['token_bad_json', { at: 'token header', expected: 'a JSON object' }, raw('{', {})],
  ['token_bad_json', { at: 'token payload', expected: 'a JSON object', seen: 'an array' }, raw(NONE, '[]')],
  ['token_duplicate_member', { at: 'token header.alg' }, raw('{"alg":"none","alg":"none"}', {})],
  ['token_too_deep', { at: 'token header', expected: 'at most 4 levels' }, raw('{"a":[[[[]]]]}', {})],
  [
    'token_too_deep',
    { at: 'token payload', expected: 'at most 8 levels' },
    raw(NONE, `{"a":${'['.repeat(8)}${']'.repeat(8)}}`),
  ],
  ...['crit', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'b64', 'enc'].map((member): [string, JsonObject, string] => [
    `header_${member}`,
    { at: `token header.${member}` },
    withHeader({ ...NONE, [member]: null }),
  ]),
  [
    'type_not_jwt',
    { at: 'token header.typ', expected: 'JWT', seen: '"JWS"' },
    withHeader({ ...NONE, typ: 'JWS' }),
  ],
  [
    'type_not_jwt',
    { at: 'token header.typ', expected: 'JWT', seen: 'a number' },
    withHeader({ ...NONE, typ: 1 }),
  ],
  [
    'algorithm_not_allowed',
    { at: 'token header.alg', expected: 'RS256', seen: `"${'x'.repeat(40)}"` },
    withHeader({ alg: 'x'.repeat(41) }),
  ],
  [
    'algorithm_not_allowed',
    { at: 'token header.alg', expected: 'RS256', seen: 'nothing' },
    withHeader({ x5t }),
  ],
  [
    'algorithm_not_allowed',
    { at: 'token header.alg', expected: 'RS256', seen: 'an array' },
    withHeader({ alg: ['none'] }),
  ],
  [
    'thumbprint_missing',
    { at: 'token header.x5t', expected: THUMBPRINT, seen: 'nothing' },
    withHeader({ alg: 'RS256' }),
  ],
  [
    'thumbprint_missing',
    { at: 'token header.x5t', expected: THUMBPRINT, seen: 'an array' },
    withHeader({ ...RS256, x5t: [x5t] }),
  ],
  [
    'thumbprint_missing',
    { at: 'token header.x5t', expected: THUMBPRINT, seen: '"x"' },
    withHeader({ ...RS256, x5t: 'x' }),
  ],
]
test.each(REFUSED)('%s, %j', (code, says, token) => {
  expect(decodeJws(token, 'token')).toEqual({ ok: false, code, ...says })
})

describe('a header that is almost as it is usually written', () => {
  const usual = JSON.stringify(RS256)
  const withX5t = (text: string) => decodeJws(raw({ ...RS256, x5t: text }, {}), 'token')
  const first = x5t.slice(0, 26)

  test.each([`x${usual}`, `${usual}x`, `[${usual}`, `${usual}${usual}`])('is read as it is: %s', (text) => {
    expect(decodeJws(raw(text, {}), 'token')).toMatchObject({ code: 'token_bad_json', at: 'token header' })
  })

  test('has a thumbprint of twenty bytes', () => {
    for (const text of ['AA', '-A', `${first}`, `${x5t}A`, `${'!'.repeat(26)}A`])
      expect(withX5t(text)).toMatchObject({ code: 'thumbprint_missing' })
  })

  test('has its thumbprint in the one spelling that an encoder would produce', () => {
    expect(withX5t(`${'+'.repeat(26)}A`)).toMatchObject({ value: { header: { x5t: `${'-'.repeat(26)}A` } } })
    expect(withX5t(`${first}B`)).toMatchObject({ value: { header: { x5t: `${first}A` } } })
  })
})

test('a text may have the sign that stands for what is no UTF-8', () => {
  expect(read(raw(NONE, { a: '\ufffd' })).payload).toEqual({ a: '\ufffd' })
})

describe('segments', () => {
  const parts = [JSON.stringify(RS256), '{"a":"ü"}', 'signed'].map((part) => Buffer.from(part))
  const token = parts.map((part) => part.toString('base64url')).join('.')
  const segments = () => {
    const decoded = decodeSegments(token, 'token')
    if (!decoded.ok) throw new Error(decoded.code)
    return decoded.value
  }

  test('are texts and what was signed', () => {
    const [header, payload, signature] = token.split('.')
    expect(segments()).toEqual({
      header: parts[0]?.toString(),
      payload: parts[1]?.toString(),
      signed: `${header}.${payload}`,
      signature,
    })
  })

  test('are bytes again to check the signature with', () => {
    const { signed, signature } = bytesOf(segments())
    expect(signed.toString()).toBe(token.slice(0, token.lastIndexOf('.')))
    expect(signature.toString()).toBe('signed')
  })
})

test('the header that is known by its letters reads as its bytes do', () => {
  const spelled = Buffer.from(UNSIGNED_HEADER).toString('base64url')
  expect(read(`${spelled}.${Buffer.from('{}').toString('base64url')}.`).header).toEqual({ alg: 'none' })
  expect(JSON.parse(UNSIGNED_HEADER)).toEqual({ typ: 'JWT', alg: 'none' })
})

test.each([
  ['letters of every kind', '{"a":"b ü \u{1f600}"}', true],
  ['an escape', '{"a":"\\u0000"}', false],
  ['an escape in a name', '{"\\u0061":"b"}', false],
  ['a DEL', '{"a":"\x7f"}', false],
])('a payload with %s', (_, payload, isPrintable) => {
  const [header = '', text = ''] = [JSON.stringify(NONE), payload].map((part) =>
    Buffer.from(part).toString('base64url'),
  )
  expect(read(`${header}.${text}.`)).toMatchObject({ isPrintable })
})

test('a refusal names the token that it is about', () => {
  expect(decodeJws('a', 'actortoken')).toMatchObject({ at: 'actortoken' })
  expect(decodeJws(raw({ alg: 'x' }, {}), 'actortoken')).toMatchObject({ at: 'actortoken header.alg' })
})

test('the deepest nesting is taken', () => {
  expect(decodeJws(raw({ ...NONE, a: [[[]]] }, { a: [[[[[[[]]]]]]] }), 'token')).toMatchObject({ ok: true })
})

test.each(['JWT', 'jwt', 'Jwt'])('the type may be spelled %s', (typ) => {
  expect(decodeJws(raw({ ...NONE, typ }, {}), 'token')).toMatchObject({ ok: true })
})

test('a thumbprint in plain base64 with padding is the one in base64url', () => {
  const sha1 = createHash('sha1').update('any').digest()
  expect(read(raw({ ...RS256, x5t: sha1.toString('base64') }, {})).header).toEqual({
    alg: 'RS256',
    x5t: sha1.toString('base64url'),
  })
})

describe('a key of this process', () => {
  const { privateKey, publicKey } = KEYS.partner
  const header: SignedHeader = { typ: 'JWT', alg: 'RS256', x5t: certificateOf(KEYS.partner).x5t }
  const payloads = Array.from({ length: 20 }, (_, n) => `{"n":${n}}`)
  const turn = () => new Promise((done) => setImmediate(done))
  // Of the signatures, Node calls back for those alone that a thread of the pool has made.
  const signatures = new Set<number>()
  let onThreads = 0
  const hook = createHook({
    init(id, type) {
      if (type === 'SIGNREQUEST') signatures.add(id)
    },
    before(id) {
      if (signatures.has(id)) onThreads++
    },
  })
  beforeAll(() => void hook.enable())
  afterAll(() => void hook.disable())
  const onThreadsDuring = async (task: () => Promise<unknown>) => {
    await turn()
    const before = onThreads
    await task()
    return onThreads - before
  }

  test('signs what fits it, one after the other and many at once, on the loop and on the threads of the pool', async () => {
    const signer = localSigner(privateKey)
    const [apart, together]: [string[], string[]] = [[], []]
    const alone = async () => {
      for (const payload of payloads) apart.push(await signer(header, payload))
    }
    const atOnce = async () => {
      together.push(...(await Promise.all(payloads.map((payload) => signer(header, payload)))))
    }
    // Of those at once the first signs at once, and the second in the next turn.
    for (const [task, expected] of [
      [alone, 0],
      [atOnce, 18],
      [alone, 0],
    ] as const)
      expect(await onThreadsDuring(task)).toBe(expected)
    expect(apart).toEqual([...together, ...together])
    for (const [at, token] of together.entries()) {
      expect(read(token).payload).toEqual({ n: at })
      expect(signatureFits(read(token), publicKey)).toBe(true)
    }
  })

  test('signs in this turn of the event loop, and lets it turn before the next', async () => {
    const signer = localSigner(privateKey)
    for (let times = 0; times < 2; times++) {
      await turn()
      let turns = 0
      setImmediate(() => turns++)
      await signer(header, '{}')
      expect(turns).toBe(0)
      await signer(header, '{}')
      expect(turns).toBe(1)
    }
  })

  test('that cannot sign says so each time, and keeps nobody else waiting', async () => {
    const signer = localSigner(createPublicKey(privateKey))
    const atOnce = () => Promise.allSettled(payloads.map((payload) => signer(header, payload)))
    for (const { status } of await atOnce()) expect(status).toBe('rejected')
    // Who comes later is alone.
    const alone = () => expect(signer(header, '{}')).rejects.toThrow()
    expect(await onThreadsDuring(alone)).toBe(0)
  })
})
