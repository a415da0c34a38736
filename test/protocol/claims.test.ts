/** Single claims: how they may be spelled, and what is said of those that may not be so. */
import { createHash } from 'node:crypto'
import { readActorClaims } from '../../src/protocol/actor-token.ts'
import {
  commonClaims,
  LONGEST_LIFETIME,
  optionalFlag,
  optionalText,
  requiredSeconds,
  requiredText,
} from '../../src/protocol/claims.ts'
import { readAssertion, readPresentedToken } from '../../src/protocol/presented-token.ts'
import { readUserClaims } from '../../src/protocol/user-token.ts'
import {
  AUD,
  actor,
  actorClaims,
  encode,
  forUser,
  KEYS,
  LYNC,
  NONE,
  NOW,
  raw,
  rs256,
} from '../support/tokens.ts'

const accepted = (value: unknown) => ({ ok: true, value })
const missing = { ok: false, code: 'claim_missing', at: 'c' }
const malformed = (expected: string, seen: string) => ({
  ok: false,
  code: 'claim_malformed',
  at: 'c',
  expected,
  seen,
})

describe('a text', () => {
  test('is taken as it stands, and is missing when it is empty or not its own', () => {
    expect(requiredText({ c: ' x ' }, 'c')).toEqual(' x ')
    for (const claims of [{}, { c: '' }, Object.create({ c: 'x' })]) {
      expect(requiredText(claims, 'c')).toEqual(missing)
      expect(optionalText(claims, 'c')).toEqual(undefined)
    }
  })

  test.each([
    [1, 'a number'],
    [true, 'a boolean'],
    [null, 'null'],
    [['x'], 'an array'],
    [{ c: 'x' }, 'an object'],
  ])('is not %j', (c, seen) => {
    expect(optionalText({ c }, 'c')).toEqual(malformed('a string', seen))
    expect(requiredText({ c }, 'c')).toEqual(malformed('a string', seen))
  })

  test.each(['\u0000', 'a\u0000', '\u001f', '\u007fa'])('has no control characters, as %j has', (c) => {
    for (const read of [requiredText, optionalText])
      expect(read({ c }, 'c')).toEqual(malformed('text without control characters', 'one with them'))
  })

  test('may have characters next to those', () => {
    expect(requiredText({ c: ' ~\u0080' }, 'c')).toEqual(' ~\u0080')
  })
})

describe('a time', () => {
  test.each([
    ['0', 0],
    [0, 0],
    ['1403212820', 1_403_212_820],
    [1_403_212_820, 1_403_212_820],
    ['253402300799', 253_402_300_799],
    [253_402_300_799, 253_402_300_799],
  ])('may be %j', (c, seconds) => {
    expect(requiredSeconds({ c }, 'c')).toEqual(seconds)
  })

  test('is missing when it is empty', () => {
    expect(requiredSeconds({}, 'c')).toEqual(missing)
    expect(requiredSeconds({ c: '' }, 'c')).toEqual(missing)
  })

  test.each([
    [-1, '-1'],
    [1.5, '1.5'],
    [253_402_300_800, '253402300800'],
    ['253402300800', '253402300800'],
    ['0000000000001', '0000000000001'],
    ['-1', '-1'],
    ['1x', '1x'],
    ['x1', 'x1'],
    [' 1', ' 1'],
    ['9'.repeat(41), '9'.repeat(40)],
    [true, 'a boolean'],
    [null, 'null'],
    [['1'], 'an array'],
  ])('is not %j', (c, seen) => {
    const refused = { ok: false, code: 'time_malformed', at: 'c', expected: 'whole seconds since 1970', seen }
    expect(requiredSeconds({ c }, 'c')).toEqual(refused)
  })
})

describe('a flag', () => {
  test.each([
    [true, true],
    ['true', true],
    ['TRUE', true],
    [false, false],
    ['false', false],
    ['False', false],
    [undefined, false],
  ])('may be %j', (c, value) => {
    expect(optionalFlag(c === undefined ? {} : { c }, 'c')).toEqual(value)
  })

  test.each([
    ['', 'a string'],
    ['1', 'a string'],
    [1, 'a number'],
    [null, 'null'],
    [['true'], 'an array'],
  ])('is not %j', (c, seen) => {
    expect(optionalFlag({ c }, 'c')).toEqual(malformed('true or false', seen))
  })
})

describe('what both tokens must say', () => {
  const good = { iss: LYNC, aud: AUD, nbf: NOW, exp: `${NOW + 60}` }

  test('is read, and nothing more', () => {
    expect(commonClaims({ ...good, more: 1 })).toEqual(accepted({ ...good, exp: NOW + 60 }))
  })

  test.each(['iss', 'aud', 'nbf', 'exp'])('is missing without %s', (name) => {
    for (const read of [commonClaims, readActorClaims, readUserClaims])
      expect(read({ ...good, nameid: LYNC, [name]: '' })).toEqual({
        ok: false,
        code: 'claim_missing',
        at: name,
      })
  })

  test('has no control characters, unless it is known that no text of the token has any', () => {
    const names = [
      [commonClaims, ['iss', 'aud']],
      [readActorClaims, ['iss', 'aud', 'nameid']],
      [readUserClaims, ['iss', 'aud', 'nameid', 'nii', 'upn', 'smtp', 'sip']],
    ] as const
    for (const [read, texts] of names)
      for (const name of texts) {
        const odd = { ...good, nameid: LYNC, [name]: 'a\u0000b' }
        expect(read(odd)).toMatchObject({ code: 'claim_malformed', at: name, seen: 'one with them' })
        expect(read(odd, true)).toMatchObject({ ok: true })
      }
  })

  test('lasts two years at most', () => {
    expect(commonClaims({ ...good, exp: NOW + LONGEST_LIFETIME })).toMatchObject({ ok: true })
    expect(commonClaims({ ...good, exp: NOW + LONGEST_LIFETIME + 1 })).toEqual({
      ok: false,
      code: 'lifetime_too_long',
      at: 'exp',
      expected: 'at most 63244800 s after nbf',
      seen: '63244801 s',
    })
  })

  test('is for an actor token its name too, and whether it may act for users', () => {
    const actor = { ...good, nameid: LYNC }
    const [appId, host, realm] = AUD.split(/[/@]/)
    const audience = accepted({ appId, host, realm })
    expect(readActorClaims(actor)).toEqual(
      accepted({ ...good, exp: NOW + 60, audience, nameid: LYNC, trustedForDelegation: false }),
    )
    expect(readActorClaims({ ...actor, aud: 'any' })).toMatchObject({
      ok: true,
      value: { audience: { code: 'audience_malformed', seen: 'any' } },
    })
    expect(readActorClaims(good)).toEqual({ ok: false, code: 'claim_missing', at: 'nameid' })
    expect(readActorClaims({ ...actor, trustedfordelegation: 1 })).toMatchObject({
      code: 'claim_malformed',
      at: 'trustedfordelegation',
    })
  })

  test('is for a token server’s a consent too, if it is a text', () => {
    const consentOf = (more: object) => {
      const read = readActorClaims({ ...good, nameid: LYNC, ...more })
      return read.ok && ('consent' in read.value ? read.value.consent : 'none')
    }
    const inherited = Object.assign(Object.create({ consent: '*' }), good, { nameid: LYNC })
    expect(readActorClaims(inherited)).not.toHaveProperty('value.consent')
    expect(
      [{}, { consent: '*' }, { consent: '' }, { consent: true }, { consent: ['*'] }].map(consentOf),
    ).toEqual(['none', '*', 'none', 'none', 'none'])
  })

  test('is for a user token every name that it has for its user', () => {
    const user = { nameid: 'a', nii: 'b', upn: 'c', smtp: 'd', sip: 'e' }
    expect(readUserClaims({ ...good, ...user, other: 'f' })).toMatchObject(accepted({ user }))
    for (const name of Object.keys(user))
      expect(readUserClaims({ ...good, [name]: 1 })).toMatchObject({ code: 'claim_malformed', at: name })
    expect(readUserClaims({ ...good, upn: '', sip: 'e' })).toEqual(
      accepted({ ...good, exp: NOW + 60, user: { sip: 'e' } }),
    )
  })
})

describe('an assertion', () => {
  const once = (token: string) => {
    const read = readAssertion(token)
    return read.ok ? read.value.once : read
  }
  const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

  test('is known again by its name, or by all that was signed', () => {
    const plain = actor()
    expect(once(actor({ jti: 'one' }))).toBe(`jti ${sha256('one')}`)
    expect(once(actor({ jti: 'one', exp: `${NOW + 1}` }))).toBe(`jti ${sha256('one')}`)
    expect(once(plain)).toBe(`sha256 ${sha256(plain.slice(0, plain.lastIndexOf('.')))}`)
    expect(once(actor({ jti: '' }))).toMatch(/^sha256 /)
  })

  test('speaks for its issuer where it names nobody', () => {
    const nameOf = (claims: object) => {
      const read = readAssertion(actor({ ...claims }))
      const opened = read.ok ? read.value.open(KEYS.partner.publicKey) : read
      return opened.ok ? opened.value.actor.nameid : opened
    }
    expect(nameOf({})).toBe(LYNC)
    expect(nameOf({ nameid: undefined })).toBe(LYNC)
    expect(nameOf({ nameid: 'any' })).toBe('any')
    expect(nameOf({ nameid: '' })).toMatchObject({ code: 'claim_missing', at: 'nameid' })
    expect(nameOf({ nameid: undefined, iss: undefined })).toMatchObject({ code: 'claim_missing', at: 'iss' })
  })

  test.each<[code: string, says: object, token: string]>([
    ['actor_nested', { at: 'actortoken' }, actor({ actortoken: 'a' })],
    [
      'actor_unsigned',
      { at: 'actortoken header.alg', expected: 'RS256', seen: 'none' },
      raw(NONE, actorClaims()),
    ],
    ['claim_malformed', { at: 'jti', expected: 'a string', seen: 'a number' }, actor({ jti: 7 })],
    ['token_encrypted', { at: 'assertion' }, 'a.b.c.d.e'],
    ['claim_missing', { at: 'iss' }, actor({ iss: '' })],
  ])('is refused: %s, %j', (code, says, token) => {
    expect(readAssertion(token)).toEqual({ ok: false, code, ...says })
  })
})

describe('a token that is presented', () => {
  const wrong = { ...actorClaims(), nameid: '' }
  const REFUSED: [code: string, says: object, token: string][] = [
    ['actor_nested', { at: 'actortoken' }, actor({ actortoken: 'a' })],
    ['unsigned_with_signature', { at: 'token signature' }, `${forUser()}AA`],
    ['unsigned_without_actor', { at: 'actortoken' }, raw(NONE, {})],
    ['unsigned_without_actor', { at: 'actortoken' }, forUser('')],
    ['claim_malformed', { at: 'actortoken', expected: 'a string', seen: 'an array' }, forUser([actor()])],
    [
      'token_not_jwt',
      { at: 'actortoken', expected: 'header.payload.signature', seen: '1 segments' },
      forUser('a'),
    ],
    ['actor_nested', { at: 'actortoken.actortoken' }, forUser(actor({ actortoken: 'a' }))],
    [
      'actor_unsigned',
      { at: 'actortoken header.alg', expected: 'RS256', seen: 'none' },
      forUser(raw(NONE, actorClaims())),
    ],
    ['signature_missing', { at: 'signature' }, raw(rs256(), actorClaims())],
    ['claim_missing', { at: 'iss' }, actor({ iss: '' })],
  ]
  test.each(REFUSED)('is refused: %s, %j', (code, says, token) => {
    expect(readPresentedToken(token)).toEqual({ ok: false, code, ...says })
  })

  test('names its issuer and its key; its claims are kept until the signature has held', () => {
    const read = readPresentedToken(actor())
    if (!read.ok) throw new Error(read.code)
    const { open, ...names } = read.value
    expect(names).toEqual({ issuer: LYNC, x5t: KEYS.partner.x5t, wrongClaims: undefined })
    expect(open(KEYS.stranger.publicKey)).toEqual({
      ok: false,
      code: 'bad_signature',
      at: 'signature',
      seen: `x5t ${KEYS.partner.x5t}`,
    })
    expect(open(KEYS.partner.publicKey)).toMatchObject({ ok: true, value: { actor: { iss: LYNC } } })
  })

  test('says before that what is wrong with its claims, or with those around it', () => {
    const of = (token: string) => {
      const read = readPresentedToken(token)
      return read.ok ? read.value.wrongClaims : read
    }
    const refused = { ok: false, code: 'claim_missing', at: 'nameid' }
    expect(of(`${encode(rs256())}.${encode(wrong)}.AA`)).toEqual(refused)
    expect(of(forUser(actor(), { exp: '' }))).toEqual({ ...refused, at: 'exp' })
  })
})
