/** Reading keys as administrators hand them over: PFX and PEM, made by openssl at the time of the test. */
import { spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPemKey, readPfxKey } from '../../src/protocol/key-material.ts'
import { KEYS } from '../support/tokens.ts'

const PASSWORD = 'pässword 1'
const dir = mkdtempSync(join(tmpdir(), 'entente-pfx-'))
const keys = new URL('../vectors/keys/', import.meta.url).pathname

afterAll(() => rmSync(dir, { recursive: true }))

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: dir, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

/** Base64 of a PFX with the partner's key, and that certificate or another. */
function pfx(more: string[] = [], certificate = 'partner', password = PASSWORD): string {
  const pair = ['-inkey', join(keys, 'partner.key.pem'), '-in', join(keys, `${certificate}.cert.pem`)]
  openssl('pkcs12', '-export', ...pair, '-passout', `pass:${password}`, ...more, '-out', 'key.pfx')
  return readFileSync(join(dir, 'key.pfx')).toString('base64')
}

const OLD = ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']

test.each([
  ['as OpenSSL 3 makes it (AES-256, PBKDF2 with SHA-256)', [], PASSWORD],
  ['as Windows 8 to 10 made it (3DES, SHA-1)', OLD, PASSWORD],
  ['with AES-128', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC'], PASSWORD],
  ['with the certificate in the open', ['-certpbe', 'NONE'], PASSWORD],
  ['with an empty password', [], ''],
  ['with an empty password, the old way', OLD, ''],
])('a PFX is read %s', async (_, options, password) => {
  const read = await readPfxKey(pfx(options, 'partner', password), password, 'pfx')
  if (!read.ok) throw new Error(JSON.stringify(read))
  expect(read.value.certificate.x5t).toBe(KEYS.partner.x5t)
  expect(createPublicKey(read.value.privateKey).equals(KEYS.partner.publicKey)).toBe(true)
  expect(read.value).not.toHaveProperty('root')
})

test.each([
  ['another password', async () => readPfxKey(pfx(), 'another', 'pfx'), 'another password'],
  ['something that is no PFX', async () => readPfxKey('aGVsbG8=', PASSWORD, 'pfx'), 'something else'],
  ['a PFX that is cut off', async () => readPfxKey(pfx().slice(0, 1200), PASSWORD, 'pfx'), 'something else'],
  [
    'a PFX without a private key',
    async () => readPfxKey(pfx(['-nokeys'], 'partner'), PASSWORD, 'pfx'),
    '0 private keys',
  ],
])('%s is refused in words, and the password is not in them', async (_, read, seen) => {
  const refused = await read()
  expect(refused).toMatchObject({ ok: false, code: 'signing_key_unreadable', at: 'pfx', seen })
  expect(JSON.stringify(refused)).not.toContain(PASSWORD)
})

test('a PFX in a cipher that OpenSSL knows no more is refused with the way out', async () => {
  let bytes: string
  try {
    bytes = pfx(['-legacy'])
  } catch {
    return // this machine's openssl cannot make one
  }
  const refused = await readPfxKey(bytes, PASSWORD, 'pfx')
  expect(refused).toMatchObject({
    code: 'signing_key_unreadable',
    expected: expect.stringContaining('convert it to PEM'),
  })
})

describe('PEM', () => {
  const pem = () => `${KEYS.partner.pem}\n${KEYS.partner.privatePem}`

  test('holds the key and its certificate in any order, with other certificates beside them', () => {
    for (const text of [pem(), `${KEYS.partner.privatePem}\n${KEYS.stranger.pem}\n${KEYS.partner.pem}`]) {
      const read = readPemKey(text, undefined, 'pem')
      expect(read.ok && read.value.certificate.x5t).toBe(KEYS.partner.x5t)
    }
  })

  test('may be encrypted', () => {
    const encrypted = KEYS.partner.privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD })
      .toString()
    const text = `${encrypted}\n${KEYS.partner.pem}`
    expect(readPemKey(text, PASSWORD, 'pem').ok).toBe(true)
    expect(readPemKey(text, 'wrong', 'pem')).toMatchObject({ seen: 'another password' })
    expect(readPemKey(text, undefined, 'pem')).toMatchObject({ code: 'signing_key_unreadable' })
  })

  test('brings the authority at the end of the chain', () => {
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=root', '-keyout', 'root.key'],
      ...['-out', 'root.pem', '-days', '30'],
    )
    openssl(
      ...['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=leaf', '-keyout', 'leaf.key'],
      ...['-out', 'leaf.csr'],
    )
    openssl(
      ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial'],
      ...['-out', 'leaf.pem', '-days', '30'],
    )
    const text = ['root.pem', 'leaf.key', 'leaf.pem'].map((name) => readFileSync(join(dir, name), 'utf8'))
    const read = readPemKey(text.join('\n'), undefined, 'pem')
    if (!read.ok) throw new Error(JSON.stringify(read))
    const root = new X509Certificate(Buffer.from(read.value.root ?? '', 'base64'))
    expect([read.value.certificate.subject, root.subject]).toEqual(['CN=leaf', 'CN=root'])
  })

  test.each([
    ['a certificate alone', () => KEYS.partner.pem, 'signing_key_unreadable'],
    ['a key alone', () => KEYS.partner.privatePem, 'signing_key_unreadable'],
    ['two keys', () => `${pem()}\n${KEYS.stranger.privatePem}`, 'signing_key_unreadable'],
    [
      'the certificate of another key',
      () => `${KEYS.partner.privatePem}\n${KEYS.stranger.pem}`,
      'signing_key_mismatch',
    ],
  ])('%s is refused', (_, text, code) => {
    const refused = readPemKey(text(), undefined, 'pem')
    expect(refused).toMatchObject({ ok: false, code })
    expect(JSON.stringify(refused)).not.toContain('PRIVATE KEY-')
  })

  test('a key that is weaker than RSA 2048 is refused', () => {
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=weak', '-keyout', 'weak.key'],
      ...['-out', 'weak.pem', '-days', '30'],
    )
    const text = ['weak.key', 'weak.pem'].map((name) => readFileSync(join(dir, name), 'utf8')).join('\n')
    expect(readPemKey(text, undefined, 'pem')).toMatchObject({ code: 'certificate_weak' })
  })
})
