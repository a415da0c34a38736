/** The 401 challenge: written to the letter of each product, read from any of them. */
import { readChallenge, writeChallenge } from '../../src/protocol/challenge.ts'
import { EXCHANGE, LYNC, principal, STRANGER } from '../support/tokens.ts'

const REALM = 'af90cc03-4a26-45e9-906a-609cebcebbde'
const SHAREPOINT = `00000003-0000-0ff1-ce00-000000000000@${REALM}`
const [EXCHANGE_ID, LYNC_ID, SHAREPOINT_ID] = [EXCHANGE, LYNC, SHAREPOINT].map(
  (name) => name.split('@')[0],
) as [string, string, string]

describe('a challenge is written', () => {
  const write = (
    dialect: 'exchange' | 'lync' | 'sharepoint',
    name: string,
    issuers: string[],
    refused = false,
  ) => writeChallenge(dialect, { application: principal(name), trustedIssuers: issuers, refused })
  const types = 'token_types="app_asserted_user_v1 service_asserted_app_v1"'

  test('as Exchange writes it, with blanks after commas and no realm', () => {
    expect(write('exchange', EXCHANGE, [LYNC, STRANGER])).toBe(
      `Bearer client_id="${EXCHANGE_ID}", trusted_issuers="${LYNC},${STRANGER}", ${types}`,
    )
  })

  test('as Exchange writes it after a bad token', () => {
    expect(write('exchange', EXCHANGE, [LYNC], true)).toBe(
      `Bearer client_id="${EXCHANGE_ID}", trusted_issuers="${LYNC}", ${types}, error="invalid_token"`,
    )
  })

  test('as Exchange writes it without partners: trusted_issuers is missing altogether', () => {
    expect(write('exchange', EXCHANGE, [])).toBe(`Bearer client_id="${EXCHANGE_ID}", ${types}`)
  })

  test('as Lync writes it, trusted_issuers first', () => {
    expect(write('lync', LYNC, [EXCHANGE])).toBe(
      `Bearer trusted_issuers="${EXCHANGE}", client_id="${LYNC_ID}"`,
    )
    expect(write('lync', LYNC, [])).toBe(`Bearer trusted_issuers="", client_id="${LYNC_ID}"`)
    expect(write('lync', LYNC, [], true)).toBe(
      `Bearer trusted_issuers="", client_id="${LYNC_ID}", error="invalid_token"`,
    )
  })

  test('as SharePoint writes it: the realm first, no blanks, itself last', () => {
    expect(write('sharepoint', SHAREPOINT, [LYNC, EXCHANGE])).toBe(
      `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC},${EXCHANGE},${SHAREPOINT}"`,
    )
    expect(write('sharepoint', SHAREPOINT, [])).toBe(
      `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${SHAREPOINT}"`,
    )
  })

  test('by SharePoint so that TokenHelper and node-sp-auth find the realm, whatever stands around it', () => {
    const header = `NTLM, ${write('sharepoint', SHAREPOINT, [LYNC])}`
    const start = header.indexOf('Bearer realm="') + 'Bearer realm="'.length
    expect(header.slice(start, start + 36)).toBe(REALM)
  })

  test('so that it can be read again', () => {
    expect(readChallenge(write('exchange', EXCHANGE, [LYNC, STRANGER], true))).toEqual({
      clientId: EXCHANGE_ID,
      trustedIssuers: [LYNC, STRANGER],
      tokenTypes: ['app_asserted_user_v1', 'service_asserted_app_v1'],
      error: 'invalid_token',
    })
    expect(readChallenge(write('lync', LYNC, [EXCHANGE]))).toEqual({
      clientId: LYNC_ID,
      trustedIssuers: [EXCHANGE],
      tokenTypes: [],
    })
    expect(readChallenge(write('sharepoint', SHAREPOINT, [LYNC]))).toEqual({
      clientId: SHAREPOINT_ID,
      realm: REALM,
      trustedIssuers: [LYNC, SHAREPOINT],
      tokenTypes: [],
    })
  })
})

describe('a challenge is read', () => {
  const all = { clientId: SHAREPOINT_ID, realm: REALM, trustedIssuers: [LYNC], tokenTypes: [] }
  const READ: [what: string, headers: string | string[]][] = [
    ['realm first', `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}"`],
    ['realm last', `Bearer client_id="${SHAREPOINT_ID}", trusted_issuers="${LYNC}", realm="${REALM}"`],
    ['behind NTLM', `NTLM, Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}"`],
    [
      'behind an NTLM message',
      `NTLM TlRMTVNTUAACAAAADAAMADgAAAAVgonia+/A/==, Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}"`,
    ],
    [
      'before three other schemes in one line',
      `Bearer client_id="${SHAREPOINT_ID}", trusted_issuers="${LYNC}", realm="${REALM}",Negotiate,NTLM,Basic realm="other.example"`,
    ],
    [
      'behind a Basic with a realm of its own',
      `Basic realm="other.example", Bearer client_id="${SHAREPOINT_ID}",realm="${REALM}",trusted_issuers="${LYNC}"`,
    ],
    [
      'in a header of its own among others',
      [
        'Negotiate',
        'NTLM',
        `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}"`,
        'Basic realm="x"',
      ],
    ],
    [
      'behind Lync’s own scheme',
      `MsRtcOAuth href=https://pool/WebTicket/oauthtoken,grant_type="urn:microsoft.rtc:windows,password", Bearer trusted_issuers="${LYNC}", client_id="${SHAREPOINT_ID}", realm="${REALM}"`,
    ],
    ['unquoted', `Bearer realm=${REALM}, client_id=${SHAREPOINT_ID}, trusted_issuers=${LYNC}`],
    ['in other letters', `bEARER Realm="${REALM}",CLIENT_ID="${SHAREPOINT_ID}",Trusted_Issuers="${LYNC}"`],
    [
      'with blanks about',
      `  Bearer   realm = "${REALM}" ,, client_id\t="${SHAREPOINT_ID}", trusted_issuers= " ${LYNC} , "`,
    ],
    [
      'as [MS-SPS2SAUTH] spells it',
      `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trustedissuers="${LYNC}"`,
    ],
    [
      'with escapes',
      `Bearer realm="${REALM.replace('-', '\\-')}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}"`,
    ],
    [
      'with a parameter twice: the first counts',
      `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}",realm="other"`,
    ],
    [
      'with a second Bearer: the first counts',
      [
        `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}"`,
        'Bearer realm="other"',
      ],
    ],
    [
      'with an authorization_uri and members nobody knows',
      `Bearer realm="${REALM}",client_id="${SHAREPOINT_ID}",trusted_issuers="${LYNC}",authorization_uri="https://login.example/common?a=b,c",x=y`,
    ],
  ]
  test.each(READ)('%s', (_what, headers) => {
    expect(readChallenge(headers)).toEqual(all)
  })

  test('as [MS-XOAUTH] 4.6 shows it, the realms of issuers being whatever they are', () => {
    const header = `Bearer client_id="${EXCHANGE_ID}", trusted_issuers="00000001-0000-0000-c000-000000000000@*,${LYNC}"`
    expect(readChallenge([header, 'Basic realm="exchange.litwareinc.com"'])).toEqual({
      clientId: EXCHANGE_ID,
      trustedIssuers: ['00000001-0000-0000-c000-000000000000@*', LYNC],
      tokenTypes: [],
    })
  })

  test('though it says nothing', () => {
    const nothing = { trustedIssuers: [], tokenTypes: [] }
    expect(readChallenge('Bearer')).toStrictEqual(nothing)
    expect(readChallenge('Bearer realm=""')).toStrictEqual(nothing)
    expect(readChallenge('Bearer,')).toEqual(nothing)
  })

  test('with what it says went wrong, whatever that is', () => {
    expect(readChallenge('Bearer error=""')).toEqual({ trustedIssuers: [], tokenTypes: [], error: '' })
    expect(readChallenge('Bearer client_id=""')).toEqual({ trustedIssuers: [], tokenTypes: [], clientId: '' })
  })

  test('with token types that stand apart by more than a blank', () => {
    expect(readChallenge('Bearer token_types=" a  b "')).toMatchObject({ tokenTypes: ['a', 'b'] })
  })

  test('with a parameter that is empty, and one behind it', () => {
    expect(readChallenge('Bearer client_id=,realm="r"')).toMatchObject({ clientId: '', realm: 'r' })
  })

  test('with backslashes and quotes inside quotes', () => {
    expect(readChallenge('Bearer realm="a\\"b\\\\c", client_id="d"')).toMatchObject({
      realm: 'a"b\\c',
      clientId: 'd',
    })
  })

  test('at once after another was read half', () => {
    expect(readChallenge(`Bearer realm="${REALM}", "`)).toMatchObject({ realm: REALM })
    expect(readChallenge('Bearer realm="r"')).toMatchObject({ realm: 'r' })
  })

  test('up to what is none of its signs', () => {
    expect(readChallenge('Bearer realm="r", {client_id="d"}')).toEqual({
      trustedIssuers: [],
      tokenTypes: [],
      realm: 'r',
    })
    expect(readChallenge('{Bearer realm="r"')).toBeUndefined()
  })

  test('with a parameter before any scheme left out', () => {
    expect(readChallenge('realm="x", Bearer client_id="d"')).toEqual({
      trustedIssuers: [],
      tokenTypes: [],
      clientId: 'd',
    })
  })

  test.each([
    ['nothing', ''],
    ['no header', []],
    ['other schemes alone', 'Negotiate, NTLM, Basic realm="Bearer realm"'],
    ['a scheme of a longer name', 'BearerX realm="x"'],
    ['a parameter called bearer', 'Basic bearer="x"'],
    ['a Bearer inside quotes', 'Basic realm="x, Bearer realm=y"'],
    ['an equals sign alone', '='],
    ['quotes alone', '""'],
  ])('as none: %s', (_what, headers) => {
    expect(readChallenge(headers)).toBeUndefined()
  })

  test('with a quote that never ends, up to the quote', () => {
    expect(readChallenge(`Bearer client_id="${LYNC_ID}", realm="never`)).toMatchObject({ clientId: LYNC_ID })
  })

  test('in time that grows with its length alone, whatever a hostile server writes', () => {
    const pieces = [
      'a',
      ' ',
      ',',
      '=',
      '"',
      'a ',
      'a=',
      'a="',
      'a="\\',
      '\\"',
      'a  =',
      'a=b ',
      ' \t',
      'Bearer a="',
      '="',
    ]
    const started = process.hrtime.bigint()
    for (const piece of pieces) {
      for (const start of ['', 'Bearer ', 'Bearer a="', 'Bearer a']) {
        readChallenge(start + piece.repeat(100_000 / piece.length))
        readChallenge(`${start}${piece.repeat(100_000 / piece.length)}!`)
      }
    }
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(5_000)
  })
})
