/** Properties of whole tokens, over random ones: what is accepted was signed by a registered key, in time, for us. */
import { verify } from 'node:crypto'
import * as fc from 'fast-check'
import { createVerifier } from 'fast-jwt'
import jwt from 'jsonwebtoken'
import { decodeJws, signatureFits } from '../../src/protocol/jws.ts'
import { admit } from '../../src/trust/admit.ts'
import {
  AUD,
  actor,
  actorClaims,
  forUser,
  KEYS,
  LYNC,
  lync,
  NOW,
  raw,
  SKEW,
  signed,
  situation,
} from '../support/tokens.ts'
import { VECTORS } from '../vectors/vectors.ts'

const RUNS = { numRuns: 400, seed: 20_261_121 }

const keys = Object.values(KEYS)
const realms = ['litwareinc.com', 'fabrikam.com', 'LITWAREINC.COM', '', '*']
const ids = [
  '00000002-0000-0ff1-ce00-000000000000',
  '00000004-0000-0ff1-ce00-000000000000',
  '00000004-0000-0FF1-CE00-000000000000',
]
const hosts = [
  'exchange.litwareinc.com:8441',
  'exchange.litwareinc.com',
  'localhost:8441',
  'evil.example',
  'lync.litwareinc.com',
]

const principal = fc
  .tuple(fc.constantFrom(...ids), fc.constantFrom(...realms))
  .map(([id, realm]) => `${id}@${realm}`)
const audience = fc
  .tuple(fc.constantFrom(...ids), fc.constantFrom(...hosts), fc.constantFrom(...realms))
  .map(([id, host, realm]) => `${id}/${host}@${realm}`)
const odd = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.constant(''),
  fc.constant(['x']),
  fc.constant({}),
  fc.double(),
  fc.string(),
)
// Mostly right, so that many runs come far.
const mostly = <T>(right: T, wrong: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant<unknown>(right) }, { weight: 1, arbitrary: wrong })
const time = (from: number, to: number) =>
  mostly(`${Math.round((from + to) / 2)}`, fc.oneof(fc.integer({ min: from - 5_000, max: to + 5_000 }), odd))

const claims = fc.record({
  aud: mostly(AUD, fc.oneof(audience, odd)),
  iss: mostly(LYNC, fc.oneof(principal, odd)),
  nameid: mostly(LYNC, fc.oneof(principal, odd)),
  nbf: time(NOW - 600, NOW),
  exp: time(NOW, NOW + 3_600),
  trustedfordelegation: mostly('true', odd),
})
const actorTokens = fc
  .record({
    claims,
    alg: mostly('RS256', fc.constantFrom('none', 'HS256', 'rs256', 'PS256', '')),
    key: fc.oneof(
      { weight: 8, arbitrary: fc.constant(KEYS.partner) },
      { weight: 2, arbitrary: fc.constantFrom(...keys) },
    ),
    named: fc.oneof(
      { weight: 8, arbitrary: fc.constant(KEYS.partner) },
      { weight: 2, arbitrary: fc.constantFrom(...keys) },
    ),
  })
  .map(({ claims, alg, key, named }) => signed({ typ: 'JWT', alg, x5t: named.x5t }, actorClaims(claims), key))
const tokens = fc.oneof(
  actorTokens,
  fc.tuple(actorTokens, claims).map(([inner, outer]) => forUser(inner, { ...outer, iss: outer.nameid })),
)

test('accepted means: signed by a registered, enabled key, unexpired, for this audience', () => {
  let accepted = 0
  void fc.assert(
    fc.property(tokens, fc.boolean(), (token, enabled) => {
      const outcome = admit(token, situation({ partners: [lync({ enabled })] }))
      if (!outcome.ok) return
      accepted++
      expect(enabled).toBe(true)
      const { inner, outer } = independently(token)
      for (const payload of outer === undefined ? [inner] : [inner, outer]) {
        expect(Number(payload['exp'])).toBeGreaterThanOrEqual(NOW - SKEW)
        expect(Number(payload['nbf'])).toBeLessThanOrEqual(NOW + SKEW)
        expect(String(payload['aud']).toLowerCase()).toMatch(
          /^00000002-0000-0ff1-ce00-000000000000\/(exchange\.litwareinc\.com|localhost)(:8441)?@litwareinc\.com$/,
        )
      }
      expect(inner['iss']).toBe(LYNC)
      expect(inner['nameid']).toBe(LYNC)
      if (outer !== undefined) expect(outer['iss']).toBe(LYNC)
    }),
    RUNS,
  )
  expect(accepted).toBeGreaterThan(20)
})

/** Decodes without our code, and checks the signature with the partner's key. */
function independently(token: string): { inner: Record<string, unknown>; outer?: Record<string, unknown> } {
  const payloadOf = (text: string) =>
    JSON.parse(Buffer.from(text.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
  const payload = payloadOf(token)
  const nested = payload['actortoken']
  const actorToken = typeof nested === 'string' ? nested : token
  const [head, body, signature] = actorToken.split('.') as [string, string, string]
  expect(
    verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      KEYS.partner.publicKey,
      Buffer.from(signature, 'base64url'),
    ),
  ).toBe(true)
  return { inner: payloadOf(actorToken), ...(actorToken !== token && { outer: payload }) }
}

test('no splice or flip of good tokens is accepted unless what was signed is whole', () => {
  const good = [
    actor(),
    forUser(actor()),
    forUser(actor(), { upn: 'pilar@litwareinc.com' }),
    actor({ exp: `${NOW + 60}` }),
  ]
  const whole = good.map(signedPart)
  let accepted = 0
  void fc.assert(
    fc.property(
      fc.constantFrom(...good),
      fc.constantFrom(...good),
      fc.nat(),
      fc.nat(),
      fc.nat({ max: 255 }),
      (a, b, cut, at, byte) => {
        const i = cut % a.length
        const spliced = a.slice(0, i) + b.slice(i % b.length)
        const j = at % a.length
        const flipped = a.slice(0, j) + String.fromCharCode(a.charCodeAt(j) ^ (byte || 1)) + a.slice(j + 1)
        for (const bad of [spliced, flipped]) {
          const outcome = admit(bad, situation())
          if (!outcome.ok) continue
          accepted++
          // The unsigned outer part may be changed by whoever holds the actor token; what was signed may not.
          expect(whole).toContain(signedPart(bad))
        }
      },
    ),
    RUNS,
  )
  // Some splices are one of the good tokens again, and some change the unsigned part alone.
  expect(accepted).toBeGreaterThan(0)
})

/** The actor token in a token, or the token itself, with its signature. */
function signedPart(token: string): string {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    actortoken?: string
  }
  return payload.actortoken ?? token
}

test('no text makes admit throw, and none takes 5 ms', () => {
  const junk = fc.oneof(
    fc.string({ maxLength: 3_000, unit: 'binary' }),
    fc.array(fc.constantFrom(...'.{}[]":,\\u0aeyJ '), { maxLength: 3_000 }).map((parts) => parts.join('')),
    fc.tuple(fc.json({ maxDepth: 8 }), fc.json({ maxDepth: 8 })).map(([h, p]) => raw(h, p, Buffer.alloc(3))),
  )
  void fc.assert(
    fc.property(junk, (text) => {
      admit(text, situation())
    }),
    RUNS,
  )
  // The best of a few tries, so that a busy machine does not decide.
  const against = situation()
  const largest = [
    ...VECTORS.map(({ token }) => token),
    '{'.repeat(16_384),
    '"'.repeat(16_384),
    raw('['.repeat(6_000), '['.repeat(6_000)),
    raw(JSON.stringify({ alg: 'RS256', x: '\\'.repeat(2_000) }), `{"a":"${'\\u0061'.repeat(900)}"}`),
    raw('{}', `{${Array.from({ length: 900 }, (_, n) => `"${n}":${n}`).join(',')}}`),
    `${'a'.repeat(8_000)}.${'b'.repeat(8_000)}.`,
  ]
  for (const text of largest) expect(bestOf(5, () => admit(text, against))).toBeLessThan(5)
})

function bestOf(tries: number, task: () => unknown): number {
  const times = Array.from({ length: tries }, () => {
    const started = performance.now()
    task()
    return performance.now() - started
  })
  return Math.min(...times)
}

describe('the signature layer agrees with two other libraries', () => {
  const byFastJwt = createVerifier({
    key: KEYS.partner.pem,
    algorithms: ['RS256'],
    ignoreExpiration: true,
    ignoreNotBefore: true,
  })
  const holds = (check: () => unknown): boolean => {
    try {
      check()
      return true
    } catch {
      return false
    }
  }
  // In scope: signed tokens that our decoder takes and whose times are numbers, since the libraries insist on these.
  const inScope = () =>
    VECTORS.map(({ id, token }) => {
      const nested = decodeJws(token, 'token')
      const inner = nested.ok ? nested.value.payload['actortoken'] : undefined
      return [id, typeof inner === 'string' ? inner : token] as const
    }).filter(([, token]) => {
      const decoded = decodeJws(token, 'token')
      return decoded.ok && decoded.value.header.alg === 'RS256'
    })

  test('on every vector in its scope', () => {
    const tokens = inScope()
    expect(tokens.length).toBeGreaterThan(300)
    const options = { algorithms: ['RS256' as const], ignoreExpiration: true, ignoreNotBefore: true }
    let fast = 0
    for (const [id, token] of tokens) {
      const decoded = decodeJws(token, 'token')
      if (!decoded.ok) throw new Error(id)
      const ours = signatureFits(decoded.value, KEYS.partner.publicKey)
      expect([id, holds(() => jwt.verify(token, KEYS.partner.publicKey, options))]).toEqual([id, ours])
      const { nbf, exp, iat } = decoded.value.payload
      const numbers = [nbf, exp, iat].every((value) => value === undefined || typeof value === 'number')
      if (!numbers) continue
      fast++
      expect([id, holds(() => byFastJwt(token))]).toEqual([id, ours])
    }
    expect(fast).toBeGreaterThan(5)
  })
})
