/** Auth metadata documents: written as each product writes them, read however they are spelled. */
import {
  type PublishedServer,
  parseAuthDocument,
  readAuthDocument,
  writeFullDocument,
  writeSharePointDocument,
} from '../../src/protocol/auth-document.ts'
import type { RefusalCode } from '../../src/protocol/refusal.ts'
import type { JsonObject } from '../../src/protocol/strict-json.ts'
import { certificateOf, EXCHANGE, KEYS, keyFile, LYNC, principal, type TestKey } from '../support/tokens.ts'

const derOf = (key: TestKey) => certificateOf(key).der
const [DER, NEXT] = [derOf(KEYS.partner), derOf(KEYS.partnerNext)]
const X5T = KEYS.partner.x5t
const PLAIN_X5T = Buffer.from(X5T, 'base64url').toString('base64')

const exchange: PublishedServer = {
  name: 'Exchange',
  application: principal(EXCHANGE),
  documentId: '70b34511-d105-4e2b-9675-39f53305bb01',
  location: 'https://exchange.litwareinc.com:8441/autodiscover/metadata/json/1',
  certificates: [certificateOf(KEYS.partner), certificateOf(KEYS.partnerNext)],
}
const FARM = '00000003-0000-0ff1-ce00-000000000000@af90cc03-4a26-45e9-906a-609cebcebbde'

describe('a document is written', () => {
  test('as Exchange and Lync write it, member for member', () => {
    const issuer = '00000002-0000-0ff1-ce00-000000000000@litwareinc.com'
    expect(JSON.stringify(writeFullDocument(exchange))).toBe(
      '{"id":"_70b34511-d105-4e2b-9675-39f53305bb01","version":"1.0","name":"Exchange","realm":"litwareinc.com",' +
        `"serviceName":"00000002-0000-0ff1-ce00-000000000000","issuer":"${issuer}","allowedAudiences":["${issuer}"],` +
        `"keys":[{"usage":"signing","keyinfo":{"x5t":"${X5T}"},"keyvalue":{"type":"x509Certificate","value":"${DER}"}},` +
        `{"usage":"signing","keyinfo":{"x5t":"${KEYS.partnerNext.x5t}"},"keyvalue":{"type":"x509Certificate","value":"${NEXT}"}}],` +
        '"endpoints":[{"location":"https://exchange.litwareinc.com:8441/autodiscover/metadata/json/1","protocol":"OAuth2","usage":"metadata"}]}',
    )
  })

  test('with where it issues tokens, by a token server', () => {
    const issuance = 'https://accounts.example/tokens/OAuth/2'
    expect(writeFullDocument({ ...exchange, issuance })['endpoints']).toEqual([
      { location: exchange.location, protocol: 'OAuth2', usage: 'metadata' },
      { location: issuance, protocol: 'OAuth2', usage: 'issuance' },
    ])
  })

  test('as SharePoint writes it: five kinds of member, no thumbprint', () => {
    const server = { ...exchange, application: principal(FARM), certificates: [certificateOf(KEYS.partner)] }
    expect(JSON.stringify(writeSharePointDocument(server))).toBe(
      `{"issuer":"${FARM}","keys":[{"keyValue":{"type":"x509certificate","value":"${DER}"},"usage":"Signing"}],` +
        '"name":"00000003-0000-0ff1-ce00-000000000000","serviceName":"00000003-0000-0ff1-ce00-000000000000"}',
    )
  })
})

/** A document as Exchange writes it, with members changed; `undefined` takes one out. */
function document(change: JsonObject = {}): JsonObject {
  return {
    ...writeFullDocument({ ...exchange, certificates: [certificateOf(KEYS.partner)] }),
    ...change,
  }
}
function keyed(...keys: unknown[]): JsonObject {
  return document({ keys })
}
const key = (change: JsonObject = {}): JsonObject => ({
  usage: 'signing',
  keyinfo: { x5t: X5T },
  keyvalue: { type: 'x509Certificate', value: DER },
  ...change,
})

/** Member names in other letters, all the way down. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [rename(name), renamed(item, rename)]),
  )
}

describe('a document is read', () => {
  const READ: [what: string, text: string][] = [
    ['as Exchange writes it', JSON.stringify(document())],
    ['with blanks and line ends', JSON.stringify(document(), null, 2)],
    ['with a byte order mark', `\uFEFF${JSON.stringify(document())}`],
    ['with slashes escaped', JSON.stringify(document()).replaceAll('/', '\\/')],
    ['with member names in lower case', JSON.stringify(renamed(document(), (name) => name.toLowerCase()))],
    ['with member names in upper case', JSON.stringify(renamed(document(), (name) => name.toUpperCase()))],
    [
      'with member names as .NET writes them',
      JSON.stringify(renamed(document(), (name) => name.charAt(0).toUpperCase() + name.slice(1))),
    ],
    ['without a realm', JSON.stringify(document({ realm: undefined }))],
    ['with a realm of null', JSON.stringify(document({ realm: null }))],
    ['without a service name', JSON.stringify(document({ serviceName: undefined }))],
    [
      'with a service name in upper case',
      JSON.stringify(document({ serviceName: EXCHANGE.split('@')[0]?.toUpperCase() })),
    ],
    ['without an issuer', JSON.stringify(document({ issuer: undefined }))],
    [
      'with nothing but issuer and keys',
      JSON.stringify({ issuer: EXCHANGE, keys: [{ keyValue: { value: DER } }] }),
    ],
    [
      'with members nobody knows',
      JSON.stringify(document({ extra: { deep: [1, { a: null }] }, $schema: 'x', endpoints: 'none', id: 7 })),
    ],
    [
      'with a thumbprint in plain base64 with padding',
      JSON.stringify(keyed(key({ keyinfo: { x5t: PLAIN_X5T } }))),
    ],
    [
      'with a thumbprint in plain base64 without padding',
      JSON.stringify(keyed(key({ keyinfo: { x5t: PLAIN_X5T.replace('=', '') } }))),
    ],
    [
      'with a thumbprint in base64url with padding',
      JSON.stringify(keyed(key({ keyinfo: { x5t: `${X5T}=` } }))),
    ],
    ['without a thumbprint', JSON.stringify(keyed(key({ keyinfo: undefined })))],
    ['with a keyinfo of null', JSON.stringify(keyed(key({ keyinfo: null })))],
    ['with an empty keyinfo', JSON.stringify(keyed(key({ keyinfo: {} })))],
    ['with an empty thumbprint', JSON.stringify(keyed(key({ keyinfo: { x5t: '' } })))],
    ['with a key of no stated use', JSON.stringify(keyed(key({ usage: undefined })))],
    ['with a key of no stated type', JSON.stringify(keyed(key({ keyvalue: { value: DER } })))],
    [
      'with usage and type in SharePoint’s letters',
      JSON.stringify(keyed(key({ usage: 'Signing', keyvalue: { type: 'x509certificate', value: DER } }))),
    ],
    [
      'with a PEM text in base64',
      JSON.stringify(keyed(key({ keyvalue: { value: Buffer.from(KEYS.partner.pem).toString('base64') } }))),
    ],
    ['with the same key twice', JSON.stringify(keyed(key(), key({ keyinfo: undefined })))],
    [
      'with a key for encryption beside it',
      JSON.stringify(keyed({ usage: 'encryption', keyvalue: { value: 'x' } }, key())),
    ],
    [
      'with a key of another kind beside it',
      JSON.stringify(keyed(key(), { usage: 'signing', keyvalue: { type: 'symmetric', value: 'x' } })),
    ],
  ]
  test.each(READ)('%s', (_what, text) => {
    const read = parseAuthDocument(text)
    expect(read).toMatchObject({ ok: true, value: { ...principal(EXCHANGE), issuer: EXCHANGE } })
    expect(read.ok && read.value.certificates.map(({ x5t }) => x5t)).toEqual([X5T])
  })

  test('as SharePoint writes it, the realm taken from the issuer and the thumbprint from the certificate', () => {
    const server = { ...exchange, application: principal(FARM), certificates: [certificateOf(KEYS.partner)] }
    const read = parseAuthDocument(JSON.stringify(writeSharePointDocument(server)))
    expect(read).toMatchObject({
      ok: true,
      value: { ...principal(FARM), issuer: FARM, name: '00000003-0000-0ff1-ce00-000000000000' },
    })
    expect(read.ok && read.value.certificates.map(({ x5t }) => x5t)).toEqual([X5T])
  })

  test('as Exchange Online writes it, for any realm', () => {
    const any = EXCHANGE.replace('litwareinc.com', '*')
    const read = readAuthDocument(document({ issuer: any, realm: '*', allowedAudiences: [any] }))
    expect(read).toMatchObject({ ok: true, value: { realm: '*', issuer: any } })
  })

  test('with its issuer kept letter for letter, and its id in lower case', () => {
    const issuer = EXCHANGE.replace('ff1', 'FF1')
    const read = readAuthDocument(document({ issuer }))
    expect(read).toMatchObject({ ok: true, value: { issuer, appId: EXCHANGE.split('@')[0] } })
  })

  describe('with where it issues tokens', () => {
    const location = 'https://accounts.example/tokens/OAuth/2'
    const issuance = { usage: 'issuance', protocol: 'OAuth2', location }
    const issuanceOf = (endpoints: unknown) => {
      const read = readAuthDocument(document({ endpoints }))
      if (!read.ok) throw new Error(read.code)
      return 'issuance' in read.value ? read.value.issuance : 'none'
    }
    const longest = `https://x/${'a'.repeat(2048 - 'https://x/'.length)}`

    test.each([
      [
        'beside where its document is',
        [{ ...issuance, usage: 'metadata', location: 'https://other' }, issuance],
        location,
      ],
      ['behind what is no endpoint', [null, 'text', { usage: 'a', Usage: 'b' }, issuance], location],
      ['in other letters', [{ Usage: 'ISSUANCE', PROTOCOL: 'oauth2', Location: location }], location],
      ['the first of two', [issuance, { ...issuance, location: 'https://other' }], location],
      ['the first of two that can be used', [{ ...issuance, location: 'ftp://other' }, issuance], location],
      ['as long as can be', [{ ...issuance, location: longest }], longest],
    ])('%s', (_what, endpoints, found) => {
      expect(issuanceOf(endpoints)).toBe(found)
    })

    test.each([
      ['no endpoints', undefined],
      ['endpoints that are no list', { 0: issuance, length: 1 }],
      ['none for that', [{ ...issuance, usage: 'metadata' }]],
      ['another protocol', [{ ...issuance, protocol: 'WS-Trust' }]],
      ['no protocol', [{ usage: 'issuance', location }]],
      ['no place', [{ ...issuance, location: undefined }]],
      ['a place that is a list', [{ ...issuance, location: [location] }]],
      ['a place without TLS', [{ ...issuance, location: 'http://accounts.example/' }]],
      ['a place that is no URL', [{ ...issuance, location: 'accounts.example' }]],
      ['a place that is too long', [{ ...issuance, location: `${longest}a` }]],
    ])('not, with %s', (_what, endpoints) => {
      expect(issuanceOf(endpoints)).toBe('none')
    })
  })

  test('with its name where it has one', () => {
    const nameOf = (name: unknown) => {
      const read = readAuthDocument(document({ name }))
      return read.ok && ('name' in read.value ? read.value.name : 'none')
    }
    expect(['Exchange', '', undefined].map(nameOf)).toEqual(['Exchange', 'none', 'none'])
  })

  test('with as many keys as twenty', () => {
    expect(readAuthDocument(keyed(...Array.from({ length: 20 }, () => key())))).toMatchObject({ ok: true })
  })

  test('with all its keys, in their order', () => {
    const read = readAuthDocument(writeFullDocument(exchange))
    expect(read.ok && read.value.certificates.map(({ der }) => der)).toEqual([DER, NEXT])
  })
})

describe('a wrong document is refused, the member named:', () => {
  const malformed: RefusalCode = 'document_member_malformed'
  const missing: RefusalCode = 'document_member_missing'
  const TEXTS: [what: string, text: string, code: RefusalCode, at: string][] = [
    ['nothing', '', 'document_not_json', 'document'],
    ['a page of HTML', '<!doctype html><title>Sign in</title>', 'document_not_json', 'document'],
    ['an array', JSON.stringify([document()]), 'document_not_json', 'document'],
    ['null', 'null', 'document_not_json', 'document'],
    ['text', '"document"', 'document_not_json', 'document'],
    ['half a document', JSON.stringify(document()).slice(0, -1), 'document_not_json', 'document'],
    ['two documents', JSON.stringify(document()).repeat(2), 'document_not_json', 'document'],
    ['an issuer twice', `{"issuer":"x",${JSON.stringify(document()).slice(1)}`, malformed, 'document.issuer'],
    [
      'an issuer twice by escape',
      `{"\\u0069ssuer":"x",${JSON.stringify(document()).slice(1)}`,
      malformed,
      'document.issuer',
    ],
    [
      'an issuer in two spellings',
      `{"Issuer":"x",${JSON.stringify(document()).slice(1)}`,
      malformed,
      'document.issuer',
    ],
    ['an abyss', `{"x":${'['.repeat(50_000)}`, malformed, 'document'],
  ]
  test.each(TEXTS)('%s', (_what, text, code, at) => {
    expect(parseAuthDocument(text)).toMatchObject({ ok: false, code, at })
  })

  const value = (value: unknown) => keyed(key({ keyvalue: { type: 'x509Certificate', value } }))
  const x5t = (x5t: unknown) => keyed(key({ keyinfo: { x5t } }))
  const DOCUMENTS: [what: string, document: JsonObject, code: RefusalCode, at: string][] = [
    ['nothing in it', {}, missing, 'issuer'],
    ['no issuer and no realm', document({ issuer: undefined, realm: undefined }), missing, 'issuer'],
    ['no issuer and no service name', document({ issuer: '', serviceName: undefined }), missing, 'issuer'],
    ['an issuer that is a number', document({ issuer: 1 }), malformed, 'issuer'],
    ['an issuer that is a list', document({ issuer: [EXCHANGE] }), malformed, 'issuer'],
    ['an issuer without a realm', document({ issuer: EXCHANGE.split('@')[0] }), malformed, 'issuer'],
    ['an issuer without an id', document({ issuer: '@litwareinc.com' }), malformed, 'issuer'],
    [
      'an issuer that is an audience',
      document({ issuer: EXCHANGE.replace('@', '/host@') }),
      malformed,
      'issuer',
    ],
    ['an issuer of two realms', document({ issuer: `${EXCHANGE}@fabrikam.com` }), malformed, 'issuer'],
    ['an issuer in braces', document({ issuer: `{${EXCHANGE.replace('@', '}@')}` }), malformed, 'issuer'],
    ['an issuer with a blank', document({ issuer: `${EXCHANGE} ` }), malformed, 'issuer'],
    ['an issuer with a quote', document({ issuer: `${EXCHANGE}"` }), malformed, 'issuer'],
    ['an issuer with a comma', document({ issuer: `${EXCHANGE},${LYNC}` }), malformed, 'issuer'],
    ['an issuer with a line end', document({ issuer: `${EXCHANGE}\r\n` }), malformed, 'issuer'],
    [
      'a service name that is another',
      document({ serviceName: LYNC.split('@')[0] }),
      malformed,
      'serviceName',
    ],
    ['a service name that is an object', document({ serviceName: {} }), malformed, 'serviceName'],
    ['a realm that is another', document({ realm: 'fabrikam.com' }), malformed, 'realm'],
    ['a realm in other letters', document({ realm: 'LITWAREINC.COM' }), malformed, 'realm'],
    ['any realm beside an issuer of one', document({ realm: '*' }), malformed, 'realm'],
    ['a realm that is true', document({ realm: true }), malformed, 'realm'],
    ['a name that is a number', document({ name: 7 }), malformed, 'name'],
    ['no keys member', document({ keys: undefined }), missing, 'keys'],
    ['keys of null', document({ keys: null }), missing, 'keys'],
    ['an empty list of keys', document({ keys: [] }), missing, 'keys'],
    ['keys that are an object', document({ keys: { 0: key() } }), malformed, 'keys'],
    ['keys that are text', document({ keys: DER }), malformed, 'keys'],
    ['more keys than anybody has', keyed(...Array.from({ length: 21 }, () => key())), malformed, 'keys'],
    ['a key that is text', keyed(DER), malformed, 'keys[0]'],
    ['a second key of null', keyed(key(), null), malformed, 'keys[1]'],
    ['keys for other uses only', keyed(key({ usage: 'encryption' })), missing, 'keys'],
    ['keys of other kinds only', keyed(key({ keyvalue: { type: 'jwk', value: DER } })), missing, 'keys'],
    ['a use that is a number', keyed(key({ usage: 1 })), malformed, 'keys[0].usage'],
    ['a key without a value', keyed(key({ keyvalue: undefined })), missing, 'keys[0].keyvalue'],
    ['a value that is a list', keyed(key({ keyvalue: [DER] })), malformed, 'keys[0].keyvalue'],
    ['a value under two spellings', keyed({ ...key(), keyValue: {} }), malformed, 'keys[0].keyValue'],
    [
      'a type that is a number',
      keyed(key({ keyvalue: { type: 1, value: DER } })),
      malformed,
      'keys[0].keyvalue.type',
    ],
    ['an empty value', value(''), missing, 'keys[0].keyvalue.value'],
    ['a value of null', value(null), missing, 'keys[0].keyvalue.value'],
    ['a value that is a number', value(1), malformed, 'keys[0].keyvalue.value'],
    ['a value that is no base64', value('*'), 'certificate_malformed', 'keys[0].keyvalue.value'],
    ['a value that is no certificate', value('AAAA'), 'certificate_malformed', 'keys[0].keyvalue.value'],
    ['a private key', value(KEYS.partner.privatePem), 'certificate_malformed', 'keys[0].keyvalue.value'],
    ['a weak key', value(keyFile('weak-rsa-1024.cert.pem')), 'certificate_weak', 'keys[0].keyvalue.value'],
    [
      'a second key that is no certificate',
      keyed(key(), key({ keyinfo: undefined, keyvalue: { value: 'AAAA' } })),
      'certificate_malformed',
      'keys[1].keyvalue.value',
    ],
    ['a keyinfo that is text', keyed(key({ keyinfo: X5T })), malformed, 'keys[0].keyinfo'],
    ['a thumbprint of another certificate', x5t(KEYS.stranger.x5t), malformed, 'keys[0].keyinfo.x5t'],
    [
      'a thumbprint in hexadecimal',
      x5t(Buffer.from(X5T, 'base64url').toString('hex')),
      malformed,
      'keys[0].keyinfo.x5t',
    ],
    ['a thumbprint of another length', x5t(X5T.slice(1)), malformed, 'keys[0].keyinfo.x5t'],
    ['a thumbprint that is a number', x5t(1), malformed, 'keys[0].keyinfo.x5t'],
  ]
  test.each(DOCUMENTS)('%s', (_what, json, code, at) => {
    expect(readAuthDocument(json)).toMatchObject({ ok: false, code, at })
    expect(parseAuthDocument(JSON.stringify(json))).toMatchObject({ ok: false, code, at })
  })

  const PRINCIPAL = '<application id>@<realm>'
  const SAID: [at: string, says: JsonObject, document: JsonObject][] = [
    ['issuer', { code: missing, expected: PRINCIPAL }, {}],
    ['issuer', { code: malformed, expected: PRINCIPAL, seen: 'x' }, document({ issuer: 'x' })],
    ['issuer', { code: malformed, expected: 'a string', seen: 'an array' }, document({ issuer: [] })],
    ['name', { code: malformed, expected: 'a string', seen: 'a number' }, document({ name: 1 })],
    [
      'serviceName',
      { code: malformed, expected: `${EXCHANGE.split('@')[0]}, as in issuer`, seen: 'x' },
      document({ serviceName: 'x' }),
    ],
    [
      'realm',
      { code: malformed, expected: 'litwareinc.com, as in issuer', seen: 'x' },
      document({ realm: 'x' }),
    ],
    ['keys', { code: missing, expected: 'at least one signing key' }, document({ keys: undefined })],
    ['keys', { code: missing, expected: 'at least one signing key' }, document({ keys: [] })],
    ['keys', { code: malformed, expected: 'an array', seen: 'an object' }, document({ keys: {} })],
    [
      'keys',
      { code: malformed, expected: 'at most 20 keys', seen: '21' },
      keyed(...Array.from({ length: 21 }, () => key())),
    ],
    ['keys[0]', { code: malformed, expected: 'an object', seen: 'an array' }, keyed([])],
    ['keys[0].keyvalue', { code: missing }, keyed(key({ keyvalue: undefined }))],
    [
      'keys[0].keyvalue',
      { code: malformed, expected: 'an object', seen: 'a string' },
      keyed(key({ keyvalue: DER })),
    ],
    ['keys[0].keyvalue.value', { code: missing }, value('')],
    [
      'keys[0].keyValue',
      { code: malformed, expected: 'each member once, whatever its case', seen: 'it twice' },
      keyed({ ...key(), keyValue: {} }),
    ],
    [
      'keys[0].keyinfo',
      { code: malformed, expected: 'an object', seen: 'a string' },
      keyed(key({ keyinfo: X5T })),
    ],
    [
      'keys[0].keyinfo.x5t',
      { code: malformed, expected: `${X5T}, the thumbprint of the certificate beside it`, seen: 'x' },
      x5t('x'),
    ],
    [
      'issuer',
      { code: malformed, expected: PRINCIPAL, seen: 'x'.repeat(120) },
      document({ issuer: 'x'.repeat(121) }),
    ],
  ]
  test.each(SAID)('%s: %j', (at, says, json) => {
    expect(readAuthDocument(json)).toEqual({ ok: false, at, ...says })
  })

  test('a document that is no JSON, or too deep', () => {
    const nested = (levels: number) =>
      `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},${JSON.stringify(document()).slice(1)}`
    expect(parseAuthDocument('{')).toMatchObject({ code: 'document_not_json', expected: 'a JSON object' })
    expect(parseAuthDocument(nested(8))).toMatchObject({ ok: true })
    expect(parseAuthDocument(nested(9))).toEqual({
      ok: false,
      code: malformed,
      at: 'document',
      expected: 'at most 8 levels',
    })
  })

  test('a byte order mark that is not at the start', () => {
    expect(parseAuthDocument(`{\uFEFF${JSON.stringify(document()).slice(1)}`)).toMatchObject({
      code: 'document_not_json',
    })
    expect(parseAuthDocument(JSON.stringify(document({ name: '\uFEFFx' })))).toMatchObject({
      ok: true,
      value: { name: '\uFEFFx' },
    })
  })
})
