/** What a server can say of itself: its keys, its certificates, its clock, and what it knows of its partners. Pure. */
import { hexThumbprint } from '../../protocol/certificate.ts'
import { type EpochSeconds, isoTime, WELL_KNOWN } from '../../protocol/ids.ts'
import { formatPrincipal } from '../../protocol/principal.ts'
import type { RefusalCode } from '../../protocol/refusal.ts'
import type { ClockView } from '../clock.ts'
import { commandLine } from '../command-line.ts'
import { trustAuthorityCommand } from '../mend.ts'
import type { Partner } from '../partner.ts'
import { dueAt, goodUntil, type RefreshPolicy } from '../refresh-policy.ts'
import { budgetOf, inState, type OwnKey, type RolloverRules } from '../signing-keys.ts'
import { type Finding, findingOf, type Said } from './finding.ts'

/** One server, as it sees itself at this moment. */
export interface OwnEvidence {
  readonly name: string
  readonly keys: readonly OwnKey[]
  readonly rules: RolloverRules
  readonly clock: ClockView
  readonly partners: readonly Partner[]
  readonly refreshing: RefreshPolicy
  /** When its TLS certificate ends, by the machine's time. */
  readonly tlsEnds: EpochSeconds
  /** Where it asks for mailboxes; only of a product that has such a setting. */
  readonly autodiscover?: { readonly url: string | undefined }
  /** How many edges have faults on purpose. */
  readonly faults: number
}

/** Everything that one server alone can find wrong. */
export function examineServer(evidence: OwnEvidence): Finding[] {
  return [
    ...JUDGES.flatMap((judge) => judge(evidence)),
    ...evidence.partners.flatMap((partner) => ofPartner(partner, evidence)),
  ]
}

const DAY = 86_400
const HOUR = 3_600
/** Below so many days a TLS certificate is warned of: a month, as administrators of web servers have it. */
export const TLS_WARNING_DAYS = 30

type Judge = (evidence: OwnEvidence) => readonly Finding[]

const signingKey: Judge = ({ name, keys, clock, rules }) => {
  const { verdict, currentDays, nextDays } = budgetOf(keys, clock.now)
  const [current, next] = [inState(keys, 'current'), inState(keys, 'next')]
  const days = (count: number) => (count < 0 ? 'none' : `${count} days`)
  const seen = `left of the current key: ${days(currentDays)}${current === undefined ? '' : ` (${hexThumbprint(current.certificate.x5t)} ends ${isoTime(current.certificate.notAfter)})`}; of the next: ${days(nextDays)}`
  switch (verdict) {
    case 'fine':
      return []
    case 'replace': {
      const isReady = next !== undefined && next.certificate.notBefore <= clock.now && nextDays >= 0
      const act = isReady ? ['key', 'publish', '--server', name] : ['key', 'replace', '--server', name]
      return [
        findingOf(
          currentDays < 0 ? 'signing_key_expired' : 'signing_key_ending',
          { server: name },
          {
            seen,
            expected: 'a current key whose certificate is valid, and for longer than a day',
            commands: [act],
            advice: 'partners that cannot be asked must be given the new key by hand',
          },
        ),
      ]
    }
    case 'stage':
      return [
        findingOf(
          'signing_key_ending',
          { server: name },
          {
            seen,
            expected: 'more than 60 days of the current key, or a next key of more than 120',
            // Staged, it could come after the end of the current key: there are beats of half a day.
            commands: [
              currentDays < 1 ? ['key', 'replace', '--server', name] : stageCommand(name, currentDays, rules),
            ],
          },
        ),
      ]
  }
}

// The monitor stages with 30 days of lead, and with 4, 2 or none where the current key does not last (B.5).
function stageCommand(name: string, currentDays: number, { lead }: RolloverRules): string[] {
  const days = [30, 4, 2].find((wanted) => currentDays >= wanted + 2) ?? 0
  const isShort = days * DAY < lead
  return [...['key', 'stage', '--server', name, '--effective', `${days}d`], ...(isShort ? ['--force'] : [])]
}

const tlsCertificate: Judge = ({ name, tlsEnds, clock }) => {
  // OpenSSL looks at the machine's time, wherever the clock of the lab stands.
  const left = tlsEnds - (clock.now - clock.ahead)
  if (left > TLS_WARNING_DAYS * DAY) return []
  const code = left < 0 ? 'tls_certificate_expired' : 'tls_certificate_ending'
  return [
    findingOf(
      code,
      { server: name },
      {
        seen: `it ends ${isoTime(tlsEnds)}`,
        expected: `more than ${TLS_WARNING_DAYS} days`,
        advice:
          'a lab makes TLS certificates that have ended anew when it starts; elsewhere replace the files in --certs and start the server again',
      },
    ),
  ]
}

const AUTODISCOVER = /^https:\/\/[^/]+\/autodiscover\/autodiscover\.svc$/i

const autodiscover: Judge = ({ name, autodiscover: setting, partners }) => {
  if (setting === undefined) return []
  const exchange = partners.find(({ application }) => application.appId === WELL_KNOWN.exchange)
  const expected = 'https://<host>/autodiscover/autodiscover.svc'
  const advice = `set storesIn of ${name} in the lab file to the name of the Exchange server, and start ${name} again`
  if (setting.url === undefined) {
    // Without the setting it is looked for where the partner publishes its keys.
    if (exchange === undefined || exchange.source.kind === 'metadata') return []
    const seen = `no URL, and ${exchange.identity} was registered without a metadata URL`
    return [findingOf('autodiscover_url_missing', { server: name }, { seen, expected, advice })]
  }
  if (AUTODISCOVER.test(setting.url)) return []
  return [findingOf('autodiscover_url_malformed', { server: name }, { seen: setting.url, expected, advice })]
}

const clockMoved: Judge = ({ name, clock }) => {
  const { frozen, rate, ahead } = clock
  if (!frozen && rate === 1 && Math.abs(ahead) < 2) return []
  return [
    findingOf(
      'clock_moved',
      { server: name },
      {
        seen: `${isoTime(clock.now)}, ${Math.abs(ahead)} s ${ahead < 0 ? 'behind' : 'ahead of'} the machine’s, ${frozen ? 'frozen' : `${rate} ×`}`,
        expected: 'the machine’s time, where nobody meant to move it',
        // All of a lab: one alone would be apart from those that were moved with it.
        commands: [['clock', 'reset']],
      },
    ),
  ]
}

const faultsOn: Judge = ({ name, faults }) =>
  faults === 0
    ? []
    : [
        findingOf(
          'faults_on',
          { server: name },
          {
            seen: `${faults}`,
            expected: 'none, where nobody is trying something',
            commands: [['fault', 'clear', '--server', name]],
          },
        ),
      ]

// Who cannot sign for itself cannot call at all while nobody signs for it.
const authServer: Judge = ({ name, partners }) => {
  const hasOne = (realm: string) =>
    partners.some(
      ({ authServer: record, enabled, application }) =>
        record !== undefined && enabled && [realm, '*'].includes(application.realm),
    )
  return partners
    .filter(({ source, enabled, application }) => {
      return source.kind === 'auth server' && enabled && !hasOne(application.realm)
    })
    .map(({ identity, application: { realm } }) =>
      findingOf(
        'auth_server_missing',
        { server: name, partner: identity },
        {
          seen: `no enabled token server of the realm ${realm}`,
          expected: 'one whose tokens name this application',
          advice: `entente auth-server add --server ${name} --name <name> --metadata-url <url>; or enable the one there is: entente auth-server list --server ${name}`,
        },
      ),
    )
}

const JUDGES: readonly Judge[] = [signingKey, tlsCertificate, autodiscover, authServer, clockMoved, faultsOn]

function ofPartner(partner: Partner, { name, clock, refreshing }: OwnEvidence): Finding[] {
  const { identity, source, refresh, certificates } = partner
  const { now } = clock
  const at = { server: name, partner: identity }
  const noun = partner.authServer === undefined ? 'partner' : 'auth-server'
  const usesAuthServer = source.kind === 'auth server'
  const command = (verb: string, ...rest: string[]) => [noun, verb, identity, '--server', name, ...rest]
  const found: Finding[] = []
  if (!partner.enabled) {
    const said = { seen: 'disabled', expected: 'enabled', commands: [command('set', '--enabled', 'true')] }
    found.push(findingOf('partner_disabled', at, said))
  }
  if (partner.trustLevel !== 'Full' && !usesAuthServer) {
    const commands = [command('set', '--trust-level', 'Full')]
    found.push(findingOf('partner_level_low', at, { seen: partner.trustLevel, expected: 'Full', commands }))
  }
  if (source.kind !== 'metadata' && !usesAuthServer) {
    found.push(
      findingOf('keys_pasted', at, {
        seen: `keys from a ${source.kind}`,
        expected: 'a metadata URL, where the partner has one',
      }),
    )
  }
  if (!usesAuthServer && certificates.every(({ notAfter }) => notAfter < now)) {
    const last = Math.max(...certificates.map(({ notAfter }) => notAfter))
    found.push(
      findingOf('partner_keys_expired', at, {
        seen: `the last one ended ${isoTime(last)}`,
        expected: 'a key whose certificate is valid',
        ...(source.kind === 'metadata'
          ? { commands: [command('refresh')] }
          : {
              advice: `give it the new certificate: ${line(command('set', '--certificate', '<file>'))}`,
            }),
      }),
    )
  }
  const until = goodUntil(partner, refreshing.goodFor)
  const isStale = until !== undefined && now > until
  if (isStale) {
    found.push(
      findingOf('keys_stale', at, {
        seen: `read last ${isoTime(partner.refreshedAt)}${why(partner)}`,
        expected: `read again before ${isoTime(until)}`,
        ...readAgain(at, refresh?.failure?.code),
      }),
    )
  }
  const failure = refresh?.failure
  if (refresh?.quarantine !== undefined) {
    const { code, detail, since } = refresh.quarantine
    found.push(
      findingOf('document_quarantined', at, {
        seen: `${code} since ${isoTime(since)}: ${detail}`,
        expected: `a document of ${formatPrincipal(partner.application)} with keys of its own`,
        advice: `look at what the partner publishes; what is right then is adopted by: ${line(command('refresh'))}`,
      }),
    )
  } else if (failure !== undefined && !isStale) {
    found.push(
      findingOf('refresh_failing', at, {
        seen: `${failure.code}, ${failure.times} times since ${isoTime(failure.since)}: ${failure.detail}`,
        expected: `a document; its keys count until ${until === undefined ? 'further notice' : isoTime(until)}`,
        ...readAgain(at, failure.code),
      }),
    )
  }
  const due = dueAt(partner, refreshing)
  if (due !== undefined && failure === undefined && !isStale && now > due + HOUR) {
    found.push(
      findingOf('refresh_overdue', at, {
        seen: `due since ${isoTime(due)}`,
        expected: 'read within a minute of its time',
        commands: [command('refresh')],
      }),
    )
  }
  return found
}

// To ask again helps where the answer may be another: not against what this server will not take.
function readAgain(
  at: { readonly server: string; readonly partner: string },
  failure: RefusalCode | undefined,
): Pick<Said, 'commands' | 'advice'> {
  const { server, partner } = at
  const elsewhere = ['partner', 'set', partner, '--server', server, '--metadata-url', '<url>']
  switch (failure) {
    case 'metadata_tls_untrusted':
      return {
        advice: `see whose TLS certificate it is. Of another authority, have that one trusted for it: ${line(trustAuthorityCommand(at))}; one that has ended, or is for another name, is to be replaced at its host`,
      }
    case 'metadata_url_forbidden':
    case 'metadata_address_forbidden':
      return {
        advice: `name its host in fetch.allow of ${server} in the lab file and start ${server} again, or read it elsewhere: ${line(elsewhere)}`,
      }
    case 'metadata_redirected':
    case 'metadata_wrong_type':
      return { advice: `read it where it is: ${line(elsewhere)}` }
    default:
      return { commands: [['partner', 'refresh', partner, '--server', server]] }
  }
}

const line = (words: readonly string[]) => commandLine(['entente', ...words])

function why({ refresh }: Partner): string {
  return refresh?.failure === undefined ? '' : ` (${refresh.failure.code}: ${refresh.failure.detail})`
}
