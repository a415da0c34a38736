import * as client from '../../../src/products/exchange/ews-client.ts'
import { ken, startExchange, wrap } from './harness.ts'

const URL = 'https://exchange.litwareinc.com:8441/EWS/Exchange.asmx'

describe('the client reads what the server writes', () => {
  test('where a mailbox is, and that there is none', async () => {
    const { autodiscover } = startExchange()
    const at = 'https://exchange.litwareinc.com:8441/autodiscover/autodiscover.svc'
    const found = await autodiscover(client.getUserSettingsRequest(at, ken.smtp!))
    expect(client.readUserSettings(found.body!)).toEqual({
      ok: true,
      value: { ewsUrl: URL, displayName: 'Ken Myer', smtp: ken.smtp },
    })
    const missing = await autodiscover(client.getUserSettingsRequest(at, '<x>&y'))
    expect(client.readUserSettings(missing.body!)).toEqual({
      ok: false,
      code: 'InvalidUser',
      message: "The email address '<x>&y' could not be found.",
    })
  })

  test('an item, from its creation to its end', async () => {
    const { ews } = startExchange()
    const subject = 'a < b & "c"'
    const created = client.readCreatedItem(
      (
        await ews(
          client.createItemRequest({
            folder: 'conversationhistory',
            itemClass: 'IPM.Note.Microsoft.Conversation',
            subject,
            body: '<p>\r\n</p>',
            bodyType: 'HTML',
            from: { name: 'Ken', address: ken.smtp! },
            to: 'pilar@litwareinc.com',
            isRead: false,
          }),
        )
      ).body!,
    )
    if (!created.ok) throw new Error(created.code)
    const read = client.readItem((await ews(client.getItemRequest(created.value))).body!)
    expect(read).toEqual({
      ok: true,
      value: { ...created.value, subject, itemClass: 'IPM.Note.Microsoft.Conversation', body: '<p>\r\n</p>' },
    })
    const deleted = await ews(client.deleteItemRequest(created.value))
    expect(client.readDeleted(deleted.body!)).toEqual({ ok: true, value: 'deleted' })
    const gone = await ews(client.getItemRequest(created.value))
    expect(client.readItem(gone.body!)).toMatchObject({ ok: false, code: 'ErrorItemNotFound' })
    const again = await ews(client.deleteItemRequest(created.value))
    expect(client.readDeleted(again.body!)).toMatchObject({ ok: false, code: 'ErrorItemNotFound' })
  })

  test('why an item was not created, and the code of a fault', async () => {
    const { ews } = startExchange()
    const denied = await ews(
      client.createItemRequest({ folder: 'recoverableitemspurges', subject: '', body: '' }),
    )
    expect(client.readCreatedItem(denied.body!)).toEqual({
      ok: false,
      code: 'ErrorCreateItemAccessDenied',
      message: 'The user is not enabled for Exchange archiving.',
    })
    const fault = await ews(wrap('<m:Nothing/>'))
    expect(client.readItem(fault.body!)).toMatchObject({ ok: false, code: 'ErrorSchemaValidation' })
  })
})

describe('the client survives what a peer may send', () => {
  const readers = [client.readUserSettings, client.readCreatedItem, client.readItem, client.readDeleted]

  test.each([
    ['nothing', ''],
    ['a web page', '<!DOCTYPE html><html><body>Busy</body></html>'],
    ['JSON', '{"error":"x"}'],
    ['no envelope', '<a/>'],
    ['an empty body', wrap('')],
    ['another answer', wrap('<m:Other/>')],
    ['no response messages', wrap('<m:GetItemResponse/>')],
    [
      'an empty success',
      wrap(
        '<m:CreateItemResponse><m:ResponseMessages><m:CreateItemResponseMessage ResponseClass="Success"><m:Items/></m:CreateItemResponseMessage></m:ResponseMessages></m:CreateItemResponse>',
      ),
    ],
  ])('%s is unreadable, not a surprise', (_, xml) => {
    for (const read of readers) expect(read(xml)).toMatchObject({ ok: false, code: client.UNREADABLE })
  })

  test('a fault without a detail still has its faultcode', () => {
    const xml = wrap(
      '<soap:Fault><faultcode>soap:Server</faultcode><faultstring>Busy</faultstring></soap:Fault>',
    )
    expect(client.readItem(xml)).toEqual({ ok: false, code: 'Server', message: 'Busy' })
  })
})
