/** Calling a partner for a user: tokens made with an actor token that is kept, beside making both anew for each call. */
import { mint } from '../../dist/trust/mint.js'
import { figure } from '../harness/figure.js'
import { KEN, openCalls, openWorld } from '../harness/ours.js'
import { compare, inTurns, rateOfWaiting } from '../harness/turns.js'

const ROUNDS = 15
const CALLS = 5_000
const FRESH = 100

await figure(import.meta.url, async () => {
  const world = await openWorld()
  const call = openCalls(world)
  const calls = Array.from({ length: CALLS })
  const numbers = Array.from({ length: FRESH }, (_, index) => index)
  const fresh = (number) => mint(world.lync.identity, world.audience, KEN, world.now - number)
  // Until the actor token that is kept is there, both sides do the same.
  await call()
  const first = await rateOfWaiting(calls.slice(0, FRESH), call)
  const once = await rateOfWaiting(numbers, fresh)
  const count = first > 5 * once ? CALLS : FRESH
  const { ours, peer } = await inTurns(
    {
      ours: () => rateOfWaiting(calls.slice(0, count), call),
      peer: () => rateOfWaiting(numbers, fresh),
    },
    { rounds: ROUNDS },
  )
  const figures = compare(ours, peer)
  return [
    {
      title: 'user call out with a cached actor token: tokens made',
      ...figures,
      ours: { what: 'cached', value: figures.ours, unit: '/s' },
      peer: { what: 'fresh', value: figures.peer, unit: '/s' },
      ...{ atLeast: 40, floor: 20 },
    },
  ]
})
