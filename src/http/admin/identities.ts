/** How administrators name accounts and groups in the REST, and the problems when a name is nobody's or several people's. */
import { accountDistinguishedName, aliasOf, nameOf } from '../../trust/account.ts'
import type { Changed } from '../../trust/change.ts'
import type { DirectoryStore, User } from '../../trust/directory.ts'
import { fold } from '../../trust/directory-names.ts'
import { findGroup, type Groups, type Member } from '../../trust/groups.ts'
import { ProblemError } from './route.ts'

/** Where names are looked up. */
export interface Identities {
  readonly directory: DirectoryStore
  readonly groups: Groups
}

/**
 * The one account that a SID, a UPN or an SMTP address names or, if there is none, a name, an alias or a distinguished name.
 * Throws a problem about the member `path` otherwise.
 */
export async function accountNamed(directory: DirectoryStore, path: string, text: string): Promise<User> {
  const found = await accountsNamed(directory, text)
  const [account] = found
  if (account !== undefined && found.length === 1) return account
  throw faultIn(path, 'the SID, UPN, SMTP address or name of one account', seen(text, found))
}

/** The one account or group that a text names; an account comes before a group of the same name. */
export async function memberNamed(
  { directory, groups }: Identities,
  path: string,
  text: string,
): Promise<Member> {
  const found = await accountsNamed(directory, text)
  const [account] = found
  if (account !== undefined && found.length === 1) return { kind: 'account', sid: account.sid }
  const group = findGroup(groups.current(), text)
  if (group !== undefined && account === undefined) return { kind: 'group', name: group.name }
  throw faultIn(path, 'the SID, UPN, SMTP address or name of one account, or a group', seen(text, found))
}

/** Of a member that is to be taken away: also one whose account is gone. */
export async function formerMember(identities: Identities, path: string, text: string): Promise<Member> {
  if (/^S-1-/i.test(text)) return { kind: 'account', sid: text }
  return memberNamed(identities, path, text)
}

async function accountsNamed(directory: DirectoryStore, text: string): Promise<readonly User[]> {
  for (const key of ['sid', 'upn', 'smtp'] as const) {
    const found = await directory.find(key, text)
    if (found.length > 0) return found
  }
  const wanted = fold(text)
  return (await directory.list()).filter((user) =>
    [nameOf(user), aliasOf(user), accountDistinguishedName(user)].some((name) => fold(name) === wanted),
  )
}

function seen(text: string, found: readonly User[]): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return found.length > 1 ? `${shown}, which ${found.length} accounts have` : shown
}

/** A member of the body that the schema lets through and the directory does not. */
export function faultIn(path: string, expected: string, saw: string): ProblemError {
  const detail = `expected ${expected}, saw ${saw}`
  return new ProblemError({
    status: 422,
    title: 'The input is not usable',
    detail: `${path}: ${detail}`,
    errors: [{ path, detail }],
  })
}

const STATUS = { missing: 404, taken: 409, 'in use': 409, unusable: 422 } as const
const TITLE = {
  missing: 'There is none of this name',
  taken: 'There is one already',
  'in use': 'Something else depends on it',
  unusable: 'The input is not usable',
} as const

/** What a change came to; throws the problem when nothing was changed. */
export function unwrapChange<T>(changed: Changed<T>): T {
  if (changed.ok) return changed.value
  const { why, at, expected, seen: saw } = changed
  const detail = `expected ${expected}, saw ${saw}`
  throw new ProblemError({
    status: STATUS[why],
    title: TITLE[why],
    detail: `${at}: ${detail}`,
    errors: [{ path: at, detail }],
  })
}
