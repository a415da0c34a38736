/**
 * An Express route that says hello, guarded by us, by nobody, and by express-oauth2-jwt-bearer, under load from another
 * process: 50 keep-alive connections, each with a token of 2.3 KB in its header (nobody's route gets it as well). Counted are
 * requests in a second of the processor's time that the server took: where the load is the slower of the two, a server that
 * waits for it is not taken for one that needs as long.
 */

import { makeStrangersTls } from '../../dist/server/x509.js'
import { endChildren, startChild } from '../harness/children.js'
import { figure } from '../harness/figure.js'
import { describeLoad, underLoad } from '../harness/loaded.js'
import { actorTokenOf, filledUp, openWorld, packWorld, TOKEN_BYTES, userTokenOf } from '../harness/ours.js'
import { peerTokenOf } from '../harness/peer-tokens.js'
import { compare, inTurns } from '../harness/turns.js'

const ROUNDS = 5
const SECONDS = 2
const CONNECTIONS = 50
const ROTATED = 500

await figure(import.meta.url, async () => {
  const world = await openWorld()
  const tls = await makeStrangersTls(world.now)
  const packed = packWorld(world)
  const actor = await actorTokenOf(world, 0)
  const nestedTokens = Array.from({ length: ROTATED }, (_, number) =>
    filledUp(userTokenOf(world, actor, number), TOKEN_BYTES),
  )
  const nested = { tokens: nestedTokens.slice(0, CONNECTIONS) }
  const rotated = { tokens: nestedTokens, rotate: true }
  const singles = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, number) => peerTokenOf(world, number, TOKEN_BYTES)),
  )
  const load = startChild('load')
  const busy = {}
  const sideOf = async (name, guard, setUp, scheme, shown) => {
    const server = startChild('route-server')
    const { port } = await server.ask({ ...{ guard, setUp, scheme, tls }, world: packed })
    const url = `${scheme}://127.0.0.1:${port}/hello`
    return async (round) => {
      const order = { url, seconds: SECONDS, connections: CONNECTIONS, ...shown }
      const was = await underLoad(load, server, order)
      if (round >= 0) busy[name] = [...(busy[name] ?? []), was]
      return was.workRate
    }
  }
  try {
    const sides = {}
    const add = async (name, ...rest) => {
      sides[name] = await sideOf(name, ...rest)
    }
    await add('nobody', 'none', 'ours', 'http', nested)
    await add('ours', 'ours', 'ours', 'http', nested)
    await add('rotated', 'ours', 'ours', 'http', rotated)
    await add('recorded', 'ours, recorded', 'ours', 'http', nested)
    await add('auth0', 'auth0', 'ours', 'http', { tokens: singles })
    await add('auth0 stock', 'auth0', 'stock', 'http', { tokens: singles })
    await add('nobody stock', 'none', 'stock', 'http', nested)
    await add('nobody tls', 'none', 'ours', 'https', nested)
    await add('ours tls', 'ours', 'ours', 'https', nested)
    await add('recorded tls', 'ours, recorded', 'ours', 'https', nested)
    const rates = await inTurns(sides, { rounds: ROUNDS, warmUp: 1 })
    const row = (title, mine, theirs, what, wish) => {
      const isRecorded = mine.startsWith('recorded')
      const { ours, peer, ...figures } = compare(rates[mine], rates[theirs])
      return {
        title,
        ours: {
          what: `guarded by us, ${isRecorded ? 'each decision in the record' : 'nothing recorded'}`,
          value: ours,
          unit: 'req/s of processor',
        },
        peer: { what, value: peer, unit: 'req/s of processor' },
        ...figures,
        ...wish,
        notes: [`ours: ${describeLoad(busy[mine])}`, `other: ${describeLoad(busy[theirs])}`],
      }
    }
    const unguarded = 'unguarded, our set-up'
    const auth0 = 'express-oauth2-jwt-bearer'
    return [
      row('Express route, plain', 'ours', 'nobody', unguarded, { atLeast: 0.92, floor: 0.7 }),
      row('Express route, HTTPS', 'ours tls', 'nobody tls', unguarded, { atLeast: 0.95, floor: 0.75 }),
      row(`Express route, plain, ${ROTATED} tokens in rotation`, 'rotated', 'nobody', unguarded, {
        ...{ atLeast: 0.75, floor: 0.55 },
      }),
      row('Express route, plain', 'ours', 'auth0', `${auth0}, our set-up`, { atLeast: 2.5, floor: 1.8 }),
      row('Express route, plain', 'ours', 'auth0 stock', `${auth0}, stock Express`, {
        ...{ atLeast: 4.5, floor: 3 },
      }),
      row('Express route, plain', 'recorded', 'nobody', unguarded, {}),
      row('Express route, HTTPS', 'recorded tls', 'nobody tls', unguarded, {}),
      row('Express route, plain', 'ours', 'nobody stock', 'unguarded, stock Express', {}),
    ]
  } finally {
    await endChildren()
  }
})
