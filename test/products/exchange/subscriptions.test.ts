/** Pull subscriptions: who is told of what, and for how long. */
import { openSubscriptions, type Subscription } from '../../../src/products/exchange/subscriptions.ts'
import type { ProductReply } from '../../../src/products/product.ts'
import {
  codes,
  faultCode,
  find,
  ken,
  messages,
  NOW,
  named,
  names,
  noMailbox,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import { createFolder, folderId, folderOf, itemIdOf, newFolder, put } from './mail.ts'

type Exchange = ReturnType<typeof startExchange>
const ALL = ['CopiedEvent', 'CreatedEvent', 'DeletedEvent', 'ModifiedEvent', 'MovedEvent', 'NewMailEvent']
const INBOX = named('inbox')

const subscribe = (
  folders: string,
  events = ALL,
  more: { watermark?: string; timeout?: number; all?: boolean } = {},
) =>
  wrap(
    `<m:Subscribe><m:PullSubscriptionRequest${more.all ? ' SubscribeToAllFolders="true"' : ''}>${folders && `<t:FolderIds>${folders}</t:FolderIds>`}<t:EventTypes>${events.map((one) => `<t:EventType>${one}</t:EventType>`).join('')}</t:EventTypes>${more.watermark ? `<t:Watermark>${more.watermark}</t:Watermark>` : ''}<t:Timeout>${more.timeout ?? 10}</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>`,
  )
const getEvents = (id: string, watermark: string) =>
  wrap(
    `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${watermark}</m:Watermark></m:GetEvents>`,
  )
const unsubscribe = (id: string) =>
  wrap(`<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`)

const NOT_EVENTS = ['SubscriptionId', 'PreviousWatermark', 'MoreEvents']
const eventsOf = (reply: ProductReply) =>
  (find(root(reply), 'Notification')?.children ?? []).filter(({ name }) => !NOT_EVENTS.includes(name))
const lastWatermark = (reply: ProductReply) => find(eventsOf(reply).at(-1)!, 'Watermark')?.text ?? ''

async function subscribed(exchange: Exchange, folders = INBOX, events = ALL, all = false) {
  const reply = await exchange.ews(subscribe(folders, events, { all }))
  expect(codes(reply)).toEqual(['NoError'])
  expect(names(messages(reply)[0]?.element)).toEqual(['ResponseCode', 'SubscriptionId', 'Watermark'])
  return { id: textOf(reply, 'SubscriptionId') ?? '', watermark: textOf(reply, 'Watermark') ?? '' }
}
const to = (folder: string, id: string) => ({ folderId: folder, id, changeKey: 'k', modifiedAt: NOW })

describe('events', () => {
  test('each thing that happens to an item is told, in order', async () => {
    const exchange = startExchange()
    const { mailboxes } = exchange.kit
    const inbox = await folderOf(exchange, 'inbox')
    const drafts = await folderOf(exchange, 'drafts')
    const { id, watermark } = await subscribed(exchange)
    const a = await put(exchange.kit, inbox)
    await mailboxes.addItem({ ...a, id: 'mail' }, [], 'delivered')
    await mailboxes.changeItem({ ...a, isRead: true, changeKey: 'k2' }, a.changeKey)
    await mailboxes.copyItem(a.id, to(drafts.id, 'copy'))
    await mailboxes.moveItem(a.id, to(drafts.id, 'moved'))
    await mailboxes.removeItem('mail', NOW)
    await put(exchange.kit, drafts)

    const reply = await exchange.ews(getEvents(id, watermark))
    expect(eventsOf(reply).map(({ name }) => name)).toEqual([
      'CreatedEvent',
      'CreatedEvent',
      'NewMailEvent',
      'ModifiedEvent',
      'CopiedEvent',
      'MovedEvent',
      'DeletedEvent',
    ])
    expect(textOf(reply, 'PreviousWatermark')).toBe(watermark)
    expect(textOf(reply, 'MoreEvents')).toBe('false')
    const moved = eventsOf(reply)[5]
    expect(names(moved)).toEqual([
      'Watermark',
      'TimeStamp',
      'ItemId',
      'ParentFolderId',
      'OldItemId',
      'OldParentFolderId',
    ])
    expect(find(moved!, 'ItemId')?.attributes.get('Id')).toBe(itemIdOf('moved'))
    expect(find(moved!, 'OldItemId')?.attributes.get('Id')).toBe(itemIdOf(a.id))
    expect(find(moved!, 'TimeStamp')?.text).toBe(new Date(NOW * 1000).toISOString().replace('.000', ''))

    const after = await exchange.ews(getEvents(id, lastWatermark(reply)))
    expect(eventsOf(after).map(({ name }) => name)).toEqual(['StatusEvent'])
    expect(textOf(after, 'MoreEvents')).toBe('false')
  })

  test('only of the kinds and folders asked for', async () => {
    const exchange = startExchange()
    const drafts = await folderOf(exchange, 'drafts')
    const inbox = await folderOf(exchange, 'inbox')
    const { id, watermark } = await subscribed(exchange, named('drafts'), ['DeletedEvent'])
    const item = await put(exchange.kit, drafts)
    await put(exchange.kit, inbox)
    await exchange.kit.mailboxes.removeItem(item.id, NOW)
    expect(eventsOf(await exchange.ews(getEvents(id, watermark))).map(({ name }) => name)).toEqual([
      'DeletedEvent',
    ])
  })

  test('of the whole mailbox, folders too', async () => {
    const exchange = startExchange()
    const { id, watermark } = await subscribed(exchange, '', ALL, true)
    await exchange.ews(createFolder(INBOX, newFolder('New')))
    await put(exchange.kit, await folderOf(exchange, 'sentitems'))
    const events = eventsOf(await exchange.ews(getEvents(id, watermark)))
    expect(events.map((event) => names(event)?.[2])).toEqual(['FolderId', 'ItemId'])
  })

  test('what changes free and busy times is told of the calendar', async () => {
    const exchange = startExchange()
    const { id, watermark } = await subscribed(exchange, '', ['FreeBusyChangedEvent'], true)
    await put(exchange.kit, await folderOf(exchange, 'inbox'))
    await put(exchange.kit, await folderOf(exchange, 'calendar'), { kind: 'CalendarItem' })
    expect(eventsOf(await exchange.ews(getEvents(id, watermark))).map(({ name }) => name)).toEqual([
      'FreeBusyChangedEvent',
    ])
  })

  test('fifty at a time, until there are no more', async () => {
    const exchange = startExchange()
    const inbox = await folderOf(exchange, 'inbox')
    const { id, watermark } = await subscribed(exchange)
    for (let i = 0; i < 60; i += 1) await put(exchange.kit, inbox)
    const first = await exchange.ews(getEvents(id, watermark))
    expect([eventsOf(first).length, textOf(first, 'MoreEvents')]).toEqual([50, 'true'])
    const second = await exchange.ews(getEvents(id, lastWatermark(first)))
    expect([eventsOf(second).length, textOf(second, 'MoreEvents')]).toEqual([10, 'false'])
  })

  test('a subscription can begin at a watermark of an older one', async () => {
    const exchange = startExchange()
    const { watermark } = await subscribed(exchange)
    await put(exchange.kit, await folderOf(exchange, 'inbox'))
    const again = await exchange.ews(subscribe(INBOX, ALL, { watermark }))
    const reply = await exchange.ews(getEvents(textOf(again, 'SubscriptionId')!, textOf(again, 'Watermark')!))
    expect(eventsOf(reply).map(({ name }) => name)).toEqual(['CreatedEvent'])
  })
})

describe('what is refused', () => {
  test('a watermark that is none, or one of another mailbox', async () => {
    const exchange = startExchange()
    const { id } = await subscribed(exchange)
    const theirs = textOf(await exchange.ews(subscribe(INBOX), pilar), 'Watermark')!
    expect(codes(await exchange.ews(getEvents(id, 'AAAA')))).toEqual(['ErrorInvalidWatermark'])
    expect(codes(await exchange.ews(getEvents(id, theirs)))).toEqual(['ErrorInvalidWatermark'])
    expect(codes(await exchange.ews(subscribe(INBOX, ALL, { watermark: theirs })))).toEqual([
      'ErrorInvalidWatermark',
    ])
  })

  test('a subscription that is over, or somebody else’s', async () => {
    const exchange = startExchange()
    const { id, watermark } = await subscribed(exchange)
    expect(codes(await exchange.ews(getEvents(id, watermark), pilar))).toEqual([
      'ErrorSubscriptionAccessDenied',
    ])
    expect(codes(await exchange.ews(unsubscribe(id), pilar))).toEqual(['ErrorSubscriptionAccessDenied'])
    expect(codes(await exchange.ews(unsubscribe(id)))).toEqual(['NoError'])
    expect(codes(await exchange.ews(getEvents(id, watermark)))).toEqual(['ErrorSubscriptionNotFound'])
    expect(codes(await exchange.ews(unsubscribe(id)))).toEqual(['ErrorSubscriptionNotFound'])
  })

  test('folders that are not there, none, or all and some', async () => {
    const { ews } = startExchange()
    expect(codes(await ews(subscribe(folderId('nowhere'))))).toEqual(['ErrorFolderNotFound'])
    expect(codes(await ews(subscribe('')))).toEqual(['ErrorInvalidSubscriptionRequest'])
    expect(codes(await ews(subscribe(INBOX, ALL, { all: true })))).toEqual([
      'ErrorInvalidSubscriptionRequest',
    ])
    expect(codes(await ews(subscribe(INBOX), noMailbox))).toEqual(['ErrorMissingEmailAddress'])
  })

  test('push and streaming subscriptions, and times out of bounds', async () => {
    const { ews } = startExchange()
    const streaming = wrap(
      '<m:Subscribe><m:StreamingSubscriptionRequest><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>',
    )
    expect(codes(await ews(streaming))).toEqual(['ErrorInvalidSubscriptionRequest'])
    expect(faultCode(await ews(subscribe(INBOX, ALL, { timeout: 1441 })))).toBe('ErrorSchemaValidation')
    expect(faultCode(await ews(subscribe(INBOX, ['LunchEvent'])))).toBe('ErrorSchemaValidation')
  })
})

describe('the table of subscriptions', () => {
  const one = (id: string, subscriber = 'ken'): Subscription => ({
    id,
    subscriber,
    owner: ken.sid,
    events: new Set(['NewMailEvent']),
    timeoutSeconds: 60,
  })
  const code = (result: { ok: boolean; code?: string }) => (result.ok ? 'ok' : result.code)

  test('each use keeps one alive; one that expired is told once', () => {
    const table = openSubscriptions()
    table.add(one('a'), 0)
    expect(code(table.use('a', 'ken', 59))).toBe('ok')
    expect(code(table.use('a', 'ken', 118))).toBe('ok')
    expect(code(table.use('a', 'ken', 178))).toBe('ErrorExpiredSubscription')
    expect(code(table.use('a', 'ken', 178))).toBe('ErrorSubscriptionNotFound')
  })

  test('a caller has a hundred at most, of which the expired do not count', () => {
    const table = openSubscriptions()
    for (let i = 0; i < 100; i += 1) expect(code(table.add(one(`a${i}`), 0))).toBe('ok')
    expect(code(table.add(one('b'), 0))).toBe('ErrorExceededSubscriptionCount')
    expect(code(table.add(one('b', 'pilar'), 0))).toBe('ok')
    expect(code(table.add(one('b'), 60))).toBe('ok')
  })
})
