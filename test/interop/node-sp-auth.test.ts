/**
 * node-sp-auth and sp-request, unmodified, against a SharePoint of the lab. TLS is verified, with the lab's authority as the only
 * one believed; `requestDigest` of sp-request alone cannot be told to (facts/clients.md 1.3).
 */
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import * as spauth from 'node-sp-auth'
import { OnlineAddinOnly } from 'node-sp-auth/lib/src/auth/resolvers/OnlineAddinOnly.js'
import { OnpremiseAddinOnly } from 'node-sp-auth/lib/src/auth/resolvers/OnpremiseAddinOnly.js'
import sprequest, { type ISPRequest } from 'sp-request'
import { requestDigestCache } from 'sp-request/lib/src/core/SPRequest.js'
import { CA, CERTIFICATES, type Farm, startFarm } from '../support/farm.ts'

const ADDIN = '5d8f0c1e-aaaa-4bbb-8ccc-0123456789ab'
const KEY = join(CERTIFICATES, 'lync-oauth-key.pem')
const CERTIFICATE = readFileSync(join(CERTIFICATES, 'lync-oauth.pem'), 'utf8')
const X5T = createHash('sha1').update(new X509Certificate(CERTIFICATE).raw).digest('base64url')

let farm: Farm
let site: string
let realm: string
const agents: Agent[] = []

/** Believes no authority but these. */
function strictAgent(ca: string): Agent {
  const agent = new Agent({ ca, rejectUnauthorized: true, keepAlive: true })
  agents.push(agent)
  return agent
}

beforeAll(async () => {
  farm = await startFarm()
  await farm.addUsers()
  site = farm.servers.sharepoint.url
  realm = farm.lab.servers.find(({ name }) => name === 'sharepoint')!.realm
  const { status } = await farm.admin('sharepoint', 'POST', '/partner-applications', {
    identity: 'Add-in',
    applicationIdentifier: ADDIN,
    realm,
    certificate: CERTIFICATE,
  })
  expect(status).toBe(201)
  await farm.grant(`${ADDIN}@${realm}`)
})

afterAll(async () => {
  expect(farm.surprises).toEqual([])
  for (const agent of agents) agent.destroy()
  await farm.close()
})

// Both packages keep what they made as long as the process lives.
const tokens = (OnpremiseAddinOnly as unknown as { TokenCache: typeof requestDigestCache }).TokenCache
afterEach(() => {
  tokens.clear()
  requestDigestCache.clear()
})

const credentials = () => ({
  clientId: ADDIN,
  issuerId: ADDIN,
  realm,
  rsaPrivateKeyPath: KEY,
  shaThumbprint: X5T,
})

/** What high-trust code in other languages makes: an unsigned token for a person around a signed one of the add-in. */
function nestedToken(sid: string): string {
  const aud = `00000003-0000-0ff1-ce00-000000000000/${new URL(site).host}@${realm}`
  const now = Math.floor(Date.now() / 1000)
  const times = { nbf: String(now - 60), exp: String(now + 43_200) }
  const self = `${ADDIN}@${realm}`
  const actor = jwt.sign(
    // As a text: the library would insist on numbers, and TokenHelper writes texts.
    JSON.stringify({ aud, iss: self, ...times, nameid: self, trustedfordelegation: 'true' }),
    readFileSync(KEY, 'utf8'),
    {
      header: { typ: 'JWT', alg: 'RS256', x5t: X5T },
    },
  )
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const person = { nameid: sid.toLowerCase(), nii: 'urn:office:idp:activedirectory' }
  return `${part({ typ: 'JWT', alg: 'none' })}.${part({ aud, iss: self, ...times, ...person, actortoken: actor })}.`
}

/** sp-request with verification on in every call that takes options. */
function client(): ISPRequest & { strict: object } {
  const strict = { rejectUnauthorized: true, agent: { https: strictAgent(CA()) } }
  return Object.assign(sprequest.create(credentials()), { strict })
}
type Client = ReturnType<typeof client>

// node-sp-auth keeps its tokens by audience; a person's, made elsewhere, is put there for sp-request to carry.
function asKen(): void {
  const host = new URL(site).host
  tokens.set(
    `00000003-0000-0ff1-ce00-000000000000/${host}@${realm}`,
    nestedToken(farm.lab.users[0]!.sid),
    600,
  )
}

const get = async (sp: Client, path: string) => (await sp.get(`${site}/_api${path}`, sp.strict)).body.d
const post = async (sp: Client, path: string, headers: Record<string, string>, body?: object) =>
  sp.post(`${site}/_api${path}`, { ...sp.strict, headers, ...(body !== undefined && { body }) })

/** What the client throws for an answer that is no success. */
async function failure(
  call: Promise<unknown>,
): Promise<{ status: number; error: { code: string; value: string } }> {
  try {
    await call
  } catch (error) {
    const { response } = error as { response: { statusCode: number; body: never } }
    const { code, message } = (response.body as { error: { code: string; message: { value: string } } }).error
    return { status: response.statusCode, error: { code, value: message.value } }
  }
  throw new Error('the call succeeded')
}

test('node-sp-auth finds the realm of the farm by itself', async () => {
  spauth.setup({
    requestOptions: { rejectUnauthorized: true, agent: { https: strictAgent(CA()) } },
  })
  for (const url of [site, `${site}/`, `${site}/sites/team`]) {
    const resolver = new OnlineAddinOnly(url, { clientId: ADDIN, clientSecret: 'none' })
    expect(await (resolver as unknown as { getRealm(url: string): Promise<string> }).getRealm(url)).toBe(
      realm,
    )
  }
})

test('verification is on: the same call with another authority fails', async () => {
  const sp = client()
  const other = {
    rejectUnauthorized: true,
    agent: { https: strictAgent(readFileSync('test/vectors/keys/self.cert.pem', 'utf8')) },
  }
  await expect(sp.get(`${site}/_api/web`, other)).rejects.toThrow(/certificate|issuer/)
  expect(await get(sp, '/web')).toMatchObject({ Title: 'Litware Team Site' })
})

test('currentuser is the application for an app-only token of node-sp-auth, and the person for a nested one', async () => {
  const sp = client()
  expect(await get(sp, '/web/currentuser')).toMatchObject({
    Title: 'SharePoint App',
    LoginName: `i:0i.t|ms.sp.ext|${ADDIN}@${realm}`,
  })
  asKen()
  expect(await get(sp, '/web/currentuser')).toMatchObject({
    Title: 'Ken Myer',
    LoginName: 'i:0#.w|kenmyer@litwareinc.com',
  })
})

test.each([
  ['app-only', false, 'SharePoint App'],
  ['nested', true, 'Ken Myer'],
])(
  'sp-request makes, reads, changes and deletes a list and its items with a token that is %s',
  async (kind, isNested, author) => {
    const sp = client()
    if (isNested) asKen()
    const digest = await sp.requestDigest(site)
    expect(digest).toMatch(/^0x[0-9A-F]{128},/)
    const headers = { 'X-RequestDigest': digest }
    const title = `Bob's list & ${kind} ü`
    const list = `/web/lists/getByTitle('${encodeURIComponent(title.replaceAll("'", "''"))}')`

    const made = await post(sp, '/web/lists', headers, {
      __metadata: { type: 'SP.List' },
      Title: title,
      BaseTemplate: 100,
      Description: 'first',
      AllowContentTypes: true,
      ContentTypesEnabled: true,
    })
    expect(made.statusCode).toBe(201)
    expect(made.body.d).toMatchObject({ Title: title, ItemCount: 0, __metadata: { type: 'SP.List' } })

    const type = made.body.d.ListItemEntityTypeFullName
    for (const name of ['one', 'two', 'three', 'four'])
      expect(
        (await post(sp, `${list}/items`, headers, { __metadata: { type }, Title: name })).body.d,
      ).toMatchObject({ Title: name, __metadata: { type, etag: '"1"' } })

    const found = await get(
      sp,
      `${list}/items?$filter=Title eq 'two' or Id gt 3&$select=Id,Title,Author/Title&$expand=Author`,
    )
    expect(found.results).toMatchObject([
      { Id: 2, Title: 'two', Author: { Title: author } },
      { Id: 4, Title: 'four', Author: { Title: author } },
    ])
    expect((await get(sp, list)).ItemCount).toBe(4)

    const merged = await post(
      sp,
      `${list}/items(2)`,
      { ...headers, 'X-HTTP-Method': 'MERGE', 'If-Match': '"1"' },
      { __metadata: { type }, Title: 'zwei' },
    )
    expect([merged.statusCode, merged.headers.etag]).toEqual([204, '"2"'])
    expect(await get(sp, `${list}/items(2)`)).toMatchObject({ Title: 'zwei', __metadata: { etag: '"2"' } })
    const late = post(sp, `${list}/items(2)`, { ...headers, 'X-HTTP-Method': 'DELETE', 'If-Match': '"1"' })
    expect(await failure(late)).toMatchObject({
      status: 412,
      error: { value: expect.stringContaining(`'"2"'`) },
    })
    await post(sp, `${list}/items(2)`, { ...headers, 'X-HTTP-Method': 'DELETE', 'If-Match': '*' })
    expect(await failure(get(sp, `${list}/items(2)`))).toMatchObject({ status: 404 })

    const first = await get(sp, `${list}/items?$top=2`)
    expect(first.results.map((item: { Id: number }) => item.Id)).toEqual([1, 3])
    const second = (await sp.get(first.__next, sp.strict)).body.d
    expect(second.results.map((item: { Id: number }) => item.Id)).toEqual([4])
    expect(second.__next).toBeUndefined()

    const renamed = { ...headers, 'X-HTTP-Method': 'MERGE', 'If-Match': '*' }
    await post(sp, list, renamed, { __metadata: { type: 'SP.List' }, Description: 'second' })
    expect((await get(sp, list)).Description).toBe('second')
    await post(sp, list, { ...headers, 'X-HTTP-Method': 'DELETE', 'If-Match': '*' })
    expect(await failure(get(sp, list))).toEqual({
      status: 404,
      error: {
        code: '-1, System.ArgumentException',
        value: `List '${title}' does not exist at site with URL '${site}'.`,
      },
    })
  },
)

test('sp-request is told what is wrong in the words of SharePoint', async () => {
  const sp = client()
  const headers = { 'X-RequestDigest': await sp.requestDigest(site) }
  expect(await failure(post(sp, '/web/lists', headers, { Title: 'no type' }))).toMatchObject({
    status: 400,
    error: { code: '-1, Microsoft.SharePoint.Client.InvalidClientQueryException' },
  })
  expect(await failure(get(sp, "/web/lists?$filter=Title like 'x'"))).toMatchObject({
    status: 400,
    error: { value: `The expression "Title like 'x'" is not valid.` },
  })
  const list = { __metadata: { type: 'SP.List' }, Title: 'x' }
  const wrong = { 'X-RequestDigest': headers['X-RequestDigest'].replace(/^0x./, '0xZ') }
  expect(await failure(post(sp, '/web/lists', wrong, list))).toMatchObject({
    status: 403,
    error: { code: '-2130575252, Microsoft.SharePoint.SPException' },
  })
})

test('a form digest of one caller is worth nothing to another', async () => {
  const sp = client()
  const digest = await sp.requestDigest(site)
  asKen()
  const list = { __metadata: { type: 'SP.List' }, Title: 'y' }
  expect(await failure(post(sp, '/web/lists', { 'X-RequestDigest': digest }, list))).toMatchObject({
    status: 403,
  })
})
