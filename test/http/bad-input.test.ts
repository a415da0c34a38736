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
  ).catch((error: NodeJS.ErrnoException) => ({
    status: error.code === 'EPIPE' || error.code === 'ECONNRESET' ? 413 : 0,
  }))
  expect(said.status).toBe(413)
  const unsaid = await raw(
    'exchange',
    'POST',
    path,
    { ...(await asKen()), 'transfer-encoding': 'chunked' },
    big,
  ).catch((error: NodeJS.ErrnoException) => ({
    status: error.code === 'EPIPE' || error.code === 'ECONNRESET' ? 413 : 0,
  }))
  expect(unsaid.status).toBe(413)
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
  expect(answer.headers['allow']).toBe('GET, POST')
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
