/** What the Storage Service writes into mailboxes, against the web service of Exchange itself. */
import type { DistinguishedFolder } from '../../../src/products/exchange/distinguished-folders.ts'
import * as ews from '../../../src/products/exchange/ews-client.ts'
import { createContactRequest } from '../../../src/products/exchange/ews-contacts-client.ts'
import {
  appendRequest,
  findItemRequest,
  readFoundItems,
  readUpdated,
} from '../../../src/products/exchange/ews-search-client.ts'
import type { Conversation } from '../../../src/products/lync/conversation.ts'
import { type ItemOrder, writeConversation } from '../../../src/products/lync/conversation-item.ts'
import { CONTACTS_FOLDER, readContacts } from '../../../src/products/lync/mailbox-contacts.ts'
import type { MailboxSession } from '../../../src/products/lync/mailbox-session.ts'
import { callFault } from '../../../src/products/partner-call.ts'
import { ken, startExchange } from '../exchange/harness.ts'

/** A session with a mailbox, and the operations that it was asked for. `before` runs ahead of each. */
function openSession(before: (operation: string) => Promise<void> = async () => undefined, user = ken) {
  const exchange = startExchange([user])
  const asked: string[] = []
  const session: MailboxSession = {
    async call(operation, request, read) {
      asked.push(operation)
      await before(operation)
      const answer = read((await exchange.ews(request, user)).body ?? '')
      return answer.ok ? answer : callFault(answer.code, answer.message, '')
    },
  }
  return { session, asked }
}

const CONVERSATION: Conversation = {
  id: '11111111-2222-4333-8444-555555555555',
  subject: '',
  modality: 'InstantMessage',
  startedAt: 1_700_000_000,
  lastMessage: 1,
  participants: [
    { sipUri: 'sip:ken@a', through: { history: 0, archive: 0 } },
    { sipUri: 'sip:pilar@a', through: { history: 0, archive: 0 } },
  ],
}
const ORDER: ItemOrder = {
  conversation: CONVERSATION,
  place: 'history',
  owner: { sipUri: 'sip:ken@a', smtp: ken.smtp! },
  messages: [],
  nameOf: (sipUri) => ({ 'sip:ken@a': 'Ken', 'sip:pilar@a': 'Pilar' })[sipUri] ?? sipUri,
  others: ['pilar@litwareinc.com'],
  searches: 3,
}
const order = (...numbers: number[]): ItemOrder => ({
  ...ORDER,
  messages: numbers.map((number) => ({
    number,
    sender: 'sip:ken@a',
    time: 1_700_000_000,
    text: `text ${number}.`,
  })),
})

async function itemsOf(session: MailboxSession, folder: DistinguishedFolder = 'conversationhistory') {
  const page = await session.call('FindItem', findItemRequest({ folder, limit: 50 }), readFoundItems)
  if (!page.ok) throw new Error(page.code)
  return Promise.all(
    page.value.items.map(async ({ id }) => {
      const item = await session.call('GetItem', ews.getItemRequest({ id }), ews.readItem)
      if (!item.ok) throw new Error(item.code)
      return item.value
    }),
  )
}

describe('a conversation in a mailbox', () => {
  test('that was written before its answer was lost is not written again', async () => {
    const { session } = openSession()
    expect(await writeConversation(order(1, 2), session)).toEqual({ ok: true, value: 'written' })
    expect(await writeConversation(order(1, 2), session)).toEqual({ ok: true, value: 'nothing new' })
    expect(await writeConversation(order(1, 2, 3), session)).toEqual({ ok: true, value: 'continued' })
    const [item, ...more] = await itemsOf(session)
    expect(more).toEqual([])
    expect(item?.body.match(/text \d\./g)).toEqual(['text 1.', 'text 2.', 'text 3.'])
  })

  test('in the archive goes on in a new item with what is missing alone, whatever was lost on the way', async () => {
    const { session, asked } = openSession(undefined, { ...ken, archivingEnabled: true })
    const archived = (...numbers: number[]): ItemOrder => ({ ...order(...numbers), place: 'archive' })
    expect(await writeConversation(archived(1), session)).toEqual({ ok: true, value: 'written' })
    expect(await writeConversation(archived(1, 2), session)).toEqual({ ok: true, value: 'written' })
    expect(await writeConversation(archived(1, 2), session)).toEqual({ ok: true, value: 'nothing new' })
    expect(asked).not.toContain('UpdateItem')
    const items = await itemsOf(session, 'recoverableitemspurges')
    expect(items.map(({ body }) => body.match(/text \d\./g)).sort()).toEqual([['text 1.'], ['text 2.']])
  })

  test('that somebody changes between finding and adding is found again and added to', async () => {
    let meddles = 1
    const { session, asked } = openSession(async (operation) => {
      if (operation !== 'UpdateItem' || meddles === 0) return
      meddles -= 1
      const [item] = await itemsOf(session)
      const changed = await session.call('Meddle', appendRequest(item!, 'between\n', []), readUpdated)
      expect(changed.ok).toBe(true)
    })
    await writeConversation(order(1), session)
    asked.length = 0
    expect(await writeConversation(order(2), session)).toEqual({ ok: true, value: 'continued' })
    expect(asked.filter((operation) => operation === 'UpdateItem')).toHaveLength(2)
    expect((await itemsOf(session))[0]?.body).toMatch(/text 1.*between.*text 2/s)
  })

  test('that somebody changes every time becomes a new item after as many searches as are allowed', async () => {
    const { session, asked } = openSession(async (operation) => {
      if (operation !== 'UpdateItem') return
      const [item] = await itemsOf(session)
      await session.call('Meddle', appendRequest(item!, 'x', []), readUpdated)
    })
    await writeConversation(order(1), session)
    asked.length = 0
    expect(await writeConversation(order(2), session)).toEqual({ ok: true, value: 'written' })
    expect(asked.filter((operation) => operation === 'UpdateItem')).toHaveLength(3)
    expect(await itemsOf(session)).toHaveLength(2)
  })

  test('that cannot be searched for is not written blindly', async () => {
    const { session, asked } = openSession()
    const broken: MailboxSession = {
      call: async (operation, request, read) => {
        if (operation !== 'FindItem') return session.call(operation, request, read)
        asked.push(operation)
        return callFault('unreachable', '', '')
      },
    }
    expect(await writeConversation(order(1), broken)).toMatchObject({ ok: false, code: 'unreachable' })
    expect(asked).toEqual(['FindItem', 'FindItem', 'FindItem'])
  })
})

test('contacts are read to the last page, those without a SIP address left out', async () => {
  const { session } = openSession()
  const COUNT = 503
  for (let n = 0; n < COUNT; n += 1) {
    const contact = {
      displayName: `Contact ${String(n).padStart(3, '0')}`,
      sipUri: n === 7 ? '' : `sip:c${n}@a`,
    }
    const made = await session.call(
      'CreateItem',
      createContactRequest(CONTACTS_FOLDER, contact),
      ews.readCreatedItem,
    )
    if (!made.ok) throw new Error(made.code)
  }
  const read = await readContacts(session)
  if (!read.ok) throw new Error(read.code)
  const expected = Array.from({ length: COUNT }, (_, n) => `sip:c${n}@a`).filter((sip) => sip !== 'sip:c7@a')
  expect(read.value.map(({ sipUri }) => sipUri)).toEqual(expected)
})
