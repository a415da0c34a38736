/** RSA signatures made by hand: PKCS#1 v1.5 with one fault each in what is padded (RFC 8017, 9.2), and PSS. */
import { constants, createHash, type KeyObject, privateEncrypt } from 'node:crypto'

// The DER of DigestInfo up to the digest.
const SHA256_INFO = '3031300d060960864801650304020105000420'
const INFOS = {
  'without-null': '302f300b06096086480165030402010420',
  'two-nulls': '3033300f0609608648016503040201050005000420',
  'octets-for-null': '3035301106096086480165030402010404deadbeef0420',
  'long-form-length': '308131300d060960864801650304020105000420',
  'sha1-oid': '3029300906052b0e03021a05000420',
  'md5-oid': '302c300c06082a864886f70d020505000420',
  'sha512-oid': '3031300d060960864801650304020305000420',
} as const

/** Signatures over `bytes` that a strict verifier refuses: a name, what is wrong, the signature. */
export function faultyPaddings(
  bytes: Buffer,
  key: KeyObject,
): [id: string, what: string, signature: Buffer][] {
  const size = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
  const digest = createHash('sha256').update(bytes).digest()
  const info = (prefix: string) => Buffer.concat([Buffer.from(prefix, 'hex'), digest])
  const good = info(SHA256_INFO)
  const block = (...parts: (Buffer | number[])[]) =>
    rsa(Buffer.concat(parts.map((part) => Buffer.from(part))), key)
  const ff = (length: number) => Buffer.alloc(length, 0xff)
  const room = size - good.length - 3

  const infos = Object.entries(INFOS).map(([id, prefix]): [string, string, Buffer] => {
    const wrong = info(prefix)
    return [
      `info-${id}`,
      `a digest info of another form: ${id}`,
      block([0, 1], ff(size - wrong.length - 3), [0], wrong),
    ]
  })
  return [
    ...infos,
    ['block-type-0', 'padding of block type 0', block([0, 0], Buffer.alloc(room), [0], good)],
    ['block-type-2', 'padding of block type 2', block([0, 2], Buffer.alloc(room, 7), [0], good)],
    ['no-separator', 'no zero between padding and digest', block([0, 1], ff(room + 1), good)],
    ['other-padding', 'a padding byte that is not FF', block([0, 1], ff(room - 1), [0xfe, 0], good)],
    ['zero-in-padding', 'a zero early in the padding', block([0, 1], ff(8), [0], ff(room - 9), [0], good)],
    [
      'garbage-after',
      'a short padding and garbage after the digest',
      block([0, 1], ff(8), [0], good, Buffer.alloc(room - 8, 7)),
    ],
    [
      'zeros-after',
      'a short padding and zeros after the digest',
      block([0, 1], ff(8), [0], good, Buffer.alloc(room - 8)),
    ],
    [
      'garbage-before',
      'a short padding and garbage before the digest',
      block([0, 1], ff(8), [0], Buffer.alloc(room - 8, 7), good),
    ],
    [
      'short-digest',
      'a digest without its last byte',
      block([0, 1], ff(room + 1), [0], good.subarray(0, -1)),
    ],
  ]
}

/** RSASSA-PSS with SHA-256 (RFC 8017, 9.1.1) whose salt is always the same, so that a vector is the same in every run. */
export function signPss(bytes: Buffer, key: KeyObject): Buffer {
  const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const bits = (key.asymmetricKeyDetails?.modulusLength ?? 0) - 1
  const length = Math.ceil(bits / 8)
  const salt = sha256(Buffer.from('salt'))
  const hash = sha256(Buffer.alloc(8), sha256(bytes), salt)
  const block = Buffer.concat([Buffer.alloc(length - 66), Buffer.from([1]), salt])
  for (let at = 0; at < block.length; at += hash.length) {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(at / hash.length)
    const mask = sha256(hash, counter)
    for (let i = at; i < Math.min(at + mask.length, block.length); i++)
      block.writeUInt8(block.readUInt8(i) ^ mask.readUInt8(i - at), i)
  }
  block.writeUInt8(block.readUInt8(0) & (0xff >> (8 * length - bits)), 0)
  return rsa(Buffer.concat([block, hash, Buffer.from([0xbc])]), key)
}

function rsa(block: Buffer, key: KeyObject): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
}
