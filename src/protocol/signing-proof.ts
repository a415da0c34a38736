/** That a key signs what others read. */
import type { KeyObject } from 'node:crypto'
import { type SigningKey, signJws } from './jws.ts'

/**
 * Whether a token that this key signs can be read with the public key of its certificate, by an implementation of RFC 7515 and
 * 7518 that is not ours. A key may be in another process or in a device: what comes back from there is not taken on trust.
 */
export async function provesItself(key: SigningKey, publicKey: KeyObject): Promise<boolean> {
  // A server needs it when another key comes to be current, which is once in years.
  const { compactVerify, errors } = await import('jose')
  const token = await signJws('{}', key)
  try {
    const { protectedHeader } = await compactVerify(token, publicKey, { algorithms: ['RS256'] })
    return protectedHeader.x5t === key.x5t
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}
