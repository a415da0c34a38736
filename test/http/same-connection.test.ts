/** The same header again over one connection: read once, judged each time, recorded each time. */
import { Agent, request } from 'node:https'
import { CA, type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
let agent: Agent
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  agent = new Agent({ keepAlive: true, maxSockets: 1, ca: CA() })
})
beforeEach(async () => {
  await farm.register('exchange', 'lync')
})
afterEach(async () => {
  await farm.admin('exchange', 'DELETE', '/partner-applications/lync')
})
afterAll(async () => {
  agent.destroy()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

interface Answer {
  readonly admitted: boolean
  readonly code: string | undefined
  readonly requestId: string
}

const sockets = new Set<unknown>()

/** Asks for a path that does not exist: 404 for whoever is admitted, 401 with a code for whoever is not. */
function ask(...authorization: string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = `${farm.servers.exchange.url}/ews/nothing`
    const sent = request(url, { agent, method: 'GET', headers: { authorization } as never }, (answer) => {
      sockets.add(answer.socket)
      answer.resume().on('end', () =>
        resolve({
          admitted: answer.statusCode === 404,
          code: answer.headers['x-entente-refusal'] as string | undefined,
          requestId: String(answer.headers['request-id']),
        }),
      )
    })
    sent.on('error', reject).end()
  })
}
const kens = async () => `Bearer ${await mintAs(farm, 'lync', 'exchange', farm.lab.users[0])}`
const patch = (path: string, body: unknown) => farm.admin('exchange', 'PATCH', path, body)

test('what was admitted is refused from the request on after which its partner is disabled, and back when it is enabled', async () => {
  const token = await kens()
  for (let times = 0; times < 3; times++) expect(await ask(token)).toMatchObject({ admitted: true })
  await patch('/partner-applications/lync', { enabled: false })
  expect(await ask(token)).toMatchObject({ admitted: false, code: 'partner_disabled' })
  await patch('/partner-applications/lync', { enabled: true })
  expect(await ask(token)).toMatchObject({ admitted: true })
  expect(sockets.size).toBe(1)
})

test('it is refused when its user is gone, its time is over, the clock is set back, or the registration is gone', async () => {
  const token = await kens()
  const [ken] = farm.lab.users
  for (let times = 0; times < 3; times++) expect(await ask(token)).toMatchObject({ admitted: true })
  await farm.admin('exchange', 'DELETE', `/users/${ken!.sid}`)
  expect(await ask(token)).toMatchObject({ code: 'user_unknown' })
  await farm.admin('exchange', 'POST', '/users', ken)
  expect(await ask(token)).toMatchObject({ admitted: true })
  const { now } = farm.clock
  for (const [seconds, code] of [
    [4_000, 'token_expired'],
    [-1_000, 'token_not_yet_valid'],
  ] as const) {
    farm.clock.now = now + seconds
    expect(await ask(token)).toMatchObject({ code })
    farm.clock.now = now
    expect(await ask(token)).toMatchObject({ admitted: true })
  }
  await farm.admin('exchange', 'DELETE', '/partner-applications/lync')
  expect(await ask(token)).toMatchObject({ code: 'issuer_unknown' })
  expect(sockets.size).toBe(1)
})

test('another header is another token, two are none, and an empty one asks for the challenge', async () => {
  const token = await kens()
  const itself = `Bearer ${await mintAs(farm, 'lync', 'exchange')}`
  expect(await ask(token)).toMatchObject({ admitted: true })
  expect(await ask(token, token)).toMatchObject({ code: 'several_credentials' })
  expect(await ask(token)).toMatchObject({ admitted: true })
  expect(await ask(`${token.slice(0, -1)}`)).toMatchObject({ admitted: false })
  expect(await ask('Bearer')).toMatchObject({ admitted: false })
  expect(await ask(token.replace('Bearer', 'bearer'))).toMatchObject({ admitted: true })
  expect(await ask(itself)).toMatchObject({ admitted: true })
  expect(sockets.size).toBe(1)
})

test('each call is in the record, with its token’s hash', async () => {
  const token = await kens()
  const answers = [await ask(token), await ask(token), await ask(token)]
  const records = await Promise.all(
    answers.map(
      async ({ requestId }) => (await farm.admin('exchange', 'GET', `/decisions/${requestId}`)).body.items,
    ),
  )
  const seen = records.flat().map(({ kind, tokenHash, user }) => [kind, tokenHash, user])
  expect(seen).toHaveLength(3)
  expect(new Set(seen.map(String)).size).toBe(1)
  expect(seen[0]).toEqual(['admitted', expect.stringMatching(/^[0-9a-f]{64}$/), farm.lab.users[0]!.upn])
})
