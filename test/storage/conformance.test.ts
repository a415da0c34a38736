/** What every storage keeps to, whatever it is made of. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Item, NewFolder } from '../../src/products/exchange/mailbox.ts'
import { type Certificate, readCertificate } from '../../src/protocol/certificate.ts'
import { AppId, Realm, WELL_KNOWN } from '../../src/protocol/ids.ts'
import { openSqlite, openStorage } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { AdminToken } from '../../src/trust/admin-tokens.ts'
import type { User } from '../../src/trust/directory.ts'
import type { Partner } from '../../src/trust/partner.ts'
import { CERTIFICATES } from '../support/farm.ts'

const OWNER = 'S-1-5-21-1-2-3-1104'
const [first, second, third] = ['exchange', 'lync', 'sharepoint'].map(certificateOf) as [
  Certificate,
  Certificate,
  Certificate,
]

const LYNC: Partner = {
  identity: 'LyncEnterprise',
  application: { appId: WELL_KNOWN.lync, realm: Realm.parse('litwareinc.com') },
  issuer: `${WELL_KNOWN.lync}@litwareinc.com`,
  source: { kind: 'metadata', url: 'https://lync.litwareinc.com/metadata/json/1' },
  certificates: [second, first],
  trustLevel: 'Full',
  enabled: true,
  acceptSids: false,
  createdAt: 1_700_000_000,
  updatedAt: 1_700_000_001,
  refreshedAt: 1_700_000_002,
}

const KEN: User = {
  sid: 'S-1-5-21-1-2-3-1104',
  upn: 'kenmyer@litwareinc.com',
  smtp: 'Ken.Myer@litwareinc.com',
  sip: 'sip:kenmyer@litwareinc.com',
  displayName: 'Ken Myer',
  enabled: true,
  mailboxEnabled: true,
  archivingEnabled: false,
}

const ROOT: NewFolder = {
  id: 'root-id',
  owner: OWNER,
  distinguished: 'root',
  displayName: 'Root',
  folderClass: 'IPF',
  changeKey: 'ck1',
}
const INBOX: NewFolder = {
  ...ROOT,
  id: 'inbox-id',
  parentId: 'root-id',
  distinguished: 'inbox',
  displayName: 'Inbox',
}
const DRAFTS: NewFolder = { ...INBOX, id: 'drafts-id', distinguished: 'drafts', displayName: 'Drafts' }
const NOTES: NewFolder = {
  id: 'notes-id',
  owner: OWNER,
  parentId: 'inbox-id',
  displayName: 'Notes',
  folderClass: 'IPF.Note',
  changeKey: 'ck2',
}

const ITEM: Item = {
  id: 'item-1',
  owner: OWNER,
  folderId: 'inbox-id',
  changeKey: 'ck1',
  itemClass: 'IPM.Note.Microsoft.Conversation',
  subject: 'Conversation with Pilar',
  isRead: false,
  createdAt: 1_700_000_000,
  content: '{"body":"hello"}',
}

const ODD_TEXTS = {
  quotes: `'"\`; drop table users; -- \\' %_?`,
  emoji: '👩‍👩‍👧‍👦 ǅ İ ß é e\u0301 \u202eback',
  'control characters': Array.from({ length: 31 }, (_, code) => String.fromCharCode(code + 1)).join(''),
  'a long string': 'ö'.repeat(100_000),
  'an empty string': '',
}

const places: string[] = []
const newFile = () => {
  const place = mkdtempSync(join(tmpdir(), 'entente-storage-'))
  places.push(place)
  return join(place, 'data', 'entente.sqlite')
}
afterAll(() => {
  for (const place of places) rmSync(place, { recursive: true })
})

const KINDS: readonly [string, () => Promise<Storage>][] = [
  ['memory', () => openStorage({ kind: 'memory' })],
  ['sqlite file', () => openStorage({ kind: 'sqlite', path: newFile() })],
]

describe.each(KINDS)('%s', (_, open) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await open()
  })
  afterEach(() => storage.close())

  describe('partner applications', () => {
    const other = (identity: string, id: string): Partner => ({
      ...LYNC,
      identity,
      application: { ...LYNC.application, appId: AppId.parse(id) },
    })
    const A = other('A', 'aaaaaaaa-0000-4000-8000-000000000000')
    const B = other('B', 'bbbbbbbb-0000-4000-8000-000000000000')

    test('a partner comes back as it was added, its certificates in their order', async () => {
      expect(await storage.partners.add(LYNC)).toBe('added')
      const [partner, ...more] = await storage.partners.all()
      expect(more).toEqual([])
      expect(plain(partner!)).toEqual(plain(LYNC))
      expect(partner!.certificates[0]!.publicKey.equals(second.publicKey)).toBe(true)
    })

    test('every kind of source, trust level and flag comes back', async () => {
      await storage.partners.add({
        ...A,
        source: { kind: 'document' },
        trustLevel: 'Application',
        enabled: false,
      })
      await storage.partners.add({
        ...B,
        source: { kind: 'certificate' },
        trustLevel: 'User',
        acceptSids: true,
      })
      const [a, b] = await storage.partners.all()
      expect(a).toMatchObject({ trustLevel: 'Application', enabled: false, acceptSids: false })
      expect(b).toMatchObject({ trustLevel: 'User', enabled: true, acceptSids: true })
      expect([a!.source, b!.source]).toStrictEqual([{ kind: 'document' }, { kind: 'certificate' }])
    })

    test('the authority of a partner’s TLS comes back, can be replaced, and can be taken away', async () => {
      const authority = (text: string) => ({ certificateAuthority: text })
      await storage.partners.add({ ...A, ...authority(ODD_TEXTS.emoji) })
      await storage.partners.add(B)
      const all = async () => (await storage.partners.all()).map(plain)
      expect(await all()).toEqual([plain({ ...A, ...authority(ODD_TEXTS.emoji) }), plain(B)])
      await storage.partners.replace({ ...B, ...authority(ODD_TEXTS['a long string']) })
      await storage.partners.replace(A)
      expect(await all()).toEqual([plain(A), plain({ ...B, ...authority(ODD_TEXTS['a long string']) })])
      expect((await storage.partners.all())[0]).not.toHaveProperty('certificateAuthority')
    })

    test('partners come in the order they were added, also after a change', async () => {
      for (const partner of [B, LYNC, A]) await storage.partners.add(partner)
      await storage.partners.replace({ ...B, certificates: [] })
      expect((await storage.partners.all()).map(({ identity }) => identity)).toEqual([
        'B',
        'LyncEnterprise',
        'A',
      ])
    })

    test('an identity is taken in any case, an application whatever its name', async () => {
      await storage.partners.add(LYNC)
      expect(await storage.partners.add({ ...A, identity: 'LYNCENTERPRISE' })).toBe('identity taken')
      expect(await storage.partners.add({ ...LYNC, identity: 'Other' })).toBe('application taken')
      expect(await storage.partners.all()).toHaveLength(1)
    })

    test('of two that add the same identity at once exactly one succeeds', async () => {
      const answers = await Promise.all(
        [A, { ...B, identity: 'a' }].map((partner) => storage.partners.add(partner)),
      )
      expect(answers.sort()).toEqual(['added', 'identity taken'])
      expect(await storage.partners.all()).toHaveLength(1)
    })

    test('a change replaces everything but the application id', async () => {
      await storage.partners.add(LYNC)
      const changed: Partner = {
        ...LYNC,
        identity: 'LYNCenterprise',
        application: { ...LYNC.application, realm: Realm.parse('*') },
        issuer: WELL_KNOWN.lync,
        source: { kind: 'document' },
        certificates: [third],
        enabled: false,
        updatedAt: 1_800_000_000,
      }
      expect(await storage.partners.replace(changed)).toBe('replaced')
      expect((await storage.partners.all()).map(plain)).toEqual([plain(changed)])
      expect(await storage.partners.replace({ ...A, identity: LYNC.identity })).toBe('missing')
      expect(await storage.partners.replace(A)).toBe('missing')
      expect((await storage.partners.all()).map(plain)).toEqual([plain(changed)])
    })

    test('a removed partner leaves nothing behind, and its name is free', async () => {
      await storage.partners.add(LYNC)
      expect(await storage.partners.remove('lyncENTERPRISE')).toBe('removed')
      expect(await storage.partners.remove(LYNC.identity)).toBe('missing')
      expect(await storage.partners.add({ ...LYNC, certificates: [] })).toBe('added')
      expect((await storage.partners.all())[0]!.certificates).toEqual([])
    })

    test('what fails half-way is not done at all', async () => {
      const broken = {
        ...first,
        get der(): string {
          throw new Error('broken')
        },
      }
      await expect(storage.partners.add({ ...LYNC, certificates: [first, broken] })).rejects.toThrow('broken')
      expect(await storage.partners.all()).toEqual([])
      await storage.partners.add(LYNC)
      await expect(
        storage.partners.replace({ ...LYNC, issuer: 'x', certificates: [broken] }),
      ).rejects.toThrow('broken')
      expect((await storage.partners.all()).map(plain)).toEqual([plain(LYNC)])
    })

    test('nobody sees a change that is half done', async () => {
      await storage.partners.add(LYNC)
      const changes = Array.from({ length: 20 }, (_, i) =>
        storage.partners.replace({
          ...LYNC,
          certificates: i % 2 === 0 ? [first, second, third] : [second, first],
        }),
      )
      const reads = await Promise.all(
        changes.flatMap((change) => [change.then(() => storage.partners.all()), storage.partners.all()]),
      )
      for (const [partner] of reads) expect([2, 3]).toContain(partner!.certificates.length)
    })
  })

  describe('admin tokens', () => {
    const FIRST: AdminToken = { name: 'first', scope: 'administer', hash: 'aa', createdAt: 1_700_000_000 }
    const CI: AdminToken = {
      name: 'ci',
      scope: 'read',
      hash: 'bb',
      createdAt: 1_700_000_001,
      lastUsedAt: 1_700_000_002,
      expiresAt: 1_800_000_000,
    }
    const nothing = () => undefined
    const fail = () => {
      throw new Error('broken')
    }
    const tokens = () => storage.adminTokens

    test('they come back as they were added, in order, and what is absent stays absent', async () => {
      expect(await tokens().add(FIRST)).toBe('added')
      expect(await tokens().add(CI)).toBe('added')
      expect(await tokens().all()).toStrictEqual([FIRST, CI])
    })

    test('a name is given once, also to two at once, and so is a hash', async () => {
      const answers = await Promise.all([FIRST, { ...CI, name: 'first' }].map((one) => tokens().add(one)))
      expect(answers.sort()).toEqual(['added', 'name taken'])
      await expect(tokens().add({ ...CI, hash: FIRST.hash })).rejects.toThrow(/UNIQUE/)
      expect(await tokens().all()).toStrictEqual([FIRST])
    })

    test('a new secret replaces the old, and what ran with it failed leaves the old', async () => {
      for (const one of [FIRST, CI]) await tokens().add(one)
      const { lastUsedAt, ...rest } = CI
      const rotated = { ...rest, hash: 'cc', createdAt: 1_700_000_009 }
      await expect(tokens().replace(rotated, fail)).rejects.toThrow('broken')
      expect(await tokens().all()).toStrictEqual([FIRST, CI])
      expect(await tokens().replace(rotated, nothing)).toBe('replaced')
      expect(await tokens().all()).toStrictEqual([FIRST, rotated])
      let ran = false
      const run = () => {
        ran = true
      }
      expect(await tokens().replace({ ...CI, name: 'nobody', hash: 'dd' }, run)).toBe('missing')
      expect(await tokens().remove('nobody', run)).toBe('missing')
      expect(ran).toBe(false)
    })

    test('the last that administers and never expires cannot be removed, by two at once either', async () => {
      const boss: AdminToken = { ...FIRST, name: 'boss', hash: 'dd' }
      for (const one of [FIRST, CI, boss, { ...boss, name: 'soon', hash: 'ee', expiresAt: 1 }])
        await tokens().add(one)
      await expect(tokens().remove('first', fail)).rejects.toThrow('broken')
      expect(await tokens().all()).toHaveLength(4)
      const answers = await Promise.all(['first', 'boss'].map((name) => tokens().remove(name, nothing)))
      expect(answers).toEqual(['removed', 'last'])
      expect(await tokens().remove('ci', nothing)).toBe('removed')
      expect(await tokens().remove('soon', nothing)).toBe('removed')
      expect(await tokens().remove('boss', nothing)).toBe('last')
      expect(await tokens().all()).toStrictEqual([boss])
    })

    test('a use is noted for the secret that was used', async () => {
      for (const one of [FIRST, CI]) await tokens().add(one)
      await tokens().markUsed('bb', 1_700_000_500)
      await tokens().markUsed('no such hash', 1_700_000_600)
      expect(await tokens().all()).toStrictEqual([FIRST, { ...CI, lastUsedAt: 1_700_000_500 }])
    })
  })

  describe('directory', () => {
    const PILAR: User = {
      sid: 'S-1-5-21-1-2-3-1105',
      upn: 'pilar@litwareinc.com',
      displayName: 'Pilar',
      enabled: false,
      mailboxEnabled: false,
      archivingEnabled: true,
    }

    test('users come back as they were added, in order, and what is absent stays absent', async () => {
      expect(await storage.directory.add(PILAR)).toBe('added')
      expect(await storage.directory.add(KEN)).toBe('added')
      expect(await storage.directory.list()).toStrictEqual([PILAR, KEN])
    })

    test('every key finds its user in any case, a SIP address with or without its scheme', async () => {
      await storage.directory.add(KEN)
      await storage.directory.add(PILAR)
      const find = async (...query: Parameters<typeof storage.directory.find>) =>
        (await storage.directory.find(...query)).map(({ displayName }) => displayName)
      expect(await find('sid', KEN.sid.toLowerCase())).toEqual(['Ken Myer'])
      expect(await find('upn', 'KenMyer@LITWAREINC.com')).toEqual(['Ken Myer'])
      expect(await find('smtp', 'ken.myer@litwareinc.com')).toEqual(['Ken Myer'])
      expect(await find('sip', 'SIP:kenmyer@litwareinc.com')).toEqual(['Ken Myer'])
      expect(await find('sip', 'kenmyer@litwareinc.com')).toEqual(['Ken Myer'])
      expect(await find('smtp', 'kenmyer@litwareinc.com')).toEqual([])
      expect(await find('smtp', '')).toEqual([])
    })

    test('a SID is unique in any case, an address is not', async () => {
      await storage.directory.add(KEN)
      expect(await storage.directory.add({ ...PILAR, sid: KEN.sid.toLowerCase() })).toBe('exists')
      expect(await storage.directory.add({ ...KEN, sid: 'S-1-5-21-9' })).toBe('added')
      expect(await storage.directory.find('upn', KEN.upn)).toHaveLength(2)
    })

    test('of two that add the same SID at once exactly one succeeds', async () => {
      const answers = await Promise.all(
        [KEN, { ...PILAR, sid: KEN.sid }].map((user) => storage.directory.add(user)),
      )
      expect(answers.sort()).toEqual(['added', 'exists'])
    })

    test('a removed user is gone', async () => {
      await storage.directory.add(KEN)
      expect(await storage.directory.remove(KEN.sid.toLowerCase())).toBe('removed')
      expect(await storage.directory.remove(KEN.sid)).toBe('missing')
      expect(await storage.directory.find('upn', KEN.upn)).toEqual([])
      expect(await storage.directory.search('ken', 10)).toEqual([])
      expect(await storage.directory.servesDomain('litwareinc.com')).toBe(false)
    })

    describe('searched', () => {
      const person = (number: number, displayName: string, smtp: string): User => ({
        ...KEN,
        sid: `S-1-5-21-1-2-3-${number}`,
        upn: `u${number}@corp.litwareinc.com`,
        sip: `sip:u${number}@litwareinc.com`,
        displayName,
        smtp,
      })
      const found = async (...query: Parameters<typeof storage.directory.search>) =>
        (await storage.directory.search(...query)).map(({ displayName }) => displayName)

      beforeEach(async () => {
        await storage.directory.add(person(2001, 'Ken Myer', 'ken.myer@litwareinc.com'))
        await storage.directory.add(person(2002, 'Myra Kent', 'myra@fabrikam.com'))
        await storage.directory.add(person(2003, 'Jörg Müller-Öz', "o'jorg@litwareinc.com"))
        await storage.directory.add({
          ...person(2004, 'Ken Nobox', 'nobox@contoso.com'),
          mailboxEnabled: false,
        })
        const { smtp: _, ...without } = person(2005, 'Ken Without', '')
        await storage.directory.add(without)
      })

      test.each([
        ['the beginning of a name', 'ken', ['Ken Myer', 'Myra Kent']],
        ['any word of it', 'my', ['Ken Myer', 'Myra Kent']],
        ['the words in either order', 'Myer, K', ['Ken Myer']],
        ['no accents and no case', 'MULLER', ['Jörg Müller-Öz']],
        ['accents in another form', 'Jo\u0308rg', ['Jörg Müller-Öz']],
        ['an alias', "O'jo", ['Jörg Müller-Öz']],
        ['an address', 'myra@fabrikam.com', ['Myra Kent']],
        ['a UPN', 'u2001@', ['Ken Myer']],
        ['what is within a word', 'yer', []],
        ['a pattern', '%', []],
        ['another pattern', 'k_n', []],
        ['nobody', 'zzz', []],
      ])('people with a mailbox are found by %s', async (_, beginning, names) => {
        expect(await found(beginning, 10)).toEqual(names)
      })

      test('a person of several names that begin alike is found once, and no more than asked for', async () => {
        await storage.directory.add(person(2006, 'Ken Kenneth Kennard', 'ken.kennard@litwareinc.com'))
        const all = ['Ken Kenneth Kennard', 'Ken Myer', 'Myra Kent']
        expect((await found('ken', 10)).sort()).toEqual(all)
        for (const limit of [1, 2, 3]) expect(new Set(await found('ken', limit)).size).toBe(limit)
        expect((await found('', 10)).sort()).toEqual(['Jörg Müller-Öz', ...all])
      })

      test('a domain is served where somebody has a mailbox in it, in any case', async () => {
        const served = ['litwareinc.com', 'FABRIKAM.COM', 'contoso.com', 'inc.com', 'corp.litwareinc.com', '']
        expect(await Promise.all(served.map(storage.directory.servesDomain))).toEqual([
          true,
          true,
          false,
          false,
          false,
          false,
        ])
      })
    })
  })

  describe('mailboxes', () => {
    const folders = [ROOT, DRAFTS, INBOX, NOTES]
    const countsOf = async (id: string) => {
      const folder = (await storage.mailboxes.folders(OWNER)).find((one) => one.id === id)!
      return [folder.totalCount, folder.unreadCount, folder.childFolderCount]
    }
    beforeEach(() => storage.mailboxes.createMailbox(OWNER, folders))

    test('folders come back as they were made, in order, with no counts yet', async () => {
      const children: Record<string, number> = { 'root-id': 2, 'inbox-id': 1 }
      const expected = folders.map((folder) => ({
        ...folder,
        totalCount: 0,
        unreadCount: 0,
        childFolderCount: children[folder.id] ?? 0,
      }))
      expect(await storage.mailboxes.folders(OWNER)).toStrictEqual(expected)
      expect(await storage.mailboxes.folders('S-1-5-21-1-2-3-9999')).toEqual([])
    })

    test('a mailbox is made once, by exactly one of two at once', async () => {
      expect(await storage.mailboxes.createMailbox(OWNER, folders)).toBe('exists')
      const owner = 'S-1-5-21-1-2-3-1105'
      const theirs = folders.map((folder) => ({ ...folder, owner }))
      const create = () => storage.mailboxes.createMailbox(owner, theirs)
      expect((await Promise.all([create(), create()])).sort()).toEqual(['created', 'exists'])
      expect(await storage.mailboxes.folders(owner)).toHaveLength(4)
    })

    test('a mailbox with something wrong in it is not made at all', async () => {
      const owner = 'S-1-5-21-1-2-3-1106'
      const create = (wrong: Partial<NewFolder>) =>
        storage.mailboxes.createMailbox(
          owner,
          [ROOT, { ...INBOX, ...wrong }].map((folder) => ({ ...folder, owner })),
        )
      await expect(create({ id: 'root-id' })).rejects.toThrow(/UNIQUE/)
      await expect(create({ distinguished: 'root' })).rejects.toThrow(/UNIQUE/)
      await expect(create({ parentId: 'no-such-folder' })).rejects.toThrow(/FOREIGN KEY/)
      expect(await storage.mailboxes.folders(owner)).toEqual([])
      expect(await create({})).toBe('created')
    })

    test('an item comes back as it was added, to its owner alone', async () => {
      expect(await storage.mailboxes.addItem(ITEM)).toBe('added')
      expect(await storage.mailboxes.item(OWNER, ITEM.id)).toStrictEqual(ITEM)
      expect(await storage.mailboxes.item('S-1-5-21-1-2-3-9999', ITEM.id)).toBeUndefined()
      expect(await storage.mailboxes.item(OWNER, 'no-such-item')).toBeUndefined()
    })

    test('an item needs a folder of its owner, and an id of its own', async () => {
      expect(await storage.mailboxes.addItem({ ...ITEM, folderId: 'no-such-folder' })).toBe('folder missing')
      expect(await storage.mailboxes.addItem({ ...ITEM, owner: 'S-1-5-21-1-2-3-9999' })).toBe(
        'folder missing',
      )
      await storage.mailboxes.addItem(ITEM)
      await expect(storage.mailboxes.addItem(ITEM)).rejects.toThrow(/UNIQUE/)
      expect(await countsOf('inbox-id')).toEqual([1, 1, 1])
    })

    test('counts follow the items', async () => {
      await storage.mailboxes.addItem(ITEM)
      await storage.mailboxes.addItem({ ...ITEM, id: 'item-2', isRead: true })
      expect(await countsOf('inbox-id')).toEqual([2, 1, 1])
      expect(await storage.mailboxes.moveItem(OWNER, 'item-1', 'drafts-id', 'ck9')).toBe('moved')
      expect(await countsOf('inbox-id')).toEqual([1, 0, 1])
      expect(await countsOf('drafts-id')).toEqual([1, 1, 0])
      expect(await storage.mailboxes.item(OWNER, 'item-1')).toStrictEqual({
        ...ITEM,
        folderId: 'drafts-id',
        changeKey: 'ck9',
      })
      expect(await storage.mailboxes.removeItem(OWNER, 'item-1')).toBe('removed')
      expect(await storage.mailboxes.removeItem(OWNER, 'item-1')).toBe('missing')
      expect(await countsOf('drafts-id')).toEqual([0, 0, 0])
    })

    test('what is not there cannot be moved, nor moved to', async () => {
      await storage.mailboxes.addItem(ITEM)
      expect(await storage.mailboxes.moveItem(OWNER, 'no-such-item', 'drafts-id', 'x')).toBe('missing')
      expect(await storage.mailboxes.moveItem(OWNER, ITEM.id, 'no-such-folder', 'x')).toBe('missing')
      expect(await storage.mailboxes.moveItem('S-1-5-21-1-2-3-9999', ITEM.id, 'drafts-id', 'x')).toBe(
        'missing',
      )
      expect(await storage.mailboxes.removeItem('S-1-5-21-1-2-3-9999', ITEM.id)).toBe('missing')
      expect(await storage.mailboxes.item(OWNER, ITEM.id)).toStrictEqual(ITEM)
    })

    test('calls that run at once do not end up in each other’s transactions', async () => {
      const ids = Array.from({ length: 60 }, (_, i) => `item-${i}`)
      const add = (id: string, i: number) =>
        i % 3 === 2
          ? storage.mailboxes.addItem({ ...ITEM, id: 'item-0' })
          : storage.mailboxes.addItem({ ...ITEM, id })
      const answers = await Promise.allSettled(ids.map(add))
      const kept = ids.filter((_, i) => i % 3 !== 2)
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(kept.length)
      expect(await countsOf('inbox-id')).toEqual([kept.length, kept.length, 1])
      for (const id of kept) expect(await storage.mailboxes.item(OWNER, id)).toMatchObject({ id })
    })

    test('calls under way are done before it closes', async () => {
      const adding = Array.from({ length: 20 }, (_, i) =>
        storage.mailboxes.addItem({ ...ITEM, id: `item-${i}` }),
      )
      const { close } = storage
      await close()
      storage = await open()
      expect(await Promise.all(adding)).toEqual(adding.map(() => 'added'))
    })
  })

  test.each(Object.entries(ODD_TEXTS))('text comes back as it was: %s', async (_, text) => {
    await storage.directory.add({ ...KEN, upn: `${text}x`, displayName: text })
    expect(await storage.directory.find('upn', `${text}X`)).toStrictEqual([
      { ...KEN, upn: `${text}x`, displayName: text },
    ])
    await storage.partners.add({ ...LYNC, identity: text })
    expect((await storage.partners.all())[0]!.identity).toBe(text)
    expect(await storage.partners.remove(text)).toBe('removed')
    await storage.mailboxes.createMailbox(OWNER, [{ ...ROOT, id: text }])
    await storage.mailboxes.addItem({ ...ITEM, folderId: text, id: text, subject: text, content: text })
    expect(await storage.mailboxes.item(OWNER, text)).toMatchObject({ subject: text, content: text })
  })
})

describe('a sqlite file', () => {
  test('holds everything after it was closed and opened again', async () => {
    const path = newFile()
    const before = await openSqlite(path)
    await before.partners.add(LYNC)
    await before.directory.add(KEN)
    await before.mailboxes.createMailbox(OWNER, [ROOT, INBOX])
    await before.mailboxes.addItem(ITEM)
    const token = { name: 'ci', scope: 'read', hash: 'aa', createdAt: 1 } as const
    await before.adminTokens.add(token)
    await before.close()
    const after = await openSqlite(path)
    expect((await after.partners.all()).map(plain)).toEqual([plain(LYNC)])
    expect(await after.directory.list()).toStrictEqual([KEN])
    expect(await after.mailboxes.folders(OWNER)).toHaveLength(2)
    expect(await after.mailboxes.item(OWNER, ITEM.id)).toStrictEqual(ITEM)
    expect(await after.adminTokens.all()).toStrictEqual([token])
    await after.close()
  })

  test('two connections write at once and see what the other wrote', async () => {
    const path = newFile()
    const [one, two] = await Promise.all([openSqlite(path), openSqlite(path)])
    await one.mailboxes.createMailbox(OWNER, [ROOT, INBOX])
    const ids = Array.from({ length: 100 }, (_, i) => `item-${i}`)
    await Promise.all(ids.map((id, i) => (i % 2 === 0 ? one : two).mailboxes.addItem({ ...ITEM, id })))
    expect((await one.mailboxes.folders(OWNER))[1]).toMatchObject({ totalCount: 100 })
    expect((await two.mailboxes.folders(OWNER))[1]).toMatchObject({ totalCount: 100 })
    const answers = await Promise.all([one, two].map(({ partners }) => partners.add(LYNC)))
    expect(answers.sort()).toEqual(['added', 'identity taken'])
    await Promise.all([one.close(), two.close()])
  })

  test('is for its owner alone, and so is the folder made for it', async () => {
    const path = newFile()
    const storage = await openSqlite(path)
    await storage.directory.add(KEN)
    const modeOf = (file: string) => statSync(file).mode & 0o777
    expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600])
    expect(modeOf(join(path, '..'))).toBe(0o700)
    await storage.close()
  })

  test('that is something else is left alone, and said so by name', async () => {
    const path = join(newFile(), '..', '..', 'letter.txt')
    writeFileSync(path, 'Dear Ken,\n'.repeat(200))
    await expect(openSqlite(path)).rejects.toThrow(
      `the database ${path} cannot be opened: file is not a database`,
    )
    expect(readFileSync(path, 'utf8')).toBe('Dear Ken,\n'.repeat(200))
    await expect(openSqlite(tmpdir())).rejects.toThrow(/cannot be opened: EISDIR/)
    await expect(openSqlite(join(path, 'data.sqlite'))).rejects.toThrow(/cannot be opened: \w+/)
  })

  test('of a program without a search finds the users of that time', async () => {
    const path = newFile()
    const before = await openSqlite(path)
    await before.directory.add(KEN)
    await before.close()
    await run(path, 'delete from user_names')
    const after = await openSqlite(path)
    expect(await after.directory.search('myer', 10)).toStrictEqual([KEN])
    await after.close()
  })

  test('that a newer program made is refused', async () => {
    const path = newFile()
    await (await openSqlite(path)).close()
    await setVersion(path, 99)
    await expect(openSqlite(path)).rejects.toThrow(
      /a newer program made it \(version 99, this program knows \d+\)/,
    )
  })
})

function certificateOf(server: string): Certificate {
  const read = readCertificate(readFileSync(join(CERTIFICATES, `${server}-oauth.pem`), 'utf8'), 'certificate')
  if (!read.ok) throw new Error(read.code)
  return read.value
}

// Key objects have no members to compare; the DER beside them says the same.
function plain({ certificates, ...partner }: Partner) {
  return { ...partner, certificates: certificates.map(({ publicKey, ...rest }) => rest) }
}

// Through the engine itself, as the stores have no word for it.
function setVersion(path: string, version: number): Promise<void> {
  return run(path, `update schema_version set version = ${version}`)
}

async function run(path: string, statement: string): Promise<void> {
  const { DatabaseSync } = await import('@photostructure/sqlite')
  const database = new DatabaseSync(path)
  database.exec(statement)
  database.close()
}
