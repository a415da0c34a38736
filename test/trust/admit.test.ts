/** Every token vector against `admit`, and the properties that no list of vectors can hold. */
import { constants, createHash, generateKeyPairSync, publicDecrypt, verify } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { corpusFor } from '../../src/lab/attack/corpus.ts'
import { faultyPaddings, signPss } from '../../src/lab/attack/padding.ts'
import type { Target, Vector } from '../../src/lab/attack/target.ts'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { REFUSALS, type RefusalCode, rowOf } from '../../src/protocol/refusal.ts'
import { admit } from '../../src/trust/admit.ts'
import type { Partner } from '../../src/trust/partner.ts'
import {
  AUD,
  actor,
  actorClaims,
  certificateOf,
  encode,
  forUser,
  HOST,
  KEYS,
  LYNC,
  lync,
  NOW,
  partsOf,
  principal,
  raw,
  rs256,
  STRANGER,
  signed,
  situation,
  TARGET,
  userClaims,
} from '../support/tokens.ts'
import { CORPUS, VECTORS } from '../vectors/vectors.ts'

describe('every vector', () => {
  test.each(VECTORS.map((vector) => [vector.id, vector.what, vector] as const))(
    '%s: %s',
    (_id, _what, vector) => {
      const outcome = admit(vector.token, situation(vector.against))
      expect(outcome.ok ? 'accepted' : outcome.code).toBe(vector.expect)
      if (outcome.ok && vector.user !== undefined) expect(outcome.value.user).toEqual(vector.user)
      if (!outcome.ok && vector.at !== undefined) expect(outcome.at).toBe(vector.at)
    },
  )

  test('has an id of its own', () => {
    const ids = VECTORS.map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  test('stands for a code: no refusal of a token is without one', () => {
    const covered = new Set<string>(VECTORS.map((vector) => vector.expect))
    const codes = (Object.keys(REFUSALS) as RefusalCode[]).filter((code) => rowOf(code).about === 'token')
    expect(codes.filter((code) => !covered.has(code))).toEqual([])
  })

  test('that is refused gives away neither the signature nor the token', () => {
    for (const { token, against } of VECTORS) {
      const outcome = admit(token, situation(against))
      if (outcome.ok) continue
      const words = JSON.stringify(outcome)
      for (const segment of token.split('.').filter((part) => part.length > 60))
        expect(words.includes(segment)).toBe(false)
    }
  })
})

describe('the corpus for another target', () => {
  const realm = 'af90cc03-4a26-45e9-906a-609cebcebbde'
  const addIn = `00000007-0000-0ff1-ce00-0000000000aa@${realm}`
  const self = {
    application: principal(`00000003-0000-0ff1-ce00-000000000000@${realm}`),
    hosts: ['localhost', 'sharepoint'],
  }
  const audience = { appId: '00000003-0000-0ff1-ce00-000000000000', realm }
  const target = { ...TARGET, caller: addIn }
  const addInWith = (key: Partial<Partner> = {}) =>
    lync({ identity: 'HRApp', application: principal(addIn), issuer: addIn, ...key })

  /** The vectors that are not judged as they expect. */
  function misjudged(other: Target, port: number, partner = addInWith()): string[] {
    const against = situation({ self: { ...self, port }, partners: [partner], now: other.now })
    return corpusFor(other)
      .filter(({ token, expect: wanted, user }) => {
        const outcome = admit(token, against)
        const seen = outcome.ok ? 'accepted' : outcome.code
        return (
          seen !== wanted ||
          (outcome.ok && user !== undefined && !isDeepStrictEqual(outcome.value.user, user))
        )
      })
      .map(({ id }) => id)
  }

  test('a SharePoint in a realm that is a GUID, on a port of its own, years later', () => {
    const later = {
      ...target,
      audience: { ...audience, host: 'localhost:8443' },
      now: NOW + 5 * 366 * 86_400,
    }
    expect(misjudged(later, 8443)).toEqual([])
  })

  test('a host without a port', () => {
    expect(misjudged({ ...target, audience: { ...audience, host: 'sharepoint' } }, 443)).toEqual([])
  })

  test('a caller whose key has 3072 bits, whose signature leaves no bits of base64url unused', () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 3072 })
    const x5t = createHash('sha1').update('any').digest('base64url')
    const certificate = { ...certificateOf(KEYS.partner), x5t: x5t as Thumbprint, publicKey: pair.publicKey }
    const other = {
      ...target,
      audience: { ...audience, host: 'localhost:8443' },
      key: { ...pair, x5t, pem: 'none' },
    }
    expect(misjudged(other, 8443, addInWith({ certificates: [certificate] }))).toEqual([])
  })

  test('no user named: what would have to be taken for one is left out, the rest stays', () => {
    const other = { ...target, audience: { ...audience, host: 'localhost:8443' }, users: [] }
    expect(misjudged(other, 8443)).toEqual([])
    const refused = (vectors: readonly Vector[]) =>
      vectors.filter(({ expect: wanted }) => wanted !== 'accepted')
    const [without, full] = [corpusFor(other), corpusFor({ ...other, users: TARGET.users })]
    expect(refused(without).map(({ id }) => id)).toEqual(refused(full).map(({ id }) => id))
    expect(without.filter(({ expect: wanted }) => wanted === 'accepted').length).toBeGreaterThan(10)
  })

  test('its thumbprint not known: only what needs it is left out', () => {
    const { ownX5t: _, ...rest } = TARGET
    const all = new Set(corpusFor(rest).map(({ id }) => id))
    const left = CORPUS.map(({ id }) => id).filter((id) => !all.has(id))
    expect(left).toHaveLength(6)
    expect(left.every((id) => id.includes('own-certificate'))).toBe(true)
  })

  test('is made alike twice, and has hundreds of vectors for any endpoint', () => {
    expect(corpusFor(TARGET)).toEqual(CORPUS)
    expect(CORPUS.filter(({ expect: wanted }) => wanted !== 'accepted').length).toBeGreaterThan(650)
  })

  test('signatures with a fault in their padding are of the right length and about the right digest', () => {
    const bytes = Buffer.from('any')
    const digest = createHash('sha256').update(bytes).digest()
    for (const [id, , signature] of faultyPaddings(bytes, KEYS.partner.privateKey)) {
      const key = { key: KEYS.partner.publicKey, padding: constants.RSA_NO_PADDING }
      const block = publicDecrypt(key, signature)
      expect([id, block.length, block.includes(digest.subarray(0, -1))]).toEqual([id, 256, true])
    }
  })

  test('the signature that is PSS truly is', () => {
    const bytes = Buffer.from('any')
    const key = { key: KEYS.partner.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    expect(verify('RSA-SHA256', bytes, key, signPss(bytes, KEYS.partner.privateKey))).toBe(true)
  })
})

describe('an accepted token', () => {
  test('expires with the first of its two parts', () => {
    const early = NOW + 60
    const late = NOW + 7_200
    for (const [inner, outer] of [[early, late] as const, [late, early] as const]) {
      const outcome = admit(forUser(actor({ exp: inner }), { exp: outer }), situation())
      expect(outcome.ok && outcome.value.expiresAt).toBe(early)
    }
  })

  test('names the partner that signed it, and no user when it is an actor token alone', () => {
    const outcome = admit(actor(), situation())
    expect(outcome).toMatchObject({ ok: true, value: { partner: { identity: 'Lync' } } })
    expect(outcome.ok && 'user' in outcome.value).toBe(false)
  })

  test('names the application that a broker vouches for, and none that speaks for itself', () => {
    const addIn = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab@litwareinc.com'
    const partners = [lync({ isTrustBroker: true })]
    const named = (nameid: string) => {
      const outcome = admit(actor({ nameid }), situation({ partners }))
      return outcome.ok && ['application' in outcome.value, outcome.value.application]
    }
    expect(named(addIn)).toEqual([true, principal(addIn)])
    expect(named(LYNC)).toEqual([false, undefined])
  })

  test('is no longer accepted once the clock has passed its end', () => {
    const token = forUser()
    expect(admit(token, situation({ now: NOW + 3_900 })).ok).toBe(true)
    expect(admit(token, situation({ now: NOW + 3_901 }))).toMatchObject({ code: 'token_expired' })
  })

  test('of two users of one application brings each its own user', () => {
    const shared = actor()
    const users = ['kenmyer', 'sarahdavis'].map((name) => `${name}@litwareinc.com`)
    const seen = users.map((upn) => admit(forUser(shared, { upn }), situation()))
    expect(seen.map((outcome) => outcome.ok && outcome.value.user?.upn)).toEqual(users)
  })
})

// Numbers that look random and are the same in every run (mulberry32).
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const STEP = 11 // coprime to 8, so that every bit of a byte gets its turn

describe('a good token', () => {
  test('is refused with any one bit of its decoded signed part or signature flipped', () => {
    const parts = partsOf(actor()).map((part) => Buffer.from(part, 'base64url'))
    let flips = 0
    for (const [index, part] of parts.entries()) {
      for (let bit = 0; bit < part.length * 8; bit += STEP) {
        const changed = parts.map((bytes) => Buffer.from(bytes))
        changed[index]!.writeUInt8(part[bit >> 3]! ^ (1 << (bit & 7)), bit >> 3)
        const token = changed.map((bytes) => bytes.toString('base64url')).join('.')
        if (admit(forUser(token), situation()).ok) throw new Error(`accepted: bit ${bit} of part ${index}`)
        flips++
      }
    }
    expect(flips).toBeGreaterThan(400)
  })

  test('is refused with any one bit of its text flipped', () => {
    const bytes = Buffer.from(actor())
    let flips = 0
    for (let bit = 0; bit < bytes.length * 8; bit += STEP) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(bytes[bit >> 3]! ^ (1 << (bit & 7)), bit >> 3)
      if (admit(forUser(changed.toString('latin1')), situation()).ok) throw new Error(`accepted: bit ${bit}`)
      flips++
    }
    expect(flips).toBeGreaterThan(400)
  })

  test('spliced with another is accepted only where the splice is one of the two', () => {
    const next = randomNumbers(1)
    const both = situation({
      partners: [lync({ certificates: [KEYS.partner, KEYS.partnerNext].map(certificateOf) })],
    })
    const pairs = [
      [actor(), actor({ exp: `${NOW + 7_200}` })],
      [actor(), actor({ aud: AUD.replace(':8441', '') })],
      [actor(), actor({}, {}, KEYS.partnerNext)],
      [actor({ trustedfordelegation: 'false' }), actor()],
    ] as const
    let refused = 0
    for (const [a, b] of pairs) {
      for (let round = 0; round < 150; round++) {
        const [from, to] = [Math.floor(next() * a.length), Math.floor(next() * b.length)]
        const spliced = round % 2 === 0 ? a.slice(0, from) + b.slice(from) : a.slice(0, from) + b.slice(to)
        const outcome = admit(spliced, both)
        if (outcome.ok) expect([a, b]).toContain(spliced)
        else refused++
      }
    }
    expect(refused).toBeGreaterThan(400)
  })

  test('with any of its segments taken from another is accepted only whole', () => {
    const [a, b] = [partsOf(actor()), partsOf(actor({ iat: 1 }, { kid: 'b' }))]
    const mixes = [0, 1, 2, 3, 4, 5, 6, 7].map((mix) =>
      [0, 1, 2].map((segment) => ((mix >> segment) & 1 ? b : a)[segment]).join('.'),
    )
    const accepted = mixes.filter((token) => admit(token, situation()).ok)
    expect(accepted).toEqual([a.join('.'), b.join('.')])
  })
})

describe('whatever comes in', () => {
  const VALUES: readonly unknown[] = [
    ...['', 'none', 'RS256', 'JWT', AUD, STRANGER, KEYS.partner.x5t, '\u0000', '"', '\ud800', '__proto__'],
    ...[0, -1, NOW, 1e308, 0.1, true, false, null, [], {}, [[]], { a: { b: [] } }, ['RS256'], [null]],
    ...[actor(), raw(rs256(), actorClaims())],
  ]
  const NAMES = [
    ...['alg', 'typ', 'x5t', 'kid', 'crit', 'aud', 'iss', 'nbf', 'exp', 'nameid', 'actortoken'],
    ...['trustedfordelegation', 'upn', 'nii', '__proto__', 'toString', 'hasOwnProperty', ''],
  ]
  const CHARACTERS = 'ABCxyz012-_.=+/ \n\0"{}[]:,\\é\u2028'

  function garbage(next: () => number, round: number, good: readonly string[]): string {
    const pick = <T>(from: ArrayLike<T>): T => from[Math.floor(next() * from.length)] as T
    const times = <T>(most: number, make: () => T) => Array.from({ length: Math.floor(next() * most) }, make)
    const object = (base: object) => ({
      ...base,
      ...Object.fromEntries(times(4, () => [pick(NAMES), pick(VALUES)])),
    })
    switch (round % 5) {
      case 0: // any text
        return times(120, () => pick(CHARACTERS)).join('')
      case 1: // any bytes in three segments
        return times(4, () => encode(Buffer.from(times(60, () => Math.floor(next() * 256))))).join('.')
      case 2: // any members in an actor token, unsigned or junk-signed
        return raw(object(rs256()), object(actorClaims()), Buffer.from(times(300, () => 7)))
      case 3: // any members in a truly signed one, in a user token of any members
        return raw(
          object({ alg: 'none' }),
          object({ ...userClaims(), actortoken: signed(object(rs256()), object(actorClaims())) }),
        )
      default: {
        // a good token with characters changed, left out or added
        const token = [...pick(good)]
        times(4, () => token.splice(Math.floor(next() * token.length), pick([0, 1, 2]), pick(CHARACTERS)))
        return token.join('')
      }
    }
  }

  test('2,000 pieces of garbage are answered, never thrown at', () => {
    const next = randomNumbers(20_261_121)
    const good = [actor(), forUser()]
    const codes = new Set<string>()
    for (let round = 0; round < 2_000; round++) {
      const outcome = admit(garbage(next, round, good), situation())
      codes.add(outcome.ok ? 'accepted' : outcome.code)
    }
    // The garbage reaches deep into the checks: it is not all turned away at the door.
    expect(codes.size).toBeGreaterThan(15)
  })

  test('a token is accepted only if the partner’s key signed the actor token in it', () => {
    const next = randomNumbers(7)
    const good = [actor(), forUser(), forUser(actor({ aud: AUD.replace(':8441', '') }), { aud: AUD })]
    const made = new Set(good.flatMap((token) => [token, actorOf(token)]))
    let accepted = 0
    for (let round = 0; round < 1_000; round++) {
      const token = garbage(next, 4, good)
      if (!admit(token, situation()).ok) continue
      accepted++
      expect(made.has(actorOf(token))).toBe(true)
    }
    expect(accepted).toBeGreaterThan(0)
  })

  function actorOf(token: string): string {
    const payload = JSON.parse(Buffer.from(partsOf(token)[1], 'base64url').toString()) as Record<
      string,
      unknown
    >
    return typeof payload['actortoken'] === 'string' ? payload['actortoken'] : token
  }

  test('hostile texts of the largest size are refused in little time', () => {
    const texts = ['.', 'a.', '{', '%', 'a', '-_'].map((piece) => piece.repeat(16_384 / piece.length))
    const nested = raw(rs256(), `{"x":${'{"x":'.repeat(2_000)}`)
    const quotes = raw(rs256(), `{${'"a" '.repeat(2_500)}`)
    const host = actor({ aud: AUD.replace(HOST, `${'a'.repeat(9_000)}!`) })
    const started = process.hrtime.bigint()
    for (const token of [...texts, nested, quotes, host]) expect(admit(token, situation()).ok).toBe(false)
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1_000)
  })
})
