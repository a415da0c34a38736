/** The one table of refusals: every reason why a token, a user or a registration is not accepted. */
import { AUTH_SERVER_REFUSALS } from './auth-server-refusals.ts'
import { BROKER_REFUSALS } from './broker-refusals.ts'
import type { Refusal } from './outcome.ts'
import { SIGNING_KEY_REFUSALS } from './signing-key-refusals.ts'

interface Diagnostics {
  /** The number in `x-ms-diagnostics`. */
  readonly number: number
  /** Exchange's `error_category`, SharePoint's `category`. */
  readonly category: string
  /** The reason on the wire; `{expected}`, `{seen}` and `{about}` are filled in. */
  readonly reason: string
}

export interface Row {
  readonly about: 'request' | 'token' | 'user' | 'registration' | 'signing key'
  readonly status: 400 | 401 | 404 | 409 | 422 | 502 | 503
  readonly title: string
  /** How Exchange says it (facts/protocol.md 3.3). Absent: as a token it cannot use. */
  readonly exchange?: Diagnostics
  /** How SharePoint says it (facts/protocol.md 3.4). Absent: as a request it cannot authenticate. */
  readonly sharepoint?: Diagnostics
}

const invalidSignature: Diagnostics = {
  number: 2000000,
  category: 'invalid_signature',
  reason: 'The token has an invalid signature.',
}
const cannotBeParsed: Diagnostics = {
  number: 2000001,
  category: 'invalid_token',
  reason: 'OAuth token submitted with the request cannot be parsed.',
}
const invalidAudience: Diagnostics = {
  number: 2000003,
  category: 'invalid_resource',
  reason: "The audience claim value is invalid '{seen}'.",
}
const invalidHost: Diagnostics = {
  number: 2000003,
  category: 'invalid_resource',
  reason:
    "The hostname component of the audience claim value is invalid. Expected '{expected}'. Actual '{seen}'.",
}
const unknownIssuer: Diagnostics = {
  number: 2000009,
  category: 'invalid_issuer',
  reason: "The issuer of the token is unknown. Issuer was '{seen}'.",
}
const noPermission: Diagnostics = {
  number: 2000008,
  category: 'invalid_grant',
  reason:
    "The token should have valid permissions or linked account associated with partner application '{about}'.",
}
const noSuchUser: Diagnostics = {
  number: 2000005,
  category: 'invalid_user',
  reason: 'The user specified by the user-context in the token does not exist.',
}
const ambiguousUser: Diagnostics = {
  number: 2000005,
  category: 'invalid_user',
  reason: 'The user specified by the user-context in the token is ambiguous.',
}
const cannotAuthenticate: Diagnostics = {
  number: 3001000,
  category: 'invalid_client',
  reason: 'There has been an error authenticating the request.',
}
const spInvalidAlgorithm: Diagnostics = {
  number: 3005004,
  category: 'invalid_client',
  reason: 'The token does not contain valid algorithm in header.',
}
const spMissingSignature: Diagnostics = { ...cannotAuthenticate, reason: 'Missing signature.' }
const spInvalidSignature: Diagnostics = { ...cannotAuthenticate, reason: 'Invalid issuer or signature.' }
// Seen in public issue threads, with these words (azure-activedirectory-library-for-js, 589).
const spInvalidAudience: Diagnostics = {
  number: 3000003,
  category: 'invalid_client',
  reason: "Invalid audience Uri '{seen}'.",
}
const spExpired: Diagnostics = {
  ...cannotAuthenticate,
  reason: 'Invalid JWT token. The token is expired.',
}

const audience = { exchange: invalidAudience, sharepoint: spInvalidAudience } as const
const signature = { exchange: invalidSignature, sharepoint: spInvalidSignature } as const
const token = { about: 'token', status: 401 } as const
const user = { about: 'user', status: 401 } as const
const registration = { about: 'registration', status: 422 } as const
const download = { about: 'registration', status: 502 } as const

export const REFUSALS = {
  // How the request carried it
  no_token: { about: 'request', status: 401, title: 'No token was presented' },
  several_credentials: {
    about: 'request',
    status: 400,
    title: 'More than one Authorization header was presented',
  },

  body_not_json: { about: 'request', status: 400, title: 'The body is not a JSON object in UTF-8' },
  body_duplicate_member: { about: 'request', status: 400, title: 'The body names a member twice' },
  body_too_deep: { about: 'request', status: 400, title: 'The body is nested too deeply' },

  // The shape of a token
  token_too_large: { ...token, title: 'The token is larger than 16 KiB' },
  token_encrypted: { ...token, title: 'The token has five segments: encrypted tokens are not accepted' },
  token_not_jwt: { ...token, title: 'The token is not three base64url segments joined by dots' },
  token_bad_base64url: { ...token, title: 'A segment of the token is not canonical base64url' },
  token_bad_utf8: { ...token, title: 'A segment of the token is not valid UTF-8' },
  token_bad_json: { ...token, title: 'A segment of the token is not a JSON object' },
  token_duplicate_member: { ...token, title: 'A segment of the token names a member twice' },
  token_too_deep: { ...token, title: 'A segment of the token is nested too deeply' },
  // RFC 7515, 4.1: what could steer verification.
  header_crit: { ...token, title: 'The token header names extensions that must be understood (crit)' },
  header_jwk: { ...token, title: 'The token header brings a key of its own (jwk)' },
  header_jku: { ...token, title: 'The token header says where its keys are (jku)' },
  header_x5u: { ...token, title: 'The token header says where its certificate is (x5u)' },
  header_x5c: { ...token, title: 'The token header brings a certificate of its own (x5c)' },
  header_zip: { ...token, title: 'The token header says that it is compressed (zip)' },
  header_b64: { ...token, title: 'The token header says how its payload is encoded (b64)' },
  header_enc: { ...token, title: 'The token header says that it is encrypted (enc)' },
  type_not_jwt: { ...token, title: 'The token header says it is something other than a JWT' },
  algorithm_not_allowed: {
    ...token,
    sharepoint: spInvalidAlgorithm,
    title: 'The token header names an algorithm other than RS256 or none',
  },
  unsigned_without_actor: {
    ...token,
    sharepoint: spInvalidAlgorithm,
    title: 'An unsigned token counts for nothing without an actor token inside',
  },
  unsigned_with_signature: { ...token, title: 'The token says it is unsigned, yet carries a signature' },
  signature_missing: {
    ...token,
    exchange: invalidSignature,
    sharepoint: spMissingSignature,
    title: 'The token says it is signed, yet its signature is empty',
  },
  actor_unsigned: {
    ...token,
    sharepoint: spInvalidAlgorithm,
    title: 'The actor token is not signed',
  },
  actor_nested: { ...token, title: 'A signed token carries another actor token: one level is allowed' },
  thumbprint_missing: {
    ...token,
    ...signature,
    title: 'The signed token names no key: its header has no x5t',
  },
  claim_missing: { ...token, title: 'A required claim is missing or empty' },
  claim_malformed: { ...token, title: 'A claim has a value of the wrong kind' },
  time_malformed: { ...token, title: 'A time in the token is not whole seconds from 1970 to the year 9999' },
  lifetime_reversed: { ...token, title: 'The token ends before it begins' },
  lifetime_too_long: { ...token, title: 'The token lives longer than is allowed' },

  // Who signed it
  issuer_is_self: {
    ...token,
    exchange: unknownIssuer,
    sharepoint: spInvalidSignature,
    title: 'The token claims to be issued by this server itself',
  },
  issuer_unknown: {
    ...token,
    exchange: unknownIssuer,
    sharepoint: spInvalidSignature,
    title: 'No partner application is registered for this issuer',
  },
  partner_disabled: {
    ...token,
    exchange: noPermission,
    title: 'The partner application is registered here, but disabled',
  },
  key_is_own: { ...token, ...signature, title: 'The token names this server’s own key' },
  key_unknown: { ...token, ...signature, title: 'The partner application has no key with this thumbprint' },
  key_not_yet_valid: {
    ...token,
    ...signature,
    title: 'The certificate that signed the token is not valid yet',
  },
  key_expired: { ...token, ...signature, title: 'The certificate that signed the token has expired' },
  key_revoked: {
    ...token,
    ...signature,
    title: 'The key that the token names was revoked here, whatever the partner publishes',
  },
  keys_stale: {
    ...token,
    ...signature,
    title: 'The partner’s keys could not be read again for so long that they count no longer',
  },
  bad_signature: {
    ...token,
    ...signature,
    title: 'The signature does not fit the token and the partner’s key',
  },

  // What it says
  token_expired: { ...token, sharepoint: spExpired, title: 'The token has expired' },
  token_not_yet_valid: { ...token, title: 'The token is not valid yet' },
  audience_malformed: {
    ...token,
    ...audience,
    title: 'The audience is not of the form <application id>/<host>@<realm>',
  },
  audience_wrong_application: { ...token, ...audience, title: 'The token is for another application' },
  audience_wrong_host: {
    ...token,
    exchange: invalidHost,
    sharepoint: spInvalidAudience,
    title: 'The token is for a host that is not a name of this server',
  },
  audience_wrong_realm: { ...token, ...audience, title: 'The token is for another realm' },
  actor_not_partner: {
    ...token,
    title: 'The actor token names an application other than the partner that signed it',
  },
  outer_issuer_mismatch: {
    ...token,
    title: 'The user token is not issued by the application that its actor token names',
  },
  outer_audience_mismatch: {
    ...token,
    ...audience,
    title: 'The user token and its actor token are for different audiences',
  },
  delegation_not_trusted: {
    ...token,
    exchange: noPermission,
    title: 'The actor token is not trusted for delegation, so it may not act for a user',
  },
  trust_level_forbids_user: {
    ...token,
    exchange: noPermission,
    title: 'The partner’s trust level does not allow it to act for a user without a token server’s consent',
  },
  trust_level_forbids_application: {
    ...token,
    exchange: noPermission,
    title: 'The partner’s trust level does not allow it to act as itself',
  },

  // For whom
  user_not_named: { ...user, exchange: noSuchUser, title: 'The user token names no user' },
  user_sid_not_accepted: {
    ...user,
    exchange: noSuchUser,
    title: 'The user is named by a SID alone, and SIDs are not accepted from this partner',
  },
  user_unknown: { ...user, exchange: noSuchUser, title: 'No user here has the identity in the token' },
  user_ambiguous: {
    ...user,
    exchange: ambiguousUser,
    title: 'Several users here have the identity in the token',
  },
  user_conflict: {
    ...user,
    exchange: ambiguousUser,
    title: 'The identities in the token belong to different users',
  },
  user_disabled: { ...user, exchange: noSuchUser, title: 'The user in the token is disabled' },

  // Registering a partner application
  document_not_json: { ...registration, title: 'The auth metadata document is not a JSON object' },
  document_member_missing: { ...registration, title: 'The auth metadata document lacks a member' },
  document_member_malformed: {
    ...registration,
    title: 'A member of the auth metadata document has an unusable value',
  },
  certificate_malformed: { ...registration, title: 'Not exactly one X.509 certificate in PEM or base64 DER' },
  certificate_weak: {
    ...registration,
    title: 'The certificate’s key is not RSA of at least 2048 bits, with an odd exponent',
  },
  authority_malformed: { ...registration, title: 'Not one or more X.509 certificates in PEM' },
  metadata_url_forbidden: {
    ...registration,
    title: 'An auth metadata document is downloaded over https, without user and password in the URL',
  },
  metadata_address_forbidden: {
    ...registration,
    title: 'The host of the auth metadata document is not on the Internet, and not allowed here by name',
  },
  metadata_unreachable: { ...download, title: 'The auth metadata document could not be downloaded' },
  metadata_tls_untrusted: {
    ...download,
    title: 'The TLS certificate of the auth metadata document’s host is not trusted here',
  },
  metadata_redirected: {
    ...download,
    title: 'The auth metadata document is elsewhere: no redirect is followed',
  },
  metadata_wrong_type: {
    ...download,
    title: 'What was downloaded says that it is something other than JSON',
  },
  metadata_compressed: { ...download, title: 'The auth metadata document came compressed, unasked' },
  metadata_too_large: { ...download, title: 'The auth metadata document is larger than 512 KiB' },
  metadata_too_slow: { ...download, title: 'The auth metadata document did not come in time' },
  partner_is_self: { ...registration, title: 'A server cannot be its own partner application' },
  partner_key_shared: {
    ...registration,
    status: 409,
    title: 'Another partner application, or this server, already uses this key',
  },
  partner_identity_taken: {
    ...registration,
    status: 409,
    title: 'A partner application of this identity exists already',
  },
  partner_application_taken: {
    ...registration,
    status: 409,
    title: 'A partner application with this application id exists already',
  },
  application_account_taken: {
    ...registration,
    status: 409,
    title: 'The account that the partner application would be linked to is not one made for it',
  },
  partner_changed: {
    ...registration,
    status: 409,
    title: 'The document now names another application or realm than the one registered',
  },
  partner_not_found: { ...registration, status: 404, title: 'No partner application has this identity' },
  partner_without_source: {
    ...registration,
    status: 409,
    title:
      'The partner application was registered without a metadata URL, so there is nothing to refresh from',
  },

  ...AUTH_SERVER_REFUSALS,
  ...BROKER_REFUSALS,
  ...SIGNING_KEY_REFUSALS,
} as const satisfies Record<string, Row>

export type RefusalCode = keyof typeof REFUSALS

/** The header in which our code travels beside the product's own; only there when a token was refused. */
export const REFUSAL_HEADER = 'x-entente-refusal'

export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(REFUSALS, text)
}

/** The row of a code, with the optional members in sight. */
export function rowOf(code: RefusalCode): Row {
  return REFUSALS[code]
}

/** What there is to say beyond the title: the field, what was expected and what was seen. */
export function detailOf({ at, expected, seen }: Refusal): string {
  const parts = [
    at === undefined ? undefined : `at ${at}`,
    expected === undefined ? undefined : `expected ${expected}`,
    seen === undefined ? undefined : `saw ${seen}`,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

/** The product's number, category and filled-in reason for a refused token. */
export function diagnosticsOf(refusal: Refusal, dialect: 'exchange' | 'sharepoint'): Diagnostics {
  const row = rowOf(refusal.code)
  const found = row[dialect] ?? (dialect === 'exchange' ? cannotBeParsed : cannotAuthenticate)
  // In one pass, so that nothing a stranger wrote is taken for a place to fill in.
  const words = { expected: refusal.expected, seen: refusal.seen, about: refusal.about }
  const reason = found.reason.replace(/\{(expected|seen|about)\}/g, (_, name: keyof typeof words) =>
    forHeader(words[name] ?? ''),
  )
  return { ...found, reason }
}

/** What a stranger wrote goes back in a quoted header: printable ASCII without quotes, and no more than a line of it. */
export function forHeader(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, '?').slice(0, 200)
}
