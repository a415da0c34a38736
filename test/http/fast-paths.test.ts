/** What makes HTTP fast and must not show: connections that are kept and resumed outwards, objects of the right kind inwards. */
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import express, { type Express } from 'express'
import { createAppServer, withPrototypesOf } from '../../src/http/app-server.ts'
import { type Outbound, openOutbound } from '../../src/http/outbound.ts'
import { CA, CERTIFICATES, HOME } from '../support/farm.ts'

const pem = (name: string) => readFileSync(join(CERTIFICATES, `exchange-${name}.pem`), 'utf8')
const TLS = { key: pem('tls-key'), cert: pem('tls') }
const HAS_NO_FIX = Number(process.versions.node.split('.')[0]) >= 24

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((closed) => server.close(closed)))
  return (server.address() as AddressInfo).port
}

function openClient(): Outbound {
  const outbound = openOutbound({ ca: CA(), routes: new Map(), guard: HOME, timeoutMs: 30_000 })
  ends.push(outbound.close)
  return outbound
}

async function answerTo(outbound: Outbound, url: string) {
  const reply = await outbound.send({ method: 'GET', url, headers: {} })
  if (!reply.answered) throw new Error(`no answer: ${reply.why}`)
  return reply
}

test('calls one after the other share a connection, and one that follows a closed connection resumes its TLS session', async () => {
  const server = createServer(TLS, (_, res) => res.end('{}'))
  const resumed: boolean[] = []
  server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()))
  const url = `https://localhost:${await listen(server)}/`
  const outbound = openClient()
  for (let call = 0; call < 10; call++) await answerTo(outbound, url)
  // The client may have opened a second one before the first was free; never one a call.
  expect(resumed.length).toBeLessThanOrEqual(2)

  const before = resumed.length
  server.closeAllConnections()
  await answerTo(outbound, url)
  expect(resumed.slice(before)).toEqual([true])
})

test('the requests and responses of our servers are Express’ own from birth, so that it changes no prototype', async () => {
  const { server, app } = createAppServer(TLS)
  const born: object[] = []
  server.prependListener('request', (req, res) => {
    born.push(Object.getPrototypeOf(req), Object.getPrototypeOf(res))
  })
  app.get('/', (req, res) => {
    res.json({
      same: [Object.getPrototypeOf(req), Object.getPrototypeOf(res)].every((one) => born.includes(one)),
    })
  })
  const { body } = await answerTo(openClient(), `https://localhost:${await listen(server)}/`)
  expect(JSON.parse(body)).toEqual({ same: !HAS_NO_FIX })
})

/** Routes that use what Express puts on requests and responses. */
function fill(app: Express): Express {
  app.disable('x-powered-by')
  app.use(express.json())
  app.get('/json/:name', (req, res) => res.status(201).json({ name: req.params['name'], query: req.query }))
  app.get('/text', (req, res) =>
    res.type('text/plain').send(`${req.protocol} ${req.get('host')?.split(':')[0]}`),
  )
  app.get('/away', (_, res) => res.redirect(303, '/text'))
  app.get('/fails', () => Promise.reject(new Error('it fails')))
  app.post('/echo', (req, res) => res.json(req.body))
  app.use(
    '/below',
    express.Router().get('/here', (req, res) => res.json({ base: req.baseUrl, url: req.url })),
  )
  app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) =>
    res.status(500).json({ why: error.message }),
  )
  return app
}

test('an Express app answers the same with its prototypes given from birth as without', async () => {
  const stock = fill(express())
  const fixed = fill(express())
  const ports = [
    await listen(createPlainServer(stock)),
    await listen(createPlainServer(withPrototypesOf(fixed), fixed)),
  ]
  const answers = await Promise.all(
    ports.map((port) =>
      Promise.all(
        ['/json/Ken?a=1&a=2', '/text', '/away', '/fails', '/below/here', '/nothing', '/echo'].map(
          async (path) => {
            const isPost = path === '/echo'
            const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
              redirect: 'manual',
              ...(isPost && {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: '{"said":["again"]}',
              }),
            })
            const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== 'date'))
            return { path, status: answer.status, headers, body: await answer.text() }
          },
        ),
      ),
    ),
  )
  const [plain, mended] = answers
  expect(mended).toEqual(plain)
  expect(plain?.map(({ status }) => status)).toEqual([201, 200, 303, 500, 200, 404, 200])
})
