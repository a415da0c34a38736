/**
 * The checks that a token must pass, one after the other, as one list: `admit` stops at the first that fails, `explain`
 * goes on. The order is that of facts/protocol.md 2.6, with one thing moved up: the issuer is looked up first, because a
 * key counts only as the key of the partner that the issuer names (CVE-2026-55040).
 */
import type { Certificate } from '../protocol/certificate.ts'
import { type EpochSeconds, isoTime } from '../protocol/ids.ts'
import { type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { type OpenedToken, type PresentedToken, readPresentedToken } from '../protocol/presented-token.ts'
import { type AudienceParts, formatPrincipal } from '../protocol/principal.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import { NAMED_APPLICATION, SIGNS_FOR_ITSELF } from './auth-server.ts'
import { type Ask, forbiddenBy, levelsFor } from './authorize.ts'
import { refuseBrokered } from './broker.ts'
import { bothTokens, check, refusalIn } from './check.ts'
import { answersTo, issuerOf, ownCertificates, type ServerIdentity } from './identity.ts'
import type { Partner } from './partner.ts'
import { DEFAULT_REFRESH, goodUntil } from './refresh-policy.ts'
import type { TokenMemory } from './token-memory.ts'

/** What a token is judged against. It and its records are replaced where something changes, and never changed themselves. */
export interface Situation {
  readonly self: ServerIdentity
  /** The partner registered with exactly this issuer, enabled or not. */
  readonly partnerOf: (issuer: string) => Partner | undefined
  /** Whether a partner is registered under this application id, enabled or not. */
  readonly isRegistered: (appId: string) => boolean
  /** Realms that this server had before: what is registered in one of them is an orphan. Absent: none. */
  readonly formerRealms?: readonly string[]
  readonly now: EpochSeconds
  /** How far the clocks may lie apart, in seconds. */
  readonly skew: number
  /** How long a partner's keys are good for that cannot be read again, in seconds; absent: the default. */
  readonly keysGoodFor?: number
  /** What is known of tokens that came before; absent: nothing. */
  readonly memory?: TokenMemory
}

/**
 * What the checks find out, each from what the ones before it found. `opened` is there once the signature has held. They note it
 * in the one record that goes through all of them, and answer with no more than whether they hold: a record and a way to refuse
 * for each of them, in each call, took as long as the checks themselves.
 */
export interface Evidence {
  readonly token: string
  /** How the token reads, where somebody has read it already. */
  read: Outcome<PresentedToken>
  presented: PresentedToken
  partner: Partner
  certificate: Certificate
  /** What came of checking the signature. */
  opening: Outcome<OpenedToken>
  /** Whose record says what the application may do: the partner, or the one that a token server named. */
  speaker: Partner
  opened: OpenedToken
}

/** Where a check's expectation comes from. */
export type Basis = 'protocol' | 'registration' | 'server' | 'clock'

export interface Check {
  readonly name: string
  readonly basis: Basis
  /** What must have been found before it can be made. */
  readonly needs: readonly (keyof Evidence)[]
  /** Whether it holds, undefined when it does not apply to this token. What it finds it notes in the evidence. */
  readonly judge: (evidence: Partial<Evidence>, situation: Situation) => boolean | undefined
  /** Once it was judged: why it does not hold; when it does, what was expected and seen all the same. */
  readonly says: (evidence: Partial<Evidence>, situation: Situation) => Refusal
}

export const CHECKS: readonly Check[] = [
  check(
    'shape and header',
    'protocol',
    ['token'],
    (evidence) => {
      evidence.read ??= readPresentedToken(evidence.token)
      if (evidence.read.ok) evidence.presented = evidence.read.value
      return evidence.read.ok
    },
    ({ read }) => refusalIn(read, 'token_not_jwt'),
  ),
  check(
    'claims could be accepted from somebody',
    'protocol',
    ['presented'],
    ({ presented }) => presented.wrongClaims === undefined,
    ({ presented }) => presented.wrongClaims ?? refuse('claim_missing'),
  ),
  check(
    'issuer is another server',
    'server',
    ['presented'],
    ({ presented }, { self }) => presented.issuer !== issuerOf(self),
    ({ presented: { issuer } }, { self }) =>
      refuse('issuer_is_self', { at: 'iss', expected: `not ${issuerOf(self)}`, seen: issuer }),
  ),
  check(
    'issuer is registered',
    'registration',
    ['presented'],
    (evidence, { partnerOf }) => {
      const partner = partnerOf(evidence.presented.issuer)
      if (partner !== undefined) evidence.partner = partner
      return partner !== undefined
    },
    ({ presented: { issuer } }) =>
      refuse('issuer_unknown', { at: 'iss', expected: 'a registered partner', seen: issuer }),
  ),
  check(
    'partner is enabled',
    'registration',
    ['partner'],
    ({ partner }) => partner.enabled,
    ({ partner }) =>
      refuse(partner.authServer === undefined ? 'partner_disabled' : 'auth_server_disabled', {
        at: 'enabled',
        about: partner.application.appId,
        expected: 'true',
        seen: String(partner.enabled),
      }),
  ),
  SIGNS_FOR_ITSELF,
  realmIsKept('issuer’s realm was not given up', 'partner'),
  check(
    'key is not ours',
    'server',
    ['presented'],
    ({ presented: { x5t } }, { self }) => ownCertificates(self).every((own) => own.x5t !== x5t),
    ({ presented: { x5t } }, { self }) =>
      refuse('key_is_own', { at: 'x5t', expected: `not ${self.signingKey.x5t}`, seen: x5t }),
  ),
  check(
    'key is not revoked',
    'registration',
    ['presented', 'partner'],
    ({ presented, partner }) => partner.revokedKeys?.includes(presented.x5t) !== true,
    ({ presented: { x5t } }) => refuse('key_revoked', { at: 'x5t', expected: `not ${x5t}`, seen: x5t }),
  ),
  check(
    'key is the partner’s',
    'registration',
    ['presented', 'partner'],
    (evidence) => {
      const { x5t } = evidence.presented
      const certificate = evidence.partner.certificates.find((known) => known.x5t === x5t)
      if (certificate !== undefined) evidence.certificate = certificate
      return certificate !== undefined
    },
    ({ presented: { x5t }, partner }) =>
      refuse('key_unknown', {
        at: 'x5t',
        expected: partner.certificates.map((known) => known.x5t).join(' or '),
        seen: x5t,
      }),
  ),
  check(
    'certificate has begun',
    'registration',
    ['certificate'],
    ({ certificate }, { now, skew }) => now + skew >= certificate.notBefore,
    ({ certificate: { notBefore } }, { now, skew }) =>
      refuse('key_not_yet_valid', {
        at: 'x5t',
        expected: `not before ${isoTime(notBefore)}, ${skew} s allowed`,
        seen: isoTime(now),
      }),
  ),
  check(
    'certificate has not expired',
    'registration',
    ['certificate'],
    ({ certificate }, { now, skew }) => now - skew <= certificate.notAfter,
    ({ certificate: { notAfter } }, { now, skew }) =>
      refuse('key_expired', {
        at: 'x5t',
        expected: `not after ${isoTime(notAfter)}, ${skew} s allowed`,
        seen: isoTime(now),
      }),
  ),
  check(
    'keys were read lately enough',
    'registration',
    ['partner', 'certificate'],
    ({ partner }, { now, keysGoodFor = DEFAULT_REFRESH.goodFor }) => {
      const until = goodUntil(partner, keysGoodFor)
      return until === undefined ? undefined : now <= until
    },
    ({ partner }, { now, keysGoodFor = DEFAULT_REFRESH.goodFor }) =>
      refuse('keys_stale', {
        at: 'refreshedAt',
        expected: `${isoTime(now - keysGoodFor)} or later`,
        seen: isoTime(partner.refreshedAt),
      }),
  ),
  check(
    'signature fits',
    'protocol',
    ['presented', 'certificate'],
    (evidence) => {
      const opening = evidence.presented.open(evidence.certificate.publicKey)
      evidence.opening = opening
      if (opening.ok) evidence.opened = opening.value
      return opening.ok
    },
    ({ opening }) => refusalIn(opening, 'bad_signature'),
  ),
  ...bothTokens(
    'has not expired',
    'clock',
    ({ exp }, { now, skew }) => exp >= now - skew,
    ({ exp }, which, { now, skew }) =>
      refuse('token_expired', {
        at: `${which} exp`,
        expected: `${isoTime(now)} or later, ${skew} s allowed`,
        seen: isoTime(exp),
      }),
  ),
  ...bothTokens(
    'is valid already',
    'clock',
    ({ nbf }, { now, skew }) => nbf <= now + skew,
    ({ nbf }, which, { now, skew }) =>
      refuse('token_not_yet_valid', {
        at: `${which} nbf`,
        expected: `${isoTime(now)} or earlier, ${skew} s allowed`,
        seen: isoTime(nbf),
      }),
  ),
  // After the clock, so that a token that is over is called so.
  ...bothTokens(
    'ends after it begins',
    'protocol',
    ({ nbf, exp }) => exp > nbf,
    ({ nbf, exp }, which) =>
      refuse('lifetime_reversed', {
        at: `${which} exp`,
        expected: `after ${isoTime(nbf)}`,
        seen: isoTime(exp),
      }),
  ),
  // The user token's audience needs no more than to be the same text, which is seen to below.
  audience(
    'application',
    ({ appId }, { application }) => appId === application.appId,
    ({ application }) => application.appId,
  ),
  audience(
    'host',
    (parts, self) => answersTo(self, parts),
    ({ hosts }) => hosts[0] ?? 'no host',
  ),
  audience(
    'realm',
    ({ realm }, { application }) => realm === application.realm,
    ({ application }) => application.realm,
  ),
  check(
    'partner speaks for itself',
    'registration',
    ['opened', 'partner'],
    ({ opened: { actor }, partner }) =>
      partner.isTrustBroker === true || partner.authServer !== undefined || actor.nameid === actor.iss,
    ({ opened: { actor }, partner }) =>
      refuse('actor_not_partner', {
        at: 'nameid',
        expected: formatPrincipal(partner.application),
        seen: actor.nameid,
      }),
  ),
  check(
    'broker may name this application',
    'registration',
    ['opened', 'partner'],
    ({ opened: { actor }, partner }, { self, isRegistered }) => {
      if (partner.isTrustBroker !== true || actor.nameid === actor.iss) return undefined
      return refuseBrokered(actor, self.application, isRegistered) === undefined
    },
    ({ opened: { actor } }, { self, isRegistered }) =>
      refuseBrokered(actor, self.application, isRegistered) ??
      refuse('brokered_name_malformed', {
        at: 'nameid',
        expected: 'an application of its realm',
        seen: actor.nameid,
      }),
  ),
  ...NAMED_APPLICATION,
  // A token server of any realm names applications of each.
  realmIsKept('application’s realm was not given up', 'speaker'),
  check(
    'user token is the actor’s',
    'protocol',
    ['opened'],
    ({ opened: { actor, user } }) => user && user.iss === actor.nameid,
    ({ opened: { actor, user } }) =>
      refuse('outer_issuer_mismatch', { at: 'iss', expected: actor.nameid, seen: user?.iss ?? 'none' }),
  ),
  check(
    'both tokens are for one audience',
    'protocol',
    ['opened'],
    ({ opened: { actor, user } }) => user && user.aud === actor.aud,
    ({ opened: { actor, user } }) =>
      refuse('outer_audience_mismatch', { at: 'aud', expected: actor.aud, seen: user?.aud ?? 'none' }),
  ),
  check(
    'actor is trusted for delegation',
    'protocol',
    ['opened', 'partner'],
    ({ opened }) => opened.user && opened.actor.trustedForDelegation,
    ({ opened, partner }) =>
      refuse('delegation_not_trusted', {
        at: 'trustedfordelegation',
        about: partner.application.appId,
        expected: 'true',
        seen: String(opened.actor.trustedForDelegation),
      }),
  ),
  check(
    'trust level allows it',
    'registration',
    ['opened', 'partner', 'speaker'],
    (evidence) => forbidden(evidence) === undefined,
    (evidence) => {
      const { speaker } = evidence
      const ask = askOf(evidence)
      return refuse(forbidden(evidence) ?? `trust_level_forbids_${ask}`, {
        at: 'applicationTrustLevel',
        about: speaker.application.appId,
        expected: levelsFor(ask).join(' or '),
        seen: speaker.trustLevel,
      })
    },
  ),
]

// What is registered in a realm that this server has given up is an orphan, whoever signs for it.
function realmIsKept(name: string, which: 'partner' | 'speaker'): Check {
  return check(
    name,
    'server',
    ['partner', which],
    (evidence, { formerRealms }) => {
      if (formerRealms === undefined || formerRealms.length === 0) return undefined
      if (which === 'speaker' && evidence.speaker === evidence.partner) return undefined
      return !formerRealms.includes(evidence[which].application.realm)
    },
    (evidence, { self }) =>
      refuse('issuer_realm_given_up', {
        at: which === 'partner' ? 'iss' : 'nameid',
        about: evidence[which].application.appId,
        expected: `registered in ${self.application.realm}`,
        seen: evidence[which].application.realm,
      }),
  )
}

function askOf({ opened }: Pick<Evidence, 'opened'>): Ask {
  return opened.user === undefined ? 'application' : 'user'
}

function forbidden(evidence: Pick<Evidence, 'opened' | 'partner' | 'speaker'>): RefusalCode | undefined {
  const { opened, partner, speaker } = evidence
  const hasConsent = partner.authServer !== undefined && opened.actor.consent !== undefined
  return forbiddenBy(speaker.trustLevel, askOf(evidence), hasConsent)
}

// The ids and the realm are compared exactly, the host without regard to case ([MS-XOAUTH] 3.2.5.6).
function audience(
  part: 'application' | 'host' | 'realm',
  fits: (parts: AudienceParts, self: ServerIdentity) => boolean,
  expected: (self: ServerIdentity) => string,
): Check {
  return check(
    `token is for this ${part}`,
    'server',
    ['opened'],
    ({ opened: { actor } }, { self }) => actor.audience.ok && fits(actor.audience.value, self),
    ({ opened: { actor } }, { self }) => {
      const { aud, audience: parts } = actor
      if (!parts.ok) return parts
      const seen = part === 'host' ? parts.value.host : aud
      return refuse(`audience_wrong_${part}`, { at: 'aud', expected: expected(self), seen })
    },
  )
}
