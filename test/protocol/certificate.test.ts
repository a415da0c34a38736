/** Certificates as partners hand them over. */
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { hexThumbprint, readAuthorities, readCertificate } from '../../src/protocol/certificate.ts'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { readThumbprint } from '../../src/protocol/jws.ts'
import { certificateOf, KEYS, keyFile } from '../support/tokens.ts'

const { pem } = KEYS.partner
const der = new X509Certificate(pem).raw
const derText = der.toString('base64')
const lines = (text: string, width: number, end: string) =>
  text.replace(new RegExp(`(.{${width}})`, 'g'), `$1${end}`)

/** Where the value at `offset` begins and ends, behind its tag and its length. */
function valueAt(bytes: Buffer, offset: number): [begin: number, end: number] {
  const first = bytes.readUInt8(offset + 1)
  const more = first < 0x80 ? 0 : first - 0x80
  const begin = offset + 2 + more
  return [begin, begin + (more === 0 ? first : bytes.readUIntBE(offset + 2, more))]
}

// The exponent of the test key, 65537, stands in the DER as these bytes. Everything around it has a length of two bytes.
function withExponent(exponent: bigint): string {
  const digits = exponent.toString(16)
  const magnitude = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  const value = magnitude.readUInt8(0) < 0x80 ? magnitude : Buffer.concat([Buffer.from([0]), magnitude])
  const place = der.indexOf(Buffer.from([0x02, 0x03, 0x01, 0x00, 0x01]))
  const changed = Buffer.from(der)
  for (let at = 0; at < place; ) {
    const [begin, end] = valueAt(der, at)
    const isAround = begin <= place && place < end
    if (isAround) changed.writeUInt16BE(end - begin + value.length - 3, at + 2)
    const isBits = der.readUInt8(at) === 0x03
    at = isAround ? begin + (isBits ? 1 : 0) : end
  }
  const parts = [
    changed.subarray(0, place),
    Buffer.from([0x02, value.length]),
    value,
    changed.subarray(place + 5),
  ]
  return Buffer.concat(parts).toString('base64')
}

test.each([1n, 2n, 65_536n, 2n ** 32n, 2n ** 32n + 1n])(
  'a key whose exponent is %s is refused',
  (exponent) => {
    expect(readCertificate(withExponent(exponent), 'certificate')).toEqual({
      ok: false,
      code: 'certificate_weak',
      at: 'certificate',
      expected: 'an odd exponent from 3 to 4294967296',
      seen: `${exponent}`,
    })
  },
)

test.each([3n, 65_537n, 65_539n, 2n ** 32n - 1n])('a key whose exponent is %s is taken', (exponent) => {
  const read = readCertificate(withExponent(exponent), 'certificate')
  expect(read.ok && read.value.publicKey.asymmetricKeyDetails?.publicExponent).toBe(exponent)
})

describe('a certificate is read', () => {
  const SPELLINGS: [what: string, text: string][] = [
    ['from PEM', pem],
    ['from PEM with Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['from PEM with words before and after', `Bag Attributes\n  friendlyName: Lync\n${pem}\nend\n`],
    ['from PEM after a byte order mark', `\uFEFF${pem}`],
    ['from PEM without its last line end', pem.trimEnd()],
    ['from base64', derText],
    ['from base64 in lines', lines(derText, 64, '\r\n')],
    ['from base64 with blanks around', `  ${derText}\n`],
    ['from base64 of a PEM text', Buffer.from(pem).toString('base64')],
  ]
  test.each(SPELLINGS)('%s', (_what, text) => {
    expect(readCertificate(text, 'certificate')).toMatchObject({
      ok: true,
      value: { der: derText, x5t: KEYS.partner.x5t, subject: 'CN=Entente test partner' },
    })
  })

  test('with its times in whole seconds', () => {
    expect(readCertificate(KEYS.partnerExpired.pem, 'certificate')).toMatchObject({
      ok: true,
      value: { notBefore: Date.UTC(2020, 0, 1) / 1000, notAfter: Date.UTC(2026, 10, 20) / 1000 },
    })
  })

  test('with the public key that fits its private key', () => {
    const ours = certificateOf(KEYS.partner).publicKey.export({ type: 'spki', format: 'der' })
    expect(ours.equals(KEYS.partner.publicKey.export({ type: 'spki', format: 'der' }))).toBe(true)
  })

  test('with the thumbprint that openssl computes', () => {
    const file = fileURLToPath(new URL('../vectors/keys/partner.cert.pem', import.meta.url))
    const said = execFileSync('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha1'], {
      encoding: 'utf8',
    })
    const hex = said
      .slice(said.indexOf('=') + 1)
      .trim()
      .replaceAll(':', '')
    expect(Buffer.from(certificateOf(KEYS.partner).x5t, 'base64url').toString('hex').toUpperCase()).toBe(hex)
    expect(hexThumbprint(certificateOf(KEYS.partner).x5t)).toBe(hex)
  })

  test('with the thumbprint that is the SHA-1 of its bytes, in base64url without padding', () => {
    const { x5t } = certificateOf(KEYS.self)
    expect(x5t).toBe(createHash('sha1').update(new X509Certificate(KEYS.self.pem).raw).digest('base64url'))
    expect(x5t).toMatch(/^[A-Za-z0-9_-]{27}$/)
  })
})

describe('refused as not exactly one certificate:', () => {
  const patched = (find: string, put: string) => {
    const bytes = Buffer.from(der)
    bytes.write(put, bytes.indexOf(find), 'latin1')
    return bytes.toString('base64')
  }
  const block = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
  const REFUSED: [what: string, text: string, seen: string][] = [
    ['nothing', '', 'text that is not base64'],
    ['blanks', ' \n', 'text that is not base64'],
    ['a word', 'certificate', 'something else'],
    ['base64 of something else', Buffer.from('something else entirely').toString('base64'), 'something else'],
    ['base64url', der.toString('base64url'), 'text that is not base64'],
    ['hexadecimal', der.toString('hex'), 'something else'],
    ['two PEM blocks', pem + KEYS.partnerNext.pem, '2 PEM blocks'],
    ['two PEM blocks in base64', Buffer.from(pem + pem).toString('base64'), '2 PEM blocks'],
    [
      'two certificates in one base64',
      Buffer.concat([der, der]).toString('base64'),
      'more than a certificate',
    ],
    [
      'a certificate and bytes after it',
      Buffer.concat([der, Buffer.from('more')]).toString('base64'),
      'more than a certificate',
    ],
    ['half a certificate', der.subarray(0, 300).toString('base64'), 'something else'],
    ['a private key', KEYS.partner.privatePem, 'a private key'],
    ['a private key in base64', Buffer.from(KEYS.partner.privatePem).toString('base64'), 'a private key'],
    ['a certificate with its private key', pem + KEYS.partner.privatePem, 'a private key'],
    ['a certificate after its private key', KEYS.partner.privatePem + pem, 'a private key'],
    ['an RSA private key of the old label', block('RSA PRIVATE KEY', 'AAAA'), 'a private key'],
    ['an encrypted private key', block('ENCRYPTED PRIVATE KEY', 'AAAA'), 'a private key'],
    [
      'a public key',
      String(KEYS.partner.publicKey.export({ type: 'spki', format: 'pem' })),
      'something else',
    ],
    ['a request for a certificate', block('CERTIFICATE REQUEST', derText), 'something else'],
    ['a PEM block without its end', pem.slice(0, 200), 'something else'],
    ['the beginning of a PEM block', '-----BEGIN', '0 PEM blocks'],
    ['a word before a certificate in base64', `- ${derText}`, 'text that is not base64'],
    ['a word after it', `${derText} -`, 'text that is not base64'],
    ['three signs of padding', 'AAAA===', 'text that is not base64'],
    ['an empty PEM block', block('CERTIFICATE', ''), 'something else'],
    [
      'a validity that begins in a thirteenth month',
      patched('200101000000Z', '201301000000Z'),
      'a validity that is no time',
    ],
    [
      'a validity that ends on a thirty-second day',
      patched('21200101000000Z', '21200132000000Z'),
      'a validity that is no time',
    ],
  ]
  test.each(REFUSED)('%s', (_what, text, seen) => {
    expect(readCertificate(text, 'keys[0]')).toEqual({
      ok: false,
      code: 'certificate_malformed',
      at: 'keys[0]',
      expected: 'one certificate in PEM or base64 DER',
      seen,
    })
  })

  test('a private key is called so, and not repeated', () => {
    const refused = readCertificate(pem + KEYS.partner.privatePem, 'certificate')
    expect(refused).toMatchObject({ seen: 'a private key' })
    expect(JSON.stringify(refused)).not.toContain('MII')
  })
})

describe('refused for its key:', () => {
  test.each([
    ['RSA of 1024 bits', 'weak-rsa-1024.cert.pem', 'rsa 1024'],
    ['an elliptic curve', 'ec-p256.cert.pem', 'ec'],
    ['RSA for PSS alone', 'rsa-pss.cert.pem', 'rsa-pss 2048'],
    ['a curve that Node has no name for', 'sm2.cert.pem', 'unknown'],
  ])('%s', (_what, file, seen) => {
    expect(readCertificate(keyFile(file), 'certificate')).toEqual({
      ok: false,
      code: 'certificate_weak',
      at: 'certificate',
      expected: 'RSA of at least 2048 bits',
      seen,
    })
  })
})

test('the parts of a subject stand in one line', () => {
  const key = fileURLToPath(new URL('../vectors/keys/partner.key.pem', import.meta.url))
  const request = ['req', '-x509', '-key', key, '-subj', '/O=Litware/OU=Voice/CN=lync']
  const made = execFileSync('openssl', request, { encoding: 'utf8' })
  expect(readCertificate(made, 'certificate')).toMatchObject({
    ok: true,
    value: { subject: 'O=Litware, OU=Voice, CN=lync' },
  })
})

describe('authorities', () => {
  const { pem: other } = KEYS.partnerNext
  const malformed = (seen: string) => ({
    ok: false,
    code: 'authority_malformed',
    at: 'authority',
    expected: 'one or more certificates in PEM',
    seen,
  })

  test.each([
    ['one', pem, pem],
    ['two, with words around them', `first\n${pem}\nsecond\n${other}end`, pem + other],
    ['with Windows line ends', pem.replaceAll('\n', '\r\n'), pem],
    ['of any key', keyFile('ec-p256.cert.pem'), keyFile('ec-p256.cert.pem')],
  ])('are read: %s', (_what, text, value) => {
    expect(readAuthorities(text, 'authority')).toEqual({ ok: true, value })
  })

  test.each([
    ['nothing', '', '0 PEM blocks'],
    ['base64 without a frame', derText, '0 PEM blocks'],
    ['a private key beside one', pem + KEYS.partner.privatePem, 'a private key'],
    ['a private key of the old label', pem.replaceAll('CERTIFICATE', 'RSA PRIVATE KEY'), 'a private key'],
    ['something else beside one', pem + pem.replaceAll('CERTIFICATE', 'X509 CRL'), '2 PEM blocks'],
    ['one that does not end', pem.slice(0, 100), '1 PEM blocks'],
    ['one that does not end, before another', pem.slice(0, 100) + other, '2 PEM blocks'],
    ['what is no certificate', pem.replace('MII', 'AAA'), 'something that is no certificate'],
    ['a second that is none', pem + other.replace('MII', 'AAA'), 'something that is no certificate'],
  ])('are not: %s', (_what, text, seen) => {
    expect(readAuthorities(text, 'authority')).toEqual(malformed(seen))
  })
})

test('a certificate with any byte changed is read or refused, never thrown at', () => {
  const codes = new Set<string>()
  for (let at = 0; at < der.length; at++) {
    for (const mask of [0x01, 0x20, 0x80, 0xff]) {
      const bytes = Buffer.from(der)
      bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at)
      const read = readCertificate(bytes.toString('base64'), 'certificate')
      codes.add(read.ok ? 'ok' : read.code)
    }
  }
  expect([...codes].sort()).toEqual(['certificate_malformed', 'certificate_weak', 'ok'])
})

describe('a thumbprint', () => {
  const plain = '+/+/+/+/+/+/+/+/+/+/+/+/+/8='
  const url = '-_-_-_-_-_-_-_-_-_-_-_-_-_8'
  test.each([plain, plain.slice(0, -1), url, `${url}=`])(
    'is read in either alphabet, padded or not: %s',
    (text) => {
      expect(readThumbprint(text)).toBe(url)
    },
  )

  test.each([
    '',
    '=',
    url.slice(1),
    `${url}A`,
    `${url}==`,
    ` ${url}`,
    `${url}\n`,
    'é'.repeat(27),
    'A'.repeat(40),
  ])('is none: %j', (text) => {
    expect(readThumbprint(text)).toBeUndefined()
  })

  test('in hexadecimal is 40 digits in upper case', () => {
    expect(hexThumbprint('AAECAwQFBgcICQoLDA0ODxAREhM' as Thumbprint)).toBe(
      '000102030405060708090A0B0C0D0E0F10111213',
    )
  })
})
