/** What Lync's Storage Service keeps, in SQL. */
import type { Kysely } from 'kysely'
import type { SettingsStore } from '../products/lync/settings.ts'
import { type FailureStore, MOST_FAILURES } from '../products/lync/storage-failure.ts'
import type { StorageServiceStore } from '../products/lync/storage-service.ts'
import { comparable } from '../trust/directory.ts'
import { openContactStore } from './contact-store.ts'
import { openConversationStore } from './conversation-store.ts'
import type { Schema } from './schema.ts'

/** Opens it on a database that has its tables. */
export function openStorageServiceStore(db: Kysely<Schema>): StorageServiceStore {
  return {
    failures: failuresOf(db),
    settings: settingsOf(db),
    conversations: openConversationStore(db),
    contacts: openContactStore(db),
  }
}

function failuresOf(db: Kysely<Schema>): FailureStore {
  return {
    add: ({ endpointStatusTime, endpointStatusDetail, ...failure }) =>
      db.transaction().execute(async (tx) => {
        const { seq } = await tx
          .insertInto('storageFailures')
          .values({
            ...failure,
            sipKey: comparable('sip', failure.sipUri),
            time: endpointStatusTime,
            detail: endpointStatusDetail,
          })
          .returning('seq')
          .executeTakeFirstOrThrow()
        await tx
          .deleteFrom('storageFailures')
          .where('seq', '<=', seq - MOST_FAILURES)
          .execute()
      }),

    async find({ adapterId, sipUri, startTime, endTime, component }, limit) {
      let query = db.selectFrom('storageFailures').selectAll()
      if (adapterId !== undefined) query = query.where('adapterId', '=', adapterId)
      if (sipUri !== undefined) query = query.where('sipKey', '=', comparable('sip', sipUri))
      if (startTime !== undefined) query = query.where('time', '>=', startTime)
      if (endTime !== undefined) query = query.where('time', '<=', endTime)
      if (component !== undefined) query = query.where('component', '=', component)
      const rows = await query.orderBy('seq', 'desc').limit(limit).execute()
      return rows.map(
        ({ adapterId: adapter, endpointId, time, detail, other, component: part, sipUri: sip }) => ({
          adapterId: adapter,
          endpointId,
          endpointStatusTime: time,
          endpointStatusDetail: detail,
          other,
          component: part,
          sipUri: sip,
        }),
      )
    },
  }
}

function settingsOf(db: Kysely<Schema>): SettingsStore {
  const read = async (from: Kysely<Schema>, name: string): Promise<Record<string, unknown>> => {
    const row = await from
      .selectFrom('lyncSettings')
      .select('members')
      .where('name', '=', name)
      .executeTakeFirst()
    // Nothing but `change` ever wrote there.
    return row === undefined ? {} : (JSON.parse(row.members) as Record<string, unknown>)
  }
  return {
    read: (name) => read(db, name),
    change: (name, members) =>
      db.transaction().execute(async (tx) => {
        const all = { ...(await read(tx, name)), ...members }
        const text = JSON.stringify(all)
        await tx
          .insertInto('lyncSettings')
          .values({ name, members: text })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ members: text }))
          .execute()
        return all
      }),
  }
}
