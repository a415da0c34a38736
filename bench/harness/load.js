/**
 * The load: autocannon in a process of its own. Each message orders one run: `{ url, tokens, rotate, seconds, connections,
 * method, body, headers }`. With `bodies` in the place of seconds each is posted once, and the run ends with the last. Each connection shows a token of its own, or with `rotate` all of them one after the other, each
 * connection from another place on.
 */
import autocannon from 'autocannon'

process.on('message', async ({ url, tokens = [], rotate = false, seconds, connections = 50, ...more }) => {
  const { method = 'GET', body, bodies = [], headers = {} } = more
  const requestWith = (token) => ({ method, body, headers: { ...headers, authorization: `Bearer ${token}` } })
  const each = Math.floor(bodies.length / connections)
  let clients = 0
  const setupClient = (client) => {
    const number = clients++
    if (bodies.length > 0) {
      const mine = bodies.slice(number * each, (number + 1) * each)
      return client.setRequests(mine.map((one) => ({ method, body: one, headers })))
    }
    if (tokens.length === 0) return
    const from = rotate ? Math.floor((number * tokens.length) / connections) : number % tokens.length
    const mine = rotate ? [...tokens.slice(from), ...tokens.slice(0, from)] : [tokens[from]]
    client.setRequests(mine.map(requestWith))
  }
  const result = await autocannon({
    ...{ url, connections, method, headers, setupClient },
    ...(bodies.length > 0 ? { amount: each * connections } : { duration: seconds }),
    ...(body !== undefined && { body }),
    tlsOptions: { rejectUnauthorized: false }, // what is measured is the server
  })
  const { '2xx': good, non2xx, errors, timeouts, duration, latency } = result
  process.send({ good, bad: non2xx + errors + timeouts, seconds: duration, p99: latency.p99 })
})
process.once('disconnect', () => process.exit())
