/** Conversations that the Storage Service writes, kept in SQL. */
import type { Kysely, Selectable, Transaction } from 'kysely'
import {
  type Conversation,
  type ConversationStore,
  MOST_CONVERSATIONS,
  MOST_WAITING,
} from '../products/lync/conversation.ts'
import { comparable } from '../trust/directory.ts'
import type { Schema } from './schema.ts'

type Row = Selectable<Schema['conversations']>

/** Opens the store on a database that has its tables. */
export function openConversationStore(db: Kysely<Schema>): ConversationStore {
  const rowOf = (from: Kysely<Schema>, id: string) =>
    from.selectFrom('conversations').selectAll().where('id', '=', id).executeTakeFirst()
  return {
    say: (saying) =>
      db.transaction().execute(async (tx) => {
        const { waiting } = await tx
          .selectFrom('conversationMessages')
          .select((eb) => eb.fn.countAll<number>().as('waiting'))
          .executeTakeFirstOrThrow()
        if (waiting + saying.messages.length > MOST_WAITING) return 'full'
        const row = (await rowOf(tx, saying.id)) ?? (await begin(tx, saying))
        await join(tx, row, saying.participants)
        const messages = saying.messages.map((message, i) => ({
          ...message,
          conversation: row.seq,
          number: row.lastMessage + i + 1,
        }))
        for (const message of messages) await tx.insertInto('conversationMessages').values(message).execute()
        const lastMessage = row.lastMessage + messages.length
        await tx.updateTable('conversations').set({ lastMessage }).where('seq', '=', row.seq).execute()
        return conversationOf(tx, { ...row, lastMessage })
      }),

    async find(id) {
      const row = await rowOf(db, id)
      return row && conversationOf(db, row)
    },

    async list(limit, { waiting }) {
      let query = db.selectFrom('conversations').selectAll()
      if (waiting) {
        query = query.where((eb) =>
          eb.exists(
            eb
              .selectFrom('conversationMessages')
              .select('number')
              .whereRef('conversationMessages.conversation', '=', 'conversations.seq'),
          ),
        )
      }
      const rows = await query.orderBy('seq', 'desc').limit(limit).execute()
      return Promise.all(rows.map((row) => conversationOf(db, row)))
    },

    messages: (id, after) =>
      db
        .selectFrom('conversationMessages')
        .innerJoin('conversations', 'conversations.seq', 'conversationMessages.conversation')
        .select(['number', 'sender', 'time', 'text'])
        .where('conversations.id', '=', id)
        .where('number', '>', after)
        .orderBy('number')
        .execute(),

    settle: (id, sipUri, place, through) =>
      db.transaction().execute(async (tx) => {
        const row = await rowOf(tx, id)
        if (row === undefined) return
        await tx
          .updateTable('conversationParticipants')
          .set({ [place]: through })
          .where('conversation', '=', row.seq)
          .where('sipKey', '=', comparable('sip', sipUri))
          .where(place, '<', through)
          .execute()
        await dropSettled(tx, row.seq)
      }),

    withdraw: (id, after) =>
      db.transaction().execute(async (tx) => {
        const row = await rowOf(tx, id)
        if (row === undefined) return
        await tx
          .deleteFrom('conversationMessages')
          .where('conversation', '=', row.seq)
          .where('number', '>', after)
          .execute()
        // Who has all that is left has all there is; who waits for messages of before goes on waiting.
        for (const place of ['history', 'archive'] as const) {
          await tx
            .updateTable('conversationParticipants')
            .set({ [place]: row.lastMessage })
            .where('conversation', '=', row.seq)
            .where(place, '>=', after)
            .execute()
        }
      }),
  }
}

async function begin(
  tx: Transaction<Schema>,
  { id, subject, modality, at }: Parameters<ConversationStore['say']>[0],
): Promise<Row> {
  const row = await tx
    .insertInto('conversations')
    .values({ id, subject, modality, startedAt: at, lastMessage: 0 })
    .returningAll()
    .executeTakeFirstOrThrow()
  await tx
    .deleteFrom('conversations')
    .where('seq', '<=', row.seq - MOST_CONVERSATIONS)
    .where('seq', 'not in', (eb) => eb.selectFrom('conversationMessages').select('conversation'))
    .execute()
  return row
}

async function join(tx: Transaction<Schema>, row: Row, participants: readonly string[]): Promise<void> {
  const { last } = await tx
    .selectFrom('conversationParticipants')
    .select((eb) => eb.fn.max('position').as('last'))
    .where('conversation', '=', row.seq)
    .executeTakeFirstOrThrow()
  let position = last ?? 0
  for (const sipUri of participants) {
    position += 1
    await tx
      .insertInto('conversationParticipants')
      .values({
        conversation: row.seq,
        position,
        sipUri,
        sipKey: comparable('sip', sipUri),
        history: row.lastMessage,
        archive: row.lastMessage,
      })
      .onConflict((conflict) => conflict.columns(['conversation', 'sipKey']).doNothing())
      .execute()
  }
}

async function dropSettled(tx: Transaction<Schema>, conversation: number): Promise<void> {
  const { history, archive } = await tx
    .selectFrom('conversationParticipants')
    .select((eb) => [eb.fn.min('history').as('history'), eb.fn.min('archive').as('archive')])
    .where('conversation', '=', conversation)
    .executeTakeFirstOrThrow()
  await tx
    .deleteFrom('conversationMessages')
    .where('conversation', '=', conversation)
    .where('number', '<=', Math.min(history, archive))
    .execute()
}

async function conversationOf(from: Kysely<Schema>, row: Row): Promise<Conversation> {
  const { seq, ...conversation } = row
  const participants = await from
    .selectFrom('conversationParticipants')
    .select(['sipUri', 'history', 'archive'])
    .where('conversation', '=', seq)
    .orderBy('position')
    .execute()
  return {
    ...conversation,
    participants: participants.map(({ sipUri, history, archive }) => ({
      sipUri,
      through: { history, archive },
    })),
  }
}
