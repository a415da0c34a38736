/** Admitting a nested user token that was never seen before, beside nothing but the check of its one signature. */
import { verify } from 'node:crypto'
import { readPresentedToken } from '../../dist/protocol/presented-token.js'
import { figure, formatNumber } from '../harness/figure.js'
import { actorTokenOf, nestedTokens, openAdmission, openWorld } from '../harness/ours.js'
import { compare, inTurns, median, rateOf } from '../harness/turns.js'

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
  // Its parts by themselves: reading the token, and that with its signature.
  const read = (token) => {
    const presented = readPresentedToken(token)
    if (!presented.ok) throw new Error(presented.code)
    return presented.value
  }
  const open = (token) => {
    const opened = read(token).open(publicKey)
    if (!opened.ok) throw new Error(opened.code)
  }
  const { ours, peer, reading, opening } = await inTurns(
    {
      reading: (round) => rateOf(ofRound(round), read),
      opening: (round) => rateOf(ofRound(round), open),
      ours: (round) => rateOf(ofRound(round), admit),
      peer: (round) =>
        rateOf(ofRound(round), () => {
          if (!verify('RSA-SHA256', signed, publicKey, signature)) throw new Error('the signature fits')
        }),
    },
    { rounds: ROUNDS, warmUp: WARM_UP },
  )
  const { ours: own, peer: limit, ...figures } = compare(ours, peer)
  const [all, alone, toRead, toOpen] = [ours, peer, reading, opening].map((rates) => 1e6 / median(rates))
  const micro = (value) => `${formatNumber(value)} µs`
  return [
    {
      title: 'admit a nested user token never seen before',
      ours: { what: 'admit', value: own, unit: '/s' },
      peer: { what: 'crypto.verify alone', value: limit, unit: '/s' },
      ...figures,
      ...{ atLeast: 0.8, floor: 0.6 },
      notes: [
        `tokens of ${tokens[0].length} bytes, one core`,
        `of ${micro(all)}: ${micro(alone)} crypto.verify alone, ${micro(toRead)} reading the token, ${micro(toOpen - toRead - alone)} around the signature, ${micro(all - toOpen)} all checks and what is remembered`,
      ],
    },
  ]
})
