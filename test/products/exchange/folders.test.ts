import {
  DISTINGUISHED_FOLDERS,
  type DistinguishedFolder,
} from '../../../src/products/exchange/distinguished-folders.ts'
import type { ProductReply } from '../../../src/products/product.ts'
import {
  codes,
  createItem,
  find,
  getFolder,
  itemId,
  ken,
  message,
  named,
  names,
  noMailbox,
  pilar,
  root,
  startExchange,
  textOf,
} from './harness.ts'

const folderElement = (reply: ProductReply) => find(root(reply), 'Folders')?.children[0]
const folderId = (reply: ProductReply) => find(root(reply), 'FolderId')?.attributes.get('Id') ?? ''
const ofMailbox = (inner: string) =>
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox>${inner}</t:Mailbox></t:DistinguishedFolderId>`
const ofAddress = (address: string) => ofMailbox(`<t:EmailAddress>${address}</t:EmailAddress>`)

describe('shapes', () => {
  test('IdOnly is the id with its change key', async () => {
    const reply = await startExchange().ews(getFolder(named('inbox'), 'IdOnly'))
    expect(names(folderElement(reply))).toEqual(['FolderId'])
    expect(find(root(reply), 'FolderId')?.attributes.get('ChangeKey')).toBeTruthy()
  })

  test('Default adds the name and the counts', async () => {
    const reply = await startExchange().ews(getFolder(named('inbox'), 'Default'))
    expect(names(folderElement(reply))).toEqual([
      'FolderId',
      'DisplayName',
      'TotalCount',
      'ChildFolderCount',
      'UnreadCount',
    ])
  })

  test('AllProperties stand in the order of the schema', async () => {
    const reply = await startExchange().ews(getFolder(named('conversationhistory')))
    expect(names(folderElement(reply))).toEqual([
      'FolderId',
      'ParentFolderId',
      'FolderClass',
      'DisplayName',
      'TotalCount',
      'ChildFolderCount',
      'EffectiveRights',
      'DistinguishedFolderId',
      'PermissionSet',
      'UnreadCount',
    ])
    expect(textOf(reply, 'DisplayName')).toBe('Conversation History')
  })

  test('additional properties are added when they are known', async () => {
    const more =
      '<t:AdditionalProperties><t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURI FieldURI="folder:PolicyTag"/></t:AdditionalProperties>'
    const reply = await startExchange().ews(getFolder(named('inbox'), 'IdOnly', more))
    expect(names(folderElement(reply))).toEqual(['FolderId', 'FolderClass'])
  })
})

describe('folders', () => {
  test.each(Object.entries(DISTINGUISHED_FOLDERS))('%s is there', async (name, { displayName }) => {
    const reply = await startExchange().ews(getFolder(named(name)))
    expect(codes(reply)).toEqual(['NoError'])
    expect(textOf(reply, 'DisplayName')).toBe(displayName)
  })

  test.each<[DistinguishedFolder, string]>([
    ['calendar', 'CalendarFolder'],
    ['contacts', 'ContactsFolder'],
    ['tasks', 'TasksFolder'],
    ['notes', 'Folder'],
  ])('%s is a %s', async (name, element) => {
    expect(folderElement(await startExchange().ews(getFolder(named(name))))?.name).toBe(element)
  })

  test('a folder is found again by its id, and its parent by ParentFolderId', async () => {
    const { ews } = startExchange()
    const inbox = await ews(getFolder(named('inbox')))
    const again = await ews(getFolder(`<t:FolderId Id="${folderId(inbox)}"/>`))
    expect(textOf(again, 'DistinguishedFolderId')).toBe('inbox')
    const parent = find(root(inbox), 'ParentFolderId')?.attributes.get('Id')
    const above = await ews(getFolder(`<t:FolderId Id="${parent}"/>`))
    expect(textOf(above, 'DistinguishedFolderId')).toBe('msgfolderroot')
  })

  test('counts follow what is written', async () => {
    const { ews } = startExchange()
    await ews(createItem(message('<t:IsRead>false</t:IsRead>') + message('<t:IsRead>true</t:IsRead>')))
    const reply = await ews(getFolder(named('conversationhistory')))
    expect([textOf(reply, 'TotalCount'), textOf(reply, 'UnreadCount')]).toEqual(['2', '1'])
  })

  test('two first calls at once open one mailbox', async () => {
    const { ews } = startExchange()
    const replies = await Promise.all([ews(getFolder(named('inbox'))), ews(getFolder(named('inbox')))])
    expect(new Set(replies.map(folderId)).size).toBe(1)
  })
})

describe('whose folder', () => {
  test.each([ken.smtp!, ken.upn, 'KenMyer@LITWAREINC.com'])('%s is the caller’s own', async (address) => {
    expect(codes(await startExchange().ews(getFolder(ofAddress(address))))).toEqual(['NoError'])
  })

  test.each([pilar.smtp!, pilar.upn])('of %s nothing is said', async (address) => {
    expect(codes(await startExchange().ews(getFolder(ofAddress(address))))).toEqual(['ErrorFolderNotFound'])
  })

  test.each(['nobody@litwareinc.com', noMailbox.smtp!])('%s has no mailbox', async (address) => {
    const { ews, appOnly } = startExchange()
    expect(codes(await ews(getFolder(ofAddress(address))))).toEqual(['ErrorNonExistentMailbox'])
    expect(codes(await appOnly(getFolder(ofAddress(address))))).toEqual(['ErrorFolderNotFound'])
  })

  test('an id of another mailbox leads nowhere', async () => {
    const { ews } = startExchange()
    const id = folderId(await ews(getFolder(named('inbox')), pilar))
    expect(codes(await ews(getFolder(`<t:FolderId Id="${id}"/>`), ken))).toEqual(['ErrorFolderNotFound'])
    const written = await ews(createItem(message(''), `<t:FolderId Id="${id}"/>`), ken)
    expect(codes(written)).toEqual(['ErrorFolderNotFound'])
  })

  test('a mailbox without an address is incomplete', async () => {
    const reply = await startExchange().ews(getFolder(ofMailbox('<t:Name>Ken</t:Name>')))
    expect(codes(reply)).toEqual(['ErrorMissingInformationEmailAddress'])
  })

  test('a caller without a mailbox has no distinguished folders', async () => {
    const { ews, appOnly } = startExchange()
    expect(codes(await ews(getFolder(named('inbox')), noMailbox))).toEqual(['ErrorMissingEmailAddress'])
    expect(codes(await appOnly(getFolder(named('inbox'))))).toEqual(['ErrorMissingEmailAddress'])
    expect(codes(await appOnly(getFolder(ofAddress(ken.smtp!))))).toEqual(['ErrorFolderNotFound'])
    const own = await ews(getFolder(ofAddress(noMailbox.smtp!)), noMailbox)
    expect(codes(own)).toEqual(['ErrorNonExistentMailbox'])
  })
})

test.each([
  ['', 'ErrorInvalidIdEmpty'],
  ['inbox', 'ErrorInvalidIdMalformed'],
  ['AAMkAGI=', 'ErrorInvalidIdMalformed'],
  [Buffer.from('folder:a\0b').toString('base64'), 'ErrorInvalidIdMalformed'],
  [Buffer.from(`folder:${'x'.repeat(9999)}`).toString('base64'), 'ErrorInvalidIdMalformed'],
  [Buffer.from('item:id-1').toString('base64'), 'ErrorCannotUseItemIdForFolderId'],
  [Buffer.from('folder:unheard-of').toString('base64'), 'ErrorFolderNotFound'],
])('the folder id %j is answered with %s', async (id, code) => {
  const reply = await startExchange().ews(getFolder(`<t:FolderId Id="${id}"/>`))
  expect(codes(reply)).toEqual([code])
})

test('an item cannot be mistaken for a folder', async () => {
  const { ews } = startExchange()
  const created = await ews(createItem(message('')))
  const id = find(root(created), 'ItemId')?.attributes.get('Id') ?? ''
  const asFolder = itemId(id).replaceAll('ItemId', 'FolderId')
  expect(codes(await ews(getFolder(asFolder)))).toEqual(['ErrorCannotUseItemIdForFolderId'])
})
