/** What every storage keeps to for Lync's Storage Service. */

import { MOST_CONTACTS } from '../../src/products/lync/contact.ts'
import {
  type Conversation,
  MOST_CONVERSATIONS,
  MOST_WAITING,
  type Saying,
} from '../../src/products/lync/conversation.ts'
import { MOST_FAILURES, type StorageFailure } from '../../src/products/lync/storage-failure.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { KINDS, newFile, ODD_TEXTS, OWNER } from './samples.ts'

const KEN = 'sip:kenmyer@litwareinc.com'
const PILAR = 'sip:pilar@litwareinc.com'
const FAILURE: StorageFailure = {
  adapterId: 'bc24207f-08a7-4569-b984-a90f78a49d46',
  endpointId: 'kenmyer@litwareinc.com',
  endpointStatusTime: 1_700_000_000,
  endpointStatusDetail: 'StoreWebException: code=ErrorEwsAutodiscover',
  other: 'unreachable: start it',
  component: 'ConversationHistory',
  sipUri: KEN,
}
const said = (...texts: string[]): Saying => ({
  id: 'c1',
  subject: 'Lunch',
  modality: 'InstantMessage',
  at: 1_700_000_000,
  participants: [KEN, PILAR],
  messages: texts.map((text, i) => ({ sender: KEN, time: 1_700_000_000 + i, text })),
})

describe.each(KINDS)('the storage service in %s', (_, open) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await open()
  })
  afterEach(() => storage.close())

  describe('failures', () => {
    const find = (filter = {}, limit = 10) => storage.storageService.failures.find(filter, limit)

    test('a failure comes back as it was, the newest first', async () => {
      const { failures } = storage.storageService
      const odd = { ...FAILURE, endpointStatusDetail: ODD_TEXTS.quotes, endpointStatusTime: 1_600_000_000 }
      await failures.add(FAILURE)
      await failures.add(odd)
      expect(await find()).toEqual([odd, FAILURE])
      expect(await find({}, 1)).toEqual([odd])
    })

    test.each<[object, number[]]>([
      [{ sipUri: 'KenMyer@litwareinc.com' }, [3, 1]],
      [{ component: 'ExchangeArchiving' }, [2]],
      [{ startTime: 2 }, [3, 2]],
      [{ endTime: 2 }, [2, 1]],
      [{ startTime: 2, endTime: 2, sipUri: KEN }, []],
      [{ adapterId: 'other' }, []],
      [{ adapterId: FAILURE.adapterId, startTime: 1, endTime: 3 }, [3, 2, 1]],
    ])('the filter %j finds those of the times %j', async (filter, times) => {
      const { failures } = storage.storageService
      await failures.add({ ...FAILURE, endpointStatusTime: 1 })
      await failures.add({
        ...FAILURE,
        endpointStatusTime: 2,
        sipUri: PILAR,
        component: 'ExchangeArchiving',
      })
      await failures.add({ ...FAILURE, endpointStatusTime: 3 })
      expect((await find(filter)).map(({ endpointStatusTime }) => endpointStatusTime)).toEqual(times)
    })
  })

  describe('settings', () => {
    test('what is set comes back, and what is not named stays', async () => {
      const { settings } = storage.storageService
      expect(await settings.read('archivingPolicy')).toEqual({})
      await settings.change('archivingPolicy', { archiveInternal: true })
      expect(await settings.change('archivingPolicy', { archiveExternal: false })).toEqual({
        archiveInternal: true,
        archiveExternal: false,
      })
      expect(await settings.read('archivingConfiguration')).toEqual({})
    })

    test('changes at the same time are both kept', async () => {
      const { settings } = storage.storageService
      await Promise.all([
        settings.change('archivingPolicy', { archiveInternal: true }),
        settings.change('archivingPolicy', { archiveExternal: true }),
      ])
      expect(await settings.read('archivingPolicy')).toEqual({ archiveInternal: true, archiveExternal: true })
    })
  })

  describe('conversations', () => {
    const say = async (saying: Saying): Promise<Conversation> => {
      const conversation = await storage.storageService.conversations.say(saying)
      if (conversation === 'full') throw new Error('full')
      return conversation
    }
    const texts = async (after = 0) =>
      (await storage.storageService.conversations.messages('c1', after)).map(({ text }) => text)
    const throughs = async () => {
      const found = await storage.storageService.conversations.find('c1')
      return found?.participants.map(({ through }) => [through.history, through.archive])
    }

    test('messages are numbered on, and what was said comes back as it was', async () => {
      expect(await say(said('one', ODD_TEXTS.emoji))).toEqual({
        id: 'c1',
        subject: 'Lunch',
        modality: 'InstantMessage',
        startedAt: 1_700_000_000,
        lastMessage: 2,
        participants: [KEN, PILAR].map((sipUri) => ({ sipUri, through: { history: 0, archive: 0 } })),
      })
      expect((await say(said('three'))).lastMessage).toBe(3)
      expect(await storage.storageService.conversations.messages('c1', 1)).toEqual([
        { number: 2, sender: KEN, time: 1_700_000_001, text: ODD_TEXTS.emoji },
        { number: 3, sender: KEN, time: 1_700_000_000, text: 'three' },
      ])
    })

    test('who joins is told nothing of before, and nobody is there twice', async () => {
      await say(said('one'))
      const joined = await say({ ...said('two'), participants: ['SIP:KENMYER@litwareinc.com', 'sip:x@y'] })
      expect(joined.participants).toEqual([
        { sipUri: KEN, through: { history: 0, archive: 0 } },
        { sipUri: PILAR, through: { history: 0, archive: 0 } },
        { sipUri: 'sip:x@y', through: { history: 1, archive: 1 } },
      ])
    })

    test('texts are kept until every place of everybody has them, and no longer', async () => {
      const { conversations } = storage.storageService
      await say(said('one', 'two'))
      await conversations.settle('c1', KEN, 'history', 2)
      await conversations.settle('c1', KEN, 'archive', 2)
      await conversations.settle('c1', PILAR, 'history', 2)
      expect(await texts()).toEqual(['one', 'two'])
      expect(await conversations.list(10, { waiting: true })).toHaveLength(1)
      await conversations.settle('c1', PILAR.toUpperCase(), 'archive', 1)
      expect(await texts()).toEqual(['two'])
      await conversations.settle('c1', PILAR, 'archive', 2)
      expect(await texts()).toEqual([])
      expect(await conversations.list(10, { waiting: true })).toEqual([])
      expect(await conversations.list(10, { waiting: false })).toHaveLength(1)
      await conversations.settle('c1', PILAR, 'archive', 1)
      expect(await throughs()).toEqual([
        [2, 2],
        [2, 2],
      ])
    })

    test('messages that are withdrawn are gone for everybody, and their numbers with them', async () => {
      const { conversations } = storage.storageService
      await say(said('one'))
      await conversations.settle('c1', KEN, 'history', 1)
      await say(said('two', 'three'))
      await conversations.settle('c1', KEN, 'archive', 3)
      await conversations.withdraw('c1', 1)
      expect(await texts()).toEqual(['one'])
      expect(await throughs()).toEqual([
        [3, 3],
        [0, 0],
      ])
      expect((await say(said('four'))).lastMessage).toBe(4)
      expect(await texts(0)).toEqual(['one', 'four'])
    })

    test('nothing is taken that would make too many wait, and nothing of it is kept', async () => {
      const many = {
        ...said(),
        messages: Array.from({ length: MOST_WAITING + 1 }, () => said('x').messages[0]!),
      }
      expect(await storage.storageService.conversations.say(many)).toBe('full')
      expect(await storage.storageService.conversations.find('c1')).toBeUndefined()
    })

    test('what is not there is not found, and settling or withdrawing it changes nothing', async () => {
      const { conversations } = storage.storageService
      expect(await conversations.find('none')).toBeUndefined()
      expect(await conversations.messages('none', 0)).toEqual([])
      await conversations.settle('none', KEN, 'history', 1)
      await conversations.withdraw('none', 0)
      expect(await conversations.list(10, { waiting: false })).toEqual([])
    })
  })

  describe('users and contacts', () => {
    beforeEach(async () => {
      await storage.directory.add({
        sid: OWNER,
        upn: 'kenmyer@litwareinc.com',
        displayName: 'Ken Myer',
        enabled: true,
        mailboxEnabled: true,
        archivingEnabled: false,
      })
    })
    const contact = (n: number) => ({ id: `id-${n}`, sipUri: `sip:c${n}@x`, displayName: `C ${n}` })
    const contacts = () => storage.storageService.contacts

    test('a user of whom nothing was noted has the defaults', async () => {
      expect(await contacts().user(OWNER)).toEqual({
        sid: OWNER,
        exchangeArchivingPolicy: 'Uninitialized',
        contactPlace: 'lync',
      })
    })

    test('what is set of a user stays when something else is, and null takes it away', async () => {
      await contacts().changeUser(OWNER, { ucsAllowed: false })
      await contacts().changeUser(OWNER.toLowerCase(), { exchangeArchivingPolicy: 'NoArchiving' })
      expect(await contacts().user(OWNER)).toMatchObject({
        ucsAllowed: false,
        exchangeArchivingPolicy: 'NoArchiving',
      })
      expect(await contacts().changeUser(OWNER, { ucsAllowed: null })).not.toHaveProperty('ucsAllowed')
    })

    test('a contact is there once by its address, and is removed by its id', async () => {
      expect(await contacts().add(OWNER, contact(1))).toBe('added')
      expect(await contacts().add(OWNER, { ...contact(2), sipUri: 'SIP:C1@x' })).toBe('exists')
      expect(await contacts().add(OWNER, contact(2))).toBe('added')
      expect(await contacts().contacts(OWNER)).toEqual([contact(1), contact(2)])
      expect(await contacts().remove(OWNER, 'id-1')).toBe('removed')
      expect(await contacts().remove(OWNER, 'id-1')).toBe('missing')
      expect(await contacts().contacts(OWNER)).toEqual([contact(2)])
    })

    test(`at ${MOST_CONTACTS} contacts a user is full`, async () => {
      const all = Array.from({ length: MOST_CONTACTS }, (_, n) => contact(n))
      await contacts().broughtBack(OWNER, all, 1)
      expect(await contacts().add(OWNER, contact(-1))).toBe('full')
    })

    test('contacts that have moved are dropped, and come back with the time of it', async () => {
      await contacts().add(OWNER, contact(1))
      await contacts().moving(OWNER, 'failed', 'unreachable: gone')
      expect(await contacts().user(OWNER)).toMatchObject({
        contactPlace: 'failed',
        failure: 'unreachable: gone',
      })
      expect(await contacts().contacts(OWNER)).toHaveLength(1)
      await contacts().moved(OWNER, 5)
      expect(await contacts().user(OWNER)).toMatchObject({ contactPlace: 'exchange', movedAt: 5 })
      expect(await contacts().user(OWNER)).not.toHaveProperty('failure')
      expect(await contacts().contacts(OWNER)).toEqual([])
      await contacts().broughtBack(OWNER, [contact(3)], 9)
      expect(await contacts().user(OWNER)).toMatchObject({ contactPlace: 'lync', rolledBackAt: 9 })
      expect(await contacts().contacts(OWNER)).toEqual([contact(3)])
    })

    test('a user who is removed takes settings and contacts along', async () => {
      await contacts().add(OWNER, contact(1))
      await contacts().changeUser(OWNER, { ucsAllowed: false })
      const [user] = await storage.directory.list()
      await storage.directory.remove(OWNER)
      await storage.directory.add(user!)
      expect(await contacts().contacts(OWNER)).toEqual([])
      expect(await contacts().user(OWNER)).not.toHaveProperty('ucsAllowed')
    })
  })
})

test('the oldest failures go when there are too many', async () => {
  const storage = await openSqlite(':memory:')
  const { failures } = storage.storageService
  for (let time = 1; time <= MOST_FAILURES + 3; time += 1)
    await failures.add({ ...FAILURE, endpointStatusTime: time })
  const kept = await failures.find({}, MOST_FAILURES + 10)
  expect(kept).toHaveLength(MOST_FAILURES)
  expect(kept.at(-1)?.endpointStatusTime).toBe(4)
  await storage.close()
})

test('the oldest conversations are forgotten when there are too many, unless something of them waits', async () => {
  const storage = await openSqlite(':memory:')
  const { conversations } = storage.storageService
  await conversations.say({ ...said('waits'), id: 'waiting' })
  for (let n = 0; n <= MOST_CONVERSATIONS; n += 1)
    await conversations.say({ ...said(), id: `c${n}`, participants: [] })
  expect(await conversations.find('waiting')).toBeDefined()
  expect(await conversations.find('c0')).toBeUndefined()
  expect(await conversations.find('c1')).toBeDefined()
  await storage.close()
})

test('what waits to be written is still there after the database was closed', async () => {
  const file = newFile()
  const before = await openSqlite(file)
  await before.storageService.conversations.say(said('one'))
  await before.close()
  const after = await openSqlite(file)
  expect(await after.storageService.conversations.messages('c1', 0)).toHaveLength(1)
  await after.close()
})
