/** Being reached from other machines: asked for by name, and never with keys of a lab. */
import 'reflect-metadata'
import { spawnSync } from 'node:child_process'
import { KeyObject, X509Certificate } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { openAdminClient } from '../../src/lab/admin-client.ts'
import { ensureLabCertificates } from '../../src/lab/certificates.ts'
import { readLabFile, serverConfigOf } from '../../src/lab/lab-file.ts'
import { machine } from '../../src/server/ambient.ts'
import { ServerConfig } from '../../src/server/config.ts'
import { checkSigningKeys, LAB_KEY_MARK } from '../../src/server/exposure.ts'
import { isLoopback } from '../../src/server/loopback.ts'
import { type RunningServer, startServer } from '../../src/server/start.ts'
import { makeSigningKey } from '../../src/server/x509.ts'
import type { KeyState, OwnKey } from '../../src/trust/signing-keys.ts'
import { CERTIFICATES } from '../support/farm.ts'

const HOST = 'exchange.litwareinc.com'
const LOG = { request: () => undefined, surprise: (error: unknown) => expect(error).toBeUndefined() }
let dir: string
let server: RunningServer | undefined

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'entente-exposure-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(dir, { recursive: true, force: true })
})

function configOf(certsDir: string, more: Partial<ServerConfig>): ServerConfig {
  const places = { labFile: 'metadata/lab.json', dataDir: join(dir, 'data'), certsDir }
  const { address, exposed = false } = more
  const exposure = { exposed, ...(address !== undefined && { address }) }
  const config = serverConfigOf(readLabFile(places), 'exchange', places, exposure)
  return ServerConfig.parse({ ...config, port: 0, storage: 'memory', ...more })
}

const start = async (certsDir: string, more: Partial<ServerConfig>) => {
  server = await startServer(configOf(certsDir, more), machine, LOG)
  return server
}

/** Keys that an organization made itself, in a folder as `--certs` wants it. */
async function ownKeys(names: readonly string[]): Promise<string> {
  const certs = join(dir, 'own')
  mkdirSync(certs)
  const validity = {
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
  }
  const make = async (file: string, name: string, algorithm: EcKeyGenParams | RsaHashedKeyGenParams) => {
    const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
    const altNames = names.map((value) => ({ type: 'dns' as const, value }))
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name,
      ...validity,
      signingAlgorithm: { ...algorithm, hash: 'SHA-256' },
      keys,
      extensions: [new x509.SubjectAlternativeNameExtension(altNames)],
    })
    writeFileSync(join(certs, `${file}.pem`), certificate.toString('pem'))
    const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(join(certs, `${file}-key.pem`), key, { mode: 0o600 })
  }
  const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
  await make('exchange-tls', 'CN=Litware', { name: 'ECDSA', namedCurve: 'P-256' })
  await make('exchange-oauth', 'CN=Microsoft Exchange Server Auth Certificate', {
    name: 'RSASSA-PKCS1-v1_5',
    ...rsa,
  })
  copyFileSync(join(certs, 'exchange-tls.pem'), join(certs, 'ca.pem'))
  return certs
}

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.5', false],
  ['128.0.0.1', false],
  ['::ffff:192.168.1.5', false],
  ['localhost', false],
])('%s is loopback: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected)
})

test.each(['0.0.0.0', '::', '192.0.2.1'])('%s needs to be asked for', async (address) => {
  await expect(start(CERTIFICATES, { address })).rejects.toThrow(
    `exchange: other machines could reach it at ${address}; add --expose`,
  )
})

test('an address is an address', () => {
  for (const address of ['localhost', '', '1.2.3', '127.0.0.1:80']) {
    expect(() => configOf(CERTIFICATES, { address })).toThrow(/expected an IP address/)
  }
})

test('keys of the lab stay on loopback, and both are named', async () => {
  await expect(start(CERTIFICATES, { address: '0.0.0.0', exposed: true })).rejects.toThrow(
    /^exchange: at 0\.0\.0\.0 it needs keys of its own, not those of a lab: \S+exchange-tls\.pem, \S+exchange-oauth\.pem; name/,
  )
})

test.each(['exchange-oauth-key.pem', 'exchange-tls-key.pem'])(
  'no server starts while others can read %s',
  async (name) => {
    const certs = await ownKeys([HOST])
    chmodSync(join(certs, name), 0o640)
    for (const exposed of [true, false]) {
      await expect(start(certs, { address: '127.0.0.1', exposed })).rejects.toThrow(
        `${join(certs, name)} can be read by others (mode 640); chmod 600 it`,
      )
    }
  },
)

test('where keys are kept under a passphrase, an exposed server’s own does not lie beside them in the clear', async () => {
  const certs = await ownKeys([HOST])
  const [keyFile, keyPassphraseFile] = [join(certs, 'exchange-oauth-key.pem'), join(dir, 'passphrase')]
  writeFileSync(keyPassphraseFile, 'correct horse battery\n', { mode: 0o600 })
  const begin = () => start(certs, { address: '127.0.0.1', exposed: true, keyPassphraseFile })
  await expect(begin()).rejects.toThrow(/exchange-oauth-key\.pem is not encrypted, .* encrypt it/)
  const sealed = spawnSync('openssl', [
    ...['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', keyFile, '-out', `${keyFile}.new`],
    ...['-passout', `file:${keyPassphraseFile}`],
  ])
  expect(sealed.status).toBe(0)
  chmodSync(`${keyFile}.new`, 0o600)
  renameSync(`${keyFile}.new`, keyFile)
  expect((await begin()).name).toBe('exchange')
})

test('a signing key that a lab made and keeps in the data folder stays on loopback, too', async () => {
  const life = { notBefore: machine.now() - 60, notAfter: machine.now() + 86_400 }
  const [ofLab, own] = await Promise.all(
    [true, false].map((isLab) => makeSigningKey({ subject: 'CN=Exchange', isLab, ...life })),
  )
  const config = configOf(CERTIFICATES, { address: '192.0.2.1' })
  const key = (made = own, state: KeyState = 'next'): OwnKey => ({
    ...{ certificate: made!.certificate, state, since: 0, addedAt: 0 },
  })
  expect(() => checkSigningKeys(config, [key(), key(ofLab)])).toThrow(
    /^exchange: \S+ holds signing keys of a lab \([0-9A-F]{40}\); at 192\.0\.2\.1 it needs a data folder of its own$/,
  )
  checkSigningKeys(config, [key(), key(ofLab, 'retired')])
  checkSigningKeys({ ...config, address: '127.0.0.1' }, [key(ofLab)])
})

test('a lab key is known again wherever it was carried, by copy or link, TLS or signing', async () => {
  const lab = join(dir, 'lab')
  const wanted = {
    name: 'exchange',
    hosts: [HOST],
    oauthSubject: 'CN=Microsoft Exchange Server Auth Certificate',
  }
  await ensureLabCertificates(lab, [wanted], machine.now())
  const made = new X509Certificate(readFileSync(join(lab, 'exchange-oauth.pem')))
  expect(made.subject).toBe('CN=Microsoft Exchange Server Auth Certificate')
  expect(made.raw.includes(LAB_KEY_MARK)).toBe(true)

  const own = await ownKeys([HOST])
  const carry = (file: string, how: typeof copyFileSync | typeof symlinkSync) => {
    for (const name of [`${file}.pem`, `${file}-key.pem`]) {
      rmSync(join(own, name))
      how(join(lab, name), join(own, name))
    }
  }
  carry('exchange-oauth', copyFileSync)
  await expect(start(own, { address: '0.0.0.0', exposed: true })).rejects.toThrow(
    /lab: \S+exchange-oauth\.pem; /,
  )
  carry('exchange-oauth', symlinkSync)
  await expect(start(own, { address: '0.0.0.0', exposed: true })).rejects.toThrow(
    /lab: \S+exchange-oauth\.pem; /,
  )
  carry('exchange-tls', copyFileSync)
  await expect(start(own, { address: '0.0.0.0', exposed: true })).rejects.toThrow(
    /exchange-tls\.pem, \S+exchange-oauth/,
  )
})

test('with keys of its own a server is exposed under a name they cover, and its own machine finds it', async () => {
  const running = await start(await ownKeys([HOST]), { address: '0.0.0.0', exposed: true })
  expect(running.url).toBe(`https://${HOST}:${running.port}`)
  const state = JSON.parse(readFileSync(join(dir, 'data', 'exchange', 'server.json'), 'utf8'))
  expect(state).toMatchObject({ url: running.url, address: '127.0.0.1' })
  const client = openAdminClient(join(dir, 'data'), 'exchange')
  const { status, body } = await client.call('GET', '/server')
  await client.close()
  expect(status).toBe(200)
  expect(body).toMatchObject({ url: running.url })
  expect((body as { hosts: string[] }).hosts).not.toContain('localhost')
})

test('keys that cover none of its names are refused', async () => {
  const own = await ownKeys(['other.example'])
  await expect(start(own, { address: '0.0.0.0', exposed: true })).rejects.toThrow(
    /exchange-tls\.pem: expected one of exchange\.litwareinc\.com, /,
  )
})

test('another loopback address needs no asking, and is found as well', async () => {
  const running = await start(CERTIFICATES, { address: '127.0.0.2' })
  const client = openAdminClient(join(dir, 'data'), 'exchange')
  expect(await client.call('GET', '/server')).toMatchObject({ status: 200, body: { url: running.url } })
  await client.close()
})

describe('entente serve', () => {
  const serve = (...args: string[]) => {
    const places = ['--data', join(dir, 'data'), '--certs', CERTIFICATES, '--port-base', '45441']
    const { status, stderr } = spawnSync(
      process.execPath,
      ['dist/cli/main.js', 'serve', 'exchange', ...places, ...args],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    )
    return { status, lines: stderr.trim().split('\n') }
  }

  test.each([
    [['--address', '0.0.0.0'], /add --expose/],
    [['--address', '0.0.0.0', '--expose'], /needs keys of its own/],
    [['--expose'], /--expose needs --address/],
  ])('%j is one clear line and exit code 2', (args, message) => {
    const { status, lines } = serve(...args)
    expect(status).toBe(2)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(message)
  })

  test('a name for an address is wrong usage', () => {
    expect(serve('--address', 'localhost')).toMatchObject({ status: 2 })
  })
})
