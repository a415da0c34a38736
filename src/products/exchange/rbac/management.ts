/** What administrators of Exchange write down about who may do what: scopes, role assignments, rights to impersonate. */
import type { Member } from '../../../trust/groups.ts'
import type { RoleName } from './roles.ts'

/** A set of recipients (New-ManagementScope). */
export interface ManagementScope {
  /** Unique without regard to case, at most 64 characters. */
  readonly name: string
  /** OPATH, as it was given: the recipients for which it holds. */
  readonly recipientFilter: string
  /** Canonical name of a container; absent: the whole organization. */
  readonly recipientRoot?: string
  /** From the moment it is there, its recipients are closed to every assignment without an exclusive scope that holds them. */
  readonly exclusive: boolean
}

/** Over whom an assignment holds. */
export type AssignmentScope =
  /** The role's own: every recipient of the organization. */
  | { readonly kind: 'none' }
  /** CustomRecipientWriteScope. */
  | { readonly kind: 'custom'; readonly scope: string }
  /** RecipientOrganizationalUnitScope: everything in a container, by its canonical name. */
  | { readonly kind: 'unit'; readonly scope: string }
  /** ExclusiveRecipientWriteScope. */
  | { readonly kind: 'exclusive'; readonly scope: string }

/** A role given to an account or a group (New-ManagementRoleAssignment). */
export interface RoleAssignment {
  /** Unique without regard to case, at most 64 characters. */
  readonly name: string
  readonly role: RoleName
  readonly assignee: Member
  readonly scope: AssignmentScope
  /** It may be handed on, and not used. */
  readonly delegating: boolean
  readonly enabled: boolean
}

/** The two rights of the 2010 model (facts/administration.md B.8). */
export const SERVER_RIGHT = 'ms-Exch-EPI-Impersonation'
export const ACCOUNT_RIGHT = 'ms-Exch-EPI-May-Impersonate'

/** A right to impersonate, given or denied to an account or a group (Add-ADPermission). */
export interface ImpersonationGrant {
  readonly id: string
  readonly right: typeof SERVER_RIGHT | typeof ACCOUNT_RIGHT
  /** The first right stands on the server alone; the second on a mailbox database or on the account to be impersonated. */
  readonly on:
    | { readonly kind: 'server' }
    | { readonly kind: 'database'; readonly name: string }
    | { readonly kind: 'account'; readonly sid: string }
  readonly trustee: Member
  readonly deny: boolean
}

/** Where all of it is kept. */
export interface ManagementStore {
  scopes(): Promise<ManagementScope[]>
  addScope(scope: ManagementScope): Promise<'added' | 'taken'>
  /** Puts this in the place of the scope of this name. */
  replaceScope(name: string, scope: ManagementScope): Promise<'replaced' | 'missing'>
  removeScope(name: string): Promise<'removed' | 'missing'>

  assignments(): Promise<RoleAssignment[]>
  /** All of them or, if the name of one is taken, none. */
  addAssignments(assignments: readonly RoleAssignment[]): Promise<'added' | 'taken'>
  replaceAssignment(name: string, assignment: RoleAssignment): Promise<'replaced' | 'missing'>
  removeAssignments(names: readonly string[]): Promise<void>

  grants(): Promise<ImpersonationGrant[]>
  addGrant(grant: ImpersonationGrant): Promise<void>
  removeGrant(id: string): Promise<'removed' | 'missing'>
}
