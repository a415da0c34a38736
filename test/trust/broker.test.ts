/** What a trust broker may say of others, and which partners may be one. */
import { readBrokered, refuseBroker, refuseBrokered } from '../../src/trust/broker.ts'
import { EXCHANGE, LYNC, principal } from '../support/tokens.ts'

const ADDIN = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const BROKER = '9e9a4ba1-1111-4222-8333-0123456789ab@litwareinc.com'
const self = principal(EXCHANGE)

test.each([`${ADDIN}@litwareinc.com`, `${ADDIN}@LitwareInc.com`, `${ADDIN}@*`])('%s is a name', (nameid) => {
  expect(readBrokered(nameid)).toEqual(principal(nameid))
})

test.each(['', ADDIN, `${ADDIN.toUpperCase()}@litwareinc.com`, `{${ADDIN}}@litwareinc.com`])(
  '%j is none that counts',
  (nameid) => {
    expect(readBrokered(nameid)).toBeUndefined()
  },
)

describe('a broker', () => {
  const refused = (nameid: string, isRegistered = (_: string) => false) =>
    refuseBrokered({ iss: BROKER, nameid }, self, isRegistered)
  const says = (code: string, expected: string, seen: string) => ({
    ok: false,
    code,
    at: 'nameid',
    expected,
    seen,
  })

  test('may name an application of its realm that is registered nowhere', () => {
    expect(refused(`${ADDIN}@litwareinc.com`)).toBeUndefined()
    expect(refused(`${ADDIN}@litwareinc.com`, (appId) => appId !== ADDIN)).toBeUndefined()
  })

  test('may not name what is no name', () => {
    expect(refused('any')).toEqual(says('brokered_name_malformed', '<application id>@<realm>', 'any'))
  })

  test('may not name one of another realm', () => {
    const seen = `${ADDIN}@fabrikam.com`
    expect(refused(seen)).toEqual(says('brokered_realm_differs', 'litwareinc.com', seen))
  })

  test.each([
    EXCHANGE,
    LYNC,
    '00000006-0000-0ff1-ce00-000000000000@litwareinc.com',
    '00000001-0000-0000-c000-000000000000@litwareinc.com',
  ])('may not name a server: %s', (seen) => {
    const expected = 'an application that is no server'
    expect(refused(seen)).toEqual(says('brokered_name_reserved', expected, seen))
  })

  test('may not name the server that it asks, whatever its id', () => {
    const seen = `${ADDIN}@litwareinc.com`
    const refusal = refuseBrokered({ iss: BROKER, nameid: seen }, principal(seen), () => false)
    expect(refusal).toMatchObject({ code: 'brokered_name_reserved' })
  })

  test.each(['00000006-0000-0ff1-ce00-000000000001', '00000006-0000-0dd1-ac00-000000000000'])(
    'may name an id that looks like a server’s: %s',
    (id) => {
      expect(refused(`${id}@litwareinc.com`)).toBeUndefined()
    },
  )

  test('may not name one that is registered', () => {
    const seen = `${ADDIN}@litwareinc.com`
    const expected = 'an application that is not registered with a key of its own'
    expect(refused(seen, (appId) => appId === ADDIN)).toEqual(
      says('brokered_name_registered', expected, seen),
    )
  })
})

describe('a broker is registered', () => {
  const at = 'registeredIssuerName'
  const certificate = { kind: 'certificate' } as const
  const metadata = { kind: 'metadata', url: 'https://accounts.example/metadata/json/1' } as const
  const TOKEN_SERVER = '00000001-0000-0000-c000-000000000000'
  const reserved = (seen: string) => ({
    ok: false,
    code: 'broker_id_reserved',
    at,
    expected: 'an id that no server has: a new GUID',
    seen,
  })

  test('from a certificate, with a new id in the server’s realm', () => {
    expect(refuseBroker(principal(BROKER), certificate, self)).toBeUndefined()
  })

  test('from a certificate in no other realm', () => {
    const other = principal(BROKER.replace('litwareinc', 'fabrikam'))
    expect(refuseBroker(other, certificate, self)).toEqual({
      ok: false,
      code: 'broker_realm_differs',
      at,
      expected: 'litwareinc.com',
      seen: 'fabrikam.com',
    })
  })

  test('from a certificate under no server’s id', () => {
    for (const id of [TOKEN_SERVER, LYNC.split('@')[0]])
      expect(refuseBroker(principal(`${id}@litwareinc.com`), certificate, self)).toEqual(reserved(`${id}`))
  })

  test('not without a key of its own', () => {
    expect(refuseBroker(principal(BROKER), { kind: 'auth server' }, self)).toEqual({
      ok: false,
      code: 'broker_without_key',
      at: 'isTrustBroker',
      expected: 'false, or a key of its own',
      seen: 'true, and a token server',
    })
  })

  test('from a document in any realm, as token servers are', () => {
    for (const source of [metadata, { kind: 'document' } as const]) {
      expect(refuseBroker(principal(`${TOKEN_SERVER}@fabrikam.com`), source, self)).toBeUndefined()
      expect(refuseBroker(principal(BROKER), source, self)).toBeUndefined()
      expect(refuseBroker(principal(LYNC), source, self)).toEqual(reserved(`${LYNC.split('@')[0]}`))
    }
  })
})
