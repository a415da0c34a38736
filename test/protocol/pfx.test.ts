/** Reading keys as administrators hand them over: PFX and PEM, made by openssl at the time of the test. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createCipheriv, createPublicKey, pbkdf2Sync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPemKey, readPfxKey } from '../../src/protocol/key-material.ts'
import { KEYS } from '../support/tokens.ts'

const PASSWORD = 'pässword 1'
let dir: string
const keys = new URL('../vectors/keys/', import.meta.url).pathname

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'entente-pfx-'))
})
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
  const expected = 'a PFX with one private key, and its password'
  expect(refused).toEqual({ ok: false, code: 'signing_key_unreadable', at: 'pfx', expected, seen })
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
  expect(refused).toEqual({
    ok: false,
    code: 'signing_key_unreadable',
    at: 'pfx',
    expected: 'a PFX encrypted with AES or 3DES; export it again, or convert it to PEM',
    seen: 'the cipher 1.2.840.113549.1.12.1.6',
  })
})

/** ASN.1 by hand, for what no tool makes any more, or never made. */
const value = (tag: number, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content)
  const digits = body.length.toString(16)
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 + length.length, ...length]
  return Buffer.concat([Buffer.from(head), body])
}
const sequence = (...members: Buffer[]) => value(0x30, ...members)
const tagged = (content: Buffer) => value(0xa0, content)
const octets = (bytes: Buffer) => value(0x04, bytes)
// Not negative.
const integer = (number: number) => {
  const digits = number.toString(16)
  const isEven = digits.length % 2 === 0
  const padded = isEven && /^[89a-f]/.test(digits) ? `00${digits}` : isEven ? digits : `0${digits}`
  return value(0x02, Buffer.from(padded, 'hex'))
}
function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const sevens = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) sevens.unshift((left & 0x7f) | 0x80)
    return sevens
  })
  return value(0x06, Buffer.from(bytes))
}

const PKCS7 = '1.2.840.113549.1.7'
const BAGS = '1.2.840.113549.1.12.10.1'
const [HMAC_SHA1, HMAC_SHA256, HMAC_SHA512] = [7, 9, 11].map((arc) => oid(`1.2.840.113549.2.${arc}`)) as [
  Buffer,
  Buffer,
  Buffer,
]
const NULL = value(0x05)

describe('a PFX made by hand', () => {
  const der = (key: typeof KEYS.partner) => Buffer.from(new X509Certificate(key.pem).raw)
  const keyBag = (key: typeof KEYS.partner) =>
    sequence(oid(`${BAGS}.1`), tagged(key.privateKey.export({ type: 'pkcs8', format: 'der' })))
  const shroudedBag = (passphrase: string) => {
    const options = { type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase } as const
    return sequence(oid(`${BAGS}.2`), tagged(KEYS.partner.privateKey.export(options)))
  }
  const certBag = (bytes: Buffer, kind = '1.2.840.113549.1.9.22.1') =>
    sequence(oid(`${BAGS}.3`), tagged(sequence(oid(kind), tagged(octets(bytes)))))
  const secretBag = sequence(oid(`${BAGS}.5`), tagged(octets(Buffer.from('secret'))))
  const CERT = certBag(der(KEYS.partner))
  const KEY = keyBag(KEYS.partner)

  const open = (...bags: Buffer[]) => sequence(oid(`${PKCS7}.1`), tagged(octets(sequence(...bags))))
  const sealed = (algorithm: Buffer, content: Buffer, type = 6) =>
    sequence(
      oid(`${PKCS7}.${type}`),
      tagged(sequence(integer(0), sequence(oid(`${PKCS7}.1`), algorithm, value(0x80, content)))),
    )
  const container = (authenticated: Buffer) =>
    sequence(integer(3), sequence(oid(`${PKCS7}.1`), tagged(authenticated)))
  const read = (...safes: Buffer[]) => readBytes(container(octets(sequence(...safes))))
  const readBytes = (bytes: Buffer) => readPfxKey(bytes.toString('base64'), PASSWORD, 'pfx')
  const x5tOf = async (reading: ReturnType<typeof readPfxKey>) => {
    const outcome = await reading
    return outcome.ok ? outcome.value.certificate.x5t : outcome
  }
  const unreadable = (seen: string) => ({
    ok: false,
    code: 'signing_key_unreadable',
    at: 'pfx',
    expected: 'a PFX with one private key, and its password',
    seen,
  })
  const unknownCipher = (seen: string) => ({
    ...unreadable(`the cipher ${seen}`),
    expected: 'a PFX encrypted with AES or 3DES; export it again, or convert it to PEM',
  })

  /** The certificate's safe, encrypted as `change` says: PBKDF2 with SHA-256 and AES-256 otherwise. */
  interface Cipher {
    iterations?: number
    said?: number
    salt?: Buffer
    length?: Buffer
    prf?: Buffer
    hash?: string
    name?: string
    bytes?: number
    cipher?: string
    derivation?: string
  }
  function pbes2(change: Cipher = {}): Buffer {
    const {
      iterations = 2_000,
      said = iterations,
      hash = 'sha256',
      name = 'aes-256-cbc',
      bytes = 32,
    } = change
    const { cipher = '2.16.840.1.101.3.4.1.42', derivation = '1.2.840.113549.1.5.12' } = change
    const [salt, iv] = [Buffer.from('saltsalt'), Buffer.alloc(name.startsWith('des') ? 8 : 16, 7)]
    const encrypt = createCipheriv(name, pbkdf2Sync(PASSWORD, salt, iterations, bytes, hash), iv)
    const content = Buffer.concat([encrypt.update(sequence(CERT)), encrypt.final()])
    const prf = change.prf ?? sequence(HMAC_SHA256, NULL)
    const parameters = sequence(
      change.salt ?? octets(salt),
      integer(said),
      change.length ?? Buffer.alloc(0),
      prf,
    )
    return sealed(
      sequence(
        oid('1.2.840.113549.1.5.13'),
        sequence(sequence(oid(derivation), parameters), sequence(oid(cipher), octets(iv))),
      ),
      content,
    )
  }

  test('is read though nothing in it is encrypted, nor protected by the password', async () => {
    expect(await x5tOf(read(open(KEY, CERT)))).toBe(KEYS.partner.x5t)
    expect(await x5tOf(read(open(KEY), open(CERT)))).toBe(KEYS.partner.x5t)
  })

  test('is read with bags and certificates of other kinds beside', async () => {
    const other = certBag(Buffer.from('sdsi'), '1.2.840.113549.1.9.22.2')
    expect(await x5tOf(read(open(secretBag, other, KEY, CERT)))).toBe(KEYS.partner.x5t)
  })

  test('is read in pieces whose lengths are told at the end', async () => {
    const end = Buffer.alloc(2)
    const whole = sequence(open(KEY, CERT))
    const half = [whole.subarray(0, 100), whole.subarray(100)].map(octets)
    const pieces = Buffer.concat([Buffer.from([0x24, 0x80]), ...half, end])
    expect(await x5tOf(readBytes(container(pieces)))).toBe(KEYS.partner.x5t)
    expect(await x5tOf(readBytes(container(value(0x24, ...half))))).toBe(KEYS.partner.x5t)
  })

  test('is read with an encrypted part in pieces', async () => {
    const plain = pbes2()
    const at = plain.lastIndexOf(0x80, plain.length - sequence(CERT).length)
    const whole = plain.subarray(plain.indexOf(Buffer.from([0x80, 0x82]), at - 8))
    const content = whole.subarray(4)
    const constructed = value(0xa0, octets(content.subarray(0, 64)), octets(content.subarray(64)))
    const algorithm = plain.subarray(
      plain.indexOf(oid('1.2.840.113549.1.5.13')) - 2,
      plain.length - whole.length,
    )
    const safe = sequence(
      oid(`${PKCS7}.6`),
      tagged(sequence(integer(0), sequence(oid(`${PKCS7}.1`), algorithm, constructed))),
    )
    expect(await x5tOf(read(open(KEY), safe))).toBe(KEYS.partner.x5t)
  })

  test.each<[what: string, change: Cipher]>([
    ['AES-256, PBKDF2 with SHA-256', {}],
    ['one iteration', { iterations: 1 }],
    ['as many iterations as are allowed', { iterations: 1_000_000 }],
    ['the length of the key said', { length: integer(32) }],
    ['SHA-1, which need not be said', { hash: 'sha1', prf: Buffer.alloc(0) }],
    ['SHA-1, and the length of the key', { hash: 'sha1', prf: Buffer.alloc(0), length: integer(32) }],
    ['SHA-1, said', { hash: 'sha1', prf: sequence(HMAC_SHA1, NULL) }],
    ['SHA-384', { hash: 'sha384', prf: sequence(oid('1.2.840.113549.2.10'), NULL) }],
    ['SHA-512', { hash: 'sha512', prf: sequence(HMAC_SHA512, NULL) }],
    ['AES-128', { name: 'aes-128-cbc', bytes: 16, cipher: '2.16.840.1.101.3.4.1.2' }],
    ['AES-192', { name: 'aes-192-cbc', bytes: 24, cipher: '2.16.840.1.101.3.4.1.22' }],
    ['3DES', { name: 'des-ede3-cbc', bytes: 24, cipher: '1.2.840.113549.3.7' }],
  ])('is decrypted with %s', async (_, change) => {
    expect(await x5tOf(read(open(KEY), pbes2(change)))).toBe(KEYS.partner.x5t)
  })

  test.each<[what: string, change: Cipher, oid: string]>([
    ['scrypt', { derivation: '1.3.6.1.4.1.11591.4.11' }, '1.3.6.1.4.1.11591.4.11'],
    ['HMAC with SHA-224', { prf: sequence(oid('1.2.840.113549.2.8'), NULL) }, '1.2.840.113549.2.8'],
    ['RC2', { cipher: '1.2.840.113549.3.2' }, '1.2.840.113549.3.2'],
  ])('is not decrypted with %s', async (_, change, seen) => {
    expect(await read(open(KEY), pbes2(change))).toEqual(unknownCipher(seen))
  })

  test('is not read where a part is for somebody’s key instead of a password', async () => {
    const enveloped = sealed(sequence(oid('1.2.840.113549.1.1.1'), NULL), Buffer.from('any'), 3)
    expect(await read(open(KEY, CERT), enveloped)).toEqual(unknownCipher(`${PKCS7}.3`))
  })

  /** The certificate's safe, encrypted the way of PKCS #12 itself, as openssl derives the key. */
  function old(salt: Buffer, iterations: number, said = iterations): Buffer {
    const derive = (id: number, length: number) => {
      const bytes = Buffer.from(`${PASSWORD}\0`, 'utf16le').swap16()
      const hex = [`hexpass:${bytes.toString('hex')}`, `hexsalt:${salt.toString('hex')}`]
      const options = ['digest:SHA1', ...hex, `iter:${iterations}`, `id:${id}`].flatMap((one) => [
        '-kdfopt',
        one,
      ])
      return execFileSync('openssl', ['kdf', '-keylen', `${length}`, ...options, '-binary', 'PKCS12KDF'])
    }
    const encrypt = createCipheriv('des-ede3-cbc', derive(1, 24), derive(2, 8))
    const content = Buffer.concat([encrypt.update(sequence(CERT)), encrypt.final()])
    const algorithm = oid('1.2.840.113549.1.12.1.3')
    return sealed(sequence(algorithm, sequence(octets(salt), integer(said))), content)
  }

  test('is decrypted as openssl does it, whatever the salt', async () => {
    // With the first of these, what goes into the second round begins with a zero; the others are shorter or longer than a block.
    const salts = [Buffer.from([6, 1, 2, 3, 4, 5, 6, 7]), Buffer.alloc(1, 1), Buffer.alloc(65, 2)]
    for (const salt of salts)
      expect([salt, await x5tOf(read(open(KEY), old(salt, 1)))]).toEqual([salt, KEYS.partner.x5t])
    expect(await x5tOf(read(open(KEY), old(Buffer.from('salt'), 3)))).toBe(KEYS.partner.x5t)
  })

  test.each([0, 1_000_001])('is not read when it says that there are %d iterations', async (said) => {
    const iterations = Math.max(said, 1)
    expect(await read(open(KEY), pbes2({ iterations, said }))).toEqual(unreadable('something else'))
    expect(await read(open(KEY), old(Buffer.from('salt'), 1, said))).toEqual(unreadable('something else'))
  })

  test.each([
    ['two private keys', () => read(open(KEY, keyBag(KEYS.stranger), CERT)), '2 private keys'],
    ['no bags', () => read(open()), '0 private keys'],
    ['nothing in its pieces', () => readBytes(container(value(0x24))), 'something else'],
    ['no parts', () => read(), '0 private keys'],
    ['a number for its parts', () => readBytes(container(octets(integer(1)))), '0 private keys'],
    [
      'a key under another password',
      () => read(open(shroudedBag('other'), CERT)),
      'a private key that this password does not open',
    ],
    [
      'a key that is none',
      () => read(open(sequence(oid(`${BAGS}.1`), tagged(sequence())), CERT)),
      'a private key that this password does not open',
    ],
    [
      'a part that is no ASN.1',
      () => read(sequence(oid(`${PKCS7}.1`), tagged(octets(Buffer.from([0x30, 0x05]))))),
      'something else',
    ],
    ['a part without content', () => read(sequence(oid(`${PKCS7}.1`))), 'something else'],
    ['a bag without a value', () => read(open(sequence(oid(`${BAGS}.1`)))), 'something else'],
    ['a NULL for a salt', () => read(open(KEY), pbes2({ salt: NULL })), 'something else'],
    ['a part without a type', () => read(sequence(NULL, tagged(octets(Buffer.alloc(0))))), 'the cipher '],
  ])('is refused with %s', async (_, reading, seen) => {
    expect(await reading()).toMatchObject({ ok: false, code: 'signing_key_unreadable', at: 'pfx', seen })
  })

  test('is read with its key under the password', async () => {
    expect(await x5tOf(read(open(shroudedBag(PASSWORD), CERT)))).toBe(KEYS.partner.x5t)
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

  describe('brings the authority at the end of the chain', () => {
    const file = (name: string) => readFileSync(join(dir, name), 'utf8')
    /** A certificate for the key of `name`, from the authority `by`, under any subject. */
    function certify(subject: string, name: string, by: string, as: string): void {
      openssl('req', '-new', '-subj', `/CN=${subject}`, '-key', `${name}.key`, '-out', 'request.csr')
      openssl(
        ...['x509', '-req', '-in', 'request.csr', '-CA', `${by}.pem`, '-CAkey', `${by.split('-')[0]}.key`],
        ...['-CAcreateserial', '-days', '30', '-out', `${as}.pem`],
      )
    }
    function selfSigned(subject: string, name: string, as: string): void {
      openssl(
        ...[
          'req',
          '-x509',
          '-subj',
          `/CN=${subject}`,
          '-key',
          `${name}.key`,
          '-days',
          '30',
          '-out',
          `${as}.pem`,
        ],
      )
    }
    const rootOf = (...files: string[]) => {
      const read = readPemKey(['leaf.key', ...files].map(file).join('\n'), undefined, 'pem')
      if (!read.ok) throw new Error(JSON.stringify(read))
      expect(read.value.certificate.subject).toBe('CN=leaf')
      return read.value.root && new X509Certificate(Buffer.from(read.value.root, 'base64')).toString()
    }

    beforeAll(() => {
      for (const name of ['root', 'middle', 'leaf', 'stranger'])
        openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', `${name}.key`)
      selfSigned('root', 'root', 'root')
      certify('middle', 'middle', 'root', 'middle')
      certify('leaf', 'leaf', 'middle', 'leaf')
      certify('root', 'root', 'middle', 'root-cross')
      certify('middle', 'middle', 'root-cross', 'middle-cross')
      selfSigned('middle', 'stranger', 'namesake')
      selfSigned('other', 'middle', 'renamed')
    })

    test('over the one between, in any order', () => {
      expect(rootOf('root.pem', 'leaf.pem', 'middle.pem')).toBe(file('root.pem'))
      expect(rootOf('leaf.pem', 'middle.pem')).toBe(file('middle.pem'))
    })

    test('and none that is missing a step on the way', () => {
      expect(rootOf('leaf.pem')).toBeUndefined()
      expect(rootOf('leaf.pem', 'root.pem')).toBeUndefined()
    })

    test('and none of the same name with another key, nor of another name with the same key', () => {
      expect(rootOf('leaf.pem', 'namesake.pem')).toBeUndefined()
      expect(rootOf('leaf.pem', 'renamed.pem')).toBeUndefined()
      expect(rootOf('leaf.pem', 'namesake.pem', 'renamed.pem', 'middle.pem')).toBe(file('middle.pem'))
    })

    test('where two authorities have certified each other, the one above the other', () => {
      expect(rootOf('leaf.pem', 'middle-cross.pem', 'root-cross.pem')).toBe(file('root-cross.pem'))
    })
  })

  const ONE = { code: 'signing_key_unreadable', expected: 'one private key and its certificate in PEM' }
  const OTHER = { code: 'signing_key_mismatch', expected: 'the certificate of the private key' }
  test.each([
    ['a certificate alone', () => KEYS.partner.pem, { ...ONE, seen: '0 private keys' }],
    [
      'a key alone',
      () => KEYS.partner.privatePem,
      { code: 'signing_key_unreadable', expected: 'a certificate', seen: 'none' },
    ],
    ['two keys', () => `${pem()}\n${KEYS.stranger.privatePem}`, { ...ONE, seen: '2 private keys' }],
    [
      'a key that is none',
      () => pem().replaceAll('\nMII', '\nAAA'),
      { ...ONE, seen: 'a private key that cannot be read without a password' },
    ],
    [
      'the certificate of another key',
      () => `${KEYS.partner.privatePem}\n${KEYS.stranger.pem}`,
      { ...OTHER, seen: 'a certificate of another key' },
    ],
    [
      'the certificates of others',
      () => `${KEYS.partner.privatePem}\n${KEYS.stranger.pem}\n${KEYS.self.pem}`,
      { ...OTHER, seen: '2 certificates of another key' },
    ],
  ])('%s is refused', (_, text, says) => {
    const refused = readPemKey(text(), undefined, 'pem')
    expect(refused).toEqual({ ok: false, at: 'pem', ...says })
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
