/** How administrators name accounts and groups in the REST, and the problems when a name is nobody's or several people's. */
import { accountDistinguishedName, aliasOf, nameOf } from '../../trust/account.ts'
import type { Changed } from '../../trust/change.ts'
import type { DirectoryStore, User } from '../../trust/directory.ts'
import { fold } from '../../trust/directory-names.ts'
import { findGroup, type Groups, type Member } from '../../trust/groups.ts'
import { looksLikeSid, readSid } from '../../trust/sid.ts'
import { ProblemError } from './route.ts'

/** Where names are looked up. */
export interface Identities {
  readonly directory: DirectoryStore
  readonly groups: Groups
}

/** The one account that a text names (`accountsNamed`). Throws a problem about the member `path` otherwise. */
export async function accountNamed(directory: DirectoryStore, path: string, text: string): Promise<User> {
  const account = onlyOne(await accountsNamed(directory, text), path, text)
  if (account !== undefined) return account
  throw faultIn(path, 'the SID, UPN, SMTP address or name of one account', cut(text))
}

/** The one account or group that a text names; an account comes before a group of the same name. */
export async function memberNamed(
  { directory, groups }: Identities,
  path: string,
  text: string,
): Promise<Member> {
  const account = onlyOne(await accountsNamed(directory, text), path, text)
  if (account !== undefined) return { kind: 'account', sid: account.sid }
  const group = findGroup(groups.current(), text)
  if (group !== undefined) return { kind: 'group', name: group.name }
  throw faultIn(path, 'the SID, UPN, SMTP address or name of one account, or a group', cut(text))
}

/** Of a member that is to be taken away: also one whose account is gone. */
export async function formerMember(identities: Identities, path: string, text: string): Promise<Member> {
  if (looksLikeSid(text)) return { kind: 'account', sid: readSid(text) ?? text }
  return memberNamed(identities, path, text)
}

/**
 * Every account that a text names: by its SID, or else by its UPN or SMTP address or, where nobody has such an address, by its
 * name, alias or distinguished name. One account's UPN may be another's SMTP address: it names both.
 */
export async function accountsNamed(directory: DirectoryStore, text: string): Promise<readonly User[]> {
  if (looksLikeSid(text)) return directory.find('sid', readSid(text) ?? text)
  const byUpn = await directory.find('upn', text)
  const bySmtp = await directory.find('smtp', text)
  const found = [...byUpn, ...bySmtp.filter(({ sid }) => !byUpn.some((one) => one.sid === sid))]
  if (found.length > 0) return found
  const wanted = fold(text)
  return (await directory.list()).filter((user) =>
    [nameOf(user), aliasOf(user), accountDistinguishedName(user)].some((name) => fold(name) === wanted),
  )
}

/** The account that was found; undefined if there is none. Several are a conflict that is never decided by choice. */
export function onlyOne(found: readonly User[], path: string, text: string): User | undefined {
  const [account, ...others] = found
  if (others.length === 0) return account
  const detail = `expected one account, saw ${found.length} with ${cut(text)}`
  throw new ProblemError({
    status: 409,
    title: 'The name is that of several accounts',
    detail: `${path}: ${detail}`,
    errors: [{ path, detail }],
  })
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
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
