import type { ProductReply } from '../../../src/products/product.ts'
import {
  codes,
  faultCode,
  find,
  getItem,
  message,
  named,
  names,
  root,
  startExchange,
  wrap,
} from './harness.ts'
import {
  all,
  appointment,
  attendees,
  contact,
  create,
  entry,
  field,
  idIn,
  mailbox,
  task,
  textsOf,
} from './items-harness.ts'

const INVITE_NOBODY = 'SendMeetingInvitations="SendToNone"'
const more = (...paths: string[]) => `<t:AdditionalProperties>${paths.join('')}</t:AdditionalProperties>`

async function kept(kind: string, item: string, header?: string) {
  const { ews } = startExchange()
  const body = create(item, INVITE_NOBODY)
  const created = await ews(
    header === undefined ? body : body.replace('<soap:Header>', `<soap:Header>${header}`),
  )
  const id = idIn(created)
  const get = async (shape = 'AllProperties', paths = '') => ews(getItem(id, shape, paths))
  return { ews, id, get, texts: textsOf(await get(), kind) }
}

describe('an appointment', () => {
  const WHOLE = appointment(
    `<t:Subject>Review</t:Subject><t:Body BodyType="Text">All of it</t:Body><t:UID>040000</t:UID><t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:30:00Z</t:End><t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Room 7</t:Location>${attendees('pilar@litwareinc.com')}<t:OptionalAttendees><t:Attendee>${mailbox('jo@litwareinc.com', 'Jo')}</t:Attendee></t:OptionalAttendees><t:Recurrence><t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Tuesday Friday</t:DaysOfWeek></t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-12-01</t:StartDate><t:NumberOfOccurrences>5</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence><t:StartTimeZone Id="UTC"></t:StartTimeZone>`,
  )

  test('comes back as it was written, with what Exchange says of it, in the order of the schema', async () => {
    const { get, texts } = await kept('CalendarItem', WHOLE)
    expect(texts).toMatchObject({
      ItemClass: 'IPM.Appointment',
      Subject: 'Review',
      UID: '040000',
      Start: '2026-12-01T09:00:00Z',
      End: '2026-12-01T10:30:00Z',
      LegacyFreeBusyStatus: 'OOF',
      Location: 'Room 7',
      IsAllDayEvent: 'false',
      IsMeeting: 'true',
      IsRecurring: 'true',
      CalendarItemType: 'RecurringMaster',
      MyResponseType: 'Organizer',
      Duration: 'PT1H30M',
      TimeZone: 'UTC',
      AppointmentState: '1',
      DisplayTo: 'pilar@litwareinc.com',
      DisplayCc: 'Jo',
    })
    const item = find(root(await get()), 'CalendarItem')
    expect(names(item)).toEqual(
      'ItemId ParentFolderId ItemClass Subject Sensitivity Body DateTimeReceived Size Importance IsSubmitted IsDraft IsFromMe IsResend IsUnmodified DateTimeSent DateTimeCreated ReminderDueBy ReminderIsSet ReminderMinutesBeforeStart DisplayCc DisplayTo DisplayBcc HasAttachments EffectiveRights LastModifiedName LastModifiedTime IsAssociated UID DateTimeStamp Start End IsAllDayEvent LegacyFreeBusyStatus Location IsMeeting IsCancelled IsRecurring MeetingRequestWasSent IsResponseRequested CalendarItemType MyResponseType Organizer RequiredAttendees OptionalAttendees Duration TimeZone AppointmentSequenceNumber AppointmentState Recurrence StartTimeZone'.split(
        ' ',
      ),
    )
    expect(names(find(item!, 'WeeklyRecurrence'))).toEqual(['Interval', 'DaysOfWeek'])
    expect(find(item!, 'StartTimeZone')?.attributes.get('Id')).toBe('UTC')
    expect(find(find(item!, 'Organizer')!, 'EmailAddress')?.text).toBe('kenmyer@litwareinc.com')
  })

  test('goes to the calendar, and nowhere but to calendars', async () => {
    const { ews } = startExchange()
    const plain = appointment('<t:Subject>x</t:Subject>')
    expect(codes(await ews(create(plain, INVITE_NOBODY)))).toEqual(['NoError'])
    expect(codes(await ews(create(plain, INVITE_NOBODY, named('calendar'))))).toEqual(['NoError'])
    expect(codes(await ews(create(plain, INVITE_NOBODY, named('inbox'))))).toEqual([
      'ErrorCannotCreateCalendarItemInNonCalendarFolder',
    ])
    expect(codes(await ews(create(plain)))).toEqual(['ErrorSendMeetingInvitationsRequired'])
  })

  test.each([
    [
      'its own zone',
      '2026-07-01T09:00:00',
      '<t:StartTimeZone Id="Pacific Standard Time"/>',
      '2026-07-01T16:00:00Z',
    ],
    [
      'an offset',
      '2026-07-01T09:00:00+02:00',
      '<t:StartTimeZone Id="Pacific Standard Time"/>',
      '2026-07-01T07:00:00Z',
    ],
    ['UTC when nobody says', '2026-07-01T09:00:00', '', '2026-07-01T09:00:00Z'],
  ])('has its times in %s, and gives them in UTC', async (_, start, zone, expected) => {
    const { texts } = await kept('CalendarItem', appointment(`<t:Start>${start}</t:Start>${zone}`))
    expect(texts['Start']).toBe(expected)
  })

  test('has its times in the zone of the request when it names none', async () => {
    const header =
      '<t:TimeZoneContext><t:TimeZoneDefinition Id="Tokyo Standard Time"></t:TimeZoneDefinition></t:TimeZoneContext>'
    const item = appointment('<t:Start>2026-07-01T09:00:00</t:Start><t:End>2026-07-01T10:00:00</t:End>')
    const { texts } = await kept('CalendarItem', item, header)
    expect([texts['Start'], texts['End']]).toEqual(['2026-07-01T00:00:00Z', '2026-07-01T01:00:00Z'])
  })

  test('that lasts whole days begins and ends at midnight', async () => {
    const times = '<t:Start>2026-07-01T09:00:00Z</t:Start><t:End>2026-07-01T10:00:00Z</t:End>'
    const { texts } = await kept(
      'CalendarItem',
      appointment(`${times}<t:IsAllDayEvent>true</t:IsAllDayEvent>`),
    )
    expect([texts['Start'], texts['End'], texts['Duration']]).toEqual([
      '2026-07-01T00:00:00Z',
      '2026-07-02T00:00:00Z',
      'P1D',
    ])
  })

  test('does not end before it starts, nor years later', async () => {
    const { ews } = startExchange()
    const lasting = (start: string, end: string) =>
      ews(create(appointment(`<t:Start>${start}</t:Start><t:End>${end}</t:End>`), INVITE_NOBODY))
    expect(codes(await lasting('2026-07-01T09:00:00Z', '2026-07-01T08:00:00Z'))).toEqual([
      'ErrorCalendarEndDateIsEarlierThanStartDate',
    ])
    expect(codes(await lasting('2026-07-01T09:00:00Z', '2036-07-01T08:00:00Z'))).toEqual([
      'ErrorCalendarDurationIsTooLong',
    ])
  })

  test.each([
    [
      'a recurrence without a range',
      '<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence></t:Recurrence>',
    ],
    [
      'a range that is a pattern',
      '<t:Recurrence><t:NoEndRecurrence><t:StartDate>2026-12-01</t:StartDate></t:NoEndRecurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence></t:Recurrence>',
    ],
    ...Object.entries({
      'an interval of nothing':
        '<t:DailyRecurrence><t:Interval>0</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>2026-12-01</t:StartDate></t:NoEndRecurrence>',
      'an interval of 000 weeks':
        '<t:WeeklyRecurrence><t:Interval>000</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek></t:WeeklyRecurrence><t:NoEndRecurrence><t:StartDate>2026-12-01</t:StartDate></t:NoEndRecurrence>',
      'a first day that never was':
        '<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>2026-02-30</t:StartDate></t:NoEndRecurrence>',
    }).map(([name, parts]) => [name, `<t:Recurrence>${parts}</t:Recurrence>`] as [string, string]),
    ['an attendee without a mailbox', '<t:RequiredAttendees><t:Attendee/></t:RequiredAttendees>'],
    ['an unknown state of being busy', '<t:LegacyFreeBusyStatus>Asleep</t:LegacyFreeBusyStatus>'],
    ['a property of a task', '<t:PercentComplete>5</t:PercentComplete>'],
    ['an hour that no day has', '<t:Start>2026-12-01T24:30:00Z</t:Start>'],
  ])('with %s is a schema violation', async (_, content) => {
    expect(faultCode(await startExchange().ews(create(appointment(content), INVITE_NOBODY)))).toBe(
      'ErrorSchemaValidation',
    )
  })

  test('in a zone that nobody knows is refused by name', async () => {
    const body = create(appointment('<t:StartTimeZone Id="Atlantis Time"/>'), INVITE_NOBODY)
    expect(codes(await startExchange().ews(body))).toEqual(['ErrorTimeZone'])
  })
})

describe('a contact', () => {
  const JO = contact(
    '<t:FileAsMapping>LastCommaFirst</t:FileAsMapping><t:GivenName>Jo</t:GivenName><t:CompanyName>Litware</t:CompanyName><t:EmailAddresses><t:Entry Key="EmailAddress1" Name="Jo B" RoutingType="SMTP">jo@x.y</t:Entry><t:Entry Key="EmailAddress2">b@x.y</t:Entry></t:EmailAddresses><t:PhysicalAddresses><t:Entry Key="Home"><t:Street>1 A St</t:Street><t:City>B</t:City></t:Entry></t:PhysicalAddresses><t:PhoneNumbers><t:Entry Key="MobilePhone">1</t:Entry></t:PhoneNumbers><t:Birthday>1980-02-29T00:00:00Z</t:Birthday><t:Children><t:String>Kim</t:String></t:Children><t:ImAddresses><t:Entry Key="ImAddress1">sip:jo</t:Entry></t:ImAddresses><t:Surname>Berry</t:Surname>',
  )

  test('comes back with its dictionaries, its name made whole, and filed as it says', async () => {
    const { get, texts } = await kept('Contact', JO)
    expect(texts).toMatchObject({
      ItemClass: 'IPM.Contact',
      Subject: 'Jo Berry',
      FileAs: 'Berry, Jo',
      DisplayName: 'Jo Berry',
      Birthday: '1980-02-29T00:00:00Z',
      HasPicture: 'false',
    })
    const item = find(root(await get()), 'Contact')!
    expect(names(item)?.slice(names(item)?.indexOf('FileAs'))).toEqual(
      'FileAs FileAsMapping DisplayName GivenName CompleteName CompanyName EmailAddresses PhysicalAddresses PhoneNumbers Birthday Children ImAddresses PostalAddressIndex Surname HasPicture'.split(
        ' ',
      ),
    )
    expect(find(item, 'CompleteName')?.children.map(({ name, text }) => `${name}=${text}`)).toEqual([
      'FirstName=Jo',
      'LastName=Berry',
      'FullName=Jo Berry',
    ])
    const [first] = find(item, 'EmailAddresses')?.children ?? []
    expect(Object.fromEntries(first?.attributes ?? [])).toEqual({
      Key: 'EmailAddress1',
      Name: 'Jo B',
      RoutingType: 'SMTP',
    })
  })

  test('shows single entries when they are asked for alone', async () => {
    const { get } = await kept('Contact', JO)
    const reply = await get(
      'IdOnly',
      more(
        entry('contacts:EmailAddress', 'EmailAddress2'),
        entry('contacts:PhysicalAddress:City', 'Home'),
        entry('contacts:PhoneNumber', 'Pager'),
      ),
    )
    const item = find(root(reply), 'Contact')
    expect(names(item)).toEqual(['ItemId', 'EmailAddresses', 'PhysicalAddresses'])
    expect(all(item!, 'Entry').map(({ attributes }) => attributes.get('Key'))).toEqual([
      'EmailAddress2',
      'Home',
    ])
    expect(names(all(item!, 'Entry')[1])).toEqual(['City'])
  })

  test('goes to the contacts and has no entry twice', async () => {
    const { ews } = startExchange()
    expect(codes(await ews(create(JO)))).toEqual(['NoError'])
    expect(codes(await ews(create(JO, INVITE_NOBODY, named('drafts'))))).toEqual([
      'ErrorCannotCreateContactInNonContactFolder',
    ])
    const twice = contact(
      '<t:PhoneNumbers><t:Entry Key="Pager">1</t:Entry><t:Entry Key="Pager">2</t:Entry></t:PhoneNumbers>',
    )
    expect(faultCode(await ews(create(twice)))).toBe('ErrorSchemaValidation')
  })
})

describe('a task', () => {
  test('that was just written has not been started', async () => {
    const { get, texts } = await kept(
      'Task',
      task('<t:Subject>T</t:Subject><t:DueDate>2026-12-02T00:00:00Z</t:DueDate>'),
    )
    expect(texts).toMatchObject({
      ItemClass: 'IPM.Task',
      Status: 'NotStarted',
      StatusDescription: 'Not Started',
      PercentComplete: '0',
      IsComplete: 'false',
      ChangeCount: '1',
      Owner: 'Ken Myer',
      DueDate: '2026-12-02T00:00:00Z',
    })
    const item = find(root(await get()), 'Task')
    expect(names(item)?.slice(names(item)?.indexOf('ChangeCount'))).toEqual(
      'ChangeCount DelegationState DueDate IsAssignmentEditable IsComplete IsRecurring IsTeamTask Owner PercentComplete Status StatusDescription'.split(
        ' ',
      ),
    )
  })

  test.each([
    ['<t:PercentComplete>100</t:PercentComplete>', ['Completed', '100', '2026-11-18T11:06:40Z']],
    ['<t:PercentComplete>40</t:PercentComplete>', ['InProgress', '40', undefined]],
    ['<t:Status>Completed</t:Status>', ['Completed', '100', '2026-11-18T11:06:40Z']],
    ['<t:PercentComplete>40</t:PercentComplete><t:Status>Deferred</t:Status>', ['Deferred', '40', undefined]],
    ['<t:CompleteDate>2026-01-05T00:00:00Z</t:CompleteDate>', ['Completed', '100', '2026-01-05T00:00:00Z']],
  ])('is in one state, whatever says so: %s', async (content, expected) => {
    const { texts } = await kept('Task', task(content))
    expect([texts['Status'], texts['PercentComplete'], texts['CompleteDate']]).toEqual(expected)
  })

  test('goes to the tasks, and says which of its occurrences go when it is deleted', async () => {
    const { ews, id } = await kept('Task', task(''))
    const remove = (more: string) =>
      ews(wrap(`<m:DeleteItem DeleteType="HardDelete"${more}><m:ItemIds>${id}</m:ItemIds></m:DeleteItem>`))
    expect(codes(await remove(''))).toEqual(['ErrorAffectedTaskOccurrencesRequired'])
    expect(codes(await remove(' AffectedTaskOccurrences="AllOccurrences"'))).toEqual(['NoError'])
    expect(codes(await ews(create(task(''), INVITE_NOBODY, named('calendar'))))).toEqual([
      'ErrorCannotCreateTaskInNonTaskFolder',
    ])
  })
})

describe('properties', () => {
  test('that items of this kind do not have are passed over when they are asked for', async () => {
    const { get } = await kept('Task', task('<t:Subject>T</t:Subject>'))
    const paths = more(
      field('calendar:Start'),
      field('message:From'),
      field('contacts:Surname'),
      field('task:Status'),
    )
    expect(names(find(root(await get('IdOnly', paths)), 'Task'))).toEqual(['ItemId', 'Status'])
  })

  test.each([
    [
      'CalendarItem',
      appointment(''),
      ['Start', 'End', 'LegacyFreeBusyStatus', 'CalendarItemType', 'MyResponseType', 'Organizer'],
    ],
    ['Contact', contact('<t:FileAs>x</t:FileAs>'), ['FileAs']],
    ['Task', task(''), ['PercentComplete', 'Status']],
  ])('of the Default shape of a %s are few', async (kind, item, expected) => {
    const { get } = await kept(kind, item)
    const shown = names(find(root(await get('Default')), kind))
    const common = ['ItemId', 'Sensitivity', 'Size', 'DateTimeSent', 'DateTimeCreated', 'HasAttachments']
    expect(shown).toEqual([...common, ...expected])
  })

  test('of a t:Item are those of the kind that its class says', async () => {
    const { ews } = startExchange()
    const item = (itemClass: string) => `<t:Item><t:ItemClass>${itemClass}</t:ItemClass></t:Item>`
    const reply = await ews(create(['IPM.Task.Mine', 'IPM.Note.Mine'].map(item).join('')))
    expect(all(root(reply), 'Items').map(names)).toEqual([['Task'], ['Message']])
  })

  // The envelope has a Body as well.
  const bodyIn = (reply: ProductReply) => find(find(root(reply), 'Message')!, 'Body')

  test('bodies come in the type that was asked for', async () => {
    const { ews } = startExchange()
    const html =
      '&lt;html&gt;&lt;style&gt;p {}&lt;/style&gt;&lt;p&gt;a &amp;amp; b&lt;/p&gt;&lt;p&gt;c&lt;/p&gt;&lt;/html&gt;'
    const id = idIn(await ews(create(message(`<t:Body BodyType="HTML">${html}</t:Body>`))))
    const body = async (type: string) =>
      bodyIn(await ews(getItem(id, 'Default', `<t:BodyType>${type}</t:BodyType>`)))
    expect(await body('Text')).toMatchObject({ text: 'a & b\r\n\r\nc' })
    expect((await body('Text'))?.attributes.get('BodyType')).toBe('Text')
    expect((await body('Best'))?.attributes.get('BodyType')).toBe('HTML')
    const plain = idIn(await ews(create(message('<t:Body BodyType="Text">1 &lt; 2</t:Body>'))))
    const asHtml = bodyIn(await ews(getItem(plain, 'Default', '<t:BodyType>HTML</t:BodyType>')))
    expect(asHtml?.text).toContain('<div>1 &lt; 2</div>')
  })

  test('a client writes a message that is no draft, and unread, by its flags', async () => {
    const { ews } = startExchange()
    const flags = (value: number) =>
      message(
        `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/><t:Value>${value}</t:Value></t:ExtendedProperty>`,
      )
    const read = async (value: number) =>
      textsOf(await ews(getItem(idIn(await ews(create(flags(value)))))), 'Message')
    expect(await read(1)).toMatchObject({ IsDraft: 'false', IsRead: 'true' })
    expect(await read(8)).toMatchObject({ IsDraft: 'true', IsRead: 'false' })
  })
})
