/** What the admin REST leaves in the record: every change before it is made and before it is answered, every guess, who reads. */
import { connect as connectTcp } from 'node:net'
import { connect } from 'node:tls'
import { CA, type Farm, type JsonAnswer, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  await farm.register('exchange', 'lync')
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

// biome-ignore lint/suspicious/noExplicitAny: records are asserted member by member
type Item = any

/** Everything recorded at Exchange by `act`, without the reading of the record itself. */
async function recordedBy(act: () => Promise<unknown>): Promise<Item[]> {
  const items = async (after: number): Promise<Item[]> =>
    (await farm.admin('exchange', 'GET', `/audit?limit=1000&after=${after}`)).body.items
  let last = 0
  for (let page = await items(0); page.length > 0; page = await items(last)) last = page.at(-1).seq
  await act()
  return (await items(last)).filter(
    ({ kind, through }) => kind !== 'reading' || through !== 'GET /admin/v1/audit',
  )
}

const brief = (items: Item[]) =>
  items.map(({ kind, stage, status, subject }) =>
    [kind, stage, status, subject].filter((part) => part !== undefined).join(' '),
  )

const GUEST = { sid: 'S-1-5-21-1-2-3-9000', upn: 'guest@litwareinc.com', displayName: 'Guest' }

test('a change of a partner is recorded with who, whom, what, and how it ended', async () => {
  const items = await recordedBy(async () => {
    await farm.register('exchange', 'sharepoint')
    await farm.admin('exchange', 'PATCH', '/partner-applications/sharepoint', { enabled: false })
    await farm.admin('exchange', 'PATCH', '/partner-applications/sharepoint', {
      applicationTrustLevel: 'Bogus',
    })
    await farm.admin('exchange', 'DELETE', '/partner-applications/sharepoint')
    await farm.admin('exchange', 'DELETE', '/partner-applications/sharepoint')
  })
  expect(brief(items)).toEqual([
    'registration asked sharepoint',
    'registration done 201 sharepoint',
    'registration asked sharepoint',
    'registration done 200 sharepoint',
    'registration failed 422',
    'registration asked sharepoint',
    'registration done 204 sharepoint',
    'registration asked sharepoint',
    'registration failed 404 sharepoint',
  ])
  const issuer = expect.stringMatching(/^00000003-0000-0ff1-ce00-000000000000@/)
  expect(items[1]).toMatchObject({
    administrator: 'first',
    partner: issuer,
    change: { metadataUrl: farm.metadataUrl('sharepoint'), keys: expect.stringMatching(/^[\w-]{27}$/) },
  })
  expect(items[1].requestId).toBe(items[0].requestId)
  expect(items[2].change).toEqual({ enabled: false })
  expect(items[3].partner).toEqual(issuer)
  expect(items.at(-1)).toMatchObject({ code: 'partner_not_found' })
})

test('users, admin tokens and tests are recorded by name; no secret is', async () => {
  let made: JsonAnswer | undefined
  const items = await recordedBy(async () => {
    await farm.admin('exchange', 'POST', '/users', GUEST)
    await farm.admin('exchange', 'DELETE', `/users/${GUEST.sid}`)
    made = await farm.admin('exchange', 'POST', '/admin-tokens', { name: 'guest', scope: 'read' })
    await farm.admin('exchange', 'DELETE', '/admin-tokens/guest')
  })
  expect(brief(items.filter(({ stage }) => stage === 'done'))).toEqual([
    `administration done 201 ${GUEST.sid}`,
    `administration done 204 ${GUEST.sid}`,
    'administration done 201 guest',
    'administration done 204 guest',
  ])
  expect(items[0]).toMatchObject({ user: GUEST.upn, change: { displayName: 'Guest', enabled: true } })
  expect(items[4]).toMatchObject({ change: { scope: 'read' } })
  expect(made?.body.token).toHaveLength(43)
  expect(JSON.stringify(items)).not.toContain(made?.body.token)
})

test('whoever hangs up before the answer leaves the same record', async () => {
  const { port, adminToken } = farm.servers.exchange
  const items = await recordedBy(async () => {
    for (let n = 0; n < 10; n++) {
      const body = JSON.stringify({ ...GUEST, sid: `S-1-5-21-1-2-3-91${n}` })
      await new Promise<void>((resolve) => {
        const tcp = connectTcp(port, '127.0.0.1')
        const socket = connect({ socket: tcp, ca: CA(), servername: 'localhost' }, () => {
          socket.write(
            `POST /admin/v1/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${adminToken}\r\n` +
              `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
            () => setTimeout(() => tcp.resetAndDestroy(), n),
          )
        })
        tcp.on('error', () => undefined).on('close', () => resolve())
        socket.on('error', () => undefined)
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  })
  const { body } = await farm.admin('exchange', 'GET', '/users')
  const added = body.items.filter(({ sid }: { sid: string }) => sid.startsWith('S-1-5-21-1-2-3-91'))
  const done = items.filter(({ stage }) => stage === 'done')
  expect(done.map(({ subject }) => subject)).toEqual(added.map(({ sid }: { sid: string }) => sid))
  expect(added.length).toBeGreaterThan(0)
})

test('guessed tokens are recorded wherever they are tried, and so is a scope that is too small', async () => {
  const { body } = await farm.admin('exchange', 'POST', '/admin-tokens', { name: 'reader', scope: 'read' })
  const paths = ['/audit', '/decisions/x', '/audit-zzz', '/users']
  const url = (path: string) => `${farm.servers.exchange.url}/admin/v1${path}`
  const items = await recordedBy(async () => {
    for (const path of paths) await farm.send('GET', url(path), { authorization: 'Bearer wrong' })
    await farm.send('POST', url('/users'), { authorization: `Bearer ${body.token}` }, '{}')
  })
  expect(
    items.map(({ kind, status, through, administrator }) => [kind, status, through, administrator]),
  ).toEqual([
    ...paths.map((path) => ['denied', 401, `GET /admin/v1${path}`, undefined]),
    ['denied', 403, 'POST /admin/v1/users', 'reader'],
  ])
})

test('who reads is recorded, once a minute for each token and route, and whenever nothing is found', async () => {
  farm.clock.now += 120
  const items = await recordedBy(async () => {
    for (let n = 0; n < 3; n++) {
      await farm.admin('exchange', 'GET', '/users')
      await farm.admin('exchange', 'GET', '/decisions')
      await farm.admin('exchange', 'GET', '/decisions/none')
    }
    farm.clock.now += 60
    await farm.admin('exchange', 'GET', '/users')
  })
  expect(items.every(({ kind, administrator }) => kind === 'reading' && administrator === 'first')).toBe(true)
  expect(items.map(({ through, status }) => `${through} ${status}`)).toEqual([
    'GET /admin/v1/users 200',
    'GET /admin/v1/decisions 200',
    'GET /admin/v1/decisions/none 404',
    'GET /admin/v1/decisions/none 404',
    'GET /admin/v1/decisions/none 404',
    'GET /admin/v1/users 200',
  ])
})

test('a refused token is recorded with its partner and the user it names, once its signature held', async () => {
  const stranger = {
    ...farm.lab.users[0]!,
    upn: 'nobody@litwareinc.com',
    sip: 'sip:nobody@x.y',
    smtp: 'nobody@x.y',
  }
  const token = await mintAs(farm, 'lync', 'exchange', stranger)
  const [header, payload] = token.split('.')
  const items = await recordedBy(async () => {
    const call = (authorization: string) =>
      farm.send('POST', `${farm.servers.exchange.url}/EWS/Exchange.asmx`, { authorization })
    await call(`Bearer ${token}`)
    const actor = JSON.parse(Buffer.from(payload!, 'base64url').toString()).actortoken as string
    const forged = `${actor.slice(0, -8)}AAAAAAAA`
    const outer = { ...JSON.parse(Buffer.from(payload!, 'base64url').toString()), actortoken: forged }
    await call(`Bearer ${header}.${Buffer.from(JSON.stringify(outer)).toString('base64url')}.`)
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: false })
    await call(`Bearer ${token}`)
    await farm.admin('exchange', 'PATCH', '/partner-applications/lync', { enabled: true })
  })
  const partner = '00000004-0000-0ff1-ce00-000000000000@litwareinc.com'
  const refused = items.filter(({ kind }) => kind === 'refused')
  expect(refused.map(({ code }) => code)).toEqual(['user_unknown', expect.any(String), 'partner_disabled'])
  expect(refused[0]).toMatchObject({ partner, named: 'nobody@litwareinc.com' })
  expect(refused[1]).not.toHaveProperty('partner')
  expect(refused[1]).not.toHaveProperty('named')
  expect(refused[2]).toMatchObject({ partner, named: 'nobody@litwareinc.com' })
})

test('where refusals come too fast to be explained, the record says so', async () => {
  const items = await recordedBy(async () => {
    for (let n = 0; n < 25; n++)
      await farm.send('GET', `${farm.servers.exchange.url}/x`, { authorization: 'Bearer junk' })
  })
  const skipped = items.filter(({ notExplained }) => notExplained === 'too many at once')
  expect(skipped.length).toBeGreaterThanOrEqual(5)
  expect(
    items.every(
      ({ explanation, notExplained }) => (explanation === undefined) === (notExplained !== undefined),
    ),
  ).toBe(true)
})

test('what strangers write makes no record long, no answer too large, and no text unreadable', async () => {
  const claims = { iss: `${'x'.repeat(11_000)}`, aud: 'a', nbf: 1, exp: 2, nameid: 'n' }
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const long = `${part({ typ: 'JWT', alg: 'RS256', x5t: 'A'.repeat(27) })}.${part(claims)}.AAAA`
  const half = `${part({ typ: 'JWT', alg: 'RS256', x5t: 'A'.repeat(27) })}.${part({ ...claims, iss: 'x\ud800' })}.AAAA`
  const items = await recordedBy(async () => {
    for (const token of [long, half]) {
      farm.clock.now += 1
      await farm.send('GET', `${farm.servers.exchange.url}/%1B%5B31m`, { authorization: `Bearer ${token}` })
    }
  })
  expect(items.map(({ code }) => code)).toEqual(['issuer_unknown', 'issuer_unknown'])
  expect(items[0].through).toBe('GET /%1B%5B31m')
  expect(items[0].event.length).toBeLessThan(12_000)
  expect(items[0].event).not.toContain('x'.repeat(201))
  expect(items[1].event).not.toMatch(/\\ud800/)
})

test('a page of the record holds no more than a client may read, and the pages hold all of it', async () => {
  const records = Array.from({ length: 30 }, (_, n) => ({
    ...{
      seq: n + 1,
      time: 1,
      chain: 'refused',
      kind: 'refused',
      requestId: `${n}`,
      previous: 'p',
      hash: 'h',
    },
    event: JSON.stringify({ kind: 'refused', requestId: `${n}`, through: 'x'.repeat(100_000) }),
  }))
  const { decisionRoutes } = await import('../../src/http/admin/decisions.ts')
  const store = { read: async (after: number, limit: number) => records.slice(after, after + limit) }
  const log = { flush: async () => undefined }
  const routes = decisionRoutes(store as never, log as never, () => ({}) as never)
  const route = routes.find(({ path }) => path === '/audit')!
  const seen: number[] = []
  for (;;) {
    const after = seen.at(-1) ?? 0
    const query = () => ({ limit: 1_000, after }) as never
    const { body } = await route.handle({ query, input: query, param: String })
    const { items } = body as { items: { seq: number }[] }
    if (items.length === 0) break
    expect(JSON.stringify(body).length).toBeLessThan(1.3 * 1024 * 1024)
    seen.push(...items.map(({ seq }) => seq))
  }
  expect(seen).toEqual(records.map(({ seq }) => seq))
})

test('GET /audit/verify walks the whole record, and checks what was noted before', async () => {
  const { body } = await farm.admin('exchange', 'GET', '/audit/verify')
  expect(body).toMatchObject({ whole: true })
  const [kept] = body.chains
  const ask = async (since: string) =>
    (await farm.admin('exchange', 'GET', `/audit/verify?since=${since}`)).body
  expect(await ask(`${kept.seq}:${kept.hash}`)).toMatchObject({ whole: true })
  expect(await ask(`${kept.seq}:${'0'.repeat(64)}`)).toMatchObject({ whole: false, seq: kept.seq })
  expect(await ask('nonsense')).toMatchObject({ status: 422 })
})

test('a parameter that is unknown or given twice is refused, on every route that reads', async () => {
  for (const path of [
    '/decisions?limt=5',
    '/audit?limit=1&limit=2',
    '/users?x=1',
    '/audit/verify?a=b',
    '/server?__proto__=1',
  ]) {
    expect([path, (await farm.admin('exchange', 'GET', path)).status]).toEqual([path, 422])
  }
})

test('a metadata URL is one that can be shown', async () => {
  for (const end of ['\u0007', '\u001b[31m', '\u202e', ' x', '\u009b']) {
    const metadataUrl = `https://localhost/m${end}x`
    const { status, body } = await farm.admin('exchange', 'POST', '/partner-applications', {
      identity: 'M',
      metadataUrl,
    })
    expect([end, status, body.errors?.[0]?.path]).toEqual([end, 422, 'metadataUrl'])
  }
})

test('a name with control characters names nothing', async () => {
  for (const [method, path] of [
    ['GET', '/decisions/%00'],
    ['GET', '/users/%00'],
    ['DELETE', '/users/a%00b'],
    ['GET', '/partner-applications/%1B'],
    ['DELETE', '/admin-tokens/%00'],
  ] as const) {
    expect([path, (await farm.admin('exchange', method, path)).status]).toEqual([path, 404])
  }
})

test('a token is explained as it was pasted, with the word that stands before it', async () => {
  const token = await mintAs(farm, 'lync', 'exchange')
  for (const text of [token, ` Bearer ${token}\n`, `Authorization: bearer ${token}`]) {
    const { body } = await farm.admin('exchange', 'POST', '/tokens/explain', { token: text })
    expect(body.verdict).toBe('accepted')
  }
})
