/** Conversations that Lync writes into mailboxes at Exchange: history, and the archive in Purges. */
import { openMailbox } from '../support/ews.ts'
import { type Farm, KEN, mintAs, startFarm } from '../support/farm.ts'

const PILAR = 'sip:pilar@litwareinc.com'
const DAVID = 'sip:davidl@litwareinc.com'
/** Without a mailbox. */
const JAY = 'sip:jkaufman@litwareinc.com'
const STRANGER = 'sip:someone@fabrikam.com'

let farm: Farm
beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
})
afterEach(() => farm.close())

const lync = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) =>
  farm.admin('lync', method, path, body)
const writeHistory = () =>
  lync('PATCH', '/conversation-history-configuration', { enableServerConversationHistory: true })
const archive = (more: object = {}) =>
  lync('PATCH', '/archiving-configuration', {
    enableArchiving: 'ImOnly',
    enableExchangeArchiving: true,
    ...more,
  })

const at = (seconds: number) => new Date((farm.clock.now + seconds) * 1000).toISOString()
const message = (sender: string, text: string, seconds = 0) => ({ sender, text, time: at(seconds) })

function record(body: object) {
  return lync('POST', '/conversations', body)
}
const said = (...texts: string[]) => ({
  participants: [KEN, PILAR],
  messages: texts.map((text, i) => message(i % 2 === 0 ? KEN : PILAR, text, i)),
})

interface MailItem {
  readonly subject: string
  readonly itemClass: string
  readonly body: string
  readonly id: string
}

/** The items of a folder, as their owner's mail program sees them. */
async function items(sip: string, folder = 'conversationhistory'): Promise<MailItem[]> {
  const token = await mintAs(farm, 'lync', 'exchange', farm.lab.users.find((user) => user.sip === sip)!)
  return openMailbox(farm, token).items(folder)
}

const outcomes = (body: {
  participants: { sipUri: string; history: { outcome: string }; archive: { outcome: string; to: string } }[]
}) => body.participants.map(({ history, archive: kept }) => `${history.outcome}, ${kept.outcome}`)

describe('conversation history', () => {
  test('is not written unless it is switched on', async () => {
    const { status, body } = await record(said('Lunch?', 'Yes'))
    expect([status, outcomes(body)]).toEqual([201, ['off, off', 'off, off']])
    expect(await items(KEN)).toEqual([])
    const { body: kept } = await lync('GET', `/conversations/${body.conversationId}`)
    expect(kept.participants[0]).toEqual({ sipUri: KEN, waiting: { history: 0, archive: 0 } })
  })

  test('is one item for each participant, which tells who said what and when', async () => {
    await writeHistory()
    const { body, header } = await record(said('Lunch? <b>&', 'Ja, natürlich 🍕'))
    expect(outcomes(body)).toEqual(['written, off', 'written, off'])
    expect(header('location')).toEqual([`/admin/v1/conversations/${body.conversationId}`])
    const [ken, ...more] = await items(KEN)
    expect(more).toEqual([])
    expect(ken).toMatchObject({
      itemClass: 'IPM.Note.Microsoft.Conversation',
      subject: 'Conversation with Pilar Ackerman',
    })
    const when = (seconds: number) => at(seconds).replace('.000', '')
    expect(ken?.body.replaceAll('\r\n', '\n')).toBe(
      `Ken Myer [${when(0)}]:\nLunch? <b>&\n\nPilar Ackerman [${when(1)}]:\nJa, natürlich 🍕\n\n`,
    )
    expect((await items(PILAR))[0]?.subject).toBe('Conversation with Ken Myer')
  })

  test('goes on in the same item', async () => {
    await writeHistory()
    const { body: first } = await record({ ...said('one'), subject: 'Lunch' })
    const [before] = await items(KEN)
    const { status, body } = await record({
      conversationId: first.conversationId.toUpperCase(),
      messages: [message(PILAR, 'two', 60)],
    })
    expect([status, outcomes(body)]).toEqual([200, ['continued, off', 'continued, off']])
    const [item, ...more] = await items(KEN)
    expect(more).toEqual([])
    expect(item).toMatchObject({ id: before?.id, subject: 'Lunch' })
    expect(item?.body).toMatch(/^Ken Myer .*one\s+Pilar Ackerman .*two\s+$/s)
  })

  test('goes on in a new item when the old one was deleted, or is not to be searched for', async () => {
    await writeHistory()
    const { body: first } = await record(said('one'))
    const { conversationId } = first
    const token = await mintAs(farm, 'lync', 'exchange', farm.lab.users.find(({ sip }) => sip === KEN)!)
    await openMailbox(farm, token).remove((await items(KEN))[0]!.id)
    const { body: second } = await record({ conversationId, messages: [message(KEN, 'two')] })
    expect(outcomes(second)).toEqual(['written, off', 'continued, off'])
    expect((await items(KEN)).map(({ body }) => /one/.test(body))).toEqual([false])
    await lync('PATCH', '/conversation-history-configuration', { maxContinuedConversationRetry: 0 })
    const { body: third } = await record({ conversationId, messages: [message(KEN, 'three')] })
    expect(outcomes(third)).toEqual(['written, off', 'written, off'])
    expect(await items(KEN)).toHaveLength(2)
  })

  test('of somebody who joins later begins there', async () => {
    await writeHistory()
    const { body: first } = await record(said('one'))
    const { conversationId } = first
    const joining = { conversationId, participants: [DAVID], messages: [message(DAVID, 'two')] }
    const { body } = await record(joining)
    expect(outcomes(body)).toEqual(['continued, off', 'continued, off', 'written, off'])
    expect((await items(DAVID))[0]?.body).not.toContain('one')
  })

  test('is not written for who has no mailbox, or is no user here', async () => {
    await writeHistory()
    const { body } = await record({
      participants: [KEN, JAY, STRANGER],
      messages: [message(STRANGER, 'hello')],
    })
    expect(outcomes(body)).toEqual(['written, off', 'no mailbox, off', 'no mailbox, off'])
    expect((await items(KEN))[0]).toMatchObject({
      subject: expect.stringMatching(/^Conversation with .*, sip:someone@fabrikam\.com$/),
      body: expect.stringContaining('sip:someone@fabrikam.com ['),
    })
  })

  test('is not waited for where Exchange knows of no mailbox, though Lync does; that is noted', async () => {
    await writeHistory()
    const pilar = farm.lab.users.find(({ sip }) => sip === PILAR)!
    await farm.admin('exchange', 'DELETE', `/users/${pilar.sid}`)
    await farm.admin('exchange', 'POST', '/users', { ...pilar, mailboxEnabled: false })
    const { body } = await record(said('one'))
    expect(outcomes(body)).toEqual(['written, off', 'no mailbox, off'])
    expect((await lync('GET', '/conversations?waiting=true')).body.items).toEqual([])
    const { body: noted } = await lync('GET', '/storage-service-failures')
    expect(noted.items).toMatchObject([
      { sipUri: PILAR, endpointStatusDetail: expect.stringContaining('code=ErrorEwsAutodiscover') },
    ])
  })

  test('waits while Exchange is down, and is then written once', async () => {
    await writeHistory()
    await farm.stop('exchange')
    const { status, body } = await record(said('one'))
    expect(status).toBe(201)
    expect(body.participants[0].history).toMatchObject({ outcome: 'waiting', code: 'unreachable' })
    const { body: noted } = await lync('GET', '/storage-service-failures?component=ConversationHistory')
    expect(noted.items).toHaveLength(2)
    const waiting = (await lync('GET', '/conversations?waiting=true')).body.items
    expect(waiting).toMatchObject([
      { participants: [{ sipUri: KEN, waiting: { history: 1, archive: 0 } }, { sipUri: PILAR }] },
    ])
    await farm.restart('exchange')
    for (const user of farm.lab.users) await farm.admin('exchange', 'POST', '/users', user)
    await farm.register('exchange', 'lync')
    const { conversationId } = body
    const { body: delivered } = await lync('POST', `/conversations/${conversationId}/deliver`)
    expect(outcomes(delivered)).toEqual(['written, off', 'written, off'])
    const { body: again } = await lync('POST', `/conversations/${conversationId}/deliver`)
    expect(outcomes(again)).toEqual(['nothing new, off', 'nothing new, off'])
    expect(await items(KEN)).toHaveLength(1)
    expect((await lync('GET', '/conversations?waiting=true')).body.items).toEqual([])
  })

  test('waits while Exchange has Lync disabled, and what waited comes with what is said next', async () => {
    await writeHistory()
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: false })
    const { body } = await record(said('one'))
    expect(body.participants[0].history).toMatchObject({ outcome: 'waiting', code: 'partner_disabled' })
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: true })
    await record({ conversationId: body.conversationId, messages: [message(PILAR, 'two')] })
    const [item, ...more] = await items(KEN)
    expect(more).toEqual([])
    expect(item?.body).toMatch(/one.*two/s)
  })

  test('of one conversation that is recorded many times at once is one item with everything', async () => {
    await writeHistory()
    const conversationId = '11111111-2222-4333-8444-555555555555'
    const texts = Array.from({ length: 5 }, (_, n) => `text ${n}`)
    await Promise.all(
      texts.map((text) =>
        record({ conversationId, participants: [KEN, PILAR], messages: [message(KEN, text)] }),
      ),
    )
    const [item, ...more] = await items(KEN)
    expect(more).toEqual([])
    for (const text of texts) expect(item?.body.split(text)).toHaveLength(2)
  })
})

describe('archiving', () => {
  const purges = (sip: string) => items(sip, 'recoverableitemspurges')

  test('puts what is said into Purges of who is held, and nowhere else', async () => {
    await archive()
    const { body } = await record(said('one'))
    expect(body.participants.map((one: { archive: object }) => one.archive)).toEqual([
      { outcome: 'written', to: 'exchange', because: 'the mailbox is held' },
      { outcome: 'off', to: 'nowhere', because: 'archiveInternal is false' },
    ])
    expect(await purges(KEN)).toMatchObject([{ itemClass: 'IPM.Note.Microsoft.Conversation' }])
    expect(await items(KEN)).toEqual([])
    expect(await purges(PILAR)).toEqual([])
  })

  test('changes nothing that was archived: what is said later is an item of its own', async () => {
    await archive()
    const { body } = await record(said('one'))
    await record({ conversationId: body.conversationId, messages: [message(KEN, 'two')] })
    const bodies = (await purges(KEN)).map((item) => [/one/.test(item.body), /two/.test(item.body)])
    expect(bodies.sort()).toEqual([
      [false, true],
      [true, false],
    ])
  })

  test('into a mailbox that Exchange does not hold waits, and is noted', async () => {
    await archive()
    await lync('PATCH', `/users/${sidOf(PILAR)}/storage-settings`, {
      exchangeArchivingPolicy: 'ArchivingToExchange',
    })
    const { body } = await record(said('one'))
    expect(body.participants[1].archive).toMatchObject({
      outcome: 'waiting',
      to: 'exchange',
      code: 'ErrorCreateItemAccessDenied',
    })
    const { body: noted } = await lync('GET', '/storage-service-failures?component=ExchangeArchiving')
    expect(noted.items).toMatchObject([{ sipUri: PILAR }])
  })

  test('that NoArchiving forbids is not done, whatever holds the mailbox', async () => {
    await archive()
    await lync('PATCH', `/users/${sidOf(KEN)}/storage-settings`, { exchangeArchivingPolicy: 'NoArchiving' })
    expect((await record(said('one'))).body.participants[0].archive).toMatchObject({
      outcome: 'off',
      because: 'exchangeArchivingPolicy is NoArchiving',
    })
    expect(await purges(KEN)).toEqual([])
  })

  test('of ImOnly leaves web conferences out', async () => {
    await archive()
    const { body } = await record({ ...said('one'), modality: 'WebConference' })
    expect(body.participants[0].archive.because).toBe('enableArchiving is ImOnly')
  })

  test('to Lync itself is decided, and said not to be kept here', async () => {
    await archive()
    await lync('PATCH', '/archiving-policy', { archiveExternal: true })
    const { body } = await record({ participants: [PILAR, STRANGER], messages: [message(PILAR, 'one')] })
    expect(body.participants[0].archive).toEqual({
      outcome: 'not kept here',
      to: 'lync',
      because: 'archiveExternal is true',
    })
  })

  test('that fails refuses a new conversation too, and its number can be used again', async () => {
    await archive({ blockOnArchiveFailure: true })
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: false })
    const conversationId = '11111111-2222-4333-8444-555555555555'
    expect((await record({ conversationId, ...said('one') })).status).toBe(503)
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: true })
    expect(outcomes((await record({ conversationId, ...said('two') })).body)).toEqual([
      'off, written',
      'off, off',
    ])
    expect((await purges(KEN)).map(({ body }) => [/one/.test(body), /two/.test(body)])).toEqual([
      [false, true],
    ])
  })

  test('that fails refuses what is said under blockOnArchiveFailure, and nothing of it is written later', async () => {
    await writeHistory()
    await archive({ blockOnArchiveFailure: true })
    const { body: first } = await record(said('one'))
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: false })
    const { conversationId } = first
    const { status, body } = await record({ conversationId, messages: [message(KEN, 'secret')] })
    expect([status, body.code]).toEqual([503, 'archive_unavailable'])
    expect(body.detail).toContain('partner_disabled')
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: true })
    await record({ conversationId, messages: [message(KEN, 'three')] })
    for (const item of [...(await items(KEN)), ...(await items(PILAR)), ...(await purges(KEN))])
      expect(item.body).not.toContain('secret')
    expect((await items(KEN))[0]?.body).toMatch(/one.*three/s)
    expect((await lync('GET', '/conversations?waiting=true')).body.items).toEqual([])
  })
})

describe('what is wrong with a conversation is refused by name', () => {
  test.each<[object, string]>([
    [{ participants: [KEN], messages: [] }, 'messages'],
    [
      { participants: [KEN], messages: [{ sender: KEN, text: 'x', time: '2026-01-01T00:00:00Z' }] },
      'participants',
    ],
    [
      {
        participants: [KEN, 'sip:KenMyer@litwareinc.com'],
        messages: [{ sender: KEN, text: 'x', time: '2026-01-01T00:00:00Z' }],
      },
      'participants',
    ],
    [
      { participants: [KEN, PILAR], messages: [{ sender: DAVID, text: 'x', time: '2026-01-01T00:00:00Z' }] },
      'messages[0].sender',
    ],
    [
      { participants: [KEN, PILAR], messages: [{ sender: KEN, text: 'x', time: 'noon' }] },
      'messages[0].time',
    ],
    [
      {
        participants: [KEN, PILAR],
        messages: [{ sender: KEN, text: 'a\u0000b', time: '2026-01-01T00:00:00Z' }],
      },
      'messages[0].text',
    ],
    [
      { participants: [KEN, PILAR], messages: [{ sender: KEN, text: '', time: '2026-01-01T00:00:00Z' }] },
      'messages[0].text',
    ],
    [
      {
        conversationId: '1',
        participants: [KEN, PILAR],
        messages: [{ sender: KEN, text: 'x', time: '2026-01-01T00:00:00Z' }],
      },
      'conversationId',
    ],
    [
      {
        participants: ['Ken', PILAR],
        messages: [{ sender: PILAR, text: 'x', time: '2026-01-01T00:00:00Z' }],
      },
      'participants[0]',
    ],
  ])('%j', async (body, path) => {
    const { status, body: problem } = await record(body)
    expect([status, problem.errors[0].path]).toEqual([422, path])
  })

  test('another subject for a conversation that goes on', async () => {
    const { body } = await record({ ...said('one'), subject: 'Lunch' })
    const { conversationId } = body
    const { status, body: problem } = await record({
      conversationId,
      subject: 'Dinner',
      messages: [message(KEN, 'two')],
    })
    expect([status, problem.errors[0].path]).toEqual([422, 'subject'])
  })

  test('a conversation that is not there', async () => {
    expect((await lync('GET', '/conversations/none')).status).toBe(404)
    expect((await lync('POST', '/conversations/none/deliver')).status).toBe(404)
  })
})

test('the record names a conversation that was handed over, and nothing of what was said', async () => {
  await record(said('the secret word'))
  const { body } = await lync('GET', '/audit')
  const text = JSON.stringify(body)
  expect(text).toContain('POST /admin/v1/conversations')
  expect(text).not.toContain('secret word')
})

function sidOf(sip: string): string {
  return farm.lab.users.find((user) => user.sip === sip)!.sid
}
