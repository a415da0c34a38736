/** Who may do what with the site: application principals with their grants, site groups with their members, and the store of both. */
import type { EpochSeconds } from '../../../protocol/ids.ts'
import type { PermissionLevel, Right, Scope } from './rights.ts'

/** An application as the site knows it. Its token says the same name in `nameid`. */
export interface AppPrincipal {
  /** `<application id>@<realm>`, unique, compared exactly. */
  readonly nameIdentifier: string
  readonly displayName: string
  /** Whether it may act as itself, without a user (EnableAppOnlyPolicy). */
  readonly appOnly: boolean
  /** At most one right at each scope. */
  readonly permissions: readonly Permission[]
  readonly createdAt: EpochSeconds
}

export interface Permission {
  readonly scope: Scope
  readonly right: Right
}

export interface SiteGroup {
  /** Unique in any case. */
  readonly name: string
  readonly level: PermissionLevel
  /** SIDs in lower case, or `EVERYONE`. */
  readonly members: readonly string[]
}

/** The member of a site group that stands for every user there is. */
export const EVERYONE = 'everyone'

/** Where both are kept. Each call is one transaction; texts are compared exactly but for the names of groups. */
export interface SiteAccessStore {
  /** In the order they were registered. */
  principals(): Promise<AppPrincipal[]>
  principal(nameIdentifier: string): Promise<AppPrincipal | undefined>
  addPrincipal(
    principal: Pick<AppPrincipal, 'nameIdentifier' | 'displayName' | 'createdAt'>,
  ): Promise<'added' | 'exists'>
  /** With everything it was granted. */
  removePrincipal(nameIdentifier: string): Promise<'removed' | 'missing'>
  /** Its right at this scope is this one from now on; `appOnly` stays as it is where it is absent. */
  grant(nameIdentifier: string, grant: Permission, appOnly?: boolean): Promise<'granted' | 'missing'>
  /** Takes away its right at this scope, or at every scope; `appOnly` as with `grant`. */
  revoke(nameIdentifier: string, scope: Scope | undefined, appOnly?: boolean): Promise<'revoked' | 'missing'>

  /** In the order they were made. */
  groups(): Promise<SiteGroup[]>
  addGroup(group: Pick<SiteGroup, 'name' | 'level'>): Promise<'added' | 'exists'>
  removeGroup(name: string): Promise<'removed' | 'missing'>
  addMember(name: string, member: string): Promise<'added' | 'exists' | 'missing'>
  removeMember(name: string, member: string): Promise<'removed' | 'no member' | 'missing'>
  /** The groups that a user is in, by name or because everyone is. */
  groupsOf(sid: string): Promise<SiteGroup[]>
}
