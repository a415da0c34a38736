/** What a registered partner takes of a server's memory, and of its start, when there are many. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endChildren, startChild } from '../harness/children.js'
import { figure, formatNumber } from '../harness/figure.js'
import { openKeyMaker } from '../harness/many-partners.js'
import { fillPartners } from '../harness/partner-store.js'
import { compareWithLimit, median } from '../harness/turns.js'

const PARTNERS = 100_000
const ROUNDS = 3
const LIMIT_BYTES = 2_048

await figure(import.meta.url, async () => {
  const now = Math.floor(Date.now() / 1000)
  const dir = mkdtempSync(join(tmpdir(), 'entente-bench-'))
  try {
    const keys = await openKeyMaker(PARTNERS, now)
    const paths = { one: join(dir, 'one.sqlite'), many: join(dir, 'many.sqlite') }
    await fillPartners(paths.one, keys, 1, now)
    await fillPartners(paths.many, keys, PARTNERS, now)
    const each = { held: [], resident: [], seconds: [] }
    for (let round = 0; round < ROUNDS; round++) {
      const [one, many] = [
        await startChild('partner-memory-child', ['--expose-gc']).ask({ path: paths.one, now }),
        await startChild('partner-memory-child', ['--expose-gc']).ask({ path: paths.many, now }),
      ]
      await endChildren()
      for (const what of ['held', 'resident']) {
        each[what].push((many[what] - one[what]) / (many.partners - one.partners))
      }
      each.seconds.push(many.milliseconds / 1000)
    }
    const { ours, peer, ...figures } = compareWithLimit(each.held, LIMIT_BYTES)
    return [
      {
        title: `memory per registered partner beyond the first, at ${PARTNERS.toLocaleString('en-US')}`,
        ours: { what: 'held', value: ours, unit: 'bytes' },
        peer: { what: 'limit', value: peer, unit: 'bytes' },
        ...figures,
        ...{ atMost: 1, ceiling: 1.1 },
        notes: [
          'after a start from the database, garbage collected; a certificate of 811 bytes of DER each',
          `the process grows by ${formatNumber(median(each.resident))} bytes a partner`,
          `all are read in ${formatNumber(median(each.seconds))} s`,
        ],
      },
    ]
  } finally {
    await endChildren()
    rmSync(dir, { recursive: true, force: true })
  }
})
