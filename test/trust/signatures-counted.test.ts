/** How often a signature is calculated: what was proven once is not proven again, and nothing else is taken for proven. */
import { jest } from '@jest/globals'
import type { Situation } from '../../src/trust/checks.ts'

const crypto = await import('node:crypto')
const verify = jest.fn(crypto.verify)
jest.unstable_mockModule('node:crypto', () => ({ ...crypto, verify }))
// Only now, so that all of it sees the one that counts.
const { actor, forUser, KEYS, lync, NOW, situation } = await import('../support/tokens.ts')
const { admit } = await import('../../src/trust/admit.ts')
const { openTokenMemory } = await import('../../src/trust/token-memory.ts')

const ACTOR = actor()
const TOKEN = forUser(ACTOR)

/** How many signatures each of these admissions calculated. */
function countsOf(admissions: readonly (readonly [string, Situation])[]): number[] {
  return admissions.map(([token, against]) => {
    verify.mockClear()
    expect(admit(token, against).ok).toBe(true)
    return verify.mock.calls.length
  })
}

test('without a memory each time', () => {
  const against = situation()
  expect(countsOf([1, 2, 3].map(() => [TOKEN, against]))).toEqual([1, 1, 1])
})

test('of the same token twice, and not again in later seconds', () => {
  const memory = openTokenMemory()
  const partners = [lync()]
  const at = (now: number) => ({ ...situation({ partners, now }), memory })
  expect(countsOf([0, 1, 2, 3].map((second) => [TOKEN, at(NOW + second)]))).toEqual([1, 1, 0, 0])
})

test('of an actor token twice, in whatever user tokens it comes', () => {
  const against = { ...situation(), memory: openTokenMemory() }
  const tokens = [1, 2, 3, 4].map((iat) => forUser(ACTOR, { iat }))
  expect(countsOf(tokens.map((token) => [token, against]))).toEqual([1, 1, 0, 0])
})

test('of a token that was read once, once for each key', () => {
  const memory = openTokenMemory()
  const read = memory.read(TOKEN)
  if (!read.ok) throw new Error(read.code)
  verify.mockClear()
  for (const key of [KEYS.partner.publicKey, KEYS.partner.publicKey])
    expect(read.value.open(key).ok).toBe(true)
  expect(verify).toHaveBeenCalledTimes(1)
  expect(read.value.open(KEYS.stranger.publicKey)).toMatchObject({ code: 'bad_signature' })
  expect(verify).toHaveBeenCalledTimes(2)
})

test('after a registration was made anew: once for the token and the actor token in it', () => {
  const memory = openTokenMemory()
  // The same key, read again.
  const { publicKey } = KEYS.partner
  const again = lync().certificates.map((certificate) => ({ ...certificate, publicKey }))
  const [before, after] = [lync(), lync({ certificates: again })].map((partner) => ({
    ...situation({ partners: [partner] }),
    memory,
  }))
  const other = forUser(ACTOR, { iat: 1 })
  const admissions = [before, before, after, after].map((against) => [TOKEN, against!] as const)
  expect(countsOf([...admissions, [other, after!], [TOKEN, before!]])).toEqual([1, 1, 1, 0, 0, 1])
})

test('of tokens that are refused for their claims, never', () => {
  const memory = openTokenMemory()
  for (let times = 0; times < 3; times++) admit(TOKEN, { ...situation(), memory })
  verify.mockClear()
  for (const wrong of [{ nbf: 'soon' }, { exp: undefined }])
    expect(admit(forUser(ACTOR, wrong), { ...situation(), memory }).ok).toBe(false)
  expect(verify).not.toHaveBeenCalled()
})
