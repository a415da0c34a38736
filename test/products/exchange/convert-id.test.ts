import { entryId } from '../../../src/products/exchange/entry-id.ts'
import { convertId, ID_FORMATS } from '../../../src/products/exchange/id-format.ts'
import { NS } from '../../../src/products/xml.ts'
import {
  codes,
  createItem,
  faultCode,
  find,
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
  wrap,
} from './harness.ts'

const IDS = [
  entryId('item', '5f0c9a4e-21a7-4f0b-9d55-0a1b2c3d4e5f')['Id']!,
  entryId('folder', 'f')['Id']!,
  entryId('item', 'x?>x?>')['Id']!,
]
const source = (id: string, format = 'EwsId', mailbox = ken.smtp!, more = '') =>
  `<t:AlternateId Format="${format}" Id="${id}" Mailbox="${mailbox}"${more}/>`
const convert = (ids: string, destination = 'HexEntryId') =>
  wrap(`<m:ConvertId DestinationFormat="${destination}"><m:SourceIds>${ids}</m:SourceIds></m:ConvertId>`)

describe('an id', () => {
  const every = ID_FORMATS.flatMap((from) => ID_FORMATS.map((to) => [from, to] as const))

  test.each(every)('goes from %s to %s and back', (from, to) => {
    for (const id of IDS) {
      const start = convertId(id, 'EwsId', from)
      if (!start.ok) throw new Error(start.message)
      const there = convertId(start.value, from, to)
      if (!there.ok) throw new Error(there.message)
      expect(convertId(there.value, to, from)).toEqual(start)
    }
  })

  test('of one format is none of another, and none of two ids or formats is the same', () => {
    const all = ID_FORMATS.flatMap((format) =>
      IDS.map((id) => {
        const made = convertId(id, 'EwsId', format)
        if (!made.ok) throw new Error(made.message)
        return { format, id: made.value }
      }),
    )
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const { format, id } of all) {
      for (const other of ID_FORMATS.filter((one) => one !== format)) {
        expect([format, other, convertId(id, other, 'EwsId').ok]).toEqual([format, other, false])
      }
    }
  })

  test('looks like one of its format', () => {
    const as = (format: (typeof ID_FORMATS)[number]) => {
      const made = convertId(IDS[2]!, 'EwsId', format)
      return made.ok ? made.value : made.code
    }
    expect(as('EwsId')).toBe(IDS[2])
    expect(as('HexEntryId')).toMatch(/^00000000[0-9A-F]+$/)
    expect(Buffer.from(as('HexEntryId'), 'hex').toString('base64')).toBe(as('EntryId'))
    expect(as('StoreId')).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect(as('OwaId')).toMatch(/^[A-Za-z0-9%]+$/)
  })

  test.each(ID_FORMATS)('that is none of %s is malformed, and an empty one is empty', (format) => {
    const code =
      format === 'EwsLegacyId' ? 'ErrorInvalidIdMalformedEwsLegacyIdFormat' : 'ErrorInvalidIdMalformed'
    const good = convertId(IDS[0]!, 'EwsId', format)
    if (!good.ok) throw new Error(good.message)
    for (const wrong of [
      'x',
      '%',
      'AAAA',
      good.value.slice(0, -1),
      `${good.value}=`,
      ` ${good.value}`,
      'A'.repeat(5000),
    ]) {
      expect([wrong, convertId(wrong, format, 'EwsId')]).toEqual([
        wrong,
        expect.objectContaining({ ok: false, code }),
      ])
    }
    expect(convertId('', format, 'EwsId')).toMatchObject({ code: 'ErrorInvalidIdEmpty' })
  })
})

test('every id gets its own message, with the id in the new format and its mailbox', async () => {
  const reply = await startExchange().ews(
    convert(source(IDS[0]!) + source('nonsense') + source(IDS[1]!, 'EwsId', 'KenMyer@litwareinc.COM')),
  )
  expect(codes(reply)).toEqual(['NoError', 'ErrorInvalidIdMalformed', 'NoError'])
  const [good, bad] = messages(reply)
  expect(names(good?.element)).toEqual(['ResponseCode', 'AlternateId'])
  expect(names(bad?.element)).toEqual(['MessageText', 'ResponseCode', 'DescriptiveLinkKey'])
  const id = find(good!.element, 'AlternateId')!
  expect(id.ns).toBe(NS.messages)
  expect(Object.fromEntries(id.attributes)).toEqual({
    Format: 'HexEntryId',
    Id: expect.stringMatching(/^[0-9A-F]{40,}$/),
    Mailbox: ken.smtp,
  })
  // The type is abstract, so an element of it says which it is.
  expect(reply.body).toContain('i:type="t:AlternateIdType"')
  expect(find(messages(reply)[2]!.element, 'AlternateId')?.attributes.get('Mailbox')).toBe(ken.smtp)
})

test('an item is found again by its id after the way through another format', async () => {
  const { ews } = startExchange()
  const created = await ews(createItem(message('<t:Subject>x</t:Subject>'), named('inbox')))
  const id = find(root(created), 'ItemId')!.attributes.get('Id')!
  const hex = find(root(await ews(convert(source(id)))), 'AlternateId')!.attributes.get('Id')!
  const back = await ews(convert(source(hex, 'HexEntryId'), 'EwsId'))
  const again = find(root(back), 'AlternateId')!.attributes.get('Id')!
  expect(codes(await ews(getItem(itemId(again))))).toEqual(['NoError'])
})

test.each([
  ['a mailbox of nobody', source(IDS[0]!, 'EwsId', 'nobody@litwareinc.com'), 'ErrorNonExistentMailbox'],
  ['somebody without a mailbox', source(IDS[0]!, 'EwsId', noMailbox.smtp!), 'ErrorNonExistentMailbox'],
  ['an archive', source(IDS[0]!, 'EwsId', ken.smtp!, ' IsArchive="true"'), 'ErrorArchiveMailboxNotEnabled'],
  ['an empty id', source(''), 'ErrorInvalidIdEmpty'],
  [
    'a public folder',
    '<t:AlternatePublicFolderId Format="EwsId" FolderId="x"/>',
    'ErrorUnsupportedTypeForConversion',
  ],
  [
    'an item of a public folder',
    '<t:AlternatePublicFolderItemId Format="EwsId" FolderId="x" ItemId="y"/>',
    'ErrorUnsupportedTypeForConversion',
  ],
])('an id of %s is told so in its message', async (_, id, code) => {
  expect(codes(await startExchange().ews(convert(id + source(IDS[0]!, 'EwsId', pilar.smtp!))))).toEqual([
    code,
    'NoError',
  ])
})

test.each([
  ['no ids', convert('')],
  ['an unknown format', convert(source(IDS[0]!, 'MapiId'))],
  ['an unknown destination', convert(source(IDS[0]!), 'MapiId')],
  ['no mailbox', convert(source(IDS[0]!).replace(/ Mailbox="[^"]*"/, ''))],
  ['an empty mailbox', convert(source(IDS[0]!, 'EwsId', ''))],
  ['no id', convert(source(IDS[0]!).replace(/ Id="[^"]*"/, ''))],
  ['an id of another kind', convert('<t:ItemId Id="x"/>')],
])('a request with %s is a schema violation', async (_, body) => {
  expect(faultCode(await startExchange().ews(body))).toBe('ErrorSchemaValidation')
})
