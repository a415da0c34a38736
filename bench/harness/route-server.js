/**
 * A process of its own with one Express route: `{ guard: none | ours | ours, recorded | auth0, setUp: ours | stock, scheme:
 * http | https, world, tls }` comes as the first message, `{ port }` goes back. Every later message is answered with how busy
 * its event loop was since the one before.
 */
import { createServer as createPlainServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createRequire } from 'node:module'
import { auth } from 'express-oauth2-jwt-bearer'
import { createAppServer, withPrototypesOf } from '../../dist/http/app-server.js'
import { openMemory } from '../../dist/storage/sqlite.js'
import { openDecisionLog } from '../../dist/trust/decision-log.js'
import { tellHowBusy } from './busy.js'
import { guardOf } from './guard.js'
import { reviveWorld } from './ours.js'
import { AUDIENCE, ISSUER, keySetOf } from './peer-tokens.js'

// The very release of Express that the program is built with.
const express = createRequire(new URL('../../dist/', import.meta.url))('express')
const DAYS = 30

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
  tellHowBusy()
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
})
process.once('disconnect', () => process.exit())
