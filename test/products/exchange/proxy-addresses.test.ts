/** Addresses of a mailbox beside its primary one: where mail goes, but not as whom somebody acts. */
import { LEVELS } from '../../../src/products/exchange/access/folder-permission.ts'
import { ews } from '../../../src/products/exchange/ews.ts'
import type { Impersonation } from '../../../src/products/exchange/impersonation.ts'
import { NS } from '../../../src/products/xml.ts'
import type { User } from '../../../src/trust/directory.ts'
import {
  callerOf,
  codes,
  faultCode,
  find,
  getFolder,
  ken,
  message,
  messages,
  names,
  pilar,
  requestOf,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import { create, itemsIn, to } from './items-harness.ts'
import { folderOf } from './mail.ts'

const OTHER = 'p.ackerman@fabrikam.com'
const her: User = { ...pilar, proxyAddresses: ['info@litwareinc.com', OTHER] }
const start = () => startExchange([ken, her])

/** What a program reads of a refusal: which address would have been right. */
const primaryIn = (element: ReturnType<typeof root>) => {
  const value = find(find(element, 'MessageXml')!, 'Value')
  return { ns: value?.ns, name: value?.attributes.get('Name'), address: value?.text }
}
const PRIMARY = { ns: NS.types, name: 'Primary', address: her.smtp }

describe('impersonation', () => {
  const as = (kind: string, address: string) => {
    const { kit, events } = start()
    const header = `<t:ExchangeImpersonation><t:ConnectingSID><t:${kind}>${address}</t:${kind}></t:ConnectingSID></t:ExchangeImpersonation>`
    const body = getFolder('<t:DistinguishedFolderId Id="inbox"/>').replace(
      /<soap:Header>.*<\/soap:Header>/s,
      `<soap:Header>${header}</soap:Header>`,
    )
    const allow = async () => ({ outcome: 'allowed' as Impersonation, rule: 'as the test decides' })
    return { events, reply: ews(requestOf('/EWS/Exchange.asmx', body), callerOf(ken), kit, allow) }
  }

  test('by PrimarySmtpAddress takes the primary address alone, and the fault names it', async () => {
    const { reply, events } = as('PrimarySmtpAddress', OTHER.toUpperCase())
    expect(faultCode(await reply)).toBe('ErrorNonPrimarySmtpAddress')
    const detail = find(root(await reply), 'detail')!
    expect(find(detail, 'MessageXml')?.ns).toBe(NS.errors)
    expect(primaryIn(detail)).toEqual(PRIMARY)
    expect(events).toMatchObject([{ kind: 'impersonation', denied: 'ErrorNonPrimarySmtpAddress' }])
  })

  test.each([
    ['PrimarySmtpAddress', her.smtp!],
    ['SmtpAddress', OTHER],
  ])('by %s finds the account of %s', async (kind, address) => {
    const { reply, events } = as(kind, address)
    expect(codes(await reply)).toEqual(['NoError'])
    expect(events).toMatchObject([{ actingAs: her.upn }])
  })
})

describe('a folder of a mailbox', () => {
  const inbox = (address: string) =>
    getFolder(
      `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`,
    )

  test('is named by the primary address: its owner is told which', async () => {
    const reply = await start().ews(inbox(OTHER), her)
    expect(codes(reply)).toEqual(['ErrorNonPrimarySmtpAddress'])
    expect(names(messages(reply)[0]!.element)).toEqual([
      'MessageText',
      'ResponseCode',
      'DescriptiveLinkKey',
      'MessageXml',
      'Folders',
    ])
    expect(primaryIn(messages(reply)[0]!.element)).toEqual(PRIMARY)
  })

  test('whoever may see it is told as well; to others there is no such folder', async () => {
    const exchange = start()
    expect(codes(await exchange.ews(inbox(OTHER), ken))).toEqual(['ErrorFolderNotFound'])
    const { id } = await folderOf(exchange, 'inbox', her)
    await exchange.kit.access.addFolderPermission(id, { grantee: ken.sid, rights: LEVELS.Reviewer })
    expect(codes(await exchange.ews(inbox(OTHER), ken))).toEqual(['ErrorNonPrimarySmtpAddress'])
    expect(codes(await exchange.ews(inbox(her.smtp!), ken))).toEqual(['NoError'])
  })
})

test('mail to a proxy address arrives, and its owner may say it is from there', async () => {
  const exchange = start()
  const from = `<t:From><t:Mailbox><t:EmailAddress>${OTHER}</t:EmailAddress></t:Mailbox></t:From>`
  const send = 'MessageDisposition="SendOnly"'
  const mail = (text: string, more = '') => message(`<t:Subject>${text}</t:Subject>${to(OTHER)}${more}`)
  expect(codes(await exchange.ews(create(mail('to her'), send)))).toEqual(['NoError'])
  expect(codes(await exchange.ews(create(mail('from her', from), send), her))).toEqual(['NoError'])
  expect(codes(await exchange.ews(create(mail('not his', from), send), ken))).toEqual(['ErrorSendAsDenied'])
  const arrived = await itemsIn(exchange.kit, her, 'inbox')
  expect(arrived.map(({ subject }) => subject).sort()).toEqual(['from her', 'to her'])
})

test('ResolveNames finds by any address, in whole or its beginning, and answers with the primary one', async () => {
  const ask = (entry: string) =>
    wrap(
      `<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>${entry}</m:UnresolvedEntry></m:ResolveNames>`,
    )
  for (const entry of [OTHER, `smtp:${OTHER}`, 'p.ack']) {
    const reply = await start().ews(ask(entry))
    expect([codes(reply), textOf(reply, 'EmailAddress')]).toEqual([['NoError'], her.smtp])
  }
})

test('ConvertId wants the primary address of the mailbox', async () => {
  const convert = (mailbox: string) =>
    wrap(
      `<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="EwsId" Id="AAA=" Mailbox="${mailbox}"/></m:SourceIds></m:ConvertId>`,
    )
  const reply = await start().ews(convert(OTHER))
  expect(codes(reply)).toEqual(['ErrorNonPrimarySmtpAddress'])
  expect(primaryIn(messages(reply)[0]!.element)).toEqual(PRIMARY)
})

test('Autodiscover leads any address to its mailbox, and names the primary one', async () => {
  const ask = `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>${OTHER}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>`
  expect(textOf(await start().pox(ask), 'AutoDiscoverSMTPAddress')).toBe(her.smtp)
})
