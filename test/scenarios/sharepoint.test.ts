/** A SharePoint over HTTPS: what is on every answer, how realms are found, and that a site is still there after a restart. */
import { request } from 'node:https'
import { CA, type Farm, mintAs, startFarm } from '../support/farm.ts'

let farm: Farm
let token: string

beforeAll(async () => {
  farm = await startFarm('sqlite')
  await farm.addUsers()
  await farm.register('sharepoint', 'exchange')
  token = await mintAs(farm, 'exchange', 'sharepoint', farm.lab.users[0])
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

interface Reply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

/** The path and the headers go out as they stand here. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { port } = farm.servers.sharepoint
    const req = request({ host: '127.0.0.1', port, method, path, headers, ca: CA() }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: text }))
    })
    req.on('error', reject).end(body)
  })
}

const asKen = (more: Record<string, string> = {}) => ({
  authorization: `Bearer ${token}`,
  accept: 'application/json;odata=nometadata',
  'content-type': 'application/json',
  ...more,
})

// The code of TokenHelper: the text, and the 36 characters after it, which must be a GUID.
function realmFor(header: string): string | undefined {
  const start = header.indexOf('Bearer realm="')
  const realm = header.slice(start + 14, start + 50)
  return start >= 0 && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(realm) ? realm : undefined
}

test.each([
  '/_vti_bin/client.svc',
  '//_vti_bin/client.svc',
  '/_VTI_BIN/CLIENT.SVC',
  '/_vti_bin/client.svc/',
  '/_vti_bin/client.svc/ProcessQuery',
  '/sites/team/_vti_bin/client.svc',
  '/sites/team//_vti_bin/client.svc',
  '/sites/no%20such%20site/_vti_bin/client.svc?x=1',
])('the realm is found at %s by every method and every empty Bearer', async (path) => {
  const { realm } = farm.lab.servers.find(({ name }) => name === 'sharepoint')!
  for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT']) {
    for (const authorization of ['Bearer', 'Bearer ', 'bearer', 'BEARER  ']) {
      const body = method === 'POST' ? { 'content-length': '0' } : {}
      const { status, headers } = await send(method, path, { authorization, ...body })
      expect([method, authorization, status]).toEqual([method, authorization, 401])
      expect(realmFor(String(headers['www-authenticate']))).toBe(realm)
      expect(headers['www-authenticate']).toContain('client_id="00000003-0000-0ff1-ce00-000000000000"')
    }
  }
})

test('every answer carries the headers of SharePoint, a refusal and a document too', async () => {
  const answers = [
    await send('GET', '/_api/web', asKen()),
    await send('GET', '/_api/none', asKen()),
    await send('GET', '/elsewhere', asKen()),
    await send('GET', '/_api/web'),
    await send('GET', '/_api/web', { authorization: 'Bearer x.y.z' }),
    await send('GET', '/_layouts/15/metadata/json/1'),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 401, 401, 200])
  for (const { headers } of answers) {
    expect(headers['request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers['sprequestguid']).toBe(headers['request-id'])
    expect(headers['microsoftsharepointteamservices']).toMatch(/^15\.0\.\d+\.\d+$/)
    expect(headers['x-sharepointhealthscore']).toBe('0')
  }
  expect(answers[0]!.headers['spclientservicerequestduration']).toMatch(/^\d+$/)
  expect((await send('GET', '/admin/v1/users')).headers['sprequestguid']).toBeUndefined()
})

test('a list lives through a restart, with its items and the digests that were given out', async () => {
  const digest = JSON.parse((await send('POST', '/_api/contextinfo', asKen())).body).FormDigestValue
  const made = await send('POST', '/_api/web/lists', asKen(), '{"Title":"Kept","BaseTemplate":100}')
  expect(made.status).toBe(201)
  const list = "/_api/web/lists/GetByTitle('Kept')"
  expect((await send('POST', `${list}/items`, asKen(), '{"Title":"one"}')).status).toBe(201)

  await farm.stop('sharepoint')
  await farm.restart('sharepoint')

  const found = JSON.parse((await send('GET', `${list}/items?$filter=Title%20eq%20%27one%27`, asKen())).body)
  expect(found.value).toMatchObject([{ Id: 1, Title: 'one', AuthorId: 1 }])
  const merge = asKen({ 'x-requestdigest': digest, 'if-match': '"1"' })
  const changed = await send('MERGE', `${list}/items(1)`, merge, '{"Title":"two"}')
  expect([changed.status, changed.body, changed.headers['content-length']]).toEqual([204, '', undefined])
  expect(changed.headers['etag']).toBe('"2"')
  expect((await send('PATCH', `${list}/items(1)`, merge, '{"Title":"two"}')).status).toBe(412)
  const removed = await send('POST', list, asKen({ 'x-http-method': 'DELETE', 'if-match': '*' }))
  expect(removed.status).toBe(204)
  expect((await send('GET', list, asKen())).status).toBe(404)
})

test('client.svc is another name for _api', async () => {
  const direct = await send('GET', '/_api/web/title', asKen())
  const other = await send('GET', '//_vti_bin/client.svc/web/title', asKen())
  expect([other.status, other.body]).toEqual([200, direct.body])
})

test('a HEAD says what a GET would, without the body', async () => {
  const { status, headers, body } = await send('HEAD', "/_api/web/lists/getbytitle('Documents')", asKen())
  expect([status, body]).toEqual([200, ''])
  expect(headers['etag']).toMatch(/^"[0-9a-f-]{36},1"$/)
})

test('what is wrong with a request is no word of ours alone', async () => {
  const { status, headers, body } = await send('GET', "/_api/web/lists/getbytitle('none')", asKen())
  expect([status, headers['x-entente-refusal']]).toEqual([404, 'list_missing'])
  expect(JSON.parse(body)).toEqual({
    'odata.error': {
      code: '-1, System.ArgumentException',
      message: {
        lang: 'en-US',
        value: `List 'none' does not exist at site with URL '${farm.servers.sharepoint.url}'.`,
      },
    },
  })
})
