/** Whose settings a call to EWS is judged by, and what is said when they deny it. */
import { asksForAnother, denyByPolicy } from '../../../../src/products/exchange/access/ews-gate.ts'
import { NS, parseXml } from '../../../../src/products/xml.ts'
import { callerOf, codes, getFolder, ken, named, pilar, requestOf, startExchange, wrap } from '../harness.ts'

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
    kind: 'denied',
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
  const deny = (agent?: string) => denyByPolicy(requestOf(EWS, '', agent), callerOf(ken), kit)
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
