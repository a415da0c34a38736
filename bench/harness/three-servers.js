/**
 * The lab's three servers in this one process: `node three-servers.js <data folder> <certificates folder> <first port>`, or
 * port 0 for any. Says `ready` to whom it was started by, with milliseconds since the process began, and ends on `stop`.
 */
import { fileURLToPath } from 'node:url'
import { readLabFile, serverConfigOf } from '../../dist/lab/lab-file.js'
import { machine } from '../../dist/server/ambient.js'
import { startServer } from '../../dist/server/start.js'

const [dataDir, certsDir] = process.argv.slice(2)
const labFile = fileURLToPath(new URL('../../metadata/lab.json', import.meta.url))
const places = { labFile, dataDir, certsDir }
const lab = readLabFile(places)
const imported = performance.now()
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
process.send?.({ imported, ready, rss, port: servers[0].port })
const stop = async () => {
  for (const server of servers) await server.close()
  process.exit()
}
process.once('message', stop)
process.once('disconnect', stop)
if (process.send === undefined) {
  process.stdout.write(`imported ${imported.toFixed(0)} ms, ready ${ready.toFixed(0)} ms\n`)
  await stop()
}
