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
    if (account !== undefined) asked.push({ caller: caller.user?.upn, account: account.upn })
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

const UNFINDABLE = [
  ['an address of nobody', 'SmtpAddress', 'nobody@litwareinc.com', 'ErrorNonExistentMailbox'],
  ['an address without a mailbox', 'PrimarySmtpAddress', noMailbox.smtp!, 'ErrorNonExistentMailbox'],
  ['no address at all', 'SmtpAddress', 'pilar', 'ErrorNonExistentMailbox'],
  ['a UPN of nobody', 'PrincipalName', 'nobody@corp.litwareinc.com', 'ErrorInvalidUserPrincipalName'],
  ['an address for a UPN', 'PrincipalName', pilar.smtp!, 'ErrorInvalidUserPrincipalName'],
  ['a SID of nobody', 'SID', 'S-1-5-21-9-9-9-9', 'ErrorInvalidUserSid'],
  ['no SID at all', 'SID', 'pilar', 'ErrorInvalidSid'],
  ['a SID that is cut off', 'SID', 'S-1-5-', 'ErrorInvalidSid'],
  ['one of two accounts of one name', 'PrincipalName', 'twin@x.com', 'ErrorImpersonationFailed'],
] as const
const RULE_OF: Readonly<Record<string, string>> = {
  ErrorInvalidSid: 'sid_malformed',
  ErrorImpersonationFailed: 'account_ambiguous',
}

test.each(UNFINDABLE)('%s is told by a code of its own', async (_, kind, value, code) => {
  const { as, asked, events } = start()
  expect(faultCode(await as(impersonate(kind, value)))).toBe(code)
  expect(asked).toEqual([])
  const rule = RULE_OF[code] ?? 'account_not_found'
  expect(events).toMatchObject([{ kind: 'impersonation', denied: code, asked: `${kind} ${value}`, rule }])
  expect(events[0]).not.toHaveProperty('actingAs')
})

describe.each(['ErrorImpersonationDenied', 'ErrorImpersonateUserDenied'] as const)(
  'who may impersonate nobody, and is told so by %s,',
  (denied) => {
    test.each([
      ...UNFINDABLE.map(([what, kind, value]) => [what, kind, value] as const),
      ['somebody', 'SmtpAddress', pilar.smtp!] as const,
    ])('learns nothing of %s', async (_, kind, value) => {
      const { as } = start(denied)
      const reply = await as(impersonate(kind, value))
      expect(faultCode(reply)).toBe(denied)
      expect(reply).toEqual(await as(AS_PILAR))
    })
  },
)

describe('a proxy address where the primary one is wanted', () => {
  const proxied = { ...off, proxyAddresses: ['other@x.com'] }
  const by = (decision: Impersonation) => {
    const exchange = startExchange([ken, proxied])
    const request = requestOf(
      '/EWS/Exchange.asmx',
      wrap(GET_INBOX, impersonate('PrimarySmtpAddress', 'other@x.com')),
    )
    const decide: MayImpersonate = async () => ({ outcome: decision, rule: 'as the test decides' })
    return { ...exchange, reply: ews(request, callerOf(ken), exchange.kit, decide) }
  }

  test('is told the primary one by whoever may impersonate the account', async () => {
    const { reply, events } = by('allowed')
    expect(faultCode(await reply)).toBe('ErrorNonPrimarySmtpAddress')
    expect((await reply).body).toContain(proxied.smtp)
    const rule = 'address_not_primary'
    expect(events).toMatchObject([{ actingAs: proxied.upn, denied: 'ErrorNonPrimarySmtpAddress', rule }])
  })

  test('is told nothing to who may not', async () => {
    const { reply, events } = by('ErrorImpersonateUserDenied')
    expect(faultCode(await reply)).toBe('ErrorImpersonateUserDenied')
    expect((await reply).body).not.toContain(proxied.smtp)
    const rule = 'as the test decides'
    expect(events).toMatchObject([{ actingAs: proxied.upn, denied: 'ErrorImpersonateUserDenied', rule }])
  })
})

const CONNECTING = '<t:ConnectingSID><t:SID>S-1-5-21-1</t:SID></t:ConnectingSID>'
test.each([
  [
    'an empty header',
    '<t:ExchangeImpersonation/>',
    'ErrorInvalidExchangeImpersonationHeaderData',
    'impersonation_header_malformed',
    'ExchangeImpersonation',
  ],
  [
    'two accounts in one header',
    `<t:ExchangeImpersonation>${CONNECTING}${CONNECTING}</t:ExchangeImpersonation>`,
    'ErrorInvalidExchangeImpersonationHeaderData',
    'impersonation_header_malformed',
    'ExchangeImpersonation',
  ],
  [
    'a security context',
    '<t:SerializedSecurityContext/>',
    'ErrorTokenSerializationDenied',
    'security_context_refused',
    'SerializedSecurityContext',
  ],
  [
    'two headers',
    AS_PILAR + AS_PILAR,
    'ErrorMoreThanOneAccessModeSpecified',
    'several_access_modes',
    'ExchangeImpersonation',
  ],
])('%s asks for nobody usable, and stands in the record', async (_, header, denied, rule, asked) => {
  const { as, events, asked: decided } = start()
  expect(faultCode(await as(header))).toBe(denied)
  expect(decided).toEqual([])
  expect(events).toMatchObject([{ kind: 'impersonation', user: ken.upn, denied, rule, asked }])
})

test('of a name without end the beginning stands in the record', async () => {
  const { as, events } = start()
  await as(impersonate('SmtpAddress', 'a'.repeat(10_000)))
  expect(events[0]?.asked).toBe(`SmtpAddress ${'a'.repeat(10_000)}`.slice(0, 200))
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
