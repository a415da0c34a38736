/**
 * The load: autocannon in a process of its own. Each message orders one run: `{ url, tokens, rotate, seconds, connections,
 * method, body, headers }`. Each connection shows a token of its own, or with `rotate` all of them one after the other, each
 * connection from another place on.
 */
import autocannon from 'autocannon'

process.on('message', async ({ url, tokens = [], rotate = false, seconds, connections = 50, ...more }) => {
  const { method = 'GET', body, headers = {} } = more
  const requestWith = (token) => ({ method, body, headers: { ...headers, authorization: `Bearer ${token}` } })
  let clients = 0
  const setupClient = (client) => {
    const number = clients++
    if (tokens.length === 0) return
    const from = rotate ? Math.floor((number * tokens.length) / connections) : number % tokens.length
    const mine = rotate ? [...tokens.slice(from), ...tokens.slice(0, from)] : [tokens[from]]
    client.setRequests(mine.map(requestWith))
  }
  const result = await autocannon({
    ...{ url, connections, duration: seconds, method, headers, setupClient },
    ...(body !== undefined && { body }),
    tlsOptions: { rejectUnauthorized: false }, // what is measured is the server
  })
  const { '2xx': good, non2xx, errors, timeouts, duration, latency } = result
  process.send({ good, bad: non2xx + errors + timeouts, seconds: duration, p99: latency.p99 })
})
process.once('disconnect', () => process.exit())
