/** Why a token was or would be refused: the checks of `admit`, each with its outcome, on past the first that fails. */
import { isoTime } from '../protocol/ids.ts'
import type { Refusal } from '../protocol/outcome.ts'
import { type RefusalCode, rowOf } from '../protocol/refusal.ts'
import { forbiddenBy, refuseConsent } from './authorize.ts'
import { type Basis, CHECKS, type Check, type Evidence, type Situation } from './checks.ts'
import { type DirectoryStore, resolveUser, type User } from './directory.ts'
import { mendFor } from './mend.ts'
import type { Partner } from './partner.ts'

/** One check: what it found, and where its expectation comes from. Keys and signatures never stand here. */
export interface Finding {
  readonly check: string
  readonly result: 'passed' | 'failed' | 'not reached' | 'does not apply'
  readonly code?: RefusalCode
  /** The claim or field. */
  readonly at?: string
  readonly expected?: string
  readonly seen?: string
  readonly basis: string
  readonly mend?: string
}

export interface Explanation {
  readonly verdict: 'accepted' | 'refused'
  /** The first code, the one that the caller was told. */
  readonly code?: RefusalCode
  readonly title?: string
  readonly partner?: string
  readonly user?: string
  readonly findings: readonly Finding[]
}

export interface ExplainContext extends Situation {
  /** The server's name, for commands. */
  readonly name: string
  readonly directory: Pick<DirectoryStore, 'find'>
}

export async function explain(
  token: string,
  context: ExplainContext,
  checks: readonly Check[] = CHECKS,
  /** Why a token for which all checks hold was refused all the same. */
  refusedAfter?: Refusal,
): Promise<Explanation> {
  const evidence: Partial<Evidence> = { token }
  const findings: Finding[] = []
  for (const check of checks) {
    // What is asked of the application that a token server named is in that one's record, and mended there.
    const record = check.needs.includes('speaker') ? evidence.speaker : undefined
    const about = record ?? evidence.partner
    if (check.needs.some((need) => evidence[need] === undefined)) {
      findings.push({ check: check.name, result: 'not reached', basis: BASIS[check.basis](about, context) })
      continue
    }
    const holds = check.judge(evidence, context)
    findings.push(findingOf(check, holds, () => check.says(evidence, context), about, context))
  }
  const { opened, speaker: partner = evidence.partner } = evidence
  const named = opened?.user?.user
  const resolved = named && partner && (await resolveUser(context.directory, named, partner))
  findings.push(userFinding(named !== undefined, resolved, opened !== undefined, partner, context))
  const isIssued = evidence.partner?.authServer !== undefined
  const consent = isIssued ? opened?.actor.consent : undefined
  if (
    resolved?.ok &&
    consent !== undefined &&
    partner &&
    forbiddenBy(partner.trustLevel, 'user') !== undefined
  ) {
    const refusal = refuseConsent(consent, resolved.value)
    const common = { check: 'consent is for this user', basis: BASIS.registration(evidence.partner, context) }
    findings.push(
      refusal === undefined
        ? { ...common, result: 'passed', at: 'consent', expected: resolved.value.upn, seen: consent }
        : failure(common, refusal, partner, context),
    )
  }
  if (refusedAfter !== undefined) {
    const basis = `the clients of ${context.name}, and the assertions that it was shown before`
    findings.push(failure({ check: 'request may be served', basis }, refusedAfter, partner, context))
  }
  const failed = findings.find(({ result }) => result === 'failed')
  return {
    verdict: failed === undefined ? 'accepted' : 'refused',
    ...(failed?.code !== undefined && { code: failed.code, title: rowOf(failed.code).title }),
    ...(partner !== undefined && { partner: partner.identity }),
    ...(resolved?.ok && { user: resolved.value.upn }),
    findings,
  }
}

function findingOf(
  { name, basis }: Check,
  holds: boolean | undefined,
  says: () => Refusal,
  partner: Partner | undefined,
  context: ExplainContext,
): Finding {
  const common = { check: name, basis: BASIS[basis](partner, context) }
  if (holds === undefined) return { ...common, result: 'does not apply' }
  return holds ? { ...common, result: 'passed', ...shown(says()) } : failure(common, says(), partner, context)
}

function failure(
  common: Pick<Finding, 'check' | 'basis'>,
  refusal: Refusal,
  partner: Partner | undefined,
  { name }: ExplainContext,
): Finding {
  const known = partner && { partner: partner.identity, isPasted: partner.source.kind !== 'metadata' }
  const context = { server: name, ...known }
  const mend = mendFor(refusal.code, context)
  return { ...common, result: 'failed', code: refusal.code, ...shown(refusal), mend }
}

function userFinding(
  isNamed: boolean,
  resolved: Awaited<ReturnType<typeof resolveUser>> | undefined,
  isOpen: boolean,
  partner: Partner | undefined,
  context: ExplainContext,
): Finding {
  const common = { check: 'exactly one enabled user', basis: `the users of ${context.name}` }
  if (resolved !== undefined) {
    return resolved.ok
      ? { ...common, result: 'passed', seen: nameOf(resolved.value) }
      : failure(common, resolved, partner, context)
  }
  return { ...common, result: isOpen && !isNamed ? 'does not apply' : 'not reached' }
}

function nameOf({ displayName, upn }: User): string {
  return `${displayName} (${upn})`
}

function shown({ at, expected, seen }: Refusal): Pick<Finding, 'at' | 'expected' | 'seen'> {
  return {
    ...(at !== undefined && { at }),
    ...(expected !== undefined && { expected }),
    ...(seen !== undefined && { seen }),
  }
}

const BASIS = {
  protocol: () => 'the protocol',
  registration: (partner, { name }) =>
    partner === undefined
      ? `the partner applications of ${name}`
      : `${partner.authServer === undefined ? 'partner application' : 'token server'} ${partner.identity} of ${name}, registered ${isoTime(partner.createdAt)}, keys read ${isoTime(partner.refreshedAt)}${from(partner)}`,
  server: (_, { name, self }) =>
    `what ${name} is (its configuration: realm ${self.application.realm}, hosts ${self.hosts.join(' ')}, port ${self.port})`,
  clock: (_, { name, now, skew }) =>
    `the clock of ${name}, ${isoTime(now)}, with ${skew} s allowed (clockSkewSeconds)`,
} as const satisfies Record<Basis, (partner: Partner | undefined, context: ExplainContext) => string>

function from({ source }: Partner): string {
  return source.kind === 'metadata' ? ` from ${source.url}` : ` from a ${source.kind}`
}
