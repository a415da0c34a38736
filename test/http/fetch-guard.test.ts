/** What a download lets itself be sent to, and what it takes from there. Everything here happens on this machine. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, rootCertificates } from 'node:tls'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { openGuard } from '../../src/http/fetch-guard.ts'
import {
  type Outbound,
  type OutboundOptions,
  openOutbound,
  withSystemRoots,
} from '../../src/http/outbound.ts'
import { ensureLabCertificates } from '../../src/lab/certificates.ts'
import { readLabFile, serverConfigOf } from '../../src/lab/lab-file.ts'
import type { Outcome } from '../../src/protocol/outcome.ts'
import { machine } from '../../src/server/ambient.ts'
import { ServerConfig } from '../../src/server/config.ts'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import type { Downloaded } from '../../src/trust/partner-keys.ts'
import { CA, CERTIFICATES } from '../support/farm.ts'
import { actor, encode, forUser, STRANGER } from '../support/tokens.ts'

const LIMIT = 512 * 1024
/** The name that the authority of a partner, unknown to us, has certified. */
const THEIRS = 'auth.partner.example'
const PATH = '/metadata/json/1'

let theirs: { ca: string; cert: string; key: string }
const dir = mkdtempSync(join(tmpdir(), 'entente-guard-'))
const read = (file: string) => readFileSync(file, 'utf8')
const OURS = {
  cert: read(join(CERTIFICATES, 'exchange-tls.pem')),
  key: read(join(CERTIFICATES, 'exchange-tls-key.pem')),
}

beforeAll(async () => {
  const wanted = { name: 'their', hosts: [THEIRS], oauthSubject: 'CN=their' }
  await ensureLabCertificates(dir, [wanted], machine.now())
  const file = (name: string) => read(join(dir, `${name}.pem`))
  theirs = { ca: file('ca'), cert: file('their-tls'), key: file('their-tls-key') }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What is to be closed after each test. */
let open: (() => unknown)[]
let asked: string[]
beforeEach(() => {
  open = []
  asked = []
})
afterEach(async () => {
  for (const close of open) await close()
})

/** Names resolve as this table says; several answers are given one after the other, the last for ever. */
function resolver(table: Record<string, readonly (readonly string[])[]>) {
  const left = new Map(Object.entries(table).map(([host, answers]) => [host, [...answers]]))
  return async (host: string): Promise<readonly string[]> => {
    asked.push(host)
    const answers = left.get(host) ?? []
    const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers
    if (answer === undefined)
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
    return answer
  }
}

const HOME = [['127.0.0.1']]

function outbound(change: Partial<OutboundOptions> = {}): Outbound {
  const made = openOutbound({
    ca: CA(),
    routes: new Map(),
    guard: { allow: ['localhost'], resolve: resolver({ localhost: HOME, 'exchange.litwareinc.com': HOME }) },
    ...change,
  })
  open.push(made.close)
  return made
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** An HTTPS server on this machine; answers its port, and how many connections were made to it. */
async function serve(handler: Handler, tls: { cert: string; key: string } = OURS) {
  const seen = { connections: 0, requests: [] as IncomingMessage[] }
  const server = createServer(tls, (req, res) => {
    seen.requests.push(req)
    handler(req, res)
  })
  server.on('connection', () => seen.connections++)
  server.on('tlsClientError', () => undefined)
  return { port: await listening(server), seen }
}

const JSON_HEAD = { 'content-type': 'application/json; charset=utf-8' }
const good: Handler = (_req, res) => res.writeHead(200, JSON_HEAD).end('{"id":"x"}')
const at = (port: number, host = 'localhost') => `https://${host}:${port}${PATH}`
const told = (outcome: Outcome<Downloaded>) => (outcome.ok ? outcome.value.text : outcome.code)

async function timed<T>(task: Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  return [await task, performance.now() - start]
}

describe('a document is downloaded', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/json',
    'APPLICATION/JSON',
    'application/problem+json',
  ])('when it says it is %s', async (type) => {
    const { port, seen } = await serve((_req, res) => res.writeHead(200, { 'content-type': type }).end('{}'))
    expect(await outbound().download(at(port))).toEqual({ ok: true, value: { text: '{}' } })
    expect(seen.requests[0]!.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
    })
  })

  test('when it does not say what it is', async () => {
    const { port } = await serve((_req, res) => res.writeHead(200).end('{}'))
    expect(await outbound().download(at(port))).toEqual({ ok: true, value: { text: '{}' } })
  })

  test('and refused when it is not UTF-8', async () => {
    const { port } = await serve((_req, res) => {
      res.writeHead(200, JSON_HEAD).end(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
    })
    expect(told(await outbound().download(at(port)))).toBe('document_not_json')
  })

  test.each([true, false])('of exactly 512 KiB, its length told: %s', async (isTold) => {
    const { port } = await serve((_req, res) => {
      res.writeHead(200, { ...JSON_HEAD, ...(isTold && { 'content-length': LIMIT }) })
      res.end(`"${'x'.repeat(LIMIT - 2)}"`)
    })
    expect(told(await outbound().download(at(port)))).toHaveLength(LIMIT)
  })

  test('over a connection of its own that is closed afterwards', async () => {
    const { port, seen } = await serve(good)
    const client = outbound()
    expect([told(await client.download(at(port))), told(await client.download(at(port)))]).toEqual(
      Array(2).fill('{"id":"x"}'),
    )
    expect(seen.connections).toBe(2)
  })
})

describe('a URL is refused before anything is called:', () => {
  const REFUSED: [what: string, url: string, code: string][] = [
    ['a file', 'file:///etc/passwd', 'metadata_url_forbidden'],
    ['plain http', 'http://localhost:8441/metadata/json/1', 'metadata_url_forbidden'],
    ['ftp', 'ftp://localhost/metadata/json/1', 'metadata_url_forbidden'],
    ['data', 'data:application/json,{}', 'metadata_url_forbidden'],
    ['a user', 'https://user@localhost/', 'metadata_url_forbidden'],
    ['a user and a password', 'https://user:geheim@localhost/', 'metadata_url_forbidden'],
    ['a host hidden behind a user', 'https://partner.example@127.0.0.1/', 'metadata_url_forbidden'],
    ['a password alone', 'https://:geheim@localhost/', 'metadata_url_forbidden'],
    ['no URL', 'localhost:8441', 'metadata_url_forbidden'],
    ['nothing', '', 'metadata_url_forbidden'],
  ]
  test.each(REFUSED)('%s (%s)', async (_what, url, code) => {
    const refused = await outbound().download(url)
    expect(refused).toMatchObject({ ok: false, code, at: 'metadataUrl' })
    expect(JSON.stringify(refused)).not.toContain('geheim')
    expect(asked).toEqual([])
  })
})

describe('an address that is not of the Internet is refused', () => {
  const LITERALS = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.0.0.1.',
    '2130706433',
    '017700000001',
    '0177.0.0.01',
    '0x7f000001',
    '0x7f.0.0.1',
    '0X7F.1',
    '0x7f.0x0.0x0.0x1',
    '127.0.0.1%2e',
    '%31%32%37.0.0.1',
    '１２７.０.０.１',
    '①②⑦.0.0.1',
    '127。0。0。1',
    '0',
    '0.0.0.0',
    '0x0',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:FFFF:127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2002:7f00:0001::1]',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '10.0.0.1',
    '0xa.1',
    '192.168.1.1',
    '3232235777',
    '172.16.0.1',
    '100.64.0.1',
    '255.255.255.255',
    '4294967295',
  ]
  test.each(LITERALS)('in the URL as %s', async (host) => {
    const { port, seen } = await serve(good)
    expect(await outbound().download(at(port, host))).toMatchObject({
      ok: false,
      code: 'metadata_address_forbidden',
      at: 'metadataUrl',
    })
    expect(asked).toEqual([])
    expect(seen.connections).toBe(0)
  })

  test.each([
    '256.0.0.1',
    '127.0.0.1.1',
    '[::ffff:127.0.0.1%25lo]',
    '[fe80::1%25eth0]',
    '0x',
    '1.2.3.4.5',
    '[127.0.0.1]',
  ])('or never becomes one: %s', async (host) => {
    const { port, seen } = await serve(good)
    expect((await outbound().download(at(port, host))).ok).toBe(false)
    expect(seen.connections).toBe(0)
  })

  test.each([
    ['loopback', ['127.0.0.1']],
    ['loopback behind a public one', ['8.8.8.8', '127.0.0.1']],
    ['loopback before a public one', ['127.0.0.1', '8.8.8.8']],
    ['private', ['10.1.2.3']],
    ['link-local', ['169.254.169.254']],
    ['a mapped loopback', ['::ffff:127.0.0.1']],
    ['IPv6 loopback', ['2606:4700::1111', '::1']],
    ['with a zone', ['fe80::1%eth0']],
    ['no address at all', ['localhost']],
  ])('behind a name: %s', async (_what, addresses) => {
    const { port, seen } = await serve(good)
    const client = outbound({ guard: { allow: [], resolve: resolver({ 'evil.example': [addresses] }) } })
    const refused = await client.download(at(port, 'evil.example'))
    const bad = addresses.find((address) => !['8.8.8.8', '2606:4700::1111'].includes(address))
    expect(refused).toMatchObject({
      code: 'metadata_address_forbidden',
      seen: expect.stringContaining('evil.example'),
    })
    expect(refused).toMatchObject({ seen: expect.stringContaining(bad!) })
    expect(asked).toEqual(['evil.example'])
    expect(seen.connections).toBe(0)
  })

  test('also for a name with a dot at its end, or that only looks like one that is allowed', async () => {
    const names = ['localhost.', 'a.localhost', 'localhost.example', 'xlocalhost']
    const { port, seen } = await serve(good)
    const resolve = resolver(Object.fromEntries(names.map((name) => [name, HOME])))
    const client = outbound({ guard: { allow: ['localhost', '127.0.0.1'], resolve } })
    for (const name of names) {
      expect(told(await client.download(at(port, name)))).toBe('metadata_address_forbidden')
    }
    expect(seen.connections).toBe(0)
  })

  test('also for an ordinary call to a partner', async () => {
    const { port, seen } = await serve(good)
    const client = outbound({ guard: { allow: [], resolve: resolver({ 'evil.example': HOME }) } })
    for (const host of ['127.1', '[::1]', 'evil.example']) {
      expect(await client.send({ method: 'GET', url: at(port, host), headers: {} })).toMatchObject({
        answered: false,
        why: expect.stringContaining('not an address of the Internet'),
      })
    }
    expect(seen.connections).toBe(0)
  })

  test('also where a route leads there, unless the name is allowed', async () => {
    const { port, seen } = await serve(good)
    const routes = new Map([['exchange.litwareinc.com', { address: '127.0.0.1', port }]])
    const resolve = resolver({})
    const url = 'https://exchange.litwareinc.com/metadata/json/1'
    expect(told(await outbound({ routes, guard: { allow: [], resolve } }).download(url))).toBe(
      'metadata_address_forbidden',
    )
    expect(seen.connections).toBe(0)
    const guard = { allow: ['exchange.litwareinc.com'], resolve }
    expect((await outbound({ routes, guard }).download(url)).ok).toBe(true)
    expect(asked).toEqual([])
  })
})

describe('a name that changes its address (DNS rebinding)', () => {
  const connectTo = (guard: ReturnType<typeof openGuard>, host: string, options = {}) =>
    new Promise((resolve) =>
      guard.lookup(host, options, (error, address, family) => resolve(error ?? [address, family].flat())),
    )

  test('is connected to at the address that was checked, and asked for once per connection', async () => {
    const resolve = resolver({ 'evil.example': [['8.8.8.8'], ['127.0.0.1']] })
    const guard = openGuard({ allow: [], resolve })
    expect(await connectTo(guard, 'evil.example', { all: true })).toEqual([
      { address: '8.8.8.8', family: 4 },
      undefined,
    ])
    expect(asked).toEqual(['evil.example'])
    expect(await connectTo(guard, 'evil.example', { all: true })).toMatchObject({
      name: 'ForbiddenAddressError',
    })
    expect(asked).toHaveLength(2)
  })

  test('gives its first address to a socket that wants one', async () => {
    const guard = openGuard({
      allow: [],
      resolve: resolver({ 'a.example': [['2606:4700::1111', '8.8.8.8']] }),
    })
    expect(await connectTo(guard, 'a.example')).toEqual(['2606:4700::1111', 6])
  })

  test('gets no second chance within a download', async () => {
    const { port, seen } = await serve(good)
    const resolve = resolver({ localhost: [['127.0.0.1'], ['127.0.0.2']] })
    const client = outbound({ guard: { allow: ['localhost'], resolve } })
    expect((await client.download(at(port))).ok).toBe(true)
    expect(asked).toEqual(['localhost'])
    expect(seen.connections).toBe(1)
  })

  test('is refused at the next download, when it has turned to this machine', async () => {
    const { port, seen } = await serve(good)
    const resolve = resolver({ 'evil.example': [[], ['127.0.0.1']] })
    const client = outbound({ guard: { allow: [], resolve } })
    expect(told(await client.download(at(port, 'evil.example')))).toBe('metadata_unreachable')
    expect(told(await client.download(at(port, 'evil.example')))).toBe('metadata_address_forbidden')
    expect(seen.connections).toBe(0)
  })
})

describe('the allow-list', () => {
  test.each([
    [['localhost'], 'localhost', true],
    [['localhost'], 'LOCALHOST', true],
    [['localhost'], '127.0.0.1', false],
    [['127.0.0.1'], '127.0.0.1', true],
    [['127.0.0.1'], '127.1', true],
    [['127.0.0.1'], '2130706433', true],
    [['127.0.0.1'], '[::ffff:127.0.0.1]', false],
    [['127.0.0.1'], 'localhost', false],
    [[], 'localhost', false],
    [['127.0.0.0/8', '*', 'local*'], '127.0.0.1', false],
    [['127.0.0.2'], '127.0.0.1', false],
  ])('%j lets https://%s: %s', async (allow, host, isAllowed) => {
    const { port } = await serve(good)
    const client = outbound({ guard: { allow, resolve: resolver({ localhost: HOME }) } })
    const downloaded = told(await client.download(at(port, host)))
    expect(downloaded === 'metadata_address_forbidden').toBe(!isAllowed)
    const reply = await client.send({ method: 'GET', url: at(port, host), headers: {} })
    const isForbidden = !reply.answered && reply.why.includes('not an address of the Internet')
    expect(isForbidden).toBe(!isAllowed)
  })

  test.each(['::1', '0:0:0:0:0:0:0:1'])('takes an IPv6 address as %s', (entry) => {
    const guard = openGuard({ allow: [entry], resolve: resolver({}) })
    expect(guard.refuseAddress('::1', '::1')).toBeUndefined()
    expect(guard.refuseAddress('::2', '::2')).toBeDefined()
  })

  test('is empty unless the configuration names hosts; in the lab it has the lab’s, and what the lab file adds', () => {
    const { fetch: _fetch, ...config } = serverConfigOf(lab, 'exchange', places)
    expect(ServerConfig.parse(config).fetch).toEqual({ allow: [] })
    const [exchange, ...others] = lab.servers
    const more = { ...lab, servers: [{ ...exchange!, fetch: { allow: ['intranet.example'] } }, ...others] }
    const allowed = (name: string) => serverConfigOf(more, name, places).fetch.allow
    expect(allowed('exchange')).toEqual([...allowed('lync'), 'intranet.example'])
    expect(allowed('lync')).toEqual(
      expect.arrayContaining(['localhost', '127.0.0.1', '::1', ...exchange!.hosts]),
    )
    for (const allow of [['https://localhost'], ['localhost:8441'], [''], ['*'], 'localhost']) {
      expect(ServerConfig.safeParse({ ...config, fetch: { allow } }).success).toBe(false)
    }
  })
})

describe('an answer is refused', () => {
  test.each([301, 302, 303, 307, 308, 300, 304])(
    'when it is a redirect: HTTP %s, and is not followed',
    async (status) => {
      const target = await serve(good)
      const { port, seen } = await serve((_req, res) =>
        res.writeHead(status, { location: at(target.port) }).end(),
      )
      const refused = await outbound().download(at(port))
      expect(refused).toMatchObject({
        code: 'metadata_redirected',
        seen: expect.stringContaining(`HTTP ${status}`),
      })
      expect([seen.connections, target.seen.connections]).toEqual([1, 0])
    },
  )

  test.each([201, 204, 401, 404, 500, 503])('when it is HTTP %s', async (status) => {
    const { port } = await serve((_req, res) => res.writeHead(status, JSON_HEAD).end())
    expect(await outbound().download(at(port))).toMatchObject({
      code: 'metadata_unreachable',
      seen: `HTTP ${status} from localhost:${port}`,
    })
  })

  test.each([
    'text/html',
    'text/plain',
    'application/jsonp',
    'application/javascript',
    'json',
    'text/html; a=application/json',
  ])('when it says it is %s', async (type) => {
    const { port } = await serve((_req, res) => res.writeHead(200, { 'content-type': type }).end('{}'))
    expect(told(await outbound().download(at(port)))).toBe('metadata_wrong_type')
  })

  test('when it is a gzip bomb, of which next to nothing is read', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    for (const encoding of ['gzip', 'GZIP', 'deflate', 'br', 'zstd', 'identity, gzip', 'x-gzip']) {
      const { port } = await serve((_req, res) =>
        res.writeHead(200, { ...JSON_HEAD, 'content-encoding': encoding }).end(bomb),
      )
      const [refused, milliseconds] = await timed(outbound().download(at(port)))
      expect(told(refused)).toBe('metadata_compressed')
      expect(milliseconds).toBeLessThan(1_000)
    }
  })

  test('when it says that it is larger than 512 KiB, without reading it', async () => {
    let left = 0
    const { port } = await serve((_req, res) => {
      res.writeHead(200, { ...JSON_HEAD, 'content-length': LIMIT + 1 }).write('{')
      res.on('close', () => left++)
    })
    expect(told(await outbound().download(at(port)))).toBe('metadata_too_large')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(left).toBe(1) // hung up on
  })

  test.each(['in one piece', 'without end'])('when it is larger without saying so, %s', async (how) => {
    let written = 0
    const { port } = await serve((_req, res) => {
      res.writeHead(200, JSON_HEAD)
      const piece = Buffer.alloc(64 * 1024, ' ')
      if (how === 'in one piece') res.end(Buffer.alloc(LIMIT + 1, ' '))
      const more = () => {
        while (!res.destroyed && res.write(piece)) written += piece.length
      }
      if (how === 'without end') {
        res.on('drain', more)
        more()
      }
    })
    expect(told(await outbound().download(at(port)))).toBe('metadata_too_large')
    expect(written).toBeLessThan(16 * 1024 * 1024)
  })

  test('when its head is larger than 16 KiB', async () => {
    const { port } = await serve((_req, res) =>
      res.writeHead(200, { ...JSON_HEAD, a: 'x'.repeat(20_000) }).end('{}'),
    )
    expect(told(await outbound().download(at(port)))).toBe('metadata_unreachable')
  })

  test.each([
    ['101, with an upgrade', 'Upgrade: x\r\nConnection: Upgrade\r\n'],
    ['101, without one', ''],
  ])('when it is a %s, in words about the answer', async (_, headers) => {
    const { port } = await serve((req) => {
      req.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`)
    })
    const reply = await outbound({ timeoutMs: 1_000 }).send({
      method: 'POST',
      url: at(port),
      headers: {},
      body: '',
    })
    expect(reply).toEqual({ answered: false, why: 'its answer is none that was asked for in HTTP/1.1' })
  })

  test('when the host is not there, has no name, or hangs up', async () => {
    const { port } = await serve((req) => req.socket.destroy())
    const client = outbound()
    expect(await client.download(at(port))).toMatchObject({ code: 'metadata_unreachable' })
    expect(await client.download(at(1))).toMatchObject({
      code: 'metadata_unreachable',
      seen: expect.stringContaining('ECONNREFUSED 127.0.0.1:1'),
    })
    expect(await client.download('https://nobody.example/')).toMatchObject({
      code: 'metadata_unreachable',
      seen: expect.stringContaining('nobody.example'),
    })
  })
})

describe('all of it must come in time, however it is delayed:', () => {
  const TIME = 300
  const SLOW: [what: string, start: () => Promise<number>][] = [
    ['a host that accepts and says nothing', () => listening(createTcpServer())],
    ['no head', async () => (await serve(() => undefined)).port],
    [
      'a head that drips',
      () => {
        const server = createTlsServer(OURS, (socket) => {
          socket.on('error', () => undefined)
          socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx: ')
          const drip = setInterval(() => socket.write('y'), 10)
          socket.on('close', () => clearInterval(drip))
        })
        return listening(server)
      },
    ],
    [
      'a body that drips',
      async () => {
        const { port } = await serve((_req, res) => {
          res.writeHead(200, JSON_HEAD).write('{')
          const drip = setInterval(() => res.write(' '), 10)
          res.on('close', () => clearInterval(drip))
        })
        return port
      },
    ],
    [
      'a body that stops',
      async () => (await serve((_req, res) => void res.writeHead(200, JSON_HEAD).write('{'))).port,
    ],
  ]
  test.each(SLOW)('%s', async (_what, start) => {
    const port = await start()
    const [refused, milliseconds] = await timed(outbound({ timeoutMs: TIME }).download(at(port)))
    expect(refused).toMatchObject({ code: 'metadata_too_slow', seen: `no end of it from localhost:${port}` })
    expect(milliseconds).toBeGreaterThan(TIME / 2)
    expect(milliseconds).toBeLessThan(TIME + 4_000)
  })

  test.each(SLOW)('%s, also when a partner is called', async (_what, start) => {
    const port = await start()
    const reply = await outbound({ timeoutMs: TIME }).send({ method: 'GET', url: at(port), headers: {} })
    expect(reply.answered).toBe(false)
  })

  test('a name that is never resolved', async () => {
    const guard = { allow: ['localhost'], resolve: () => new Promise<never>(() => undefined) }
    const [refused, milliseconds] = await timed(outbound({ guard, timeoutMs: TIME }).download(at(1)))
    expect(told(refused)).toBe('metadata_too_slow')
    expect(milliseconds).toBeLessThan(TIME + 4_000)
  })

  test('and there are five seconds when nothing else is said', async () => {
    const { port } = await serve(() => undefined)
    const [refused, milliseconds] = await timed(outbound().download(at(port)))
    expect(refused).toMatchObject({ code: 'metadata_too_slow', expected: 'all of it within 5 s' })
    expect(milliseconds).toBeGreaterThan(4_900)
    expect(milliseconds).toBeLessThan(15_000)
  })
})

describe('TLS', () => {
  const guard = { allow: ['localhost', THEIRS], resolve: resolver({ localhost: HOME, [THEIRS]: HOME }) }

  test('of an authority that nobody named is refused', async () => {
    const { port, seen } = await serve(good, theirs)
    expect(await outbound({ guard }).download(at(port, THEIRS))).toMatchObject({
      code: 'metadata_tls_untrusted',
      seen: expect.stringContaining(THEIRS),
    })
    expect(seen.requests).toEqual([])
  })

  test('of the partner’s own authority is accepted, for that partner alone', async () => {
    const { port } = await serve(good, theirs)
    const client = outbound({ guard })
    expect((await client.download(at(port, THEIRS), theirs.ca)).ok).toBe(true)
    expect(told(await client.download(at(port, THEIRS)))).toBe('metadata_tls_untrusted')
    const call = { method: 'GET', url: at(port, THEIRS), headers: {} } as const
    expect(await client.send({ ...call, certificateAuthority: theirs.ca })).toMatchObject({ answered: true })
    expect(await client.send(call)).toMatchObject({ answered: false })
    expect(await client.send({ ...call, certificateAuthority: CA() })).toMatchObject({ answered: false })
  })

  test('of our own authority still counts beside the partner’s, and several may stand in one PEM', async () => {
    const [ours, other] = [await serve(good), await serve(good, theirs)]
    const client = outbound({ guard })
    expect((await client.download(at(ours.port), theirs.ca)).ok).toBe(true)
    const both = outbound({ guard, ca: [] })
    expect((await both.download(at(ours.port), `${theirs.ca}${CA()}`)).ok).toBe(true)
    expect((await both.download(at(other.port, THEIRS), `${CA()}${theirs.ca}`)).ok).toBe(true)
    expect(told(await both.download(at(ours.port)))).toBe('metadata_tls_untrusted')
  })

  test('of the server’s own certificate, named as authority, is accepted', async () => {
    const { port } = await serve(good, theirs)
    const [leaf = ''] = theirs.cert.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/) ?? []
    expect(told(await outbound({ guard }).download(at(port, THEIRS), `${leaf}${theirs.ca}`))).toBe(
      '{"id":"x"}',
    )
  })

  test('for another host is refused, whoever vouches for it', async () => {
    const { port } = await serve(good)
    expect(await outbound({ guard }).download(at(port, THEIRS))).toMatchObject({
      code: 'metadata_tls_untrusted',
      seen: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    })
  })

  test('trusts the system’s roots besides the configured authority', () => {
    expect(withSystemRoots(CA())).toEqual([...rootCertificates, CA()])
  })

  test('is verified whatever the environment says', async () => {
    const { port } = await serve(good, theirs)
    const script = `
      import { openOutbound } from './dist/http/outbound.js'
      const guard = { allow: ['localhost'], resolve: async () => ['127.0.0.1'] }
      const outbound = openOutbound({ routes: new Map(), guard })
      console.log(JSON.stringify(await outbound.download('https://localhost:${port}/')))
      console.log(JSON.stringify(await outbound.send({ method: 'GET', url: 'https://localhost:${port}/', headers: {} })))
      await outbound.close()`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
    })
    const [download, send] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(download).toMatchObject({ code: 'metadata_tls_untrusted' })
    expect(send).toMatchObject({ answered: false })
  })
})

const places = { labFile: 'metadata/lab.json', dataDir: dir, certsDir: CERTIFICATES }
const lab = readLabFile(places)

describe('a running server', () => {
  async function start(allow: string[], table: Parameters<typeof resolver>[0] = {}): Promise<RunningServer> {
    const surprise = (error: unknown) => {
      throw error
    }
    const config = serverConfigOf(lab, 'exchange', places)
    const server = await startServer(
      { ...config, port: 0, storage: 'memory', fetch: { allow } },
      { ...machine, resolve: resolver(table) },
      { request: () => undefined, surprise },
    )
    open.push(() => server.close())
    return server
  }
  const client = () => outbound({ guard: { allow: ['localhost'], resolve: async () => ['127.0.0.1'] } })

  async function admin(
    server: RunningServer,
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: unknown,
  ) {
    const reply = await client().send({
      method: method as 'POST',
      url: `${server.url}/admin/v1/partner-applications${path}`,
      headers: { authorization: `Bearer ${server.adminToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!reply.answered) throw new Error(reply.why)
    return { status: reply.status, body: JSON.parse(reply.body) }
  }

  test('whose allow-list is empty does not call this machine for anybody', async () => {
    const { port, seen } = await serve(good)
    const server = await start([], { localhost: HOME })
    for (const metadataUrl of [at(port), at(port, '127.0.0.1'), at(port, '[::1]'), server.url]) {
      expect(await admin(server, 'POST', '', { identity: 'Lync', metadataUrl })).toMatchObject({
        status: 422,
        body: { code: 'metadata_address_forbidden', errors: [{ path: 'metadataUrl' }] },
      })
    }
    expect(seen.connections).toBe(0)
  })

  test('calls nobody because of a token of an unknown issuer, whatever URLs are in it', async () => {
    const server = await start(['localhost'], { localhost: HOME, 'stranger.example': HOME })
    const { port, seen } = await serve(good)
    const url = at(port)
    const links = { jku: url, x5u: url, metadataUrl: url, amurl: url, iss_url: url }
    const iss = { iss: STRANGER, nameid: STRANGER, ...links }
    const [, ...rest] = actor(iss).split('.')
    const linked = [encode({ typ: 'JWT', alg: 'RS256', x5t: 'AAAA', ...links }), ...rest].join('.')
    for (const token of [
      actor(iss),
      forUser(actor(iss), iss),
      forUser(actor({ ...iss, iss: url }), { iss: url }),
      linked,
    ]) {
      const reply = await client().send({
        method: 'POST',
        url: `${server.url}/ews/exchange.asmx`,
        headers: { authorization: `Bearer ${token}` },
      })
      expect(reply).toMatchObject({ answered: true, status: 401 })
    }
    expect(asked).toEqual([])
    expect(seen.connections).toBe(0)
    await admin(server, 'POST', '', { identity: 'Stranger', metadataUrl: at(port, 'stranger.example') })
    expect(asked).toEqual(['stranger.example']) // and this is how it would have shown
  })

  test('takes a partner’s own authority, keeps it, and uses it at the refresh', async () => {
    const document = {
      id: 'x',
      issuer: STRANGER,
      keys: [{ usage: 'signing', keyinfo: { x5t: '' }, keyvalue: { type: 'x509certificate', value: '' } }],
    }
    const certificate = read(join(dir, 'their-oauth.pem')).replace(/-----[^-]+-----|\s/g, '')
    document.keys[0]!.keyvalue.value = certificate
    const { port } = await serve(
      (_req, res) => res.writeHead(200, JSON_HEAD).end(JSON.stringify(document)),
      theirs,
    )
    const server = await start(['localhost', THEIRS], { [THEIRS]: HOME })
    const wanted = { identity: 'Theirs', metadataUrl: at(port, THEIRS) }
    expect(await admin(server, 'POST', '', wanted)).toMatchObject({
      status: 502,
      body: { code: 'metadata_tls_untrusted' },
    })
    const added = await admin(server, 'POST', '', {
      ...wanted,
      certificateAuthority: `Bag Attributes\n${theirs.ca}`,
    })
    expect(added).toMatchObject({ status: 201, body: { certificateAuthority: theirs.ca } })
    expect((await admin(server, 'GET', '/Theirs')).body).toEqual(added.body)
    expect((await admin(server, 'POST', '/Theirs/refresh')).status).toBe(200)

    for (const certificateAuthority of [
      '',
      'x',
      theirs.key,
      theirs.ca + theirs.key,
      theirs.ca.replace('MII', 'AAA'),
    ]) {
      expect((await admin(server, 'PATCH', '/Theirs', { certificateAuthority })).status).toBe(422)
    }
    expect(await admin(server, 'PATCH', '/Theirs', { certificateAuthority: null })).toMatchObject({
      status: 200,
    })
    expect((await admin(server, 'GET', '/Theirs')).body).not.toHaveProperty('certificateAuthority')
    expect((await admin(server, 'POST', '/Theirs/refresh')).body).toMatchObject({
      code: 'metadata_tls_untrusted',
    })
    const moved = { metadataUrl: at(port, THEIRS), certificateAuthority: theirs.ca }
    expect(await admin(server, 'PATCH', '/Theirs', moved)).toMatchObject({ status: 200 })
    expect((await admin(server, 'POST', '/Theirs/refresh')).status).toBe(200)
  })
})
