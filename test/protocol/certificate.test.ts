/** Certificates as partners hand them over. */
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { hexThumbprint, readCertificate } from '../../src/protocol/certificate.ts'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { readThumbprint } from '../../src/protocol/jws.ts'
import { certificateOf, KEYS, keyFile } from '../support/tokens.ts'

const { pem } = KEYS.partner
const der = new X509Certificate(pem).raw
const derText = der.toString('base64')
const lines = (text: string, width: number, end: string) =>
  text.replace(new RegExp(`(.{${width}})`, 'g'), `$1${end}`)

// The exponent of the test key, 65537, stands in the DER as these bytes.
function withExponent(bytes: readonly number[]): string {
  const changed = Buffer.from(der)
  const place = changed.indexOf(Buffer.from([0x02, 0x03, 0x01, 0x00, 0x01]))
  changed.set(bytes, place + 2)
  return changed.toString('base64')
}

test.each([
  ['even', [0x01, 0x00, 0x00], '65536'],
  ['one', [0x00, 0x00, 0x01], '1'],
  ['two', [0x00, 0x00, 0x02], '2'],
])('a key whose exponent is %s is refused', (_, bytes, seen) => {
  const read = readCertificate(withExponent(bytes), 'certificate')
  expect(read.ok ? 'accepted' : read.code).toMatch(/^certificate_(weak|malformed)$/)
  if (!read.ok && read.code === 'certificate_weak') expect(read.seen).toBe(seen)
})

test('a key with another odd exponent is taken', () => {
  expect(readCertificate(withExponent([0x01, 0x00, 0x03]), 'certificate')).toMatchObject({ ok: true })
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
    expect(certificateOf(KEYS.partnerExpired)).toMatchObject({
      notBefore: Date.UTC(2020, 0, 1) / 1000,
      notAfter: Date.UTC(2026, 10, 20) / 1000,
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
  const REFUSED: [what: string, text: string][] = [
    ['nothing', ''],
    ['blanks', ' \n'],
    ['a word', 'certificate'],
    ['base64 of something else', Buffer.from('something else entirely').toString('base64')],
    ['base64url', der.toString('base64url')],
    ['hexadecimal', der.toString('hex')],
    ['two PEM blocks', pem + KEYS.partnerNext.pem],
    ['two PEM blocks in base64', Buffer.from(pem + pem).toString('base64')],
    ['two certificates in one base64', Buffer.concat([der, der]).toString('base64')],
    ['a certificate and bytes after it', Buffer.concat([der, Buffer.from('more')]).toString('base64')],
    ['half a certificate', der.subarray(0, 300).toString('base64')],
    ['a private key', KEYS.partner.privatePem],
    ['a private key in base64', Buffer.from(KEYS.partner.privatePem).toString('base64')],
    ['a certificate with its private key', pem + KEYS.partner.privatePem],
    ['a certificate after its private key', KEYS.partner.privatePem + pem],
    ['an RSA private key of the old label', block('RSA PRIVATE KEY', 'AAAA')],
    ['an encrypted private key', block('ENCRYPTED PRIVATE KEY', 'AAAA')],
    ['a public key', String(KEYS.partner.publicKey.export({ type: 'spki', format: 'pem' }))],
    ['a request for a certificate', block('CERTIFICATE REQUEST', derText)],
    ['a PEM block without its end', pem.slice(0, 200)],
    ['an empty PEM block', block('CERTIFICATE', '')],
    ['a validity that begins in a thirteenth month', patched('200101000000Z', '201301000000Z')],
    ['a validity that ends on a thirty-second day', patched('21200101000000Z', '21200132000000Z')],
  ]
  test.each(REFUSED)('%s', (_what, text) => {
    expect(readCertificate(text, 'keys[0]')).toMatchObject({
      ok: false,
      code: 'certificate_malformed',
      at: 'keys[0]',
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
  ])('%s', (_what, file, seen) => {
    expect(readCertificate(keyFile(file), 'certificate')).toMatchObject({
      ok: false,
      code: 'certificate_weak',
      at: 'certificate',
      seen,
    })
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
