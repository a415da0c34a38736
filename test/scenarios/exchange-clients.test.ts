/** What Exchange’s clients rely on beside the operations: headers before a token, spellings, reasons, and who did what. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CA, type Farm, mintAs, type ServerName, startFarm } from '../support/farm.ts'

const EWS = '/EWS/Exchange.asmx'
const NS = {
  soap: 'http://schemas.xmlsoap.org/soap/envelope/',
  types: 'http://schemas.microsoft.com/exchange/services/2006/types',
  messages: 'http://schemas.microsoft.com/exchange/services/2006/messages',
}
const schemas = mkdtempSync(join(tmpdir(), 'entente-schemas-'))
let farm: Farm
let token: string

beforeAll(async () => {
  writeFileSync(join(schemas, 'Services.wsdl'), '<definitions/>')
  writeFileSync(join(schemas, 'types.xsd'), '\uFEFF<schema/>')
  writeFileSync(join(schemas, 'secret.txt'), 'not for the web')
  farm = await startFarm('memory', { ewsSchemas: schemas })
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
  token = await mintAs(farm, 'lync', 'exchange', farm.lab.users[0])
})

afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
  rmSync(schemas, { recursive: true })
})

interface Reply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
  server: ServerName = 'exchange',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { port } = farm.servers[server]
    const req = httpsRequest({ host: '127.0.0.1', port, method, path, headers, ca: CA() }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    req.on('error', reject)
    req.end(body)
  })
}

const bearer = (more: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...more })
const asXml = (more: Record<string, string> = {}) =>
  bearer({ 'content-type': 'text/xml; charset=utf-8', ...more })
const envelope = (body: string, header = '') =>
  `<s:Envelope xmlns:s="${NS.soap}" xmlns:t="${NS.types}" xmlns:m="${NS.messages}"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
const GET_INBOX =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
const resolve = (entry: string) =>
  envelope(
    `<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>${entry}</m:UnresolvedEntry></m:ResolveNames>`,
  )

describe('before a client has a token', () => {
  test.each([
    ['GET', '/autodiscover/autodiscover.xml'],
    ['GET', '/Autodiscover/Autodiscover.xml'],
    ['GET', '/autodiscover/autodiscover.svc'],
    ['POST', '/AutoDiscover/AutoDiscover.xml'],
  ])('%s %s challenges it, and says which endpoints are on', async (method, path) => {
    const { status, headers, body } = await call(method, path)
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toMatch(/^Bearer client_id="00000002-/)
    expect([headers['x-soap-enabled'], headers['x-oauth-enabled']]).toEqual(['True', 'True'])
    // Whatever it says, a client takes this header for a yes.
    expect(Object.keys(headers).filter((name) => name.startsWith('x-wssecurity'))).toEqual([])
    expect([body, headers['request-id']]).toEqual(['', expect.stringMatching(/^[0-9a-f-]{36}$/)])
  })

  test('a refused token changes nothing about what is on; other paths say nothing of it', async () => {
    const refused = await call('GET', '/autodiscover/autodiscover.xml', { authorization: 'Bearer x.y.z' })
    expect([refused.status, refused.headers['x-soap-enabled']]).toEqual([401, 'True'])
    expect(refused.headers['x-ms-diagnostics']).toMatch(/^2000001;reason="/)
    for (const path of [EWS, '/autodiscover', '/autodiscover/autodiscover.json', '/EWS/Services.wsdl']) {
      const { status, headers } = await call('GET', path)
      expect([path, status, headers['x-soap-enabled']]).toEqual([path, 401, undefined])
    }
  })
})

describe('paths', () => {
  test.each(['/EWS/Exchange.asmx', '/ews/exchange.asmx', '/EWS/EXCHANGE.ASMX', '/ews/Exchange.asmx/'])(
    '%s takes requests',
    async (path) => {
      const { status, body } = await call('POST', path, asXml(), envelope(GET_INBOX))
      expect([status, body]).toEqual([200, expect.stringContaining('NoError')])
    },
  )

  test('of the service shows a browser a page that leads to its description', async () => {
    const { status, headers, body } = await call('GET', '/ews/exchange.asmx', bearer())
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toContain(`<a href="${farm.servers.exchange.url}/EWS/Services.wsdl">`)
  })

  test('of the service description give the files that were put there, and no others', async () => {
    const wsdl = await call('GET', '/EWS/Services.wsdl', bearer())
    expect([wsdl.status, wsdl.headers['content-type'], wsdl.body]).toEqual([
      200,
      'text/xml; charset=utf-8',
      '<definitions/>',
    ])
    expect((await call('GET', '/ews/types.xsd', bearer())).body).toBe('\uFEFF<schema/>')
    expect((await call('HEAD', '/ews/types.xsd', bearer())).status).toBe(200)
    const missing = await call('GET', '/EWS/messages.xsd', bearer())
    expect([missing.status, missing.body]).toEqual([
      404,
      expect.stringMatching(/^messages\.xsd is Microsoft's /),
    ])
    for (const path of ['/EWS/secret.txt', '/EWS/..%2fsecret.txt', '/EWS/Services.wsdl%00']) {
      expect([path, (await call('GET', path, bearer())).status]).toEqual([path, 404])
    }
  })

  test('of Autodiscover’s plain XML answer requests, and a browser that it is none', async () => {
    const schemas = 'http://schemas.microsoft.com/exchange/autodiscover/outlook'
    const body = `<?xml version='1.0'?><a:Autodiscover xmlns:a='${schemas}/requestschema/2006'><a:Request><a:EMailAddress>pilar@litwareinc.com</a:EMailAddress><a:AcceptableResponseSchema>${schemas}/responseschema/2006a</a:AcceptableResponseSchema></a:Request></a:Autodiscover>`
    const found = await call(
      'POST',
      '/Autodiscover/Autodiscover.xml',
      bearer({ 'content-type': 'application/xml' }),
      body,
    )
    expect([found.status, found.headers['x-oauth-enabled']]).toEqual([200, 'True'])
    expect(found.body).toContain('<DisplayName>Pilar Ackerman</DisplayName>')
    expect(found.body).toContain(`<EwsUrl>${farm.servers.exchange.url}/EWS/Exchange.asmx</EwsUrl>`)
    const browser = await call('GET', '/autodiscover/autodiscover.xml', bearer())
    expect([browser.status, browser.body]).toEqual([
      200,
      expect.stringContaining('<ErrorCode>600</ErrorCode>'),
    ])
  })
})

describe('requests', () => {
  test.each([
    ['with a mark', 'utf-16', Buffer.from(`\uFEFF${envelope(GET_INBOX)}`, 'utf16le')],
    [
      'big-endian, declared with single quotes',
      'UTF-16BE',
      Buffer.from(`<?xml version='1.0' encoding='utf-16'?>${envelope(GET_INBOX)}`, 'utf16le').swap16(),
    ],
  ])('in UTF-16 are served: %s', async (_, charset, body) => {
    const reply = await call('POST', EWS, asXml({ 'content-type': `text/xml; charset="${charset}"` }), body)
    expect([reply.status, reply.body]).toEqual([200, expect.stringContaining('NoError')])
    expect(reply.headers['content-type']).toBe('text/xml; charset=utf-8')
  })

  test('in whatever dialect of XML mean the same', async () => {
    const dialect = `\uFEFF<?xml version='1.0' encoding='utf-8'?>\r\n<!-- a client --><Envelope xmlns='${NS.soap}'><Header><RequestServerVersion xmlns='${NS.types}' Version='V2018_01_08'/></Header><Body><GetFolder xmlns='${NS.messages}'><FolderShape><BaseShape xmlns='${NS.types}'>IdOnly</BaseShape></FolderShape><FolderIds><q1:DistinguishedFolderId Id='inbox' xmlns:q1='${NS.types}' /></FolderIds></GetFolder></Body></Envelope>`
    const reply = await call('POST', EWS, asXml(), dialect)
    expect([reply.status, reply.body]).toEqual([200, expect.stringContaining('NoError')])
  })

  test('for people search the real directory', async () => {
    const one = await call('POST', EWS, asXml(), resolve('MYER'))
    expect(one.body).toContain('<t:EmailAddress>kenmyer@litwareinc.com</t:EmailAddress>')
    expect(one.body).toContain('ResponseClass="Success"')
    const several = await call('POST', EWS, asXml(), resolve('p'))
    expect(several.body).toContain('ErrorNameResolutionMultipleResults')
    expect(several.body.match(/<t:Resolution>/g)).toHaveLength(2)
    const nobody = await call('POST', EWS, asXml(), resolve('jkaufman'))
    expect(nobody.body).toContain('ErrorNameResolutionNoResults')
  })
})

describe('every answer', () => {
  test.each<[string, string, string, Record<string, string>, string | undefined, number, RegExp]>([
    ['an unknown path', 'GET', '/EWS/none', {}, undefined, 404, /^0;reason="No such resource: \/EWS\/none"/],
    [
      'a wrong method',
      'DELETE',
      EWS,
      {},
      undefined,
      405,
      /^0;reason="No such method here: expected GET, HEAD, POST, saw DELETE"/,
    ],
    [
      'a wrong type',
      'POST',
      EWS,
      { 'content-type': 'text/plain' },
      'x',
      415,
      /^0;reason="The body is of a kind/,
    ],
    [
      'a file that is not there',
      'GET',
      '/EWS/messages.xsd',
      {},
      undefined,
      404,
      /^0;reason="messages\.xsd is Microsoft's /,
    ],
    [
      'a fault',
      'POST',
      EWS,
      { 'content-type': 'text/xml' },
      '<a/>',
      500,
      /^0;reason="ErrorSchemaValidation: .*expected a SOAP Envelope/,
    ],
    [
      'a fault of Autodiscover',
      'POST',
      '/autodiscover/autodiscover.svc',
      { 'content-type': 'text/xml' },
      '<a/>',
      500,
      /^0;reason="The request is invalid: /,
    ],
  ])(
    'of Exchange to %s has a request-id and the reason',
    async (_, method, path, headers, body, status, reason) => {
      const reply = await call(method, path, bearer(headers), body)
      expect(reply.status).toBe(status)
      expect(reply.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/)
      expect(reply.headers['x-ms-diagnostics']).toMatch(reason)
      const category = status === 500 ? 'request_failed' : 'invalid_request'
      expect(reply.headers['x-ms-diagnostics']).toMatch(new RegExp(`;error_category="${category}"$`))
    },
  )

  test('of Lync too, in its own spelling', async () => {
    const authorization = `Bearer ${await mintAs(farm, 'exchange', 'lync', farm.lab.users[0])}`
    for (const [method, path, status] of [
      ['GET', '/none', 404],
      ['POST', '/ucwa/v1/me', 405],
    ] as const) {
      const { headers, ...reply } = await call(method, path, { authorization }, undefined, 'lync')
      expect([reply.status, headers['request-id']]).toEqual([
        status,
        expect.stringMatching(/^[0-9a-f-]{36}$/),
      ])
      expect(headers['x-ms-diagnostics']).toMatch(/^0;source="lync\.litwareinc\.com";reason="No such /)
    }
  })

  test('that is a success has a request-id and no reason', async () => {
    const { headers } = await call('POST', EWS, asXml(), envelope(GET_INBOX))
    expect(headers['request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers['x-ms-diagnostics']).toBeUndefined()
  })

  test('gives back the number that a client gave its request, when it asks for it', async () => {
    const id = '0b1c6f2e-1111-4222-8333-444455556666'
    const ask = { 'client-request-id': id, 'return-client-request-id': 'true' }
    expect((await call('POST', EWS, asXml(ask), envelope(GET_INBOX))).headers['client-request-id']).toBe(id)
    expect((await call('GET', EWS, ask)).headers['client-request-id']).toBe(id)
    const { 'return-client-request-id': _, ...unasked } = ask
    expect((await call('GET', EWS, unasked)).headers['client-request-id']).toBeUndefined()
    const long = { ...ask, 'client-request-id': 'x'.repeat(200) }
    expect((await call('GET', EWS, long)).headers['client-request-id']).toBeUndefined()
  })

  test('of EWS and of Autodiscover names the server’s version, faults included', async () => {
    for (const body of [envelope(GET_INBOX), envelope('<m:None/>'), '<broken']) {
      expect((await call('POST', EWS, asXml(), body)).body).toMatch(
        /<h:ServerVersionInfo xmlns:h="[^"]+\/types" MajorVersion="15" MinorVersion="1" MajorBuildNumber="2507" MinorBuildNumber="6" Version="V2017_07_11"\/>/,
      )
    }
    for (const body of [envelope('<m:None/>'), '<broken']) {
      expect((await call('POST', '/autodiscover/autodiscover.svc', asXml(), body)).body).toMatch(
        /<h:ServerVersionInfo xmlns:h="[^"]+\/2010\/Autodiscover"><h:MajorVersion>15<\/h:MajorVersion>/,
      )
    }
  })
})

test('who asked to impersonate whom is in the record, under the request-id of the answer', async () => {
  const header =
    '<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>pilar@litwareinc.com</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>'
  const { status, headers, body } = await call('POST', EWS, asXml(), envelope(GET_INBOX, header))
  expect([status, body]).toEqual([500, expect.stringContaining('ErrorImpersonateUserDenied')])
  const decided = await farm.admin('exchange', 'GET', `/decisions/${headers['request-id']}`)
  expect(decided.body.items).toMatchObject([
    { kind: 'admitted', user: 'kenmyer@litwareinc.com' },
    {
      kind: 'impersonation',
      user: 'kenmyer@litwareinc.com',
      actingAs: 'pilar@litwareinc.com',
      denied: 'ErrorImpersonateUserDenied',
      through: 'POST /EWS/Exchange.asmx',
    },
  ])
})
