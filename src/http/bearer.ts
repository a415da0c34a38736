/** From an Authorization header to a caller: the token is admitted, its user resolved, and what was decided recorded. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Caller } from '../products/product.ts'
import { accept, type Outcome, refuse } from '../protocol/outcome.ts'
import { formatPrincipal } from '../protocol/principal.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import { tokenHash } from '../protocol/token-hash.ts'
import { admit } from '../trust/admit.ts'
import type { AuditEvent } from '../trust/audit-record.ts'
import { refuseConsent } from '../trust/authorize.ts'
import type { Situation } from '../trust/checks.ts'
import type { DecisionLog } from '../trust/decision-log.ts'
import type { DirectoryStore } from '../trust/directory.ts'
import { resolveUser } from '../trust/directory.ts'
import { explain } from '../trust/explain.ts'
import type { Partner } from '../trust/partner.ts'
import { signerOf } from '../trust/signer.ts'
import type { ReadToken, TokenMemory } from '../trust/token-memory.ts'

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
  readonly decided: (decision: Decision, milliseconds: number) => void
}

/** What was decided of a request: whom it was admitted for, or why not. */
export type Decision =
  | { readonly partner: Partner }
  | { readonly code: RefusalCode; readonly token: string | undefined }

/** A token, and how it reads where that is remembered. */
interface Shown {
  readonly token: string
  readonly hash: string
  readonly read: Outcome<ReadToken> | undefined
}

/** What was admitted last over a connection. The checks are made of it again: this only spares looking at its letters. */
interface Last extends Shown {
  readonly header: string
  readonly memory: TokenMemory
}

// A place for each connection, whose content changes: to set an entry of this map anew takes as long as to admit what it holds.
const LAST = new WeakMap<Socket, { last: Last }>()

/** Who is calling. `through` says what for, in the record of the decision. */
export async function admitRequest(
  req: IncomingMessage,
  gate: Gate,
  request: Pick<AuditEvent, 'requestId' | 'through'>,
): Promise<Outcome<Caller>> {
  const started = gate.stopwatch()
  const [header = '', ...more] = authorizationOf(req)
  let situation = gate.situation()
  const place = LAST.get(req.socket)
  const last = place?.last
  const isLast = more.length === 0 && last?.header === header && last.memory === situation.memory
  const shown = isLast ? accept(last) : readShown(header, more.length, situation.memory)
  if (!shown.ok) {
    // An empty Bearer only asks for the challenge; nothing was decided.
    if (shown.code === 'no_token') return shown
    gate.log.record({ kind: 'refused', ...request, code: shown.code })
    gate.decided({ code: shown.code, token: undefined }, gate.stopwatch() - started)
    return shown
  }
  const { token, hash, read } = shown.value
  let caller = await admitCaller(token, situation, gate.directory, read)
  // Admission waits for nothing; what may be worth waiting for is done around it, once.
  if (!caller.ok && LEARNABLE.includes(caller.code) && (await gate.learn(token))) {
    situation = gate.situation()
    caller = await admitCaller(token, situation, gate.directory, read)
  }
  const decision = caller.ok ? { partner: caller.value.partner } : { code: caller.code, token }
  gate.decided(decision, gate.stopwatch() - started)
  if (caller.ok) {
    const { memory } = situation
    if (memory !== undefined && !isLast) {
      const shownNow = { token, hash, read, header, memory }
      if (place === undefined) LAST.set(req.socket, { last: shownNow })
      else place.last = shownNow
    }
    const { partner, application, issuedBy, user } = caller.value
    gate.log.record({
      kind: 'admitted',
      ...request,
      tokenHash: hash,
      partner: partner.issuer,
      ...(application && { application: formatPrincipal(application) }),
      ...(issuedBy && { issuedBy: issuedBy.issuer }),
      ...(user && { user: user.upn }),
    })
    return caller
  }
  const explanation = gate.log.mayExplain() ? await explain(token, { ...situation, ...gate }) : undefined
  gate.log.record({
    kind: 'refused',
    ...request,
    tokenHash: hash,
    ...signerOf(token, caller.code, situation),
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
  read: Shown['read'],
): Promise<Outcome<Caller>> {
  const admitted = admit(token, situation, read)
  if (!admitted.ok) return admitted
  const { partner, application, issuedBy, user, consent } = admitted.value
  const caller = { partner, ...(application && { application }), ...(issuedBy && { issuedBy }) }
  if (user === undefined) return accept(caller)
  // Anew each time: what the directory says of a user now is what counts.
  const resolved = await resolveUser(directory, user, partner)
  if (!resolved.ok) return resolved
  return refuseConsent(consent, resolved.value) ?? accept({ ...caller, user: resolved.value })
}

function readShown(header: string, others: number, memory: TokenMemory | undefined): Outcome<Shown> {
  const token = bearerToken(header, others)
  if (!token.ok) return token
  const hash = tokenHash(token.value)
  return accept({ token: token.value, hash, read: memory?.read(token.value) })
}

// Node keeps the first of several in `headers`, and makes a list of every header for `headersDistinct`.
function authorizationOf({ rawHeaders }: IncomingMessage): string[] {
  const found: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION)
      found.push(rawHeaders[i + 1] ?? '')
  }
  return found
}

const AUTHORIZATION = 'authorization'

/** The one token of the one Authorization header; an empty Bearer, or another scheme, is `no_token`. */
function bearerToken(header: string, others: number): Outcome<string> {
  if (others > 0)
    return refuse('several_credentials', { at: 'Authorization', expected: 'one', seen: `${others + 1}` })
  const space = header.indexOf(' ')
  const scheme = space === -1 ? header : header.slice(0, space)
  const token = space === -1 ? '' : header.slice(space + 1)
  if (scheme.toLowerCase() !== 'bearer' || token.trim() === '')
    return refuse('no_token', { at: 'Authorization' })
  if (token.includes(' ')) {
    return refuse('token_not_jwt', { at: 'Authorization', expected: 'Bearer, one space, one token' })
  }
  return accept(token)
}
