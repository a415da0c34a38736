/** PermissionSet: what answers show of a folder's permissions, and what requests may set. */
import { LEVELS } from '../../../../src/products/exchange/access/folder-permission.ts'
import {
  readPermissionSet,
  resolvePermissionSet,
  writePermissionSet,
} from '../../../../src/products/exchange/access/permission-set.ts'
import { makeMailbox } from '../../../../src/products/exchange/distinguished-folders.ts'
import { NS, parseXml, type XmlElement } from '../../../../src/products/xml.ts'
import { find, getFolder, ken, named, names, pilar, root, startExchange } from '../harness.ts'

async function start() {
  const exchange = startExchange()
  await makeMailbox(exchange.kit.mailboxes, ken.sid, exchange.kit.newId)
  const folder = async (name: 'calendar' | 'inbox') =>
    (await exchange.kit.mailboxes.distinguishedFolder(ken.sid, name))!
  return { ...exchange, folder }
}

function element(xml: string): XmlElement {
  const parsed = parseXml(Buffer.from(xml.replace('>', ` xmlns:t="${NS.types}">`)))
  if (!parsed.ok) throw new Error(parsed.why)
  return parsed.root
}
const set = (entries: string, list = 'Permissions') =>
  element(`<t:PermissionSet><t:${list}>${entries}</t:${list}></t:PermissionSet>`)
const entry = (user: string, rights: string, kind = 'Permission') =>
  `<t:${kind}><t:UserId>${user}</t:UserId>${rights}</t:${kind}>`
const level = (name: string, kind = 'PermissionLevel') => `<t:${kind}>${name}</t:${kind}>`
const smtp = (address: string) => `<t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress>`
const PILAR = smtp(pilar.smtp!)
const DEFAULT = '<t:DistinguishedUser>Default</t:DistinguishedUser>'

/** What a set given for Ken's inbox or calendar becomes, or the code it is refused with. */
async function given(what: XmlElement, name: 'calendar' | 'inbox' = 'inbox') {
  const { kit, folder } = await start()
  const read = readPermissionSet(what)
  if (!read.ok) return read.code === 'ErrorSchemaValidation' ? read.message : read.code
  const resolved = await resolvePermissionSet(read.value, await folder(name), kit)
  return resolved.ok ? resolved.value : resolved.code
}

describe('shown', () => {
  test('to the owner of a folder among all properties, in the order of the schema', async () => {
    const { ews, kit, folder } = await start()
    const calendar = await folder('calendar')
    await kit.access.addFolderPermission(calendar.id, { grantee: pilar.sid, rights: LEVELS.Editor })
    const reply = root(await ews(getFolder(named('calendar'))))
    const permissions = find(reply, 'CalendarPermissions')!.children
    expect(permissions.map((one) => find(one, 'CalendarPermissionLevel')?.text)).toEqual([
      'FreeBusyTimeOnly',
      'None',
      'Editor',
    ])
    expect(names(permissions[2])).toEqual([
      'UserId',
      'CanCreateItems',
      'CanCreateSubFolders',
      'IsFolderOwner',
      'IsFolderVisible',
      'IsFolderContact',
      'EditItems',
      'DeleteItems',
      'ReadItems',
      'CalendarPermissionLevel',
    ])
    expect(find(permissions[2]!, 'UserId')!.children.map(({ name, text }) => `${name} ${text}`)).toEqual([
      `SID ${pilar.sid}`,
      `PrimarySmtpAddress ${pilar.smtp}`,
      `DisplayName ${pilar.displayName}`,
    ])
    expect(find(permissions[0]!, 'DistinguishedUser')?.text).toBe('Default')
  })

  test('to nobody who only reads the folder', async () => {
    const { ews, kit, folder } = await start()
    const inbox = await folder('inbox')
    const ofKen = `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${ken.smtp}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
    for (const [granted, shows] of [
      ['PublishingEditor', false],
      ['Owner', true],
    ] as const) {
      await kit.access.replaceFolderPermissions(inbox.id, [{ grantee: pilar.sid, rights: LEVELS[granted] }])
      const reply = root(await ews(getFolder(ofKen), pilar))
      expect([granted, find(reply, 'PermissionSet') !== undefined]).toEqual([granted, shows])
    }
  })

  test('and who is no user any more stands by SID among the unknown entries', async () => {
    const { kit, folder } = await start()
    const inbox = await folder('inbox')
    await kit.access.addFolderPermission(inbox.id, { grantee: 'S-1-5-21-9', rights: LEVELS.Editor })
    const written = element((await writePermissionSet(inbox, kit)).markup)
    expect(find(written, 'UnknownEntry')?.text).toBe('S-1-5-21-9')
    expect(find(written, 'Permissions')?.children).toHaveLength(2)
  })
})

describe('set', () => {
  test('to levels and to rights one by one; who is left out may nothing', async () => {
    const custom = `<t:CanCreateItems>1</t:CanCreateItems><t:EditItems>Owned</t:EditItems>${level('Custom')}`
    expect(await given(set(entry(PILAR, custom)))).toEqual([
      { grantee: pilar.sid, rights: { ...LEVELS.None, createItems: true, editItems: 'Owned' } },
      { grantee: 'Default', rights: LEVELS.None },
    ])
    expect(await given(set(entry(DEFAULT, level('Reviewer'))))).toEqual([
      { grantee: 'Default', rights: LEVELS.Reviewer },
    ])
    expect(await given(set(''))).toEqual([{ grantee: 'Default', rights: LEVELS.None }])
  })

  test('to what was read: a set that is sent back changes nothing', async () => {
    const { kit, folder } = await start()
    for (const name of ['calendar', 'inbox'] as const) {
      const where = await folder(name)
      const custom = { ...LEVELS.Reviewer, deleteItems: 'Owned' } as const
      await kit.access.addFolderPermission(where.id, { grantee: pilar.sid, rights: custom })
      const before = await writePermissionSet(where, kit)
      const read = readPermissionSet(element(before.markup))
      const resolved = read.ok ? await resolvePermissionSet(read.value, where, kit) : read
      if (!resolved.ok) throw new Error(resolved.message)
      await kit.access.replaceFolderPermissions(where.id, resolved.value)
      expect(await writePermissionSet(where, kit)).toEqual(before)
    }
  })

  test.each([
    [
      'rights beside a level that has others',
      entry(PILAR, `<t:EditItems>All</t:EditItems>${level('Reviewer')}`),
      'ErrorInvalidPermissionSettings',
    ],
    ['nobody', entry('', level('Reviewer')), 'ErrorMissingUserIdInformation'],
    ['a stranger', entry(smtp('no@litwareinc.com'), level('Reviewer')), 'ErrorInvalidUserInfo'],
    [
      'two users in one',
      entry(`<t:SID>${ken.sid}</t:SID>${PILAR}`, level('Reviewer')),
      'ErrorInvalidUserInfo',
    ],
    ['everyone and a user in one', entry(PILAR + DEFAULT, level('Reviewer')), 'ErrorInvalidUserInfo'],
    [
      'a user twice',
      entry(PILAR, level('Reviewer')) + entry(`<t:SID>${pilar.sid}</t:SID>`, level('None')),
      'ErrorDuplicateUserIdsSpecified',
    ],
  ])('refuses %s', async (_, entries, code) => {
    expect(await given(set(entries))).toBe(code)
  })

  test.each([
    ['an unknown level', entry(PILAR, level('Boss')), 'PermissionLevel must be one of None, '],
    ['a calendar’s level', entry(PILAR, level('FreeBusyTimeOnly')), 'PermissionLevel must be one of None, '],
    [
      'a calendar’s right',
      entry(PILAR, `<t:ReadItems>TimeOnly</t:ReadItems>${level('Custom')}`),
      'ReadItems must be one of None, FullDetails',
    ],
    ['no level', entry(PILAR, ''), 'Permission must hold PermissionLevel'],
    ['no user', `<t:Permission>${level('None')}</t:Permission>`, 'Permission must hold UserId'],
    [
      'rights out of order',
      entry(PILAR, `${level('Custom')}<t:EditItems>All</t:EditItems>`),
      'EditItems must stand before PermissionLevel',
    ],
    [
      'another word for true',
      entry(PILAR, `<t:CanCreateItems>yes</t:CanCreateItems>${level('Custom')}`),
      'CanCreateItems must be one of true, ',
    ],
    [
      'a calendar’s entry',
      entry(PILAR, level('None', 'CalendarPermissionLevel'), 'CalendarPermission'),
      'Permissions may not hold CalendarPermission',
    ],
  ])('refuses %s', async (_, entries, why) => {
    expect(await given(set(entries))).toContain(why)
  })

  test('refuses the set of a calendar on another folder, and the other way round', async () => {
    const event = entry(PILAR, level('FreeBusyTimeOnly', 'CalendarPermissionLevel'), 'CalendarPermission')
    const calendarSet = set(event, 'CalendarPermissions')
    expect(await given(calendarSet, 'calendar')).toHaveLength(2)
    expect(await given(calendarSet)).toBe('ErrorCannotSetCalendarPermissionOnNonCalendarFolder')
    expect(await given(set(''), 'calendar')).toBe('ErrorCannotSetNonCalendarPermissionOnCalendarFolder')
  })

  test('refuses unknown entries', async () => {
    const unknown = '<t:UnknownEntries><t:UnknownEntry>x</t:UnknownEntry></t:UnknownEntries>'
    const what = element(`<t:PermissionSet><t:Permissions/>${unknown}</t:PermissionSet>`)
    expect(await given(what)).toBe('ErrorCannotSetPermissionUnknownEntries')
  })
})
