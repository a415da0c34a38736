/** A small organization: accounts, groups, and states to decide from. */
import type { AuthorizationState, ReadScope } from '../../../../src/products/exchange/rbac/evaluate.ts'
import { prepareFilter } from '../../../../src/products/exchange/rbac/filter.ts'
import type { ManagementScope } from '../../../../src/products/exchange/rbac/management.ts'
import { readFilter } from '../../../../src/products/exchange/rbac/opath.ts'
import type { User } from '../../../../src/trust/directory.ts'
import { fold } from '../../../../src/trust/directory-names.ts'
import { type Group, groupState, type Member } from '../../../../src/trust/groups.ts'

const DOMAIN = 'S-1-5-21-1-2-3'
export const sid = (number: number) => `${DOMAIN}-${number}`

export function account(number: number, name: string, change: Partial<User> = {}): User {
  return {
    sid: sid(number),
    upn: `${name}@litwareinc.com`,
    smtp: `${name}@litwareinc.com`,
    displayName: name,
    enabled: true,
    mailboxEnabled: true,
    archivingEnabled: true,
    ...change,
  }
}

export const person = (one: User): Member => ({ kind: 'account', sid: one.sid })
export const team = (name: string): Member => ({ kind: 'group', name })
export const group = (name: string, ...members: Member[]): Group => ({
  name,
  organizationalUnit: 'litwareinc.com/Users',
  members,
})

export function scope(
  name: string,
  recipientFilter: string,
  change: Partial<ManagementScope> = {},
): ReadScope {
  const read = readFilter(recipientFilter)
  if (!read.ok) throw new Error(`${read.position}: expected ${read.expected}`)
  return { name, recipientFilter, exclusive: false, ...change, holds: prepareFilter(read.filter) }
}

export function state(
  change: Partial<Omit<AuthorizationState, 'groups' | 'scopes'>> & {
    readonly groups?: readonly Group[]
    readonly scopes?: readonly ReadScope[]
  } = {},
): AuthorizationState {
  const { groups = [], scopes = [], assignments = [], grants = [] } = change
  return {
    groups: groupState(groups),
    scopes: new Map(scopes.map((one) => [fold(one.name), one])),
    assignments,
    grants,
  }
}
