/** Messages that go out of somebody else's mailbox or in somebody else's name, and bytes that go while they are read. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { LEVELS } from '../../../src/products/exchange/access/folder-permission.ts'
import type { User } from '../../../src/trust/directory.ts'
import { codes, getItem, ken, message, named, pilar, root, startExchange, textOf, wrap } from './harness.ts'
import {
  all,
  attach,
  attachmentIdsIn,
  base64,
  create,
  field,
  file,
  getAttachment,
  idIn,
  idOf,
  itemsIn,
  mailbox,
  sendItem,
  set,
  to,
  update,
} from './items-harness.ts'
import { folderOf } from './mail.ts'

const david: User = {
  ...pilar,
  sid: 'S-1-5-21-1-2-3-1107',
  upn: 'david@corp.litwareinc.com',
  smtp: 'david@litwareinc.com',
  displayName: 'David Longmuir',
}
const start = () => startExchange([ken, pilar, david])
const subject = (text: string) => message(`<t:Subject>${text}</t:Subject>`)
const SEND_AND_SAVE = 'MessageDisposition="SendAndSaveCopy"'
const withMime = '<t:IncludeMimeContent>true</t:IncludeMimeContent>'
const remove = (ids: string) =>
  wrap(`<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${ids}</m:ItemIds></m:DeleteItem>`)

describe('a draft in somebody else’s mailbox', () => {
  async function shared(rights: Partial<(typeof LEVELS)['Editor']>) {
    const exchange = start()
    const { ews, kit } = exchange
    const drafts = await folderOf(exchange, 'drafts')
    const given = { ...LEVELS.Reviewer, ...rights }
    await kit.access.addFolderPermission(drafts.id, { grantee: pilar.sid, rights: given })
    const id = idIn(await ews(create(message(`<t:Subject>Ken’s</t:Subject>${to(david.smtp!)}`))))
    return { ...exchange, id, before: await itemsIn(kit, ken, 'drafts') }
  }

  const updating = (id: string, disposition: string) =>
    update(
      id,
      set(field('item:Subject'), subject('Taken')),
      'AlwaysOverwrite',
      `MessageDisposition="${disposition}"`,
    )

  test.each<[string, (id: string) => string]>([
    ['SendItem', (id) => sendItem(id, false)],
    ['SendItem with a copy', (id) => sendItem(id, true)],
    ['UpdateItem with SendOnly', (id) => updating(id, 'SendOnly')],
    ['UpdateItem with SendAndSaveCopy', (id) => updating(id, 'SendAndSaveCopy')],
  ])('%s takes it from its place, which who may edit and not delete it may not', async (_, request) => {
    const { ews, kit, id, before } = await shared({ editItems: 'All' })
    expect(codes(await ews(request(id), pilar))).toEqual(['ErrorAccessDenied'])
    expect(await itemsIn(kit, ken, 'drafts')).toEqual(before)
    expect(await itemsIn(kit, david, 'inbox')).toEqual([])
    expect(await itemsIn(kit, pilar, 'sentitems')).toEqual([])
  })

  test('goes out in the name of who may delete it and sends it', async () => {
    const { ews, kit, id } = await shared({ editItems: 'All', deleteItems: 'All' })
    const taken = set(field('item:Subject'), subject('Taken'))
    const reply = await ews(update(id, taken, 'AlwaysOverwrite', SEND_AND_SAVE), pilar)
    expect(codes(reply)).toEqual(['NoError'])
    expect(await itemsIn(kit, ken, 'drafts')).toEqual([])
    expect(await itemsIn(kit, pilar, 'sentitems')).toMatchObject([{ subject: 'Taken' }])
    expect(await itemsIn(kit, david, 'inbox')).toMatchObject([
      { subject: 'Taken', fromName: pilar.displayName },
    ])
  })

  test('that cannot be sent is not changed either', async () => {
    const { ews, kit } = start()
    const id = idIn(await ews(create(subject('To nobody'))))
    const before = await itemsIn(kit, ken, 'drafts')
    const changed = update(id, set(field('item:Subject'), subject('New')), 'AlwaysOverwrite', SEND_AND_SAVE)
    expect(codes(await ews(changed))).toEqual(['ErrorInvalidRecipients'])
    expect(await itemsIn(kit, ken, 'drafts')).toEqual(before)
  })
})

describe('a message from a principal', () => {
  const from = (user: User) => `<t:From>${mailbox(user.smtp!)}</t:From>`
  const mime = (...headers: string[]) =>
    `<t:MimeContent>${base64([...headers, `To: ${david.smtp}`, 'Subject: s', '', 'x'].join('\r\n'))}</t:MimeContent>`
  const makeDelegate = ({ kit }: ReturnType<typeof start>) =>
    kit.access.addDelegate(
      ken.sid,
      { sid: pilar.sid, receiveCopiesOfMeetingMessages: false, viewPrivateItems: true },
      [],
    )

  test('is sent on his behalf by his delegates, whom it names, and by nobody else', async () => {
    const exchange = start()
    const { ews, kit } = exchange
    const request = create(message(`<t:Subject>s</t:Subject>${to(david.smtp!)}${from(ken)}`), SEND_AND_SAVE)
    expect(codes(await ews(request, pilar))).toEqual(['ErrorSendAsDenied'])
    await makeDelegate(exchange)
    expect(codes(await ews(request, pilar))).toEqual(['NoError'])
    expect(codes(await ews(request, david))).toEqual(['ErrorSendAsDenied'])
    const [received, ...others] = await itemsIn(kit, david, 'inbox')
    expect(others).toEqual([])
    const seen = root(await ews(getItem(idOf(received!)), david))
    const address = (name: string) => all(all(seen, name)[0]!, 'EmailAddress').map(({ text }) => text)
    expect([address('From'), address('Sender')]).toEqual([[ken.smtp], [pilar.smtp]])
    expect(await itemsIn(kit, pilar, 'sentitems')).toHaveLength(1)
    const asKen = create(
      message(`<t:Sender>${mailbox(ken.smtp!)}</t:Sender>${to(david.smtp!)}${from(ken)}`),
      SEND_AND_SAVE,
    )
    expect(codes(await ews(asKen, pilar))).toEqual(['ErrorSendAsDenied'])
  })

  test('comes back to his delegate when nobody has the address', async () => {
    const exchange = start()
    await makeDelegate(exchange)
    const { ews, kit } = exchange
    await ews(create(message(`${to('nobody@nowhere.example')}${from(ken)}`), SEND_AND_SAVE), pilar)
    expect(await itemsIn(kit, ken, 'inbox')).toEqual([])
    expect(await itemsIn(kit, pilar, 'inbox')).toMatchObject([{ itemClass: 'REPORT.IPM.Note.NDR' }])
  })

  test.each<[string, string, boolean]>([
    ['who says the truth', mime(`From: ${pilar.smtp}`), true],
    ['who says it twice', mime(`From: ${pilar.smtp}`, `Sender: ${pilar.smtp}`), true],
    ['whose content names another author', `${mime(`From: ${ken.smtp}`)}${from(pilar)}`, false],
    ['whose content names two authors', mime(`From: ${pilar.smtp}`, `from : ${ken.smtp}`), false],
    ['whose content has an author without an address', `${mime('From: Ken Myer')}${from(pilar)}`, false],
    ['whose content names no author', `${mime('X-Nothing: 1')}${from(pilar)}`, false],
    ['whose content names who it went to in secret', mime(`From: ${pilar.smtp}`, `Bcc: ${ken.smtp}`), false],
  ])('reaches others with MIME content as it was written by %s: %#', async (_, content, isWritten) => {
    const { ews, kit } = start()
    expect(codes(await ews(create(message(content), SEND_AND_SAVE), pilar))).toEqual(['NoError'])
    const [received] = await itemsIn(kit, david, 'inbox')
    expect(received?.mime !== undefined).toBe(isWritten)
    const reply = await ews(getItem(idOf(received!), 'IdOnly', withMime), david)
    const seen = Buffer.from(textOf(reply, 'MimeContent') ?? '', 'base64').toString()
    expect(seen).toMatch(/^From: .*pilar@/m)
    expect(seen).not.toMatch(/ken/i)
  })

  test('reaches others with MIME content that names the delegate as well, and not with content that hides him', async () => {
    const exchange = start()
    await makeDelegate(exchange)
    const { ews, kit } = exchange
    const open = mime(`From: ${ken.smtp}`, `Sender: ${pilar.smtp}`)
    const hidden = mime(`From: ${ken.smtp}`)
    for (const content of [open, hidden])
      expect(codes(await ews(create(message(content), SEND_AND_SAVE), pilar))).toEqual(['NoError'])
    const received = await itemsIn(kit, david, 'inbox')
    expect(received.map(({ mime }) => mime !== undefined)).toEqual([true, false])
  })
})

describe('bytes that are removed while they are read', () => {
  const bytes = Buffer.alloc(2_000_000, 'entente ')
  const turns = [0, 1, 2, 3, 4, 6, 8, 10]

  async function inTurn(count: number, act: () => Promise<unknown>): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await othersTurn()
    await act()
  }

  test.each(turns)('a file is answered whole, or is not found (%i turns)', async (count) => {
    const { ews } = start()
    const id = idIn(await ews(create(subject('s'))))
    const [attachment] = attachmentIdsIn(await ews(attach(id, file('a.bin', bytes))))
    const reading = ews(getAttachment(attachment!))
    await inTurn(count, () => ews(remove(id.replace(/ ChangeKey="[^"]*"/, ''))))
    const reply = await reading
    const [code] = codes(reply)
    if (code === 'NoError') expect(textOf(reply, 'Content')).toBe(base64(bytes))
    else expect([code, textOf(reply, 'Content')]).toEqual(['ErrorItemNotFound', undefined])
  })

  test.each(turns)('MIME content is that of one version, whole (%i turns)', async (count) => {
    const { ews } = start()
    const mime = Buffer.concat([Buffer.from(`To: ${pilar.smtp}\r\nSubject: old\r\n\r\n`), bytes])
    const id = idIn(await ews(create(message(`<t:MimeContent>${base64(mime)}</t:MimeContent>`))))
    const reading = ews(getItem(id, 'Default', withMime))
    await inTurn(count, () => ews(update(id, set(field('item:Subject'), subject('new')))))
    const reply = await reading
    const seen = Buffer.from(textOf(reply, 'MimeContent') ?? '', 'base64')
    // What the item says and its content are of one version.
    if (textOf(reply, 'Subject') === 'old') expect(seen.equals(mime)).toBe(true)
    else expect(seen.toString()).toMatch(/^Subject: new\r$/m)
    expect(seen.length).toBeGreaterThan(500_000)
  })

  test('what is attached and cannot be read is an error, never an empty file', async () => {
    const { ews, kit } = start()
    const content = `<t:Attachments>${file('a.txt', 'hello')}</t:Attachments>`
    const id = idIn(await ews(create(message(content))))
    const [attachment] = attachmentIdsIn(await ews(getItem(id)))
    const mailboxes = new Proxy(kit.mailboxes, {
      get: (target, name) => (name === 'blob' ? async () => undefined : Reflect.get(target, name)),
    })
    Object.assign(kit, { mailboxes })
    expect(codes(await ews(getAttachment(attachment!)))).toEqual(['ErrorItemNotFound'])
    expect(codes(await ews(getItem(id, 'Default', withMime)))).toEqual(['ErrorItemNotFound'])
    expect(codes(await ews(getItem(id)))).toEqual(['NoError'])
  })

  test('a message that one recipient removes at once reaches the others with its files', async () => {
    const { ews, kit } = start()
    const files = `<t:Attachments>${file('a.txt', 'hello')}</t:Attachments>`
    const sending = ews(
      create(message(`${files}${to(ken.smtp!, david.smtp!)}`), 'MessageDisposition="SendOnly"'),
      pilar,
    )
    let isRemoved = false
    while (!isRemoved) {
      const [mine] = await itemsIn(kit, ken, 'inbox')
      if (mine !== undefined) isRemoved = codes(await ews(remove(idOf(mine)))).includes('NoError')
      await othersTurn()
    }
    expect(codes(await sending)).toEqual(['NoError'])
    const [theirs] = await itemsIn(kit, david, 'inbox')
    const [attachment] = attachmentIdsIn(await ews(getItem(idOf(theirs!)), david))
    expect(textOf(await ews(getAttachment(attachment!), david), 'Content')).toBe(base64('hello'))
  })
})

test('every operation answers alike for a folder that no item can be saved in', async () => {
  const { ews } = start()
  const id = idIn(await ews(create(subject('s'))))
  const list = '<t:AddressListId Id="a"/>'
  const saved = `<m:SavedItemFolderId>${list}</m:SavedItemFolderId>`
  const updates = `<m:ItemChanges><t:ItemChange>${id}<t:Updates>${set(field('item:Subject'), subject('t'))}</t:Updates></t:ItemChange></m:ItemChanges>`
  for (const request of [
    create(message(to(pilar.smtp!)), SEND_AND_SAVE, list),
    create(subject('s'), 'MessageDisposition="SaveOnly"', list),
    sendItem(id, true, list),
    wrap(
      `<m:UpdateItem ConflictResolution="AlwaysOverwrite" ${SEND_AND_SAVE}>${saved}${updates}</m:UpdateItem>`,
    ),
  ])
    expect(codes(await ews(request))).toEqual(['ErrorFolderNotFound'])
  const moving = `<m:MoveItem><m:ToFolderId>${list}</m:ToFolderId><m:ItemIds>${id}</m:ItemIds></m:MoveItem>`
  expect(codes(await ews(wrap(moving)))).toEqual(['ErrorToFolderNotFound'])
  expect(codes(await ews(create(subject('s'), 'MessageDisposition="SaveOnly"', named('notes'))))).toEqual([
    'NoError',
  ])
})
