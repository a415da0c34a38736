/** Who has fetched this server's document: what is kept of it, and what a rollover makes of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '../../src/storage/sqlite.ts'
import { openDocumentFetches } from '../../src/trust/document-fetches.ts'
import { openPartnerIndex } from '../../src/trust/partner-index.ts'
import { type Farm, startFarm } from '../support/farm.ts'
import { REALM, startTokenServer, type TokenServer } from '../support/token-server.ts'
import { KEYS, lync, principal } from '../support/tokens.ts'

const ID = '5d8f0c1e-0003-4000-8000-00000000cccc'
const TOKEN_SERVER = `00000001-0000-0000-c000-000000000000@${REALM}`
const DAY = 86_400

let farm: Farm
let sts: TokenServer
beforeAll(async () => {
  farm = await startFarm()
  sts = await startTokenServer(farm)
})
afterAll(async () => {
  await sts.close()
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const lyncSays = (path: string) => farm.admin('lync', 'GET', path).then(({ body }) => body)
const fetchAs = (issuer: string) =>
  farm.send('GET', farm.metadataUrl('lync'), { 'x-entente-issuer': issuer }).then(({ status }) => status)

async function addForAnyRealm(): Promise<number> {
  const value = KEYS.partner.pem.replace(/-----[^-]+-----|\s/g, '')
  const keyvalue = { type: 'x509Certificate', value }
  const document = {
    ...{ version: '1.0', name: 'cloud', realm: '*', serviceName: ID, issuer: `${ID}@*`, endpoints: [] },
    keys: [{ usage: 'signing', keyinfo: { x5t: KEYS.partner.x5t }, keyvalue }],
  }
  const { status } = await farm.admin('lync', 'POST', '/partner-applications', {
    identity: 'Cloud',
    document,
  })
  return status
}

test('a partner of any realm has one record, whatever realm a stranger writes into the header', async () => {
  expect(await addForAnyRealm()).toBe(201)
  for (const realm of ['a.example', 'b.example', 'c.example', '*', ''])
    expect(await fetchAs(`${ID}@${realm}`)).toBe(200)
  const { fetches, generation } = await lyncSays('/signing-keys')
  expect(fetches).toEqual([{ partner: `${ID}@*`, generation, fetchedAt: expect.any(String) }])
  expect((await lyncSays('/rollover')).partners).toEqual([
    expect.objectContaining({ identity: 'Cloud', issuer: `${ID}@*`, hasSeen: true, generation }),
  ])
})

test('what a partner has seen goes with it, and is not that of the next of its name', async () => {
  await farm.admin('lync', 'DELETE', '/partner-applications/Cloud')
  expect((await lyncSays('/signing-keys')).fetches).toEqual([])
  expect(await addForAnyRealm()).toBe(201)
  expect((await lyncSays('/rollover')).partners).toMatchObject([{ identity: 'Cloud', hasSeen: false }])
  await farm.admin('lync', 'DELETE', '/partner-applications/Cloud')
})

test('what is stored of those who are no partners goes when a server starts', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'entente-fetches-'))
  const { documentFetches, close } = await openSqlite(join(dir, 'entente.sqlite'))
  const any = lync({ application: principal(`${ID}@*`), issuer: `${ID}@*` })
  const of = (issuer: string) => ({ issuer, generation: 1, fetchedAt: 5 })
  for (const issuer of [`${ID}@*`, `${ID}@a.example`, `${ID}@b.example`, 'gone@a.example'])
    await documentFetches.put(of(issuer))
  const fetches = await openDocumentFetches(documentFetches, { now: () => 9 }, openPartnerIndex([any]))
  expect(fetches.list()).toEqual([of(`${ID}@*`)])
  expect(await documentFetches.all()).toEqual([of(`${ID}@*`)])
  await close()
  rmSync(dir, { recursive: true })
})

test('a key does not sign before a token server has it whose client this server is', async () => {
  await farm.admin('lync', 'POST', '/auth-servers', { name: 'TS', metadataUrl: sts.metadataUrl })
  // It has never asked, so it is nobody to wait for.
  expect((await lyncSays('/rollover')).partners).toEqual([])
  const client = { identity: 'lync', metadataUrl: farm.metadataUrl('lync'), resources: [] }
  expect((await sts.admin('POST', '/token-clients', client)).status).toBe(201)
  const { body: key } = await farm.admin('lync', 'POST', '/signing-keys', {})
  const effectiveAt = new Date((farm.clock.now + 3 * DAY) * 1_000).toISOString()
  await farm.admin('lync', 'POST', `/signing-keys/${key.thumbprint}/stage`, { effectiveAt })
  const seen = { identity: 'TS', issuer: TOKEN_SERVER }
  expect((await lyncSays('/rollover')).partners).toEqual([
    expect.objectContaining({ ...seen, hasSeen: false }),
  ])
  const early = await farm.admin('lync', 'POST', '/rollover/activate', {})
  expect([early.status, early.body.code]).toEqual([409, 'signing_key_unseen'])
  expect(early.body.detail).toContain('TS have not')
  const { metadataUrl } = client
  expect((await sts.admin('PATCH', '/token-clients/lync', { metadataUrl })).status).toBe(200)
  expect((await lyncSays('/rollover')).partners).toEqual([
    expect.objectContaining({ ...seen, hasSeen: true }),
  ])
  expect((await farm.admin('lync', 'POST', '/rollover/activate', {})).body).toMatchObject({ phase: 'active' })
})
