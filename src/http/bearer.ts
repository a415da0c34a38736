/** From an Authorization header to a caller: the token is admitted, its user resolved, and what was decided recorded. */
import type { IncomingMessage } from 'node:http'
import type { Caller } from '../products/product.ts'
import { accept, type Outcome, refuse } from '../protocol/outcome.ts'
import { formatPrincipal } from '../protocol/principal.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import { admit } from '../trust/admit.ts'
import { type AuditEvent, tokenHash } from '../trust/audit-record.ts'
import { refuseConsent } from '../trust/authorize.ts'
import type { Situation } from '../trust/checks.ts'
import type { DecisionLog } from '../trust/decision-log.ts'
import type { DirectoryStore } from '../trust/directory.ts'
import { resolveUser } from '../trust/directory.ts'
import { explain } from '../trust/explain.ts'
import { signerOf } from '../trust/signer.ts'

export interface Gate {
  readonly name: string
  readonly directory: DirectoryStore
  readonly log: DecisionLog
  /** What tokens are judged against at this moment. */
  readonly situation: () => Situation
  /** The partner's document is read again for a token whose key is not known: whether that was worth while. */
  readonly learn: (token: string) => Promise<boolean>
  readonly stopwatch: () => number
  /** Hears of every decision and how many milliseconds it took. */
  readonly decided: (token: string | undefined, code: RefusalCode | undefined, milliseconds: number) => void
}

/** Who is calling. `through` says what for, in the record of the decision. */
export async function admitRequest(
  req: IncomingMessage,
  gate: Gate,
  request: Pick<AuditEvent, 'requestId' | 'through'>,
): Promise<Outcome<Caller>> {
  const token = bearerToken(req)
  const started = gate.stopwatch()
  if (!token.ok) {
    // An empty Bearer only asks for the challenge; nothing was decided.
    if (token.code === 'no_token') return token
    gate.log.record({ kind: 'refused', ...request, code: token.code })
    gate.decided(undefined, token.code, gate.stopwatch() - started)
    return token
  }
  let situation = gate.situation()
  let caller = await admitCaller(token.value, situation, gate.directory)
  // Admission waits for nothing; what may be worth waiting for is done around it, once.
  if (!caller.ok && LEARNABLE.includes(caller.code) && (await gate.learn(token.value))) {
    situation = gate.situation()
    caller = await admitCaller(token.value, situation, gate.directory)
  }
  gate.decided(token.value, caller.ok ? undefined : caller.code, gate.stopwatch() - started)
  const event = { ...request, tokenHash: tokenHash(token.value) }
  if (caller.ok) {
    const { partner, application, issuedBy, user } = caller.value
    gate.log.record({
      ...{ kind: 'admitted', ...event, partner: partner.issuer },
      ...(application && { application: formatPrincipal(application) }),
      ...(issuedBy && { issuedBy: issuedBy.issuer }),
      ...(user && { user: user.upn }),
    })
    return caller
  }
  const explanation = gate.log.mayExplain()
    ? await explain(token.value, { ...situation, ...gate })
    : undefined
  gate.log.record({
    kind: 'refused',
    ...event,
    ...signerOf(token.value, caller.code, situation),
    code: caller.code,
    ...(explanation === undefined ? { notExplained: 'too many at once' } : { explanation }),
  })
  return caller
}

/** What a look at the partner's document may change. */
export const LEARNABLE: readonly RefusalCode[] = ['key_unknown', 'keys_stale']

async function admitCaller(
  token: string,
  situation: Situation,
  directory: DirectoryStore,
): Promise<Outcome<Caller>> {
  const admitted = admit(token, situation)
  if (!admitted.ok) return admitted
  const { user, consent, expiresAt: _, ...caller } = admitted.value
  if (user === undefined) return accept(caller)
  const resolved = await resolveUser(directory, user, caller.partner)
  if (!resolved.ok) return resolved
  return refuseConsent(consent, resolved.value) ?? accept({ ...caller, user: resolved.value })
}

/** The one token of the one Authorization header; an empty Bearer, or another scheme, is `no_token`. */
export function bearerToken(req: IncomingMessage): Outcome<string> {
  const headers = req.headersDistinct['authorization'] ?? []
  if (headers.length > 1)
    return refuse('several_credentials', { at: 'Authorization', expected: 'one', seen: `${headers.length}` })
  const [scheme = '', ...rest] = (headers[0] ?? '').split(' ')
  if (scheme.toLowerCase() !== 'bearer' || rest.join('').trim() === '')
    return refuse('no_token', { at: 'Authorization' })
  const [token = '', ...more] = rest
  if (token === '' || more.length > 0) {
    return refuse('token_not_jwt', { at: 'Authorization', expected: 'Bearer, one space, one token' })
  }
  return accept(token)
}
