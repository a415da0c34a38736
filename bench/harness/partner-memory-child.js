/**
 * A process of its own that opens the database it is told of, as a server does, and says what memory its partners take:
 * `{ path, now }` in, `{ held, resident, milliseconds, partners }` out, in bytes. Needs --expose-gc.
 */
import { openSqlite } from '../../dist/storage/sqlite.js'
import { openPartners } from '../../dist/trust/register.js'

const measured = () => {
  for (let turn = 0; turn < 3; turn++) globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { held: heapUsed + external, resident: rss }
}

process.once('message', async ({ path, now }) => {
  const storage = await openSqlite(path)
  const before = measured()
  const started = performance.now()
  const partners = await openPartners({
    store: storage.partners,
    now: () => now,
    self: undefined,
    download: async () => {
      throw new Error('nothing is downloaded here')
    },
  })
  const milliseconds = performance.now() - started
  const after = measured()
  const [last] = partners.list().slice(-1)
  if (partners.byIssuer(last.issuer)?.certificates.length !== 1) throw new Error('a partner is found')
  process.send({
    held: after.held - before.held,
    resident: after.resident - before.resident,
    milliseconds,
    partners: partners.list().length,
  })
})
process.once('disconnect', () => process.exit())
