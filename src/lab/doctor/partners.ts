/** What one server has registered of another, held against what that other is. Pure. */
import type { PartnerView } from '../../http/admin/partner-applications.ts'
import { commandLine } from '../../trust/command-line.ts'
import { type Finding, type FindingCode, findingOf, type Said } from '../../trust/doctor/finding.ts'
import { knows, type ServerEvidence } from './evidence.ts'

/** A server, another that it has registered, and the record. */
interface Registered {
  readonly server: ServerEvidence
  readonly other: ServerEvidence
  readonly record: PartnerView
}

/** What is wrong with the registration of `other` at `server`. */
export function examinePartner(
  server: ServerEvidence,
  other: ServerEvidence,
  all: readonly ServerEvidence[],
): Finding[] {
  const record = server.partners.find((one) => isOf(one, other))
  // What it signs with is no matter here: a token server speaks for it.
  if (record?.useAuthServer === true) return []
  if (record !== undefined)
    return ROWS.flatMap(([code, judge]) => judged(code, judge, { server, other, record }))
  const astray = strayOf(server, other, all)
  return astray === undefined ? missing(server, other, all) : [misnamed({ server, other, record: astray })]
}

function isOf({ applicationIdentifier, realm }: PartnerView, other: ServerEvidence): boolean {
  return applicationIdentifier === other.applicationIdentifier && (realm === other.realm || realm === '*')
}

// By its application, its name, where it is read from, or by a key that is of that server.
function isMeantFor(record: PartnerView, other: ServerEvidence): boolean {
  const names = [other.name, other.product].map((name) => name.toLowerCase())
  return (
    record.applicationIdentifier === other.applicationIdentifier ||
    names.includes(record.identity.toLowerCase()) ||
    (record.metadataUrl !== undefined && isPlaceOf(record.metadataUrl, other)) ||
    record.keys.some(({ thumbprint }) => other.keys.some((key) => key.thumbprint === thumbprint))
  )
}

// A record that fits none of the servers, and was meant for this one.
function strayOf(
  { partners }: ServerEvidence,
  other: ServerEvidence,
  all: readonly ServerEvidence[],
): PartnerView | undefined {
  return partners.find((one) => isMeantFor(one, other) && !all.some((server) => isOf(one, server)))
}

function missing(server: ServerEvidence, other: ServerEvidence, all: readonly ServerEvidence[]): Finding[] {
  const at = { server: server.name, partner: other.name }
  const seen = `no partner application ${other.applicationIdentifier}@${other.realm}`
  const said = { seen, expected: `one for ${other.name}`, commands: [addCommand(server, other, other.name)] }
  // A record that is wrong is one all the same: somebody meant these two to work together.
  if (knows(other, server) || strayOf(other, server, all) !== undefined)
    return [findingOf('partner_missing', at, said)]
  return server.name < other.name
    ? [findingOf('partners_apart', at, { ...said, commands: [pairCommand(server, other)] })]
    : []
}

function pairCommand(one: ServerEvidence, other: ServerEvidence): string[] {
  return ['pair', one.name, other.name]
}

function addCommand(
  server: ServerEvidence,
  other: ServerEvidence,
  identity: string,
  ...rest: string[]
): string[] {
  const [url = other.url] = other.metadataUrls
  const authority =
    other.ca !== undefined && other.ca !== server.ca ? ['--certificate-authority', other.ca] : []
  return [
    ...['partner', 'add', '--server', server.name, '--identity', identity, '--metadata-url', url],
    ...authority,
    ...rest,
  ]
}

// The id and the realm of a record cannot be changed (A.3), so it is made anew with the settings that it had.
function misnamed(pair: Registered): Finding {
  const { server, other, record } = pair
  const { identity, applicationIdentifier, realm } = record
  const isRealm = applicationIdentifier === other.applicationIdentifier
  const advice = lostAnew(pair)
  return findingOf(
    isRealm ? 'partner_realm_wrong' : 'partner_wrong_application',
    { server: server.name, partner: identity },
    {
      seen: `${applicationIdentifier}@${realm}`,
      expected: `${other.applicationIdentifier}@${other.realm}`,
      commands: madeAnew(pair),
      ...(advice !== '' && { advice }),
    },
  )
}

// What `partner add` cannot be told is set afterwards; until then the record lets nobody in.
function madeAnew(pair: Registered): string[][] {
  const { server, other, record } = pair
  const { identity, enabled, linkedAccount, isTrustBroker, revokedKeys = [] } = record
  const settings = [
    ...['--trust-level', record.applicationTrustLevel],
    ...['--accept-sids', String(record.acceptSecurityIdentifierInformation)],
    ...(linkedAccount === undefined ? [] : ['--linked-account', linkedAccount]),
    ...(enabled && revokedKeys.length === 0 ? [] : ['--enabled', 'false']),
  ]
  const revoking = ['--revoked-keys', revokedKeys.join(','), '--enabled', String(enabled)]
  return [
    ['partner', 'remove', identity, '--server', server.name],
    addCommand(server, other, identity, ...settings),
    ...(revokedKeys.length === 0 ? [] : [change(pair, ...revoking)]),
    ...(isTrustBroker === true
      ? [['token-issuer', 'set', identity, '--server', server.name, '--trust-broker']]
      : []),
  ]
}

// What the commands cannot carry over: they know of no file with it.
function lostAnew({ server, other, record }: Registered): string {
  const isAuthorityLost =
    record.certificateAuthority !== undefined && (other.ca === undefined || other.ca === server.ca)
  return [
    ...(isAuthorityLost
      ? [
          `the record has a certificateAuthority of its own: keep it (${commandLine(['entente', 'partner', 'show', record.identity, '--server', server.name, '--json'])}) and give it again with --certificate-authority`,
        ]
      : []),
    ...(record.metadataUrl === undefined ? [HANDED_OVER] : []),
  ].join('; ')
}

const HANDED_OVER =
  'its keys were handed over: with --metadata-url every key is believed that this URL publishes; if that is not meant, compare the thumbprint with whoever runs the partner, and give --certificate <file> instead'

/** What is wrong, if anything is. */
type Judge = (pair: Registered) => Said | undefined

const change = ({ server, record }: Registered, ...words: string[]) => [
  'partner',
  'set',
  record.identity,
  '--server',
  server.name,
  ...words,
]
const documented = ({ other }: Registered) => other.metadataUrls[0] ?? other.url

/**
 * Reads the keys again. A record that is not read where the partner publishes is first told to be: that changes who is believed,
 * since the place is what the other server says of itself, so a person has to want it.
 */
function rereading(pair: Registered): Pick<Said, 'commands' | 'advice'> {
  const { server, record, other } = pair
  if (record.metadataUrl !== undefined && isPlaceOf(record.metadataUrl, other))
    return { commands: [['partner', 'refresh', record.identity, '--server', server.name]] }
  const commands = [change(pair, '--metadata-url', documented(pair))]
  return record.metadataUrl === undefined ? { commands, advice: HANDED_OVER } : { commands }
}

const current = ({ other }: Registered) => other.keys.find(({ use }) => use === 'current')
const next = ({ other }: Registered) => other.keys.find(({ use }) => use === 'next')
const has = ({ record }: Registered, thumbprint: string) =>
  record.keys.some((key) => key.thumbprint === thumbprint)
const listed = (keys: readonly { readonly thumbprint: string }[]) =>
  keys.map(({ thumbprint }) => thumbprint).join(', ')

const outOfStep: Judge = (pair) => {
  const key = current(pair)
  if (key === undefined || has(pair, key.thumbprint)) return undefined
  return { seen: listed(pair.record.keys), expected: key.thumbprint, ...rereading(pair) }
}

const revoked: Judge = (pair) => {
  const key = current(pair)
  const { revokedKeys = [] } = pair.record
  if (key === undefined || !revokedKeys.includes(key.thumbprint)) return undefined
  const kept = revokedKeys.filter((one) => one !== key.thumbprint)
  return {
    seen: key.thumbprint,
    expected: 'a key that counts here',
    commands: [change(pair, '--revoked-keys', kept.length === 0 ? 'none' : kept.join(','))],
    advice:
      'unless it was revoked for a reason: then have the partner sign with another (entente key replace there)',
  }
}

const nextUnseen: Judge = (pair) => {
  const key = next(pair)
  if (key === undefined || has(pair, key.thumbprint)) return undefined
  return {
    seen: listed(pair.record.keys),
    expected: `${key.thumbprint} beside them`,
    ...rereading(pair),
  }
}

const retired: Judge = (pair) => {
  const { record, other } = pair
  const extra = record.keys.filter(
    ({ thumbprint }) => !other.keys.some((key) => key.thumbprint === thumbprint),
  )
  // Where none fits, they are out of step, which is said already.
  if (extra.length === 0 || outOfStep(pair) !== undefined) return undefined
  return { seen: listed(extra), expected: listed(other.keys), ...rereading(pair) }
}

const wrongPlace: Judge = (pair) => {
  const { record } = pair
  if (record.metadataUrl === undefined || isPlaceOf(record.metadataUrl, pair.other)) return undefined
  return {
    seen: record.metadataUrl,
    expected: documented(pair),
    commands: [change(pair, '--metadata-url', documented(pair))],
  }
}

// Calls go to the host of the metadata URL, and their audience names it.
const wrongName: Judge = (pair) => {
  const { record, other } = pair
  if (record.metadataUrl === undefined || portOf(record.metadataUrl) !== other.port) return undefined
  const host = hostOf(record.metadataUrl)
  if (other.hosts.includes(host)) return undefined
  return {
    seen: host,
    expected: `one of ${other.hosts.join(', ')}`,
    commands: [change(pair, '--metadata-url', documented(pair))],
    advice: `or add ${host} to the hosts of ${other.name} in the lab file, and start it again`,
  }
}

const ROWS: readonly (readonly [FindingCode, Judge])[] = [
  ['keys_out_of_step', outOfStep],
  ['key_revoked', revoked],
  ['next_key_unseen', nextUnseen],
  ['retired_key_believed', retired],
  ['audience_host_unknown', wrongName],
  ['metadata_url_wrong', wrongPlace],
]

function judged(code: FindingCode, judge: Judge, pair: Registered): Finding[] {
  const said = judge(pair)
  return said === undefined
    ? []
    : [findingOf(code, { server: pair.server.name, partner: pair.record.identity }, said)]
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}

function portOf(url: string): number {
  const { port } = new URL(url)
  return port === '' ? 443 : Number(port)
}

/** Whether a URL is one of the places of that server's document, by whichever of its names. */
export function isPlaceOf(url: string, { metadataUrls, hosts, port }: ServerEvidence): boolean {
  const path = new URL(url).pathname.toLowerCase()
  const isPath = metadataUrls.some((one) => new URL(one).pathname.toLowerCase() === path)
  const isLocal = hostOf(url) === 'localhost'
  // A name of the lab stands for the lab's port also where none is said.
  const isPort = portOf(url) === port || (!isLocal && portOf(url) === 443 && hosts.includes(hostOf(url)))
  return isPath && isPort
}
