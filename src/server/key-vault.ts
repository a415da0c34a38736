/**
 * Private keys at rest: a file each in the server’s data folder, which its owner alone can read, encrypted where a passphrase
 * is configured (PKCS #8, AES-256). A key in another place is a vault of its own behind the same interface.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hexThumbprint } from '../protocol/certificate.ts'
import type { Thumbprint } from '../protocol/ids.ts'
import { localSigner } from '../protocol/jws.ts'
import type { KeyVault } from '../trust/own-keys.ts'
import { ConfigError } from './config-error.ts'
import { readText } from './files.ts'
import { checkRights, isEncrypted, privateKeyIn } from './key-files.ts'

/** A vault that can give a key away, to the one who issues certificates with it. */
export interface LocalVault extends KeyVault {
  privateKey(x5t: Thumbprint): KeyObject
  /** Keeps, beside the keys, the certificate of the authority that issues this server’s certificates. */
  keepAuthority(pem: string): void
  /** Undefined before there is one. */
  authority(): string | undefined
}

/** Keys that are gone when the server ends. */
export function openMemoryVault(): LocalVault {
  const keys = new Map<Thumbprint, KeyObject>()
  let kept: string | undefined
  const privateKey = (x5t: Thumbprint) => {
    const key = keys.get(x5t)
    if (key === undefined) throw new ConfigError(`the private key of ${hexThumbprint(x5t)} is missing`)
    return key
  }
  return {
    privateKey,
    put: (x5t, key) => void keys.set(x5t, key),
    signer: (x5t) => localSigner(privateKey(x5t)),
    drop: (x5t) => void keys.delete(x5t),
    keepAuthority(pem) {
      kept = pem
    },
    authority: () => kept,
  }
}

/** Keys in `dir`. Files that were written without the passphrase, or with looser rights, are written anew. */
export function openFileVault(dir: string, passphrase?: string): LocalVault {
  const fileOf = (x5t: Thumbprint) => join(dir, `${hexThumbprint(x5t)}.key.pem`)
  if (existsSync(dir)) {
    for (const name of readdirSync(dir)) {
      const file = join(dir, name)
      if (name.endsWith('.new')) rmSync(file, { force: true })
      else if (name.endsWith('.key.pem')) seeTo(file, passphrase)
    }
  }
  const authorityFile = join(dir, 'authority.pem')
  const privateKey = (x5t: Thumbprint) => privateKeyIn(fileOf(x5t), passphrase)
  return {
    privateKey,
    put: (x5t, key) => writeKey(fileOf(x5t), key, passphrase),
    signer: (x5t) => localSigner(privateKey(x5t)),
    drop: (x5t) => rmSync(fileOf(x5t), { force: true }),
    keepAuthority: (pem) => write(authorityFile, pem),
    authority: () => (existsSync(authorityFile) ? readText(authorityFile) : undefined),
  }
}

/** The passphrase in a file: its first line. The file itself is for its owner alone. */
export function readPassphrase(file: string): string {
  checkRights(file)
  const [line = ''] = readText(file).split(/\r?\n/)
  if (line.length >= 12) return line
  throw new ConfigError(`${file}: expected a passphrase of at least 12 characters in its first line`)
}

function seeTo(file: string, passphrase: string | undefined): void {
  checkRights(file)
  const isSealed = isEncrypted(file)
  if (isSealed && passphrase === undefined) {
    throw new ConfigError(`${file} is encrypted; name the file with its passphrase (keyPassphraseFile)`)
  }
  if (!isSealed && passphrase !== undefined) {
    writeKey(file, createPrivateKey(readText(file)), passphrase)
  }
}

function writeKey(file: string, key: KeyObject, passphrase: string | undefined): void {
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  write(file, key.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString())
}

// Complete, and for the owner alone, before it gets its name.
function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  rmSync(`${file}.new`, { force: true })
  writeFileSync(`${file}.new`, text, { mode: 0o600, flag: 'wx', flush: true })
  renameSync(`${file}.new`, file)
}
