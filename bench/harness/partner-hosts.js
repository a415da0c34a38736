/**
 * A process of its own with the hosts of many partners, all at one port of this machine: `{ tls, documents }` in, `{ port }` out.
 * A host with a document answers with it and without a hint; any other says that the document one has is the one it has.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

process.once('message', ({ tls, documents }) => {
  const byHost = new Map(documents)
  const options = { key: readFileSync(tls.key), cert: readFileSync(tls.certificate) }
  const server = createServer(options, (req, res) => {
    const document = byHost.get(req.headers.host)
    if (document === undefined) return res.writeHead(304, { etag: req.headers['if-none-match'] }).end()
    return res.writeHead(200, { 'content-type': 'application/json' }).end(document)
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
})
process.once('disconnect', () => process.exit())
