/** From an Authorization header to a caller: the token is admitted, its user resolved, and what was decided recorded. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Caller } from '../products/product.ts'
import { accept, type Outcome, type Refusal, refuse } from '../protocol/outcome.ts'
import { formatPrincipal } from '../protocol/principal.ts'
import type { RefusalCode } from '../protocol/refusal.ts'
import { tokenHash } from '../protocol/token-hash.ts'
import type { AuditEvent } from '../trust/audit-record.ts'
import { callerOf, type TokenCaller, type UserDirectory } from '../trust/caller.ts'
import type { Situation } from '../trust/checks.ts'
import type { DecisionLog } from '../trust/decision-log.ts'
import { explain } from '../trust/explain.ts'
import type { Partner } from '../trust/partner.ts'
import { signerOf } from '../trust/signer.ts'
import type { ReadToken, TokenMemory } from '../trust/token-memory.ts'

export interface Gate {
  readonly name: string
  readonly directory: UserDirectory
  /** Absent: no decision is recorded. */
  readonly log?: Pick<DecisionLog, 'record' | 'mayExplain'>
  /** What tokens are judged against at this moment: another object when anything of it is another. */
  readonly situation: () => Situation
  /** The partner's document is read again for a token whose key is not known: whether that was worth while. */
  readonly learn: (token: string) => Promise<boolean>
  readonly stopwatch: () => number
  /** Hears of every decision and how many milliseconds it took; absent: nobody does, and nothing is measured. */
  readonly decided?: (decision: Decision, milliseconds: number) => void
}

/** The gate of a server, whose every decision is recorded and counted. */
export type ServerGate = Gate & Required<Pick<Gate, 'log' | 'decided'>>

/** What was decided of a request: whom it was admitted for, or why not. */
export type Decision =
  | { readonly partner: Partner }
  | { readonly code: RefusalCode; readonly token: string | undefined }

/** Which request it is, and what for, in the record of the decision. */
export type Asked = Pick<AuditEvent, 'requestId' | 'through'>

/** A header with one token in it, and how the token reads where that is remembered. */
interface Shown {
  readonly header: string
  readonly token: string
  readonly read: Outcome<ReadToken> | undefined
  /** What it was read with. */
  readonly memory: TokenMemory | undefined
}

/** One request. */
interface Call {
  readonly gate: Gate
  readonly asked: Asked
  /** Since when it is being decided, by the gate's stopwatch; 0 where nobody asks. */
  readonly started: number
  readonly connection: Connection
  /** What was admitted before over it. */
  readonly place: Place | undefined
}

interface Place {
  shown: Shown
}

// Where a connection carries what was admitted last over it. That is judged again: this only spares looking at its letters. A map
// beside the connections would be as right, and to look into it takes as long as to judge.
const LAST = Symbol('admitted last')
type Connection = Socket & { [LAST]?: Place }

/**
 * Who is calling. The answer is a promise only where something has to be waited for: a user is looked up, a refusal is explained,
 * a partner's document may be worth reading.
 */
export function admitRequest(
  req: IncomingMessage,
  gate: Gate,
  asked: Asked,
): Outcome<Caller> | Promise<Outcome<Caller>> {
  const started = gate.decided === undefined ? 0 : gate.stopwatch()
  const connection: Connection = req.socket
  const place = connection[LAST]
  const call = { gate, asked, started, connection, place }
  const situation = gate.situation()
  const shown = shownIn(req.rawHeaders, situation.memory, place?.shown)
  if ('code' in shown) return refuseUnread(shown, call)
  const caller = callerOf(shown.token, situation, gate.directory, shown.read)
  if (caller instanceof Promise || !caller.ok) return settle(caller, shown, situation, call)
  noteAdmitted(caller.value, shown, call)
  return caller
}

// As above where it takes longer: admission waits for nothing; what may be worth waiting for is done around it, once.
async function settle(
  first: Outcome<TokenCaller> | Promise<Outcome<TokenCaller>>,
  shown: Shown,
  before: Situation,
  call: Call,
): Promise<Outcome<Caller>> {
  const { gate, asked } = call
  const { log } = gate
  const { token, read } = shown
  let situation = before
  let caller = await first
  if (!caller.ok && LEARNABLE.includes(caller.code) && (await gate.learn(token))) {
    situation = gate.situation()
    caller = await callerOf(token, situation, gate.directory, read)
  }
  if (caller.ok) {
    noteAdmitted(caller.value, shown, call)
    return caller
  }
  noteDecided(call, caller.code, token)
  if (log === undefined) return caller
  const explanation = log.mayExplain() ? await explain(token, { ...situation, ...gate }) : undefined
  log.record({
    kind: 'refused',
    ...asked,
    tokenHash: hashOf(shown),
    ...signerOf(token, caller.code, situation),
    code: caller.code,
    ...(explanation === undefined ? { notExplained: 'too many at once' } : { explanation }),
  })
  return caller
}

function noteDecided({ gate, started }: Call, code: RefusalCode, token: string | undefined): void {
  gate.decided?.({ code, token }, gate.stopwatch() - started)
}

function noteAdmitted(caller: TokenCaller, shown: Shown, call: Call): void {
  const { partner, application, issuedBy, user } = caller
  const { gate, asked, place } = call
  gate.decided?.({ partner }, gate.stopwatch() - call.started)
  if (place !== undefined) place.shown = shown
  else if (shown.memory !== undefined) call.connection[LAST] = { shown }
  if (gate.log === undefined) return
  // Member by member: to spread asked and what may be absent takes longer than to admit.
  const event: { -readonly [Member in keyof AuditEvent]: AuditEvent[Member] } = {
    kind: 'admitted',
    requestId: asked.requestId,
    through: asked.through,
    tokenHash: hashOf(shown),
    partner: partner.issuer,
  }
  if (application !== undefined) event.application = formatPrincipal(application)
  if (issuedBy !== undefined) event.issuedBy = issuedBy.issuer
  if (user !== undefined) event.user = user.upn
  gate.log.record(event)
}

function refuseUnread(refusal: Refusal, call: Call): Refusal {
  // An empty Bearer only asks for the challenge; nothing was decided.
  if (refusal.code === 'no_token') return refusal
  const { code } = refusal
  call.gate.log?.record({ kind: 'refused', ...call.asked, code })
  noteDecided(call, code, undefined)
  return refusal
}

/** What a look at the partner's document may change. */
export const LEARNABLE: readonly RefusalCode[] = ['key_unknown', 'keys_stale']

// Calculated once where the token is remembered: it takes longer than all else that is done for one that came before.
function hashOf({ token, read }: Shown): string {
  if (read === undefined || !read.ok) return tokenHash(token)
  const { note } = read.value
  note.hash ??= tokenHash(token)
  return note.hash
}

function shownIn(
  rawHeaders: readonly string[],
  memory: TokenMemory | undefined,
  last: Shown | undefined,
): Shown | Refusal {
  const at = placeOfAuthorization(rawHeaders)
  if (at === SEVERAL) return refuseSeveral(rawHeaders)
  const header = at === NONE ? '' : (rawHeaders[at] ?? '')
  if (last !== undefined && last.header === header && last.memory === memory) return last
  const token = bearerToken(header)
  return token.ok ? { header, token: token.value, read: memory?.read(token.value), memory } : token
}

const NONE = -1
const SEVERAL = -2

// Node keeps the first of several in `headers`, and makes a list of every header for `headersDistinct`.
function placeOfAuthorization(rawHeaders: readonly string[]): number {
  let at = NONE
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (isAuthorization(rawHeaders[i])) at = at === NONE ? i + 1 : SEVERAL
  return at
}

function isAuthorization(name = ''): boolean {
  return (
    name.length === AUTHORIZATION.length && (name === AUTHORIZATION || name.toLowerCase() === AUTHORIZATION)
  )
}

const AUTHORIZATION = 'authorization'

function refuseSeveral(rawHeaders: readonly string[]): Refusal {
  const count = rawHeaders.filter((name, i) => i % 2 === 0 && isAuthorization(name)).length
  return refuse('several_credentials', { at: 'Authorization', expected: 'one', seen: `${count}` })
}

const SCHEME = 'bearer '

/** The one token of the Authorization header; an empty Bearer, or another scheme, is `no_token`. */
function bearerToken(header: string): Outcome<string> {
  const isBearer = header.slice(0, SCHEME.length).toLowerCase() === SCHEME
  const token = header.slice(SCHEME.length)
  if (!isBearer || token.trim() === '') return refuse('no_token', { at: 'Authorization' })
  if (token.includes(' ')) {
    return refuse('token_not_jwt', { at: 'Authorization', expected: 'Bearer, one space, one token' })
  }
  return accept(token)
}
