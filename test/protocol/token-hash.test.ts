/** The name of a token where it is remembered or recorded. */
import { tokenHash } from '../../src/protocol/token-hash.ts'

test('is its SHA-256, in hexadecimal (FIPS 180-4, the example of three letters)', () => {
  expect(tokenHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
