/** Admin tokens over REST: several, with scopes and an end, each change in force from the next request. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import supertest from 'supertest'
import { CA, type Farm, startFarm } from '../support/farm.ts'

const TOKENS = '/admin/v1/admin-tokens'
const USERS = '/admin/v1/users'
const DAY = 86_400
/** Fewer than a server allows when nobody says otherwise, so that it is spent sooner. */
const LIMIT = 60
let farm: Farm

beforeEach(async () => {
  farm = await startFarm('sqlite', { admin: { failuresPerMinute: LIMIT } })
})
afterEach(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const http = (token = fileToken()) => {
  const agent = supertest.agent(farm.servers.exchange.url, { ca: CA() })
  return token === '' ? agent : agent.auth(token, { type: 'bearer' })
}
const tokenFile = () => join(farm.dir, 'exchange', 'admin-token')
const fileToken = () => readFileSync(tokenFile(), 'utf8').trim()
const isoIn = (seconds: number) => new Date((farm.clock.now + seconds) * 1000).toISOString()

async function add(name: string, scope: string, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await http()
    .post(TOKENS)
    .send({ name, scope, ...more })
  expect(answer.status).toBe(201)
  return answer.body.token
}

async function restart(): Promise<void> {
  await farm.stop('exchange')
  await farm.restart('exchange')
}

test('the token in the file is the first one, and administers for ever', async () => {
  const { body } = await http().get(TOKENS)
  expect(body.items).toEqual([
    expect.objectContaining({ name: 'first', scope: 'administer', expired: false }),
  ])
  expect(body.items[0]).not.toHaveProperty('expiresAt')
})

test('a secret is shown once, and nothing that is stored or listed holds it', async () => {
  const answer = await http()
    .post(TOKENS)
    .send({ name: 'ci', scope: 'operate', expiresAt: isoIn(DAY) })
  expect(answer.status).toBe(201)
  expect(answer.headers['location']).toBe(`${TOKENS}/ci`)
  expect(answer.body.token).toMatch(/^[A-Za-z0-9_-]{43}$/) // 256 bits
  const listed = await http().get(TOKENS)
  expect(listed.text).not.toContain(answer.body.token)
  expect(listed.text).not.toMatch(/[0-9a-f]{64}/)
  await farm.stop('exchange')
  for (const file of ['entente.sqlite', 'entente.sqlite-wal']) {
    const path = join(farm.dir, 'exchange', file)
    const bytes = statSync(path, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(path, 'latin1')
    expect(bytes).not.toContain(answer.body.token)
    expect(bytes).not.toContain(fileToken())
  }
  await farm.restart('exchange')
  expect((await http(answer.body.token).get(USERS)).status).toBe(200)
})

test('a scope holds those before it, and what it does not cover is refused with what was expected', async () => {
  const [read, operate, administer] = [
    await add('reader', 'read'),
    await add('operator', 'operate'),
    await add('boss', 'administer'),
  ]
  const user = { sid: 'S-1-5-21-1-2-3-2001', upn: 'ada@litwareinc.com', displayName: 'Ada' }
  for (const token of [read, operate, administer]) expect((await http(token).get(USERS)).status).toBe(200)
  for (const token of [read, operate]) {
    const refused = await http(token).post(USERS).send(user)
    expect(refused.status).toBe(403)
    expect(refused.type).toBe('application/problem+json')
    const seen = token === read ? 'read' : 'operate'
    expect(refused.body.errors).toEqual([{ path: 'scope', detail: `expected administer, saw ${seen}` }])
    expect(refused.headers['www-authenticate']).toMatch(/error="insufficient_scope", scope="administer"$/)
  }
  expect((await http(administer).post(USERS).send(user)).status).toBe(201)
  const refresh = '/admin/v1/partner-applications/nobody/refresh'
  expect((await http(read).post(refresh)).status).toBe(403)
  expect((await http(operate).post(refresh)).status).toBe(404)
})

test('a token that ran out is refused at that second of the server’s clock, and says so', async () => {
  const token = await add('short', 'read', { expiresAt: isoIn(100) })
  farm.clock.now += 99
  expect((await http(token).get(USERS)).status).toBe(200)
  farm.clock.now += 1
  const answer = await http(token).get(USERS)
  expect(answer.status).toBe(401)
  expect(answer.body.detail).toMatch(/^the token short expired at 20/)
  const { body } = await http().get(TOKENS)
  expect(body.items[1]).toMatchObject({ name: 'short', expired: true })
  expect((await http().post(`${TOKENS}/short/rotate`)).status).toBe(409)
})

test('revoking and rotating are in force from the next request, and after a restart', async () => {
  const old = await add('ci', 'read')
  const rotated = await http().post(`${TOKENS}/ci/rotate`)
  expect(rotated.status).toBe(200)
  expect(rotated.body).toMatchObject({ name: 'ci', scope: 'read' })
  expect((await http(old).get(USERS)).status).toBe(401)
  expect((await http(rotated.body.token).get(USERS)).status).toBe(200)
  await restart()
  expect((await http(old).get(USERS)).status).toBe(401)
  expect((await http(rotated.body.token).get(USERS)).status).toBe(200)
  expect((await http().delete(`${TOKENS}/ci`)).status).toBe(204)
  expect((await http(rotated.body.token).get(USERS)).status).toBe(401)
  expect((await http().delete(`${TOKENS}/ci`)).status).toBe(404)
  expect((await http().post(`${TOKENS}/ci/rotate`)).status).toBe(404)
  await restart()
  expect((await http(rotated.body.token).get(USERS)).status).toBe(401)
})

test('rotating the first token rewrites its file, for the owner alone', async () => {
  const old = fileToken()
  const rotated = await http().post(`${TOKENS}/first/rotate`)
  expect(rotated.status).toBe(200)
  expect(fileToken()).toBe(rotated.body.token)
  expect(statSync(tokenFile()).mode & 0o777).toBe(0o600)
  expect((await http(old).get(USERS)).status).toBe(401)
  expect((await http().get(USERS)).status).toBe(200)
  await restart()
  expect((await http().get(USERS)).status).toBe(200)
})

test('nobody locks himself out: the last token that administers for ever stays', async () => {
  await add('for-a-day', 'administer', { expiresAt: isoIn(DAY) })
  const refused = await http().delete(`${TOKENS}/first`)
  expect(refused.status).toBe(409)
  expect(refused.body.errors[0].path).toBe('name')
  expect((await http().get(USERS)).status).toBe(200)

  const first = fileToken()
  const boss = await add('boss', 'administer')
  expect((await http(boss).delete(`${TOKENS}/first`)).status).toBe(204)
  expect((await http(first).get(USERS)).status).toBe(401)
  expect((await http(boss).delete(`${TOKENS}/boss`)).status).toBe(409)
  await restart() // and the file does not come back by itself
  expect(statSync(tokenFile(), { throwIfNoEntry: false })).toBeUndefined()
  expect((await http(first).get(USERS)).status).toBe(401)
  expect((await http(boss).get(USERS)).status).toBe(200)
})

test('of two that revoke the last two at once, one is refused', async () => {
  const boss = await add('boss', 'administer')
  const answers = await Promise.all(['first', 'boss'].map((name) => http(boss).delete(`${TOKENS}/${name}`)))
  const statuses = answers.map(({ status }) => status).sort()
  // Whichever comes second is the last, or is asked for with a token that has just ended.
  expect(statuses[0]).toBe(204)
  expect([401, 409]).toContain(statuses[1])
})

test('an owner gets back in by the file: deleted it is made anew, written by hand it counts', async () => {
  const lost = fileToken()
  await farm.stop('exchange')
  writeFileSync(tokenFile(), `${'k'.repeat(43)}\n`)
  await farm.restart('exchange')
  expect((await http('k'.repeat(43)).get(USERS)).status).toBe(200)
  expect((await http(lost).get(USERS)).status).toBe(401)
})

test.each([
  ['nothing', {}, ['name', 'scope']],
  ['a name in capitals', { name: 'CI', scope: 'read' }, ['name']],
  ['the name of the first', { name: 'first', scope: 'read' }, ['name']],
  ['a scope that is none', { name: 'a', scope: 'root' }, ['scope']],
  ['a time without a zone', { name: 'a', scope: 'read', expiresAt: '2099-01-01T00:00:00' }, ['expiresAt']],
  ['a time that has passed', { name: 'a', scope: 'read', expiresAt: '2020-01-01T00:00:00Z' }, ['expiresAt']],
  ['a secret of one’s own', { name: 'a', scope: 'read', token: 'x' }, ['token']],
])('%s is refused with every fault named', async (_, input, paths) => {
  const answer = await http().post(TOKENS).send(input)
  expect(answer.status).toBe(422)
  expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths)
})

test('a name is given once', async () => {
  await add('ci', 'read')
  const second = await http().post(TOKENS).send({ name: 'ci', scope: 'administer' })
  expect(second).toMatchObject({ status: 409, body: { errors: [{ path: 'name' }] } })
})

test('the last use is noted, to the minute', async () => {
  const token = await add('ci', 'read')
  const shown = async () => (await http().get(TOKENS)).body.items[1]
  expect(await shown()).not.toHaveProperty('lastUsedAt')
  await http(token).get(USERS)
  const first = (await shown()).lastUsedAt
  farm.clock.now += 59
  await http(token).get(USERS)
  expect((await shown()).lastUsedAt).toBe(first)
  farm.clock.now += 1
  await http(token).get(USERS)
  const second = (await shown()).lastUsedAt
  expect(Date.parse(second) - Date.parse(first)).toBe(60_000)
  await restart()
  expect((await shown()).lastUsedAt).toBe(second)
})

test('an administrative call is in the record under the name of its token, never under its secret', async () => {
  const token = await add('ci', 'read')
  await http(token).get(USERS)
  const { text, body } = await http().get('/admin/v1/audit')
  expect(body.items).toContainEqual(
    expect.objectContaining({ administrator: 'ci', through: `GET ${USERS}`, status: 200 }),
  )
  expect(text).not.toContain(token)
})

describe('wrong tokens', () => {
  const guess = (n: number) => http(`guess-${n}`).get(USERS)

  test('as many as a minute has room for are answered, then the address waits for the end of the minute, whatever it shows', async () => {
    for (let n = 0; n < LIMIT; n++) expect((await guess(n)).status).toBe(401)
    farm.clock.now += 20
    for (const answer of [await guess(LIMIT), await http().get(USERS), await http('').get(TOKENS)]) {
      expect(answer.status).toBe(429)
      expect(answer.type).toBe('application/problem+json')
      expect(answer.headers['retry-after']).toBe('40')
    }
    // The product is no part of it.
    expect((await http('').get('/autodiscover/metadata/json/1')).status).toBe(200)
    farm.clock.now += 40
    expect((await http().get(USERS)).status).toBe(200)
    expect((await guess(LIMIT + 1)).status).toBe(401)
  })

  test('a clock that is set back keeps nobody waiting', async () => {
    for (let n = 0; n < LIMIT; n++) await guess(n)
    farm.clock.now -= DAY
    expect((await http().get(USERS)).status).toBe(200)
  })

  test('requests without a token, with one too small or one that ran out are no guesses', async () => {
    const [small, old] = [await add('small', 'read'), await add('old', 'read', { expiresAt: isoIn(1) })]
    farm.clock.now += 1
    for (let n = 0; n < LIMIT / 2; n++) {
      expect((await http('').get(USERS)).status).toBe(401)
      expect((await http(small).delete(`${TOKENS}/small`)).status).toBe(403)
      expect((await http(old).get(USERS)).status).toBe(401)
    }
    expect((await http().get(USERS)).status).toBe(200)
  })

  test('what strangers send without a token leaves no record', async () => {
    const recorded = async () => {
      const { body } = await http().get('/admin/v1/audit')
      return body.items.filter(({ kind }: { kind: string }) => kind !== 'reading')
    }
    const before = await recorded()
    for (let n = 0; n < 5; n++) await http('').post(TOKENS)
    expect(await recorded()).toEqual(before)
  })
})

test('every answer of the admin side says that it is not for pages, caches or other sites', async () => {
  const answers = [
    await http().get(USERS),
    await http('').get(USERS),
    await http('wrong').get('/admin/v1/none'),
    await http().put(USERS),
    await http().post(USERS).set('content-type', 'application/json').send('{'),
    await http('')
      .options(USERS)
      .set('origin', 'https://evil.example')
      .set('access-control-request-method', 'POST'),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 405, 400, 401])
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    })
    expect(Object.keys(headers).filter((name) => /^access-control-|^set-cookie$/.test(name))).toEqual([])
    expect(headers).not.toHaveProperty('strict-transport-security')
  }
})
