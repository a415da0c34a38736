/** What an administrator does about a refusal: the command, on the server where it is to be run. One table. */
import type { REFUSALS, RefusalCode } from '../protocol/refusal.ts'
import { commandLine } from './command-line.ts'

/** The parties, as commands know them. */
export interface MendContext {
  /** The server that refused. */
  readonly server: string
  /** The record of the caller at that server; absent when there is none, or when it is not known from here. */
  readonly partner?: string
  /** Where the caller publishes its auth metadata document, if that is known. */
  readonly metadataUrl?: string
  /** The caller's server, if it is known. */
  readonly caller?: string
  /** The record's keys came from a document or a certificate, so they cannot be read again. */
  readonly isPasted?: boolean
}

type Mend = (context: MendContext) => string

const partnerCommand =
  (verb: string, ...rest: string[]): Mend =>
  ({ server, partner = '<identity>' }) =>
    commandLine(['entente', 'partner', verb, partner, '--server', server, ...rest])

const register: Mend = ({ server, caller = '<name>', metadataUrl = '<URL of its auth metadata document>' }) =>
  commandLine(
    ['entente', 'partner', 'add', '--server', server, '--identity', caller].concat(
      '--metadata-url',
      metadataUrl,
    ),
  )

const newKeys: Mend = (context) =>
  (context.isPasted ? partnerCommand('set', '--certificate', '<file>') : partnerCommand('refresh'))(context)

const compareAudience: Mend = ({ server, caller = '<the caller’s server>' }) =>
  `on the caller’s side, compare its record of this server with what this server is: entente partner list --server ${caller} (this server: GET /admin/v1/server of ${server})`

const compareClocks: Mend = ({ server }) =>
  `have the caller make a new token, and compare both clocks (this server’s: GET /admin/v1/server of ${server})`
const shorter: Mend = () =>
  'have the caller make its tokens for a shorter time: an hour is usual, two years are the most'
const notAToken: Mend = () =>
  'nothing here mends it: what was sent is not a token of this kind; mend what makes the caller’s tokens'
const forged: Mend = ({ server }) =>
  `nothing here mends it: the key is known, and it did not make this signature. The token was changed on its way, or forged; see who sends such tokens: entente decisions list --server ${server}`
const posing: Mend = ({ server }) =>
  `nothing here mends it: the caller says that it is ${server} itself. Give it an application id and a key of its own`
const oneApplication: Mend = () =>
  'have the caller sign for itself alone: iss and nameid of its actor token are its own application id and realm'
const brokered: Mend = () =>
  'have the broker name an application of its own realm in nameid, <client id>@<realm> in lower case, that is neither a server nor registered with a key of its own'
const usesAuthServer: Mend = ({ server }) =>
  `register the application as one that uses a token server: entente partner add --server ${server} --identity <name> --use-auth-server --application-id <guid> --realm <realm of the token server>`
const askTokenServer: Mend = ({ server, partner = '<identity>' }) =>
  `have the caller get its actor token from the token server; or let it sign itself: ${commandLine(['entente', 'partner', 'set', partner, '--server', server, '--metadata-url', '<url>'])}`
const consent: Mend = () =>
  'have consent for this user recorded at the token server: entente token-client set <client> --consent <upn>'

const reRegister: Mend = ({ server, partner = '<identity>' }) =>
  `register it in the realm of today: ${commandLine(['entente', 'partner', 'remove', partner, '--server', server])}, then add it again (the realm: entente realm show --server ${server})`
const sameNames: Mend = () =>
  'have the caller make the user token with iss = nameid and the same aud as its actor token'
const delegate: Mend = () =>
  'have the caller say trustedfordelegation = true in the actor token of a token for a user, or send the actor token alone'
const nameUser: Mend = () => 'have the caller name the user: nameid (SID or UPN), upn, smtp or sip'
const seeUsers: Mend = ({ server }) =>
  `see that exactly one enabled user of ${server} has this identity: entente user list --server ${server}`

type Refused = {
  [Code in RefusalCode]: (typeof REFUSALS)[Code]['about'] extends 'token' | 'user' ? Code : never
}[RefusalCode]

// Every reason to refuse a token is here; of a registration the refusal itself says what to change.
const MENDS = {
  token_too_large: notAToken,
  token_encrypted: notAToken,
  token_not_jwt: notAToken,
  token_bad_base64url: notAToken,
  token_bad_utf8: notAToken,
  token_bad_json: notAToken,
  token_duplicate_member: notAToken,
  token_too_deep: notAToken,
  header_crit: notAToken,
  header_jwk: notAToken,
  header_jku: notAToken,
  header_x5u: notAToken,
  header_x5c: notAToken,
  header_zip: notAToken,
  header_b64: notAToken,
  header_enc: notAToken,
  type_not_jwt: notAToken,
  algorithm_not_allowed: notAToken,
  unsigned_without_actor: notAToken,
  unsigned_with_signature: notAToken,
  signature_missing: notAToken,
  actor_unsigned: notAToken,
  actor_nested: notAToken,
  thumbprint_missing: notAToken,
  claim_missing: notAToken,
  claim_malformed: notAToken,
  time_malformed: notAToken,
  audience_malformed: notAToken,
  lifetime_reversed: compareClocks,
  lifetime_too_long: shorter,
  issuer_is_self: posing,
  issuer_realm_given_up: reRegister,
  key_is_own: posing,
  issuer_unknown: register,
  partner_disabled: partnerCommand('set', '--enabled', 'true'),
  key_unknown: newKeys,
  bad_signature: forged,
  keys_stale: newKeys,
  key_revoked: (context) =>
    `have the caller sign with another key; to take the revocation back: ${partnerCommand('set', '--revoked-keys', 'none')(context)}`,
  key_expired: (context) =>
    `have the caller sign with a certificate that is valid, then: ${newKeys(context)}`,
  key_not_yet_valid: () => 'compare both clocks; the certificate begins later',
  token_expired: compareClocks,
  token_not_yet_valid: compareClocks,
  audience_wrong_application: compareAudience,
  audience_wrong_host: compareAudience,
  audience_wrong_realm: compareAudience,
  actor_not_partner: oneApplication,
  brokered_name_malformed: brokered,
  brokered_realm_differs: brokered,
  brokered_name_reserved: brokered,
  brokered_name_registered: brokered,
  auth_server_disabled: ({ server, partner = '<name>' }) =>
    commandLine(['entente', 'auth-server', 'set', partner, '--server', server, '--enabled', 'true']),
  auth_server_names_unknown: usesAuthServer,
  auth_server_realm_differs: usesAuthServer,
  auth_server_not_used: ({ server }) =>
    `let the application use a token server: entente partner set <identity> --server ${server} --use-auth-server`,
  partner_uses_auth_server: askTokenServer,
  consent_other_user: consent,
  outer_issuer_mismatch: sameNames,
  outer_audience_mismatch: sameNames,
  delegation_not_trusted: delegate,
  trust_level_forbids_user: partnerCommand('set', '--trust-level', 'Full'),
  trust_level_forbids_application: partnerCommand('set', '--trust-level', 'Application'),
  user_not_named: nameUser,
  user_sid_not_accepted: partnerCommand('set', '--accept-sids', 'true'),
  user_unknown: seeUsers,
  user_ambiguous: seeUsers,
  user_conflict: seeUsers,
  user_disabled: seeUsers,
} as const satisfies Record<Refused, Mend>

/** What to do about a refused token; of anything else the refusal itself says it. */
export function mendFor(code: RefusalCode, context: MendContext): string {
  const mend: Mend | undefined = Object.hasOwn(MENDS, code) ? MENDS[code as Refused] : undefined
  return mend?.(context) ?? 'send what the refusal says was expected'
}

/** What makes a server trust the authority (a PEM file) that a partner's TLS certificate comes from, as words after `entente`. */
export function trustAuthorityCommand(
  { server, partner }: { readonly server: string; readonly partner: string },
  file = '<file>',
): string[] {
  return ['partner', 'set', partner, '--server', server, '--certificate-authority', file]
}
