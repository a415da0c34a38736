/** A key of more than 2048 bits signs for so long that nobody else may be kept waiting for it. */
import { generateKeyPairSync } from 'node:crypto'
import { localSigner, type SignedHeader } from '../../src/protocol/jws.ts'
import { certificateOf, KEYS } from '../support/tokens.ts'

const HEADER: SignedHeader = { typ: 'JWT', alg: 'RS256', x5t: certificateOf(KEYS.partner).x5t }

test('a lone signature with a key of 3072 bits is not made on the event loop', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const signer = localSigner(privateKey)
  let isDone = false
  const signing = signer(HEADER, '{}').then(() => {
    isDone = true
  })
  // What a thread has made is heard of in a later turn of the loop; what was made on the loop, in this one.
  for (let n = 0; n < 100; n++) await undefined
  expect(isDone).toBe(false)
  await signing
}, 60_000)
