/** FindFolder, and folders that are made, changed, moved, copied, deleted and emptied. */
import {
  codes,
  createItem,
  faultCode,
  find,
  getFolder,
  ken,
  message,
  messages,
  NOW,
  named,
  names,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from './harness.ts'
import {
  compare,
  contains,
  createFolder,
  findAll,
  findFolder,
  folderId,
  folderOf,
  idsOf,
  indexed,
  newFolder,
  paging,
  put,
  restriction,
  texts,
} from './mail.ts'

const TOP = named('msgfolderroot')
const INBOX = named('inbox')
const idIn = (id: string | undefined) => `<t:FolderId Id="${id}"/>`

async function made(exchange: ReturnType<typeof startExchange>, parent: string, name: string) {
  const reply = await exchange.ews(createFolder(parent, newFolder(name)))
  expect(codes(reply)).toEqual(['NoError'])
  return idsOf(reply, 'FolderId')[0] ?? ''
}

describe('finding folders', () => {
  test('the folders of a new mailbox stand where they belong', async () => {
    const { ews } = startExchange()
    expect(texts(await ews(findFolder(TOP)), 'DisplayName')).toEqual([
      'Calendar',
      'Contacts',
      'Conversation History',
      'Deleted Items',
      'Drafts',
      'Inbox',
      'Journal',
      'Junk Email',
      'Notes',
      'Outbox',
      'Sent Items',
      'Sync Issues',
      'Tasks',
    ])
    expect(texts(await ews(findFolder(named('root'))), 'DisplayName')).toEqual([
      'Finder',
      'Recoverable Items',
      'Top of Information Store',
    ])
    expect(texts(await ews(findFolder(named('syncissues'))), 'DisplayName')).toEqual([
      'Conflicts',
      'Local Failures',
      'Server Failures',
    ])
    expect(texts(await ews(findFolder(named('recoverableitemsroot'))), 'DisplayName')).toEqual([
      'Deletions',
      'Purges',
      'Versions',
    ])
  })

  test('a mailbox of an older program gets what it lacks, and keeps its own names', async () => {
    const exchange = startExchange()
    const { kit } = exchange
    const base = { owner: ken.sid, folderClass: 'IPF.Note', changeKey: 'c' }
    await kit.mailboxes.createMailbox(ken.sid, [
      { ...base, id: 'r', distinguished: 'root', displayName: 'Root' },
      { ...base, id: 'm', parentId: 'r', distinguished: 'msgfolderroot', displayName: 'Top' },
      { ...base, id: 's', parentId: 'm', displayName: 'sync issues' },
    ])
    const reply = await exchange.ews(getFolder(named('syncissues')))
    expect(textOf(reply, 'DisplayName')).toBe('Sync Issues1')
    expect(textOf(await exchange.ews(getFolder(TOP)), 'DisplayName')).toBe('Top')
  })

  test.each([
    ['archiveinbox', 'ErrorArchiveMailboxNotEnabled'],
    ['publicfoldersroot', 'ErrorNoPublicFolderServerAvailable'],
    ['recoverableitemsdiscoveryholds', 'ErrorFolderNotFound'],
  ])('%s is answered with %s', async (name, code) => {
    expect(codes(await startExchange().ews(getFolder(named(name))))).toEqual([code])
  })

  test('deep goes all the way down', async () => {
    const exchange = startExchange()
    await made(exchange, idIn(await made(exchange, INBOX, 'Projects')), 'Entente')
    const shallow = await exchange.ews(findFolder(INBOX))
    expect(texts(shallow, 'DisplayName')).toEqual(['Projects'])
    const deep = await exchange.ews(findFolder(INBOX, { traversal: 'Deep' }))
    expect(texts(deep, 'DisplayName')).toEqual(['Projects', 'Entente'])
    const none = await exchange.ews(findFolder(INBOX, { traversal: 'SoftDeleted' }))
    expect(texts(none, 'DisplayName')).toEqual([])
  })

  test('folders come in pages, each parent by itself', async () => {
    const { ews } = startExchange()
    const view = indexed('Folder', 2, 2)
    const reply = await ews(findFolder(TOP + named('voicemail'), { view }))
    expect(codes(reply)).toEqual(['NoError', 'ErrorFolderNotFound'])
    expect(texts(reply, 'DisplayName')).toEqual(['Conversation History', 'Deleted Items'])
    expect(paging(reply)).toEqual({
      IndexedPagingOffset: '4',
      TotalItemsInView: '13',
      IncludesLastItemInRange: 'false',
    })
    const [, missing] = messages(reply)
    expect(names(missing?.element)).toEqual(['MessageText', 'ResponseCode', 'DescriptiveLinkKey'])
  })

  test.each([
    [compare('IsEqualTo', 'folder:DisplayName', 'conversation history'), ['Conversation History']],
    [contains('folder:FolderClass', 'IPF.Contact', 'Prefixed'), ['Contacts']],
    [compare('IsGreaterThan', 'folder:ChildFolderCount', '0'), ['Contacts', 'Sync Issues']],
    [compare('IsEqualTo', 'item:Subject', 'x'), []],
  ])('only those that a restriction lets through', async (condition, expected) => {
    const reply = await startExchange().ews(findFolder(TOP, { more: restriction(condition) }))
    expect(texts(reply, 'DisplayName')).toEqual(expected)
  })

  test('another user’s folders are not found', async () => {
    const exchange = startExchange()
    const inbox = await folderOf(exchange, 'inbox')
    expect(codes(await exchange.ews(findFolder(folderId(inbox.id)), pilar))).toEqual(['ErrorFolderNotFound'])
  })
})

describe('making folders', () => {
  test('several at once, each of its kind', async () => {
    const exchange = startExchange()
    const folders = [
      newFolder('Mail'),
      newFolder('Dates', 'CalendarFolder'),
      newFolder('People', 'ContactsFolder', 'IPF.Contact.Team'),
      newFolder('Work', 'TasksFolder'),
      newFolder('MAIL'),
      newFolder('Found', 'SearchFolder'),
      newFolder('Odd', 'TasksFolder', 'IPF.Note'),
      newFolder(''),
    ]
    const reply = await exchange.ews(createFolder(INBOX, folders.join('')))
    expect(codes(reply)).toEqual([
      'NoError',
      'NoError',
      'NoError',
      'NoError',
      'ErrorFolderExists',
      'ErrorInvalidFolderTypeForOperation',
      'ErrorFolderSavePropertyError',
      'ErrorFolderSavePropertyError',
    ])
    const elements = findAll(root(reply), 'Folders').flatMap(({ children }) => children)
    expect(elements.map(({ name }) => name)).toEqual([
      'Folder',
      'CalendarFolder',
      'ContactsFolder',
      'TasksFolder',
    ])
    expect(names(elements[0])).toEqual(['FolderId'])
    const found = await exchange.ews(getFolder(idIn(idsOf(reply, 'FolderId')[2])))
    expect(textOf(found, 'FolderClass')).toBe('IPF.Contact.Team')
  })

  test('in a folder that is not there', async () => {
    const { ews } = startExchange()
    expect(codes(await ews(createFolder(folderId('nowhere'), newFolder('x'))))).toEqual([
      'ErrorParentFolderNotFound',
    ])
  })

  test('with permissions, which are all that hold there, and can be changed', async () => {
    const { ews } = startExchange()
    const set = (level: string) =>
      `<t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:PrimarySmtpAddress>${pilar.smtp}</t:PrimarySmtpAddress></t:UserId><t:PermissionLevel>${level}</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet>`
    const made = await ews(
      createFolder(INBOX, `<t:Folder><t:DisplayName>Team</t:DisplayName>${set('Reviewer')}</t:Folder>`),
    )
    const id = find(root(made), 'FolderId')!.attributes.get('Id')!
    expect(textOf(await ews(getFolder(idIn(id)), pilar), 'DisplayName')).toBe('Team')
    expect(codes(await ews(createItem(message(''), idIn(id)), pilar))).toEqual([
      'ErrorCreateItemAccessDenied',
    ])
    const change = `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${idIn(id)}<t:Updates><t:SetFolderField><t:FieldURI FieldURI="folder:PermissionSet"/><t:Folder>${set('Author')}</t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`
    expect(codes(await ews(wrap(change), pilar))).toEqual(['ErrorAccessDenied'])
    expect(codes(await ews(wrap(change)))).toEqual(['NoError'])
    expect(codes(await ews(createItem(message(''), idIn(id)), pilar))).toEqual(['NoError'])
  })

  test('with what is not kept, or what no folder has', async () => {
    const { ews } = startExchange()
    const policy = '<t:Folder><t:DisplayName>x</t:DisplayName><t:PolicyTag/></t:Folder>'
    expect(codes(await ews(createFolder(INBOX, policy)))).toEqual(['ErrorFolderSavePropertyError'])
    const unknown = '<t:Folder><t:Colour/></t:Folder>'
    expect(faultCode(await ews(createFolder(INBOX, unknown)))).toBe('ErrorSchemaValidation')
  })
})

describe('changing folders', () => {
  const update = (id: string, uri: string, folder: string, kind = 'SetFolderField') =>
    wrap(
      `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${id}<t:Updates><t:${kind}><t:FieldURI FieldURI="${uri}"/>${folder}</t:${kind}></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`,
    )
  const rename = (id: string, name: string) => update(id, 'folder:DisplayName', newFolder(name))

  test('a folder gets another name and another change key', async () => {
    const exchange = startExchange()
    const id = await made(exchange, INBOX, 'Old')
    await made(exchange, INBOX, 'Taken')
    const before = find(root(await exchange.ews(getFolder(idIn(id)))), 'FolderId')?.attributes.get(
      'ChangeKey',
    )
    const reply = await exchange.ews(rename(idIn(id), 'New'))
    expect(codes(reply)).toEqual(['NoError'])
    const after = await exchange.ews(getFolder(idIn(id)))
    expect(textOf(after, 'DisplayName')).toBe('New')
    const changeKey = find(root(after), 'FolderId')?.attributes.get('ChangeKey')
    expect(changeKey).not.toBe(before)
    expect(find(root(reply), 'FolderId')?.attributes.get('ChangeKey')).toBe(changeKey)
    expect(codes(await exchange.ews(rename(idIn(id), 'taken')))).toEqual(['ErrorFolderExists'])
  })

  test.each([
    [rename(INBOX, 'Mine'), 'ErrorFolderSavePropertyError'],
    [rename(folderId('nowhere'), 'x'), 'ErrorFolderNotFound'],
    [update(INBOX, 'folder:DisplayName', '', 'DeleteFolderField'), 'ErrorInvalidPropertyDelete'],
    [
      update(INBOX, 'folder:TotalCount', '<t:Folder><t:TotalCount>1</t:TotalCount></t:Folder>'),
      'ErrorInvalidPropertySet',
    ],
  ])('what cannot be changed is refused', async (request, code) => {
    expect(codes(await startExchange().ews(request))).toEqual([code])
  })

  test('a change of another property than the one named breaks the schema', async () => {
    const { ews } = startExchange()
    expect(faultCode(await ews(update(INBOX, 'folder:FolderClass', newFolder('x'))))).toBe(
      'ErrorSchemaValidation',
    )
  })
})

describe('moving, copying and deleting folders', () => {
  const transfer = (operation: string, id: string, to: string) =>
    wrap(
      `<m:${operation}><m:ToFolderId>${to}</m:ToFolderId><m:FolderIds>${id}</m:FolderIds></m:${operation}>`,
    )
  const remove = (id: string, type: string) =>
    wrap(`<m:DeleteFolder DeleteType="${type}"><m:FolderIds>${id}</m:FolderIds></m:DeleteFolder>`)
  const empty = (id: string, type: string, withFolders = false) =>
    wrap(
      `<m:EmptyFolder DeleteType="${type}" DeleteSubFolders="${withFolders}"><m:FolderIds>${id}</m:FolderIds></m:EmptyFolder>`,
    )

  test('a folder keeps its id when it is moved', async () => {
    const exchange = startExchange()
    const id = idIn(await made(exchange, INBOX, 'A'))
    expect(codes(await exchange.ews(transfer('MoveFolder', id, named('drafts'))))).toEqual(['NoError'])
    expect(texts(await exchange.ews(findFolder(named('drafts'))), 'DisplayName')).toEqual(['A'])
    expect(codes(await exchange.ews(transfer('MoveFolder', id, id)))).toEqual(['ErrorMoveCopyFailed'])
    expect(codes(await exchange.ews(transfer('MoveFolder', INBOX, id)))).toEqual([
      'ErrorMoveDistinguishedFolder',
    ])
    expect(codes(await exchange.ews(transfer('MoveFolder', id, folderId('nowhere'))))).toEqual([
      'ErrorToFolderNotFound',
    ])
    await made(exchange, INBOX, 'a')
    expect(codes(await exchange.ews(transfer('MoveFolder', id, INBOX)))).toEqual(['ErrorFolderExists'])
  })

  test('a folder is copied with everything in it', async () => {
    const exchange = startExchange()
    const id = await made(exchange, INBOX, 'A')
    await made(exchange, idIn(id), 'B')
    const inner = (await exchange.kit.mailboxes.folders(ken.sid)).find(
      ({ displayName }) => displayName === 'B',
    )!
    await put(exchange.kit, inner, { subject: 'in B' })
    const reply = await exchange.ews(transfer('CopyFolder', idIn(id), named('drafts')))
    expect(codes(reply)).toEqual(['NoError'])
    const deep = await exchange.ews(findFolder(named('drafts'), { traversal: 'Deep' }))
    expect(texts(deep, 'DisplayName')).toEqual(['A', 'B'])
    expect(texts(deep, 'TotalCount')).toEqual(['0', '1'])
    expect(idsOf(deep, 'FolderId')).not.toContain(id)
    const inside = await exchange.ews(transfer('CopyFolder', INBOX, idIn(id)))
    expect(codes(inside)).toEqual(['ErrorMoveCopyFailed'])
  })

  test('a folder goes where the kind of deletion says', async () => {
    const exchange = startExchange()
    const trash = async () => {
      const id = await made(exchange, INBOX, 'Old')
      return codes(await exchange.ews(remove(idIn(id), 'MoveToDeletedItems')))
    }
    expect([await trash(), await trash()]).toEqual([['NoError'], ['NoError']])
    expect(texts(await exchange.ews(findFolder(named('deleteditems'))), 'DisplayName')).toEqual([
      'Old',
      'Old1',
    ])
    const soft = idIn(await made(exchange, INBOX, 'Soft'))
    expect(codes(await exchange.ews(remove(soft, 'SoftDelete')))).toEqual(['NoError'])
    expect(texts(await exchange.ews(findFolder(named('recoverableitemsdeletions'))), 'DisplayName')).toEqual([
      'Soft',
    ])
    expect(codes(await exchange.ews(remove(soft, 'HardDelete')))).toEqual(['NoError'])
    expect(codes(await exchange.ews(remove(soft, 'HardDelete')))).toEqual(['ErrorFolderNotFound'])
    expect(codes(await exchange.ews(remove(INBOX, 'HardDelete')))).toEqual(['ErrorDeleteDistinguishedFolder'])
    expect(codes(await exchange.ews(remove(soft, 'SoftDelete'), pilar))).toEqual(['ErrorFolderNotFound'])
  })

  test('a folder is emptied, of its folders too if that is asked for', async () => {
    const exchange = startExchange()
    const inbox = await folderOf(exchange, 'inbox')
    for (let i = 0; i < 3; i += 1) await put(exchange.kit, inbox, { receivedAt: NOW + i })
    await made(exchange, INBOX, 'Sub')
    expect(codes(await exchange.ews(empty(INBOX, 'MoveToDeletedItems')))).toEqual(['NoError'])
    expect(await exchange.kit.mailboxes.folder(inbox.id)).toMatchObject({
      totalCount: 0,
      childFolderCount: 1,
    })
    expect(await folderOf(exchange, 'deleteditems')).toMatchObject({ totalCount: 3 })
    expect(codes(await exchange.ews(empty(INBOX, 'HardDelete', true)))).toEqual(['NoError'])
    expect(await exchange.kit.mailboxes.folder(inbox.id)).toMatchObject({ childFolderCount: 0 })
    expect(codes(await exchange.ews(empty(named('deleteditems'), 'HardDelete')))).toEqual(['NoError'])
    expect(await folderOf(exchange, 'deleteditems')).toMatchObject({ totalCount: 0 })
    expect(codes(await exchange.ews(empty(TOP, 'HardDelete', true)))).toEqual(['ErrorCannotEmptyFolder'])
  })
})
