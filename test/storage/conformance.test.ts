/** What every storage keeps to, whatever it is made of. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, readCertificate } from '../../src/protocol/certificate.ts'
import { AppId, Realm, WELL_KNOWN } from '../../src/protocol/ids.ts'
import { MIGRATIONS } from '../../src/storage/migrations.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { AdminToken } from '../../src/trust/admin-tokens.ts'
import type { User } from '../../src/trust/directory.ts'
import type { Partner } from '../../src/trust/partner.ts'
import type { OwnKey } from '../../src/trust/signing-keys.ts'
import { CERTIFICATES } from '../support/farm.ts'
import { INBOX, ITEM, KINDS, newFile, ODD_TEXTS, OWNER, ROOT } from './samples.ts'

// How many steps a database had been through before there were signing keys in it.
const BEFORE_SIGNING_KEYS = 6

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

  describe('signing keys', () => {
    const CURRENT: OwnKey = { certificate: first, state: 'current', since: 10, addedAt: 5 }
    const NEXT: OwnKey = {
      ...{ certificate: second, root: third.der, state: 'next', effectiveAt: 99 },
      ...{ since: 11, addedAt: 6 },
    }
    const bare = ({ keys, generation }: Awaited<ReturnType<Storage['signingKeys']['read']>>) => ({
      keys: keys.map(({ certificate, ...rest }) => ({ ...rest, x5t: certificate.x5t })),
      generation,
    })

    test('there are none at first', async () => {
      expect(await storage.signingKeys.read()).toEqual({ keys: [], generation: 0 })
    })

    test('they come back as they were written, in order, and what is absent stays absent', async () => {
      await storage.signingKeys.write([CURRENT], 1)
      await storage.signingKeys.write([NEXT, CURRENT], 2)
      const read = await storage.signingKeys.read()
      expect(bare(read)).toStrictEqual(bare({ keys: [NEXT, CURRENT], generation: 2 }))
      expect(read.keys[0]?.certificate.publicKey.equals(second.publicKey)).toBe(true)
    })

    test('two keys in one state are not written, and what was there stays', async () => {
      await storage.signingKeys.write([CURRENT], 1)
      const twice = { ...NEXT, state: 'current' as const }
      await expect(storage.signingKeys.write([CURRENT, twice], 2)).rejects.toThrow(/UNIQUE/)
      expect(bare(await storage.signingKeys.read())).toStrictEqual(bare({ keys: [CURRENT], generation: 1 }))
    })
  })

  describe('fetches of the document', () => {
    test('the last one of each is kept', async () => {
      const fetch = (issuer: string, generation: number) => ({ issuer, generation, fetchedAt: generation })
      for (const one of [fetch('b', 1), fetch('a', 1), fetch('b', 2)]) await storage.documentFetches.put(one)
      expect(await storage.documentFetches.all()).toStrictEqual([fetch('a', 1), fetch('b', 2)])
      for (const gone of ['a', 'c']) await storage.documentFetches.remove(gone)
      expect(await storage.documentFetches.all()).toStrictEqual([fetch('b', 2)])
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

    test('an address finds whose primary or other address it is, as long as they have it', async () => {
      const others = ['Info@litwareinc.com', 'ken@fabrikam.com']
      const many = { ...KEN, proxyAddresses: others }
      await storage.directory.add(many)
      await storage.directory.add({ ...PILAR, mailboxEnabled: true, smtp: others[0]! })
      const sids = async (address: string) =>
        (await storage.directory.findByAddress(address)).map(({ sid }) => sid)
      expect(await storage.directory.find('sid', KEN.sid)).toStrictEqual([many])
      expect(await sids('KEN.MYER@litwareinc.com')).toEqual([KEN.sid])
      expect(await sids('KEN@fabrikam.com')).toEqual([KEN.sid])
      expect(await sids(others[0]!.toLowerCase())).toEqual([KEN.sid, PILAR.sid])
      expect(await storage.directory.find('smtp', others[1]!)).toEqual([])
      expect(await storage.directory.servesDomain('Fabrikam.com')).toBe(true)
      expect(await storage.directory.search('info@', 10)).toHaveLength(2)
      expect(await storage.directory.replace({ ...many, proxyAddresses: ['k@contoso.com'] })).toBe('replaced')
      expect(await sids(others[1]!)).toEqual([])
      expect(await sids('k@contoso.com')).toEqual([KEN.sid])
      await storage.directory.remove(KEN.sid)
      expect(await sids('k@contoso.com')).toEqual([])
      expect(await storage.directory.servesDomain('contoso.com')).toBe(false)
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

    test('its version is another after each change, whatever came of it, before anybody hears of it', async () => {
      const { directory } = storage
      const changes: [() => Promise<unknown>, string][] = [
        [() => directory.add(KEN), 'added'],
        [() => directory.add(KEN), 'exists'],
        [() => directory.replace({ ...KEN, enabled: false }), 'replaced'],
        [() => directory.replace(PILAR), 'missing'],
        [() => directory.remove(KEN.sid), 'removed'],
        [() => directory.remove(KEN.sid), 'missing'],
        [() => directory.add({ ...KEN, displayName: 'a\0b' }).catch(() => 'failed'), 'failed'],
      ]
      const seen = [directory.version()]
      for (const [change, expected] of changes) {
        const [came, version] = await change().then((outcome) => [outcome, directory.version()])
        expect(came).toBe(expected)
        seen.push(version as number)
      }
      expect(new Set(seen).size).toBe(changes.length + 1)
      const { length } = await directory.list()
      await directory.find('upn', KEN.upn)
      await directory.findByAddress(KEN.upn)
      expect([length, directory.version()]).toEqual([0, seen.at(-1)])
    })

    test('what was found at the version that it still has is what is there, however looks and changes overlap', async () => {
      const { directory } = storage
      const looks: { version: number | undefined; found: Promise<User[]> }[] = []
      const look = () => looks.push({ version: directory.version(), found: directory.find('upn', KEN.upn) })
      const checked = { still: 0, noLonger: 0 }
      for (let round = 0; round < 40; round++) {
        look()
        const changes = [directory.add(KEN), directory.replace({ ...KEN, enabled: round % 2 === 0 })]
        look()
        if (round % 3 === 0) changes.push(directory.remove(KEN.sid) as never)
        for (const change of changes) {
          await change
          look()
          const now = directory.version()
          const there = await directory.find('upn', KEN.upn)
          for (const { version, found } of looks) {
            checked[version === now ? 'still' : 'noLonger']++
            if (version === now) expect(await found).toStrictEqual(there)
          }
        }
      }
      expect(checked.still).toBeGreaterThan(40)
      expect(checked.noLonger).toBeGreaterThan(40)
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
    expect(await storage.mailboxes.item(text)).toMatchObject({ subject: text, content: text })
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
    const refresh = {
      ...{ generation: 3, nextAt: 1_800_000_000, etag: '"x"' },
      failure: { since: 1, at: 2, times: 2, code: 'metadata_unreachable' as const, detail: 'nobody' },
    }
    const revokedKeys = [second.x5t]
    await before.partners.replace({ ...LYNC, refresh, revokedKeys })
    await before.close()
    const after = await openSqlite(path)
    expect((await after.partners.all()).map(plain)).toEqual([plain({ ...LYNC, refresh, revokedKeys })])
    expect(await after.directory.list()).toStrictEqual([KEN])
    expect(await after.mailboxes.folders(OWNER)).toHaveLength(2)
    expect(await after.mailboxes.item(ITEM.id)).toStrictEqual(ITEM)
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

  test('of an older program is brought up to date, and nothing in it is lost', async () => {
    const path = newFile()
    await (await openSqlite(path)).close()
    const old = join(path, '..', 'old.sqlite')
    const { DatabaseSync } = await import('@photostructure/sqlite')
    const database = new DatabaseSync(old)
    const steps = MIGRATIONS.slice(0, BEFORE_SIGNING_KEYS)
    for (const statement of ['create table schema_version (version integer not null)', ...steps.flat()])
      database.exec(String(statement))
    database.exec(`insert into schema_version values (${BEFORE_SIGNING_KEYS})`)
    database.exec(
      `insert into partners (identity, identity_key, application_id, realm, issuer, source_kind, source_url, trust_level,
        enabled, accept_sids, created_at, updated_at, refreshed_at)
       values ('Old', 'old', '${WELL_KNOWN.lync}', 'r', 'i', 'metadata', 'https://a/', 'Full', 1, 0, 1, 2, 3)`,
    )
    database.close()
    const storage = await openSqlite(old)
    const [partner] = await storage.partners.all()
    expect(partner).toMatchObject({ identity: 'Old', refreshedAt: 3 })
    expect(partner).not.toHaveProperty('refresh')
    expect(await storage.signingKeys.read()).toEqual({ keys: [], generation: 0 })
    await storage.close()
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

  test('of a program that noted nothing of certificates has the same partners, keys and all', async () => {
    const path = newFile()
    const before = await openSqlite(path)
    await before.partners.add(LYNC)
    await before.close()
    await run(
      path,
      'update partner_certificates set x5t = null, subject = null, not_before = null, not_after = null, key_mark = null',
    )
    const after = await openSqlite(path)
    const [partner] = await after.partners.all()
    expect(plain(partner!)).toStrictEqual(plain(LYNC))
    for (const [place, { publicKey }] of LYNC.certificates.entries())
      expect(partner!.certificates[place]?.publicKey.equals(publicKey)).toBe(true)
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
  return {
    ...partner,
    certificates: certificates.map(({ der, x5t, subject, notBefore, notAfter }) => ({
      ...{ der, x5t, subject, notBefore, notAfter },
    })),
  }
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
