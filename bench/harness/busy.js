/** How busy a server's process was: asked of it by any message, answered since the message before. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 2

/** From now on every message to this process is answered with what its event loop and the processor did since the last. */
export function tellHowBusy() {
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
}
