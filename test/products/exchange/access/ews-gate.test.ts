/** Whose settings a call to EWS is judged by, and what is said when they deny it. */
import { asksForAnother, denyByPolicy } from '../../../../src/products/exchange/access/ews-gate.ts'
import { LEVELS } from '../../../../src/products/exchange/access/folder-permission.ts'
import { NS, parseXml } from '../../../../src/products/xml.ts'
import {
  callerOf,
  codes,
  createItem,
  deleteItem,
  find,
  getFolder,
  getItem,
  itemId,
  ken,
  message,
  named,
  pilar,
  requestOf,
  root,
  startExchange,
  wrap,
} from '../harness.ts'

const EWS = '/EWS/Exchange.asmx'
const disable = { ewsEnabled: false }

test('a denied call is 403 without a word, whatever stands in its body, and the record has the rule', async () => {
  const { ews, events, kit } = startExchange()
  await kit.access.changeMailbox(ken.sid, (now) => ({ ...now, ...disable }))
  for (const body of [getFolder(named('inbox')), 'no XML', wrap('<m:NoSuchOperation/>')]) {
    expect(await ews(body)).toEqual({ status: 403 })
  }
  expect(events).toHaveLength(3)
  expect(events[0]).toEqual({
    kind: 'forbidden',
    requestId: 'request-1',
    through: `POST ${EWS}`,
    partner: 'lync@litwareinc.com',
    user: ken.upn,
    status: 403,
    rule: 'mailbox EwsEnabled',
  })
})

test('a list that denies is in the record with the entry that the application fits', async () => {
  const { events, kit } = startExchange()
  await kit.access.changeOrganization((now) => ({
    ...now,
    ewsApplicationAccessPolicy: 'EnforceBlockList',
    ewsBlockList: ['Bad*'],
  }))
  const deny = (agent?: string) =>
    denyByPolicy(requestOf(EWS, '', agent === undefined ? {} : { userAgent: agent }), callerOf(ken), kit)
  expect(await deny('Good/1')).toBeUndefined()
  expect(await deny()).toBeUndefined()
  expect(await deny('bad/1')).toEqual({ status: 403 })
  expect(events.map(({ rule }) => rule)).toEqual(['organization EnforceBlockList Bad*'])
})

test('the delegate’s settings decide and the principal’s do not', async () => {
  const { ews, kit } = startExchange()
  const kensCalendar = getFolder(
    `<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>${ken.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`,
  )
  await kit.access.changeMailbox(ken.sid, (now) => ({ ...now, ...disable }))
  expect(codes(await ews(kensCalendar, pilar))).toEqual(['NoError'])
  await kit.access.changeMailbox(ken.sid, (now) => ({ ...now, ewsEnabled: true }))
  await kit.access.changeMailbox(pilar.sid, (now) => ({ ...now, ...disable }))
  expect((await ews(kensCalendar, pilar)).status).toBe(403)
})

test('for an application by itself the organization’s settings decide', async () => {
  const { appOnly, kit } = startExchange()
  expect((await appOnly(getFolder(named('inbox')))).status).toBe(200)
  await kit.access.changeOrganization((now) => ({ ...now, ...disable }))
  expect((await appOnly(getFolder(named('inbox')))).status).toBe(403)
})

test('an impersonating call is not judged before it is known for whom it is', async () => {
  const { ews, kit } = startExchange()
  await kit.access.changeMailbox(ken.sid, (now) => ({ ...now, ...disable }))
  const header = (inner: string) => {
    const xml = parseXml(Buffer.from(`<h xmlns:t="${NS.types}">${inner}</h>`))
    return xml.ok ? xml.root : undefined
  }
  expect(asksForAnother(header('<t:ExchangeImpersonation/>'))).toBe(true)
  expect(asksForAnother(header('<t:RequestServerVersion/>'))).toBe(false)
  expect(asksForAnother(undefined)).toBe(false)
  const asPilar = `<t:ExchangeImpersonation><t:ConnectingSID><t:PrincipalName>${pilar.upn}</t:PrincipalName></t:ConnectingSID></t:ExchangeImpersonation>`
  const reply = await ews(wrap('<m:GetFolder/>', asPilar))
  expect(reply.status).toBe(500) // denied as an impersonation, not by the caller's own settings
  // Once it is known, the owner's settings are the ones that count.
  const acting = { ...callerOf(pilar), impersonator: { user: ken } }
  expect(await denyByPolicy(requestOf(EWS, ''), acting, kit)).toBeUndefined()
})

test('what is denied in a folder is in the record with the entry that decided, and each rule once', async () => {
  const { ews, events, kit } = startExchange()
  const kens = (folder: string) =>
    `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${ken.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
  expect(codes(await ews(getFolder(kens('inbox') + kens('inbox') + named('inbox')), pilar))).toEqual([
    'ErrorFolderNotFound',
    'ErrorFolderNotFound',
    'NoError',
  ])
  const inbox = (await kit.mailboxes.distinguishedFolder(ken.sid, 'inbox'))!
  await kit.access.addFolderPermission(inbox.id, { grantee: pilar.sid, rights: LEVELS.Reviewer })
  const written = await ews(createItem(message(''), kens('inbox')))
  const item = itemId(find(root(written), 'ItemId')?.attributes.get('Id') ?? '')
  await ews(createItem(message(''), kens('inbox')), pilar)
  const replies = [await ews(deleteItem(item), pilar)]
  await kit.access.changeFolderPermission(inbox.id, { grantee: pilar.sid, rights: LEVELS.Contributor })
  replies.push(await ews(getItem(item), pilar), await ews(getItem(itemId('aXRlbTpub25l')), pilar))
  expect(replies.flatMap(codes)).toEqual(['ErrorAccessDenied', 'ErrorItemNotFound', 'ErrorItemNotFound'])
  const where = `folder inbox of ${ken.sid}:`
  expect(events.map(({ kind, user, rule }) => `${kind} ${user} ${rule}`)).toEqual([
    `forbidden ${pilar.upn} ErrorFolderNotFound: ${where} Default, not set None`,
    `forbidden ${pilar.upn} ErrorCreateItemAccessDenied: ${where} own entry Reviewer`,
    `forbidden ${pilar.upn} ErrorAccessDenied: ${where} own entry Reviewer`,
    `forbidden ${pilar.upn} ErrorItemNotFound: ${where} own entry Contributor`,
  ])
  for (const { body } of replies) expect(body).not.toMatch(/Reviewer|Contributor|entry/)
})
