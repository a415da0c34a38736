/** `entente attack <url>`: fires the corpus of bad and good tokens at an endpoint and says which got in. */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { UnreachableError } from '../lab/admin-client.ts'
import { corpusFor } from '../lab/attack/corpus.ts'
import { fire, type Shot } from '../lab/attack/fire.ts'
import {
  type Attack,
  countsOf,
  findingsOf,
  groupOf,
  jsonReport,
  junitReport,
  otherReasonsOf,
  remarksOn,
  sarifReport,
  seenIn,
} from '../lab/attack/report.ts'
import { strangersKey } from '../lab/attack/stranger.ts'
import type { NamedUser, Target, Vector } from '../lab/attack/target.ts'
import { readCertificate } from '../protocol/certificate.ts'
import { errorCode } from '../protocol/error-code.ts'
import { parseAudience, parsePrincipal } from '../protocol/principal.ts'
import { machine } from '../server/ambient.ts'
import { ConfigError } from '../server/config-error.ts'
import { readText } from '../server/files.ts'
import { readSigningKey } from '../server/key-files.ts'
import { isLoopbackHost } from '../server/loopback.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { formatTable, type Terminal } from './output.ts'

const REPORTS = ['table', 'json', 'junit', 'sarif'] as const

interface AttackOptions {
  readonly audience: string
  readonly issuer: string
  readonly key: string
  readonly certificate: string
  readonly targetCertificate?: string
  readonly user?: readonly string[]
  readonly sid?: string
  readonly smtp?: string
  readonly sip?: string
  readonly ca?: string
  readonly method: 'GET' | 'POST'
  readonly rate: number
  readonly limit?: number
  readonly houseRules: boolean
  readonly only?: string
  readonly report: (typeof REPORTS)[number]
  readonly output?: string
  readonly iMayTestThisHost?: string
}

export function addAttackCommand(
  program: Command,
  terminal: Terminal,
  setExit: (code: ExitCode) => void,
): void {
  program
    .command('attack <url>')
    .description('present every token of the corpus, bad and good, to an endpoint, and say which got in')
    .requiredOption(
      '--audience <appId/host@realm>',
      'whom tokens for the endpoint are for; the host with its port',
    )
    .requiredOption('--issuer <appId@realm>', 'the partner application that the endpoint has registered')
    .requiredOption('--key <file>', 'its private key (RSA, PEM)')
    .requiredOption('--certificate <file>', 'the certificate that is registered for it (PEM)')
    .option('--target-certificate <file>', 'the endpoint’s own signing certificate, for tokens that name it')
    .option('--user <upn>', 'a user it may act for; more of them: again', (upn, all: string[] = []) => [
      ...all,
      upn,
    ])
    .option('--sid <sid>', 'the first user’s SID, where SIDs are accepted')
    .option('--smtp <address>', 'the first user’s SMTP address')
    .option('--sip <address>', 'the first user’s SIP address')
    .option('--ca <file>', 'certificate authority of the endpoint’s TLS, beside those of the system (PEM)')
    .addOption(new Option('--method <method>', 'of the requests').choices(['GET', 'POST']).default('GET'))
    .addOption(
      new Option('--rate <n>', 'requests a second, at most').argParser(between(1, 1_000)).default(50),
    )
    .addOption(
      new Option('--limit <n>', 'so many vectors at most, from all over the corpus').argParser(
        between(1, 100_000),
      ),
    )
    .option('--only <prefix>', 'only vectors whose id begins so')
    .option('--no-house-rules', 'leave out what a sound validator may decide otherwise than we do')
    .addOption(new Option('--report <format>', 'what to print').choices(REPORTS).default('table'))
    .option('--output <file>', 'write the report there, and a summary here')
    .option('--i-may-test-this-host <host>', 'needed for any host but this machine: names it once more')
    .action(async (url: string, options: AttackOptions) => {
      const aim = {
        url: urlOf(url, options.iMayTestThisHost),
        ...(options.ca !== undefined && { ca: authorityIn(options.ca) }),
        ...{ method: options.method, rate: options.rate, stopwatch: machine.stopwatch },
      }
      const vectors = chosen(corpusFor(await targetOf(options)), options)
      // Before the first shot: a report that cannot be written is not worth a salvo.
      const output = options.output === undefined ? undefined : openSync(options.output, 'w')
      const salvo = await fire(vectors, aim)
      if (salvo.unprovoked === undefined)
        throw new UnreachableError(`${aim.url.host} cannot be reached: ${salvo.why ?? 'no answer'}`)
      const attack = {
        ...salvo,
        ...{ url: aim.url.href, method: aim.method, audience: options.audience, issuer: options.issuer },
      }
      print(attack, options.report, output, terminal, program.version() ?? '')
      setExit(exitOf(attack.shots))
    })
}

function exitOf(shots: readonly Shot[]): ExitCode {
  const counts = countsOf(shots)
  if (counts['got in'] + counts['wrongly refused'] > 0) return EXIT.failed
  return counts.unanswered > 0 ? EXIT.unreachable : EXIT.ok
}

// `output` is the open file for the report.
function print(
  attack: Attack,
  report: AttackOptions['report'],
  output: number | undefined,
  terminal: Terminal,
  version: string,
): void {
  const written = {
    table: () => formatAttack(attack),
    json: () => jsonReport(attack),
    junit: () => junitReport(attack),
    sarif: () => sarifReport(attack, version),
  }[report]()
  if (output !== undefined) {
    writeFileSync(output, `${written}\n`)
    closeSync(output)
  }
  terminal.out(output === undefined ? written : formatSummary(attack))
}

/** How many of each group, and every vector that did not fare as it must. */
export function formatAttack(attack: Attack): string {
  const { shots } = attack
  const groups = [...new Set(shots.map(groupOf))]
  const rows = groups.map((group) => {
    const counts = countsOf(shots.filter((shot) => groupOf(shot) === group))
    return [
      group,
      ...[
        counts.refused,
        counts.accepted,
        counts['got in'],
        counts['wrongly refused'],
        counts.unanswered,
      ].map(String),
    ]
  })
  const head = ['vectors', 'refused', 'accepted', 'got in', 'wrongly refused', 'unanswered']
  const findings = listed([...findingsOf(shots), ...otherReasonsOf(shots)])
  return [formatTable(head, rows), '', ...findings, formatSummary(attack)].join('\n')
}

function listed(shots: readonly Shot[]): string[] {
  if (shots.length === 0) return []
  const rows = shots.map((shot) => [shot.vector.id, shot.vector.expect, seenIn(shot), shot.vector.what])
  return [formatTable(['vector', 'expected', 'seen', 'what it is'], rows), '']
}

function formatSummary(attack: Attack): string {
  const { shots } = attack
  const counts = countsOf(shots)
  const others = otherReasonsOf(shots).length
  const fired = shots.length - counts['left out']
  const verdict = [
    counts['got in'] === 0 ? 'Nothing got in' : `${counts['got in']} GOT IN`,
    counts['wrongly refused'] === 0 ? undefined : `${counts['wrongly refused']} wrongly refused`,
    counts.unanswered === 0 ? undefined : `${counts.unanswered} unanswered`,
  ].filter((part) => part !== undefined)
  return [
    `${verdict.join(', ')}: ${fired} tokens, ${counts.refused} refused, ${counts.accepted} accepted.`,
    ...(others > 0 ? [`Note: ${others} were refused for another reason than the vector is about.`] : []),
    ...remarksOn(attack).map((remark) => `Note: ${remark}.`),
  ].join('\n')
}

// A slip of the hand must not fire at a stranger, nor send good tokens over an open line.
function urlOf(text: string, permitted: string | undefined): URL {
  if (!URL.canParse(text)) throw new ConfigError(`attack: ${text} is not a URL`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new ConfigError('attack: no user name belongs in the URL')
  const loopback = isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    throw new ConfigError(`attack: expected an https URL, saw ${url.protocol}//`)
  if (!loopback && permitted?.toLowerCase() !== url.hostname) {
    throw new ConfigError(
      `attack: ${url.hostname} is not this machine. If you may test it, add --i-may-test-this-host ${url.hostname}`,
    )
  }
  return url
}

async function targetOf(options: AttackOptions): Promise<Target> {
  const audience = parseAudience(options.audience)
  if (!audience.ok)
    throw new ConfigError(`--audience: expected <application id>/<host>@<realm>, saw ${options.audience}`)
  if (parsePrincipal(options.issuer) === undefined)
    throw new ConfigError(`--issuer: expected <application id>@<realm>, saw ${options.issuer}`)
  const { privateKey, certificate } = readSigningKey(options.certificate, options.key)
  return {
    audience: audience.value,
    caller: options.issuer,
    key: {
      ...{ privateKey, publicKey: certificate.publicKey, x5t: certificate.x5t },
      pem: readText(options.certificate),
    },
    stranger: await strangersKey(),
    ...(options.targetCertificate !== undefined && { ownX5t: thumbprintOf(options.targetCertificate) }),
    users: usersOf(options),
    now: machine.now(),
  }
}

function usersOf({ user: [upn, ...others] = [], sid, smtp, sip }: AttackOptions): NamedUser[] {
  const first = {
    ...(upn !== undefined && { upn }),
    ...(sid !== undefined && { sid }),
    ...(smtp !== undefined && { smtp }),
    ...(sip !== undefined && { sip: `sip:${sip.replace(/^sip:/i, '')}` }),
  }
  const all: NamedUser[] = [first, ...others.map((other) => ({ upn: other }))]
  return all.filter((user) => Object.keys(user).length > 0)
}

function thumbprintOf(file: string): string {
  const read = readCertificate(readText(file), 'certificate')
  if (!read.ok) throw new ConfigError(`${file}: expected ${read.expected}, found ${read.seen}`)
  return read.value.x5t
}

function authorityIn(file: string): string {
  const pem = readText(file)
  try {
    createSecureContext({ ca: pem })
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    throw new ConfigError(`${file}: expected certificates in PEM`)
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new ConfigError(`${file}: expected certificates in PEM`)
  return pem
}

// Evenly spread, for a few of one kind would say little.
function chosen(corpus: readonly Vector[], { only, limit, houseRules }: AttackOptions): Vector[] {
  const wanted = corpus.filter(
    ({ id, isHouseRule }) => (only === undefined || id.startsWith(only)) && (houseRules || !isHouseRule),
  )
  if (wanted.length === 0) throw new ConfigError(`--only: no vector’s id begins with ${only ?? ''}`)
  const step = limit === undefined ? 1 : Math.max(1, wanted.length / limit)
  return wanted.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^[0-9]+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`)
  }
}
