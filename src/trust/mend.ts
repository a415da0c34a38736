/** What an administrator does about a refusal: the command, on the server where it is to be run. One table. */
import type { RefusalCode } from '../protocol/refusal.ts'

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
  (verb: string, rest = ''): Mend =>
  ({ server, partner = '<identity>' }) =>
    `entente partner ${verb} ${partner} --server ${server}${rest}`

const register: Mend = ({ server, caller = '<name>', metadataUrl = '<URL of its auth metadata document>' }) =>
  `entente partner add --server ${server} --identity ${caller} --metadata-url ${metadataUrl}`

const newKeys: Mend = (context) =>
  partnerCommand(
    context.isPasted ? 'set' : 'refresh',
    context.isPasted ? ' --certificate <file>' : '',
  )(context)

const compareAudience: Mend = ({ server, caller = '<the caller’s server>' }) =>
  `on the caller’s side, compare its record of this server with what this server is: entente partner list --server ${caller} (this server: GET /admin/v1/server of ${server})`

const newToken: Mend = () => 'have the caller make a new token, and compare both clocks'
const callerBug: Mend = () => 'the caller made a token that is not one; mend the caller'
const seeUsers: Mend = ({ server }) =>
  `see that exactly one enabled user of ${server} has this identity: entente user list --server ${server}`

const MENDS: Partial<Record<RefusalCode, Mend>> = {
  issuer_unknown: register,
  partner_disabled: partnerCommand('set', ' --enabled true'),
  key_unknown: newKeys,
  bad_signature: newKeys,
  keys_stale: newKeys,
  key_revoked: (context) =>
    `have the caller sign with another key; to take the revocation back: ${partnerCommand('set', ' --revoked-keys none')(context)}`,
  key_expired: (context) =>
    `have the caller sign with a certificate that is valid, then: ${newKeys(context)}`,
  key_not_yet_valid: () => 'compare both clocks; the certificate begins later',
  token_expired: newToken,
  token_not_yet_valid: newToken,
  audience_wrong_application: compareAudience,
  audience_wrong_host: compareAudience,
  audience_wrong_realm: compareAudience,
  audience_malformed: callerBug,
  trust_level_forbids_user: partnerCommand('set', ' --trust-level Full'),
  trust_level_forbids_application: partnerCommand('set', ' --trust-level Application'),
  user_sid_not_accepted: partnerCommand('set', ' --accept-sids true'),
  user_unknown: seeUsers,
  user_ambiguous: seeUsers,
  user_conflict: seeUsers,
  user_disabled: seeUsers,
}

/** What to do; for a token that is malformed the caller has to be mended. */
export function mendFor(code: RefusalCode, context: MendContext): string {
  return (MENDS[code] ?? callerBug)(context)
}
