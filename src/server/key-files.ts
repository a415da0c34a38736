/** The key a server signs its actor tokens with, as it lies on disk: a certificate and its private key, both in PEM. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { type Certificate, readCertificate } from '../protocol/certificate.ts'
import { localSigner, type SigningKey } from '../protocol/jws.ts'
import { ConfigError } from './config-error.ts'
import { readText } from './files.ts'

/** Reads the pair. What is wrong with it is said in one line that names the file and nothing of its content. */
export function readSigningKey(
  certFile: string,
  keyFile: string,
  passphrase?: string,
): { signingKey: SigningKey; certificate: Certificate; privateKey: KeyObject } {
  const certificate = certificateIn(certFile)
  const privateKey = privateKeyIn(keyFile, passphrase)
  if (!createPublicKey(privateKey).equals(certificate.publicKey)) {
    throw new ConfigError(`${keyFile} is not the key of the certificate ${certFile}`)
  }
  return { signingKey: { x5t: certificate.x5t, sign: localSigner(privateKey) }, certificate, privateKey }
}

function certificateIn(file: string): Certificate {
  const read = readCertificate(pemIn(file), 'certificate')
  if (read.ok) return read.value
  throw new ConfigError(`${file}: expected ${read.expected}, found ${read.seen}`)
}

/** Reads one private key in PEM; with a passphrase, one that it opens, or one that needs none. */
export function privateKeyIn(file: string, passphrase?: string): KeyObject {
  const pem = pemIn(file)
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase })
  } catch {
    // What OpenSSL says about it helps nobody: a cut-off key, a passphrase and a certificate all read alike.
    const expected =
      passphrase === undefined ? 'without a passphrase' : 'that the configured passphrase opens'
    throw new ConfigError(`${file}: expected one private key in PEM, ${expected}`)
  }
}

/** Throws unless the file is its owner’s alone. Windows has no such bits; there the folder’s own rights count. */
export function checkRights(file: string): void {
  if (process.platform === 'win32') return
  if (!existsSync(file)) throw new ConfigError(`${file} is missing`)
  const mode = statSync(file).mode & 0o777
  if ((mode & 0o077) === 0) return
  throw new ConfigError(`${file} can be read by others (mode ${mode.toString(8)}); chmod 600 it`)
}

/** Whether a private key in PEM takes a passphrase: in PKCS #8, or in the older form of its kind. */
export function isEncrypted(file: string): boolean {
  return /ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(readText(file))
}

function pemIn(file: string): string {
  const text = readText(file)
  if (text.includes('-----BEGIN ')) return text
  throw new ConfigError(`${file} is not in PEM (it has no BEGIN line)`)
}
