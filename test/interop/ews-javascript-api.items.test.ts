/** ews-javascript-api, unmodified, over HTTPS with a private authority: what it can express of items. */
import { Agent } from 'node:https'
import {
  AffectedTaskOccurrence,
  Appointment,
  BasePropertySet,
  BodyType,
  ConflictResolutionMode,
  Contact,
  DateTime,
  DefaultExtendedPropertySet,
  DeleteMode,
  EmailAddress,
  EmailAddressKey,
  EmailMessage,
  EmailMessageSchema,
  ExchangeService,
  ExchangeVersion,
  ExtendedPropertyDefinition,
  type FileAttachment,
  Folder,
  Importance,
  Item,
  type ItemAttachment,
  type ItemId,
  ItemSchema,
  MapiPropertyType,
  MessageBody,
  MimeContent,
  OAuthCredentials,
  PhoneNumberKey,
  PhysicalAddressEntry,
  PhysicalAddressKey,
  PropertySet,
  SendCancellationsMode,
  SendInvitationsMode,
  SendInvitationsOrCancellationsMode,
  ServiceError,
  Task,
  TaskStatus,
  Uri,
  WellKnownFolderName,
  XhrApi,
} from 'ews-javascript-api'
import { CA, type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
let ken: ExchangeService
let pilar: ExchangeService
const agents: Agent[] = []

beforeAll(async () => {
  farm = await startFarm()
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

const everything = () => new PropertySet(BasePropertySet.FirstClassProperties)
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: { ErrorCode?: ServiceError }) => error.ErrorCode,
  )
const counts = async (service: ExchangeService, name: WellKnownFolderName) => {
  const folder = await Folder.Bind(service, name)
  // Calendars have no unread items.
  return name === WellKnownFolderName.Calendar ? [folder.TotalCount] : [folder.TotalCount, folder.UnreadCount]
}

async function draft(subject: string): Promise<EmailMessage> {
  const message = new EmailMessage(ken)
  message.Subject = subject
  message.Body = new MessageBody(BodyType.HTML, '&lt;p&gt;Hello &amp;amp; welcome&lt;/p&gt;')
  message.ToRecipients.Add('pilar@litwareinc.com')
  await message.Save(WellKnownFolderName.Drafts)
  return message
}

test('a message is saved, bound, updated, copied, moved and deleted', async () => {
  const message = await draft('Plan')
  const bound = await EmailMessage.Bind(ken, message.Id, everything())
  expect(bound).toMatchObject({ Subject: 'Plan', IsRead: true, IsDraft: true, ItemClass: 'IPM.Note' })
  expect(bound.Body.Text).toBe('<p>Hello &amp; welcome</p>')
  expect(bound.ToRecipients.GetEnumerator().map(({ Address }) => Address)).toEqual(['pilar@litwareinc.com'])

  bound.Subject = 'Another plan'
  bound.Importance = Importance.High
  bound.Categories.Add('Red')
  bound.CcRecipients.Add(new EmailAddress('David', 'davidl@litwareinc.com'))
  await bound.Update(ConflictResolutionMode.AutoResolve)
  expect(bound.Id.ChangeKey).not.toBe(message.Id.ChangeKey)
  const again = await EmailMessage.Bind(ken, message.Id, everything())
  expect(again).toMatchObject({ Subject: 'Another plan', Importance: Importance.High, DisplayCc: 'David' })
  expect(again.Categories.GetEnumerator()).toEqual(['Red'])

  const copy = await again.Copy(WellKnownFolderName.Inbox)
  const moved = await again.Move(WellKnownFolderName.JunkEmail)
  expect(new Set([copy.Id.UniqueId, moved.Id.UniqueId, message.Id.UniqueId]).size).toBe(3)
  expect(await codeOf(EmailMessage.Bind(ken, message.Id))).toBe(ServiceError.ErrorItemNotFound)
  for (const one of [copy, moved]) {
    expect((await EmailMessage.Bind(ken, one.Id)).Subject).toBe('Another plan')
    await one.Delete(DeleteMode.HardDelete)
    expect(await codeOf(EmailMessage.Bind(ken, one.Id))).toBe(ServiceError.ErrorItemNotFound)
  }
})

test('who saw an older version does not overwrite a newer one, unless they want to', async () => {
  const message = await draft('First')
  const [mine, theirs] = [await EmailMessage.Bind(ken, message.Id), await EmailMessage.Bind(ken, message.Id)]
  mine.Subject = 'Second'
  await mine.Update(ConflictResolutionMode.NeverOverwrite)
  theirs.Subject = 'Third'
  expect(await codeOf(theirs.Update(ConflictResolutionMode.NeverOverwrite))).toBe(
    ServiceError.ErrorIrresolvableConflict,
  )
  await theirs.Update(ConflictResolutionMode.AlwaysOverwrite)
  expect((await EmailMessage.Bind(ken, message.Id)).Subject).toBe('Third')
})

test('a message is sent with and without a copy, and read by whom it is to', async () => {
  const before = await counts(pilar, WellKnownFolderName.Inbox)
  const [sentBefore = 0] = await counts(ken, WellKnownFolderName.SentItems)
  const message = new EmailMessage(ken)
  message.Subject = 'Lunch'
  message.Body = new MessageBody(BodyType.Text, 'At noon?')
  message.ToRecipients.Add('pilar@litwareinc.com')
  await message.SendAndSaveCopy()
  const second = new EmailMessage(ken)
  second.Subject = 'Dinner'
  second.ToRecipients.Add('pilar@litwareinc.com')
  await second.Send()
  const third = await draft('Breakfast')
  await third.SendAndSaveCopy()
  expect(await codeOf(EmailMessage.Bind(ken, third.Id))).toBe(ServiceError.ErrorItemNotFound)
  expect(await counts(pilar, WellKnownFolderName.Inbox)).toEqual(before.map((count) => count + 3))
  expect(await counts(ken, WellKnownFolderName.SentItems)).toEqual([sentBefore + 2, 0])
})

test('nobody sends in the name of another, and a report tells of those who are not there', async () => {
  const forged = new EmailMessage(ken)
  forged.Subject = 'From Pilar'
  forged.From = new EmailAddress('pilar@litwareinc.com')
  forged.ToRecipients.Add('davidl@litwareinc.com')
  expect(await codeOf(forged.Send())).toBe(ServiceError.ErrorSendAsDenied)
  const [before = 0] = await counts(ken, WellKnownFolderName.Inbox)
  const lost = new EmailMessage(ken)
  lost.Subject = 'Anyone there?'
  lost.ToRecipients.Add('nobody@nowhere.example')
  await lost.Send()
  expect((await counts(ken, WellKnownFolderName.Inbox))[0]).toBe(before + 1)
})

test('MIME content is kept byte for byte, and made for what was written without', async () => {
  const mime =
    'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nTo: pilar@litwareinc.com\r\nX-Odd:  two  blanks\r\n\r\nHallo\r\n'
  const message = new EmailMessage(ken)
  message.MimeContent = new MimeContent('UTF-8', Buffer.from(mime).toString('base64'))
  await message.Save(WellKnownFolderName.Inbox)
  const withMime = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.MimeContent, ItemSchema.Subject])
  const bound = await EmailMessage.Bind(ken, message.Id, withMime)
  expect(bound.Subject).toBe('Grüße')
  expect(Buffer.from(bound.MimeContent.Content, 'base64').toString()).toBe(mime)
  const made = await EmailMessage.Bind(ken, (await draft('Made')).Id, withMime)
  expect(Buffer.from(made.MimeContent.Content, 'base64').toString()).toMatch(/^Subject: Made\r$/m)
})

test('files and items are attached, loaded and removed', async () => {
  const message = new EmailMessage(ken)
  message.Subject = 'With a file'
  message.Attachments.AddFileAttachment('plan.txt', Buffer.from('the plan').toString('base64'))
  await message.Save(WellKnownFolderName.Drafts)
  const later = await EmailMessage.Bind(ken, message.Id, everything())
  expect(later.HasAttachments).toBe(true)
  later.Attachments.AddFileAttachment('more.bin', Buffer.from([0, 1, 254, 255]).toString('base64'))
  const inner = later.Attachments.AddItemAttachment<EmailMessage>(
    EmailMessage as unknown as typeof Item,
    'Message',
  )
  inner.Name = 'inner'
  inner.Item.Subject = 'Inner'
  await later.Update(ConflictResolutionMode.AlwaysOverwrite)

  const bound = await EmailMessage.Bind(ken, message.Id, everything())
  const attached = bound.Attachments.GetEnumerator()
  const [first, second, third] = attached
  expect(attached.map(({ Name }) => Name)).toEqual(['plan.txt', 'more.bin', 'inner'])
  await first!.Load()
  expect(Buffer.from((first as FileAttachment).Base64Content, 'base64').toString()).toBe('the plan')
  await second!.Load()
  expect([...Buffer.from((second as FileAttachment).Base64Content, 'base64')]).toEqual([0, 1, 254, 255])
  // By its id: the client refuses to load an attached item that it has not loaded yet.
  const { Responses } = await ken.GetAttachments([third!.Id], BodyType.Text, [])
  expect((Responses[0]!.Attachment as ItemAttachment).Item.Subject).toBe('Inner')
  for (const file of [first!, second!]) bound.Attachments.Remove(file)
  await bound.Update(ConflictResolutionMode.AlwaysOverwrite)
  const fewer = await EmailMessage.Bind(ken, message.Id, everything())
  expect(fewer.Attachments.GetEnumerator().map(({ Name }) => Name)).toEqual(['inner'])
})

test('properties that the schema does not know are kept and given back when they are asked for', async () => {
  const named = new ExtendedPropertyDefinition(
    DefaultExtendedPropertySet.PublicStrings,
    'Project',
    MapiPropertyType.String,
  )
  const message = new EmailMessage(ken)
  message.Subject = 'Extended'
  message.SetExtendedProperty(named, 'Entente')
  await message.Save(WellKnownFolderName.Drafts)
  const set = new PropertySet(BasePropertySet.IdOnly, [named, EmailMessageSchema.IsRead])
  const bound = await EmailMessage.Bind(ken, message.Id, set)
  expect(bound.ExtendedProperties.GetEnumerator().map(({ Value }) => Value)).toEqual(['Entente'])
})

test('an appointment is saved, bound, changed and deleted', async () => {
  const appointment = new Appointment(ken)
  appointment.Subject = 'Dentist'
  appointment.Start = new DateTime('2026-12-01T09:00:00Z')
  appointment.End = new DateTime('2026-12-01T09:45:00Z')
  appointment.Location = 'Main Street'
  await appointment.Save(SendInvitationsMode.SendToNone)
  const bound = await Appointment.Bind(ken, appointment.Id, everything())
  expect(bound).toMatchObject({
    Subject: 'Dentist',
    Location: 'Main Street',
    IsMeeting: false,
    IsAllDayEvent: false,
  })
  expect(bound.Start.ToISOString()).toBe('2026-12-01T09:00:00.000Z')
  expect(bound.Duration.TotalMinutes).toBe(45)
  expect(bound.Organizer.Address).toBe('kenmyer@litwareinc.com')
  bound.Location = 'Side Street'
  bound.End = new DateTime('2026-12-01T10:00:00Z')
  await bound.Update(ConflictResolutionMode.AutoResolve, SendInvitationsOrCancellationsMode.SendToNone)
  const again = await Appointment.Bind(ken, appointment.Id, everything())
  expect([again.Location, again.End.ToISOString()]).toEqual(['Side Street', '2026-12-01T10:00:00.000Z'])
  await again.Delete(DeleteMode.MoveToDeletedItems, SendCancellationsMode.SendToNone)
  expect(await codeOf(Appointment.Bind(ken, appointment.Id))).toBe(ServiceError.ErrorItemNotFound)
})

test('who is asked to a meeting has it in the calendar, and hears when it is cancelled', async () => {
  const [calendar = 0] = await counts(pilar, WellKnownFolderName.Calendar)
  const [inbox = 0] = await counts(pilar, WellKnownFolderName.Inbox)
  const meeting = new Appointment(ken)
  meeting.Subject = 'Review'
  meeting.Start = new DateTime('2026-12-02T09:00:00Z')
  meeting.End = new DateTime('2026-12-02T10:00:00Z')
  meeting.RequiredAttendees.Add('pilar@litwareinc.com')
  await meeting.Save(SendInvitationsMode.SendToAllAndSaveCopy)
  expect((await counts(pilar, WellKnownFolderName.Calendar))[0]).toBe(calendar + 1)
  expect((await counts(pilar, WellKnownFolderName.Inbox))[0]).toBe(inbox + 1)
  const bound = await Appointment.Bind(ken, meeting.Id, everything())
  expect(bound).toMatchObject({ IsMeeting: true, MeetingRequestWasSent: true })
  expect(bound.RequiredAttendees.GetEnumerator().map(({ Address }) => Address)).toEqual([
    'pilar@litwareinc.com',
  ])
  await bound.Delete(DeleteMode.HardDelete, SendCancellationsMode.SendOnlyToAll)
  expect((await counts(pilar, WellKnownFolderName.Inbox))[0]).toBe(inbox + 2)
})

test('a contact is saved, bound and changed, entry by entry', async () => {
  const contact = new Contact(ken)
  contact.GivenName = 'Jo'
  contact.Surname = 'Berry'
  contact.CompanyName = 'Litware'
  contact.EmailAddresses._setItem(EmailAddressKey.EmailAddress1, new EmailAddress('jo@litwareinc.com'))
  contact.PhoneNumbers._setItem(PhoneNumberKey.MobilePhone, '+1 555 0100')
  const address = new PhysicalAddressEntry()
  address.Street = '1 Main Street'
  address.City = 'Redmond'
  contact.PhysicalAddresses._setItem(PhysicalAddressKey.Business, address)
  await contact.Save()
  const bound = await Contact.Bind(ken, contact.Id, everything())
  expect(bound).toMatchObject({ GivenName: 'Jo', Surname: 'Berry', CompanyName: 'Litware' })
  expect(bound.CompleteName.FullName).toBe('Jo Berry')
  expect(bound.EmailAddresses._getItem(EmailAddressKey.EmailAddress1).Address).toBe('jo@litwareinc.com')
  expect(bound.PhoneNumbers._getItem(PhoneNumberKey.MobilePhone)).toBe('+1 555 0100')
  expect(bound.PhysicalAddresses._getItem(PhysicalAddressKey.Business).City).toBe('Redmond')
  bound.PhoneNumbers._setItem(PhoneNumberKey.HomePhone, '+1 555 0199')
  const home = new PhysicalAddressEntry()
  home.City = 'Seattle'
  bound.PhysicalAddresses._setItem(PhysicalAddressKey.Home, home)
  bound.JobTitle = 'Editor'
  await bound.Update(ConflictResolutionMode.AutoResolve)
  const again = await Contact.Bind(ken, contact.Id, everything())
  expect(again.JobTitle).toBe('Editor')
  expect(again.PhoneNumbers._getItem(PhoneNumberKey.MobilePhone)).toBe('+1 555 0100')
  expect(again.PhoneNumbers._getItem(PhoneNumberKey.HomePhone)).toBe('+1 555 0199')
  expect(again.PhysicalAddresses._getItem(PhysicalAddressKey.Business).City).toBe('Redmond')
  expect(again.PhysicalAddresses._getItem(PhysicalAddressKey.Home).City).toBe('Seattle')
})

test('a task is saved, completed and deleted', async () => {
  const task = new Task(ken)
  task.Subject = 'Write the report'
  task.DueDate = new DateTime('2026-12-05T00:00:00Z')
  await task.Save()
  const bound = await Task.Bind(ken, task.Id, everything())
  expect(bound).toMatchObject({ Status: TaskStatus.NotStarted, PercentComplete: 0, IsComplete: false })
  bound.Status = TaskStatus.Completed
  await bound.Update(ConflictResolutionMode.AutoResolve)
  const done = await Task.Bind(ken, task.Id, everything())
  expect(done).toMatchObject({ Status: TaskStatus.Completed, PercentComplete: 100, IsComplete: true })
  await done.Delete(DeleteMode.HardDelete)
  expect(await codeOf(Task.Bind(ken, task.Id))).toBe(ServiceError.ErrorItemNotFound)
})

test('several items are bound, moved and deleted in one request, each with its own answer', async () => {
  const ids: ItemId[] = []
  for (const subject of ['a', 'b', 'c']) ids.push((await draft(subject)).Id)
  const bound = await ken.BindToItems(ids, everything())
  expect(bound.Responses.map(({ Item: { Subject } }) => Subject)).toEqual(['a', 'b', 'c'])
  await bound.Responses[1]!.Item.Delete(DeleteMode.HardDelete)
  const deleted = await ken.DeleteItems(
    ids,
    DeleteMode.SoftDelete,
    SendCancellationsMode.SendToNone,
    AffectedTaskOccurrence.AllOccurrences,
  )
  expect(deleted.Responses.map(({ ErrorCode }) => ErrorCode)).toEqual([
    ServiceError.NoError,
    ServiceError.ErrorItemNotFound,
    ServiceError.NoError,
  ])
})

test('an item of another mailbox is not there', async () => {
  const message = await draft('Mine')
  expect(await codeOf(Item.Bind(pilar, message.Id))).toBe(ServiceError.ErrorItemNotFound)
})
