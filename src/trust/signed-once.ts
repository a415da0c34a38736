/**
 * Signing the same text once. RS256 has no chance in it (RFC 8017, 8.2.1): the same key, header and payload are the same token,
 * letter for letter, so whoever asks for it again gets it without another signature
 * (docs/decisions/0020-what-is-remembered-of-tokens.md).
 */
import type { SignedHeader, Signer, SigningKey } from '../protocol/jws.ts'
import { type Bounds, openGenerations } from './generations.ts'

/** Of each key. A text says its second, so this is as many different tokens as a server signs in one. */
export const SIGNED_BOUNDS: Bounds = { entries: 4_000, bytes: 8 * 1024 * 1024 }

// What a key has signed goes with the key: no other can be asked for it.
const KEYS = new WeakMap<SigningKey, SigningKey>()

/** The same key, which does not calculate again what it signed lately. Those who ask for it meanwhile wait for the one signature. */
export function signedOnce(key: SigningKey): SigningKey {
  const known = KEYS.get(key)
  if (known !== undefined) return known
  const remembering = { x5t: key.x5t, sign: rememberingSigner(key.sign) }
  KEYS.set(key, remembering)
  return remembering
}

/** A signer that remembers so much of what `sign` made. What failed is not remembered. */
export function rememberingSigner(sign: Signer, bounds: Bounds = SIGNED_BOUNDS): Signer {
  const signed = openGenerations<string, string>(bounds)
  const signing = new Map<string, Promise<string>>()
  const signNow = async (name: string, header: SignedHeader, payload: string) => {
    const token = await sign(header, payload)
    signed.set(name, token, name.length + token.length)
    return token
  }
  return (header, payload) => {
    // All that is signed: a header's other members are the same in every token. A payload begins with a brace.
    const name = `${header.x5t}${payload}`
    const token = signed.get(name)
    if (token !== undefined) return Promise.resolve(token)
    const known = signing.get(name)
    if (known !== undefined) return known
    const made = signNow(name, header, payload).finally(() => signing.delete(name))
    signing.set(name, made)
    return made
  }
}
