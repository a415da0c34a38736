/** The tables of groups, and of who may do what at Exchange, as Kysely sees them. */
import type { AssignmentScope, ImpersonationGrant } from '../products/exchange/rbac/management.ts'
import type { RoleName } from '../products/exchange/rbac/roles.ts'
import type { Member } from '../trust/groups.ts'
import type { Flag, Seq } from './column-types.ts'

interface GroupTable {
  seq: Seq
  name: string
  /** The name folded. */
  nameKey: string
  organizationalUnit: string
}

interface GroupMemberTable {
  /** `seq` of the group. */
  group: number
  position: number
  kind: Member['kind']
  /** A SID, or a group's name. */
  member: string
  /** `memberKey`. */
  memberKey: string
}

interface ManagementScopeTable {
  seq: Seq
  name: string
  nameKey: string
  recipientFilter: string
  recipientRoot: string | null
  exclusive: Flag
}

interface RoleAssignmentTable {
  seq: Seq
  name: string
  nameKey: string
  role: RoleName
  assigneeKind: Member['kind']
  assignee: string
  scopeKind: AssignmentScope['kind']
  /** Name of a management scope, or canonical name of a container. */
  scope: string | null
  delegating: Flag
  enabled: Flag
}

interface ImpersonationGrantTable {
  seq: Seq
  id: string
  accessRight: ImpersonationGrant['right']
  objectKind: ImpersonationGrant['on']['kind']
  /** Name of a database, or SID of an account. */
  object: string | null
  trusteeKind: Member['kind']
  trustee: string
  deny: Flag
}

export interface AuthorizationSchema {
  groups: GroupTable
  groupMembers: GroupMemberTable
  managementScopes: ManagementScopeTable
  roleAssignments: RoleAssignmentTable
  impersonationGrants: ImpersonationGrantTable
}
