/** From what was seen to what is wrong: the findings of every server, of every pair, and of the user. Pure. */
import { type Finding, type FindingCode, findingOf, inOrder } from '../../trust/doctor/finding.ts'
import { canCall } from '../matrix.ts'
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
  const found = withoutEchoes(
    [
      ...silent.map(silence),
      ...servers.flatMap(({ own }) => own.findings),
      ...clocks(servers),
      ...pairs,
      ...(await examineUser(products, sipUri)),
    ],
    servers,
  )
  const notTried = calls.filter(({ outcome }) => outcome === 'not tried').map(notAllowed)
  const failed = calls
    .filter(({ outcome }) => outcome === 'failed')
    .flatMap((call) => unexplained(call, found, servers))
  return inOrder(once([...found, ...notTried, ...failed]))
}

function silence({ name, url, why, isRefusal }: LabEvidence['silent'][number]): Finding {
  if (!isRefusal) {
    const advice = `start it again: entente serve ${name}, or the whole lab`
    return findingOf(
      'server_unreachable',
      { server: name },
      { seen: why, expected: `an answer from ${url}`, advice },
    )
  }
  const advice = 'show another token: --admin-token-file, or have one made by whoever administers the server'
  return findingOf(
    'operator_not_allowed',
    { server: name },
    { seen: why, expected: 'the scope read', advice },
  )
}

function notAllowed({ caller, why = '' }: CallEvidence): Finding {
  return findingOf(
    'operator_not_allowed',
    { server: caller },
    {
      seen: why,
      expected: 'the scope operate: the server is to call its partners',
      advice: 'show another token: --admin-token-file, or have one made by whoever administers the server',
    },
  )
}

/** Each clock against the middle one: of three, the one that is off is named, not its partners. */
function clocks(servers: readonly ServerEvidence[]): Finding[] {
  if (servers.length < 2) return []
  const isMoved = ({ own }: ServerEvidence) => own.findings.some(({ code }) => code === 'clock_moved')
  const times = [...servers].sort((one, other) => one.time - other.time)
  // Of two, the one that nobody moved is right.
  const middle =
    servers.length === 2 ? (times.find((one) => !isMoved(one)) ?? times[0]) : times[times.length >> 1]
  return servers.flatMap((server) => {
    if (middle === undefined) return []
    const apart = Math.round(server.time - middle.time)
    const allowed = Math.min(...servers.map(({ own }) => own.server.clockSkewSeconds))
    if (Math.abs(apart) <= allowed / 2) return []
    const code = Math.abs(apart) > allowed ? 'clocks_apart' : 'clocks_drifting'
    return [
      findingOf(
        code,
        { server: server.name },
        {
          seen: `${Math.abs(apart)} s ${apart > 0 ? 'before' : 'behind'} ${middle.name}`,
          expected: `at most ${allowed} s`,
          ...(isMoved(server)
            ? { commands: [['clock', 'reset', '--server', server.name]] }
            : { advice: `set the clock of the machine of ${server.name}` }),
        },
      ),
    ]
  })
}

// What follows from another finding about the same record is not said twice.
const ECHOES: Partial<Record<FindingCode, readonly FindingCode[]>> = {
  clock_moved: ['clocks_apart', 'clocks_drifting'],
  document_quarantined: ['partner_realm_wrong', 'partner_wrong_application', 'metadata_url_wrong'],
  refresh_failing: ['metadata_url_wrong', 'partner_realm_wrong'],
  keys_stale: ['metadata_url_wrong'],
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
    canStopCalls(finding) &&
    [caller, callee].includes(finding.server) &&
    concerns(finding, [caller, callee], servers)
  if (failure === undefined || found.some(isCause)) return []
  const command = /^entente [^<>…]+$/.test(failure.mend) ? [failure.mend.split(' ').slice(1)] : []
  return [
    findingOf(
      'call_fails',
      { server: caller, partner: callee },
      {
        seen: `as ${as === 'user' ? 'the user' : 'itself'}, at ${failure.step}: ${failure.code}, ${failure.seen}`,
        expected: 'the call passes',
        commands: command,
        ...(command.length === 0 && { advice: failure.mend }),
      },
    ),
  ]
}

const canStopCalls = ({ severity, code }: Finding) => severity === 'error' || code === 'partner_level_low'

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
