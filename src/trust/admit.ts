/** Who is believed: a token that passes every check. */
import type { EpochSeconds } from '../protocol/ids.ts'
import { accept, type Outcome } from '../protocol/outcome.ts'
import type { Principal } from '../protocol/principal.ts'
import type { UserIdentityClaims } from '../protocol/user-token.ts'
import { forbiddenBy } from './authorize.ts'
import { readBrokered } from './broker.ts'
import { CHECKS, type Check, type Evidence, type Situation } from './checks.ts'
import type { Partner } from './partner.ts'
import type { ReadToken } from './token-memory.ts'

/** A caller whose token holds. The user named in it is not resolved yet. */
export interface Admitted {
  readonly partner: Partner
  /** The application that asks, where the token names it otherwise than the registration: one that a broker vouches for. */
  readonly application?: Principal
  readonly user?: UserIdentityClaims
  /** The token server that issued the actor token, where the partner did not sign it itself. */
  readonly issuedBy?: Partner
  /** For whom alone it may act, as that token server says; absent where the trust level asks for no consent. */
  readonly consent?: string
  /** When the first of its tokens expires. */
  readonly expiresAt: EpochSeconds
}

/** The allowance for clocks that differ: five minutes, as in the products' libraries. */
export const DEFAULT_SKEW = 300

/**
 * Stops at the first check that fails. Nothing in between waits for anything: what was looked up is what is judged by. A token
 * that comes again is not read again, and it is judged again unless nothing that it was judged by is another.
 *
 * @param read how the token reads, where the caller has that from the same memory already
 */
export function admit(
  token: string,
  situation: Situation,
  read: Outcome<ReadToken> | undefined = situation.memory?.read(token),
): Outcome<Admitted> {
  const verdict = read?.ok ? read.value.note.verdict : undefined
  if (verdict !== undefined && isAsThen(verdict, situation)) return accept(verdict.admitted)
  const passed = passAll(CHECKS, read === undefined ? { token } : { token, read }, situation)
  if (!passed.ok) return passed
  const { admitted, signer } = passed.value
  if (read?.ok) {
    // Whom a broker or a token server may name depends on who else is registered, so that is judged each time.
    const isNamed = admitted.application !== undefined || admitted.issuedBy !== undefined
    if (!isNamed) read.value.note.verdict = { admitted, issuer: signer, situation }
    read.value.keep()
  }
  return accept(admitted)
}

/**
 * Puts what is known of a token through these checks, which note there what they find. `signer` is the `iss` by which the partner
 * was found who signed.
 */
export function passAll(
  checks: readonly Check[],
  evidence: Partial<Evidence>,
  situation: Situation,
): Outcome<{ readonly admitted: Admitted; readonly signer: string }> {
  for (const check of checks) {
    if (check.judge(evidence, situation) === false) return check.says(evidence, situation)
  }
  const { partner, opened, speaker } = evidence
  if (partner === undefined || opened === undefined || speaker === undefined)
    throw new Error('all checks passed without finding who signed')
  const { actor, user } = opened
  const expiresAt = user === undefined ? actor.exp : Math.min(actor.exp, user.exp)
  // Member by member: `...` takes as long as ten of the checks.
  const admitted: { -readonly [Member in keyof Admitted]: Admitted[Member] } = { partner: speaker, expiresAt }
  if (user !== undefined) admitted.user = user.user
  if (speaker !== partner) {
    admitted.issuedBy = partner
    const needsConsent = forbiddenBy(speaker.trustLevel, 'user') !== undefined
    if (needsConsent && actor.consent !== undefined) admitted.consent = actor.consent
  } else if (actor.nameid !== partner.issuer) {
    const application = readBrokered(actor.nameid)
    if (application !== undefined) admitted.application = application
  }
  return accept({ admitted, signer: actor.iss })
}

/** That a token was admitted, and all that it was judged by. */
export interface Verdict {
  readonly admitted: Admitted
  /** The `iss` by which its partner was found. */
  readonly issuer: string
  readonly situation: Situation
}

/**
 * Whether a verdict is what `admit` would come to now. Records are replaced and never changed, so the same object says the same, a
 * situation too. A second is as long as a verdict can last.
 */
export function isAsThen({ admitted, issuer, situation: then }: Verdict, now: Situation): boolean {
  const isSame =
    now === then ||
    (now.now === then.now &&
      now.self === then.self &&
      now.formerRealms === then.formerRealms &&
      now.skew === then.skew &&
      now.keysGoodFor === then.keysGoodFor)
  // Who is registered is asked and not a part of the situation, so that it is asked each time.
  return isSame && now.partnerOf(issuer) === admitted.partner
}
