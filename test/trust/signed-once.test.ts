/** One signature for one text: what is given again is what that key made of those very words, and nothing else. */
import { createPublicKey, verify } from 'node:crypto'
import {
  localSigner,
  type SignedHeader,
  type Signer,
  type SigningKey,
  signJws,
} from '../../src/protocol/jws.ts'
import { rememberingSigner, signedOnce } from '../../src/trust/signed-once.ts'
import { certificateOf, KEYS, partsOf, type TestKey } from '../support/tokens.ts'

const HEADER: SignedHeader = { typ: 'JWT', alg: 'RS256', x5t: certificateOf(KEYS.partner).x5t }
const PAYLOAD = '{"aud":"a","nbf":"1","exp":"2"}'

/** A key whose signatures are counted, can be held back, and can fail. */
function counted(key: TestKey = KEYS.partner) {
  const signer = localSigner(key.privateKey)
  const state = { signatures: 0, before: async () => undefined as unknown }
  const sign: Signer = async (header, payload) => {
    state.signatures++
    await state.before()
    return signer(header, payload)
  }
  return { state, sign, key: { x5t: certificateOf(key).x5t, sign } satisfies SigningKey }
}

const fits = (token: string, key: TestKey) => {
  const [header, payload, signature] = partsOf(token)
  const signed = Buffer.from(`${header}.${payload}`)
  return verify('RSA-SHA256', signed, createPublicKey(key.privateKey), Buffer.from(signature!, 'base64url'))
}

test('the same text is signed once, for those who ask at once and for those who ask later', async () => {
  const { state, key } = counted()
  const many = await Promise.all(Array.from({ length: 50 }, () => signJws(PAYLOAD, signedOnce(key))))
  const later = await signJws(PAYLOAD, signedOnce(key))
  expect(state.signatures).toBe(1)
  // What is remembered is what is signed without a memory: RS256 has no chance in it.
  expect(new Set([...many, later, await signJws(PAYLOAD, key)]).size).toBe(1)
  expect(fits(later, KEYS.partner)).toBe(true)
})

test('another payload, and another name of the certificate, is another text', async () => {
  const { state, sign } = counted()
  const remembering = rememberingSigner(sign)
  const orders: [SignedHeader, string][] = [
    [HEADER, PAYLOAD],
    [HEADER, PAYLOAD.replace('"1"', '"2"')],
    [{ ...HEADER, x5t: certificateOf(KEYS.stranger).x5t }, PAYLOAD],
  ]
  for (const times of [1, 2]) {
    const tokens = await Promise.all(orders.map((order) => remembering(...order)))
    expect(tokens).toEqual(
      await Promise.all(orders.map((order) => localSigner(KEYS.partner.privateKey)(...order))),
    )
    expect([times, state.signatures]).toEqual([times, 3])
  }
})

test('a key gives out what it signed itself, also when another has its name', async () => {
  const [first, second, other] = [counted(), counted(), counted(KEYS.stranger)]
  const namedAlike = { x5t: first.key.x5t, sign: other.sign }
  for (const key of [first.key, second.key, namedAlike, first.key]) await signJws(PAYLOAD, signedOnce(key))
  expect([first, second, other].map(({ state }) => state.signatures)).toEqual([1, 1, 1])
  expect(fits(await signJws(PAYLOAD, signedOnce(namedAlike)), KEYS.stranger)).toBe(true)
})

test.each<[how: string, fail: () => unknown]>([
  ['in time', () => Promise.reject(new Error('the device is away'))],
  [
    'at once',
    () => {
      throw new Error('the device is away')
    },
  ],
])(
  'a signature that fails %s is told to all who wait for it, and tried again by the next',
  async (_, fail) => {
    const { sign } = counted()
    let isAway = true
    let tried = 0
    const remembering = rememberingSigner((header, payload) => {
      tried++
      return isAway ? (fail() as Promise<string>) : sign(header, payload)
    })
    const both = await Promise.allSettled([remembering(HEADER, PAYLOAD), remembering(HEADER, PAYLOAD)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(tried).toBe(1)
    isAway = false
    expect(fits(await remembering(HEADER, PAYLOAD), KEYS.partner)).toBe(true)
    expect(tried).toBe(2)
  },
)

test('what is remembered has bounds, and what was forgotten is signed anew', async () => {
  let signatures = 0
  const sign: Signer = async (header, payload) => `${++signatures} ${header.x5t} ${payload}`
  const remembering = rememberingSigner(sign, { entries: 4, bytes: 1_000_000 })
  const ask = async (numbers: readonly number[]) => {
    const before = signatures
    for (const number of numbers) await remembering(HEADER, `{"n":${number}}`)
    return signatures - before
  }
  expect(await ask([1, 2])).toBe(2)
  expect(await ask([1, 2])).toBe(0)
  expect(await ask([3, 4, 5, 6])).toBe(4)
  expect(await ask([1, 2])).toBe(2)
  // By bytes, those of the tokens with them: here two have all the room there is.
  let long = 0
  const longer = rememberingSigner(async () => `${++long} ${'x'.repeat(400)}`, { entries: 100, bytes: 1_000 })
  for (const number of [1, 2, 2, 3, 1]) await longer(HEADER, `{"n":${number}}`)
  expect(long).toBe(4)
  const tiny = rememberingSigner(sign, { entries: 100, bytes: 10 })
  const before = signatures
  for (const payload of [PAYLOAD, PAYLOAD]) await tiny(HEADER, payload)
  expect(signatures - before).toBe(2)
})
