/** Making tokens: a fresh actor token beside its one signature, and calls for a user with an actor token that is kept. */
import { sign } from 'node:crypto'
import { mint } from '../../dist/trust/mint.js'
import { figure } from '../harness/figure.js'
import { openWorld } from '../harness/ours.js'
import { compare, inTurns, rateOfWaiting } from '../harness/turns.js'

const ROUNDS = 15
const FRESH = 150

await figure(import.meta.url, async () => {
  const world = await openWorld()
  const { identity, privateKey } = world.lync
  const numbers = Array.from({ length: FRESH }, (_, index) => index)
  const fresh = await mint(identity, world.audience, undefined, world.now)
  const signed = Buffer.from(fresh.slice(0, fresh.lastIndexOf('.')), 'ascii')
  const { ours, peer } = await inTurns(
    {
      ours: () =>
        rateOfWaiting(numbers, (number) => mint(identity, world.audience, undefined, world.now - number)),
      peer: () => rateOfWaiting(numbers, () => sign('RSA-SHA256', signed, privateKey)),
    },
    { rounds: ROUNDS },
  )
  const figures = compare(ours, peer)
  return [
    {
      title: 'mint a fresh actor token',
      ...figures,
      ours: { what: 'mint', value: figures.ours, unit: '/s' },
      peer: { what: 'crypto.sign alone', value: figures.peer, unit: '/s' },
      ...{ atLeast: 0.95, floor: 0.8 },
      notes: ['one after the other'],
    },
  ]
})
