/** ExchangeImpersonation with the decision injected: who is found, what is denied, in whose name the operation runs. */
import { ews } from '../../../src/products/exchange/ews.ts'
import type { Impersonation, MayImpersonate } from '../../../src/products/exchange/impersonation.ts'
import { NS } from '../../../src/products/xml.ts'
import type { User } from '../../../src/trust/directory.ts'
import {
  callerOf,
  codes,
  createItem,
  faultCode,
  find,
  getItem,
  itemId,
  ken,
  message,
  named,
  noMailbox,
  pilar,
  requestOf,
  root,
  startExchange,
  wrap,
} from './harness.ts'

const off: User = { ...ken, sid: 'S-1-5-21-1-2-3-1200', upn: 'off@x.com', smtp: 'off@x.com', enabled: false }
const twins = [1, 2].map((n) => ({
  ...ken,
  sid: `S-1-5-21-1-2-3-130${n}`,
  upn: 'twin@x.com',
  smtp: 'twin@x.com',
}))

const impersonate = (kind: string, value: string) =>
  `<t:ExchangeImpersonation><t:ConnectingSID><t:${kind}>${value}</t:${kind}></t:ConnectingSID></t:ExchangeImpersonation>`
const GET_INBOX =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
const AS_PILAR = impersonate('SmtpAddress', pilar.smtp!)

function start(decision: Impersonation = 'allowed') {
  const exchange = startExchange([ken, pilar, noMailbox, off, ...twins])
  const asked: { caller: string | undefined; account: string }[] = []
  const decide: MayImpersonate = async (caller, account) => {
    asked.push({ caller: caller.user?.upn, account: account.upn })
    return { outcome: decision, rule: 'as the test decides' }
  }
  const post = (body: string, user: User | undefined = ken) =>
    ews(requestOf('/EWS/Exchange.asmx', body), callerOf(user), exchange.kit, decide)
  return { ...exchange, asked, post, as: (header: string, body = GET_INBOX) => post(wrap(body, header)) }
}

test.each([
  ['SmtpAddress', pilar.smtp!],
  ['SmtpAddress', pilar.smtp!.toUpperCase()],
  ['PrimarySmtpAddress', pilar.smtp!],
  ['PrincipalName', pilar.upn],
  ['SID', pilar.sid],
  ['SID', pilar.sid.toLowerCase()],
  ['SID', `\n ${pilar.sid} `],
])('an account is found by %s %j', async (kind, value) => {
  const { as, asked } = start()
  expect(codes(await as(impersonate(kind, value)))).toEqual(['NoError'])
  expect(asked).toEqual([{ caller: ken.upn, account: pilar.upn }])
})

test.each([
  ['an address of nobody', 'SmtpAddress', 'nobody@litwareinc.com', 'ErrorNonExistentMailbox'],
  ['an address without a mailbox', 'PrimarySmtpAddress', noMailbox.smtp!, 'ErrorNonExistentMailbox'],
  ['no address at all', 'SmtpAddress', 'pilar', 'ErrorNonExistentMailbox'],
  ['a UPN of nobody', 'PrincipalName', 'nobody@corp.litwareinc.com', 'ErrorInvalidUserPrincipalName'],
  ['an address for a UPN', 'PrincipalName', pilar.smtp!, 'ErrorInvalidUserPrincipalName'],
  ['a SID of nobody', 'SID', 'S-1-5-21-9-9-9-9', 'ErrorInvalidUserSid'],
  ['no SID at all', 'SID', 'pilar', 'ErrorInvalidSid'],
  ['a SID that is cut off', 'SID', 'S-1-5-', 'ErrorInvalidSid'],
  ['one of two accounts of one name', 'PrincipalName', 'twin@x.com', 'ErrorImpersonationFailed'],
])('%s is told by a code of its own', async (_, kind, value, code) => {
  const { as, asked, events } = start()
  expect(faultCode(await as(impersonate(kind, value)))).toBe(code)
  expect(asked).toEqual([])
  expect(events).toMatchObject([{ kind: 'impersonation', denied: code }])
  expect(events[0]).not.toHaveProperty('actingAs')
})

test('a disabled account can be impersonated: its mailbox is there to be worked on', async () => {
  const { as, asked } = start()
  expect(codes(await as(impersonate('SmtpAddress', off.smtp!)))).toEqual(['NoError'])
  expect(asked).toEqual([{ caller: ken.upn, account: off.upn }])
})

test.each(['ErrorImpersonationDenied', 'ErrorImpersonateUserDenied'] as const)(
  'a denial as %s is a fault of that code, and nothing was done',
  async (decision) => {
    const { as, kit, events } = start(decision)
    expect(faultCode(await as(AS_PILAR))).toBe(decision)
    expect(await kit.mailboxes.folders(pilar.sid)).toEqual([])
    expect(events).toEqual([
      {
        kind: 'impersonation',
        requestId: 'request-1',
        through: 'POST /EWS/Exchange.asmx',
        partner: 'lync@litwareinc.com',
        user: ken.upn,
        actingAs: pilar.upn,
        rule: 'as the test decides',
        denied: decision,
      },
    ])
  },
)

test('what is impersonated is whose mailbox it is: an item written so is the account’s, and not the caller’s', async () => {
  const { as, post, events } = start()
  const body = /<soap:Body>(.*)<\/soap:Body>/s.exec(
    createItem(message('<t:Subject>For Pilar</t:Subject>'), named('inbox')),
  )![1]!
  const created = await as(AS_PILAR, body)
  const id = find(root(created), 'ItemId')!.attributes.get('Id')!
  expect(codes(await post(getItem(itemId(id)), pilar))).toEqual(['NoError'])
  expect(codes(await post(getItem(itemId(id)), ken))).toEqual(['ErrorItemNotFound'])
  expect(events.filter(({ kind }) => kind === 'impersonation')).toEqual([
    expect.objectContaining({ kind: 'impersonation', user: ken.upn, actingAs: pilar.upn }),
  ])
  expect(events[0]).not.toHaveProperty('denied')
})

test('an application without a user may be let act as an account, too', async () => {
  const { kit, events } = start()
  const request = requestOf('/EWS/Exchange.asmx', wrap(GET_INBOX, AS_PILAR))
  expect(
    codes(await ews(request, callerOf(), kit, async () => ({ outcome: 'allowed', rule: 'of a role' }))),
  ).toEqual(['NoError'])
  expect(events).toEqual([expect.objectContaining({ actingAs: pilar.upn, rule: 'of a role' })])
  expect(events[0]).not.toHaveProperty('user')
})

test('an account without a mailbox can be impersonated by its UPN, and then has none to open', async () => {
  const { as } = start()
  expect(codes(await as(impersonate('PrincipalName', noMailbox.upn)))).toEqual(['ErrorMissingEmailAddress'])
})

test('without the header nobody is asked, and nothing recorded', async () => {
  const { post, asked, events } = start('ErrorImpersonateUserDenied')
  expect(codes(await post(wrap(GET_INBOX)))).toEqual(['NoError'])
  expect([asked, events]).toEqual([[], []])
})

describe('a serialized security context', () => {
  const CONTEXT =
    '<t:SerializedSecurityContext><t:UserSid>S-1-5-21-1-2-3-1105</t:UserSid></t:SerializedSecurityContext>'

  test('is refused, not passed over', async () => {
    expect(faultCode(await start().as(CONTEXT))).toBe('ErrorTokenSerializationDenied')
  })

  test('beside an impersonation is one access mode too many', async () => {
    expect(faultCode(await start().as(CONTEXT + AS_PILAR))).toBe('ErrorMoreThanOneAccessModeSpecified')
  })
})

test('headers of another namespace are nobody’s business', async () => {
  const { as, asked } = start()
  const header = AS_PILAR.replaceAll('t:', 'x:').replace(
    'Impersonation>',
    `Impersonation xmlns:x="${NS.messages}">`,
  )
  expect(codes(await as(header))).toEqual(['NoError'])
  expect(asked).toEqual([])
})
