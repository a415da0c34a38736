/** From what was seen to what is wrong: the findings of every server, of every pair, and of the user. Pure. */
import { TLS_UNTRUSTED } from '../../products/partner-call.ts'
import { isRefusalCode } from '../../protocol/refusal.ts'
import { wordsOf } from '../../trust/command-line.ts'
import { type Finding, type FindingCode, findingOf, inOrder } from '../../trust/doctor/finding.ts'
import { mendFor, trustAuthorityCommand } from '../../trust/mend.ts'
import { canCall } from '../matrix.ts'
import { examineClocks } from './clocks.ts'
import type { CallEvidence, LabEvidence, ServerEvidence } from './evidence.ts'
import { examinePartner } from './partners.ts'
import { examineUser } from './users.ts'

/** All that is wrong in a lab, the worst first. */
export async function examineLab({ servers, silent, calls, sipUri }: LabEvidence): Promise<Finding[]> {
  // Nobody registers a token server as a partner application, and it has no users.
  const products = servers.filter((server) => canCall(server))
  const pairs = products.flatMap((server) =>
    products.filter((other) => other !== server).flatMap((other) => examinePartner(server, other, servers)),
  )
  const unreached = calls.flatMap((call) => unreachedBy(call, servers, silent))
  const found = withoutEchoes(
    [
      ...silent.map(silence),
      ...unreached,
      ...servers.flatMap(({ own }) => own.findings),
      ...examineClocks(servers),
      ...pairs,
      ...(await examineUser(products, sipUri)),
    ],
    servers,
  ).map((finding) =>
    stopsCalls(finding, calls, servers) ? { ...finding, severity: 'error' as const } : finding,
  )
  const notTried = calls.filter(({ outcome }) => outcome === 'not tried').map(notAllowed)
  const failed = calls
    .filter(({ outcome }) => outcome === 'failed')
    .flatMap((call) => unexplained(call, found, servers))
  return inOrder(once([...found, ...notTried, ...failed]))
}

const OTHER_TOKEN =
  'show another token: --admin-token-file, or have one made by whoever administers the server'

function silence({ name, url, why, kind, start }: LabEvidence['silent'][number]): Finding {
  const at = { server: name }
  const expected = url === undefined ? 'that it runs' : `an answer from ${url}`
  const again = start === undefined ? 'start it again as it was started' : `start it again: ${start}`
  switch (kind) {
    case 'refused':
      return findingOf('operator_not_allowed', at, {
        seen: why,
        expected: 'the scope read',
        advice: OTHER_TOKEN,
      })
    case 'distrusted':
      return findingOf('tls_untrusted', at, {
        seen: why,
        expected,
        advice: `a lab makes TLS certificates that have ended anew when it starts; elsewhere replace the files in --certs. Then ${again}`,
      })
    case 'unreachable':
      return findingOf('server_unreachable', at, { seen: why, expected, advice: again })
    case 'ended':
      return findingOf('server_unreachable', at, {
        seen: why,
        expected,
        advice: `${again}; of a server that is no more, remove the folder and the partner applications`,
      })
  }
}

function notAllowed({ caller, why = '' }: CallEvidence): Finding {
  return findingOf(
    'operator_not_allowed',
    { server: caller },
    { seen: why, expected: 'the scope operate: the server is to call its partners', advice: OTHER_TOKEN },
  )
}

/** A callee that the caller cannot reach, or whose TLS certificate does not hold for the caller: as the caller has it registered. */
function unreachedBy(
  { caller, callee, failure }: CallEvidence,
  servers: readonly ServerEvidence[],
  silent: LabEvidence['silent'],
): Finding[] {
  const from = servers.find(({ name }) => name === caller)
  // Who answers nobody has a finding of its own.
  if (failure === undefined || from === undefined || silent.some(({ name }) => name === callee)) return []
  const to = servers.find(({ name }) => name === callee)
  const identity =
    from.partners.find((one) =>
      to === undefined ? one.identity === callee : one.applicationIdentifier === to.applicationIdentifier,
    )?.identity ?? callee
  const at = { server: caller, partner: identity }
  const { seen, mend } = failure
  if (failure.code === TLS_UNTRUSTED) {
    const isOfOther = to?.ca !== undefined && to.ca !== from.ca
    return [
      findingOf('tls_untrusted', at, {
        seen,
        expected: `a TLS certificate that ${caller} trusts`,
        ...(isOfOther ? { commands: [trustAuthorityCommand(at, to.ca)] } : { advice: mend }),
      }),
    ]
  }
  if (failure.code !== 'unreachable') return []
  const isFaulty = from.own.findings.some(({ code }) => code === 'faults_on')
  return [
    findingOf('server_unreachable', at, {
      seen,
      expected: `an answer to ${caller}`,
      ...(isFaulty
        ? {
            commands: [['fault', 'clear', '--server', caller]],
            advice: 'faults on purpose are in force there',
          }
        : { advice: mend }),
    }),
  ]
}

/** What would be a warning is an error where a call between the two was refused by it. */
function stopsCalls(
  { code, server, partner }: Finding,
  calls: readonly CallEvidence[],
  servers: readonly ServerEvidence[],
): boolean {
  if (code !== 'partner_level_low') return false
  const callee = servers.find(({ name }) => name === server)
  const record = callee?.partners.find(({ identity }) => identity === partner)
  const from = servers.find((one) => one.applicationIdentifier === record?.applicationIdentifier)
  return calls.some(
    ({ caller, callee: called, failure }) =>
      caller === from?.name && called === server && failure?.code.startsWith('trust_level_forbids_') === true,
  )
}

// What follows from another finding about the same record is not said twice.
const ECHOES: Partial<Record<FindingCode, readonly FindingCode[]>> = {
  clock_moved: ['clocks_apart', 'clocks_drifting'],
  document_quarantined: ['partner_realm_wrong', 'partner_wrong_application', 'metadata_url_wrong'],
  refresh_failing: ['metadata_url_wrong', 'partner_realm_wrong', 'tls_untrusted'],
  keys_stale: ['metadata_url_wrong', 'tls_untrusted'],
  keys_pasted: ['keys_out_of_step', 'partner_wrong_application', 'partner_keys_expired'],
  partner_keys_expired: ['keys_out_of_step'],
}

function withoutEchoes(findings: readonly Finding[], servers: readonly ServerEvidence[]): Finding[] {
  // Whose own key has ended is mended there; who believes it need do nothing.
  const ended = findings.filter(({ code }) => code === 'signing_key_expired').map(({ server }) => server)
  const isOfEnded = (finding: Finding) =>
    finding.code === 'partner_keys_expired' && ended.some((name) => concerns(finding, [name], servers))
  return findings.filter(
    (finding) =>
      !isOfEnded(finding) &&
      !findings.some(
        (other) =>
          ECHOES[finding.code]?.includes(other.code) &&
          other.server === finding.server &&
          other.partner === finding.partner,
      ),
  )
}

/** A call that failed is a finding of its own where nothing else that was found concerns both of its servers. */
function unexplained(
  { caller, callee, as, failure }: CallEvidence,
  found: readonly Finding[],
  servers: readonly ServerEvidence[],
): Finding[] {
  const isCause = (finding: Finding) =>
    finding.severity === 'error' &&
    [caller, callee].includes(finding.server) &&
    concerns(finding, [caller, callee], servers)
  if (failure === undefined || found.some(isCause)) return []
  const mend = mendOf(failure, caller, callee, servers)
  const isCommand = /^entente [^<>…]+$/.test(mend)
  return [
    findingOf(
      'call_fails',
      { server: caller, partner: callee },
      {
        seen: `as ${as === 'user' ? 'the user' : 'itself'}, at ${failure.step}: ${failure.code}, ${failure.seen}`,
        expected: 'the call passes',
        ...(isCommand ? { commands: [wordsOf(mend).slice(1)] } : { advice: mend }),
      },
    ),
  ]
}

// The caller cannot know its own record at the one who refused it; here it is known.
function mendOf(
  { code, mend }: NonNullable<CallEvidence['failure']>,
  caller: string,
  callee: string,
  servers: readonly ServerEvidence[],
): string {
  const [from, to] = [caller, callee].map((name) => servers.find((one) => one.name === name))
  const record = to?.partners.find((one) => one.applicationIdentifier === from?.applicationIdentifier)
  const [metadataUrl] = from?.metadataUrls ?? []
  if (record === undefined || !isRefusalCode(code)) return mend
  return mendFor(code, {
    ...{ server: callee, partner: record.identity, caller },
    ...(metadataUrl !== undefined && { metadataUrl }),
    isPasted: record.metadataUrl === undefined,
  })
}

/** Whether a finding is about one of these servers alone, or about the record of the one at the other. */
function concerns(
  { server, partner }: Finding,
  pair: readonly string[],
  servers: readonly ServerEvidence[],
): boolean {
  if (partner === undefined || pair.includes(partner)) return true
  const record = servers
    .find(({ name }) => name === server)
    ?.partners.find(({ identity }) => identity === partner)
  // A record that fits no server is held to be about any of them.
  const about = servers.find((one) => one.applicationIdentifier === record?.applicationIdentifier)
  return about === undefined || pair.includes(about.name)
}

function once(findings: readonly Finding[]): Finding[] {
  const seen = new Map(
    findings.map((finding) => [`${finding.code} ${finding.server} ${finding.partner}`, finding]),
  )
  return [...seen.values()]
}
