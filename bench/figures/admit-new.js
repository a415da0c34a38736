/** Admitting a nested user token that was never seen before, beside nothing but the check of its one signature. */
import { verify } from 'node:crypto'
import { figure } from '../harness/figure.js'
import { actorTokenOf, nestedTokens, openAdmission, openWorld } from '../harness/ours.js'
import { compare, inTurns, rateOf } from '../harness/turns.js'

const ROUNDS = 15
const WARM_UP = 3
const TOKENS = 600

await figure(import.meta.url, async () => {
  const world = await openWorld()
  const tokens = await nestedTokens(world, (ROUNDS + WARM_UP) * TOKENS)
  const ofRound = (round) => tokens.slice((round + WARM_UP) * TOKENS, (round + WARM_UP + 1) * TOKENS)
  const actor = await actorTokenOf(world, 0)
  const end = actor.lastIndexOf('.')
  const signed = Buffer.from(actor.slice(0, end), 'ascii')
  const signature = Buffer.from(actor.slice(end + 1), 'base64url')
  const { publicKey } = world.lync.identity.certificate
  const admit = openAdmission(world)
  const { ours, peer } = await inTurns(
    {
      ours: (round) => rateOf(ofRound(round), admit),
      peer: (round) =>
        rateOf(ofRound(round), () => {
          if (!verify('RSA-SHA256', signed, publicKey, signature)) throw new Error('the signature fits')
        }),
    },
    { rounds: ROUNDS, warmUp: WARM_UP },
  )
  const { ours: own, peer: limit, ...figures } = compare(ours, peer)
  return [
    {
      title: 'admit a nested user token never seen before',
      ours: { what: 'admit', value: own, unit: '/s' },
      peer: { what: 'crypto.verify alone', value: limit, unit: '/s' },
      ...figures,
      ...{ atLeast: 0.8, floor: 0.6 },
      notes: [`tokens of ${tokens[0].length} bytes, one core`],
    },
  ]
})
