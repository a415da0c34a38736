import {
  codes,
  faultCode,
  getItem,
  ken,
  message,
  named,
  names,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import { all, base64, create, idIn, idOf, itemsIn, textsOf, transfer } from './items-harness.ts'

async function written() {
  const exchange = startExchange()
  const id = idIn(await exchange.ews(create(message('<t:Subject>s</t:Subject>'))))
  return { ...exchange, id }
}

describe.each([
  ['Move', 0],
  ['Copy', 1],
] as const)('%sItem', (verb, left) => {
  test('answers with the id in the new folder', async () => {
    const { ews, kit, id } = await written()
    const reply = await ews(transfer(verb, named('inbox'), id))
    expect(codes(reply)).toEqual(['NoError'])
    expect(idIn(reply)).not.toBe(id)
    expect(textsOf(await ews(getItem(idIn(reply))), 'Message')['Subject']).toBe('s')
    expect(await itemsIn(kit, ken, 'drafts')).toHaveLength(left)
    const [item] = await itemsIn(kit, ken, 'inbox')
    expect(idOf(item!)).toBe(idIn(reply))
    expect(codes(await ews(getItem(id)))).toEqual([left === 1 ? 'NoError' : 'ErrorItemNotFound'])
  })

  test('answers with no ids to who wants none, and each id for itself', async () => {
    const { ews, id } = await written()
    const gone = `<t:ItemId Id="${base64('item:gone')}"/>`
    const reply = await ews(
      transfer(verb, named('inbox'), gone + id, '<m:ReturnNewItemIds>false</m:ReturnNewItemIds>'),
    )
    expect(codes(reply)).toEqual(['ErrorItemNotFound', 'NoError'])
    expect(all(root(reply), 'Items').map(names)).toEqual([[], []])
  })

  test('does nothing for who does not see the item or the folder', async () => {
    const { ews, id } = await written()
    expect(codes(await ews(transfer(verb, named('inbox'), id), pilar))).toEqual(['ErrorItemNotFound'])
    const theirs = `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${pilar.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
    expect(codes(await ews(transfer(verb, theirs, id)))).toEqual(['ErrorToFolderNotFound'])
    const nowhere = `<t:FolderId Id="${base64('folder:gone')}"/>`
    expect(codes(await ews(transfer(verb, nowhere, id)))).toEqual(['ErrorToFolderNotFound'])
    expect(codes(await ews(transfer(verb, named('recoverableitemspurges'), id)))).toEqual([
      'ErrorCreateItemAccessDenied',
    ])
    expect(textOf(await ews(getItem(id)), 'Subject')).toBe('s')
  })

  test('without a folder or ids is a schema violation', async () => {
    const { ews, id } = await written()
    for (const body of [
      `<m:${verb}Item><m:ItemIds>${id}</m:ItemIds></m:${verb}Item>`,
      `<m:${verb}Item><m:ToFolderId/><m:ItemIds>${id}</m:ItemIds></m:${verb}Item>`,
      `<m:${verb}Item><m:ToFolderId>${named('inbox')}</m:ToFolderId></m:${verb}Item>`,
    ])
      expect(faultCode(await ews(wrap(body)))).toBe('ErrorSchemaValidation')
  })
})
