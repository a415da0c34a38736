/** A key proves itself by a token that another implementation reads. */
import { createSecretKey, sign } from 'node:crypto'
import { CompactSign } from 'jose'
import type { Thumbprint } from '../../src/protocol/ids.ts'
import { distantSigner, localSigner, type Signer } from '../../src/protocol/jws.ts'
import { provesItself } from '../../src/protocol/signing-proof.ts'
import { certificateOf, KEYS } from '../support/tokens.ts'

const { privateKey, x5t: named } = KEYS.partner
const x5t = named as Thumbprint
const { publicKey } = certificateOf(KEYS.partner)
const signedBy = (algorithm: string, key = privateKey) =>
  distantSigner(async (bytes) => sign(algorithm, bytes, key))

test.each([
  ['here', localSigner(privateKey)],
  ['elsewhere', signedBy('RSA-SHA256')],
])('a key that is %s proves itself', async (_, signer) => {
  expect(await provesItself({ x5t, sign: signer }, publicKey)).toBe(true)
})

test.each([
  ['another key signs', signedBy('RSA-SHA256', KEYS.stranger.privateKey)],
  ['another algorithm is used', signedBy('RSA-SHA512')],
  ['nothing comes back', distantSigner(async () => Buffer.alloc(0))],
  ['what comes back is no token', async () => 'a.b'],
  [
    'the header names another key',
    () => localSigner(privateKey)({ typ: 'JWT', alg: 'RS256', x5t: KEYS.stranger.x5t as Thumbprint }, '{}'),
  ],
])('where %s it does not', async (_, signer) => {
  expect(await provesItself({ x5t, sign: signer }, publicKey)).toBe(false)
})

test('where it signs well, and otherwise than a token has to be signed, it does not', async () => {
  const pss = (_: unknown, payload: string) =>
    new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'PS256', x5t }).sign(privateKey)
  expect(await provesItself({ x5t, sign: pss }, publicKey)).toBe(false)
})

test('what it signs for that says nothing that anybody could use', async () => {
  const payloads: string[] = []
  const signer = localSigner(privateKey)
  const sign: Signer = (header, payload) => {
    payloads.push(payload)
    return signer(header, payload)
  }
  await provesItself({ x5t, sign }, publicKey)
  expect(payloads).toEqual(['{}'])
})

test('a public key that is none is our own fault', async () => {
  const secret = createSecretKey(Buffer.alloc(32))
  await expect(provesItself({ x5t, sign: localSigner(privateKey) }, secret)).rejects.toThrow(TypeError)
})

test('a key that cannot be reached is an error of its own', async () => {
  const gone = distantSigner(async () => {
    throw new Error('the device does not answer')
  })
  await expect(provesItself({ x5t, sign: gone }, publicKey)).rejects.toThrow('the device does not answer')
})
