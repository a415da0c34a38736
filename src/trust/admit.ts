/**
 * Who is believed. The order is that of facts/protocol.md 2.6, with one thing moved up: the issuer is looked up first,
 * because a key counts only as the key of the partner that the issuer names (CVE-2026-55040).
 */
import type { ActorClaims } from '../protocol/actor-token.ts'
import type { Lifetime } from '../protocol/claims.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { type OpenedToken, type PresentedToken, readPresentedToken } from '../protocol/presented-token.ts'
import { formatPrincipal, parseAudience } from '../protocol/principal.ts'
import type { UserIdentityClaims } from '../protocol/user-token.ts'
import { type Ask, forbiddenBy, levelsFor } from './authorize.ts'
import { answersTo, issuerOf, type ServerIdentity } from './identity.ts'
import type { Partner } from './partner.ts'

/** What a token is judged against. */
export interface Situation {
  readonly self: ServerIdentity
  /** The partner registered with exactly this issuer, enabled or not. */
  readonly partnerOf: (issuer: string) => Partner | undefined
  readonly now: EpochSeconds
  /** How far the clocks may lie apart, in seconds. */
  readonly skew: number
}

/** A caller whose token holds. The user named in it is not resolved yet. */
export interface Admitted {
  readonly partner: Partner
  readonly user?: UserIdentityClaims
  /** When the first of its tokens expires. */
  readonly expiresAt: EpochSeconds
}

/** The allowance for clocks that differ: five minutes, as in the products' libraries. */
export const DEFAULT_SKEW = 300

export function admit(token: string, situation: Situation): Outcome<Admitted> {
  const presented = readPresentedToken(token)
  if (!presented.ok) return presented
  const signer = findSigner(presented.value, situation)
  if (!signer.ok) return signer
  const opened = presented.value.open(signer.value.certificate.publicKey)
  if (!opened.ok) return opened

  const { partner } = signer.value
  for (const check of CHECKS) {
    const refusal = check(opened.value, partner, situation)
    if (refusal !== undefined) return refusal
  }
  const { actor, user } = opened.value
  return accept({
    partner,
    ...(user !== undefined && { user: user.user }),
    expiresAt: Math.min(actor.exp, user?.exp ?? actor.exp),
  })
}

function findSigner({ issuer, x5t }: PresentedToken, { self, partnerOf, now, skew }: Situation) {
  if (issuer === issuerOf(self)) return refuse('issuer_is_self', { at: 'iss', seen: issuer })
  const partner = partnerOf(issuer)
  if (partner === undefined)
    return refuse('issuer_unknown', { at: 'iss', expected: 'a registered partner', seen: issuer })
  if (!partner.enabled)
    return refuse('partner_disabled', { at: 'iss', about: partner.application.appId, seen: issuer })
  if (x5t === self.signingKey.x5t) return refuse('key_is_own', { at: 'x5t', seen: x5t })
  const certificate = partner.certificates.find((known) => known.x5t === x5t)
  if (certificate === undefined) {
    const expected = partner.certificates.map((known) => known.x5t).join(' or ')
    return refuse('key_unknown', { at: 'x5t', expected, seen: x5t })
  }
  if (now + skew < certificate.notBefore) {
    return refuse('key_not_yet_valid', {
      at: 'x5t',
      expected: `not before ${iso(certificate.notBefore)}`,
      seen: iso(now),
    })
  }
  if (now - skew > certificate.notAfter) {
    return refuse('key_expired', {
      at: 'x5t',
      expected: `not after ${iso(certificate.notAfter)}`,
      seen: iso(now),
    })
  }
  return accept({ partner, certificate })
}

type Check = (opened: OpenedToken, partner: Partner, situation: Situation) => Refusal | undefined

// One check a line, in order, over claims that a verified signature stands behind.
const CHECKS: readonly Check[] = [
  ({ actor }, _, situation) => lifetime(actor, 'actor token', situation),
  ({ user }, _, situation) => user && lifetime(user, 'user token', situation),
  ({ actor }, _, { self }) => audience(actor.aud, self),
  ({ user }, _, { self }) => user && audience(user.aud, self),
  ({ actor }, partner) => actsAsPartner(actor, partner),
  ({ actor, user }) => user && sameText('outer_issuer_mismatch', 'iss', actor.nameid, user.iss),
  ({ actor, user }) => user && sameText('outer_audience_mismatch', 'aud', actor.aud, user.aud),
  ({ actor, user }, partner) => user && delegated(actor, partner),
  ({ user }, partner) => withinTrustLevel(partner, user === undefined ? 'application' : 'user'),
]

function lifetime({ nbf, exp }: Lifetime, which: string, { now, skew }: Situation): Refusal | undefined {
  if (exp < now - skew) {
    return refuse('token_expired', {
      at: `${which} exp`,
      expected: `${iso(now)} or later, ${skew} s allowed`,
      seen: iso(exp),
    })
  }
  if (nbf > now + skew) {
    return refuse('token_not_yet_valid', {
      at: `${which} nbf`,
      expected: `${iso(now)} or earlier, ${skew} s allowed`,
      seen: iso(nbf),
    })
  }
  return undefined
}

// The ids and the realm are compared exactly, the host without regard to case ([MS-XOAUTH] 3.2.5.6).
function audience(aud: string, self: ServerIdentity): Refusal | undefined {
  const read = parseAudience(aud)
  if (!read.ok) return read
  const { appId, host, realm } = read.value
  if (appId !== self.application.appId) {
    return refuse('audience_wrong_application', { at: 'aud', expected: self.application.appId, seen: aud })
  }
  if (!answersTo(self, host)) {
    return refuse('audience_wrong_host', { at: 'aud', expected: self.hosts[0] ?? 'no host', seen: host })
  }
  if (realm !== self.application.realm) {
    return refuse('audience_wrong_realm', { at: 'aud', expected: self.application.realm, seen: aud })
  }
  return undefined
}

// A partner signs for itself alone: its nameid is its iss, and that is the issuer registered with the key.
function actsAsPartner({ iss, nameid }: ActorClaims, partner: Partner): Refusal | undefined {
  if (nameid === iss) return undefined
  return refuse('actor_not_partner', {
    at: 'nameid',
    expected: formatPrincipal(partner.application),
    seen: nameid,
  })
}

function sameText(code: Refusal['code'], at: string, expected: string, seen: string): Refusal | undefined {
  return expected === seen ? undefined : refuse(code, { at, expected, seen })
}

function delegated(actor: ActorClaims, partner: Partner): Refusal | undefined {
  if (actor.trustedForDelegation) return undefined
  const about = partner.application.appId
  return refuse('delegation_not_trusted', {
    at: 'trustedfordelegation',
    about,
    expected: 'true',
    seen: 'false',
  })
}

function withinTrustLevel({ trustLevel, application }: Partner, ask: Ask): Refusal | undefined {
  const code = forbiddenBy(trustLevel, ask)
  if (code === undefined) return undefined
  const expected = levelsFor(ask).join(' or ')
  return refuse(code, { at: 'applicationTrustLevel', about: application.appId, expected, seen: trustLevel })
}

function iso(seconds: EpochSeconds): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
