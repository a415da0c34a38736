/** Scenario 2 of the 2010 document: Restriction of Users to a Subset of All Resources. */
import {
  createItem,
  deleteItem,
  find,
  getFolder,
  getItem,
  itemId,
  message,
  root,
  wrap,
} from '../products/exchange/harness.ts'
import { type PresetLab, startPreset } from '../support/preset.ts'

let lab: PresetLab
const [KEN, PILAR, DAVID, PHILIP] = ['kenmyer', 'pilar', 'davidl', 'philip'].map(
  (name) => `${name}@litwareinc.com`,
) as [string, string, string, string]
const TEAM = { mailbox: KEN, folder: 'Team Plans' }
const at = (folder: string, owner: string) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${owner}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const sidOf = (user: string) => lab.lab.users.find(({ upn }) => upn === user)!.sid

beforeAll(async () => {
  lab = await startPreset('team-folder')
})
afterAll(async () => {
  expect(lab.surprises).toEqual([])
  await lab.close()
})

test('2. what the preset says to try comes out as it says, and a second start changes nothing', async () => {
  const { passed, printed } = await lab.tries()
  expect([passed, printed.split('\n').length]).toEqual([true, lab.lab.tries.length])
  for (const step of await lab.setUpAgain()) {
    if (!step.startsWith('portal: mailboxes'))
      expect(step).not.toMatch(/registered|[1-9]\d* (added|put there)/)
  }
})

test.each([PILAR, DAVID])(
  '2. %s has read and write access to the items in that folder, through the portal',
  async (user) => {
    const subject = `From ${user}`
    const does = (what: 'add' | 'change' | 'list' | 'remove', more: object = {}) =>
      lab.does('portal', { do: what, user, ...TEAM, subject, ...more })
    for (const [what, more] of [
      ['add', { text: 'one' }],
      ['list', {}],
      ['change', { text: 'two' }],
      ['remove', {}],
    ] as const)
      expect([what, await does(what, more)]).toEqual([
        what,
        expect.objectContaining({ outcome: 'done', rules: [] }),
      ])
    // What others wrote there is the team's as well.
    const other = { subject: 'Milestones', text: `Seen by ${user}.` }
    expect((await lab.does('portal', { do: 'change', user, ...TEAM, ...other })).outcome).toBe('done')
  },
)

test.each(['Inbox', 'Sent Items', 'Drafts', 'Deleted Items', 'Calendar', 'Contacts', 'Tasks', 'Notes'])(
  '2. not to any other part of his mailbox: %s is not there for a member, to read or to write',
  async (folder) => {
    for (const [what, more] of [
      ['open', {}],
      ['list', {}],
      ['add', { subject: 'An intruder' }],
      ['make-folder', { folder: `${folder}\\Mine` }],
    ] as const) {
      const seen = await lab.does('portal', { do: what, user: PILAR, mailbox: KEN, folder, ...more })
      expect([what, seen.outcome]).toEqual([
        what,
        what === 'make-folder' ? 'ErrorParentFolderNotFound' : 'ErrorFolderNotFound',
      ])
      if (what === 'list')
        expect(seen.rules.join()).toMatch(/^ErrorFolderNotFound: folder .* Default(, not set)? None/)
    }
  },
)

test('2. neither when he is busy, nor an item by its id, nor a word of who else may see the folder', async () => {
  const when = { start: '2031-05-01T00:00:00Z', end: '2031-05-02T00:00:00Z' }
  const times = await lab.does('portal', { do: 'busy', user: PILAR, mailbox: KEN, ...when })
  expect(times.outcome).toBe('ErrorNoFreeBusyAccess')
  expect((await lab.does('portal', { do: 'busy', user: KEN, mailbox: KEN, ...when })).said).toContain(
    'Dentist',
  )

  const { id } = await lab.ews(
    'portal',
    KEN,
    createItem(message('<t:Subject>His own</t:Subject>'), at('inbox', KEN)),
  )
  for (const body of [getItem(itemId(id!)), deleteItem(itemId(id!))]) {
    const seen = await lab.ews('portal', PILAR, body)
    expect([seen.code, seen.rules]).toEqual([
      'ErrorItemNotFound',
      [`ErrorItemNotFound: folder inbox of ${sidOf(KEN)}: Default, not set None`],
    ])
  }
  const permissions =
    '<t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/></t:AdditionalProperties>'
  const shown = await lab.ews(
    'portal',
    PILAR,
    getFolder(at('msgfolderroot', KEN), 'AllProperties', permissions),
  )
  expect(shown.text).not.toContain(DAVID)
})

test('2. the top of the mailbox is seen, so that the folder is found, and holds nothing for a member', async () => {
  const deep = wrap(
    `<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:ParentFolderIds>${at('msgfolderroot', KEN)}</m:ParentFolderIds></m:FindFolder>`,
  )
  const { text } = await lab.ews('portal', PILAR, deep)
  const found = find(root({ status: 200, body: text }), 'Folders')!.children
  expect(found.map((folder) => find(folder, 'DisplayName')?.text)).toEqual(['Team Plans'])
  const top = await lab.ews('portal', PILAR, createItem(message(''), at('msgfolderroot', KEN)))
  expect(top.code).toBe('ErrorCreateItemAccessDenied')
  expect(
    (await lab.does('portal', { do: 'make-folder', user: PILAR, mailbox: KEN, folder: 'Mine' })).outcome,
  ).toBe('ErrorCreateSubfolderAccessDenied')
})

test('2. who is not of the team has not even the folder; nor has the intermediary by itself', async () => {
  const seen = await lab.does('portal', { do: 'list', user: PHILIP, ...TEAM })
  expect(seen).toMatchObject({
    outcome: 'ErrorFolderNotFound',
    rules: [`ErrorFolderNotFound: folder msgfolderroot of ${sidOf(KEN)}: Default, not set None`],
  })
  for (const what of ['open', 'list'] as const) {
    const itself = await lab.does('portal', { do: what, ...TEAM })
    expect([itself.outcome, itself.rules.length]).toEqual(['ErrorFolderNotFound', 1])
    expect(itself.rules[0]).toContain('no_linked_account')
  }
})

test('2. a member who leaves the team has lost the folder from the next call on', async () => {
  const path = `/folder-permissions/${KEN}/${encodeURIComponent('Team Plans')}/${DAVID}`
  expect((await lab.admin('exchange', 'DELETE', path)).status).toBe(204)
  expect((await lab.does('portal', { do: 'list', user: DAVID, ...TEAM })).outcome).toBe('ErrorFolderNotFound')
  expect((await lab.does('portal', { do: 'list', user: PILAR, ...TEAM })).outcome).toBe('done')
})
