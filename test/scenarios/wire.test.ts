/** What goes over the wire, checked by tools that are not ours: openssl and another JWT library. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { CERTIFICATES, type Farm, mintAs, type ServerName, startFarm } from '../support/farm.ts'

let farm: Farm

beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => {
  expect(farm.surprises).toEqual([])
  await farm.close()
})

const openssl = (args: string[], input?: string | Buffer) =>
  execFileSync('openssl', args, {
    ...(input !== undefined && { input }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })

const certificateOf = (document: {
  keys: { keyvalue?: { value: string }; keyValue?: { value: string } }[]
}): Buffer => {
  const [key] = document.keys
  return Buffer.from((key?.keyvalue ?? key?.keyValue)?.value ?? '', 'base64')
}

test.each<[ServerName, string[], string[]]>([
  [
    'exchange',
    [
      '/autodiscover/metadata/json/1',
      '/metadata/json/1',
      '/Autodiscover/Metadata/JSON/1?realm=litwareinc.com',
    ],
    ['id', 'version', 'name', 'realm', 'serviceName', 'issuer', 'allowedAudiences', 'keys', 'endpoints'],
  ],
  [
    'lync',
    ['/metadata/json/1'],
    ['id', 'version', 'name', 'realm', 'serviceName', 'issuer', 'allowedAudiences', 'keys', 'endpoints'],
  ],
  [
    'sharepoint',
    ['/_layouts/15/metadata/json/1', '/metadata/json/1'],
    ['issuer', 'keys', 'name', 'serviceName'],
  ],
])(
  'every server publishes its document in its product’s shape, and openssl agrees on the key: %s',
  async (server, paths, members) => {
    for (const path of paths) {
      const answer = await farm.send('GET', `${farm.servers[server].url}${path}`)
      expect(answer.status).toBe(200)
      expect(answer.header('content-type')).toEqual(['application/json; charset=utf-8'])
      const document = JSON.parse(answer.body)
      expect(Object.keys(document)).toEqual(members)
      const der = certificateOf(document)
      const print = openssl(['x509', '-inform', 'DER', '-noout', '-fingerprint', '-sha1'], der)
      const x5t = Buffer.from(print.trim().split('=')[1]!.replaceAll(':', ''), 'hex').toString('base64url')
      const shown = (await farm.admin(server, 'GET', '/server')).body
      expect(shown.keys[0].x5t).toBe(x5t)
      if (server !== 'sharepoint') expect(document.keys[0].keyinfo.x5t).toBe(x5t)
      expect(openssl(['x509', '-inform', 'DER', '-noout', '-text'], der)).toContain('Public-Key: (2048 bit)')
    }
  },
)

test('a token of ours is good for an independent JWT library', async () => {
  const [ken] = farm.lab.users
  const token = await mintAs(farm, 'lync', 'exchange', ken)
  const outer = jwt.decode(token, { complete: true })!
  expect(outer.header).toEqual({ typ: 'JWT', alg: 'none' })
  expect(token.endsWith('.')).toBe(true)
  const { actortoken, ...claims } = outer.payload as jwt.JwtPayload
  expect(claims).toMatchObject({
    aud: `00000002-0000-0ff1-ce00-000000000000/localhost:${farm.servers.exchange.port}@litwareinc.com`,
    iss: '00000004-0000-0ff1-ce00-000000000000@litwareinc.com',
    nii: 'urn:office:idp:activedirectory',
    upn: 'kenmyer@litwareinc.com',
  })

  const document = JSON.parse((await farm.send('GET', farm.metadataUrl('lync'))).body)
  const key = new X509Certificate(certificateOf(document)).publicKey
  // The library wants times as numbers; Microsoft's code writes them as text, which is what it is asked to overlook.
  const options = { algorithms: ['RS256' as const], ignoreExpiration: true, ignoreNotBefore: true }
  const actor = jwt.verify(actortoken, key, { ...options, complete: true })
  expect(actor.header).toEqual({ typ: 'JWT', alg: 'RS256', x5t: document.keys[0].keyinfo.x5t })
  expect(actor.payload).toMatchObject({
    aud: claims.aud,
    iss: claims.iss,
    nameid: claims.iss,
    trustedfordelegation: 'true',
  })
  const tampered = `${actortoken.slice(0, -4)}AAAA`
  expect(() => jwt.verify(tampered, key, options)).toThrow('invalid signature')
})

test('a token’s signature is good for openssl', async () => {
  const [header, payload, signature] = (await mintAs(farm, 'exchange', 'lync')).split('.') as [
    string,
    string,
    string,
  ]
  const dir = mkdtempSync(join(tmpdir(), 'entente-openssl-'))
  const file = (name: string) => join(dir, name)
  writeFileSync(file('signature'), Buffer.from(signature, 'base64url'))
  writeFileSync(
    file('key.pem'),
    openssl(['x509', '-in', join(CERTIFICATES, 'exchange-oauth.pem'), '-noout', '-pubkey']),
  )
  const args = ['dgst', '-sha256', '-verify', file('key.pem'), '-signature', file('signature')]
  expect(openssl(args, `${header}.${payload}`)).toBe('Verified OK\n')
  rmSync(dir, { recursive: true })
})

test('Exchange lists whom it believes in its challenge, SharePoint itself last', async () => {
  await farm.register('exchange', 'lync')
  await farm.register('exchange', 'sharepoint', { enabled: false })
  await farm.register('sharepoint', 'lync')
  const challenge = async (server: ServerName, path: string) =>
    (await farm.send('POST', `${farm.servers[server].url}${path}`, { authorization: 'Bearer' })).header(
      'www-authenticate',
    )
  expect(await challenge('exchange', '/EWS/Exchange.asmx')).toEqual([
    'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000004-0000-0ff1-ce00-000000000000@litwareinc.com", token_types="app_asserted_user_v1 service_asserted_app_v1"',
  ])
  const realm = farm.lab.servers[2]!.realm
  expect(await challenge('sharepoint', '//_vti_bin/client.svc')).toEqual([
    `Bearer realm="${realm}",client_id="00000003-0000-0ff1-ce00-000000000000",trusted_issuers="00000004-0000-0ff1-ce00-000000000000@litwareinc.com,00000003-0000-0ff1-ce00-000000000000@${realm}"`,
  ])
})
