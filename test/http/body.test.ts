/** What is taken in of a request's body: all of it or nothing, whatever comes, in whatever pieces, and whoever goes away. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type BodyRead, readBody } from '../../src/http/body.ts'

const LARGEST = 100
const FORM = 'application/x-www-form-urlencoded'
const reads: BodyRead[] = []
let before: (req: IncomingMessage) => Promise<unknown> = async () => undefined

const server = createServer()
const answer = async (req: IncomingMessage, res: ServerResponse) => {
  await before(req)
  const read = await readBody(req, res, [FORM], LARGEST)
  reads.push(read)
  res.statusCode = read.ok ? 200 : read.status
  res.end(read.ok ? read.body : read.detail)
}
server.on('request', answer).on('checkContinue', answer)

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  reads.length = 0
  before = async () => undefined
})

/** Sends pieces one after the other, and answers with what was said. */
async function post(pieces: readonly string[], headers: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo
  const sent = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { 'content-type': FORM, ...headers },
  })
  const answered = once(sent, 'response')
  for (const piece of pieces) {
    sent.write(piece)
    await setTimeout(5)
  }
  sent.end()
  const [reply] = (await answered) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of reply) chunks.push(chunk)
  return [reply.statusCode, Buffer.concat(chunks).toString()]
}

test.each([
  ['in one piece', ['a=1&b=2']],
  ['in several', ['a=', '1&', 'b=2']],
  ['byte by byte', [...'a=1&b=2']],
])('a body that comes %s is read whole', async (_, pieces) => {
  expect(await post(pieces)).toEqual([200, 'a=1&b=2'])
})

test('a request without a body has an empty one', async () => {
  expect(await post([], { 'content-length': '0' })).toEqual([200, ''])
})

test('as much as may be is read, and one byte more is refused, said beforehand or not', async () => {
  const most = 'x'.repeat(LARGEST)
  expect(await post([most])).toEqual([200, most])
  const tooMuch = [413, `expected at most ${LARGEST} bytes`]
  expect(await post([most, 'x'])).toEqual(tooMuch)
  expect(await post([`${most}x`])).toEqual(tooMuch)
  expect(await post([`${most}x`], { 'content-length': `${LARGEST + 1}` })).toEqual(tooMuch)
})

test('who sends far too much is answered as soon as all of it came, and not when patience ends', async () => {
  const started = performance.now()
  expect((await post(Array.from({ length: 20 }, () => 'x'.repeat(100_000))))[0]).toBe(413)
  expect(performance.now() - started).toBeLessThan(4_000)
})

test('who goes away in the middle, or before anybody looks, leaves no body and nobody waiting', async () => {
  const brokenOff = { ok: false, status: 400, title: 'The request broke off' }
  const leave = async () => {
    const { port } = server.address() as AddressInfo
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-type': FORM, 'content-length': '50' },
    })
    sent.on('error', () => undefined)
    sent.write('a=1')
    await setTimeout(20)
    sent.destroy()
    for (let waited = 0; reads.length === 0 && waited < 100; waited++) await setTimeout(10)
    return reads.splice(0)
  }
  expect(await leave()).toMatchObject([brokenOff])
  before = (req) => new Promise((gone) => req.once('close', gone))
  expect(await leave()).toMatchObject([brokenOff])
})
