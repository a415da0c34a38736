/**
 * The lab's certificate authority and what it issues: made where missing, made anew where no longer good. What somebody else
 * made is never written over.
 */
import { createPrivateKey, KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { EpochSeconds } from '../protocol/ids.ts'
import { ConfigError } from '../server/config-error.ts'
import { LAB_AUTHORITY } from '../server/exposure.ts'
import { readBytes } from '../server/files.ts'
import { readSigningKey } from '../server/key-files.ts'
import { LOOPBACK } from '../server/loopback.ts'
import { loadX509, makeSigningKey } from '../server/x509.ts'

/** What one server of the lab needs certificates for. */
export interface CertificatesWanted {
  readonly name: string
  /** Names and addresses its TLS certificate covers, beside those of the loopback interface. */
  readonly hosts: readonly string[]
  /** Subject and issuer of the certificate it signs tokens with. */
  readonly oauthSubject: string
}

const DAY = 86_400
const YEAR = 365 * DAY
// 825 days is the longest life of a TLS certificate that Apple's systems accept from a private authority.
const LIFE = { ca: 10 * YEAR, tls: 825 * DAY, oauth: 5 * YEAR }

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/**
 * Sees to it that `dir` holds a good certificate of the authority, and for each server one for TLS and one to sign with.
 * Signing keys are never replaced: partners know them. Nor is an authority or a TLS certificate that no lab made: a
 * `ConfigError` names its file, and then nothing is written. Answers with the names of the files it made.
 */
export async function ensureLabCertificates(
  dir: string,
  servers: readonly CertificatesWanted[],
  now: EpochSeconds,
): Promise<{ made: string[] }> {
  const old = readPair(dir, 'ca')
  const kept = old !== undefined && isGoodAuthority(old, now) ? old : undefined
  const wanted = servers.map(({ name, hosts, oauthSubject }) => {
    const covered = [...new Set([...LOOPBACK, ...hosts])]
    const tls = readPair(dir, `${name}-tls`)
    const isGood = kept !== undefined && tls !== undefined && isGoodTls(tls, kept, covered, now)
    return { name, covered, oauthSubject, isGood, hasKey: hasSigningKey(dir, `${name}-oauth`) }
  })
  // Before anything is written: a folder is left as it was, or all of it is good.
  const replaced = wanted.filter(({ isGood }) => !isGood).map(({ name }) => `${name}-tls`)
  for (const name of [...(kept === undefined ? ['ca'] : []), ...replaced]) refuseForeign(dir, name)

  mkdirSync(dir, { recursive: true })
  const made: string[] = []
  const save = (name: string, pair: Pair) => made.push(...savePair(dir, name, pair))
  const ca = kept ?? (await makeAuthority(now))
  if (kept === undefined) save('ca', ca)
  for (const { name, covered, oauthSubject, isGood, hasKey } of wanted) {
    if (!isGood) save(`${name}-tls`, await makeTls(name, ca, covered, now))
    if (!hasKey) save(`${name}-oauth`, await makeOauth(oauthSubject, now))
  }
  return { made }
}

// A pair that is not good any longer may be made anew only when a lab made it: its authority says so in its name. Where one
// half cannot be read, the folder's authority says whose folder it is.
function refuseForeign(dir: string, name: string): void {
  const files = filesOf(dir, name)
  const present = [files.certificate, files.key].filter((file) => existsSync(file))
  const [file] = present
  if (file === undefined) return
  const issuer = issuerIn(files.certificate) ?? issuerIn(filesOf(dir, 'ca').certificate)
  if (issuer?.split('\n').includes(`CN=${LAB_AUTHORITY}`)) return
  const seen =
    issuer === undefined ? 'nobody can say whose it is' : `it is of ${issuer.replaceAll('\n', ', ')}`
  throw new ConfigError(
    `${file} is not of a lab (${seen}) and is not written over; choose another folder with --certs, or serve with --expose and complete it`,
  )
}

// Who issued the certificate in a file; undefined where there is none that can be read.
function issuerIn(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    return new X509Certificate(readBytes(file)).issuer
  } catch {
    return undefined
  }
}

/** A certificate and its private key. */
interface Pair {
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
}

function filesOf(dir: string, name: string): { certificate: string; key: string } {
  return { certificate: join(dir, `${name}.pem`), key: join(dir, `${name}-key.pem`) }
}

// Undefined unless both are there, can be read and belong together.
function readPair(dir: string, name: string): Pair | undefined {
  const files = filesOf(dir, name)
  if (!existsSync(files.certificate) || !existsSync(files.key)) return undefined
  const texts = { certificate: readBytes(files.certificate), key: readBytes(files.key) }
  try {
    const certificate = new X509Certificate(texts.certificate)
    const privateKey = createPrivateKey(texts.key)
    return certificate.checkPrivateKey(privateKey) ? { certificate, privateKey } : undefined
  } catch {
    return undefined
  }
}

// Both files are complete before either gets its name.
function savePair(dir: string, name: string, { certificate, privateKey }: Pair): string[] {
  const files = filesOf(dir, name)
  const suffix = `.${process.pid}.new`
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  writeFileSync(files.key + suffix, key, { mode: 0o600 })
  writeFileSync(files.certificate + suffix, certificate.toString())
  renameSync(files.key + suffix, files.key)
  renameSync(files.certificate + suffix, files.certificate)
  return [`${name}.pem`, `${name}-key.pem`]
}

function hasSigningKey(dir: string, name: string): boolean {
  const files = filesOf(dir, name)
  if (!existsSync(files.certificate) && !existsSync(files.key)) return false
  try {
    readSigningKey(files.certificate, files.key)
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(
      `${error.message}; restore ${name}.pem and ${name}-key.pem from a backup, or delete both to have them made anew and refresh the server's partners`,
    )
  }
}

function isCurrent({ validFrom, validTo }: X509Certificate, now: EpochSeconds): boolean {
  return Date.parse(validFrom) <= now * 1000 && now * 1000 < Date.parse(validTo)
}

function isGoodAuthority({ certificate, privateKey }: Pair, now: EpochSeconds): boolean {
  const isP256 = privateKey.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return certificate.ca && isP256 && isCurrent(certificate, now)
}

function isGoodTls({ certificate }: Pair, ca: Pair, hosts: readonly string[], now: EpochSeconds): boolean {
  const covers = (host: string) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host))
  return (
    isCurrent(certificate, now) &&
    certificate.checkIssued(ca.certificate) &&
    certificate.verify(ca.certificate.publicKey) &&
    hosts.every((host) => covers(host) !== undefined)
  )
}

async function makeAuthority(now: EpochSeconds): Promise<Pair> {
  const x509 = await loadX509()
  const keys = await makeKeys(EC)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${LAB_AUTHORITY}`,
    ...validity(now, LIFE.ca),
    signingAlgorithm: EC,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return pairOf(certificate.rawData, keys)
}

async function makeTls(name: string, ca: Pair, hosts: readonly string[], now: EpochSeconds): Promise<Pair> {
  const x509 = await loadX509()
  const keys = await makeKeys(EC)
  const issuer = new x509.X509Certificate(ca.certificate.raw)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: issuer.subject,
    ...validity(now, LIFE.tls),
    signingAlgorithm: EC,
    publicKey: keys.publicKey,
    signingKey: await toSign(ca.privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return pairOf(certificate.rawData, keys)
}

async function makeOauth(subject: string, now: EpochSeconds): Promise<Pair> {
  const [notBefore, notAfter] = [now - DAY, now - DAY + LIFE.oauth]
  const { certificate, privateKey } = await makeSigningKey({ subject, notBefore, notAfter, isLab: true })
  return { certificate: new X509Certificate(Buffer.from(certificate.der, 'base64')), privateKey }
}

function makeKeys(algorithm: typeof EC): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

// Also good for a machine whose clock is somewhat behind.
function validity(now: EpochSeconds, life: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date((now - DAY) * 1000), notAfter: new Date((now - DAY + life) * 1000) }
}

function toSign(key: KeyObject): Promise<CryptoKey> {
  const der = key.export({ type: 'pkcs8', format: 'der' })
  return crypto.subtle.importKey('pkcs8', der, EC, false, ['sign'])
}

function pairOf(der: ArrayBuffer, keys: CryptoKeyPair): Pair {
  return { certificate: new X509Certificate(Buffer.from(der)), privateKey: KeyObject.from(keys.privateKey) }
}
