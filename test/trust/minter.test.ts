/** Actor tokens for calls out: signed once, renewed before they end, and never used when what they were made of has changed. */
import type { SigningKey } from '../../src/protocol/jws.ts'
import { localSigner } from '../../src/protocol/jws.ts'
import { admit } from '../../src/trust/admit.ts'
import { audienceOf, TOKEN_LIFETIME } from '../../src/trust/mint.ts'
import { type MintOrder, openMinter, RENEWED_AT, USED_FOR } from '../../src/trust/minter.ts'
import {
  certificateOf,
  EXCHANGE,
  HOST,
  identity,
  KEN_MYER,
  KEYS,
  LYNC,
  lync,
  NOW,
  PORT,
  partsOf,
  principal,
  situation,
} from '../support/tokens.ts'

const exchange = lync({ identity: 'Exchange', application: principal(EXCHANGE), issuer: EXCHANGE })

/** A minter whose signatures are counted, can be held back, and can fail. */
function open() {
  let signatures = 0
  let before: () => Promise<void> = async () => undefined
  const certificate = certificateOf(KEYS.partner)
  const key = localSigner(KEYS.partner.privateKey)
  const sign: SigningKey['sign'] = async (header, payload) => {
    signatures++
    await before()
    return key(header, payload)
  }
  const self = identity({
    application: principal(LYNC),
    hosts: ['lync.litwareinc.com'],
    signingKey: { x5t: certificate.x5t, sign },
    certificate,
  })
  const { mint } = openMinter()
  const order: MintOrder = {
    ...{ self, partner: exchange, user: KEN_MYER, now: NOW },
    audience: audienceOf(exchange, `${HOST}:${PORT}`),
  }
  return {
    order,
    count: () => signatures,
    onSign(task: () => Promise<void>) {
      before = task
    },
    mint: (change: Partial<MintOrder> = {}) => mint({ ...order, ...change }),
  }
}

const actorTokenIn = (token: string) =>
  JSON.parse(Buffer.from(partsOf(token)[1] ?? '', 'base64url').toString())['actortoken']

test('calls for any user share one actor token, and each is admitted for its own', async () => {
  const { mint, count } = open()
  const pilar = { ...KEN_MYER, upn: 'pilar@litwareinc.com', sid: 'S-1-5-21-1-2-3-1105' }
  const tokens = [await mint(), await mint({ user: pilar, now: NOW + 5 })]
  expect(count()).toBe(1)
  expect(new Set(tokens.map(actorTokenIn)).size).toBe(1)
  const users = tokens.map((token) => {
    const admitted = admit(token, situation({ now: NOW + 5 }))
    return admitted.ok && admitted.value.user?.upn
  })
  expect(users).toEqual(['kenmyer@litwareinc.com', 'pilar@litwareinc.com'])
})

test('a user token ends when its actor token does', async () => {
  const { mint } = open()
  await mint()
  const admitted = admit(await mint({ now: NOW + 600 }), situation({ now: NOW + 600 }))
  expect(admitted).toMatchObject({ ok: true, value: { expiresAt: NOW + TOKEN_LIFETIME } })
})

test('what the application does by itself has an actor token of its own, which does not delegate', async () => {
  const { mint, count } = open()
  const [user, itself, again] = [
    await mint(),
    await mint({ user: undefined }),
    await mint({ user: undefined }),
  ]
  expect([count(), itself === again, actorTokenIn(user) === itself]).toEqual([2, true, false])
  expect(admit(itself, situation())).toMatchObject({ ok: true })
  expect(actorTokenIn(itself)).toBeUndefined()
})

test('calls that come together wait for one signature', async () => {
  const { mint, count, onSign } = open()
  let release = () => {}
  onSign(() => new Promise((resolve) => (release = resolve)))
  const calls = [mint(), mint({ now: NOW + 1 }), mint({ now: NOW + 2 })]
  release()
  const tokens = await Promise.all(calls)
  expect([count(), new Set(tokens.map(actorTokenIn)).size]).toEqual([1, 1])
})

test('from half its life on another is signed meanwhile, once, and used when it is there', async () => {
  const { mint, count, onSign } = open()
  const first = actorTokenIn(await mint())
  expect(actorTokenIn(await mint({ now: NOW + RENEWED_AT - 1 }))).toBe(first)
  expect(count()).toBe(1)
  let release = () => {}
  onSign(() => new Promise((resolve) => (release = resolve)))
  for (const later of [0, 1, 2])
    expect(actorTokenIn(await mint({ now: NOW + RENEWED_AT + later }))).toBe(first)
  expect(count()).toBe(2)
  release()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const second = actorTokenIn(await mint({ now: NOW + RENEWED_AT + 3 }))
  expect([second === first, count()]).toEqual([false, 2])
})

test('while renewing fails the old one is used, and every call tries again, until it is too old', async () => {
  const { mint, count, onSign } = open()
  const first = actorTokenIn(await mint())
  onSign(() => Promise.reject(new Error('the device does not answer')))
  for (const age of [RENEWED_AT, RENEWED_AT + 1, USED_FOR - 1]) {
    expect(actorTokenIn(await mint({ now: NOW + age }))).toBe(first)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(count()).toBe(4)
  await expect(mint({ now: NOW + USED_FOR })).rejects.toThrow('the device does not answer')
  onSign(async () => undefined)
  expect(actorTokenIn(await mint({ now: NOW + USED_FOR }))).not.toBe(first)
})

test('a first signature that fails is heard of by all who wait for it, and by nobody else', async () => {
  const { mint, onSign, count } = open()
  onSign(() => Promise.reject(new Error('no key')))
  const calls = await Promise.allSettled([mint(), mint()])
  expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  onSign(async () => undefined)
  expect(admit(await mint(), situation()).ok).toBe(true)
  expect(count()).toBe(2)
})

test('it is not used when the clock was set back before it was made', async () => {
  const { mint, count } = open()
  await mint()
  const token = await mint({ now: NOW - 1 })
  expect(count()).toBe(2)
  expect(admit(token, situation({ now: NOW - 1 - 300 }))).toMatchObject({ ok: true })
})

test.each<[string, (order: MintOrder) => Partial<MintOrder>]>([
  ['the registration', ({ partner }) => ({ partner: { ...partner } })],
  ['who this server is, its key among it', ({ self }) => ({ self: { ...self } })],
  ['the host', ({ partner }) => ({ audience: audienceOf(partner, 'autodiscover.litwareinc.com') })],
])('it is not used when %s is another', async (_, change) => {
  const { mint, count, order } = open()
  await mint()
  await mint(change(order))
  await mint(change(order))
  expect(count()).toBeGreaterThan(1)
})
