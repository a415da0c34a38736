/** A route guarded by us, as Express middleware: the token is admitted, its user resolved, and the caller put on the request. */
import { admitRequest } from '../../dist/http/bearer.js'
import { DEFAULT_SKEW } from '../../dist/trust/admit.js'
import { comparable } from '../../dist/trust/directory.js'
import { openTokenMemory } from '../../dist/trust/token-memory.js'
import { KEN } from './ours.js'

/** A directory of one user, by every name that tokens give him. Nothing of it changes. */
function directoryOf(user) {
  const names = new Map(
    ['sid', 'upn', 'smtp', 'sip'].map((key) => [`${key} ${comparable(key, user[key])}`, [user]]),
  )
  return { version: () => 0, find: async (key, value) => names.get(`${key} ${comparable(key, value)}`) ?? [] }
}

/** The middleware. `log` takes a record of each decision; absent: nobody does. */
export function guardOf({ now, self, partner }, log) {
  const situation = {
    ...{ self, now, skew: DEFAULT_SKEW, memory: openTokenMemory() },
    isRegistered: () => false,
    partnerOf: (issuer) => (issuer === partner.issuer ? partner : undefined),
  }
  const gate = {
    ...{ name: 'exchange', directory: directoryOf(KEN), ...(log && { log }) },
    situation: () => situation,
    learn: async () => false,
    stopwatch: () => performance.now(),
  }
  let requests = 0
  const goOn = (caller, req, res, next) => {
    if (!caller.ok) return res.status(401).end(caller.code)
    req.caller = caller.value
    next()
  }
  return (req, res, next) => {
    const caller = admitRequest(req, gate, { requestId: String(++requests), through: 'GET /hello' })
    if (!(caller instanceof Promise)) return goOn(caller, req, res, next)
    return caller.then((settled) => goOn(settled, req, res, next))
  }
}
