/** Application principals and site groups, kept in SQL. */
import type { Kysely, Selectable } from 'kysely'
import {
  type AppPrincipal,
  EVERYONE,
  type SiteAccessStore,
  type SiteGroup,
} from '../products/sharepoint/authorization/site-access.ts'
import type { Schema } from './schema.ts'

/** Opens the store on a database that has its tables. */
export function openSiteAccessStore(db: Kysely<Schema>): SiteAccessStore {
  return { ...principalsOf(db), ...groupsOf(db) }
}

type PrincipalPart = Pick<
  SiteAccessStore,
  'principals' | 'principal' | 'addPrincipal' | 'removePrincipal' | 'grant' | 'revoke'
>
type PrincipalRow = Selectable<Schema['appPrincipals']>
type PermissionRow = Selectable<Schema['appPermissions']>

function principalsOf(db: Kysely<Schema>): PrincipalPart {
  const read = async (nameIdentifier?: string): Promise<AppPrincipal[]> => {
    const all = db
      .selectFrom('appPrincipals')
      .leftJoin('appPermissions', 'appPermissions.principal', 'appPrincipals.seq')
      .selectAll('appPrincipals')
      .select(['scope', 'granted'])
      .orderBy('seq')
      .orderBy('scope')
    const wanted = nameIdentifier === undefined ? all : all.where('nameIdentifier', '=', nameIdentifier)
    return fromRows(await wanted.execute())
  }
  return {
    principals: () => read(),
    principal: async (nameIdentifier) => (await read(nameIdentifier))[0],

    async addPrincipal({ nameIdentifier, displayName, createdAt }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('appPrincipals')
        .values({ nameIdentifier, displayName, appOnly: false, createdAt })
        .onConflict((conflict) => conflict.column('nameIdentifier').doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
    },

    async removePrincipal(nameIdentifier) {
      const { numDeletedRows } = await db
        .deleteFrom('appPrincipals')
        .where('nameIdentifier', '=', nameIdentifier)
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n ? 'removed' : 'missing'
    },

    grant: (nameIdentifier, { scope, right: granted }, appOnly) =>
      db.transaction().execute(async (tx) => {
        const principal = await touch(tx, nameIdentifier, appOnly)
        if (principal === undefined) return 'missing'
        await tx
          .insertInto('appPermissions')
          .values({ principal, scope, granted })
          .onConflict((conflict) => conflict.columns(['principal', 'scope']).doUpdateSet({ granted }))
          .execute()
        return 'granted'
      }),

    revoke: (nameIdentifier, scope, appOnly) =>
      db.transaction().execute(async (tx) => {
        const principal = await touch(tx, nameIdentifier, appOnly)
        if (principal === undefined) return 'missing'
        const granted = tx.deleteFrom('appPermissions').where('principal', '=', principal)
        await (scope === undefined ? granted : granted.where('scope', '=', scope)).execute()
        return 'revoked'
      }),
  }
}

// The principal's row, with the switch set where it is said.
async function touch(
  tx: Kysely<Schema>,
  nameIdentifier: string,
  appOnly: boolean | undefined,
): Promise<number | undefined> {
  const row = await tx
    .selectFrom('appPrincipals')
    .select('seq')
    .where('nameIdentifier', '=', nameIdentifier)
    .executeTakeFirst()
  if (row !== undefined && appOnly !== undefined)
    await tx.updateTable('appPrincipals').set({ appOnly }).where('seq', '=', row.seq).execute()
  return row?.seq
}

// A principal with several grants comes as several rows, one after the other.
function fromRows(
  rows: readonly (PrincipalRow & { [Name in 'scope' | 'granted']: PermissionRow[Name] | null })[],
) {
  const found = new Map<number, AppPrincipal & { permissions: AppPrincipal['permissions'][number][] }>()
  for (const { seq, nameIdentifier, displayName, appOnly, createdAt, scope, granted } of rows) {
    const principal = found.get(seq) ?? {
      ...{ nameIdentifier, displayName, appOnly: appOnly === 1, createdAt },
      permissions: [],
    }
    if (scope !== null && granted !== null) principal.permissions.push({ scope, right: granted })
    found.set(seq, principal)
  }
  return [...found.values()]
}

type GroupPart = Pick<
  SiteAccessStore,
  'groups' | 'addGroup' | 'removeGroup' | 'addMember' | 'removeMember' | 'groupsOf'
>

function groupsOf(db: Kysely<Schema>): GroupPart {
  const seqOf = async (from: Kysely<Schema>, name: string) =>
    (await from.selectFrom('siteGroups').select('seq').where('nameKey', '=', keyOf(name)).executeTakeFirst())
      ?.seq
  const read = () =>
    db
      .selectFrom('siteGroups')
      .leftJoin('siteGroupMembers', 'siteGroupMembers.siteGroup', 'siteGroups.seq')
      .select(['siteGroups.seq', 'siteGroups.name', 'siteGroups.level', 'siteGroupMembers.member'])
      .orderBy('seq')
      .orderBy('member')
  return {
    groups: async () => groupRows(await read().execute()),

    async addGroup({ name, level }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('siteGroups')
        .values({ name, nameKey: keyOf(name), level })
        .onConflict((conflict) => conflict.column('nameKey').doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
    },

    async removeGroup(name) {
      const { numDeletedRows } = await db
        .deleteFrom('siteGroups')
        .where('nameKey', '=', keyOf(name))
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n ? 'removed' : 'missing'
    },

    addMember: (name, member) =>
      db.transaction().execute(async (tx) => {
        const siteGroup = await seqOf(tx, name)
        if (siteGroup === undefined) return 'missing'
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('siteGroupMembers')
          .values({ siteGroup, member })
          .onConflict((conflict) => conflict.columns(['siteGroup', 'member']).doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
      }),

    removeMember: (name, member) =>
      db.transaction().execute(async (tx) => {
        const siteGroup = await seqOf(tx, name)
        if (siteGroup === undefined) return 'missing'
        const { numDeletedRows } = await tx
          .deleteFrom('siteGroupMembers')
          .where('siteGroup', '=', siteGroup)
          .where('member', '=', member)
          .executeTakeFirstOrThrow()
        return numDeletedRows === 1n ? 'removed' : 'no member'
      }),

    groupsOf: async (sid) => groupRows(await read().where('member', 'in', [sid, EVERYONE]).execute()),
  }
}

function keyOf(name: string): string {
  return name.toLowerCase()
}

type GroupRow = Pick<Selectable<Schema['siteGroups']>, 'seq' | 'name' | 'level'> & { member: string | null }

function groupRows(rows: readonly GroupRow[]): SiteGroup[] {
  const found = new Map<number, SiteGroup & { members: string[] }>()
  for (const { seq, name, level, member } of rows) {
    const group = found.get(seq) ?? { name, level, members: [] }
    if (member !== null) group.members.push(member)
    found.set(seq, group)
  }
  return [...found.values()]
}
