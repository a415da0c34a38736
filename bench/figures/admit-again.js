/**
 * Admitting what was seen before, beside fast-jwt with a hit in its cache: the very same token, and a new user token around
 * an actor token that was seen. fast-jwt has no second case: its signature covers all of a token, so it is held against its
 * best one.
 */
import { createVerifier } from 'fast-jwt'
import { figure } from '../harness/figure.js'
import { actorTokenOf, asReceived, openAdmission, openWorld, userTokenOf } from '../harness/ours.js'
import { AUDIENCE, ISSUER, peerTokenOf, publicPemOf } from '../harness/peer-tokens.js'
import { compare, inTurns, rateOf } from '../harness/turns.js'

const ROUNDS = 21
const WARM_UP = 4
const TOKENS = 2_000
const SECONDS = 60

await figure(import.meta.url, async () => {
  const world = await openWorld()
  const actor = await actorTokenOf(world, 0)
  const nested = userTokenOf(world, actor, 0)
  const single = await peerTokenOf(world, 0, nested.length)
  const admit = openAdmission(world)
  const admitLater = openAdmission(world, undefined, SECONDS)
  const settings = {
    key: publicPemOf(world),
    algorithms: ['RS256'],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    cache: true,
    clockTimestamp: world.now * 1000 + 1,
  }
  const fastJwt = createVerifier(settings)
  // Its documentation offers this to those who do not mind tokens in the cache.
  const fastJwtByToken = createVerifier({ ...settings, cacheKeyBuilder: (token) => token })
  const copies = (text) => Array.from({ length: TOKENS }, () => asReceived(text))
  let number = 1
  const wrapped = () => Array.from({ length: TOKENS }, () => asReceived(userTokenOf(world, actor, number++)))
  const { again, later, around, peer, byToken } = await inTurns(
    {
      again: () => rateOf(copies(nested), admit),
      later: () => rateOf(copies(nested), admitLater),
      around: () => rateOf(wrapped(), admit),
      peer: () => rateOf(copies(single), fastJwt),
      byToken: () => rateOf(copies(single), fastJwtByToken),
    },
    { rounds: ROUNDS, warmUp: WARM_UP },
  )
  const row = (title, mine, theirs, what, wish) => {
    const { ours, peer: other, ...figures } = compare(mine, theirs)
    return {
      title,
      ours: { what: 'admit', value: ours, unit: '/s' },
      peer: { what, value: other, unit: '/s' },
      ...figures,
      ...wish,
      notes: [`tokens of ${nested.length} bytes (fast-jwt: ${single.length}), each text new in memory`],
    }
  }
  const hit = 'fast-jwt, cache hit'
  return [
    row('admit the very token seen before, in the same second', again, peer, hit, {
      atLeast: 1,
      floor: 0.75,
    }),
    row('admit the very token seen before, in another second', later, peer, hit, { atLeast: 1, floor: 0.75 }),
    row('admit a new user token around an actor token seen before', around, peer, hit, {
      ...{ atLeast: 0.5, floor: 0.35 },
    }),
    row(
      'admit the very token seen before, in the same second',
      again,
      byToken,
      'fast-jwt, cache by the token itself',
      {},
    ),
  ]
})
