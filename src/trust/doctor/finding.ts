/**
 * What the doctor can find: one table of stable codes. The texts that administrators know from Microsoft's diagnostics are
 * in it as they are (facts/administration.md F.3); the causes are those of F.1.
 */
import { commandLine } from '../command-line.ts'

/** `error`: calls fail, or may at any moment. `warning`: they will. `note`: nothing is wrong, but it should be known. */
export const SEVERITIES = ['error', 'warning', 'note'] as const
export type Severity = (typeof SEVERITIES)[number]

interface FindingRow {
  readonly severity: Severity
  readonly title: string
  /** What Microsoft's own diagnostics say to it, where they know it (F.3). */
  readonly known?: string
  /** Where the expectation comes from. */
  readonly basis: string
}

/**
 * The commands that may be run unasked: they give nobody trust that he had not, take nothing away that somebody uses, and can
 * be repeated. `partner set` is none of them, whatever it sets: where keys are read from decides who is believed.
 */
export const SAFE_COMMANDS: readonly string[] = ['partner refresh', 'key stage', 'key publish', 'key replace']

export const FINDINGS = {
  server_unreachable: {
    severity: 'error',
    title: 'The server does not answer',
    basis: 'its folder among the servers’ state, and the partner applications of the others',
  },
  tls_untrusted: {
    severity: 'error',
    title: 'The TLS certificate that the server shows does not hold',
    basis: 'F.1 4 and F.2: the certificate of the endpoint, its authority, its names',
  },
  operator_not_allowed: {
    severity: 'error',
    title: 'The admin token that was shown does not go far enough here',
    known: 'the current user lacks the privileges',
    basis: 'F.1 6: the operator is not the partner; the scope of each route in the README',
  },
  signing_key_expired: {
    severity: 'error',
    title: 'The certificate that this server signs with has ended: nobody believes what it signs',
    known: 'The Auth Certificate in use must be replaced by a new one.',
    basis: 'F.1 1 and 11; B.5, rows 1 and 3',
  },
  signing_key_ending: {
    severity: 'warning',
    title: 'It is time for a new signing key',
    known: 'A new Auth Certificate must be created and staged.',
    basis: 'B.5, row 2: at most 60 days left, and no next key of more than 120',
  },
  tls_certificate_expired: {
    severity: 'error',
    title: 'The TLS certificate of this server has ended: nobody can call it',
    basis: 'F.1 4 and F.2: the certificate of the endpoint',
  },
  tls_certificate_ending: {
    severity: 'warning',
    title: 'The TLS certificate of this server ends soon',
    basis: 'F.1 4 and F.2: the certificate of the endpoint',
  },
  autodiscover_url_missing: {
    severity: 'error',
    title: 'This server does not know where the autodiscover service of Exchange is',
    known: 'Unable to obtain Exchange AutodiscoverUrl value.',
    basis: 'F.1 8; A.5: ExchangeAutodiscoverUrl, or else a partner with a metadata URL',
  },
  autodiscover_url_malformed: {
    severity: 'error',
    title: 'The autodiscover URL of Exchange is not one',
    known: 'Autodiscover URL is not well formed for Exchange On-Premise.',
    basis: 'F.1 8; A.5: */autodiscover/autodiscover.svc',
  },
  auth_server_missing: {
    severity: 'error',
    title: 'The partner application uses a token server, and none is there that may speak for it',
    basis: 'A.2 UseOAuthServer, B.2 UseAuthServer: it has no keys of its own here',
  },
  partner_missing: {
    severity: 'error',
    title: 'Only one of two servers has registered the other',
    known: 'Unable to locate Exchange partner application information.',
    basis:
      'F.1 5: whoever calls must be registered, and whoever is called too, since tokens are made for what is registered',
  },
  partners_apart: {
    severity: 'note',
    title: 'Neither of two servers has registered the other',
    basis: 'the partner applications of both',
  },
  partner_disabled: {
    severity: 'error',
    title: 'The partner application is disabled',
    known: 'Exchange partner application returned by Get-CsPartnerApplication is disable.',
    basis: 'F.1 10',
  },
  partner_wrong_application: {
    severity: 'error',
    title: 'The partner application is registered under another application id than the server has',
    known: 'Microsoft.Exchange partner application is registered for an incorrect service name.',
    basis: 'F.1 10 and 12: the id cannot be changed, so the record is made anew',
  },
  partner_realm_wrong: {
    severity: 'error',
    title: 'The partner application is registered under another realm than the server has',
    basis: 'F.1 12 and 13, C.3: a changed realm orphans every registration of the old one',
  },
  partner_level_low: {
    severity: 'warning',
    title: 'The trust level of the partner application does not let it do all that is tested',
    basis: 'F.1 17; A.1: only Full may act for any user and as itself',
  },
  metadata_url_wrong: {
    severity: 'warning',
    title: 'The keys of the partner are read from where the partner does not publish them',
    known: 'Wrong partner application AuthToken Metadata configuration detected.',
    basis: 'F.1 4; what the partner says of itself (GET /admin/v1/server)',
  },
  refresh_failing: {
    severity: 'warning',
    title: 'The document of the partner cannot be read: its last good keys count, up to their limit',
    basis: 'F.1 3 and 4; goodFor of this server',
  },
  refresh_overdue: {
    severity: 'warning',
    title: 'The keys of the partner should have been read again long ago',
    basis: 'F.1 15; the schedule of this server',
  },
  document_quarantined: {
    severity: 'warning',
    title:
      'The document of the partner was read and not adopted: the keys from before count, up to their limit',
    basis: 'F.1 4 and 13; what a document may not change',
  },
  keys_stale: {
    severity: 'error',
    title: 'The keys of the partner could not be read again for so long that they count no longer',
    basis: 'F.1 3; goodFor of this server',
  },
  partner_keys_expired: {
    severity: 'error',
    title: 'The certificate of every key of the partner has ended',
    known: 'The OAuthTokenIssuer certificate has expired',
    basis: 'F.1 1 and 11; F.3',
  },
  keys_pasted: {
    severity: 'note',
    title:
      'The keys of the partner were handed over: the next rollover of the partner must be told here by hand',
    basis: 'F.1 3',
  },
  keys_out_of_step: {
    severity: 'error',
    title: 'The partner signs with a key that is not known here',
    basis: 'F.1 3 and 12; the signing keys of the partner',
  },
  key_revoked: {
    severity: 'error',
    title: 'The partner signs with a key that was revoked here',
    basis: 'the record of the partner application',
  },
  retired_key_believed: {
    severity: 'warning',
    title: 'A key counts here that the partner no longer publishes',
    basis: 'F.1 3; the signing keys of the partner',
  },
  next_key_unseen: {
    severity: 'warning',
    title: 'The next key of the partner is not known here yet',
    basis: 'F.1 3; A.6 and B.4: 24 to 48 hours of lead',
  },
  audience_host_unknown: {
    severity: 'error',
    title: 'The server is called by a name that it does not answer to',
    basis: 'F.2: names; facts/protocol.md 3: the audience must name the host',
  },
  clocks_apart: {
    severity: 'error',
    title: 'The clock of this server is too far from the others’',
    basis: 'clockSkewSeconds of the servers',
  },
  clocks_drifting: {
    severity: 'warning',
    title: 'The clock of this server is far from the others’',
    basis: 'half of clockSkewSeconds of the servers',
  },
  clock_moved: {
    severity: 'note',
    title: 'The clock of this server is not that of its machine',
    basis: 'the clock of the lab',
  },
  faults_on: {
    severity: 'note',
    title: 'Faults on purpose are in force',
    basis: 'GET /admin/v1/faults',
  },
  user_unknown: {
    severity: 'error',
    title: 'The user who is tested with is not known here',
    known: 'Lookup failed to find SIP user.',
    basis: 'F.1 14 and 18: exactly one account',
  },
  user_ambiguous: {
    severity: 'error',
    title: 'Several accounts here have an address of the user who is tested with',
    basis: 'F.1 14: exactly one account; duplicates are refused, never chosen among',
  },
  user_disabled: {
    severity: 'error',
    title: 'The account of the user who is tested with is disabled here',
    basis: 'F.1 14',
  },
  user_without_mailbox: {
    severity: 'error',
    title: 'The user who is tested with has no mailbox here',
    basis: 'F.1 18: choose a real mailbox',
  },
  user_without_archive: {
    severity: 'note',
    title: 'The user who is tested with is not enabled for archiving: the test of Dumpster fails',
    basis: 'F.1 7; A.7',
  },
  call_fails: {
    severity: 'error',
    title: 'A call between the two fails, and nothing that can be seen from outside says why',
    known: 'the storage test failed for the SIP user',
    basis: 'the test of partner connectivity, run by the caller',
  },
} as const satisfies Record<string, FindingRow>

export type FindingCode = keyof typeof FINDINGS

/** One thing that is wrong, with what mends it. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** The server where it is to be mended, and the record there, if it is about one. */
  readonly server: string
  readonly partner?: string
  readonly title: string
  readonly known?: string
  readonly seen: string
  readonly expected: string
  readonly basis: string
  /** Commands, in this order; none where no command mends it. */
  readonly commands: readonly string[]
  /** What to do where no command does it, or what to know before. */
  readonly advice?: string
  /** Whether there are commands, and each is one of `SAFE_COMMANDS`. */
  readonly isSafe: boolean
}

/** What a row's judge says of one case. */
export interface Said {
  readonly seen: string
  readonly expected: string
  /** Each as its words, after `entente`. */
  readonly commands?: readonly (readonly string[])[]
  readonly advice?: string
}

export function findingOf(
  code: FindingCode,
  at: { readonly server: string; readonly partner?: string },
  { seen, expected, commands = [], advice }: Said,
): Finding {
  const { severity, title, basis, known }: FindingRow = FINDINGS[code]
  return {
    ...{ code, severity, ...at, title, seen, expected, basis },
    ...(known !== undefined && { known }),
    commands: commands.map((words) => commandLine(['entente', ...words])),
    ...(advice !== undefined && { advice }),
    isSafe: commands.length > 0 && commands.every(isSafeCommand),
  }
}

function isSafeCommand([area, verb]: readonly string[]): boolean {
  return SAFE_COMMANDS.includes(`${area} ${verb}`)
}

/** The worst first; of equals those of one server together. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity, server, partner = '' }: Finding) =>
    `${SEVERITIES.indexOf(severity)} ${server} ${partner}`
  return [...findings].sort((one, other) => rank(one).localeCompare(rank(other)))
}
