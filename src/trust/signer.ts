/** Whose a refused token is, where that is sure. */
import type { RefusalCode } from '../protocol/refusal.ts'
import { CHECKS, type Evidence, type Situation } from './checks.ts'

const MOST_CHARACTERS = 200

/** The partner whose key signed a token, and whom the token names as its user; nothing where no known key signed it. */
export interface Signer {
  readonly partner?: string
  readonly named?: string
}

/**
 * Goes through the checks for what they find, past those that fail. `code` is why the token was refused: after a bad signature
 * there is nothing to look for, and a stranger is not worth a second calculation.
 */
export function signerOf(token: string, code: RefusalCode, situation: Situation): Signer {
  if (code === 'bad_signature') return {}
  const evidence: Partial<Evidence> = { token }
  for (const { needs, judge } of CHECKS) {
    if (evidence.opened !== undefined) break
    if (needs.every((need) => evidence[need] !== undefined)) judge(evidence, situation)
  }
  const { partner, opened } = evidence
  if (partner === undefined || opened === undefined) return {}
  const { nameid, upn, smtp, sip } = opened.user?.user ?? {}
  const named = (upn ?? nameid ?? smtp ?? sip)?.slice(0, MOST_CHARACTERS)
  return { partner: partner.issuer, ...(named !== undefined && { named }) }
}
