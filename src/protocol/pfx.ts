/**
 * Reading a PFX (PKCS #12, RFC 7292): the container in which Windows and OpenSSL hand over a certificate with its private
 * key. Node verifies its password and decrypts its key; what Node keeps to itself, the certificates in it, is read here.
 */
import { createDecipheriv, createHash, createPrivateKey, type KeyObject, pbkdf2Sync } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { accept, type Outcome, refuse } from './outcome.ts'

/** What is in one: the private key, and every certificate as base64 of DER. */
export interface PfxContent {
  readonly privateKey: KeyObject
  readonly certificates: readonly string[]
}

/** Reads the bytes of a PFX that holds one private key. `at` names the field in a refusal; the password is never in one. */
export async function readPfx(bytes: Buffer, password: string, at: string): Promise<Outcome<PfxContent>> {
  const unreadable = (seen: string) =>
    refuse('signing_key_unreadable', { at, expected: 'a PFX with one private key, and its password', seen })
  try {
    // Checks the whole container against the password (its MAC); the answer is not used.
    createSecureContext({ pfx: bytes, passphrase: password })
  } catch (error) {
    // Whatever else it does not like is found again below, where there are words for it.
    if (/mac verify failure/i.test(String(error))) return unreadable('another password')
  }
  const bags = await bagsIn(bytes, password).catch((error: unknown) =>
    error instanceof UnknownCipherError ? error : undefined,
  )
  if (bags === undefined) return unreadable('something else')
  if (bags instanceof UnknownCipherError) {
    const expected = 'a PFX encrypted with AES or 3DES; export it again, or convert it to PEM'
    return refuse('signing_key_unreadable', { at, expected, seen: `the cipher ${bags.oid}` })
  }
  const [key, ...more] = bags.keys
  if (key === undefined || more.length > 0) return unreadable(`${bags.keys.length} private keys`)
  try {
    // The password is not looked at where the key is in the open.
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8', passphrase: password })
    return accept({ privateKey, certificates: bags.certificates })
  } catch {
    return unreadable('a private key that this password does not open')
  }
}

interface Bags {
  /** DER of PKCS #8, encrypted or not. */
  readonly keys: Buffer[]
  readonly certificates: string[]
}

class UnknownCipherError extends Error {
  override readonly name = 'UnknownCipherError'
  readonly oid: string
  constructor(oid: string) {
    super(`the cipher ${oid} is not known here`)
    this.oid = oid
  }
}

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'

// Loaded where a PFX is read: nobody else needs it. BER, not DER alone: Java and NSS write lengths that are told at the end.
async function openReader(): Promise<Read> {
  const asn1 = await import('asn1js')
  const wrap = (value: InstanceType<typeof asn1.BaseBlock>): Node => ({
    child(index) {
      const children: unknown = (value.valueBlock as { value?: unknown }).value
      const child = Array.isArray(children) ? children[index] : undefined
      if (child === undefined) throw new Error('a member of the PFX is missing')
      return wrap(child)
    },
    children() {
      const children: unknown = (value.valueBlock as { value?: unknown }).value
      return Array.isArray(children) ? children.map(wrap) : []
    },
    bytes() {
      // An octet string, in one or in pieces; an implicit tag hides that it is one.
      if (value.idBlock.isConstructed)
        return Buffer.concat(
          wrap(value)
            .children()
            .map((piece) => piece.bytes()),
        )
      // What has no bytes, such as a NULL, is no octet string: that throws.
      return Buffer.from((value.valueBlock as unknown as { valueHexView: Uint8Array }).valueHexView)
    },
    der: () => Buffer.from(value.toBER()),
    oid: () => (value instanceof asn1.ObjectIdentifier ? value.getValue() : ''),
    number: () => (value instanceof asn1.Integer ? value.valueBlock.valueDec : Number.NaN),
    isNumber: () => value instanceof asn1.Integer,
  })
  return (bytes) => {
    const { offset, result } = asn1.fromBER(bytes)
    if (offset === -1) throw new Error('not BER')
    return wrap(result)
  }
}

type Read = (bytes: Uint8Array) => Node

/** One value of ASN.1. */
interface Node {
  child(index: number): Node
  children(): Node[]
  bytes(): Buffer
  der(): Buffer
  oid(): string
  number(): number
  isNumber(): boolean
}

// PFX ::= { version, authSafe { type, [0] content }, macData }; the safes are either in the open or encrypted.
async function bagsIn(bytes: Buffer, password: string): Promise<Bags> {
  const read = await openReader()
  const authenticated = read(bytes).child(1).child(1).child(0).bytes()
  const found: Bags = { keys: [], certificates: [] }
  for (const safe of read(authenticated).children()) {
    const type = safe.child(0).oid()
    const content = safe.child(1).child(0)
    const contents =
      type === DATA
        ? content.bytes()
        : type === ENCRYPTED_DATA
          ? decrypted(content.child(1).child(1), content.child(1).child(2).bytes(), password)
          : undefined
    if (contents === undefined) throw new UnknownCipherError(type)
    for (const bag of read(contents).children()) {
      const value = bag.child(1).child(0)
      switch (bag.child(0).oid()) {
        case SHROUDED_KEY_BAG:
        case KEY_BAG:
          found.keys.push(value.der())
          break
        case CERTIFICATE_BAG:
          if (value.child(0).oid() === X509_CERTIFICATE)
            found.certificates.push(value.child(1).child(0).bytes().toString('base64'))
          break
      }
    }
  }
  return found
}

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const PBE_SHA1_3DES = '1.2.840.113549.1.12.1.3'
const CIPHERS: Readonly<Record<string, readonly [name: string, keyBytes: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
}
// What PBKDF2 uses when it does not say (RFC 8018, A.2).
const HMAC_SHA1 = '1.2.840.113549.2.7'
const PSEUDO_RANDOM: Readonly<Record<string, string>> = {
  [HMAC_SHA1]: 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}
// OpenSSL asks for 2048, Windows for 2000; who asks for far more wants to keep the server busy.
const MOST_ITERATIONS = 1_000_000

function decrypted(algorithm: Node, bytes: Buffer, password: string): Buffer {
  const oid = algorithm.child(0).oid()
  const parameters = algorithm.child(1)
  if (oid === PBES2) {
    const [derivation, cipher] = [parameters.child(0), parameters.child(1)]
    if (derivation.child(0).oid() !== PBKDF2) throw new UnknownCipherError(derivation.child(0).oid())
    const [salt, iterations] = [derivation.child(1).child(0), derivation.child(1).child(1)]
    // What follows may be the length of the key, which the cipher says anyway; then the function.
    const rest = derivation.child(1).children().slice(2)
    const prf =
      rest
        .find((one) => !one.isNumber())
        ?.child(0)
        .oid() ?? HMAC_SHA1
    const hash = PSEUDO_RANDOM[prf]
    if (hash === undefined) throw new UnknownCipherError(prf)
    const known = CIPHERS[cipher.child(0).oid()]
    if (known === undefined) throw new UnknownCipherError(cipher.child(0).oid())
    const [name, length] = known
    const key = pbkdf2Sync(password, salt.bytes(), bounded(iterations.number()), length, hash)
    return decipher(name, key, cipher.child(1).bytes(), bytes)
  }
  if (oid !== PBE_SHA1_3DES) throw new UnknownCipherError(oid)
  const salt = parameters.child(0).bytes()
  const iterations = bounded(parameters.child(1).number())
  return decipher(
    'des-ede3-cbc',
    deriveOld(1, 24, password, salt, iterations),
    deriveOld(2, 8, password, salt, iterations),
    bytes,
  )
}

function bounded(iterations: number): number {
  if (iterations >= 1 && iterations <= MOST_ITERATIONS) return iterations
  throw new Error('an unusable number of iterations')
}

function decipher(name: string, key: Buffer, iv: Buffer, bytes: Buffer): Buffer {
  const open = createDecipheriv(name, key, iv)
  return Buffer.concat([open.update(bytes), open.final()])
}

const SHA1_BLOCK = 64
const SHA1_SIZE = 20

// The way of PKCS #12 itself from a password to a key (1) or an IV (2): RFC 7292, appendix B.2, with SHA-1.
function deriveOld(id: number, length: number, password: string, salt: Buffer, iterations: number): Buffer {
  const secret = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const filled = (source: Buffer) => Buffer.alloc(Math.ceil(source.length / SHA1_BLOCK) * SHA1_BLOCK, source)
  let input = Buffer.concat([filled(salt), filled(secret)])
  const derived: Buffer[] = []
  for (let size = 0; size < length; size += SHA1_SIZE) {
    let hash = createHash('sha1').update(Buffer.alloc(SHA1_BLOCK, id)).update(input).digest()
    for (let round = 1; round < iterations; round++) hash = createHash('sha1').update(hash).digest()
    derived.push(hash)
    const addend = BigInt(`0x${Buffer.alloc(SHA1_BLOCK, hash).toString('hex')}`) + 1n
    const blocks: Buffer[] = []
    for (let at = 0; at < input.length; at += SHA1_BLOCK) {
      const sum = BigInt(`0x${input.subarray(at, at + SHA1_BLOCK).toString('hex')}`) + addend
      const hex = BigInt.asUintN(SHA1_BLOCK * 8, sum)
        .toString(16)
        .padStart(SHA1_BLOCK * 2, '0')
      blocks.push(Buffer.from(hex, 'hex'))
    }
    input = Buffer.concat(blocks)
  }
  return Buffer.concat(derived).subarray(0, length)
}
