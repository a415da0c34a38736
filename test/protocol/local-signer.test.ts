/** Where a key of this process signs: at once where nobody else wants a signature, and on the threads of the pool where others do. */
import { jest } from '@jest/globals'
import type { SignedHeader } from '../../src/protocol/jws.ts'

const crypto = await import('node:crypto')
let isOnLoop: boolean[] = []
let threads: Promise<unknown> = Promise.resolve()
const sign = jest.fn((...order: Parameters<typeof crypto.sign>) => {
  isOnLoop.push(order.length < 4)
  const [algorithm, bytes, key, done] = order
  if (done === undefined) return crypto.sign(algorithm, bytes, key)
  return crypto.sign(algorithm, bytes, key, (...result) => void threads.then(() => done(...result)))
})
jest.unstable_mockModule('node:crypto', () => ({ ...crypto, sign }))
// Only now, so that it sees the one that looks.
const { localSigner } = await import('../../src/protocol/jws.ts')
const { certificateOf, KEYS } = await import('../support/tokens.ts')

const HEADER: SignedHeader = { typ: 'JWT', alg: 'RS256', x5t: certificateOf(KEYS.partner).x5t }
const turn = () => new Promise((done) => setImmediate(done))

const fits = (token: string) => {
  const [header, payload, signature] = token.split('.')
  const { privateKey } = KEYS.partner
  const signed = Buffer.from(`${header}.${payload}`)
  return crypto.verify(
    'RSA-SHA256',
    signed,
    crypto.createPublicKey(privateKey),
    Buffer.from(signature!, 'base64url'),
  )
}

beforeEach(async () => {
  await turn()
  isOnLoop = []
})

test('who is alone waits for no thread', async () => {
  const signer = localSigner(KEYS.partner.privateKey)
  for (const payload of ['{"n":1}', '{"n":2}', '{"n":3}'])
    expect(fits(await signer(HEADER, payload))).toBe(true)
  expect(isOnLoop).toEqual([true, true, true])
  // In a later turn it does not even wait for the next.
  await turn()
  isOnLoop = []
  const later = signer(HEADER, '{"n":4}')
  expect(isOnLoop).toEqual([true])
  await later
})

test('between two signatures of one who is alone the event loop turns once', async () => {
  const signer = localSigner(KEYS.partner.privateKey)
  let turns = 0
  let isCounting = true
  const count = () => {
    turns++
    if (isCounting) setImmediate(count)
  }
  setImmediate(count)
  const seen: number[] = []
  for (const payload of ['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}']) {
    await signer(HEADER, payload)
    seen.push(turns)
  }
  isCounting = false
  expect(seen[0]).toBe(0)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  expect(new Set(seen).size).toBe(4)
})

test('of many who come at once no more than the first signs at once, and the others on the threads of the pool', async () => {
  const signer = localSigner(KEYS.partner.privateKey)
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => signer(HEADER, `{"n":${n}}`)))
  expect(tokens.map(fits)).toEqual(tokens.map(() => true))
  expect(new Set(tokens).size).toBe(20)
  // The second waits for a turn; all who come while it does need not wait for it.
  expect(isOnLoop.filter((one) => one)).toHaveLength(2)
  expect(isOnLoop.filter((one) => !one)).toHaveLength(18)
})

test('who comes while a thread signs goes to another thread', async () => {
  const signer = localSigner(KEYS.partner.privateKey)
  let release = () => {}
  threads = new Promise<void>((resolve) => (release = resolve))
  const many = [1, 2, 3].map((n) => signer(HEADER, `{"n":${n}}`))
  await Promise.all(many.slice(0, 2))
  await turn()
  isOnLoop = []
  many.push(signer(HEADER, '{"n":4}'))
  expect(isOnLoop).toEqual([false])
  release()
  await Promise.all(many)
  await turn()
  await signer(HEADER, '{"n":5}')
  expect(isOnLoop).toEqual([false, true])
})

test('a key that cannot sign says so, each time, and keeps nobody else waiting', async () => {
  const signer = localSigner(crypto.createPublicKey(KEYS.partner.privateKey))
  for (const _ of [1, 2]) await expect(signer(HEADER, '{}')).rejects.toThrow()
  const many = await Promise.allSettled([1, 2, 3].map(() => signer(HEADER, '{}')))
  expect(many.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  isOnLoop = []
  await turn()
  await expect(signer(HEADER, '{}')).rejects.toThrow()
  expect(isOnLoop).toEqual([true])
})
