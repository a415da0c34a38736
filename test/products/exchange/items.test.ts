import { MESSAGE } from '../../../src/products/exchange/message-type.ts'
import type { ProductReply } from '../../../src/products/product.ts'
import {
  codes,
  createItem,
  deleteItem,
  faultCode,
  find,
  getFolder,
  getItem,
  itemId,
  ken,
  message,
  messages,
  named,
  names,
  noMailbox,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'

const mailbox = (address: string, name = '') =>
  `<t:Mailbox>${name && `<t:Name>${name}</t:Name>`}<t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`
const TAG = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
const NAMED =
  '<t:ExtendedFieldURI PropertySetId="00020329-0000-0000-c000-000000000046" PropertyName="Topics" PropertyType="StringArray"/>'
const FULL = [
  '<t:ItemClass>IPM.Note.Microsoft.Conversation</t:ItemClass>',
  '<t:Subject>R&amp;D &lt;plan&gt; ö😀</t:Subject>',
  '<t:Sensitivity>Private</t:Sensitivity>',
  '<t:Body BodyType="HTML">&lt;p&gt;a  b&#13;\nc&lt;/p&gt; </t:Body>',
  '<t:Categories><t:String>Red</t:String><t:String>Blue</t:String></t:Categories>',
  '<t:Importance>High</t:Importance>',
  '<t:InternetMessageHeaders><t:InternetMessageHeader HeaderName="X-One">1</t:InternetMessageHeader></t:InternetMessageHeaders>',
  '<t:DateTimeSent>2026-11-21T03:45:00Z</t:DateTimeSent>',
  '<t:DateTimeCreated>2026-11-21T04:45:00.5+01:00</t:DateTimeCreated>',
  `<t:ExtendedProperty>${TAG}<t:Value>1</t:Value></t:ExtendedProperty>`,
  `<t:ExtendedProperty>${NAMED}<t:Values><t:Value>a</t:Value><t:Value/></t:Values></t:ExtendedProperty>`,
  `<t:Sender>${mailbox('lync@litwareinc.com')}</t:Sender>`,
  `<t:ToRecipients>${mailbox('a@litwareinc.com', 'Anna')}${mailbox('b@litwareinc.com')}</t:ToRecipients>`,
  `<t:CcRecipients>${mailbox('c@litwareinc.com')}</t:CcRecipients>`,
  `<t:BccRecipients>${mailbox('d@litwareinc.com')}</t:BccRecipients>`,
  `<t:From>${mailbox('kenmyer@litwareinc.com', 'Ken Myer')}</t:From>`,
  '<t:IsRead>false</t:IsRead>',
].join('')

function idOf(reply: ProductReply) {
  const attributes = find(root(reply), 'ItemId')?.attributes
  return { id: attributes?.get('Id') ?? '', changeKey: attributes?.get('ChangeKey') ?? '' }
}

async function withItem(content = FULL) {
  const { ews } = startExchange()
  const created = await ews(createItem(message(content)))
  return { ews, created, ...idOf(created) }
}

describe('CreateItem', () => {
  test('answers with the id of a t:Message', async () => {
    const { created } = await withItem()
    const [one] = messages(created)
    expect(one).toMatchObject({ class: 'Success', code: 'NoError' })
    const written = find(root(created), 'Items')?.children[0]
    expect(written?.name).toBe('Message')
    expect(names(written)).toEqual(['ItemId'])
  })

  test('takes several messages, and answers each', async () => {
    const { ews } = startExchange()
    const reply = await ews(createItem(`${message('')}<t:PostItem/>${message('<t:Subject>b</t:Subject>')}`))
    expect(codes(reply)).toEqual(['NoError', 'ErrorInvalidItemForOperationCreateItem', 'NoError'])
    expect(textOf(reply, 'MessageText')).toMatch(
      /^Messages, calendar items, contacts and tasks can be created/,
    )
    expect(names(messages(reply)[1]?.element)).toEqual([
      'MessageText',
      'ResponseCode',
      'DescriptiveLinkKey',
      'Items',
    ])
  })

  test('saves a message in Drafts when no folder is named', async () => {
    const { ews } = startExchange()
    await ews(
      wrap('<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message/></m:Items></m:CreateItem>'),
    )
    expect(textOf(await ews(getFolder(named('drafts'))), 'TotalCount')).toBe('1')
  })

  test('wants to be told what to do with a message', async () => {
    const body = createItem(message('')).replace(' MessageDisposition="SaveOnly"', '')
    expect(codes(await startExchange().ews(body))).toEqual(['ErrorMessageDispositionRequired'])
  })

  test('writes into Purges for users of Exchange archiving alone', async () => {
    const { ews } = startExchange()
    const body = createItem(message(''), named('recoverableitemspurges'))
    const denied = await ews(body, ken)
    expect(codes(denied)).toEqual(['ErrorCreateItemAccessDenied'])
    expect(textOf(denied, 'MessageText')).toMatch(/not enabled for Exchange archiving/)
    expect(codes(await ews(body, pilar))).toEqual(['NoError'])
    const purges = find(root(await ews(getFolder(named('recoverableitemspurges')), ken)), 'FolderId')
    const byId = createItem(message(''), `<t:FolderId Id="${purges?.attributes.get('Id')}"/>`)
    expect(codes(await ews(byId, ken))).toEqual(['ErrorCreateItemAccessDenied'])
  })

  test('has nowhere to write for a caller without a mailbox', async () => {
    const { ews, appOnly } = startExchange()
    expect(codes(await ews(createItem(message('')), noMailbox))).toEqual(['ErrorMissingEmailAddress'])
    expect(codes(await appOnly(createItem(message(''))))).toEqual(['ErrorMissingEmailAddress'])
  })

  test.each([
    ['no items', ''],
    ['an item of no kind', '<t:Thing/>'],
    ['a property that does not exist', message('<t:Colour>red</t:Colour>')],
    ['properties out of order', message('<t:Body BodyType="Text">b</t:Body><t:Subject>s</t:Subject>')],
    ['a property twice', message('<t:Subject>a</t:Subject><t:Subject>b</t:Subject>')],
    ['a body that was not escaped', message('<t:Body BodyType="HTML"><p>x</p></t:Body>')],
    ['a body of no type', message('<t:Body>b</t:Body>')],
    ['a body of an unknown type', message('<t:Body BodyType="RTF">b</t:Body>')],
    ['an unknown importance', message('<t:Importance>Huge</t:Importance>')],
    ['a date that is none', message('<t:DateTimeSent>yesterday</t:DateTimeSent>')],
    ['a day that never was', message('<t:DateTimeSent>2026-02-30T00:00:00Z</t:DateTimeSent>')],
    ['a truth value that is none', message('<t:IsRead>yes</t:IsRead>')],
    ['an empty address', message('<t:From><t:Mailbox><t:EmailAddress/></t:Mailbox></t:From>')],
    ['two senders', message(`<t:Sender>${mailbox('a@b')}${mailbox('c@d')}</t:Sender>`)],
    [
      'an extended property without a type',
      message('<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="1"/><t:Value/></t:ExtendedProperty>'),
    ],
    ['an extended property without a value', message(`<t:ExtendedProperty>${TAG}</t:ExtendedProperty>`)],
    ['text between the properties', message('hello')],
  ])('%s is a schema violation', async (_, items) => {
    expect(faultCode(await startExchange().ews(createItem(items)))).toBe('ErrorSchemaValidation')
  })

  test('an unknown disposition or folder is a schema violation', async () => {
    const { ews } = startExchange()
    for (const body of [
      createItem(message(''), named('inbox'), 'Burn'),
      createItem(message(''), ''),
      createItem(message(''), named('inbox') + named('drafts')),
      createItem(message(''), '<t:ItemId Id="x"/>'),
    ]) {
      expect(faultCode(await ews(body))).toBe('ErrorSchemaValidation')
    }
  })

  test('an extended property must name itself in one way', async () => {
    const uri = '<t:ExtendedFieldURI PropertyTag="1" PropertyName="x" PropertyType="String"/>'
    const body = createItem(message(`<t:ExtendedProperty>${uri}<t:Value/></t:ExtendedProperty>`))
    expect(codes(await startExchange().ews(body))).toEqual(['ErrorInvalidExtendedProperty'])
  })
})

describe('GetItem', () => {
  test('gives back what was written, letter for letter, and moments in UTC', async () => {
    const { ews, id } = await withItem()
    const more = `<t:AdditionalProperties>${TAG.replace('0x0E07', '3591')}${NAMED}</t:AdditionalProperties>`
    const reply = await ews(getItem(itemId(id), 'AllProperties', more))
    const item = find(root(reply), 'Message')!
    const text = (name: string) => item.children.find((child) => child.name === name)?.text
    expect(text('ItemClass')).toBe('IPM.Note.Microsoft.Conversation')
    expect(text('Subject')).toBe('R&D <plan> ö😀')
    expect(text('Sensitivity')).toBe('Private')
    expect(text('Body')).toBe('<p>a  b\r\nc</p> ')
    expect(find(item, 'Body')?.attributes.get('BodyType')).toBe('HTML')
    expect(find(item, 'Categories')?.children.map(({ text }) => text)).toEqual(['Red', 'Blue'])
    expect(text('Importance')).toBe('High')
    expect(find(item, 'InternetMessageHeader')?.attributes.get('HeaderName')).toBe('X-One')
    expect(text('DateTimeSent')).toBe('2026-11-21T03:45:00Z')
    expect(text('DateTimeCreated')).toBe('2026-11-21T03:45:00Z')
    expect(text('DisplayTo')).toBe('Anna; b@litwareinc.com')
    expect(text('IsRead')).toBe('false')
    expect(find(find(item, 'From')!, 'Name')?.text).toBe('Ken Myer')
    const extended = item.children.filter(({ name }) => name === 'ExtendedProperty')
    expect(extended.map((one) => names(one))).toEqual([
      ['ExtendedFieldURI', 'Value'],
      ['ExtendedFieldURI', 'Values'],
    ])
    expect(find(extended[1]!, 'Values')?.children.map(({ text }) => text)).toEqual(['a', ''])
  })

  test('properties stand in the order of the schema, with the defaults of a saved message', async () => {
    const { ews, id } = await withItem('')
    const item = find(root(await ews(getItem(itemId(id)))), 'Message')
    const order = [...MESSAGE.properties.keys()]
    const places = names(item)?.map((name) => order.indexOf(name)) ?? []
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(names(item)).toEqual(expect.arrayContaining(['ItemId', 'ParentFolderId', 'ItemClass', 'IsRead']))
    expect(find(item!, 'ItemClass')?.text).toBe('IPM.Note')
    expect(find(item!, 'DateTimeCreated')?.text).toBe('2026-11-18T11:06:40Z')
    expect(find(item!, 'IsRead')?.text).toBe('true')
  })

  test('both spellings of a truth value come back as the one that clients know', async () => {
    const { ews, id } = await withItem('<t:ReminderIsSet>1</t:ReminderIsSet><t:IsRead>0</t:IsRead>')
    const reply = await ews(getItem(itemId(id)))
    expect([textOf(reply, 'ReminderIsSet'), textOf(reply, 'IsRead')]).toEqual(['true', 'false'])
  })

  test('IdOnly is the id, and Default the summary', async () => {
    const { ews, id } = await withItem()
    expect(names(find(root(await ews(getItem(itemId(id), 'IdOnly'))), 'Message'))).toEqual(['ItemId'])
    expect(names(find(root(await ews(getItem(itemId(id), 'Default'))), 'Message'))).toEqual([
      'ItemId',
      'Subject',
      'Sensitivity',
      'Body',
      'Size',
      'DateTimeSent',
      'DateTimeCreated',
      'HasAttachments',
      'ToRecipients',
      'CcRecipients',
      'BccRecipients',
      'IsReadReceiptRequested',
      'IsDeliveryReceiptRequested',
      'From',
      'IsRead',
    ])
  })

  test('additional properties are added when they are known, and others are passed over', async () => {
    const { ews, id } = await withItem()
    const more = `<t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="message:IsRead"/><t:FieldURI FieldURI="item:StoreEntryId"/><t:FieldURI FieldURI="task:Status"/><t:FieldURI FieldURI="calendar:IsMeeting"/><t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="X"/>${TAG}</t:AdditionalProperties>`
    const item = find(root(await ews(getItem(itemId(id), 'IdOnly', more))), 'Message')
    expect(names(item)).toEqual(['ItemId', 'Subject', 'ExtendedProperty', 'IsRead'])
  })

  test('each id has its own answer, in order, with Items even in an error', async () => {
    const { ews, id } = await withItem()
    const gone = Buffer.from('item:gone').toString('base64')
    const folder = Buffer.from('folder:id-1').toString('base64')
    const reply = await ews(
      getItem(
        [gone, id, 'x', '', folder].map((one) => itemId(one)).join('') +
          '<t:OccurrenceItemId RecurringMasterId="x" InstanceIndex="1"/>',
      ),
    )
    expect(codes(reply)).toEqual([
      'ErrorItemNotFound',
      'NoError',
      'ErrorInvalidIdMalformed',
      'ErrorInvalidIdEmpty',
      'ErrorCannotUseFolderIdForItemId',
      'ErrorItemNotFound',
    ])
    for (const { element } of messages(reply)) expect(names(element)?.at(-1)).toBe('Items')
  })

  test('an item of another mailbox is not found', async () => {
    const { ews, id } = await withItem()
    expect(codes(await ews(getItem(itemId(id)), pilar))).toEqual(['ErrorItemNotFound'])
    expect(codes(await ews(deleteItem(itemId(id)), pilar))).toEqual(['ErrorItemNotFound'])
    expect(codes(await ews(getItem(itemId(id)), ken))).toEqual(['NoError'])
  })

  test('a change key that is out of date does not matter, one that is none does', async () => {
    const { ews, id } = await withItem()
    const old = Buffer.from('id-0').toString('base64')
    expect(codes(await ews(getItem(itemId(id, old))))).toEqual(['NoError'])
    expect(codes(await ews(getItem(itemId(id, 'x'))))).toEqual(['ErrorInvalidChangeKey'])
  })

  test('a small request cannot ask for a huge reply', async () => {
    const { ews, id } = await withItem(`<t:Body BodyType="Text">${'x'.repeat(1000 * 1024)}</t:Body>`)
    const seen = codes(await ews(getItem(itemId(id).repeat(40))))
    expect(seen.filter((code) => code === 'NoError')).toHaveLength(9)
    expect(seen.at(-1)).toBe('ErrorDataSizeLimitExceeded')
  })
})

describe('DeleteItem', () => {
  test('a hard deletion is final', async () => {
    const { ews, id, changeKey } = await withItem()
    const reply = await ews(deleteItem(itemId(id, changeKey)))
    expect(codes(reply)).toEqual(['NoError'])
    expect(names(messages(reply)[0]?.element)).toEqual(['ResponseCode'])
    expect(codes(await ews(getItem(itemId(id))))).toEqual(['ErrorItemNotFound'])
    expect(codes(await ews(deleteItem(itemId(id))))).toEqual(['ErrorItemNotFound'])
  })

  test.each([
    ['SoftDelete', 'recoverableitemsdeletions'],
    ['MoveToDeletedItems', 'deleteditems'],
  ])('%s moves the item to %s', async (type, folder) => {
    const { ews, id, changeKey } = await withItem()
    expect(codes(await ews(deleteItem(itemId(id, changeKey), type)))).toEqual(['NoError'])
    expect(textOf(await ews(getFolder(named(folder))), 'TotalCount')).toBe('1')
    // It has another id there.
    expect(codes(await ews(getItem(itemId(id))))).toEqual(['ErrorItemNotFound'])
  })

  test.each(['HardDelete', 'SoftDelete', 'MoveToDeletedItems'])(
    '%s does not ask for the newest change key, nor for any',
    async (type) => {
      const { ews, id } = await withItem()
      const old = itemId(id, Buffer.from('old').toString('base64'))
      expect(codes(await ews(deleteItem(old, type)))).toEqual(['NoError'])
      expect(codes(await ews(getItem(itemId(id))))).toEqual(['ErrorItemNotFound'])
    },
  )

  test('the same id twice is found once', async () => {
    const { ews, id } = await withItem()
    expect(codes(await ews(deleteItem(itemId(id).repeat(2))))).toEqual(['NoError', 'ErrorItemNotFound'])
  })

  test('without a kind of deletion, or without ids, it is a schema violation', async () => {
    const { ews } = startExchange()
    for (const body of [deleteItem(itemId('x'), 'Burn'), deleteItem(''), deleteItem('<t:ItemId/>')]) {
      expect(faultCode(await ews(body))).toBe('ErrorSchemaValidation')
    }
  })
})
