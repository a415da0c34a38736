/** Management scopes, role assignments and rights to impersonate, kept in SQL. */
import type { Insertable, Kysely, Selectable } from 'kysely'
import type {
  AssignmentScope,
  ImpersonationGrant,
  ManagementScope,
  ManagementStore,
  RoleAssignment,
} from '../products/exchange/rbac/management.ts'
import { fold } from '../trust/directory-names.ts'
import { type Member, written } from '../trust/groups.ts'
import type { Schema } from './schema.ts'

/** Opens the store of Exchange's management on a database that has its tables. */
export function openManagementStore(db: Kysely<Schema>): ManagementStore {
  return {
    async scopes() {
      const rows = await db.selectFrom('managementScopes').selectAll().orderBy('seq').execute()
      return rows.map(scopeOf)
    },
    async addScope(scope) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('managementScopes')
        .values(scopeRow(scope))
        .onConflict((conflict) => conflict.column('nameKey').doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'taken'
    },
    async replaceScope(name, scope) {
      const { numUpdatedRows } = await db
        .updateTable('managementScopes')
        .set(scopeRow(scope))
        .where('nameKey', '=', fold(name))
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n ? 'replaced' : 'missing'
    },
    async removeScope(name) {
      const { numDeletedRows } = await db
        .deleteFrom('managementScopes')
        .where('nameKey', '=', fold(name))
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n ? 'removed' : 'missing'
    },

    async assignments() {
      const rows = await db.selectFrom('roleAssignments').selectAll().orderBy('seq').execute()
      return rows.map(assignmentOf)
    },
    addAssignments: (assignments) =>
      db.transaction().execute(async (tx) => {
        const keys = assignments.map(({ name }) => fold(name))
        const taken = await tx
          .selectFrom('roleAssignments')
          .select('seq')
          .where('nameKey', 'in', keys)
          .executeTakeFirst()
        if (taken !== undefined || new Set(keys).size < keys.length) return 'taken'
        for (const assignment of assignments) {
          await tx.insertInto('roleAssignments').values(assignmentRow(assignment)).execute()
        }
        return 'added'
      }),
    async replaceAssignment(name, assignment) {
      const { numUpdatedRows } = await db
        .updateTable('roleAssignments')
        .set(assignmentRow(assignment))
        .where('nameKey', '=', fold(name))
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n ? 'replaced' : 'missing'
    },
    async removeAssignments(names) {
      await db.deleteFrom('roleAssignments').where('nameKey', 'in', names.map(fold)).execute()
    },

    async grants() {
      const rows = await db.selectFrom('impersonationGrants').selectAll().orderBy('seq').execute()
      return rows.map(grantOf)
    },
    async addGrant(grant) {
      await db.insertInto('impersonationGrants').values(grantRow(grant)).execute()
    },
    async removeGrant(id) {
      const { numDeletedRows } = await db
        .deleteFrom('impersonationGrants')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n ? 'removed' : 'missing'
    },
  }
}

function scopeRow(scope: ManagementScope): Insertable<Schema['managementScopes']> {
  const { name, recipientFilter, recipientRoot, exclusive } = scope
  return { name, nameKey: fold(name), recipientFilter, recipientRoot: recipientRoot ?? null, exclusive }
}

function scopeOf(row: Selectable<Schema['managementScopes']>): ManagementScope {
  const { name, recipientFilter, recipientRoot } = row
  return {
    name,
    recipientFilter,
    ...(recipientRoot !== null && { recipientRoot }),
    exclusive: row.exclusive === 1,
  }
}

function assignmentRow(assignment: RoleAssignment): Insertable<Schema['roleAssignments']> {
  const { name, role, assignee, scope, delegating, enabled } = assignment
  return {
    name,
    nameKey: fold(name),
    role,
    assigneeKind: assignee.kind,
    assignee: written(assignee),
    scopeKind: scope.kind,
    scope: scope.kind === 'none' ? null : scope.scope,
    delegating,
    enabled,
  }
}

function assignmentOf(row: Selectable<Schema['roleAssignments']>): RoleAssignment {
  return {
    name: row.name,
    role: row.role,
    assignee: memberOf(row.assigneeKind, row.assignee),
    scope: assignmentScopeOf(row.scopeKind, row.scope),
    delegating: row.delegating === 1,
    enabled: row.enabled === 1,
  }
}

function assignmentScopeOf(kind: AssignmentScope['kind'], scope: string | null): AssignmentScope {
  if (kind === 'none') return { kind }
  if (scope === null) throw new Error(`an assignment with a scope of the kind ${kind} names it`)
  return { kind, scope }
}

function grantRow({
  id,
  right,
  on,
  trustee,
  deny,
}: ImpersonationGrant): Insertable<Schema['impersonationGrants']> {
  return {
    id,
    accessRight: right,
    objectKind: on.kind,
    object: on.kind === 'server' ? null : on.kind === 'database' ? on.name : on.sid,
    trusteeKind: trustee.kind,
    trustee: written(trustee),
    deny,
  }
}

function grantOf(row: Selectable<Schema['impersonationGrants']>): ImpersonationGrant {
  return {
    id: row.id,
    right: row.accessRight,
    on: objectOf(row.objectKind, row.object),
    trustee: memberOf(row.trusteeKind, row.trustee),
    deny: row.deny === 1,
  }
}

function objectOf(kind: ImpersonationGrant['on']['kind'], object: string | null): ImpersonationGrant['on'] {
  if (kind === 'server') return { kind }
  if (object === null) throw new Error(`a right on one ${kind} names it`)
  return kind === 'database' ? { kind, name: object } : { kind, sid: object }
}

function memberOf(kind: Member['kind'], member: string): Member {
  return kind === 'account' ? { kind, sid: member } : { kind, name: member }
}
