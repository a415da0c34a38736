/** Where the signing keys of a running server come from: configuration, itself, or an administrator. */
import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MakeKey } from '../http/admin/signing-keys.ts'
import type { Product } from '../products/product.ts'
import { hexThumbprint, readCertificate } from '../protocol/certificate.ts'
import type { EpochSeconds } from '../protocol/ids.ts'
import type { Storage } from '../storage/storage.ts'
import type { Clock } from '../trust/clock.ts'
import { type KeyMaterial, type OwnKeys, type OwnKeysContext, openOwnKeys } from '../trust/own-keys.ts'
import { isSameKey } from '../trust/partner-keys.ts'
import type { OwnKey } from '../trust/signing-keys.ts'
import type { ServerConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import { checkSigningKeys } from './exposure.ts'
import { readSigningKey } from './key-files.ts'
import { type LocalVault, openFileVault, openMemoryVault, readPassphrase } from './key-vault.ts'
import { type MadeKey, makeSigningAuthority, makeSigningKey } from './x509.ts'

export interface ServerKeys {
  readonly keys: OwnKeys
  readonly make: MakeKey
}

export interface ServerKeysContext {
  readonly config: ServerConfig
  readonly product: Product
  readonly storage: Storage
  readonly clock: Clock
  readonly partnersWithKeyOf: OwnKeysContext['partnersWithKeyOf']
  readonly onChange: (what: string) => void
}

/** Opens them. The configured pair becomes the first key; later it counts only when it is one that was never here. */
export async function openServerKeys(context: ServerKeysContext): Promise<ServerKeys> {
  const { config, product, storage, clock } = context
  const { keyPassphraseFile } = config
  const passphrase = keyPassphraseFile === undefined ? undefined : readPassphrase(keyPassphraseFile)
  const vault =
    config.storage === 'memory' ? openMemoryVault() : openFileVault(join(config.dataDir, 'keys'), passphrase)
  const kept = await storage.signingKeys.read()
  const keys = await openOwnKeys({
    store: storage.signingKeys,
    vault,
    clock,
    rules: product.rollover,
    configured: () => configured(config, passphrase, kept.keys),
    partnersWithKeyOf: context.partnersWithKeyOf,
    onChange: context.onChange,
  })
  checkSigningKeys(config, keys.list())
  return { keys, make: makerOf(context, vault) }
}

// The pair may be gone once it was taken over; a half of it is a mistake that must be told.
function configured(
  { signing }: ServerConfig,
  passphrase: string | undefined,
  kept: readonly OwnKey[],
): KeyMaterial | undefined {
  if (kept.length > 0 && !existsSync(signing.certificate) && !existsSync(signing.key)) return undefined
  const { certificate, privateKey } = readSigningKey(signing.certificate, signing.key, passphrase)
  const before = kept.find((one) => isSameKey(one.certificate, certificate))
  if (before !== undefined && before.certificate.x5t !== certificate.x5t) {
    const { state, certificate: old } = before
    throw new ConfigError(
      `${signing.certificate} is a new certificate of a key that was here before (${hexThumbprint(old.x5t)}, ${state}); make a new key with it, or put the old certificate back`,
    )
  }
  return { certificate, privateKey }
}

const DAY = 86_400
// The products’ own authorities do not end; X.509 has this for a time that is not known (RFC 5280, 4.1.2.5).
const NEVER: EpochSeconds = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000

/** Makes keys of the product’s kind: self-signed, or issued by an authority of the server’s own. */
function makerOf({ config, product, clock }: ServerKeysContext, vault: LocalVault): MakeKey {
  const isLab = config.clock === 'lab'
  return async (life) => {
    const now = clock.now()
    const wish = {
      subject: product.signingSubject(config.hosts[0] ?? config.name),
      notBefore: now - DAY,
      notAfter: Math.min(now + (life ?? product.rollover.life), NEVER),
      isLab,
    }
    if (product.signingAuthority === undefined) return makeSigningKey(wish)
    const authority =
      keptAuthority(vault) ??
      (await makeSigningAuthority({
        ...{ subject: product.signingAuthority, isLab },
        ...{ notBefore: now - DAY, notAfter: NEVER },
      }))
    const { certificate, privateKey } = authority
    vault.put(certificate.x5t, privateKey)
    vault.keepAuthority(new X509Certificate(Buffer.from(certificate.der, 'base64')).toString())
    return { ...(await makeSigningKey({ ...wish, authority })), root: certificate.der }
  }
}

function keptAuthority(vault: LocalVault): MadeKey | undefined {
  const pem = vault.authority()
  if (pem === undefined) return undefined
  const certificate = readCertificate(pem, 'authority')
  if (!certificate.ok) throw new ConfigError(`the kept authority cannot be read: ${certificate.code}`)
  return { certificate: certificate.value, privateKey: vault.privateKey(certificate.value.x5t) }
}
