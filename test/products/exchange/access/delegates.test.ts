/** AddDelegate, GetDelegate, UpdateDelegate and RemoveDelegate, and what a delegate then sees. */

import { LEVELS } from '../../../../src/products/exchange/access/folder-permission.ts'
import type { ProductReply } from '../../../../src/products/product.ts'
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
  names,
  noMailbox,
  pilar,
  root,
  startExchange,
  textOf,
  wrap,
} from '../harness.ts'
import { contains, findItem, folderId, restriction, subjects } from '../mail.ts'

const david = {
  ...pilar,
  sid: 'S-1-5-21-1-2-3-1107',
  upn: 'david@corp.litwareinc.com',
  smtp: 'd@litwareinc.com',
}
const start = () => startExchange([ken, pilar, david, noMailbox])

const mailbox = (address = ken.smtp!) => `<m:Mailbox><t:EmailAddress>${address}</t:EmailAddress></m:Mailbox>`
const userId = (address: string) =>
  `<t:UserId><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:UserId>`
const PILAR = userId(pilar.smtp!)
const levels = (...pairs: [string, string][]) =>
  `<t:DelegatePermissions>${pairs.map(([folder, level]) => `<t:${folder}FolderPermissionLevel>${level}</t:${folder}FolderPermissionLevel>`).join('')}</t:DelegatePermissions>`
const delegate = (user: string, more = '') => `<t:DelegateUser>${user}${more}</t:DelegateUser>`
const change = (operation: 'Add' | 'Update', delegates: string, deliver = '', of = mailbox()) =>
  wrap(
    `<m:${operation}Delegate>${of}${delegates && `<m:DelegateUsers>${delegates}</m:DelegateUsers>`}${deliver && `<m:DeliverMeetingRequests>${deliver}</m:DeliverMeetingRequests>`}</m:${operation}Delegate>`,
  )
const remove = (...users: string[]) =>
  wrap(`<m:RemoveDelegate>${mailbox()}<m:UserIds>${users.join('')}</m:UserIds></m:RemoveDelegate>`)
const get = (permissions = true, ...users: string[]) =>
  wrap(
    `<m:GetDelegate IncludePermissions="${permissions}">${mailbox()}${users.length > 0 ? `<m:UserIds>${users.join('')}</m:UserIds>` : ''}</m:GetDelegate>`,
  )

/** The code of the whole, then that of each delegate. */
function answered(reply: ProductReply): (string | undefined)[] {
  const response = find(root(reply), 'Body')!.children[0]!
  const inner = find(response, 'ResponseMessages')?.children ?? []
  const own = response.children.find(({ name }) => name === 'ResponseCode')
  return [own?.text, ...inner.map((one) => find(one, 'ResponseCode')?.text)]
}

const kens = (folder: string) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${ken.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const idOf = (reply: ProductReply) => find(root(reply), 'ItemId')?.attributes.get('Id') ?? ''

test('a delegate has the levels he was given, opens the principal’s folders, and is shown to the principal', async () => {
  const { ews } = start()
  const given = levels(['Calendar', 'Editor'], ['Inbox', 'Reviewer'])
  const more = `${given}<t:ReceiveCopiesOfMeetingMessages>true</t:ReceiveCopiesOfMeetingMessages>`
  const added = await ews(change('Add', delegate(PILAR, more), 'DelegatesAndMe'))
  expect(answered(added)).toEqual(['NoError', 'NoError'])

  const reply = await ews(get())
  expect(answered(reply)).toEqual(['NoError', 'NoError'])
  const shown = find(root(reply), 'DelegateUser')!
  expect(names(shown)).toEqual([
    'UserId',
    'DelegatePermissions',
    'ReceiveCopiesOfMeetingMessages',
    'ViewPrivateItems',
  ])
  expect(find(shown, 'DelegatePermissions')!.children.map(({ name, text }) => `${name} ${text}`)).toEqual([
    'CalendarFolderPermissionLevel Editor',
    'TasksFolderPermissionLevel None',
    'InboxFolderPermissionLevel Reviewer',
    'ContactsFolderPermissionLevel None',
    'NotesFolderPermissionLevel None',
    'JournalFolderPermissionLevel None',
  ])
  expect(find(shown, 'ReceiveCopiesOfMeetingMessages')?.text).toBe('true')
  expect(textOf(reply, 'DeliverMeetingRequests')).toBe('DelegatesAndMe')
  expect(find(root(await ews(get(false))), 'DelegatePermissions')).toBeUndefined()

  const folders = ['calendar', 'inbox', 'tasks'].map(kens).join('')
  expect(codes(await ews(getFolder(folders), pilar))).toEqual(['NoError', 'NoError', 'ErrorFolderNotFound'])
  expect(codes(await ews(createItem(message(''), kens('inbox')), pilar))).toEqual([
    'ErrorCreateItemAccessDenied',
  ])
})

test('what an update leaves out stays; None takes the entry away', async () => {
  const { ews, kit } = start()
  await ews(change('Add', delegate(PILAR, levels(['Inbox', 'Author'], ['Notes', 'Editor']))))
  const update = `${levels(['Notes', 'None'])}<t:ViewPrivateItems>1</t:ViewPrivateItems>`
  expect(answered(await ews(change('Update', delegate(PILAR, update))))).toEqual(['NoError', 'NoError'])
  const reply = await ews(get())
  expect(textOf(reply, 'InboxFolderPermissionLevel')).toBe('Author')
  expect(textOf(reply, 'NotesFolderPermissionLevel')).toBe('None')
  expect(textOf(reply, 'ViewPrivateItems')).toBe('true')
  expect(textOf(reply, 'DeliverMeetingRequests')).toBe('DelegatesAndSendInformationToMe')
  expect(answered(await ews(change('Update', '', 'NoForward')))).toEqual(['NoError'])
  expect((await kit.access.delegates(ken.sid)).deliver).toBe('NoForward')
})

test('a level that permissions made and no delegate’s level is, is Custom', async () => {
  const { ews, kit } = start()
  await ews(change('Add', delegate(PILAR)))
  const inbox = (await kit.mailboxes.distinguishedFolder(ken.sid, 'inbox'))!
  await kit.access.addFolderPermission(inbox.id, { grantee: pilar.sid, rights: LEVELS.Owner })
  expect(textOf(await ews(get()), 'InboxFolderPermissionLevel')).toBe('Custom')
})

test('who is a delegate no more has none of the rights he had', async () => {
  const { ews, kit } = start()
  await ews(change('Add', delegate(PILAR, levels(['Inbox', 'Editor']))))
  expect(answered(await ews(remove(PILAR)))).toEqual(['NoError', 'NoError'])
  expect(codes(await ews(getFolder(kens('inbox')), pilar))).toEqual(['ErrorFolderNotFound'])
  expect(await kit.access.delegates(ken.sid)).toMatchObject({ delegates: [] })
  expect(answered(await ews(get()))).toEqual(['NoError'])
  expect(answered(await ews(remove(PILAR)))).toEqual(['NoError', 'ErrorNotDelegate'])
})

test('each delegate has his own answer', async () => {
  const { ews } = start()
  await ews(change('Add', delegate(PILAR)))
  const several = [
    PILAR,
    userId(ken.smtp!),
    userId('no@litwareinc.com'),
    '<t:UserId/>',
    '<t:UserId><t:DistinguishedUser>Default</t:DistinguishedUser></t:UserId>',
    userId(david.smtp!),
  ]
  const added = await ews(change('Add', several.map((user) => delegate(user)).join('')))
  expect(answered(added)).toEqual([
    'NoError',
    'ErrorDelegateAlreadyExists',
    'ErrorDelegateCannotAddOwner',
    'ErrorDelegateNoUser',
    'ErrorInvalidDelegateUserId',
    'ErrorDistinguishedUserNotSupported',
    'NoError',
  ])
  expect(answered(await ews(get(true, PILAR, userId(david.smtp!))))).toEqual([
    'NoError',
    'NoError',
    'NoError',
  ])
  await ews(remove(PILAR))
  expect(answered(await ews(get(true, PILAR)))).toEqual(['NoError', 'ErrorNotDelegate'])
  expect(answered(await ews(change('Update', delegate(PILAR))))).toEqual(['NoError', 'ErrorNotDelegate'])
})

test('a delegate that is refused gets no rights', async () => {
  const { ews, kit } = start()
  const wrong = delegate(PILAR, levels(['Calendar', 'Editor'], ['Inbox', 'Custom']))
  expect(answered(await ews(change('Add', wrong)))).toEqual(['NoError', 'ErrorInvalidDelegatePermission'])
  await ews(change('Add', delegate(PILAR, levels(['Calendar', 'Reviewer']))))
  expect(answered(await ews(change('Add', delegate(PILAR, levels(['Calendar', 'Editor'])))))).toContain(
    'ErrorDelegateAlreadyExists',
  )
  expect(textOf(await ews(get()), 'CalendarFolderPermissionLevel')).toBe('Reviewer')
  expect((await kit.access.delegates(ken.sid)).delegates).toHaveLength(1)
})

test('only who may do everything in a mailbox looks after its delegates, and strangers learn nothing', async () => {
  const { ews, appOnly, kit, events } = start()
  await ews(change('Add', delegate(PILAR, levels(['Calendar', 'Editor']))))
  const rules = () => events.splice(0).map(({ kind, rule }) => `${kind} ${rule}`)
  for (const request of [get(), change('Add', delegate(userId(david.smtp!))), remove(PILAR)]) {
    expect(answered(await ews(request, pilar))).toEqual(['ErrorAccessDenied'])
    expect(rules()).toEqual([
      `forbidden ErrorAccessDenied: delegates of ${ken.sid}: neither owner of the mailbox nor FullAccess`,
    ])
    expect(faultCode(await appOnly(request))).toBe('ErrorAccessDenied')
    rules()
  }
  for (const address of [noMailbox.smtp!, 'no@litwareinc.com']) {
    const stranger = change('Add', delegate(PILAR), '', mailbox(address))
    expect(answered(await ews(stranger))).toEqual(['ErrorAccessDenied'])
    expect(rules()).toEqual(['forbidden ErrorAccessDenied: delegates of a mailbox that is not there'])
  }
  const own = change('Add', delegate(PILAR), '', mailbox(noMailbox.smtp))
  expect(answered(await ews(own, noMailbox))).toEqual(['ErrorNonExistentMailbox'])
  await kit.access.addMailboxPermission(ken.sid, {
    grantee: david.sid,
    accessRight: 'FullAccess',
    deny: false,
  })
  expect(answered(await ews(get(), david))).toEqual(['NoError', 'NoError'])
})

test('private items are hidden from a delegate who may not view them, and cannot be deleted unseen', async () => {
  const { ews, events } = start()
  await ews(change('Add', delegate(PILAR, levels(['Inbox', 'Editor']))))
  const open = await ews(createItem(message('<t:Subject>open</t:Subject>'), kens('inbox')))
  const secret = await ews(
    createItem(message('<t:Subject>s</t:Subject><t:Sensitivity>Private</t:Sensitivity>'), kens('inbox')),
  )
  const both = itemId(idOf(open)) + itemId(idOf(secret))
  expect(codes(await ews(getItem(both), ken))).toEqual(['NoError', 'NoError'])
  expect(codes(await ews(getItem(both), pilar))).toEqual(['NoError', 'ErrorItemNotFound'])
  expect(codes(await ews(deleteItem(itemId(idOf(secret))), pilar))).toEqual(['ErrorItemNotFound'])
  // Nor are they in a list, nor found by what stands in them, nor synchronised.
  expect(subjects(await ews(findItem(kens('inbox')), pilar))).toEqual(['open'])
  const search = { more: restriction(contains('item:Subject', 's')) }
  expect(subjects(await ews(findItem(kens('inbox'), search), pilar))).toEqual([])
  expect(subjects(await ews(findItem(kens('inbox'), search), ken))).toEqual(['s'])
  const sync = `<m:SyncFolderItems><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:SyncFolderId>${kens('inbox')}</m:SyncFolderId><m:MaxChangesReturned>9</m:MaxChangesReturned></m:SyncFolderItems>`
  expect(subjects(await ews(wrap(sync), pilar))).toEqual(['open'])
  expect(codes(await ews(deleteItem(itemId(idOf(secret))), pilar))).toEqual(['ErrorItemNotFound'])
  expect(events.at(-1)?.rule).toMatch(/: own entry Editor; the item is private$/)
  await ews(change('Update', delegate(PILAR, '<t:ViewPrivateItems>true</t:ViewPrivateItems>')))
  expect(codes(await ews(getItem(both), pilar))).toEqual(['NoError', 'NoError'])
  expect(textOf(await ews(getFolder(kens('inbox')), pilar), 'ViewPrivateItems')).toBe('true')
})

test.each(['HardDelete', 'SoftDelete', 'MoveToDeletedItems'])(
  'private items are not deleted unseen with their folder either, and nothing by who may not delete it (%s)',
  async (type) => {
    const { ews, kit } = start()
    await ews(change('Add', delegate(PILAR, levels(['Inbox', 'Editor']))))
    const inbox = (await kit.mailboxes.distinguishedFolder(ken.sid, 'inbox'))!
    const made = { owner: ken.sid, parentId: inbox.id, folderClass: 'IPF.Note', changeKey: 'k' }
    for (const id of ['private', 'whole', 'owned'])
      await kit.mailboxes.addFolder({ ...made, id, displayName: id }, 1)
    const give = (id: string, deleteItems: 'All' | 'None') =>
      kit.access.replaceFolderPermissions(id, [
        { grantee: pilar.sid, rights: { ...LEVELS.Owner, deleteItems } },
      ])
    await give('private', 'All')
    await give('whole', 'All')
    await give('owned', 'None')
    const secret = message('<t:Subject>s</t:Subject><t:Sensitivity>Private</t:Sensitivity>')
    await ews(createItem(message('') + secret, kens('inbox')))
    await ews(createItem(secret, folderId('private')))
    await ews(createItem(message(''), folderId('whole')))
    await ews(createItem(message(''), folderId('owned')))

    const empty = `<m:EmptyFolder DeleteType="${type}" DeleteSubFolders="false"><m:FolderIds>${kens('inbox')}</m:FolderIds></m:EmptyFolder>`
    expect(codes(await ews(wrap(empty), pilar))).toEqual(['ErrorCannotEmptyFolder'])
    expect(subjects(await ews(findItem(kens('inbox'))))).toEqual(['s'])
    const ids = ['private', 'whole', 'owned'].map(folderId).join('')
    const gone = `<m:DeleteFolder DeleteType="${type}"><m:FolderIds>${ids}</m:FolderIds></m:DeleteFolder>`
    expect(codes(await ews(wrap(gone), pilar))).toEqual([
      'ErrorCannotDeleteObject',
      'NoError',
      'ErrorCannotDeleteObject',
    ])
    const left = await kit.mailboxes.folders(ken.sid)
    const underInbox = left.filter(({ parentId }) => parentId === inbox.id)
    expect(underInbox.map(({ id, totalCount }) => [id, totalCount])).toEqual([
      ['private', 1],
      ['owned', 1],
    ])
  },
)

test.each([
  ['no mailbox', '<m:GetDelegate IncludePermissions="true"/>'],
  ['a mailbox without an address', '<m:GetDelegate IncludePermissions="true"><m:Mailbox/></m:GetDelegate>'],
  ['no IncludePermissions', `<m:GetDelegate>${mailbox()}</m:GetDelegate>`],
  ['no delegates to add', `<m:AddDelegate>${mailbox()}<m:DelegateUsers/></m:AddDelegate>`],
  ['no users to remove', `<m:RemoveDelegate>${mailbox()}</m:RemoveDelegate>`],
  [
    'an unknown level',
    `<m:AddDelegate>${mailbox()}<m:DelegateUsers>${delegate(PILAR, levels(['Inbox', 'Owner']))}</m:DelegateUsers></m:AddDelegate>`,
  ],
  [
    'an unknown delivery',
    `<m:UpdateDelegate>${mailbox()}<m:DeliverMeetingRequests>Nobody</m:DeliverMeetingRequests></m:UpdateDelegate>`,
  ],
  [
    'more users than are answered',
    `<m:RemoveDelegate>${mailbox()}<m:UserIds>${PILAR.repeat(1001)}</m:UserIds></m:RemoveDelegate>`,
  ],
])('a request with %s is a fault', async (_, body) => {
  expect(faultCode(await start().ews(wrap(body)))).toBe('ErrorSchemaValidation')
})
