/**
 * A process of its own with one Express route: `{ guard: none | ours | ours, recorded | auth0, setUp: ours | stock, scheme:
 * http | https, world, tls }` comes as the first message, `{ port }` goes back. Every later message is answered with how busy
 * its event loop was since the one before.
 */
import { createServer as createPlainServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createRequire } from 'node:module'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { auth } from 'express-oauth2-jwt-bearer'
import { createAppServer, withPrototypesOf } from '../../dist/http/app-server.js'
import { openMemory } from '../../dist/storage/sqlite.js'
import { openDecisionLog } from '../../dist/trust/decision-log.js'
import { guardOf } from './guard.js'
import { reviveWorld } from './ours.js'
import { AUDIENCE, ISSUER, keySetOf } from './peer-tokens.js'

// The very Express that the program uses.
const express = createRequire(new URL('../../dist/', import.meta.url))('express')
const DAYS = 30
const RESOLUTION_MS = 2

const GUARDS = {
  none: () => undefined,
  ours: (world) => guardOf(world),
  'ours, recorded': async (world) => {
    const kept = { records: 100_000, days: DAYS }
    const { audit } = await openMemory()
    const log = await openDecisionLog({
      store: audit,
      now: () => world.now,
      retention: new Proxy({}, { get: () => kept }),
      onSurprise: (error) => {
        throw error
      },
    })
    return guardOf(world, log)
  },
  auth0: (world) =>
    auth({ issuer: ISSUER, audience: AUDIENCE, publicKey: keySetOf(world), tokenSigningAlg: 'RS256' }),
}

function serverFor({ setUp, scheme, tls }) {
  if (setUp === 'ours' && scheme === 'https') return createAppServer(tls)
  const app = express()
  const options = { ...(scheme === 'https' && tls), ...(setUp === 'ours' && withPrototypesOf(app)) }
  const create = scheme === 'https' ? createTlsServer : createPlainServer
  return { app, server: create(options, app) }
}

process.once('message', async (order) => {
  const { app, server } = serverFor(order)
  app.disable('x-powered-by')
  app.disable('etag')
  const guard = await GUARDS[order.guard](reviveWorld(order.world))
  const hello = (_, res) => res.json({ hello: 'world' })
  if (guard === undefined) app.get('/hello', hello)
  else app.get('/hello', guard, hello)
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const delayAt = (share) => Math.max(0, delay.percentile(share) / 1e6 - RESOLUTION_MS)
  delay.enable()
  let before = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  process.on('message', () => {
    const { active, utilization } = performance.eventLoopUtilization(before)
    const { user, system } = process.cpuUsage(cpu)
    process.send({
      active: active / 1000,
      utilization,
      processor: (user + system) / 1e6,
      delay: { p50: delayAt(50), p99: delayAt(99) },
    })
    delay.reset()
    before = performance.eventLoopUtilization()
    cpu = process.cpuUsage()
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
})
process.once('disconnect', () => process.exit())
