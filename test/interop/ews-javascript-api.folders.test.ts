/** ews-javascript-api, unmodified, over HTTPS with a private authority: folders, finding, synchronising, events, availability. */
import { Agent } from 'node:https'
import { join } from 'node:path'
import {
  AttendeeInfo,
  AvailabilityData,
  BasePropertySet,
  CalendarView,
  type Change,
  ChangeType,
  ComparisonMode,
  ContainmentMode,
  DateTime,
  DeleteMode,
  EmailMessage,
  EmailMessageSchema,
  EventType,
  ExchangeService,
  ExchangeVersion,
  Folder,
  FolderId,
  FolderSchema,
  FolderTraversal,
  FolderView,
  FreeBusyViewType,
  type ItemEvent,
  ItemSchema,
  ItemView,
  LegacyFreeBusyStatus,
  LogicalOperator,
  MessageBody,
  OAuthCredentials,
  OffsetBasePoint,
  PropertySet,
  SearchFilter,
  ServiceError,
  SortDirection,
  SyncFolderItemsScope,
  TimeWindow,
  Uri,
  WellKnownFolderName,
  XhrApi,
} from 'ews-javascript-api'
import { openSqlite } from '../../src/storage/sqlite.ts'
import { CA, type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
let ken: ExchangeService
let pilar: ExchangeService
const agents: Agent[] = []

beforeAll(async () => {
  farm = await startFarm('sqlite')
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  ken = await serviceFor('kenmyer@litwareinc.com')
  pilar = await serviceFor('pilar@litwareinc.com')
})

afterAll(async () => {
  expect(farm.surprises).toEqual([])
  for (const agent of agents) agent.destroy()
  await farm.close()
})

async function serviceFor(upn: string): Promise<ExchangeService> {
  const user = farm.lab.users.find((one) => one.upn === upn)!
  const agent = new Agent({ ca: CA() })
  agents.push(agent)
  const service = new ExchangeService(ExchangeVersion.Exchange2013_SP1)
  service.XHRApi = new XhrApi({ httpsAgent: agent })
  service.Url = new Uri(`${farm.servers.exchange.url}/EWS/Exchange.asmx`)
  service.Credentials = new OAuthCredentials(await mintAs(farm, 'lync', 'exchange', user))
  return service
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: { ErrorCode?: ServiceError }) => error.ErrorCode,
  )

async function makeFolder(name: string, parent: FolderId = new FolderId(WellKnownFolderName.Inbox)) {
  const folder = new Folder(ken)
  folder.DisplayName = name
  await folder.Save(parent)
  return folder
}

async function save(subject: string, folder: FolderId, isRead = true): Promise<EmailMessage> {
  const message = new EmailMessage(ken)
  message.Subject = subject
  message.Body = new MessageBody('text')
  message.IsRead = isRead
  await message.Save(folder)
  return message
}

const names = (folders: { Folders: Folder[] }) => folders.Folders.map((one) => one.DisplayName)
const subjects = (items: { Items: { Subject: string }[] }) => items.Items.map((one) => one.Subject)

describe('folders', () => {
  test('are found under the top, with a filter and in pages', async () => {
    const all = await ken.FindFolders(WellKnownFolderName.MsgFolderRoot, new FolderView(100))
    expect(names(all)).toEqual(expect.arrayContaining(['Inbox', 'Calendar', 'Conversation History']))
    expect(all.MoreAvailable).toBe(false)
    const filter = new SearchFilter.IsEqualTo(FolderSchema.DisplayName, 'Conversation History')
    const one = await ken.FindFolders(WellKnownFolderName.MsgFolderRoot, filter, new FolderView(10))
    expect(names(one)).toEqual(['Conversation History'])
    const page = await ken.FindFolders(WellKnownFolderName.MsgFolderRoot, new FolderView(2, 1))
    expect([page.Folders.length, page.MoreAvailable]).toEqual([2, true])
    expect(page.TotalCount).toBe(all.TotalCount)
  })

  test('are made, found deep down, renamed, moved and deleted', async () => {
    const projects = await makeFolder('Projects')
    const inner = await makeFolder('Inner', projects.Id)
    const view = new FolderView(50)
    view.Traversal = FolderTraversal.Deep
    expect(names(await ken.FindFolders(WellKnownFolderName.Inbox, view))).toEqual(['Projects', 'Inner'])
    expect(await codeOf(makeFolder('PROJECTS'))).toBe(ServiceError.ErrorFolderExists)

    const bound = await Folder.Bind(ken, inner.Id)
    bound.DisplayName = 'Renamed'
    await bound.Update()
    expect((await Folder.Bind(ken, inner.Id)).DisplayName).toBe('Renamed')
    const moved = await bound.Move(WellKnownFolderName.Drafts)
    expect(names(await ken.FindFolders(WellKnownFolderName.Drafts, new FolderView(5)))).toEqual(['Renamed'])
    await save('in it', moved.Id)
    await moved.Empty(DeleteMode.HardDelete, false)
    expect((await Folder.Bind(ken, moved.Id)).TotalCount).toBe(0)
    const copy = await moved.Copy(WellKnownFolderName.Inbox)
    expect(copy.Id.UniqueId).not.toBe(moved.Id.UniqueId)
    await moved.Delete(DeleteMode.HardDelete)
    expect(await codeOf(Folder.Bind(ken, moved.Id))).toBe(ServiceError.ErrorFolderNotFound)
    const inbox = await Folder.Bind(ken, WellKnownFolderName.Inbox)
    expect(await codeOf(inbox.Delete(DeleteMode.HardDelete))).toBe(
      ServiceError.ErrorDeleteDistinguishedFolder,
    )
  })

  test('of another user are not found', async () => {
    const secret = await makeFolder('Secret')
    expect(await codeOf(pilar.FindFolders(secret.Id, new FolderView(5)))).toBe(
      ServiceError.ErrorFolderNotFound,
    )
  })
})

describe('items', () => {
  test('are found with filters, in orders and in pages', async () => {
    const { Id } = await makeFolder('Finding')
    for (const subject of ['Alpha', 'Beta', 'Gamma', 'alphabet']) await save(subject, Id, subject !== 'Beta')
    const view = new ItemView(10)
    view.OrderBy.Add(ItemSchema.Subject, SortDirection.Ascending)
    view.PropertySet = new PropertySet(BasePropertySet.FirstClassProperties)
    expect(subjects(await ken.FindItems(Id, view))).toEqual(['Alpha', 'alphabet', 'Beta', 'Gamma'])

    const contains = new SearchFilter.ContainsSubstring(
      ItemSchema.Subject,
      'ALPHA',
      ContainmentMode.Prefixed,
      ComparisonMode.IgnoreCase,
    )
    expect(subjects(await ken.FindItems(Id, contains, view))).toEqual(['Alpha', 'alphabet'])
    const unread = new SearchFilter.IsEqualTo(EmailMessageSchema.IsRead, false)
    const both = new SearchFilter.SearchFilterCollection(LogicalOperator.Or, [
      unread,
      new SearchFilter.Not(new SearchFilter.IsLessThan(ItemSchema.Subject, 'c')),
    ])
    expect(subjects(await ken.FindItems(Id, both, view))).toEqual(['Beta', 'Gamma'])
    const exists = new SearchFilter.Not(new SearchFilter.Exists(ItemSchema.Subject))
    expect(subjects(await ken.FindItems(Id, exists, view))).toEqual([])
    expect(subjects(await ken.FindItems(Id, 'subject:gamma', view))).toEqual(['Gamma'])

    const page = new ItemView(2, 2)
    page.OrderBy.Add(ItemSchema.Subject, SortDirection.Descending)
    page.PropertySet = view.PropertySet
    const found = await ken.FindItems(Id, page)
    expect(subjects(found)).toEqual(['alphabet', 'Alpha'])
    expect([found.TotalCount, found.MoreAvailable]).toEqual([4, false])
    const next = await ken.FindItems(Id, new ItemView(3))
    expect([next.NextPageOffset, next.MoreAvailable]).toEqual([3, true])
    const end = new ItemView(1, 0, OffsetBasePoint.End)
    end.OrderBy.Add(ItemSchema.Subject, SortDirection.Ascending)
    end.PropertySet = view.PropertySet
    expect(subjects(await ken.FindItems(Id, end))).toEqual(['Gamma'])
  })

  test('are followed: what is new, changed and gone', async () => {
    const { Id } = await makeFolder('Followed')
    const first = await save('one', Id)
    await save('two', Id)
    await save('three', Id)
    const sync = (state: string, most: number) =>
      ken.SyncFolderItems(
        Id,
        new PropertySet(BasePropertySet.IdOnly),
        [],
        most,
        SyncFolderItemsScope.NormalItems,
        state,
      )
    const kinds = (changes: { GetEnumerator(): Change[] }) =>
      changes.GetEnumerator().map(({ ChangeType: type }) => type)
    const some = await sync('', 2)
    expect([kinds(some), some.MoreChangesAvailable]).toEqual([[ChangeType.Create, ChangeType.Create], true])
    const rest = await sync(some.SyncState, 2)
    expect([kinds(rest), rest.MoreChangesAvailable]).toEqual([[ChangeType.Create], false])
    await first.Delete(DeleteMode.HardDelete)
    await save('four', Id)
    const later = await sync(rest.SyncState, 10)
    expect(kinds(later).sort()).toEqual([ChangeType.Create, ChangeType.Delete].sort())
    expect(kinds(await sync(later.SyncState, 10))).toEqual([])
    expect(await codeOf(sync('rubbish', 10))).toBe(ServiceError.ErrorInvalidSyncStateData)
  })
})

test('the tree of folders is followed', async () => {
  const top = await makeFolder('Tree')
  const sync = (state: string) =>
    ken.SyncFolderHierarchy(top.Id, new PropertySet(BasePropertySet.FirstClassProperties), state)
  const none = await sync('')
  expect(none.GetEnumerator()).toEqual([])
  const child = await makeFolder('Child', top.Id)
  const created = await sync(none.SyncState)
  expect(created.GetEnumerator().map((one) => [one.ChangeType, one.Folder.DisplayName])).toEqual([
    [ChangeType.Create, 'Child'],
  ])
  await child.Delete(DeleteMode.HardDelete)
  const deleted = await sync(created.SyncState)
  expect(deleted.GetEnumerator().map((one) => [one.ChangeType, one.FolderId.UniqueId])).toEqual([
    [ChangeType.Delete, child.Id.UniqueId],
  ])
})

test('events are pulled until the subscription ends', async () => {
  const { Id } = await makeFolder('Watched')
  const subscription = await ken.SubscribeToPullNotifications(
    [Id],
    10,
    null as unknown as string,
    EventType.Created,
    EventType.Deleted,
  )
  expect(subscription.Watermark).toBeTruthy()
  const message = await save('watch me', Id)
  await message.Delete(DeleteMode.HardDelete)
  const events = await subscription.GetEvents()
  const kinds = [...events.ItemEvents].map((one: ItemEvent) => one.EventType)
  expect(kinds).toEqual([EventType.Created, EventType.Deleted])
  expect([...events.ItemEvents][0]?.ItemId.UniqueId).toBe(message.Id.UniqueId)
  expect([...(await subscription.GetEvents()).ItemEvents]).toEqual([])
  await subscription.Unsubscribe()
  expect(await codeOf(subscription.GetEvents())).toBe(ServiceError.ErrorSubscriptionNotFound)
})

describe('the calendar', () => {
  beforeAll(async () => {
    await ken.FindFolders(WellKnownFolderName.MsgFolderRoot, new FolderView(1))
    // Beside the server: a second process that shares its database.
    const storage = await openSqlite(join(farm.dir, 'exchange', 'entente.sqlite'))
    const owner = farm.lab.users.find(({ upn }) => upn === 'kenmyer@litwareinc.com')!.sid
    const calendar = await storage.mailboxes.distinguishedFolder(owner, 'calendar')
    const at = (text: string) => Date.parse(text) / 1000
    const times = [
      ['Stand-up', '2026-11-23T09:00:00Z', '2026-11-23T09:30:00Z', 'Busy'],
      ['Lunch', '2026-11-23T12:00:00Z', '2026-11-23T13:00:00Z', 'Tentative'],
    ] as const
    for (const [subject, start, end, status] of times) {
      await storage.mailboxes.addItem({
        id: `appointment-${subject}`,
        owner,
        folderId: calendar?.id ?? '',
        changeKey: 'ck',
        kind: 'CalendarItem',
        author: owner,
        itemClass: 'IPM.Appointment',
        subject,
        isRead: true,
        importance: 1,
        hasAttachments: false,
        size: 1,
        receivedAt: at(start),
        sentAt: at(start),
        createdAt: at(start),
        modifiedAt: at(start),
        startAt: at(start),
        endAt: at(end),
        fromName: '',
        displayName: '',
        content: JSON.stringify([
          { name: 'Subject', text: subject },
          { name: 'Start', text: start },
          { name: 'End', text: end },
          { name: 'LegacyFreeBusyStatus', text: status },
        ]),
      })
    }
    await storage.close()
  })
  const day = () => [new DateTime('2026-11-23T00:00:00Z'), new DateTime('2026-11-24T00:00:00Z')] as const

  test('shows what takes place on a day', async () => {
    const view = new CalendarView(...day())
    expect(subjects(await ken.FindAppointments(WellKnownFolderName.Calendar, view))).toEqual([
      'Stand-up',
      'Lunch',
    ])
    const later = new CalendarView(new DateTime('2026-11-24T00:00:00Z'), new DateTime('2026-11-25T00:00:00Z'))
    expect(subjects(await ken.FindAppointments(WellKnownFolderName.Calendar, later))).toEqual([])
  })

  test('tells others when its owner is busy', async () => {
    const attendees = ['kenmyer@litwareinc.com', 'nobody@litwareinc.com'].map((one) => new AttendeeInfo(one))
    const results = await pilar.GetUserAvailability(
      attendees,
      new TimeWindow(...day()),
      AvailabilityData.FreeBusy,
    )
    const [found, missing] = results.AttendeesAvailability.Responses
    expect(found?.ViewType).toBe(FreeBusyViewType.FreeBusy)
    expect(found?.CalendarEvents.map((one) => one.FreeBusyStatus)).toEqual([
      LegacyFreeBusyStatus.Busy,
      LegacyFreeBusyStatus.Tentative,
    ])
    expect(missing?.ErrorCode).toBe(ServiceError.ErrorMailRecipientNotFound)
    const own = await ken.GetUserAvailability(
      attendees.slice(0, 1),
      new TimeWindow(...day()),
      AvailabilityData.FreeBusy,
    )
    expect(own.AttendeesAvailability.Responses[0]?.CalendarEvents.map((one) => one.Details.Subject)).toEqual([
      'Stand-up',
      'Lunch',
    ])
  })
})
