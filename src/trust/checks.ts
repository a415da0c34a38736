/**
 * The checks that a token must pass, one after the other, as one list: `admit` stops at the first that fails, `explain`
 * goes on. The order is that of facts/protocol.md 2.6, with one thing moved up: the issuer is looked up first, because a
 * key counts only as the key of the partner that the issuer names (CVE-2026-55040).
 */
import type { Certificate } from '../protocol/certificate.ts'
import { type EpochSeconds, isoTime } from '../protocol/ids.ts'
import { type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { type OpenedToken, type PresentedToken, readPresentedToken } from '../protocol/presented-token.ts'
import { formatPrincipal } from '../protocol/principal.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import { NAMED_APPLICATION, SIGNS_FOR_ITSELF } from './auth-server.ts'
import { forbiddenBy, levelsFor } from './authorize.ts'
import { refuseBrokered } from './broker.ts'
import { answersTo, issuerOf, ownCertificates, type ServerIdentity } from './identity.ts'
import type { Partner } from './partner.ts'
import { DEFAULT_REFRESH, goodUntil } from './refresh-policy.ts'
import type { TokenMemory } from './token-memory.ts'

/** What a token is judged against. Its records are replaced where they change, and never changed themselves. */
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

/** What the checks find out, each from what the ones before it found. `opened` is there once the signature has held. */
export interface Evidence {
  readonly token: string
  /** How the token reads, where somebody has read it already. */
  readonly read?: Outcome<PresentedToken>
  readonly presented: PresentedToken
  readonly partner: Partner
  readonly certificate: Certificate
  /** Whose record says what the application may do: the partner, or the one that a token server named. */
  readonly speaker: Partner
  readonly opened: OpenedToken
}

/** Where a check's expectation comes from. */
export type Basis = 'protocol' | 'registration' | 'server' | 'clock'

export interface Check {
  readonly name: string
  readonly basis: Basis
  /** What must have been found before it can be made. */
  readonly needs: readonly (keyof Evidence)[]
  readonly judge: (evidence: Partial<Evidence>, situation: Situation) => Judgement
}

export interface Judgement {
  /** Undefined when the check does not apply to this token. */
  readonly holds: boolean | undefined
  readonly found?: Partial<Evidence>
  /** Why not; when the check holds, what was expected and seen all the same. */
  readonly says: () => Refusal
}

export const CHECKS: readonly Check[] = [
  check('shape and header', 'protocol', ['token'], ({ token, read = readPresentedToken(token) }) => {
    return judged(read, (presented) => ({ presented }), 'token_not_jwt')
  }),
  check(
    'claims could be accepted from somebody',
    'protocol',
    ['presented'],
    ({ presented: { wrongClaims } }) => ({
      holds: wrongClaims === undefined,
      says: () => wrongClaims ?? refuse('claim_missing'),
    }),
  ),
  check('issuer is another server', 'server', ['presented'], ({ presented: { issuer } }, { self }) => ({
    holds: issuer !== issuerOf(self),
    says: () => refuse('issuer_is_self', { at: 'iss', expected: `not ${issuerOf(self)}`, seen: issuer }),
  })),
  check('issuer is registered', 'registration', ['presented'], ({ presented: { issuer } }, { partnerOf }) => {
    const partner = partnerOf(issuer)
    return {
      holds: partner !== undefined,
      ...(partner !== undefined && { found: { partner } }),
      says: () => refuse('issuer_unknown', { at: 'iss', expected: 'a registered partner', seen: issuer }),
    }
  }),
  check('partner is enabled', 'registration', ['partner'], ({ partner }) => ({
    holds: partner.enabled,
    says: () =>
      refuse(partner.authServer === undefined ? 'partner_disabled' : 'auth_server_disabled', {
        at: 'enabled',
        about: partner.application.appId,
        expected: 'true',
        seen: String(partner.enabled),
      }),
  })),
  SIGNS_FOR_ITSELF,
  realmIsKept('issuer’s realm was not given up', 'partner'),
  check('key is not ours', 'server', ['presented'], ({ presented: { x5t } }, { self }) => ({
    holds: ownCertificates(self).every((own) => own.x5t !== x5t),
    says: () => refuse('key_is_own', { at: 'x5t', expected: `not ${self.signingKey.x5t}`, seen: x5t }),
  })),
  check(
    'key is not revoked',
    'registration',
    ['presented', 'partner'],
    ({ presented: { x5t }, partner: { revokedKeys = [] } }) => ({
      holds: !revokedKeys.includes(x5t),
      says: () => refuse('key_revoked', { at: 'x5t', expected: `not ${x5t}`, seen: x5t }),
    }),
  ),
  check(
    'key is the partner’s',
    'registration',
    ['presented', 'partner'],
    ({ presented: { x5t }, partner }) => {
      const certificate = partner.certificates.find((known) => known.x5t === x5t)
      return {
        holds: certificate !== undefined,
        ...(certificate !== undefined && { found: { certificate } }),
        says: () =>
          refuse('key_unknown', {
            at: 'x5t',
            expected: partner.certificates.map((known) => known.x5t).join(' or '),
            seen: x5t,
          }),
      }
    },
  ),
  check(
    'certificate has begun',
    'registration',
    ['certificate'],
    ({ certificate: { notBefore } }, { now, skew }) => ({
      holds: now + skew >= notBefore,
      says: () =>
        refuse('key_not_yet_valid', {
          at: 'x5t',
          expected: `not before ${isoTime(notBefore)}, ${skew} s allowed`,
          seen: isoTime(now),
        }),
    }),
  ),
  check(
    'certificate has not expired',
    'registration',
    ['certificate'],
    ({ certificate: { notAfter } }, { now, skew }) => ({
      holds: now - skew <= notAfter,
      says: () =>
        refuse('key_expired', {
          at: 'x5t',
          expected: `not after ${isoTime(notAfter)}, ${skew} s allowed`,
          seen: isoTime(now),
        }),
    }),
  ),
  check(
    'keys were read lately enough',
    'registration',
    ['partner', 'certificate'],
    ({ partner }, { now, keysGoodFor = DEFAULT_REFRESH.goodFor }) => {
      const until = goodUntil(partner, keysGoodFor)
      if (until === undefined) return DOES_NOT_APPLY
      return {
        holds: now <= until,
        says: () =>
          refuse('keys_stale', {
            at: 'refreshedAt',
            expected: `${isoTime(now - keysGoodFor)} or later`,
            seen: isoTime(partner.refreshedAt),
          }),
      }
    },
  ),
  check('signature fits', 'protocol', ['presented', 'certificate'], ({ presented, certificate }) =>
    judged(presented.open(certificate.publicKey), (opened) => ({ opened }), 'bad_signature'),
  ),
  ...bothTokens('has not expired', 'clock', ({ exp }, which, { now, skew }) => ({
    holds: exp >= now - skew,
    says: () =>
      refuse('token_expired', {
        at: `${which} exp`,
        expected: `${isoTime(now)} or later, ${skew} s allowed`,
        seen: isoTime(exp),
      }),
  })),
  ...bothTokens('is valid already', 'clock', ({ nbf }, which, { now, skew }) => ({
    holds: nbf <= now + skew,
    says: () =>
      refuse('token_not_yet_valid', {
        at: `${which} nbf`,
        expected: `${isoTime(now)} or earlier, ${skew} s allowed`,
        seen: isoTime(nbf),
      }),
  })),
  // After the clock, so that a token that is over is called so.
  ...bothTokens('ends after it begins', 'protocol', ({ nbf, exp }, which) => ({
    holds: exp > nbf,
    says: () =>
      refuse('lifetime_reversed', {
        at: `${which} exp`,
        expected: `after ${isoTime(nbf)}`,
        seen: isoTime(exp),
      }),
  })),
  // The user token's audience needs no more than to be the same text, which is seen to below.
  check(
    'token is for this application',
    'server',
    ['opened'],
    ({ opened: { actor } }, { self: { application } }) =>
      audience(
        actor,
        'audience_wrong_application',
        application.appId,
        ({ appId }) => appId === application.appId,
      ),
  ),
  check('token is for this host', 'server', ['opened'], ({ opened: { actor } }, { self }) =>
    audience(actor, 'audience_wrong_host', self.hosts[0] ?? 'no host', ({ host }) => answersTo(self, host)),
  ),
  check('token is for this realm', 'server', ['opened'], ({ opened: { actor } }, { self: { application } }) =>
    audience(actor, 'audience_wrong_realm', application.realm, ({ realm }) => realm === application.realm),
  ),
  check(
    'partner speaks for itself',
    'registration',
    ['opened', 'partner'],
    ({ opened: { actor }, partner }) => ({
      holds: partner.isTrustBroker === true || partner.authServer !== undefined || actor.nameid === actor.iss,
      says: () =>
        refuse('actor_not_partner', {
          at: 'nameid',
          expected: formatPrincipal(partner.application),
          seen: actor.nameid,
        }),
    }),
  ),
  check(
    'broker may name this application',
    'registration',
    ['opened', 'partner'],
    ({ opened: { actor }, partner }, { self, isRegistered }) => {
      if (partner.isTrustBroker !== true || actor.nameid === actor.iss) return DOES_NOT_APPLY
      const refusal = refuseBrokered(actor, self.application, isRegistered)
      const found = { at: 'nameid', expected: 'an application of its realm', seen: actor.nameid }
      return {
        holds: refusal === undefined,
        says: () => refusal ?? refuse('brokered_name_malformed', found),
      }
    },
  ),
  ...NAMED_APPLICATION,
  // A token server of any realm names applications of each.
  realmIsKept('application’s realm was not given up', 'speaker'),
  check('user token is the actor’s', 'protocol', ['opened'], ({ opened: { actor, user } }) => ({
    holds: user && user.iss === actor.nameid,
    says: () =>
      refuse('outer_issuer_mismatch', { at: 'iss', expected: actor.nameid, seen: user?.iss ?? 'none' }),
  })),
  check('both tokens are for one audience', 'protocol', ['opened'], ({ opened: { actor, user } }) => ({
    holds: user && user.aud === actor.aud,
    says: () =>
      refuse('outer_audience_mismatch', { at: 'aud', expected: actor.aud, seen: user?.aud ?? 'none' }),
  })),
  check('actor is trusted for delegation', 'protocol', ['opened', 'partner'], ({ opened, partner }) => ({
    holds: opened.user && opened.actor.trustedForDelegation,
    says: () =>
      refuse('delegation_not_trusted', {
        at: 'trustedfordelegation',
        about: partner.application.appId,
        expected: 'true',
        seen: String(opened.actor.trustedForDelegation),
      }),
  })),
  check('trust level allows it', 'registration', ['opened', 'partner', 'speaker'], (evidence) => {
    const { opened, partner, speaker } = evidence
    const ask = opened.user === undefined ? 'application' : 'user'
    const hasConsent = partner.authServer !== undefined && opened.actor.consent !== undefined
    const code = forbiddenBy(speaker.trustLevel, ask, hasConsent)
    return {
      holds: code === undefined,
      says: () =>
        refuse(code ?? `trust_level_forbids_${ask}`, {
          at: 'applicationTrustLevel',
          about: speaker.application.appId,
          expected: levelsFor(ask).join(' or '),
          seen: speaker.trustLevel,
        }),
    }
  }),
]

function check<Need extends keyof Evidence>(
  name: string,
  basis: Basis,
  needs: readonly Need[],
  judge: (evidence: Pick<Evidence, Need | 'read'>, situation: Situation) => Judgement,
): Check {
  // Whoever runs the checks keeps to `needs`; a check that runs without them would be our own fault.
  return {
    name,
    basis,
    needs,
    judge: (evidence, situation) => judge(evidence as Pick<Evidence, Need | 'read'>, situation),
  }
}

type Claims = OpenedToken['actor'] | NonNullable<OpenedToken['user']>

// What is registered in a realm that this server has given up is an orphan, whoever signs for it.
function realmIsKept(name: string, which: 'partner' | 'speaker'): Check {
  return check(name, 'server', ['partner', which], (evidence, { self, formerRealms = [] }) => {
    const { application } = evidence[which]
    const isSeenTo = which === 'speaker' && evidence.speaker === evidence.partner
    if (formerRealms.length === 0 || isSeenTo) return DOES_NOT_APPLY
    return {
      holds: !formerRealms.includes(application.realm),
      says: () =>
        refuse('issuer_realm_given_up', {
          at: which === 'partner' ? 'iss' : 'nameid',
          about: application.appId,
          expected: `registered in ${self.application.realm}`,
          seen: application.realm,
        }),
    }
  })
}

// The same check of the actor token and of the user token around it, if there is one.
function bothTokens(
  what: string,
  basis: Basis,
  judge: (claims: Claims, which: string, situation: Situation) => Judgement,
): Check[] {
  return [
    check(`actor token ${what}`, basis, ['opened'], ({ opened }, situation) =>
      judge(opened.actor, 'actor token', situation),
    ),
    check(`user token ${what}`, basis, ['opened'], ({ opened }, situation) =>
      opened.user === undefined ? DOES_NOT_APPLY : judge(opened.user, 'user token', situation),
    ),
  ]
}

const DOES_NOT_APPLY: Judgement = { holds: undefined, says: () => refuse('claim_missing') }

function judged<T>(
  outcome: Outcome<T>,
  found: (value: T) => Partial<Evidence>,
  code: RefusalCode,
): Judgement {
  return outcome.ok
    ? { holds: true, found: found(outcome.value), says: () => refuse(code) }
    : { holds: false, says: () => outcome }
}

// The ids and the realm are compared exactly, the host without regard to case ([MS-XOAUTH] 3.2.5.6).
function audience(
  { aud, audience: parts }: OpenedToken['actor'],
  code: RefusalCode,
  expected: string,
  fits: (parts: { appId: string; host: string; realm: string }) => boolean,
): Judgement {
  if (!parts.ok) return { holds: false, says: () => parts }
  return {
    holds: fits(parts.value),
    says: () =>
      refuse(code, {
        at: 'aud',
        expected,
        seen: code === 'audience_wrong_host' ? parts.value.host : aud,
      }),
  }
}
