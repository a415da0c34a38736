/** The one table of refusals, and what of it goes over the wire. */
import { AppId } from '../../src/protocol/ids.ts'
import { type Refusal, refuse } from '../../src/protocol/outcome.ts'
import {
  detailOf,
  diagnosticsOf,
  forHeader,
  isRefusalCode,
  REFUSAL_HEADER,
  REFUSALS,
  type RefusalCode,
  rowOf,
} from '../../src/protocol/refusal.ts'
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

/** What a caller is told with each code. Numbers and reasons are what administrators search for: none changes by mistake. */
describe('on the wire', () => {
  const UNPARSED = '2000001 invalid_token: OAuth token submitted with the request cannot be parsed.'
  const UNAUTHENTICATED = '3001000 invalid_client: There has been an error authenticating the request.'
  const TOLD: [about: string, exchange: string, sharepoint: string, codes: string][] = [
    ['request 401', UNPARSED, UNAUTHENTICATED, 'no_token'],
    [
      'request 400',
      UNPARSED,
      UNAUTHENTICATED,
      'several_credentials body_not_json body_duplicate_member body_too_deep grant_type_unsupported token_request_malformed resource_not_allowed assertion_too_long assertion_replayed',
    ],
    [
      'token 401',
      UNPARSED,
      UNAUTHENTICATED,
      'token_too_large token_encrypted token_not_jwt token_bad_base64url token_bad_utf8 token_bad_json token_duplicate_member token_too_deep header_crit header_jwk header_jku header_x5u header_x5c header_zip header_b64 header_enc type_not_jwt unsigned_with_signature actor_nested claim_missing claim_malformed time_malformed lifetime_reversed lifetime_too_long token_not_yet_valid actor_not_partner outer_issuer_mismatch',
    ],
    [
      'token 401',
      UNPARSED,
      '3005004 invalid_client: The token does not contain valid algorithm in header.',
      'algorithm_not_allowed unsigned_without_actor actor_unsigned',
    ],
    [
      'token 401',
      '2000000 invalid_signature: The token has an invalid signature.',
      '3001000 invalid_client: Missing signature.',
      'signature_missing',
    ],
    [
      'token 401',
      '2000000 invalid_signature: The token has an invalid signature.',
      '3001000 invalid_client: Invalid issuer or signature.',
      'thumbprint_missing key_is_own key_unknown key_not_yet_valid key_expired key_revoked keys_stale bad_signature',
    ],
    [
      'token 401',
      "2000009 invalid_issuer: The issuer of the token is unknown. Issuer was 'S'.",
      '3001000 invalid_client: Invalid issuer or signature.',
      'issuer_is_self issuer_unknown',
    ],
    [
      'token 401',
      "2000008 invalid_grant: The token should have valid permissions or linked account associated with partner application 'A'.",
      UNAUTHENTICATED,
      'partner_disabled delegation_not_trusted trust_level_forbids_user trust_level_forbids_application',
    ],
    [
      'token 401',
      UNPARSED,
      '3001000 invalid_client: Invalid JWT token. The token is expired.',
      'token_expired',
    ],
    [
      'token 401',
      "2000003 invalid_resource: The audience claim value is invalid 'S'.",
      "3000003 invalid_client: Invalid audience Uri 'S'.",
      'audience_malformed audience_wrong_application audience_wrong_realm outer_audience_mismatch',
    ],
    [
      'token 401',
      "2000003 invalid_resource: The hostname component of the audience claim value is invalid. Expected 'E'. Actual 'S'.",
      "3000003 invalid_client: Invalid audience Uri 'S'.",
      'audience_wrong_host',
    ],
    [
      'user 401',
      '2000005 invalid_user: The user specified by the user-context in the token does not exist.',
      UNAUTHENTICATED,
      'user_not_named user_sid_not_accepted user_unknown user_disabled',
    ],
    [
      'user 401',
      '2000005 invalid_user: The user specified by the user-context in the token is ambiguous.',
      UNAUTHENTICATED,
      'user_ambiguous user_conflict',
    ],
    [
      'registration 422',
      UNPARSED,
      UNAUTHENTICATED,
      'document_not_json document_member_missing document_member_malformed certificate_malformed certificate_weak authority_malformed metadata_url_forbidden metadata_address_forbidden partner_is_self auth_server_id_reserved token_client_realm_differs broker_not_taken broker_id_reserved broker_realm_differs',
    ],
    [
      'registration 502',
      UNPARSED,
      UNAUTHENTICATED,
      'metadata_unreachable metadata_tls_untrusted metadata_redirected metadata_wrong_type metadata_compressed metadata_too_large metadata_too_slow',
    ],
    [
      'registration 409',
      UNPARSED,
      UNAUTHENTICATED,
      'partner_key_shared partner_identity_taken partner_application_taken partner_changed partner_without_source',
    ],
    ['registration 404', UNPARSED, UNAUTHENTICATED, 'partner_not_found auth_server_not_found'],
    [
      'token 401',
      "2000009 invalid_issuer: The issuer of the token is unknown. Issuer was 'A'.",
      '3001000 invalid_client: Invalid issuer or signature.',
      'auth_server_disabled',
    ],
    [
      'token 401',
      "2000008 invalid_grant: The token should have valid permissions or linked account associated with partner application 'A'.",
      '3001000 invalid_client: Invalid issuer or signature.',
      'auth_server_names_unknown auth_server_realm_differs auth_server_not_used partner_uses_auth_server',
    ],
    [
      'user 401',
      "2000008 invalid_grant: The token should have valid permissions or linked account associated with partner application 'A'.",
      UNAUTHENTICATED,
      'consent_other_user',
    ],
    ['request 503', UNPARSED, UNAUTHENTICATED, 'assertions_too_many'],
    [
      'token 401',
      UNPARSED,
      '3001000 invalid_client: Invalid issuer or signature.',
      'brokered_name_malformed brokered_realm_differs brokered_name_reserved brokered_name_registered issuer_realm_given_up',
    ],
    [
      'signing key 422',
      UNPARSED,
      UNAUTHENTICATED,
      'signing_key_unreadable signing_key_mismatch signing_key_dates signing_key_date_missing',
    ],
    [
      'signing key 409',
      UNPARSED,
      UNAUTHENTICATED,
      'signing_key_known signing_key_of_partner signing_key_lead_short signing_key_unseen signing_key_tokens_live signing_key_not_staged signing_key_in_use',
    ],
    ['signing key 404', UNPARSED, UNAUTHENTICATED, 'signing_key_not_found'],
  ]
  const told = (code: RefusalCode, dialect: (typeof DIALECTS)[number]) => {
    const refusal = { ...refuse(code, { expected: 'E', seen: 'S' }), about: 'A' } as Refusal
    const { number, category, reason } = diagnosticsOf(refusal, dialect)
    return `${number} ${category}: ${reason}`
  }
  const single = TOLD.flatMap(([about, exchange, sharepoint, codes]) =>
    codes.split(' ').map((code) => [code, about, exchange, sharepoint] as const),
  )
  test.each(single)('%s is of a %s: %s %s', (name, about, exchange, sharepoint) => {
    const code = name as RefusalCode
    expect(isRefusalCode(name)).toBe(true)
    expect(`${rowOf(code).about} ${rowOf(code).status}`).toBe(about)
    expect([told(code, 'exchange'), told(code, 'sharepoint')]).toEqual([exchange, sharepoint])
  })
})

test('a code is one of the table, and nothing that every object has', () => {
  expect(['no_token', 'toString', '__proto__', ''].map(isRefusalCode)).toEqual([true, false, false, false])
})

test('what is not known is left out of the reason, and what is odd in it is a question mark', () => {
  const reason = (seen?: string) =>
    diagnosticsOf(refuse('issuer_unknown', seen === undefined ? {} : { seen }), 'exchange').reason
  expect(reason()).toBe("The issuer of the token is unknown. Issuer was ''.")
  expect(reason('a"b\\c\u007fd~ é')).toBe("The issuer of the token is unknown. Issuer was 'a?b?c?d~ ?'.")
  expect(forHeader('x'.repeat(201))).toBe('x'.repeat(200))
})

test('our own header is not one of the products’', () => {
  expect(REFUSAL_HEADER).toBe('x-entente-refusal')
})
