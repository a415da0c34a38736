/** What an application may do at Exchange by itself: configured in one call, decided by roles, seen over HTTPS. */
import { parseXml, type XmlElement } from '../../src/products/xml.ts'
import {
  createItem,
  deleteItem,
  getFolder,
  getItem,
  itemId,
  message,
  wrap,
} from '../products/exchange/harness.ts'
import { type Farm, mintAs, type ServerName, startFarm } from '../support/farm.ts'

let farm: Farm
beforeEach(async () => {
  farm = await startFarm()
  await farm.addUsers()
})
afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const KEN = () => farm.lab.users[0]!
const PILAR = () => farm.lab.users[1]!
const admin = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  farm.admin('exchange', method, path, body)

const configure = (type = 'Lync', of: ServerName = 'lync', more: object = {}) =>
  admin('POST', '/enterprise-partner-applications', {
    authMetadataUrl: farm.metadataUrl(of),
    applicationType: type,
    ...more,
  })

function find(element: XmlElement, name: string): XmlElement | undefined {
  if (element.name === name) return element
  for (const child of element.children) {
    const found = find(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** Calls EWS as the application itself, or for a user; answers the response code and the first item’s id. */
async function ews(body: string, user?: Farm['lab']['users'][number], from: ServerName = 'lync') {
  const token = await mintAs(farm, from, 'exchange', user)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/xml; charset=utf-8' }
  const reply = await farm.send('POST', `${farm.servers.exchange.url}/EWS/Exchange.asmx`, headers, body)
  const xml = parseXml(Buffer.from(reply.body))
  if (!xml.ok) throw new Error(xml.why)
  return {
    status: reply.status,
    text: String(reply.body),
    requestId: reply.header('request-id')[0]!,
    code: find(xml.root, 'ResponseCode')?.text,
    id: find(xml.root, 'ItemId')?.attributes.get('Id'),
  }
}

const of = (user: { smtp?: string }, folder: string) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${user.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const archive = (user: { smtp?: string }, folder = 'recoverableitemspurges') =>
  createItem(message('<t:Subject>A conversation</t:Subject>'), of(user, folder))

/** The rules that the record names for what was forbidden of a request. */
async function rulesOf(requestId: string): Promise<string[]> {
  const { body } = await admin('GET', `/decisions/${requestId}`)
  const forbidden = body.items.filter(({ kind }: { kind: string }) => kind === 'forbidden')
  return forbidden.map(({ rule }: { rule: string }) => rule)
}
const APPLICATION = 'LyncEnterprise-ApplicationAccount@litwareinc.com'
const ofFolder = (name: string, rule: string) =>
  `ErrorFolderNotFound: folder ${name} of ${KEN().sid}: ${rule}, as ${APPLICATION}`

const ASSIGNMENTS = '/management-role-assignments'

test('one call makes the account, the partner application and its roles; a second one changes nothing', async () => {
  const first = await configure()
  expect([first.status, first.body.result]).toEqual([200, 'THE CONFIGURATION HAS SUCCEEDED'])
  const { partner, account, assignments } = first.body
  expect(account).toMatchObject({
    upn: 'LyncEnterprise-ApplicationAccount@litwareinc.com',
    enabled: false,
    mailboxEnabled: false,
    recipientTypeDetails: 'LinkedUser',
  })
  expect(partner).toMatchObject({ identity: 'LyncEnterprise', linkedAccount: account.sid, enabled: true })
  expect(assignments.map(({ role }: { role: string }) => role)).toEqual([
    'UserApplication',
    'ArchiveApplication',
  ])
  const before = await Promise.all(
    ['/users', '/partner-applications', ASSIGNMENTS].map((path) => admin('GET', path)),
  )
  const second = await configure()
  expect([second.status, second.body.account, second.body.assignments]).toEqual([200, account, assignments])
  const after = await Promise.all(
    ['/users', '/partner-applications', ASSIGNMENTS].map((path) => admin('GET', path)),
  )
  expect(after.map(({ body }) => body.items.length)).toEqual(before.map(({ body }) => body.items.length))
})

test('a partner that was registered before keeps its name and its settings and gets the account', async () => {
  await farm.register('exchange', 'sharepoint', { enabled: false, applicationTrustLevel: 'Application' })
  const { body } = await configure('SharePoint', 'sharepoint')
  expect(body.partner).toMatchObject({
    identity: 'sharepoint',
    enabled: false,
    applicationTrustLevel: 'Application',
    linkedAccount: body.account.sid,
  })
  expect(body.assignments).toHaveLength(4)
})

test('a partner whose document cannot be read leaves nothing behind', async () => {
  const state = async () =>
    (
      await Promise.all(['/users', '/partner-applications', ASSIGNMENTS].map((path) => admin('GET', path)))
    ).map(({ body }) => body)
  const before = await state()
  const failed = await configure('Lync', 'lync', {
    authMetadataUrl: `${farm.servers.lync.url}/metadata/json/none`,
  })
  expect(failed.status).toBeGreaterThanOrEqual(400)
  expect(await state()).toEqual(before)
})

test('an account of the name that is somebody’s is not taken up, and nothing is changed', async () => {
  const made = { ...{ upn: APPLICATION, displayName: 'Somebody', sid: 'S-1-5-21-7-7-7-7' }, enabled: false }
  const kinds = { enabled: [true, 'LinkedUser'], other: [false, 'DisabledUser'] } as const
  for (const [enabled, recipientTypeDetails] of Object.values(kinds)) {
    const account = { ...made, enabled, recipientTypeDetails, mailboxEnabled: false, archivingEnabled: false }
    const added = await admin('POST', '/users', account)
    expect([added.status, added.body]).toEqual([201, expect.anything()])
    const refused = await configure()
    expect(refused).toMatchObject({ status: 409, body: { code: 'application_account_taken' } })
    expect((await admin('GET', '/partner-applications')).body.items).toEqual([])
    expect((await admin('GET', ASSIGNMENTS)).body.items).toEqual([])
    await admin('DELETE', `/users/${made.sid}`)
  }
  // As a call that broke off leaves it.
  const left = { ...made, recipientTypeDetails: 'LinkedUser', mailboxEnabled: false, archivingEnabled: false }
  expect((await admin('POST', '/users', left)).status).toBe(201)
  expect((await configure()).body).toMatchObject({ account: { sid: made.sid } })
})

test('an assignment that was disabled stays so, and the steps warn of it; who is kept out is told where the rule is', async () => {
  await configure()
  const { items } = (await admin('GET', ASSIGNMENTS)).body
  const { name } = items.find(({ role }: { role: string }) => role === 'UserApplication')
  await admin('PATCH', `${ASSIGNMENTS}/${encodeURIComponent(name)}`, { enabled: false })
  const again = await configure()
  expect(again.body.steps).toContain(
    `warning: the role assignment ${name} of UserApplication gives nothing: it is disabled`,
  )
  await farm.register('lync', 'exchange')
  const { body } = await farm.admin('lync', 'POST', '/tests/partner-connectivity', {
    ...{ partner: 'exchange', sipUri: KEN().sip },
  })
  expect(body.failure).toMatchObject({ code: 'unexpected_answer', seen: expect.stringContaining('HTTP 403') })
  const [, requestId = ''] = /decisions show (\S+) --server exchange/.exec(body.failure.mend) ?? []
  expect(await rulesOf(requestId)).toEqual([
    `acting for ${KEN().upn}: assignment_disabled (${name}), as ${APPLICATION}`,
  ])
  expect(body.failure.mend).toContain('"acting for"')
})

test('all that is recorded of a request names its path in one spelling', async () => {
  await configure()
  for (const path of ['/EWS/Exchange.asmx', '/ews/EXCHANGE.asmx']) {
    const token = await mintAs(farm, 'lync', 'exchange')
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/xml; charset=utf-8' }
    const url = `${farm.servers.exchange.url}${path}`
    const reply = await farm.send('POST', url, headers, archive(KEN(), 'inbox'))
    const { items } = (await admin('GET', `/decisions/${reply.header('request-id')[0]}`)).body
    expect(items.map(({ kind }: { kind: string }) => kind)).toEqual(['admitted', 'forbidden'])
    for (const { through } of items) expect(through).toBe(`POST ${path}`)
  }
})

test('several calls at once make one account and one set of roles', async () => {
  const answers = await Promise.all([configure(), configure(), configure('SharePoint', 'sharepoint')])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  const { items } = (await admin('GET', ASSIGNMENTS)).body
  expect(items).toHaveLength(6)
  expect((await admin('GET', '/users')).body.items).toHaveLength(farm.lab.users.length + 2)
})

test('an application by itself archives where its role reaches, and is told nothing of the rest', async () => {
  await configure()
  const archived = await ews(archive(KEN()))
  expect([archived.status, archived.code]).toEqual([200, 'NoError'])
  expect((await ews(getItem(itemId(archived.id!)))).code).toBe('NoError')
  // Reading and adding: nothing that is there can be taken away.
  expect((await ews(deleteItem(itemId(archived.id!)))).code).toBe('ErrorAccessDenied')
  expect((await ews(getItem(itemId(archived.id!)), KEN())).code).toBe('NoError')
  // Pilar is not enabled for Exchange archiving.
  expect((await ews(archive(PILAR()))).code).toBe('ErrorCreateItemAccessDenied')
  const inbox = await ews(archive(KEN(), 'inbox'))
  expect(inbox.code).toBe('ErrorFolderNotFound')
  expect(await rulesOf(inbox.requestId)).toEqual([ofFolder('inbox', 'folder_outside_roles')])
})

test('an application by itself sees when users are busy, and not with what', async () => {
  await configure()
  const appointment =
    '<t:CalendarItem><t:Subject>A secret</t:Subject><t:Start>2031-05-01T09:00:00Z</t:Start><t:End>2031-05-01T10:00:00Z</t:End></t:CalendarItem>'
  const calendar = '<t:DistinguishedFolderId Id="calendar"/>'
  const made = createItem(appointment, calendar).replace(
    'MessageDisposition="SaveOnly"',
    'SendMeetingInvitations="SendToNone"',
  )
  expect((await ews(made, KEN())).code).toBe('NoError')
  const when = `<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>${KEN().smtp}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2031-05-01T00:00:00</t:StartTime><t:EndTime>2031-05-02T00:00:00</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>60</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>Detailed</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>`
  const seen = await ews(wrap(when))
  expect([seen.status, seen.code]).toEqual([200, 'NoError'])
  expect(seen.text).toContain('<t:BusyType>Busy</t:BusyType>')
  expect(seen.text).not.toContain('A secret')
})

test('without roles of its own an application by itself sees no mailbox', async () => {
  await farm.register('exchange', 'lync')
  const named = await ews(archive(KEN()))
  expect(named.code).toBe('ErrorFolderNotFound')
  expect(await rulesOf(named.requestId)).toEqual([
    `ErrorFolderNotFound: folder recoverableitemspurges of ${KEN().sid}: no_linked_account`,
  ])
  const own = await ews(getFolder('<t:DistinguishedFolderId Id="inbox"/>'))
  expect(own.code).toBe('ErrorMissingEmailAddress')
})

test('an operation that no role covers is refused as a whole, and the record says why', async () => {
  await configure()
  const { body } = await admin('GET', ASSIGNMENTS)
  const [, archiving] = body.items
  const path = `${ASSIGNMENTS}/${encodeURIComponent(archiving.name)}`
  await admin('PATCH', path, { enabled: false })
  const disabled = await ews(archive(KEN()))
  expect([disabled.status, disabled.code]).toEqual([500, 'ErrorAccessDenied'])
  expect(await rulesOf(disabled.requestId)).toEqual([
    `CreateItem: assignment_disabled (${archiving.name}), as ${APPLICATION}`,
  ])
  await admin('DELETE', path)
  const gone = await ews(archive(KEN()))
  expect(gone.code).toBe('ErrorAccessDenied')
  expect(await rulesOf(gone.requestId)).toEqual([`CreateItem: operation_outside_roles, as ${APPLICATION}`])
})

test('acting for a user, the application has the user’s own rights and not its roles', async () => {
  await configure()
  expect((await ews(archive(KEN(), 'inbox'), KEN())).code).toBe('NoError')
  expect((await ews(archive(KEN()), PILAR())).code).toBe('ErrorFolderNotFound')
})

test('a scope and an exclusive scope are in force from the next call on, and after a restart', async () => {
  await farm.close()
  farm = await startFarm('sqlite')
  await farm.addUsers()
  await configure()
  const items = (await admin('GET', ASSIGNMENTS)).body.items as { name: string; role: string }[]
  const archiving = items.find(({ role }) => role === 'ArchiveApplication')!
  const assignment = `${ASSIGNMENTS}/${encodeURIComponent(archiving.name)}`
  expect((await ews(archive(KEN()))).code).toBe('NoError')

  const filter = "Department -eq 'Sales'"
  await admin('POST', '/management-scopes', { name: 'Sales', recipientRestrictionFilter: filter })
  await admin('PATCH', assignment, { customRecipientWriteScope: 'Sales' })
  const outside = await ews(archive(KEN()))
  expect(outside.code).toBe('ErrorFolderNotFound')
  expect(await rulesOf(outside.requestId)).toEqual([
    ofFolder('recoverableitemspurges', `recipient_outside_scope (${archiving.name})`),
  ])
  await admin('PATCH', `/users/${KEN().sid}`, { attributes: { department: 'Sales' } })
  expect((await ews(archive(KEN()))).code).toBe('NoError')

  const vips = { name: 'VIPs', recipientRestrictionFilter: "Name -like 'Ken*'", exclusive: true }
  await admin('POST', '/management-scopes', vips)
  await farm.stop('exchange')
  await farm.restart('exchange')
  const closed = await ews(archive(KEN()))
  expect(closed.code).toBe('ErrorFolderNotFound')
  expect(await rulesOf(closed.requestId)).toEqual([
    ofFolder('recoverableitemspurges', 'recipient_in_exclusive_scope (VIPs)'),
  ])
  await admin('PATCH', assignment, { exclusiveRecipientWriteScope: 'vips' })
  expect((await ews(archive(KEN()))).code).toBe('NoError')
})

test('a partner without its linked account has lost its roles from the next call on', async () => {
  await configure()
  expect((await ews(archive(KEN()))).code).toBe('NoError')
  await admin('PATCH', '/partner-applications/LyncEnterprise', { linkedAccount: null })
  expect((await ews(archive(KEN()))).code).toBe('ErrorFolderNotFound')
  const wrong = await admin('PATCH', '/partner-applications/LyncEnterprise', { linkedAccount: 'nobody' })
  expect([wrong.status, wrong.body.errors[0].path]).toEqual([422, 'linkedAccount'])
  const back = await admin('PATCH', '/partner-applications/LyncEnterprise', {
    linkedAccount: 'LyncEnterprise-ApplicationAccount',
  })
  expect(back.status).toBe(200)
  expect((await ews(archive(KEN()))).code).toBe('NoError')
})

test('the account of an application is disabled: no token can act for it', async () => {
  const { account } = (await configure()).body
  const { smtp: _, sip: __, ...ken } = KEN()
  const token = await mintAs(farm, 'lync', 'exchange', { ...ken, upn: account.upn, sid: account.sid })
  const url = `${farm.servers.exchange.url}/EWS/Exchange.asmx`
  const reply = await farm.send('POST', url, { authorization: `Bearer ${token}` }, '')
  expect([reply.status, reply.header('x-entente-refusal')]).toEqual([401, ['user_disabled']])
})

test('calls under way while roles change are each decided one way or the other', async () => {
  await configure()
  const items = (await admin('GET', ASSIGNMENTS)).body.items as { name: string; role: string }[]
  const path = `${ASSIGNMENTS}/${encodeURIComponent(items.find(({ role }) => role === 'ArchiveApplication')!.name)}`
  const changes = (async () => {
    for (const enabled of [false, true, false, true, false]) await admin('PATCH', path, { enabled })
  })()
  const codes = await Promise.all(Array.from({ length: 20 }, async () => (await ews(archive(KEN()))).code))
  await changes
  for (const code of codes) expect(['NoError', 'ErrorAccessDenied', 'ErrorFolderNotFound']).toContain(code)
  expect((await ews(archive(KEN()))).code).toBe('ErrorAccessDenied')
})

test('a request of many folders that are all refused leaves one line in the record', async () => {
  await configure()
  const { requestId } = await ews(getFolder(of(KEN(), 'inbox').repeat(50)))
  expect(await rulesOf(requestId)).toEqual([ofFolder('inbox', 'folder_outside_roles')])
  expect((await ews(wrap('<m:GetFolder/>'))).code).toBe('ErrorSchemaValidation')
})

describe('an application that may impersonate in a scope', () => {
  const impersonating = (kind: string, value: string, body = GET_INBOX) =>
    wrap(
      body,
      `<t:ExchangeImpersonation><t:ConnectingSID><t:${kind}>${value}</t:${kind}></t:ConnectingSID></t:ExchangeImpersonation>`,
    )
  const GET_INBOX =
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
  async function impersonationOf(requestId: string) {
    const { body } = await admin('GET', `/decisions/${requestId}`)
    return body.items.find(({ kind }: { kind: string }) => kind === 'impersonation')
  }

  beforeEach(async () => {
    const { account } = (await configure()).body
    await admin('PATCH', `/users/${KEN().sid}`, { attributes: { department: 'Sales' } })
    const filter = "Department -eq 'Sales'"
    await admin('POST', '/management-scopes', { name: 'Sales', recipientRestrictionFilter: filter })
    const assigned = await admin('POST', ASSIGNMENTS, {
      name: 'Portal',
      role: 'ApplicationImpersonation',
      user: account.upn,
      customRecipientWriteScope: 'Sales',
    })
    expect(assigned.status).toBe(201)
  })

  test('opens a mailbox as its owner, whom it names by address, UPN or SID', async () => {
    expect((await ews(wrap(GET_INBOX))).code).toBe('ErrorMissingEmailAddress')
    for (const [kind, value] of [
      ['PrimarySmtpAddress', KEN().smtp!],
      ['PrincipalName', KEN().upn],
      ['SID', KEN().sid],
    ] as const) {
      const opened = await ews(impersonating(kind, value))
      expect([kind, opened.status, opened.code]).toEqual([kind, 200, 'NoError'])
      expect(await impersonationOf(opened.requestId)).toMatchObject({
        actingAs: KEN().upn,
        rule: `role_assigned (Portal), as ${APPLICATION}`,
      })
    }
  })

  test('is judged as the owner there, and not by its own roles', async () => {
    const body = /<soap:Body>(.*)<\/soap:Body>/s.exec(
      createItem(
        message('<t:Subject>As Ken</t:Subject>'),
        '<t:DistinguishedFolderId Id="inbox"></t:DistinguishedFolderId>',
      ),
    )![1]!
    const created = await ews(impersonating('SID', KEN().sid, body))
    expect(created.code).toBe('NoError')
    expect((await ews(getItem(itemId(created.id!)), KEN())).code).toBe('NoError')
    expect((await ews(getItem(itemId(created.id!)))).code).toBe('ErrorItemNotFound')
  })

  test('is denied everybody else, and the record says by which assignment', async () => {
    const denied = await ews(impersonating('SID', PILAR().sid))
    expect([denied.status, denied.code]).toEqual([500, 'ErrorImpersonateUserDenied'])
    expect(await impersonationOf(denied.requestId)).toMatchObject({
      actingAs: PILAR().upn,
      denied: 'ErrorImpersonateUserDenied',
      rule: `recipient_outside_scope (Portal), as ${APPLICATION}`,
    })
  })

  test('can impersonate a disabled account, for which no token is good', async () => {
    await admin('PATCH', `/users/${KEN().sid}`, { enabled: false })
    expect((await ews(impersonating('PrincipalName', KEN().upn))).code).toBe('NoError')
    const token = await mintAs(farm, 'lync', 'exchange', KEN())
    const url = `${farm.servers.exchange.url}/EWS/Exchange.asmx`
    const reply = await farm.send('POST', url, { authorization: `Bearer ${token}` }, '')
    expect([reply.status, reply.header('x-entente-refusal')]).toEqual([401, ['user_disabled']])
  })

  test('cannot any more once its assignment is gone', async () => {
    await admin('DELETE', `${ASSIGNMENTS}/Portal`)
    expect((await ews(impersonating('SID', KEN().sid))).code).toBe('ErrorImpersonateUserDenied')
  })
})
