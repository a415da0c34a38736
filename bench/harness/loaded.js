/** A server under load: requests in a second in which its event loop was busy, and how it was for those who waited. */
import { formatNumber } from './figure.js'
import { median } from './turns.js'

/**
 * Lets `load`, a child, send what `order` says to `server`, a child that tells how busy it is. Answers with what both saw;
 * `busyRate` is counted in seconds in which the server's event loop was busy: where the load is the slower of the two, a
 * server that waits for it is not taken for one that needs as long. An answer that is not good is an error.
 */
export async function underLoad(load, server, order) {
  await server.ask('how busy')
  const seen = await load.ask(order)
  const was = await server.ask('how busy')
  if (seen.bad > 0 || seen.good === 0)
    throw new Error(`${order.url}: ${seen.bad} of ${seen.bad + seen.good} answers were not good`)
  return { ...was, p99: seen.p99, perSecond: seen.good / seen.seconds, busyRate: seen.good / was.active }
}

/** What several rounds of it saw, in a line. */
export function describeLoad(turns) {
  const of = (read) => formatNumber(median(turns.map(read)))
  const rate = `${of(({ perSecond }) => perSecond)} req/s by the clock`
  const share = `event loop ${Math.round(median(turns.map(({ utilization }) => utilization)) * 100)} % busy`
  const delays = `its delay p50 ${of(({ delay }) => delay.p50)} p99 ${of(({ delay }) => delay.p99)} ms`
  return `${rate}, ${share}, ${delays}, answers p99 ${of(({ p99 }) => p99)} ms`
}
