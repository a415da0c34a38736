/**
 * The lab's three servers in this one process: `node three-servers.js <data folder> <certificates folder>`. Says to whom it was
 * started by, or else prints, how many milliseconds after the process began it was ready, and ends with it.
 */
import { fileURLToPath } from 'node:url'
import { readLabFile, serverConfigOf } from '../../dist/lab/lab-file.js'
import { machine } from '../../dist/server/ambient.js'
import { startServer } from '../../dist/server/start.js'

const imported = performance.now()
const [dataDir, certsDir] = process.argv.slice(2)
const labFile = fileURLToPath(new URL('../../metadata/lab.json', import.meta.url))
const places = { labFile, dataDir, certsDir }
const lab = readLabFile(places)
const servers = []
for (const { name } of lab.servers) {
  const config = { ...serverConfigOf(lab, name, places), port: 0 }
  const log = {
    request: () => undefined,
    surprise: (error) => {
      throw error
    },
  }
  servers.push(await startServer(config, machine, log))
}
const ready = performance.now()
const { rss } = process.memoryUsage()
const { user, system } = process.cpuUsage()
const stop = async () => {
  for (const server of servers) await server.close()
  process.exit()
}
if (process.send === undefined) {
  process.stdout.write(`modules loaded after ${imported.toFixed(0)} ms, ready after ${ready.toFixed(0)} ms\n`)
  await stop()
} else {
  process.once('disconnect', stop)
  process.send({ imported, ready, rss, worked: (user + system) / 1000 })
}
