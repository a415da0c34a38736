/** Whom a token stands for: what `admit` says of it, and the one user of the directory that it names. */
import { type Accepted, accept, type Outcome } from '../protocol/outcome.ts'
import type { Principal } from '../protocol/principal.ts'
import { type Admitted, admit, isAsThen } from './admit.ts'
import { refuseConsent } from './authorize.ts'
import type { Situation } from './checks.ts'
import { type DirectoryStore, resolveUser, type User } from './directory.ts'
import type { Partner } from './partner.ts'
import type { Note, ReadToken } from './token-memory.ts'

/** Who shows a token. It is remembered with the token, so it is never changed. */
export interface TokenCaller {
  readonly partner: Partner
  /** The application that asks, where a trust broker vouches for it; absent: the partner itself. */
  readonly application?: Principal
  /** The token server that issued its actor token; absent: it signed that itself. */
  readonly issuedBy?: Partner
  /** The token's user. */
  readonly user?: User
}

/** Where users are looked up; one without a version is asked each time. */
export type UserDirectory = Pick<DirectoryStore, 'find'> & Partial<Pick<DirectoryStore, 'version'>>

// In letters of its JSON. What is remembered of a token is reckoned with a record no larger (token-memory.ts); of a larger one, which
// an administrator can make a hundred times as large, nothing is remembered.
const LARGEST_RECORD = 1_024

/** The user that a token was resolved to, and all that this came of. */
export interface Resolution {
  /** Its claims of the user are what was looked up, its partner says by which of them. */
  readonly admitted: Admitted
  readonly user: User
  readonly directory: UserDirectory
  /** As it was before the first look. */
  readonly version: number
  readonly caller: Accepted<TokenCaller>
}

/**
 * Judges a token, and finds its user. A promise only where the directory has to be asked: what it said before is the answer for as
 * long as it says that nothing in it changed.
 *
 * @param read how the token reads, as `admit` takes it
 */
export function callerOf(
  token: string,
  situation: Situation,
  directory: UserDirectory,
  read: Outcome<ReadToken> | undefined,
): Outcome<TokenCaller> | Promise<Outcome<TokenCaller>> {
  const note = read?.ok ? read.value.note : undefined
  // Before any look: what a look finds while a change is under way counts for the number before.
  const version = directory.version?.()
  const same = note && callerAsThen(note, situation, directory, version)
  if (same !== undefined) return same
  const judged = admit(token, situation, read)
  if (!judged.ok) return judged
  const admitted = judged.value
  if (admitted.user === undefined) return accept(callerFor(admitted, undefined))
  const before = note?.resolution
  if (before === undefined || !isAskedAgain(before, admitted, directory, version))
    return lookUp(admitted, directory, version, note)
  return withUser(admitted, before.user, directory, version, note)
}

// Who shows the token now, if nothing that the last answer came of is another: the shortest way to the same answer.
function callerAsThen(
  { verdict, resolution }: Note,
  situation: Situation,
  directory: UserDirectory,
  version: number | undefined,
): Accepted<TokenCaller> | undefined {
  if (verdict === undefined || resolution === undefined) return undefined
  // An admitted token is one object for as long as its verdict stands, so the caller was made of this one.
  const isSame =
    resolution.admitted === verdict.admitted &&
    resolution.directory === directory &&
    resolution.version === version &&
    isAsThen(verdict, situation)
  return isSame ? resolution.caller : undefined
}

// Whether the directory would be asked what it was asked before, and has not changed since.
function isAskedAgain(
  before: Resolution,
  { user, partner }: Admitted,
  directory: UserDirectory,
  version: number | undefined,
): boolean {
  return (
    before.version === version &&
    before.directory === directory &&
    before.admitted.user === user &&
    before.admitted.partner.acceptSids === partner.acceptSids
  )
}

async function lookUp(
  admitted: Admitted,
  directory: UserDirectory,
  version: number | undefined,
  note: Note | undefined,
): Promise<Outcome<TokenCaller>> {
  const resolved = await resolveUser(directory, admitted.user ?? {}, admitted.partner)
  if (!resolved.ok) return resolved
  const isSmall = JSON.stringify(resolved.value).length <= LARGEST_RECORD
  return withUser(admitted, resolved.value, directory, version, isSmall ? note : undefined)
}

function withUser(
  admitted: Admitted,
  user: User,
  directory: UserDirectory,
  version: number | undefined,
  note: Note | undefined,
): Outcome<TokenCaller> {
  const refusal = refuseConsent(admitted.consent, user)
  if (refusal !== undefined) return refusal
  const caller = accept(callerFor(admitted, user))
  if (note !== undefined && version !== undefined)
    note.resolution = { admitted, user, directory, version, caller }
  return caller
}

// Member by member, as in `passAll`.
function callerFor({ partner, application, issuedBy }: Admitted, user: User | undefined): TokenCaller {
  const caller: { -readonly [Member in keyof TokenCaller]: TokenCaller[Member] } = { partner }
  if (application !== undefined) caller.application = application
  if (issuedBy !== undefined) caller.issuedBy = issuedBy
  if (user !== undefined) caller.user = user
  return caller
}
