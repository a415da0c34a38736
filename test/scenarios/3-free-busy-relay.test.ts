/** Scenario 3 of the 2010 document: Calendar Sharing Between Groups That Have Limited Trust. */
import { freeBusyRequest, readFreeBusy } from '../../src/products/exchange/ews-sharing-client.ts'
import {
  createItem,
  deleteItem,
  getFolder,
  getItem,
  itemId,
  message,
  wrap,
} from '../products/exchange/harness.ts'
import { type PresetLab, startPreset } from '../support/preset.ts'

let lab: PresetLab
const OLGA = 'olga@litwareinc.com'
const [IVAN, IRENE] = ['ivan@secure.litwareinc.com', 'irene@secure.litwareinc.com'] as const
const DAY = { start: '2031-05-01T00:00:00Z', end: '2031-05-02T00:00:00Z' }
const NINE = 'Busy 2031-05-01T09:00:00 to 2031-05-01T10:00:00'
const RELAY = 'as relay-outside@secure.litwareinc.com'
const at = (folder: string, owner: string) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${owner}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const day = (mailbox: string) =>
  freeBusyRequest(mailbox, Date.UTC(2031, 4, 1) / 1000, Date.UTC(2031, 4, 2) / 1000)
const partner = (server: string, identity: string, change: object) =>
  lab.admin(server, 'PATCH', `/partner-applications/${identity}`, change)

beforeAll(async () => {
  lab = await startPreset('free-busy-relay')
})
afterAll(async () => {
  expect(lab.surprises).toEqual([])
  await lab.close()
})

test('3. what the preset says to try comes out as it says, and a second start changes nothing', async () => {
  const { passed, printed } = await lab.tries()
  expect([passed, printed.split('\n').length]).toEqual([true, lab.lab.tries.length])
  for (const step of await lab.setUpAgain()) expect(step).not.toMatch(/registered|[1-9]\d* (added|put there)/)
})

test.each([
  ['outside the facility sees of inside when', 'portal', OLGA, IVAN, NINE],
  [
    'outside sees of Irene what she shows everyone',
    'portal',
    OLGA,
    IRENE,
    `${NINE}, Visit of the auditor, Gate 2`,
  ],
  ['inside sees of outside when', 'facility', IVAN, OLGA, NINE],
])('3. a pair of servers relays free/busy: %s', async (_, server, user, mailbox, said) => {
  const near = server === 'portal' ? 'outside' : 'inside'
  expect(await lab.does(server, { do: 'busy', user, mailbox, ...DAY }, near)).toEqual({
    outcome: 'done',
    said,
    rules: [],
  })
})

test('3. people of both sides are asked about in one question, and answered in its order', async () => {
  const data = (address: string) =>
    `<t:MailboxData><t:Email><t:Address>${address}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>`
  const people = [IVAN, OLGA, 'nobody@secure.litwareinc.com', IRENE, 'nobody@litwareinc.com']
  const body = day(IVAN).replace(/<t:MailboxData>.*<\/t:MailboxData>/s, people.map(data).join(''))
  const newest = await lab.admin('inside', 'GET', '/decisions?limit=1')
  const before = newest.body.items[0].seq
  const { text } = await lab.ews('portal', OLGA, body)
  const answers = text.split('<m:FreeBusyResponse>').slice(1)
  const unknown = '<m:ResponseCode>ErrorMailRecipientNotFound'
  expect(answers.map((one) => one.includes(unknown))).toEqual([false, false, true, false, true])
  expect(answers.map((one) => /<t:Subject>(.*?)</.exec(one)?.[1])).toEqual([
    undefined,
    'Budget',
    undefined,
    'Visit of the auditor',
    undefined,
  ])
  // The Exchange inside was asked once about all of its three.
  const admitted = await lab.admin('inside', 'GET', `/decisions?limit=100&after=${before}`)
  expect(admitted.body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['admitted'])
})

test('3. what is private is told by its times alone, also where subjects are shown', async () => {
  const hidden =
    '<t:CalendarItem><t:Subject>Surgery</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Start>2031-05-03T09:00:00Z</t:Start><t:End>2031-05-03T10:00:00Z</t:End><t:Location>Ward 4</t:Location></t:CalendarItem>'
  const made = createItem(hidden, at('calendar', IRENE)).replace(
    'MessageDisposition="SaveOnly"',
    'SendMeetingInvitations="SendToNone"',
  )
  expect((await lab.ews('facility', IRENE, made, 'inside')).code).toBe('NoError')
  const that = { start: '2031-05-03T00:00:00Z', end: '2031-05-04T00:00:00Z' }
  const seen = await lab.does('portal', { do: 'busy', user: OLGA, mailbox: IRENE, ...that })
  expect(seen.said).toBe('Busy 2031-05-03T09:00:00 to 2031-05-03T10:00:00')
})

test('3. mail, folders, names and everything else inside are out of the relay’s reach', async () => {
  const inbox = at('inbox', IVAN)
  const { id } = await lab.ews(
    'facility',
    IVAN,
    createItem(message('<t:Subject>Falcon</t:Subject>'), inbox),
    'inside',
  )
  const shape = '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
  const requests = {
    GetFolder: getFolder(inbox + at('calendar', IVAN)),
    GetItem: getItem(itemId(id!)),
    DeleteItem: deleteItem(itemId(id!)),
    CreateItem: createItem(message(''), inbox),
    FindItem: wrap(
      `<m:FindItem Traversal="Shallow">${shape}<m:ParentFolderIds>${at('calendar', IVAN)}</m:ParentFolderIds></m:FindItem>`,
    ),
    SyncFolderItems: wrap(
      `<m:SyncFolderItems>${shape}<m:SyncFolderId>${inbox}</m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>`,
    ),
    ResolveNames: wrap(
      '<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>i</m:UnresolvedEntry></m:ResolveNames>',
    ),
    GetDelegate: wrap(
      `<m:GetDelegate IncludePermissions="true"><m:Mailbox><t:EmailAddress>${IVAN}</t:EmailAddress></m:Mailbox></m:GetDelegate>`,
    ),
  }
  for (const [operation, body] of Object.entries(requests)) {
    const seen = await lab.ews('outside', undefined, body, 'inside')
    expect([operation, seen.code, seen.rules]).toEqual([
      operation,
      'ErrorAccessDenied',
      [`${operation}: operation_outside_roles, ${RELAY}`],
    ])
    expect(seen.text).not.toMatch(/Falcon|Ivan/)
  }
})

test('3. the relay asks in nobody’s name: for a user it is refused, whoever it is', async () => {
  for (const user of [OLGA, IVAN]) {
    const seen = await lab.ews('outside', user, day(IVAN), 'inside')
    expect([seen.status, seen.rules]).toEqual([401, ['trust_level_forbids_user']])
  }
})

test('3. only the relay is known inside: the portal outside, which may act for Olga there, may do nothing here', async () => {
  const seen = await lab.ews('portal', OLGA, day(IVAN), 'inside')
  expect([seen.status, seen.rules]).toEqual([401, ['issuer_unknown']])
  expect((await lab.ews('portal', OLGA, getFolder(at('inbox', OLGA)), 'outside')).code).toBe('NoError')
  // Nor is any mailbox of the facility at the Exchange outside.
  const folder = await lab.does('portal', { do: 'open', user: OLGA, mailbox: IVAN })
  expect(folder.outcome).toBe('ErrorNonExistentMailbox')
})

test('3. a relay does not relay: what one server asks another about its own people comes to an end', async () => {
  const { text } = await lab.ews('inside', undefined, day(IVAN), 'outside')
  expect(readFreeBusy(text)).toMatchObject({ ok: false, code: 'ErrorMailRecipientNotFound' })
})

test('3. who shows nobody anything is free/busy for nobody', async () => {
  const calendar = `/folder-permissions/${IVAN}/Calendar/Default`
  await lab.admin('inside', 'PATCH', calendar, { accessRights: ['None'] })
  const seen = await lab.does('portal', { do: 'busy', user: OLGA, mailbox: IVAN, ...DAY })
  expect(seen.outcome).toBe('ErrorNoFreeBusyAccess')
  // Whole items are shown to users of the organization alone.
  await lab.admin('inside', 'PATCH', calendar, { accessRights: ['Reviewer'] })
  expect((await lab.does('portal', { do: 'busy', user: OLGA, mailbox: IVAN, ...DAY })).said).toBe(
    `${NINE}, Project Falcon`,
  )
  await lab.admin('inside', 'PATCH', calendar, { accessRights: ['AvailabilityOnly'] })
  expect((await lab.does('portal', { do: 'busy', user: OLGA, mailbox: IVAN, ...DAY })).said).toBe(NINE)
})

test('3. without the role, or without trust, nothing is relayed; each direction by itself', async () => {
  const ask = () => lab.does('portal', { do: 'busy', user: OLGA, mailbox: IVAN, ...DAY }, 'inside')
  const assignment = '/management-role-assignments/Free-busy%20for%20Litware'
  await lab.admin('inside', 'PATCH', assignment, { enabled: false })
  expect(await ask()).toMatchObject({
    outcome: 'ErrorProxyRequestProcessingFailed',
    rules: [`GetUserAvailability: assignment_disabled (Free-busy for Litware), ${RELAY}`],
  })
  await lab.admin('inside', 'PATCH', assignment, { enabled: true })

  // One way is closed, and the other is not: who is trusted for nothing may still be asked.
  await partner('inside', 'Outside', { applicationTrustLevel: 'User' })
  expect(await ask()).toMatchObject({
    outcome: 'ErrorProxyRequestProcessingFailed',
    rules: ['trust_level_forbids_application'],
  })
  const back = await lab.does('facility', { do: 'busy', user: IVAN, mailbox: OLGA, ...DAY })
  expect([back.outcome, back.said]).toEqual(['done', NINE])
  await partner('inside', 'Outside', { applicationTrustLevel: 'Application' })

  await partner('outside', 'Inside', { enabled: false })
  expect((await ask()).outcome).toBe('ErrorAutoDiscoverFailed')
  await partner('outside', 'Inside', { enabled: true })
  expect((await ask()).outcome).toBe('done')
})
