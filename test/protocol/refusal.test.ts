/** The one table of refusals, and what of it goes over the wire. */
import { AppId } from '../../src/protocol/ids.ts'
import { type Refusal, refuse } from '../../src/protocol/outcome.ts'
import { detailOf, diagnosticsOf, REFUSALS, type RefusalCode, rowOf } from '../../src/protocol/refusal.ts'
import { AUD, LYNC } from '../support/tokens.ts'

const CODES = Object.keys(REFUSALS) as RefusalCode[]
const DIALECTS = ['exchange', 'sharepoint'] as const

describe('every refusal', () => {
  test.each(CODES)('%s has a code in snake case and a title that is a sentence of its own', (code) => {
    const { title } = rowOf(code)
    expect(code).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/)
    expect(title).toMatch(/^[A-Z].{9,118}[^.\s]$/)
    expect(CODES.filter((other) => rowOf(other).title === title)).toEqual([code])
  })

  test('of a token or a user is a 401', () => {
    const wrong = CODES.filter(
      (code) => ['token', 'user'].includes(rowOf(code).about) && rowOf(code).status !== 401,
    )
    expect(wrong).toEqual([])
  })

  test('of a registration is never a 401: the administrator is not the one refused', () => {
    expect(
      CODES.filter((code) => rowOf(code).about === 'registration' && rowOf(code).status === 401),
    ).toEqual([])
  })

  test.each(CODES)('%s has a number, a category and a reason for each product', (code) => {
    for (const dialect of DIALECTS) {
      const { number, category, reason } = diagnosticsOf(refuse(code), dialect)
      expect(String(number)).toMatch(dialect === 'exchange' ? /^20000\d\d$/ : /^300\d{4}$/)
      expect(category).toMatch(/^[a-z_]+$/)
      expect(reason).not.toMatch(/[{}]/)
      expect(reason.length).toBeGreaterThan(10)
    }
  })
})

describe('diagnostics', () => {
  const HOSTILE = [
    '"',
    '\\"; x="',
    "'",
    '\r\nSet-Cookie: a=b',
    '\0\x01\x1b[31m\x7f',
    '\u0085\u2028é山\ud800',
    "$&$`$'$$$1",
    '$`'.repeat(500),
    "$'".repeat(500),
    '{seen}{expected}{about}'.repeat(50),
    'x'.repeat(100_000),
    '<script>',
  ]

  test.each(CODES)(
    'of %s stay one short line of printable ASCII without quotes, whatever was seen',
    (code) => {
      for (const dialect of DIALECTS) {
        for (const hostile of HOSTILE) {
          const refusal = { ...refuse(code, { expected: hostile, seen: hostile }), about: hostile } as Refusal
          const { reason, category } = diagnosticsOf(refusal, dialect)
          expect(reason).toMatch(/^[\x20-\x7e]*$/)
          expect(reason).not.toMatch(/["\\]/)
          expect(reason.length).toBeLessThan(650)
          expect(category).toMatch(/^[a-z_]+$/)
        }
      }
    },
  )

  test('say what Exchange says', () => {
    const said = (refusal: Refusal) => {
      const { number, reason, category } = diagnosticsOf(refusal, 'exchange')
      return [number, reason, category]
    }
    expect(said(refuse('bad_signature'))).toEqual([
      2000000,
      'The token has an invalid signature.',
      'invalid_signature',
    ])
    expect(said(refuse('token_not_jwt'))).toEqual([
      2000001,
      'OAuth token submitted with the request cannot be parsed.',
      'invalid_token',
    ])
    expect(said(refuse('audience_wrong_host', { expected: 'a.example', seen: 'b.example' }))).toEqual([
      2000003,
      "The hostname component of the audience claim value is invalid. Expected 'a.example'. Actual 'b.example'.",
      'invalid_resource',
    ])
    expect(said(refuse('audience_wrong_realm', { seen: AUD }))).toEqual([
      2000003,
      `The audience claim value is invalid '${AUD}'.`,
      'invalid_resource',
    ])
    expect(said(refuse('user_unknown'))).toEqual([
      2000005,
      'The user specified by the user-context in the token does not exist.',
      'invalid_user',
    ])
    expect(said(refuse('user_conflict'))).toEqual([
      2000005,
      'The user specified by the user-context in the token is ambiguous.',
      'invalid_user',
    ])
    const about = AppId.parse(LYNC.split('@')[0])
    expect(said(refuse('trust_level_forbids_user', { about }))).toEqual([
      2000008,
      `The token should have valid permissions or linked account associated with partner application '${about}'.`,
      'invalid_grant',
    ])
    expect(said(refuse('issuer_unknown', { seen: LYNC }))).toEqual([
      2000009,
      `The issuer of the token is unknown. Issuer was '${LYNC}'.`,
      'invalid_issuer',
    ])
  })

  test('say what SharePoint says', () => {
    const said = (code: RefusalCode) => {
      const { number, reason, category } = diagnosticsOf(refuse(code), 'sharepoint')
      return `${number} ${reason} ${category}`
    }
    expect(said('unsigned_without_actor')).toBe(
      '3005004 The token does not contain valid algorithm in header. invalid_client',
    )
    expect(said('signature_missing')).toContain('Missing signature.')
    expect(said('bad_signature')).toContain('Invalid issuer or signature.')
    expect(said('token_expired')).toContain('Invalid JWT token. The token is expired.')
    expect(said('user_unknown')).toBe(
      '3001000 There has been an error authenticating the request. invalid_client',
    )
  })
})

test('what there is to say beyond the title is the field, what was expected and what was seen', () => {
  expect(detailOf(refuse('no_token'))).toBe('')
  expect(detailOf(refuse('claim_missing', { at: 'aud' }))).toBe('at aud')
  expect(detailOf(refuse('claim_malformed', { at: 'exp', expected: 'a', seen: 'b' }))).toBe(
    'at exp, expected a, saw b',
  )
})
