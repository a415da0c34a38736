import {
  codes,
  faultCode,
  find,
  getItem,
  message,
  messages,
  names,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import {
  all,
  append,
  appointment,
  base64,
  contact,
  create,
  entry,
  field,
  idIn,
  idOf,
  itemsIn,
  remove,
  set,
  textsOf,
  to,
  update,
} from './items-harness.ts'

const subject = (text: string) => set(field('item:Subject'), message(`<t:Subject>${text}</t:Subject>`))

async function written(item: string, attributes?: string) {
  const exchange = startExchange()
  const id = idIn(await exchange.ews(create(item, attributes)))
  const texts = async (kind = 'Message') => textsOf(await exchange.ews(getItem(id)), kind)
  return { ...exchange, id, texts }
}

describe('a change of an item', () => {
  test('answers with the new change key and the count of conflicts, in the order of the schema', async () => {
    const { ews, id, texts } = await written(message('<t:Subject>a</t:Subject>'))
    const reply = await ews(update(id, subject('b'), 'AutoResolve'))
    expect(names(messages(reply)[0]?.element)).toEqual(['ResponseCode', 'Items', 'ConflictResults'])
    expect(find(root(reply), 'Count')?.text).toBe('0')
    expect(idIn(reply)).not.toBe(id)
    expect(idIn(reply).split(' ChangeKey')[0]).toBe(id.split(' ChangeKey')[0])
    expect((await texts())['Subject']).toBe('b')
  })

  test('sets, appends and deletes, one after the other', async () => {
    const { ews, id } = await written(
      message(
        `<t:Body BodyType="HTML">&lt;html&gt;&lt;body&gt;a&lt;/body&gt;&lt;/html&gt;</t:Body><t:Categories><t:String>x</t:String></t:Categories>${to('a@b.c')}`,
      ),
    )
    const changes = [
      append(field('item:Body'), message('<t:Body BodyType="Text">1 &lt; 2</t:Body>')),
      append(field('message:ToRecipients'), message(to('d@e.f'))),
      append(field('item:Categories'), message('<t:Categories><t:String>y</t:String></t:Categories>')),
      set(field('message:IsRead'), message('<t:IsRead>0</t:IsRead>')),
      set(field('item:Importance'), message('<t:Importance>High</t:Importance>')),
      remove(field('item:Importance')),
    ]
    expect(codes(await ews(update(id, changes.join(''))))).toEqual(['NoError'])
    const item = find(root(await ews(getItem(id))), 'Message')!
    const text = (name: string) => find(item, name)?.text
    expect(text('Body')).toBe('<html><body>a<div>1 &lt; 2</div></body></html>')
    expect(text('DisplayTo')).toBe('a@b.c; d@e.f')
    expect(all(find(item, 'Categories')!, 'String').map((one) => one.text)).toEqual(['x', 'y'])
    expect([text('IsRead'), text('Importance')]).toEqual(['false', 'Normal'])
  })

  test('that is refused is refused in words that are true of items', async () => {
    const { ews, id } = await written(message('<t:Subject>a</t:Subject>'))
    for (const refused of [
      set(field('item:Size'), message('<t:Size>5</t:Size>')),
      remove(field('item:Size')),
    ]) {
      const reply = await ews(update(id, refused))
      expect(textOf(reply, 'MessageText')).toMatch(
        /^This property (is set by the server alone|cannot be deleted)\.$/,
      )
    }
  })

  test('is made whole or not at all', async () => {
    const { ews, id, texts } = await written(message('<t:Subject>a</t:Subject>'))
    const wrong = set(field('item:Size'), message('<t:Size>5</t:Size>'))
    expect(codes(await ews(update(id, subject('b') + wrong)))).toEqual(['ErrorInvalidPropertySet'])
    expect((await texts())['Subject']).toBe('a')
  })

  test.each([
    ['nothing', set(field('item:Subject'), message('')), 'ErrorIncorrectUpdatePropertyCount'],
    ['a size', set(field('item:Size'), message('<t:Size>1</t:Size>')), 'ErrorInvalidPropertySet'],
    [
      'two properties at once',
      set(field('item:Subject'), message('<t:Subject>a</t:Subject><t:Importance>Low</t:Importance>')),
      'ErrorIncorrectUpdatePropertyCount',
    ],
    [
      'another property than it names',
      set(field('item:Subject'), message('<t:Importance>Low</t:Importance>')),
      'ErrorUpdatePropertyMismatch',
    ],
    [
      'an item of another kind',
      set(field('item:Subject'), contact('<t:Subject>a</t:Subject>')),
      'ErrorObjectTypeChanged',
    ],
    [
      'a property of another kind',
      set(field('calendar:Start'), appointment('<t:Start>2026-12-01T00:00:00Z</t:Start>')),
      'ErrorInvalidPropertyRequest',
    ],
    [
      'a property in another scope',
      set(
        field('calendar:IsResponseRequested'),
        message('<t:IsResponseRequested>true</t:IsResponseRequested>'),
      ),
      'ErrorInvalidPropertyRequest',
    ],
    [
      'more of a subject',
      append(field('item:Subject'), message('<t:Subject>a</t:Subject>')),
      'ErrorInvalidPropertyAppend',
    ],
    ['no item class', remove(field('item:ItemClass')), 'ErrorInvalidPropertyDelete'],
    ['no size', remove(field('item:Size')), 'ErrorInvalidPropertyDelete'],
    [
      'an entry that messages do not have',
      remove(entry('contacts:EmailAddress', 'EmailAddress1')),
      'ErrorInvalidPropertyRequest',
    ],
    [
      'an extended property named twice',
      remove('<t:ExtendedFieldURI PropertyTag="1" PropertyName="x" PropertyType="String"/>'),
      'ErrorInvalidExtendedProperty',
    ],
  ])('to %s is refused', async (_, change, code) => {
    const { ews, id } = await written(message('<t:Subject>a</t:Subject>'))
    expect(codes(await ews(update(id, change)))).toEqual([code])
  })

  test.each([
    ['no updates', ''],
    ['a path without a value', `<t:SetItemField>${field('item:Subject')}</t:SetItemField>`],
    [
      'a deletion with a value',
      `<t:DeleteItemField>${field('item:Subject')}${message('')}</t:DeleteItemField>`,
    ],
    ['an unknown property', set(field('item:Subject'), message('<t:Colour>red</t:Colour>'))],
    ['a value that is none', set(field('message:IsRead'), message('<t:IsRead>maybe</t:IsRead>'))],
    ['another verb', `<t:BurnItemField>${field('item:Subject')}</t:BurnItemField>`],
  ])('with %s is a schema violation', async (_, changes) => {
    const { ews, id } = await written(message('<t:Subject>a</t:Subject>'))
    expect(faultCode(await ews(update(id, changes)))).toBe('ErrorSchemaValidation')
  })

  test('says what becomes of messages and of those who were asked to a meeting', async () => {
    const { ews, id } = await written(message(''))
    expect(codes(await ews(update(id, subject('b'), 'AlwaysOverwrite', '')))).toEqual([
      'ErrorMessageDispositionRequired',
    ])
    const meeting = await written(appointment(''), 'SendMeetingInvitations="SendToNone"')
    const location = set(field('calendar:Location'), appointment('<t:Location>x</t:Location>'))
    expect(codes(await meeting.ews(update(meeting.id, location, 'AlwaysOverwrite', '')))).toEqual([
      'ErrorSendMeetingInvitationsOrCancellationsRequired',
    ])
  })

  test('of an extended property finds it under every spelling of its name', async () => {
    const { ews, id } = await written(message(''))
    const value = (tag: string, text: string) =>
      `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="String"/><t:Value>${text}</t:Value></t:ExtendedProperty>`
    const path = (tag: string) => `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="String"/>`
    await ews(update(id, set(path('0x1000'), message(value('0x1000', 'a')))))
    await ews(update(id, set(path('4096'), message(value('4096', 'b')))))
    const asked = `<t:AdditionalProperties>${path('0x1000')}</t:AdditionalProperties>`
    const values = async () =>
      all(root(await ews(getItem(id, 'IdOnly', asked))), 'Value').map(({ text }) => text)
    expect(await values()).toEqual(['b'])
    expect(codes(await ews(update(id, set(path('1'), message(value('4096', 'c'))))))).toEqual([
      'ErrorUpdatePropertyMismatch',
    ])
    await ews(update(id, remove(path('0X1000'))))
    expect(await values()).toEqual([])
  })

  test('of single entries of a contact leaves the others alone', async () => {
    const { ews, id } = await written(
      contact(
        '<t:GivenName>Jo</t:GivenName><t:PhysicalAddresses><t:Entry Key="Home"><t:City>B</t:City></t:Entry></t:PhysicalAddresses><t:PhoneNumbers><t:Entry Key="Pager">1</t:Entry><t:Entry Key="HomePhone">2</t:Entry></t:PhoneNumbers>',
      ),
    )
    const changes = [
      set(
        entry('contacts:PhysicalAddress:Street', 'Home'),
        contact(
          '<t:PhysicalAddresses><t:Entry Key="Home"><t:Street>1 A St</t:Street></t:Entry></t:PhysicalAddresses>',
        ),
      ),
      remove(entry('contacts:PhoneNumber', 'Pager')),
      set(
        entry('contacts:EmailAddress', 'EmailAddress3'),
        contact('<t:EmailAddresses><t:Entry Key="EmailAddress3">c@x.y</t:Entry></t:EmailAddresses>'),
      ),
    ]
    expect(codes(await ews(update(id, changes.join(''))))).toEqual(['NoError'])
    const item = find(root(await ews(getItem(id))), 'Contact')!
    expect(
      all(item, 'Entry').map(
        (one) =>
          `${one.attributes.get('Key')}:${one.text}${one.children.map(({ name, text }) => `${name}=${text}`).join(',')}`,
      ),
    ).toEqual(['EmailAddress3:c@x.y', 'Home:Street=1 A St,City=B', 'HomePhone:2'])
    const wrong = set(
      entry('contacts:PhoneNumber', 'Pager'),
      contact('<t:PhoneNumbers><t:Entry Key="Telex">1</t:Entry></t:PhoneNumbers>'),
    )
    expect(codes(await ews(update(id, wrong)))).toEqual(['ErrorUpdatePropertyMismatch'])
  })

  test('of what was sent does not change to whom it went, but whether it was read', async () => {
    const { ews, kit } = startExchange()
    await ews(
      create(
        message(`<t:Subject>s</t:Subject>${to('pilar@litwareinc.com')}`),
        'MessageDisposition="SendOnly"',
      ),
    )
    const [item] = await itemsIn(kit, pilar, 'inbox')
    const id = idOf(item!)
    const others = set(field('message:ToRecipients'), message(to('x@y.z')))
    expect(codes(await ews(update(id, others), pilar))).toEqual(['ErrorInvalidPropertyUpdateSentMessage'])
    const read = set(field('message:IsRead'), message('<t:IsRead>true</t:IsRead>'))
    expect(codes(await ews(update(id, read), pilar))).toEqual(['NoError'])
    expect(await itemsIn(kit, pilar, 'inbox')).toMatchObject([{ isRead: true }])
  })
})

describe('conflicts', () => {
  const stale = async () => {
    const exchange = await written(message('<t:Subject>a</t:Subject>'))
    await exchange.ews(update(exchange.id, subject('b')))
    return exchange
  }

  test.each([
    ['NeverOverwrite', 'ErrorIrresolvableConflict', 'b'],
    ['AutoResolve', 'NoError', 'c'],
    ['AlwaysOverwrite', 'NoError', 'c'],
  ])('with an old change key %s answers %s', async (resolution, code, expected) => {
    const { ews, id, texts } = await stale()
    expect(codes(await ews(update(id, subject('c'), resolution)))).toEqual([code])
    expect((await texts())['Subject']).toBe(expected)
  })

  test('a change key may be left out only by who overwrites always', async () => {
    const { ews, id } = await stale()
    const bare = id.replace(/ ChangeKey="[^"]*"/, '')
    for (const resolution of ['NeverOverwrite', 'AutoResolve'])
      expect(codes(await ews(update(bare, subject('c'), resolution)))).toEqual([
        'ErrorChangeKeyRequiredForWriteOperations',
      ])
    expect(codes(await ews(update(bare, subject('c'))))).toEqual(['NoError'])
  })

  test('changes of many at once are all made, one after the other', async () => {
    const { ews, id } = await written(message(''))
    const add = (n: number) =>
      append(field('item:Categories'), message(`<t:Categories><t:String>${n}</t:String></t:Categories>`))
    const replies = await Promise.all([1, 2, 3, 4, 5].map((n) => ews(update(id, add(n), 'AutoResolve'))))
    expect(replies.flatMap(codes)).toEqual(Array(5).fill('NoError'))
    const kept = all(find(root(await ews(getItem(id))), 'Categories')!, 'String').map(({ text }) => text)
    expect(kept.toSorted()).toEqual(['1', '2', '3', '4', '5'])
    const never = await Promise.all(
      [6, 7, 8].map(async (n) =>
        ews(update(idIn(await ews(getItem(id, 'IdOnly'))), add(n), 'NeverOverwrite')),
      ),
    )
    expect(never.flatMap(codes).filter((code) => code === 'NoError').length).toBeGreaterThanOrEqual(1)
  })

  test('an item of another mailbox is not found', async () => {
    const { ews, id, texts } = await written(message('<t:Subject>a</t:Subject>'))
    expect(codes(await ews(update(id, subject('b')), pilar))).toEqual(['ErrorItemNotFound'])
    expect((await texts())['Subject']).toBe('a')
  })
})

describe('MIME content', () => {
  const MIME = 'Subject: One\r\nTo: a@b.c\r\n\r\nbody\r\n'
  const asked = '<t:IncludeMimeContent>true</t:IncludeMimeContent>'

  test('stays as it was written while nothing that it says changes', async () => {
    const { ews, id } = await written(message(`<t:MimeContent>${base64(MIME)}</t:MimeContent>`))
    const mime = async () => {
      const reply = await ews(getItem(id, 'IdOnly', asked))
      return Buffer.from(find(root(reply), 'MimeContent')?.text ?? '', 'base64').toString()
    }
    const read = set(field('message:IsRead'), message('<t:IsRead>false</t:IsRead>'))
    await ews(update(id, read))
    expect(await mime()).toBe(MIME)
    await ews(update(id, subject('Two')))
    expect(await mime()).toMatch(/^Subject: Two\r\n/m)
    expect(await mime()).toMatch(/^To: a@b\.c\r\n/m)
    await ews(
      update(id, set(field('item:MimeContent'), message(`<t:MimeContent>${base64(MIME)}</t:MimeContent>`))),
    )
    expect(await mime()).toBe(MIME)
    expect(textsOf(await ews(getItem(id)), 'Message')['Subject']).toBe('One')
  })
})

test('everything that a request may hold is checked before anything is done', async () => {
  const { ews, id, texts } = await written(message('<t:Subject>a</t:Subject>'))
  const two = (second: string) =>
    wrap(
      `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>${id}<t:Updates>${subject('b')}</t:Updates></t:ItemChange>${second}</m:ItemChanges></m:UpdateItem>`,
    )
  expect(faultCode(await ews(two('<t:ItemChange/>')))).toBe('ErrorSchemaValidation')
  expect(faultCode(await ews(update(id, subject('b'), 'Sometimes')))).toBe('ErrorSchemaValidation')
  expect((await texts())['Subject']).toBe('a')
  const gone = `<t:ItemChange><t:ItemId Id="${base64('item:gone')}"/><t:Updates>${subject('x')}</t:Updates></t:ItemChange>`
  expect(codes(await ews(two(gone)))).toEqual(['NoError', 'ErrorItemNotFound'])
})
