/** Scenario 4 of the 2010 document: Schedule Modifications by an External Entity. */
import {
  createItem,
  deleteItem,
  find,
  getFolder,
  getItem,
  itemId,
  root,
  wrap,
} from '../products/exchange/harness.ts'
import { type PresetLab, startPreset } from '../support/preset.ts'

let lab: PresetLab
const [SARA, TOM] = ['sara@litwareinc.com', 'tom@litwareinc.com'] as const
const [EVA, FINN] = ['eva@contosoevents.com', 'finn@contosoevents.com'] as const
const TALKS = [
  [SARA, 'Keys in practice'],
  [TOM, 'Life of a token'],
] as const
const DAY = { start: '2031-05-01T00:00:00Z', end: '2031-05-02T00:00:00Z' }
const at = (folder: string, owner: string) =>
  `<t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>${owner}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const sidOf = (user: string) =>
  lab.lab.users.find(({ upn, servers }) => upn === user && servers?.includes('exchange'))!.sid
const appointment = (subject: string) =>
  `<t:CalendarItem><t:Subject>${subject}</t:Subject><t:Start>2031-05-01T16:00:00Z</t:Start><t:End>2031-05-01T17:00:00Z</t:End></t:CalendarItem>`
const toNobody = (request: string) =>
  request.replace('MessageDisposition="SaveOnly"', 'SendMeetingInvitations="SendToNone"')
const TALKS_RULE = /^Error\w+: folder \S+ of S-1-5-\S+: own entry Custom$/

beforeAll(async () => {
  lab = await startPreset('conference-rooms')
})
afterAll(async () => {
  expect(lab.surprises).toEqual([])
  await lab.close()
})

test('4. what the preset says to try comes out as it says, and a second start changes nothing', async () => {
  const { passed, printed } = await lab.tries()
  expect([passed, printed.split('\n').length]).toEqual([true, lab.lab.tries.length])
  for (const step of await lab.setUpAgain()) {
    if (!step.startsWith('lync: mailboxes')) expect(step).not.toMatch(/registered|[1-9]\d* (added|put there)/)
  }
})

test.each(TALKS)(
  '4. an employee directly modifies the calendar item of the talk of %s',
  async (speaker, subject) => {
    const talk = { mailbox: speaker, folder: 'Talks', subject }
    const location = `Hall of ${speaker}`
    const changed = await lab.does('firm', { do: 'change', user: EVA, ...talk, location })
    expect(changed).toEqual({ outcome: 'done', said: `changed ${subject}`, rules: [] })
    const own = await lab.does('lync', { do: 'list', user: speaker, ...talk })
    expect(own.said).toBe(`1 items; ${subject}, 2031-05-01T14:00:00Z, ${location}`)
  },
)

test.each(TALKS)('4. but can neither take a talk of %s away nor make another', async (mailbox, subject) => {
  const folder = { mailbox, folder: 'Talks' }
  const removed = await lab.does('firm', { do: 'remove', user: EVA, ...folder, subject })
  expect(removed).toMatchObject({ outcome: 'ErrorAccessDenied', rules: [expect.stringMatching(TALKS_RULE)] })
  const added = await lab.does('firm', { do: 'add', user: EVA, ...folder, subject: 'A talk of Eva', ...DAY })
  expect(added).toMatchObject({
    outcome: 'ErrorCreateItemAccessDenied',
    rules: [expect.stringMatching(TALKS_RULE)],
  })
  const below = await lab.does('firm', { do: 'make-folder', user: EVA, mailbox, folder: 'Talks\\More' })
  expect(below.outcome).toBe('ErrorCreateSubfolderAccessDenied')
  const left = await lab.does('lync', { do: 'list', user: mailbox, ...folder })
  expect(left.said).toMatch(/^1 items; /)
})

test('4. nor move a talk away, nor copy it into the calendar', async () => {
  const made = await lab.ews('lync', TOM, toNobody(createItem(appointment('Panel'), at('calendar', TOM))))
  const listed = wrap(
    `<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:ParentFolderIds>${at('msgfolderroot', TOM)}</m:ParentFolderIds></m:FindFolder>`,
  )
  const { text } = await lab.ews('firm', EVA, listed)
  const folders = find(root({ status: 200, body: text }), 'Folders')!.children
  expect(folders.map((folder) => find(folder, 'DisplayName')?.text)).toEqual(['Talks'])
  const talks = find(folders[0]!, 'FolderId')!.attributes.get('Id')!
  const inTalks = wrap(
    `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds><t:FolderId Id="${talks}"/></m:ParentFolderIds></m:FindItem>`,
  )
  const { id } = await lab.ews('firm', EVA, inTalks)
  const moving = (verb: string, to: string, what: string) =>
    wrap(`<m:${verb}><m:ToFolderId>${to}</m:ToFolderId><m:ItemIds>${itemId(what)}</m:ItemIds></m:${verb}>`)
  const moved = await lab.ews('firm', EVA, moving('MoveItem', at('calendar', EVA), id!))
  expect([moved.code, moved.rules]).toEqual(['ErrorAccessDenied', [expect.stringMatching(TALKS_RULE)]])
  expect((await lab.ews('firm', EVA, moving('CopyItem', at('calendar', TOM), id!))).code).toMatch(/^Error/)
  // What stands beside the talks cannot be pulled to where she may change it.
  expect(
    (await lab.ews('firm', EVA, moving('MoveItem', `<t:FolderId Id="${talks}"/>`, made.id!))).code,
  ).toMatch(/^Error/)
  expect((await lab.ews('lync', TOM, getItem(itemId(made.id!)))).code).toBe('NoError')
  expect((await lab.ews('lync', TOM, getItem(itemId(id!)))).code).toBe('NoError')
})

test.each([SARA, TOM])(
  '4. and cannot affect or read the schedule of %s in any other way',
  async (speaker) => {
    const own = `folder calendar of ${sidOf(speaker)}: own entry None`
    for (const [what, more] of [
      ['open', {}],
      ['list', {}],
      ['add', { subject: 'Coffee with Eva', ...DAY }],
      ['change', { subject: 'Interview at Fabrikam', location: 'cancelled' }],
      ['remove', { subject: 'Interview at Fabrikam' }],
    ] as const) {
      const seen = await lab.does('firm', {
        do: what,
        user: EVA,
        mailbox: speaker,
        folder: 'Calendar',
        ...more,
      })
      expect([what, seen]).toEqual([
        what,
        expect.objectContaining({ outcome: 'ErrorFolderNotFound', rules: [`ErrorFolderNotFound: ${own}`] }),
      ])
      expect(seen.said).not.toContain('Interview')
    }
    const busy = await lab.does('firm', { do: 'busy', user: EVA, mailbox: speaker, ...DAY })
    expect(busy.outcome).toBe('ErrorNoFreeBusyAccess')

    const { id } = await lab.ews(
      'lync',
      speaker,
      toNobody(createItem(appointment('Doctor'), at('calendar', speaker))),
    )
    for (const body of [getItem(itemId(id!)), deleteItem(itemId(id!))]) {
      const seen = await lab.ews('firm', EVA, body)
      expect([seen.code, seen.rules]).toEqual(['ErrorItemNotFound', [`ErrorItemNotFound: ${own}`]])
    }
    for (const folder of ['inbox', 'contacts', 'tasks', 'sentitems'])
      expect([folder, (await lab.ews('firm', EVA, getFolder(at(folder, speaker)))).code]).toEqual([
        folder,
        'ErrorFolderNotFound',
      ])
  },
)

test('4. the firm’s application acts for employees of the firm alone, as long as they are with it', async () => {
  const rule = (user: string) =>
    `acting for ${user}: recipient_outside_scope (Contoso Events for its employees), as rooms-account@litwareinc.com`
  for (const user of [SARA, FINN]) {
    const seen = await lab.does('firm', { do: 'open', user, mailbox: user })
    expect(seen).toMatchObject({ outcome: 'forbidden', rules: [rule(user)] })
  }
  const gone = { organizationalUnit: 'litwareinc.com/Guests' }
  await lab.admin('exchange', 'PATCH', `/users/${sidOf(EVA)}`, gone)
  const talk = { mailbox: SARA, folder: 'Talks', subject: 'Keys in practice', location: 'Nowhere' }
  expect((await lab.does('firm', { do: 'change', user: EVA, ...talk })).rules).toEqual([rule(EVA)])
  await lab.admin('exchange', 'PATCH', `/users/${sidOf(EVA)}`, {
    organizationalUnit: 'litwareinc.com/Contoso Events',
  })
  expect((await lab.does('firm', { do: 'change', user: EVA, ...talk })).outcome).toBe('done')
})

test('4. the firm’s application by itself changes and reads nothing', async () => {
  for (const what of ['open', 'list', 'change'] as const) {
    const more = what === 'change' ? { subject: 'Keys in practice', location: 'Nowhere' } : {}
    const seen = await lab.does('firm', { do: what, mailbox: SARA, folder: 'Talks', ...more })
    expect([what, seen.outcome]).toEqual([what, 'ErrorAccessDenied'])
    expect(seen.rules[0]).toContain('operation_outside_roles')
  }
})
