/** Being reached from other machines: only when asked for, and never with keys of the lab. */
import { X509Certificate } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import { hexThumbprint } from '../protocol/certificate.ts'
import type { OwnKey } from '../trust/signing-keys.ts'
import type { ServerConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import { readText } from './files.ts'
import { checkRights, isEncrypted } from './key-files.ts'
import { isLoopback } from './loopback.ts'

/** The name of every lab's certificate authority. */
export const LAB_AUTHORITY = 'Entente Lab CA'

/** Stands as a comment in the signing certificates of a lab, whose subjects are those of the real products. */
export const LAB_KEY_MARK = 'Entente lab key, not for use outside a lab'

/** Throws unless the address is one of this machine alone, or a person has said that it need not be. */
export function checkExposure({ name, address, exposed, tls, signing }: ServerConfig): void {
  if (isLoopback(address)) return
  if (!exposed) {
    throw new ConfigError(
      `${name}: other machines could reach it at ${address}; add --expose if they are to, and keys that are not the lab’s`,
    )
  }
  const ofLab = [tls.certificate, signing.certificate].filter(isOfLab)
  if (ofLab.length > 0) {
    throw new ConfigError(
      `${name}: at ${address} it needs keys of its own, not those of a lab: ${ofLab.join(', ')}; name their folder with --certs`,
    )
  }
}

/**
 * Throws when others can read a private key that configuration names, or when an exposed server, which is to keep its keys under
 * a passphrase, would have one lie in the clear beside them. A pair that was taken over need not be there any longer.
 */
export function checkKeyFiles({ name, tls, signing, exposed, keyPassphraseFile }: ServerConfig): void {
  for (const file of [tls.key, signing.key]) if (existsSync(file)) checkRights(file)
  if (!exposed || keyPassphraseFile === undefined || !existsSync(signing.key) || isEncrypted(signing.key))
    return
  throw new ConfigError(
    `${name}: ${signing.key} is not encrypted, though its keys are to be (keyPassphraseFile); encrypt it with the same passphrase (openssl pkcs8 -topk8 -v2 aes-256-cbc), or, once the server has taken it over, delete it and ${signing.certificate}`,
  )
}

/** Throws when one of the keys that the server holds by now, whatever configuration names, is of a lab and others could reach it. */
export function checkSigningKeys({ name, address, dataDir }: ServerConfig, keys: readonly OwnKey[]): void {
  if (isLoopback(address)) return
  const ofLab = keys.filter(
    ({ state, certificate }) =>
      state !== 'retired' && Buffer.from(certificate.der, 'base64').includes(LAB_KEY_MARK),
  )
  if (ofLab.length === 0) return
  const names = ofLab.map(({ certificate }) => hexThumbprint(certificate.x5t)).join(', ')
  throw new ConfigError(
    `${name}: ${dataDir} holds signing keys of a lab (${names}); at ${address} it needs a data folder of its own`,
  )
}

// By what a certificate says of itself, and by where it lies: signing certificates of older labs say nothing.
function isOfLab(file: string): boolean {
  const certificate = new X509Certificate(readText(file))
  const authority = join(dirname(realpathSync(file)), 'ca.pem')
  return (
    isNamed(certificate.issuer) ||
    certificate.raw.includes(LAB_KEY_MARK) ||
    (existsSync(authority) && isNamed(new X509Certificate(readText(authority)).subject))
  )
}

function isNamed(name: string): boolean {
  return name.split('\n').includes(`CN=${LAB_AUTHORITY}`)
}

/** Under which names a server is reached, and where its own machine finds it. */
export interface Reach {
  /** As it stands in URLs. */
  readonly host: string
  /** What audiences may name. */
  readonly hosts: readonly string[]
  /** Where `host` is for programs on this machine; absent where the machine itself knows. */
  readonly address?: string
}

const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** An exposed server is called by a name that its TLS certificate covers, so that callers can verify it. */
export function reachOf(config: ServerConfig, localNames: readonly string[]): Reach {
  const { name, address, hosts, tls } = config
  if (isLoopback(address)) {
    const known = localNames.includes(address)
    return { host: 'localhost', hosts: [...hosts, ...localNames], ...(!known && { address }) }
  }
  const inside = EVERYWHERE[address]
  const all = inside === undefined ? [...hosts, address] : hosts
  const certificate = new X509Certificate(readText(tls.certificate))
  const covers = (host: string) =>
    (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
  const host = all.find(covers)
  if (host === undefined) {
    throw new ConfigError(`${name}: ${tls.certificate}: expected one of ${all.join(', ')} among its names`)
  }
  return { host: isIP(host) === 6 ? `[${host}]` : host, hosts: all, address: inside ?? address }
}
