/** Meetings: who may speak for one, and what may write into other people's calendars. */
import { LEVELS } from '../../../src/products/exchange/access/folder-permission.ts'
import { sendingAs } from '../../../src/products/exchange/access/send-as.ts'
import {
  type KeptProperty,
  mailboxProperty,
  readContent,
} from '../../../src/products/exchange/kept-property.ts'
import type { Item, MailboxStep } from '../../../src/products/exchange/mailbox.ts'
import type { Kit } from '../../../src/products/product.ts'
import type { User } from '../../../src/trust/directory.ts'
import { callerOf, codes, getItem, ken, message, named, pilar, root, startExchange, wrap } from './harness.ts'
import {
  all,
  appointment,
  attendees,
  create,
  field,
  idIn,
  idOf,
  itemsIn,
  sendItem,
  set,
  textsOf,
  to,
  transfer,
  update,
} from './items-harness.ts'
import { folderId, folderOf, put } from './mail.ts'

const david: User = {
  ...pilar,
  sid: 'S-1-5-21-1-2-3-1107',
  upn: 'david@corp.litwareinc.com',
  smtp: 'david@litwareinc.com',
  displayName: 'David Longmuir',
}
const BOARD = `<t:Subject>Board</t:Subject><t:Start>2027-01-12T09:00:00Z</t:Start><t:End>2027-01-12T10:00:00Z</t:End>${attendees(david.smtp!)}`
const TELL = 'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"'
const renamed = (subject: string) =>
  set(field('item:Subject'), appointment(`<t:Subject>${subject}</t:Subject>`))
const cancel = (id: string, type = 'HardDelete', whom = 'SendToAllAndSaveCopy') =>
  wrap(
    `<m:DeleteItem DeleteType="${type}" SendMeetingCancellations="${whom}"><m:ItemIds>${id}</m:ItemIds></m:DeleteItem>`,
  )
const of = (folder: string, { smtp }: User) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`

type Exchange = ReturnType<typeof startExchange>

/** Ken's calendar, or another folder of his, as these rights let Pilar see it. */
async function share(exchange: Exchange, rights: keyof typeof LEVELS, name = 'calendar'): Promise<void> {
  const folder = await folderOf(exchange, name)
  await exchange.kit.access.addFolderPermission(folder.id, { grantee: pilar.sid, rights: LEVELS[rights] })
}

const makeDelegate = ({ kit }: Exchange, user = pilar) =>
  kit.access.addDelegate(
    ken.sid,
    { sid: user.sid, receiveCopiesOfMeetingMessages: false, viewPrivateItems: false },
    [],
  )

/** Ken has asked David to come. */
async function called() {
  const exchange = startExchange([ken, pilar, david])
  const id = idIn(
    await exchange.ews(create(appointment(BOARD), 'SendMeetingInvitations="SendToAllAndSaveCopy"')),
  )
  return { ...exchange, id, exchange, atDavids: () => atDavids(exchange.kit) }
}

/** The entry in David's calendar, and what came into his Inbox. */
async function atDavids(kit: Kit): Promise<string[]> {
  const entries = await itemsIn(kit, david, 'calendar')
  const mail = await itemsIn(kit, david, 'inbox')
  const states = entries.map(({ subject, content }) => {
    const isCancelled = readContent(content).some(
      ({ name, text }) => name === 'IsCancelled' && text === 'true',
    )
    return `${subject}${isCancelled ? ' (cancelled)' : ''}`
  })
  return [...states, ...mail.map(({ kind, subject }) => `${kind} ${subject}`)]
}

const ASKED = ['Board', 'MeetingRequest Board']

describe('a copy of a meeting is nobody’s meeting', () => {
  test.each([
    ['Copy', 'Reviewer'],
    ['Move', 'Editor'],
  ] as const)('%sItem by somebody else: its new owner tells nobody of it', async (verb, level) => {
    const { ews, kit, exchange, id, atDavids } = await called()
    await share(exchange, level)
    const copy = idIn(await ews(transfer(verb, named('calendar'), id), pilar))
    const before = await itemsIn(kit, pilar, 'sentitems')
    const changed = await ews(update(copy, renamed('Rewritten'), 'AlwaysOverwrite', TELL), pilar)
    expect(codes(changed)).toEqual(['NoError'])
    expect(await atDavids()).toEqual(ASKED)
    expect(textsOf(await ews(getItem(idIn(changed)), pilar), 'CalendarItem')).toMatchObject({
      Subject: 'Rewritten',
      MyResponseType: 'Unknown',
      MeetingRequestWasSent: 'false',
    })
    expect(codes(await ews(cancel(copy), pilar))).toEqual(['NoError'])
    expect(await atDavids()).toEqual(ASKED)
    expect(await itemsIn(kit, pilar, 'sentitems')).toEqual(before)
  })

  test('of the organizer’s own copies the meeting knows nothing, made by CopyItem or CopyFolder', async () => {
    const { ews, kit, exchange, id, atDavids } = await called()
    const inbox = await folderOf(exchange, 'inbox')
    const calendar = await folderOf(exchange, 'calendar')
    const copy = idIn(await ews(transfer('Copy', named('calendar'), id)))
    await ews(
      wrap(
        `<m:CopyFolder><m:ToFolderId>${folderId(inbox.id)}</m:ToFolderId><m:FolderIds>${folderId(calendar.id)}</m:FolderIds></m:CopyFolder>`,
      ),
    )
    const [folder] = (await kit.mailboxes.folders(ken.sid)).filter(({ parentId }) => parentId === inbox.id)
    const copies = await kit.mailboxes.page(folder!.id, { offset: 0, limit: 9 })
    expect(copies.items).toHaveLength(2)
    for (const one of [copy, ...copies.items.map(idOf)])
      expect(codes(await ews(cancel(one)))).toEqual(['NoError'])
    expect(await atDavids()).toEqual(ASKED)
    // The meeting itself is told of as before.
    expect(codes(await ews(update(id, renamed('Moved'), 'AlwaysOverwrite', TELL)))).toEqual(['NoError'])
    expect(await atDavids()).toEqual(['Moved', 'MeetingRequest Board', 'MeetingRequest Moved'])
  })

  test('an appointment with nobody else is its new owner’s', async () => {
    const { ews, exchange } = await called()
    await share(exchange, 'Reviewer')
    const alone = idIn(await ews(create(appointment(''), 'SendMeetingInvitations="SendToNone"')))
    const copy = idIn(await ews(transfer('Copy', named('calendar'), alone), pilar))
    const [organizer] = all(root(await ews(getItem(copy), pilar)), 'Organizer')
    expect(all(organizer!, 'EmailAddress').map(({ text }) => text)).toEqual([pilar.smtp])
  })

  const copies = (entry: Item): KeptProperty => ({
    name: 'CalendarCopies',
    children: [{ name: david.sid, text: entry.id }],
  })
  const meetingOf = (organizer: User, uid: string, entry: Item): KeptProperty[] => [
    { name: 'UID', text: uid },
    { name: 'Organizer', children: [mailboxProperty({ name: '', address: organizer.smtp! })] },
    { name: 'MeetingRequestWasSent', text: 'true' },
    { name: 'Start', text: '2027-01-12T09:00:00Z' },
    { name: 'End', text: '2027-01-12T10:00:00Z' },
    {
      name: 'RequiredAttendees',
      children: [{ name: 'Attendee', children: [mailboxProperty({ name: '', address: david.smtp! })] }],
    },
    copies(entry),
  ]

  test.each<[string, User, (uid: string) => string, string[]]>([
    ['organizer', ken, (uid) => uid, ASKED],
    ['UID', pilar, () => 'another', [...ASKED, 'MeetingCancellation Canceled: Forged']],
    ['owner', pilar, (uid) => uid, [...ASKED, 'MeetingCancellation Canceled: Forged']],
  ])(
    'an entry is written by its own meeting alone: one with another %s leaves it as it is',
    async (_, organizer, uid, seen) => {
      const { ews, kit, exchange, atDavids } = await called()
      const [entry] = await itemsIn(kit, david, 'calendar')
      const { text = '' } = readContent(entry!.content).find(({ name }) => name === 'UID')!
      const calendar = await folderOf(exchange, 'calendar', pilar)
      // As a program that copied everything left it.
      const forged = await put(
        kit,
        calendar,
        { kind: 'CalendarItem', subject: 'Forged' },
        meetingOf(organizer, uid(text), entry!),
      )
      expect(codes(await ews(cancel(idOf(forged)), pilar))).toEqual(['NoError'])
      expect(await atDavids()).toEqual(seen)
      expect(await kit.mailboxes.item(entry!.id)).toStrictEqual(entry)
    },
  )
})

describe('who speaks for a meeting in somebody else’s calendar', () => {
  test.each(['Editor', 'Owner', 'full access'] as const)(
    'nobody with the rights %s alone, by whatever operation; without telling anyone it may be changed',
    async (rights) => {
      const { ews, kit, exchange, id, atDavids } = await called()
      if (rights === 'full access') {
        const full = { grantee: pilar.sid, accessRight: 'FullAccess', deny: false } as const
        await kit.access.addMailboxPermission(ken.sid, full)
      } else await share(exchange, rights)
      const before = await itemsIn(kit, ken, 'calendar')
      const asking = create(appointment(BOARD), 'SendMeetingInvitations="SendOnlyToAll"', of('calendar', ken))
      expect(codes(await ews(asking, pilar))).toEqual(['ErrorSendAsDenied'])
      for (const whom of [
        'SendOnlyToAll',
        'SendToAllAndSaveCopy',
        'SendOnlyToChanged',
        'SendToChangedAndSaveCopy',
      ]) {
        const order = `SendMeetingInvitationsOrCancellations="${whom}"`
        const changing = update(id, renamed('Forged'), 'AlwaysOverwrite', order)
        expect(codes(await ews(changing, pilar))).toEqual(['ErrorSendAsDenied'])
      }
      for (const type of ['HardDelete', 'SoftDelete', 'MoveToDeletedItems'])
        expect(codes(await ews(cancel(id, type), pilar))).toEqual(['ErrorSendAsDenied'])
      expect(await itemsIn(kit, ken, 'calendar')).toEqual(before)
      expect(await itemsIn(kit, ken, 'sentitems')).toHaveLength(1)
      expect(await atDavids()).toEqual(ASKED)
      expect(exchange.events.at(-1)?.rule).toBe(
        `ErrorSendAsDenied: ${pilar.sid} is no delegate of ${ken.sid}`,
      )

      const quietly = 'SendMeetingInvitationsOrCancellations="SendToNone"'
      expect(codes(await ews(update(id, renamed('Quiet'), 'AlwaysOverwrite', quietly), pilar))).toEqual([
        'NoError',
      ])
      expect(codes(await ews(cancel(id, 'HardDelete', 'SendToNone'), pilar))).toEqual(['NoError'])
      expect(await atDavids()).toEqual(ASKED)
    },
  )

  test('a delegate does, and everyone sees who sent it in whose name', async () => {
    const { ews, kit, exchange, id, atDavids } = await called()
    await share(exchange, 'Editor')
    await makeDelegate(exchange)
    const asking = create(
      appointment(BOARD),
      'SendMeetingInvitations="SendToAllAndSaveCopy"',
      of('calendar', ken),
    )
    expect(codes(await ews(asking, pilar))).toEqual(['NoError'])
    expect(codes(await ews(update(id, renamed('Later'), 'AlwaysOverwrite', TELL), pilar))).toEqual([
      'NoError',
    ])
    expect(codes(await ews(cancel(id), pilar))).toEqual(['NoError'])
    expect(await atDavids()).toEqual([
      'Canceled: Later (cancelled)',
      'Board',
      'MeetingRequest Board',
      'MeetingRequest Board',
      'MeetingRequest Later',
      'MeetingCancellation Canceled: Later',
    ])
    for (const one of (await itemsIn(kit, david, 'inbox')).slice(1)) {
      const seen = root(await ews(getItem(idOf(one)), david))
      const address = (name: string) => all(all(seen, name)[0]!, 'EmailAddress').map(({ text }) => text)
      expect([address('From'), address('Sender')]).toEqual([[ken.smtp], [pilar.smtp]])
    }
    expect(await itemsIn(kit, pilar, 'sentitems')).toEqual([])
  })

  test('who is impersonated speaks as himself, and who impersonates nobody’s delegate does not', async () => {
    const { kit } = startExchange([ken, pilar])
    const as = (user: User) => ({ ...callerOf(user), impersonator: { user: pilar } })
    expect(await sendingAs(as(ken), ken, kit)).toMatchObject({ ok: true, value: { from: ken, sender: ken } })
    expect(await sendingAs({ ...callerOf(pilar), impersonator: { user: ken } }, ken, kit)).toMatchObject({
      ok: false,
      code: 'ErrorSendAsDenied',
    })
    expect(await sendingAs(callerOf(), ken, kit)).toMatchObject({ ok: false, code: 'ErrorSendAsDenied' })
  })

  test('who was asked tells nobody', async () => {
    const { ews, kit } = await called()
    const [entry] = await itemsIn(kit, david, 'calendar')
    expect(codes(await ews(update(idOf(entry!), renamed('Mine'), 'AlwaysOverwrite', TELL), david))).toEqual([
      'NoError',
    ])
    expect(codes(await ews(cancel(idOf(entry!)), david))).toEqual(['NoError'])
    expect(await itemsIn(kit, ken, 'inbox')).toEqual([])
    expect(await itemsIn(kit, david, 'sentitems')).toEqual([])
  })
})

describe('a cancellation', () => {
  test('goes out once, however many delete the meeting at the same time', async () => {
    const { ews, id, atDavids } = await called()
    const replies = await Promise.all(
      ['HardDelete', 'MoveToDeletedItems', 'SoftDelete'].map((type) => ews(cancel(id, type))),
    )
    expect(replies.flatMap(codes).toSorted()).toEqual(['ErrorItemNotFound', 'ErrorItemNotFound', 'NoError'])
    expect(await atDavids()).toEqual([
      'Canceled: Board (cancelled)',
      ...ASKED.slice(1),
      'MeetingCancellation Canceled: Board',
    ])
  })

  test('goes out once, though the meeting is deleted again from where it was moved to; one that is on again is asked for again', async () => {
    const { ews, kit, id, atDavids } = await called()
    await ews(cancel(id, 'MoveToDeletedItems'))
    const [kept] = await itemsIn(kit, ken, 'deleteditems')
    expect(textsOf(await ews(getItem(idOf(kept!))), 'CalendarItem')).toMatchObject({
      IsCancelled: 'true',
      AppointmentState: '5',
    })
    const back = idIn(await ews(transfer('Move', named('calendar'), idOf(kept!))))
    expect(codes(await ews(update(back, renamed('On again'), 'AlwaysOverwrite', TELL)))).toEqual(['NoError'])
    expect(await atDavids()).toEqual([
      'On again',
      'MeetingRequest Board',
      'MeetingCancellation Canceled: Board',
      'MeetingRequest On again',
    ])
    const [entry] = await itemsIn(kit, david, 'calendar')
    expect(textsOf(await ews(getItem(idOf(entry!)), david), 'CalendarItem')).toMatchObject({
      LegacyFreeBusyStatus: 'Tentative',
      AppointmentState: '3',
    })
    await ews(cancel(back, 'MoveToDeletedItems'))
    const [again] = await itemsIn(kit, ken, 'deleteditems')
    await ews(cancel(idOf(again!)))
    expect((await atDavids()).filter((one) => one.startsWith('MeetingCancellation'))).toHaveLength(2)
  })

  test('is not sent of a meeting that nobody was asked to', async () => {
    const { ews, kit } = startExchange([ken, pilar, david])
    const id = idIn(await ews(create(appointment(BOARD), 'SendMeetingInvitations="SendToNone"')))
    expect(codes(await ews(cancel(id)))).toEqual(['NoError'])
    expect(await atDavids(kit)).toEqual([])
  })
})

/** The store of the kit from now on fails at this step of what is done together, as a program does that is killed there. */
function failAt(kit: Kit, place: number): void {
  const { mailboxes } = kit
  function* until(steps: Iterable<MailboxStep>): Generator<MailboxStep> {
    let taken = 0
    for (const step of steps) {
      if (taken === place) throw new Error('killed')
      taken += 1
      yield step
    }
    if (taken <= place) throw new Error('killed')
  }
  const together = (steps: Iterable<MailboxStep>) => mailboxes.together(until(steps))
  Object.assign(kit, {
    mailboxes: new Proxy(mailboxes, {
      get: (target, name) => (name === 'together' ? together : Reflect.get(target, name)),
    }),
  })
}

describe('what ends in the middle has not begun', () => {
  test.each([0, 1, 2, 3])('a draft is sent to all or to none (step %i)', async (place) => {
    const { ews, kit } = startExchange([ken, pilar, david])
    const id = idIn(await ews(create(message(`<t:Subject>s</t:Subject>${to(pilar.smtp!, david.smtp!)}`))))
    const before = await itemsIn(kit, ken, 'drafts')
    const mailboxes = kit.mailboxes
    failAt(kit, place)
    await expect(ews(sendItem(id, true))).rejects.toThrow('killed')
    Object.assign(kit, { mailboxes })
    expect(await itemsIn(kit, ken, 'drafts')).toEqual(before)
    for (const user of [pilar, david]) expect(await itemsIn(kit, user, 'inbox')).toEqual([])
    expect(codes(await ews(sendItem(id, true)))).toEqual(['NoError'])
  })

  test.each([0, 1, 2])('a meeting is cancelled and told of, or neither (step %i)', async (place) => {
    const { ews, kit, id, atDavids } = await called()
    const before = await itemsIn(kit, ken, 'calendar')
    const mailboxes = kit.mailboxes
    failAt(kit, place)
    await expect(ews(cancel(id))).rejects.toThrow('killed')
    Object.assign(kit, { mailboxes })
    expect(await itemsIn(kit, ken, 'calendar')).toEqual(before)
    expect(await atDavids()).toEqual(ASKED)
  })
})
