/** A key that nobody has registered, made anew for each attack. */
import { createHash, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { AttackKey } from './target.ts'

const MODULUS_BITS = 2048

export async function strangersKey(): Promise<AttackKey> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS })
  // There is no certificate whose thumbprint this could be; any twenty bytes name a key that is not known.
  const der = pair.publicKey.export({ type: 'spki', format: 'der' })
  return { ...pair, x5t: createHash('sha1').update(der).digest('base64url') }
}
