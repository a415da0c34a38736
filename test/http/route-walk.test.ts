/** Every route of every server, as the code that mounts it lists it: none answers without the token it wants. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:tls'
import { covers, SCOPES, type Scope } from '../../src/trust/admin-tokens.ts'
import { CA, type Farm, mintAs, type ServerName, startFarm } from '../support/farm.ts'
import { startTokenServer, type TokenServer } from '../support/token-server.ts'

const NAMES: readonly ServerName[] = ['exchange', 'lync', 'sharepoint']
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE']
let farm: Farm
let sts: TokenServer
/** A token of each scope at each server. */
const tokens = {} as Record<ServerName, Record<Scope, string>>

beforeAll(async () => {
  farm = await startFarm()
  sts = await startTokenServer(farm)
  await farm.addUsers()
  for (const name of NAMES) {
    tokens[name] = {} as Record<Scope, string>
    for (const scope of SCOPES) {
      const { body } = await farm.admin(name, 'POST', '/admin-tokens', { name: `walk-${scope}`, scope })
      tokens[name][scope] = body.token
    }
    const other = name === 'lync' ? 'exchange' : 'lync'
    await farm.register(name, other)
  }
})
afterAll(async () => {
  await sts.close()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

interface Reply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

/** The path goes out as it stands here: nothing makes it straight first. */
function send(server: ServerName, method: string, path: string, token?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { port } = farm.servers[server]
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const req = request({ host: '127.0.0.1', port, method, path, headers, ca: CA() }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }))
    })
    req.on('error', reject).end()
  })
}

/** The whole answer to a request whose target no client of HTTP would send. */
function sendRaw(server: ServerName, target: string, token: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = farm.servers[server]
    const socket = connect({ host: '127.0.0.1', port, ca: CA(), servername: 'localhost' }, () => {
      const authorization = token === '' ? '' : `Authorization: Bearer ${token}\r\n`
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n${authorization}Connection: close\r\n\r\n`)
    })
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject).on('close', () => resolve(text))
  })
}

/** A good token of a partner for this server's product. */
function partnerToken(server: ServerName): Promise<string> {
  return mintAs(farm, server === 'lync' ? 'exchange' : 'lync', server, farm.lab.users[0])
}

// So that the walk itself does not look like someone who guesses.
const wait = () => {
  farm.clock.now += 2
}

const filled = (path: string) => path.replaceAll(/:\w+/g, 'nobody')

describe.each(NAMES)('%s', (server) => {
  const rows = () => farm.servers[server].surface

  test('lists what it answers to', () => {
    const kinds = new Set(rows().map(({ needs }) => needs))
    expect(kinds).toEqual(new Set(['nothing', 'a partner', ...SCOPES]))
    expect(rows().length).toBeGreaterThan(20)
  })

  test('shows strangers its metadata document, the authority behind it, that it is well, and nothing else', async () => {
    const anonymous = rows().filter(({ needs }) => needs === 'nothing')
    for (const { path } of anonymous) {
      const { status, body } = await send(server, 'GET', path)
      expect([path, status]).toEqual([path, 200])
      if (path.endsWith('/rootcertificate')) expect(server).toBe('sharepoint')
      else if (path.startsWith('/health/')) expect(Object.keys(JSON.parse(body))).toEqual(['status'])
      else expect(JSON.parse(body)).toHaveProperty('keys')
    }
    for (const { path, needs } of rows().filter((row) => !anonymous.includes(row))) {
      for (const method of METHODS) {
        const { status, headers } = await send(server, method, filled(path))
        expect([method, path, needs, status]).toEqual([method, path, needs, 401])
        expect(headers['www-authenticate']).toMatch(/^Bearer /)
      }
    }
  })

  test('takes on its admin routes no token that is wrong, of a partner, or of another server', async () => {
    const other = server === 'lync' ? 'exchange' : 'lync'
    for (const { path, methods } of rows().filter(
      ({ needs }) => needs !== 'nothing' && needs !== 'a partner',
    )) {
      for (const token of ['wrong', tokens[other].administer, await partnerToken(server)]) {
        wait()
        const { status } = await send(server, methods[0]!, filled(path), token)
        expect([methods[0], path, status]).toEqual([methods[0], path, 401])
      }
    }
  })

  test('takes on its product’s routes no admin token, and a partner’s', async () => {
    for (const { path, methods } of rows().filter(({ needs }) => needs === 'a partner')) {
      for (const token of [farm.servers[server].adminToken, ...Object.values(tokens[server])]) {
        expect((await send(server, methods[0]!, path, token)).status).toBe(401)
      }
      expect((await send(server, methods[0]!, path, await partnerToken(server))).status).not.toBe(401)
    }
  })

  test('answers on its admin routes to the scope of the row and those above, to none below', async () => {
    for (const { path, methods, needs } of rows()) {
      if (needs === 'nothing' || needs === 'an assertion' || needs === 'a partner') continue
      for (const scope of SCOPES) {
        const { status, body } = await send(server, methods[0]!, filled(path), tokens[server][scope])
        const seen = [methods[0], path, scope, status]
        if (covers(scope, needs)) expect([401, 403, 405, 429, 500]).not.toContain(status)
        else {
          expect(seen).toEqual([methods[0], path, scope, 403])
          expect(JSON.parse(body).errors).toEqual([
            { path: 'scope', detail: `expected ${needs}, saw ${scope}` },
          ])
        }
      }
    }
  })

  test('whatever reads is a GET or explains, and a GET needs no more than read, but for the tokens', () => {
    const admin = rows().filter(({ path }) => path.startsWith('/admin/'))
    const reading = admin
      .filter(({ needs }) => needs === 'read')
      .map(({ methods, path }) => `${methods} ${path}`)
    expect(reading.filter((row) => !row.startsWith('GET '))).toEqual(['POST /admin/v1/tokens/explain'])
    const gets = admin.filter(({ methods, needs }) => methods.includes('GET') && needs !== 'read')
    expect(gets.map(({ path }) => path)).toEqual(['/admin/v1/admin-tokens'])
  })

  test('says of no unknown path whether it is there', async () => {
    const strange = [
      '/',
      '/admin',
      '/admin/',
      '/admin/v1',
      '/admin/v1/',
      '/admin/v1/none',
      '/admin/v2/users',
      '/ADMIN/V1/USERS',
      '/admin/v1/users/',
      '/admin/v1//users',
      '//admin/v1/users',
      '/admin//v1/users',
      '/admin%2Fv1%2Fusers',
      '/admin/v1%2Fusers',
      '/%61dmin/v1/users',
      '/admin/./v1/users',
      '/admin/v1/../v1/users',
      '/metadata/json/1/../../../admin/v1/users',
      '/admin/v1/users?access_token=x',
      '/admin/v1/users;a=b',
      '/metadata/json/2',
      '/metadata/json/1%00',
      '/.well-known/openid-configuration',
      ...rows().map(({ path }) => `${filled(path)}/more`),
    ]
    for (const path of strange) {
      for (const method of METHODS) {
        const { status } = await send(server, method, path)
        expect([method, path, status]).toEqual([method, path, 401])
      }
    }
  })

  test('answers itself what has no path that can be read, with or without a token', async () => {
    for (const target of ['http://[/x', 'http://[/admin/v1/decisions', 'https://[::1/']) {
      for (const token of ['', farm.servers[server].adminToken]) {
        const answer = await sendRaw(server, target, token)
        expect([target, answer.split('\r\n')[0]]).toEqual([target, 'HTTP/1.1 400 Bad Request'])
        expect(answer).toMatch(/\r\nrequest-id: [0-9a-f-]{36}\r\n/)
        expect(answer).toMatch(/\r\nX-Content-Type-Options: nosniff\r\n/)
        expect(answer).not.toContain('<html')
      }
    }
    const strange = await sendRaw(
      server,
      'http://x:y@localhost:99999/admin/v1/decisions',
      farm.servers[server].adminToken,
    )
    expect(strange).toMatch(/^HTTP\/1\.1 200 /)
    expect(await sendRaw(server, 'http://x:y@localhost:99999/admin/v1/decisions', '')).toMatch(
      /^HTTP\/1\.1 401 /,
    )
  })

  test('every answer forbids guessing at what it is', async () => {
    for (const path of rows().map((row) => filled(row.path))) {
      const { headers } = await send(server, 'GET', path)
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  })
})

describe('token-server', () => {
  const ask = (method: string, path: string, token?: string) =>
    farm.send(
      method as 'GET',
      `${sts.url}${path}`,
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    )
  const rows = () => sts.running.surface

  test('answers to strangers with its document and its health, to assertions at one path, and to no partner', async () => {
    const kinds = new Set(rows().map(({ needs }) => needs))
    expect(kinds).toEqual(new Set(['nothing', 'an assertion', ...SCOPES]))
    const assertion = rows().filter(({ needs }) => needs === 'an assertion')
    expect(assertion).toMatchObject([{ methods: ['POST'], path: '/tokens/OAuth/2' }])
    for (const { path, methods, needs } of rows()) {
      const { status } = await ask(methods[0]!, filled(path))
      const expected = { nothing: 200, 'an assertion': 400 }[needs as string] ?? 401
      expect([methods[0], path, status]).toEqual([methods[0], path, expected])
    }
  })

  test('takes on its admin routes no token of another server', async () => {
    for (const { path, methods } of rows().filter((row) => row.path.startsWith('/admin/'))) {
      wait()
      const { status } = await ask(methods[0]!, filled(path), tokens.exchange.administer)
      expect([methods[0], path, status]).toEqual([methods[0], path, 401])
    }
  })

  test('says of no unknown path whether it is there', async () => {
    for (const path of ['/', '/tokens', '/tokens/OAuth', '/tokens/OAuth/2/more'])
      for (const method of ['GET', 'POST'])
        expect([method, path, (await ask(method, path)).status]).toEqual([method, path, 401])
  })
})

test('the README lists the admin routes with their scopes, neither more nor fewer', () => {
  const listed = readFileSync('README.md', 'utf8').matchAll(/^\| `([A-Z]+) (\/admin\/\S+)` \| (\w+) \|/gm)
  const servers = [...NAMES.map((name) => farm.servers[name]), sts.running]
  const mounted = servers
    .flatMap(({ surface }) => surface)
    .filter(({ path }) => path.startsWith('/admin/'))
    .map(({ methods, path, needs }) => `${methods} ${path} ${needs}`)
  expect([...listed].map(([, ...words]) => words.join(' ')).sort()).toEqual([...new Set(mounted)].sort())
})
