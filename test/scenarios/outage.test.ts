/** One partner's metadata host is down, slow or lying: whose calls that concerns, and whose not. Measured, over real HTTPS. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { writeFullDocument } from '../../src/protocol/auth-document.ts'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { localSigner } from '../../src/protocol/jws.ts'
import { REFUSAL_HEADER } from '../../src/protocol/refusal.ts'
import { mint } from '../../src/trust/mint.ts'
import { DEFAULT_REFRESH } from '../../src/trust/refresh-policy.ts'
import { CERTIFICATES, type Farm, mintAs, startFarm } from '../support/farm.ts'
import { certificateOf, KEYS, principal, STRANGER, type TestKey } from '../support/tokens.ts'

const PATH = '/metadata/json/1'
type Health = 'well' | 'down' | 'slow' | 'of another realm' | 'without keys' | 'broken'

let farm: Farm
let host: Server
let health: Health
let asked: number
let publishes: TestKey[]

beforeEach(async () => {
  farm = await startFarm()
  health = 'well'
  asked = 0
  publishes = [KEYS.stranger]
  const file = (name: string) => readFileSync(join(CERTIFICATES, `lync-tls${name}.pem`))
  host = createServer({ cert: file(''), key: file('-key') }, (req, res) => {
    asked++
    if (health === 'down') return req.socket.destroy()
    if (health === 'slow') return void res.writeHead(200, { 'content-type': 'application/json' }).write('{')
    return res.writeHead(200, { 'content-type': 'application/json' }).end(document())
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  await farm.register('sharepoint', 'lync')
  const stranger = await farm.admin('sharepoint', 'POST', '/partner-applications', {
    identity: 'Stranger',
    metadataUrl: `https://localhost:${(host.address() as AddressInfo).port}${PATH}`,
  })
  expect(stranger.status).toBe(201)
  await farm.grant(stranger.body.issuer)
  expect(asked).toBe(1)
})
afterEach(async () => {
  host.closeAllConnections()
  host.close()
  await farm.close()
})

function document(): string {
  const application = principal(
    health === 'of another realm' ? STRANGER.replace('fabrikam', 'evil') : STRANGER,
  )
  const written = writeFullDocument({
    ...{ name: 'Stranger', application, location: PATH, documentId: 'x' },
    certificates: health === 'without keys' ? [] : publishes.map(certificateOf),
  })
  return health === 'broken' ? '<html>' : JSON.stringify(written)
}

function strangersToken(key: TestKey): Promise<string> {
  const realm = farm.lab.servers.find(({ name }) => name === 'sharepoint')!.realm
  const audience = {
    ...principal(`00000003-0000-0ff1-ce00-000000000000@${realm}`),
    host: `localhost:${farm.servers.sharepoint.port}`,
  }
  return mint(
    {
      ...{ application: principal(STRANGER), hosts: [], port: 0, certificate: certificateOf(key) },
      signingKey: { x5t: key.x5t as Thumbprint, sign: localSigner(key.privateKey) },
    },
    audience,
    undefined,
    farm.clock.now,
  )
}

/** What SharePoint says to a token, and how long it takes. */
async function call(token: string): Promise<{ said: string; milliseconds: number }> {
  const started = performance.now()
  const url = `${farm.servers.sharepoint.url}/_api/web`
  const reply = await farm.send('GET', url, { authorization: `Bearer ${token}` })
  const milliseconds = performance.now() - started
  return { said: reply.header(REFUSAL_HEADER)[0] ?? String(reply.status), milliseconds }
}

const lyncToken = () => mintAs(farm, 'lync', 'sharepoint')
const stranger = async () => (await farm.admin('sharepoint', 'GET', '/partner-applications/Stranger')).body
const advance = (seconds: number) =>
  farm.admin('sharepoint', 'PATCH', '/clock', { advanceSeconds: seconds, frozen: true })

/** Calls of the partner that is well, one after the other, until `other` is over. */
async function meanwhile(other: Promise<unknown>): Promise<number[]> {
  let isOver = false
  void other.finally(() => {
    isOver = true
  })
  const took: number[] = []
  const token = await lyncToken()
  while (!isOver || took.length < 20) {
    const { said, milliseconds } = await call(token)
    expect(said).toBe('200')
    took.push(milliseconds)
  }
  return took.sort((a, b) => a - b)
}

test('a call with an unknown key of a partner whose host hangs waits; nobody else does', async () => {
  health = 'slow'
  const waiting = strangersToken(KEYS.partnerNext).then(call)
  const took = await meanwhile(waiting)
  const { said, milliseconds } = await waiting
  expect(said).toBe('key_unknown')
  expect(milliseconds).toBeGreaterThan(4_000) // it did wait for the download's whole time
  expect(took.length).toBeGreaterThan(100)
  expect(took.at(-1)).toBeLessThan(1_000)
  expect(await stranger()).toMatchObject({ lastFailure: { code: 'metadata_too_slow', times: 1 } })
})

test('a scheduled refresh from a host that hangs delays nobody’s call, nor another partner’s refresh', async () => {
  health = 'slow'
  farm.clock.now += 20 * 3_600
  const sweep = farm.admin('sharepoint', 'PATCH', '/clock', { settle: true })
  const [took] = await Promise.all([meanwhile(sweep), sweep])
  expect(took.length).toBeGreaterThan(100)
  expect(took.at(-1)).toBeLessThan(1_000)
  const { body } = await farm.admin('sharepoint', 'GET', '/partner-applications/Lync')
  expect(body).not.toHaveProperty('lastFailure')
  expect(Date.parse(body.refreshedAt)).toBeGreaterThan(Date.parse(body.createdAt))
})

test('junk thumbprints ask the partner’s host once in a cool-down, and cost a stranger’s name nothing at all', async () => {
  const before = asked
  const junk = await Promise.all(Array.from({ length: 40 }, () => strangersToken(KEYS.partnerNext)))
  const said = await Promise.all(junk.map(call))
  expect(new Set(said.map((one) => one.said))).toEqual(new Set(['key_unknown']))
  expect(asked - before).toBe(1)
  for (const key of [KEYS.partner, KEYS.self]) await call(await strangersToken(key))
  expect(asked - before).toBe(1)
  await farm.admin('sharepoint', 'DELETE', '/partner-applications/Stranger')
  farm.clock.now += DEFAULT_REFRESH.coolDown + 1
  expect((await call(await strangersToken(KEYS.partnerNext))).said).toBe('issuer_unknown')
  expect(asked - before).toBe(1)
})

test('a partner that rolled without a lead is believed from its first call on', async () => {
  publishes = [KEYS.partnerNext, KEYS.stranger]
  expect((await call(await strangersToken(KEYS.partnerNext))).said).toBe('200')
  expect(await stranger()).toMatchObject({ generation: 2 })
  expect((await call(await strangersToken(KEYS.stranger))).said).toBe('200')
})

test.each([
  ['of another realm', 'partner_changed', true],
  ['without keys', 'document_member_missing', true],
  ['broken', 'document_not_json', true],
  ['down', 'metadata_unreachable', false],
] as const)('a document that is %s is not adopted: the last good keys count', async (how, code, isRead) => {
  health = how
  await advance(20 * 3_600)
  const seen = await stranger()
  expect(seen).toMatchObject({ generation: 1, lastFailure: { code, times: 1 } })
  expect(seen.quarantined?.code).toBe(isRead ? code : undefined)
  farm.clock.now = Math.floor(Date.parse((await farm.admin('sharepoint', 'GET', '/clock')).body.time) / 1000)
  expect((await call(await strangersToken(KEYS.stranger))).said).toBe('200')
  health = 'well'
  await advance(3_600)
  expect(await stranger()).not.toHaveProperty('quarantined')
  expect(await stranger()).not.toHaveProperty('lastFailure')
})

test('the last good keys end at their limit, which can be seen; the first call after the outage brings them back', async () => {
  health = 'down'
  const { keysGoodUntil } = await stranger()
  const until = Date.parse(keysGoodUntil) / 1000
  const at = async (time: number) => {
    await farm.admin('sharepoint', 'PATCH', '/clock', {
      frozen: true,
      time: new Date(time * 1000).toISOString(),
    })
    farm.clock.now = time
    return (await call(await strangersToken(KEYS.stranger))).said
  }
  expect(await at(until)).toBe('200')
  expect(await at(until + 1)).toBe('keys_stale')
  health = 'well'
  farm.clock.now += DEFAULT_REFRESH.coolDown
  expect(await at(until + DEFAULT_REFRESH.coolDown + 1)).toBe('200')
})

test('a revoked key is refused from the next call on, though it is published, and through every refresh', async () => {
  const token = await strangersToken(KEYS.stranger)
  expect((await call(token)).said).toBe('200')
  const { keys } = await stranger()
  const revoked = { revokedKeys: [keys[0].thumbprint] }
  expect((await farm.admin('sharepoint', 'PATCH', '/partner-applications/Stranger', revoked)).status).toBe(
    200,
  )
  expect((await call(token)).said).toBe('key_revoked')
  await farm.admin('sharepoint', 'POST', '/partner-applications/Stranger/refresh')
  expect((await call(token)).said).toBe('key_revoked')
  expect(await stranger()).toMatchObject(revoked)
  await farm.admin('sharepoint', 'PATCH', '/partner-applications/Stranger', { revokedKeys: [] })
  expect((await call(token)).said).toBe('200')
})
