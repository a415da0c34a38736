/** The lab's certificates, checked with what others use: the openssl command line. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureLabCertificates } from '../../src/lab/certificates.ts'
import { ConfigError } from '../../src/server/config-error.ts'
import { readSigningKey } from '../../src/server/key-files.ts'

const NOW = Math.floor(Date.now() / 1000) // openssl asks the machine for the time
const DAY = 86_400

const EXCHANGE = {
  name: 'exchange',
  hosts: ['exch.litwareinc.com', '10.1.2.3'],
  oauthSubject: 'CN=Microsoft Exchange Server Auth Certificate',
}
const LYNC = { name: 'lync', hosts: ['lync.litwareinc.com'], oauthSubject: 'CN=litwareinc.com, OU=Lync' }

let dir: string
let original: string

const at = (file: string) => join(dir, file)
const ensure = (servers = [EXCHANGE, LYNC], now = NOW) => ensureLabCertificates(dir, servers, now)
const pair = (name: string) => [`${name}.pem`, `${name}-key.pem`]
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, encoding: 'utf8' })
const x509 = (file: string) => new X509Certificate(readFileSync(at(file)))
const copyOver = (from: string, to: string) => copyFileSync(at(from), at(to))

beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), 'entente-certificates-'))
  await ensureLabCertificates(original, [EXCHANGE, LYNC], NOW)
})

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'entente-certificates-'))
  for (const file of readdirSync(original)) copyFileSync(join(original, file), at(file))
})

afterEach(() => rmSync(dir, { recursive: true }))
afterAll(() => rmSync(original, { recursive: true }))

describe('what is made', () => {
  test('an authority, and for each server a certificate for TLS and one to sign with', async () => {
    for (const file of readdirSync(dir)) rmSync(at(file))
    const { made } = await ensure()
    const expected = ['ca', 'exchange-tls', 'exchange-oauth', 'lync-tls', 'lync-oauth'].flatMap(pair)
    expect(made).toEqual(expected)
    expect(readdirSync(dir).sort()).toEqual(expected.sort())
  })

  test('keys are PKCS#8 that only their owner can read', () => {
    const keys = readdirSync(dir).filter((file) => file.endsWith('-key.pem'))
    expect(keys).toHaveLength(5)
    for (const key of keys) {
      expect(statSync(join(original, key)).mode & 0o777).toBe(0o600)
      expect(readFileSync(at(key), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    }
  })

  test('the authority may issue certificates and lives ten years', () => {
    const text = openssl('x509', '-in', 'ca.pem', '-noout', '-subject', '-text')
    expect(text).toContain('CN = Entente Lab CA')
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE/)
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/)
    expect(text).toContain('prime256v1')
    expect(daysOf('ca.pem')).toBe(3650)
  })

  test('a TLS certificate is issued by the authority for a server and its hosts', () => {
    expect(
      openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.pem', 'exchange-tls.pem'),
    ).toBe('exchange-tls.pem: OK\n')
    const checks = [
      ['-checkhost', 'localhost'],
      ['-checkhost', 'exch.litwareinc.com'],
      ['-checkip', '127.0.0.1'],
      ['-checkip', '::1'],
      ['-checkip', '10.1.2.3'],
    ]
    for (const check of checks)
      expect(openssl('x509', '-noout', '-in', 'exchange-tls.pem', ...check)).toMatch(/ does match/)
    expect(openssl('x509', '-noout', '-in', 'exchange-tls.pem', '-checkhost', 'lync.litwareinc.com')).toMatch(
      /NOT match/,
    )
    expect(openssl('x509', '-noout', '-in', 'exchange-tls.pem', '-text')).toMatch(
      /Extended Key Usage: \s+TLS Web Server Authentication/,
    )
    expect(daysOf('exchange-tls.pem')).toBe(825)
  })

  test('a signing certificate is self-signed RSA under the subject asked for', () => {
    const { signingKey, privateKey, certificate } = readSigningKey(
      at('lync-oauth.pem'),
      at('lync-oauth-key.pem'),
    )
    expect(signingKey.x5t).toBe(certificate.x5t)
    expect(privateKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 })
    expect(openssl('verify', '-CAfile', 'lync-oauth.pem', 'lync-oauth.pem')).toBe('lync-oauth.pem: OK\n')
    expect(openssl('x509', '-in', 'lync-oauth.pem', '-noout', '-subject', '-issuer')).toBe(
      'subject=CN = litwareinc.com, OU = Lync\nissuer=CN = litwareinc.com, OU = Lync\n',
    )
    expect(certificate.notBefore).toBe(NOW - DAY)
    expect(daysOf('lync-oauth.pem')).toBe(5 * 365)
  })
})

describe('what is made anew', () => {
  test('nothing, when all is there', async () => {
    expect(await ensure()).toEqual({ made: [] })
  })

  test('the TLS certificate of the server whose hosts have changed', async () => {
    const { made } = await ensure([EXCHANGE, { ...LYNC, hosts: ['lync.example.net'] }])
    expect(made).toEqual(pair('lync-tls'))
    expect(x509('lync-tls.pem').checkHost('lync.example.net')).toBe('lync.example.net')
  })

  test('the TLS certificates that have expired, under the same authority', async () => {
    const { made } = await ensure([EXCHANGE, LYNC], NOW + 825 * DAY)
    expect(made).toEqual([...pair('exchange-tls'), ...pair('lync-tls')])
  })

  test('a TLS certificate that does not fit its key', async () => {
    copyOver('lync-tls-key.pem', 'exchange-tls-key.pem')
    expect((await ensure()).made).toEqual(pair('exchange-tls'))
  })

  test('a TLS certificate that cannot be read', async () => {
    writeFileSync(at('exchange-tls.pem'), readFileSync(at('exchange-tls.pem')).subarray(0, 300))
    expect((await ensure()).made).toEqual(pair('exchange-tls'))
  })

  test.each([
    ['is without its key', () => rmSync(at('ca-key.pem')), NOW],
    ['has another key', () => copyOver('lync-tls-key.pem', 'ca-key.pem'), NOW],
    ['has expired', () => {}, NOW + 3650 * DAY],
  ])('the authority when it %s, and what it had issued', async (_, spoil, now) => {
    spoil()
    const { made } = await ensure([EXCHANGE, LYNC], now)
    expect(made).toEqual(['ca', 'exchange-tls', 'lync-tls'].flatMap(pair))
    expect(x509('lync-tls.pem').verify(x509('ca.pem').publicKey)).toBe(true)
    expect(await ensure([EXCHANGE, LYNC], now)).toEqual({ made: [] })
  })

  test('files that a killed process left half-written do not count', async () => {
    writeFileSync(at('exchange-oauth.pem.4711.new'), '-----BEGIN CERT')
    expect(await ensure()).toEqual({ made: [] })
  })
})

describe('what no lab made is never written over', () => {
  const own = (file: string, subject: string, ...more: string[]) => {
    const pair = ['-keyout', `${file}-key.pem`, '-out', `${file}.pem`]
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '30',
      '-subj',
      subject,
      ...pair,
      ...more,
    )
  }
  const all = () => Object.fromEntries(readdirSync(dir).map((file) => [file, readFileSync(at(file), 'utf8')]))

  test.each([
    [
      'an authority of one’s own, which a lab cannot use',
      () => own('ca', '/CN=Litware CA'),
      /ca\.pem is not of/,
    ],
    [
      'an authority of one’s own that is without its key',
      () => {
        own('ca', '/CN=Litware CA')
        rmSync(at('ca-key.pem'))
      },
      /ca\.pem is not of a lab \(it is of CN=Litware CA\)/,
    ],
    [
      'a TLS certificate of another authority beside that of a lab',
      () => own('lync-tls', '/O=Litware/CN=lync.litwareinc.com'),
      /lync-tls\.pem is not of a lab \(it is of O=Litware, CN=lync\.litwareinc\.com\)/,
    ],
    [
      'a key whose certificate is missing, where no authority says whose it is',
      () => {
        for (const file of readdirSync(dir)) if (!file.includes('oauth')) rmSync(at(file))
        own('exchange-tls', '/CN=Litware')
        rmSync(at('exchange-tls.pem'))
      },
      /exchange-tls-key\.pem is not of a lab \(nobody can say whose it is\)/,
    ],
  ])('%s: it is named, and every file is as it was', async (_, spoil, message) => {
    spoil()
    // What could be made is not made either.
    rmSync(at('exchange-oauth.pem'))
    rmSync(at('exchange-oauth-key.pem'))
    const before = all()
    const error: unknown = await ensure().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(message)
    expect(all()).toEqual(before)
  })
})

describe('a signing key is never replaced', () => {
  test('not even when its certificate has expired', async () => {
    const before = readFileSync(at('exchange-oauth-key.pem'), 'utf8')
    const { made } = await ensure([EXCHANGE], NOW + 6 * 365 * DAY)
    expect(made).toEqual(pair('exchange-tls'))
    expect(readFileSync(at('exchange-oauth-key.pem'), 'utf8')).toBe(before)
  })

  test.each([
    ['without its certificate', () => rmSync(at('lync-oauth.pem')), /lync-oauth\.pem is missing/],
    [
      'missing beside its certificate',
      () => rmSync(at('lync-oauth-key.pem')),
      /lync-oauth-key\.pem is missing/,
    ],
    [
      'of another server',
      () => copyOver('exchange-oauth-key.pem', 'lync-oauth-key.pem'),
      /is not the key of/,
    ],
    ['cut off', () => truncate('lync-oauth-key.pem'), /lync-oauth-key\.pem: expected one private key in PEM/],
    [
      'with an empty certificate',
      () => writeFileSync(at('lync-oauth.pem'), ''),
      /lync-oauth\.pem is not in PEM/,
    ],
  ])('%s: a person has to say what to do', async (_, spoil, message) => {
    spoil()
    const before = readdirSync(dir)
    const error: unknown = await ensure().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(message)
    expect(String(error)).toMatch(/restore .* or delete both/)
    expect(String(error)).not.toContain('\n')
    expect(readdirSync(dir)).toEqual(before)
  })
})

describe('readSigningKey says in one line what is wrong', () => {
  const read = (certificate: string, key: string) => () => readSigningKey(at(certificate), at(key))

  test('with the certificate', () => {
    writeFileSync(at('text'), 'not a certificate')
    expect(read('none.pem', 'lync-oauth-key.pem')).toThrow(`${at('none.pem')} is missing`)
    expect(read('text', 'lync-oauth-key.pem')).toThrow(`${at('text')} is not in PEM`)
    expect(read('lync-tls.pem', 'lync-tls-key.pem')).toThrow(
      /lync-tls\.pem: expected RSA of at least 2048 bits, found ec$/,
    )
    expect(read('lync-oauth-key.pem', 'lync-oauth-key.pem')).toThrow(/found a private key$/)
  })

  test('with the key, without a word of its content', () => {
    truncate('lync-oauth-key.pem')
    const error = thrownBy(read('lync-oauth.pem', 'lync-oauth-key.pem'))
    const content = readFileSync(at('lync-oauth-key.pem'), 'utf8').split('\n')[1]!
    expect(error).not.toContain(content.slice(0, 8))
    expect(read('lync-oauth.pem', 'exchange-oauth-key.pem')).toThrow(/is not the key of the certificate/)
    expect(read('lync-oauth.pem', 'lync-oauth.pem')).toThrow(/lync-oauth\.pem: expected one private key/)
    expect(read('lync-oauth.pem', '.')).toThrow(/cannot be read: EISDIR$/)
  })
})

function truncate(file: string): void {
  writeFileSync(at(file), readFileSync(at(file)).subarray(0, 500))
}

function thrownBy(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return String(error)
  }
  throw new Error('nothing was thrown')
}

function daysOf(file: string): number {
  const { validFrom, validTo } = x509(file)
  return (Date.parse(validTo) - Date.parse(validFrom)) / 1000 / DAY
}
