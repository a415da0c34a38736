/** A process of its own with one server of a lab: `{ places, name, config }` in, `{ url, adminToken }` out. */
import { readLabFile, serverConfigOf } from '../../dist/lab/lab-file.js'
import { machine } from '../../dist/server/ambient.js'
import { startServer } from '../../dist/server/start.js'
import { tellHowBusy } from './busy.js'

process.once('message', async ({ places, name, config: more }) => {
  const config = { ...serverConfigOf(readLabFile(places), name, places), port: 0, ...more }
  const { url, adminToken, close } = await startServer(config, machine, {
    request: () => undefined,
    surprise: (error) => {
      throw error
    },
  })
  tellHowBusy()
  process.removeAllListeners('disconnect')
  process.once('disconnect', async () => {
    await close()
    process.exit()
  })
  process.send({ url, adminToken })
})
process.once('disconnect', () => process.exit())
