import {
  codes,
  getItem,
  ken,
  message,
  named,
  names,
  noMailbox,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import {
  all,
  appointment,
  attendees,
  create,
  field,
  file,
  getAttachment,
  idIn,
  idOf,
  itemsIn,
  mailbox,
  sendItem,
  set,
  textsOf,
  to,
  update,
} from './items-harness.ts'

const SEND = 'MessageDisposition="SendOnly"'
const SEND_AND_SAVE = 'MessageDisposition="SendAndSaveCopy"'
const LUNCH = `<t:Subject>Lunch</t:Subject><t:Body BodyType="Text">At noon?</t:Body>`
const PILAR = 'pilar@litwareinc.com'

describe('a message that is sent', () => {
  test('lies unread in the Inbox of everyone it is to, as mail that came in', async () => {
    const { ews, kit } = startExchange()
    const reply = await ews(create(message(`${LUNCH}${to(PILAR, 'kenmyer@litwareinc.com', PILAR)}`), SEND))
    expect(codes(reply)).toEqual(['NoError'])
    expect(all(root(reply), 'Items').map(names)).toEqual([[]])
    const [received, ...others] = await itemsIn(kit, pilar, 'inbox')
    expect(others).toEqual([])
    const seen = await ews(getItem(idOf(received!)), pilar)
    expect(textsOf(seen, 'Message')).toMatchObject({
      Subject: 'Lunch',
      Body: 'At noon?',
      IsRead: 'false',
      IsDraft: 'false',
      DisplayTo: 'Pilar Ackerman; Ken Myer; Pilar Ackerman',
    })
    expect(all(root(seen), 'From').map((from) => textsIn(from))).toEqual([
      ['Ken Myer', 'kenmyer@litwareinc.com', 'SMTP'],
    ])
    expect(all(root(seen), 'ReceivedBy').map((one) => textsIn(one)?.[1])).toEqual([PILAR])
    const changes = await kit.mailboxes.changes(pilar.sid, 0, 99)
    expect(changes?.map(({ kind, subject }) => `${kind} ${subject}`)).toContain('newMail item')
    expect(await itemsIn(kit, ken, 'inbox')).toHaveLength(1)
    expect(await itemsIn(kit, ken, 'sentitems')).toEqual([])
  })

  const textsIn = (element: ReturnType<typeof root>) =>
    all(element, 'Mailbox')[0]?.children.map(({ text }) => text)

  test('is kept in Sent Items, or in the folder that was named, as it went out', async () => {
    const { ews, kit } = startExchange()
    await ews(create(message(`${LUNCH}${to(PILAR)}`), SEND_AND_SAVE))
    await ews(create(message(`${LUNCH}${to(PILAR)}`), SEND_AND_SAVE, named('notes')))
    for (const folder of ['sentitems', 'notes'] as const) {
      const [kept] = await itemsIn(kit, ken, folder)
      const texts = textsOf(await ews(getItem(idOf(kept!))), 'Message')
      expect(texts).toMatchObject({ IsDraft: 'false', IsFromMe: 'true', IsRead: 'true' })
    }
    expect(await itemsIn(kit, pilar, 'inbox')).toHaveLength(2)
  })

  test('does not tell to whom it went in secret, but to its sender', async () => {
    const { ews, kit } = startExchange()
    const secret = `<t:BccRecipients>${mailbox('kenmyer@litwareinc.com')}</t:BccRecipients>`
    const mime = Buffer.from(
      `From: kenmyer@litwareinc.com\r\nTo: ${PILAR}\r\nBcc: kenmyer@litwareinc.com\r\nSubject: s\r\n\r\nx`,
    )
    await ews(create(message(`${LUNCH}${to(PILAR)}${secret}`), SEND_AND_SAVE))
    await ews(create(message(`<t:MimeContent>${mime.toString('base64')}</t:MimeContent>`), SEND_AND_SAVE))
    const withMime = '<t:IncludeMimeContent>true</t:IncludeMimeContent>'
    for (const item of await itemsIn(kit, pilar, 'inbox')) {
      const reply = await ews(getItem(idOf(item), 'AllProperties', withMime), pilar)
      expect([textOf(reply, 'DisplayBcc'), textOf(reply, 'BccRecipients')]).toEqual(['', undefined])
      expect(String(Buffer.from(textOf(reply, 'MimeContent') ?? '', 'base64'))).not.toMatch(/^bcc:/im)
    }
    expect(await itemsIn(kit, ken, 'inbox')).toHaveLength(2)
    for (const item of await itemsIn(kit, ken, 'sentitems'))
      expect(textOf(await ews(getItem(idOf(item))), 'DisplayBcc')).toMatch(/ken/i)
  })

  test('carries its files to everyone, and each can remove their own', async () => {
    const { ews, kit } = startExchange()
    await ews(
      create(
        message(
          `<t:Subject>f</t:Subject><t:Attachments>${file('a.txt', 'hello')}</t:Attachments>${to(PILAR)}`,
        ),
        SEND_AND_SAVE,
      ),
    )
    const [[mine], [theirs]] = [await itemsIn(kit, ken, 'sentitems'), await itemsIn(kit, pilar, 'inbox')]
    await ews(
      wrap(`<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${idOf(mine!)}</m:ItemIds></m:DeleteItem>`),
    )
    const reply = await ews(getItem(idOf(theirs!)), pilar)
    const [id] = all(root(reply), 'AttachmentId').map(
      (one) => `<t:AttachmentId Id="${one.attributes.get('Id')}"/>`,
    )
    expect(
      Buffer.from(textOf(await ews(getAttachment(id!), pilar), 'Content') ?? '', 'base64').toString(),
    ).toBe('hello')
    expect(codes(await ews(getAttachment(id!), ken))).toEqual(['ErrorItemNotFound'])
  })

  test.each([
    ['From', `<t:From>${mailbox(PILAR)}</t:From>`],
    ['Sender', `<t:Sender>${mailbox(PILAR)}</t:Sender>`],
  ])('is from its sender and nobody else, whatever its %s says', async (name, who) => {
    const { ews, kit } = startExchange()
    const body = create(
      message(name === 'Sender' ? `${who}${to(PILAR)}` : `${to(PILAR)}${who}`),
      SEND_AND_SAVE,
    )
    expect(codes(await ews(body))).toEqual(['ErrorSendAsDenied'])
    const mime = Buffer.from(`From: ${PILAR}\r\nTo: ${PILAR}\r\n\r\nx`).toString('base64')
    const hidden = create(message(`<t:MimeContent>${mime}</t:MimeContent>`), SEND)
    expect(codes(await ews(hidden))).toEqual(['ErrorSendAsDenied'])
    expect([await itemsIn(kit, pilar, 'inbox'), await itemsIn(kit, ken, 'sentitems')]).toEqual([[], []])
  })

  test('comes back as a report for those whom nobody knows', async () => {
    const { ews, kit } = startExchange()
    await ews(create(message(`${LUNCH}${to('nobody@nowhere.example', PILAR, 'jo@litwareinc.com')}`), SEND))
    const [report] = await itemsIn(kit, ken, 'inbox')
    const texts = textsOf(await ews(getItem(idOf(report!))), 'Message')
    expect(texts).toMatchObject({
      ItemClass: 'REPORT.IPM.Note.NDR',
      Subject: 'Undeliverable: Lunch',
      IsRead: 'false',
    })
    expect(texts['Body']).toMatch(/550 5\.1\.10 .*nobody@nowhere\.example/)
    expect(texts['Body']).toMatch(/jo@litwareinc\.com/) // has no mailbox
    expect(await itemsIn(kit, pilar, 'inbox')).toHaveLength(1)
  })

  test('has someone to go to, and someone to come from', async () => {
    const { ews, appOnly } = startExchange()
    const nobody = `<t:ToRecipients><t:Mailbox><t:Name>Pilar</t:Name></t:Mailbox></t:ToRecipients>`
    expect(codes(await ews(create(message(LUNCH), SEND)))).toEqual(['ErrorInvalidRecipients'])
    expect(codes(await ews(create(message(nobody), SEND)))).toEqual(['ErrorInvalidRecipients'])
    const many = Array.from({ length: 501 }, (_, i) => `${i}@nowhere.example`)
    expect(codes(await ews(create(message(to(...many)), SEND)))).toEqual(['ErrorInvalidRecipients'])
    const body = create(message(`${LUNCH}${to(PILAR)}`), SEND)
    expect(codes(await ews(body, noMailbox))).toEqual(['ErrorMissingEmailAddress'])
    expect(codes(await appOnly(body))).toEqual(['ErrorMissingEmailAddress'])
  })
})

describe('SendItem', () => {
  async function saved() {
    const exchange = startExchange()
    const id = idIn(await exchange.ews(create(message(`${LUNCH}${to(PILAR)}`))))
    return { ...exchange, id }
  }

  test('sends a draft and moves it to Sent Items', async () => {
    const { ews, kit, id } = await saved()
    const reply = await ews(sendItem(id, true))
    expect(all(root(reply), 'SendItemResponseMessage').map(names)).toEqual([['ResponseCode']])
    expect(await itemsIn(kit, ken, 'drafts')).toEqual([])
    expect(await itemsIn(kit, ken, 'sentitems')).toMatchObject([{ subject: 'Lunch' }])
    expect(await itemsIn(kit, pilar, 'inbox')).toMatchObject([
      { subject: 'Lunch', isRead: false, fromName: 'Ken Myer' },
    ])
    expect(codes(await ews(sendItem(id, true)))).toEqual(['ErrorItemNotFound'])
  })

  test('removes the draft when no copy is to be kept', async () => {
    const { ews, kit, id } = await saved()
    expect(codes(await ews(sendItem(id, false)))).toEqual(['NoError'])
    expect([await itemsIn(kit, ken, 'drafts'), await itemsIn(kit, ken, 'sentitems')]).toEqual([[], []])
    expect(await itemsIn(kit, pilar, 'inbox')).toHaveLength(1)
  })

  test('sends a draft once, however many send it at the same time', async () => {
    const { ews, kit, id } = await saved()
    const replies = await Promise.all([1, 2, 3].map((n) => ews(sendItem(id, n !== 2))))
    expect(replies.flatMap(codes).filter((code) => code === 'NoError')).toHaveLength(1)
    expect(await itemsIn(kit, pilar, 'inbox')).toHaveLength(1)
  })

  test('wants the change key of the newest version, and no folder without a copy', async () => {
    const { ews, kit, id } = await saved()
    await ews(update(id, set(field('item:Subject'), message('<t:Subject>New</t:Subject>'))))
    expect(codes(await ews(sendItem(id, true)))).toEqual(['ErrorStaleObject'])
    expect(codes(await ews(sendItem(id.replace(/ ChangeKey="[^"]*"/, ''), true)))).toEqual([
      'ErrorChangeKeyRequired',
    ])
    expect(codes(await ews(sendItem(id, false, named('notes'))))).toEqual([
      'ErrorInvalidSendItemSaveSettings',
    ])
    expect(codes(await ews(sendItem(id, true), pilar))).toEqual(['ErrorItemNotFound'])
    const meeting = idIn(await ews(create(appointment(''), 'SendMeetingInvitations="SendToNone"')))
    expect(codes(await ews(sendItem(meeting, true)))).toEqual(['ErrorInvalidItemForOperationSendItem'])
    expect(await itemsIn(kit, pilar, 'inbox')).toEqual([])
  })

  test('UpdateItem sends what it has changed', async () => {
    const { ews, kit, id } = await saved()
    const subject = set(field('item:Subject'), message('<t:Subject>Dinner</t:Subject>'))
    expect(codes(await ews(update(id, subject, 'AlwaysOverwrite', SEND_AND_SAVE)))).toEqual(['NoError'])
    expect(await itemsIn(kit, pilar, 'inbox')).toMatchObject([{ subject: 'Dinner' }])
    expect(await itemsIn(kit, ken, 'sentitems')).toMatchObject([{ subject: 'Dinner' }])
  })
})

describe('a meeting', () => {
  const MEETING = appointment(
    `<t:Subject>Review</t:Subject><t:Categories><t:String>Mine</t:String></t:Categories><t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:00:00Z</t:End>${attendees(PILAR, 'kenmyer@litwareinc.com')}`,
  )

  async function called(invitations: string) {
    const exchange = startExchange()
    const id = idIn(await exchange.ews(create(MEETING, `SendMeetingInvitations="${invitations}"`)))
    return { ...exchange, id }
  }

  test('that nobody is told of is in one calendar', async () => {
    const { kit } = await called('SendToNone')
    expect(await itemsIn(kit, ken, 'calendar')).toHaveLength(1)
    expect([await itemsIn(kit, pilar, 'calendar'), await itemsIn(kit, pilar, 'inbox')]).toEqual([[], []])
  })

  test('is tentative in the calendar of who is asked, with a request in the Inbox that names it', async () => {
    const { ews, kit, id } = await called('SendToAllAndSaveCopy')
    const [entry] = await itemsIn(kit, pilar, 'calendar')
    const seen = textsOf(await ews(getItem(idOf(entry!)), pilar), 'CalendarItem')
    expect(seen).toMatchObject({
      Subject: 'Review',
      Start: '2026-12-01T09:00:00Z',
      LegacyFreeBusyStatus: 'Tentative',
      MyResponseType: 'NoResponseReceived',
      AppointmentState: '3',
    })
    expect(seen['Categories']).toBeUndefined()
    const [request] = await itemsIn(kit, pilar, 'inbox')
    const reply = await ews(getItem(idOf(request!)), pilar)
    expect(textsOf(reply, 'MeetingRequest')).toMatchObject({
      ItemClass: 'IPM.Schedule.Meeting.Request',
      MeetingRequestType: 'NewMeetingRequest',
      IntendedFreeBusyStatus: 'Busy',
      IsRead: 'false',
    })
    const [associated] = all(root(reply), 'AssociatedCalendarItemId')
    expect(`<t:ItemId Id="${associated?.attributes.get('Id')}"`).toBe(idOf(entry!).split(' ChangeKey')[0])
    expect(textsOf(await ews(getItem(id)), 'CalendarItem')).toMatchObject({
      MeetingRequestWasSent: 'true',
      MyResponseType: 'Organizer',
      UID: seen['UID'],
    })
    expect(await itemsIn(kit, ken, 'sentitems')).toMatchObject([{ kind: 'MeetingRequest' }])
    expect(await itemsIn(kit, ken, 'inbox')).toEqual([])
  })

  test('that is moved moves in every calendar, and one that is cancelled is shown so', async () => {
    const { ews, kit, id } = await called('SendOnlyToAll')
    const later = appointment('<t:End>2026-12-01T12:00:00Z</t:End>')
    const tell = 'SendMeetingInvitationsOrCancellations="SendOnlyToAll"'
    const moved = idIn(await ews(update(id, set(field('calendar:End'), later), 'AutoResolve', tell)))
    expect(await itemsIn(kit, pilar, 'calendar')).toMatchObject([
      { endAt: Date.parse('2026-12-01T12:00:00Z') / 1000 },
    ])
    expect((await itemsIn(kit, pilar, 'inbox')).map(({ kind }) => kind)).toEqual([
      'MeetingRequest',
      'MeetingRequest',
    ])
    const cancel = (attributes: string) =>
      ews(
        wrap(
          `<m:DeleteItem DeleteType="HardDelete"${attributes}><m:ItemIds>${moved}</m:ItemIds></m:DeleteItem>`,
        ),
      )
    expect(codes(await cancel(''))).toEqual(['ErrorSendMeetingCancellationsRequired'])
    expect(codes(await cancel(' SendMeetingCancellations="SendOnlyToAll"'))).toEqual(['NoError'])
    const [entry] = await itemsIn(kit, pilar, 'calendar')
    expect(textsOf(await ews(getItem(idOf(entry!)), pilar), 'CalendarItem')).toMatchObject({
      Subject: 'Canceled: Review',
      IsCancelled: 'true',
      LegacyFreeBusyStatus: 'Free',
    })
    const last = (await itemsIn(kit, pilar, 'inbox')).at(-1)
    expect(textsOf(await ews(getItem(idOf(last!)), pilar), 'MeetingCancellation')).toMatchObject({
      ItemClass: 'IPM.Schedule.Meeting.Canceled',
      Subject: 'Canceled: Review',
    })
  })
})
