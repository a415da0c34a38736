/** The groups of a directory and their members, kept in SQL. */
import type { Kysely, Transaction } from 'kysely'
import { fold } from '../trust/directory-names.ts'
import { type Group, type GroupStore, type Member, memberKey, written } from '../trust/groups.ts'
import type { Schema } from './schema.ts'

/** Opens the groups on a database that has its tables. */
export function openGroupStore(db: Kysely<Schema>): GroupStore {
  return {
    async all() {
      const groups = await db.selectFrom('groups').selectAll().orderBy('seq').execute()
      const members = new Map<number, Member[]>(groups.map(({ seq }) => [seq, []]))
      const rows = await db.selectFrom('groupMembers').selectAll().orderBy('position').execute()
      for (const { group, kind, member } of rows) {
        members.get(group)?.push(kind === 'account' ? { kind, sid: member } : { kind, name: member })
      }
      return groups.map(({ seq, name, organizationalUnit }) => ({
        name,
        organizationalUnit,
        members: members.get(seq) ?? [],
      }))
    },

    add: (group) =>
      db.transaction().execute(async (tx) => {
        const { name, organizationalUnit } = group
        const row = await tx
          .insertInto('groups')
          .values({ name, nameKey: fold(name), organizationalUnit })
          .onConflict((conflict) => conflict.column('nameKey').doNothing())
          .returning('seq')
          .executeTakeFirst()
        if (row === undefined) return 'taken'
        await addMembers(tx, row.seq, group)
        return 'added'
      }),

    replace: (group) =>
      db.transaction().execute(async (tx) => {
        const { name, organizationalUnit } = group
        const row = await tx
          .updateTable('groups')
          .set({ name, organizationalUnit })
          .where('nameKey', '=', fold(name))
          .returning('seq')
          .executeTakeFirst()
        if (row === undefined) return 'missing'
        await tx.deleteFrom('groupMembers').where('group', '=', row.seq).execute()
        await addMembers(tx, row.seq, group)
        return 'replaced'
      }),

    remove: (name) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('groups')
          .where('nameKey', '=', fold(name))
          .executeTakeFirstOrThrow()
        const key = memberKey({ kind: 'group', name })
        await tx.deleteFrom('groupMembers').where('memberKey', '=', key).execute()
        return numDeletedRows === 1n ? 'removed' : 'missing'
      }),
  }
}

async function addMembers(tx: Transaction<Schema>, group: number, { members }: Group): Promise<void> {
  for (const [position, member] of members.entries()) {
    const row = { group, position, kind: member.kind, member: written(member), memberKey: memberKey(member) }
    await tx.insertInto('groupMembers').values(row).execute()
  }
}
