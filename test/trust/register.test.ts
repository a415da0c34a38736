/** Partner applications: registered, refreshed, changed and removed, each in force from the next token on. */
import {
  readAuthDocument,
  writeFullDocument,
  writeSharePointDocument,
} from '../../src/protocol/auth-document.ts'
import { Realm } from '../../src/protocol/ids.ts'
import { accept, type Outcome, refuse } from '../../src/protocol/outcome.ts'
import { formatAudience } from '../../src/protocol/principal.ts'
import type { JsonObject } from '../../src/protocol/strict-json.ts'
import { openMemory } from '../../src/storage/sqlite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { admit } from '../../src/trust/admit.ts'
import { audienceOf } from '../../src/trust/mint.ts'
import type { Partner } from '../../src/trust/partner.ts'
import {
  openPartners,
  type Partners,
  type RegisterContext,
  type Registration,
} from '../../src/trust/register.ts'
import {
  actor,
  certificateOf,
  EXCHANGE,
  forUser,
  identity,
  KEYS,
  keyFile,
  LYNC,
  NOW,
  principal,
  STRANGER,
  situation,
  type TestKey,
} from '../support/tokens.ts'

const URL = 'https://lync.litwareinc.com/metadata/json/1'

let storage: Storage
let partners: Partners
let now: number
/** What the network answers, and what was asked of it. */
let published: Map<string, Outcome<string> | (() => Promise<Outcome<string>>)>
let asked: string[]
let authorities: (string | undefined)[]

beforeEach(async () => {
  storage = await openMemory()
  now = NOW
  published = new Map()
  asked = []
  authorities = []
  partners = await open()
})
afterEach(() => storage.close())

function open(more: Partial<RegisterContext> = {}): Promise<Partners> {
  return openPartners({
    ...more,
    self: identity(),
    store: storage.partners,
    now: () => now,
    download: async (url, certificateAuthority) => {
      asked.push(url)
      authorities.push(certificateAuthority)
      const answer = published.get(url) ?? refuse('metadata_unreachable', { at: url })
      const text = typeof answer === 'function' ? await answer() : answer
      return text.ok ? accept({ text: text.value }) : text
    },
  })
}

function documentOf(
  name: string,
  keys: readonly TestKey[] = [KEYS.partner],
  change: JsonObject = {},
): JsonObject {
  return {
    ...writeFullDocument({
      name: 'Lync',
      application: principal(name),
      documentId: '70b34511-d105-4e2b-9675-39f53305bb01',
      location: URL,
      certificates: keys.map(certificateOf),
    }),
    ...change,
  }
}

const publish = (document: JsonObject, url = URL) => published.set(url, accept(JSON.stringify(document)))

function registration(change: Partial<Registration> = {}): Registration {
  return {
    identity: 'Lync',
    keys: { kind: 'metadata', url: URL },
    trustLevel: 'Full',
    enabled: true,
    acceptSids: false,
    ...change,
  }
}
const fromDocument = (document: JsonObject, change: Partial<Registration> = {}) =>
  registration({ keys: { kind: 'document', document }, ...change })
const fromCertificate = (name: string, certificate: string, change: Partial<Registration> = {}) =>
  registration({ keys: { kind: 'certificate', application: principal(name), certificate }, ...change })

/** What a token of the partner would be told now. */
function told(token = forUser()): string {
  const outcome = admit(token, { ...situation({ now }), partnerOf: partners.byIssuer })
  return outcome.ok ? 'accepted' : outcome.code
}

function thumbprints(partner: Partner | undefined): string[] | undefined {
  return partner?.certificates.map(({ x5t }) => x5t)
}

function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.code
}

/** A promise to be kept later, so that two things can happen in a chosen order. */
function later<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

describe('a partner is registered', () => {
  test('from the document behind a URL, and its tokens count from then on', async () => {
    publish(documentOf(LYNC))
    expect(told()).toBe('issuer_unknown')
    expect(await partners.register(registration())).toMatchObject({
      ok: true,
      value: {
        identity: 'Lync',
        application: principal(LYNC),
        issuer: LYNC,
        source: { kind: 'metadata', url: URL },
        trustLevel: 'Full',
        createdAt: NOW,
        updatedAt: NOW,
        refreshedAt: NOW,
      },
    })
    expect(asked).toEqual([URL])
    expect(told()).toBe('accepted')
  })

  test('from a document at hand, without a download', async () => {
    expect(codeOf(await partners.register(fromDocument(documentOf(LYNC))))).toBe('ok')
    expect(asked).toEqual([])
    expect(told()).toBe('accepted')
  })

  test('from a document in the spelling of SharePoint', async () => {
    const sharepoint = '00000003-0000-0ff1-ce00-000000000000@af90cc03-4a26-45e9-906a-609cebcebbde'
    const document = writeSharePointDocument({
      ...{ name: 'SharePoint', application: principal(sharepoint), documentId: '', location: '' },
      certificates: [certificateOf(KEYS.stranger)],
    })
    expect(await partners.register(fromDocument(document, { identity: 'SharePoint' }))).toMatchObject({
      ok: true,
    })
    expect(partners.byIssuer(sharepoint)?.identity).toBe('SharePoint')
  })

  test('from a certificate with an application id and a realm', async () => {
    expect(await partners.register(fromCertificate(LYNC, KEYS.partner.pem))).toMatchObject({
      ok: true,
      value: { issuer: LYNC, source: { kind: 'certificate' } },
    })
    expect(told()).toBe('accepted')
  })

  test('and is still there, key and all, when the server starts again', async () => {
    await partners.register(fromDocument(documentOf(LYNC, [KEYS.partnerNext, KEYS.partner])))
    partners = await open()
    expect(thumbprints(partners.get('lync'))).toEqual([KEYS.partnerNext.x5t, KEYS.partner.x5t])
    expect(told()).toBe('accepted')
  })

  test('disabled, and is refused until it is enabled', async () => {
    await partners.register(fromDocument(documentOf(LYNC), { enabled: false }))
    expect(told()).toBe('partner_disabled')
  })

  test('for any realm, and then speaks in each', async () => {
    const any = LYNC.replace('litwareinc.com', '*')
    await partners.register(fromDocument(documentOf(any)))
    for (const realm of ['litwareinc.com', 'fabrikam.com', 'af90cc03-4a26-45e9-906a-609cebcebbde']) {
      const iss = LYNC.replace('litwareinc.com', realm)
      expect(told(forUser(actor({ iss, nameid: iss }), { iss }))).toBe('accepted')
    }
    for (const realm of ['a b', '../x', '\u202e', 'x'.repeat(5_000), '*']) {
      const iss = LYNC.replace('litwareinc.com', realm)
      expect(told(actor({ iss, nameid: iss }))).toBe('issuer_unknown')
    }
    const elsewhere = STRANGER.replace('fabrikam.com', '*')
    expect(told(actor({ iss: elsewhere, nameid: elsewhere }))).toBe('issuer_unknown')
    const twice = `${LYNC}@fabrikam.com`
    expect(told(actor({ iss: twice, nameid: twice }))).toBe('issuer_unknown')
    expect(told(actor({ nameid: STRANGER }))).toBe('actor_not_partner')
  })

  test('for any realm, and acts only for the realm its own token names', async () => {
    await partners.register(fromDocument(documentOf(LYNC.replace('litwareinc.com', '*'))))
    const [iss, nameid] = [LYNC, LYNC.replace('litwareinc.com', 'fabrikam.com')]
    expect(told(actor({ iss, nameid }))).toBe('actor_not_partner')
  })

  test('for one realm, and speaks in no other', async () => {
    await partners.register(fromDocument(documentOf(LYNC)))
    const iss = LYNC.replace('litwareinc.com', 'fabrikam.com')
    expect(partners.byIssuer(iss)).toBeUndefined()
    expect(told(actor({ iss, nameid: iss }))).toBe('issuer_unknown')
  })
})

describe('a registration is refused, and nothing is kept,', () => {
  const REFUSED: [what: string, make: () => Registration, code: string, at: string][] = [
    ['when the document cannot be downloaded', () => registration(), 'metadata_unreachable', URL],
    [
      'when the document is no JSON',
      () => {
        published.set(URL, accept('<html>'))
        return registration()
      },
      'document_not_json',
      'document',
    ],
    [
      'when the document lacks its keys',
      () => fromDocument(documentOf(LYNC, [])),
      'document_member_missing',
      'keys',
    ],
    [
      'when the certificate is none',
      () => fromCertificate(LYNC, 'certificate'),
      'certificate_malformed',
      'certificate',
    ],
    [
      'when the certificate’s key is weak',
      () => fromCertificate(LYNC, keyFile('weak-rsa-1024.cert.pem')),
      'certificate_weak',
      'certificate',
    ],
    [
      'when the document is this server’s own',
      () => fromDocument(documentOf(EXCHANGE, [KEYS.self])),
      'partner_is_self',
      'issuer',
    ],
    [
      'when the document has this server’s name and another key',
      () => fromDocument(documentOf(EXCHANGE)),
      'partner_is_self',
      'issuer',
    ],
    [
      'when the document has this server’s name in upper case',
      () => fromDocument(documentOf(EXCHANGE, [KEYS.partner], { issuer: EXCHANGE.replace('ff1', 'FF1') })),
      'partner_is_self',
      'issuer',
    ],
    [
      'when the document has this server’s name in a realm of other letters',
      () => fromDocument(documentOf(EXCHANGE.replace('litwareinc', 'LITWAREINC'))),
      'partner_is_self',
      'issuer',
    ],
    [
      'when the document has this server’s application id in any realm',
      () => fromDocument(documentOf(EXCHANGE.replace('litwareinc.com', '*'))),
      'partner_is_self',
      'issuer',
    ],
    [
      'when the document lists this server’s key among others',
      () => fromDocument(documentOf(LYNC, [KEYS.partner, KEYS.self])),
      'partner_key_shared',
      'keys',
    ],
    [
      'when the certificate is this server’s',
      () => fromCertificate(LYNC, KEYS.self.pem),
      'partner_key_shared',
      'keys',
    ],
  ]
  test.each(REFUSED)('%s', async (_what, make, code, at) => {
    expect(await partners.register(make())).toMatchObject({ ok: false, code, at })
    expect(partners.list()).toEqual([])
    expect(await storage.partners.all()).toEqual([])
  })

  test('but another server of this product in another realm is welcome', async () => {
    const other = EXCHANGE.replace('litwareinc.com', 'fabrikam.com')
    expect(codeOf(await partners.register(fromDocument(documentOf(other))))).toBe('ok')
  })

  test('but a server in this realm with another application id is welcome', async () => {
    expect(codeOf(await partners.register(fromDocument(documentOf(LYNC))))).toBe('ok')
  })
})

describe('of two partners', () => {
  test('the second of the same identity, in any case, is refused', async () => {
    await partners.register(fromDocument(documentOf(LYNC)))
    const second = await partners.register(
      fromDocument(documentOf(STRANGER, [KEYS.stranger]), { identity: 'LYNC' }),
    )
    expect(second).toMatchObject({ code: 'partner_identity_taken', at: 'identity' })
    expect(partners.byIssuer(STRANGER)).toBeUndefined()
  })

  test('the second of the same application id is refused, whatever its realm', async () => {
    await partners.register(fromDocument(documentOf(LYNC)))
    const other = documentOf(LYNC.replace('litwareinc.com', 'fabrikam.com'), [KEYS.stranger])
    expect(await partners.register(fromDocument(other, { identity: 'Other' }))).toMatchObject({
      code: 'partner_application_taken',
      at: 'applicationIdentifier',
    })
    expect(thumbprints(partners.byIssuer(LYNC))).toEqual([KEYS.partner.x5t])
  })

  test('registered at once under one identity, exactly one wins', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        partners.register(
          fromDocument(documentOf(`00000006-0000-0dd1-ac00-00000000000${index}@fabrikam.com`), {
            identity: index % 2 === 0 ? 'Partner' : 'PARTNER',
          }),
        ),
      ),
    )
    expect(outcomes.map(codeOf).sort()).toEqual(['ok', ...Array(9).fill('partner_identity_taken')])
    expect(await storage.partners.all()).toHaveLength(1)
    expect(partners.list()).toHaveLength(1)
  })

  test('registered at once with one application id, exactly one wins', async () => {
    publish(documentOf(LYNC))
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        partners.register(registration({ identity: `Partner ${index}` })),
      ),
    )
    expect(outcomes.map(codeOf).sort()).toEqual(['ok', ...Array(9).fill('partner_application_taken')])
    const winner = outcomes.find((outcome) => outcome.ok)
    expect(partners.byIssuer(LYNC)?.identity).toBe(winner?.value.identity)
  })
})

describe('refreshing', () => {
  beforeEach(async () => {
    publish(documentOf(LYNC))
    await partners.register(registration())
    now = NOW + 60
  })
  const next = () => forUser(actor({}, {}, KEYS.partnerNext))

  test('adopts a new key beside the old one', async () => {
    expect(told(next())).toBe('key_unknown')
    publish(documentOf(LYNC, [KEYS.partner, KEYS.partnerNext]))
    expect(await partners.refresh('LYNC')).toMatchObject({
      ok: true,
      value: { refreshedAt: NOW + 60, updatedAt: NOW, createdAt: NOW },
    })
    expect([told(), told(next())]).toEqual(['accepted', 'accepted'])
  })

  test('forgets a key that is published no longer', async () => {
    publish(documentOf(LYNC, [KEYS.partnerNext]))
    await partners.refresh('Lync')
    expect([told(), told(next())]).toEqual(['key_unknown', 'accepted'])
    partners = await open()
    expect(told()).toBe('key_unknown')
  })

  const KEPT: [what: string, change: () => void, code: string][] = [
    ['is unreachable', () => published.delete(URL), 'metadata_unreachable'],
    ['serves a page of HTML', () => published.set(URL, accept('<html>')), 'document_not_json'],
    ['publishes no key', () => publish(documentOf(LYNC, [])), 'document_member_missing'],
    ['names another application', () => publish(documentOf(STRANGER, [KEYS.partnerNext])), 'partner_changed'],
    [
      'names another realm',
      () => publish(documentOf(LYNC.replace('litwareinc', 'fabrikam'), [KEYS.partnerNext])),
      'partner_changed',
    ],
    [
      'names any realm',
      () => publish(documentOf(LYNC.replace('litwareinc.com', '*'), [KEYS.partnerNext])),
      'partner_changed',
    ],
    [
      'publishes this server’s own key',
      () => publish(documentOf(LYNC, [KEYS.partnerNext, KEYS.self])),
      'partner_key_shared',
    ],
  ]
  test.each(KEPT)('keeps the old keys when the partner %s', async (_what, change, code) => {
    const before = partners.get('Lync')
    change()
    expect(codeOf(await partners.refresh('Lync'))).toBe(code)
    expect(partners.get('Lync')).toEqual({ ...before, refresh: expect.objectContaining({ generation: 1 }) })
    expect((await storage.partners.all()).map(thumbprints)).toEqual([[KEYS.partner.x5t]])
    expect([told(), told(next())]).toEqual(['accepted', 'key_unknown'])
  })

  test('asks only the URL that was registered', async () => {
    await partners.refresh('Lync')
    expect(asked).toEqual([URL, URL])
  })

  test('is refused for a partner without a URL, and for nobody', async () => {
    await partners.register(fromCertificate(STRANGER, KEYS.stranger.pem, { identity: 'Stranger' }))
    expect(codeOf(await partners.refresh('Stranger'))).toBe('partner_without_source')
    expect(codeOf(await partners.refresh('Nobody'))).toBe('partner_not_found')
  })

  test('leaves a partner disabled that was disabled meanwhile', async () => {
    const answer = later<Outcome<string>>()
    published.set(URL, () => answer.promise)
    const refreshed = partners.refresh('Lync')
    await partners.change('Lync', { enabled: false })
    answer.resolve(accept(JSON.stringify(documentOf(LYNC, [KEYS.partnerNext]))))
    expect(codeOf(await refreshed)).toBe('ok')
    expect(told(next())).toBe('partner_disabled')
  })

  test('does not bring back a partner that was removed meanwhile', async () => {
    const answer = later<Outcome<string>>()
    published.set(URL, () => answer.promise)
    const refreshed = partners.refresh('Lync')
    await partners.remove('Lync')
    answer.resolve(accept(JSON.stringify(documentOf(LYNC))))
    expect(codeOf(await refreshed)).toBe('partner_not_found')
    expect(told()).toBe('issuer_unknown')
    expect(await storage.partners.all()).toEqual([])
  })

  test('never gives one partner’s keys to another that took its identity meanwhile', async () => {
    const answer = later<Outcome<string>>()
    published.set(URL, () => answer.promise)
    const refreshed = partners.refresh('Lync')
    await partners.remove('Lync')
    await partners.register(fromDocument(documentOf(STRANGER, [KEYS.stranger])))
    answer.resolve(accept(JSON.stringify(documentOf(LYNC, [KEYS.partner]))))
    expect(codeOf(await refreshed)).toBe('partner_changed')
    expect(thumbprints(partners.get('Lync'))).toEqual([KEYS.stranger.x5t])
    expect(told(actor({ iss: STRANGER, nameid: STRANGER }))).toBe('key_unknown')
  })

  test('does not undo a change of the keys made meanwhile', async () => {
    const answer = later<Outcome<string>>()
    published.set(URL, () => answer.promise)
    const refreshed = partners.refresh('Lync')
    await partners.change('Lync', { keys: { kind: 'certificate', certificate: KEYS.partnerNext.pem } })
    answer.resolve(accept(JSON.stringify(documentOf(LYNC, [KEYS.partner]))))
    await refreshed
    expect([told(), told(next())]).toEqual(['key_unknown', 'accepted'])
    expect(partners.get('Lync')?.source).toEqual({ kind: 'certificate' })
  })
})

describe('a change', () => {
  beforeEach(async () => {
    publish(documentOf(LYNC))
    await partners.register(registration())
    now = NOW + 60
  })

  test('of enabled is in force for the next token, each way', async () => {
    expect(await partners.change('lync', { enabled: false })).toMatchObject({
      ok: true,
      value: { enabled: false },
    })
    expect(told()).toBe('partner_disabled')
    await partners.change('lync', { enabled: true })
    expect(told()).toBe('accepted')
  })

  test('of the trust level is in force for the next token', async () => {
    await partners.change('Lync', { trustLevel: 'Application' })
    expect([told(), told(actor())]).toEqual(['trust_level_forbids_user', 'accepted'])
    await partners.change('Lync', { trustLevel: 'User' })
    expect([told(), told(actor())]).toEqual(['trust_level_forbids_user', 'trust_level_forbids_application'])
  })

  test('of one setting leaves the others and is dated', async () => {
    const before = partners.get('Lync')
    await partners.change('Lync', { acceptSids: true })
    expect(partners.get('Lync')).toEqual({ ...before, acceptSids: true, updatedAt: NOW + 60 })
    expect(await storage.partners.all()).toMatchObject([{ acceptSids: true, updatedAt: NOW + 60 }])
  })

  test('of the keys to a certificate replaces them for the same application', async () => {
    await partners.change('Lync', { keys: { kind: 'certificate', certificate: KEYS.partnerNext.pem } })
    expect(partners.byIssuer(LYNC)?.source).toEqual({ kind: 'certificate' })
    expect(told()).toBe('key_unknown')
    expect(told(actor({}, {}, KEYS.partnerNext))).toBe('accepted')
  })

  test('of the keys to a document of another application is refused, and the settings beside it too', async () => {
    const document = documentOf(STRANGER, [KEYS.stranger])
    const outcome = await partners.change('Lync', {
      keys: { kind: 'document', document },
      trustLevel: 'User',
    })
    expect(outcome).toMatchObject({ code: 'partner_changed', at: 'issuer' })
    expect(told()).toBe('accepted')
  })

  test('of the keys to this server’s own is refused', async () => {
    const keys = { kind: 'certificate', certificate: KEYS.self.pem } as const
    expect(codeOf(await partners.change('Lync', { keys }))).toBe('partner_key_shared')
    expect(told()).toBe('accepted')
  })

  test('of nobody is refused', async () => {
    expect(codeOf(await partners.change('Nobody', { enabled: false }))).toBe('partner_not_found')
  })

  test('made at the same time as another keeps both', async () => {
    await Promise.all([
      partners.change('Lync', { acceptSids: true }),
      partners.change('Lync', { enabled: false }),
      partners.change('Lync', { trustLevel: 'User' }),
    ])
    const expected = { acceptSids: true, enabled: false, trustLevel: 'User' }
    expect(partners.get('Lync')).toMatchObject(expected)
    expect(await storage.partners.all()).toMatchObject([expected])
  })
})

describe('a key belongs to one server:', () => {
  const OTHER = { identity: 'Stranger' }
  const shared = { ok: false, code: 'partner_key_shared', at: 'keys' }
  beforeEach(async () => {
    publish(documentOf(LYNC))
    await partners.register(registration())
  })

  test.each([
    ['in a document', () => fromDocument(documentOf(STRANGER, [KEYS.stranger, KEYS.partner]), OTHER)],
    ['in a certificate', () => fromCertificate(STRANGER, KEYS.partner.pem, OTHER)],
    ['under a new certificate', () => fromCertificate(STRANGER, KEYS.partnerFuture.pem, OTHER)],
  ])('another partner’s is refused %s', async (_how, make) => {
    const outcome = await partners.register(make())
    expect(outcome).toMatchObject({
      ...shared,
      seen: expect.stringContaining('the partner application Lync'),
    })
    expect(partners.byIssuer(STRANGER)).toBeUndefined()
    expect(await storage.partners.all()).toHaveLength(1)
    expect(told()).toBe('accepted')
  })

  test('a disabled partner’s is refused too, a removed one’s is free', async () => {
    await partners.change('Lync', { enabled: false })
    expect(await partners.register(fromCertificate(STRANGER, KEYS.partner.pem, OTHER))).toMatchObject(shared)
    await partners.remove('Lync')
    expect(codeOf(await partners.register(fromCertificate(STRANGER, KEYS.partner.pem, OTHER)))).toBe('ok')
  })

  test('another partner’s is refused on refresh and on a change, and the old keys stay', async () => {
    const theirs = 'https://stranger.example/metadata/json/1'
    publish(documentOf(STRANGER, [KEYS.stranger]), theirs)
    await partners.register(registration({ ...OTHER, keys: { kind: 'metadata', url: theirs } }))
    const before = partners.get('Stranger')
    const document = documentOf(STRANGER, [KEYS.stranger, KEYS.partner])
    publish(document, theirs)
    expect(await partners.refresh('Stranger')).toMatchObject(shared)
    for (const keys of [
      { kind: 'metadata', url: theirs },
      { kind: 'document', document },
      { kind: 'certificate', certificate: KEYS.partner.pem },
    ] as const) {
      expect(await partners.change('Stranger', { keys, trustLevel: 'User' })).toMatchObject(shared)
    }
    expect(partners.get('Stranger')).toEqual({ ...before, refresh: expect.anything() })
    expect(told(actor({ iss: STRANGER, nameid: STRANGER }))).toBe('key_unknown')
  })

  test('of several that bring one key at once, one wins', async () => {
    await partners.remove('Lync')
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        partners.register(
          fromCertificate(`00000006-0000-0dd1-ac00-00000000000${index}@fabrikam.com`, KEYS.partner.pem, {
            identity: `Partner ${index}`,
          }),
        ),
      ),
    )
    expect(outcomes.map(codeOf).sort()).toEqual(['ok', ...Array(9).fill('partner_key_shared')])
  })

  test('a refresh does not bring a key that another partner was registered with meanwhile', async () => {
    const answer = later<Outcome<string>>()
    published.set(URL, () => answer.promise)
    const refreshed = partners.refresh('Lync')
    await partners.register(fromCertificate(STRANGER, KEYS.partnerNext.pem, OTHER))
    answer.resolve(accept(JSON.stringify(documentOf(LYNC, [KEYS.partner, KEYS.partnerNext]))))
    expect(await refreshed).toMatchObject(shared)
    expect(thumbprints(partners.get('Lync'))).toEqual([KEYS.partner.x5t])
  })

  test('a partner may bring its own again', async () => {
    publish(documentOf(LYNC, [KEYS.partner, KEYS.partnerFuture]))
    expect(codeOf(await partners.refresh('Lync'))).toBe('ok')
  })
})

test('no document of a partner changes the audience that is minted for another', async () => {
  const [theirs, host] = ['https://stranger.example/metadata/json/1', 'lync.litwareinc.com']
  publish(documentOf(LYNC))
  publish(documentOf(STRANGER, [KEYS.stranger]), theirs)
  await partners.register(registration())
  await partners.register(registration({ identity: 'Stranger', keys: { kind: 'metadata', url: theirs } }))
  const audiences = () => partners.list().map((partner) => formatAudience(audienceOf(partner, host)))
  const before = audiences()
  const [lync, stranger] = before
  expect([lync, stranger]).toEqual([LYNC, STRANGER].map((name) => name.replace('@', `/${host}@`)))
  for (const issuer of [LYNC, LYNC.replace('litwareinc.com', '*'), STRANGER.replace('fabrikam.com', '*')]) {
    for (const keys of [[KEYS.stranger], [KEYS.partner]]) {
      const document = { ...documentOf(STRANGER, keys), issuer, id: LYNC, realm: 'litwareinc.com' }
      publish(document, theirs)
      expect(codeOf(await partners.refresh('Stranger'))).not.toBe('ok')
      const change = { keys: { kind: 'document', document } } as const
      expect(codeOf(await partners.change('Stranger', change))).not.toBe('ok')
      const third = fromDocument(document, { identity: 'Third' })
      expect(codeOf(await partners.register(third))).not.toBe('ok')
      expect(audiences()).toEqual(before)
    }
  }
})

describe('the authority of a partner’s TLS certificate', () => {
  const [one, other] = [KEYS.stranger.pem, KEYS.partnerNext.pem]
  beforeEach(() => publish(documentOf(LYNC)))

  test('is trusted when its document is downloaded, first and again, and kept', async () => {
    const outcome = await partners.register(registration({ certificateAuthority: `# theirs\r\n${one}` }))
    expect(outcome).toMatchObject({ ok: true, value: { certificateAuthority: one } })
    await partners.refresh('Lync')
    partners = await open()
    await partners.refresh('Lync')
    expect(authorities).toEqual([one, one, one])
  })

  test('can be given later, replaced with others, and taken away', async () => {
    await partners.register(registration())
    await partners.change('Lync', { certificateAuthority: one })
    await partners.change('Lync', { enabled: true })
    await partners.refresh('Lync')
    await partners.change('Lync', { certificateAuthority: one + other })
    await partners.refresh('Lync')
    await partners.change('Lync', { certificateAuthority: null })
    await partners.refresh('Lync')
    expect(authorities).toEqual([undefined, one, one + other, undefined])
    expect(partners.get('Lync')).not.toHaveProperty('certificateAuthority')
  })

  test('is trusted already for the new URL it comes with', async () => {
    await partners.register(registration())
    await partners.change('Lync', { keys: { kind: 'metadata', url: URL }, certificateAuthority: one })
    expect(authorities).toEqual([undefined, one])
  })

  test('that was taken away meanwhile vouches for no keys', async () => {
    await partners.register(registration({ certificateAuthority: one }))
    const answer = later<Outcome<string>>()
    published.set(URL, () => answer.promise)
    const refreshed = partners.refresh('Lync')
    await partners.change('Lync', { certificateAuthority: null })
    answer.resolve(accept(JSON.stringify(documentOf(LYNC, [KEYS.partnerNext]))))
    await refreshed
    expect(thumbprints(partners.get('Lync'))).toEqual([KEYS.partner.x5t])
  })

  test.each([
    ['nothing', ''],
    ['text', 'certificate'],
    ['a private key', KEYS.stranger.privatePem],
    ['a private key beside a certificate', KEYS.stranger.pem + KEYS.stranger.privatePem],
    ['half a certificate', KEYS.stranger.pem.slice(0, 500)],
    ['a block of something else', KEYS.stranger.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')],
    [
      'a certificate and a block of zeros',
      `${one}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    ],
  ])('is refused as %s, before anything is downloaded', async (_what, certificateAuthority) => {
    const refused = await partners.register(registration({ certificateAuthority }))
    expect(refused).toMatchObject({ ok: false, code: 'authority_malformed', at: 'certificateAuthority' })
    expect(asked).toEqual([])
    await partners.register(registration())
    const before = partners.get('Lync')
    const changed = await partners.change('Lync', { certificateAuthority, trustLevel: 'User' })
    expect(codeOf(changed)).toBe('authority_malformed')
    expect(partners.get('Lync')).toEqual(before)
  })
})

describe('removing', () => {
  test('is in force for the next token, and frees identity and application id', async () => {
    await partners.register(fromDocument(documentOf(LYNC)))
    expect(await partners.remove('LYNC')).toMatchObject({ ok: true, value: { identity: 'Lync' } })
    expect(told()).toBe('issuer_unknown')
    expect(partners.get('Lync')).toBeUndefined()
    expect(codeOf(await partners.register(fromDocument(documentOf(LYNC))))).toBe('ok')
    expect(told()).toBe('accepted')
  })

  test('twice is refused the second time', async () => {
    await partners.register(fromDocument(documentOf(LYNC)))
    const outcomes = await Promise.all([partners.remove('Lync'), partners.remove('Lync')])
    expect(outcomes.map(codeOf)).toEqual(['ok', 'partner_not_found'])
  })
})

describe('a token server', () => {
  const TS = '00000001-0000-0000-c000-000000000000'
  const ofRealm = (realm: string) => publish(documentOf(`${TS}@${realm}`))
  const asTokenServer = (change: Partial<Registration> = {}) =>
    partners.register(registration({ identity: 'TS', authServer: {}, ...change }))

  test('that was asked for in one realm is not taken for any', async () => {
    ofRealm('*')
    const realm = Realm.parse('litwareinc.com')
    expect(await asTokenServer({ realm })).toMatchObject({
      ...{ code: 'document_member_malformed', at: 'realm', expected: realm, seen: '*' },
    })
    expect(codeOf(await asTokenServer({ realm: Realm.parse('*') }))).toBe('ok')
    await partners.remove('TS')
    expect(codeOf(await asTokenServer())).toBe('ok')
    ofRealm('litwareinc.com')
    await partners.remove('TS')
    expect(codeOf(await asTokenServer({ realm: Realm.parse('*') }))).toBe('document_member_malformed')
  })

  test('keeps the kind that it was given while its document was read', async () => {
    ofRealm('litwareinc.com')
    await asTokenServer({ authServer: { type: 'AzureAD' } })
    const answer = later<Outcome<string>>()
    published.set(URL, () => answer.promise)
    const refreshed = partners.refresh('TS')
    await partners.change('TS', { authServer: { type: 'ADFS' } })
    const location = 'https://sts.litwareinc.com/tokens/OAuth/2'
    const endpoints = [{ location, protocol: 'OAuth2', usage: 'issuance' }]
    answer.resolve(accept(JSON.stringify(documentOf(`${TS}@litwareinc.com`, [KEYS.partner], { endpoints }))))
    expect(codeOf(await refreshed)).toBe('ok')
    expect(partners.get('TS')?.authServer).toEqual({ type: 'ADFS', tokenIssuingEndpoint: location })
  })
})

describe('a trust broker', () => {
  const RESERVED = '00000005-0000-0000-c000-000000000000@litwareinc.com'
  const ELSEWHERE = '5d8f0c1e-0002-4000-8000-00000000bbbb@evil.example'
  const behind = (name: string, change: Partial<Registration> = {}) =>
    registration({ keys: { kind: 'auth server', application: principal(name) }, ...change })
  const keys = { kind: 'certificate', certificate: KEYS.partner.pem } as const
  beforeEach(async () => {
    partners = await open({ takesBrokers: true })
  })

  test('has a key of its own, and no token server that signs for it', async () => {
    const broker = { isTrustBroker: true } as const
    const refused = { code: 'broker_without_key', at: 'isTrustBroker' }
    expect(await partners.register(behind(LYNC, broker))).toMatchObject(refused)
    expect(codeOf(await partners.register(behind(LYNC)))).toBe('ok')
    expect(await partners.change('Lync', broker)).toMatchObject(refused)
    expect(partners.get('Lync')?.isTrustBroker).toBeUndefined()
    const name = '5d8f0c1e-0002-4000-8000-00000000bbbb@litwareinc.com'
    await partners.register(fromCertificate(name, KEYS.partner.pem, { identity: 'Broker', ...broker }))
    const useAuthServer = { keys: { kind: 'auth server' } } as const
    expect(await partners.change('Broker', useAuthServer)).toMatchObject(refused)
    expect(codeOf(await partners.change('Broker', { ...useAuthServer, isTrustBroker: false }))).toBe('ok')
    expect(codeOf(await partners.change('Broker', { keys, ...broker }))).toBe('ok')
  })

  test.each([
    ['the id of a server', RESERVED, 'broker_id_reserved'],
    ['another realm', ELSEWHERE, 'broker_realm_differs'],
  ])('does not come to %s by a change of keys either', async (_, name, code) => {
    const direct = fromCertificate(name, KEYS.partner.pem, { isTrustBroker: true })
    expect(codeOf(await partners.register(direct))).toBe(code)
    expect(codeOf(await partners.register(behind(name)))).toBe('ok')
    expect(codeOf(await partners.change('Lync', { keys, isTrustBroker: true }))).toBe(code)
    expect(codeOf(await partners.change('Lync', { keys }))).toBe('ok')
    expect(codeOf(await partners.change('Lync', { isTrustBroker: true }))).toBe(code)
    // A document vouches for its realm; a certificate that comes later does not.
    await partners.remove('Lync')
    publish(documentOf(ELSEWHERE))
    expect(codeOf(await partners.register(registration({ isTrustBroker: true })))).toBe('ok')
    expect(codeOf(await partners.change('Lync', { keys }))).toBe('broker_realm_differs')
    expect(partners.get('Lync')?.source.kind).toBe('metadata')
  })
})

test('an unknown issuer makes no call to anybody', () => {
  expect(told(actor({ iss: STRANGER, nameid: STRANGER, jku: 'https://stranger.example' }))).toBe(
    'issuer_unknown',
  )
  expect(asked).toEqual([])
})

test('a document that a server writes is one that a server reads', () => {
  expect(readAuthDocument(documentOf(LYNC))).toMatchObject({ ok: true, value: { issuer: LYNC } })
})
