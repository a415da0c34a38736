import {
  codes,
  faultCode,
  find,
  getItem,
  itemId,
  ken,
  message,
  messages,
  named,
  names,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import {
  all,
  appointment,
  attach,
  attachmentIdsIn,
  base64,
  create,
  deleteAttachment,
  file,
  getAttachment,
  idIn,
  idOf,
  itemsIn,
  textsOf,
  transfer,
} from './items-harness.ts'

const inner = (content: string, name = 'inner') =>
  `<t:ItemAttachment><t:Name>${name}</t:Name>${content}</t:ItemAttachment>`
const withFiles = (...attachments: string[]) =>
  message(`<t:Subject>s</t:Subject><t:Attachments>${attachments.join('')}</t:Attachments>`)
const MIME = '<t:IncludeMimeContent>true</t:IncludeMimeContent>'
const content = (text: string | undefined) => Buffer.from(text ?? '', 'base64').toString()

async function written(...attachments: string[]) {
  const exchange = startExchange()
  const created = await exchange.ews(create(withFiles(...attachments)))
  return { ...exchange, created, id: idIn(created), ids: attachmentIdsIn(created) }
}

describe('what is attached', () => {
  test('comes with its item, in order, and is told of when the item is created', async () => {
    const { ews, id, ids } = await written(
      file('a.txt', 'hello', '<t:ContentType>text/plain</t:ContentType><t:ContentId>one</t:ContentId>'),
      inner(message('<t:Subject>In</t:Subject>')),
    )
    expect(ids).toHaveLength(2)
    const item = find(root(await ews(getItem(id))), 'Message')!
    expect(find(item, 'Attachments')?.children.map((one) => [one.name, ...(names(one) ?? [])])).toEqual([
      'FileAttachment AttachmentId Name ContentType ContentId Size LastModifiedTime IsInline IsContactPhoto'.split(
        ' ',
      ),
      'ItemAttachment AttachmentId Name ContentType Size LastModifiedTime IsInline'.split(' '),
    ])
    expect([
      find(item, 'HasAttachments')?.text,
      textOf(await ews(getItem(id, 'IdOnly')), 'Attachments'),
    ]).toEqual(['true', undefined])
    const reply = await ews(getAttachment(ids.join('')))
    expect(codes(reply)).toEqual(['NoError', 'NoError'])
    expect(content(textOf(reply, 'Content'))).toBe('hello')
    const attached = find(root(reply), 'Message')!
    expect(find(attached, 'Subject')?.text).toBe('In')
    expect(names(attached)).not.toContain('ItemId')
  })

  test('counts to the size of its item', async () => {
    const { ews, id, ids } = await written(file('a', Buffer.alloc(5000)))
    const size = async () => Number(textsOf(await ews(getItem(id)), 'Message')['Size'])
    const whole = await size()
    expect(whole).toBeGreaterThan(5000)
    await ews(deleteAttachment(ids[0]!))
    expect(whole - (await size())).toBe(5000)
  })

  test('within the text is no paper clip', async () => {
    const { ews, id } = await written(file('a.png', 'x', '<t:IsInline>true</t:IsInline>'))
    expect(textOf(await ews(getItem(id)), 'HasAttachments')).toBe('false')
  })

  test('is added and removed later, and moves the change key of its item each time', async () => {
    const { ews, id, kit } = await written(file('a', '1'))
    const reply = await ews(attach(id, file('b', '2') + inner(appointment('<t:Subject>M</t:Subject>'))))
    expect(all(root(reply), 'Attachments').map(names)).toEqual([['FileAttachment'], ['ItemAttachment']])
    const roots = all(root(reply), 'AttachmentId').map(({ attributes }) =>
      attributes.get('RootItemChangeKey'),
    )
    const [item] = await itemsIn(kit, ken, 'drafts')
    expect(base64(item!.changeKey)).toBe(roots[1])
    expect(new Set([...roots, /ChangeKey="([^"]*)"/.exec(id)?.[1]]).size).toBe(3)
    const removed = await ews(deleteAttachment(attachmentIdsIn(reply)[0]!))
    expect(names(messages(removed)[0]?.element)).toEqual(['ResponseCode', 'RootItemId'])
    const seen = all(root(await ews(getItem(id))), 'Name').map(({ text }) => text)
    expect(seen).toEqual(['a', 'inner'])
    expect(codes(await ews(getAttachment(attachmentIdsIn(reply)[0]!)))).toEqual(['ErrorItemNotFound'])
  })

  test('of a copy is its own', async () => {
    const { ews, id, ids, kit } = await written(file('a', 'hello'))
    await ews(transfer('Copy', named('inbox'), id))
    await ews(deleteAttachment(ids[0]!))
    const [copy] = await itemsIn(kit, ken, 'inbox')
    const [own] = attachmentIdsIn(await ews(getItem(idOf(copy!))))
    expect(own).not.toBe(ids[0])
    expect(content(textOf(await ews(getAttachment(own!)), 'Content'))).toBe('hello')
  })

  test('is seen and changed by who sees and changes its item, and by nobody else', async () => {
    const { ews, id, ids } = await written(file('a', 'hello'))
    for (const body of [getAttachment(ids[0]!), deleteAttachment(ids[0]!), attach(id, file('b', 'x'))])
      expect(codes(await ews(body, pilar))).toEqual(['ErrorItemNotFound'])
    expect(codes(await ews(getAttachment(ids[0]!)))).toEqual(['NoError'])
  })

  test('is named by an id of its own kind', async () => {
    const { ews, id } = await written(file('a', 'x'))
    const asAttachment = id.replaceAll('t:ItemId', 't:AttachmentId')
    const gone = `<t:AttachmentId Id="${base64('attachment:gone')}"/>`
    expect(codes(await ews(getAttachment(`${asAttachment}${gone}<t:AttachmentId Id="x"/>`)))).toEqual([
      'ErrorInvalidAttachmentId',
      'ErrorItemNotFound',
      'ErrorInvalidIdMalformed',
    ])
    expect(codes(await ews(getItem(itemId(base64('attachment:gone')))))).toEqual([
      'ErrorCannotUseFolderIdForItemId',
    ])
  })

  test.each([
    ['no content', '<t:FileAttachment><t:Name>a</t:Name></t:FileAttachment>'],
    ['content that is no base64', '<t:FileAttachment><t:Content>###</t:Content></t:FileAttachment>'],
    ['no item', '<t:ItemAttachment><t:Name>a</t:Name></t:ItemAttachment>'],
    ['another kind of attachment', '<t:Attachment/>'],
    ['nothing', ''],
  ])('with %s is a schema violation', async (_, attachments) => {
    const { ews } = startExchange()
    expect(faultCode(await ews(create(withFiles(attachments))))).toBe('ErrorSchemaValidation')
  })

  test.each([
    [
      'an item that has something attached itself',
      inner(withFiles(file('a', 'x'))),
      'ErrorAttachmentNestLevelLimitExceeded',
    ],
    [
      'an item of an unknown kind',
      inner('<t:PostItem/>'),
      'ErrorInvalidItemForOperationCreateItemAttachment',
    ],
    ['a link', '<t:ReferenceAttachment><t:Name>a</t:Name></t:ReferenceAttachment>', 'ErrorInvalidOperation'],
  ])('may not be %s', async (_, attachment, code) => {
    const { ews } = startExchange()
    expect(codes(await ews(create(withFiles(attachment) + message(''))))).toEqual([code, 'NoError'])
  })
})

test('an item has 250 attachments at most, however they come', async () => {
  const most = Array.from({ length: 250 }, (_, i) => file(`${i}`, 'x'))
  const { ews, id } = await written(...most)
  const refused = ['ErrorAttachmentSizeLimitExceeded']
  expect(codes(await ews(attach(id, file('one more', 'x'))))).toEqual(refused)
  expect(codes(await ews(create(withFiles(...most, file('one more', 'x')))))).toEqual(refused)
  const part = '--q\r\nContent-Disposition: attachment; filename=a\r\n\r\nx\r\n'
  const mime = `Content-Type: multipart/mixed; boundary=q\r\n\r\n${part.repeat(251)}--q--\r\n`
  const body = message(`<t:MimeContent>${base64(mime)}</t:MimeContent>`)
  expect(codes(await ews(create(body)))).toEqual(['ErrorMimeContentInvalid'])
})

describe('an attached item', () => {
  test('keeps its MIME content byte for byte, and has some made if it was written without', async () => {
    const mime = 'Subject: Kept\r\nX-Odd:  two\r\n\r\nx\r\n'
    const { ews, ids } = await written(
      inner(message(`<t:MimeContent>${base64(mime)}</t:MimeContent>`)),
      inner(message('<t:Subject>Made</t:Subject>')),
    )
    const reply = await ews(getAttachment(ids.join(''), MIME))
    const [kept, made] = all(root(reply), 'MimeContent').map(({ text }) => content(text))
    expect(kept).toBe(mime)
    expect(made).toMatch(/^Subject: Made\r$/m)
    expect(all(root(reply), 'Subject').map(({ text }) => text)).toEqual(['Kept', 'Made'])
  })

  test('is written in the body type and with the properties that are asked for', async () => {
    const { ews, ids } = await written(
      inner(message('<t:Body BodyType="HTML">&lt;b&gt;x&lt;/b&gt;</t:Body>')),
    )
    const reply = await ews(
      getAttachment(
        ids[0]!,
        '<t:BodyType>Text</t:BodyType><t:AdditionalProperties><t:FieldURI FieldURI="item:Preview"/></t:AdditionalProperties>',
      ),
    )
    expect(textsOf(reply, 'Message')).toMatchObject({ Body: 'x', Preview: 'x' })
  })

  test('travels in the MIME content of its parent as a message', async () => {
    const { ews, id } = await written(inner(message('<t:Subject>In</t:Subject>')), file('ü.txt', 'hello'))
    const mime = content(textOf(await ews(getItem(id, 'IdOnly', MIME)), 'MimeContent'))
    expect(mime).toMatch(/Content-Type: message\/rfc822; name=inner\.eml/)
    expect(mime).toMatch(/^Subject: In\r$/m)
    expect(mime).toContain(base64('hello'))
  })
})

test('a request without what it must hold is a schema violation', async () => {
  const { ews } = startExchange()
  for (const body of [
    '<m:CreateAttachment/>',
    `<m:CreateAttachment><m:ParentItemId/><m:Attachments>${file('a', 'x')}</m:Attachments></m:CreateAttachment>`,
    '<m:GetAttachment><m:AttachmentIds/></m:GetAttachment>',
    '<m:GetAttachment><m:AttachmentShape><t:BaseShape>Default</t:BaseShape></m:AttachmentShape><m:AttachmentIds><t:AttachmentId Id="x"/></m:AttachmentIds></m:GetAttachment>',
    '<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId/></m:AttachmentIds></m:DeleteAttachment>',
  ])
    expect(faultCode(await ews(wrap(body)))).toBe('ErrorSchemaValidation')
})
