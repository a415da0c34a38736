/** A server under load: how much it did for what it took, and how it was for those who waited. */
import { formatNumber } from './figure.js'
import { median } from './turns.js'

/**
 * Lets `load`, a child, send what `order` says to `server`, a child that tells how busy it is. Answers with what both saw, and
 * with two rates in which a server that waits for a slower load is not taken for one that needs as long: `workRate` counts
 * requests in a second of the processor's time, all threads of the server together, whatever others do to the machine;
 * `busyRate` counts them in a second in which its event loop was busy, waiting for the disk included. An answer that is not
 * good is an error.
 */
export async function underLoad(load, server, order) {
  await server.ask('how busy')
  const seen = await load.ask(order)
  const was = await server.ask('how busy')
  if (seen.bad > 0 || seen.good === 0)
    throw new Error(`${order.url}: ${seen.bad} of ${seen.bad + seen.good} answers were not good`)
  return {
    ...{ ...was, p99: seen.p99, perSecond: seen.good / seen.seconds },
    ...{ workRate: seen.good / was.processor, busyRate: seen.good / was.active },
  }
}

/** What several rounds of it saw, in a line. */
export function describeLoad(turns) {
  const of = (read) => formatNumber(median(turns.map(read)))
  const rate = `${of(({ perSecond }) => perSecond)} req/s by the clock`
  const share = `event loop ${Math.round(median(turns.map(({ utilization }) => utilization)) * 100)} % busy`
  const delays = `its delay p50 ${of(({ delay }) => delay.p50)} p99 ${of(({ delay }) => delay.p99)} ms`
  return `${rate}, ${share}, ${delays}, answers p99 ${of(({ p99 }) => p99)} ms`
}
