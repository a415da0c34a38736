/** Names of applications, and of applications on hosts. */
import { AppId, Realm } from '../../src/protocol/ids.ts'
import {
  formatAudience,
  formatPrincipal,
  isAudienceHost,
  parseAudience,
  parsePrincipal,
} from '../../src/protocol/principal.ts'
import { AUD, HOST, LYNC, principal } from '../support/tokens.ts'

const ID = '00000004-0000-0ff1-ce00-000000000000'

describe('a principal', () => {
  test.each([
    ['as it stands', LYNC, LYNC],
    ['with the id in upper case', LYNC.replace('ff1-ce', 'FF1-CE'), LYNC],
    [
      'with a GUID for a realm',
      `${ID}@af90cc03-4a26-45e9-906a-609cebcebbde`,
      `${ID}@af90cc03-4a26-45e9-906a-609cebcebbde`,
    ],
    ['of any realm', `${ID}@*`, `${ID}@*`],
    ['with its realm’s letters kept', `${ID}@LitwareInc.com`, `${ID}@LitwareInc.com`],
  ])('is read %s', (_what, text, written) => {
    const parsed = parsePrincipal(text)
    expect(parsed && formatPrincipal(parsed)).toBe(written)
  })

  const NONE: [what: string, text: string][] = [
    ['nothing', ''],
    ['an id alone', ID],
    ['an id and an empty realm', `${ID}@`],
    ['a realm alone', '@litwareinc.com'],
    ['two realms', `${LYNC}@fabrikam.com`],
    ['an audience', AUD],
    ['an id in braces', `{${ID}}@litwareinc.com`],
    ['an id that is no GUID', 'lync@litwareinc.com'],
    ['an id one digit short', `${ID.slice(1)}@litwareinc.com`],
    ['a dot at the end', `${LYNC}.`],
    ['a dot at the start', `${ID}@.com`],
    ['a blank', `${LYNC} `],
    ['a line end', `${LYNC}\n`],
    ['a quote', `${ID}@litware"inc.com`],
    ['a comma', `${ID}@litwareinc.com,x`],
    ['a NUL', `${ID}@litwareinc.com\0x`],
    ['a letter outside ASCII', `${ID}@litwäre.com`],
    ['a realm of 256 characters', `${ID}@${'a'.repeat(256)}`],
    ['part of any realm', `${ID}@*.com`],
  ]
  test.each(NONE)('is not: %s', (_what, text) => {
    expect(parsePrincipal(text)).toBeUndefined()
  })
})

describe('an audience', () => {
  test('is written with its host in lower case and its port', () => {
    const audience = { ...principal(LYNC), host: 'Exchange.LitwareInc.com:8441' }
    expect(formatAudience(audience)).toBe(`${ID}/exchange.litwareinc.com:8441@litwareinc.com`)
  })

  test('is read in three parts, none of them changed', () => {
    expect(parseAudience('ID/HOST:1@Realm')).toEqual({
      ok: true,
      value: { appId: 'ID', host: 'HOST:1', realm: 'Realm' },
    })
  })

  test.each([
    LYNC,
    '',
    '/',
    '@',
    '/@',
    '/host@realm',
    'id/@realm',
    'id/host@',
    'id@realm/host',
    'id@/host',
    'id/host',
    'idhost@realm',
    'id//host@realm',
    'id/host/@realm',
    'id/host@realm/',
    'id/host@@realm',
    'id/host@realm@',
    'id/ho st@realm',
  ])('is refused with its text when it has not three parts, as %j has not', (text) => {
    expect(parseAudience(text)).toEqual({
      ok: false,
      code: 'audience_malformed',
      at: 'aud',
      expected: '<application id>/<host>@<realm>',
      seen: text,
    })
  })

  test('may have an id of one character, and a realm of one', () => {
    expect(parseAudience('i/h@r')).toEqual({ ok: true, value: { appId: 'i', host: 'h', realm: 'r' } })
  })

  test.each([
    HOST,
    `${HOST}:8441`,
    'HOST',
    '127.0.0.1',
    '[::1]',
    '[::1]:8441',
    '[::FFff:1.2.3.4]',
    'a_b-c.d',
    'x',
    'xy',
    'x:0',
    'x:9',
    'x:65535',
    'A0:1',
    'a'.repeat(255),
  ])('may name the host %s', (host) => {
    expect(isAudienceHost(host)).toBe(true)
  })

  test.each([
    '',
    '.',
    '-',
    '::1',
    '[]',
    '[::1',
    'a b',
    'a/b',
    'a@b',
    'a:',
    'a:b',
    ':1',
    'a.',
    'a-',
    '.a',
    '-a',
    'a:00',
    'a:01',
    'a:123456',
    'a:1x',
    'a:1:2',
    '[::1]x',
    'x[::1]',
    '[g]',
    '[::1]:',
    'a\n',
    '\na',
    'é',
    'aéb',
    '*',
    'a'.repeat(256),
  ])('may not name the host %j', (host) => {
    expect(isAudienceHost(host)).toBe(false)
  })
})

test('application ids are kept in lower case, realms as they are', () => {
  expect(AppId.parse('00000004-0000-0FF1-CE00-000000000000')).toBe(ID)
  expect(AppId.safeParse(`${ID} `).success).toBe(false)
  expect(Realm.parse('LitwareInc.COM')).toBe('LitwareInc.COM')
})

test.each(['*', 'a', '7', 'ab', 'a-b_c.D', 'a'.repeat(255)])('%s may be a realm', (realm) => {
  expect(Realm.parse(realm)).toBe(realm)
})

test.each(['', '**', 'a*', '*a', '-', 'a-', '_a', 'a b', 'a\n', '\na', 'a'.repeat(256)])(
  '%j may not',
  (realm) => {
    const { error } = Realm.safeParse(realm)
    expect(error?.issues.map(({ message }) => message)).toEqual(['expected a DNS name, a GUID or *'])
  },
)
