/** Clients that are slow on purpose, against a server with short limits: each is shown the door, and the others are served. */
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { CONNECTION_LIMITS, createAppServer } from '../../src/http/app-server.ts'
import { CA, CERTIFICATES } from '../support/farm.ts'

const pem = (name: string) => readFileSync(join(CERTIFICATES, `exchange-${name}.pem`), 'utf8')
const TLS = { key: pem('tls-key'), cert: pem('tls') }
const SHORT = {
  handshakeMs: 300,
  headersMs: 300,
  requestMs: 600,
  idleMs: 200,
  silenceMs: 400,
  checkEveryMs: 50,
  connections: 3,
  connectionsPerAddress: 3,
  handshakesPerAddress: 3,
}
/** As the above, with room for what is tested here. */
const ROOMY = {
  ...SHORT,
  handshakeMs: 5_000,
  connections: 40,
  connectionsPerAddress: 20,
  handshakesPerAddress: 5,
}
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

let port: number
let close: () => Promise<void>
/** How often a request came through. */
let served: number

beforeEach(() => listen(SHORT))

async function listen(limits: typeof SHORT): Promise<void> {
  served = 0
  const { server, app } = createAppServer(TLS, limits)
  app.use((req, res) => {
    req.on('error', () => undefined)
    req.resume().on('end', () => {
      served++
      if (req.url !== '/never') res.end('served')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  port = typeof bound === 'object' && bound !== null ? bound.port : 0
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}
afterEach(() => close())

interface Ended {
  readonly text: string
  readonly milliseconds: number
}

/** Opens a connection, does something with it, and waits for the server to end it. */
function until(act: (socket: TLSSocket) => void): Promise<Ended> {
  return new Promise((resolve) => {
    let text = ''
    const started = performance.now()
    const socket = connect({ host: '127.0.0.1', port, ca: CA() }, () => act(socket))
    socket.on('data', (chunk: Buffer) => {
      text += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve({ text, milliseconds: performance.now() - started }))
  })
}

/** Sends one more piece every 40 ms for as long as the connection stands. */
function drip(socket: TLSSocket, first: string, piece: string): void {
  socket.write(first)
  const timer = setInterval(() => socket.write(piece), 40)
  socket.on('close', () => clearInterval(timer))
}

test('headers that come drop by drop are cut off with 408', async () => {
  const { text, milliseconds } = await until((socket) =>
    drip(socket, 'GET / HTTP/1.1\r\nHost: a\r\n', 'X-A: b\r\n'),
  )
  expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(milliseconds).toBeLessThan(3_000)
  expect(served).toBe(0)
})

test('a body that comes drop by drop is cut off, however steadily it comes', async () => {
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n'
  const { milliseconds } = await until((socket) => drip(socket, head, 'a'))
  expect(milliseconds).toBeGreaterThan(500)
  expect(milliseconds).toBeLessThan(3_000)
  expect(served).toBe(0)
})

test('a client that never begins with TLS is cut off', async () => {
  const started = performance.now()
  await new Promise<void>((resolve) => {
    const socket = connectTcp({ host: '127.0.0.1', port })
    socket.on('error', () => undefined).on('close', () => resolve())
  })
  expect(performance.now() - started).toBeLessThan(3_000)
})

test('a connection that is kept and not used is closed, and the client was told when', async () => {
  const { text, milliseconds } = await until((socket) => socket.write(GET))
  expect(text).toMatch(/^HTTP\/1\.1 200 /)
  expect(text).toMatch(/\r\nKeep-Alive: timeout=/i)
  expect(milliseconds).toBeLessThan(3_000)
})

test('a connection on which nothing moves is closed', async () => {
  const { text } = await until((socket) => socket.write(GET.replace('/ ', '/never ')))
  expect(text).toBe('')
  expect(served).toBe(1)
})

test('beyond the limit of connections new ones are closed at once, and there is room again when one ends', async () => {
  const held: TLSSocket[] = []
  const hold = () =>
    new Promise<void>((resolve) => {
      void until((socket) => {
        held.push(socket)
        resolve()
      })
    })
  const holders = [hold(), hold(), hold()]
  await Promise.all(holders)
  const { text, milliseconds } = await until((socket) => socket.write(GET))
  expect(text).toBe('')
  expect(milliseconds).toBeLessThan(200)
  for (const socket of held) socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect((await until((socket) => socket.write(GET))).text).toMatch(/^HTTP\/1\.1 200 /)
})

test('whoever opens connections and says nothing does not keep others out, from the same address either', async () => {
  await close()
  await listen(ROOMY)
  const silent = Array.from({ length: 60 }, () => connectTcp({ host: '127.0.0.1', port }))
  const ended = silent.map((socket) => {
    socket.on('error', () => undefined)
    return new Promise<void>((resolve) => socket.on('close', () => resolve()))
  })
  await Promise.all(
    silent.map((socket) => new Promise<void>((resolve) => socket.on('connect', () => resolve()))),
  )
  const { text, milliseconds } = await until((socket) => socket.write(GET))
  expect(text).toMatch(/^HTTP\/1\.1 200 /)
  expect(milliseconds).toBeLessThan(ROOMY.handshakeMs / 2)
  // All but as many as may wait were closed long before their time.
  await Promise.race(ended)
  const open = silent.filter((socket) => !socket.destroyed)
  expect(open.length).toBeLessThanOrEqual(ROOMY.handshakesPerAddress)
  for (const socket of open) socket.destroy()
})

test('one address gets its share of connections and no more', async () => {
  await close()
  await listen({ ...ROOMY, connectionsPerAddress: 2 })
  const held: TLSSocket[] = []
  const hold = () => new Promise<void>((resolve) => void until((socket) => resolve(void held.push(socket))))
  await Promise.all([hold(), hold()])
  expect((await until((socket) => socket.write(GET))).text).toBe('')
  for (const socket of held) socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect((await until((socket) => socket.write(GET))).text).toMatch(/^HTTP\/1\.1 200 /)
})

test('a server has all these limits when nobody says otherwise', async () => {
  const { server } = createAppServer(TLS)
  expect(server).toMatchObject({
    headersTimeout: CONNECTION_LIMITS.headersMs,
    requestTimeout: CONNECTION_LIMITS.requestMs,
    keepAliveTimeout: CONNECTION_LIMITS.idleMs,
    timeout: CONNECTION_LIMITS.silenceMs,
    maxConnections: CONNECTION_LIMITS.connections,
  })
  for (const limit of Object.values(CONNECTION_LIMITS)) expect(limit).toBeGreaterThan(0)
  expect(CONNECTION_LIMITS.headersMs).toBeLessThan(CONNECTION_LIMITS.requestMs)
})
