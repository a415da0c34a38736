/** What strangers and broken clients send: the right refusal, never a crash, and the server goes on. */
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:tls'
import { CA, type Farm, mintAs, type ServerName, startFarm } from '../support/farm.ts'

let farm: Farm

beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
  await farm.register('lync', 'exchange')
  await farm.register('sharepoint', 'lync')
})

afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

// After each hostile request the server still does its work.
afterEach(async () => {
  expect(await farm.connectivityTest()).toMatchObject({ passed: true })
})

const EWS = '/EWS/Exchange.asmx'
const XML = { 'content-type': 'text/xml; charset=utf-8' }

async function asKen(extra: Record<string, string> = XML): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await mintAs(farm, 'lync', 'exchange', farm.lab.users[0])}`, ...extra }
}

/** A request with a body of raw bytes, or a header that an ordinary client would not send. */
function raw(
  server: ServerName,
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
  body?: Buffer,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
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

/** The first line that comes back for bytes that are no request at all. */
function bytes(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = ''
    const socket = connect({ host: '127.0.0.1', port: farm.servers.exchange.port, ca: CA() }, () =>
      socket.write(text),
    )
    socket.on('data', (chunk) => {
      seen += chunk
    })
    socket.on('close', () => resolve(seen.split('\r\n')[0] ?? ''))
    socket.on('error', reject)
  })
}

test.each<[ServerName, string]>([
  ['exchange', EWS],
  ['exchange', '/ews/exchange.asmx'],
  ['exchange', '/autodiscover/autodiscover.svc'],
  ['lync', '/ucwa/v1/me'],
  ['sharepoint', '/_vti_bin/client.svc'],
  ['sharepoint', '//_vti_bin/client.svc'],
  ['sharepoint', '/_VTI_BIN/Client.svc/'],
  ['sharepoint', '/sites/team/_vti_bin/client.svc'],
  ['sharepoint', '/sites/team//_vti_bin/client.svc'],
  ['sharepoint', '/_vti_bin/client.svc/ProcessQuery'],
  ['sharepoint', '/_api/contextinfo'],
  ['sharepoint', '/sites/team/_api/web'],
  ['sharepoint', '/_api/web'],
])('%s %s answers an empty Bearer with its challenge, whatever the method', async (server, path) => {
  const start = {
    exchange: 'Bearer client_id="00000002-',
    lync: 'Bearer trusted_issuers="',
    sharepoint: 'Bearer realm="',
  }
  for (const method of ['GET', 'POST']) {
    for (const authorization of ['Bearer', 'Bearer ', 'bearer', undefined]) {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await raw(server, method, path, headers)
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toMatch(start[server])
      expect(answer.headers['x-ms-diagnostics']).toBeUndefined()
    }
  }
})

test('a probe that waits for "100 Continue" with a body is answered without the body', async () => {
  const answer = await raw('exchange', 'POST', EWS, {
    authorization: 'Bearer',
    expect: '100-continue',
    'content-length': '500',
  })
  expect(answer.status).toBe(401)
})

test('garbage for a token is refused in each product’s own words', async () => {
  const headers = { authorization: 'Bearer garbage' }
  const exchange = await raw('exchange', 'POST', EWS, headers)
  expect(exchange.headers['www-authenticate']).toMatch(/, error="invalid_token"$/)
  expect(exchange.headers['x-ms-diagnostics']).toBe(
    '2000001;reason="OAuth token submitted with the request cannot be parsed.";error_category="invalid_token"',
  )
  const sharepoint = await raw('sharepoint', 'GET', '/_api/web', headers)
  expect(sharepoint.headers['x-ms-diagnostics']).toMatch(/^3001000;reason="[^"]+";category="invalid_client"$/)
  expect(JSON.parse(sharepoint.body)).toHaveProperty('error_description')
  const lync = await raw('lync', 'GET', '/ucwa/v1/me', headers)
  expect(lync.headers['x-ms-diagnostics']).toMatch(/^28020;source="lync\.litwareinc\.com";reason="/)
})

test('two Authorization headers are one too many', async () => {
  const answer = await raw('exchange', 'POST', EWS, { authorization: ['Bearer a.b.c', 'Bearer d.e.f'] })
  expect(answer.status).toBe(400)
  expect(answer.headers['x-entente-refusal']).toBe('several_credentials')
})

test('a header section over 16 KiB is refused', async () => {
  expect((await raw('exchange', 'POST', EWS, { authorization: `Bearer ${'a'.repeat(17_000)}` })).status).toBe(
    431,
  )
})

test.each([
  [1, '/autodiscover/autodiscover.svc'],
  [16, EWS],
])('a body over %i MiB is refused at %s, whether its length is said or not', async (mebibytes, path) => {
  const big = Buffer.alloc(mebibytes * 1024 * 1024 + 1, ' ')
  const said = await raw(
    'exchange',
    'POST',
    path,
    { ...(await asKen()), 'content-length': String(big.length) },
    big,
  )
  expect(said.status).toBe(413)
  expect(said.body).toContain('The body is too large')
  const unsaid = await raw(
    'exchange',
    'POST',
    path,
    { ...(await asKen()), 'transfer-encoding': 'chunked' },
    big,
  )
  expect(unsaid.status).toBe(413)
})

test('a body that never ends is cut off, with nothing of it kept', async () => {
  const headers = { ...(await asKen()), 'transfer-encoding': 'chunked' }
  const { port } = farm.servers.exchange
  const before = process.memoryUsage().arrayBuffers
  let sent = 0
  const end = await new Promise<string>((done) => {
    const req = httpsRequest({ host: '127.0.0.1', port, method: 'POST', path: EWS, headers, ca: CA() })
    const chunk = Buffer.alloc(256 * 1024, ' ')
    const send = () => {
      if (req.destroyed) return
      sent += chunk.length
      req.write(chunk, () => setImmediate(send))
    }
    req.on('response', (res) => {
      req.destroy()
      done(`${res.statusCode}`)
    })
    req.on('error', ({ code }: NodeJS.ErrnoException) => done(code ?? ''))
    send()
  })
  expect(['413', 'ECONNRESET', 'EPIPE']).toContain(end)
  expect(sent).toBeLessThan(80 * 1024 * 1024)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80 * 1024 * 1024)
})

test.each([
  ['utf-16', 'utf8', 415],
  ['utf-16le', 'utf8', 415],
  ['utf-8', 'utf16le', 415],
  ['utf-16be', 'utf16le', 415],
  ['"UTF-16"', 'utf16le', 500],
  ['utf-16le', 'utf16le', 500],
  ['UTF-8', 'utf8', 500],
] as const)(
  'a body whose media type says %s and which is %s is answered with %i',
  async (charset, is, status) => {
    const headers = await asKen({ 'content-type': `text/xml; charset=${charset}` })
    const answer = await raw('exchange', 'POST', EWS, headers, Buffer.from(String(envelope('')), is))
    expect(answer.status).toBe(status)
    expect(answer.body).toMatch(
      status === 415 ? /charset: expected UTF-(8|16), which the body is in/ : /ErrorSchemaValidation/,
    )
  },
)

test('EWS answers HEAD as it answers GET, with no body', async () => {
  for (const path of [EWS, '/autodiscover/autodiscover.xml']) {
    const [get, head] = [
      await raw('exchange', 'GET', path, await asKen({})),
      await raw('exchange', 'HEAD', path, await asKen({})),
    ]
    expect([get.status, head.status]).toEqual([200, 200])
    expect(head.headers['content-type']).toBe(get.headers['content-type'])
    expect([get.body.length > 0, head.body]).toEqual([true, ''])
  }
})

test.each([
  ['application/json', 415],
  ['text/plain', 415],
  ['text/xml; charset=iso-8859-1', 415],
  ['application/soap+xml', 415],
])('EWS takes no body of type %s', async (type, status) => {
  const answer = await raw(
    'exchange',
    'POST',
    EWS,
    await asKen({ 'content-type': type }),
    Buffer.from('<a/>'),
  )
  expect(answer.status).toBe(status)
})

test('an admitted caller with the wrong method is told the right one', async () => {
  const answer = await raw('exchange', 'DELETE', EWS, await asKen())
  expect(answer.status).toBe(405)
  expect(answer.headers['allow']).toBe('GET, HEAD, POST')
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['invalid UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe, 0x3c, 0x2f, 0x61, 0x3e])],
  ['broken XML', Buffer.from('<soap:Envelope')],
  ['XML that is no envelope', Buffer.from('<a/>')],
  ['a DTD', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')],
  ['no operation', envelope('')],
  ['an unknown operation', envelope('<m:DropAllTables/>')],
])('EWS answers %s with a SOAP fault', async (_, body) => {
  const answer = await raw('exchange', 'POST', EWS, await asKen(), body)
  expect(answer.status).toBe(500)
  expect(answer.headers['content-type']).toMatch(/^text\/xml/)
  expect(answer.body).toContain('ErrorSchemaValidation')
  expect(answer.body).not.toMatch(/ at .*\.[jt]s:/)
})

test('a path that is not valid percent-encoding is refused', async () => {
  expect((await raw('sharepoint', 'GET', '/_api/%E0%A4%A', {})).status).toBe(400)
  expect((await raw('exchange', 'GET', '/EWS/%zz', {})).status).toBe(400)
})

test.each([
  ['GET', '/_api/%zz', 400, 'expression_invalid'],
  ['OPTIONS', '/_api/web', 405, 'method_wrong'],
  ['GET', '/_vti_bin/client.svc', 404, 'resource_missing'],
  ['GET', "/_api/web/lists/getbytitle('%00')", 400, 'expression_invalid'],
  ['GET', "/_api/web/lists/getbytitle(@t)?@t='%00'", 400, 'query_option_invalid'],
  [
    'GET',
    "/_api/web/lists/getbytitle('Tasks')/items?$filter=Title eq '%00'".replaceAll(' ', '%20'),
    400,
    'query_option_invalid',
  ],
  [
    'GET',
    "/_api/web/lists/getbytitle('Tasks')/items?$orderby=Title&$skiptoken=Paged%3DTRUE%26p_Title%3D%2500%26p_ID%3D1",
    400,
    'query_option_invalid',
  ],
])(
  'SharePoint refuses %s %s with %i in the dialect that is asked for',
  async (method, path, status, code) => {
    const authorization = `Bearer ${await mintAs(farm, 'lync', 'sharepoint', farm.lab.users[0])}`
    for (const [accept, member] of [
      ['application/json;odata=verbose', 'error'],
      ['application/json;odata=nometadata', 'odata.error'],
    ] as const) {
      const answer = await raw('sharepoint', method, path, { authorization, accept })
      expect([answer.status, answer.headers['x-entente-refusal']]).toEqual([status, code])
      expect(answer.headers['content-type']).toBe(`${accept};charset=utf-8`)
      expect(JSON.parse(answer.body)[member]).toMatchObject({
        code: expect.any(String),
        message: { lang: 'en-US' },
      })
      if (status === 405) expect(answer.headers['allow']).toContain('MERGE')
    }
  },
)

test('a body that is too large for SharePoint is refused in its dialect', async () => {
  const authorization = `Bearer ${await mintAs(farm, 'lync', 'sharepoint', farm.lab.users[0])}`
  const headers = {
    authorization,
    accept: 'application/json;odata=verbose',
    'content-type': 'application/json',
  }
  const answer = await raw(
    'sharepoint',
    'POST',
    '/_api/web/lists',
    headers,
    Buffer.alloc(2 * 1024 * 1024, ' '),
  )
  expect([answer.status, answer.headers['x-entente-refusal']]).toEqual([413, 'body_too_long'])
  expect(JSON.parse(answer.body).error.message.value).toMatch(/too big: expected at most 1048576 bytes/)
})

test.each([
  ['no HTTP', 'hello\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
  [
    'a request with two lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'HTTP/1.1 400 Bad Request',
  ],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
])('bytes that are %s are refused', async (_, text, line) => {
  expect(await bytes(text)).toBe(line)
})

test('no answer names the software beneath', async () => {
  const answer = await raw('exchange', 'GET', '/', {})
  expect(answer.headers['x-powered-by']).toBeUndefined()
  expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

function envelope(operation: string): Buffer {
  const ns = 'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
  return Buffer.from(
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ${ns}><s:Body>${operation}</s:Body></s:Envelope>`,
  )
}
